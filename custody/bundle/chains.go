package bundle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/ledger"
)

// checkedLog is a log whose entries were all found to be in it.
type checkedLog struct {
	name     string
	key      string
	size     int64
	founding custody.Founding
	last     time.Time // of its newest entry here
	events   map[string][]event
	loose    map[int64]string // entries that no item has claimed yet
}

// event is an entry that names something.
type event struct {
	index  int64
	leaf   ledger.Hash
	bodies []*custody.Body // those that are disclosed
}

// meta checks all that is not an item's bytes.
func (v *verifier) meta() error {
	c := &v.report.Contents
	if err := v.unseal(); err != nil {
		return err
	}
	for k, l := range c.Logs {
		opts := custody.Options{}
		if k == 0 {
			opts = v.opts.Options
		}
		checked, witnesses, err := checkLog(l, opts)
		if err != nil {
			return fmt.Errorf("%s: %w", nth(k), err)
		}
		if err := v.apart(checked); err != nil {
			return fmt.Errorf("%s: %w", nth(k), err)
		}
		if k == 0 {
			v.report.Witnesses, v.report.Exercise = witnesses, checked.founding.Exercise
		}
		v.logs = append(v.logs, checked)
		if !slices.Contains(v.report.Custodians, checked.name) {
			v.report.Custodians = append(v.report.Custodians, checked.name)
		}
		v.report.Events += len(l.Entries) - 1
	}
	own := v.logs[0]
	v.report.Node, v.report.LogKey, v.report.Size, v.report.Pinned = own.name, own.key, own.size, v.opts.LogKey != ""
	if err := v.permissions(); err != nil {
		return err
	}
	if err := v.offer(); err != nil {
		return err
	}
	passed, err := v.earlier()
	if err != nil {
		return err
	}
	return v.chains(passed)
}

// apart holds that the sender's log is there once, and that several parts of an
// earlier custodian's log, which came at different times, are of one log.
func (v *verifier) apart(l checkedLog) error {
	for k, other := range v.logs {
		switch {
		case other.name != l.name:
		case k == 0:
			return fmt.Errorf("the log of %s is there twice", l.name)
		case other.key != l.key || other.founding.EntryText != l.founding.EntryText:
			return fmt.Errorf("the log of %s is there under other keys", l.name)
		}
	}
	return nil
}

// checkLog checks that each entry of a log is in it and signed.
func checkLog(l Log, opts custody.Options) (out checkedLog, witnesses []custody.Witness, err error) {
	c, witnesses, err := custody.Cosigned(l.Checkpoint, l.Key, l.Witnesses, opts)
	if err != nil {
		return out, nil, err
	}
	out = checkedLog{name: c.Origin, key: l.Key, size: c.Size, events: map[string][]event{}, loose: map[int64]string{}}
	if len(l.Entries) == 0 || l.Entries[0].Index != 0 || l.Entries[0].Open == nil {
		return out, nil, errors.New("it does not begin with entry 0, which binds the entry key")
	}
	indexes, hashes := make([]int64, len(l.Entries)), make([]ledger.Hash, len(l.Entries))
	for i, e := range l.Entries {
		indexes[i], hashes[i] = e.Index, ledger.LeafHash(e.Leaf)
	}
	if err := ledger.IncludedAll(c.Root, c.Size, indexes, hashes, l.Proof); err != nil {
		return out, nil, fmt.Errorf("its entries are not those of the log of %d entries: %w", c.Size, err)
	}
	if out.founding, err = custody.ReadFounding(l.Entries[0].Leaf, *l.Entries[0].Open, l.Key); err != nil {
		return out, nil, fmt.Errorf("entry 0: %w", err)
	}
	for i, e := range l.Entries {
		if err := out.entry(e, hashes[i]); err != nil {
			return out, nil, fmt.Errorf("entry %d: %w", e.Index, err)
		}
	}
	return out, witnesses, nil
}

// entry checks one entry, and notes it under each thing that it names.
func (l *checkedLog) entry(e Entry, hash ledger.Hash) error {
	leaf, err := custody.ReadLeaf(e.Leaf, l.founding.EntryKey)
	if err != nil {
		return err
	}
	switch {
	case leaf.Node != l.name:
		return fmt.Errorf("it is of the node %.100q, the log is that of %q", leaf.Node, l.name)
	case leaf.Time.Before(l.last):
		return errors.New("its time is before that of the entry before it")
	}
	if e.Open != nil {
		if err := leaf.Opens(*e.Open); err != nil {
			return err
		}
	}
	if e.Sealed != nil {
		if err := leaf.Unseals(*e.Sealed); err != nil {
			return err
		}
	}
	l.last = leaf.Time
	if e.Index == 0 {
		return nil
	}
	for _, s := range leaf.Subjects {
		l.events[s] = append(l.events[s], event{e.Index, hash, []*custody.Body{e.Open, e.Sealed}})
	}
	l.loose[e.Index] = leaf.Kind
	return nil
}

