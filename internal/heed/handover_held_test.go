package heed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// second is another person, who may release what the first put on.
func (k *keeper) second() heed.Who {
	k.t.Helper()
	id, err := k.AddPerson(k.t.Context(), k.who, heed.PersonInput{Name: "Cy Cole", Role: "custodian"})
	k.must(err)
	return heed.Who{Person: id, Via: "web", Purpose: "the court is done with it"}
}

// heldAs returns the holds of an item as its custody tells of them.
func (k *keeper) heldAs(id string) (n int, words string) {
	k.t.Helper()
	x, err := k.Item(k.t.Context(), k.who, id)
	k.must(err)
	for _, c := range x.Custody {
		if c.Kind == "evidence.held" {
			words += c.Detail + ": " + c.Reason + " / " + c.Under + "\n"
		}
	}
	return x.Holds, words
}

// TestHoldsTravel closes out what is under holds: it arrives under them, nobody
// erases it before two persons there ended them, and what was ended goes no further.
func TestHoldsTravel(t *testing.T) {
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	a.mandate("MLD", route("Node B", b.card()))
	b.mandate("ARC", route("Node C", c.card()))
	a.take(3, "M-1")
	ctx := t.Context()
	a.must(a.HoldEvidence(ctx, a.who, []string{"E-1.1", "E-1.2"}, "HOLD-1", "letter 12 of the prosecutor", "the trial of the convoy"))
	a.must(a.HoldEvidence(ctx, a.who, []string{"E-1.1"}, "HOLD-2", "letter 13", "an appeal"))
	a.must(a.ReleaseEvidence(ctx, a.second(), "E-1.2", "HOLD-1", "letter 14"))
	_, file := a.close("MLD")
	whole, err := os.ReadFile(file)
	a.must(err)
	if strings.Contains(string(whole), "convoy") || strings.Contains(string(whole), "letter 12") {
		t.Error("why it is held lies open in the bundle")
	}
	open := verified(t, file)
	untold, err := heed.HoldsIn(open)
	a.must(err)
	if x := untold["E-1.1"]; len(x) != 1 || !strings.Contains(x[0].Reason.Reason, "shows 2 holds on E-1.1, and not why") || len(untold) != 1 {
		t.Errorf("who cannot open it sees %+v", untold)
	}
	b.receive(file, "M-1", nil)
	n, words := b.heldAs("E-1.1")
	if n != 2 || !strings.Contains(words, "HOLD-1: the trial of the convoy (put on at "+a.Origin()+" by its entry ") || !strings.Contains(words, "/ letter 12 of the prosecutor") || !strings.Contains(words, "HOLD-2: an appeal") {
		t.Errorf("%d holds: %s", n, words)
	}
	if n, words := b.heldAs("E-1.2"); n != 0 || words != "" {
		t.Errorf("what was released arrived under %d holds: %s", n, words)
	}
	other := b.second()
	if err := b.Erase(ctx, other, "E-1.1", "order 9"); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("what is held was erased: %v", err)
	}
	if err := b.ReleaseEvidence(ctx, b.who, "E-1.1", "HOLD-1", "letter 15"); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("whoever took it over ended the hold alone: %v", err)
	}
	b.must(b.ReleaseEvidence(ctx, other, "E-1.1", "HOLD-1", "letter 15"))
	_, on := b.close("ARC")
	c.receive(on, "", nil)
	if n, words := c.heldAs("E-1.1"); n != 1 || !strings.Contains(words, "HOLD-2: an appeal (put on at "+a.Origin()) || !strings.Contains(words, "handed over with the item) (put on at "+b.Origin()) {
		t.Errorf("%d holds: %s", n, words)
	}
	b.must(b.ReleaseEvidence(ctx, other, "E-1.1", "HOLD-2", "letter 16"))
	b.must(b.Erase(ctx, other, "E-1.1", "order 9"))
	for _, k := range []*keeper{b, c} {
		r, err := k.Rebuild(ctx, k.who, nil)
		if err != nil || !r.Identical {
			t.Errorf("rebuild: %+v, %v", r, err)
		}
	}
}

// TestHeldOnline sends what is held, and keeps back what was put under a hold
// after it was offered: it goes with the next offer.
func TestHeldOnline(t *testing.T) {
	o := newOnline(t, "")
	o.ready(3)
	ctx := t.Context()
	o.a.must(o.a.HoldEvidence(ctx, o.a.who, []string{"E-1.1"}, "HOLD-1", "letter 12", "the trial"))
	made := o.offer()
	o.a.must(o.a.HoldEvidence(ctx, o.a.who, []string{"E-1.2"}, "HOLD-1", "letter 13", "the other trial"))
	if _, wrong := o.carry(); !strings.Contains(wrong, "E-1.2 does not go: it was put under a legal hold since it was offered") {
		t.Errorf("%q", wrong)
	}
	taken, err := o.b.AnswerArrival(ctx, o.b.who, made.Offer, heed.TakeInput{})
	o.b.must(err)
	if taken.Outcome != handover.Partly || taken.Taken != 2 || taken.Why["2"] == "" {
		t.Errorf("%+v", taken)
	}
	if n, words := o.b.heldAs("E-1.1"); n != 1 || !strings.Contains(words, "the trial (put on") {
		t.Errorf("%d holds: %s", n, words)
	}
	again, err := o.a.hand("again", o.b, "E-1.2")
	o.a.must(err)
	o.b.receive(again, "", nil)
	if n, words := o.b.heldAs("E-2.1"); n != 1 || !strings.Contains(words, "the other trial") {
		t.Errorf("%d holds: %s", n, words)
	}
}

// TestHeldAgain receives what is held after it broke off: each hold is put on
// once, and what was ended meanwhile stays ended.
func TestHeldAgain(t *testing.T) {
	dir := t.TempDir()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(4, "M-1")
	a.must(a.MarkEvidence(t.Context(), a.who, "E-1.4", "GREEN"))
	a.must(a.HoldEvidence(t.Context(), a.who, []string{"E-1.1", "E-1.4"}, "HOLD-1", "letter 12", "the trial"))
	_, file := a.close("MLD")
	in := heed.TakeInput{Files: os.DirFS(filepath.Dir(file)), Name: filepath.Base(file)}
	for at := int64(1); ; at++ {
		n, err := breakOff(b, in, at)
		b.must(err)
		if n > 0 {
			break
		}
	}
	here, _, err := b.Evidence(t.Context(), b.who, heed.EvidenceFilter{Filter: evidence.Filter{Held: true}})
	b.must(err)
	if len(here) != 1 {
		t.Fatalf("%d items are held when it broke off", len(here))
	}
	b.must(b.ReleaseEvidence(t.Context(), b.second(), here[0].ID, "HOLD-1", "letter 15"))
	out, err := b.TakeHandover(t.Context(), b.who, in)
	b.must(err)
	all, _, err := b.Evidence(t.Context(), b.who, heed.EvidenceFilter{Filter: evidence.Filter{Held: true}})
	b.must(err)
	if n, _ := b.heldAs(here[0].ID); out.Outcome != handover.Accepted || n != 0 || len(all) != 1 || all[0].Marking != "GREEN" {
		t.Errorf("%s: %d holds, held are %+v", out.Outcome, n, all)
	}
}
