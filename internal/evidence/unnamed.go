package evidence

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/record"
)

// unnamed tells that it is no item but an object, which no manifest names: its intake was
// killed before it wrote one.
func (o owed) unnamed() bool { return o.item == o.at.Object }

// destroyIn destroys it in a vault.
func (o owed) destroyIn(ctx context.Context, v *vault.Vault) error {
	if !o.unnamed() {
		return v.Destroy(ctx, o.item, o.at, o.shared, nil)
	}
	if o.shared {
		return nil
	}
	return v.Blank(ctx, o.at)
}

// leftUnnamed finds the objects of the store that hold the bytes of an item, and in which
// nothing of the record lies: what a killed intake left. The name of an object says of
// which bytes it is, to which keys it opens, and how many erasures there were. An intake
// that goes on now loses nothing: it acknowledges nothing whose like was erased since it
// began, and what begins after the erasure has other names.
func (d *Desk) leftUnnamed(ctx context.Context, id string) (left []owed, err error) {
	var names map[string]bool
	err = d.rec.View(ctx, func(v *record.View) error {
		i, err := Get(v, id)
		if err != nil || i.Erased {
			return err
		}
		sum, err := hex.DecodeString(i.SHA256)
		if err != nil || len(sum) != 32 {
			return nil // words that another program wrote
		}
		sets, err := custodySets(v)
		if err != nil {
			return err
		}
		erased, err := v.Erasures()
		if err == nil {
			names = d.vault.FileNames([32]byte(sum), sets, erased)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		return nil, err
	}
	there, err := d.vault.Among(ctx, names)
	if err != nil {
		return nil, err
	}
	err = d.rec.View(ctx, func(v *record.View) error {
		for _, name := range there {
			at := vault.Place{Object: name}
			known, gone, err := lying(v, Item{Place: at})
			if err != nil {
				return err
			}
			if len(known)+len(gone) == 0 {
				left = append(left, owed{item: name, at: at})
			}
		}
		return nil
	})
	return left, err
}

// custodySets returns to whom evidence was encrypted beside the node, at first and after
// each change.
func custodySets(v *record.View) (sets [][]string, err error) {
	all, err := v.History("custody")
	var now []string
	sets = [][]string{now}
	for _, e := range all {
		var x custodianOpen
		if e.Kind != "evidence.custody-key" {
			continue
		}
		if err := e.Decode(&x); err != nil {
			return nil, err
		}
		switch at := slices.Index(now, x.Recipient); {
		case x.Ended && at >= 0:
			now = slices.Delete(slices.Clone(now), at, at+1)
		case !x.Ended && at < 0 && x.Recipient != "":
			now = append(slices.Clone(now), x.Recipient)
		default:
			continue
		}
		sets = append(sets, now)
	}
	return sets, err
}
