package ledger

import (
	"context"
	"fmt"
	"slices"
)

// Verify reads a whole log and checks everything it says: it recomputes each
// leaf hash, each tile and the root from the leaves, and compares them with
// what is stored and with the checkpoint, which must satisfy the policy. It
// returns the checkpoint, or the first thing that is wrong.
//
// Unless each is nil, it is called for every leaf in order, after the leaf's
// hash was checked but before the root is known to be right; an error from it
// ends the verification.
//
// Appends may go on meanwhile: the log is verified up to the head that it had
// at the start.
func Verify(ctx context.Context, s Store, policy Policy, each func(index int64, leaf []byte) error) (Checkpoint, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verify the log: %w", err)
	}
	c, _, err := policy.Open(head.Checkpoint)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verify the log: %w", err)
	}
	if c.Size != head.Size {
		return Checkpoint{}, fmt.Errorf("verify the log: the checkpoint is over %d entries, the head over %d", c.Size, head.Size)
	}
	t := Tree{}
	for t.size < head.Size {
		if err := verifyPart(ctx, s, &t, min(t.size+4*TileWidth, head.Size), each); err != nil {
			return Checkpoint{}, fmt.Errorf("verify the log: %w", err)
		}
	}
	if !slices.Equal(t.edge, head.Edge) {
		return Checkpoint{}, fmt.Errorf("verify the log: the stored edge is not that of the %d entries", head.Size)
	}
	if t.Root() != c.Root {
		return Checkpoint{}, fmt.Errorf("verify the log: its %d entries have the root %v, but the checkpoint says %v", c.Size, t.Root(), c.Root)
	}
	return c, nil
}

// verifyPart checks the leaves from the tree's size up to a given index.
func verifyPart(ctx context.Context, s Store, t *Tree, to int64, each func(int64, []byte) error) error {
	from := t.size
	leaves, err := s.Leaves(ctx, from, to)
	if err != nil {
		return err
	}
	stored, err := s.Hashes(ctx, 0, from, to)
	if err != nil {
		return err
	}
	if int64(len(leaves)) != to-from || len(stored) != len(leaves) {
		return fmt.Errorf("entries %d to %d: the store gave %d leaves and %d hashes", from, to, len(leaves), len(stored))
	}
	var tiles []Tile
	for i, leaf := range leaves {
		if LeafHash(leaf) != stored[i] {
			return fmt.Errorf("entry %d is not the one that was appended: its hash differs", from+int64(i))
		}
		if each != nil {
			if err := each(from+int64(i), leaf); err != nil {
				return fmt.Errorf("entry %d: %w", from+int64(i), err)
			}
		}
		tiles = t.add(stored[i], tiles)
	}
	for _, tile := range tiles {
		hs, err := s.Hashes(ctx, tile.Level, tile.N, tile.N+1)
		if err != nil {
			return err
		}
		if len(hs) != 1 || hs[0] != tile.Hash {
			return fmt.Errorf("hash %d of tile level %d is not that of its entries", tile.N, tile.Level)
		}
	}
	return nil
}
