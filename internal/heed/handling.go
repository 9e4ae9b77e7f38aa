package heed

import (
	"context"
	"slices"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
)

// WithdrawConsent takes a consent back on items; without any, on every item that carries it
// and that who may change. It returns on how many it was taken back.
func (h *Heed) WithdrawConsent(ctx context.Context, who Who, consentID string, ids []string) (n int, err error) {
	if len(ids) > 0 {
		done := map[string]bool{} // the command may be tried again
		err = h.onItems(ctx, who, ids, access.EvidenceChange, func(a *act, id string) (err error) {
			done[id], err = evidence.Withdraw(a.tx, id, consentID)
			return err
		})
		for _, is := range done {
			if is && err == nil {
				n++
			}
		}
		return n, err
	}
	err = h.see(ctx, who, func(l *look) error {
		l.may(access.EvidenceChange, l.node()) // item by item below; where there is none, this was asked
		all, err := evidence.Carrying(l.View, consentID)
		for _, id := range all {
			i, err := evidence.Head(l.View, id)
			if err != nil {
				return err
			}
			if r := l.item(i); !i.Erased && l.may(access.EvidenceRead, r) && l.may(access.EvidenceChange, r) {
				ids = append(ids, id)
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
		some, err = h.WithdrawConsent(ctx, who, consentID, part)
		n += some
	}
	return n, err
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
