// Package ledger keeps an append-only Merkle log over any Store, in the form
// that the C2SP family of transparency logs has agreed on, so that clients,
// fsck tools and witnesses written by others can check it as it is served.
//
// A leaf is a string of bytes, at most MaxLeaf of them. The tree over the
// leaves is hashed as RFC 6962 says. Its head (size and root) is signed as a
// checkpoint. From there everything can be proved: that a leaf is in the log
// (inclusion), that a later log only added to an earlier one (consistency),
// and, by the cosignatures of witnesses, that nobody was shown another log.
//
// What it promises:
//   - Extend is pure: it computes and signs the next head from the present
//     one, and never signs over a head that contradicts its own checkpoint.
//   - A Store takes a Batch as a whole or not at all. Of two batches that
//     extend the same head exactly one is taken; the other gets ErrFork.
//   - Verify recomputes every hash from the leaves and names the first that
//     is wrong.
//   - A Reader's proofs are checked against the checkpoint before they leave.
//
// What it trusts: the Store to be durable, not to be honest; Verify and every
// proof find out a Store that is not. SHA-256 and Ed25519. It does not trust
// the holder of the log's key: who has the key can sign a second history, and
// only witnesses (Decide, Policy) will notice.
//
// It does no input or output of its own and reads no clock: times are
// arguments.
//
// Sources: RFC 6962 section 2.1; C2SP signed-note, tlog-checkpoint,
// tlog-tiles, tlog-cosignature, tlog-witness, tlog-proof. The format is
// written down in docs/spec/ledger.md.
//
//	head, err := store.Head(ctx)
//	batch, err := ledger.Extend(head, [][]byte{leaf}, origin, signer)
//	err = store.Append(ctx, batch) // errors.Is(err, ledger.ErrFork): read the head again
package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// MaxLeaf is the largest leaf in bytes: an entry bundle writes its length in
// 16 bits.
const MaxLeaf = 1<<16 - 1

// TileWidth is the number of hashes in a full tile.
const TileWidth = 256

// maxLevel is the highest tile level of a tree with 2^63 - 1 leaves.
const maxLevel = 7

// ErrFork means that the stored head is not the one a batch extends: somebody
// else appended first. Nothing was stored. Read the head and extend it anew.
var ErrFork = errors.New("the log has another head than the batch extends")

// ErrBeyond means that a range is not, or not wholly, in the log.
var ErrBeyond = errors.New("beyond the end of the log")

// A Hash is a SHA-256 hash in the tree.
type Hash = tlog.Hash

// LeafHash returns the hash of a leaf: SHA-256(0x00 || leaf).
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }

// A Head is the state of a log: all that is needed to append to it. The zero
// Head is the empty log.
type Head struct {
	Size int64 // number of leaves
	// Edge is the right edge of the tree as a compact range: the roots of its
	// full subtrees, the biggest (leftmost) first, one for each bit set in Size.
	Edge []Hash
	// Checkpoint is the signed note over size and root. It is empty in a log
	// that never held a leaf.
	Checkpoint []byte
}

// Root returns the root hash of the tree.
func (h Head) Root() Hash { return edgeRoot(h.Edge) }

// Check says what is wrong with a head that contradicts itself: an edge that
// does not fit the size, or a checkpoint over another size or root. It does
// not check the signature; see Policy.
func (h Head) Check() error {
	if h.Size < 0 || len(h.Edge) != bits.OnesCount64(uint64(h.Size)) {
		return fmt.Errorf("head of size %d has an edge of %d hashes, must be %d", h.Size, len(h.Edge), bits.OnesCount64(uint64(h.Size)))
	}
	if len(h.Checkpoint) == 0 {
		if h.Size > 0 {
			return fmt.Errorf("head of size %d has no checkpoint", h.Size)
		}
		return nil
	}
	c, err := ReadCheckpoint(h.Checkpoint)
	switch {
	case err != nil:
		return err
	case c.Size != h.Size:
		return fmt.Errorf("checkpoint is over %d entries, the head over %d", c.Size, h.Size)
	case c.Root != h.Root():
		return fmt.Errorf("checkpoint at size %d has root %v, the head %v", h.Size, c.Root, h.Root())
	}
	return nil
}