// log finds the log of a custodian, and of several parts of it the one with
// entries about an item; "" is any.
func (v *verifier) log(node, item string) (found *checkedLog, err error) {
	for k := range v.logs {
		if v.logs[k].name == node && (found == nil || len(found.events[item]) == 0) {
			found = &v.logs[k]
		}
	}
	if found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("the log of %.100q is not in the bundle", node)
}

// permissions checks that the items stand in place, that each permission that
// one of them names is there, and that each that is there is named.
func (v *verifier) permissions() error {
	c := &v.report.Contents
	known, used := map[string]bool{}, map[string]bool{}
	for _, p := range c.Consents {
		known[p.ID] = true
	}
	if len(c.Items) == 0 {
		return fmt.Errorf("%s: there are no items", itemsName)
	}
	for i, item := range c.Items {
		if item.N != i+1 {
			return fmt.Errorf("item %d stands in place %d", item.N, i+1)
		}
		v.report.Bytes += item.Bytes
		for _, id := range item.Consents {
			if !known[id] {
				return fmt.Errorf("item %d: the permission %s is not in the bundle", item.N, id)
			}
			used[id] = true
		}
	}
	for _, p := range c.Consents {
		if !used[p.ID] {
			return fmt.Errorf("the permission %s bears on no item", p.ID)
		}
	}
	return nil
}

// offer checks the offer to the receiver, and their answer if it is there.
func (v *verifier) offer() error {
	c, own := &v.report.Contents, &v.logs[0]
	if c.Offer == nil {
		if c.Receipt != nil {
			return errors.New("a receipt is in the bundle and no offer")
		}
		return nil
	}
	o, err := handover.ParseOffer(c.Offer)
	if err != nil {
		return err
	}
	if err := own.signed(o, "offer"); err != nil {
		return err
	}
	terms, err := FormatConsents(c.Consents)
	if err != nil {
		return err
	}
	if err := o.Holds(c.Items, terms, len(c.Consents)); err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	if o.Size > own.size {
		return fmt.Errorf("offer: it was made when the log had %d entries, the checkpoint is over %d", o.Size, own.size)
	}
	v.report.Offered = &o
	if c.Receipt == nil {
		return nil
	}
	a, err := handover.ParseAnswer(c.Receipt, c.Offer)
	if err != nil {
		return err
	}
	if _, err := a.Fits(c.Items, c.Refusals); err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	v.report.Answer = &a
	return nil
}

// signed holds that an offer is by the owner of a log.
func (l *checkedLog) signed(o handover.Offer, what string) error {
	switch key := l.founding.EntryText; {
	case o.From != l.name:
		return fmt.Errorf("%s: it is from %q, the log is that of %q", what, o.From, l.name)
	case o.FromKey != key:
		return fmt.Errorf("%s: it is signed with another key than the one that signs the entries of %s", what, l.name)
	}
	return nil
}

// passing is an item that was handed over: what its line was.
type passing struct {
	from, to, id string
	line         handover.Item
	made         time.Time
}

// earlier checks the earlier changes of hands, and says which items went
// through them.
func (v *verifier) earlier() (map[string][]passing, error) {
	out := map[string][]passing{}
	seen := map[string]bool{}
	for k, h := range v.report.Handovers {
		fail := func(err error) (map[string][]passing, error) {
			return nil, fmt.Errorf("hand-over %d: %w", k+1, err)
		}
		o, err := handover.ParseOffer(h.Offer)
		if err != nil {
			return fail(err)
		}
		a, err := handover.ParseAnswer(h.Receipt, h.Offer)
		if err != nil {
			return fail(err)
		}
		if seen[a.Offer] {
			return fail(errors.New("it is there twice"))
		}
		seen[a.Offer] = true
		if err := v.parties(o, a); err != nil {
			return fail(err)
		}
		refused, err := shown(o, a, h)
		if err != nil {
			return fail(err)
		}
		for _, line := range h.Items {
			if refused[line.N] {
				return fail(fmt.Errorf("item %d of it was refused", line.N))
			}
			key := line.SHA256 + " " + o.From + " " + o.To
			out[key] = append(out[key], passing{o.From, o.To, line.ID, line, o.Made})
		}
	}
	return out, nil
}

