package heed

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/ledger"
)

// own adds the node's own log: entry 0 and every entry about an item, and from
// them what each item's chain of custody comes to.
func (p *parcel) own(ctx context.Context, up map[string]upstream) error {
	of := map[int64][]int{} // by entry: the places of the items that it names
	chains := make([][]int64, len(p.items))
	last := int64(0)
	for n, i := range p.items {
		entries, err := p.HistoryIndexes(i.ID)
		if err != nil {
			return err
		}
		chains[n] = entries
		for _, e := range entries {
			of[e] = append(of[e], n)
			last = max(last, e)
		}
	}
	signed, witnesses, err := p.checkpointOver(last)
	if err != nil {
		return err
	}
	c, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return err
	}
	p.size = c.Size
	log := bundle.Log{Key: p.h.LogKey(), Checkpoint: signed, Witnesses: witnesses}
	indexes := []int64{0}
	for e := range of {
		if e != 0 && e < c.Size {
			indexes = append(indexes, e)
		}
	}
	slices.Sort(indexes)
	leaves, err := p.leaves(ctx, indexes, c.Size)
	if err != nil {
		return err
	}
	hash := map[int64]ledger.Hash{}
	for k, index := range indexes {
		log.Entries = append(log.Entries, bundle.Entry{Index: index, Leaf: leaves[k]})
		hash[index] = ledger.LeafHash(leaves[k])
	}
	founding, err := p.Disclose(0, false)
	if err != nil {
		return err
	}
	log.Entries[0].Open = &custody.Body{Salt: founding.OpenSalt, Bytes: founding.Open}
	if log.Proof, err = p.proofs().Subset(ctx, indexes, c.Size); err != nil {
		return err
	}
	if err := p.disclose(&log, indexes); err != nil {
		return err
	}
	p.contents.Logs = append([]bundle.Log{log}, p.contents.Logs...)
	return p.segments(chains, hash, up)
}

// leaves reads leaves, many at once where they stand close.
func (p *parcel) leaves(ctx context.Context, indexes []int64, size int64) ([][]byte, error) {
	const window = 1024
	out := make([][]byte, 0, len(indexes))
	for len(indexes) > 0 {
		from := indexes[0]
		n, _ := slices.BinarySearch(indexes, from+window)
		to := indexes[n-1] + 1
		if n < window/16 { // scattered: one by one
			n, to = 1, from+1
		}
		part, err := p.View.Log().Leaves(ctx, from, min(to, size))
		if err != nil {
			return nil, err
		}
		for _, i := range indexes[:n] {
			out = append(out, part[i-from])
		}
		indexes = indexes[n:]
	}
	return out, nil
}

// disclose opens the entries by which the items were taken in: for the
// receiver alone, or in a copy for a court to everybody.
func (p *parcel) disclose(log *bundle.Log, indexes []int64) error {
	for _, i := range p.items {
		d, err := p.Disclose(i.Entry, true)
		if err != nil {
			return err
		}
		if d.Sealed == nil {
			return fmt.Errorf("the entry %d by which %s was taken in cannot be opened", i.Entry, i.ID)
		}
		at, ok := slices.BinarySearch(indexes, i.Entry)
		if !ok {
			return fmt.Errorf("the entry %d by which %s was taken in is not among those of its custody", i.Entry, i.ID)
		}
		if p.in.Copy {
			log.Entries[at].Sealed = &custody.Body{Salt: d.SealedSalt, Bytes: d.Sealed}
			continue
		}
		p.opened = append(p.opened, bundle.Disclosure{Log: 0, Index: i.Entry, Body: string(d.Sealed), Salt: d.SealedSalt})
		if err := p.tell(i.ID, indexes); err != nil {
			return err
		}
	}
	return nil
}

