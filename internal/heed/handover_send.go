package heed

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/record"
)

// SendHandover offers items to a peer as OfferHandover does, and keeps what is
// needed to send it on the line. What goes is what would be in the file: nothing
// is encrypted again, and of the items' bytes no second copy is kept.
func (h *Heed) SendHandover(ctx context.Context, who Who, to string, in HandoverInput) (HandoverMade, error) {
	if in.Copy {
		return HandoverMade{}, fault.Invalid("copy", "a copy for a court is offered to nobody, and is carried by hand")
	}
	var p transfer.Peer
	err := h.see(ctx, who, func(l *look) (err error) {
		if err := l.need(access.HandoverRead, l.node()); err != nil {
			return err
		}
		p, err = transfer.FindPeer(l.View, to)
		return err
	})
	if err != nil {
		return HandoverMade{}, err
	}
	if err := reached(p); err != nil {
		return HandoverMade{}, err
	}
	in.To = Card{Node: p.Node, Key: p.Key, Recipient: p.Recipient}
	return h.offerBy(ctx, who, in, func(o offered) error { return h.queue(ctx, p, o) })
}

// queue keeps what is to be sent.
func (h *Heed) queue(ctx context.Context, p transfer.Peer, o offered) error {
	desk, err := h.evidence(ctx)
	if err != nil {
		return err
	}
	heads := map[string][]byte{}
	o.bundle.Payload = func(i handover.Item) (io.ReadCloser, int64, error) {
		place := o.parcel.items[i.N-1].Place
		head, err := desk.Vault().Header(ctx, place, o.to)
		if err != nil {
			return nil, 0, err
		}
		heads[bundle.PayloadName(i)] = head
		return desk.Vault().Under(ctx, place, head)
	}
	head := func(name string) []byte {
		defer delete(heads, name)
		return heads[name]
	}
	s := line.Sending{Offer: o.made.Offer, ID: o.made.ID, Peer: p.Node}
	s.Paper, s.Spool, err = line.New(h.parts.Blobs).Spool(ctx, func(w io.Writer) error { return bundle.Write(w, o.bundle) }, o.bundle.Offer, head)
	if err != nil {
		return fmt.Errorf("%s is on record as offered, and was not kept to be sent: offer it anew: %w", o.made.ID, err)
	}
	return line.Queue(ctx, h.rec.DB(), s)
}

// Sendings returns the offers that go on a line and are not answered.
func (h *Heed) Sendings(ctx context.Context, who Who) (out []line.Sending, err error) {
	out = []line.Sending{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.HandoverRead, l.node()); err != nil {
			return err
		}
		all, err := line.AllSending(l.View)
		out = append(out, all...)
		return err
	})
	return out, err
}

