package heed_test

import (
	"slices"
	"testing"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/response"
)

// TestCivilSocietyOpensAProtocolByItsOwnStanding: a documenter who may not read
// what the office knows warns it all the same, and the duties run.
func TestCivilSocietyOpensAProtocolByItsOwnStanding(t *testing.T) {
	w := newWorld(t, "")
	w.add("documenter", "Other", "civil-society")
	in := heed.WarningInput{Situation: "S-1", Level: 4, Finding: "they have taken the wells"}
	if _, err := w.IssueWarning(t.Context(), w.as("documenter"), in); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("warned as if of the office: %v", err)
	}
	in.Opener = "minister"
	if _, err := w.IssueWarning(t.Context(), w.as("documenter"), in); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("warned by another's standing: %v", err)
	}
	in.Opener = "civil-society"
	out, err := w.IssueWarning(t.Context(), w.as("documenter"), in)
	if err != nil || len(out.Duties) == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	if !slices.ContainsFunc(out.Duties, func(d response.Duty) bool { return d.Owner == w.people["duty-officer"].Person }) {
		t.Errorf("no duty for the duty officer: %+v", out.Duties)
	}
	if _, err := w.CloseWarning(t.Context(), w.as("administrator"), out.ID, "we disagree", nil); fault.KindOf(err) != fault.KindStale {
		t.Errorf("the office closed it with duties open: %v", err)
	}
}
