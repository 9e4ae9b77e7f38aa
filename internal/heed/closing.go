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
		as, in := a.look, response.ClosingInput{Warning: id, Reason: reason, Statements: statements}
		if p != nil {
			roles, err := a.rolesUnder(p, r)
			if err != nil {
				return err
			}
			in.Role = pick(roles, p.Closing.By)
			as = a.inRole(&r, in.Role, p.Closing.By)
		}
		if err := as.need(access.WarningEnd, r); err != nil {
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
	role, by := "", []string(nil)
	if p != nil {
		roles, err := e.rolesUnder(p, r)
		if err != nil {
			return false, err
		}
		role, by = pick(roles, p.Closing.By), p.Closing.By
	}
	as := e.inRole(&r, role, by)
	as.who.Purpose = "to be stated"
	return as.may(access.WarningEnd, r), nil
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
		roles, err := a.mayAgree(w)
		if err != nil {
			return err
		}
		words, err := response.AgreeClosing(a.tx, w.ID, proposal, response.Voice{Roles: roles}, note)
		if err != nil {
			return err
		}
		return a.end(w, words.Reason)
	})
}

// mayAgree decides whether somebody may be the second person to a closing, and
// returns in which roles.
func (l *look) mayAgree(w warning.Warning) ([]string, error) {
	r, err := l.warning(w)
	if err != nil {
		return nil, err
	}
	if err := l.need(access.WarningRead, r); err != nil {
		return nil, err
	}
	x, p, err := l.running(w.ID)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fault.Stale("no response to %s is open", w.ID)
	}
	roles, err := l.rolesUnder(p, r)
	if err != nil {
		return nil, err
	}
	r.Author = x.ProposedBy
	as := l.inRole(&r, pick(roles, p.Closing.AgreedBy), p.Closing.AgreedBy)
	return roles, as.need(access.ProtocolClose, r)
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
		roles, err := l.rolesUnder(p, r)
		if err != nil {
			return err
		}
		role := pick(roles, p.Closing.AgreedBy)
		r.Author = x.ProposedBy
		as := l.inRole(&r, role, p.Closing.AgreedBy)
		out.MayAgree = out.Void == "" && slices.Contains(p.Closing.AgreedBy, role) && as.may(access.ProtocolClose, r)
		return nil
	})
	return out, err
}

// inRole returns the eyes with which access decides on somebody who acts in a
// role that a protocol names, and makes that role the owner. Whom the protocol
// or the register names for it has it here too, whatever their agency: for this
// decision and no other.
func (l *look) inRole(r *access.Resource, role string, named []string) *look {
	as := *l
	if role == "" || !slices.Contains(named, role) {
		return &as
	}
	r.Owner = role
	if !slices.ContainsFunc(r.Agencies, func(agency string) bool { return slices.Contains(l.principal.Roles, role+"@"+agency) }) {
		as.principal.Roles = append(slices.Clone(l.principal.Roles), role+"@"+home)
	}
	return &as
}

// rolesUnder are the roles of a protocol in which a person acts on a thing:
// those that they hold in an agency whose it is, those for which the protocol or
// the register names them, and those that nobody holds and whose deputy's role
// they have.
func (l *look) rolesUnder(p *protocol.Protocol, r access.Resource) ([]string, error) {
	held, err := party.RolesOf(l.View, l.principal.ID, l.now)
	if err != nil {
		return nil, err
	}
	var roles []string
	for _, h := range held {
		if slices.Contains(r.Agencies, h.Agency) {
			roles = append(roles, h.Role)
		}
	}
	for _, x := range p.Roles {
		holder, err := l.holder(p, x.Key)
		if err != nil {
			return nil, err
		}
		deputy := holder == "" && x.Deputy != "" && slices.Contains(roles, x.Deputy)
		if !slices.Contains(roles, x.Key) && l.principal.ID != "" && (holder == l.principal.ID || deputy) {
			roles = append(roles, x.Key)
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
