package heed

import (
	"fmt"
	"slices"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/record"
)

// A legal hold goes with an item: the entries that put it on and end it are in the
// sender's log, and what it says is sealed for the receiver with the rest. At the
// receiver it is a hold of its own, put on with the entry by which the item is taken in,
// which a second person there can end.

// holds discloses the holds that are in force on an item, to the receiver alone.
func (p *parcel) holds(id string, indexes []int64) error {
	all, err := evidence.Holds(p.View, id)
	for n := 0; n < len(all) && err == nil; n++ {
		err = p.opens(all[n].Entry, indexes)
	}
	return err
}

// heldNow tells whether an item was put under a hold after an offer was made over
// so many entries.
func heldNow(v *record.View, id string, size int64) (bool, error) {
	all, err := evidence.Holds(v, id)
	return slices.ContainsFunc(all, func(h evidence.Held) bool { return h.Entry >= size }), err
}

// mostHolds bounds the holds that are put on one item for what a sender's record says.
const mostHolds = 100

// held reads which holds the sender's record shows on the items, by their ids
// there. How many are in force every custodian's log shows; what they say only who
// can open what is sealed, and where the sender left that out it is said so.
func (t *takeover) held() (map[string][]evidence.Held, error) {
	inForce := map[string]int{}
	last := map[string]int64{} // the entry that put the last one on
	out := map[string][]evidence.Held{}
	for _, e := range t.report.Logs[0].Entries {
		h, err := record.ParseLeaf(e.Leaf)
		if err != nil {
			return nil, err
		}
		if len(h.Subjects) == 0 || e.Index >= t.report.Offered.Size {
			continue
		}
		id := h.Subjects[0]
		switch h.Kind {
		case "evidence.released":
			inForce[id]--
		case "evidence.held":
			inForce[id]++
			last[id] = e.Index
			if e.Open == nil || e.Sealed == nil {
				continue
			}
			x, err := evidence.ReadHeld(e.Open.Bytes, e.Sealed.Bytes)
			if err != nil {
				return nil, fmt.Errorf("the sender's entry %d: %w", e.Index, err)
			}
			if x.Item != id {
				return nil, fmt.Errorf("the sender's entry %d is about %s and puts a hold on %.60q", e.Index, id, x.Item)
			}
			x.Entry = e.Index
			if len(out[id]) < mostHolds {
				out[id] = append(out[id], x)
			}
		}
	}
	for id, n := range inForce {
		if n > len(out[id]) && len(out[id]) < mostHolds {
			out[id] = append(out[id], evidence.Held{ID: "hold at the sender", Item: id, Entry: last[id], Reason: evidence.Reason{
				Reason: fmt.Sprintf("the sender's record shows %d holds on %s, and not why", n, id)}})
		}
	}
	return out, nil
}
