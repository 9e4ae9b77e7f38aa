package response

import (
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
	"github.com/heed-project/heed/protocol"
)

func shipped(t testing.TB) []byte {
	b, ok := protocol.ShippedFile("national-focal-point")
	if !ok {
		t.Fatal("the national framework is not shipped")
	}
	return b
}

// opened adopts the national framework and opens it at a level for W-1.
func opened(n *recordtest.Node, level int) (ds []Duty) {
	n.T.Helper()
	n.Must("P-1", func(tx *record.Tx) error {
		p, err := Adopt(tx, shipped(n.T))
		if err != nil {
			return err
		}
		ds, err = Open(tx, OpenInput{Warning: "W-1", Situation: "S-1", Marking: "AMBER", Level: level, Protocol: p, Default: "P-1",
			Holder: func(role string) (string, error) {
				return map[string]string{"duty-officer": "P-2", "director": "P-4", "minister": "P-5"}[role], nil
			}})
		return err
	})
	return ds
}

func get(n *recordtest.Node, id string) (d Duty) {
	n.T.Helper()
	n.Look(func(v *record.View) (err error) { d, err = Get(v, id); return err })
	return d
}

func find(n *recordtest.Node, ds []Duty, want string, is func(Duty) bool) Duty {
	n.T.Helper()
	i := slices.IndexFunc(ds, is)
	if i < 0 {
		n.T.Fatalf("the framework opens no duty that is %s", want)
	}
	return ds[i]
}

func TestSilenceIsRecordedAgainstTheOwnerAndClimbs(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		ds := opened(n, 4)
		if len(ds) < 6 {
			t.Fatalf("level 4 opened %d duties", len(ds))
		}
		first := ds[0]
		for _, d := range ds {
			if d.Owner == "" || d.DueAt.IsZero() || len(d.Rungs) == 0 {
				t.Errorf("%s has no owner, deadline or ladder: %+v", d.ID, d.Terms)
			}
			if d.DueAt.Before(first.DueAt) {
				first = d
			}
		}
		tick := func(at time.Time) (l, e int) {
			t.Helper()
			n.At = at
			n.Must("", func(tx *record.Tx) (err error) { l, e, err = Tick(tx); return err })
			return l, e
		}
		if l, e := tick(first.DueAt.Add(-time.Second)); l+e != 0 {
			t.Errorf("a second early: %d lapsed, %d escalated", l, e)
		}
		if l, _ := tick(first.DueAt); l != 1 {
			t.Errorf("at the deadline %d lapsed, want 1", l)
		}
		if l, e := tick(n.At); l+e != 0 {
			t.Errorf("the second tick wrote %d and %d", l, e)
		}
		// a month offline loses no rung
		n.Restart()
		tick(first.DueAt.AddDate(0, 6, 0))
		d := get(n, first.ID)
		if d.State != protocol.Lapsed || d.Rung != len(d.Rungs) || !d.Rungs[len(d.Rungs)-1].Senior {
			t.Errorf("after half a year %s is %s at rung %d of %d", d.ID, d.State, d.Rung, len(d.Rungs))
		}
		if l, e := tick(n.At.AddDate(1, 0, 0)); l+e != 0 {
			t.Errorf("a year later: %d and %d more", l, e)
		}
		// an answer after a lapse is still an answer, and the lapse stands
		n.Must(d.Owner, func(tx *record.Tx) error { return Do(tx, d.ID, "late, for the office had no line, "+recordtest.Canary) })
		if d = get(n, d.ID); d.State != protocol.Done || d.LapsedAt.IsZero() || d.AnsweredBy != d.Owner {
			t.Errorf("got %+v", d)
		}
		n.Look(func(v *record.View) error {
			if s, err := ReadAnswer(v, d); err != nil || s != "late, for the office had no line, "+recordtest.Canary {
				t.Errorf("%q, %v", s, err)
			}
			return nil
		})
	}, Module())
}

