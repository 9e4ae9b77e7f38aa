package heed

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// WithdrawHandover closes an offer that nobody is to answer any more, for the
// purpose that who states: its package failed, or it was offered by mistake. What
// waits to be sent of it goes. What was signed stays signed: who has the bundle can
// answer it still, and that receipt is taken down as any other.
func (h *Heed) WithdrawHandover(ctx context.Context, who Who, id string) (out transfer.Handover, err error) {
	var known transfer.Handover
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverOffer, l.node()); err != nil {
			return err
		}
		known, err = transfer.Get(l.View, id)
		return err
	})
	if err != nil {
		return out, err
	}
	ctx, release, err := transfer.Claim(ctx, h.rec.DB(), "send "+known.Offer, rand.Text()) // it is not being sent meanwhile
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, release()) }()
	var sending *line.Sending
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.HandoverOffer, a.node()); err != nil {
			return err
		}
		x, err := transfer.Get(a.View, known.ID)
		if err != nil {
			return err
		}
		if sending, err = waiting(a.View, x); err != nil {
			return err
		}
		if _, err := transfer.Withdraw(a.tx, x, who.Purpose); err != nil {
			return err
		}
		out, err = transfer.Get(a.View, x.ID)
		return err
	})
	if err == nil && sending != nil { // where this breaks off, the courier does it
		err = line.New(h.parts.Blobs).Sent(ctx, h.rec.DB(), *sending)
	}
	return out, err
}

// waiting returns what of an offer goes on a line, if it does. What is all at the peer
// is theirs to answer.
func waiting(v *record.View, x transfer.Handover) (*line.Sending, error) {
	s, err := line.SendingOf(v, x.ID)
	switch {
	case fault.KindOf(err) == fault.KindNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case s.Here && x.State == transfer.Offered:
		return nil, fault.WithHint(fault.Stale("all of %s is at %s, where somebody answers it", x.ID, x.Peer), "ask them to refuse it")
	}
	return &s, nil
}
