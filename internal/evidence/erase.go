package evidence

import (
	"context"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Erasing is done in the transaction that erases an item, before its words go: it
// is refused under a legal hold, and what binds the item is put on its copies.
func Erasing(tx *record.Tx, id string) error {
	if err := MayErase(tx.View, id); err != nil {
		return err
	}
	return passOn(tx, id)
}

// MayErase is an error while a legal hold is on an item: it names the holds.
func MayErase(v *record.View, id string) error {
	holds, err := readHolds(v.Tx, id)
	if err != nil || len(holds) == 0 {
		return err
	}
	return fault.WithHint(fault.Denied("%s is under a legal hold and is not erased: %s", id, strings.Join(holds, ", ")),
		"whoever answers for a hold releases it, under an authority of its own; a second person does it")
}

// MayEraseIntake is an error while an item of an intake is there: under what
// authority it was taken in, and its time stamps, go with the intake.
func MayEraseIntake(v *record.View, intake string) error {
	return Each(v, Filter{Intake: intake}, func(i Item) error {
		if err := MayErase(v, i.ID); err != nil || i.Erased {
			return err
		}
		return fault.WithHint(fault.Denied("%s of %s is not erased: the authority under which it was taken in and its time stamps would go with the intake", i.ID, intake),
			"erase the items first")
	})
}

// SameBytes returns other items that have the bytes of an item and were not
// erased: for their sake the bytes stay.
func SameBytes(v *record.View, id string) (same []string, err error) {
	i, err := Head(v, id)
	if err != nil {
		return nil, err
	}
	others, err := beside(v, i)
	for _, o := range others {
		if o.Place == i.Place {
			same = append(same, o.ID)
		}
	}
	return same, err
}

// beside returns what lies in the object of an item and was not erased, but for
// the item.
func beside(v *record.View, i Item) ([]Item, error) {
	there, _, err := lying(v, i)
	return slices.DeleteFunc(there, func(o Item) bool { return o.ID == i.ID }), err
}

// lying returns what lies in the object of an item, and what was erased of it.
func lying(v *record.View, i Item) (there, erased []Item, err error) {
	all, err := readOn(v.Tx, i)
	for _, o := range all {
		if err := complete(v, &o); err != nil {
			return nil, nil, err
		}
		if o.Erased {
			erased = append(erased, o)
		} else {
			there = append(there, o)
		}
	}
	return there, erased, err
}

// Plan remembers, before its words are erased, that the bytes of an item are to
// be destroyed after that, and what a killed intake left of them. It returns what
// [Desk.Unplan] wants to know, or 0 where that was planned already.
func (d *Desk) Plan(ctx context.Context, id string) (mine int64, err error) {
	left, err := d.leftUnnamed(ctx, id)
	if err != nil {
		return 0, err
	}
	err = d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		for _, o := range left {
			if err := putLeft(tx, id, o); err != nil {
				return err
			}
		}
		mine, err = putPlanned(tx, id)
		return err
	})
	return mine, err
}

// neverAcknowledge puts down what the store names of the bytes of an item and the record
// does not: its intake was killed before anything of it was acknowledged, or goes on.
// From then on none of it is acknowledged any more.
func (d *Desk) neverAcknowledge(ctx context.Context, of string, same []vault.Listed) error {
	unknown := same[:0:0]
	err := d.rec.View(ctx, func(v *record.View) error {
		for _, l := range same {
			if known, err := exists(v, l.ID); err != nil {
				return err
			} else if !known {
				unknown = append(unknown, l)
			}
		}
		return nil
	})
	if err != nil || len(unknown) == 0 {
		return err
	}
	return d.rec.Do(ctx, record.By{}, func(tx *record.Tx) error { // one at a time with what acknowledges
		for _, l := range unknown {
			known, err := exists(tx.View, l.ID)
			if err == nil && !known {
				err = putLeft(tx.Tx, of, owed{item: l.ID, at: l.Place})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// exists tells whether the record has an item.
func exists(v *record.View, id string) (bool, error) {
	_, err := Head(v, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// Unplan forgets what was planned, unless somebody else planned it meanwhile: their
// erasure goes on.
func (d *Desk) Unplan(ctx context.Context, id string, mine int64) error {
	return d.rec.DB().Update(ctx, func(tx *db.Tx) error { return takeBack(tx, id, mine) })
}

// Planned returns the items whose words were erased and whose bytes are still to
// be destroyed: a crash came between.
func Planned(v *record.View) (ids []string, err error) {
	all, err := readPlanned(v.Tx)
	for _, id := range all {
		i, err := Get(v, id)
		if err != nil {
			return nil, err
		}
		if i.Erased {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// Destroy destroys the bytes of an item whose words were erased in the store, and
// its name in the store's manifests. What lies beside it in one segment stays as
// it is. Whatever breaks off is gone on with when it is asked for again. What
// lies in the replicas is owed from then on: see PayReplicas.
func (d *Desk) Destroy(ctx context.Context, id string, replicas ...string) error {
	o, mark := owed{item: id}, ""
	err := d.rec.View(ctx, func(v *record.View) error {
		i, err := Head(v, id)
		if err != nil {
			return err
		}
		if mark, err = readMark(v.Tx, id); err != nil {
			return err
		}
		o.at = i.Place
		o.shared, err = sharedBy(v, id, i.Place)
		return err
	})
	if err != nil {
		return err
	}
	var same []vault.Listed
	err = d.vault.Destroy(ctx, id, o.at, o.shared, func(m vault.Manifest) {
		for _, l := range m.Items {
			if m.Node == d.rec.Origin() && l.ID != id && d.Mark(l.SHA256) == mark {
				same = append(same, l)
			}
		}
	})
	if err == nil {
		err = d.neverAcknowledge(ctx, id, same)
	}
	if err != nil {
		return err
	}
	left, err := d.destroyLeft(ctx, id)
	if err != nil {
		return err
	}
	return d.owe(ctx, id, append(left, o), replicas)
}

// destroyLeft destroys what an intake that was cut short left of the bytes of an item,
// and returns what that was.
func (d *Desk) destroyLeft(ctx context.Context, of string) (left []owed, err error) {
	err = d.rec.View(ctx, func(v *record.View) (err error) {
		left, err = leftOf(v, of) // of a destruction that broke off as well
		return err
	})
	for _, o := range left {
		if err == nil {
			err = o.destroyIn(ctx, d.vault)
		}
	}
	return left, err
}

// leftOf returns what an intake that was cut short left of the bytes of an item, and
// whether it is another item's too by now.
func leftOf(v *record.View, of string) ([]owed, error) {
	left, err := readLeft(v.Tx, of)
	for n := 0; n < len(left) && err == nil; n++ {
		left[n].shared, err = sharedBy(v, left[n].item, left[n].at)
	}
	return left, err
}

// sharedBy tells whether bytes are those of another item too, that was not erased. A
// member of a segment is nobody else's.
func sharedBy(v *record.View, id string, at vault.Place) (bool, error) {
	if at.Packed {
		return false, nil
	}
	others, err := beside(v, Item{ID: id, Place: at})
	return len(others) > 0, err
}

// owe ends what was planned here, and begins what is owed in the replicas.
func (d *Desk) owe(ctx context.Context, id string, all []owed, replicas []string) error {
	return d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		for _, o := range all {
			for _, r := range replicas {
				o.replica = r
				if err := putOwed(tx, o); err != nil {
					return err
				}
			}
		}
		return dropPlanned(tx, id)
	})
}
