package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/heed-project/heed/custody/handover"
)

// Items of one offer may have come to the sender at different times: each time a
// part of the logs of those before came with them, and a part of the hand-overs
// between those. All parts are of one whole, which is held here.

// oneHistory holds that the parts of a log are of one history, as far as they
// show the same of it: an entry in two of them is the same, no time goes back,
// and two checkpoints over as many entries are over the same.
func (v *verifier) oneHistory() error {
	type placed struct {
		mark
		log int
	}
	parts := map[string][]int{}
	for k, l := range v.logs {
		parts[l.name] = append(parts[l.name], k)
	}
	for _, l := range v.logs {
		ks := parts[l.name]
		delete(parts, l.name)
		if len(ks) < 2 {
			continue
		}
		var all []placed
		for n, k := range ks {
			for _, before := range ks[:n] {
				if v.logs[k].size == v.logs[before].size && v.logs[k].root != v.logs[before].root {
					return fmt.Errorf("%s: it is another history of %s than %s", nth(k), l.name, nth(before))
				}
			}
			for _, m := range v.logs[k].entries {
				all = append(all, placed{m, k})
			}
		}
		slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.index, b.index) })
		for n := 1; n < len(all); n++ {
			a, b := all[n-1], all[n]
			if a.index == b.index && a.leaf != b.leaf {
				return fmt.Errorf("%s: entry %d is another than in %s: this is another history of %s", nth(b.log), b.index, nth(a.log), l.name)
			}
			if b.at.Before(a.at) {
				return fmt.Errorf("%s: entry %d: its time is before that of entry %d in %s", nth(b.log), b.index, a.index, nth(a.log))
			}
		}
	}
	return nil
}

// passing is an item that was handed over: what its line was.
type passing struct {
	from, to string
	line     handover.Item
	size     int64 // of the log of the one who offered it, when they did
	used     bool  // an item of the bundle went that way
}

// seen is what was seen of an earlier hand-over.
type seen struct {
	receipt, refusals string
	lines             map[int]bool
}

// add adds a part of it, which shows other items under the same answer.
func (s *seen) add(h Handover) error {
	if s.lines == nil {
		*s = seen{string(h.Receipt), string(h.Refusals), map[int]bool{}}
	}
	if s.receipt != string(h.Receipt) || s.refusals != string(h.Refusals) {
		return errors.New("it is there under two answers")
	}
	if len(h.Items) == 0 {
		return errors.New("it shows no item")
	}
	for _, line := range h.Items {
		if s.lines[line.N] {
			return fmt.Errorf("item %d of it is there twice", line.N)
		}
		s.lines[line.N] = true
	}
	return nil
}

// earlier checks the earlier changes of hands, and says which items went
// through them.
func (v *verifier) earlier() (map[string][]*passing, error) {
	out := map[string][]*passing{}
	offers := map[string]*seen{}
	for k, h := range v.report.Handovers {
		fail := func(err error) (map[string][]*passing, error) {
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
		if err := v.parties(o, a); err != nil {
			return fail(err)
		}
		refused, err := shown(o, a, h)
		if err != nil {
			return fail(err)
		}
		if offers[a.Offer] == nil {
			offers[a.Offer] = &seen{}
		}
		if err := offers[a.Offer].add(h); err != nil {
			return fail(err)
		}
		for _, line := range h.Items {
			if refused[line.N] {
				return fail(fmt.Errorf("item %d of it was refused", line.N))
			}
			key := line.SHA256 + " " + o.From + " " + o.To
			out[key] = append(out[key], &passing{from: o.From, to: o.To, line: line, size: o.Size})
		}
	}
	return out, nil
}

// parties holds that offer and answer are by the owners of logs that are in
// the bundle.
func (v *verifier) parties(o handover.Offer, a handover.Answer) error {
	from, err := v.log(o.From)
	if err != nil {
		return err
	}
	to, err := v.log(o.To)
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
