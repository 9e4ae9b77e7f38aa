package heed_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
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

// into returns what makes the files of a close-out in a folder; those of one
// successor fail after some bytes.
func (k *keeper) into(names *[]string, fails string, discarded *int) func(string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		*names = append(*names, name)
		if fails != "" && strings.Contains(name, fails) {
			return full{discarded}, nil
		}
		return os.OpenFile(filepath.Join(k.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	}
}

// full is a file on a disk without room.
type full struct{ discarded *int }

func (f full) Write([]byte) (int, error) { return 0, errors.New("no space left") }
func (f full) Discard() error            { *f.discarded++; return nil }
func (f full) Close() error              { return errors.New("what is not whole was closed") }

// damage overwrites the bytes of the biggest stored file.
func (k *keeper) damage(name string) {
	k.t.Helper()
	var biggest string
	var size int64
	k.must(filepath.Walk(filepath.Join(k.dir, name), func(p string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() && i.Size() > 2<<20 && i.Size() < 3<<20 && i.Size() > size {
			biggest, size = p, i.Size()
		}
		return nil
	}))
	k.must(os.Chmod(biggest, 0o600))
	f, err := os.OpenFile(biggest, os.O_RDWR, 0)
	k.must(err)
	_, err = f.WriteAt([]byte("xxxxxxxx"), size/2)
	k.must(err)
	k.must(f.Close())
	p, err := k.ProveEvidence(k.t.Context(), k.who, evidence.Scrub{}, nil)
	k.must(err)
	if len(p.Damaged) != 1 {
		k.t.Fatalf("damaged: %v", p.Damaged)
	}
}

// pass hands one item to another node, which takes it over.
func (k *keeper) pass(n string, to *keeper, mandateID string, ids ...string) (file string) {
	k.t.Helper()
	file = filepath.Join(k.dir, n+".tar")
	f, err := os.Create(file)
	k.must(err)
	_, err = k.OfferHandover(k.t.Context(), k.who, heed.HandoverInput{To: to.card(), Party: consent.Party{Name: "Node"}, For: consent.Keep, In: "CHE", Items: ids}, f)
	k.must(err)
	k.must(f.Close())
	to.receive(file, mandateID, nil)
	return file
}

// TestOneItemStopsNoCloseout: what is damaged or came back stays and is listed,
// the successor whose package fails keeps none from the others, and no file of
// one run is that of another.
func TestOneItemStopsNoCloseout(t *testing.T) {
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	one, two := route("Court/A", b.card()), route("Court A", c.card())
	one.When = mandate.When{Marking: "GREEN"}
	a.mandate("MLD", one, two)
	a.take(3, "M-1")
	a.must(a.MarkEvidence(t.Context(), a.who, "E-1.1", "GREEN"))
	var names []string
	run, err := a.RunCloseout(t.Context(), a.who, "MLD", a.into(&names, "", nil))
	a.must(err)
	if len(names) != 2 || names[0] == names[1] || run.Packages[0].File != names[0] || run.Packages[1].File != names[1] || !strings.Contains(names[1], run.Packages[1].Handover) {
		t.Fatalf("files %q, %+v", names, run.Packages)
	}
	a.pass("ab", b, "", "E-1.2")
	b.pass("ba", a, "M-1", "E-1.1")
	a.big(2 << 20)
	a.damage("a")
	plan, err := a.CloseoutPlan(t.Context(), a.who, "MLD")
	a.must(err)
	kinds := map[string]string{}
	for _, o := range plan.Orphans {
		kinds[o.ID] = strings.Join(o.Kinds, " ") + " → " + o.Successor
	}
	if plan.Items != 5 || plan.Unassigned != 2 || plan.BySuccessor["Court/A"] != 1 || plan.BySuccessor["Court A"] != 2 || kinds["E-2.1"] != "returned key → " || !strings.HasPrefix(kinds["E-3.1"], "damaged key") {
		t.Errorf("%+v, %v", plan, kinds)
	}
	discarded := 0
	again, err := a.RunCloseout(t.Context(), a.who, "MLD", a.into(&names, "Court_A-H-5", &discarded))
	if err == nil || !strings.Contains(err.Error(), "package for Court/A: ") || !strings.Contains(err.Error(), "no space left") || strings.Contains(err.Error(), "closed") || discarded != 1 {
		t.Errorf("discarded %d, %v", discarded, err)
	}
	if len(again.Packages) != 2 || !again.Packages[0].Failed || again.Packages[0].File != "" || again.Packages[1].Failed || again.Packages[1].Items != 2 || again.Entry == 0 {
		t.Errorf("%+v", again.Packages)
	}
	for _, p := range []heed.Package{run.Packages[0], run.Packages[1], again.Packages[1]} {
		if _, err := bundle.VerifyFile(os.DirFS(dir), p.File, bundle.Options{}); err != nil {
			t.Errorf("%s: %v", p.File, err)
		}
	}
	if taken := c.receive(filepath.Join(dir, again.Packages[1].File), "", nil); taken.Taken != 2 {
		t.Errorf("%+v", taken)
	}
}

// TestRoutesOfOneName: two offices of one successor get each what its own
// condition says.
func TestRoutesOfOneName(t *testing.T) {
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	open, vault := route("UN Archive", b.card()), route("UN Archive", c.card())
	open.When = mandate.When{Marking: "GREEN"}
	a.mandate("MLD", open, vault)
	a.take(3, "M-1")
	a.must(a.MarkEvidence(t.Context(), a.who, "E-1.1", "GREEN"))
	var names []string
	run, err := a.RunCloseout(t.Context(), a.who, "MLD", a.into(&names, "", nil))
	a.must(err)
	if len(run.Packages) != 2 || run.BySuccessor["UN Archive"] != 3 {
		t.Fatalf("%+v", run)
	}
	for n, want := range [][]string{{"E-1.1"}, {"E-1.2", "E-1.3"}} {
		h, err := a.Handover(t.Context(), a.who, run.Packages[n].Handover)
		a.must(err)
		var ids []string
		for _, l := range h.Lines {
			ids = append(ids, l.ID)
		}
		if !slices.Equal(ids, want) || h.Peer != []*keeper{b, c}[n].card().Node {
			t.Errorf("to %s: %v", h.Peer, ids)
		}
	}
}

// TestThePlanFollows: a copy that was made before its original was linked goes
// the way of its original; what belongs to no mandate is listed; and no mandate
// ends in silence while something is left.
func TestThePlanFollows(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	court := route("Court", heed.Card{})
	court.When.Links = []mandate.Link{{Kind: "case", To: "CASE-1"}}
	a.mandate("MLD", court, route("Node B", b.card()))
	src := func(s string) evidence.Source {
		return evidence.Source{Name: "x.txt", Type: "text/plain", Size: int64(len(s)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
	}
	in, err := a.BeginEvidence(ctx, a.who, heed.EvidenceInput{Authority: "o", Marking: "AMBER"})
	a.must(err)
	out, err := a.TakeEvidence(ctx, a.who, in.ID, []evidence.Source{src("abc"), src("outside")}, true, nil)
	a.must(err)
	original, outside := out.Items[0].ID, out.Items[1].ID
	heard, err := a.DeriveEvidence(ctx, a.who, original, heed.Made{How: "transcript", Tool: "ear", File: src("heard")})
	a.must(err)
	plan, err := a.CloseoutPlan(ctx, a.who, "MLD")
	a.must(err)
	if plan.Items != 0 || plan.NoMandate != 3 {
		t.Errorf("nothing is linked: %+v", plan)
	}
	for _, l := range []evidence.Link{{Kind: "mandate", To: "M-1"}, {Kind: "case", To: "CASE-1"}} {
		a.must(a.LinkEvidence(ctx, a.who, []string{original}, l))
	}
	p := consent.Permission{ID: "CON-1", Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Any}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardAny}
	a.must(a.PermitEvidence(ctx, a.who, []string{original, heard.ID}, p))
	plan, err = a.CloseoutPlan(ctx, a.who, "MLD")
	a.must(err)
	if plan.Items != 2 || plan.BySuccessor["Court"] != 2 || plan.Unreceipted != 2 || plan.NoMandate != 1 || plan.Outside[0].ID != outside || plan.Outside[0].Kinds[0] != "mandate" {
		t.Errorf("linked: %+v", plan)
	}
	err = a.EndMandate(ctx, a.who, "MLD", "over", " ")
	if fault.KindOf(err) != fault.KindStale || !strings.Contains(err.Error(), "of 2 nobody has signed a receipt") {
		t.Errorf("ended with two items without a receipt: %v", err)
	}
	a.must(a.EndMandate(ctx, a.who, "MLD", "over", "the court will fetch them"))

	b.mandate("ARC", route("Node A", a.card()))
	b.take(2, "M-1")
	if err := b.EndMandate(ctx, b.who, "ARC", "over", ""); fault.KindOf(err) != fault.KindStale {
		t.Errorf("ended before the close-out: %v", err)
	}
	_, file := b.close("ARC")
	if err := b.EndMandate(ctx, b.who, "ARC", "over", ""); fault.KindOf(err) != fault.KindStale {
		t.Errorf("ended before the receipt: %v", err)
	}
	_, err = b.AcceptReceipt(ctx, b.who, a.receive(file, "", nil).Receipt)
	b.must(err)
	b.must(b.EndMandate(ctx, b.who, "ARC", "over", ""))
	bare := newKeeper(t, dir, "bare")
	bare.mandate("NIL", route("Node B", heed.Card{}))
	bare.take(1, "M-1")
	bare.must(bare.PlanMandate(ctx, bare.who, "NIL", mandate.Plan{Decides: "x", Retention: "y", Keys: "z", Routes: []mandate.Route{court}}))
	if err := bare.EndMandate(ctx, bare.who, "NIL", "over", ""); fault.KindOf(err) != fault.KindStale || !strings.Contains(err.Error(), "of 1 items 1 go to nobody") {
		t.Errorf("ended with one that nobody gets: %v", err)
	}
}

// TestAnImportKeepsTheMarking of what somebody has marked stricter.
func TestAnImportKeepsTheMarking(t *testing.T) {
	a := newKeeper(t, t.TempDir(), "a")
	for code, own := range map[string]bool{"MLD": true, "OTH": false} {
		in := mandate.Input{Code: code, Own: own, Marking: "AMBER+STRICT", Facts: mandate.Facts{Name: "Mission"}}
		if own {
			in.Plan = &mandate.Plan{Decides: "x", Retention: "y", Keys: "z", Routes: []mandate.Route{route("B", heed.Card{})}}
		}
		_, err := a.RegisterMandate(t.Context(), a.who, in)
		a.must(err)
	}
	out, err := a.ImportMandates(t.Context(), a.who, []byte("id,name,established_by,date,mandate_elements,status_or_end\nMLD,Mission of others,res 1,2020-01-01,report,running\nOTH,Another,res 2,2020-01-01,report,running\n"))
	a.must(err)
	if out.Changed != 2 {
		t.Errorf("%+v", out)
	}
	for _, code := range []string{"MLD", "OTH"} {
		m, err := a.Mandate(t.Context(), a.who, code)
		a.must(err)
		if m.Marking != "AMBER+STRICT" {
			t.Errorf("%s is marked %s after the import", code, m.Marking)
		}
	}
}
