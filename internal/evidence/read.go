package evidence

import (
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Read is what an item says about itself, and when that was read.
type Read struct {
	reading.Reading
	Entry int64 `json:"entry"`
}

// PutReading records what an item says about itself. All of it is sealed under
// the item's own key: it is destroyed with it.
func PutReading(tx *record.Tx, id string, r reading.Reading) (record.Entry, error) {
	return on(tx, id, record.Draft{Kind: "evidence.read", Open: aboutItem{id}, Sealed: r})
}

// ReadingOf returns what was read of an item last, or nil where it was never
// read or is erased. Whoever is shown it must be one who may open the item.
func ReadingOf(v *record.View, id string) (*Read, error) {
	n, err := readingOf(v.Tx, id)
	if err != nil || n == 0 {
		return nil, err
	}
	r := Read{Entry: n}
	err = v.Unseal(n, &r.Reading)
	if fault.KindOf(err) == fault.KindNotFound { // erased
		return nil, nil
	}
	return &r, err
}

// Readings calls f with the item and the reading of each that was read after an entry, in
// order, and returns the last entry. Those that were erased meanwhile are left out.
// Whoever is shown anything of one must be one who may open the item.
func Readings(v *record.View, after int64, f func(item string, r reading.Reading)) (int64, error) {
	for {
		page, err := readingsAfter(v.Tx, after)
		if err != nil {
			return after, err
		}
		for _, x := range page {
			after = x.entry
			var r reading.Reading
			err := v.Unseal(x.entry, &r)
			if fault.KindOf(err) == fault.KindNotFound {
				continue
			}
			if err != nil {
				return after, err
			}
			f(x.item, r)
		}
		if len(page) < readingsAtOnce {
			return after, nil
		}
	}
}

// ReadEntries calls f with each item that was read after an entry and the entry of its
// last reading, in order, and returns the last. Nothing is unsealed.
func ReadEntries(v *record.View, after int64, f func(item string, entry int64)) (int64, error) {
	for {
		page, err := readingsAfter(v.Tx, after)
		if err != nil {
			return after, err
		}
		for _, x := range page {
			after = x.entry
			f(x.item, x.entry)
		}
		if len(page) < readingsAtOnce {
			return after, nil
		}
	}
}
