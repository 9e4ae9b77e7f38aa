package heed

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/protocol"
)

// A DutyFilter selects duties. Owner "me" is the reader with those for whom
// they stand in; State is late, open (unanswered and not late), done
// (answered), a state of the protocol, or "".
type DutyFilter struct {
	Owner, State, Warning, Situation string
	Page
}

// A DutyRow is a duty in a list.
type DutyRow struct {
	ID, Title     string
	Section       string // the protocol's key for it, "" for one that somebody set
	Warning       string
	Level         int
	Situation     Ref
	Owner         Ref
	Role          string
	Opened, DueAt time.Time
	State         string // open, acknowledged, done, explained, lapsed
	Late          bool
	Rung          int    // how far silence has climbed
	RungName      string // the role that it has reached
	Answered      time.Time
	Entry         int64
}

// Duties returns the duties that who may read, the one that is due first
// first, and how many there are on all pages. Where answered ones are asked
// for it looks at the five thousand that are due last.
func (h *Heed) Duties(ctx context.Context, who Who, f DutyFilter) (rows []DutyRow, total int64, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		x := response.Filter{Warning: f.Warning, Situation: f.Situation, At: e.now}
		switch f.State {
		case "late":
			x.State = "late"
		case "open":
			x.State = "unanswered"
		}
		newest := 0
		if x.State == "" {
			newest = counted
		}
		owners := []string{f.Owner}
		switch {
		case f.Owner == "me":
			owners = e.persons()
		case f.Owner != "":
			p, err := h.desk.Find(e.View, f.Owner)
			if err != nil {
				return fault.Invalid("owner", "%w", err)
			}
			owners[0] = p.ID
		}
		var all []response.Duty
		for _, o := range owners {
			x.Owner = o
			some, err := e.heads(x, newest)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		all = slices.DeleteFunc(all, func(d response.Duty) bool { return !inState(d, f.State, e.now) })
		if len(owners) > 1 {
			slices.SortStableFunc(all, func(a, b response.Duty) int { return a.DueAt.Compare(b.DueAt) })
		}
		all, total = cut(all, f.Page)
		rows, err = e.dutyRows(all)
		return err
	})
	return rows, total, err
}

// inState tells whether a duty is what a list asks for.
func inState(d response.Duty, state string, now time.Time) bool {
	switch state {
	case "":
		return true
	case "late":
		return d.Late(now)
	case "open":
		return !d.State.Answered() && !d.Late(now)
	case "done":
		return d.State.Answered()
	}
	return stateAt(d, now) == state
}

// heads returns those that the reader may read, without most of their terms.
func (e *eyes) heads(f response.Filter, newest int) ([]response.Duty, error) {
	all, err := response.Heads(e.View, f, newest)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, d := range all {
		r, err := e.duty(d)
		if err != nil {
			return nil, err
		}
		if e.may(access.DutyRead, r) {
			out = append(out, d)
		}
	}
	return out, nil
}

// dutyRows reads what a list shows of heads.
func (e *eyes) dutyRows(heads []response.Duty) ([]DutyRow, error) {
	out := make([]DutyRow, 0, len(heads))
	for _, x := range heads {
		d, err := response.Get(e.View, x.ID)
		if err != nil {
			return nil, err
		}
		w, err := response.ReadWords(e.View, d)
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return nil, err
		}
		row := DutyRow{ID: d.ID, Title: w.Title.In(e.lang), Section: d.Key, Warning: d.Warning, Level: d.Level, Situation: e.situationRef(d.Situation),
			Owner: e.ref(d.Owner), Role: d.Role, Opened: d.Opened, DueAt: d.DueAt, State: stateAt(d, e.now), Late: d.Late(e.now), Rung: d.Rung,
			Answered: d.Answered, Entry: d.Entry}
		for _, g := range d.Rungs {
			if g.Number == d.Rung {
				row.RungName = g.Role
			}
		}
		out = append(out, row)
	}
	return out, nil
}

// followUps are the duties that were set beyond one.
func (e *eyes) followUps(d response.Duty) ([]DutyRow, error) {
	all, err := response.List(e.View, response.Filter{Warning: d.Warning})
	if err != nil {
		return nil, err
	}
	var out []response.Duty
	for _, x := range all {
		r, err := e.duty(x)
		if err != nil {
			return nil, err
		}
		if x.Of == d.ID && e.may(access.DutyRead, r) {
			out = append(out, x)
		}
	}
	return e.dutyRows(out)
}

// A Duty is one duty: what is owed, by whom, by when, and how it can be
// answered.
type Duty struct {
	DutyRow
	What, WhatLang  string // and in which language it is said
	Marking         string
	Allowed         string // the time allowed, in words of the protocol
	Protocol        Ref
	Deputy          Ref
	Ladder          []Rung
	Gate, GateState string // the duties that must be answered first; open while they are not, met
	Events          []Event
	Answer          Text
	AnsweredBy      Ref
	FollowUps       []DutyRow
	Refusal         string // role that may refuse with reasons; "nobody"
	FourEyes        string // role of the second person, "" for none
	Proposed        Text   // an answer that waits for a second person
	ProposedBy      Ref
	Proposal        int64 // the entry of that answer, by which one agrees to it

	MayAnswer, MayExplain, MayFollow, MayAgree bool
}

