package transfer

import (
	"context"
	"errors"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Strip takes from contents what is said of the items in some places, by any custodian
// who had them: the sealed parts under their keys. What a custodian had as the same as
// an item that stays is left. It tells whether there was anything. Leaves stay, and with
// them every proof.
func Strip(c *bundle.Contents, goes, stays func(n int) bool) (found bool, err error) {
	gone := map[[2]string]bool{} // by node and id there
	each := func(some func(n int) bool, is bool) {
		for _, i := range c.Items {
			for _, s := range i.Custody {
				if some(i.N) && (is || gone[[2]string{s.Node, s.ID}]) {
					gone[[2]string{s.Node, s.ID}] = is
				}
			}
		}
	}
	each(goes, true)
	each(stays, false)
	for k := range c.Logs {
		entries := c.Logs[k].Entries
		for at := range entries {
			if entries[at].Sealed == nil {
				continue
			}
			leaf, err := record.ParseLeaf(entries[at].Leaf)
			if err != nil {
				return found, err
			}
			if gone[[2]string{leaf.Node, leaf.Key}] {
				entries[at].Sealed, found = nil, true
			}
		}
	}
	return found, nil
}

// Forget takes what a hand-over brought to say of an item out of its contents: the item
// was erased. Gone tells of an item here whether it was erased as well. It can be asked
// for again, and does what a crash left undone.
func (d *Desk) Forget(ctx context.Context, rec *record.Record, by record.By, item string, gone func(v *record.View, item string) (bool, error)) error {
	for {
		again, err := d.forget(ctx, rec, by, item, gone)
		if !again {
			return err
		}
	}
}

func (d *Desk) forget(ctx context.Context, rec *record.Record, by record.By, item string, gone func(v *record.View, item string) (bool, error)) (again bool, err error) {
	var h Handover
	var n int
	var old []string
	here := map[int]bool{} // places whose items are here still
	err = rec.View(ctx, func(v *record.View) (err error) {
		if h, n, err = Origin(v, item); err != nil {
			return err
		}
		if old, err = replaced(v, h.ID); err != nil {
			return err
		}
		all, err := readMoved(v.Tx, h.ID)
		for _, m := range all {
			erased, err := gone(v, m.Item)
			if err != nil {
				return err
			}
			here[m.N] = !erased
		}
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound { // it was taken in here
		return false, nil
	}
	if err != nil || h.Contents == "" {
		return false, err
	}
	for _, name := range old { // a crash came before this
		if name == h.Contents {
			continue
		}
		if err := d.Remove(ctx, name); err != nil {
			return false, err
		}
	}
	c, err := d.Contents(ctx, h)
	if fault.KindOf(err) == fault.KindNotFound { // another erasure may have been faster
		was := h.Contents
		if wrong := rec.View(ctx, func(v *record.View) (err error) { h, err = Get(v, h.ID); return err }); wrong != nil {
			return false, wrong
		}
		return h.Contents != was, err
	}
	if err != nil {
		return false, err
	}
	found, err := Strip(&c, func(at int) bool { return at == n }, func(at int) bool { return at != n && here[at] })
	if err != nil || !found {
		return false, err
	}
	return d.replace(ctx, rec, by, h, c)
}

// replace puts other contents in the place of those of a hand-over, and says so on
// record. It tells whether somebody else was faster.
func (d *Desk) replace(ctx context.Context, rec *record.Record, by record.By, h Handover, c bundle.Contents) (again bool, err error) {
	contents, err := d.keepContents(ctx, c)
	if err != nil || contents == h.Contents {
		return false, err
	}
	now := h.Contents
	err = rec.Do(ctx, by, func(tx *record.Tx) error {
		x, err := Get(tx.View, h.ID)
		if err != nil {
			return err
		}
		if now = x.Contents; now != h.Contents { // another erasure was faster
			return errFaster
		}
		_, err = tx.Append(record.Draft{Kind: "handover.stripped", Subjects: []string{h.ID}, Open: strippedOpen{h.ID, contents, h.Contents}})
		return err
	})
	switch {
	case errors.Is(err, errFaster) && contents == now: // and did the same: what was kept is what is there
		return true, nil
	case errors.Is(err, errFaster):
		err = d.Remove(ctx, contents)
		return err == nil, err
	case err != nil:
		return false, err
	}
	return false, d.Remove(ctx, h.Contents)
}

var errFaster = errors.New("the contents are others by now")

// replaced returns what contents a hand-over had before those that it has.
func replaced(v *record.View, id string) (names []string, err error) {
	all, err := v.History(id)
	for _, e := range all {
		if e.Kind != "handover.stripped" {
			continue
		}
		var x strippedOpen
		if err := e.Decode(&x); err != nil {
			return nil, err
		}
		names = append(names, x.Was)
	}
	return names, err
}
