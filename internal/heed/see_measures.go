package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/coalition"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/measure"
	"github.com/heed-project/heed/internal/warning"
)

// A PackageRow is a package in a list.
type PackageRow struct {
	ID        string    `json:"id"`
	Warning   string    `json:"warning"`
	Level     int       `json:"level"`
	Situation Ref       `json:"situation"`
	Title     Text      `json:"title"`
	Objective string    `json:"objective"`
	State     string    `json:"state"`
	Marking   string    `json:"marking"`
	Steps     int       `json:"steps"`
	Done      int       `json:"done"`
	Late      int       `json:"late"`
	Next      time.Time `json:"next,omitzero"` // when the next step is due
	By        Ref       `json:"opened_by"`
	At        time.Time `json:"opened"`
	Entry     int64     `json:"entry"`
}

// Packages returns the packages that who may read, the newest first.
func (h *Heed) Packages(ctx context.Context, who Who, p Page) (rows []PackageRow, total int64, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		all, err := measure.List(e.View, "")
		if err != nil {
			return err
		}
		kept := all[:0]
		for _, x := range all {
			r, err := e.pkg(x)
			if err != nil {
				return err
			}
			if e.may(access.PackageRead, r) {
				kept = append(kept, x)
			}
		}
		kept, total = cut(kept, p)
		for _, x := range kept {
			row, _, err := e.packageRow(x)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, total, err
}

func (e *eyes) packageRow(p measure.Package) (row PackageRow, steps []measure.Step, err error) {
	row = PackageRow{ID: p.ID, Warning: p.Warning, Situation: e.situationRef(p.Situation), Objective: p.Objective, State: p.State, Marking: p.Marking,
		By: e.ref(p.By), At: p.At, Entry: p.Entry}
	t, err := e.thingOf(p.Warning)
	if err != nil {
		return row, nil, err
	}
	row.Level = t.level
	words, err := measure.Words(e.View, p)
	if row.Title, err = text(words.Title, err); err != nil {
		return row, nil, err
	}
	if steps, err = measure.Steps(e.View, p.ID); err != nil {
		return row, nil, err
	}
	for _, s := range steps {
		row.Steps++
		switch {
		case !s.Closed.IsZero():
			row.Done++
			continue
		case s.Due.Before(e.now):
			row.Late++
		}
		if row.Next.IsZero() || s.Due.Before(row.Next) {
			row.Next = s.Due
		}
	}
	return row, steps, nil
}

// A StepView is one step of a package and what the reader may do about it.
type StepView struct {
	measure.Step
	Title, Proposal, Result, FollowUp, NoFollowUp Text
	Needs                                         []string
	Name                                          string // the measure's, in English
	Rule, Source                                  string
	Verified                                      bool
	OwnerRef, Proposer, Approver                  Ref
	Late                                          bool
	Serves                                        []string     // titles of the priorities it serves
	MayApprove, Waits                             bool         // Waits: for steps that are not closed
	Joined                                        CoalitionRow // whose work it is, where the reader may read it
}

// A TaskingView is one tasking.
type TaskingView struct {
	measure.Tasking
	Question    Text
	Asked       Ref
	Author      Ref
	Late        bool
	Readable    bool // the reader may read the answer
	MaySend     bool
	MayAnswer   bool
	SituationOf Ref
}

// A PackageView is one package with everything that it says.
type PackageView struct {
	PackageRow
	Why           Text
	Decision      string
	Priorities    []measure.Priority
	Steps         []StepView
	Taskings      []TaskingView
	MayChange     bool
	People        []Ref
	Measures      []Ref
	OfferedSteps  []Ref
	Coalitions    []CoalitionRow // on the same warning, to join a step with
	Finding       Text
	DecisionWords Text
}

// Package returns one package.
func (h *Heed) Package(ctx context.Context, who Who, id string) (out PackageView, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		p, err := measure.Get(e.View, id)
		if err != nil {
			return e.hidden(err)
		}
		r, err := e.pkg(p)
		if err != nil {
			return err
		}
		if err := e.need(access.PackageRead, r); err != nil {
			return err
		}
		out.MayChange = e.may(access.PackageChange, r)
		return e.packagePage(p, r, &out)
	})
	return out, err
}