// segments completes the items' lines with their chains of custody.
func (p *parcel) segments(chains [][]int64, hash map[int64]ledger.Hash, up map[string]upstream) error {
	for n := range p.contents.Items {
		line := &p.contents.Items[n]
		head := custody.ChainStart(line.Sum())
		s := handover.Segment{Node: p.h.Origin(), ID: line.ID}
		if u, ok := up[line.ID]; ok {
			if slices.ContainsFunc(u.line.Custody, func(s handover.Segment) bool { return s.Node == p.h.Origin() }) {
				return fmt.Errorf("%s was in this node's custody before, and came back: it cannot be handed on under one chain", line.ID)
			}
			line.Custody = slices.Clone(u.line.Custody)
			var err error
			if head, err = custody.ParseHead(line.Custody[len(line.Custody)-1].Head); err != nil {
				return err
			}
		}
		for _, e := range chains[n] {
			if h, ok := hash[e]; ok {
				head = head.NextHash(h)
				s.Events++
			}
		}
		s.Head = head.String()
		line.Custody = append(line.Custody, s)
	}
	return nil
}

// upstream is how an item came here: its line in the offer by which it did.
type upstream struct{ line handover.Item }

// upstream adds what earlier custodians' logs and hand-overs show of the
// items, cut down to these items.
func (p *parcel) upstream(ctx context.Context) (map[string]upstream, error) {
	origins, err := transfer.Origins(p.View)
	if err != nil {
		return nil, err
	}
	by := map[string][]int{} // by hand-over: places in its offer
	item := map[[2]any]string{}
	for _, i := range p.items {
		if c, ok := origins[i.ID]; ok {
			by[c.Handover] = append(by[c.Handover], c.N)
			item[[2]any{c.Handover, c.N}] = i.ID
		}
	}
	p.shown = map[offeredLine]bool{}
	out := map[string]upstream{}
	ids := make([]string, 0, len(by))
	for id := range by {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		h, err := transfer.Get(p.View, id)
		if err != nil {
			return nil, err
		}
		c, err := transfer.New(p.h.parts.Blobs).Contents(ctx, h)
		if err != nil {
			return nil, err
		}
		places := by[id]
		slices.Sort(places)
		for _, n := range places {
			if n < 1 || n > len(c.Items) {
				return nil, fmt.Errorf("%s has no item %d", id, n)
			}
			out[item[[2]any{id, n}]] = upstream{c.Items[n-1]}
		}
		if err := p.inherit(h, c, places); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
	}
	return out, nil
}

// inherit adds the logs and the hand-overs of what came by one hand-over, cut
// down to the items in some places.
func (p *parcel) inherit(h transfer.Handover, c bundle.Contents, places []int) error {
	wanted := map[[2]string]bool{} // node and id
	went := map[passed]bool{}
	lines := make([]handover.Item, len(places))
	indexes := make([]int64, len(places))
	for k, n := range places {
		lines[k], indexes[k] = c.Items[n-1], int64(n-1)
		for _, s := range lines[k].Custody {
			went[passed{lines[k].SHA256, s}] = true
			wanted[[2]string{s.Node, s.ID}] = true
		}
	}
	hashes, err := handover.Hashes(c.Items)
	if err != nil {
		return err
	}
	proof, err := ledger.SubsetOf(hashes, indexes)
	if err != nil {
		return err
	}
	p.contents.Handovers = append(p.contents.Handovers, bundle.Handover{Offer: []byte(h.Offered), Receipt: []byte(h.Receipt), Refusals: []byte(h.Refusals), Items: lines, Proof: proof})
	for _, earlier := range c.Handovers {
		cut, err := cutHandover(earlier, went, p.shown)
		if err != nil {
			return err
		}
		if cut != nil {
			p.contents.Handovers = append(p.contents.Handovers, *cut)
		}
	}
	for _, l := range c.Logs {
		cut, err := cutLog(l, wanted)
		if err != nil {
			return err
		}
		if cut == nil {
			continue
		}
		p.contents.Logs = append(p.contents.Logs, *cut)
		if err := p.reseal(len(p.contents.Logs), wanted); err != nil {
			return err
		}
	}
	return nil
}

