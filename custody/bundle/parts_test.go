package bundle_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/ledger"
)

// received is an item as a custodian has it who got it as a line of an offer.
func (n *node) received(line handover.Item, id string) handover.Item {
	line.ID, line.Custody = id, slices.Clone(line.Custody)
	n.add("evidence.received", map[string]any{"id": id, "sha256": line.SHA256}, id)
	return line
}

// offers completes lines with the node's own custody, and numbers them.
func (n *node) offers(items ...handover.Item) []handover.Item {
	out := make([]handover.Item, len(items))
	for i, item := range items {
		head := custody.ChainStart(item.Sum())
		if k := len(item.Custody); k > 0 {
			h, err := custody.ParseHead(item.Custody[k-1].Head)
			if err != nil {
				n.t.Fatal(err)
			}
			head = h
		}
		item.Custody = append(slices.Clone(item.Custody), n.segment(item.ID, head))
		item.N = i + 1
		out[i] = item
	}
	return out
}

// passed is some lines of a hand-over that was accepted.
func (w *world) passed(offer, receipt, refusals []byte, all []handover.Item, places ...int) bundle.Handover {
	h := bundle.Handover{Offer: offer, Receipt: receipt, Refusals: refusals}
	indexes := make([]int64, len(places))
	for i, n := range places {
		h.Items, indexes[i] = append(h.Items, all[n-1]), int64(n-1)
	}
	hashes, err := handover.Hashes(all)
	if err != nil {
		w.t.Fatal(err)
	}
	if h.Proof, err = ledger.SubsetOf(hashes, indexes); err != nil {
		w.t.Fatal(err)
	}
	return h
}

// parts is a bundle from C to D of what came to C in two hand-overs, and to B in
// two: what A gave to B at once came in two parts (items 1 and 2), an item that
// B had once came twice (1 and 3), and one that A gave to B twice (1 and 4).
type parts struct {
	w        *world
	d        *node
	again    []byte // A's second offer to B
	splitOne []byte // B's first offer to C
	one, two []handover.Item
	b        bundle.Bundle
}

func newParts(t testing.TB) *parts {
	w := newWorld(t)
	x := &parts{w: w, d: newNode(t, 81, "d.example.org/log")}
	first, second := w.b.received(w.itemsA[0], "E-101"), w.b.received(w.itemsA[1], "E-102")
	firstLogA := w.a.logOf(len(w.a.leaves), "E-1")
	bothLogA := w.a.logOf(len(w.a.leaves), "E-1", "E-2")
	w.a.add("evidence.opened", map[string]any{}, "E-1")
	bare := w.itemsA[0]
	bare.Custody = nil
	later := w.a.offers(bare)
	x.again = w.a.offer("H-2", w.b, later, w.consent[:1])
	againReceipt, againRefused := w.b.answer("H-8", x.again, later)
	laterLogA := w.a.logOf(len(w.a.leaves), "E-1")
	w.b.now = w.a.now.Add(3 * time.Minute)
	twice := w.b.received(later[0], "E-150")

	x.one = w.b.offers(first)
	x.splitOne = w.b.offer("H-2", w.c, x.one, w.consent[:1])
	oneReceipt, oneRefused := w.c.answer("H-1", x.splitOne, x.one)
	oneLogB := w.b.logOf(len(w.b.leaves), "E-101")
	w.b.add("evidence.opened", map[string]any{}, "E-101", "E-102")
	x.two = w.b.offers(second, first, twice)
	splitTwo := w.b.offer("H-3", w.c, x.two, w.consent)
	twoReceipt, twoRefused := w.c.answer("H-2", splitTwo, x.two)
	twoLogB := w.b.logOf(len(w.b.leaves), "E-101", "E-102", "E-150")
	w.c.now = w.b.now.Add(3 * time.Minute)

	items := w.c.offers(w.c.received(x.one[0], "E-201"), w.c.received(x.two[0], "E-202"), w.c.received(x.two[1], "E-203"), w.c.received(x.two[2], "E-204"))
	c := bundle.Contents{Items: items, Consents: w.consent,
		Logs: []bundle.Log{w.c.logOf(len(w.c.leaves), "E-201", "E-202", "E-203", "E-204"), oneLogB, firstLogA, twoLogB, bothLogA, laterLogA},
		Handovers: []bundle.Handover{
			w.passed(x.splitOne, oneReceipt, oneRefused, x.one, 1), w.passed(w.offerA, w.receipt, w.refused, w.itemsA, 1),
			w.passed(splitTwo, twoReceipt, twoRefused, x.two, 1, 2, 3), w.passed(w.offerA, w.receipt, w.refused, w.itemsA, 2), w.passed(x.again, againReceipt, againRefused, later, 1),
		}}
	c.Offer = w.c.offer("H-9", x.d, items, w.consent)
	x.b = bundle.Bundle{Contents: c, Made: noon.Add(4 * time.Hour), By: "P-9", Signer: w.c.entries, Payload: w.payload}
	return x
}

