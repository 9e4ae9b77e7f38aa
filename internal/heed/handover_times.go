package heed

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// stated are the checkers of stamps.
func stated() map[string]func(token, about []byte) (string, error) {
	return map[string]func(token, about []byte) (string, error){stamp.RFC3161: stamp.Holds(stamp.RFC3161), stamp.OpenTimestamps: stamp.Holds(stamp.OpenTimestamps)}
}

// times adds the time stamps of the items: of the intakes by which they came here, and
// of those of earlier custodians, with what renewed them here.
func (p *parcel) times(ctx context.Context) error {
	of := map[stamp.Elsewhere]bool{}
	origins, err := transfer.Origins(p.View)
	if err != nil {
		return err
	}
	for _, i := range p.items {
		of[stamp.Elsewhere{Name: i.Intake, Node: p.h.Origin(), Intake: i.Intake}] = true
		if _, came := origins[i.ID]; !came {
			continue
		}
		before, err := stamp.ElsewhereOf(p.View, i.ID)
		if err != nil {
			return err
		}
		for _, x := range before {
			of[x] = true
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for x := range of {
		all, err := stamp.Of(p.View, x.Name)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			continue
		}
		list, err := p.listFor(x)
		if err != nil {
			return err
		}
		if t := timeOf(x, list, all); len(t.Stamps) > 0 {
			p.contents.Times = append(p.contents.Times, t)
		}
	}
	slices.SortFunc(p.contents.Times, func(a, b bundle.Time) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Intake, b.Intake))
	})
	return nil
}

// listFor is the list of an intake, here or of an earlier custodian.
func (l *look) listFor(x stamp.Elsewhere) ([]byte, error) {
	if x.Name == x.Intake {
		return listOf(l.View, x.Intake)
	}
	return stamp.ListOf(l.View, x)
}

// timeOf puts stamps into a bundle's form: those that hold, each after what it renews.
func timeOf(x stamp.Elsewhere, list []byte, all []stamp.Stamp) bundle.Time {
	t := bundle.Time{Node: x.Node, Intake: x.Intake, List: list}
	place := map[int64]int{}
	for _, s := range all {
		about := list
		if s.Renews > 0 {
			if place[s.Renews] == 0 {
				continue
			}
			about = t.Stamps[place[s.Renews]-1].Token
		}
		if len(s.Token) == 0 || slices.ContainsFunc(t.Stamps, func(o bundle.Stamp) bool { return bytes.Equal(o.Token, s.Token) }) {
			continue
		}
		if _, err := stamp.Holds(s.Kind)(s.Token, about); err != nil { // of a list that an earlier build made
			continue
		}
		t.Stamps = append(t.Stamps, bundle.Stamp{Kind: s.Kind, Authority: s.Authority, Renews: place[s.Renews], Token: s.Token})
		place[s.Entry] = len(t.Stamps)
	}
	return t
}

