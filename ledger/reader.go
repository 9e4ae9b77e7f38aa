package ledger

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// A Reader reads tiles and makes proofs over a Store. It keeps full tiles of
// hashes, which never change, so that a proof in a log of a million entries
// costs microseconds. It is safe for concurrent use.
type Reader struct {
	store Store
	*tileCache
}

// tileCache is what a Reader remembers.
type tileCache struct {
	mu           sync.Mutex
	young, aged  map[tileKey]*fullTile // two generations: aged is dropped when young is full
	mostPerCache int
}

// NewReader returns a Reader that keeps about as many full tiles as said, 16
// KiB each. Keep one for every 256 entries of the log, if memory allows.
func NewReader(s Store, tiles int) *Reader {
	return &Reader{s, &tileCache{mostPerCache: max(1, tiles/2), young: map[tileKey]*fullTile{}}}
}

// Over returns a Reader of the same log through another store, such as a
// transaction's view of it. The two share what they remember, so the other
// store must hold nothing that the log will not keep.
func (r *Reader) Over(s Store) *Reader { return &Reader{s, r.tileCache} }

type tileKey struct {
	level int
	n     int64
}

// fullTile holds the 256 hashes of a tile, and above them the 128, 64, … 2
// nodes between this tile level and the next.
type fullTile [512 - 2]Hash

func newFullTile(hs []Hash) *fullTile {
	t := new(fullTile)
	copy(t[:], hs)
	for i := TileWidth; i < len(t); i++ {
		child := 2 * (i - TileWidth)
		t[i] = tlog.NodeHash(t[child], t[child+1])
	}
	return t
}

// node returns the i-th node, 0 to 7 binary levels above the tile's hashes.
func (t *fullTile) node(up int, i int64) Hash { return t[int64(512-512>>up)+i] }

func (r *tileCache) cached(k tileKey) *fullTile {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.young[k]; t != nil {
		return t
	}
	t := r.aged[k]
	if t != nil {
		r.keepLocked(k, t)
	}
	return t
}

func (r *tileCache) keepLocked(k tileKey, t *fullTile) {
	if len(r.young) >= r.mostPerCache {
		r.aged, r.young = r.young, map[tileKey]*fullTile{}
	}
	r.young[k] = t
}

// full returns a full tile of hashes, from the cache or from the store.
func (r *Reader) full(ctx context.Context, k tileKey) (*fullTile, error) {
	if t := r.cached(k); t != nil {
		return t, nil
	}
	hs, err := r.hashes(ctx, k, TileWidth)
	if err != nil {
		return nil, err
	}
	t := newFullTile(hs)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keepLocked(k, t)
	return t, nil
}

// hashes reads the first hashes of a tile from the store.
func (r *Reader) hashes(ctx context.Context, k tileKey, width int) ([]Hash, error) {
	p := TilePath{Level: k.level, N: k.n, Width: width}
	from, to, err := p.at()
	if err != nil {
		return nil, err
	}
	hs, err := r.store.Hashes(ctx, k.level, from, to)
	if err != nil {
		return nil, fmt.Errorf("read %v: %w", p, err)
	}
	if len(hs) != width {
		return nil, fmt.Errorf("read %v: the store gave %d hashes", p, len(hs))
	}
	return hs, nil
}

// Head returns the store's head.
func (r *Reader) Head(ctx context.Context) (Head, error) { return r.store.Head(ctx) }

// TileData returns what is served at a path; see the function TileData.
func (r *Reader) TileData(ctx context.Context, p TilePath) ([]byte, error) {
	if _, _, err := p.at(); err != nil {
		return nil, err
	}
	k := tileKey{p.Level, p.N}
	if p.Level == Entries {
		return TileData(ctx, r.store, p)
	}
	if p.Width < TileWidth {
		if t := r.cached(k); t != nil {
			return joinHashes(t[:p.Width]), nil
		}
		return TileData(ctx, r.store, p)
	}
	t, err := r.full(ctx, k)
	if err != nil {
		return nil, err
	}
	return joinHashes(t[:TileWidth]), nil
}

