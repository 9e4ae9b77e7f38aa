package plan

import (
	"container/heap"
	"math/bits"
	"slices"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
)

// kind is one way of preferring: which plays may be used, and what each costs.
type kind struct {
	name    string
	allowed func(option) bool
	cost    func(option) int
}

func anyPlay(option) bool { return true }

// burden is what a play costs where both time and supporters count: a day is
// one, a missing supporter two. A door that is open only with a caution costs as
// much as four months.
func burden(o option) int { return o.play.Days + 2*o.answer.Missing + 3 + doubt(o) }

func doubt(o option) int {
	if slices.ContainsFunc(o.answer.Reasons, func(r doors.Reason) bool { return r.Code == "caution" }) {
		return 120
	}
	return 0
}

// kinds are the packages that are proposed, but for those that go a creative way.
var kinds = []kind{
	{"alone", func(o option) bool { return o.answer.Outcome == doors.Open }, burden},
	{"friends", anyPlay, burden},
	{"quickest", anyPlay, func(o option) int { return 20*(o.play.Days+doubt(o)) + o.answer.Missing/4 + 1 }},
}

// creative is the kind of a package that must hold one play.
func creative() kind { return kind{"creative", anyPlay, burden} }

// node is a state of the search: what has come about, whether it holds the play
// that it must, and how it was reached.
type node struct {
	done uint32
	held bool
	cost int
	by   int // the option, or -1
	from *node
}

// queue orders nodes by cost, then by how many things have come about, so that
// equal searches end equally.
type queue []*node

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	if q[i].cost != q[j].cost {
		return q[i].cost < q[j].cost
	}
	return q[i].done < q[j].done
}

// Push adds a node, as container/heap asks.
func (q *queue) Push(x any) { *q = append(*q, x.(*node)) }

// Pop takes the last node, as container/heap asks.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// search finds the cheapest package of a kind, with the play must in it, if that
// is not -1. Where the plays cannot bring everything about, it is the cheapest
// that brings about all they can.
func (p *planner) search(k kind, must int) (Package, bool) {
	use := make([]bool, len(p.options))
	for i, o := range p.options {
		use[i] = k.allowed(o)
	}
	want, _ := p.bits(p.aim.Wants)
	all := p.reachable(use)
	goal := all & want
	if must < 0 && goal&^p.exists == 0 || must >= 0 && p.options[must].needs&^all != 0 {
		return Package{}, false
	}
	useful := p.useful(use, goal, must)
	type key struct {
		done uint32
		held bool
	}
	settled := map[key]bool{}
	q := &queue{{done: p.exists, by: -1, held: must < 0}}
	for q.Len() > 0 {
		n := heap.Pop(q).(*node)
		if settled[key{n.done, n.held}] {
			continue
		}
		settled[key{n.done, n.held}] = true
		if n.done&goal == goal && n.held {
			return p.make(k, n, want, must), true
		}
		for i, o := range p.options {
			if !useful[i] || o.needs&^n.done != 0 || o.gives&^n.done == 0 && i != must {
				continue
			}
			heap.Push(q, &node{done: n.done | o.gives, held: n.held || i == must, cost: n.cost + k.cost(o), by: i, from: n})
		}
	}
	return Package{}, false
}

// reachable returns everything that the allowed plays can bring about.
func (p *planner) reachable(use []bool) uint32 {
	done := p.exists
	for changed := true; changed; {
		changed = false
		for i, o := range p.options {
			if use[i] && o.needs&^done == 0 && o.gives&^done != 0 {
				done |= o.gives
				changed = true
			}
		}
	}
	return done
}

// useful marks the plays that bring about something wanted, or needed by one that
// is useful. It keeps the search small.
func (p *planner) useful(use []bool, goal uint32, must int) []bool {
	out := make([]bool, len(p.options))
	need := goal &^ p.exists
	for changed := true; changed; {
		changed = false
		for i, o := range p.options {
			if use[i] && !out[i] && (o.gives&need != 0 || i == must) {
				out[i], changed = true, true
				need |= o.needs &^ p.exists
			}
		}
	}
	return out
}

// make writes a package down: the steps in their order, which steps each waits
// for, and dates from the usual days and the next window.
func (p *planner) make(k kind, end *node, want uint32, must int) Package {
	out := Package{Kind: k.name, Exists: p.names(p.exists), Brings: p.names(end.done & want), Lacks: p.names(want &^ end.done)}
	var order []int
	for n := end; n.by >= 0; n = n.from {
		order = append(order, n.by)
	}
	slices.Reverse(order)
	order = p.spare(order, end.done&want, must)
	gave := map[uint32]int{} // the step that brought a thing about first
	for _, i := range order {
		o := p.options[i]
		s := Step{Play: o.play, Answer: o.answer, From: max(p.ask.On, o.answer.Window.From)}
		for rest := o.needs &^ p.exists; rest != 0; rest &= rest - 1 {
			before := gave[1<<bits.TrailingZeros32(rest)]
			if before > 0 && !slices.Contains(s.After, before) {
				s.After = append(s.After, before)
				s.From = max(s.From, out.Steps[before-1].To)
			}
		}
		slices.Sort(s.After)
		s.To = s.From + facts.Date(o.play.Days)
		s.Needs = p.takes(o)
		out.Steps = append(out.Steps, s)
		for rest := o.gives; rest != 0; rest &= rest - 1 {
			if b := uint32(1) << bits.TrailingZeros32(rest); gave[b] == 0 {
				gave[b] = len(out.Steps)
			}
		}
		out.Missing, out.To = max(out.Missing, o.answer.Missing), max(out.To, s.To)
	}
	return out
}

// spare drops steps without which the rest still works and brings the same.
func (p *planner) spare(order []int, goal uint32, must int) []int {
	for i := len(order) - 1; i >= 0; i-- {
		if order[i] == must {
			continue
		}
		less := slices.Delete(slices.Clone(order), i, i+1)
		done, works := p.exists, true
		for _, j := range less {
			o := p.options[j]
			works = works && o.needs&^done == 0
			done |= o.gives
		}
		if works && done&goal == goal {
			order = less
		}
	}
	return order
}

// takes says in English what a step needs.
func (p *planner) takes(o option) (out []string) {
	f := p.day.View().Facts
	if t := o.answer.MissingText(doors.BodyName(f, o.answer.Body)); t != "" {
		out = append(out, t)
	}
	out = append(out, o.play.Needs...)
	for _, r := range o.answer.Reasons {
		if r.Code == "needs" || r.Code == "caution" || r.Code == "write" || r.Code == "law" {
			out = append(out, r.String())
		}
	}
	if o.answer.Window.Name != "" {
		out = append(out, "the next window: "+o.answer.Window.Name)
	}
	return out
}