// parties holds that offer and answer are by the owners of logs that are in
// the bundle.
func (v *verifier) parties(o handover.Offer, a handover.Answer) error {
	from, err := v.log(o.From, "")
	if err != nil {
		return err
	}
	to, err := v.log(o.To, "")
	if err != nil {
		return err
	}
	if err := from.signed(o, "offer"); err != nil {
		return err
	}
	if a.Key != to.founding.EntryText {
		return fmt.Errorf("receipt: it is signed with another key than the one that signs the entries of %s", to.name)
	}
	return nil
}

// shown checks that the lines shown were in the offer, and returns the places
// of those that were refused.
func shown(o handover.Offer, a handover.Answer, h Handover) (map[int]bool, error) {
	hashes, err := handover.Hashes(h.Items)
	if err != nil {
		return nil, err
	}
	indexes := make([]int64, len(h.Items))
	for i, item := range h.Items {
		indexes[i] = int64(item.N - 1)
	}
	root, err := o.Tree()
	if err != nil {
		return nil, err
	}
	if err := ledger.IncludedAll(root, int64(o.Items), indexes, hashes, h.Proof); err != nil {
		return nil, fmt.Errorf("its items are not those that were offered: %w", err)
	}
	all, err := handover.ParseRefusals(h.Refusals)
	if err != nil {
		return nil, err
	}
	if handover.Sum(h.Refusals) != a.Refusals || len(all) != a.Refused {
		return nil, errors.New("the refusals are not those that the receipt was signed over")
	}
	out := map[int]bool{}
	for _, r := range all {
		out[r.N] = true
	}
	return out, nil
}

// chains follows each item from its first custodian to the sender, and holds
// that every entry in the bundle belongs to an item.
func (v *verifier) chains(passed map[string][]passing) error {
	for _, item := range v.report.Items {
		head := custody.ChainStart(item.Sum())
		for k, s := range item.Custody {
			if k > 0 {
				if err := handed(passed, item, k); err != nil {
					return fmt.Errorf("item %d: %w", item.N, err)
				}
			}
			var err error
			if head, err = v.segment(item, k, s, head); err != nil {
				return fmt.Errorf("item %d: %w", item.N, err)
			}
		}
		if last := item.Custody[len(item.Custody)-1]; last.Node != v.logs[0].name {
			return fmt.Errorf("item %d: its last custodian is %q, the bundle is by %q", item.N, last.Node, v.logs[0].name)
		}
	}
	for k := range v.logs {
		for _, index := range slices.Sorted(maps.Keys(v.logs[k].loose)) {
			return fmt.Errorf("%s: entry %d (%s) is about no item of the bundle", nth(k), index, plain(v.logs[k].loose[index]))
		}
	}
	for _, left := range passed {
		if len(left) > 0 {
			return fmt.Errorf("a hand-over from %s to %s shows item %s, which did not go that way", left[0].from, left[0].to, left[0].id)
		}
	}
	return nil
}

// handed holds that an item went from one custodian to the next under both
// signatures.
func handed(passed map[string][]passing, item handover.Item, k int) error {
	from, to := item.Custody[k-1], item.Custody[k]
	key := item.SHA256 + " " + from.Node + " " + to.Node
	for i, p := range passed[key] {
		if p.id == from.ID && slices.Equal(p.line.Custody, item.Custody[:k]) {
			passed[key] = slices.Delete(slices.Clone(passed[key]), i, i+1)
			return nil
		}
	}
	return fmt.Errorf("nothing shows that %s handed it to %s", from.Node, to.Node)
}

// segment follows an item through one log.
func (v *verifier) segment(item handover.Item, k int, s handover.Segment, head custody.Head) (custody.Head, error) {
	l, err := v.log(s.Node, s.ID)
	if err != nil {
		return head, err
	}
	events := l.events[s.ID]
	if len(events) != s.Events {
		return head, fmt.Errorf("the bundle holds %d entries of %s about it, %d were signed for", len(events), s.Node, s.Events)
	}
	if err := v.tookIn(item, s, events[0]); err != nil {
		return head, err
	}
	for _, e := range events {
		if v.report.Offered != nil && k == len(item.Custody)-1 && e.index >= v.report.Offered.Size {
			return head, fmt.Errorf("entry %d of %s is later than the offer", e.index, s.Node)
		}
		head = head.NextHash(e.leaf)
		delete(l.loose, e.index)
	}
	if head.String() != s.Head {
		return head, fmt.Errorf("its chain of custody at %s does not end in the head that was signed", s.Node)
	}
	return head, nil
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
