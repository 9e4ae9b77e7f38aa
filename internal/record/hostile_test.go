package record_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// TestSwappedRowsAreNoticed puts a whole row, header and all, in the place of
// another: who has no key can change neither a header nor its place unseen.
func TestSwappedRowsAreNoticed(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		for range 2 {
			if err := n.do(func(tx *record.Tx) error { _, err := makeNote(tx, 1, "x"); return err }); err != nil {
				t.Fatal(err)
			}
		}
		n.tamper(`UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 2), open = (SELECT open FROM entry WHERE idx = 2),
			open_salt = (SELECT open_salt FROM entry WHERE idx = 2), sealed = (SELECT sealed FROM entry WHERE idx = 2),
			sealed_salt = (SELECT sealed_salt FROM entry WHERE idx = 2) WHERE idx = 1`)
		n.View(t.Context(), func(v *record.View) error {
			var w words
			if _, err := v.Entry(1); fault.KindOf(err) != fault.KindStale {
				t.Errorf("entry 1 reads as another: %v", err)
			}
			if err := v.Unseal(1, &w); err == nil {
				t.Errorf("its words read as %q", w.Text)
			}
			return nil
		})
	})
}

// TestAFailedWriteOfStateIsUndone: a command that wrote without appending, and
// then failed, leaves nothing.
func TestAFailedWriteOfStateIsUndone(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		err := n.do(func(tx *record.Tx) error {
			if _, err := tx.Exec(`INSERT INTO note (id, level, said) VALUES ('N-7', 1, 1)`); err != nil {
				return err
			}
			return fault.Denied("no")
		})
		if fault.KindOf(err) != fault.KindDenied {
			t.Fatal(err)
		}
		n.sound(1)
	})
}

// TestAFullDiskLosesTheGroupAndNothingElse: SQLite gives up the whole
// transaction, so the whole group fails, and the record is as it was.
func TestAFullDiskLosesTheGroupAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		if n.db.Postgres() { // keeps its disk to itself
			return
		}
		n.limit(6)
		hold, held := make(chan struct{}), make(chan struct{})
		var once sync.Once
		go n.do(func(*record.Tx) error { once.Do(func() { close(held) }); <-hold; return nil })
		<-held
		small := func(tx *record.Tx) error { _, err := makeNote(tx, 2, "small"); return err }
		big := func(tx *record.Tx) error {
			if _, err := makeNote(tx, 3, "big"); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO note (id, level, said) VALUES (?, 1, 1)`, strings.Repeat("z", 300_000))
			return err
		}
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i, f := range []func(*record.Tx) error{small, big, small, small} {
			wg.Go(func() { errs[i] = n.do(f) })
			time.Sleep(20 * time.Millisecond)
		}
		close(hold)
		wg.Wait()
		n.limit(1_000_000)
		ok := int64(0)
		for _, err := range errs {
			if err == nil {
				ok++
			}
		}
		n.sound(1 + ok)
		if err := n.do(small); err != nil {
			t.Errorf("with room again: %v", err)
		}
	})
}

// limit lets the database grow by so many pages.
func (n *node) limit(pages int64) {
	n.t.Helper()
	if err := n.db.Update(n.t.Context(), func(tx *db.Tx) error {
		have, err := db.One(tx, db.Int, "PRAGMA page_count")
		if err != nil {
			return err
		}
		_, err = db.One(tx, db.Int, fmt.Sprint("PRAGMA max_page_count=", have+pages))
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
}

// TestNestedViewsFailAtOnce: a view inside a view would wait for a session that
// the outer one holds.
func TestNestedViewsFailAtOnce(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		err := n.View(t.Context(), func(v *record.View) error {
			return n.View(v.Context(), func(*record.View) error { return nil })
		})
		if err == nil || !strings.Contains(err.Error(), "inside another") {
			t.Errorf("got %v", err)
		}
	})
}
