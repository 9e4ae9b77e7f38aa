package heed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/ledger"
)

// A Card is what a node tells those who would hand evidence over to it.
type Card struct {
	Node      string `json:"node"`      // the name of its log
	Key       string `json:"key"`       // signs its entries and its receipts
	LogKey    string `json:"log_key"`   // signs its log
	Recipient string `json:"recipient"` // to which keys are wrapped
}

// CustodyCard returns the node's own card.
func (h *Heed) CustodyCard(ctx context.Context, who Who) (out Card, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverRead, l.node()); err != nil {
			return err
		}
		k := h.rec.Keys()
		out = Card{h.Origin(), k.EntryVerifier(), k.LogVerifier(), k.Custody().Recipient().String()}
		return nil
	})
	return out, err
}

// HandoverInput is what is handed over, to whom, and for what use.
type HandoverInput struct {
	To      Card
	Party   consent.Party // the receiver as permissions name it
	For     consent.Purpose
	In      string // the state where it is used
	Death   consent.Death
	Items   []string
	Link    evidence.Link // or all that belongs to this
	Mandate string
	// Copy makes a copy for a court: nobody is offered anything, nothing is
	// sealed, and what the entries of intake say of the items is disclosed.
	Copy bool
}

// A HandoverMade says what was offered.
type HandoverMade struct {
	ID    string `json:"handover,omitempty"` // "" of a copy
	Items int    `json:"items"`
	Bytes int64  `json:"bytes"`
	Offer string `json:"offer,omitempty"` // the digest of the signed offer
	Entry int64  `json:"entry,omitempty"`
}

// OfferHandover offers items to another custodian: it records the signed offer
// and writes the bundle. Each item must be one that who may open, and whose
// contributors permit the use; one that is not refuses the whole.
func (h *Heed) OfferHandover(ctx context.Context, who Who, in HandoverInput, w io.Writer) (HandoverMade, error) {
	return h.offerBy(ctx, who, in, func(o offered) error { return bundle.Write(w, o.bundle) })
}

// errOwnCard refuses this node as the other side.
var errOwnCard = fault.Invalid("to", "this is the node's own card: it hands nothing over to itself")

// offered is an offer that is on record, and the bundle that carries it.
type offered struct {
	made   HandoverMade
	bundle bundle.Bundle
	parcel *parcel
	to     *age.HybridRecipient
}

// offerBy offers items, and gives the bundle to carry.
func (h *Heed) offerBy(ctx context.Context, who Who, in HandoverInput, carry func(offered) error) (out HandoverMade, err error) {
	desk, err := h.evidence(ctx)
	if err != nil {
		return out, err
	}
	var recipient *age.HybridRecipient
	if !in.Copy {
		if recipient, err = vault.ParseRecipient(in.To.Recipient); err != nil {
			return out, err
		}
		if in.To.Node == h.Origin() {
			return out, errOwnCard
		}
	}
	p := &parcel{in: in}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverOffer, l.node()); err != nil {
			return err
		}
		p.look = l
		return p.gather(ctx)
	})
	if err != nil {
		return out, err
	}
	if err := h.offer(ctx, who, p, recipient, &out); err != nil {
		return out, err
	}
	out.Items, out.Bytes = len(p.items), p.bytes
	b := bundle.Bundle{Contents: p.contents, Made: p.made, By: who.Person, Signer: h.rec.Keys().Entry()}
	b.Payload = func(i handover.Item) (io.ReadCloser, int64, error) {
		place := p.items[i.N-1].Place
		if in.Copy {
			r, err := desk.Vault().Open(ctx, place)
			return r, p.items[i.N-1].Size, err
		}
		return desk.Vault().Wrapped(ctx, place, recipient)
	}
	return out, carry(offered{out, b, p, recipient})
}

