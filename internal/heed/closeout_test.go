package heed_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/mandate"
	"github.com/heed-project/heed/internal/testkit"
)

// keeper is a node that keeps evidence, and the person who answers for it.
type keeper struct {
	*heed.Node
	t   testing.TB
	who heed.Who
	dir string
}

func newKeeper(t testing.TB, dir, name string) *keeper { return newKeeperOn(t, dir, name, "") }

func newKeeperOn(t testing.TB, dir, name, url string) *keeper {
	t.Helper()
	n, err := heed.MakeNode(t.Context(), settings(t, filepath.Join(dir, name), url), name, heed.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	admin, _, err := n.SetUp(t.Context(), heed.Who{}, heed.SetupInput{Agency: name, Admin: "Ana " + name})
	if err != nil {
		t.Fatal(err)
	}
	return &keeper{n, t, heed.Who{Person: admin, Purpose: "the end of the mandate"}, dir}
}

func (k *keeper) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeper) card() heed.Card {
	k.t.Helper()
	c, err := k.CustodyCard(k.t.Context(), k.who)
	k.must(err)
	return c
}

// take takes in so many small files, with a permission on each.
func (k *keeper) take(count int, mandateID string) {
	k.t.Helper()
	ctx := k.t.Context()
	sources := make([]evidence.Source, count)
	for i := range sources {
		text := fmt.Sprintf("statement %d of %d: what was seen on the road", i+1, count)
		sources[i] = evidence.Source{Name: fmt.Sprintf("s%06d.txt", i+1), Type: "text/plain", Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	in, err := k.BeginEvidence(ctx, k.who, heed.EvidenceInput{Authority: "order 1", Marking: "AMBER", Links: []evidence.Link{{Kind: "mandate", To: mandateID}}})
	k.must(err)
	out, err := k.TakeEvidence(ctx, k.who, in.ID, sources, true, nil)
	k.must(err)
	ids := make([]string, count)
	for i, x := range out.Items {
		ids[i] = x.ID
	}
	for n, part := range slices.Collect(slices.Chunk(ids, 1000)) {
		p := consent.Permission{ID: fmt.Sprintf("CON-%d", n+1), Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Keep, consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardAny}
		k.must(k.PermitEvidence(ctx, k.who, part, p))
	}
}

// route is a successor in a plan.
func route(name string, c heed.Card) mandate.Route {
	return mandate.Route{Name: name, Classes: []string{"archive"}, Gets: "all", Purpose: consent.Keep, State: "CHE", Peer: mandate.Peer{Node: c.Node, Key: c.Key, Recipient: c.Recipient}}
}

// mandate enters the mandate under which a node works, with one successor.
func (k *keeper) mandate(code string, routes ...mandate.Route) string {
	k.t.Helper()
	id, err := k.RegisterMandate(k.t.Context(), k.who, mandate.Input{Code: code, Own: true, Facts: mandate.Facts{Name: "Mission " + code},
		Plan: &mandate.Plan{Decides: "the registrar", Retention: "thirty years", Keys: "to the archive", Routes: routes}})
	k.must(err)
	return id
}

// close runs a close-out and returns the package for the one successor.
func (k *keeper) close(ref string) (heed.CloseoutRun, string) {
	k.t.Helper()
	var file string
	run, err := k.RunCloseout(k.t.Context(), k.who, ref, func(name string) (io.WriteCloser, error) {
		file = filepath.Join(k.dir, name)
		return os.Create(file)
	})
	k.must(err)
	return run, file
}

func (k *keeper) receive(file, mandateID string, refuse map[int]string) heed.HandoverTaken {
	k.t.Helper()
	in := heed.TakeInput{Files: os.DirFS(filepath.Dir(file)), Name: filepath.Base(file), Authority: "agreement 7", Refuse: refuse}
	if mandateID != "" {
		in.Links = []evidence.Link{{Kind: "mandate", To: mandateID}}
	}
	out, err := k.TakeHandover(k.t.Context(), k.who, in)
	k.must(err)
	return out
}

// state is what must be the same on both sides: by SHA-256, the item's chain of
// custody and permissions.
func (k *keeper) state(id string) map[string]string {
	k.t.Helper()
	h, err := k.Handover(k.t.Context(), k.who, id)
	k.must(err)
	out := map[string]string{}
	for _, i := range h.Lines {
		out[i.SHA256+" "+strconv.Itoa(i.N)] = fmt.Sprint(i.Bytes, i.Marking, i.Custody, i.Consents, h.Terms)
	}
	return out
}

func same(t testing.TB, what string, a, b map[string]string) {
	t.Helper()
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("%s: %d items here, %d there", what, len(a), len(b))
	}
	for key, x := range a {
		if b[key] != x {
			t.Fatalf("%s: %s is %s here, and there %s", what, key, x, b[key])
		}
	}
}

// TestRoundTrip closes a mandate out to a successor, and that one's to the next,
// and compares at the end every byte, every head and every permission with
// what was taken in. HEED_BENCH_ITEMS says how many items.
func TestRoundTrip(t *testing.T) {
	testkit.Slow(t)
	count := 2000
	if n, err := strconv.Atoi(os.Getenv("HEED_BENCH_ITEMS")); err == nil {
		count = n
	} else if testing.Short() {
		count = 200
	}
	dir := t.TempDir()
	began := time.Now()
	lap := func(what string) { t.Logf("%6.1f s  %s", time.Since(began).Seconds(), what) }
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	a.mandate("MLD", route("Node B", b.card()))
	b.mandate("ARC", route("Node C", c.card()))
	a.take(count, "M-1")
	lap("taken in at A, a permission on each")

	run, file := a.close("MLD")
	if run.Items != count || run.BySuccessor["Node B"] != count || run.Unassigned != 0 || len(run.Packages) != 1 || run.Packages[0].Handover != "H-1" {
		t.Fatalf("%d items, %v, %d unassigned, %+v", run.Items, run.BySuccessor, run.Unassigned, run.Packages)
	}
	lap("packages made")
	if _, err := bundle.VerifyFile(os.DirFS(dir), filepath.Base(file), bundle.Options{}); err != nil {
		t.Fatal(err)
	}
	lap("verified without a key")
	taken := b.receive(file, "M-1", nil)
	if taken.Outcome != handover.Accepted || taken.Taken != count {
		t.Fatalf("%+v", taken)
	}
	lap("taken over at B, hashed again")
	_, err := a.AcceptReceipt(t.Context(), a.who, taken.Receipt)
	a.must(err)
	same(t, "A and B", a.state("H-1"), b.state(taken.ID))

	_, file2 := b.close("ARC")
	lap("packages made at B")
	again := c.receive(file2, "", nil)
	_, err = b.AcceptReceipt(t.Context(), b.who, again.Receipt)
	b.must(err)
	same(t, "B and C", b.state("H-2"), c.state(again.ID))
	lap("taken over at C")

	bytesAtEnd(t, c, count)
	lap("every byte read at C")
	for _, k := range []*keeper{a, b, c} {
		r, err := k.Rebuild(t.Context(), k.who, nil)
		if err != nil || !r.Identical {
			t.Errorf("rebuild %+v, %v", r, err)
		}
	}
	lap("three nodes rebuilt, identical")
	rest, _ := a.close("MLD")
	if rest.Packages[0].Handover != "" || !strings.Contains(rest.Packages[0].Why, "receipted before") {
		t.Errorf("closed out again: %+v", rest.Packages)
	}
}

// bytesAtEnd opens every item and compares it with what was taken in at the
// beginning.
func bytesAtEnd(t *testing.T, c *keeper, count int) {
	t.Helper()
	want := map[string]bool{}
	for i := range count {
		sum := sha256.Sum256(fmt.Appendf(nil, "statement %d of %d: what was seen on the road", i+1, count))
		want[hex.EncodeToString(sum[:])] = true
	}
	items := 0
	filter := heed.EvidenceFilter{}
	filter.Oldest, filter.Limit = true, 500
	for {
		page, more, err := c.Evidence(t.Context(), c.who, filter)
		c.must(err)
		for _, i := range page {
			filter.After = i.Entry
			if !want[i.SHA256] {
				t.Fatalf("%s was never taken in", i.ID)
			}
			delete(want, i.SHA256)
			items++
			if items%max(1, count/200) == 0 { // to open is an entry: not for each of 100,000
				sum := sha256.New()
				_, _, err := c.OpenEvidence(t.Context(), c.who, i.ID, sum)
				c.must(err)
				if hex.EncodeToString(sum.Sum(nil)) != i.SHA256 {
					t.Fatalf("%s is not what it was", i.ID)
				}
			}
		}
		if !more {
			break
		}
	}
	if items != count || len(want) > 0 {
		t.Fatalf("%d of %d items arrived", items, count)
	}
	out, err := c.ProveEvidence(t.Context(), c.who, evidence.Scrub{}, nil)
	c.must(err)
	if out.Items != count || len(out.Damaged) > 0 {
		t.Fatalf("of %d items %d were read: %+v", count, out.Items, out)
	}
}

// TestPartOfIt hands over three items, of which one is refused and one damaged
// on the way, and hands on what came, with another batch.
func TestPartOfIt(t *testing.T) {
	testkit.Slow(t)
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(4, "M-1")
	offer := func(from *keeper, to *keeper, items ...string) string {
		t.Helper()
		file := filepath.Join(dir, fmt.Sprintf("%s-%d.tar", filepath.Base(from.Origin()), len(items)))
		f, err := os.Create(file)
		from.must(err)
		_, err = from.OfferHandover(t.Context(), from.who, heed.HandoverInput{To: to.card(), Party: consent.Party{Name: "Node"}, For: consent.Trial, In: "NLD", Items: items}, f)
		from.must(err)
		from.must(f.Close())
		return file
	}
	file := offer(a, b, "E-1.1", "E-1.2", "E-1.3")
	damage(t, file, "items/00000003.age")
	_, err := b.TakeHandover(t.Context(), b.who, heed.TakeInput{Files: os.DirFS(dir), Name: filepath.Base(file), LogKey: c.LogKey()})
	if err == nil || !strings.Contains(err.Error(), "key: it is of a log") {
		t.Errorf("from another sender than was expected: %v", err)
	}
	if _, err := c.TakeHandover(t.Context(), c.who, heed.TakeInput{Files: os.DirFS(dir), Name: filepath.Base(file)}); err == nil {
		t.Error("somebody else takes what was offered to B")
	}
	taken := b.receive(file, "", map[int]string{2: "held here already"})
	if taken.Outcome != handover.Partly || taken.Taken != 1 || taken.Why["2"] != "held here already" || !strings.Contains(taken.Why["3"], "item 3") {
		t.Fatalf("%+v", taken)
	}
	if _, err := c.AcceptReceipt(t.Context(), c.who, taken.Receipt); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("C takes a receipt for A: %v", err)
	}
	if _, err := a.AcceptReceipt(t.Context(), a.who, bytes.Replace(taken.Receipt, []byte("held here"), []byte("kept here"), 1)); err == nil {
		t.Error("a refusal was reworded, and A accepts it")
	}
	h, err := a.AcceptReceipt(t.Context(), a.who, taken.Receipt)
	if err != nil || h.State != handover.Partly || h.Refused != 2 {
		t.Fatalf("%+v, %v", h, err)
	}
	if _, err := a.AcceptReceipt(t.Context(), a.who, taken.Receipt); fault.KindOf(err) != fault.KindStale {
		t.Errorf("accepted twice: %v", err)
	}
	second := b.receive(offer(a, b, "E-1.2", "E-1.4"), "", nil)
	_, err = a.AcceptReceipt(t.Context(), a.who, second.Receipt)
	a.must(err)
	last := c.receive(offer(b, c, "E-1.1", "E-2.1", "E-2.2"), "", nil)
	if last.Taken != 3 {
		t.Fatalf("%+v", last)
	}
	view, err := c.Handover(t.Context(), c.who, last.ID)
	c.must(err)
	for _, i := range view.Lines {
		if len(i.Custody) != 2 || i.Custody[0].Node != a.Origin() || i.Custody[1].Node != b.Origin() {
			t.Errorf("custody of %s: %+v", i.ID, i.Custody)
		}
		if _, err := custody.ParseHead(i.Custody[1].Head); err != nil {
			t.Error(err)
		}
	}
	all, err := b.Handovers(t.Context(), b.who)
	if err != nil || len(all) != 3 || all[0].State != "offered" {
		t.Errorf("%+v, %v", all, err)
	}
}

