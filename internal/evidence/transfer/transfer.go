// Package transfer keeps the hand-overs of evidence, at the one who gives and at
// the one who takes: what was offered, what was answered, and which items went.
//
// Both sides keep both papers: the signed offer and the signed receipt, sealed
// in entries, and with them the contents of the bundle (all but the items' bytes),
// so that whoever hands an item on can show how it came to them. Which items
// those are is a list in a blob that the entry names: one entry for a hand-over
// of a hundred thousand.
//
//	e, err := transfer.Offer(tx, transfer.Offering{…})
//	e, err = transfer.Answer(tx, h, answer, receipt, refusals)
//	e, err = transfer.Take(tx, transfer.Taking{…})
//	h, n, err := transfer.Origin(v, "E-7.3")
//
// The form of offer, receipt and bundle is that of packages custody/handover and
// custody/bundle, which judge them; this package trusts its caller to have had
// them judged, and to have decided who may do this.
package transfer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Ways.
const (
	Out = "out"
	In  = "in"
)

// States of a hand-over beside the outcomes of an answer.
const (
	Offered   = "offered"
	Withdrawn = "withdrawn" // by the sender, who waits for no answer any more
)

// A Handover is one, at one of its two sides.
type Handover struct {
	ID       string    `json:"id"` // "H-1"
	Way      string    `json:"way"`
	Peer     string    `json:"peer"`  // the name of the other side's log
	State    string    `json:"state"` // offered, withdrawn, accepted, partly, refused
	Mandate  string    `json:"mandate,omitempty"`
	Items    int       `json:"items"`
	Bytes    int64     `json:"bytes"`
	Refused  int       `json:"refused"`
	Offer    string    `json:"offer"` // its digest
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Answered time.Time `json:"answered,omitzero"`
	Entry    int64     `json:"entry"`
	Answer   int64     `json:"answer_entry,omitempty"`
	Contents string    `json:"-"` // the blob
	Papers
}

// Papers are what both sides signed, and why. They are sealed.
type Papers struct {
	Offered  string `json:"offer"`
	Receipt  string `json:"receipt,omitempty"`
	Refusals string `json:"refusals,omitempty"`
	Purpose  string `json:"purpose,omitempty"`
}

// A Desk keeps hand-overs and their contents.
type Desk struct{ blobs blob.Store }

// New returns a desk that keeps contents among the blobs.
func New(blobs blob.Store) *Desk { return &Desk{blobs} }

// Moved is a place in the offer, and the item that it is here.
type Moved struct {
	N    int
	Item string
}

// listForm begins the list of items that a hand-over moved.
const listForm = "heed handover 1"

// Keep keeps contents and the list of items, before the entry that names them.
func (d *Desk) Keep(ctx context.Context, c bundle.Contents, moved []Moved) (contents, list string, err error) {
	if contents, err = d.keepContents(ctx, c); err != nil {
		return "", "", err
	}
	list, err = d.Put(ctx, func(w io.Writer) error {
		if _, err := fmt.Fprintln(w, listForm); err != nil {
			return err
		}
		for _, m := range moved {
			if _, err := fmt.Fprintf(w, "%d %s\n", m.N, m.Item); err != nil {
				return err
			}
		}
		return nil
	})
	return contents, list, err
}

func (d *Desk) keepContents(ctx context.Context, c bundle.Contents) (string, error) {
	c.Sealed, c.Page = nil, nil
	name, err := d.Put(ctx, func(w io.Writer) error { return bundle.Pack(w, c) })
	if err != nil {
		return "", fmt.Errorf("keep the contents: %w", err)
	}
	return name, nil
}

// Put keeps what write writes, packed, as a blob, and returns its name.
func (d *Desk) Put(ctx context.Context, write func(io.Writer) error) (string, error) {
	r, w := io.Pipe()
	go func() {
		z := gzip.NewWriter(w)
		w.CloseWithError(errors.Join(write(z), z.Close()))
	}()
	ref, err := d.blobs.Put(ctx, r)
	r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
	return ref.String(), err
}

// Open reads what Put kept.
func (d *Desk) Open(ctx context.Context, name string, read func(io.Reader) error) error {
	sum, err := blob.ParseSum(name)
	if err != nil {
		return err
	}
	b, err := d.blobs.Open(ctx, sum)
	if err != nil {
		return fmt.Errorf("blob %s of a hand-over: %w", name, err)
	}
	defer b.Close()
	z, err := gzip.NewReader(b)
	if err != nil {
		return fmt.Errorf("blob %s of a hand-over: %w", name, err)
	}
	return read(z)
}

// Remove removes what Put kept, where that is nobody else's.
func (d *Desk) Remove(ctx context.Context, name string) error {
	sum, err := blob.ParseSum(name)
	if err == nil {
		err = d.blobs.Delete(ctx, sum)
	}
	if fault.KindOf(err) == fault.KindNotFound {
		return nil
	}
	return err
}

