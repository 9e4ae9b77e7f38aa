package heed

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/near"
	fileread "github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// likes holds the marks of what was read, in memory alone. It is filled when it is first
// asked, and goes on from there. What it finds is shown to nobody before access to it is
// decided.
type likes struct {
	mu   sync.Mutex
	x    *near.Index
	upTo int64 // the last reading that is in it
	size int64 // of the record, when it was looked through for erasures
}

// of brings the marks up to date and calls f with them.
func (k *likes) of(v *record.View, f func(*near.Index) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	size, err := v.Size()
	if err != nil {
		return err
	}
	if k.x == nil {
		k.x, k.upTo, k.size = near.NewIndex(), 0, size
	}
	k.upTo, err = evidence.Readings(v, k.upTo, func(item string, r fileread.Reading) {
		if r.Marks == nil { // it was read before marks were made
			r.MarkWords()
		}
		k.x.Put(item, r.Marks)
	})
	if err != nil {
		return err
	}
	if k.size < size { // another process may have erased something
		err = erasedSince(v, k.size, k.x.Drop)
		k.size = size
	}
	if err != nil {
		return err
	}
	return f(k.x)
}

// forget takes out what was erased.
func (k *likes) forget(item string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.x != nil {
		k.x.Drop(item)
	}
}

// erasedSince names what was erased from an entry on.
func erasedSince(v *record.View, from int64, f func(subject string)) error {
	for before := int64(0); ; {
		all, err := v.Entries(record.Search{Subject: "node", Before: before, Limit: 100})
		if err != nil {
			return err
		}
		for _, e := range all {
			if before = e.Index; before < from {
				return nil
			}
			var x record.Erased
			if e.Kind == "record.erased" && e.Decode(&x) == nil {
				f(x.Subject)
			}
		}
		if len(all) < 100 || before == 0 {
			return nil
		}
	}
}

// A NearItem is an item that is like another, or the same.
type NearItem struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Marking  string        `json:"marking"`
	Size     int64         `json:"bytes"`
	SHA256   string        `json:"sha256"`
	Same     bool          `json:"same_bytes"` // an exact duplicate
	Likeness near.Likeness `json:"likeness,omitzero"`
}

// A NearView is what is like an item.
type NearView struct {
	Item NearItem   `json:"item"`
	Near []NearItem `json:"near"` // exact duplicates first, then the closest
	More bool       `json:"more"` // there are more than are shown
	// Open tells whether who may open the item itself: else nothing is compared.
	Open bool `json:"may_open"`
	// Marked tells whether there is anything of it that can be compared: a picture,
	// frames, or words.
	Marked bool `json:"comparable"`
}

// mostNear is how many items that are like one are shown.
const mostNear = 100

// compares decides whether the reader may be told what an item is like: that says
// something of its content, so it takes the right to open it, for the use stated. No
// bytes leave, so it is no opening.
func (l *look) compares(i evidence.Item) bool {
	res, why := l.itemUsed(i)
	stated := *l
	stated.who.Purpose = cmp.Or(l.who.Purpose, "to see what it is like")
	return why == "" && l.may(access.EvidenceRead, res) && stated.may(access.EvidenceOpen, res)
}

// Near returns what is nearly the same as an item, and what has the same bytes, of those
// items that who may open for the use stated. Of one that may not be opened, nothing is
// told or counted.
func (h *Heed) Near(ctx context.Context, who Who, id string) (out NearView, err error) {
	err = h.see(ctx, who, func(l *look) error {
		out = NearView{Near: []NearItem{}}
		i, err := evidence.Head(l.View, id)
		if err != nil {
			i = evidence.Item{ID: id, Marking: "RED"}
		}
		if l.need(access.EvidenceRead, l.item(i)) != nil {
			return fault.NotFound("there is no item %s", id)
		}
		if err != nil {
			return err
		}
		if out.Open = l.compares(i); !out.Open {
			out.Item = NearItem{ID: i.ID, Marking: i.Marking, Size: i.Size}
			return nil
		}
		if i, err = evidence.Get(l.View, id); err != nil {
			return err
		}
		if out.Item = nearItem(i); i.Erased {
			return nil
		}
		return l.near(&out, i)
	})
	return out, err
}

func nearItem(i evidence.Item) NearItem {
	return NearItem{ID: i.ID, Name: i.Name, Marking: i.Marking, Size: i.Size, SHA256: i.SHA256}
}

