// Package plan proposes packages of measures for an objective: which doors to
// use, in what order, and what each step needs.
//
// A play is one way of using a measure. It needs things to have come about (the
// positions of governments are known, a council is seized of the matter) and
// brings others about (the perpetrators are named, evidence is kept). Plays,
// objectives and what they bring are facts that an office corrects. For a State,
// a date and a situation, [Propose] drops the plays whose door is closed
// ([doors.Day.Open]) and searches for the cheapest order of the others that
// brings about everything the objective wants, beginning with what exists
// already: an inquiry that runs, a mechanism that keeps evidence.
//
// It proposes the best package of each kind: with the doors that this State can
// open by itself; with friends, where signatures are missing; quickest, whatever
// it takes; and for each way that was new once, the best package that goes it, as
// The Gambia at the International Court of Justice or the Institution on Missing
// Persons. What a package cannot bring about is said in Lacks.
//
// It promises the cheapest of the packages that the plays allow (uniform-cost
// search over what has come about; at most [MostThings] things). What a step
// costs is its usual days and the supporters it misses; that is a judgement, and
// a proposal is no more than a beginning for those who know the case.
//
//	packages, err := plan.Propose(book, plan.Ask{Objective: "hold-to-account", Question: doors.Question{
//		States: []string{"SVN"}, On: facts.Day(2026, 3, 1), Situation: "SDN"}})
package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
)

// MostThings is how many things plays may bring about for one objective.
const MostThings = 24

// An Ask names the objective, who asks, on which date, for which situation.
type Ask struct {
	Objective string
	doors.Question
}

// A Step is one play of a package. After holds the numbers of the steps, from 1,
// that must come before.
type Step struct {
	Play     facts.Play
	Answer   doors.Answer
	After    []int
	From, To facts.Date
	Needs    []string // in English: what is missing, and what else it takes
}

// A Package is steps in an order that works.
type Package struct {
	Kind    string // "alone", "friends", "quickest", "creative"
	Steps   []Step
	Exists  []string // what has come about already
	Brings  []string // of what the objective wants
	Lacks   []string // of what the objective wants, and no open play brings
	Missing int      // the most supporters that any of its steps misses
	To      facts.Date
}

// option is a play whose door is not closed.
type option struct {
	play   facts.Play
	answer doors.Answer
	needs  uint32
	gives  uint32
}

// planner is one search.
type planner struct {
	day     *doors.Day
	ask     Ask
	aim     facts.Objective
	things  []string
	options []option
	exists  uint32
}

// Propose returns the packages, without those that are the same as one before.
func Propose(b *doors.Book, ask Ask) ([]Package, error) {
	p := &planner{day: b.On(ask.On), ask: ask}
	i := slices.IndexFunc(b.Facts().Aims, func(o facts.Objective) bool { return o.Code == ask.Objective })
	if i < 0 {
		var known []string
		for _, o := range b.Facts().Aims {
			known = append(known, o.Code)
		}
		return nil, fmt.Errorf("%q is no objective: ask for one of %s", ask.Objective, strings.Join(known, ", "))
	}
	p.aim = b.Facts().Aims[i]
	if err := p.collect(b.Facts()); err != nil {
		return nil, err
	}
	var out []Package
	add := func(best Package, ok bool) {
		if ok && !slices.ContainsFunc(out, func(o Package) bool { return same(o, best) }) {
			out = append(out, best)
		}
	}
	for _, kind := range kinds {
		add(p.search(kind, -1))
	}
	for i, o := range p.options {
		if o.play.Creative && len(o.play.Objectives) > 0 {
			add(p.search(creative(), i))
		}
	}
	return out, nil
}

func same(a, b Package) bool {
	return slices.EqualFunc(a.Steps, b.Steps, func(x, y Step) bool { return x.Play.ID == y.Play.ID })
}

// thing returns the bit of something that can come about.
func (p *planner) thing(name string) (uint32, error) {
	i := slices.Index(p.things, name)
	if i < 0 {
		if len(p.things) == MostThings {
			return 0, fmt.Errorf("the plays for %s bring about more than %d things: strike some out", p.ask.Objective, MostThings)
		}
		i = len(p.things)
		p.things = append(p.things, name)
	}
	return 1 << i, nil
}

// bits joins several.
func (p *planner) bits(names []string) (all uint32, err error) {
	for _, n := range names {
		b, err := p.thing(n)
		if err != nil {
			return 0, err
		}
		all |= b
	}
	return all, nil
}

// collect gathers the plays that serve the objective and whose door is not
// closed, and what exists for the situation.
func (p *planner) collect(f *facts.Facts) (err error) {
	if _, err = p.bits(p.aim.Wants); err != nil {
		return err
	}
	for _, x := range f.Plays {
		if len(x.Objectives) > 0 && !slices.Contains(x.Objectives, p.ask.Objective) {
			continue
		}
		q := p.ask.Question
		q.Measure = x.Measure
		a, err := p.day.Open(q)
		if err != nil {
			return err
		}
		if a.Outcome == doors.Closed {
			continue
		}
		o := option{play: x, answer: a}
		if o.needs, err = p.bits(x.Needs); err != nil {
			return err
		}
		if o.gives, err = p.bits(x.Gives); err != nil {
			return err
		}
		p.options = append(p.options, o)
	}
	for _, x := range standing {
		if !p.stood(x.kind, x.lasts) {
			continue
		}
		for _, name := range x.brings {
			if i := slices.Index(p.things, name); i >= 0 {
				p.exists |= 1 << i
			}
		}
	}
	return nil
}

// standing says what exists for a situation brings about by being there. What
// lasts is there when its time is over: a report that was written stays written.
var standing = []struct {
	kind   string
	lasts  bool
	brings []string
}{
	{"investigation", true, []string{"facts found", "perpetrators named"}},
	{"investigation", false, []string{"mandate"}},
	{"evidence mechanism", false, []string{"evidence kept", "mandate"}},
	{"ICC referral", true, []string{"court seized"}},
}

// stood says whether something of a kind exists for the situation, or existed.
func (p *planner) stood(kind string, lasts bool) bool {
	if _, ok := p.day.View().Standing(kind, p.ask.Situation); ok {
		return true
	}
	return lasts && slices.ContainsFunc(p.day.View().Facts.Standing, func(s facts.Standing) bool {
		return s.Kind == kind && s.State == p.ask.Situation && s.From <= p.ask.On
	})
}

// names returns the things of some bits.
func (p *planner) names(bits uint32) (out []string) {
	for i, n := range p.things {
		if bits&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}