// reseal takes the sealed parts of the entries of the log that was added last
// for the receiver's file. What an item was taken in with goes on with that item
// alone, not with one that is only named there. In a copy for a court this stays
// open, and nothing else that an earlier custodian disclosed does. The node's own
// log will stand before all of them: so the number of a log is its place here.
func (p *parcel) reseal(log int, wanted map[[2]string]bool) error {
	entries := p.contents.Logs[log-1].Entries
	for i, e := range entries {
		if e.Sealed == nil {
			if p.in.Copy && e.Index != 0 {
				entries[i].Open = nil
			}
			continue
		}
		leaf, err := record.ParseLeaf(e.Leaf)
		if err != nil {
			return err
		}
		intake := leaf.Kind == "evidence.taken"
		goes := intake && wanted[[2]string{leaf.Node, leaf.Subjects[0]}]
		if p.in.Copy && goes {
			continue
		}
		d := bundle.Disclosure{Log: log, Index: e.Index, Body: string(e.Sealed.Bytes), Salt: e.Sealed.Salt}
		if e.Open != nil && e.Index != 0 {
			d.Open, d.OpenSalt, entries[i].Open = string(e.Open.Bytes), e.Open.Salt, nil
		}
		entries[i].Sealed = nil
		if !p.in.Copy && (goes || !intake) {
			p.opened = append(p.opened, d)
		}
	}
	return nil
}

// passed is what one custodian left behind of an item.
type passed struct {
	sha256 string
	last   handover.Segment
}

// offeredLine names a line of an offer, by the digest of that.
type offeredLine struct {
	offer string
	n     int
}

// cutHandover keeps of an earlier hand-over the lines of some items, or nothing.
// What is shown already, as another part of that hand-over that came with other
// items, is not shown again.
func cutHandover(h bundle.Handover, went map[passed]bool, shown map[offeredLine]bool) (*bundle.Handover, error) {
	o, err := handover.ParseOffer(h.Offer)
	if err != nil {
		return nil, err
	}
	digest := handover.Digest(h.Offer)
	var all, some []int64
	var lines []handover.Item
	for _, i := range h.Items {
		all = append(all, int64(i.N-1))
		if went[passed{i.SHA256, i.Custody[len(i.Custody)-1]}] && !shown[offeredLine{digest, i.N}] {
			shown[offeredLine{digest, i.N}] = true
			lines, some = append(lines, i), append(some, int64(i.N-1))
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	hashes, err := handover.Hashes(h.Items)
	if err != nil {
		return nil, err
	}
	h.Items = lines
	h.Proof, err = ledger.Narrow(int64(o.Items), all, hashes, h.Proof, some)
	return &h, err
}

// cutLog keeps of a log the entries about some items, or nothing.
func cutLog(l bundle.Log, wanted map[[2]string]bool) (*bundle.Log, error) {
	c, err := ledger.ReadCheckpoint(l.Checkpoint)
	if err != nil {
		return nil, err
	}
	if len(l.Entries) == 0 || l.Entries[0].Open == nil {
		return nil, errors.New("a log without its first entry")
	}
	f, err := custody.ReadFounding(l.Entries[0].Leaf, *l.Entries[0].Open, l.Key)
	if err != nil {
		return nil, err
	}
	var all, some []int64
	var hashes []ledger.Hash
	out := l
	out.Entries = nil
	for _, e := range l.Entries {
		leaf, err := custody.ReadLeaf(e.Leaf, f.EntryKey)
		if err != nil {
			return nil, err
		}
		all, hashes = append(all, e.Index), append(hashes, ledger.LeafHash(e.Leaf))
		if e.Index == 0 || slices.ContainsFunc(leaf.Subjects, func(s string) bool { return wanted[[2]string{leaf.Node, s}] }) {
			out.Entries, some = append(out.Entries, e), append(some, e.Index)
		}
	}
	if len(some) < 2 {
		return nil, nil
	}
	out.Proof, err = ledger.Narrow(c.Size, all, hashes, l.Proof, some)
	return &out, err
}
