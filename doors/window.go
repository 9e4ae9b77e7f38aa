package doors

import (
	"slices"

	"github.com/heed-project/heed/doors/facts"
)

// assembled is the day from which a veto sets off a debate: A/RES/76/262 was
// adopted on 26 April 2022.
func assembled() facts.Date { return facts.Day(2022, 4, 26) }

// debate answers for what a veto sets off by itself: within so many working days,
// unless an emergency special session sits on the same situation.
func (c *count) debate(r *rule, a *Answer) {
	vetoes := c.view.Vetoes(c.q.Situation)
	if len(vetoes) == 0 || vetoes[0].Day < assembled() {
		a.Reasons = append(a.Reasons, c.of("no veto", "", c.q.Situation))
		a.Mark = facts.Unsure
		return
	}
	for _, v := range vetoes {
		if v.Day < assembled() {
			break
		}
		if c.pending(r, a, v) {
			return
		}
		if c.q.Situation == "" && v.Day < c.view.Date-60 {
			break // long past: the reasons of the latest are enough
		}
	}
}

// pending answers for one veto, and says whether its debate is still to come.
func (c *count) pending(r *rule, a *Answer, v facts.Veto) bool {
	due := c.day.book.facts.Workdays(v.Day, r.Deadline)
	last := max(due, v.Debated)
	cast := c.of("veto cast", v.Draft, "")
	cast.On, a.Mark = v.Day, a.Mark.Worse(v.Mark)
	if len(a.Reasons) == 0 {
		a.Reasons = append(a.Reasons, cast)
	}
	if sitting, ok := c.sat(v, last); ok && r.Unless != "" {
		x := c.of("sitting", sitting.Name, sitting.State)
		x.On = sitting.From
		a.Reasons = append(a.Reasons, x)
		return false
	}
	switch {
	case v.Debated != 0 && c.view.Date > v.Debated:
		x := c.of("debated", v.Draft, "")
		x.On = v.Debated
		a.Reasons = append(a.Reasons, x)
		return false
	case c.view.Date > last:
		x := c.of("past", v.Draft, "")
		x.On = due
		a.Reasons = append(a.Reasons, x)
		return false
	}
	x := c.of("due", v.Draft, "")
	x.On = due
	a.Reasons = []Reason{cast, x}
	a.Outcome, a.Through = Open, c.with
	a.Window = Window{From: c.view.Date, To: last, Name: v.Draft}
	return true
}

// sat returns the sitting of an emergency special session on a veto's situation
// that took its debate's place, as far as the day knows.
func (c *count) sat(v facts.Veto, last facts.Date) (facts.Standing, bool) {
	for _, s := range c.day.book.facts.Standing {
		if s.Kind == "emergency sitting" && slices.Contains(v.Situations, s.State) &&
			s.To >= v.Day && s.From <= min(last, c.view.Date) {
			return s, true
		}
	}
	return facts.Standing{}, false
}

// window says when the measure can be used next. A closed door has a window only
// if the facts say when the State will meet the condition that it fails.
func (d *Day) window(m *measure, a *Answer) {
	switch {
	case a.Window.From != 0:
	case a.Outcome == Closed:
		d.later(a)
	case m.row.Window == "":
		a.Window = Window{From: d.view.Date, To: facts.Forever}
	default:
		if s, ok := d.view.Session(m.row.Window); ok {
			a.Window = Window{From: max(s.From, d.view.Date), To: s.To, Name: s.Name}
			a.Mark = a.Mark.Worse(s.Mark)
		}
	}
}

// later looks for the day on which a State that is no member, or no party, will
// be one.
func (d *Day) later(a *Answer) {
	for _, r := range a.Reasons {
		body := ""
		switch r.Code {
		case "condition":
			body = conditions[r.Body].treaty
		case "not member":
			body = d.book.facts.Bodies[r.Body].Members
		}
		if body == "" {
			continue
		}
		if from, ok := d.book.facts.Next(body, r.State, d.view.Date); ok && (a.Window.From == 0 || from < a.Window.From) {
			a.Window = Window{From: from, To: facts.Forever}
		}
	}
}

// Candidates returns who could supply what is missing: those whose joining would
// count and who have declared nothing else, by code.
func (d *Day) Candidates(q Question) ([]string, error) {
	q.On = d.view.Date
	a, err := d.Open(q)
	if err != nil {
		return nil, err
	}
	m := d.book.measures[q.Measure]
	pool := d.view.Members(d.book.facts.Bodies[a.Body].Members)
	if a.Body == "" {
		pool = d.view.Members("UN")
	}
	c := &count{day: d, view: d.view, q: q, m: m.row, with: q.supporters()}
	var out []string
	for _, s := range pool {
		if slices.Contains(c.with, s) || slices.Contains(q.Against, s) || slices.Contains(q.Abstain, s) {
			continue
		}
		if _, bad := c.fails(&m.rule, s); !bad && s != q.Situation {
			out = append(out, s)
		}
	}
	return out, nil
}
