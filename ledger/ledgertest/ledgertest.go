// Package ledgertest holds the suite that every ledger.Store must pass.
//
// It takes nothing on trust: after every append it reads back all that the
// store holds and compares it with a plain recomputation of the tree from the
// leaves it knows it appended, so that a store which loses, doubles, reorders
// or invents anything is found at the step where it happens.
//
// It promises that a Store which passes keeps batches whole, refuses a fork,
// lets exactly one of several racing appends win, answers ranges exactly, and,
// where it can be opened again, still has what it acknowledged.
//
// What it cannot show is durability against the loss of power: that needs a
// process that is killed, and belongs to the store's own tests.
//
//	func TestStore(t *testing.T) {
//		ledgertest.Run(t, func(t *testing.T) ledger.Store { return open(t, t.TempDir()) })
//	}
//
// The function open is called once for each part of the suite and returns an
// empty store. If the store also has a method
//
//	Reopen(t *testing.T) ledger.Store
//
// the suite closes and opens it between steps through that method.
package ledgertest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/heed-project/heed/ledger"
	"pgregory.net/rapid"
)

// A Reopener is a Store that can be closed and opened again over the same
// data. What Reopen returns takes the place of the store.
type Reopener interface {
	Reopen(t *testing.T) ledger.Store
}

// Origin is the name of the log that the suite writes.
const Origin = "example.org/ledgertest"

// Run runs the whole suite.
func Run(t *testing.T, open func(t *testing.T) ledger.Store) {
	t.Run("empty", func(t *testing.T) { testEmpty(t, open(t)) })
	t.Run("one by one over a tile", func(t *testing.T) { testEdges(t, open(t)) })
	t.Run("over two tile levels", func(t *testing.T) { testLarge(t, open(t)) })
	t.Run("exact bytes", func(t *testing.T) { testBytes(t, open(t)) })
	t.Run("fork leaves nothing", func(t *testing.T) { testFork(t, open(t)) })
	t.Run("one of many wins", func(t *testing.T) { testRace(t, open(t)) })
	t.Run("readers beside a writer", func(t *testing.T) { testReaders(t, open(t)) })
	t.Run("any sequence", func(t *testing.T) { testAny(t, open(t)) })
}

// signer signs for the suite's log, and verifies.
type signer struct{ key ed25519.PrivateKey }

func newSigner(seed string) signer {
	s := sha256.Sum256([]byte(seed))
	return signer{ed25519.NewKeyFromSeed(s[:])}
}

func (signer) Name() string                      { return Origin }
func (signer) KeyHash() uint32                   { return 0x68656564 }
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }
func (s signer) Verify(msg, sig []byte) bool {
	return ed25519.Verify(s.key.Public().(ed25519.PublicKey), msg, sig)
}

// log is a store under test and what it must hold.
type log struct {
	t      *testing.T
	store  ledger.Store
	signer signer
	leaves [][]byte
}

func newLog(t *testing.T, s ledger.Store) *log {
	return &log{t: t, store: s, signer: newSigner("ledgertest")}
}

// leaf makes a leaf that tells its index, of a length that varies.
func leaf(i int) []byte {
	return fmt.Appendf(nil, "%d %s", i, strings.Repeat("·", i%7))
}

// next makes n leaves that follow those appended.
func (l *log) next(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = leaf(len(l.leaves) + i)
	}
	return out
}

func (l *log) head() ledger.Head {
	l.t.Helper()
	h, err := l.store.Head(l.t.Context())
	if err != nil {
		l.t.Fatalf("Head: %v", err)
	}
	return h
}

