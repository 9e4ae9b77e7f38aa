package assessment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// node is a record with this module, sound at the end of each test.
type node struct{ *recordtest.Node }

func each(t *testing.T, f func(*testing.T, *node)) {
	t.Helper()
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		n.At = time.Time{} // these commands are given now
		f(t, &node{n})
	}, assessment.Module())
}

// as runs a command as a person.
func (n *node) as(person string, f func(*record.Tx) error) {
	n.T.Helper()
	if err := n.tryAs(person, f); err != nil {
		n.T.Fatal(err)
	}
}

func (n *node) tryAs(person string, f func(*record.Tx) error) error {
	return n.Do(n.T.Context(), record.By{Person: person}, f)
}

// assess takes an assessment through to its acceptance.
func (n *node) assess(population string, carry bool, marks ...assessment.Mark) (a assessment.Assessment) {
	n.T.Helper()
	n.as("P-1", func(tx *record.Tx) (err error) {
		if a, err = assessment.Start(tx, assessment.StartInput{Situation: "S-1", Population: population, Carry: carry}); err != nil {
			return err
		}
		if a, err = assessment.Save(tx, a.ID, assessment.SaveInput{Marks: marks}); err != nil {
			return err
		}
		a, err = assessment.Submit(tx, a.ID)
		return err
	})
	n.as("P-2", func(tx *record.Tx) (err error) {
		a, err = assessment.Review(tx, a.ID, assessment.Accept, "Canary: agreed")
		return err
	})
	return a
}

func (n *node) get(id string) (a assessment.Assessment) {
	n.T.Helper()
	n.Look(func(v *record.View) (err error) { a, err = assessment.Get(v, id); return err })
	return a
}

// mark is an indicator with a source.
func mark(code, state string) assessment.Mark {
	m := assessment.Mark{Indicator: code, State: state}
	if state != assessment.Unknown {
		m.Sources, m.Note = []string{"R-2", "R-1", "R-2"}, "Canary note on "+code
	}
	return m
}

func TestTheFrameworkHasFourteenFactors(t *testing.T) {
	f := assessment.Framework()
	if len(f) != 14 || f[6].N != 7 || f[6].Name != "Enabling circumstances or preparation" || f[10].Crime != "crimes-against-humanity" {
		t.Fatalf("%+v", f)
	}
	seen, verify := map[string]bool{}, 0
	for i, x := range f {
		if x.N != i+1 || x.Name == "" || len(x.Indicators) == 0 {
			t.Errorf("factor %+v", x)
		}
		for _, ind := range x.Indicators {
			if seen[ind.Code] || ind.Text == "" || !strings.HasPrefix(ind.Code, fmt.Sprint(x.N, ".")) || ind.Verify != (ind.Confidence != "high") {
				t.Errorf("indicator %+v of factor %d", ind, x.N)
			}
			seen[ind.Code] = true
			if ind.Verify {
				verify++
			}
		}
	}
	if len(seen) != 130 || verify != 33 || !seen["13.other"] {
		t.Errorf("%d indicators, %d to verify", len(seen), verify)
	}
	f[0].Indicators[0].Text = "changed"
	if assessment.Framework()[0].Indicators[0].Text == "changed" {
		t.Error("a caller changed the framework for everybody")
	}
}

