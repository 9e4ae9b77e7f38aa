package heed

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"time"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/ledger"
)

// linePaper is what an arriving offer came with.
type linePaper struct{ Offer, Seal []byte }

func (h *Heed) paperOf(a line.Arriving) (p linePaper, err error) {
	b, err := h.rec.Keys().Unseal("arriving "+a.Offer, a.Paper)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(b, &p)
}

// LineRequest reads what a node signed when it asks for something on the line,
// and holds that it is a peer, under the key by which it is known. So a stranger
// is refused before a byte of what it sends is read.
func (h *Heed) LineRequest(ctx context.Context, note []byte) (r handover.Request, err error) {
	if r, err = handover.ParseRequest(note); err != nil {
		return r, fault.Denied("%w", err)
	}
	err = h.see(ctx, system, func(l *look) error {
		if err := l.need(access.HandoverLine, l.node()); err != nil {
			return err
		}
		all, err := transfer.Peers(l.View)
		for _, p := range all {
			if p.Node == r.From && p.Key == r.Key {
				return nil
			}
		}
		if err == nil {
			err = fault.Denied("this node does not know %.100q as a peer under that key: ask its office to take your card with heed handover peer add", r.From)
		}
		return err
	})
	return r, err
}

// Arrive answers a request on the line that LineRequest has let in: an offer is
// announced, or a part of it comes. It says what is missing; that is all a peer
// can do here, for what comes waits until a person decides.
func (h *Heed) Arrive(ctx context.Context, r handover.Request, method, at string, body []byte) (out line.Status, err error) {
	if err := r.Fits(h.Origin(), method, at, body, h.Now()); err != nil {
		return out, fault.Denied("request: %w", err)
	}
	err = h.see(ctx, system, func(l *look) error { return l.need(access.HandoverLine, l.node()) })
	if err != nil {
		return out, err
	}
	offer := path.Base(at)
	if r.Method == "PUT" {
		sum := offer
		offer = path.Base(path.Dir(at))
		if err := h.arrivesFrom(ctx, offer, r.From); err != nil {
			return out, err
		}
		o, err := line.New(h.parts.Blobs).Add(ctx, h.rec.DB(), offer, sum, r.Offset, body)
		out.State = line.Coming
		if o.Have < o.Bytes {
			out.Left = 1
		}
		return out, err
	}
	if out, err = h.answered(ctx, offer, r.From); err != nil || out.State != "" {
		return out, err
	}
	if err := h.announce(ctx, r, offer, body); err != nil {
		return out, err
	}
	return h.missing(ctx, offer)
}

// arrivesFrom holds that an offer waits here and is that peer's.
func (h *Heed) arrivesFrom(ctx context.Context, offer, peer string) error {
	return h.rec.View(ctx, func(v *record.View) error {
		a, err := line.Arrives(v, offer)
		if err == nil && a.Peer != peer {
			err = fault.NotFound("no offer %.16s waits here", offer)
		}
		return err
	})
}

// answered returns the receipt for an offer of a peer that was answered, by
// whatever way it came.
func (h *Heed) answered(ctx context.Context, offer, peer string) (out line.Status, err error) {
	err = h.rec.View(ctx, func(v *record.View) error {
		x, err := transfer.Get(v, offer)
		switch {
		case fault.KindOf(err) == fault.KindNotFound:
			return nil
		case err != nil:
			return err
		case x.Way != transfer.In || x.Peer != peer || x.Receipt == "":
			return fault.NotFound("no offer %.16s waits here", offer)
		}
		out = line.Status{State: line.Answered, Receipt: string(transfer.Receipt{Answer: []byte(x.Receipt), Refusals: []byte(x.Refusals)}.Format())}
		return nil
	})
	return out, err
}