func (l *log) extend(leaves [][]byte) ledger.Batch {
	l.t.Helper()
	b, err := ledger.Extend(l.head(), leaves, Origin, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

func (l *log) append(leaves ...[]byte) {
	l.t.Helper()
	if err := l.store.Append(l.t.Context(), l.extend(leaves)); err != nil {
		l.t.Fatalf("Append of %d leaves at %d: %v", len(leaves), len(l.leaves), err)
	}
	for _, b := range leaves {
		l.leaves = append(l.leaves, bytes.Clone(b))
	}
}

func (l *log) reopen() {
	if r, ok := l.store.(Reopener); ok {
		l.store = r.Reopen(l.t)
	}
}

// check reads back the whole store and compares it with the leaves.
func (l *log) check() {
	l.t.Helper()
	h, want := l.head(), int64(len(l.leaves))
	if h.Size != want {
		l.t.Fatalf("the head is at %d, must be at %d", h.Size, want)
	}
	if want == 0 {
		if len(h.Edge) != 0 || len(h.Checkpoint) != 0 {
			l.t.Fatalf("the head of an empty log is %+v", h)
		}
		l.beyond(0)
		return
	}
	_, err := ledger.Verify(l.t.Context(), l.store, ledger.Policy{Log: l.signer}, func(i int64, leaf []byte) error {
		if !bytes.Equal(leaf, l.leaves[i]) {
			return fmt.Errorf("holds %q, must hold %q", leaf, l.leaves[i])
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.levels()
	l.beyond(want)
}

// levels recomputes every tile level, naively, and compares it.
func (l *log) levels() {
	l.t.Helper()
	level := make([]ledger.Hash, len(l.leaves))
	for i, b := range l.leaves {
		level[i] = ledger.LeafHash(b)
	}
	for n := 0; len(level) > 0; n++ {
		var stored []ledger.Hash
		for from := 0; from < len(level); from += 4096 {
			hs, err := l.store.Hashes(l.t.Context(), n, int64(from), int64(min(from+4096, len(level))))
			if err != nil {
				l.t.Fatalf("Hashes of level %d from %d: %v", n, from, err)
			}
			stored = append(stored, hs...)
		}
		if !slices.Equal(stored, level) {
			l.t.Fatalf("level %d holds other hashes than its %d", n, len(level))
		}
		if _, err := l.store.Hashes(l.t.Context(), n, 0, int64(len(level))+1); !errors.Is(err, ledger.ErrBeyond) {
			l.t.Fatalf("one hash beyond level %d: %v, must match ErrBeyond", n, err)
		}
		level = upper(level)
	}
}

// upper returns the roots of the full tiles of a level.
func upper(level []ledger.Hash) []ledger.Hash {
	var out []ledger.Hash
	for ; len(level) >= ledger.TileWidth; level = level[ledger.TileWidth:] {
		row := level[:ledger.TileWidth]
		for len(row) > 1 {
			var half []ledger.Hash
			for p := range slices.Chunk(row, 2) {
				half = append(half, sha256.Sum256(slices.Concat([]byte{1}, p[0][:], p[1][:])))
			}
			row = half
		}
		out = append(out, row[0])
	}
	return out
}

// beyond asks for ranges that a log of this size does not hold.
func (l *log) beyond(size int64) {
	l.t.Helper()
	for _, r := range [][2]int64{{size, size + 1}, {size - 1, size + 1}, {-1, 0}, {size + 300, size + 301}, {1, 0}} {
		if hs, err := l.store.Hashes(l.t.Context(), 0, r[0], r[1]); !errors.Is(err, ledger.ErrBeyond) {
			l.t.Fatalf("Hashes %d to %d of %d: %d hashes and %v, must match ErrBeyond", r[0], r[1], size, len(hs), err)
		}
		if ls, err := l.store.Leaves(l.t.Context(), r[0], r[1]); !errors.Is(err, ledger.ErrBeyond) {
			l.t.Fatalf("Leaves %d to %d of %d: %d leaves and %v, must match ErrBeyond", r[0], r[1], size, len(ls), err)
		}
	}
	for _, level := range []int{-1, 7, 8, 63} {
		if _, err := l.store.Hashes(l.t.Context(), level, 0, 1); !errors.Is(err, ledger.ErrBeyond) {
			l.t.Fatalf("Hashes of level %d: %v, must match ErrBeyond", level, err)
		}
	}
}

func testEmpty(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	l.check()
	l.reopen()
	l.check()
	l.append([]byte("first"))
	l.check()
	l.reopen()
	l.check()
}

// testEdges walks through the sizes around the end of the first tile and of
// the second one by one.
func testEdges(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	for len(l.leaves) < 5 {
		l.append(l.next(1)...)
		l.check()
	}
	for _, jump := range []int{253, 509} {
		l.append(l.next(jump - len(l.leaves))...)
		for range 5 {
			l.check()
			l.append(l.next(1)...)
		}
		l.reopen()
		l.check()
	}
}

// testLarge fills the first tile of level 1: 65,536 leaves.
func testLarge(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	for len(l.leaves) < 65535 {
		l.append(l.next(min(16384, 65535-len(l.leaves)))...)
	}
	l.check()
	l.append(l.next(1)...)
	l.check()
	l.append(l.next(2)...)
	l.check()
	l.reopen()
	l.append(l.next(254)...)
	l.check()
}

// testBytes appends leaves whose bytes are awkward for a store.
func testBytes(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	l.append([]byte{}, []byte{0}, []byte("\x00\xff\xfe"), []byte("'; --"), []byte("\r\n"), []byte("é"), []byte("e\u0301"))
	l.append(bytes.Repeat([]byte{0xa5}, ledger.MaxLeaf))
	l.append([]byte("same"), []byte("same"))
	l.check()
	mine := [][]byte{[]byte("mine")}
	l.append(mine...)
	copy(mine[0], "your") // the store must not have kept the slice
	l.check()
	l.reopen()
	l.check()
}

// testFork appends a batch over a head that has passed, twice.
func testFork(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	l.append(l.next(255)...)
	stale := l.extend([][]byte{[]byte("stale"), []byte("more")})
	other := l.extend([][]byte{[]byte("another")})
	l.append([]byte("winner"))
	for _, b := range []ledger.Batch{stale, other, stale} {
		if err := l.store.Append(t.Context(), b); !errors.Is(err, ledger.ErrFork) {
			t.Fatalf("Append over a head that has passed: %v, must match ErrFork", err)
		}
		l.check()
	}
	l.reopen()
	l.check()
	// The same size is not the same head: this batch extends a log in which
	// the last leaf was "another".
	second, err := ledger.Extend(other.Head, l.next(1), Origin, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.store.Append(t.Context(), second); !errors.Is(err, ledger.ErrFork) {
		t.Fatalf("Append over another history of the same size: %v, must match ErrFork", err)
	}
	l.check()
	l.append(l.next(3)...)
	l.check()
}

// testRace lets many writers extend one head.
func testRace(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	for round := range 8 {
		const writers = 8
		var batches [writers]ledger.Batch
		for w := range batches {
			batches[w] = l.extend([][]byte{fmt.Appendf(nil, "round %d writer %d", round, w), leaf(w)})
		}
		var wg sync.WaitGroup
		var errs [writers]error
		for w := range batches {
			wg.Go(func() { errs[w] = l.store.Append(t.Context(), batches[w]) })
		}
		wg.Wait()
		won := -1
		for w, err := range errs {
			switch {
			case err == nil && won >= 0:
				t.Fatalf("round %d: writers %d and %d both won", round, won, w)
			case err == nil:
				won = w
			case !errors.Is(err, ledger.ErrFork):
				t.Fatalf("round %d writer %d: %v, must match ErrFork", round, w, err)
			}
		}
		if won < 0 {
			t.Fatalf("round %d: nobody won", round)
		}
		l.leaves = append(l.leaves, batches[won].Leaves...)
		l.check()
	}
}

// testReaders verifies the log from several goroutines while it grows.
func testReaders(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	l.append(l.next(200)...)
	ctx, stop := context.WithCancel(t.Context())
	errs := make([]error, 3)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for seen := int64(0); ctx.Err() == nil && errs[i] == nil; {
				c, err := ledger.Verify(t.Context(), s, ledger.Policy{Log: l.signer}, nil)
				if err == nil && c.Size < seen {
					err = fmt.Errorf("the log shrank from %d to %d", seen, c.Size)
				}
				seen, errs[i] = c.Size, err
			}
		})
	}
	for range 40 {
		l.append(l.next(3)...)
	}
	stop()
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	l.check()
}

// testAny appends, forks and opens again in any order. The store grows through
// the whole run; it is not emptied between draws.
func testAny(t *testing.T, s ledger.Store) {
	l := newLog(t, s)
	passed := []ledger.Batch{l.extend([][]byte{[]byte("passed")})}
	l.append(l.next(1)...)
	rapid.Check(t, func(r *rapid.T) {
		switch rapid.SampledFrom([]string{"append", "append", "append", "fork", "reopen"}).Draw(r, "step") {
		case "append":
			leaves := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 1, 40).Draw(r, "leaves")
			passed = append(passed, l.extend(leaves[:1]))
			l.append(leaves...)
		case "fork":
			b := rapid.SampledFrom(passed).Draw(r, "batch")
			if err := l.store.Append(t.Context(), b); !errors.Is(err, ledger.ErrFork) {
				t.Fatalf("Append over a head that has passed: %v, must match ErrFork", err)
			}
		case "reopen":
			l.reopen()
		}
		l.check()
	})
}
