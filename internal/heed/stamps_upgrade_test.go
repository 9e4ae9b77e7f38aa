package heed_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
)

// calendar speaks the protocol of OpenTimestamps calendars: it takes digests, promises,
// and when it is told to puts all that it was given into the tree of one block.
type calendar struct {
	*httptest.Server
	mu       sync.Mutex
	given    [][]byte // commitments, in order
	height   uint64   // of the block, 0 before there is one
	root     []byte
	paths    map[string][]byte // the tree below a commitment, by its hex
	asked    int
	accepted string
	broken   bool
	away     bool // it hangs up
}

func newCalendar(t *testing.T) *calendar {
	c := &calendar{paths: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /digest", c.promise)
	mux.HandleFunc("GET /timestamp/{commitment}", c.complete)
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	return c
}

func otsBytes(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }

// promise appends a nonce, hashes, and promises the result.
func (c *calendar) promise(w http.ResponseWriter, r *http.Request) {
	digest, err := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || len(digest) != 32 {
		http.Error(w, "not a digest", http.StatusBadRequest)
		return
	}
	nonce := []byte{byte(len(c.given)), 1, 2, 3}
	sum := sha256.Sum256(append(digest, nonce...))
	c.given = append(c.given, sum[:])
	pending := append([]byte{0x00, 0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e}, otsBytes(otsBytes([]byte(c.URL)))...)
	w.Write(slices.Concat([]byte{0xf0}, otsBytes(nonce), []byte{0x08}, pending))
}

func (c *calendar) complete(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	c.accepted = r.Header.Get("Accept")
	tree, ok := c.paths[r.PathValue("commitment")]
	switch {
	case c.away:
		panic(http.ErrAbortHandler)
	case c.broken:
		w.Write([]byte{0x08, 0x08})
	case !ok:
		http.Error(w, "Pending confirmation in Bitcoin blockchain", http.StatusNotFound)
	default:
		w.Write(tree)
	}
}

// is changes how the calendar behaves.
func (c *calendar) is(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// mine hashes all commitments into one root, as calendars do, and that into a
// transaction and the tree of a block, by double SHA-256, as Bitcoin does.
func (c *calendar) mine(height uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	type node struct {
		sum []byte
		of  []string
	}
	var row []node
	ops := map[string][]byte{}
	for _, g := range c.given {
		row = append(row, node{sum: g, of: []string{hex.EncodeToString(g)}})
	}
	for len(row) > 1 {
		var next []node
		for n := 0; n < len(row); n += 2 {
			if n+1 == len(row) {
				next = append(next, row[n])
				continue
			}
			a, b := row[n], row[n+1]
			for _, id := range a.of {
				ops[id] = slices.Concat(ops[id], []byte{0xf0}, otsBytes(b.sum), []byte{0x08})
			}
			for _, id := range b.of {
				ops[id] = slices.Concat(ops[id], []byte{0xf1}, otsBytes(a.sum), []byte{0x08})
			}
			sum := sha256.Sum256(slices.Concat(a.sum, b.sum))
			next = append(next, node{sum: sum[:], of: append(slices.Clone(a.of), b.of...)})
		}
		row = next
	}
	twice := func(b []byte) []byte {
		one := sha256.Sum256(b)
		two := sha256.Sum256(one[:])
		return two[:]
	}
	before, after, beside := []byte("version, inputs, OP_RETURN"), []byte("lock time"), bytes.Repeat([]byte{5}, 32)
	c.root = twice(slices.Concat(beside, twice(slices.Concat(before, row[0].sum, after))))
	c.height = height
	end := slices.Concat([]byte{0xf1}, otsBytes(before), []byte{0xf0}, otsBytes(after), []byte{0x08, 0x08, 0xf1}, otsBytes(beside), []byte{0x08, 0x08, 0x00, 0x05, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 0x01}, otsBytes(binary.AppendUvarint(nil, height)))
	for id, path := range ops {
		c.paths[id] = slices.Concat(path, end)
	}
	if len(c.given) == 1 {
		c.paths[row[0].of[0]] = end
	}
}

// TestPromisesAreKept: what a calendar promised is completed when it is in a block, by
// the queue itself; not before, not twice, not by a wrong answer; and both the promise and
// the whole proof stay, in the custody of every item.
func TestPromisesAreKept(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	c := newCalendar(t)
	file := evidence.Source{Name: "later.txt", Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("later")), nil }}
	_, err := w.AddEvidence(ctx, w.as("custodian"), heed.EvidenceInput{Authority: "order"}, []evidence.Source{file}, nil)
	w.must(err)
	w.must(w.AddStampAuthority(ctx, w.as("custodian"), c.URL, stamp.OpenTimestamps, false))
	run := func(want heed.Stamped) {
		t.Helper()
		out, err := w.StampEvidence(ctx, w.as("custodian"))
		failed := len(out.Failed)
		out.Failed = nil
		if err != nil || failed != len(want.Failed) || out.Kept != want.Kept || out.Upgraded != want.Upgraded || out.Waiting != want.Waiting {
			t.Fatalf("%+v, %d failed, %v; want %+v", out, failed, err, want)
		}
	}
	run(heed.Stamped{Kept: 2, Waiting: 2}) // promised, and asked once: not yet
	run(heed.Stamped{Waiting: 2})
	c.is(func() {
		if c.accepted != "application/vnd.opentimestamps.v1" {
			t.Errorf("asked for %q", c.accepted)
		}
	})
	c.is(func() { c.broken = true })
	run(heed.Stamped{Waiting: 2, Failed: []string{"one, and the calendar is left alone for this run"}})
	c.is(func() { c.broken = false })
	c.mine(800000)
	c.is(func() { c.away = true })
	run(heed.Stamped{Waiting: 2, Failed: []string{"one"}})
	c.is(func() { c.away = false })
	run(heed.Stamped{Upgraded: 2})
	asked := 0
	c.is(func() { asked = c.asked })
	run(heed.Stamped{})
	c.is(func() {
		if c.asked != asked {
			t.Error("what is complete is asked for again")
		}
	})
	s, err := w.StampsOf(ctx, w.as("custodian"), "IN-2")
	if err != nil || len(s.Stamps) != 2 || s.Stamps[1].Upgrades != s.Stamps[0].Entry || s.Stamps[1].Height != 800000 || s.Stamps[0].Height != 0 {
		t.Fatalf("%+v, %v", s.Stamps, err)
	}
	shown := slices.Clone(c.root)
	slices.Reverse(shown)
	f := ots.Judge(s.Stamps[1].Token, func(h hash.Hash) ([]byte, error) { h.Write(s.List); return h.Sum(nil), nil }, nil)
	if f.Integrity != judge.Good || !strings.Contains(strings.Join(f.Notes, "\n"), "block 800000 of bitcoin was made, if the Merkle root in that block's header is "+hex.EncodeToString(shown)) {
		t.Errorf("%+v", f)
	}
	x, err := w.Item(ctx, w.as("custodian"), "E-2.1")
	w.must(err)
	var kinds []string
	for _, e := range x.Custody {
		if strings.HasPrefix(e.Kind, "stamp.") {
			kinds = append(kinds, e.Kind+" "+e.Detail)
		}
	}
	if !slices.Equal(kinds, []string{"stamp.kept ", "stamp.upgraded block 800000"}) {
		t.Errorf("the custody shows %q", kinds)
	}
	if again, err := w.Rebuild(ctx, w.as("administrator"), nil); err != nil || !again.Identical {
		t.Errorf("rebuilt: %+v, %v", again, err)
	}
}

// TestWhoIsAsked: an address that somebody else wrote into a proof is not followed, unless
// it is an authority's or that of a calendar that is known.
func TestWhoIsAsked(t *testing.T) {
	by := []stamp.Authority{{URL: "https://ours.example/pool", Kind: stamp.OpenTimestamps}, {URL: "https://tsa.example", Kind: stamp.RFC3161}}
	for uri, want := range map[string]bool{
		"https://ours.example": true, "https://alice.btc.calendar.opentimestamps.org": true, "https://finney.calendar.eternitywall.com/x": true,
		"http://ours.example": false, "https://tsa.example": false, "http://alice.btc.calendar.opentimestamps.org": false, "https://calendar.opentimestamps.org.evil.example": false,
		"https://evilcalendar.opentimestamps.org": false, "https://a.calendar.opentimestamps.org:22": false, "http://127.0.0.1/": false, "file:///etc/passwd": false, "": false,
	} {
		if stamp.MayAsk(uri, by) != want {
			t.Errorf("%s: %v", uri, !want)
		}
	}
}
