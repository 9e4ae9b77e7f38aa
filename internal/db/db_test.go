package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/testkit"
)

const schema = `
CREATE TABLE duty (id TEXT PRIMARY KEY, owner TEXT NOT NULL, due_at BIGINT NOT NULL, seal BYTEA NOT NULL, weight DOUBLE PRECISION NOT NULL, version BIGINT NOT NULL);
CREATE INDEX duty_due ON duty (due_at);
CREATE TABLE tick (n BIGINT PRIMARY KEY, note TEXT NOT NULL);
`

// each runs f on an empty database of each kind.
func each(t *testing.T, f func(*testing.T, *db.DB)) {
	testkit.Databases(t, func(t *testing.T, url string) {
		s := db.Source{Path: filepath.Join(t.TempDir(), "heed.db"), Key: bytes.Repeat([]byte{7}, 32), URL: url}
		d, err := db.Open(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return tx.Script(schema) }); err != nil {
			t.Fatal(err)
		}
		f(t, d)
	})
}

type duty struct {
	id, owner string
	due       time.Time
	seal      []byte
	weight    float64
	version   int64
}

func scanDuty(s db.Scanner) (d duty, err error) {
	err = s.Scan(&d.id, &d.owner, &d.due, &d.seal, &d.weight, &d.version)
	return d, err
}

const selectDuty = `SELECT id, owner, due_at, seal, weight, version FROM duty WHERE id = ?`

func insert(d *db.DB, id string) error {
	return d.Update(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO duty (id, owner, due_at, seal, weight, version) VALUES (?, ?, ?, ?, ?, ?)`,
			id, "board", tx.Now.UnixMicro(), []byte{0, 1, 255}, 0.25, 1)
		return err
	})
}

func TestRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if err := insert(d, "a"); err != nil {
			t.Fatal(err)
		}
		if err := insert(d, "a"); fault.KindOf(err) != fault.KindExists {
			t.Errorf("second insert: got %v, want a fault of kind exists", err)
		}
		err := d.View(t.Context(), func(tx *db.Tx) error {
			got, err := db.One(tx, scanDuty, selectDuty, "a")
			if err != nil {
				return err
			}
			if got.owner != "board" || !bytes.Equal(got.seal, []byte{0, 1, 255}) || got.weight != 0.25 || got.version != 1 || time.Since(got.due).Abs() > time.Minute {
				t.Errorf("got %+v", got)
			}
			for id, want := range map[string]string{"a": "board", "b": ""} {
				if got, err := db.Maybe(tx, scanDuty, selectDuty, id); err != nil || got.owner != want {
					t.Errorf("maybe %s: got %+v, %v", id, got, err)
				}
			}
			_, err = db.One(tx, scanDuty, selectDuty, "b")
			return err
		})
		if fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("missing row: got %v", err)
		}
	})
}

func TestUpdateLeavesNothingOfAFailure(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(`INSERT INTO tick (n, note) VALUES (?, 'x')`, true); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) || count(t, d, "tick") != 0 {
			t.Errorf("err %v, %d rows", err, count(t, d, "tick"))
		}
	})
}

func TestSavepointUndoesOnlyItsOwn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			put := func(n int64) error {
				_, err := tx.Exec(`INSERT INTO tick (n, note) VALUES (?, 'x')`, n)
				return err
			}
			if err := tx.Savepoint(func() error { return put(1) }); err != nil {
				return err
			}
			for _, lazy := range []bool{false, true} {
				err := tx.Savepoint(func() error {
					work := func() error { return errors.Join(put(2), put(1)) } // 1 is there already
					if lazy {
						return tx.Lazily(work)
					}
					return work()
				})
				if fault.KindOf(err) != fault.KindExists {
					return fmt.Errorf("lazy %v: got %v, want exists", lazy, err)
				}
			}
			return put(3)
		})
		if err != nil || count(t, d, "tick") != 2 {
			t.Errorf("err %v, %d rows, want 2", err, count(t, d, "tick"))
		}
	})
}

func TestViewIsASnapshotAndCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		err := d.View(t.Context(), func(tx *db.Tx) error {
			if n, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM tick`); err != nil || n != 0 {
				return fmt.Errorf("%d, %w", n, err)
			}
			if err := d.Update(t.Context(), func(w *db.Tx) error {
				_, err := w.Exec(`INSERT INTO tick (n, note) VALUES (9, '')`)
				return err
			}); err != nil {
				return err
			}
			if n, err := db.One(tx, db.Int, `SELECT COUNT(*) FROM tick`); err != nil || n != 0 {
				t.Errorf("the view saw a later write: %d, %v", n, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.View(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM tick`)
			return err
		})
		if err == nil {
			t.Error("a view wrote")
		}
	})
}

// TestLockKeepsTheCountRight adds from many goroutines: only the lock on the
// row keeps the count right on PostgreSQL.
func TestLockKeepsTheCountRight(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if err := insert(d, "n"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 25 {
					if err := d.Update(t.Context(), func(tx *db.Tx) error {
						got, err := db.Lock(tx, scanDuty, selectDuty, "n")
						if err != nil {
							return err
						}
						_, err = tx.Exec(`UPDATE duty SET version = ? WHERE id = ?`, got.version+1, "n")
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		d.View(t.Context(), func(tx *db.Tx) error {
			if got, err := db.One(tx, scanDuty, selectDuty, "n"); err != nil || got.version != 101 {
				t.Errorf("version %d, %v, want 101", got.version, err)
			}
			return nil
		})
	})
}

// TestDigestSeesEveryByte changes one value at a time.
func TestDigestSeesEveryByte(t *testing.T) {
	sums := map[string]string{}
	each(t, func(t *testing.T, d *db.DB) {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			for i, id := range []string{"é", "a", "Z"} {
				if _, err := tx.Exec(`INSERT INTO duty (id, owner, due_at, seal, weight, version) VALUES (?, '', ?, ?, ?, 0)`, id, i, []byte(nil), 1.5); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		digest := func(what string) string {
			var sum string
			if err := d.View(t.Context(), func(tx *db.Tx) (err error) { sum, _, err = db.Digest(tx, "duty"); return err }); err != nil {
				t.Fatal(err)
			}
			if seen[sum] {
				t.Errorf("%s did not change the digest", what)
			}
			seen[sum] = true
			return sum
		}
		sums[fmt.Sprint(d.Postgres())] = digest("nothing")
		for _, change := range []string{"owner = 'x'", "due_at = 77", "weight = 1.25", "version = 1", "id = 'b'"} {
			if err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE duty SET ` + change + ` WHERE id = 'a'`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			digest(change)
		}
	})
	if len(sums) == 2 && sums["true"] != sums["false"] {
		t.Error("SQLite and PostgreSQL give different digests for the same rows")
	}
}

