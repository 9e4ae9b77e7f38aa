package line_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// TestListingBounds: what is read into memory is bounded, whatever names and
// addresses a listing gives it.
func TestListingBounds(t *testing.T) {
	blobs, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	const most = 1 << 40
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		desk := line.New(blobs)
		unroll := func(names ...string) error {
			t.Helper()
			var list strings.Builder
			for i, name := range names {
				fmt.Fprintf(&list, `{"name":%q,"bytes":%d,"sha256":%q}`+"\n", name, line.MostMeta/2+1, strings.Repeat("ab", 31)+fmt.Sprintf("%02x", len(names)*16+i/2))
			}
			a := line.Arriving{Offer: handover.Sum([]byte(list.String())), Peer: "a", List: handover.Sum([]byte(list.String())), Paper: []byte{1}}
			if err := line.Announce(t.Context(), n.DB, a, int64(list.Len()), most); err != nil {
				t.Fatal(err)
			}
			if _, err := desk.Add(t.Context(), n.DB, a.Offer, a.List, 0, []byte(list.String())); err != nil {
				t.Fatal(err)
			}
			err := desk.Unroll(t.Context(), n.DB, a, most)
			if err := desk.GiveUp(t.Context(), n.DB, a.Offer); err != nil {
				t.Fatal(err)
			}
			return err
		}
		if err := unroll("items/00000001", "items/00000002", "items.jsonl"); err != nil {
			t.Error(err)
		}
		for _, names := range [][]string{{"consents.jsonl", "items.jsonl"}, {"items/00000001", "items.jsonl", "items/00000002", "page.html"}} {
			if err := unroll(names...); err == nil || !strings.Contains(err.Error(), "beside the items") {
				t.Errorf("%q: %v", names, err)
			}
		}
		n.Look(func(v *record.View) error {
			all, err := line.AllArriving(v)
			if err != nil || len(all) != 0 {
				t.Errorf("%d offers are left, %v", len(all), err)
			}
			return nil
		})
	}, transfer.Module(blobs), line.Module())
}
