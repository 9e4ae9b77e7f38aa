package heed

import (
	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
)

// onward is the use of an item as it is decided on here. What another custodian
// handed over, and every copy of it, goes to somebody else through this office:
// that is to be permitted as well. What this office uses itself goes nowhere.
func (l *look) onward(i evidence.Item, use consent.Use) (consent.Use, error) {
	if _, err := l.use(); err != nil { // says whose house it is
		return use, err
	}
	if use.By.Name == l.house.Name || len(use.Via) > 0 {
		return use, nil
	}
	if l.came == nil {
		all, err := transfer.Origins(l.View)
		if err != nil {
			return use, err
		}
		l.came = all
	}
	for range evidence.MostDerived + 1 {
		if _, came := l.came[i.ID]; came {
			use.Via = []consent.Party{l.house}
			return use, nil
		}
		if i.From == "" {
			return use, nil
		}
		from, err := evidence.Head(l.View, i.From)
		if fault.KindOf(err) == fault.KindNotFound {
			return use, nil
		}
		if err != nil {
			return use, err
		}
		i = from
	}
	return use, fault.Invalid("item", "it is more than %d steps away from an original", evidence.MostDerived)
}
