package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
)

// A DecisionRow is a decision in a list.
type DecisionRow struct {
	ID, Warning string
	Level       int
	Situation   Ref
	State       string // draft, signed, superseded
	At          time.Time
	By          Ref // who signed it, or drafted it
	Choice      Text
	Marking     string
	Entry       int64
}

// Decisions returns the decisions that who may read, the newest first, and how
// many there are on all pages.
func (h *Heed) Decisions(ctx context.Context, who Who, p Page) (rows []DecisionRow, total int64, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		all, err := e.taken(decision.Filter{})
		if err != nil {
			return err
		}
		all, total = cut(all, p)
		rows, err = e.decisionRows(all)
		return err
	})
	return rows, total, err
}

// taken returns the decisions that the reader may read.
func (e *eyes) taken(f decision.Filter) ([]decision.Decision, error) {
	all, err := decision.List(e.View, f)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, d := range all {
		r, err := e.decision(d)
		if err != nil {
			return nil, err
		}
		if e.may(access.DecisionRead, r) {
			out = append(out, d)
		}
	}
	return out, nil
}

func (e *eyes) decisions(f decision.Filter) ([]DecisionRow, error) {
	all, err := e.taken(f)
	if err != nil {
		return nil, err
	}
	return e.decisionRows(all)
}

func (e *eyes) decisionRows(all []decision.Decision) ([]DecisionRow, error) {
	out := make([]DecisionRow, 0, len(all))
	for _, d := range all {
		row := DecisionRow{ID: d.ID, Warning: d.Warning, Situation: e.situationRef(d.Situation), State: d.State, At: d.Drafted, By: e.ref(d.DraftedBy),
			Marking: d.Marking, Entry: d.Entry}
		if !d.Signed.IsZero() {
			row.At, row.By, row.Entry = d.Signed, e.ref(d.SignedBy), d.SigningEntry
		}
		t, err := e.thingOf(d.Warning)
		if err != nil {
			return nil, err
		}
		row.Level = t.level
		words, err := decision.Read(e.View, d)
		if row.Choice, err = text(words.Choice, err); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// A Decision is one decision with everything it says.
type Decision struct {
	DecisionRow
	Known, Reason          Text
	Options                []Option
	Community, NoCommunity Text
	Dissent                []Dissent
	Signature              Signature
	Supersedes             string
	SupersededBy           string
	DraftedBy              Ref
	Drafted                time.Time

	MaySign, MayDissent, HasPasskey bool
}

// A Dissent is somebody's disagreement, kept beside the decision.
type Dissent struct {
	By    Ref
	Text  Text
	At    time.Time
	Entry int64
}

// A Signature is the senior owner's: by a passkey, whose id is Key, over the
// digest, or by their signed-in word.
type Signature struct {
	Kind, Key string
	By        Ref
	At        time.Time
	Digest    []byte
}

// Decision returns one decision.
func (h *Heed) Decision(ctx context.Context, who Who, id string) (out Decision, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		d, err := decision.Get(e.View, id)
		if err != nil {
			return e.hidden(err)
		}
		r, err := e.decision(d)
		if err != nil {
			return err
		}
		if err := e.need(access.DecisionRead, r); err != nil {
			return err
		}
		rows, err := e.decisionRows([]decision.Decision{d})
		if err != nil {
			return err
		}
		out.DecisionRow = rows[0]
		out.MayDissent = e.may(access.DecisionDissent, r)
		if out.MaySign, err = e.maySign(d); err != nil {
			return err
		}
		if out.HasPasskey, err = e.hasPasskey(); err != nil {
			return err
		}
		return e.decisionPage(d, &out)
	})
	return out, err
}

// maySign decides as signing does: whoever owes the decision signs it, and
// where nobody does, the office.
func (e *eyes) maySign(d decision.Decision) (bool, error) {
	if d.State != decision.Drafted {
		return false, nil
	}
	r, err := e.decision(d)
	if err != nil {
		return false, err
	}
	if r.Recipients, err = e.deciders(d.Warning); err != nil {
		return false, err
	}
	r.Owner = "focal-point"
	if len(r.Recipients) > 0 {
		if r.Owner = e.standsFor(r.Recipients); !slices.Contains(r.Recipients, r.Owner) {
			r.Owner = r.Recipients[0]
		}
	}
	return e.may(access.DecisionSign, r), nil
}

