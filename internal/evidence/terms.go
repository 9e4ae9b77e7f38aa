package evidence

import (
	"maps"
	"slices"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// mostDerived is how many steps a copy may be away from its original.
const mostDerived = 16

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
	for range mostDerived {
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
	return nil, fault.Invalid("item", "it is more than %d steps away from an original", mostDerived)
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
