package heed

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode"

	"filippo.io/age"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// TakeInput says how a hand-over is answered.
type TakeInput struct {
	Files fs.FS  // where the bundle lies
	Name  string // the file, or the folder
	// Authority is under which it is taken over. Links say what the items belong
	// to from now on: a mandate, a case.
	Authority string
	Links     []evidence.Link
	// Refuse names places that are not taken, and why; RefuseAll refuses the
	// whole, for a reason.
	Refuse    map[int]string
	RefuseAll string
	LogKey    string // the sender's, if it is known from elsewhere

	offer string // the digest of the offer that came on a line
}

// ParseRefusals reads places of items that are not taken and why, each as
// "3: held here already".
func ParseRefusals(texts []string) (map[int]string, error) {
	out := map[int]string{}
	for _, text := range texts {
		place, why, _ := strings.Cut(text, ":")
		n, err := strconv.Atoi(strings.TrimSpace(place))
		if why = strings.TrimSpace(why); err != nil || why == "" {
			return nil, fault.Invalid("refuse", "%.60q is not a place and a reason, as 3: held here already", text)
		}
		out[n] = why
	}
	return out, nil
}

// A HandoverTaken says what was taken over, and holds the receipt for the sender.
type HandoverTaken struct {
	ID      string            `json:"handover"`
	From    string            `json:"from"`
	Outcome string            `json:"outcome"`
	Taken   int               `json:"taken"`
	Refused int               `json:"refused"`
	Bytes   int64             `json:"bytes"`
	Entry   int64             `json:"entry"`
	Why     map[string]string `json:"why,omitempty"` // by place: why it was refused
	Receipt []byte            `json:"-"`
}

// TakeHandover judges a bundle that was brought here, hashes every item again,
// takes in what is whole and not refused, and signs the receipt. A bundle that
// does not hold is an error and changes nothing; an item that is damaged is
// refused, and the others are taken.
func (h *Heed) TakeHandover(ctx context.Context, who Who, in TakeInput) (out HandoverTaken, err error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.HandoverTake, l.node()) }); err != nil {
		return out, err
	}
	desk, err := h.evidence(ctx)
	if err != nil {
		return out, err
	}
	t := &takeover{h: h, who: who, in: in, desk: desk, refused: map[int]string{}, local: map[int]string{}}
	if err := t.judge(ctx); err != nil {
		return out, err
	}
	ctx, done, err := transfer.Claim(ctx, h.rec.DB(), handover.Digest(t.report.Offer), rand.Text())
	if err != nil { // two answers at once would take its items twice
		return out, err
	}
	defer func() { err = errors.Join(err, done()) }()
	if err := t.unanswered(ctx); err != nil {
		return out, err
	}
	if err := t.goOn(ctx); err != nil {
		return out, err
	}
	refusals, err := t.refusalLines() // what cannot be worded is found before anything is taken in
	if err != nil {
		return out, err
	}
	if err := t.takeIn(ctx); err != nil {
		return out, err
	}
	return t.sign(ctx, refusals)
}

// refusalLines are the list of what is refused, and why.
func (t *takeover) refusalLines() (out []byte, err error) {
	for _, i := range t.report.Items {
		why := t.refused[i.N]
		if why == "" {
			continue
		}
		line, err := handover.Refusal{N: i.N, SHA256: i.SHA256, Why: why}.Line()
		if err != nil {
			return nil, fault.Invalid("refuse", "item %d: %w", i.N, err)
		}
		out = append(out, line...)
	}
	return out, nil
}

// takeover is a hand-over that is being answered.
type takeover struct {
	h       *Heed
	who     Who
	in      TakeInput
	desk    *evidence.Desk
	report  bundle.Report
	refused map[int]string
	local   map[int]string // by place: the item that it became
	family  family
	elder   map[elder]string           // what came before
	holds   map[string][]evidence.Held // by the sender's id
}

// open decrypts what is sealed for this node.
func (t *takeover) open(r io.Reader) (io.Reader, error) {
	return age.Decrypt(r, t.h.rec.Keys().Custody())
}

