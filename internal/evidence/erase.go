package evidence

import (
	"context"
	"strings"

	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// MayErase is an error while a legal hold is on an item: it names the holds.
func MayErase(v *record.View, id string) error {
	holds, err := readHolds(v.Tx, id)
	if err != nil || len(holds) == 0 {
		return err
	}
	return fault.WithHint(fault.Denied("%s is under a legal hold and is not erased: %s", id, strings.Join(holds, ", ")),
		"whoever answers for a hold releases it, under an authority of its own; a second person does it")
}

// Destroy removes the bytes of an item from the store, and its name from the
// store's manifests. What lay beside it in one segment is kept anew, and where
// that is is an entry for each. It returns other items that have the same bytes
// and were not erased: for their sake the bytes stay. The words of the item are
// destroyed by the record, after this.
func (d *Desk) Destroy(ctx context.Context, by record.By, id string) (shared []string, err error) {
	var i Item
	var others []Item
	err = d.rec.View(ctx, func(v *record.View) error {
		if err := MayErase(v, id); err != nil {
			return err
		}
		if i, err = Head(v, id); err != nil {
			return err
		}
		all, err := readOn(v.Tx, i.Place.Object)
		for _, o := range all {
			if err := complete(v, &o); err != nil {
				return err
			}
			if o.ID == id || o.Erased {
				continue
			}
			if o.Place == i.Place {
				shared = append(shared, o.ID)
			}
			others = append(others, o)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(shared) > 0 {
		return shared, d.vault.Destroy(ctx, id, i.Place, "", true)
	}
	moved := ""
	if len(others) > 0 {
		if moved, err = d.vault.Without(ctx, i.Place); err != nil {
			return nil, err
		}
	}
	if moved != "" {
		if err := d.moved(ctx, by, id, others, moved); err != nil {
			return nil, err
		}
	}
	return nil, d.vault.Destroy(ctx, id, i.Place, moved, false)
}

// moved says where the items are now that lay beside one that is erased.
func (d *Desk) moved(ctx context.Context, by record.By, erased string, others []Item, object string) error {
	return d.rec.Do(ctx, by, func(tx *record.Tx) error {
		if err := MayErase(tx.View, erased); err != nil {
			return err
		}
		for _, o := range others {
			at := vault.Place{Object: object, Offset: o.Place.Offset, Length: o.Place.Length, Packed: o.Place.Packed}
			if _, err := on(tx, o.ID, record.Draft{Kind: "evidence.moved", Open: movedOpen{o.ID, at.Object, at.Offset, at.Length, at.Packed}}); err != nil {
				return err
			}
		}
		return nil
	})
}
