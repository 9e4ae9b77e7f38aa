package heed

import (
	"context"
	"slices"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
)

// WithdrawConsent takes a consent back on items; without any, on every item that carries it
// and that who may change, but for those that were erased. It returns on how many it was
// taken back.
func (h *Heed) WithdrawConsent(ctx context.Context, who Who, consentID string, ids []string) (n int, err error) {
	if len(ids) > 0 {
		return h.withdrawOn(ctx, who, consentID, ids, false)
	}
	err = h.see(ctx, who, func(l *look) error {
		l.may(access.EvidenceChange, l.node()) // item by item below; where there is none, this was asked
		all, err := evidence.Carrying(l.View, consentID)
		for _, id := range all {
			i, err := evidence.Head(l.View, id)
			if err != nil {
				return err
			}
			if r := l.item(i); !l.may(access.EvidenceRead, r) || !l.may(access.EvidenceChange, r) {
				continue
			}
			if err := evidence.There(l.View, id); err == nil {
				ids = append(ids, id)
			} else if fault.KindOf(err) != fault.KindStale { // it was erased
				return err
			}
		}
		return err
	})
	if err == nil && len(ids) == 0 {
		err = fault.NotFound("no item that you may change carries the consent %.100q", consentID)
	}
	for part := range slices.Chunk(ids, 200) {
		if err != nil {
			break
		}
		var some int
		some, err = h.withdrawOn(ctx, who, consentID, part, true)
		n += some
	}
	return n, err
}

// withdrawOn takes a consent back on items. Those that were erased are an error, or are
// passed over.
func (h *Heed) withdrawOn(ctx context.Context, who Who, consentID string, ids []string, pass bool) (int, error) {
	done := map[string]bool{} // the command may be tried again
	err := h.onItems(ctx, who, slices.Compact(slices.Sorted(slices.Values(ids))), access.EvidenceChange, func(a *act, id string) error {
		delete(done, id)
		if err := evidence.There(a.View, id); err != nil {
			if pass && fault.KindOf(err) == fault.KindStale {
				err = nil
			}
			return err
		}
		is, err := evidence.Withdraw(a.tx, id, consentID)
		if is {
			done[id] = true
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(done), nil
}

// holdsOn tells of the holds on an item, and what who may do about it.
func (l *look) holdsOn(out *ItemView, res access.Resource) error {
	reasoned := *l
	reasoned.who.Purpose = "to see what is offered"
	out.MayMark, out.MayHold = reasoned.may(access.EvidenceMark, res), l.may(access.EvidenceHold, res)
	all, err := evidence.Holds(l.View, out.ID)
	out.Held = []string{}
	for n := 0; n < len(all) && err == nil; n++ {
		out.Held = append(out.Held, all[n].ID)
		if res.Author, err = evidence.HeldBy(l.View, out.ID, all[n].ID); err == nil && reasoned.may(access.EvidenceRelease, res) {
			out.Releasable = append(out.Releasable, all[n].ID)
		}
	}
	return err
}
