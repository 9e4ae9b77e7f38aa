package heed_test

import (
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/mandate"
)

// TestTheClockOutlivesAMandate: a mandate whose words were erased is rehearsed
// as one without a plan, and one that cannot be rehearsed keeps no duty and no
// other mandate from its turn.
func TestTheClockOutlivesAMandate(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	w.low(heed.WarningInput{})
	ids := map[string]string{}
	for _, code := range []string{"BAD", "GONE", "GOOD"} {
		id, err := w.RegisterMandate(ctx, w.as("administrator"), mandate.Input{Code: code, Own: true, Facts: mandate.Facts{Name: "Mission " + code},
			Plan: &mandate.Plan{Decides: "the registrar", Retention: "thirty years", Keys: "to the archive", Routes: []mandate.Route{route("Archive", heed.Card{})}}})
		w.must(err)
		ids[code] = id
	}
	bad := w.as("administrator")
	w.must(heed.PlanBadly(ctx, w.Heed, bad.Person, bad.At, ids["BAD"]))
	w.must(w.Erase(ctx, w.as("custodian"), ids["GONE"], "order 9"))
	out, err := w.Tick(ctx, w.at.AddDate(0, 0, 40))
	if err == nil || !strings.Contains(err.Error(), "rehearsal of "+ids["BAD"]) || strings.Contains(err.Error(), ids["GONE"]+":") {
		t.Errorf("the error is %v", err)
	}
	if out.Lapsed == 0 || out.Escalated == 0 || out.Rehearsed < 2 {
		t.Errorf("the clock stood still: %+v", out)
	}
	for _, code := range []string{"GONE", "GOOD"} {
		m, err := w.Mandate(ctx, heed.Who{Person: w.people["administrator"].Person, At: w.at.AddDate(0, 0, 40)}, ids[code])
		w.must(err)
		if len(m.Rehearsals) != 1 {
			t.Errorf("%s was rehearsed %d times", code, len(m.Rehearsals))
		}
	}
}