// sealed is the bundle, whatever is in it, with the seal of C.
func (x *parts) sealed() []byte { return x.sealedBy(x.w.c) }

// partly is what a sender with every key of their own does to the parts.
func partly(t testing.TB) (out []mutation) {
	try := func(name, want string, change func(x *parts, c *bundle.Contents)) {
		x := newParts(t)
		change(x, &x.b.Contents)
		out = append(out, mutation{name: "in parts: " + name, want: want, data: x.sealed()})
	}
	offered := func(x *parts, c *bundle.Contents) { c.Offer = x.w.c.offer("H-9", x.d, c.Items, c.Consents) }
	try("a part with another receipt", `hand-over 4: it is there under two answers`, func(x *parts, c *bundle.Contents) {
		c.Handovers[3].Receipt, c.Handovers[3].Refusals = x.w.b.answer("H-77", x.w.offerA, x.w.itemsA, 5)
	})
	try("a part with other refusals", `hand-over 4: it is there under two answers`, func(x *parts, c *bundle.Contents) {
		c.Handovers[3].Receipt, c.Handovers[3].Refusals = x.w.b.answer("H-7", x.w.offerA, x.w.itemsA, 4, 5)
	})
	try("a part with a refused item", `hand-over 4: item 5 of it was refused`, func(x *parts, c *bundle.Contents) {
		c.Handovers[3] = x.w.passed(x.w.offerA, x.w.receipt, x.w.refused, x.w.itemsA, 2, 5)
	})
	try("a line twice", `hand-over 4: item 1 of it is there twice`, func(x *parts, c *bundle.Contents) {
		c.Handovers[3] = x.w.passed(x.w.offerA, x.w.receipt, x.w.refused, x.w.itemsA, 1, 2)
	})
	try("a part twice", `hand-over 5: item 2 of it is there twice`, func(_ *parts, c *bundle.Contents) {
		c.Handovers = slices.Insert(c.Handovers, 4, c.Handovers[3])
	})
	try("a line of nothing in the bundle", `shows item E-3, which did not go that way`, func(x *parts, c *bundle.Contents) {
		c.Handovers[3] = x.w.passed(x.w.offerA, x.w.receipt, x.w.refused, x.w.itemsA, 2, 3)
	})
	for k := range 5 {
		try("without hand-over "+string(rune('1'+k)), `item \d+: nothing shows`, func(_ *parts, c *bundle.Contents) {
			c.Handovers = slices.Delete(c.Handovers, k, k+1)
		})
	}
	for k, want := range map[int]string{1: `item 1: the bundle holds 2 entries`, 3: `item 2: the bundle holds no entries`, 4: `item 2: the bundle holds 1 entries`, 5: `item 4: the bundle holds 3 entries`} {
		try("without log "+string(rune('0'+k)), want, func(_ *parts, c *bundle.Contents) { c.Logs = slices.Delete(c.Logs, k, k+1) })
	}
	try("a part of a log about nothing here", `log 2: entry \d+ \(evidence\.\w+\) is about no item`, func(x *parts, c *bundle.Contents) {
		c.Logs[2] = x.w.a.logOf(len(x.w.a.leaves)-1, "E-1", "E-5")
	})
	try("a part of a fork", `log 5: entry \d+ is another than in log 4`, func(x *parts, c *bundle.Contents) {
		fork := x.w.a.clone()
		fork.leaves, fork.opens, fork.subjects, fork.now = fork.leaves[:1], fork.opens[:1], fork.subjects[:1], noon.Add(time.Minute)
		for range len(x.w.a.leaves) {
			fork.add("evidence.added", map[string]any{"id": "E-1", "sha256": x.w.itemsA[0].SHA256}, "E-1")
		}
		c.Logs[5] = fork.logOf(len(fork.leaves), "E-1")
	})
	try("a fork that goes back in time", `its time is before that of entry`, func(x *parts, c *bundle.Contents) {
		fork := x.w.a.clone()
		fork.leaves, fork.opens, fork.subjects, fork.now = fork.leaves[:3], fork.opens[:3], fork.subjects[:3], noon.Add(3*time.Minute)
		for range 60 { // all of it before the entries of the other parts, at other places
			fork.now = fork.now.Add(-time.Minute)
			fork.add("situation.added", map[string]any{}, "S-1")
		}
		fork.now = noon.Add(4 * time.Minute)
		fork.add("evidence.opened", map[string]any{}, "E-1")
		c.Logs[5] = fork.logOf(len(fork.leaves), "E-1")
	})
	try("a fork of as many entries", `log 4: it is another history of a\.example\.org/log than log 2`, func(x *parts, c *bundle.Contents) {
		fork := x.w.a.clone()
		fork.leaves, fork.opens, fork.subjects = fork.leaves[:len(fork.leaves)-2], fork.opens[:len(fork.opens)-2], fork.subjects[:len(fork.subjects)-2]
		fork.now = x.w.a.now.Add(-2 * time.Minute)
		fork.add("evidence.held", map[string]any{}, "E-2")
		c.Logs[4] = fork.logOf(len(fork.leaves), "E-2")
	})
	try("a part under a stranger's keys", `is there under other keys`, func(x *parts, c *bundle.Contents) {
		stranger := newNode(t, 61, x.w.a.name)
		stranger.add("evidence.added", map[string]any{}, "E-1")
		c.Logs[5] = stranger.logOf(len(stranger.leaves), "E-1")
	})
	try("an entry that was left out of what was signed", `item 1: the entry \d+ of b\.example\.org/log about it was left out`, func(x *parts, c *bundle.Contents) {
		x.hide(c, "E-101")
	})
	try("an item twice", `item 5: it is item 1 once more`, func(x *parts, c *bundle.Contents) {
		again := c.Items[0]
		again.N = 5
		c.Items = append(c.Items, again)
		offered(x, c)
	})
	try("the way of another item", `item 3: nothing shows`, func(x *parts, c *bundle.Contents) {
		c.Items = clone(c.Items)
		c.Items[2].Custody[0] = c.Items[3].Custody[0]
		offered(x, c)
	})
	try("one item that came two ways", `item 4: b\.example\.org/log had it as E-101, which came there another way as item 1`, func(x *parts, c *bundle.Contents) {
		x.twoWays(c)
	})
	return out
}

