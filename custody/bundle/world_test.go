package bundle_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// seed is an endless source of the same bytes, so that keys never change.
type seed byte

func (s seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// node is a custodian with a log, always the same one.
type node struct {
	t              testing.TB
	name           string
	log, entries   note.Signer
	logKey, entKey string
	cosigner       *ledger.Cosigner
	leaves         [][]byte
	opens          []*custody.Body
	subjects       [][]string
	now            time.Time
}

func key(t testing.TB, s seed, name string) (note.Signer, string) {
	skey, vkey, err := note.GenerateKey(s, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, vkey
}

func newNode(t testing.TB, s seed, name string) *node {
	n := &node{t: t, name: name, now: noon}
	n.log, n.logKey = key(t, s, name)
	n.entries, n.entKey = key(t, s+1, name+"/entries")
	var err error
	if n.cosigner, err = ledger.NewCosigner("w1.example.org", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{11}, 32))); err != nil {
		t.Fatal(err)
	}
	n.add("node.founded", map[string]any{"entry_key": n.entKey, "log_key": n.logKey, "exercise": true}, "node")
	return n
}

type part struct {
	D   []byte `json:"d"`
	Key string `json:"key,omitempty"`
}

// add appends an entry, a minute after the one before.
func (n *node) add(kind string, open any, subjects ...string) { n.append(kind, open, nil, subjects...) }

// append is add, with a sealed part under the first subject's key if there is one.
func (n *node) append(kind string, open any, sealed []byte, subjects ...string) {
	b, err := json.Marshal(open)
	if err != nil {
		n.t.Fatal(err)
	}
	body := &custody.Body{Salt: bytes.Repeat([]byte{byte(len(n.leaves)), 'o'}, custody.SaltSize/2), Bytes: b}
	sum := sha256.Sum256(slices.Concat(body.Salt, body.Bytes))
	n.now = n.now.Add(time.Minute)
	header := struct {
		V        int      `json:"v"`
		Kind     string   `json:"kind"`
		Time     string   `json:"time"`
		Actor    string   `json:"actor"`
		Node     string   `json:"node"`
		Subjects []string `json:"subjects"`
		Marking  string   `json:"marking,omitempty"`
		Open     part     `json:"open"`
		Sealed   *part    `json:"sealed,omitempty"`
	}{V: 1, Kind: kind, Time: n.now.Format("2006-01-02T15:04:05.000000Z"), Actor: "P-1", Node: n.name, Subjects: subjects, Open: part{D: sum[:]}}
	if sealed != nil {
		header.Marking, header.Sealed = "AMBER", &part{sealed, subjects[0]}
	}
	line, err := json.Marshal(header)
	if err != nil {
		n.t.Fatal(err)
	}
	line = append(line, '\n')
	sig, err := n.entries.Sign(append([]byte("heed-entry/v1\n"), line...))
	if err != nil {
		n.t.Fatal(err)
	}
	raw := append(binary.BigEndian.AppendUint32(nil, n.entries.KeyHash()), sig...)
	n.leaves = append(n.leaves, fmt.Appendf(line, "— %s %s\n", n.entries.Name(), base64.StdEncoding.EncodeToString(raw)))
	n.opens, n.subjects = append(n.opens, body), append(n.subjects, subjects)
}

// clone is the node with a history that may go another way.
func (n *node) clone() *node {
	m := *n
	m.leaves, m.opens, m.subjects = slices.Clone(n.leaves), slices.Clone(n.opens), slices.Clone(n.subjects)
	return &m
}

// logOf is what a bundle holds of the node's log: entry 0, and those that name
// one of the ids, up to a size.
func (n *node) logOf(size int, ids ...string) bundle.Log {
	l := bundle.Log{Key: n.logKey, Witnesses: []string{n.cosigner.VerifierKey()}}
	var hashes []ledger.Hash
	var indexes []int64
	for i, leaf := range n.leaves {
		hashes = append(hashes, ledger.LeafHash(leaf))
		if i > 0 && (i >= size || !slices.ContainsFunc(n.subjects[i], func(s string) bool { return slices.Contains(ids, s) })) {
			continue
		}
		indexes = append(indexes, int64(i))
		l.Entries = append(l.Entries, bundle.Entry{Index: int64(i), Leaf: leaf, Open: n.opens[i]})
	}
	var err error
	if l.Proof, err = ledger.SubsetOf(hashes, indexes); err != nil {
		n.t.Fatal(err)
	}
	c := ledger.Checkpoint{Origin: n.name, Size: int64(len(hashes)), Root: ledger.RootOf(hashes)}
	signed, err := c.Sign(n.log)
	if err != nil {
		n.t.Fatal(err)
	}
	cosigned, err := n.cosigner.Cosign(c, noon.Add(24*time.Hour))
	if err != nil {
		n.t.Fatal(err)
	}
	w, err := ledger.NewVerifier(n.cosigner.VerifierKey())
	if err != nil {
		n.t.Fatal(err)
	}
	if l.Checkpoint, err = ledger.Merge(signed, cosigned, w); err != nil {
		n.t.Fatal(err)
	}
	return l
}

