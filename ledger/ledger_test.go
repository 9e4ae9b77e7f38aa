package ledger_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "example.org/log"

// seed is an endless source of the same bytes, so that keys in tests never
// change.
type seed byte

func (s seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

func keys(t testing.TB, name string, s seed) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(s, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := ledger.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func witness(t testing.TB, name string, s seed) (*ledger.Cosigner, note.Verifier) {
	t.Helper()
	c, err := ledger.NewCosigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(s)}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	v, err := ledger.NewVerifier(c.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return c, v
}

// grow appends n leaves to a store and returns the new head.
func grow(t testing.TB, s ledger.Store, signer note.Signer, n int) ledger.Head {
	t.Helper()
	ctx := context.Background()
	head, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	leaves := make([][]byte, n)
	for i := range leaves {
		leaves[i] = fmt.Appendf(nil, "leaf %d", head.Size+int64(i))
	}
	b, err := ledger.Extend(head, leaves, origin, signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, b); err != nil {
		t.Fatal(err)
	}
	return b.Head
}

// oracle is x/mod's own hash storage, two rows for each leaf.
type oracle []ledger.Hash

func (o oracle) ReadHashes(idx []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(idx))
	for i, x := range idx {
		out[i] = o[x]
	}
	return out, nil
}

func newOracle(t *testing.T, n int) oracle {
	var o oracle
	for i := range n {
		hs, err := tlog.StoredHashes(int64(i), fmt.Appendf(nil, "leaf %d", i), o)
		if err != nil {
			t.Fatal(err)
		}
		o = append(o, hs...)
	}
	return o
}

// TestAgainstOracle compares roots and proofs with those that x/mod computes
// from its own storage.
func TestAgainstOracle(t *testing.T) {
	const most = 70_000
	o := newOracle(t, most)
	signer, _ := keys(t, origin, 1)
	s := ledger.NewMemory()
	sizes := []int64{1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65535, 65536, 65537, most}
	r := ledger.NewReader(s, 64)
	var old int64
	for _, size := range sizes {
		head := grow(t, s, signer, int(size-old))
		want, _ := tlog.TreeHash(size, o)
		if head.Root() != want {
			t.Fatalf("root at %d is %v, must be %v", size, head.Root(), want)
		}
		old = size
	}
	for _, size := range sizes {
		root, err := r.Root(t.Context(), size)
		if want, _ := tlog.TreeHash(size, o); err != nil || root != want {
			t.Fatalf("Root(%d) = %v, %v, must be %v", size, root, err, want)
		}
		for _, i := range []int64{0, 1, size / 3, size / 2, size - 2, size - 1} {
			if i < 0 || i >= size {
				continue
			}
			got, err := r.Inclusion(t.Context(), i, size)
			if want, _ := tlog.ProveRecord(size, i, o); err != nil || !slices.Equal(got, want) {
				t.Fatalf("Inclusion(%d, %d) = %v, %v, must be %v", i, size, got, err, want)
			}
		}
		for _, old := range sizes {
			if old > size {
				break
			}
			got, err := r.Consistency(t.Context(), old, size)
			want, _ := tlog.ProveTree(size, old, o)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("Consistency(%d, %d) = %v, %v, must be %v", old, size, got, err, want)
			}
		}
	}
}

// TestProveAll proves every leaf under every size around two tiles, through a
// cache too small for them.
func TestProveAll(t *testing.T) {
	signer, verifier := keys(t, origin, 1)
	s := ledger.NewMemory()
	r := ledger.NewReader(s, 1)
	grow(t, s, signer, 252)
	for range 8 {
		head := grow(t, s, signer, 1)
		for i := range head.Size {
			leaf, p, err := r.Proof(t.Context(), i, head.Checkpoint)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := p.Verify(leaf, ledger.Policy{Log: verifier}); err != nil {
				t.Fatal(err)
			}
			if _, _, err := p.Verify([]byte("another"), ledger.Policy{Log: verifier}); err == nil {
				t.Fatalf("another leaf is accepted at %d", i)
			}
		}
	}
}