// judge verifies the bundle and finds which items are not whole.
func (t *takeover) judge(ctx context.Context) (err error) {
	if t.in.Files == nil {
		return fault.Invalid("bundle", "say where the bundle lies")
	}
	opts := bundle.Options{Open: t.open, Each: func(i handover.Item, wrong error) error {
		if wrong != nil {
			t.refused[i.N] = shorten(wrong.Error())
		}
		return ctx.Err()
	}}
	opts.LogKey, opts.Time = t.in.LogKey, stated()
	if t.report, err = bundle.VerifyFile(t.in.Files, t.in.Name, opts); err != nil {
		return fault.WithHint(fault.Invalid("bundle", "%w", err), "nothing was taken in; ask the sender for the bundle anew")
	}
	o := t.report.Offered
	switch {
	case o == nil:
		return fault.WithHint(fault.Invalid("bundle", "this is a copy: nothing in it is offered to anybody"), "heed evidence add takes in what it holds")
	case t.in.offer != "" && t.in.offer != handover.Digest(t.report.Offer):
		return fault.Invalid("bundle", "its offer is another than the one that was announced")
	case o.To != t.h.Origin() || o.ToKey != t.h.rec.Keys().EntryVerifier():
		return fault.Invalid("bundle", "it is offered to %s, and this is %s", o.ToKey, t.h.rec.Keys().EntryVerifier())
	}
	if err := t.unanswered(ctx); err != nil {
		return err
	}
	return t.refusals()
}

// unanswered refuses an offer that was answered before.
func (t *takeover) unanswered(ctx context.Context) error {
	return t.h.rec.View(ctx, func(v *record.View) error {
		was, err := transfer.Get(v, handover.Digest(t.report.Offer))
		if err == nil {
			return fault.Exists("this offer was answered already, as %s: %s", was.ID, was.State)
		}
		if fault.KindOf(err) == fault.KindNotFound {
			return nil
		}
		return err
	})
}

// refusals adds those that the receiver decided on.
func (t *takeover) refusals() error {
	for n, why := range t.in.Refuse {
		if n < 1 || n > len(t.report.Items) || why == "" {
			return fault.Invalid("refuse", "there is no item %d to be refused, or no reason", n)
		}
		t.refused[n] = shorten(why)
	}
	for _, i := range t.report.Items {
		switch {
		case t.in.RefuseAll != "":
			t.refused[i.N] = shorten(t.in.RefuseAll)
		case i.Payload == handover.Without && t.refused[i.N] == "":
			t.refused[i.N] = "its bytes are not in the bundle"
		}
	}
	return nil
}

// shorten makes a reason fit a refusal: one line.
func shorten(s string) string {
	out := []rune{}
	for _, r := range s {
		if !unicode.IsPrint(r) { // no signature covers what cannot be seen: see [handover.Refusal]
			r = ' '
		}
		if out = append(out, r); len(out) == 400 {
			break
		}
	}
	return string(out)
}

// takeIn takes the items in: originals first, then what was derived from them.
func (t *takeover) takeIn(ctx context.Context) error {
	spans, err := t.spans()
	if err != nil {
		return err
	}
	words, err := t.words()
	if err != nil {
		return err
	}
	if t.holds, err = t.held(); err != nil {
		return err
	}
	origin, err := t.origins()
	if err != nil {
		return err
	}
	t.family = familyOf(t.report.Items, origin)
	if t.elder, err = t.elders(ctx); err != nil {
		return err
	}
	byMarking := map[string][]handover.Item{}
	order := []string{}
	steps := t.family.steps()
	for step := range evidence.MostDerived + 1 {
		for _, i := range t.report.Items {
			if t.refused[i.N] != "" || t.local[i.N] != "" || steps[i.N] != step {
				continue
			}
			key := fmt.Sprint(i.Marking, " ", step)
			if byMarking[key] == nil {
				order = append(order, key)
			}
			byMarking[key] = append(byMarking[key], i)
		}
	}
	for _, key := range order {
		if err := t.intake(ctx, byMarking[key], spans, words); err != nil {
			return err
		}
	}
	if err := t.permit(ctx); err != nil {
		return err
	}
	if err := t.describe(ctx); err != nil {
		return err
	}
	return t.bringTimes(ctx)
}

