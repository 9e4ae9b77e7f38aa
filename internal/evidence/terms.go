package evidence

import (
	"maps"
	"slices"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// addTerms finds the permissions that bear on items: their own, and those of
// what they were derived from. Of two with the same id the one that was said
// last counts, so that what is taken back on an original is taken back on every
// copy of it.
func addTerms(v *record.View, rows []Item, at map[string]*Item) error {
	own, err := readTerms(v.Tx, slices.Collect(maps.Keys(at)))
	if err != nil {
		return err
	}
	above := map[string]map[string]int64{} // by origin, for many copies of one
	for n := range rows {
		all := own[rows[n].ID]
		if from := rows[n].From; from != "" {
			if above[from] == nil {
				if above[from], err = inherited(v, from); err != nil {
					return err
				}
			}
			all = later(all, above[from])
		}
		rows[n].terms = slices.Sorted(maps.Values(all))
	}
	return nil
}

// inherited are the permissions on an item and on all it was derived from.
func inherited(v *record.View, id string) (map[string]int64, error) {
	out := map[string]int64{}
	for range MostDerived + 1 { // what was derived from it is one step further away
		if id == "" {
			return out, nil
		}
		own, err := readTerms(v.Tx, []string{id})
		if err != nil {
			return nil, err
		}
		out = later(out, own[id])
		if id, err = readOrigin(v.Tx, id); err != nil {
			return nil, err
		}
	}
	return nil, fault.Invalid("item", "it is more than %d steps away from an original", MostDerived)
}

// later is both sets of permissions, of each the entry that was appended last.
func later(a, b map[string]int64) map[string]int64 {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]int64{}
	}
	for id, entry := range b {
		out[id] = max(out[id], entry)
	}
	return out
}

// Terms returns the permissions that bear on an item, its own and those of what
// it was derived from. Known, if not nil, keeps what was read before: an entry
// never says anything else.
func (i Item) Terms(v *record.View, known map[int64]consent.Permission) ([]consent.Permission, error) {
	out := []consent.Permission{}
	for _, e := range i.terms {
		p, ok := known[e]
		if !ok {
			err := v.Unseal(e, &p)
			if fault.KindOf(err) == fault.KindNotFound {
				// of the item itself: it is erased. Of an original: what bound it binds
				// its copies, and nobody knows any more what that was
				if of, err := v.Entry(e); err != nil {
					return nil, err
				} else if of.Key != i.ID {
					out = append(out, consent.Permission{ID: "erased"})
				}
				continue
			}
			if err != nil {
				return nil, err
			}
			if known != nil {
				known[e] = p
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// Permissions returns the conditions and consents under which an item may be
// used: all of them must permit a use. See consent.DecideAll.
func Permissions(v *record.View, id string) ([]consent.Permission, error) {
	i, err := Head(v, id)
	if err != nil {
		return nil, err
	}
	return i.Terms(v, nil)
}

// passOn puts the permissions on an item that is to be erased on what was derived
// from it: they bind that too, and their words go with the item.
func passOn(tx *record.Tx, id string) error {
	own, err := readTerms(tx.Tx, []string{id})
	if err != nil || len(own[id]) == 0 {
		return err
	}
	for from, deep := []string{id}, 0; len(from) > 0 && deep < MostDerived; deep++ {
		var next []string
		for _, f := range from {
			copies, err := readCopies(tx.Tx, f)
			if err != nil {
				return err
			}
			next = append(next, copies...)
		}
		for _, c := range next {
			if err := passTo(tx, c, own[id]); err != nil {
				return err
			}
		}
		from = next
	}
	return nil
}

// passTo puts those of an original's permissions on a copy that bind it and are
// not its own.
func passTo(tx *record.Tx, id string, all map[string]int64) error {
	i, err := Get(tx.View, id)
	if err != nil || i.Erased {
		return err
	}
	in, err := inherited(tx.View, id)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if in[name] != all[name] {
			continue // a later one of that name is in force
		}
		var p consent.Permission
		if err := tx.Unseal(all[name], &p); err != nil {
			return err
		}
		if _, err := on(tx, id, record.Draft{Kind: "evidence.permitted", Open: underOpen{id, p.ID}, Sealed: p}); err != nil {
			return err
		}
	}
	return nil
}

// Withhold leaves of an item what is needed to keep it: its id, its size, its
// hash, where it belongs. Its name and all that it says are gone.
func (i *Item) Withhold(why string) {
	i.Withheld, i.Words = why, Words{SHA256: i.SHA256}
}

// marks and values are the places of ids in a question, and the ids.
func marks(ids []string) string { return strings.Repeat("?, ", len(ids)-1) + "?" }

func values(ids []string) (out []any) {
	for _, id := range ids {
		out = append(out, id)
	}
	return out
}