// damaged is a Store that returns one thing other than what was stored.
type damaged struct {
	ledger.Store
	level int   // Entries for a leaf
	n     int64 // which
}

func (d damaged) Hashes(ctx context.Context, level int, from, to int64) ([]ledger.Hash, error) {
	hs, err := d.Store.Hashes(ctx, level, from, to)
	if err == nil && level == d.level && from <= d.n && d.n < to {
		hs[d.n-from][7] ^= 1
	}
	return hs, err
}

func (d damaged) Leaves(ctx context.Context, from, to int64) ([][]byte, error) {
	ls, err := d.Store.Leaves(ctx, from, to)
	if err == nil && d.level == ledger.Entries && from <= d.n && d.n < to {
		ls[d.n-from] = append(bytes.Clone(ls[d.n-from][1:]), 'x')
	}
	return ls, err
}

func TestDamage(t *testing.T) {
	signer, verifier := keys(t, origin, 1)
	s := ledger.NewMemory()
	head := grow(t, s, signer, 70_000)
	policy := ledger.Policy{Log: verifier}
	if _, err := ledger.Verify(t.Context(), s, policy, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		d    damaged
		want string
	}{
		{damaged{s, ledger.Entries, 69_999}, "entry 69999 is not the one that was appended"},
		{damaged{s, 0, 1234}, "entry 1234 is not the one that was appended"},
		{damaged{s, 1, 17}, "hash 17 of tile level 1"},
		{damaged{s, 2, 0}, "hash 0 of tile level 2"},
	} {
		_, err := ledger.Verify(t.Context(), c.d, policy, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("damage at level %d of %d: %v, must say %q", c.d.level, c.d.n, err, c.want)
		}
	}
	r := ledger.NewReader(damaged{s, 0, 1000}, 16)
	if _, _, err := r.Proof(t.Context(), 1001, head.Checkpoint); err == nil {
		t.Error("a proof made of a damaged hash left the reader")
	}
	if _, _, err := ledger.NewReader(damaged{s, ledger.Entries, 5}, 16).Proof(t.Context(), 5, head.Checkpoint); err == nil {
		t.Error("a proof of a damaged leaf left the reader")
	}
}

// TestVerifyHead changes the head, hashes and leaves together, as someone
// with the database but not the key would.
func TestVerifyHead(t *testing.T) {
	signer, verifier := keys(t, origin, 1)
	forger, _ := keys(t, origin, 2)
	s := ledger.NewMemory()
	grow(t, s, forger, 300)
	if _, err := ledger.Verify(t.Context(), s, ledger.Policy{Log: verifier}, nil); err == nil {
		t.Error("a log signed with another key is accepted")
	}
	good := ledger.NewMemory()
	head := grow(t, good, signer, 300)
	for name, h := range map[string]ledger.Head{
		"size":       {Size: 299, Edge: head.Edge, Checkpoint: head.Checkpoint},
		"edge":       {Size: 300, Edge: head.Edge[1:], Checkpoint: head.Checkpoint},
		"checkpoint": {Size: 300, Edge: head.Edge},
	} {
		if _, err := ledger.Verify(t.Context(), withHead{good, h}, ledger.Policy{Log: verifier}, nil); err == nil {
			t.Errorf("a head with another %s is accepted", name)
		}
		if _, err := ledger.Extend(h, [][]byte{{1}}, origin, signer); err == nil {
			t.Errorf("a head with another %s is extended", name)
		}
	}
	if _, err := ledger.Verify(t.Context(), good, ledger.Policy{Log: verifier}, func(i int64, _ []byte) error {
		if i == 17 {
			return errors.New("says no")
		}
		return nil
	}); err == nil || !strings.Contains(err.Error(), "entry 17: says no") {
		t.Errorf("the caller's own check: %v", err)
	}
}

