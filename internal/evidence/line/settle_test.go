package line_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// hooked is a store at which something happens once, before a blob is opened or
// after it was removed.
type hooked struct {
	blob.Store
	opens, deletes func() error
}

func once(f *func() error) error {
	g := *f
	if *f = nil; g == nil {
		return nil
	}
	return g()
}

func (h *hooked) Open(ctx context.Context, sum [32]byte) (blob.Blob, error) {
	b, err := h.Store.Open(ctx, sum)
	if err == nil {
		err = once(&h.opens)
	}
	return b, err
}

func (h *hooked) Delete(ctx context.Context, sum [32]byte) error {
	return errors.Join(h.Store.Delete(ctx, sum), once(&h.deletes))
}

func (h *hooked) count(t *testing.T) (n int) {
	if err := h.List(t.Context(), func(blob.Ref) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// onLine runs f on a desk, and holds that it left no row and no file.
func onLine(t *testing.T, f func(t *testing.T, n *recordtest.Node, h *hooked, desk *line.Desk)) {
	modules := func(t *testing.T) []record.Module {
		blobs, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		return []record.Module{transfer.Module(blobs), line.Module()}
	}
	recordtest.EachOf(t, modules, func(t *testing.T, n *recordtest.Node) {
		blobs, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		h := &hooked{Store: blobs}
		f(t, n, h, line.New(h))
		for _, table := range []string{"handover_arriving", "handover_object", "handover_part"} {
			if k := rows(t, n, table); k != 0 {
				t.Errorf("%d rows are left in %s", k, table)
			}
		}
		if k := h.count(t); k != 0 {
			t.Errorf("%d files are left", k)
		}
	})
}

func rows(t *testing.T, n *recordtest.Node, table string) int {
	seen := map[string]int{}
	n.Look(func(v *record.View) error {
		return db.EachRow(v.Tx, table, func(column string, _ any) error { seen[column]++; return nil })
	})
	t.Helper()
	return seen["offer"]
}

func announced(t *testing.T, n *recordtest.Node, list string) line.Arriving {
	t.Helper()
	a := line.Arriving{Offer: handover.Sum([]byte("offer")), Peer: "a", List: handover.Sum([]byte(list)), Paper: []byte{1}}
	if err := line.Announce(t.Context(), n.DB, a, int64(len(list)), 1<<30); err != nil {
		t.Fatal(err)
	}
	return a
}

var errKilled = errors.New("killed")

// TestUnhashedObject: a process that ends after the last part was noted, and
// before the object was hashed, leaves an object that is hashed later, and asked
// for again when it is another.
func TestUnhashedObject(t *testing.T) {
	onLine(t, func(t *testing.T, n *recordtest.Node, h *hooked, desk *line.Desk) {
		a := announced(t, n, "the listing")
		send := func(parts ...string) error {
			at := int64(0)
			for _, p := range parts {
				if _, err := desk.Add(t.Context(), n.DB, a.Offer, a.List, at, []byte(p)); err != nil {
					return err
				}
				at += int64(len(p))
			}
			return nil
		}
		left := func() (left int) {
			if err := desk.Settle(t.Context(), n.DB, a.Offer); err != nil {
				t.Fatal(err)
			}
			n.Look(func(v *record.View) error {
				_, missing, err := line.Missing(v.Tx, a.Offer)
				left = len(missing)
				return err
			})
			return left
		}
		for _, second := range []string{"LISTING", "listing"} {
			h.opens = func() error { return errKilled }
			if err := send("the ", second); !errors.Is(err, errKilled) {
				t.Fatalf("it was not broken off: %v", err)
			}
			if got := left(); (got == 0) != (second == "listing") {
				t.Errorf("after %q %d objects are missing", second, got)
			}
		}
		if h.count(t) != 2 {
			t.Errorf("%d files are there, not the 2 parts", h.count(t))
		}
		if err := desk.GiveUp(t.Context(), n.DB, a.Offer); err != nil {
			t.Fatal(err)
		}
	})
}

// TestWrongObject: an object that is another than its name says is missing again.
func TestWrongObject(t *testing.T) {
	onLine(t, func(t *testing.T, n *recordtest.Node, _ *hooked, desk *line.Desk) {
		a := announced(t, n, "the listing")
		for _, parts := range [][]string{{"a bad list!"}, {"the ", "LISTING"}, {"the ", "listing"}} {
			var err error
			at := int64(0)
			for _, p := range parts {
				_, err = desk.Add(t.Context(), n.DB, a.Offer, a.List, at, []byte(p))
				at += int64(len(p))
			}
			if right := parts[len(parts)-1] == "listing"; right != (err == nil) || !right && fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%q: %v", parts, err)
			}
		}
		if err := desk.GiveUp(t.Context(), n.DB, a.Offer); err != nil {
			t.Fatal(err)
		}
	})
}

// TestGivenUpMeanwhile: an offer that is given up while its listing is read, or
// to which a part is added while it is given up, leaves nothing.
func TestGivenUpMeanwhile(t *testing.T) {
	list := fmt.Sprintf(`{"name":"items.jsonl","bytes":5,"sha256":%q}`+"\n", handover.Sum([]byte("items")))
	onLine(t, func(t *testing.T, n *recordtest.Node, h *hooked, desk *line.Desk) {
		a := announced(t, n, list)
		if _, err := desk.Add(t.Context(), n.DB, a.Offer, a.List, 0, []byte(list)); err != nil {
			t.Fatal(err)
		}
		h.opens = func() error { return line.New(h.Store).GiveUp(t.Context(), n.DB, a.Offer) }
		if err := desk.Unroll(t.Context(), n.DB, a, 1<<30); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("what was given up was unrolled: %v", err)
		}
		if k := rows(t, n, "handover_object"); k != 0 {
			t.Errorf("%d objects are expected of no offer", k)
		}

		a = announced(t, n, list)
		if _, err := desk.Add(t.Context(), n.DB, a.Offer, a.List, 0, []byte(list[:9])); err != nil {
			t.Fatal(err)
		}
		h.deletes = func() error {
			if _, err := line.New(h.Store).Add(t.Context(), n.DB, a.Offer, a.List, 9, []byte(list[9:20])); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a part was added to what is being given up: %v", err)
			}
			return errKilled
		}
		if err := desk.GiveUp(t.Context(), n.DB, a.Offer); !errors.Is(err, errKilled) {
			t.Errorf("it was not broken off: %v", err)
		}
		if err := desk.Sweep(t.Context(), n.DB); err != nil {
			t.Error(err)
		}
	})
}