func TestAnswersAreCheckedAgainstTheProtocol(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		ds := opened(n, 4)
		plain := find(n, ds, "plain", func(d Duty) bool { return len(d.After) == 0 && d.FourEyes == "" && !d.Decides && !d.Review })
		gated := find(n, ds, "gated", func(d Duty) bool { return len(d.After) > 0 && !d.Decides })
		decides := find(n, ds, "the decision", func(d Duty) bool { return d.Decides })
		try := func(f func(*record.Tx) error) fault.Kind { return fault.KindOf(n.Try("P-2", f)) }
		if k := try(func(tx *record.Tx) error { return Do(tx, plain.ID, " ") }); k != fault.KindInvalid {
			t.Errorf("done in silence: %v", k)
		}
		if k := try(func(tx *record.Tx) error { return Explain(tx, plain.ID, Voice{Owner: true}, "") }); k != fault.KindInvalid {
			t.Errorf("explained without a reason: %v", k)
		}
		if k := try(func(tx *record.Tx) error { return Do(tx, gated.ID, "did it") }); k != fault.KindStale {
			t.Errorf("done before its gate: %v", k)
		}
		if k := try(func(tx *record.Tx) error { return Do(tx, decides.ID, "decided") }); k != fault.KindDenied {
			t.Errorf("a decision without a signature: %v", k)
		}
		n.Must("P-2", func(tx *record.Tx) error { return Acknowledge(tx, plain.ID, "") })
		if d := get(n, plain.ID); d.State != protocol.Acknowledged {
			t.Errorf("state %s", d.State)
		}
		n.Must("P-2", func(tx *record.Tx) error { return Do(tx, plain.ID, "briefed her") })
		if k := try(func(tx *record.Tx) error { return Do(tx, plain.ID, "again") }); k != fault.KindStale {
			t.Errorf("answered twice: %v", k)
		}
		if k := try(func(tx *record.Tx) error { return Do(tx, "D-999", "x") }); k != fault.KindNotFound {
			t.Errorf("no such duty: %v", k)
		}
	}, Module())
}

func TestOutwardActsWantTwoPeople(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		ds := opened(n, 5)
		two := find(n, ds, "under four eyes", func(d Duty) bool { return d.FourEyes != "" && !d.Decides })
		answer(n, ds, two)
		n.Must("P-2", func(tx *record.Tx) error { return Do(tx, two.ID, "draft to the embassy, "+recordtest.Canary) })
		if d := get(n, two.ID); d.State.Answered() || d.ProposedBy != "P-2" {
			t.Errorf("one person's word: %s, proposed by %q", d.State, d.ProposedBy)
		}
		second := Voice{Roles: []string{"observer", two.FourEyes}}
		agree := func(person string, proposal int64, v Voice) fault.Kind {
			return fault.KindOf(n.Try(person, func(tx *record.Tx) error { return Agree(tx, two.ID, proposal, v, "") }))
		}
		read := get(n, two.ID).Propose
		if k := agree("P-2", read, second); k != fault.KindDenied {
			t.Errorf("agreed with herself: %v", k)
		}
		if k := agree("P-4", read, Voice{Roles: []string{"observer"}, Owner: true}); k != fault.KindDenied {
			t.Errorf("agreed without the role: %v", k)
		}
		n.Must("P-2", func(tx *record.Tx) error { return Do(tx, two.ID, "draft to the embassy, "+recordtest.Canary) })
		for _, old := range []int64{read, 0} {
			if k := agree("P-4", old, second); k != fault.KindStale {
				t.Errorf("agreed to words that were not read (proposal %d): %v", old, k)
			}
		}
		if k := agree("P-4", get(n, two.ID).Propose, second); k != 0 {
			t.Errorf("the second person: %v", k)
		}
		d := get(n, two.ID)
		if d.State != protocol.Done {
			t.Errorf("state %s", d.State)
		}
		n.Look(func(v *record.View) error {
			if s, err := ReadAnswer(v, d); err != nil || s != "draft to the embassy, "+recordtest.Canary {
				t.Errorf("%q, %v", s, err)
			}
			return nil
		})
	}, Module())
}

// answer explains or does everything that gates a duty, and what gates that.
func answer(n *recordtest.Node, ds []Duty, of Duty) {
	n.T.Helper()
	for _, d := range ds {
		if !slices.Contains(of.After, d.Key) || get(n, d.ID).State.Answered() {
			continue
		}
		answer(n, ds, d)
		n.Must("P-4", func(tx *record.Tx) error {
			if d.Decides {
				return Decided(tx, d.Warning, "DEC-1")
			}
			if err := Do(tx, d.ID, "done"); err != nil || d.FourEyes == "" {
				return err
			}
			was, err := Get(tx.View, d.ID)
			if err != nil {
				return err
			}
			tx.By.Person = "P-5"
			return Agree(tx, d.ID, was.Propose, Voice{Roles: []string{d.FourEyes}}, "")
		})
	}
}