type withHead struct {
	ledger.Store
	head ledger.Head
}

func (w withHead) Head(context.Context) (ledger.Head, error) { return w.head, nil }

func TestExtendRefuses(t *testing.T) {
	signer, _ := keys(t, origin, 1)
	for name, f := range map[string]func() error{
		"nothing": func() error { _, err := ledger.Extend(ledger.Head{}, nil, origin, signer); return err },
		"too long": func() error {
			_, err := ledger.Extend(ledger.Head{}, [][]byte{make([]byte, ledger.MaxLeaf+1)}, origin, signer)
			return err
		},
		"origin of two lines": func() error {
			_, err := ledger.Extend(ledger.Head{}, [][]byte{{1}}, "a\nb", signer)
			return err
		},
		"another origin": func() error {
			b, err := ledger.Extend(ledger.Head{}, [][]byte{{1}}, origin, signer)
			if err != nil {
				t.Fatal(err)
			}
			_, err = ledger.Extend(b.Head, [][]byte{{1}}, "example.org/other", signer)
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s: extended", name)
		}
	}
}

func TestTilePath(t *testing.T) {
	for s, p := range map[string]ledger.TilePath{
		"tile/0/000":                               {Level: 0, N: 0, Width: 256},
		"tile/0/x001/x234/067":                     {Level: 0, N: 1234067, Width: 256},
		"tile/2/000.p/1":                           {Level: 2, N: 0, Width: 1},
		"tile/63/999.p/255":                        {Level: 63, N: 999, Width: 255},
		"tile/entries/x273/000.p/112":              {Level: ledger.Entries, N: 273000, Width: 112},
		"tile/entries/x001/x000/000":               {Level: ledger.Entries, N: 1_000_000, Width: 256},
		"tile/0/x009/x223/x372/x036/x854/x775/807": {Level: 0, N: 1<<63 - 1, Width: 256},
	} {
		if got, err := ledger.ParseTilePath(s); err != nil || got != p || p.String() != s {
			t.Errorf("%s: %+v, %v; %+v is written %s", s, got, err, p, p)
		}
	}
	for _, s := range []string{
		"", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
		"tile/0/x000/000", "tile/0/001/000", "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/",
		"tile/0/000.p/1/", "/tile/0/000", "tile/data/000", "tile/0/x009/x223/x372/x036/x854/x775/808", "tile/0/-01", "tile/+1/000", "tile/8/0/000",
	} {
		if p, err := ledger.ParseTilePath(s); err == nil {
			t.Errorf("%q is read as %+v", s, p)
		}
	}
}

func TestTileData(t *testing.T) {
	signer, _ := keys(t, origin, 1)
	s := ledger.NewMemory()
	grow(t, s, signer, 70_000)
	r := ledger.NewReader(s, 8)
	for range 2 { // the second time from the cache
		for path, size := range map[string]int{
			"tile/0/272": 8192, "tile/0/273.p/112": 112 * 32, "tile/0/000.p/3": 96, "tile/1/000": 8192, "tile/1/001.p/17": 17 * 32, "tile/2/000.p/1": 32,
		} {
			p, _ := ledger.ParseTilePath(path)
			a, err := r.TileData(t.Context(), p)
			b, err2 := ledger.TileData(t.Context(), s, p)
			if err != nil || err2 != nil || len(a) != size || !bytes.Equal(a, b) {
				t.Errorf("%s: %d bytes, %d bytes, %v, %v, must be %d", path, len(a), len(b), err, err2, size)
			}
		}
	}
	for _, path := range []string{"tile/0/273", "tile/0/273.p/113", "tile/0/274.p/1", "tile/1/001", "tile/2/000.p/2", "tile/3/000.p/1", "tile/63/000", "tile/entries/273", "tile/0/x009/x223/x372/x036/x854/x775/807"} {
		p, err := ledger.ParseTilePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.TileData(t.Context(), p); !errors.Is(err, ledger.ErrBeyond) {
			t.Errorf("%s: %v, must match ErrBeyond", path, err)
		}
	}
	bundle, err := r.TileData(t.Context(), ledger.TilePath{Level: ledger.Entries, N: 273, Width: 112})
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := ledger.ParseBundle(bundle)
	if err != nil || len(leaves) != 112 || string(leaves[111]) != "leaf 69999" {
		t.Errorf("the last bundle holds %d leaves, %v", len(leaves), err)
	}
}