// hide has B sign again that C got E-101 as it was before the last entry about it,
// though that was there.
func (x *parts) hide(c *bundle.Contents, id string) {
	w := x.w
	o, err := handover.ParseOffer(x.splitOne)
	if err != nil {
		w.t.Fatal(err)
	}
	o.Size = int64(len(w.b.leaves))
	signed, err := o.Sign(w.b.entries)
	if err != nil {
		w.t.Fatal(err)
	}
	receipt, refusals := w.c.answer("H-1", signed, x.one)
	c.Handovers[0] = w.passed(signed, receipt, refusals, x.one, 1)
	c.Offer = w.c.offer("H-9", x.d, c.Items, c.Consents)
}

// twoWays has B sign that E-101 came from A by the second hand-over as well.
func (x *parts) twoWays(c *bundle.Contents) {
	w := x.w
	lying := x.two[1]
	lying.Custody = slices.Clone(x.two[2].Custody[:1])
	head, err := custody.ParseHead(lying.Custody[0].Head)
	if err != nil {
		w.t.Fatal(err)
	}
	lying.Custody = append(lying.Custody, w.b.segment("E-101", head))
	two := []handover.Item{x.two[0], x.two[1], lying}
	two[2].N = 3
	offer := w.b.offer("H-3", w.c, two, w.consent)
	receipt, refusals := w.c.answer("H-2", offer, two)
	c.Handovers[2] = w.passed(offer, receipt, refusals, two, 1, 2, 3)
	c.Items = clone(c.Items)
	c.Items[3].Custody = slices.Clone(two[2].Custody)
	head, err = custody.ParseHead(two[2].Custody[1].Head)
	if err != nil {
		w.t.Fatal(err)
	}
	c.Items[3].Custody = append(c.Items[3].Custody, w.c.segment("E-204", head))
	c.Offer = w.c.offer("H-9", x.d, c.Items, c.Consents)
}

// TestInParts verifies what came in parts, and nothing that was tampered with.
func TestInParts(t *testing.T) {
	b := newParts(t).b
	whole := write(t, b)
	r, err := verify(whole, bundle.Options{})
	if err != nil || len(r.Items) != 4 || len(r.Custodians) != 3 {
		t.Fatalf("a false alarm: %+v, %v", r.Custodians, err)
	}
	if _, err := verify(newParts(t).sealed(), bundle.Options{}); err != nil {
		t.Fatalf("a false alarm: %v", err)
	}
	for _, m := range partly(t) {
		_, err := verify(m.data, m.opts)
		if err == nil || !regexp.MustCompile(m.want).MatchString(err.Error()) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: must be told %q, got: %v", m.name, m.want, err)
		}
	}
	b.Logs[1], b.Logs[3] = b.Logs[3], b.Logs[1] // in which order the parts stand is not said
	b.Handovers[1], b.Handovers[3] = b.Handovers[3], b.Handovers[1]
	turned := write(t, b)
	if _, err := verify(turned, bundle.Options{}); err != nil || bytes.Equal(turned, whole) {
		t.Errorf("a false alarm: %v", err)
	}
}
