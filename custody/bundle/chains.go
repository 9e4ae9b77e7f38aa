package bundle

import (
	"errors"
	"fmt"
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
	root     ledger.Hash
	last     time.Time // of its newest entry here
	entries  []mark
	events   map[string][]event
	loose    map[int64]string // entries that no item has claimed yet
}

// event is an entry that names something.
type event struct {
	index  int64
	leaf   ledger.Hash
	bodies []*custody.Body // those that are disclosed
	sealed []byte          // the digest of the sealed part
}

// mark is an entry's place, leaf and time.
type mark struct {
	index int64
	leaf  ledger.Hash
	at    time.Time
}

// meta checks all that is not an item's bytes.
func (v *verifier) meta() error {
	c := &v.report.Contents
	if err := v.unseal(); err != nil {
		return err
	}
	pins, err := v.opts.pins()
	if err != nil {
		return err
	}
	for k, l := range c.Logs {
		opts, err := v.known(k, l, pins)
		if err != nil {
			return fmt.Errorf("%s: %w", nth(k), err)
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
		v.custodian(checked, opts.LogKey != "")
		v.report.Events += len(l.Entries) - 1
	}
	if err := v.allPinned(pins); err != nil {
		return err
	}
	if err := v.oneHistory(); err != nil {
		return err
	}
	own := v.logs[0]
	v.report.Node, v.report.LogKey, v.report.Size, v.report.Pinned = own.name, own.key, own.size, v.report.Keys[0].Pinned
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
	if err := v.chains(passed); err != nil {
		return err
	}
	return v.times()
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
	out = checkedLog{name: c.Origin, key: l.Key, size: c.Size, root: c.Root, events: map[string][]event{}, loose: map[int64]string{}}
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
	l.entries = append(l.entries, mark{e.Index, hash, leaf.Time})
	if e.Index == 0 {
		return nil
	}
	for _, s := range leaf.Subjects {
		l.events[s] = append(l.events[s], event{e.Index, hash, []*custody.Body{e.Open, e.Sealed}, leaf.SealedDigest()})
	}
	l.loose[e.Index] = leaf.Kind
	return nil
}

// log finds the log of a custodian, or the first part of it.
func (v *verifier) log(node string) (*checkedLog, error) {
	for k := range v.logs {
		if v.logs[k].name == node {
			return &v.logs[k], nil
		}
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