func (e *eyes) packagePage(p measure.Package, r access.Resource, out *PackageView) (err error) {
	var steps []measure.Step
	if out.PackageRow, steps, err = e.packageRow(p); err != nil {
		return err
	}
	words, err := measure.Words(e.View, p)
	if out.Why, err = text(words.Why, err); err != nil {
		return err
	}
	if ok, err := e.readable(p.Decision); err != nil {
		return err
	} else if ok {
		out.Decision = p.Decision
	}
	all, err := measure.Priorities(e.View)
	if err != nil {
		return err
	}
	for _, x := range all {
		if slices.Contains(p.Priorities, x.Code) {
			out.Priorities = append(out.Priorities, x)
		}
	}
	for _, s := range steps {
		v, err := e.stepView(s, steps, r, all)
		if err != nil {
			return err
		}
		out.Steps = append(out.Steps, v)
		out.OfferedSteps = append(out.OfferedSteps, Ref{s.ID, s.ID})
	}
	tasks, err := measure.Taskings(e.View, p.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		v, err := e.taskingView(t)
		if err != nil {
			return err
		}
		out.Taskings = append(out.Taskings, v)
	}
	return e.packageChoices(out)
}

func (e *eyes) packageChoices(out *PackageView) error {
	all, err := coalition.List(e.View, out.Warning)
	if err != nil {
		return err
	}
	for _, c := range all {
		row, err := e.joinedTo(c.ID)
		if err != nil {
			return err
		}
		if row.ID != "" {
			out.Coalitions = append(out.Coalitions, row)
		}
	}
	for _, id := range e.h.book.Measures() {
		m, _ := e.h.book.Measure(id)
		out.Measures = append(out.Measures, Ref{m.ID, m.Name})
	}
	if w, err := warning.Get(e.View, out.Warning); err == nil {
		if ok, err := e.readable(w.ID); err != nil {
			return err
		} else if ok {
			words, err := warning.Read(e.View, w)
			if out.Finding, err = text(words.Finding, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *eyes) stepView(s measure.Step, all []measure.Step, r access.Resource, priorities []measure.Priority) (v StepView, err error) {
	book, err := e.book()
	if err != nil {
		return v, err
	}
	m, _ := book.Measure(s.Measure)
	v = StepView{Step: s, Name: m.Name, Rule: m.Threshold, Source: m.Source, Verified: m.Mark.Verified(), OwnerRef: e.ref(s.Owner), Proposer: e.ref(s.ProposedBy), Approver: e.ref(s.ApprovedBy),
		Late: s.Closed.IsZero() && s.Due.Before(e.now)}
	words, err := measure.StepWords(e.View, s)
	if v.Title, err = text(words.Title, err); err != nil {
		return v, err
	}
	v.Needs = words.Needs
	if v.Proposal, err = text(measure.Proposal(e.View, s)); err != nil {
		return v, err
	}
	result, err := measure.Outcome(e.View, s)
	for _, x := range []struct {
		to   *Text
		body string
	}{{&v.Result, result.Text}, {&v.FollowUp, result.FollowUp}, {&v.NoFollowUp, result.NoFollowUpAs}} {
		t, err := text(x.body, err)
		if err != nil {
			return v, err
		}
		*x.to = t
	}
	for _, p := range priorities {
		if p.Serves(s.Measure) {
			v.Serves = append(v.Serves, p.Title)
		}
	}
	for _, o := range all {
		v.Waits = v.Waits || slices.Contains(s.After, o.ID) && o.Closed.IsZero()
	}
	if s.Coalition != "" {
		if v.Joined, err = e.joinedTo(s.Coalition); err != nil {
			return v, err
		}
	} else if s.State == measure.Proposed {
		r.Author, r.Owner = s.ProposedBy, s.Owner
		v.MayApprove = e.may(access.PackageApprove, r)
	}
	return v, nil
}

// joinedTo is the coalition of a step, empty where the reader may not read it.
func (e *eyes) joinedTo(id string) (row CoalitionRow, err error) {
	if ok, err := e.readable(id); err != nil || !ok {
		return row, err
	}
	c, err := coalition.Get(e.View, id)
	if err != nil {
		return row, err
	}
	row, _, err = e.coalitionRow(c)
	return row, err
}

func (e *eyes) taskingView(t measure.Tasking) (v TaskingView, err error) {
	r, err := e.tasking(t)
	if err != nil {
		return v, err
	}
	v = TaskingView{Tasking: t, Asked: e.ref(t.To), Author: e.ref(t.By), Late: t.State == measure.Sent && t.Due.Before(e.now),
		MaySend: t.State == measure.Drafted && e.may(access.PackageApprove, r), MayAnswer: t.State == measure.Sent && e.may(access.TaskingAnswer, r)}
	v.SituationOf = e.situationRef(r.Situation)
	if v.Question, err = text(measure.Question(e.View, t)); err != nil {
		return v, err
	}
	v.Readable, err = e.readable(t.Report)
	return v, err
}

// MyTaskings returns the taskings that were sent to who, and to those for whom
// who stands in, the latest first.
func (h *Heed) MyTaskings(ctx context.Context, who Who) (out []TaskingView, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		for _, person := range e.persons() {
			all, err := measure.TaskingsTo(e.View, person)
			if err != nil {
				return err
			}
			for _, t := range slices.Backward(all) {
				r, err := e.tasking(t)
				if err != nil {
					return err
				}
				if !e.may(access.PackageRead, r) && !e.may(access.TaskingAnswer, r) {
					continue
				}
				v, err := e.taskingView(t)
				if err != nil {
					return err
				}
				out = append(out, v)
			}
		}
		return nil
	})
	return out, err
}

// A PackageForm is what the form that opens a package offers.
type PackageForm struct {
	Warning    WarningRow
	Decisions  []DecisionRow
	Objectives []Ref
	Priorities []measure.Priority
	States     []Ref
	State      string
}

// PackageForm returns the choices for a package on a warning.
func (h *Heed) PackageForm(ctx context.Context, who Who, warningID string) (out PackageForm, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		w, row, err := e.toActOn(warningID, access.PackageChange)
		if err != nil {
			return err
		}
		out.Warning = row
		if out.Decisions, err = e.decisions(decision.Filter{Warning: w.ID}); err != nil {
			return err
		}
		f := h.book.Facts()
		for _, o := range f.Aims {
			out.Objectives = append(out.Objectives, Ref{o.Code, o.Title})
		}
		if out.Priorities, err = measure.Priorities(e.View); err != nil {
			return err
		}
		d := Doors{}
		if err := d.offer(e, f, facts.DateOf(e.now.UTC())); err != nil {
			return err
		}
		out.States = d.States
		if out.State = e.capital(); !f.Known(out.State) {
			out.State = f.States[0].ISO3
		}
		return nil
	})
	return out, err
}

// findMeasure finds a package or a tasking by its number.
func (e *eyes) findMeasure(prefix, id string) (action string, r access.Resource, err error) {
	if prefix == "PK" {
		p, err := measure.Get(e.View, id)
		if err != nil {
			return "", r, err
		}
		r, err = e.pkg(p)
		return access.PackageRead, r, err
	}
	t, err := measure.GetTasking(e.View, id)
	if err != nil {
		return "", r, err
	}
	r, err = e.tasking(t)
	return access.PackageRead, r, err
}
