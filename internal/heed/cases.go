package heed

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/situation"
)

// CaseInput is what a case is opened with; its situation may be a name.
type CaseInput = cases.Input

// OpenCase opens a case and returns its id.
func (h *Heed) OpenCase(ctx context.Context, who Who, in CaseInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.CaseOpen, a.node()); err != nil {
			return err
		}
		if in.Situation != "" {
			s, err := situation.Find(a.View, in.Situation)
			if err != nil {
				return fault.Invalid("situation", "%w", err)
			}
			if err := a.need(access.SituationRead, a.situation(s)); err != nil {
				return err
			}
			in.Situation = s.ID
		}
		id, err = cases.Open(a.tx, in)
		return err
	})
	return id, err
}

// caseFile is a resource for a case.
func (l *look) caseFile(c cases.Case) access.Resource {
	return access.Resource{Type: "case", ID: c.ID, Situation: c.Situation, Marking: c.Marking, Author: c.By, Agencies: []string{home}, Exercise: l.h.Exercise()}
}

// findCase is find for a case, or for a request in one.
func (e *eyes) findCase(id string) (string, access.Resource, error) {
	if r, err := cases.GetRequest(e.View, id); err == nil {
		id = r.Case
	}
	c, err := cases.Get(e.View, id)
	return access.CaseRead, e.caseFile(c), err
}

// needCase finds a case that who may read, and decides on an act. One that may
// not be read is not told from one that is not there.
func (l *look) needCase(action, id string) (cases.Case, error) {
	c, err := cases.Get(l.View, id)
	if err != nil {
		c = cases.Case{ID: id, Marking: "RED"}
	}
	if l.need(access.CaseRead, l.caseFile(c)) != nil {
		return c, fault.NotFound("there is no case %.60s", id)
	}
	if err != nil || action == access.CaseRead {
		return c, err
	}
	return c, l.need(action, l.caseFile(c))
}

// needLink decides whether something may be linked so. What is linked to a case
// of ours goes to one that is there, and that who may change.
func (l *look) needLink(link evidence.Link) error {
	if link.Kind != "case" || !cases.Ours(link.To) {
		return nil
	}
	_, err := l.needCase(access.CaseChange, link.To)
	return err
}

// showsLink tells whether the reader may know that an item belongs to this.
func (l *look) showsLink(link evidence.Link) bool {
	if link.Kind != "case" || !cases.Ours(link.To) {
		return true
	}
	c, err := cases.Get(l.View, link.To)
	return err == nil && l.may(access.CaseRead, l.caseFile(c))
}

// RequestInput is a request for assistance as it came.
type RequestInput struct {
	cases.Asked
	Received, Due time.Time
}

// ReceiveRequest enters a request for assistance in a case and returns its id.
func (h *Heed) ReceiveRequest(ctx context.Context, who Who, id string, in RequestInput) (request string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if _, err := a.needCase(access.CaseChange, id); err != nil {
			return err
		}
		request, err = cases.Receive(a.tx, id, in.Asked, in.Received, in.Due)
		return err
	})
	return request, err
}

// AnswerInput is what is answered to a request.
type AnswerInput struct {
	Items []string
	// Withhold leaves out what those who gave it do not permit, with the
	// reasons; without it, one such item is in the way of the whole answer.
	Withhold bool
	Refuse   bool // nothing goes to them
	Text     string
	How      string
	Death    consent.Death // as it is known now; "" is as the request says
	Asked    string        // what contributors answered, where permission says to ask
}

// Answered says what an answer was.
type Answered struct {
	Request  string           `json:"request"`
	Outcome  string           `json:"outcome"`
	Items    []string         `json:"items"`
	Withheld []cases.Withheld `json:"withheld"`
	Hours    int              `json:"hours_to_answer"`
	Entry    int64            `json:"entry"`
}

// AnswerRequest answers a request for assistance. Each item must belong to the
// case and be one that who may open, and those who gave it must permit that it
// is used by this office, there, for this: see [consent.DecideAll].
func (h *Heed) AnswerRequest(ctx context.Context, who Who, request string, in AnswerInput) (out Answered, err error) {
	err = h.do(ctx, who, func(a *act) error {
		r, answer, err := a.answer(access.CaseAnswer, request, in)
		if err != nil {
			return err
		}
		e, err := cases.Reply(a.tx, request, answer)
		out = answered(request, answer)
		out.Hours, out.Entry = int(e.Time.Sub(r.Received).Hours()), e.Index
		return err
	})
	return out, err
}