// words are what the sender's entries say of the items, which are sealed for
// the receiver.
func (t *takeover) words() (map[string]evidence.Words, error) {
	out := map[string]evidence.Words{}
	own := t.report.Logs[0]
	for _, e := range own.Entries {
		if e.Sealed == nil {
			continue
		}
		h, err := record.ParseLeaf(e.Leaf)
		if err != nil {
			return nil, err
		}
		if h.Kind != "evidence.taken" {
			continue
		}
		w, err := evidence.ReadWords(e.Sealed.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the sender's entry %d: %w", e.Index, err)
		}
		out[h.Subjects[0]] = w
	}
	return out, nil
}

// intake takes in items of one marking.
func (t *takeover) intake(ctx context.Context, items []handover.Item, spans map[int]bundle.Span, words map[string]evidence.Words) error {
	in, err := t.h.BeginEvidence(ctx, t.who, EvidenceInput{Authority: t.authority(), Marking: items[0].Marking, Via: "hand-over", Links: t.in.Links})
	if err != nil {
		return err
	}
	sources := make([]evidence.Source, len(items))
	err = t.h.see(ctx, t.who, func(l *look) error {
		if err := l.need(access.HandoverTake, l.node()); err != nil {
			return err
		}
		for k, i := range items {
			sources[k] = t.source(i, spans, words[i.ID])
			if sources[k].From, err = t.from(l.View, i); err != nil {
				return err
			}
			sources[k].How = kind(i, sources[k].From)
			sources[k].Holds, sources[k].HeldAt = t.holds[i.ID], t.report.Node
		}
		return nil
	})
	if err != nil {
		return err
	}
	got, err := t.h.TakeEvidence(ctx, t.who, in.ID, sources, true, nil)
	if err != nil {
		return err
	}
	if len(got.Refused) > 0 {
		return fmt.Errorf("take in %s: %s: %s", in.ID, got.Refused[0].Path, got.Refused[0].Error)
	}
	for k, taken := range got.Items {
		if taken.SHA256 != items[k].SHA256 {
			return fmt.Errorf("take in %s: %s has another SHA-256 than item %d of the offer", in.ID, taken.ID, items[k].N)
		}
		t.local[items[k].N] = taken.ID
	}
	return nil
}

func (t *takeover) authority() string {
	text := t.named()
	if t.in.Authority != "" {
		text = t.in.Authority + " (" + text + ")"
	}
	return text
}

// sign signs the answer, and keeps both papers and the contents.
func (t *takeover) sign(ctx context.Context, refusals []byte) (out HandoverTaken, err error) {
	o := t.report.Offered
	out = HandoverTaken{From: o.From, Why: map[string]string{}}
	marking := ""
	var moved []transfer.Moved
	for _, i := range t.report.Items {
		marking = stricter(marking, i.Marking)
		why := t.refused[i.N]
		if why == "" {
			out.Taken++
			out.Bytes += i.Bytes
			moved = append(moved, transfer.Moved{N: i.N, Item: t.local[i.N]})
			continue
		}
		out.Refused++
		out.Why[fmt.Sprint(i.N)] = why
	}
	taking := transfer.Taking{Marking: marking, Offer: *o, Signed: t.report.Offer, Refusals: refusals}
	if len(moved) > 0 {
		taken := func(n int) bool { return t.refused[n] == "" }
		if _, err := transfer.Strip(&t.report.Contents, func(n int) bool { return !taken(n) }, taken); err != nil { // nothing that is said of what was not taken is kept
			return out, err
		}
		if taking.Contents, taking.List, err = transfer.New(t.h.parts.Blobs).Keep(ctx, t.report.Contents, moved); err != nil {
			return out, err
		}
	}
	err = t.h.do(ctx, t.who, func(a *act) error {
		if err := a.need(access.HandoverTake, a.node()); err != nil {
			return err
		}
		if out.ID, err = transfer.NextID(a.tx); err != nil {
			return err
		}
		answer := t.answer(out, refusals, a.now)
		signed, err := answer.Sign(t.h.rec.Keys().Entry())
		if err != nil {
			return err
		}
		if answer, err = handover.ParseAnswer(signed, t.report.Offer); err != nil {
			return err
		}
		taking.ID, taking.Answer, taking.Receipt = out.ID, answer, signed
		out.Outcome, out.Receipt = answer.Outcome, transfer.Receipt{Answer: signed, Refusals: refusals}.Format()
		e, err := transfer.Take(a.tx, taking)
		out.Entry = e.Index
		return err
	})
	if err == nil {
		err = t.forgetErased(ctx, moved)
	}
	return out, err
}

