package doors

import (
	"slices"

	"github.com/heed-project/heed/doors/facts"
)

// count is one question being answered.
type count struct {
	day  *Day
	view *facts.View
	q    Question
	m    *facts.Measure
	with []string // the supporters
}

func (c *count) reason(code, about string) Reason {
	return Reason{Code: code, Body: about, words: c.day.book.facts}
}

func (c *count) of(code, about, state string) Reason {
	r := c.reason(code, about)
	r.State, r.On = state, c.view.Date
	return r
}

// begun applies the rule of a measure, if there is the measure yet.
func (c *count) begun(r *rule) Answer {
	if c.view.Date >= c.m.Since {
		return c.answer(r)
	}
	x := c.reason("not yet", r.Body)
	x.On = c.m.Since
	return Answer{Outcome: Closed, Body: r.Body, Reasons: []Reason{x}, Mark: c.m.SinceMark, Window: Window{From: c.m.Since, To: facts.Forever}}
}

// answer applies a rule.
func (c *count) answer(r *rule) Answer {
	a := Answer{Outcome: Closed, Body: r.Body}
	var body *facts.Body
	if r.Body != "" {
		b := c.day.book.facts.Bodies[r.Body]
		body = &b
		if !c.enter(body, &a) {
			return a
		}
	}
	if name, bad := c.unmet(r, &a); bad {
		a.Reasons = append(a.Reasons, c.of("condition", name, c.q.Situation))
		return a
	}
	switch {
	case len(r.AnyOf) > 0:
		c.anyOf(r, &a)
	case r.Auto != "":
		c.debate(r, &a)
	case r.Actor != "":
		c.actor(r, &a)
	case len(r.Choice) > 0:
		a.Outcome, a.Through = Open, c.with
	case r.minimum() > 0:
		c.minimum(r, body, &a)
	case r.YesMin > 0:
		c.votes(r, body, &a)
	case r.noObjection() != 0:
		c.silence(r, body, &a)
	default:
		c.majority(r, body, &a)
	}
	if r.Then != nil {
		if next := c.answer(r.Then); better(a, next) {
			next.Reasons = append(a.Reasons, next.Reasons...)
			return next
		}
	}
	return a
}

// enter checks that the body can deal with the situation, and that somebody who
// asks has a place in it or may ask from outside.
func (c *count) enter(b *facts.Body, a *Answer) bool {
	members := c.view.Members(b.Members)
	if len(members) == 0 {
		a.Reasons = append(a.Reasons, c.of("no members", b.Code, ""))
		return false
	}
	if n := len(members) + c.view.Suspended(b.Members); n < b.Seats && c.day.book.facts.Terms(b.Members) {
		x := c.of("incomplete", b.Code, "")
		x.N, x.Of = n, b.Seats
		a.Reasons = append(a.Reasons, x)
	}
	if b.Scope != "" && c.q.Situation != "" && !inside(c.view, b.Scope, c.q.Situation) {
		a.Reasons = append(a.Reasons, c.of("scope", b.Scope, c.q.Situation))
		return false
	}
	if b.Outsiders {
		return true
	}
	for _, s := range c.with {
		if c.view.Member(b.Members, s) {
			return true
		}
	}
	for _, s := range c.with {
		code := "not member"
		if c.view.Has(b.Members, "suspended", s) {
			code = "suspended"
		}
		a.Reasons = append(a.Reasons, c.of(code, b.Code, s))
	}
	return false
}

// better says whether a is better than b: open before short before closed, and
// fewer missing before more.
func better(a, b Answer) bool {
	if x, y := a.Outcome.rank(), b.Outcome.rank(); x != y {
		return x > y
	}
	return a.Outcome == Short && a.Missing < b.Missing
}

