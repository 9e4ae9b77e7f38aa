package evidence

import (
	"context"
	"errors"
	"fmt"

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
		items = append(items, o.item)
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
	if err := there.Destroy(ctx, o.item, o.at, o.shared, nil); err != nil {
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