// Root returns the root hash of the tree over the first size leaves.
func (r *Reader) Root(ctx context.Context, size int64) (Hash, error) {
	if size == 0 {
		return edgeRoot(nil), nil
	}
	h, err := tlog.TreeHash(size, r.treeReader(ctx, size))
	if err != nil {
		return Hash{}, fmt.Errorf("root at %d: %w", size, err)
	}
	return h, nil
}

// Inclusion returns the proof that the leaf at index is in the tree over the
// first size leaves.
func (r *Reader) Inclusion(ctx context.Context, index, size int64) ([]Hash, error) {
	if index < 0 || index >= size {
		return nil, fmt.Errorf("inclusion of %d in %d: %w", index, size, ErrBeyond)
	}
	p, err := tlog.ProveRecord(size, index, r.treeReader(ctx, size))
	if err != nil {
		return nil, fmt.Errorf("inclusion of %d in %d: %w", index, size, err)
	}
	return p, nil
}

// Consistency returns the proof that the tree over the first size leaves only
// adds to the tree over the first old of them.
func (r *Reader) Consistency(ctx context.Context, old, size int64) ([]Hash, error) {
	if old < 0 || old > size {
		return nil, fmt.Errorf("consistency of %d with %d: %w", old, size, ErrBeyond)
	}
	if old == 0 || old == size {
		return nil, nil
	}
	p, err := tlog.ProveTree(size, old, r.treeReader(ctx, size))
	if err != nil {
		return nil, fmt.Errorf("consistency of %d with %d: %w", old, size, err)
	}
	return p, nil
}

// Proof returns the leaf at index and the proof of its inclusion under a
// signed checkpoint of this log. It has checked the proof against the
// checkpoint's root: storage that was damaged gives an error, not a bad proof.
func (r *Reader) Proof(ctx context.Context, index int64, checkpoint []byte) (leaf []byte, p Proof, err error) {
	c, err := ReadCheckpoint(checkpoint)
	if err != nil {
		return nil, Proof{}, fmt.Errorf("prove entry %d: %w", index, err)
	}
	hs, err := r.Inclusion(ctx, index, c.Size)
	if err != nil {
		return nil, Proof{}, fmt.Errorf("prove entry %d: %w", index, err)
	}
	leaves, err := r.store.Leaves(ctx, index, index+1)
	if err != nil {
		return nil, Proof{}, fmt.Errorf("prove entry %d: %w", index, err)
	}
	if err := Included(c, index, leaves[0], hs); err != nil {
		return nil, Proof{}, fmt.Errorf("prove entry %d: %w", index, err)
	}
	return leaves[0], Proof{Index: index, Hashes: hs, Checkpoint: checkpoint}, nil
}

// treeReader reads the nodes of the tree over the first size leaves.
func (r *Reader) treeReader(ctx context.Context, size int64) tlog.HashReader {
	partial := map[tileKey][]Hash{}
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		out := make([]Hash, len(indexes))
		for i, x := range indexes {
			level, n := tlog.SplitStoredHashIndex(x)
			up := level % 8
			k := tileKey{level / 8, n << up >> 8}
			first := n<<up - k.n*TileWidth // of the hashes below the node
			if k.n < size>>(8*k.level)>>8 {
				t, err := r.full(ctx, k)
				if err != nil {
					return nil, err
				}
				out[i] = t.node(up, first>>up)
				continue
			}
			if partial[k] == nil {
				hs, err := r.hashes(ctx, k, int(size>>(8*k.level)-k.n*TileWidth))
				if err != nil {
					return nil, err
				}
				partial[k] = hs
			}
			out[i] = fold(partial[k][first : first+1<<up])
		}
		return out, nil
	})
}

// fold returns the root over a full subtree's hashes.
func fold(hs []Hash) Hash {
	if len(hs) == 1 {
		return hs[0]
	}
	return tlog.NodeHash(fold(hs[:len(hs)/2]), fold(hs[len(hs)/2:]))
}
