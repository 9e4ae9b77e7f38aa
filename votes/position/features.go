package position

import (
	"math"

	"github.com/heed-project/heed/votes"
)

// classes are yes, abstain, no.
const classes = 3

// dist is a distribution over the classes.
type dist [classes]float64

// top returns the most likely class.
func (d dist) top() int {
	best := 0
	for c := range d {
		if d[c] > d[best] {
			best = c
		}
	}
	return best
}

// logs returns the logarithms, with a floor.
func (d dist) logs() []float64 {
	return []float64{math.Log(d[0] + 1e-3), math.Log(d[1] + 1e-3), math.Log(d[2] + 1e-3)}
}

const (
	stateWidth = 18 + 9 + 1 + 5 + 4 + 2
	width      = stateWidth + 4 // numbers a model sees of each state without pledges
	awayWidth  = 5              // those of the model of absence
)

// A Case is what is known about a draft before the vote. It is what a history
// knew when it was asked, and stays so when the history goes on.
type Case struct {
	Draft Draft

	history *History
	x       []float32 // state × width
	away    []float32 // state × awayWidth
	prior   []dist    // of each state: carried forward from similar texts
	carried []votes.Position
	usual   []votes.Position
	rel     []relative
}

// Near returns how similar the closest earlier text is, 0 to 1.
func (c *Case) Near() float64 {
	near := 0.0
	for _, r := range c.rel {
		near = max(near, r.sim)
	}
	return near
}

// Carried returns what a state did on the closest earlier text on which it
// voted; Yes if there is none.
func (c *Case) Carried(state int) votes.Position { return max(votes.Yes, c.carried[state]) }

// Usual returns what a state does most often.
func (c *Case) Usual(state int) votes.Position { return c.usual[state] }

// A Relative is an earlier roll call on a similar text.
type Relative struct {
	Roll       int // of the set
	Similarity float64
}

// Relatives returns the earlier roll calls that weigh most, the closest first.
func (c *Case) Relatives(n int) (out []Relative) {
	for _, r := range c.rel[:min(n, len(c.rel))] {
		out = append(out, Relative{r.roll, r.sim})
	}
	return out
}

// Case tells what the history knows about a draft.
func (h *History) Case(d Draft) *Case {
	rel := h.relatives(d, 60)
	n := h.states
	c := &Case{Draft: d, history: h, x: make([]float32, n*width), away: make([]float32, n*awayWidth),
		prior: make([]dist, n), carried: make([]votes.Position, n), usual: make([]votes.Position, n), rel: rel}
	v := view{h: h, c: c, year: years(d.Date), keys: keyStates()}
	v.sharp = h.share(rel, func(r relative) float64 { return 20 * math.Pow(r.sim, 16) * math.Exp(-r.age) })
	v.mid = h.share(rel, func(r relative) float64 { return 5 * math.Pow(r.sim, 4) * math.Exp(-r.age/6) })
	v.broad = h.share(rel, func(r relative) float64 { return math.Pow(r.sim, 1.5) * math.Exp(-r.age/5) })
	near := max(c.Near(), 0.05)
	v.scaled = h.share(rel, func(r relative) float64 { return 3 * math.Pow(r.sim/near, 6) * math.Exp(-r.age/4) })
	kernel := h.weights()
	v.allScaled = total(v.scaled)
	v.peersSharp, v.peersMid = h.peers(kernel, v.sharp), h.peers(kernel, v.mid)
	v.allSharp, v.allMid = total(v.sharp), total(v.mid)
	for i := range n {
		v.state(i)
	}
	v.absence()
	return c
}

// view is the work of Case.
type view struct {
	h                    *History
	c                    *Case
	year                 float64
	keys                 [4]int
	sharp, mid, broad    []weighted // what each did on the relatives: closest, close, all
	scaled               []weighted // on the closest there are, however close
	peersSharp, peersMid []weighted // what those that vote like it did
	allSharp, allMid     dist       // what everybody did
	allScaled            dist
}

// keyStates are those against whom agreement is shown: they stand for the
// main divisions of the Assembly.
func keyStates() (out [4]int) {
	for k, iso := range [4]string{"USA", "RUS", "FRA", "CUB"} {
		out[k] = votes.Find(iso, epoch())
	}
	return out
}

