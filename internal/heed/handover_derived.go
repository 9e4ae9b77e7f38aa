package heed

import (
	"context"
	"slices"
	"strings"

	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// family says which items of an offer were made from which others: by the ids that
// the sender's log names, or where it names none by their bytes.
type family struct {
	items  []handover.Item
	origin map[string]string // by the sender's id: that of what it was made from
	byID   map[string]int    // the place of an item
	bySum  map[string]int
}

func familyOf(items []handover.Item, origin map[string]string) family {
	f := family{items, origin, map[string]int{}, map[string]int{}}
	for k, i := range items {
		f.byID[i.ID] = k
		if was, there := f.bySum[i.SHA256]; !there || items[was].From != "" && i.From == "" { // of the same bytes the original counts
			f.bySum[i.SHA256] = k
		}
	}
	return f
}

// parent is the index of what an item was made from, if that is in the offer.
func (f family) parent(i handover.Item) (int, bool) {
	if i.From == "" {
		return 0, false
	}
	if k, there := f.byID[f.origin[i.ID]]; there && f.items[k].SHA256 == i.From {
		return k, true
	}
	k, there := f.bySum[i.From]
	return k, there
}

// steps says, by place, how many steps each item is away from its original:
// whatever was derived is taken in after what it was derived from. What names an
// original that is not in the offer is one step away.
func (f family) steps() map[int]int {
	out := map[int]int{}
	for _, i := range f.items {
		for of, there := i, true; there && of.From != "" && out[i.N] < evidence.MostDerived; {
			out[i.N]++
			var k int
			if k, there = f.parent(of); there {
				of = f.items[k]
			}
		}
	}
	return out
}

// origins reads in the sender's log from which item each was made there.
func (t *takeover) origins() (map[string]string, error) {
	out := map[string]string{}
	for _, e := range t.report.Logs[0].Entries {
		h, err := record.ParseLeaf(e.Leaf)
		if err != nil {
			return nil, err
		}
		if h.Kind == "evidence.taken" && len(h.Subjects) > 1 {
			out[h.Subjects[0]] = h.Subjects[1]
		}
	}
	return out, nil
}

// elder is an item that came from the sender before: its id there, and its bytes.
type elder struct{ id, sha256 string }

// elders finds what came here from the sender by other hand-overs, where something
// of this one was made from it: of several the newest that was not erased.
func (t *takeover) elders(ctx context.Context) (map[elder]string, error) {
	out := map[elder]string{}
	wanted := map[elder]bool{}
	for _, i := range t.report.Items {
		of := t.family.origin[i.ID]
		if k, there := t.family.byID[of]; i.From != "" && of != "" && (!there || t.family.items[k].SHA256 != i.From) {
			wanted[elder{of, i.From}] = true
		}
	}
	if len(wanted) == 0 {
		return out, nil
	}
	err := t.h.see(ctx, t.who, func(l *look) error {
		if err := l.need(access.HandoverTake, l.node()); err != nil {
			return err
		}
		all, err := transfer.List(l.View)
		if err != nil {
			return err
		}
		here, err := transfer.ItemsOf(l.View)
		if err != nil {
			return err
		}
		for _, h := range all { // the newest first
			if h.Way != transfer.In || h.Peer != t.report.Node || h.Contents == "" {
				continue
			}
			c, err := transfer.New(t.h.parts.Blobs).Contents(ctx, h)
			if err != nil {
				return err
			}
			for _, i := range c.Items {
				key := elder{i.ID, i.SHA256}
				id := here[transfer.Came{Handover: h.ID, N: i.N}]
				if !wanted[key] || id == "" || out[key] != "" {
					continue
				}
				switch err := evidence.There(l.View, id); {
				case err == nil:
					out[key] = id
				case fault.KindOf(err) != fault.KindStale:
					return err
				}
			}
		}
		return nil
	})
	return out, err
}

// from returns the item here that one was made from, "" where it is not here, or
// so far from an original that nothing may be derived from it.
func (t *takeover) from(v *record.View, i handover.Item) (string, error) {
	if i.From == "" {
		return "", nil
	}
	id := t.elder[elder{t.family.origin[i.ID], i.From}]
	if k, there := t.family.parent(i); id == "" && there {
		id = t.local[t.family.items[k].N]
	}
	if id == "" {
		return "", nil
	}
	err := evidence.MayDerive(v, id)
	if fault.KindOf(err) == fault.KindInvalid {
		return "", nil
	}
	return id, err
}

// kind is how an item was made from another, as it is called here. A thumbnail is
// one beside its original alone: it stands in no list, and hides nothing.
func kind(i handover.Item, from string) string {
	switch {
	case slices.Contains(evidence.Ways(), i.How) && (i.How != thumbnail || from != "" && strings.HasPrefix(i.Media, "image/")):
		return i.How
	case from != "":
		return "working-copy"
	}
	return ""
}
