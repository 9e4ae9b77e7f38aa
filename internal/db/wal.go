package db

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heed-project/heed/internal/db/file"
	"github.com/ncruces/go-sqlite3"
)

// emptier copies the write-ahead log into the database file, in a session of its
// own beside the writer, who would otherwise do it in the midst of a commit.
// Only a log of which nothing is left can begin again, so the last of it is
// copied while the writer waits.
type emptier struct {
	c      *liteConn // nil where nothing is durable
	file   *file.Log // the writer's
	frames int       // in the log after the latest commit
	next   int       // how many make it time to begin
	closed bool      // these three under the writer's lock
	busy   atomic.Bool
	work   sync.WaitGroup
}

// emptyAt is how many frames the log has when it is emptied: 33 MB.
const emptyAt = 8000

// watchLog takes the log out of SQLite's hands as far as when it is synced and
// when it is emptied. Of a fleeting database it is neither.
func (l *lite) watchLog() error {
	l.durable.cond.L = &l.durable.mu
	l.durable.sync = func() error { return nil }
	if l.source.Fleeting {
		return nil
	}
	if err := l.writer.c.Exec("BEGIN IMMEDIATE; COMMIT"); err != nil { // opens the log
		return err
	}
	pointer, err := l.writer.c.FileControl("main", sqlite3.FCNTL_JOURNAL_POINTER)
	if err != nil {
		return err
	}
	log, ok := pointer.(*file.Log)
	if !ok {
		return fmt.Errorf("the database's log is a %T", pointer)
	}
	c, err := l.connect()
	if err != nil {
		return err
	}
	l.log.c, l.log.next = c, emptyAt
	l.writer.c.WALHook(func(_ *sqlite3.Conn, _ string, frames int) error { l.log.frames = frames; return nil })
	log.Ahead(true)
	l.durable.sync, l.log.file = log.Keep, log
	return nil
}

// emptyLog is called by the writer between two transactions.
func (l *lite) emptyLog() {
	e := &l.log
	if e.c == nil || e.closed || e.frames < e.next || !e.busy.CompareAndSwap(false, true) {
		return
	}
	e.work.Go(func() {
		defer e.busy.Store(false)
		for range 2 { // most of it, and what came in meanwhile
			e.c.checkpoint(sqlite3.CHECKPOINT_PASSIVE)
		}
		l.writing.Lock()
		defer l.writing.Unlock()
		left := e.c.checkpoint(sqlite3.CHECKPOINT_PASSIVE)
		e.next = emptyAt
		if left { // a reader needs it, or the disk is full: the next round may find otherwise
			e.next += e.frames
		}
	})
}

// closeLog waits for what is under way, and gives the log back to SQLite, which
// empties it when the last session ends.
func (l *lite) closeLog() error {
	e := &l.log
	l.writing.Lock()
	e.closed = true
	l.writing.Unlock()
	e.work.Wait()
	if e.c == nil {
		return nil
	}
	err := l.durable.wait(l.durable.latest())
	l.writing.Lock()
	e.file.Ahead(false)
	l.writing.Unlock()
	return errors.Join(err, e.c.close())
}

// checkpoint copies what it can of the log, and tells whether some is left.
func (c *liteConn) checkpoint(mode sqlite3.CheckpointMode) bool {
	all, done, err := c.c.WALCheckpoint("main", mode)
	return err != nil || done < all
}

// scrub empties the write-ahead log. It has a session of its own, so that no
// writer waits for it, and gives up soon where a reader is on an old page: the
// next scrub or checkpoint does it.
func (l *lite) scrub(context.Context) error {
	c, err := l.connect()
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.c.BusyTimeout(200 * time.Millisecond); err != nil {
		return err
	}
	_, _, err = c.c.WALCheckpoint("main", sqlite3.CHECKPOINT_TRUNCATE)
	if errors.Is(err, sqlite3.BUSY) {
		return nil
	}
	return err
}