// ParseEdge reads the edge of a tree of the given size from the form that
// EdgeBytes writes.
func ParseEdge(size int64, b []byte) ([]Hash, error) {
	if size < 0 {
		return nil, fmt.Errorf("size %d is negative", size)
	}
	want := bits.OnesCount64(uint64(size))
	if len(b) != want*tlog.HashSize {
		return nil, fmt.Errorf("edge of a log of %d entries has %d bytes, must be %d", size, len(b), want*tlog.HashSize)
	}
	return splitHashes(b), nil
}

// EdgeBytes writes an edge as its hashes one after another.
func EdgeBytes(edge []Hash) []byte { return joinHashes(edge) }

func splitHashes(b []byte) []Hash {
	hs := make([]Hash, 0, len(b)/tlog.HashSize)
	for c := range slices.Chunk(b, tlog.HashSize) {
		hs = append(hs, Hash(c))
	}
	return hs
}

func joinHashes(hs []Hash) []byte {
	b := make([]byte, 0, len(hs)*tlog.HashSize)
	for _, h := range hs {
		b = append(b, h[:]...)
	}
	return b
}

func edgeRoot(edge []Hash) Hash {
	if len(edge) == 0 {
		return sha256.Sum256(nil)
	}
	h := edge[len(edge)-1]
	for _, left := range slices.Backward(edge[:len(edge)-1]) {
		h = tlog.NodeHash(left, h)
	}
	return h
}

// A Tile is the hash of one full tile: entry N of tile level Level, which is
// 1 or more. It is the root of the 256^Level leaves from N·256^Level on.
type Tile struct {
	Level int
	N     int64
	Hash  Hash
}

// A Batch is one append: what a Store must write so that the log goes from
// Old to Head. Extend makes it.
type Batch struct {
	Old    Head     // the head the batch extends
	Leaves [][]byte // the new leaves; the first has index Old.Size
	Hashes []Hash   // their leaf hashes
	Tiles  []Tile   // the tiles that became full, in the order they did
	Head   Head     // the head afterwards, its checkpoint signed
}

// Follows returns an error matching ErrFork unless the batch extends the
// given head. A Store calls it with the head it holds, under its lock or in
// its transaction.
func (b Batch) Follows(stored Head) error {
	if stored.Size != b.Old.Size || !slices.Equal(stored.Edge, b.Old.Edge) {
		return fmt.Errorf("append at %d: %w (it holds %d entries)", b.Old.Size, ErrFork, stored.Size)
	}
	return nil
}

// A Store keeps a log. Package ledgertest holds the suite that every Store
// passes.
//
// All methods may be called from any number of goroutines at once, and by
// several processes where the storage allows that. A canceled context may end
// any call with an error; for Append the caller then does not know whether the
// batch is stored, and reads the head to learn it.
//
// A Store is trusted to be durable and to keep batches whole. It is not
// trusted to be correct: it computes no hash, and Verify checks all it says.
// Slices that it returns are the caller's to read, not to write.
type Store interface {
	// Head returns the head of the last batch, or the zero Head.
	// It is never older than what an Append that has returned has stored.
	Head(ctx context.Context) (Head, error)

	// Append stores a batch: leaves, hashes, tiles and head, all or nothing.
	// When it returns nil the batch is durable: it survives the loss of the
	// process and of power. If the stored head is not b.Old, it stores nothing
	// and returns an error matching ErrFork. It keeps no reference to the
	// batch's slices.
	Append(ctx context.Context, b Batch) error

	// Hashes returns the hashes [from, to) of a tile level: leaf hashes at
	// level 0, hashes of full tiles (see Tile) above. The result has exactly
	// to - from hashes. A range that is not wholly stored, and a level that the
	// log has not reached, is an error matching ErrBeyond. Callers ask for at
	// most 4,096 hashes at once.
	Hashes(ctx context.Context, level int, from, to int64) ([]Hash, error)

	// Leaves returns the leaves [from, to), exactly as appended. A range that
	// is not wholly stored is an error matching ErrBeyond. Callers ask for at
	// most 4,096 leaves at once.
	Leaves(ctx context.Context, from, to int64) ([][]byte, error)
}