func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million leaves take some seconds")
	}
	signer, verifier := keys(t, origin, 1)
	s := ledger.NewMemory()
	for range 10 {
		grow(t, s, signer, 100_000)
	}
	start := time.Now()
	if _, err := ledger.Verify(t.Context(), s, ledger.Policy{Log: verifier}, nil); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if took > 20*time.Second {
		t.Errorf("verifying a million entries took %v", took)
	}
	head, _ := s.Head(t.Context())
	r := ledger.NewReader(s, 4096)
	prove := func() time.Duration {
		start := time.Now()
		for i := int64(0); i < head.Size; i += 997 {
			if _, _, err := r.Proof(t.Context(), i, head.Checkpoint); err != nil {
				t.Fatal(err)
			}
		}
		return time.Since(start) / (1_000_000 / 997)
	}
	cold, warm := prove(), prove()
	t.Logf("verified in %v; a proof takes %v cold, %v warm", took, cold, warm)
	if warm > 5*time.Millisecond {
		t.Errorf("a proof takes %v", warm)
	}
}

// TestRFC6962 holds the vectors of the empty tree and of the tree over one
// empty leaf.
func TestRFC6962(t *testing.T) {
	root, leaf := ledger.Head{}.Root(), ledger.LeafHash(nil)
	if got := hex.EncodeToString(root[:]); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("root of the empty tree is %s", got)
	}
	if got := hex.EncodeToString(leaf[:]); got != "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" {
		t.Errorf("hash of the empty leaf is %s", got)
	}
}

func TestEdgeBytes(t *testing.T) {
	signer, _ := keys(t, origin, 1)
	head := grow(t, ledger.NewMemory(), signer, 300)
	b := ledger.EdgeBytes(head.Edge)
	edge, err := ledger.ParseEdge(300, b)
	if err != nil || !slices.Equal(edge, head.Edge) {
		t.Errorf("edge is read back as %v, %v", edge, err)
	}
	for _, size := range []int64{-1, 0, 1, 256, 511} {
		if _, err := ledger.ParseEdge(size, b); err == nil {
			t.Errorf("an edge of four hashes is read at %d", size)
		}
	}
	if _, err := ledger.ParseEdge(300, b[1:]); err == nil {
		t.Error("an edge short of a byte is read")
	}
}

func TestParseBundle(t *testing.T) {
	leaves := [][]byte{{}, []byte("a"), bytes.Repeat([]byte("b"), ledger.MaxLeaf)}
	b, err := ledger.FormatBundle(leaves)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ledger.ParseBundle(b)
	if err != nil || !slices.EqualFunc(got, leaves, bytes.Equal) {
		t.Errorf("bundle is read back as %d leaves, %v", len(got), err)
	}
	if _, err := ledger.ParseBundle(b[:len(b)-1]); err == nil {
		t.Error("a bundle short of a byte is read")
	}
	if _, err := ledger.ParseBundle(make([]byte, 2*257)); err == nil {
		t.Error("a bundle of 257 entries is read")
	}
	if _, err := ledger.FormatBundle([][]byte{make([]byte, ledger.MaxLeaf+1)}); err == nil {
		t.Error("a leaf too long is written")
	}
	if n := binary.BigEndian.Uint16(b[2:]); n != 1 {
		t.Errorf("length of the second entry is %d", n)
	}
}