func TestAnAssessmentFromDraftToReview(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		summary := "Canary summary"
		var a assessment.Assessment
		n.as("P-1", func(tx *record.Tx) (err error) {
			if a, err = assessment.Start(tx, assessment.StartInput{Situation: "S-1", Population: "S-1/p1", Marking: "AMBER+STRICT", Carry: true}); err != nil {
				return err
			}
			if a.ID != "A-1" || a.State != assessment.Draft || a.Author != "P-1" || a.Previous != "" || a.Counts.Unknown != 130 || len(a.Marks) != 130 {
				t.Errorf("started %+v", a)
			}
			a, err = assessment.Save(tx, "A-1", assessment.SaveInput{Summary: &summary, Marks: []assessment.Mark{mark("7.14", assessment.Worsening), mark("1.1", assessment.Absent),
				{Indicator: "14.other", State: assessment.Present, Source: "Canary interview"}}})
			return err
		})
		seen := a.Saved
		n.as("P-3", func(tx *record.Tx) (err error) {
			m := mark("1.1", assessment.Present)
			m.Sources = []string{"R-3"}
			a, err = assessment.Save(tx, "A-1", assessment.SaveInput{Marks: []assessment.Mark{m}, Seen: seen})
			return err
		})
		if err := n.tryAs("P-1", func(tx *record.Tx) error {
			_, err := assessment.Save(tx, "A-1", assessment.SaveInput{Summary: &summary, Seen: seen})
			return err
		}); fault.KindOf(err) != fault.KindStale || fault.Hint(err) == "" {
			t.Errorf("saved over somebody else: %v", err)
		}
		a = n.get("A-1")
		if m := a.Marks[0]; m.Indicator != "1.1" || m.State != assessment.Present || !slices.Equal(m.Sources, []string{"R-3"}) || m.Note != "Canary note on 1.1" {
			t.Errorf("1.1: %+v", m)
		}
		if m := a.Marks[len(a.Marks)-1]; m.Indicator != "14.other" || m.Source != "Canary interview" || m.Sources != nil {
			t.Errorf("14.other: %+v", m)
		}
		if a.Summary != "Canary summary" || a.Counts != (assessment.Counts{Present: 2, Worsening: 1, Unknown: 127}) || !slices.Equal(a.Hands, []string{"P-1", "P-3"}) || a.Marking != "AMBER+STRICT" {
			t.Errorf("%+v", a)
		}
		n.as("P-1", func(tx *record.Tx) error { _, err := assessment.Submit(tx, "A-1"); return err })
		for _, who := range []string{"P-1", "P-3", ""} {
			err := n.tryAs(who, func(tx *record.Tx) error { _, err := assessment.Review(tx, "A-1", assessment.Accept, ""); return err })
			if fault.KindOf(err) != fault.KindDenied {
				t.Errorf("%q, who had a hand in it or is nobody, accepts: %v", who, err)
			}
		}
		n.as("P-2", func(tx *record.Tx) (err error) {
			a, err = assessment.Review(tx, "A-1", assessment.Return, "Canary: look at 3.2")
			return err
		})
		if a.State != assessment.Draft || a.Reviewer != "P-2" || !a.Submitted.IsZero() {
			t.Errorf("returned %+v", a)
		}
		n.Look(func(v *record.View) error {
			if c, err := assessment.Comment(v, a.Review); c != "Canary: look at 3.2" || err != nil {
				t.Errorf("comment %q, %v", c, err)
			}
			if ids, err := assessment.Citing(v, "R-3"); !slices.Equal(ids, []string{"A-1"}) || err != nil {
				t.Errorf("citing R-3: %v, %v", ids, err)
			}
			h, err := v.History("R-3")
			if err != nil || len(h) != 1 || h[0].Kind != "assessment.saved" {
				t.Errorf("the report's history %v, %v", h, err)
			}
			h, err = v.History("S-1/p1")
			if err != nil || len(h) != 3 {
				t.Errorf("the population's history %v, %v", h, err)
			}
			for _, e := range h {
				if strings.Contains(string(e.Open), "Canary") {
					t.Errorf("an open part says %s", e.Open)
				}
			}
			return nil
		})
		n.as("P-1", func(tx *record.Tx) error { _, err := assessment.Submit(tx, "A-1"); return err })
		n.as("P-2", func(tx *record.Tx) (err error) {
			a, err = assessment.Review(tx, "A-1", assessment.Accept, "")
			return err
		})
		if a.State != assessment.Reviewed || a.Reviewed.IsZero() || a.Submitted.IsZero() || a.Reviewer != "P-2" {
			t.Errorf("accepted %+v", a)
		}
		n.Silent("Canary", "canary")
	})
}

