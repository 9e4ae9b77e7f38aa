package heed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/mandate"
	"github.com/heed-project/heed/internal/record"
)

// mandate is a resource for a line of the register.
func (l *look) mandate(m mandate.Mandate) access.Resource {
	return access.Resource{Type: "mandate", ID: m.ID, Marking: m.Marking, Agencies: []string{home}, Exercise: l.h.Exercise()}
}

// onMandate finds a mandate by id or code, decides, and acts on it.
func (h *Heed) onMandate(ctx context.Context, who Who, ref, action string, f func(*act, mandate.Mandate) error) error {
	return h.do(ctx, who, func(a *act) error {
		m, err := a.findMandate(ref)
		if err != nil {
			return err
		}
		if err := a.need(action, a.mandate(m)); err != nil {
			return err
		}
		return f(a, m)
	})
}

// findMandate returns a mandate that the reader may know of.
func (l *look) findMandate(ref string) (mandate.Mandate, error) {
	m, err := mandate.Get(l.View, ref)
	if err != nil {
		m = mandate.Mandate{ID: ref, Marking: "GREEN"}
	}
	if err := l.need(access.MandateRead, l.mandate(m)); err != nil {
		return mandate.Mandate{}, err
	}
	return m, err
}

// RegisterMandate enters a mechanism in the register.
func (h *Heed) RegisterMandate(ctx context.Context, who Who, in mandate.Input) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.MandateKeep, a.node()); err != nil {
			return err
		}
		id, err = mandate.Register(a.tx, in)
		return err
	})
	return id, err
}

// ImportMandates enters a whole register: CSV, or the one that comes with Heed
// where it is empty.
func (h *Heed) ImportMandates(ctx context.Context, who Who, csv []byte) (out mandate.Imported, err error) {
	if len(csv) == 0 {
		csv = mandate.Shipped()
	}
	all, err := mandate.ParseRegister(csv)
	if err != nil {
		return out, err
	}
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.MandateKeep, a.node()); err != nil {
			return err
		}
		out, err = mandate.Import(a.tx, all)
		return err
	})
	return out, err
}

// PlanMandate writes down what becomes of everything when a mandate ends.
func (h *Heed) PlanMandate(ctx context.Context, who Who, ref string, p mandate.Plan) error {
	return h.onMandate(ctx, who, ref, access.MandateKeep, func(a *act, m mandate.Mandate) error { return mandate.SetPlan(a.tx, m.ID, p) })
}

// TableRenewal records that a text to renew a mandate was tabled.
func (h *Heed) TableRenewal(ctx context.Context, who Who, ref, text string) error {
	return h.onMandate(ctx, who, ref, access.MandateKeep, func(a *act, m mandate.Mandate) error { return mandate.Table(a.tx, m.ID, text) })
}

// RenewMandate gives a mandate another end; the zero time is no end.
func (h *Heed) RenewMandate(ctx context.Context, who Who, ref string, until time.Time, text, vote string) error {
	return h.onMandate(ctx, who, ref, access.MandateKeep, func(a *act, m mandate.Mandate) error { return mandate.Renew(a.tx, m.ID, until, text, vote) })
}

// EndMandate ends a mandate, for a reason. With its end its alarms and
// rehearsals stop: while something of what this node keeps under it goes to
// nobody, or has no receipt, a second reason says why that is left behind.
func (h *Heed) EndMandate(ctx context.Context, who Who, ref, reason, leaving string) error {
	return h.onMandate(ctx, who, ref, access.MandateKeep, func(a *act, m mandate.Mandate) error {
		leaving = strings.TrimSpace(leaving)
		if m.Own && leaving == "" {
			c, err := a.closeout(m.ID)
			if err != nil {
				return err
			}
			if c.Left > 0 || c.Unreceipted > 0 {
				return fault.WithHint(fault.Stale("%s cannot end so: of %d items %d go to nobody, and of %d nobody has signed a receipt", m.ID, c.Items, c.Left, c.Unreceipted),
					"heed closeout plan --mandate "+m.ID+" lists them; to leave them behind, say why: --leaving TEXT")
			}
		}
		return mandate.End(a.tx, m.ID, reason, leaving)
	})
}

// A MandateView is a mandate with what is due.
type MandateView struct {
	mandate.Mandate
	Left       int                 `json:"days_left"` // to the end; 0 where none is known
	Exit       *mandate.Plan       `json:"exit_plan,omitempty"`
	Alarms     []mandate.Alarm     `json:"alarms"`
	Rehearsals []mandate.Rehearsal `json:"rehearsals"`
	MayKeep    bool                `json:"-"`
	MayPlan    bool                `json:"-"`
}

// Mandates returns the register, as far as who may read it.
func (h *Heed) Mandates(ctx context.Context, who Who) (out []mandate.Mandate, err error) {
	err = h.see(ctx, who, func(l *look) error {
		out, err = l.mechanisms()
		return err
	})
	return out, err
}

// mechanisms returns what the reader may read of the register.
func (l *look) mechanisms() ([]mandate.Mandate, error) {
	out := []mandate.Mandate{}
	if err := l.need(access.PeopleRead, l.node()); err != nil { // the register is for those who have signed in
		return nil, err
	}
	all, err := mandate.List(l.View)
	for _, m := range all {
		if l.may(access.MandateRead, l.mandate(m)) {
			out = append(out, m)
		}
	}
	return out, err
}

