package heed

import (
	"context"

	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
)

// Handovers returns the hand-overs of this node, the newest first.
func (h *Heed) Handovers(ctx context.Context, who Who) (out []transfer.Handover, err error) {
	out = []transfer.Handover{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverRead, l.node()); err != nil {
			return err
		}
		all, err := transfer.List(l.View)
		for _, x := range all {
			if l.may(access.HandoverRead, l.handover(x)) {
				out = append(out, x)
			}
		}
		return err
	})
	return out, err
}

// handover is a resource for a hand-over, as marked as its entry.
func (l *look) handover(x transfer.Handover) access.Resource {
	return access.Resource{Type: "handover", ID: x.ID, Marking: x.Marking(l.View), Agencies: []string{home}, Author: x.By, Exercise: l.h.Exercise()}
}

// A HandoverView is a hand-over with its items, as both sides know them.
type HandoverView struct {
	transfer.Handover
	ByName   string             `json:"by_name"`
	Lines    []handover.Item    `json:"lines"`
	Terms    []string           `json:"permissions"` // each as its one line of text
	Declined []handover.Refusal `json:"declined"`
	Sending  *line.Sending      `json:"sending,omitempty"` // where it goes online and is not answered
}

// Handover returns one hand-over, with the lines of its items.
func (h *Heed) Handover(ctx context.Context, who Who, id string) (out HandoverView, err error) {
	err = h.see(ctx, who, func(l *look) error {
		x, err := transfer.Get(l.View, id)
		if err != nil {
			x = transfer.Handover{ID: id}
		}
		r := access.Resource{Type: "handover", ID: id, Marking: "RED", Agencies: []string{home}}
		if err == nil {
			r = l.handover(x)
		}
		if refused := l.need(access.HandoverRead, r); refused != nil {
			return fault.NotFound("there is no hand-over %q", id)
		}
		if err != nil {
			return err
		}
		out.Handover, out.ByName = x, l.name(x.By)
		switch s, err := line.SendingOf(l.View, x.ID); {
		case err == nil && x.State == transfer.Offered:
			out.Sending = &s
		case err != nil && fault.KindOf(err) != fault.KindNotFound:
			return err
		}
		if out.Declined, err = handover.ParseRefusals([]byte(x.Refusals)); err != nil || x.Contents == "" {
			return err
		}
		c, err := transfer.New(h.parts.Blobs).Contents(ctx, x)
		if err != nil {
			return err
		}
		out.Lines = c.Items
		for _, p := range c.Consents {
			text, err := p.Format()
			if err != nil {
				return err
			}
			out.Terms = append(out.Terms, string(text[:len(text)-1]))
		}
		return nil
	})
	return out, err
}
