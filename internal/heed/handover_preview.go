package heed

import (
	"context"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
)

// A HandoverPreview says what an offer would hold, and what is in its way.
type HandoverPreview struct {
	Peer     string          `json:"peer"` // the name of the other side
	Items    []evidence.Item `json:"items"`
	Bytes    int64           `json:"bytes"`
	Withheld []WithheldItem  `json:"withheld"`
	Unseen   int             `json:"unseen"` // that belong to what is named and that who may not see
}

// A WithheldItem may not go, and why.
type WithheldItem struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// PreviewHandover says what SendHandover would send, by the same decisions, and
// what refuses it. Nothing is put on record, and nothing leaves.
func (h *Heed) PreviewHandover(ctx context.Context, who Who, to string, in HandoverInput) (out HandoverPreview, err error) {
	out = HandoverPreview{Items: []evidence.Item{}, Withheld: []WithheldItem{}}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverOffer, l.node()); err != nil {
			return err
		}
		peer, err := transfer.FindPeer(l.View, to)
		if err != nil {
			return err
		}
		if err := reached(peer); err != nil {
			return err
		}
		out.Peer = peer.Name
		p := &parcel{look: l, in: in}
		named := map[string]bool{}
		for _, id := range in.Items {
			named[id] = true
		}
		err = p.each(func(i evidence.Item) error { return out.weigh(p, i, named[i.ID]) })
		if err == nil && len(out.Items)+len(out.Withheld)+out.Unseen == 0 {
			err = errNothingNamed
		}
		return err
	})
	return out, err
}

// weigh notes whether an item would go. Of one that who may not see and did not
// name, nothing is said but that there is one.
func (out *HandoverPreview) weigh(p *parcel, i evidence.Item, named bool) error {
	if !named && p.need(access.EvidenceRead, p.item(i)) != nil {
		out.Unseen++
		return nil
	}
	why := p.goes(i)
	if why == nil {
		_, why = p.permits(i)
	}
	switch fault.KindOf(why) {
	case fault.KindNotFound, fault.KindDenied, fault.KindInvalid, fault.KindStale:
		out.Withheld = append(out.Withheld, WithheldItem{i.ID, fault.Said(why)})
		return nil
	}
	if why != nil {
		return why
	}
	out.Items = append(out.Items, i)
	out.Bytes += i.Size
	return nil
}

// errNothingNamed refuses a hand-over of nothing.
var errNothingNamed = fault.Invalid("items", "name the items that are handed over, or what they belong to")

// reached says whether it is known where a peer is reached.
func reached(p transfer.Peer) error {
	if p.URL == "" {
		return fault.WithHint(fault.Invalid("to", "it is not known where %s is reached", p.Name), "heed handover peer add takes its card again, with --url")
	}
	return nil
}