// state fills in the numbers of one state. What it did on the closest texts is
// taken first; where that is little, what it did on less close ones and what
// its peers did stand in.
func (v *view) state(i int) {
	x := v.c.x[i*width : (i+1)*width]
	k := 0
	put := func(value float64) { x[k] = float32(value); k++ }
	base := v.h.base(i)
	broad := blend(v.broad[i], base, 1)
	p1, p2 := blend(v.peersSharp[i], v.allSharp, 0.02), blend(v.peersMid[i], v.allMid, 0.02)
	mid := blend(v.mid[i], mix(broad, p2, 0.2), 0.5)
	sharp := blend(v.sharp[i], mix(mid, p1, 0.2), 0.5)
	for _, q := range [...]dist{sharp, mid, broad, base, p1, p2} {
		for _, share := range q {
			put(share)
		}
	}
	scaled := blend(v.scaled[i], mix(base, v.allScaled, 0.3), 0.5)
	for _, q := range [...]dist{scaled, v.allScaled, v.h.onKind(v.c.Draft.Text, i, base)} {
		for _, share := range q {
			put(share)
		}
	}
	put(v.sharp[i].weight)
	v.c.carried[i] = v.h.latest(x[k:k+5], v.c.rel, i)
	k += 5
	for _, key := range v.keys {
		put(v.h.Agreement(i, key))
	}
	put(v.h.away[i].mean(0.1, 1))
	put(v.year - v.h.away[i].at)
	put(v.c.Near())
	put(flag(v.c.Draft.Text.Part != ""))
	put(flag(v.c.Draft.Text.Amendment))
	put(flag(v.c.Draft.Text.Motion))
	v.c.prior[i] = mix(sharp, p1, 0.15)
	v.c.usual[i] = votes.Position(base.top() + 1)
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// absence fills in what the model of absence sees.
func (v *view) absence() {
	n := v.h.states
	gone, of := make([]float64, n), make([]float64, n)
	all, allOf := 0.1, 1.0
	for _, r := range v.c.rel {
		w := math.Pow(r.sim, 6) * math.Exp(-r.age/2)
		for i := range n {
			switch p := v.h.set.Outcome(r.roll, i); {
			case p == votes.Absent:
				gone[i] += w
				of[i] += w
				all += w
				allOf += w
			case p.Cast():
				of[i] += w
				allOf += w
			}
		}
	}
	for i := range n {
		now, long := v.h.away[i].mean(0.1, 1), v.h.gone[i].mean(0.1, 1)
		copy(v.c.away[i*awayWidth:], []float32{float32(now), float32(long), float32((gone[i] + 0.3*now) / (of[i] + 0.3)), float32(all / allOf), float32(v.c.Near())})
	}
}

// weighted is a distribution that knows how much it rests on.
type weighted struct {
	sum    dist
	weight float64
}

// blend takes a prior in.
func blend(w weighted, prior dist, strength float64) dist {
	var out dist
	for c := range out {
		out[c] = (w.sum[c] + prior[c]*strength) / (w.weight + strength)
	}
	return out
}

// mix takes a share of another distribution in.
func mix(a, b dist, share float64) dist {
	for c := range a {
		a[c] += share * (b[c] - a[c])
	}
	return a
}

// share adds up what each state did on the relatives.
func (h *History) share(rel []relative, weight func(relative) float64) []weighted {
	out := make([]weighted, h.states)
	for _, r := range rel {
		w := weight(r)
		for i, p := range h.set.Row(r.roll) {
			if p.Cast() {
				out[i].sum[r.as(p)-1] += w
				out[i].weight += w
			}
		}
	}
	return out
}

// peers adds up what the states that vote like each did.
func (h *History) peers(kernel []float64, own []weighted) []weighted {
	out := make([]weighted, h.states)
	for i := range out {
		for j, w := range kernel[i*h.states : (i+1)*h.states] {
			if own[j].weight > 0.01 {
				f := w / own[j].weight
				for c := range out[i].sum {
					out[i].sum[c] += own[j].sum[c] * f
				}
				out[i].weight += w
			}
		}
	}
	return out
}

// base is what a state did lately on anything.
func (h *History) base(i int) dist {
	var out dist
	sum := 0.0
	for c, usual := range [classes]float64{0.75, 0.15, 0.1} {
		out[c] = h.rates[i][c].mean(usual, 0.5)
		sum += out[c]
	}
	for c := range out {
		out[c] /= sum
	}
	return out
}

// total is what the states did together.
func total(list []weighted) dist {
	out := weighted{dist{0.75 * 0.05, 0.15 * 0.05, 0.1 * 0.05}, 0.05}
	for _, w := range list {
		if w.weight > 0 {
			for c := range out.sum {
				out.sum[c] += w.sum[c] / w.weight
			}
			out.weight++
		}
	}
	return blend(out, dist{}, 0)
}

// latest puts down what a state did on the three closest texts on which it
// voted, and how close and old the closest is; it returns the first.
func (h *History) latest(x []float32, rel []relative, i int) votes.Position {
	first, found := votes.Unknown, 0
	for _, r := range rel {
		p := r.as(h.set.At(r.roll, i))
		if !p.Cast() {
			continue
		}
		x[found] = float32(p)
		if found == 0 {
			first = p
			x[3], x[4] = float32(r.sim), float32(r.age)
		}
		if found++; found == 3 {
			break
		}
	}
	return first
}
