package record

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// Rebuilt says what a rebuild found.
type Rebuilt struct {
	Entries   int64        `json:"entries"`
	Tables    int          `json:"tables"`
	Identical bool         `json:"identical"`
	Differ    []Difference `json:"differ,omitempty"`
}

// A Difference is a table that is not what the entries say.
type Difference struct {
	Table    string `json:"table"`
	Rows     int64  `json:"rows"`     // in the node
	Replayed int64  `json:"replayed"` // from the entries
}

// rebuildStep is how many entries one transaction of a rebuild replays.
const rebuildStep = 8192

// Rebuild replays every entry into empty tables beside the real ones and
// compares the two byte for byte. A difference means that a table was changed
// behind the record's back, or that an apply function is at fault. It changes
// nothing. progress, if not nil, hears how many entries are done.
func (r *Record) Rebuild(ctx context.Context, progress func(done, of int64)) (out Rebuilt, err error) {
	scratch, drop, err := r.db.Scratch(ctx)
	if err != nil {
		return out, fmt.Errorf("rebuild: %w", err)
	}
	defer func() { err = errors.Join(err, drop()) }()
	err = r.View(ctx, func(v *View) error {
		head, err := readHead(v.Tx)
		if err != nil {
			return err
		}
		out.Entries = head.Size
		if err := scratch.Update(ctx, r.makeTables); err != nil {
			return err
		}
		ids, err := r.replay(ctx, v, scratch, head.Size, progress)
		if err != nil {
			return err
		}
		out.Tables++
		if !maps.Equal(ids, head.ids) {
			out.Differ = append(out.Differ, Difference{"head", int64(len(head.ids)), int64(len(ids))})
		}
		return scratch.View(ctx, func(tx *db.Tx) error { return r.compare(v.Tx, tx, &out) })
	})
	if err != nil {
		return out, fmt.Errorf("rebuild: %w", err)
	}
	out.Identical = len(out.Differ) == 0
	return out, nil
}

// replay reads ahead while the batch before is applied. It returns the last ids.
func (r *Record) replay(ctx context.Context, v *View, scratch *db.DB, size int64, progress func(done, of int64)) (counters, error) {
	ids := counters{}
	type batch struct {
		entries []Entry
		err     error
	}
	ctx, cancel := context.WithCancel(ctx)
	read := make(chan batch, 1)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(read)
		for from := int64(0); from < size; from += rebuildStep {
			e, err := r.readEntries(v.Tx, from, min(from+rebuildStep, size))
			select {
			case read <- batch{e, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
	defer reader.Wait() // the view's transaction is the reader's until it ends
	defer cancel()
	for b := range read {
		if b.err != nil {
			return nil, b.err
		}
		err := scratch.Update(ctx, func(tx *db.Tx) error {
			return tx.Lazily(func() error { return r.applyAll(tx, b.entries, ids) })
		})
		if err != nil {
			return nil, err
		}
		if progress != nil && len(b.entries) > 0 {
			progress(b.entries[len(b.entries)-1].Index+1, size)
		}
	}
	return ids, ctx.Err()
}

func (r *Record) compare(real, replayed *db.Tx, out *Rebuilt) error {
	for _, m := range r.modules {
		for _, t := range m.Tables {
			a, n, err := db.Digest(real, t)
			if err != nil {
				return err
			}
			b, n2, err := db.Digest(replayed, t)
			if err != nil {
				return err
			}
			out.Tables++
			if a != b {
				out.Differ = append(out.Differ, Difference{t, n, n2})
			}
		}
	}
	return nil
}

// Verified says what a verification of the whole log covered.
type Verified struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// Verify reads every leaf, checks its signature and its stored hash, computes
// every tile and the root anew, and checks them against the signed checkpoint.
// It names the first thing that fails. progress, if not nil, hears how many
// entries are done.
func (r *Record) Verify(ctx context.Context, progress func(done int64)) (out Verified, err error) {
	logKey, err := note.NewVerifier(r.keys.LogVerifier())
	if err != nil {
		return out, err
	}
	check, err := r.newChecker()
	if err != nil {
		return out, err
	}
	err = r.View(ctx, func(v *View) error {
		c, err := ledger.Verify(ctx, v.Log(), ledger.Policy{Log: logKey}, func(i int64, leaf []byte) error {
			if progress != nil && i%rebuildStep == 0 {
				progress(i)
			}
			return check.add(i, leaf)
		})
		out.Size, out.Root = c.Size, c.Root.String()
		if err != nil {
			return err
		}
		return v.erasedLawfully()
	})
	if err = errors.Join(err, check.wait()); err != nil {
		return out, fmt.Errorf("verify: %w", err)
	}
	return out, nil
}

// erasedLawfully checks that whatever is marked as erased was erased by a later
// entry that names its key.
func (v *View) erasedLawfully() error {
	rows, err := erasedRows(v.Tx)
	if err != nil {
		return err
	}
	last := map[string]int64{}
	for _, b := range rows {
		h, err := ParseLeaf(b.leaf)
		if err != nil {
			return err
		}
		if _, ok := last[h.Key]; !ok {
			if last[h.Key], err = v.lastErasure(h.Key); err != nil {
				return err
			}
		}
		if last[h.Key] <= b.index {
			return fault.Stale("entry %d: its words are gone, and no entry says that they were erased", b.index)
		}
	}
	return nil
}

// lastErasure returns the last entry that erased a subject, -1 for none.
func (v *View) lastErasure(subject string) (int64, error) {
	all, err := v.HistoryIndexes(subject)
	if err != nil {
		return -1, err
	}
	for _, i := range slices.Backward(all) {
		e, err := v.Entry(i)
		if err != nil {
			return -1, err
		}
		var x Erased
		if e.Kind == "record.erased" && e.Decode(&x) == nil && x.Subject == subject {
			return i, nil
		}
	}
	return -1, nil
}

// checker checks the signatures of leaves on every core.
type checker struct {
	key   note.Verifier
	batch []signedLeaf
	work  chan []signedLeaf
	wg    sync.WaitGroup
	mu    sync.Mutex
	err   error // of the first entry that fails
	at    int64
}

type signedLeaf struct {
	index int64
	leaf  []byte
}

func (r *Record) newChecker() (*checker, error) {
	key, err := note.NewVerifier(r.keys.EntryVerifier())
	if err != nil {
		return nil, err
	}
	c := &checker{key: key, work: make(chan []signedLeaf, 4)}
	for range runtime.GOMAXPROCS(0) {
		c.wg.Go(func() {
			for b := range c.work {
				for _, x := range b {
					if err := VerifyLeaf(x.leaf, c.key); err != nil {
						c.fail(x.index, err)
						break
					}
				}
			}
		})
	}
	return c, nil
}

func (c *checker) fail(index int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil || index < c.at {
		c.at, c.err = index, fmt.Errorf("entry %d: %w", index, err)
	}
}

func (c *checker) add(index int64, leaf []byte) error {
	c.batch = append(c.batch, signedLeaf{index, leaf})
	if len(c.batch) == 512 {
		c.work <- c.batch
		c.batch = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *checker) wait() error {
	c.work <- c.batch
	close(c.work)
	c.wg.Wait()
	return c.err
}
