package heed_test

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// taken returns everything that is in a pack of who's, as one text.
func (w *world) taken(who heed.Who, ref string, disclose bool) (string, error) {
	w.t.Helper()
	var b bytes.Buffer
	who.Purpose = "to look"
	if _, err := w.KnewPack(w.t.Context(), who, ref, disclose, &b); err != nil {
		return "", err
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	w.must(err)
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		w.must(err)
		_, err = io.Copy(&all, r)
		w.must(err)
		w.must(r.Close())
	}
	return all.String(), nil
}

// TestAPackTellsNoMoreThanThePages: not the addresses of people, not of a
// warning that the reader may not know of.
func TestAPackTellsNoMoreThanThePages(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	stranger := w.people["stranger"].Person
	address := "stranger-" + named + "@example.org"
	if s, err := w.taken(w.as("director"), stranger, true); err != nil || strings.Contains(s, address) {
		t.Errorf("a director takes out the stranger's address, or %v", err)
	}
	out, err := w.IssueWarning(ctx, w.as("administrator"), heed.WarningInput{Situation: "S-1", Level: 5, Finding: "crimson", Marking: "RED",
		To: []string{w.people["minister"].Person}})
	w.must(err)
	for _, role := range []string{"director", "custodian", "stranger"} {
		all, err := w.ListEntries(ctx, w.as(role), out.ID, 100)
		w.must(err)
		for _, e := range all {
			if slices.Contains(e.Subjects, w.people[role].Person) {
				continue // a duty of theirs
			}
			t.Errorf("the %s, who is not named in it, is told of a RED warning by entry %d, %s %v", role, e.Index, e.Kind, e.Subjects)
		}
	}
	if _, err := w.taken(w.as("director"), out.ID, true); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("a director takes out a RED warning: %v", err)
	}
	for _, disclose := range []bool{false, true} {
		s, err := w.taken(w.as("custodian"), "S-1", disclose)
		w.must(err)
		if strings.Contains(s, `"`+out.ID+`"`) || strings.Contains(s, "crimson") {
			i := strings.Index(s, `"`+out.ID+`"`)
			t.Errorf("the pack about its situation tells of a RED warning: %.300s", s[max(0, i-150):])
		}
	}
	all, err := w.ListEntries(ctx, w.as("minister"), out.ID, 100)
	w.must(err)
	if len(all) == 0 {
		t.Error("the minister, on whom it was served, finds no entry about it")
	}
	if s, err := w.taken(w.as("minister"), out.ID, false); err != nil || !strings.Contains(s, `"`+out.ID+`"`) {
		t.Errorf("the minister takes out nothing: %v", err)
	}
}

// TestNobodyTakesAPackUnnamed: a pack is an entry, and a visitor writes none.
func TestNobodyTakesAPackUnnamed(t *testing.T) {
	w := newWorld(t, "")
	s, err := w.AddSituation(t.Context(), w.as("analyst"), heed.SituationInput{Name: "Open to all", Country: "SSD", Marking: "CLEAR", Populations: []string{"x"}})
	w.must(err)
	if _, err := w.taken(heed.Who{At: w.at}, s, false); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("a visitor takes a pack: %v", err)
	}
	if _, err := w.taken(w.as("director"), s, false); err != nil {
		t.Error(err)
	}
}
