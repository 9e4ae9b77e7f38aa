package record

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/ledger"
)

// command is one call of Do on its way through the sequencer.
type command struct {
	ctx  context.Context
	by   By
	f    func(*Tx) error
	err  error
	done chan struct{}
}

// maxGroup bounds how many commands share a commit.
const maxGroup = 512

// Do runs a command: f looks at the tables and appends entries, and what it
// appended is durable when Do returns nil. If f fails, nothing of it remains.
// f may run more than once, so it must have no effect outside tx, and it must
// be quick, because everyone waits for it. An entry's time is never before the
// previous entry's: an explicit By.At in the past is refused, and a clock that
// is behind is recorded as such.
func (r *Record) Do(ctx context.Context, by By, f func(*Tx) error) error {
	c := &command{ctx: ctx, by: by, f: f, done: make(chan struct{})}
	select {
	case r.queue <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-r.stop:
		return errors.New("the node is stopping")
	}
	select {
	case <-c.done: // a command that has begun is waited for: its outcome must be known
		return c.err
	case <-r.stopped:
		select {
		case <-c.done:
			return c.err
		default:
			return errors.New("the node is stopping")
		}
	}
}

// sequence takes commands from the queue, as many at a time as are waiting.
func (r *Record) sequence() {
	defer close(r.stopped)
	for {
		var group []*command
		select {
		case c := <-r.queue:
			group = append(group, c)
		case <-r.stop:
			select {
			case c := <-r.queue:
				group = append(group, c)
			default:
				return
			}
		}
	drain:
		for len(group) < maxGroup {
			select {
			case c := <-r.queue:
				group = append(group, c)
			default:
				break drain
			}
		}
		r.commit(group)
		for _, c := range group {
			close(c.done)
		}
	}
}

// errUndo says that a command failed after it wrote, in a group that runs
// without savepoints.
var errUndo = errors.New("run the group again with savepoints")

// commit runs a group. Savepoints cost a round trip each, and a command that
// fails after it wrote is rare: so the group first runs without.
func (r *Record) commit(group []*command) {
	err := r.run(group, false)
	if errors.Is(err, errUndo) {
		err = r.run(group, true)
	}
	if err != nil {
		for _, c := range group {
			c.err = fmt.Errorf("commit: %w", err)
		}
	}
}

func (r *Record) run(group []*command, savepoints bool) error {
	var g *growth
	err := r.db.Update(context.Background(), func(tx *db.Tx) error {
		var err error
		if g, err = r.grow(tx); err != nil {
			return err
		}
		for _, c := range group {
			if c.err = c.ctx.Err(); c.err != nil {
				continue
			}
			if err := g.one(c, savepoints); err != nil {
				return err
			}
		}
		if err := g.finish(); err != nil && !savepoints && !db.Lost(err) {
			return errUndo // some command's statement failed: with savepoints it shows whose
		} else if err != nil {
			return err
		}
		return nil
	})
	if err == nil {
		r.cache.wrote(g.fresh, g.forget)
	}
	return err
}

// growth is the log growing by one group, in one transaction.
type growth struct {
	r       *Record
	tx      *db.Tx
	head    head
	last    time.Time // of the latest entry
	pending []*pending
	counters
	fresh  map[string]keys.DataKey // read or made in this group
	order  []string                // the subjects of fresh, as they came
	forget bool                    // a data key was destroyed in this group
}

// pending is an entry that the group will add. Its signature is made beside
// the transaction, on whatever core is free.
type pending struct {
	e                       Entry
	line                    []byte
	openBody, sealedBody    []byte // plain
	openSalt, sealedSalt    []byte
	openStored, sealedStore []byte // encrypted
	signed                  chan error
	leaf                    []byte
}

// grow locks the head of the log until the transaction ends. That lock is what
// keeps several processes over one database from forking the log.
func (r *Record) grow(tx *db.Tx) (*growth, error) {
	h, err := lockHead(tx)
	if err != nil {
		return nil, err
	}
	r.cache.since(h.Erasures)
	return &growth{r: r, tx: tx, head: h, last: h.At, counters: counters{}, fresh: map[string]keys.DataKey{}}, nil
}

// one runs a command. It returns an error only if the whole group must fail.
func (g *growth) one(c *command, savepoints bool) error {
	now, clock, err := g.now(c.by)
	if err != nil {
		c.err = err
		return nil
	}
	before, known, wrote := len(g.pending), len(g.order), g.tx.Writes
	tx := &Tx{View: &View{Tx: g.tx, r: g.r, g: g}, By: c.by, g: g, clock: clock}
	g.tx.Now = now
	work := func() error {
		if err := safely(func() error { return c.f(tx) }); err != nil {
			return err
		}
		return nil
	}
	if savepoints {
		c.err = g.tx.Savepoint(work)
	} else {
		c.err = work()
	}
	if db.Lost(c.err) {
		return c.err
	}
	if c.err != nil {
		g.pending = g.pending[:before]
		for _, subject := range g.order[known:] {
			delete(g.fresh, subject) // a key that was made is undone with the command
		}
		g.order = g.order[:known]
		clear(g.counters)
		for _, p := range g.pending {
			g.count(p.e)
		}
		if !savepoints && (g.tx.Writes > wrote || db.Pipelined(c.err) || fault.KindOf(c.err) == fault.KindOther) {
			return errUndo
		}
		return nil
	}
	if len(g.pending) > before {
		g.last = now
	}
	return nil
}

// now is the time of a command: its own, or the clock's, never before the
// latest entry.
func (g *growth) now(by By) (t time.Time, clock string, err error) {
	if !by.At.IsZero() {
		t = by.At.UTC().Truncate(time.Microsecond)
		if t.Before(g.last) {
			return t, "", fault.WithHint(fault.Invalid("at", "%s is before the latest entry, which is of %s", t.Format(time.RFC3339), g.last.Format(timeForm)),
				"give a later time, or none")
		}
		if off := t.Sub(db.Now()); off.Abs() > time.Minute && !g.r.founded.Exercise {
			clock = "set by hand, the clock said " + db.Now().Format(timeForm)
		}
		return t, clock, nil
	}
	if t = g.r.clock().UTC().Truncate(time.Microsecond); t.Before(g.last) {
		return g.last, fmt.Sprintf("behind by %s", g.last.Sub(t).Round(time.Millisecond)), nil
	}
	return t, "", nil
}

// safely turns a panic of a command into its error: one defect must not stop
// the node.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a command failed: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// finish adds the group's entries to the log under one signed checkpoint.
func (g *growth) finish() error {
	if len(g.pending) == 0 {
		return nil
	}
	leaves := make([][]byte, len(g.pending))
	for i, p := range g.pending {
		if err := <-p.signed; err != nil {
			return fmt.Errorf("sign entry %d: %w", p.e.Index, err)
		}
		leaves[i] = p.leaf
	}
	batch, err := ledger.Extend(g.head.Head, leaves, g.r.keys.Origin(), g.r.keys.Log())
	if err != nil {
		return err
	}
	err = g.tx.Lazily(func() error {
		for i, p := range g.pending {
			if err := insertEntry(g.tx, p, batch.Hashes[i]); err != nil {
				return err
			}
		}
		if err := g.counters.flush(g.tx); err != nil {
			return err
		}
		return extendLog(g.tx, batch, g.last)
	})
	if err != nil {
		return fmt.Errorf("extend the log: %w", err)
	}
	return nil
}
