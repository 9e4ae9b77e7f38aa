package ideal

import (
	"cmp"
	"slices"

	"github.com/heed-project/heed/votes"
)

// A Companion is a state that signs what another signs.
type Companion struct {
	ISO3    string
	Both    int     // lists that both signed
	Either  int     // lists that at least one of them signed
	Overlap float64 // Both of Either (Jaccard)
}

// Companions says who signs with a state, by its code, the closest first. With
// few lists an overlap says little: Either is shown for that. A list that a
// state signed as observer counts like any other.
func Companions(list []votes.Signature, iso3 string) (out []Companion) {
	signed := map[string]map[string]bool{}
	for _, s := range list {
		if signed[s.Code] == nil {
			signed[s.Code] = map[string]bool{}
		}
		signed[s.Code][s.Session] = true
	}
	mine := signed[iso3]
	for other, theirs := range signed {
		c := Companion{ISO3: other, Either: len(mine)}
		for session := range theirs {
			if mine[session] {
				c.Both++
			} else {
				c.Either++
			}
		}
		if other != iso3 && c.Both > 0 {
			c.Overlap = float64(c.Both) / float64(c.Either)
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Companion) int {
		return cmp.Or(cmp.Compare(b.Overlap, a.Overlap), cmp.Compare(a.ISO3, b.ISO3))
	})
	return out
}
