package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
)

// refuses is to answer a duty by explaining, which is [access.DutyAct] of
// whoever the protocol lets refuse.
const refuses = "refuse"

// onDuty finds a duty, decides whether the person may answer it, and does so.
func (h *Heed) onDuty(ctx context.Context, who Who, id, action string, f func(*act, response.Duty) error) error {
	return h.do(ctx, who, func(a *act) error {
		d, err := response.Get(a.View, id)
		if err != nil {
			return err
		}
		r, err := a.duty(d)
		if err != nil {
			return err
		}
		as, r, err := a.answering(d, r, action)
		if err != nil {
			return err
		}
		if action == refuses {
			action = access.DutyAct
		}
		if err := as.need(action, r); err != nil {
			return err
		}
		return f(a, d)
	})
}

// AcknowledgeDuty records that the owner knows of a duty.
func (h *Heed) AcknowledgeDuty(ctx context.Context, who Who, id, note string) error {
	return h.onDuty(ctx, who, id, access.DutyAct, func(a *act, d response.Duty) error { return response.Acknowledge(a.tx, id, note) })
}

// DoDuty answers a duty by doing it. Where the protocol wants a second pair of
// eyes, this is the proposal and [Heed.AgreeDuty] the answer.
func (h *Heed) DoDuty(ctx context.Context, who Who, id, what string) error {
	return h.onDuty(ctx, who, id, access.DutyAct, func(a *act, d response.Duty) error { return response.Do(a.tx, id, what) })
}

// AgreeDuty is the second person's word on a proposed answer, named by the
// entry of the proposal that they have read. It counts for no other, and only
// from the role that the protocol names.
func (h *Heed) AgreeDuty(ctx context.Context, who Who, id string, proposal int64, note string) error {
	return h.onDuty(ctx, who, id, access.DutyApprove, func(a *act, d response.Duty) error {
		v, err := a.voice(d)
		if err != nil {
			return err
		}
		return response.Agree(a.tx, id, proposal, v, note)
	})
}

// ExplainDuty answers a duty with the reasons why it is not done.
func (h *Heed) ExplainDuty(ctx context.Context, who Who, id, reason string) error {
	return h.onDuty(ctx, who, id, refuses, func(a *act, d response.Duty) error {
		v, err := a.voice(d)
		if err != nil {
			return err
		}
		return response.Explain(a.tx, id, v, reason)
	})
}

// voice is in what somebody speaks on a duty.
func (l *look) voice(d response.Duty) (v response.Voice, err error) {
	p, err := response.ProtocolOf(l.View, d.Protocol)
	if err != nil {
		return v, err
	}
	r, err := l.duty(d)
	if err != nil {
		return v, err
	}
	v.Roles, err = l.rolesUnder(p, r)
	for _, person := range append([]string{l.principal.ID}, l.principal.For...) {
		v.Owner = v.Owner || person != "" && (person == d.Owner || person == d.Deputy)
	}
	return v, err
}

// answering is a duty as access decides on somebody who would answer it, and
// the eyes with which it does: for its owner, or in the role that the protocol
// names.
func (l *look) answering(d response.Duty, r access.Resource, action string) (*look, access.Resource, error) {
	as, role := l, map[string]string{access.DutyApprove: d.FourEyes, refuses: d.Refusal}[action]
	if role != "" && l.principal.Kind == access.Person {
		v, err := l.voice(d)
		if err != nil {
			return nil, r, err
		}
		as = l.inRole(&r, role, v.Roles)
	}
	if action != access.DutyApprove && slices.Contains(r.Recipients, l.standsFor(r.Recipients)) {
		r.Owner = l.standsFor(r.Recipients) // a deputy, or a rung that was reached, may answer for the owner
	}
	return as, r, nil
}

// FollowUpInput is a duty that somebody sets beyond the protocol.
type FollowUpInput struct {
	Title, What, Owner string
	Due                time.Time
}

// FollowUp sets a duty that outlives the decision and returns its id.
func (h *Heed) FollowUp(ctx context.Context, who Who, of string, in FollowUpInput) (id string, err error) {
	err = h.onDuty(ctx, who, of, access.DutyAct, func(a *act, d response.Duty) error {
		p, err := h.desk.Find(a.View, in.Owner)
		if err != nil {
			return fault.Invalid("owner", "%w", err)
		}
		f, err := response.FollowUp(a.tx, response.FollowUpInput{Of: of, Title: in.Title, What: in.What, Owner: p.ID, Due: in.Due})
		id = f.ID
		return err
	})
	return id, err
}

