package assessment_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
)

// node is a record with one module, on one of the two databases.
type node struct {
	t *testing.T
	*record.Record
	module record.Module
}

// each runs a test on both databases. Whatever the test did, the log verifies
// afterwards and the tables are what the entries say.
func each(t *testing.T, module func(t *testing.T) record.Module, f func(*testing.T, *node)) {
	testkit.Databases(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		k, err := keys.Create(dir, "heed.example/test", keys.Passphrase("only for this test"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := db.Open(t.Context(), db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database(), URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		m := module(t)
		r, err := record.Open(t.Context(), d, k, record.Options{}, m)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		n := &node{t, r, m}
		f(t, n)
		n.sound()
	})
}

func (n *node) sound() {
	n.t.Helper()
	v, err := n.Verify(n.t.Context(), nil)
	if err != nil {
		n.t.Fatal(err)
	}
	r, err := n.Rebuild(n.t.Context(), nil)
	if err != nil || !r.Identical || r.Entries != v.Size {
		n.t.Fatalf("rebuild %+v, verified %d, %v", r, v.Size, err)
	}
}

func (n *node) view(f func(*record.View) error) {
	n.t.Helper()
	if err := n.View(n.t.Context(), f); err != nil {
		n.t.Fatal(err)
	}
}

var (
	tableForm  = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\);`)
	columnForm = regexp.MustCompile(`(\w+) (?:TEXT|BIGINT|BYTEA|DOUBLE PRECISION)\b`)
)

// silent fails the test if any of the words stand in a table of the module.
func (n *node) silent(words ...string) {
	n.t.Helper()
	seen := []string{}
	for _, m := range tableForm.FindAllStringSubmatch(n.module.Schema, -1) {
		var columns []string
		for _, c := range columnForm.FindAllStringSubmatch(m[2], -1) {
			columns = append(columns, c[1])
		}
		seen = append(seen, m[1])
		n.view(func(v *record.View) error {
			return db.Each(v.Tx, func(s db.Scanner) error {
				vals, dst := make([]any, len(columns)), make([]any, len(columns))
				for i := range vals {
					dst[i] = &vals[i]
				}
				if err := s.Scan(dst...); err != nil {
					return err
				}
				row := fmt.Sprintf("%s %q", vals, vals)
				for _, w := range words {
					if strings.Contains(row, w) {
						n.t.Errorf("%s holds %q: %s", m[1], w, row)
					}
				}
				return nil
			}, "SELECT "+strings.Join(columns, ", ")+" FROM "+m[1])
		})
	}
	slices.Sort(seen)
	if want := slices.Sorted(slices.Values(n.module.Tables)); !slices.Equal(seen, want) {
		n.t.Errorf("searched %v, the module has %v", seen, want)
	}
}