// CarryHandovers sends what waits to be sent and is due, or all of it, and takes
// down the receipts that have come. That one does not get through is no error: it
// is noted with what went wrong, and tried again. It returns how many receipts
// came.
func (h *Heed) CarryHandovers(ctx context.Context, calls *post.Webhooks, all bool) (answered int, err error) {
	var some []line.Sending
	err = h.see(ctx, system, func(l *look) error {
		if err := l.need(access.HandoverLine, l.node()); err != nil {
			return err
		}
		some, err = line.AllSending(l.View)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, s := range some {
		if !all && !s.Due(h.Now()) {
			continue
		}
		done, err := h.carry(ctx, calls, s)
		if err != nil {
			return answered, err
		}
		if done {
			answered++
		}
	}
	return answered, nil
}

// carry is one try for one offer, by nobody else at once.
func (h *Heed) carry(ctx context.Context, calls *post.Webhooks, s line.Sending) (done bool, err error) {
	ctx, release, err := transfer.Claim(ctx, h.rec.DB(), "send "+s.Offer, rand.Text())
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, release()) }()
	state := ""
	err = h.rec.View(ctx, func(v *record.View) error {
		if s, err = line.SendingOf(v, s.Offer); err != nil {
			return err
		}
		x, err := transfer.Get(v, s.ID)
		state = x.State
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound { // another has ended it
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if state != transfer.Offered { // its receipt came by hand, or what follows it broke off
		return true, line.New(h.parts.Blobs).Sent(ctx, h.rec.DB(), s)
	}
	turn, end := context.WithTimeout(ctx, cmp.Or(h.parts.HandoverTurn, lineTurn))
	defer end()
	c := &carrier{h: h, calls: calls, s: s, turn: turn, skip: map[string]bool{}}
	st, wrong := c.send(ctx)
	if errors.Is(wrong, errTurn) { // and goes on where it is
		wrong = nil
	}
	if wrong == nil && st.State == line.Answered {
		if wrong = c.receipt(ctx, st); wrong == nil {
			return true, line.New(h.parts.Blobs).Sent(ctx, h.rec.DB(), s)
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return false, line.Tried(ctx, h.rec.DB(), s, st.Left, st.State == line.Here, wrong)
}

// lineTurn is how long one offer is sent before others have their turn: a peer
// that is slow, or makes itself slow, holds nobody up.
const lineTurn = 5 * time.Minute

// errTurn says that it is the turn of others.
var errTurn = errors.New("others are sent first")

// carrier is a try to send one offer.
type carrier struct {
	h     *Heed
	calls *post.Webhooks
	s     line.Sending
	turn  context.Context // ends with the turn; no part is broken off for it
	peer  transfer.Peer
	paper line.SentPaper
	sums  map[string]string             // by name: the object's address
	items map[string]handover.Item      // by name: the item's line
	terms map[string]consent.Permission // by its id in the bundle: what was permitted when the offer was made
	made  time.Time                     // when it was
	size  int64                         // of the log, when it was
	kept  error                         // why an item does not go any more
	skip  map[string]bool               // the addresses of such items
}

// receipt takes down the receipt. One that was taken down before, from a file, is
// as good; one that answers another offer is not.
func (c *carrier) receipt(ctx context.Context, st line.Status) error {
	_, err := c.h.accept(ctx, system, []byte(st.Receipt), access.HandoverLine)
	if err != nil && fault.KindOf(err) != fault.KindStale {
		return err
	}
	return c.h.rec.View(ctx, func(v *record.View) error {
		x, err := transfer.Get(v, c.s.ID)
		if err == nil && x.State == transfer.Offered {
			err = fault.Invalid("receipt", "the receipt that %s sent answers another offer than %s", c.peer.Name, c.s.ID)
		}
		return err
	})
}

// send announces the offer and sends what is missing, until nothing is, and
// returns how it stands at the peer.
func (c *carrier) send(ctx context.Context) (st line.Status, err error) {
	if c.peer, err = c.h.peerOf(ctx, c.s.Peer); err != nil {
		return st, err
	}
	desk := line.New(c.h.parts.Blobs)
	if c.paper, err = desk.PaperOf(ctx, c.s); err != nil {
		return st, err
	}
	if err := c.index(ctx); err != nil {
		return st, err
	}
	if st, err = c.announce(ctx); err != nil || len(st.Missing) == 0 {
		return st, err
	}
	listing := handover.Sum([]byte(c.paper.Listing))
	if st.Missing[0].Sum == listing {
		if err := c.object(ctx, st.Missing[0], strings.NewReader(c.paper.Listing)); err != nil {
			return st, err
		}
		if st, err = c.announce(ctx); err != nil {
			return st, err
		}
	}
	wanted := map[string]line.Object{}
	want := func() {
		for _, o := range st.Missing {
			if !c.skip[o.Sum] {
				wanted[o.Sum] = o
			}
		}
	}
	want()
	err = desk.EachSpooled(ctx, c.s, func(name string, kept []byte) error {
		if len(wanted) == 0 {
			return nil
		}
		o, ok := wanted[c.sums[name]]
		if !ok {
			return nil
		}
		if err := c.file(ctx, name, kept, o); err != nil {
			return err
		}
		if delete(wanted, o.Sum); len(wanted) > 0 {
			return nil
		}
		st, err = c.announce(ctx)
		want()
		return err
	})
	if err == nil {
		err = c.kept
	}
	return st, err
}

// index reads which object each file is, and which item.
func (c *carrier) index(ctx context.Context) error {
	listed, err := bundle.ParseListing([]byte(c.paper.Listing))
	if err != nil {
		return err
	}
	c.sums, c.items, c.terms = map[string]string{}, map[string]handover.Item{}, map[string]consent.Permission{}
	for _, l := range listed {
		c.sums[l.Name] = l.SHA256
	}
	return c.h.rec.View(ctx, func(v *record.View) error {
		x, err := transfer.Get(v, c.s.ID)
		if err != nil {
			return err
		}
		known, err := transfer.New(c.h.parts.Blobs).Contents(ctx, x)
		for _, i := range known.Items {
			c.items[bundle.PayloadName(i)] = i
		}
		for _, p := range known.Consents {
			c.terms[p.ID] = p
		}
		if err != nil {
			return err
		}
		o, err := handover.ParseOffer([]byte(x.Offered))
		c.made, c.size = x.At, o.Size
		return err
	})
}

// file sends a file of the bundle: an item's bytes from the store, under the
// header that was made for the peer. One that was erased since it was offered, or
// about which something else is permitted now, stays here: the others go, and
// whoever answers there refuses it as one that did not come.
func (c *carrier) file(ctx context.Context, name string, kept []byte, o line.Object) error {
	offered, ok := c.items[name]
	if !ok {
		return c.object(ctx, o, bytes.NewReader(kept))
	}
	var i evidence.Item
	why := ""
	err := c.h.rec.View(ctx, func(v *record.View) (err error) {
		if i, err = evidence.Get(v, offered.ID); err != nil {
			return err
		}
		if i.Erased {
			why = "it was erased"
			return nil
		}
		why, err = c.changed(v, offered)
		return err
	})
	if err != nil {
		return err
	}
	if why != "" {
		c.skip[o.Sum], c.kept = true, fault.Denied("%s does not go: %s since it was offered; whoever answers there can answer for the others", offered.ID, why)
		return nil
	}
	desk, err := c.h.evidence(ctx)
	if err != nil {
		return err
	}
	r, _, err := desk.Vault().Under(ctx, i.Place, kept)
	if err != nil {
		return err
	}
	return errors.Join(c.object(ctx, o, r), r.Close())
}

// changed says what became of the permissions on an item since it was offered:
// one was taken back, has ended, or says what the offer does not tell the
// receiver. The same permission may have another id in the bundle: see permission.
func (c *carrier) changed(v *record.View, offered handover.Item) (string, error) {
	all, err := evidence.Permissions(v, offered.ID)
	if err != nil {
		return "", err
	}
	if held, err := heldNow(v, offered.ID, c.size); held || err != nil {
		return "it was put under a legal hold", err
	}
	now := c.h.Now()
	for _, p := range all {
		told, err := c.told(offered, p)
		if err != nil {
			return "", err
		}
		if !told {
			return "what was permitted was changed or withdrawn", nil
		}
		if !p.Until.IsZero() && !now.Before(p.Until) {
			return "the permission ended", nil
		}
		for _, w := range p.Withdrawals {
			if w.At.After(c.made) && !now.Before(w.At) {
				return "the permission was withdrawn", nil
			}
		}
	}
	return "", nil
}

// told tells whether the offer says of an item what a permission says now.
func (c *carrier) told(offered handover.Item, now consent.Permission) (bool, error) {
	name := now.ID
	for _, id := range offered.Consents {
		if id != name && !strings.HasPrefix(id, name+"/") {
			continue
		}
		then, err := c.terms[id].Format()
		if err != nil {
			return false, err
		}
		now.ID = id
		text, err := now.Format()
		if err != nil {
			return false, err
		}
		if bytes.Equal(then, text) {
			return true, nil
		}
	}
	return false, nil
}

// object sends what the peer lacks of an object, part by part.
func (c *carrier) object(ctx context.Context, o line.Object, r io.Reader) error {
	if _, err := io.CopyN(io.Discard, r, o.Have); err != nil {
		return err
	}
	part := make([]byte, min(line.MostPart, o.Bytes-o.Have))
	for o.Have < o.Bytes {
		n, err := io.ReadFull(r, part[:min(line.MostPart, o.Bytes-o.Have)])
		if err != nil {
			return fmt.Errorf("read what is sent: %w", err)
		}
		if _, err := c.ask(ctx, http.MethodPut, "/handover/"+c.s.Offer+"/"+o.Sum, o.Have, part[:n]); err != nil {
			return err
		}
		o.Have += int64(n)
		if c.turn.Err() != nil {
			return errTurn
		}
	}
	return nil
}

func (c *carrier) announce(ctx context.Context) (line.Status, error) {
	body, err := json.Marshal(line.Announcement{Offer: c.paper.Offer, Seal: c.paper.Seal, Listing: int64(len(c.paper.Listing))})
	if err != nil {
		return line.Status{}, err
	}
	return c.ask(ctx, http.MethodPost, "/handover/"+c.s.Offer, 0, body)
}

// ask signs a request and makes it.
func (c *carrier) ask(ctx context.Context, method, path string, offset int64, body []byte) (line.Status, error) {
	k := c.h.rec.Keys()
	r := handover.Request{From: c.h.Origin(), Key: k.EntryVerifier(), To: c.peer.Node, Method: method, Path: path, Offset: offset, At: c.h.Now(), Bytes: int64(len(body)), SHA256: handover.Sum(body)}
	note, err := r.Sign(k.Entry())
	if err != nil {
		return line.Status{}, err
	}
	if c.peer.URL == "" {
		return line.Status{}, fault.Invalid("url", "it is not known where %s is reached", c.peer.Name)
	}
	status, answer, err := c.calls.Call(ctx, method, c.peer.URL+path, map[string]string{line.RequestHeader: base64.StdEncoding.EncodeToString(note)}, body, line.MostStatus)
	if err != nil {
		return line.Status{}, err
	}
	if status != http.StatusOK {
		return line.Status{}, fmt.Errorf("%s answered %d: %s", c.peer.Name, status, printable(answer))
	}
	return line.ParseStatus(answer)
}

// printable is the beginning of what a stranger's machine wrote, to be shown.
func printable(b []byte) string {
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b[:min(len(b), 300)]), ""))
	return strings.TrimSpace(text)
}