// Mandate returns one mandate, with its plan for those who answer for it.
func (h *Heed) Mandate(ctx context.Context, who Who, ref string) (out MandateView, err error) {
	err = h.see(ctx, who, func(l *look) error {
		m, err := l.findMandate(ref)
		if err != nil {
			return err
		}
		out, err = l.mandateView(m)
		return err
	})
	return out, err
}

func (l *look) mandateView(m mandate.Mandate) (out MandateView, err error) {
	out.Mandate = m
	if days, ok := m.Left(l.now); ok {
		out.Left = days
	}
	out.MayKeep, out.MayPlan = l.may(access.MandateKeep, l.mandate(m)), l.may(access.CloseoutPlan, l.mandate(m))
	if out.MayPlan && m.Plan > 0 {
		p, err := mandate.PlanOf(l.View, m.ID)
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return out, err
		}
		out.Exit = &p
	}
	if out.Alarms, err = mandate.Alarms(l.View, m.ID); err != nil {
		return out, err
	}
	out.Rehearsals, err = mandate.Rehearsals(l.View, m.ID)
	return out, err
}

// Overlaps maps who does the same work where, and what nobody does.
func (h *Heed) Overlaps(ctx context.Context, who Who) (out []mandate.Overlap, err error) {
	err = h.see(ctx, who, func(l *look) error {
		all, err := l.mechanisms()
		out = mandate.Overlaps(all)
		return err
	})
	return out, err
}

// Readiness returns the mandates that this node works under, and how ready each
// of them is to end.
func (h *Heed) Readiness(ctx context.Context, who Who) (out []MandateView, err error) {
	err = h.see(ctx, who, func(l *look) error {
		all, err := l.mechanisms()
		if err != nil {
			return err
		}
		for _, m := range all {
			if !m.Own {
				continue
			}
			v, err := l.mandateView(m)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// tickMandates gives the alarms that have fallen due, and rehearses each
// close-out once a month. What goes wrong with one mandate keeps no other from
// its turn.
func (h *Heed) tickMandates(ctx context.Context, at, now time.Time, out *Ticked) error {
	due := false
	var stale []string
	err := h.rec.View(ctx, func(v *record.View) (err error) {
		if due, err = mandate.Due(v, now); err != nil {
			return err
		}
		stale, err = mandate.Unrehearsed(v, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("mandates: %w", err)
	}
	if due {
		err = h.do(ctx, System(at), func(a *act) error {
			if err := a.need(access.SystemTick, a.node()); err != nil {
				return err
			}
			out.Alarms, err = mandate.Tick(a.tx)
			return err
		})
		if err != nil {
			err = fmt.Errorf("alarms of mandates: %w", err)
		}
	}
	for _, id := range stale {
		if _, wrong := h.rehearse(ctx, System(at), id, true); wrong != nil {
			err = errors.Join(err, fmt.Errorf("the monthly rehearsal of %s: %w", id, wrong))
			continue
		}
		out.Rehearsed++
	}
	return err
}

// An Aid is one line of the finding aid: who holds what, without content.
type Aid struct {
	Kind     string         `json:"kind"` // what the items belong to: mandate, case, collection, …
	To       string         `json:"to"`
	Name     string         `json:"name,omitempty"`
	Items    int            `json:"items"`
	Bytes    int64          `json:"bytes"`
	From     time.Time      `json:"from"` // the first was taken in
	Until    time.Time      `json:"until"`
	Held     int            `json:"held"` // under a legal hold
	Markings map[string]int `json:"markings"`
	Holder   string         `json:"holder"`         // this node
	Also     []string       `json:"also,omitempty"` // nodes to which some of it was handed over
}

// FindingAid says who holds what, without content, of what belongs to a mandate;
// "" is everything that belongs to something.
func (h *Heed) FindingAid(ctx context.Context, who Who, ref string) (out []Aid, err error) {
	out = []Aid{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.CloseoutPlan, l.node()); err != nil {
			return err
		}
		only := ""
		if ref != "" {
			m, err := l.findMandate(ref)
			if err != nil {
				return err
			}
			only = m.ID
		}
		names := map[string]string{}
		all, err := l.mechanisms()
		if err != nil {
			return err
		}
		for _, m := range all {
			names[m.ID] = m.Code
		}
		by := map[[2]string]*Aid{}
		err = l.eachItem(only, func(i held) error {
			for _, link := range i.Links {
				key := [2]string{link.Kind, link.To}
				if by[key] == nil {
					by[key] = &Aid{Kind: link.Kind, To: link.To, Name: names[link.To], From: i.Taken, Holder: h.Origin(), Markings: map[string]int{}}
				}
				by[key].add(i)
			}
			return nil
		})
		for _, a := range by {
			out = append(out, *a)
		}
		slices.SortFunc(out, func(a, b Aid) int { return slices.Compare([]string{a.Kind, a.To}, []string{b.Kind, b.To}) })
		return err
	})
	return out, err
}

func (a *Aid) add(i held) {
	a.Items++
	a.Bytes += i.Size
	a.Until = i.Taken
	a.Markings[i.Marking]++
	if i.Holds > 0 {
		a.Held++
	}
	for _, node := range i.also {
		if !slices.Contains(a.Also, node) {
			a.Also = append(a.Also, node)
		}
	}
}
