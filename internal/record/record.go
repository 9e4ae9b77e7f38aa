// Package record keeps everything that happens as entries in one log, and the
// tables that people read as a reading of those entries.
//
// A command is a function that looks at the tables, decides, and appends
// entries; each entry's kind applies it to the tables in the same transaction.
// Commands queue for one sequencer, which runs a group of them in one
// transaction, extends the Merkle log, signs one checkpoint and commits once (one
// that comes alone is a group, and runs where it was called):
// when [Record.Do] returns nil, the entries are durable and in the log, and
// there is no moment in which an entry exists that the log does not hold.
//
// An entry has a header, which is the leaf of the log and may be public, and a
// body in two parts. The open part holds what tables need: ids, levels, times,
// states; never free text or anything personal. The sealed part holds the
// words and the names, encrypted under the data key of one subject. The header
// has a salted digest of each. Tables keep only open fields and the number of
// the entry where the words are, so that erasing a subject (body, salt and key)
// changes no table, and a rebuild needs nobody's secrets.
//
//	err := rec.Do(ctx, record.By{Person: "P-1"}, func(tx *record.Tx) error {
//		id, err := tx.NextID("W")
//		…
//		_, err = tx.Append(record.Draft{Kind: "warning.issued", Subjects: []string{id, situation}, Open: …, Sealed: …})
//		return err
//	})
//
// The package trusts its process and the keys it is given. It does not trust
// the database: whatever is read back is checked against the leaf that the log
// holds, and [Record.Rebuild] and [Record.Verify] prove the rest.
package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/ledger"
)

// A Module is one noun's share of the record: its tables and its kinds.
type Module struct {
	Name   string
	Schema string   // CREATE TABLE and CREATE INDEX for the projections
	Tables []string // every table of Schema
	Kinds  []Kind
	// State holds CREATE … IF NOT EXISTS for working state that is not history
	// and that a rebuild leaves alone: sessions, cursors, nonces.
	State string
}

// A Kind is one kind of entry.
type Kind struct {
	Name string // "warning.issued"
	// Protected says that the sealed part is testimony or identity: reading it
	// appends an entry with the reader's purpose first.
	Protected bool
	// Apply writes what the entry means into the module's tables. It reads only
	// the header and the open part, and it depends on nothing else: no clock, no
	// other entry but through the tables. Exec in it returns no count.
	Apply func(tx *db.Tx, e Entry) error
}

// By says who gives a command, why, and when if not now.
type By struct {
	Person  string
	Purpose string
	At      time.Time
}

// Options are what a record needs to know of its node.
type Options struct {
	Exercise  bool      // every entry of this node is part of an exercise
	FoundedAt time.Time // when the first entry says the node began; zero is now
	// Clock, if not nil, is the time of commands that name none: that of an
	// exercise. It must not run behind the real clock, which still tells what
	// has expired where nothing is recorded.
	Clock func() time.Time
}

// A Record is an open record. It is safe for concurrent use.
type Record struct {
	db      *db.DB
	keys    *keys.Keys
	modules []Module
	kinds   map[string]Kind
	queue   chan *command
	seat    sync.Mutex      // held by who runs a group
	last    atomic.Int64    // how many commands the sequencer's last group had
	log     ledger.Extender // by who has the seat
	// unfinished holds entries to be sealed and signed beside the transaction.
	unfinished chan *pending
	onWay      atomic.Int64 // groups that are committed and not yet told
	stop       chan struct{}
	stopped    chan struct{}
	cache      keyCache
	founded    Founding
	clock      func() time.Time
	closing    sync.Once
}

// Founding is the open part of the first entry of every log. It binds the key
// that signs entries to the log.
type Founding struct {
	EntryKey string `json:"entry_key"`
	LogKey   string `json:"log_key"`
	Exercise bool   `json:"exercise,omitempty"`
}

// Open opens the record kept in d, makes its tables, and starts its sequencer.
// A module whose tables changed since they were made is read anew from the
// entries.
func Open(ctx context.Context, d *db.DB, k *keys.Keys, o Options, modules ...Module) (*Record, error) {
	if o.Clock == nil {
		o.Clock = db.Now
	}
	r := &Record{db: d, keys: k, clock: o.Clock, log: ledger.Extender{Origin: k.Origin(), Signer: k.Log()}, founded: Founding{Exercise: o.Exercise}, modules: append([]Module{own()}, modules...), kinds: map[string]Kind{},
		queue: make(chan *command, 1024), unfinished: make(chan *pending, 1024), stop: make(chan struct{}), stopped: make(chan struct{})}
	for _, m := range r.modules {
		for _, kind := range m.Kinds {
			if _, twice := r.kinds[kind.Name]; twice || !kindForm.MatchString(kind.Name) || kind.Apply == nil {
				return nil, fmt.Errorf("record: module %s: kind %q is named twice, has no apply, or no name for a kind", m.Name, kind.Name)
			}
			r.kinds[kind.Name] = kind
		}
	}
	if err := r.migrate(ctx); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	r.help()
	go r.sequence()
	if err := r.found(ctx, o); err != nil {
		r.Close()
		return nil, fmt.Errorf("record: %w", err)
	}
	return r, nil
}

