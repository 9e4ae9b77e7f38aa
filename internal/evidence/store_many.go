package evidence

import (
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/record"
)

// What is asked of many items at once.

// DescribedAmong tells of which items of a page exports say something.
func DescribedAmong(v *record.View, items []Item) (map[string]bool, error) {
	out := map[string]bool{}
	if len(items) == 0 {
		return out, nil
	}
	if some, err := db.Maybe(v.Tx, db.Text, `SELECT item FROM evidence_described LIMIT 1`); err != nil || some == "" {
		return out, err
	}
	const step = 500
	for from := 0; from < len(items); from += step {
		ids := idsOf(items[from:min(from+step, len(items))])
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
	const step = 500
	for from := 0; from < len(ids); from += step {
		part := ids[from:min(from+step, len(ids))]
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