// announce judges an announcement, and expects the listing.
func (h *Heed) announce(ctx context.Context, r handover.Request, digest string, body []byte) error {
	a, err := line.ParseAnnouncement(body)
	if err != nil {
		return err
	}
	if handover.Digest([]byte(a.Offer)) != digest {
		return fault.Invalid("offer", "it is not the offer that the address names")
	}
	o, err := handover.ParseOffer([]byte(a.Offer))
	switch {
	case err != nil:
		return fault.Invalid("offer", "%w", err)
	case o.From != r.From || o.FromKey != r.Key:
		return fault.Denied("the offer is by %q, and %q sends it", o.From, r.From)
	case o.To != h.Origin() || o.ToKey != h.rec.Keys().EntryVerifier():
		return fault.Denied("it is offered to %s, and this is %s: ask this node's office for its card", o.ToKey, h.rec.Keys().EntryVerifier())
	}
	key, err := ledger.NewVerifier(o.FromKey)
	if err != nil {
		return err
	}
	listing, _, err := bundle.ReadSeal([]byte(a.Seal), key)
	if err != nil {
		return fault.Invalid("seal", "%w", err)
	}
	paper, err := json.Marshal(linePaper{[]byte(a.Offer), []byte(a.Seal)})
	if err != nil {
		return err
	}
	return line.Announce(ctx, h.rec.DB(), line.Arriving{Offer: digest, Peer: r.From, List: listing, Paper: h.rec.Keys().Seal("arriving "+digest, paper)}, a.Listing, h.parts.HandoverMost)
}

// missing says what of an offer is missing. Once the listing is here, that is
// read; an offer whose listing cannot be is not kept.
func (h *Heed) missing(ctx context.Context, offer string) (out line.Status, err error) {
	desk := line.New(h.parts.Blobs)
	var a line.Arriving
	read := func() error {
		return h.rec.View(ctx, func(v *record.View) error {
			a, out.Missing, err = line.Missing(v.Tx, offer)
			return err
		})
	}
	if err := desk.Settle(ctx, h.rec.DB(), offer); err != nil {
		return out, err
	}
	if err := read(); err != nil {
		return out, err
	}
	if !a.Listed && a.Left == 0 {
		if err := desk.Unroll(ctx, h.rec.DB(), a, h.parts.HandoverMost); err != nil {
			if k := fault.KindOf(err); k == fault.KindInvalid || k == fault.KindDenied {
				err = errors.Join(err, desk.GiveUp(context.WithoutCancel(ctx), h.rec.DB(), offer))
			}
			return out, err
		}
		if err := read(); err != nil {
			return out, err
		}
	}
	out.Left, out.State = a.Left, line.Coming
	if a.Listed && a.Left == 0 {
		out.State = line.Here
	}
	return out, nil
}

// Arrivals returns the offers that came on a line and wait for a decision.
func (h *Heed) Arrivals(ctx context.Context, who Who) (out []line.Arriving, err error) {
	out = []line.Arriving{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverRead, l.node()); err != nil {
			return err
		}
		all, err := line.AllArriving(l.View)
		out = append(out, all...)
		return err
	})
	return out, err
}

// An Arrival is an offer that came on a line, for who decides about it.
type Arrival struct {
	line.Arriving
	PeerName string          `json:"peer_name"`
	Offered  handover.Offer  `json:"offered"`
	Readable bool            `json:"readable"` // its lists are here: it can be answered
	Lines    []handover.Item `json:"lines"`
	Absent   map[int]bool    `json:"-"` // by place: items whose bytes are not here whole
	Terms    []string        `json:"permissions"`
}

// Arrival returns one offer that came on a line, by the digest of the offer or the
// first 8 or more digits of it.
func (h *Heed) Arrival(ctx context.Context, who Who, ref string) (out Arrival, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverTake, l.node()); err != nil {
			return err
		}
		out, err = h.arrival(l, ref)
		return err
	})
	if err != nil || !out.Listed {
		return out, err
	}
	files, err := h.arrived(ctx, out.Arriving)
	if err != nil {
		return out, err
	}
	items, err := fs.ReadFile(files, bundle.ItemsName)
	consents, err2 := fs.ReadFile(files, bundle.ConsentsName)
	if errors.Is(errors.Join(err, err2), fs.ErrNotExist) {
		return out, nil
	}
	if err := errors.Join(err, err2); err != nil {
		return out, err
	}
	if out.Lines, err = handover.ParseItems(items); err != nil {
		return out, fault.Invalid("items", "%w", err)
	}
	permitted, err := bundle.ParseConsents(consents)
	if err != nil {
		return out, fault.Invalid("consents", "%w", err)
	}
	for _, p := range permitted {
		text, err := p.Format()
		if err != nil {
			return out, err
		}
		out.Terms = append(out.Terms, string(text[:len(text)-1]))
	}
	out.Readable, out.Absent = true, map[int]bool{}
	if out.Left == 0 {
		return out, nil
	}
	for _, i := range out.Lines {
		f, err := files.Open(bundle.PayloadName(i))
		if err != nil {
			out.Absent[i.N] = true
			continue
		}
		f.Close()
	}
	return out, nil
}

