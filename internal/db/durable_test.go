package db

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// held is a database whose syncs wait until they are let go.
func held(t *testing.T) (d *DB, release chan error) {
	d, err := Open(t.Context(), Source{Path: filepath.Join(t.TempDir(), "heed.db"), Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Update(t.Context(), func(tx *Tx) error { return tx.Script("CREATE TABLE x (n BIGINT PRIMARY KEY)") }); err != nil {
		t.Fatal(err)
	}
	for range readers { // a session's first look is synced in any case
		if err := d.View(t.Context(), func(*Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	release = make(chan error)
	l := d.engine.(*lite)
	sync := l.durable.sync
	l.durable.sync = func() error {
		if err := <-release; err != nil {
			return err
		}
		return sync()
	}
	t.Cleanup(func() { close(release); d.Close() })
	return d, release
}

func add(d *DB, n int) func(*Tx) error {
	return func(tx *Tx) error { _, err := tx.Exec("INSERT INTO x (n) VALUES (?)", n); return err }
}

// TestNobodySeesWhatMayBeLost: the next writer goes on from a commit that is not
// on the disk yet, but no reader is let in to it, and its own caller waits.
func TestNobodySeesWhatMayBeLost(t *testing.T) {
	d, release := held(t)
	var waits [2]func() error
	for i := range waits {
		var err error
		if waits[i], err = d.UpdateAhead(t.Context(), add(d, i)); err != nil {
			t.Fatal(err)
		}
	}
	told, seen := make(chan error, 1), make(chan int64, 1)
	go func() { told <- waits[1]() }()
	go func() {
		d.View(t.Context(), func(tx *Tx) error {
			n, err := One(tx, Int, "SELECT count(*) FROM x")
			seen <- n
			return err
		})
	}()
	select {
	case <-told:
		t.Fatal("a commit is said to last before it was synced")
	case n := <-seen:
		t.Fatalf("a reader was shown %d rows that were not synced", n)
	case <-time.After(50 * time.Millisecond):
	}
	release <- nil
	if err := <-told; err != nil {
		t.Error(err)
	}
	if n := <-seen; n != 2 {
		t.Errorf("the reader saw %d rows, want 2", n)
	}
	if err := waits[0](); err != nil { // the same sync kept both
		t.Error(err)
	}
}

// TestAfterAFailedSyncNothingIsSaidToLast: what the disk holds is unknown until
// the database is opened again.
func TestAfterAFailedSyncNothingIsSaidToLast(t *testing.T) {
	d, release := held(t)
	broken := errors.New("input/output error")
	last, err := d.UpdateAhead(t.Context(), add(d, 1))
	if err != nil {
		t.Fatal(err)
	}
	go func() { release <- broken }()
	if err := last(); !errors.Is(err, broken) {
		t.Errorf("the failed sync was reported as %v", err)
	}
	if err := d.Update(t.Context(), add(d, 2)); !errors.Is(err, broken) {
		t.Errorf("the next update: %v", err)
	}
	if err := d.View(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("the next view: %v", err)
	}
}

// TestAnotherProcessIsNotTrusted: what a session of another process has committed
// is synced before a reader of this one is let in to it.
func TestAnotherProcessIsNotTrusted(t *testing.T) {
	d, release := held(t)
	other, err := Open(t.Context(), d.source)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Update(t.Context(), add(other, 1)); err != nil {
		t.Fatal(err)
	}
	seen := make(chan error, 1)
	go func() { seen <- d.View(t.Context(), func(*Tx) error { return nil }) }()
	select {
	case <-seen:
		t.Fatal("a reader was let in without a sync")
	case release <- nil:
	}
	if err := <-seen; err != nil {
		t.Error(err)
	}
}

// TestTheLogBeginsAgain writes more than the log may hold: it is emptied beside
// the writer, again and again, and nothing is lost.
func TestTheLogBeginsAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	d, err := Open(t.Context(), Source{Path: path, Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	l := d.engine.(*lite)
	l.log.next = 200
	if err := d.Update(t.Context(), func(tx *Tx) error {
		return tx.Script("CREATE TABLE x (n BIGINT PRIMARY KEY, b BYTEA NOT NULL)")
	}); err != nil {
		t.Fatal(err)
	}
	began, before := 0, 0
	for n := range 400 {
		if err := d.Update(t.Context(), func(tx *Tx) error {
			_, err := tx.Exec("INSERT INTO x (n, b) VALUES (?, ?)", n, make([]byte, 9000))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		l.log.work.Wait()
		l.writing.Lock()
		l.log.next = 200
		if l.log.frames < before {
			began++
		}
		before = l.log.frames
		l.writing.Unlock()
	}
	if began < 3 || before > 1000 {
		t.Errorf("the log began %d times anew and has %d frames", began, before)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d, err = Open(t.Context(), Source{Path: path, Key: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.View(t.Context(), func(tx *Tx) error {
		if n, err := One(tx, Int, "SELECT count(*) FROM x"); n != 400 || err != nil {
			t.Errorf("%d rows, want 400: %v", n, err)
		}
		return nil
	})
}
