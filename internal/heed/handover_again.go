package heed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A hand-over is taken in by steps: intakes, permissions, and at last the signed
// answer. One that broke off before the answer is gone on with when the same
// bundle is received again: what came is found, and nothing is taken in twice.

// named names the offer, in the authority of every intake that takes from it.
func (t *takeover) named() string {
	return fmt.Sprintf("hand-over %s from %s, offer %.16s", t.report.Offered.ID, t.report.Offered.From, handover.Digest(t.report.Offer))
}

// goOn finds the items of this offer that came in before it broke off, and ends
// the intakes in which they did.
func (t *takeover) goOn(ctx context.Context) error {
	var open []evidence.Intake
	err := t.h.see(ctx, t.who, func(l *look) error {
		if err := l.need(access.HandoverTake, l.node()); err != nil {
			return err
		}
		all, err := evidence.IntakesVia(l.View, "hand-over")
		if err != nil {
			return err
		}
		for _, in := range all {
			if !strings.HasSuffix(strings.TrimSuffix(in.Authority, ")"), t.named()) {
				continue
			}
			if in.Ended.IsZero() {
				open = append(open, in)
			}
			if err := t.found(l.View, in); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, in := range open {
		if err := t.desk.End(ctx, t.who.by(), in, 0); err != nil {
			return err
		}
	}
	return nil
}

// found pairs the items of an intake with places in the offer that have the same
// bytes and marking and are not paired yet, in their order.
func (t *takeover) found(v *record.View, in evidence.Intake) error {
	places := map[string][]int{}
	key := func(sum, marking string, derived bool) string { return fmt.Sprint(sum, marking, derived) }
	words, err := t.words()
	if err != nil {
		return err
	}
	names := map[int]string{}
	for _, i := range t.report.Items {
		if t.local[i.N] == "" {
			names[i.N] = words[i.ID].Name
			k := key(i.SHA256, i.Marking, i.From != "")
			places[k] = append(places[k], i.N)
		}
	}
	return evidence.Each(v, evidence.Filter{Intake: in.ID}, func(i evidence.Item) error {
		for _, derived := range []bool{i.From != "", true} { // what its original was not taken with has none here
			if k := key(i.SHA256, in.Marking, derived); len(places[k]) > 0 {
				at := max(0, slices.IndexFunc(places[k], func(n int) bool { return names[n] == i.Name })) // of the same bytes that of its name
				n := places[k][at]
				places[k], t.local[n] = slices.Delete(places[k], at, at+1), i.ID
				if t.in.Refuse[n] != "" || t.in.RefuseAll != "" {
					return fault.WithHint(fault.Stale("item %d was taken in as %s before this broke off: it is not refused any more", n, i.ID), "receive it without that refusal, and hand the item back")
				}
				delete(t.refused, n)
				break
			}
		}
		return nil
	})
}

// describe puts on the items what the sender's record says of them.
func (t *takeover) describe(ctx context.Context) error {
	told, err := t.told()
	if err != nil || len(told) == 0 {
		return err
	}
	here := map[string]string{} // by the sender's id
	var taken []handover.Item
	for _, i := range t.report.Items {
		if id := t.local[i.N]; id != "" {
			here[i.ID] = id
			taken = append(taken, i)
		}
	}
	for part := range slices.Chunk(taken, 200) {
		err := t.h.do(ctx, t.who, func(a *act) error {
			if err := a.need(access.HandoverTake, a.node()); err != nil {
				return err
			}
			for _, i := range part {
				for _, d := range told[i.ID] {
					if d.Described.By = here[d.export]; d.Described.By == "" { // the export did not come: the sender's entry is named
						d.Line = int(d.Entry)
					}
					if _, err := evidence.Describe(a.tx, here[i.ID], d.Described); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// permit puts on the items what was permitted about them, where it is not yet.
func (t *takeover) permit(ctx context.Context) error {
	by := map[string]consent.Permission{}
	for _, p := range t.report.Consents {
		by[p.ID] = p
	}
	var taken []handover.Item
	for _, i := range t.report.Items {
		if t.local[i.N] != "" {
			taken = append(taken, i)
		}
	}
	for part := range slices.Chunk(taken, 500) {
		err := t.h.do(ctx, t.who, func(a *act) error {
			if err := a.need(access.HandoverTake, a.node()); err != nil {
				return err
			}
			for _, i := range part {
				if err := t.permitOne(a, i, by); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *takeover) permitOne(a *act, i handover.Item, by map[string]consent.Permission) error {
	there, err := evidence.Permissions(a.View, t.local[i.N])
	if err != nil {
		return err
	}
	for _, id := range i.Consents {
		if slices.ContainsFunc(there, func(p consent.Permission) bool { return p.ID == id }) {
			continue
		}
		if _, err := evidence.Permit(a.tx, t.local[i.N], by[id]); err != nil {
			return err
		}
	}
	return nil
}
