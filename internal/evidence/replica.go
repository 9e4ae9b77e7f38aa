package evidence

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// owed is what of an erased item lies in a replica still.
type owed struct {
	item, replica string
	at            vault.Place
	shared        bool // the bytes are another item's too: its name goes alone
}

// A Reach opens a replica by its address.
type Reach func(ctx context.Context, replica string) (*vault.Vault, error)

// PayReplicas destroys in the replicas what was destroyed here, and says so on
// record, replica by replica. One that cannot be reached stays owed and is tried
// again. It returns the items of which something was destroyed.
func (d *Desk) PayReplicas(ctx context.Context, by record.By, reach Reach) (items []string, err error) {
	var all []owed
	if err := d.rec.View(ctx, func(v *record.View) (err error) { all, err = readOwed(v.Tx); return err }); err != nil {
		return nil, err
	}
	failed := map[string]error{}
	for _, o := range all {
		if failed[o.replica] != nil {
			continue
		}
		if err := d.pay(ctx, by, o, reach); err != nil {
			failed[o.replica] = fmt.Errorf("destroy %s in the replica %s: %w", o.item, o.replica, err)
			continue
		}
		if !o.unnamed() {
			items = append(items, o.item)
		}
	}
	for _, wrong := range failed {
		err = errors.Join(err, wrong)
	}
	return items, err
}

// pay destroys one item in one replica.
func (d *Desk) pay(ctx context.Context, by record.By, o owed, reach Reach) error {
	there, err := reach(ctx, o.replica)
	if err != nil {
		return err
	}
	held, err := there.Holds(ctx)
	if err != nil {
		return err
	}
	if !held { // a disk that is not there looks like one that holds nothing
		return fault.Stale("it holds nothing: it may not be in its place; if it is empty for good, make it anew with heed evidence replicate")
	}
	if err := o.destroyIn(ctx, there); err != nil {
		return err
	}
	if err := d.rec.Do(ctx, by, func(tx *record.Tx) error {
		_, err := on(tx, o.item, record.Draft{Kind: "evidence.destroyed", Open: destroyedOpen{o.item, o.replica}})
		if fault.KindOf(err) == fault.KindNotFound {
			return nil // what an intake left that was cut short is no item: see Plan
		}
		return err
	}); err != nil {
		return err
	}
	return d.rec.DB().Update(ctx, func(tx *db.Tx) error { return dropOwed(tx, o) })
}

// Owed tells in how many replicas something of erased items lies still, counted
// item by item.
func Owed(v *record.View) (int, error) {
	all, err := readOwed(v.Tx)
	return len(all), err
}

// Replicate copies every object that another shelf lacks to it, and returns how many
// and how large they were. What was erased while it went on may have come along: it is
// destroyed there again.
func (d *Desk) Replicate(ctx context.Context, to *vault.Vault) (objects int, size int64, err error) {
	var from, erased int64
	if err := d.rec.View(ctx, func(v *record.View) (err error) {
		if from, err = v.Size(); err == nil {
			erased, err = v.Erasures()
		}
		return err
	}); err != nil {
		return 0, 0, err
	}
	objects, size, err = d.vault.Replicate(ctx, to)
	now, wrong := d.erasures(context.WithoutCancel(ctx))
	if wrong == nil && now != erased {
		wrong = d.destroyAgain(context.WithoutCancel(ctx), to, from)
	}
	return objects, size, errors.Join(err, wrong)
}

// destroyAgain destroys in a replica what was erased since an entry.
func (d *Desk) destroyAgain(ctx context.Context, to *vault.Vault, from int64) error {
	var all []owed
	err := d.rec.View(ctx, func(v *record.View) error {
		ids, err := erasedSince(v, from)
		for _, id := range ids {
			i, err := Head(v, id)
			if err != nil {
				return err
			}
			shared, err := sharedBy(v, id, i.Place)
			if err != nil {
				return err
			}
			all = append(all, owed{item: id, at: i.Place, shared: shared})
			left, err := leftOf(v, id)
			if err != nil {
				return err
			}
			all = append(all, left...)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range all {
		if err := o.destroyIn(ctx, to); err != nil {
			return err
		}
	}
	return nil
}

// erasedSince returns the items that were erased from an entry on.
func erasedSince(v *record.View, from int64) (ids []string, err error) {
	size, err := v.Size()
	for at := from; err == nil && at < size; at++ {
		var e record.Entry
		if e, err = v.Entry(at); err != nil || e.Kind != "record.erased" {
			continue
		}
		if id := e.Subjects[0]; strings.HasPrefix(id, "E-") {
			ids = append(ids, id)
		}
	}
	return ids, err
}