func TestAResponseClosesOnlyWhenItsConditionsAreMet(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		ds := opened(n, 3)
		var p *protocol.Protocol
		n.Look(func(v *record.View) (err error) { p, err = ProtocolOf(v, ds[0].Protocol); return err })
		in := ClosingInput{Warning: "W-1", Role: p.Closing.By[0], Reason: "it is over, " + recordtest.Canary}
		for _, s := range p.Closing.Statements {
			in.Statements = append(in.Statements, s.Key)
		}
		propose := func() (at int64, err error) {
			err = n.Try("P-2", func(tx *record.Tx) (err error) { at, err = ProposeClosing(tx, in); return err })
			return at, err
		}
		agree := func(person string, proposal int64, role string) fault.Kind {
			return fault.KindOf(n.Try(person, func(tx *record.Tx) error {
				words, err := AgreeClosing(tx, "W-1", proposal, Voice{Roles: []string{role}}, "read it")
				if err == nil && words.Reason != in.Reason {
					t.Errorf("agreed to %q", words.Reason)
				}
				return err
			}))
		}
		second := p.Closing.AgreedBy[0]
		if _, err := propose(); fault.KindOf(err) != fault.KindStale {
			t.Errorf("proposed with duties open: %v", err)
		}
		for _, d := range ds {
			answer(n, ds, Duty{Terms: Terms{After: []string{d.Key}}})
		}
		void, err := propose()
		if err != nil || void == 0 {
			t.Fatalf("with everything answered: %d, %v", void, err)
		}
		n.Look(func(v *record.View) error {
			r, err := OfWarning(v, "W-1")
			if err != nil || !r.Closed.IsZero() || r.ProposedBy != "P-2" || r.Proposal != void {
				t.Errorf("one person's word: %+v, %v", r, err)
			}
			return err
		})
		n.Must("P-2", func(tx *record.Tx) error {
			f, err := FollowUp(tx, FollowUpInput{Of: ds[0].ID, Title: "visit again", Owner: "P-2", Due: tx.Now.AddDate(0, 1, 0)})
			if err == nil && (!f.FollowUp || len(f.Rungs) != len(ds[0].Rungs) || !f.Rungs[0].At.After(f.DueAt.Add(-time.Second))) {
				t.Errorf("follow-up %+v", f.Terms)
			}
			if err != nil {
				return err
			}
			return Do(tx, f.ID, "visited")
		})
		if k := agree("P-5", void, second); k != fault.KindStale {
			t.Errorf("agreed though a duty was opened since: %v", k)
		}
		at, err := propose()
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]fault.Kind{
			"herself": agree("P-2", at, second), "another role": agree("P-5", at, "observer")} {
			if got != fault.KindDenied {
				t.Errorf("%s agreed: %v", what, got)
			}
		}
		if k := agree("P-5", void, second); k != fault.KindStale {
			t.Errorf("agreed to an earlier proposal: %v", k)
		}
		if k := agree("P-5", at, second); k != 0 {
			t.Errorf("the second person: %v", k)
		}
		if k := agree("P-5", at, second); k != fault.KindStale {
			t.Errorf("closed twice: %v", k)
		}
		n.Look(func(v *record.View) error {
			r, err := OfWarning(v, "W-1")
			if err != nil || r.Closed.IsZero() || r.ClosedBy != "P-5" {
				t.Errorf("%+v, %v", r, err)
			}
			all, err := v.History("W-1")
			for _, e := range all {
				if e.Marking != "AMBER" {
					t.Errorf("%s is marked %q, its warning AMBER", e.Kind, e.Marking)
				}
			}
			return err
		})
	}, Module())
}

func TestOnlyTheRoleThatMayRefuseDoes(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		ds := opened(n, 4)
		own := find(n, ds, "the owner's to refuse", func(d Duty) bool { return len(d.After) == 0 && d.Refusal == d.Role })
		other := find(n, ds, "another's to refuse", func(d Duty) bool { return d.Refusal != d.Role && d.Refusal != "nobody" })
		explain := func(d Duty, v Voice) fault.Kind {
			return fault.KindOf(n.Try("P-2", func(tx *record.Tx) error { return Explain(tx, d.ID, v, "no line") }))
		}
		if k := explain(own, Voice{Roles: []string{"observer"}}); k != fault.KindDenied {
			t.Errorf("somebody: %v", k)
		}
		if k := explain(own, Voice{Owner: true}); k != 0 {
			t.Errorf("the owner: %v", k)
		}
		answer(n, ds, other)
		if k := explain(other, Voice{Roles: []string{other.Role}, Owner: true}); k != fault.KindDenied {
			t.Errorf("the owner, though it is another's to refuse: %v", k)
		}
		if k := explain(other, Voice{Roles: []string{other.Refusal}}); k != 0 {
			t.Errorf("the role that may: %v", k)
		}
	}, Module())
}

func TestAProtocolIsAdoptedOnlyIfItMakesSense(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		adopt := func(b []byte) error {
			return n.Try("P-1", func(tx *record.Tx) error { _, err := Adopt(tx, b); return err })
		}
		if err := adopt([]byte("levels: [")); fault.Field(err) != "protocol" {
			t.Errorf("not YAML: %v", err)
		}
		if err := adopt(shipped(t)); err != nil {
			t.Fatal(err)
		}
		if err := adopt(shipped(t)); fault.KindOf(err) != fault.KindExists {
			t.Errorf("adopted the same text twice: %v", err)
		}
		n.Look(func(v *record.View) error {
			a, err := Adopted(v, "national-focal-point")
			if err != nil {
				return err
			}
			p, yaml, err := ReadProtocol(v, a.Entry)
			if err != nil || p.Digest != a.Digest || yaml != string(shipped(t)) {
				t.Errorf("%v", err)
			}
			return nil
		})
	}, Module())
}