// bringTimes keeps the time stamps that came with the items that were taken in.
func (t *takeover) bringTimes(ctx context.Context) error {
	of := map[[2]string][]handover.Item{} // by node and id there: what was taken in
	for _, i := range t.report.Items {
		if t.local[i.N] == "" {
			continue
		}
		for _, s := range i.Custody {
			of[[2]string{s.Node, s.ID}] = append(of[[2]string{s.Node, s.ID}], i)
		}
	}
	for _, x := range t.report.Times {
		lines, err := x.Lines()
		if err != nil {
			return err
		}
		var items []string
		marking := ""
		for id := range lines {
			for _, i := range of[[2]string{x.Node, id}] {
				items, marking = append(items, t.local[i.N]), stricter(marking, i.Marking)
			}
		}
		if len(items) == 0 {
			continue
		}
		slices.Sort(items)
		var stamps []stamp.Stamp
		for _, s := range x.Stamps {
			stamps = append(stamps, stamp.Stamp{Kind: s.Kind, Authority: s.Authority, Renews: int64(s.Renews), Token: s.Token})
		}
		err = t.h.do(ctx, t.who, func(a *act) error {
			if err := a.need(access.HandoverTake, a.node()); err != nil {
				return err
			}
			return stamp.Bring(a.tx, stamp.Brought(x.Node, x.Intake, x.List), marking, x.List, stamps, items)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// elsewhere returns the proofs of time that items brought from other custodians. Their
// words are in what came with the items; of an item whose words are not there its
// line stays closed.
func (l *look) elsewhere(ctx context.Context, items []evidence.Item) (map[stamp.Elsewhere]stamp.Proofs, error) {
	out, of := map[stamp.Elsewhere]stamp.Proofs{}, map[stamp.Elsewhere][]evidence.Item{}
	for _, i := range items {
		all, err := stamp.ElsewhereOf(l.View, i.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			of[x] = append(of[x], i)
		}
	}
	if len(of) == 0 {
		return out, nil
	}
	words, err := l.broughtWords(ctx, items)
	if err != nil {
		return nil, err
	}
	for x, items := range of {
		var p stamp.Proofs
		if p.List, err = stamp.ListOf(l.View, x); err != nil {
			if fault.KindOf(err) == fault.KindNotFound {
				continue
			}
			return nil, err
		}
		if p.Stamps, err = stamp.Of(l.View, x.Name); err != nil {
			return nil, err
		}
		for _, i := range items {
			if w, ok := words[wordsOf{x.Node, i.ID}]; ok {
				p.Words = append(p.Words, w)
			}
		}
		out[x] = p
	}
	return out, nil
}

// wordsOf names what a custodian's entry says of an item that is here.
type wordsOf struct{ node, item string }

// broughtWords returns what the entries of earlier custodians, by which items were taken
// in there, say of them.
func (l *look) broughtWords(ctx context.Context, items []evidence.Item) (map[wordsOf]stamp.Worded, error) {
	origins, err := transfer.Origins(l.View)
	if err != nil {
		return nil, err
	}
	by := map[string]map[int]string{} // by hand-over and place in it
	for _, i := range items {
		if c, ok := origins[i.ID]; ok {
			if by[c.Handover] == nil {
				by[c.Handover] = map[int]string{}
			}
			by[c.Handover][c.N] = i.ID
		}
	}
	out := map[wordsOf]stamp.Worded{}
	for id, places := range by {
		h, err := transfer.Get(l.View, id)
		if err != nil {
			return nil, err
		}
		c, err := transfer.New(l.h.parts.Blobs).Contents(ctx, h)
		if err != nil {
			return nil, err
		}
		there := map[[2]string]string{} // by node and id there: the item here
		for _, line := range c.Items {
			if here, ok := places[line.N]; ok {
				for _, s := range line.Custody {
					there[[2]string{s.Node, s.ID}] = here
				}
			}
		}
		for _, log := range c.Logs {
			for _, e := range log.Entries {
				if e.Sealed == nil {
					continue
				}
				leaf, err := record.ParseLeaf(e.Leaf)
				if err != nil {
					return nil, err
				}
				here, ok := there[[2]string{leaf.Node, leaf.Subjects[0]}]
				if ok && leaf.Kind == "evidence.taken" {
					out[wordsOf{leaf.Node, here}] = stamp.Worded{Item: leaf.Subjects[0], Here: here, Salt: e.Sealed.Salt, Words: e.Sealed.Bytes}
				}
			}
		}
	}
	return out, nil
}

// ends tells when the first of the last time stamps of an item ends, of its intake here
// and of those of custodians before.
func (l *look) ends(i evidence.Item, ending map[string]time.Time) (at time.Time, is bool, err error) {
	if len(ending) == 0 {
		return at, false, nil
	}
	names := []string{i.Intake}
	before, err := stamp.ElsewhereOf(l.View, i.ID)
	for _, x := range before {
		names = append(names, x.Name)
	}
	for _, name := range names {
		if end, ok := ending[name]; ok && (!is || end.Before(at)) {
			at, is = end, true
		}
	}
	return at, is, err
}
