package heed

import (
	"context"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/situation"
)

// SituationInput is what is known when a situation is opened. People are named
// by id, name, e-mail address or role.
type SituationInput = situation.AddInput

// AddSituation opens a situation and returns its id.
func (h *Heed) AddSituation(ctx context.Context, who Who, in SituationInput) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		r := a.node()
		r.Type, r.ID = "situation", ""
		if err := a.need(access.SituationAdd, r); err != nil {
			return err
		}
		if in.Analyst != "" {
			p, err := h.desk.Find(a.View, in.Analyst)
			if err != nil {
				return fault.Invalid("analyst", "%w", err)
			}
			in.Analyst = p.ID
		}
		members := make([]string, len(in.Members))
		for i, ref := range in.Members {
			p, err := h.desk.Find(a.View, ref)
			if err != nil {
				return fault.Invalid("members", "%w", err)
			}
			members[i] = p.ID
		}
		in.Members = members
		s, err := situation.Add(a.tx, in)
		id = s.ID
		return err
	})
	return id, err
}

// onSituation finds a situation by id or name, decides, and acts on it.
func (h *Heed) onSituation(ctx context.Context, who Who, ref, action string, f func(*act, situation.Situation) error) error {
	return h.do(ctx, who, func(a *act) error {
		s, err := situation.Find(a.View, ref)
		if err != nil {
			return err
		}
		if err := a.need(action, a.situation(s)); err != nil {
			return err
		}
		return f(a, s)
	})
}

// CloseSituation ends the watch over a situation, with a reason. Warnings in
// force refuse it.
func (h *Heed) CloseSituation(ctx context.Context, who Who, ref, reason string) error {
	who.Purpose = reason
	return h.onSituation(ctx, who, ref, access.SituationClose, func(a *act, s situation.Situation) error {
		if id, err := a.inForce(s.ID); err != nil {
			return err
		} else if id != "" {
			return fault.WithHint(fault.Stale("%s is in force in %s", id, s.ID), "close the warning first")
		}
		_, err := situation.Close(a.tx, s.ID, reason)
		return err
	})
}

// SetSituation makes a situation watched or active; a closed one is taken up
// again by it, for a reason.
func (h *Heed) SetSituation(ctx context.Context, who Who, ref, state, reason string) error {
	return h.onSituation(ctx, who, ref, access.SituationChange, func(a *act, s situation.Situation) error {
		_, err := situation.SetState(a.tx, s.ID, state, reason)
		return err
	})
}

// RenameSituation gives a situation another name and description of its area.
func (h *Heed) RenameSituation(ctx context.Context, who Who, ref, name, area string) error {
	return h.onSituation(ctx, who, ref, access.SituationChange, func(a *act, s situation.Situation) error {
		_, err := situation.Rename(a.tx, s.ID, name, area)
		return err
	})
}

// AddPopulation adds people at risk, under the name they give themselves.
func (h *Heed) AddPopulation(ctx context.Context, who Who, ref, name, why string) (id string, err error) {
	err = h.onSituation(ctx, who, ref, access.SituationChange, func(a *act, s situation.Situation) error {
		p, err := situation.AddPopulation(a.tx, s.ID, name, why)
		id = p.ID
		return err
	})
	return id, err
}

// AddMember lets a person work on a situation.
func (h *Heed) AddMember(ctx context.Context, who Who, ref, person string) error {
	return h.onSituation(ctx, who, ref, access.SituationStaff, func(a *act, s situation.Situation) error {
		p, err := h.desk.Find(a.View, person)
		if err != nil {
			return fault.Invalid("person", "%w", err)
		}
		_, err = situation.AddMember(a.tx, s.ID, p.ID)
		return err
	})
}

// RemoveMember ends a person's work on a situation.
func (h *Heed) RemoveMember(ctx context.Context, who Who, ref, person string) error {
	return h.onSituation(ctx, who, ref, access.SituationStaff, func(a *act, s situation.Situation) error {
		p, err := h.desk.Find(a.View, person)
		if err != nil {
			return fault.Invalid("person", "%w", err)
		}
		_, err = situation.RemoveMember(a.tx, s.ID, p.ID)
		return err
	})
}

// SetAnalyst makes a person responsible for a situation.
func (h *Heed) SetAnalyst(ctx context.Context, who Who, ref, person string) error {
	return h.onSituation(ctx, who, ref, access.SituationStaff, func(a *act, s situation.Situation) error {
		p, err := h.desk.Find(a.View, person)
		if err != nil {
			return fault.Invalid("analyst", "%w", err)
		}
		_, err = situation.SetAnalyst(a.tx, s.ID, p.ID)
		return err
	})
}