// DecisionInput is what a decision says.
type DecisionInput = decision.Input

// DraftDecision writes a decision on a warning down for its signer.
func (h *Heed) DraftDecision(ctx context.Context, who Who, in DecisionInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		id, err = a.draft(in)
		return err
	})
	return id, err
}

func (a *act) draft(in DecisionInput) (string, error) {
	w, err := warning.Get(a.View, in.Warning)
	if err != nil {
		return "", err
	}
	r, err := a.warning(w)
	if err != nil {
		return "", err
	}
	if err := a.need(access.DecisionDraft, r); err != nil {
		return "", err
	}
	in.Situation = w.Situation
	if in.Marking == "" {
		in.Marking = w.Marking
	}
	d, err := decision.Draft(a.tx, in)
	return d.ID, err
}

// Signing is how somebody signs: with a passkey's assertion, checked already,
// or with their word.
type Signing = decision.Signature

// sign signs a draft, answers the duties that waited for it, and tells the
// reports behind the warning what they led to.
func (a *act) sign(id string, s Signing) (int64, error) {
	d, err := decision.Get(a.View, id)
	if err != nil {
		return 0, err
	}
	r, err := a.decision(d)
	if err != nil {
		return 0, err
	}
	if r.Recipients, err = a.deciders(d.Warning); err != nil {
		return 0, err
	}
	r.Owner = "focal-point" // where no duty asks for a decision, the office's own word is enough
	if len(r.Recipients) > 0 {
		r.Owner = a.standsFor(r.Recipients)
		if !slices.Contains(r.Recipients, r.Owner) {
			r.Owner = r.Recipients[0]
		}
	}
	if err := a.need(access.DecisionSign, r); err != nil {
		return 0, err
	}
	s.By = a.who.Person
	e, err := decision.Sign(a.tx, id, s)
	if err != nil {
		return 0, err
	}
	if err := response.Decided(a.tx, d.Warning, id); err != nil {
		return 0, err
	}
	sources, err := warning.Sources(a.View, d.Warning)
	if err != nil {
		return 0, err
	}
	for _, src := range sources {
		if src.Kind == "report" {
			if _, err := report.MarkLed(a.tx, src.Ref, id); err != nil {
				return 0, err
			}
		}
	}
	return e.Index, nil
}

// deciders are the people who owe the decision on a warning, or were told that
// it is missing.
func (l *look) deciders(warning string) ([]string, error) {
	all, err := response.List(l.View, response.Filter{Warning: warning})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range all {
		if !d.Decides {
			continue
		}
		r, err := l.duty(d)
		if err != nil {
			return nil, err
		}
		out = append(out, r.Recipients...)
	}
	return out, nil
}

// Decide drafts and signs a decision in one command, by the word of a signer
// who has no passkey. It returns the decision and the entry of the signature.
func (h *Heed) Decide(ctx context.Context, who Who, in DecisionInput) (id string, entry int64, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if id, err = a.draft(in); err != nil {
			return err
		}
		entry, err = a.signByWord(id)
		return err
	})
	return id, entry, err
}

// SignBySession signs a draft by the signed-in person's word, if they have no
// passkey: see [Heed.SignBegin].
func (h *Heed) SignBySession(ctx context.Context, who Who, id string) (entry int64, err error) {
	err = h.do(ctx, who, func(a *act) error {
		entry, err = a.signByWord(id)
		return err
	})
	return entry, err
}

// signByWord signs a draft by the signer's word, which is not enough from
// somebody who has a passkey: where a key is expected, a word proves less than
// it seems to.
func (a *act) signByWord(id string) (int64, error) {
	has, err := a.hasPasskey(a.who.Person)
	if err != nil {
		return 0, err
	}
	if has {
		return 0, fault.WithHint(fault.Denied("you have a passkey: a decision is signed with it"), "draft the decision, and sign it on its page")
	}
	return a.sign(id, Signing{Kind: decision.BySession})
}

// AddDissent records that somebody disagrees with a decision, and why.
func (h *Heed) AddDissent(ctx context.Context, who Who, id, text string) error {
	return h.do(ctx, who, func(a *act) error {
		d, err := decision.Get(a.View, id)
		if err != nil {
			return err
		}
		r, err := a.decision(d)
		if err != nil {
			return err
		}
		if err := a.need(access.DecisionDissent, r); err != nil {
			return err
		}
		return decision.Dissent(a.tx, id, text)
	})
}