// Contents returns what a hand-over brought, or what it offered.
func (d *Desk) Contents(ctx context.Context, h Handover) (c bundle.Contents, err error) {
	err = d.Open(ctx, h.Contents, func(r io.Reader) error {
		c, err = bundle.Unpack(r)
		return err
	})
	return c, err
}

// list reads a list of moved items.
func (d *Desk) list(ctx context.Context, name string, f func(Moved) error) error {
	return d.Open(ctx, name, func(r io.Reader) error { return eachMoved(r, f) })
}

func eachMoved(r io.Reader, f func(Moved) error) error {
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != listForm {
		return fmt.Errorf("a list of items does not begin with %q", listForm)
	}
	for lines.Scan() {
		n, item, ok := strings.Cut(lines.Text(), " ")
		place, err := strconv.Atoi(n)
		if !ok || err != nil || item == "" {
			return fmt.Errorf("%.60q is no line of a list of items", lines.Text())
		}
		if err := f(Moved{place, item}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// An Offering is what was offered.
type Offering struct {
	ID, Mandate, Marking string
	Offer                handover.Offer
	Signed               []byte
	Purpose              string
	Contents, List       string // as Keep named them
}

// NextID is the id of the next hand-over, which its offer names.
func NextID(tx *record.Tx) (string, error) { return tx.NextID("H") }

// Offer records an offer.
func Offer(tx *record.Tx, o Offering) (record.Entry, error) {
	if strings.TrimSpace(o.Purpose) == "" {
		return record.Entry{}, fault.Invalid("purpose", "say for what purpose this is handed over")
	}
	subjects := []string{o.ID}
	if o.Mandate != "" {
		subjects = append(subjects, o.Mandate)
	}
	return tx.Append(record.Draft{Kind: "handover.offered", Subjects: subjects, Marking: o.Marking, Sealed: Papers{Offered: string(o.Signed), Purpose: o.Purpose},
		Open: offeredOpen{o.ID, o.Offer.To, o.Mandate, o.Offer.Items, o.Offer.Bytes, handover.Digest(o.Signed), o.Contents, o.List}})
}

// Answer records the receipt for an offer, which the caller has judged.
func Answer(tx *record.Tx, h Handover, a handover.Answer, receipt, refusals []byte) (record.Entry, error) {
	if h.Way != Out || h.State != Offered && h.State != Withdrawn { // who has the bundle could answer all the same
		return record.Entry{}, fault.Stale("%s is %s already", h.ID, h.State)
	}
	all, err := handover.ParseRefusals(refusals)
	if err != nil {
		return record.Entry{}, err
	}
	return tx.Append(record.Draft{Kind: "handover.answered", Subjects: []string{h.ID}, Marking: h.Marking(tx.View), Sealed: Papers{Offered: h.Offered, Receipt: string(receipt), Refusals: string(refusals)},
		Open: answeredOpen{h.ID, a.Outcome, a.Refused, runs(all)}})
}

// withdrawnWords are sealed.
type withdrawnWords struct {
	Reason string `json:"reason"`
}

// Withdraw records that the sender waits for no answer to an offer any more: what
// was to carry it failed, or it is not to go.
func Withdraw(tx *record.Tx, h Handover, why string) (record.Entry, error) {
	why = strings.TrimSpace(why)
	switch {
	case h.Way != Out || h.State != Offered:
		return record.Entry{}, fault.Stale("%s is no offer of this node that waits for an answer: it is %s", h.ID, h.State)
	case why == "" || len(why) > 4000 || !utf8.ValidString(why) || strings.ContainsRune(why, 0):
		return record.Entry{}, fault.Invalid("purpose", "say why %s is withdrawn, in at most 4000 bytes", h.ID)
	}
	return tx.Append(record.Draft{Kind: "handover.withdrawn", Subjects: []string{h.ID}, Marking: h.Marking(tx.View), Open: withdrawnOpen{h.ID}, Sealed: withdrawnWords{why}})
}

// Marking is that of the entry by which a hand-over became known.
func (h Handover) Marking(v *record.View) string {
	e, err := v.Entry(h.Entry)
	if err != nil {
		return "AMBER+STRICT"
	}
	return e.Marking
}

// A Taking is what was taken over, or refused.
type Taking struct {
	ID, Marking       string
	Offer             handover.Offer
	Signed            []byte
	Answer            handover.Answer
	Receipt, Refusals []byte
	Contents, List    string // as Keep named them; of a refusal there are none
}

// Take records what was taken over from another custodian, and what was
// answered.
func Take(tx *record.Tx, t Taking) (record.Entry, error) {
	return tx.Append(record.Draft{Kind: "handover.taken", Subjects: []string{t.ID}, Marking: t.Marking,
		Sealed: Papers{Offered: string(t.Signed), Receipt: string(t.Receipt), Refusals: string(t.Refusals)},
		Open:   takenOpen{t.ID, t.Offer.From, t.Answer.Taken, t.Answer.Bytes, handover.Digest(t.Signed), t.Answer.Outcome, t.Answer.Refused, t.Contents, t.List}})
}

// runs writes places that follow each other as first and last.
func runs(all []handover.Refusal) [][2]int {
	out := [][2]int{}
	for _, r := range all {
		if n := len(out); n > 0 && out[n-1][1]+1 == r.N {
			out[n-1][1] = r.N
			continue
		}
		out = append(out, [2]int{r.N, r.N})
	}
	return out
}

// Get returns a hand-over with its papers, by its id or the digest of its
// offer.
func Get(v *record.View, ref string) (Handover, error) {
	h, err := readHandover(v.Tx, ref)
	if fault.KindOf(err) == fault.KindNotFound {
		return h, fault.NotFound("there is no hand-over %q", ref)
	}
	if err != nil {
		return h, err
	}
	return h, papers(v, &h)
}

func papers(v *record.View, h *Handover) error {
	for _, entry := range []int64{h.Entry, h.Answer} {
		if entry == 0 {
			continue
		}
		p := Papers{}
		err := v.Unseal(entry, &p)
		if fault.KindOf(err) == fault.KindNotFound { // erased
			continue
		}
		if err != nil {
			return err
		}
		if p.Purpose == "" {
			p.Purpose = h.Purpose
		}
		h.Papers = p
	}
	return nil
}

// List returns hand-overs, the newest first, without their papers.
func List(v *record.View) ([]Handover, error) { return readHandovers(v.Tx) }

// Origin returns the hand-over by which an item came here and its place in it,
// or a fault of kind NotFound where it was taken in here.
func Origin(v *record.View, item string) (h Handover, n int, err error) {
	id, n, err := readOrigin(v.Tx, item)
	if err != nil {
		return h, 0, err
	}
	h, err = Get(v, id)
	return h, n, err
}

// Origins returns, for every item that came by a hand-over, which one and in
// which place.
func Origins(v *record.View) (map[string]Came, error) { return readOrigins(v.Tx) }

// ItemsOf returns which item came in which place of which hand-over.
func ItemsOf(v *record.View) (map[Came]string, error) {
	all, err := readOrigins(v.Tx)
	out := make(map[Came]string, len(all))
	for id, c := range all {
		out[c] = id
	}
	return out, err
}

// Came says how an item came here.
type Came struct {
	Handover string
	N        int
}

// Taken returns the nodes that took items over, by item.
func Taken(v *record.View) (map[string][]string, error) { return readTaken(v.Tx) }

// A Passage is an item's part in a hand-over.
type Passage struct {
	Handover
	N     int    // its place in the offer
	Fate  string // offered, taken, refused; came, of what was taken over here
	Why   string // why it was refused
	Taker string // who took the receipt down, where there is one
}

// Of returns the hand-overs in which an item had a part, refused or not, in
// order.
func Of(v *record.View, item string) ([]Passage, error) {
	all, err := readOf(v.Tx, item)
	if err != nil {
		return nil, err
	}
	out := make([]Passage, len(all))
	for k, h := range all {
		p := Passage{Handover: h}
		if p.N, p.Fate, err = readPlace(v.Tx, h.ID, item); err != nil {
			return nil, err
		}
		if err := papers(v, &p.Handover); err != nil {
			return nil, err
		}
		if h.Answer > 0 {
			e, err := v.Entry(h.Answer)
			if err != nil {
				return nil, err
			}
			p.Taker = e.Actor
		}
		declined, err := handover.ParseRefusals([]byte(p.Refusals))
		if err != nil {
			return nil, err
		}
		for _, r := range declined {
			if r.N == p.N {
				p.Why = r.Why
			}
		}
		out[k] = p
	}
	return out, nil
}

// A Receipt is what goes back to the sender: the answer and its refusals, as one
// file of text.
type Receipt struct{ Answer, Refusals []byte }

// receiptMark stands between the two.
const receiptMark = "\n--- refusals\n"

// Format writes the file.
func (r Receipt) Format() []byte {
	return append(append(bytes.Clone(r.Answer), receiptMark...), r.Refusals...)
}

// ParseReceipt reads the file; what the two say the caller judges.
func ParseReceipt(b []byte) (Receipt, error) {
	answer, refusals, ok := bytes.Cut(b, []byte(receiptMark))
	if !ok {
		return Receipt{}, fault.Invalid("receipt", "this is not the file of a receipt: it lacks the line %q", strings.TrimSpace(receiptMark))
	}
	return Receipt{answer, refusals}, nil
}
