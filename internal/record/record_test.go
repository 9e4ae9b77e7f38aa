package record_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
)

// note is a small module: notes with a state, one word of which is protected.
type note struct {
	ID    string `json:"id"`
	Level int    `json:"level"`
}

type words struct {
	Text string `json:"text"`
}

func notes() record.Module {
	return record.Module{Name: "note", Tables: []string{"note"},
		Schema: `CREATE TABLE note (id TEXT PRIMARY KEY, level BIGINT NOT NULL, said BIGINT NOT NULL)`,
		Kinds: []record.Kind{
			{Name: "note.made", Apply: applyMade},
			{Name: "note.told", Apply: record.None, Protected: true},
		}}
}

func applyMade(tx *db.Tx, e record.Entry) error {
	var n note
	if err := e.Decode(&n); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO note (id, level, said) VALUES (?, ?, ?)`, n.ID, n.Level, e.Index)
	return err
}

func makeNote(tx *record.Tx, level int, text string) (string, error) {
	id, err := tx.NextID("N")
	if err != nil {
		return "", err
	}
	_, err = tx.Append(record.Draft{Kind: "note.made", Subjects: []string{id}, Open: note{id, level}, Sealed: words{text}})
	return id, err
}

// node is a record on one of the two databases, which can be closed and opened
// again.
type node struct {
	t      *testing.T
	source db.Source
	keys   *keys.Keys
	db     *db.DB
	*record.Record
}

func (n *node) open(modules ...record.Module) {
	n.t.Helper()
	var err error
	if n.db, err = db.Open(n.t.Context(), n.source); err != nil {
		n.t.Fatal(err)
	}
	if n.Record, err = record.Open(n.t.Context(), n.db, n.keys, record.Options{}, modules...); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) close() {
	n.Record.Close()
	n.db.Close()
}

func each(t *testing.T, f func(*testing.T, *node)) {
	testkit.Databases(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		file, err := keys.NewFile(filepath.Join(t.TempDir(), "node.key"))
		if err != nil {
			t.Fatal(err)
		}
		k, err := keys.Create(dir, "heed.example/test", file)
		if err != nil {
			t.Fatal(err)
		}
		n := &node{t: t, keys: k, source: db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database(), URL: url}}
		n.open(notes())
		t.Cleanup(func() { n.close() })
		f(t, n)
	})
}

// sound checks the whole record: the log verifies and the tables are what the
// entries say.
func (n *node) sound(entries int64) {
	n.t.Helper()
	v, err := n.Verify(n.t.Context(), nil)
	if err != nil {
		n.t.Fatal(err)
	}
	r, err := n.Rebuild(n.t.Context(), nil)
	if err != nil {
		n.t.Fatal(err)
	}
	if v.Size != entries || r.Entries != entries || !r.Identical {
		n.t.Fatalf("verified %d, rebuilt %+v, want %d entries and identical tables", v.Size, r, entries)
	}
}

func (n *node) do(f func(*record.Tx) error) error {
	return n.Do(n.t.Context(), record.By{Person: "P-1"}, f)
}

func TestCommandsFromManyWritersAreAllThere(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		const writers, rounds = 16, 20
		var wg sync.WaitGroup
		ids := make(chan string, writers*rounds)
		for w := range writers {
			wg.Go(func() {
				for i := range rounds {
					err := n.do(func(tx *record.Tx) error {
						id, err := makeNote(tx, i%5, fmt.Sprintf("writer %d says %d", w, i))
						if err == nil {
							ids <- id
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		close(ids)
		seen := map[string]bool{}
		for id := range ids {
			if seen[id] {
				t.Errorf("%s was given twice", id)
			}
			seen[id] = true
		}
		n.sound(1 + writers*rounds)
	})
}

// TestAFailureLeavesNothing mixes commands that fail after they wrote with
// ones that succeed, in the same groups.
func TestAFailureLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := n.do(func(tx *record.Tx) error {
					if _, err := makeNote(tx, 1, "x"); err != nil {
						return err
					}
					switch i % 4 {
					case 0:
						return fault.Denied("changed my mind")
					case 1:
						panic("a defect")
					case 2: // a broken rule of a table
						_, err := tx.Append(record.Draft{Kind: "note.made", Subjects: []string{"N-0"}, Open: note{"same", 1}})
						if err != nil {
							return err
						}
						_, err = tx.Append(record.Draft{Kind: "note.made", Subjects: []string{"N-0"}, Open: note{"same", 1}})
						return err
					}
					return nil
				})
				if ok := err == nil; ok != (i%4 == 3) {
					t.Errorf("command %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		n.sound(1 + 15)
		n.close()
		n.open(notes())
		// a data key made by a command that failed must not have sealed a later one's words
		err := n.View(t.Context(), func(v *record.View) error {
			for i := int64(1); i < 16; i++ {
				var w words
				if err := v.Unseal(i, &w); err != nil || w.Text != "x" {
					return fmt.Errorf("entry %d: %q, %w", i, w.Text, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestTimeNeverGoesBack(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		future := time.Now().Add(48 * time.Hour)
		at := func(when time.Time) error {
			return n.Do(t.Context(), record.By{Person: "P-1", At: when}, func(tx *record.Tx) error {
				_, err := makeNote(tx, 1, "x")
				return err
			})
		}
		if err := at(future); err != nil {
			t.Fatal(err)
		}
		if err := at(future.Add(-time.Hour)); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("an explicit time in the past: %v", err)
		}
		if err := at(time.Time{}); err != nil {
			t.Fatal(err)
		}
		n.View(t.Context(), func(v *record.View) error {
			e, err := v.Entry(2)
			if by, err := v.Entry(1); err != nil || !strings.HasPrefix(by.Clock, "set by hand, the clock said 20") {
				t.Errorf("entry 1: clock %q, %v", by.Clock, err)
			}
			if err != nil || !e.Time.Equal(future.UTC().Truncate(time.Microsecond)) || !strings.HasPrefix(e.Clock, "behind by 47h59m") {
				t.Errorf("entry 2 at %v, clock %q, %v", e.Time, e.Clock, err)
			}
			return nil
		})
	})
}

func TestProtectedOpensOnlyAfterItIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		var at int64
		if err := n.do(func(tx *record.Tx) error {
			id, err := makeNote(tx, 1, "open words")
			if err != nil {
				return err
			}
			e, err := tx.Append(record.Draft{Kind: "note.told", Subjects: []string{id}, Marking: "RED", Sealed: words{"testimony"}})
			at = e.Index
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var w words
		n.View(t.Context(), func(v *record.View) error {
			if err := v.Unseal(at, &w); fault.KindOf(err) != fault.KindDenied || w.Text != "" {
				t.Errorf("read without a purpose: %q, %v", w.Text, err)
			}
			return nil
		})
		if _, err := n.OpenProtected(t.Context(), record.By{Person: "P-2"}, at, &w); fault.Field(err) != "purpose" {
			t.Errorf("opened without a purpose: %v", err)
		}
		opened, err := n.OpenProtected(t.Context(), record.By{Person: "P-2", Purpose: "to prepare the interview"}, at, &w)
		if err != nil || w.Text != "testimony" {
			t.Fatalf("%q, %v", w.Text, err)
		}
		n.View(t.Context(), func(v *record.View) error {
			e, err := v.Entry(opened)
			var o record.Opened
			var why record.OpenedFor
			if err != nil || e.Actor != "P-2" || e.Decode(&o) != nil || o.Entry != at || v.Unseal(opened, &why) != nil || why.Purpose != "to prepare the interview" {
				t.Errorf("the reading is recorded as %+v %+v %+v, %v", e, o, why, err)
			}
			h, err := v.History("N-1")
			if err != nil || len(h) != 3 || h[2].Index != opened {
				t.Errorf("history %v, %v", h, err)
			}
			return nil
		})
	})
}

func TestEraseDestroysWordsAndKeepsTheLog(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		for range 3 {
			if err := n.do(func(tx *record.Tx) error { _, err := makeNote(tx, 2, "hers"); return err }); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.Erase(t.Context(), record.By{Person: "P-1"}, "N-2", ""); fault.Field(err) != "authority" {
			t.Errorf("erased without an authority: %v", err)
		}
		if err := n.Erase(t.Context(), record.By{Person: "P-1"}, "N-2", "her request of 3 May"); err != nil {
			t.Fatal(err)
		}
		if err := n.Erase(t.Context(), record.By{Person: "P-1"}, "N-2", "again"); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("erased twice: %v", err)
		}
		check := func() {
			t.Helper()
			n.View(t.Context(), func(v *record.View) error {
				var w words
				if err := v.Unseal(2, &w); fault.KindOf(err) != fault.KindNotFound || w.Text != "" {
					t.Errorf("erased words read as %q, %v", w.Text, err)
				}
				if err := v.Unseal(1, &w); err != nil || w.Text != "hers" {
					t.Errorf("another's words: %q, %v", w.Text, err)
				}
				return nil
			})
		}
		check()
		n.sound(5)
		// new words for the same subject get a new key and can be read after a restart
		if err := n.do(func(tx *record.Tx) error {
			_, err := tx.Append(record.Draft{Kind: "note.made", Subjects: []string{"N-9", "N-2"}, Key: "N-2", Open: note{"N-9", 1}, Sealed: words{"new"}})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		n.close()
		n.open(notes())
		check()
		n.View(t.Context(), func(v *record.View) error {
			var w words
			if err := v.Unseal(5, &w); err != nil || w.Text != "new" {
				t.Errorf("%q, %v", w.Text, err)
			}
			return nil
		})
		n.sound(6)
	})
}

func TestRebuildSeesAChangedTable(t *testing.T) {
	for name, tamper := range map[string]string{
		"changed row": `UPDATE note SET level = 5 WHERE id = 'N-1'`,
		"lost row":    `DELETE FROM note WHERE id = 'N-2'`,
		"extra row":   `INSERT INTO note (id, level, said) VALUES ('N-99', 1, 1)`,
		"last id":     `UPDATE head SET ids = 'N 7'`,
		"index":       `INSERT INTO entry_subject (subject, idx) VALUES ('N-1', 99)`,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, n *node) {
				for range 2 {
					n.do(func(tx *record.Tx) error { _, err := makeNote(tx, 1, "x"); return err })
				}
				n.sound(3)
				n.tamper(tamper)
				r, err := n.Rebuild(t.Context(), nil)
				if err != nil || r.Identical || len(r.Differ) != 1 {
					t.Errorf("%+v, %v", r, err)
				}
			})
		})
	}
}

func TestVerifySeesAChangedEntry(t *testing.T) {
	for name, tamper := range map[string]string{
		"leaf":       `UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 1) WHERE idx = 2`,
		"hash":       `UPDATE entry SET hash = (SELECT hash FROM entry WHERE idx = 1) WHERE idx = 2`,
		"both":       `UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 1), hash = (SELECT hash FROM entry WHERE idx = 1) WHERE idx = 2`,
		"cut tail":   `UPDATE head SET size = 2`,
		"lost entry": `DELETE FROM entry WHERE idx = 1`,
		"erased":     `UPDATE entry SET erased = 1 WHERE idx = 2`,
		"tile":       `UPDATE tile SET hash = (SELECT hash FROM entry WHERE idx = 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, n *node) {
				var wg sync.WaitGroup
				for range 300 {
					wg.Go(func() {
						n.do(func(tx *record.Tx) error { _, err := makeNote(tx, 1, "x"); return err })
					})
				}
				wg.Wait()
				n.sound(301)
				n.tamper(tamper)
				if _, err := n.Verify(t.Context(), nil); err == nil {
					t.Error("it still verifies")
				}
			})
		})
	}
}

