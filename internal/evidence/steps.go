package evidence

import (
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// MostDerived is how many steps a copy may be away from its original.
const MostDerived = 16

// MayDerive is an error where an item is so many copies away from its original that
// nothing may be made from it: what binds it could not be found any more.
func MayDerive(v *record.View, id string) error {
	of := id
	for range MostDerived {
		from, err := readOrigin(v.Tx, of)
		if err != nil || from == "" {
			return err
		}
		of = from
	}
	return fault.Invalid("item", "%s is %d copies away from an original: make it from an earlier one", id, MostDerived)
}