// mayExplain tells whether the reader's reasons would be an answer to a duty.
func (e *eyes) mayExplain(d response.Duty, r access.Resource) (bool, error) {
	as, refusal, err := e.answering(d, r, refuses)
	if err != nil || d.State.Answered() || !as.may(access.DutyAct, refusal) {
		return false, err
	}
	v, err := e.voice(d)
	return d.MayRefuse(v), err
}

// A Rung is one step of the ladder that an unanswered duty climbs.
type Rung struct {
	N     int
	Role  string
	Owner Ref
	At    time.Time
	State string // served, now, ahead, spared
}

// Duty returns one duty.
func (h *Heed) Duty(ctx context.Context, who Who, id string) (out Duty, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		d, err := response.Get(e.View, id)
		if err != nil {
			return e.hidden(err)
		}
		r, err := e.duty(d)
		if err != nil {
			return err
		}
		if err := e.need(access.DutyRead, r); err != nil {
			return err
		}
		rows, err := e.dutyRows([]response.Duty{d})
		if err != nil {
			return err
		}
		out.DutyRow = rows[0]
		_, act, err := e.answering(d, r, access.DutyAct) // as onDuty decides it
		if err != nil {
			return err
		}
		second, agree, err := e.answering(d, r, access.DutyApprove)
		if err != nil {
			return err
		}
		out.MayAnswer = !d.State.Answered() && e.may(access.DutyAct, act)
		if out.MayExplain, err = e.mayExplain(d, r); err != nil {
			return err
		}
		out.MayFollow = e.may(access.DutyAct, act)
		out.MayAgree = !d.State.Answered() && d.ProposedBy != "" && d.ProposedBy != who.Person && agree.Owner == d.FourEyes && second.may(access.DutyApprove, agree)
		return e.dutyPage(d, &out)
	})
	return out, err
}

func (e *eyes) dutyPage(d response.Duty, out *Duty) error {
	w, err := response.ReadWords(e.View, d)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	id, _, _ := strings.Cut(d.Protocol, "@")
	out.WhatLang = w.What.Lang(e.lang)
	out.What, out.Marking, out.Allowed, out.Protocol, out.Deputy = w.What.In(e.lang), d.Marking, d.Allowed, Ref{id, d.Protocol}, e.ref(d.Deputy)
	out.Refusal, out.FourEyes = d.Refusal, d.FourEyes
	out.Ladder = e.ladder(d)
	if err := e.gate(d, out); err != nil {
		return err
	}
	if err := e.answer(d, out); err != nil {
		return err
	}
	if out.Events, err = e.history(d.ID, 200); err != nil {
		return err
	}
	out.FollowUps, err = e.followUps(d)
	return err
}

func (e *eyes) answer(d response.Duty, out *Duty) (err error) {
	said := Text{}
	if d.State.Answered() || d.ProposedBy != "" {
		if said, err = text(response.ReadAnswer(e.View, d)); err != nil {
			return err
		}
	}
	if d.State.Answered() {
		out.Answer, out.AnsweredBy = said, e.ref(d.AnsweredBy)
	} else {
		out.Proposed, out.ProposedBy, out.Proposal = said, e.ref(d.ProposedBy), d.Propose
	}
	return nil
}

// ladder says of each rung whether silence has reached it and passed on, is
// with it now, is still to reach it, or never will.
func (e *eyes) ladder(d response.Duty) (out []Rung) {
	for _, g := range d.Rungs {
		r := Rung{N: g.Number, Role: g.Role, Owner: e.ref(g.Person), At: g.At, State: "ahead"}
		switch answered := d.State.Answered(); {
		case g.Number == d.Rung && !answered:
			r.State = "now"
		case g.Number <= d.Rung:
			r.State = "served"
		case answered:
			r.State = "spared"
		}
		out = append(out, r)
	}
	return out
}

func (e *eyes) gate(d response.Duty, out *Duty) error {
	if len(d.After) == 0 {
		return nil
	}
	shut, err := response.Shut(e.View, d)
	if err != nil {
		return err
	}
	out.Gate, out.GateState = strings.Join(d.After, ", "), "met"
	if len(shut) > 0 {
		out.Gate, out.GateState = strings.Join(shut, ", "), string(protocol.Open)
	}
	return nil
}

// owners are the people who owe the decision on a warning, or were told that it
// is missing.
func (e *eyes) owners(w warning.Warning) (out []Ref, err error) {
	ids, err := e.deciders(w.ID)
	for _, id := range ids {
		if r := e.ref(id); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out, err
}
