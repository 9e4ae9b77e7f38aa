package record

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"sync"
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
	if err, done := r.alone(&command{ctx: ctx, by: by, f: f}); done {
		return err
	}
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

// alone runs a command here and now if nobody else is about: to hand it to the
// sequencer and to be woken by it takes a lone writer longer than much of what
// is done in between. Where the last group had several commands there will be
// several again, and they are better off with one commit.
func (r *Record) alone(c *command) (err error, done bool) {
	if r.last.Load() > 1 || len(r.queue) > 0 || !r.seat.TryLock() {
		return nil, false
	}
	g := &group{commands: []*command{c}}
	func() {
		defer r.seat.Unlock() // also when the command ends its goroutine
		select {
		case <-r.stop:
		default:
			done = true
			r.commit(g)
		}
	}()
	if !done {
		return nil, false
	}
	g.settle()
	return c.err, true
}

// sequence takes commands from the queue, as many at a time as are waiting. While
// one group reaches the disk the next is run.
func (r *Record) sequence() {
	committed := make(chan *group, 1)
	var telling sync.WaitGroup
	telling.Go(func() {
		for g := range committed {
			g.tell()
			r.onWay.Add(-1)
		}
	})
	defer close(r.stopped)
	defer telling.Wait()
	defer close(committed)
	defer func() {
		r.seat.Lock() // nobody appends any more
		close(r.unfinished)
		r.seat.Unlock()
	}()
	for {
		var first *command
		select {
		case first = <-r.queue:
		case <-r.stop:
			select {
			case first = <-r.queue:
			default:
				return
			}
		}
		r.seat.Lock()
		g := &group{commands: r.gather(first, int(r.last.Load()))}
		r.commit(g)
		r.last.Store(int64(len(g.commands)))
		r.seat.Unlock()
		if len(g.commands) == 1 && r.onWay.Load() == 0 {
			g.tell() // nobody else is here to be served meanwhile
			continue
		}
		r.onWay.Add(1)
		committed <- g
	}
}

// group is the commands that share a commit.
type group struct {
	commands []*command
	last     func() error // waits until it is durable; nil if it failed
}

// settle waits until a group is durable.
func (g *group) settle() {
	if g.last != nil {
		if err := g.last(); err != nil {
			g.fail(err)
		}
	}
}

// tell waits until a group is durable, and tells those who wait for it.
func (g *group) tell() {
	g.settle()
	for _, c := range g.commands {
		close(c.done)
	}
}

func (g *group) fail(err error) {
	for _, c := range g.commands {
		c.err = fmt.Errorf("commit: %w", err)
	}
}

// gather takes what is waiting. Those whom the last group woke are given a turn
// to come in first: one commit for all of them is cheaper than two.
func (r *Record) gather(first *command, last int) []*command {
	for turn := 0; turn < 100 && len(r.queue) < last-1; turn++ {
		runtime.Gosched()
	}
	group := []*command{first}
	for len(group) < maxGroup {
		select {
		case c := <-r.queue:
			group = append(group, c)
		default:
			return group
		}
	}
	return group
}

// errUndo says that a command failed after it wrote, in a group that runs
// without savepoints.
var errUndo = errors.New("run the group again with savepoints")

// commit runs a group. Savepoints cost a round trip each, and a command that
// fails after it wrote is rare: so the group first runs without.
func (r *Record) commit(g *group) {
	var err error
	g.last, err = r.run(g.commands, false)
	if errors.Is(err, errUndo) {
		g.last, err = r.run(g.commands, true)
	}
	if err != nil {
		g.last = nil
		g.fail(err)
	}
}

func (r *Record) run(group []*command, savepoints bool) (last func() error, err error) {
	var g *growth
	last, err = r.db.UpdateAhead(context.Background(), func(tx *db.Tx) error {
		var err error
		if g, err = r.grow(tx); err != nil {
			return err
		}
		g.alone = len(group) == 1
		if savepoints {
			return g.all(group, true)
		}
		// Statements go ahead of their results, which saves PostgreSQL a round trip
		// for each entry. Where one fails, savepoints show whose it was.
		if err := tx.Lazily(func() error { return g.all(group, false) }); err != nil && !db.Lost(err) {
			return errUndo
		} else if err != nil {
			return err
		}
		return nil
	})
	if err == nil {
		r.cache.wrote(g.fresh, g.forget)
	}
	return last, err
}

// all runs the commands of a group and adds what they appended to the log.
func (g *growth) all(group []*command, savepoints bool) error {
	for _, c := range group {
		if c.err = c.ctx.Err(); c.err != nil {
			continue
		}
		if err := g.one(c, savepoints); err != nil {
			return err
		}
	}
	return g.finish()
}

// growth is the log growing by one group, in one transaction.
type growth struct {
	r       *Record
	tx      *db.Tx
	head    head
	last    time.Time // of the latest entry
	alone   bool      // there is one command
	pending []*pending
	ids     counters                // with those of this group
	fresh   map[string]keys.DataKey // read or made in this group
	order   []string                // the subjects of fresh, as they came
	forget  bool                    // a data key was destroyed in this group
}

// grow locks the head of the log until the transaction ends. That lock is what
// keeps several processes over one database from forking the log.
func (r *Record) grow(tx *db.Tx) (*growth, error) {
	h, err := lockHead(tx)
	if err != nil {
		return nil, err
	}
	r.cache.since(h.Erasures)
	return &growth{r: r, tx: tx, head: h, last: h.At, ids: maps.Clone(h.ids), fresh: map[string]keys.DataKey{}}, nil
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
		g.ids = maps.Clone(g.head.ids)
		for _, p := range g.pending {
			g.ids.count(p.e)
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
	hashes := make([]ledger.Hash, len(g.pending))
	err := g.tx.Lazily(func() error {
		for i, p := range g.pending { // those that are ready go in while others are still signed
			if err := p.wait(g.pending[i+1:]); err != nil {
				return fmt.Errorf("sign entry %d: %w", p.e.Index, err)
			}
			hashes[i] = p.hash
			if err := insertEntry(g.tx, p); err != nil {
				return err
			}
		}
		batch, err := g.r.log.Extend(g.head.Head, hashes)
		if err != nil {
			return err
		}
		return extendLog(g.tx, batch, g.last, g.ids)
	})
	if err != nil {
		return fmt.Errorf("extend the log: %w", err)
	}
	return nil
}