// anyOf takes the best of several ways.
func (c *count) anyOf(r *rule, a *Answer) {
	best, at := Answer{}, -1
	for i := range r.AnyOf {
		way := r.AnyOf[i]
		if way.Body == "" {
			way.Body = r.Body
		}
		if x := c.answer(&way); at < 0 || better(x, best) {
			best, at = x, i
		}
	}
	way := r.AnyOf[at]
	said := c.reason("way", best.Body)
	said.N, said.Of = best.Need, way.Para
	reasons := slices.Clone(a.Reasons) // what holds for the measure is not said of each way again
	for _, x := range append(best.Reasons, said) {
		if !slices.Contains(reasons, x) {
			reasons = append(reasons, x)
		}
	}
	best.Reasons = reasons
	*a = best
}

// actor answers for what somebody else does, or the State alone.
func (c *count) actor(r *rule, a *Answer) {
	switch actors[r.Actor] {
	case "none":
		a.Reasons = append(a.Reasons, c.reason("actor", r.Actor))
		return
	case "write":
		a.Reasons = append(a.Reasons, c.reason("write", r.Actor))
		a.Outcome, a.Through = Open, c.with
		return
	}
	c.alone(r, a)
	if a.Outcome == Open && (r.Actor == "national_prosecutor" || r.Actor == "jurisdiction") {
		a.Reasons = append(a.Reasons, c.reason("law", r.Actor))
	}
}

// alone answers for an act of each State by itself: those act who meet the
// conditions.
func (c *count) alone(r *rule, a *Answer) {
	a.Need = 1
	for _, s := range c.with {
		name, bad := c.fails(r, s)
		if bad {
			a.Reasons = append(a.Reasons, c.of("condition", name, s))
			continue
		}
		a.Through = append(a.Through, s)
		a.Mark = a.Mark.Worse(c.sure(r, s))
	}
	if a.Have = len(a.Through); a.Have > 0 {
		a.Outcome = Open
	}
	if a.Outcome == Closed {
		a.Mark = facts.Unsure // that no row names a State is known from no row
	}
}

// sure returns how sure the treaties are that let a State act.
func (c *count) sure(r *rule, s string) (m facts.Mark) {
	for _, list := range [2][]string{r.Requires, c.m.Requires} {
		for _, name := range list {
			if t := conditions[name].treaty; t != "" {
				m = m.Worse(c.view.Sure(t, s))
			}
		}
	}
	return m
}

// minimum counts those who ask, convene or sign together.
func (c *count) minimum(r *rule, b *facts.Body, a *Answer) {
	if b == nil && c.own(r) {
		c.alone(r, a)
		return
	}
	a.Need = r.minimum()
	for _, s := range c.with {
		if b != nil && !c.view.Member(b.Members, s) {
			a.Reasons = append(a.Reasons, c.of("uncounted", b.Code, s))
			continue
		}
		a.Through = append(a.Through, s)
		if b != nil {
			a.Mark = a.Mark.Worse(c.view.Sure(b.Members, s))
		}
	}
	a.Have = len(a.Through)
	if r.Consent && !c.q.Consent {
		a.Reasons = append(a.Reasons, c.of("consent", a.Body, c.q.Situation))
		return
	}
	c.reach(a, a.Need-a.Have)
	if r.IfContested != "" && (len(c.q.Against) > 0 || c.q.Tally != nil) {
		c.contested(r, a)
	}
}

// contested sends a request that somebody opposes to the vote that decides it.
func (c *count) contested(r *rule, a *Answer) {
	vote, ok := c.day.book.measures[r.IfContested]
	if !ok {
		return
	}
	v := c.answer(&vote.rule)
	v.Reasons = append(v.Reasons, c.reason("contested", r.IfContested))
	if c.q.Tally != nil || better(*a, v) {
		*a = v
	}
}

// reach sets the outcome from what is missing.
func (c *count) reach(a *Answer, missing int) {
	a.Outcome, a.Missing = Short, missing
	if missing <= 0 {
		a.Outcome, a.Missing, a.Least = Open, 0, 0
		return
	}
	if a.Least == 0 {
		a.Least = missing
	}
}