func TestWhatChangedSinceLastTime(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		const u, ab, p, w = assessment.Unknown, assessment.Absent, assessment.Present, assessment.Worsening
		n.Look(func(v *record.View) error {
			m, err := assessment.MatrixOf(v, "S-1", "S-1/p1")
			if err != nil || len(m.Factors) != 14 || m.Assessment != "" || m.Factors[0].Now.Unknown != 11 || m.Factors[0].Was != nil {
				t.Errorf("before anything: %+v, %v", m, err)
			}
			return nil
		})
		n.assess("S-1/p1", true, mark("7.1", ab), mark("7.2", p), mark("7.3", w), mark("7.4", ab), mark("1.1", p))
		n.assess("S-1/p10", true, mark("2.1", p))
		second := n.assess("S-1/p1", true, mark("7.1", p), mark("7.3", p), mark("7.4", u), mark("7.5", w))
		if second.Previous != "A-1" || second.Marks[0].State != p || second.Marks[0].Note != "Canary note on 1.1" {
			t.Errorf("carried %+v", second.Marks[0])
		}
		third := n.assess("S-1/p1", false, mark("7.1", p))
		n.Look(func(v *record.View) error {
			changes, err := assessment.Changes(v, second.ID, "")
			want := []assessment.Change{{"7.1", ab, p, 1}, {"7.3", w, p, -1}, {"7.4", ab, u, 0}, {"7.5", u, w, 0}}
			if err != nil || !slices.Equal(changes, want) {
				t.Errorf("changes %+v, %v", changes, err)
			}
			if none, err := assessment.Changes(v, "A-1", ""); len(none) != 0 || err != nil {
				t.Errorf("the first changed %v, %v", none, err)
			}
			if c, err := assessment.Changes(v, third.ID, "A-1"); err != nil || len(c) != 5 {
				t.Errorf("against the first %v, %v", c, err)
			}
			m, err := assessment.MatrixAt(v, second.ID)
			if err != nil {
				return err
			}
			r := m.Factors[6]
			if r.N != 7 || r.Of != 14 || r.Now != (assessment.Counts{Present: 3, Worsening: 1, Unknown: 10}) || *r.Was != (assessment.Counts{Absent: 2, Present: 1, Worsening: 1, Unknown: 10}) || r.Change != 0 {
				t.Errorf("factor 7: %+v, was %+v", r, r.Was)
			}
			if !m.Factors[12].Verify || m.Factors[6].Verify || m.Factors[0].Was.Present != 1 {
				t.Errorf("%+v", m.Factors)
			}
			all, err := assessment.Matrices(v, "S-1")
			if err != nil || len(all) != 2 || all[0].Assessment != third.ID || all[1].Population != "S-1/p10" || all[1].Previous != "" || all[0].At.IsZero() {
				t.Errorf("matrices %+v, %v", all, err)
			}
			one, err := assessment.MatrixOf(v, "S-1", "S-1/p1")
			if err != nil || one.Assessment != third.ID || one.Factors[0].Now.Present != 0 || one.Factors[0].Was.Present != 1 {
				t.Errorf("now %+v, %v", one, err)
			}
			return nil
		})
	})
}

func TestListsArePages(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.assess("S-1/p1", false, mark("7.1", assessment.Present))
		n.assess("S-1/p2", false, mark("7.1", assessment.Absent), mark("7.2", assessment.Worsening))
		n.as("P-5", func(tx *record.Tx) error {
			_, err := assessment.Start(tx, assessment.StartInput{Situation: "S-2", Population: "S-2/p1"})
			return err
		})
		n.Look(func(v *record.View) error {
			all, err := assessment.List(v, assessment.Filter{})
			if err != nil || len(all) != 3 || all[1].Counts != (assessment.Counts{Absent: 1, Worsening: 1, Unknown: 128}) || all[0].Counts.Unknown != 130 {
				t.Fatalf("%+v, %v", all, err)
			}
			for want, f := range map[string]assessment.Filter{
				"A-3 A-2 A-1": {}, "A-3": {Limit: 1}, "A-2 A-1": {Before: all[0].Entry}, "A-1": {Population: "S-1/p1"}, "A-2 ": {Situation: "S-1", Limit: 1},
				"": {Situation: "S-2", State: assessment.Reviewed}, "A-3 ": {Author: "P-5"},
			} {
				some, err := assessment.List(v, f)
				var ids []string
				for _, a := range some {
					ids = append(ids, a.ID)
				}
				if got := strings.Join(ids, " "); got != strings.TrimSpace(want) || err != nil {
					t.Errorf("%+v selects %s, not %s, %v", f, got, want, err)
				}
			}
			return nil
		})
	})
}

func TestBadInputSaysWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.assess("S-1/p1", false, mark("7.1", assessment.Present))
		n.as("P-1", func(tx *record.Tx) error {
			for _, p := range []string{"S-1/p2", "S-1/p3"} {
				if _, err := assessment.Start(tx, assessment.StartInput{Situation: "S-1", Population: p}); err != nil {
					return err
				}
			}
			_, err := assessment.Save(tx, "A-3", assessment.SaveInput{Marks: []assessment.Mark{{Indicator: "3.2", State: assessment.Present}}})
			return err
		})
		start := func(s, p string) func(*record.Tx) error {
			return func(tx *record.Tx) error {
				_, err := assessment.Start(tx, assessment.StartInput{Situation: s, Population: p})
				return err
			}
		}
		save := func(id string, m ...assessment.Mark) func(*record.Tx) error {
			return func(tx *record.Tx) error {
				_, err := assessment.Save(tx, id, assessment.SaveInput{Marks: m})
				return err
			}
		}
		many := make([]string, 51)
		for i := range many {
			many[i] = fmt.Sprint("R-", i+1)
		}
		for name, c := range map[string]struct {
			kind  fault.Kind
			field string
			f     func(*record.Tx) error
		}{
			"situation":            {fault.KindInvalid, "situation", start("north", "S-1/p1")},
			"another's population": {fault.KindInvalid, "population", start("S-1", "S-11/p1")},
			"under way":            {fault.KindExists, "", start("S-1", "S-1/p2")},
			"no such assessment":   {fault.KindNotFound, "", save("A-9")},
			"accepted already":     {fault.KindStale, "", save("A-1")},
			"no such indicator":    {fault.KindInvalid, "indicator", save("A-2", mark("15.1", assessment.Present))},
			"no such state":        {fault.KindInvalid, "state", save("A-2", mark("1.1", "likely"))},
			"twice":                {fault.KindInvalid, "marks", save("A-2", mark("1.1", assessment.Present), mark("1.1", assessment.Absent))},
			"a source by name":     {fault.KindInvalid, "sources", save("A-2", assessment.Mark{Indicator: "1.1", State: assessment.Present, Sources: []string{"the embassy"}})},
			"too many sources":     {fault.KindInvalid, "sources", save("A-2", assessment.Mark{Indicator: "1.1", State: assessment.Present, Sources: many})},
			"long note":            {fault.KindInvalid, "note", save("A-2", assessment.Mark{Indicator: "1.1", State: assessment.Present, Note: strings.Repeat("é", 5001)})},
			"nothing marked":       {fault.KindInvalid, "marks", func(tx *record.Tx) error { _, err := assessment.Submit(tx, "A-2"); return err }},
			"rests on nothing":     {fault.KindInvalid, "sources", func(tx *record.Tx) error { _, err := assessment.Submit(tx, "A-3"); return err }},
			"not submitted":        {fault.KindStale, "", func(tx *record.Tx) error { _, err := assessment.Review(tx, "A-2", assessment.Accept, ""); return err }},
			"no verdict":           {fault.KindInvalid, "verdict", func(tx *record.Tx) error { _, err := assessment.Review(tx, "A-2", "maybe", ""); return err }},
			"discard accepted":     {fault.KindStale, "", func(tx *record.Tx) error { _, err := assessment.Discard(tx, "A-1", "x"); return err }},
			"discard unexplained":  {fault.KindInvalid, "reason", func(tx *record.Tx) error { _, err := assessment.Discard(tx, "A-2", " "); return err }},
			"marking": {fault.KindInvalid, "marking", func(tx *record.Tx) error {
				_, err := assessment.Start(tx, assessment.StartInput{Situation: "S-1", Population: "S-1/p4", Marking: "SECRET"})
				return err
			}},
		} {
			if err := n.tryAs("P-1", c.f); fault.KindOf(err) != c.kind || fault.Field(err) != c.field {
				t.Errorf("%s: %v (%s, field %q)", name, err, fault.KindOf(err), fault.Field(err))
			}
		}
		if err := n.tryAs("", start("S-1", "S-1/p5")); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("started by nobody: %v", err)
		}
		n.as("P-1", func(tx *record.Tx) error { _, err := assessment.Discard(tx, "A-2", "made in error"); return err })
		n.as("P-1", start("S-1", "S-1/p2"))
	})
}

func TestErasedNotesAreGoneAndTheMarksStand(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		a := n.assess("S-1/p1", false, mark("7.1", assessment.Present))
		if err := n.Erase(t.Context(), record.By{Person: "P-1"}, a.ID, "a court's order"); err != nil {
			t.Fatal(err)
		}
		got := n.get(a.ID)
		if !got.Erased || got.Summary != "" || got.Counts.Present != 1 || slices.ContainsFunc(got.Marks, func(m assessment.Mark) bool { return m.Note != "" }) {
			t.Errorf("erased %+v", got.Counts)
		}
		n.Look(func(v *record.View) error {
			if c, err := assessment.Comment(v, a.Review); c != "" || err != nil {
				t.Errorf("comment %q, %v", c, err)
			}
			m, err := assessment.MatrixOf(v, "S-1", "S-1/p1")
			if m.Factors[6].Now.Present != 1 {
				t.Errorf("%+v", m)
			}
			return err
		})
	})
}