// segment follows an item through the node's log from a head.
func (n *node) segment(id string, from custody.Head) handover.Segment {
	s := handover.Segment{Node: n.name, ID: id}
	for i, subjects := range n.subjects {
		if slices.Contains(subjects, id) {
			from = from.Next(n.leaves[i])
			s.Events++
		}
	}
	s.Head = from.String()
	return s
}

// offer signs an offer of items to another node.
func (n *node) offer(id string, to *node, items []handover.Item, consents []consent.Permission) []byte {
	o := handover.Offer{ID: id, From: n.name, FromKey: n.entKey, To: to.name, ToKey: to.entKey, Made: n.now.Add(time.Minute), Mandate: "M-1",
		Items: len(items), Consents: len(consents), Size: int64(len(n.leaves))}
	terms, err := bundle.FormatConsents(consents)
	if err != nil {
		n.t.Fatal(err)
	}
	hashes, err := handover.Hashes(items)
	if err != nil {
		n.t.Fatal(err)
	}
	o.Terms, o.Root = handover.Sum(terms), ledger.RootOf(hashes).String()
	for _, i := range items {
		o.Bytes += i.Bytes
	}
	signed, err := o.Sign(n.entries)
	if err != nil {
		n.t.Fatal(err)
	}
	return signed
}

// answer signs the receiver's answer, with a refusal for each place named.
func (n *node) answer(id string, offer []byte, items []handover.Item, refuse ...int) (signed, refusals []byte) {
	o, err := handover.ParseOffer(offer)
	if err != nil {
		n.t.Fatal(err)
	}
	a := handover.Answer{ID: id, Offer: handover.Digest(offer), From: n.name, Key: n.entKey, Made: o.Made.Add(time.Minute), Outcome: handover.Accepted, Refused: len(refuse), Taken: len(items) - len(refuse), Bytes: o.Bytes}
	if len(refuse) > 0 {
		a.Outcome, a.Reason = handover.Partly, "not all could be read"
	}
	if a.Taken == 0 {
		a.Outcome = handover.Refused
	}
	for _, place := range refuse {
		line, err := handover.Refusal{N: place, SHA256: items[place-1].SHA256, Why: "damaged on the way"}.Line()
		if err != nil {
			n.t.Fatal(err)
		}
		refusals = append(refusals, line...)
		a.Bytes -= items[place-1].Bytes
	}
	a.Refusals = handover.Sum(refusals)
	if signed, err = a.Sign(n.entries); err != nil {
		n.t.Fatal(err)
	}
	return signed, refusals
}

// world is three custodians and what went between them.
type world struct {
	t       testing.TB
	a, b, c *node
	data    map[string][]byte // by SHA-256
	offerA  []byte
	itemsA  []handover.Item
	consent []consent.Permission
	receipt []byte // of B to A
	refused []byte
}

func (w *world) item(n int, id, text string) handover.Item {
	sum := sha256.Sum256([]byte(text))
	h := hex.EncodeToString(sum[:])
	w.data[h] = []byte(text)
	return handover.Item{N: n, ID: id, SHA256: h, Bytes: int64(len(text)), Media: "text/plain", Marking: "AMBER", Consents: []string{"CON-1"}, Payload: handover.Plain}
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, a: newNode(t, 1, "a.example.org/log"), b: newNode(t, 21, "b.example.org/log"), c: newNode(t, 41, "c.example.org/log"), data: map[string][]byte{}}
	for i := range 2 {
		w.consent = append(w.consent, consent.Permission{ID: fmt.Sprintf("CON-%d", i+1), Given: noon, For: []consent.Purpose{consent.Keep, consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, NoDeath: i == 1, Onward: consent.OnwardAny})
	}
	for i := range 5 {
		item := w.item(i+1, fmt.Sprintf("E-%d", i+1), fmt.Sprintf("statement %d, as it was taken at A", i))
		w.a.add("evidence.added", map[string]any{"id": item.ID, "sha256": item.SHA256}, item.ID)
		w.itemsA = append(w.itemsA, item)
	}
	w.itemsA[1].Consents = []string{"CON-1", "CON-2"}
	w.a.add("situation.added", map[string]any{}, "S-1")
	for i := range 4 {
		w.a.add("evidence.opened", map[string]any{"id": w.itemsA[i].ID}, w.itemsA[i].ID)
	}
	w.a.add("evidence.held", map[string]any{}, "E-1", "E-2")
	for i := range w.itemsA {
		w.itemsA[i].Custody = []handover.Segment{w.a.segment(w.itemsA[i].ID, custody.ChainStart(w.itemsA[i].Sum()))}
	}
	w.offerA = w.a.offer("H-1", w.b, w.itemsA, w.consent)
	w.receipt, w.refused = w.b.answer("H-7", w.offerA, w.itemsA, 5)
	w.b.now = w.a.now.Add(3 * time.Minute)
	return w
}

