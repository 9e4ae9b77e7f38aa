package bundle

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/handover"
)

// chains follows each item from its first custodian to the sender, and holds
// that every entry in the bundle belongs to an item.
func (v *verifier) chains(passed map[string][]*passing) error {
	ways := map[[2]string]handover.Item{} // by custodian and id there: an item that came there so
	for _, item := range v.report.Items {
		if err := v.chain(item, passed, ways); err != nil {
			return fmt.Errorf("item %d: %w", item.N, err)
		}
	}
	for k := range v.logs {
		for _, index := range slices.Sorted(maps.Keys(v.logs[k].loose)) {
			return fmt.Errorf("%s: entry %d (%s) is about no item of the bundle", nth(k), index, plain(v.logs[k].loose[index]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(passed)) {
		for _, p := range passed[key] {
			if !p.used {
				return fmt.Errorf("a hand-over from %s to %s shows item %s, which did not go that way", p.from, p.to, p.line.ID)
			}
		}
	}
	return nil
}

// chain follows one item.
func (v *verifier) chain(item handover.Item, passed map[string][]*passing, ways map[[2]string]handover.Item) (err error) {
	head := custody.ChainStart(item.Sum())
	last := len(item.Custody) - 1
	for k, s := range item.Custody {
		limit := int64(math.MaxInt64) // of the entries that can be about it: of a copy there is none
		switch {
		case k < last:
			p, err := handed(passed, item, k+1)
			if err != nil {
				return err
			}
			limit = p.size
		case v.report.Offered != nil:
			limit = v.report.Offered.Size
		}
		if err := oneWay(ways, item, k); err != nil {
			return err
		}
		if head, err = v.segment(item, s, head, limit); err != nil {
			return err
		}
	}
	if item.Custody[last].Node != v.logs[0].name {
		return fmt.Errorf("its last custodian is %q, the bundle is by %q", item.Custody[last].Node, v.logs[0].name)
	}
	return nil
}

// handed holds that an item went from one custodian to the next under both
// signatures. What one custodian handed to another once, and that one handed on
// twice, went the first way once; what they handed to the same one twice, unchanged,
// went by either.
func handed(passed map[string][]*passing, item handover.Item, k int) (*passing, error) {
	from, to := item.Custody[k-1], item.Custody[k]
	var went *passing
	for _, p := range passed[item.SHA256+" "+from.Node+" "+to.Node] {
		if p.line.ID == from.ID && slices.Equal(p.line.Custody, item.Custody[:k]) {
			if went = p; !p.used {
				break
			}
		}
	}
	if went != nil {
		went.used = true
		return went, nil
	}
	return nil, fmt.Errorf("nothing shows that %s handed it to %s", from.Node, to.Node)
}

// oneWay holds that what a custodian has under one id came to them once, and
// that the sender hands it over once.
func oneWay(ways map[[2]string]handover.Item, item handover.Item, k int) error {
	s := item.Custody[k]
	if k == 0 {
		return nil
	}
	before, known := ways[[2]string{s.Node, s.ID}]
	switch {
	case !known:
		ways[[2]string{s.Node, s.ID}] = item
		return nil
	case before.SHA256 != item.SHA256 || len(before.Custody) < k || !slices.Equal(before.Custody[:k], item.Custody[:k]):
		return fmt.Errorf("%s had it as %s, which came there another way as item %d", s.Node, s.ID, before.N)
	case k == len(item.Custody)-1:
		return fmt.Errorf("it is item %d once more: %s has both as %s", before.N, s.Node, s.ID)
	}
	return nil
}

// segment follows an item through one log. Of a log that is there in several
// parts each is tried that has entries about the item: those that end in the
// head that was signed count, and where none does, the error is of the first.
func (v *verifier) segment(item handover.Item, s handover.Segment, head custody.Head, limit int64) (end custody.Head, err error) {
	l, err := v.log(s.Node)
	if err != nil {
		return head, err
	}
	var found *checkedLog
	for n := range v.logs {
		part := &v.logs[n]
		if part.name != s.Node || len(part.events[s.ID]) == 0 {
			continue
		}
		at, wrong := v.follow(part, item, s, head, limit)
		switch {
		case wrong == nil:
			end, found = at, part
		case err == nil:
			err = wrong
		}
	}
	switch {
	case found != nil:
		return end, v.whole(found, s, limit)
	case err == nil:
		err = fmt.Errorf("the bundle holds no entries of %s about it, %d were signed for", l.name, s.Events)
	}
	return head, err
}

// follow follows an item through one part of a log, and claims its entries.
func (v *verifier) follow(l *checkedLog, item handover.Item, s handover.Segment, head custody.Head, limit int64) (custody.Head, error) {
	events := l.events[s.ID]
	if len(events) != s.Events {
		return head, fmt.Errorf("the bundle holds %d entries of %s about it, %d were signed for", len(events), s.Node, s.Events)
	}
	if err := v.tookIn(item, s, events[0]); err != nil {
		return head, err
	}
	for _, e := range events {
		if e.index >= limit {
			return head, fmt.Errorf("entry %d of %s is later than the offer", e.index, s.Node)
		}
		head = head.NextHash(e.leaf)
	}
	if head.String() != s.Head {
		return head, fmt.Errorf("its chain of custody at %s does not end in the head that was signed", s.Node)
	}
	for _, e := range events {
		delete(l.loose, e.index)
	}
	v.taken[[2]string{s.Node, s.ID}] = events[0].sealed
	return head, nil
}

// whole holds that no other part of a log shows an entry about an item that was
// there when it was offered, and that was left out of what was signed.
func (v *verifier) whole(l *checkedLog, s handover.Segment, limit int64) error {
	for n := range v.logs {
		if part := &v.logs[n]; part != l && part.name == l.name {
			for _, e := range part.events[s.ID] {
				_, signed := slices.BinarySearchFunc(l.events[s.ID], e.index, func(o event, index int64) int { return cmp.Compare(o.index, index) })
				if e.index < limit && !signed {
					return fmt.Errorf("the entry %d of %s about it was left out of what was signed", e.index, s.Node)
				}
			}
		}
	}
	return nil
}

// tookIn holds that the first entry of a custodian about an item names its
// bytes. Where what stays sealed is in a file for the receiver, others cannot
// hold it against that.
func (v *verifier) tookIn(item handover.Item, s handover.Segment, e event) error {
	for _, b := range e.bodies {
		if b == nil {
			continue
		}
		sum, ok := sumOf(b.Bytes, s.ID)
		if ok && sum != item.SHA256 {
			return fmt.Errorf("the entry %d by which %s took it in is of other bytes", e.index, s.Node)
		}
		if ok {
			return nil
		}
	}
	if v.report.Sealed != nil && v.opts.Open == nil {
		return nil
	}
	return fmt.Errorf("the entry %d by which %s took it in does not say of which bytes it is, or is not disclosed", e.index, s.Node)
}