// offer records what leaves: a copy as an opening of each item, a hand-over as
// one entry with the signed offer.
func (h *Heed) offer(ctx context.Context, who Who, p *parcel, to *age.HybridRecipient, out *HandoverMade) error {
	if p.in.Copy {
		return h.copied(ctx, who, p)
	}
	var contents, list string
	moved := make([]transfer.Moved, len(p.items))
	for n, i := range p.items {
		moved[n] = transfer.Moved{N: n + 1, Item: i.ID}
	}
	contents, list, err := transfer.New(h.parts.Blobs).Keep(ctx, p.contents, moved)
	if err != nil {
		return err
	}
	return h.do(ctx, who, func(a *act) error {
		if err := a.need(access.HandoverOffer, a.node()); err != nil {
			return err
		}
		id, err := transfer.NextID(a.tx)
		if err != nil {
			return err
		}
		o, err := p.offer(id, a.now)
		if err != nil {
			return err
		}
		if p.contents.Offer, err = o.Sign(h.rec.Keys().Entry()); err != nil {
			return err
		}
		e, err := transfer.Offer(a.tx, transfer.Offering{ID: id, Mandate: p.in.Mandate, Marking: p.marking, Offer: o, Signed: p.contents.Offer, Purpose: who.Purpose,
			Contents: contents, List: list})
		*out, p.made = HandoverMade{ID: id, Offer: handover.Digest(p.contents.Offer), Entry: e.Index}, a.now
		if err != nil {
			return err
		}
		p.contents.Sealed, err = encrypt(p.opened, to)
		return err
	})
}