func (e *eyes) hasPasskey() (bool, error) {
	if e.who.Person == "" {
		return false, nil
	}
	all, err := signin.Passkeys(e.View, e.who.Person)
	return slices.ContainsFunc(all, func(k signin.Passkey) bool { return k.Ended.IsZero() }), err
}

func (e *eyes) decisionPage(d decision.Decision, out *Decision) error {
	words, err := decision.Read(e.View, d)
	for _, x := range []struct {
		to   *Text
		body string
	}{{&out.Known, words.Known}, {&out.Reason, words.Reason}, {&out.Community, words.Community}, {&out.NoCommunity, words.NoCommunity}} {
		t, err := text(x.body, err)
		if err != nil {
			return err
		}
		*x.to = t
	}
	out.Options, out.DraftedBy, out.Drafted = words.Options, e.ref(d.DraftedBy), d.Drafted
	out.Signature = Signature{Kind: d.Kind, Key: d.Credential, By: e.ref(d.SignedBy), At: d.Signed, Digest: d.Digest}
	for _, link := range [][2]*string{{&out.Supersedes, &d.Supersedes}, {&out.SupersededBy, &d.SupersededBy}} {
		if ok, err := e.readable(*link[1]); err != nil {
			return err
		} else if ok {
			*link[0] = *link[1]
		}
	}
	all, err := decision.Dissents(e.View, d.ID)
	if err != nil {
		return err
	}
	for _, x := range all {
		said, err := text(decision.ReadDissent(e.View, x))
		if err != nil {
			return err
		}
		out.Dissent = append(out.Dissent, Dissent{By: e.ref(x.By), Text: said, At: x.At, Entry: x.Entry})
	}
	return nil
}

// A DecisionForm is what the form for a decision on a warning offers.
type DecisionForm struct {
	Warning    WarningRow
	Finding    Text
	Duties     []DutyRow
	People     []Ref
	Signers    []Ref // who owes the decision, or was told that it is missing
	HasPasskey bool
}

// DecisionForm returns the choices for a decision on a warning.
func (h *Heed) DecisionForm(ctx context.Context, who Who, warningID string) (f DecisionForm, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		w, row, err := e.toActOn(warningID, access.DecisionDraft)
		if err != nil {
			return err
		}
		f.Warning = row
		words, err := warning.Read(e.View, w)
		if f.Finding, err = text(words.Finding, err); err != nil {
			return err
		}
		return e.decisionForm(w, &f)
	})
	return f, err
}

// toActOn returns a warning, and its row, for a form with which who may read it
// acts on it.
func (e *eyes) toActOn(id, action string) (w warning.Warning, row WarningRow, err error) {
	if w, err = warning.Get(e.View, id); err != nil {
		return w, row, e.hidden(err)
	}
	to, err := warning.Recipients(e.View, id)
	if err != nil {
		return w, row, err
	}
	r, err := e.warning(w, to)
	if err != nil {
		return w, row, err
	}
	for _, a := range []string{access.WarningRead, action} {
		if err := e.need(a, r); err != nil {
			return w, row, err
		}
	}
	rows, err := e.warningRows([]served{{w, to}}, response.Filter{Warning: id})
	if err != nil {
		return w, row, err
	}
	return w, rows[0], nil
}

func (e *eyes) decisionForm(w warning.Warning, f *DecisionForm) error {
	due, err := e.heads(response.Filter{Warning: w.ID}, 0)
	if err != nil {
		return err
	}
	if f.Duties, err = e.dutyRows(due); err != nil {
		return err
	}
	people, err := party.People(e.View, party.Filter{})
	if err != nil {
		return err
	}
	for _, p := range people {
		f.People = append(f.People, Ref{p.ID, p.Label()})
	}
	if f.Signers, err = e.owners(w); err != nil {
		return err
	}
	f.HasPasskey, err = e.hasPasskey()
	return err
}