// WeighAnswer says what an answer would be, and puts nothing on record: which
// items may go to who asked, and why the others may not.
func (h *Heed) WeighAnswer(ctx context.Context, who Who, request string, in AnswerInput) (out Answered, err error) {
	in.Withhold = true
	err = h.see(ctx, who, func(l *look) error {
		_, answer, err := l.answer(access.CaseChange, request, in)
		out = answered(request, answer)
		return err
	})
	return out, err
}

func answered(request string, a cases.Answer) Answered {
	return Answered{Request: request, Outcome: a.Outcome, Items: append([]string{}, a.Items...), Withheld: append([]cases.Withheld{}, a.Withheld...)}
}

// answer finds a request that waits, decides on an act on its case, and weighs
// what is answered.
func (l *look) answer(action, request string, in AnswerInput) (r cases.Request, answer cases.Answer, err error) {
	if r, err = cases.GetRequest(l.View, request); err != nil {
		r.Case = ""
	}
	c, err2 := l.needCase(action, r.Case)
	if fault.KindOf(err2) == fault.KindNotFound {
		return r, answer, fault.NotFound("there is no request %.60s", request)
	}
	if err := cmp.Or(err, err2, r.Waits()); err != nil {
		return r, answer, err
	}
	asked, err := cases.AskedOf(l.View, r)
	if err != nil {
		return r, answer, err
	}
	l.who.Purpose = cmp.Or(l.who.Purpose, "to answer "+request)
	use := consent.Use{For: asked.For, By: consent.Party{Name: asked.Office, Classes: asked.Classes}, In: asked.In, Death: cmp.Or(in.Death, asked.Death), At: l.now, Asked: in.Asked}
	answer = cases.Answer{Text: in.Text, How: in.How, Death: use.Death}
	return r, answer, l.weigh(c, in, use, &answer)
}

// weigh decides on each item that an answer names, and on what that makes the
// answer.
func (l *look) weigh(c cases.Case, in AnswerInput, use consent.Use, answer *cases.Answer) error {
	for _, id := range in.Items {
		i, why, err := l.asked(c, id, use)
		if err != nil {
			return err
		}
		answer.Marking = stricter(answer.Marking, i.Marking)
		switch {
		case why == "" && in.Refuse: // it could go, and does not, for the reason in words
			why = cmp.Or(in.Text, "the request is refused")
		case why == "":
			answer.Items = append(answer.Items, id)
			continue
		case !in.Withhold && !in.Refuse:
			return fault.WithHint(fault.Denied("%s may not go to %s: %s", id, use.By.Name, why),
				"leave it out, withhold it with these reasons, refuse the request, or ask those whose consent it needs")
		}
		answer.Withheld = append(answer.Withheld, cases.Withheld{Item: id, Why: why})
	}
	switch {
	case len(answer.Items) > 0 && len(answer.Withheld) > 0:
		answer.Outcome = cases.Part
	case len(answer.Items) > 0:
		answer.Outcome = cases.Given
	case len(answer.Withheld) > 0 || in.Refuse:
		answer.Outcome = cases.Refused
	default:
		answer.Outcome = cases.Nothing
	}
	return nil
}

// asked finds an item of a case that who may open, and says why it may not be
// used as asked.
func (l *look) asked(c cases.Case, id string, use consent.Use) (i evidence.Item, why string, err error) {
	i, err = evidence.Get(l.View, id)
	if err != nil {
		i = evidence.Item{ID: id, Marking: "RED"}
	}
	if l.need(access.EvidenceRead, l.item(i)) != nil {
		return i, "", fault.NotFound("there is no item %.60s", id)
	}
	if err != nil {
		return i, "", err
	}
	if i.Erased {
		return i, "", fault.NotFound("%s was erased", id)
	}
	if err := l.need(access.EvidenceOpen, l.handed(i)); err != nil {
		return i, "", err
	}
	if !slices.Contains(i.To("case"), c.ID) {
		return i, "", fault.WithHint(fault.Invalid("items", "%s does not belong to %s", id, c.ID), "link it to the case first")
	}
	all, err := l.h.terms.of(l, i)
	if err != nil {
		return i, "", err
	}
	if use, err = l.onward(i, use); err != nil {
		return i, "", err
	}
	if d := consent.DecideAll(all, use); !d.Permitted {
		why = d.String()
	}
	return i, why, nil
}

// ConcludeCase enters something that came of a case, and returns its entry.
func (h *Heed) ConcludeCase(ctx context.Context, who Who, id string, o cases.Outcome) (entry int64, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if _, err := a.needCase(access.CaseChange, id); err != nil {
			return err
		}
		e, err := cases.Conclude(a.tx, id, o)
		entry = e.Index
		return err
	})
	return entry, err
}
