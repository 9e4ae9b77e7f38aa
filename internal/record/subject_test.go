package record_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/heed-project/heed/internal/record"
)

// TestSubjectsAreFoundAcrossTheMerge writes more entries than the small table of
// subjects holds.
func TestSubjectsAreFoundAcrossTheMerge(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		const all = 2500
		for at := 0; at < all; at += 500 {
			n.do(func(tx *record.Tx) error {
				for i := range 500 {
					id, err := tx.NextID("N")
					if err != nil {
						return err
					}
					if _, err = tx.Append(record.Draft{Kind: "note.made", Subjects: []string{id, fmt.Sprint("S-", (at+i)%2)}, Open: note{id, 1}}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		n.View(t.Context(), func(v *record.View) error {
			even, err := v.HistoryIndexes("S-0")
			if err != nil || len(even) != all/2 || !slices.IsSorted(even) {
				t.Errorf("%d entries of S-0, %v", len(even), err)
			}
			before, seen := int64(0), 0
			for {
				page, err := v.Entries(record.Search{Subject: "S-1", Before: before, Limit: 400})
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				for _, e := range page {
					if before != 0 && e.Index != before-2 {
						t.Fatalf("entry %d follows %d", e.Index, before)
					}
					before = e.Index
				}
				seen += len(page)
			}
			if seen != all/2 {
				t.Errorf("%d entries of S-1 page by page", seen)
			}
			return nil
		})
		n.sound(all + 1)
	})
}