// near fills in the duplicates and what is like them.
func (l *look) near(out *NearView, i evidence.Item) error {
	like := map[string]near.Likeness{}
	var ids []string
	same, err := evidence.Heads(l.View, evidence.Filter{Mark: l.h.markOf(i.SHA256), Limit: 1000, Oldest: true})
	if err != nil {
		return err
	}
	for _, s := range same {
		if s.ID != i.ID {
			ids = append(ids, s.ID)
		}
	}
	exact := len(ids)
	err = l.h.likes.of(l.View, func(x *near.Index) error {
		out.Marked = x.Has(i.ID)
		for _, n := range x.Near(i.ID) {
			if like[n.ID] = n.Likeness; !slices.Contains(ids[:exact], n.ID) {
				ids = append(ids, n.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, id := range ids {
		o, err := l.toldNear(id)
		if err != nil {
			return err
		}
		if o == nil {
			continue
		}
		if len(out.Near) == mostNear {
			out.More = true
			break
		}
		o.Same, o.Likeness = n < exact, like[id]
		out.Near = append(out.Near, *o)
	}
	return nil
}

// toldNear returns an item if the reader may be told that it is like another.
func (l *look) toldNear(id string) (*NearItem, error) {
	i, err := evidence.Head(l.View, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, nil
	}
	if err != nil || !l.compares(i) {
		return nil, err
	}
	if i, err = evidence.Get(l.View, id); err != nil || i.Erased {
		return nil, err
	}
	o := nearItem(i)
	return &o, nil
}

// A NearGroup is items of which each is like another of them.
type NearGroup struct {
	Items []NearItem `json:"items"` // each with its likeness to the one that it is most like
}

// NearGroups are the groups of a collection.
type NearGroups struct {
	Collection string      `json:"collection"`
	Compared   int         `json:"compared"` // items of the collection that who may open
	Groups     []NearGroup `json:"groups"`   // the largest first
	More       bool        `json:"more"`     // there are more pairs than were looked at

	Thumbs map[string]bool `json:"-"` // items of groups of which a thumbnail can be shown, for a purpose
}

// mostPairs bounds the pairs that are put into groups.
const mostPairs = 200_000

// NearGroups finds, among the items of a collection that who may open for the use
// stated, those that are nearly the same or have the same bytes.
func (h *Heed) NearGroups(ctx context.Context, who Who, collection string) (out NearGroups, err error) {
	out = NearGroups{Collection: collection, Groups: []NearGroup{}}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil { // as for the list
			return err
		}
		if collection == "" {
			return fault.Invalid("collection", "say of which collection")
		}
		items, whole := map[string]NearItem{}, map[string]evidence.Item{}
		var ids []string
		err := evidence.EachHead(l.View, evidence.Filter{Link: evidence.Link{Kind: "collection", To: collection}, NoThumbs: true}, func(i evidence.Item) (err error) {
			if !l.compares(i) {
				return nil
			}
			if i, err = evidence.Get(l.View, i.ID); err != nil || i.Erased {
				return err
			}
			items[i.ID], whole[i.ID] = nearItem(i), i
			ids = append(ids, i.ID)
			return nil
		})
		if err != nil {
			return err
		}
		out.Compared = len(ids)
		err = l.h.likes.of(l.View, func(x *near.Index) error {
			var pairs []near.Pair
			pairs, out.More = x.Pairs(ids, mostPairs)
			out.group(items, ids, pairs)
			return nil
		})
		if err != nil {
			return err
		}
		var grouped []evidence.Item
		for _, g := range out.Groups {
			for _, i := range g.Items {
				grouped = append(grouped, whole[i.ID])
			}
		}
		out.Thumbs, err = l.haveThumbs(grouped)
		return err
	})
	return out, err
}

// group joins pairs, and what has the same bytes, to groups.
func (g *NearGroups) group(items map[string]NearItem, ids []string, pairs []near.Pair) {
	first := map[string]string{} // by digest
	for _, id := range ids {
		i := items[id]
		if before, ok := first[i.SHA256]; ok {
			pairs = append(pairs, near.Pair{A: before, B: id, Likeness: near.Likeness{Percent: 100}})
			i.Same = true
			items[id] = i
			b := items[before]
			b.Same = true
			items[before] = b
		} else {
			first[i.SHA256] = id
		}
	}
	best := map[string]near.Likeness{}
	for _, p := range pairs {
		for _, id := range []string{p.A, p.B} {
			if was, ok := best[id]; !ok || near.Closer(p.Likeness, was) < 0 {
				best[id] = p.Likeness
			}
		}
	}
	for _, ids := range near.Groups(pairs) {
		var one NearGroup
		for _, id := range ids {
			i := items[id]
			i.Likeness = best[id]
			one.Items = append(one.Items, i)
		}
		g.Groups = append(g.Groups, one)
	}
}

// ReadyNear fills the marks ahead of the first who asks.
func (h *Heed) ReadyNear(ctx context.Context, who Who) error {
	return h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceKeep, l.node()); err != nil {
			return err
		}
		return l.h.likes.of(l.View, func(*near.Index) error { return nil })
	})
}
