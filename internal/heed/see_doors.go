package heed

import (
	"context"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/situation"
)

// DoorsAsk is a question about doors: who asks, on which day, about which
// situation (a situation's number, or a State's code), and who goes with them.
// What is left out is the capital, today, nothing in particular, nobody.
type DoorsAsk struct {
	State, On, Situation string
	With                 []string
}

// A Door is one measure and its answer. Asks are some of those who could supply
// what is missing.
type Door struct {
	doors.Answer
	Asks  []Ref // States by code and name
	Could int   // how many there are
	Body  string
}

// Doors is which doors are open.
type Doors struct {
	State, Situation Ref // codes and names
	SituationID      string
	On               time.Time
	With             []Ref
	All              []Door
	States           []Ref // that can be asked for
	Situations       []Ref
	Unverified       int
}

const asksShown = 5

// Doors answers for every measure.
func (h *Heed) Doors(ctx context.Context, who Who, q DoorsAsk) (out Doors, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		if err := e.need(access.MeasureRead, e.node()); err != nil {
			return err
		}
		book, err := e.book()
		if err != nil {
			return err
		}
		f := book.Facts()
		on := facts.DateOf(e.now.UTC())
		if q.On != "" {
			if on, err = facts.ParseDate(q.On); err != nil {
				return invalid("on", err)
			}
		}
		if q.State == "" {
			q.State = e.capital()
		}
		if !f.Known(q.State) {
			q.State = f.States[0].ISO3
		}
		question := doors.Question{States: []string{q.State}, On: on}
		if out.SituationID, question.Situation, err = e.concerning(q.Situation); err != nil {
			return err
		}
		for _, w := range q.With {
			more, err := f.Expand(w, on)
			if err != nil {
				return invalid("with", err)
			}
			question.With = append(question.With, more...)
		}
		day := book.On(on)
		out.On, out.State, out.Situation = on.Time(), stateRef(f, q.State, on), stateRef(f, question.Situation, on)
		for _, s := range question.With {
			out.With = append(out.With, stateRef(f, s, on))
		}
		if err := out.answer(day, question); err != nil {
			return invalid("on", err)
		}
		return out.offer(e, f, on)
	})
	return out, err
}

// answer asks about every measure.
func (d *Doors) answer(day *doors.Day, q doors.Question) error {
	all, err := day.Every(q)
	if err != nil {
		return err
	}
	f := day.View().Facts
	for _, a := range all {
		x := Door{Answer: a, Body: a.Body}
		if !a.Mark.Verified() {
			d.Unverified++
		}
		if a.Outcome == doors.Short {
			q.Measure = a.Measure.ID
			who, err := day.Candidates(q)
			if err != nil {
				return err
			}
			x.Could = len(who)
			for _, s := range who[:min(len(who), asksShown)] {
				x.Asks = append(x.Asks, stateRef(f, s, day.View().Date))
			}
		}
		d.All = append(d.All, x)
	}
	return nil
}

// offer lists what can be asked about.
func (d *Doors) offer(e *eyes, f *facts.Facts, on facts.Date) error {
	seen := map[string]bool{}
	for _, s := range f.States {
		if !seen[s.ISO3] {
			seen[s.ISO3] = true
			d.States = append(d.States, stateRef(f, s.ISO3, on))
		}
	}
	all, err := e.all(situation.Filter{})
	if err != nil {
		return err
	}
	for _, s := range all {
		if e.may(access.SituationRead, e.situation(s)) {
			d.Situations = append(d.Situations, Ref{s.ID, s.Name})
		}
	}
	return nil
}

// concerning turns a situation's number or a State's code into both.
func (e *eyes) concerning(ref string) (id, country string, err error) {
	f := e.h.book.Facts()
	if ref == "" || f.Known(ref) {
		return "", ref, nil
	}
	s, err := situation.Find(e.View, ref)
	if err != nil {
		return "", "", e.hidden(err)
	}
	if err := e.need(access.SituationRead, e.situation(s)); err != nil {
		return "", "", err
	}
	if f.Known(s.Country) {
		country = s.Country
	}
	return s.ID, country, nil
}

// invalid says which part of a question was wrong.
func invalid(field string, err error) error { return fault.Invalid(field, "%w", err) }

func stateRef(f *facts.Facts, code string, on facts.Date) Ref {
	if code == "" {
		return Ref{}
	}
	return Ref{code, f.Name(code, on)}
}