// copied records that copies of items leave, before a byte does.
func (h *Heed) copied(ctx context.Context, who Who, p *parcel) error {
	for part := range slices.Chunk(p.items, 500) {
		err := h.do(ctx, who, func(a *act) error {
			for _, i := range part {
				if err := a.need(access.EvidenceOpen, a.handed(i)); err != nil {
					return err
				}
				if _, err := evidence.Copied(a.tx, i.ID, "a copy for "+p.in.Party.Name, who.Purpose); err != nil {
					return err
				}
			}
			p.made = a.now
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// encrypt seals disclosures for the receiver.
func encrypt(all []bundle.Disclosure, to *age.HybridRecipient) ([]byte, error) {
	text, err := bundle.FormatDisclosures(all)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// parcel is what is put together for a bundle.
type parcel struct {
	*look
	in       HandoverInput
	items    []evidence.Item
	bytes    int64
	marking  string // the strictest of all
	made     time.Time
	contents bundle.Contents
	opened   []bundle.Disclosure
	size     int64                // of the log, under the checkpoint
	shown    map[offeredLine]bool // of earlier hand-overs
}

// gather finds the items, asks whether each may go, and puts together all but
// their bytes.
func (p *parcel) gather(ctx context.Context) error {
	if err := p.find(); err != nil {
		return err
	}
	if len(p.items) == 0 {
		return errNothingNamed
	}
	if len(p.items) > handover.MaxItems {
		return fault.Invalid("items", "a hand-over has at most %d items, these are %d", handover.MaxItems, len(p.items))
	}
	if err := p.lines(); err != nil {
		return err
	}
	up, err := p.upstream(ctx)
	if err != nil {
		return err
	}
	if err := p.own(ctx, up); err != nil {
		return err
	}
	return p.times(ctx)
}

// find reads the items, and asks of each whether it may be opened and used so.
func (p *parcel) find() error {
	return p.each(func(i evidence.Item) error {
		if err := p.goes(i); err != nil {
			return err
		}
		p.items = append(p.items, i)
		p.bytes += i.Size
		p.marking = stricter(p.marking, i.Marking)
		return nil
	})
}

// goes asks whether an item may be read, opened and given, consent apart.
func (p *parcel) goes(i evidence.Item) error {
	if err := p.need(access.EvidenceRead, p.item(i)); err != nil {
		return fault.NotFound("there is no item %s", i.ID)
	}
	if err := p.need(access.EvidenceOpen, p.handed(i)); err != nil {
		return err
	}
	if i.Erased {
		return fault.NotFound("%s was erased", i.ID)
	}
	return i.MayGive()
}

// each gives the items that belong to what is named, and those that are named.
func (p *parcel) each(take func(evidence.Item) error) error {
	linked := map[string]bool{}
	if p.in.Link.To != "" {
		err := evidence.Each(p.View, evidence.Filter{Link: p.in.Link}, func(i evidence.Item) error {
			if i.Erased {
				return nil
			}
			linked[i.ID] = true
			return take(i)
		})
		if err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, id := range p.in.Items {
		if seen[id] {
			return fault.Invalid("items", "%s is named twice", id)
		}
		seen[id] = true
		if linked[id] {
			continue
		}
		i, err := evidence.Get(p.View, id)
		if fault.KindOf(err) == fault.KindNotFound {
			i = evidence.Item{ID: id, Marking: "RED"}
		} else if err != nil {
			return err
		}
		if err := take(i); err != nil {
			return err
		}
	}
	return nil
}

func stricter(a, b string) string {
	order := []string{"", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

// lines begins the line of each item, and gathers the permissions that bear on
// it, which must permit the use.
func (p *parcel) lines() error {
	seen := map[string]string{}
	for n, i := range p.items {
		permitted, err := p.permits(i)
		if err != nil {
			return err
		}
		line := handover.Item{N: n + 1, ID: i.ID, SHA256: i.SHA256, Bytes: i.Size, Media: i.Type, Marking: i.Marking, Consents: []string{}, Payload: handover.Sealed}
		if p.in.Copy {
			line.Payload = handover.Plain
		}
		for _, c := range permitted {
			text, err := c.Format()
			if err != nil {
				return err
			}
			id, err := p.permission(c, string(text), seen)
			if err != nil {
				return err
			}
			line.Consents = append(line.Consents, id)
		}
		if i.From != "" {
			from, err := evidence.Get(p.View, i.From)
			if err != nil && fault.KindOf(err) != fault.KindNotFound {
				return err
			}
			if line.From = from.SHA256; line.From != "" {
				line.How = i.How
			}
		}
		p.contents.Items = append(p.contents.Items, line)
	}
	return nil
}

// permits returns the permissions that bear on an item, which must permit the use.
func (p *parcel) permits(i evidence.Item) ([]consent.Permission, error) {
	permitted, err := evidence.Permissions(p.View, i.ID)
	if err != nil {
		return nil, err
	}
	use, err := p.onward(i, consent.Use{For: p.in.For, By: p.in.Party, In: p.in.In, Death: p.in.Death, At: p.now})
	if err != nil {
		return nil, err
	}
	if d := consent.DecideAll(permitted, use); !d.Permitted {
		return nil, fault.WithHint(fault.Denied("%s may not be handed over so: %s", i.ID, d), "leave it out, or ask those whose consent it needs")
	}
	return permitted, nil
}

// permission adds a permission once. Two of the same id that say different
// things, on different items, are told apart by a number.
func (p *parcel) permission(c consent.Permission, text string, seen map[string]string) (string, error) {
	id := c.ID
	for n := 2; seen[id] != "" && seen[id] != text; n++ {
		id = fmt.Sprintf("%s/%d", c.ID, n)
	}
	if seen[id] == "" {
		seen[id], c.ID = text, id
		p.contents.Consents = append(p.contents.Consents, c)
	}
	return id, nil
}

// offer is the offer of all that was gathered.
func (p *parcel) offer(id string, at time.Time) (o handover.Offer, err error) {
	k := p.h.rec.Keys()
	terms, err := bundle.FormatConsents(p.contents.Consents)
	if err != nil {
		return o, err
	}
	hashes, err := handover.Hashes(p.contents.Items)
	if err != nil {
		return o, err
	}
	return handover.Offer{ID: id, From: p.h.Origin(), FromKey: k.EntryVerifier(), To: p.in.To.Node, ToKey: p.in.To.Key, Made: at, Mandate: strings.TrimSpace(p.in.Mandate),
		Items: len(p.items), Bytes: p.bytes, Root: ledger.RootOf(hashes).String(), Consents: len(p.contents.Consents), Terms: handover.Sum(terms), Size: p.size}, nil
}
