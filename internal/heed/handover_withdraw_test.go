package heed_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// TestWithdrawn closes the offer whose package failed, and another whose receipt
// comes all the same.
func TestWithdrawn(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(2, "M-1")
	var names []string
	discarded := 0
	run, err := a.RunCloseout(ctx, a.who, "MLD", a.into(&names, "Node_B", &discarded))
	if err == nil || discarded != 1 || !run.Packages[0].Failed {
		t.Fatalf("%+v, %v", run.Packages, err)
	}
	why := a.who
	why.Purpose = ""
	if _, err := a.WithdrawHandover(ctx, why, "H-1"); err == nil {
		t.Error("withdrawn for no purpose")
	}
	why.Purpose = "the disk was full"
	x, err := a.WithdrawHandover(ctx, why, "H-1")
	if err != nil || x.State != transfer.Withdrawn {
		t.Fatalf("%+v, %v", x, err)
	}
	if _, err := a.WithdrawHandover(ctx, why, "H-1"); fault.KindOf(err) != fault.KindStale {
		t.Errorf("withdrawn twice: %v", err)
	}
	_, file := a.close("MLD")
	_, err = a.WithdrawHandover(ctx, why, "H-2")
	a.must(err)
	taken := b.receive(filepath.Join(dir, filepath.Base(file)), "", nil)
	h, err := a.AcceptReceipt(ctx, a.who, taken.Receipt)
	if err != nil || h.ID != "H-2" || h.State != handover.Accepted {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := a.WithdrawHandover(ctx, why, "H-2"); fault.KindOf(err) != fault.KindStale {
		t.Errorf("withdrawn after its receipt: %v", err)
	}
	if _, err := b.WithdrawHandover(ctx, b.who, taken.ID); fault.KindOf(err) != fault.KindStale {
		t.Errorf("the receiver withdrew it: %v", err)
	}
	r, err := a.Rebuild(ctx, a.who, nil)
	if err != nil || !r.Identical {
		t.Errorf("rebuild: %+v, %v", r, err)
	}
}

// TestWithdrawnOnline takes back what was not sent yet, and not what is all there.
func TestWithdrawnOnline(t *testing.T) {
	o := newOnline(t, "")
	o.ready(2)
	before := o.a.blobs()
	made := o.offer()
	_, err := o.a.WithdrawHandover(t.Context(), o.a.who, made.ID)
	o.a.must(err)
	if all, err := o.a.Sendings(t.Context(), o.a.who); err != nil || len(all) != 0 || o.a.blobs() > before+2 { // its contents and its list stay
		t.Errorf("%+v are sent, %d blobs of %d: %v", all, o.a.blobs(), before, err)
	}
	o.carry()
	if all, err := o.b.Arrivals(t.Context(), o.b.who); err != nil || len(all) != 0 {
		t.Errorf("it came: %+v, %v", all, err)
	}
	made = o.offer()
	if _, wrong := o.carry(); wrong != "" {
		t.Fatal(wrong)
	}
	if _, err := o.a.WithdrawHandover(t.Context(), o.a.who, made.ID); fault.KindOf(err) != fault.KindStale || !strings.Contains(err.Error(), "where somebody answers it") {
		t.Errorf("withdrawn where it is theirs to answer: %v", err)
	}
	_, err = o.b.AnswerArrival(t.Context(), o.b.who, made.Offer, heed.TakeInput{})
	o.b.must(err)
	if n, wrong := o.carry(); n != 1 || wrong != "" {
		t.Error(n, wrong)
	}
}
