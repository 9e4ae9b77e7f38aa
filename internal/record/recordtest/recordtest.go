// Package recordtest gives a module's tests a real record, on SQLite and on
// PostgreSQL, and checks at the end of each test that the record is sound: the
// log verifies, a rebuild reproduces every table byte for byte, and no table
// holds a word that was meant to be sealed.
//
//	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
//		n.Do("P-1", func(tx *record.Tx) error { … })
//	}, warning.Module())
//
// It is for tests only.
package recordtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
)

// Canary is a word for tests to put into what must stay sealed. No table may
// hold it when the test ends.
const Canary = "canary-7f3a"

// Start is the time of the first entry of every test.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday

// A Node is a record under test.
type Node struct {
	*record.Record
	T       testing.TB
	DB      *db.DB
	At      time.Time // the time of the next command
	modules []record.Module
	source  db.Source
	keys    *keys.Keys
}

// Each runs f on a fresh record on each database, and then checks that it is
// sound.
func Each(t *testing.T, f func(*testing.T, *Node), modules ...record.Module) {
	t.Helper()
	EachOf(t, func(*testing.T) []record.Module { return modules }, f)
}

// EachOf does as Each does, with modules that are made for each database: one
// that keeps blobs wants a fresh place for them.
func EachOf(t *testing.T, modules func(*testing.T) []record.Module, f func(*testing.T, *Node)) {
	t.Helper()
	testkit.Databases(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		file, err := keys.NewFile(filepath.Join(dir, "key"))
		if err != nil {
			t.Fatal(err)
		}
		k, err := keys.Create(dir, "heed.example/test", file)
		if err != nil {
			t.Fatal(err)
		}
		n := &Node{T: t, At: Start, keys: k, modules: modules(t), source: db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database(), URL: url}}
		n.open()
		t.Cleanup(func() { n.Close(); n.DB.Close() })
		f(t, n)
		if !t.Failed() {
			n.Sound()
		}
	})
}

func (n *Node) open() {
	n.T.Helper()
	var err error
	if n.DB, err = db.Open(n.T.Context(), n.source); err != nil {
		n.T.Fatal(err)
	}
	if n.Record, err = record.Open(n.T.Context(), n.DB, n.keys, record.Options{FoundedAt: Start}, n.modules...); err != nil {
		n.T.Fatal(err)
	}
}

// Restart closes the record and opens it again.
func (n *Node) Restart() {
	n.T.Helper()
	n.Close()
	n.DB.Close()
	n.open()
}

// Try runs a command by a person at the node's time.
func (n *Node) Try(person string, f func(*record.Tx) error) error {
	return n.Record.Do(n.T.Context(), record.By{Person: person, At: n.At}, f)
}

// Must runs a command that has to succeed.
func (n *Node) Must(person string, f func(*record.Tx) error) {
	n.T.Helper()
	if err := n.Try(person, f); err != nil {
		n.T.Fatal(err)
	}
}

// Look runs f on a view that has to succeed.
func (n *Node) Look(f func(*record.View) error) {
	n.T.Helper()
	if err := n.View(n.T.Context(), f); err != nil {
		n.T.Fatal(err)
	}
}

// Sound fails the test unless the whole record is.
func (n *Node) Sound() {
	n.T.Helper()
	v, err := n.Verify(n.T.Context(), nil)
	if err != nil {
		n.T.Fatal(err)
	}
	r, err := n.Rebuild(n.T.Context(), nil)
	if err != nil {
		n.T.Fatal(err)
	}
	if !r.Identical || r.Entries != v.Size {
		n.T.Fatalf("the tables are not what the %d entries say: %+v", v.Size, r)
	}
	n.Silent(Canary)
}

var tableForm = regexp.MustCompile(`CREATE TABLE (\w+) \(`)

// Silent fails the test if one of the words stands in a table: they were meant
// to be sealed. It looks into every table that the modules make.
func (n *Node) Silent(words ...string) {
	n.T.Helper()
	for _, m := range n.modules {
		var made []string
		for _, t := range tableForm.FindAllStringSubmatch(m.Schema, -1) {
			made = append(made, t[1])
		}
		slices.Sort(made)
		if named := slices.Sorted(slices.Values(m.Tables)); !slices.Equal(made, named) {
			n.T.Errorf("module %s makes the tables %v and names %v", m.Name, made, named)
		}
	}
	n.Look(func(v *record.View) error {
		var found []error
		for _, m := range n.modules {
			for _, table := range m.Tables {
				err := db.EachRow(v.Tx, table, func(column string, value any) error {
					text := fmt.Sprintf("%s", value)
					for _, w := range words {
						if strings.Contains(text, w) {
							found = append(found, fmt.Errorf("%s.%s holds %q, which was meant to be sealed: %v", table, column, w, value))
						}
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
		}
		return errors.Join(found...)
	})
}