// damage changes a byte of a file in a bundle, near its end.
func damage(t *testing.T, bundleFile, name string) {
	t.Helper()
	b, err := os.ReadFile(bundleFile)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte(name+"\x00"))
	if at < 0 {
		t.Fatalf("%s is not in the bundle", name)
	}
	size, err := strconv.ParseInt(string(b[at+124:at+135]), 8, 64)
	if err != nil {
		t.Fatal(err)
	}
	b[int64(at)+512+size-3] ^= 1
	if err := os.WriteFile(bundleFile, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOrphans says of each item why it would be orphaned tonight.
func TestOrphans(t *testing.T) {
	a := newKeeper(t, t.TempDir(), "a")
	court := mandate.Route{Name: "Regional Court", Classes: []string{"court"}, Gets: "the case", Purpose: consent.Trial, State: "NLD", When: mandate.When{Links: []mandate.Link{{Kind: "case", To: "CASE-1"}}}}
	archive := mandate.Route{Name: "Archive", Classes: []string{"archive"}, Gets: "the rest", Purpose: consent.Keep, State: "CHE", When: mandate.When{Marking: "AMBER"}}
	a.mandate("MLD", court, archive)
	ctx := t.Context()
	add := func(name, marking string, links ...evidence.Link) string {
		t.Helper()
		source := evidence.Source{Name: name, Size: 3, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("abc")), nil }}
		in, err := a.BeginEvidence(ctx, a.who, heed.EvidenceInput{Authority: "order", Marking: marking, Links: append(links, evidence.Link{Kind: "mandate", To: "M-1"})})
		a.must(err)
		out, err := a.TakeEvidence(ctx, a.who, in.ID, []evidence.Source{source}, true, nil)
		a.must(err)
		return out.Items[0].ID
	}
	permit := func(id string, change func(p *consent.Permission)) {
		t.Helper()
		p := consent.Permission{ID: "CON-1", Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Any}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.NotOnward}
		change(&p)
		a.must(a.PermitEvidence(ctx, a.who, []string{id}, p))
	}
	inCase := evidence.Link{Kind: "case", To: "CASE-1"}
	courts, fallsBack, strict, odd, none := add("a.txt", "AMBER", inCase), add("b.txt", "AMBER", inCase), add("c.txt", "AMBER+STRICT"), add("d.xyz", "AMBER"), add("e.txt", "AMBER")
	permit(courts, func(p *consent.Permission) {})
	permit(fallsBack, func(p *consent.Permission) { p.NoDeath = true; p.NotTo = []string{"class:court"} })
	permit(strict, func(p *consent.Permission) {})
	permit(odd, func(p *consent.Permission) {})
	plan, err := a.CloseoutPlan(ctx, a.who, "MLD")
	a.must(err)
	if plan.Items != 5 || plan.BySuccessor["Regional Court"] != 1 || plan.BySuccessor["Archive"] != 1 || plan.Unassigned != 3 {
		t.Errorf("%d items, %v, %d unassigned", plan.Items, plan.BySuccessor, plan.Unassigned)
	}
	if sum := plan.Unassigned + plan.BySuccessor["Regional Court"] + plan.BySuccessor["Archive"]; sum != plan.Items {
		t.Errorf("%d of %d items are in the partition", sum, plan.Items)
	}
	kinds := map[string]string{}
	for _, o := range plan.Orphans {
		kinds[o.ID] = strings.Join(o.Kinds, " ") + " → " + o.Successor
	}
	for id, want := range map[string]string{courts: "key → Regional Court", fallsBack: "consent key → ", strict: "successor key → ", odd: "key format → Archive", none: "consent key → "} {
		if kinds[id] != want {
			t.Errorf("%s: %q, want %q", id, kinds[id], want)
		}
	}
	second := heed.Who{Person: a.who.Person}
	_, err = a.AddCustodian(ctx, second, newKeeper(t, t.TempDir(), "z").card().Recipient, a.who.Person)
	a.must(err)
	later := add("f.txt", "AMBER", inCase)
	permit(later, func(p *consent.Permission) {})
	if plan, err = a.CloseoutPlan(ctx, a.who, "M-1"); err != nil || slices.ContainsFunc(plan.Orphans, func(o heed.Orphan) bool { return o.ID == later }) {
		t.Errorf("two keys, a lasting format, consent: and yet an orphan: %+v, %v", plan.Orphans, err)
	}
	// a proof of time that ends is a risk until something renews it
	ofLater := "IN-6"
	stamped := stamp.Stamp{Intake: ofLater, Authority: "https://tsa.example.org", Kind: stamp.RFC3161, Digest: strings.Repeat("ab", 32), At: time.Now().AddDate(-1, 0, 0), Ends: time.Now().AddDate(0, 0, 9), Token: []byte("token")}
	kindsOf := func(id string) (string, string) {
		t.Helper()
		plan, err := a.CloseoutPlan(ctx, a.who, "M-1")
		a.must(err)
		for _, o := range plan.Orphans {
			if o.ID == id {
				return strings.Join(o.Kinds, " "), o.Why
			}
		}
		return "", ""
	}
	n, err := a.KeepStamp(ctx, stamped)
	a.must(err)
	if kinds, why := kindsOf(later); kinds != "stamp" || !strings.Contains(why, stamped.Ends.UTC().Format("2 January 2006")) {
		t.Errorf("a stamp that ends in nine days: %q, %q", kinds, why)
	}
	if kinds, _ := kindsOf(courts); strings.Contains(kinds, "stamp") {
		t.Errorf("an item that was never stamped: %q", kinds)
	}
	stamped.Renews, stamped.Ends = n, time.Now().AddDate(5, 0, 0)
	_, err = a.KeepStamp(ctx, stamped)
	a.must(err)
	if kinds, _ := kindsOf(later); kinds != "" {
		t.Errorf("renewed for five years: %q", kinds)
	}
	run, _ := a.close("MLD")
	if len(run.Packages) != 2 || run.Packages[0].Why == "" || run.Packages[0].File != "" {
		t.Errorf("packages without a card: %+v", run.Packages)
	}
	if _, err := a.CloseoutPlan(ctx, a.who, "NONE"); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("a mandate that is not there: %v", err)
	}
}

// TestMonthlyRehearsal ticks through three months: each has its rehearsal, once.
func TestMonthlyRehearsal(t *testing.T) {
	a := newKeeper(t, t.TempDir(), "a")
	a.mandate("MLD", route("Node A", heed.Card{}))
	from := time.Now().UTC().AddDate(0, 0, 40)
	for month := range 3 {
		for day := range 3 {
			_, err := a.Tick(context.Background(), time.Date(from.Year(), from.Month()+time.Month(month), 2+day, 3, 0, 0, 0, time.UTC))
			a.must(err)
		}
	}
	m, err := a.Mandate(t.Context(), a.who, "MLD")
	a.must(err)
	if len(m.Rehearsals) != 3 || m.Rehearsals[0].Run {
		t.Errorf("%d rehearsals: %+v", len(m.Rehearsals), m.Rehearsals)
	}
}
