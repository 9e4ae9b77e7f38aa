package heed_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// verified holds that a bundle is in order for who has no key, and for the receiver.
func verified(t *testing.T, file string) bundle.Report {
	t.Helper()
	r, err := bundle.VerifyFile(os.DirFS(filepath.Dir(file)), filepath.Base(file), bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSplitAndJoined hands over from A to B at once, from B to C in two parts with
// one item in both, and all that came from C to D at once.
func TestSplitAndJoined(t *testing.T) {
	dir := t.TempDir()
	a, b, c, d := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c"), newKeeper(t, dir, "d")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(3, "M-1")
	a.pass("ab", b, "", "E-1.1", "E-1.2", "E-1.3")
	b.pass("bc1", c, "", "E-1.1", "E-1.2")
	b.pass("bc2", c, "", "E-1.3", "E-1.1")
	file, err := c.hand("cd", d, "E-1.1", "E-1.2", "E-2.1", "E-2.2")
	c.must(err)
	if r := verified(t, file); len(r.Handovers) != 3+1 || len(r.Custodians) != 3 {
		t.Errorf("%d hand-overs, %v", len(r.Handovers), r.Custodians)
	}
	if out := d.receive(file, "", nil); out.Taken != 4 {
		t.Errorf("%+v", out)
	}
	court, err := c.hand("court", nil, "E-2.2", "E-1.1")
	c.must(err)
	verified(t, court)
	e, err := d.hand("de", a, "E-1.3")
	if err == nil { // A had it: it is offered, and A may take it in under a new chain
		verified(t, e)
	}
}

// TestClosedOutTwice runs the close-out again before the receipt of the first run
// is in: the successor takes both packages over, and hands on what came by either.
func TestClosedOutTwice(t *testing.T) {
	dir := t.TempDir()
	z, a, b, c := newKeeper(t, dir, "z"), newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	z.mandate("OLD", route("Node A", a.card()))
	a.mandate("MLD", route("Node B", b.card()))
	b.mandate("ARC", route("Node C", c.card()))
	z.take(2, "M-1")
	z.pass("za", a, "M-1", "E-1.1")
	a.take(2, "M-1")
	_, first := a.close("MLD")
	_, _, err := a.OpenEvidence(t.Context(), a.who, "E-2.1", io.Discard)
	a.must(err)
	_, second := a.close("MLD")
	one, two := b.receive(first, "M-1", nil), b.receive(second, "M-1", nil)
	for _, taken := range []heed.HandoverTaken{one, two} {
		if taken.Taken != 3 {
			t.Fatalf("%+v", taken)
		}
		_, err := a.AcceptReceipt(t.Context(), a.who, taken.Receipt)
		a.must(err)
	}
	run, file := b.close("ARC")
	if verified(t, file); run.Packages[0].Items != 6 {
		t.Errorf("%+v", run.Packages)
	}
	if out := c.receive(file, "", nil); out.Taken != 6 {
		t.Errorf("%+v", out)
	}
}

// TestNamedAndLinked offers what belongs to a case and one item of it by name:
// that goes once.
func TestNamedAndLinked(t *testing.T) {
	dir := t.TempDir()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(3, "M-1")
	made, err := a.OfferHandover(t.Context(), a.who, heed.HandoverInput{To: b.card(), Party: consent.Party{Name: "Node"}, For: consent.Trial, In: "NLD",
		Items: []string{"E-1.2"}, Link: evidence.Link{Kind: "mandate", To: "M-1"}}, io.Discard)
	if err != nil || made.Items != 3 {
		t.Errorf("%+v, %v", made, err)
	}
}
