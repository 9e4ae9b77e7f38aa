package heed

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/protocol"
)

// CloseWarning proposes to end a warning and its response: the conditions of
// its protocol are met and a reason is given. It returns the entry to which a
// second person agrees, see [Heed.AgreeClosing]; where the protocol wants no
// second person it closes at once and returns 0. Of a warning that was
// superseded, only the response is left to be closed.
func (h *Heed) CloseWarning(ctx context.Context, who Who, id, reason string, statements []string) (proposal int64, err error) {
	who.Purpose = reason
	err = h.do(ctx, who, func(a *act) error {
		w, err := warning.Get(a.View, id)
		if err != nil {
			return err
		}
		r, err := a.warning(w)
		if err != nil {
			return err
		}
		_, p, err := a.running(id)
		if err != nil {
			return err
		}
		in := response.ClosingInput{Warning: id, Reason: reason, Statements: statements}
		if p != nil {
			roles, err := a.rolesUnder(p, a.principal.ID)
			if err != nil {
				return err
			}
			in.Role = pick(roles, p.Closing.By)
			a.inRole(&r, in.Role, p.Closing.By)
		}
		if err := a.need(access.WarningEnd, r); err != nil {
			return err
		}
		if p == nil {
			return warning.Close(a.tx, id, reason)
		}
		proposal, err = response.ProposeClosing(a.tx, in)
		if err != nil || proposal > 0 {
			return err
		}
		return a.end(w, reason)
	})
	return proposal, err
}

// mayEnd tells whether the reader may propose to end a warning or, where that
// has ended, the response that is still open.
func (e *eyes) mayEnd(w warning.Warning, r access.Resource) (bool, error) {
	_, p, err := e.running(w.ID)
	if err != nil || p == nil && w.State != warning.InForce && w.State != warning.Expired {
		return false, err
	}
	if p != nil {
		roles, err := e.rolesUnder(p, e.principal.ID)
		if err != nil {
			return false, err
		}
		e.inRole(&r, pick(roles, p.Closing.By), p.Closing.By)
	}
	return e.could(access.WarningEnd, r), nil
}

// AgreeClosing is the second person's word on a proposal to close a warning,
// named by its entry: see [Heed.ProposedClosing]. It ends the response and, if
// it still stands, the warning.
func (h *Heed) AgreeClosing(ctx context.Context, who Who, id string, proposal int64, note string) error {
	who.Purpose = cmp.Or(strings.TrimSpace(note), "to agree that "+id+" is closed")
	return h.do(ctx, who, func(a *act) error {
		w, err := warning.Get(a.View, id)
		if err != nil {
			return err
		}
		runs, p, err := a.mayAgree(w)
		if err != nil {
			return err
		}
		roles, err := a.rolesUnder(p, a.principal.ID)
		if err != nil {
			return err
		}
		words, err := response.AgreeClosing(a.tx, runs.Warning, proposal, response.Voice{Roles: roles}, note)
		if err != nil {
			return err
		}
		return a.end(w, words.Reason)
	})
}

// mayAgree decides whether somebody may be the second person to a closing.
func (l *look) mayAgree(w warning.Warning) (response.Response, *protocol.Protocol, error) {
	r, err := l.warning(w)
	if err != nil {
		return response.Response{}, nil, err
	}
	if err := l.need(access.WarningRead, r); err != nil {
		return response.Response{}, nil, err
	}
	x, p, err := l.running(w.ID)
	if err != nil {
		return x, nil, err
	}
	if p == nil {
		return x, nil, fault.Stale("no response to %s is open", w.ID)
	}
	roles, err := l.rolesUnder(p, l.principal.ID)
	if err != nil {
		return x, nil, err
	}
	r.Author = x.ProposedBy
	l.inRole(&r, pick(roles, p.Closing.AgreedBy), p.Closing.AgreedBy)
	return x, p, l.need(access.ProtocolClose, r)
}

// end ends a warning that still stands, once its response is closed.
func (a *act) end(w warning.Warning, reason string) error {
	if w.State == warning.Superseded || w.State == warning.Closed {
		return nil
	}
	return warning.Close(a.tx, w.ID, reason)
}

