package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
)

// memory is a Store in memory.
type memory struct {
	mu     sync.RWMutex
	head   Head
	leaves [][]byte
	hashes [maxLevel + 1][]Hash
}

var _ Store = (*memory)(nil)

// NewMemory returns an empty Store that lives in memory: for tests, for
// examples, and to hold a log that is being verified. It is gone with the
// process.
func NewMemory() Store { return &memory{} }

func (m *memory) Head(context.Context) (Head, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.head, nil
}

func (m *memory) Append(_ context.Context, b Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := b.Follows(m.head); err != nil {
		return err
	}
	for _, leaf := range b.Leaves {
		m.leaves = append(m.leaves, bytes.Clone(leaf))
	}
	m.hashes[0] = append(m.hashes[0], b.Hashes...)
	for _, t := range b.Tiles {
		m.hashes[t.Level] = append(m.hashes[t.Level], t.Hash)
	}
	m.head = Head{Size: b.Head.Size, Edge: slices.Clone(b.Head.Edge), Checkpoint: bytes.Clone(b.Head.Checkpoint)}
	return nil
}

func (m *memory) Hashes(_ context.Context, level int, from, to int64) ([]Hash, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if level < 0 || level > maxLevel {
		return nil, fmt.Errorf("hashes of level %d: %w", level, ErrBeyond)
	}
	return part(m.hashes[level], from, to)
}

func (m *memory) Leaves(_ context.Context, from, to int64) ([][]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return part(m.leaves, from, to)
}

func part[T any](all []T, from, to int64) ([]T, error) {
	if from < 0 || from > to || to > int64(len(all)) {
		return nil, fmt.Errorf("%d to %d of %d: %w", from, to, len(all), ErrBeyond)
	}
	return slices.Clone(all[from:to]), nil
}