// TestSwappedBodiesAreNoticed gives one entry the body of another: the words
// decrypt, for both are the same subject's, but they are not what the log says.
func TestSwappedBodiesAreNoticed(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		if err := n.do(func(tx *record.Tx) error {
			for i := range 2 {
				id := fmt.Sprintf("N-%d", i+1)
				if _, err := tx.Append(record.Draft{Kind: "note.made", Subjects: []string{id, "her"}, Key: "her", Open: note{id, i}, Sealed: words{id}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		n.tamper(`UPDATE entry SET sealed = (SELECT sealed FROM entry WHERE idx = 2), open = (SELECT open FROM entry WHERE idx = 2) WHERE idx = 1`)
		n.View(t.Context(), func(v *record.View) error {
			var w words
			if err := v.Unseal(1, &w); err == nil {
				t.Errorf("read %q as the words of entry 1", w.Text)
			}
			if _, err := v.Entry(1); err == nil {
				t.Error("read another's open part as that of entry 1")
			}
			return nil
		})
	})
}

func (n *node) tamper(sql string) {
	n.t.Helper()
	if err := n.db.Update(n.t.Context(), func(tx *db.Tx) error {
		c, err := tx.Exec(sql)
		if err == nil && c == 0 {
			return errors.New("nothing was tampered with")
		}
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
}

// TestANewShapeIsReadFromTheEntries changes a module's table between starts.
func TestANewShapeIsReadFromTheEntries(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		for range 3 {
			n.do(func(tx *record.Tx) error { _, err := makeNote(tx, 4, "x"); return err })
		}
		n.close()
		m := notes()
		m.Schema = strings.Replace(m.Schema, "said BIGINT NOT NULL", "said BIGINT NOT NULL, twice BIGINT NOT NULL", 1)
		m.Kinds[0].Apply = func(tx *db.Tx, e record.Entry) error {
			var x note
			if err := e.Decode(&x); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO note (id, level, said, twice) VALUES (?, ?, ?, ?)`, x.ID, x.Level, e.Index, 2*x.Level)
			return err
		}
		n.open(m)
		n.sound(4)
		n.View(t.Context(), func(v *record.View) error {
			if s, err := db.One(v.Tx, db.Int, `SELECT SUM(twice) FROM note`); err != nil || s != 24 {
				t.Errorf("%d, %v", s, err)
			}
			return nil
		})
	})
}

func TestDoHonoursItsContext(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := n.Do(ctx, record.By{}, func(tx *record.Tx) error { _, err := makeNote(tx, 1, "x"); return err }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		n.sound(1)
	})
}
