package heed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/impact"
)

// TestWhoMayAnalyse: analysts and focal points register and run; those who may
// read the situation read; others learn nothing.
func TestWhoMayAnalyse(t *testing.T) {
	w := newWorld(t, "")
	w.fillImpact()
	ctx := t.Context()
	x, err := w.Impact(ctx, w.as("minister"), "IMP-1")
	w.must(err)
	if x.Outcome == nil || x.Outcome.Verdict != causal.NotShown || len(x.Outcome.Points) != 40 || len(x.Rivals) != 6 || len(x.Rivals[0].Answers) != 1 || x.MayRun {
		t.Errorf("%+v", x)
	}
	if _, err := w.Impact(ctx, w.as("stranger"), "IMP-1"); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("a stranger: %v", err)
	}
	rows, n, err := w.Impacts(ctx, w.as("stranger"), heed.Page{})
	if err != nil || n != 0 || len(rows) != 0 {
		t.Errorf("a stranger sees %v (%v)", rows, err)
	}
	for who, kind := range map[string]fault.Kind{"minister": fault.KindDenied, "stranger": fault.KindNotFound} {
		if err := w.AnswerRival(ctx, w.as(who), "IMP-1", "chance", "x"); fault.KindOf(err) != kind {
			t.Errorf("%s answers: %v", who, err)
		}
		if _, err := w.RunImpact(ctx, w.as(who), "IMP-9", strings.NewReader("")); fault.KindOf(err) != fault.KindNotFound || fault.Hint(err) == "" {
			t.Errorf("%s runs what is not there: %v", who, err)
		}
		if _, err := w.RegisterImpact(ctx, w.as(who), impact.Plan{Situation: "S-1"}); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("%s registers: %v", who, err)
		}
	}
}

// TestImportedDataAreKnown: a file that was imported before an analysis was
// registered is found again by its hash.
func TestImportedDataAreKnown(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	var file strings.Builder
	head, _, _ := strings.Cut(acled, "\n")
	file.WriteString(head + "\n")
	for i := range 30 {
		fmt.Fprintf(&file, "SSD9%02d,%d-%02d-01,%d,Violence against civilians,Attack,A,Civilians,728,South Sudan,Wells,7.1,30.2,1,%d,x\n", i, 2020+i/12, i%12+1, 2020+i/12, 3+i%4)
	}
	got, err := w.Import(ctx, w.as("administrator"), "acled", "x.csv", strings.NewReader(file.String()))
	w.must(err)
	a, err := w.RegisterImpact(ctx, w.as("analyst"), impact.Plan{Situation: "S-1", Date: "2021-06-01", Expect: impact.Fewer, Question: "q", Measure: "m", Data: "d",
		Design: impact.Design{Method: impact.Series, Time: "event_date", Outcome: "fatalities"}})
	w.must(err)
	a, err = w.RunImpact(ctx, w.as("analyst"), a.ID, strings.NewReader(file.String()))
	w.must(err)
	if a.Ran.Seen != got.Entry || a.Ran.Grade != causal.VeryLow {
		t.Errorf("imported at %d: %+v", got.Entry, a.Ran)
	}
}
