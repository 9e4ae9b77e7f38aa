package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Extend computes the batch that appends leaves to a log with the given head,
// and signs its checkpoint. The origin names the log in the checkpoint; by
// custom it is also the signer's name.
//
// It refuses an empty batch, a leaf over MaxLeaf bytes, and an old head that
// contradicts its own checkpoint or carries another origin: a log never signs
// two heads that are not consistent, even when its storage was damaged.
func Extend(old Head, leaves [][]byte, origin string, signer note.Signer) (Batch, error) {
	hashes := make([]Hash, len(leaves))
	for i, leaf := range leaves {
		if len(leaf) > MaxLeaf {
			return Batch{}, fmt.Errorf("extend the log: leaf %d has %d bytes, at most %d are allowed", old.Size+int64(i), len(leaf), MaxLeaf)
		}
		hashes[i] = LeafHash(leaf)
	}
	b, err := ExtendHashes(old, hashes, origin, signer)
	if err == nil {
		b.Leaves = leaves
	}
	return b, err
}

// ExtendHashes is Extend for who has hashed the leaves already, each with
// LeafHash, and keeps them: the batch holds no leaves. No leaf may be larger
// than MaxLeaf.
func ExtendHashes(old Head, hashes []Hash, origin string, signer note.Signer) (Batch, error) {
	x := Extender{Origin: origin, Signer: signer}
	return x.Extend(old, hashes)
}

// An Extender extends one log again and again. It looks at an old head as
// ExtendHashes does, unless that is the one which it made last.
type Extender struct {
	Origin string
	Signer note.Signer
	made   Head
}

// Extend is ExtendHashes.
func (x *Extender) Extend(old Head, hashes []Hash) (Batch, error) {
	if len(hashes) == 0 {
		return Batch{}, errors.New("extend the log: there is nothing to append")
	}
	if !x.made.equal(old) {
		if err := old.check(x.Origin); err != nil {
			return Batch{}, fmt.Errorf("extend the log: %w", err)
		}
	}
	b := Batch{Old: old, Hashes: hashes}
	t := Tree{size: old.Size, edge: slices.Clone(old.Edge)}
	for _, h := range hashes {
		b.Tiles = t.add(h, b.Tiles)
	}
	b.Head = Head{Size: t.size, Edge: t.edge}
	var err error
	b.Head.Checkpoint, err = Checkpoint{Origin: x.Origin, Size: t.size, Root: t.Root()}.Sign(x.Signer)
	if err != nil {
		return Batch{}, fmt.Errorf("extend the log: %w", err)
	}
	x.made = b.Head.clone()
	return b, nil
}

// equal compares all of two heads that hold leaves.
func (h Head) equal(o Head) bool {
	return h.Size > 0 && h.Size == o.Size && slices.Equal(h.Edge, o.Edge) && bytes.Equal(h.Checkpoint, o.Checkpoint)
}

func (h Head) clone() Head {
	return Head{h.Size, slices.Clone(h.Edge), slices.Clone(h.Checkpoint)}
}

// check is Check, and refuses the checkpoint of another log.
func (h Head) check(origin string) error {
	if err := h.Check(); err != nil || len(h.Checkpoint) == 0 {
		return err
	}
	if c, _ := ReadCheckpoint(h.Checkpoint); c.Origin != origin {
		return fmt.Errorf("it is %q, not %q", c.Origin, origin)
	}
	return nil
}

// A Tree computes the root of a growing tree and keeps only its right edge.
// The zero Tree is empty.
type Tree struct {
	size int64
	edge []Hash
}

// Add appends a leaf.
func (t *Tree) Add(leaf []byte) { t.add(LeafHash(leaf), nil) }

// AddHash appends a leaf by its hash.
func (t *Tree) AddHash(h Hash) { t.add(h, nil) }

// Size returns the number of leaves added.
func (t *Tree) Size() int64 { return t.size }

// Root returns the root hash over the leaves added so far.
func (t *Tree) Root() Hash { return edgeRoot(t.edge) }

// add appends a leaf hash and adds the tiles that it fills to full.
func (t *Tree) add(h Hash, full []Tile) []Tile {
	n := t.size
	for height := 1; n&1 == 1; height++ {
		h = tlog.NodeHash(t.edge[len(t.edge)-1], h)
		t.edge = t.edge[:len(t.edge)-1]
		n >>= 1
		if height%8 == 0 {
			full = append(full, Tile{Level: height / 8, N: n, Hash: h})
		}
	}
	t.edge = append(t.edge, h)
	t.size++
	return full
}