// first is the bundle from A to B.
func (w *world) first(answered bool) bundle.Bundle {
	ids := []string{"E-1", "E-2", "E-3", "E-4", "E-5"}
	c := bundle.Contents{Offer: w.offerA, Items: w.itemsA, Consents: w.consent, Logs: []bundle.Log{w.a.logOf(len(w.a.leaves), ids...)}, Page: []byte("<!doctype html>\n")}
	if answered {
		c.Receipt, c.Refusals = w.receipt, w.refused
	}
	return bundle.Bundle{Contents: c, Made: noon.Add(2 * time.Hour), By: "P-1", Signer: w.a.entries, Payload: w.payload}
}

// second is the bundle from B to C: three of A's items and one of B's own, the
// last without its bytes.
func (w *world) second() bundle.Bundle {
	var items []handover.Item
	for i, place := range []int{1, 2, 4} {
		item := w.itemsA[place-1]
		item.N, item.ID = i+1, fmt.Sprintf("E-%d", 100+place)
		w.b.add("evidence.received", map[string]any{"id": item.ID, "sha256": item.SHA256}, item.ID)
		items = append(items, item)
	}
	own := w.item(4, "E-200", "a statement taken at B")
	w.b.add("evidence.added", map[string]any{"items": []map[string]any{{"id": "E-199", "sha256": w.itemsA[0].SHA256}, {"id": "E-200", "sha256": own.SHA256}}}, "E-200")
	w.b.add("evidence.opened", map[string]any{}, "E-101")
	w.b.add("evidence.opened", map[string]any{}, "E-104")
	own.Payload, own.From = handover.Without, items[0].SHA256
	items = append(items, own)
	for i := range items {
		head, before := custody.ChainStart(items[i].Sum()), slices.Clone(items[i].Custody)
		for _, s := range before {
			h, err := custody.ParseHead(s.Head)
			if err != nil {
				w.t.Fatal(err)
			}
			head = h
		}
		items[i].Custody = append(before, w.b.segment(items[i].ID, head))
	}
	places := []int64{0, 1, 3}
	hashes, err := handover.Hashes(w.itemsA)
	if err != nil {
		w.t.Fatal(err)
	}
	proof, err := ledger.SubsetOf(hashes, places)
	if err != nil {
		w.t.Fatal(err)
	}
	c := bundle.Contents{Items: items, Consents: w.consent,
		Logs:      []bundle.Log{w.b.logOf(len(w.b.leaves), "E-101", "E-102", "E-104", "E-200"), w.a.logOf(len(w.a.leaves), "E-1", "E-2", "E-4")},
		Handovers: []bundle.Handover{{Offer: w.offerA, Receipt: w.receipt, Refusals: w.refused, Items: []handover.Item{w.itemsA[0], w.itemsA[1], w.itemsA[3]}, Proof: proof}}}
	c.Offer = w.b.offer("H-2", w.c, items, w.consent)
	c.Receipt, c.Refusals = w.c.answer("H-1", c.Offer, items, 2)
	return bundle.Bundle{Contents: c, Made: noon.Add(3 * time.Hour), By: "P-9", Signer: w.b.entries, Payload: w.payload}
}

func (w *world) payload(i handover.Item) (io.ReadCloser, int64, error) {
	b, ok := w.data[i.SHA256]
	if !ok {
		return nil, 0, fmt.Errorf("no bytes")
	}
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
}

func write(t testing.TB, b bundle.Bundle) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bundle.Write(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
