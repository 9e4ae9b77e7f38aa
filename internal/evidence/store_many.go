package evidence

import (
	"slices"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

// What is asked of many items at once.

// atOnce is how many one statement names.
const atOnce = 500

// DescribedAmong tells of which items of a page exports say something.
func DescribedAmong(v *record.View, items []Item) (map[string]bool, error) {
	out := map[string]bool{}
	if len(items) == 0 {
		return out, nil
	}
	if some, err := db.Maybe(v.Tx, db.Text, `SELECT item FROM evidence_described LIMIT 1`); err != nil || some == "" {
		return out, err
	}
	for ids := range slices.Chunk(idsOf(items), atOnce) {
		all, err := db.All(v.Tx, db.Text, `SELECT DISTINCT item FROM evidence_described WHERE item IN (`+marks(ids)+`)`, values(ids)...)
		if err != nil {
			return nil, err
		}
		for _, id := range all {
			out[id] = true
		}
	}
	return out, nil
}

func idsOf(items []Item) []string {
	out := make([]string, len(items))
	for n, i := range items {
		out[n] = i.ID
	}
	return out
}

// A Thumb is a thumbnail of an item, itself an item.
type Thumb struct {
	Of, ID string
	Entry  int64
}

// Thumbs returns the thumbnails that this node made of items, by item: of each the one that
// was made last. What came from elsewhere as a thumbnail is none: nobody here drew it.
func Thumbs(v *record.View, ids []string) (map[string]Thumb, error) {
	out := map[string]Thumb{}
	for part := range slices.Chunk(ids, atOnce) {
		all, err := db.All(v.Tx, scanThumb, `SELECT i.origin, i.id, i.entry FROM evidence_item i JOIN evidence_intake n ON n.id = i.intake
			WHERE i.origin IN (`+marks(part)+`) AND i.how = 'thumbnail' AND n.via = 'derived' ORDER BY i.entry`, values(part)...)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			out[t.Of] = t
		}
	}
	return out, nil
}

// ThumbsOf returns every thumbnail of an item, wherever it was made: they are erased with it.
func ThumbsOf(v *record.View, id string) ([]Thumb, error) {
	return db.All(v.Tx, scanThumb, `SELECT origin, id, entry FROM evidence_item WHERE origin = ? AND how = 'thumbnail' ORDER BY entry`, id)
}

func scanThumb(s db.Scanner) (t Thumb, err error) {
	err = s.Scan(&t.Of, &t.ID, &t.Entry)
	return t, err
}

// readMarks returns the first item of each mark that is there already.
func readMarks(tx *db.Tx, all []string) (map[string]string, error) {
	first := make(map[string]string, len(all))
	for some := range slices.Chunk(all, atOnce) {
		var mark, id string
		err := db.Each(tx, func(s db.Scanner) error {
			if err := s.Scan(&mark, &id); err != nil {
				return err
			}
			if first[mark] == "" {
				first[mark] = id
			}
			return nil
		}, `SELECT mark, id FROM evidence_item WHERE mark IN (`+marks(some)+`) ORDER BY entry`, values(some)...)
		if err != nil {
			return nil, err
		}
	}
	return first, nil
}

// readCopies returns what was derived from an item, at once.
func readCopies(tx *db.Tx, id string) ([]string, error) {
	return db.All(tx, db.Text, `SELECT id FROM evidence_item WHERE origin = ? ORDER BY entry`, id)
}

// readOfSize returns the items of an intake that have a size.
func readOfSize(tx *db.Tx, intake string, size int64) ([]Item, error) {
	return db.All(tx, scanItem, selectItem+`WHERE i.intake = ? AND i.bytes = ? ORDER BY i.entry`, intake, size)
}

// readCarrying returns the items on which a permission of a name stands.
func readCarrying(tx *db.Tx, id string) ([]string, error) {
	return db.All(tx, db.Text, `SELECT p.item FROM evidence_permission p JOIN evidence_item i ON i.id = p.item WHERE p.id = ? ORDER BY i.entry`, id)
}