// forgetErased forgets what came to be said of items that were erased before it was on
// record that they came by this hand-over.
func (t *takeover) forgetErased(ctx context.Context, moved []transfer.Moved) error {
	var gone []string
	err := t.h.rec.View(ctx, func(v *record.View) error {
		if n, err := v.Erasures(); err != nil || n == 0 {
			return err
		}
		for _, m := range moved {
			if erased, err := itemErased(v, m.Item); err != nil {
				return err
			} else if erased {
				gone = append(gone, m.Item)
			}
		}
		return nil
	})
	for n := 0; n < len(gone) && err == nil; n++ {
		err = transfer.New(t.h.parts.Blobs).Forget(ctx, t.h.rec, record.By{}, gone[n], itemErased)
	}
	return err
}

// answer words the receipt. Its time is not before the offer's, though the
// receiver's clock may be behind.
func (t *takeover) answer(out HandoverTaken, refusals []byte, now time.Time) handover.Answer {
	a := handover.Answer{ID: out.ID, Offer: handover.Digest(t.report.Offer), From: t.h.Origin(), Key: t.report.Offered.ToKey, Made: now,
		Outcome: handover.Accepted, Taken: out.Taken, Bytes: out.Bytes, Refused: out.Refused, Refusals: handover.Sum(refusals)}
	switch {
	case out.Taken == 0:
		a.Outcome = handover.Refused
	case out.Refused > 0:
		a.Outcome = handover.Partly
	}
	if out.Refused > 0 {
		if a.Reason = shorten(t.in.RefuseAll); a.Reason == "" {
			a.Reason = fmt.Sprintf("%d items were not taken: the reason of each is in the list", out.Refused)
		}
	}
	return a
}

// AcceptReceipt takes down, at the sender, what the receiver answered. The file
// is the one that the receiver's node wrote.
func (h *Heed) AcceptReceipt(ctx context.Context, who Who, file []byte) (transfer.Handover, error) {
	return h.accept(ctx, who, file, access.HandoverTake)
}

// accept is AcceptReceipt, by a person or by the node's courier.
func (h *Heed) accept(ctx context.Context, who Who, file []byte, action string) (out transfer.Handover, err error) {
	r, err := transfer.ParseReceipt(file)
	if err != nil {
		return out, err
	}
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(action, a.node()); err != nil {
			return err
		}
		all, err := transfer.List(a.View)
		if err != nil {
			return err
		}
		for _, known := range all {
			if known.Way != transfer.Out {
				continue
			}
			x, err := transfer.Get(a.View, known.ID)
			if err != nil {
				return err
			}
			answer, err := handover.ParseAnswer(r.Answer, []byte(x.Offered))
			if err != nil {
				continue
			}
			c, err := transfer.New(h.parts.Blobs).Contents(ctx, x)
			if err != nil {
				return err
			}
			if _, err := answer.Fits(c.Items, r.Refusals); err != nil {
				return fault.Invalid("receipt", "%w", err)
			}
			if _, err := transfer.Answer(a.tx, x, answer, r.Answer, r.Refusals); err != nil {
				return err
			}
			out, err = transfer.Get(a.View, x.ID)
			return err
		}
		return fault.NotFound("the receipt answers no offer of this node, or is not signed by the one it was made to")
	})
	return out, err
}