// running returns the response to a warning and the text it runs under, no
// text where none is open.
func (l *look) running(id string) (response.Response, *protocol.Protocol, error) {
	x, err := response.OfWarning(l.View, id)
	if fault.KindOf(err) == fault.KindNotFound || err == nil && !x.Closed.IsZero() {
		return x, nil, nil
	}
	if err != nil {
		return x, nil, err
	}
	p, err := response.ProtocolOf(l.View, x.Protocol)
	return x, p, err
}

// A ProposedClosing is a proposal to close a warning that waits for a second
// person.
type ProposedClosing struct {
	Entry      int64 // 0 where nobody has proposed
	By         Ref
	At         time.Time
	Reason     Text
	Statements []string // keys of the protocol's
	Void       string   // the duty that was opened since, which makes it void
	MayAgree   bool
}

// ProposedClosing returns the proposal to close a warning to which a second
// person would agree.
func (h *Heed) ProposedClosing(ctx context.Context, who Who, id string) (out ProposedClosing, err error) {
	who.Purpose = cmp.Or(who.Purpose, "to read what is proposed")
	err = h.see(ctx, who, func(l *look) error {
		w, err := warning.Get(l.View, id)
		if err != nil {
			return l.unknown(err)
		}
		r, err := l.warning(w)
		if err != nil {
			return err
		}
		if err := l.need(access.WarningRead, r); err != nil {
			return err
		}
		x, p, err := l.running(id)
		if err != nil || p == nil || x.Proposal == 0 {
			return err
		}
		e, err := l.Entry(x.Proposal)
		if err != nil {
			return err
		}
		out = ProposedClosing{Entry: x.Proposal, By: Ref{x.ProposedBy, l.name(x.ProposedBy)}, At: e.Time}
		if out.Void, err = response.Void(l.View, x); err != nil {
			return err
		}
		words, err := response.ReadClosing(l.View, x.Proposal)
		out.Statements = words.Statements
		if out.Reason, err = text(words.Reason, err); err != nil {
			return err
		}
		roles, err := l.rolesUnder(p, l.principal.ID)
		if err != nil {
			return err
		}
		role := pick(roles, p.Closing.AgreedBy)
		r.Author = x.ProposedBy
		l.inRole(&r, role, p.Closing.AgreedBy)
		out.MayAgree = out.Void == "" && slices.Contains(p.Closing.AgreedBy, role) && l.may(access.ProtocolClose, r)
		return nil
	})
	return out, err
}

// inRole lets access decide on somebody who acts in a role that a protocol
// names, which they hold by the register or by the protocol's own lists.
func (l *look) inRole(r *access.Resource, role string, named []string) {
	if role == "" || !slices.Contains(named, role) {
		return
	}
	r.Owner = role
	if !l.has(role) {
		l.principal.Roles = append(slices.Clone(l.principal.Roles), role+"@"+home)
	}
}

// rolesUnder are the roles in which a person acts under a protocol: those that
// the register of people gives them, those that the protocol's own lists do,
// and those that nobody holds and whose deputy's role they have.
func (l *look) rolesUnder(p *protocol.Protocol, person string) ([]string, error) {
	roles, err := l.rolesOf(person)
	if err != nil {
		return nil, err
	}
	for _, r := range p.Roles {
		holders, deputies := p.WhoHolds(r.Key, l.now)
		for _, ref := range slices.Concat(holders, deputies) {
			if x, err := l.h.desk.Find(l.View, ref); err == nil && x.ID == person {
				roles = append(roles, r.Key)
			}
		}
	}
	for _, r := range p.Roles {
		if r.Deputy == "" || slices.Contains(roles, r.Key) || !slices.Contains(roles, r.Deputy) {
			continue
		}
		if who, err := l.holder(p, r.Key); err != nil {
			return nil, err
		} else if who == "" {
			roles = append(roles, r.Key)
		}
	}
	return roles, nil
}

func (l *look) rolesOf(person string) (roles []string, err error) {
	held, err := party.RolesOf(l.View, person, l.now)
	for _, r := range held {
		roles = append(roles, r.Role)
	}
	return roles, err
}

// pick returns the first of have that is in want, else the first of have.
func pick(have, want []string) string {
	for _, r := range have {
		if slices.Contains(want, r) {
			return r
		}
	}
	return first(have)
}