// Close waits for the commands that were queued and ends the sequencer. It
// leaves the database open.
func (r *Record) Close() {
	r.closing.Do(func() { close(r.stop) })
	<-r.stopped
}

// Founding returns what the first entry says.
func (r *Record) Founding() Founding { return r.founded }

// Origin is the name of the log.
func (r *Record) Origin() string { return r.keys.Origin() }

// Keys returns the node's keys.
func (r *Record) Keys() *keys.Keys { return r.keys }

// DB returns the database, for working state that is not history.
func (r *Record) DB() *db.DB { return r.db }

// found appends the first entry of a new log, or reads that of an old one.
func (r *Record) found(ctx context.Context, o Options) error {
	err := r.Do(ctx, By{At: o.FoundedAt}, func(tx *Tx) error {
		if tx.g.head.Size > 0 || len(tx.g.pending) > 0 {
			e, err := tx.Entry(0)
			if err != nil {
				return err
			}
			r.founded = Founding{} // what the log says counts, not what was asked for
			return e.Decode(&r.founded)
		}
		r.founded = Founding{EntryKey: r.keys.EntryVerifier(), LogKey: r.keys.LogVerifier(), Exercise: o.Exercise}
		_, err := tx.Append(Draft{Kind: "node.founded", Subjects: []string{"node"}, Open: r.founded})
		return err
	})
	if err != nil && !o.FoundedAt.IsZero() && fault.KindOf(err) == fault.KindInvalid { // founded long ago
		return r.found(ctx, Options{Exercise: o.Exercise})
	}
	return err
}

// migrate makes the tables that are not there, and reads the entries anew
// where a module's projections are not of the shape it wants.
func (r *Record) migrate(ctx context.Context) error {
	return r.db.Update(ctx, func(tx *db.Tx) error {
		if err := tx.Alone(); err != nil {
			return err
		}
		if err := makeBase(tx); err != nil {
			return err
		}
		var stale []Module
		for _, m := range r.modules {
			if m.State != "" {
				if err := tx.Script(m.State); err != nil {
					return fmt.Errorf("state of %s: %w", m.Name, err)
				}
			}
			sum := sha256.Sum256([]byte(m.Schema))
			was, err := moduleSchema(tx, m.Name)
			if err != nil {
				return err
			}
			if now := hex.EncodeToString(sum[:]); was != now {
				stale = append(stale, m)
				if err := setModuleSchema(tx, m.Name, now); err != nil {
					return err
				}
			}
		}
		if len(stale) == 0 {
			return nil
		}
		return r.reread(tx)
	})
}

// reread drops every projection and replays all entries.
func (r *Record) reread(tx *db.Tx) error {
	for _, m := range slices.Backward(r.modules) {
		for _, t := range slices.Backward(m.Tables) {
			if err := dropTable(tx, t); err != nil {
				return err
			}
		}
	}
	if err := r.makeTables(tx); err != nil {
		return err
	}
	head, err := readHead(tx)
	if err != nil {
		return err
	}
	const step = 4096
	ids := counters{}
	for from := int64(0); from < head.Size; from += step {
		batch, err := r.readEntries(tx, from, min(from+step, head.Size))
		if err != nil {
			return err
		}
		if err := r.applyAll(tx, batch, ids); err != nil {
			return err
		}
	}
	return setCounters(tx, ids)
}

// applyAll runs entries into the tables, in order, and counts their ids.
func (r *Record) applyAll(tx *db.Tx, all []Entry, ids counters) error {
	for _, e := range all {
		if err := r.apply(tx, e, ids); err != nil {
			return err
		}
	}
	return nil
}

func (r *Record) makeTables(tx *db.Tx) error {
	for _, m := range r.modules {
		if strings.TrimSpace(m.Schema) == "" {
			continue
		}
		if err := tx.Script(m.Schema); err != nil {
			return fmt.Errorf("tables of %s: %w", m.Name, err)
		}
	}
	return nil
}

// apply runs an entry into the tables: the record's own and its module's. The
// caller stores the ids that it counts.
func (r *Record) apply(tx *db.Tx, e Entry, ids counters) error {
	kind, ok := r.kinds[e.Kind]
	if !ok {
		return fmt.Errorf("entry %d is of kind %q, which this program does not know: it was written by a newer one", e.Index, e.Kind)
	}
	err := tx.Lazily(func() error {
		ids.count(e)
		if r.db.Postgres() {
			if err := applySubjects(tx, e, "entry_subject"); err != nil {
				return err
			}
			return kind.Apply(tx, e)
		}
		if err := applySubjects(tx, e, "entry_subject_new"); err != nil {
			return err
		}
		if err := applyMerge(tx, e); err != nil {
			return err
		}
		return kind.Apply(tx, e)
	})
	if err != nil {
		return fmt.Errorf("apply entry %d (%s): %w", e.Index, e.Kind, err)
	}
	return nil
}

// None is the Apply of a kind that no table shows: its history is enough.
func None(*db.Tx, Entry) error { return nil }