func TestScratchIsEmptyAndGoes(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s, drop, err := d.Scratch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Update(t.Context(), func(tx *db.Tx) error { return tx.Script(schema) }); err != nil {
			t.Fatal(err)
		}
		if err := insert(s, "only here"); err != nil {
			t.Fatal(err)
		}
		if count(t, d, "duty") != 0 {
			t.Error("the scratch database wrote into the real one")
		}
		if err := drop(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestFilesHoldNoPlaintext looks for what was written in every file of a
// stopped database.
func TestFilesHoldNoPlaintext(t *testing.T) {
	dir := t.TempDir()
	s := db.Source{Path: filepath.Join(dir, "a?b#c%.db"), Key: bytes.Repeat([]byte{9}, 32)}
	d, err := db.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	const canary = "the canary sings in the mine"
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		if err := tx.Script(schema); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO tick (n, note) VALUES (1, ?)`, canary)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	search := func(when string) {
		files, _ := os.ReadDir(dir)
		if len(files) == 0 {
			t.Fatal("no file")
		}
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte(canary)) || bytes.Contains(b, []byte("CREATE TABLE")) || bytes.Contains(b, []byte("SQLite format 3")) {
				t.Errorf("%s: %s can be read", when, f.Name())
			}
		}
	}
	search("running")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	search("stopped")
	s.Key = bytes.Repeat([]byte{8}, 32)
	if _, err := db.Open(t.Context(), s); err == nil {
		t.Error("opened with another key")
	}
}

func count(t *testing.T, d *db.DB, table string) (n int64) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) { n, err = db.One(tx, db.Int, `SELECT COUNT(*) FROM `+table); return err }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestManyRowsAtOnce: rows that are held back and sent together, however many,
// are there as they were given, before what comes after them looks.
func TestManyRowsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const many = 6000 // more than are held back
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			return tx.Lazily(func() error {
				for i := range many {
					if _, err := tx.Exec(`INSERT INTO duty (id, owner, due_at, seal, weight, version) VALUES (?, ?, ?, ?, ?, ?)`,
						fmt.Sprint("D-", i), "tab\tline\n\\N", int64(i), []byte{0, '\n', 255, byte(i)}, float64(i)/8, i%2 == 0); err != nil {
						return err
					}
					if i%3 == 0 {
						if _, err := tx.Exec(`INSERT INTO tick (n, note) VALUES (?, ?)`, i, "x"); err != nil {
							return err
						}
					}
					if i%1500 == 1499 {
						if _, err := tx.Exec(`UPDATE duty SET owner = ? WHERE due_at <= ?`, "board", i); err != nil {
							return err
						}
						if _, err := tx.Exec(`INSERT INTO duty (id, owner, due_at, seal, weight, version) VALUES (?, ?, ?, ?, ?, ?)`, fmt.Sprint("X-", i), "late", int64(-1), []byte(nil), 0.5, 7); err != nil {
							return err
						}
					}
				}
				return nil
			})
		})
		if err != nil || count(t, d, "duty") != many+4 || count(t, d, "tick") != many/3 {
			t.Fatal(err, count(t, d, "duty"), count(t, d, "tick"))
		}
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			for i := range int64(many) {
				x, err := db.One(tx, scanDuty, selectDuty, fmt.Sprint("D-", i))
				if err != nil || x.owner != "board" || x.due.UnixMicro() != i || !bytes.Equal(x.seal, []byte{0, '\n', 255, byte(i)}) || x.weight != float64(i)/8 || x.version != 1-i%2 {
					return fmt.Errorf("%d: %+v %v", i, x, err)
				}
			}
			x, err := db.One(tx, scanDuty, selectDuty, "X-1499")
			if err != nil || x.owner != "board" || len(x.seal) != 0 {
				return fmt.Errorf("%+v %v", x, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		err = d.Update(t.Context(), func(tx *db.Tx) error {
			return tx.Lazily(func() error {
				for i := range 1000 {
					if _, err := tx.Exec(`INSERT INTO tick (n, note) VALUES (?, ?)`, many+i%999, "twice"); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err == nil || count(t, d, "tick") != many/3 {
			t.Errorf("the same key twice: %v, %d rows", err, count(t, d, "tick"))
		}
	})
}
