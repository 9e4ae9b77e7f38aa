package record

import (
	"context"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/ledger"
)

// Log returns the log for reading: to serve tiles, to make proofs.
func (r *Record) Log() ledger.Store { return logStore{r.db} }

// logStore is the log as a ledger.Store over the database. Each call is one
// transaction.
type logStore struct{ db *db.DB }

// Head implements ledger.Store.
func (s logStore) Head(ctx context.Context) (h ledger.Head, err error) {
	err = s.db.View(ctx, func(tx *db.Tx) error { h, err = txStore{tx}.Head(ctx); return err })
	return h, err
}

// Hashes implements ledger.Store.
func (s logStore) Hashes(ctx context.Context, level int, from, to int64) (hs []ledger.Hash, err error) {
	err = s.db.View(ctx, func(tx *db.Tx) error { hs, err = readHashes(tx, level, from, to); return err })
	return hs, err
}

// Leaves implements ledger.Store.
func (s logStore) Leaves(ctx context.Context, from, to int64) (ls [][]byte, err error) {
	err = s.db.View(ctx, func(tx *db.Tx) error { ls, err = readLeaves(tx, from, to); return err })
	return ls, err
}

// Append implements ledger.Store with leaves that have no bodies. A node's own
// entries go through Do; this is how the store passes the suite of every store.
func (s logStore) Append(ctx context.Context, b ledger.Batch) error {
	return s.db.Update(ctx, func(tx *db.Tx) error {
		h, err := lockHead(tx)
		if err != nil {
			return err
		}
		if h.Size != b.Old.Size || h.Root() != b.Old.Root() {
			return ledger.ErrFork
		}
		for i, l := range b.Leaves {
			if err := insertEntry(tx, &pending{e: Entry{Index: h.Size + int64(i)}, leaf: l, hash: b.Hashes[i]}); err != nil {
				return err
			}
		}
		return extendLog(tx, b, tx.Now, h.ids)
	})
}

// txStore is the log as one transaction sees it. It does not append.
type txStore struct{ tx *db.Tx }

// Head implements ledger.Store.
func (s txStore) Head(context.Context) (ledger.Head, error) {
	h, err := readHead(s.tx)
	return h.Head, err
}

// Hashes implements ledger.Store.
func (s txStore) Hashes(_ context.Context, level int, from, to int64) ([]ledger.Hash, error) {
	return readHashes(s.tx, level, from, to)
}

// Leaves implements ledger.Store.
func (s txStore) Leaves(_ context.Context, from, to int64) ([][]byte, error) {
	return readLeaves(s.tx, from, to)
}

// Append implements ledger.Store by refusing.
func (s txStore) Append(context.Context, ledger.Batch) error {
	return fault.Denied("a view of the log does not append to it")
}

// Log returns the log as the view sees it.
func (v *View) Log() ledger.Store { return txStore{v.Tx} }

// Checkpoint returns the latest signed checkpoint, with cosignatures if
// witnesses have given them for just this size.
func (v *View) Checkpoint() ([]byte, error) {
	h, err := readHead(v.Tx)
	if err != nil {
		return nil, err
	}
	note, size, err := readCosigned(v.Tx)
	if err == nil && size == h.Size {
		return note, nil
	}
	return h.Checkpoint, nil
}

// Cosigned returns the latest checkpoint that witnesses have cosigned, and its
// size, or a fault of kind NotFound.
func (v *View) Cosigned() (note []byte, size int64, err error) {
	return readCosigned(v.Tx)
}

// KeepCosigned stores a checkpoint of this log with the cosignatures of
// witnesses. Merge is given the one that is kept for this very size, nil where
// there is none, and returns what is to be kept, which it has verified. Nobody
// else keeps one in between.
func (r *Record) KeepCosigned(ctx context.Context, size int64, merge func(kept []byte) ([]byte, error)) error {
	return r.db.Update(ctx, func(tx *db.Tx) error {
		if _, err := lockHead(tx); err != nil {
			return err
		}
		kept, at, err := readCosigned(tx)
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		if at != size {
			kept = nil
		}
		note, err := merge(kept)
		if err != nil {
			return err
		}
		return writeCosigned(tx, size, note, tx.Now)
	})
}

// Size returns the number of entries.
func (v *View) Size() (int64, error) {
	h, err := readHead(v.Tx)
	return h.Size, err
}

// Disclosed is an entry as an outsider needs it: the leaf, and the salts and
// parts of the body that open it.
type Disclosed struct {
	Index                int64
	Leaf, OpenSalt, Open []byte
	SealedSalt, Sealed   []byte // nil where it stays sealed
}

// Disclose returns an entry with its open part and, if the caller may have it,
// its sealed part. The caller has decided, and recorded the reading of what is
// protected.
func (v *View) Disclose(index int64, sealed bool) (Disclosed, error) {
	row, err := readBody(v.Tx, index)
	if err != nil {
		return Disclosed{}, noEntry(index, err)
	}
	e, err := row.entry(v.r.keys)
	if err != nil {
		return Disclosed{}, err
	}
	d := Disclosed{Index: index, Leaf: row.leaf, OpenSalt: row.openSalt, Open: e.Open}
	if sealed && e.HasSealed() && !row.erased {
		if d.Sealed, _, err = v.sealed(index); err != nil {
			return Disclosed{}, err
		}
		d.SealedSalt = row.sealedSalt
	}
	return d, nil
}

// Protected tells whether reading the sealed part of a kind needs a purpose.
func (r *Record) Protected(kind string) bool { return r.kinds[kind].Protected }

// A Search selects entries for the explorer; zero fields select all.
type Search struct {
	Subject string
	Before  int64 // only entries with a smaller number; 0 is from the newest
	Limit   int
}

// Entries returns entries, newest first.
func (v *View) Entries(s Search) ([]Entry, error) {
	size, err := v.Size()
	if err != nil {
		return nil, err
	}
	if s.Before <= 0 || s.Before > size {
		s.Before = size
	}
	if s.Limit <= 0 || s.Limit > 500 {
		s.Limit = 50
	}
	rows, err := searchBodies(v.Tx, s)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(rows))
	for i, b := range rows {
		if out[i], err = b.entry(v.r.keys); err != nil {
			return nil, err
		}
	}
	return out, nil
}
