package heed

import (
	"context"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/record"
)

// AddPeer puts on record with which node evidence is handed over online: its
// card, compared by a person, where it is reached, and whose it is.
func (h *Heed) AddPeer(ctx context.Context, who Who, card Card, url, name string) (entry int64, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.HandoverPeers, a.node()); err != nil {
			return err
		}
		if card.Node == h.Origin() {
			return errOwnCard
		}
		e, err := transfer.AddPeer(a.tx, transfer.Peer{Node: card.Node, Key: card.Key, Recipient: card.Recipient, URL: url, Name: name})
		entry = e.Index
		return err
	})
	return entry, err
}

// EndPeer puts on record that a node is no peer any more. Nothing more is taken
// from it, and nothing sent to it.
func (h *Heed) EndPeer(ctx context.Context, who Who, ref, reason string) error {
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.HandoverPeers, a.node()); err != nil {
			return err
		}
		p, err := transfer.FindPeer(a.View, ref)
		if err != nil {
			return err
		}
		_, err = transfer.EndPeer(a.tx, p, reason)
		return err
	})
}

// Peers returns the nodes with which evidence is handed over online.
func (h *Heed) Peers(ctx context.Context, who Who) (out []transfer.Peer, err error) {
	out = []transfer.Peer{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverRead, l.node()); err != nil {
			return err
		}
		all, err := transfer.Peers(l.View)
		out = append(out, all...)
		return err
	})
	return out, err
}

// peerOf returns a peer, for the node's own couriers.
func (h *Heed) peerOf(ctx context.Context, ref string) (p transfer.Peer, err error) {
	err = h.rec.View(ctx, func(v *record.View) error {
		p, err = transfer.FindPeer(v, ref)
		return err
	})
	return p, err
}
