package position

import (
	"math"
	"slices"

	"github.com/heed-project/heed/votes"
)

// pledgeWidth is the number of features that pledges add.
const pledgeWidth = 4*7 + classes + 2

// A Pledge is a position that a state has declared.
type Pledge struct {
	State    int
	Position votes.Position
}

// A Declared is a case to which some positions are known.
type Declared struct {
	c    *Case
	told []Pledge
	x    []float32 // state × pledgeWidth
}

// Told returns the pledges.
func (d *Declared) Told() []Pledge { return d.told }

// Declare takes in positions that were declared. Whoever did not say yes,
// abstain or no is left out. It looks at the history as it is: ask before the
// history goes on.
//
// For every state it sets down what the others' positions say about its own:
// those of states that vote like it, that voted like it on the relatives, of
// which the same was expected, and all three at once; what they did, and how
// far that is from what was expected of them.
func (c *Case) Declare(pledges []Pledge) *Declared {
	told := slices.DeleteFunc(slices.Clone(pledges), func(p Pledge) bool { return !p.Position.Cast() })
	h, q, n := c.history, c.prior, c.history.states
	out := make([]float32, n*pledgeWidth)
	kernel := h.weights()
	topic := h.topical(c.rel, told)
	var gap dist
	surprise := 0.0
	for _, d := range told {
		for class := range gap {
			gap[class] += hit(d.Position, class) - q[d.State][class]
		}
		surprise += math.Log(q[d.State][d.Position-1] + 0.02)
	}
	m := float64(max(1, len(told)))
	for i := range n {
		var near, theme, alike, both group
		for k, d := range told {
			if d.State == i {
				continue
			}
			w, t := kernel[i*n+d.State]+1e-4, topic[k*n+i]
			a := math.Exp(-6 * distance(q[i], q[d.State]))
			near.add(d, q, w)
			theme.add(d, q, t)
			alike.add(d, q, a)
			both.add(d, q, math.Sqrt(w)*t*a)
		}
		x := out[i*pledgeWidth : (i+1)*pledgeWidth]
		k := 0
		put := func(v float64) { x[k] = float32(v); k++ }
		for _, g := range []group{near, theme, alike, both} {
			for c := range classes {
				put(g.sum[c] / max(g.weight, 1e-9))
				put(g.gap[c] / (g.weight + 0.05))
			}
			put(math.Log(g.weight + 1e-6))
		}
		for c := range classes {
			put(gap[c] / m)
		}
		put(surprise / m)
		put(m)
	}
	return &Declared{c, told, out}
}

// group adds up declared positions.
type group struct {
	sum, gap dist
	weight   float64
}

func (g *group) add(d Pledge, q []dist, w float64) {
	for c := range g.sum {
		g.sum[c] += w * hit(d.Position, c)
		g.gap[c] += w * (hit(d.Position, c) - q[d.State][c])
	}
	g.weight += w
}

func hit(p votes.Position, class int) float64 {
	if int(p)-1 == class {
		return 1
	}
	return 0
}

func distance(a, b dist) (sum float64) {
	for c := range a {
		sum += (a[c] - b[c]) * (a[c] - b[c])
	}
	return sum
}

// topical says how alike each state voted on the relatives with each state
// that declared itself.
func (h *History) topical(rel []relative, told []Pledge) []float64 {
	n := h.states
	out := make([]float64, len(told)*n)
	same, both := make([]float64, n), make([]float64, n)
	for k, d := range told {
		clear(same)
		clear(both)
		for _, r := range rel {
			p := h.set.At(r.roll, d.State)
			if !p.Cast() {
				continue
			}
			w := math.Pow(r.sim, 2) * math.Exp(-r.age/8)
			for i, q := range h.set.Row(r.roll) {
				if q.Cast() {
					both[i] += w
					if p == q {
						same[i] += w
					}
				}
			}
		}
		for i := range n {
			a := (same[i] + 0.1*h.Agreement(i, d.State)) / (both[i] + 0.1)
			out[k*n+i] = math.Exp(8 * (a - 1))
		}
	}
	return out
}