// arrival finds an offer that waits, and reads its paper.
func (h *Heed) arrival(l *look, ref string) (out Arrival, err error) {
	all, err := line.AllArriving(l.View)
	if err != nil {
		return out, err
	}
	found := 0
	for _, a := range all {
		if a.Offer == ref || len(ref) >= 8 && len(ref) < len(a.Offer) && a.Offer[:len(ref)] == ref {
			out.Arriving = a
			found++
		}
	}
	if found != 1 {
		return out, fault.WithHint(fault.NotFound("no offer %.64q waits here, or several begin so", ref), "heed handover arriving names those that wait")
	}
	p, err := h.paperOf(out.Arriving)
	if err != nil {
		return out, err
	}
	if out.Offered, err = handover.ParseOffer(p.Offer); err != nil {
		return out, err
	}
	out.PeerName = out.Peer
	if known, err := transfer.FindPeer(l.View, out.Peer); err == nil {
		out.PeerName = known.Name
	}
	return out, nil
}

// arrived returns the bundle of an offer that came on a line, as it is here.
func (h *Heed) arrived(ctx context.Context, a line.Arriving) (fs.FS, error) {
	p, err := h.paperOf(a)
	if err != nil {
		return nil, err
	}
	return line.New(h.parts.Blobs).Folder(ctx, h.rec.DB(), a, p.Seal)
}

// AnswerArrival answers an offer that came on a line as TakeHandover answers a
// bundle that was brought: every item is hashed again, what is whole and not
// refused is taken in, and the receipt is signed. The sender's node comes for it.
// An item whose bytes have not come is refused as such.
func (h *Heed) AnswerArrival(ctx context.Context, who Who, ref string, in TakeInput) (out HandoverTaken, err error) {
	a, err := h.Arrival(ctx, who, ref)
	if err == nil {
		err = line.New(h.parts.Blobs).Settle(ctx, h.rec.DB(), a.Offer)
	}
	if err == nil {
		a, err = h.Arrival(ctx, who, a.Offer)
	}
	if err != nil {
		return out, err
	}
	if !a.Readable {
		return out, fault.WithHint(fault.Stale("of offer %.16s the lists are not here yet: %d of %d objects are missing", a.Offer, a.Left, a.Files), "wait until more has come")
	}
	if in.Files, err = h.arrived(ctx, a.Arriving); err != nil {
		return out, err
	}
	in.Name, in.offer = ".", a.Offer
	if out, err = h.TakeHandover(ctx, who, in); err != nil {
		return out, err
	}
	return out, line.New(h.parts.Blobs).GiveUp(context.WithoutCancel(ctx), h.rec.DB(), a.Offer)
}

// TidyLines removes what came on a line of offers that were answered since, and of
// those that have waited too long. It returns how many those were.
func (h *Heed) TidyLines(ctx context.Context) (n int, err error) { return h.tidyLines(ctx, h.Now()) }

func (h *Heed) tidyLines(ctx context.Context, now time.Time) (n int, err error) {
	var gone []string
	err = h.see(ctx, system, func(l *look) error {
		if err := l.need(access.HandoverLine, l.node()); err != nil {
			return err
		}
		gone, err = line.Outstayed(l.View, now)
		return err
	})
	if err == nil {
		err = line.New(h.parts.Blobs).Sweep(ctx, h.rec.DB())
	}
	for _, offer := range gone {
		if err == nil {
			err = line.New(h.parts.Blobs).GiveUp(ctx, h.rec.DB(), offer)
			n++
		}
	}
	return n, err
}
