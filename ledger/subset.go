package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// A subset proof shows that many leaves are in one tree at once. It holds the
// roots of the largest subtrees that hold none of them, from left to right, so
// that each hash stands in it once: for neighbours it is hardly longer than
// the inclusion proof of one.

// Subset returns the proof that the leaves at the given indexes, which ascend,
// are in the tree over the first size leaves. IncludedAll checks it.
func (r *Reader) Subset(ctx context.Context, indexes []int64, size int64) ([]Hash, error) {
	nodes := r.treeReader(ctx, size)
	proof, err := subset(indexes, size, func(level int, n int64) (Hash, error) {
		hs, err := nodes.ReadHashes([]int64{tlog.StoredHashIndex(level, n)})
		if err != nil {
			return Hash{}, err
		}
		return hs[0], nil
	})
	if err != nil {
		return nil, fmt.Errorf("prove %d entries in %d: %w", len(indexes), size, err)
	}
	return proof, nil
}

// SubsetOf returns the same proof for a tree whose leaf hashes are given.
func SubsetOf(leaves []Hash, indexes []int64) ([]Hash, error) {
	return subset(indexes, int64(len(leaves)), func(level int, n int64) (Hash, error) {
		return fold(leaves[n<<level : (n+1)<<level]), nil
	})
}

// RootOf returns the root of the tree over leaf hashes.
func RootOf(leaves []Hash) Hash {
	t := Tree{}
	for _, h := range leaves {
		t.add(h, nil)
	}
	return t.Root()
}

// IncludedAll checks a subset proof: that leaves with these hashes stand at
// these indexes, which ascend, in the tree of that size and root.
func IncludedAll(root Hash, size int64, indexes []int64, leaves, proof []Hash) error {
	if len(leaves) != len(indexes) {
		return fmt.Errorf("%d indexes for %d leaves", len(indexes), len(leaves))
	}
	if err := ascending(indexes, size); err != nil {
		return err
	}
	short := false
	take := func(from *[]Hash) (h Hash) {
		if len(*from) == 0 {
			short = true
			return h
		}
		h, *from = (*from)[0], (*from)[1:]
		return h
	}
	got := walk(0, size, indexes, func(_, _ int64) Hash { return take(&proof) }, func() Hash { return take(&leaves) })
	switch {
	case short:
		return errors.New("the proof is cut short")
	case len(proof) > 0:
		return errors.New("the proof holds more than it needs")
	case got != root:
		return errors.New("one of the entries is not what the tree holds there")
	}
	return nil
}

// Narrow makes, of a subset proof that holds, the proof for some of its leaves.
func Narrow(size int64, indexes []int64, leaves, proof []Hash, wanted []int64) ([]Hash, error) {
	if err := ascending(indexes, size); err != nil {
		return nil, err
	}
	if len(leaves) != len(indexes) {
		return nil, fmt.Errorf("%d indexes for %d leaves", len(indexes), len(leaves))
	}
	known := map[[2]int64]Hash{} // every subtree that the proof shows
	short := false
	next := func(from *[]Hash) (h Hash) {
		if short = short || len(*from) == 0; short {
			return h
		}
		h, *from = (*from)[0], (*from)[1:]
		return h
	}
	var fill func(lo, hi int64, indexes []int64) Hash
	fill = func(lo, hi int64, indexes []int64) (h Hash) {
		switch {
		case len(indexes) == 0:
			h = next(&proof)
		case hi-lo == 1:
			h = next(&leaves)
		default:
			mid := lo + left(hi-lo)
			cut, _ := slices.BinarySearch(indexes, mid)
			l := fill(lo, mid, indexes[:cut])
			h = tlog.NodeHash(l, fill(mid, hi, indexes[cut:]))
		}
		known[[2]int64{lo, hi}] = h
		return h
	}
	fill(0, size, indexes)
	if short || len(proof) > 0 {
		return nil, errors.New("the proof is not one of these entries")
	}
	if err := ascending(wanted, size); err != nil {
		return nil, err
	}
	for _, w := range wanted {
		if _, ok := slices.BinarySearch(indexes, w); !ok {
			return nil, fmt.Errorf("entry %d is not one of those proved", w)
		}
	}
	var out []Hash
	walk(0, size, wanted, func(lo, hi int64) Hash {
		out = append(out, known[[2]int64{lo, hi}])
		return Hash{}
	}, func() Hash { return Hash{} })
	return out, nil
}

// subset collects the proof, reading perfect subtrees by node.
func subset(indexes []int64, size int64, node func(level int, n int64) (Hash, error)) (proof []Hash, err error) {
	if err := ascending(indexes, size); err != nil {
		return nil, err
	}
	walk(0, size, indexes, func(lo, hi int64) Hash {
		h, failed := span(lo, hi, node)
		err = errors.Join(err, failed)
		proof = append(proof, h)
		return h
	}, func() Hash { return Hash{} })
	return proof, err
}

func ascending(indexes []int64, size int64) error {
	if len(indexes) == 0 {
		return errors.New("no indexes")
	}
	for i, x := range indexes {
		if x < 0 || x >= size {
			return fmt.Errorf("entry %d: %w, which has %d entries", x, ErrBeyond, size)
		}
		if i > 0 && indexes[i-1] >= x {
			return fmt.Errorf("entry %d stands before entry %d", indexes[i-1], x)
		}
	}
	return nil
}

// walk goes through the tree over the leaves [lo, hi), left to right, and
// returns its root: out gives the root of a subtree that holds no index, leaf
// the hash at the next index.
func walk(lo, hi int64, indexes []int64, out func(lo, hi int64) Hash, leaf func() Hash) Hash {
	switch {
	case len(indexes) == 0:
		return out(lo, hi)
	case hi-lo == 1:
		return leaf()
	}
	mid := lo + left(hi-lo)
	cut, _ := slices.BinarySearch(indexes, mid)
	l := walk(lo, mid, indexes[:cut], out, leaf)
	return tlog.NodeHash(l, walk(mid, hi, indexes[cut:], out, leaf))
}

// left is the size of the left subtree of n leaves: the largest power of two
// below n.
func left(n int64) int64 { return 1 << (bits.Len64(uint64(n-1)) - 1) }

// span returns the root over the leaves [lo, hi) of a subtree.
func span(lo, hi int64, node func(level int, n int64) (Hash, error)) (Hash, error) {
	n := hi - lo
	if n&(n-1) == 0 {
		level := bits.TrailingZeros64(uint64(n))
		return node(level, lo>>level)
	}
	l, err := span(lo, lo+left(n), node)
	if err != nil {
		return Hash{}, err
	}
	r, err := span(lo+left(n), hi, node)
	return tlog.NodeHash(l, r), err
}
