package ideal

import (
	"math"
	"math/rand/v2"
	"sync"
)

// The grid on which points are integrated out.
const (
	edge  = 5.0
	step  = 0.05
	nodes = int(2*edge/step) + 1
)

// at returns the place of a node.
func at(t int) float64 { return -edge + float64(t)*step }

// An item is a roll call: the chance to be at least at abstain is
// logistic(slope·x − near), to be at no logistic(slope·x − near − e^gap).
type item struct{ slope, near, gap float64 }

// chances are those of yes, abstain and no for a Member at x.
func (it item) chances(x float64) [3]float64 {
	a, b := logistic(it.slope*x-it.near), logistic(it.slope*x-it.near-math.Exp(it.gap))
	const least = 1e-9
	return [3]float64{math.Max(1-a, least), math.Max(a-b, least), math.Max(b, least)}
}

func logistic(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// The standard deviations of the weak priors on roll calls, which keep a slope
// finite where all on one side voted one way.
const slopeSD, nearSD, gapSD = 3.0, 4.0, 2.0

// model is a fitted sample.
type model struct {
	s     *sample
	items []item
	post  [][]float64 // state × node
}

// learn runs EM from the first principal component of the votes.
func learn(s *sample) *model {
	m := &model{s: s, items: make([]item, len(s.rolls)), post: make([][]float64, len(s.states))}
	for k, x := range first(s) {
		m.post[k] = make([]float64, nodes)
		for t := range nodes {
			d := (at(t) - x) / 0.3
			m.post[k][t] = math.Exp(-d * d / 2)
		}
		scale(m.post[k])
	}
	before := make([]float64, len(s.states))
	for range 80 {
		halves(len(m.items), func(j int) { m.maximise(j) })
		logs := m.logs()
		halves(len(s.states), func(k int) { m.expect(k, logs) })
		most := 0.0
		for k := range before {
			mean, _ := m.posterior(k)
			most = math.Max(most, math.Abs(mean-before[k]))
			before[k] = mean
		}
		if most < 0.002 {
			break
		}
	}
	return m
}

// halves runs 0 to n-1 in four parts at once.
func halves(n int, each func(i int)) {
	const parts = 4
	var wait sync.WaitGroup
	for p := range parts {
		wait.Go(func() {
			for i := p; i < n; i += parts {
				each(i)
			}
		})
	}
	wait.Wait()
}

// first returns each Member's score on the first principal component, with
// mean 0 and spread 1.
func first(s *sample) []float64 {
	rows := make([][]float64, len(s.states))
	for k := range rows {
		rows[k] = make([]float64, len(s.rolls))
	}
	for j := range s.rolls {
		sum, n := 0.0, 0.0
		for k := range rows {
			if g := s.grade[k][j]; g >= 0 {
				sum += float64(g)
				n++
			}
		}
		for k := range rows {
			if g := s.grade[k][j]; g >= 0 {
				rows[k][j] = float64(g) - sum/n
			}
		}
	}
	x := make([]float64, len(rows))
	for k := range x {
		x[k] = math.Sin(float64(k) + 1) // anything that is no eigenvector
	}
	for range 60 {
		load := make([]float64, len(s.rolls))
		for k, row := range rows {
			for j, v := range row {
				load[j] += v * x[k]
			}
		}
		for k, row := range rows {
			x[k] = 0
			for j, v := range row {
				x[k] += v * load[j]
			}
		}
		standardise(x)
	}
	return x
}

// standardise gives numbers mean 0 and spread 1, and returns what they had.
func standardise(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean) / float64(len(x))
	}
	sd = math.Max(math.Sqrt(sd), 1e-12)
	for i := range x {
		x[i] = (x[i] - mean) / sd
	}
	return mean, sd
}

func scale(p []float64) {
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for t := range p {
		p[t] /= sum
	}
}

// maximise takes Fisher steps for a roll call, given where the Members are.
func (m *model) maximise(j int) {
	var want [3][nodes]float64
	for k := range m.s.states {
		if g := m.s.grade[k][j]; g >= 0 {
			for t, p := range m.post[k] {
				want[g][t] += p
			}
		}
	}
	it := m.items[j]
	for range 4 {
		grad := [3]float64{-it.slope / (slopeSD * slopeSD), -it.near / (nearSD * nearSD), -it.gap / (gapSD * gapSD)}
		info := [3][3]float64{{1 / (slopeSD * slopeSD)}, {0, 1 / (nearSD * nearSD)}, {0, 0, 1 / (gapSD * gapSD)}}
		for t := range nodes {
			n := want[0][t] + want[1][t] + want[2][t]
			if n < 1e-6 {
				continue
			}
			x := at(t)
			p := it.chances(x)
			wa, wb := p[0]*(1-p[0]), p[2]*(1-p[2])
			a, b := [3]float64{wa * x, -wa, 0}, [3]float64{wb * x, -wb, -wb * math.Exp(it.gap)}
			for c := range p {
				var d [3]float64
				for q := range d {
					d[q] = [3]float64{-a[q], a[q] - b[q], b[q]}[c]
				}
				for q := range d {
					grad[q] += want[c][t] / p[c] * d[q]
					for r := range q + 1 {
						info[q][r] += n / p[c] * d[q] * d[r]
					}
				}
			}
		}
		move := solve(info, grad)
		it.slope += clip(move[0])
		it.near += clip(move[1])
		it.gap += clip(move[2])
	}
	m.items[j] = it
}

// clip keeps a step short, so that it does not pass over the top.
func clip(v float64) float64 { return math.Max(-0.7, math.Min(0.7, v)) }

// solve solves a symmetric positive system of three, given its lower half, by
// Cholesky's method.
func solve(a [3][3]float64, b [3]float64) (x [3]float64) {
	for i := range 3 {
		for j := range i + 1 {
			v := a[i][j]
			for k := range j {
				v -= a[i][k] * a[j][k]
			}
			if i == j {
				a[i][i] = math.Sqrt(math.Max(v, 1e-12))
			} else {
				a[i][j] = v / a[j][j]
			}
		}
	}
	for i := range 3 {
		x[i] = b[i]
		for k := range i {
			x[i] -= a[i][k] * x[k]
		}
		x[i] /= a[i][i]
	}
	for i := 2; i >= 0; i-- {
		for k := i + 1; k < 3; k++ {
			x[i] -= a[k][i] * x[k]
		}
		x[i] /= a[i][i]
	}
	return x
}

// logs returns, for each roll call and grade, the log chance at each node.
func (m *model) logs() [][3][nodes]float64 {
	out := make([][3][nodes]float64, len(m.items))
	halves(len(m.items), func(j int) {
		for t := range nodes {
			for c, p := range m.items[j].chances(at(t)) {
				out[j][c][t] = math.Log(p)
			}
		}
	})
	return out
}

// expect finds a Member's posterior.
func (m *model) expect(k int, logs [][3][nodes]float64) {
	var sum [nodes]float64
	for j, g := range m.s.grade[k] {
		if g >= 0 {
			for t, v := range &logs[j][g] {
				sum[t] += v
			}
		}
	}
	normal(sum[:], m.post[k])
}

// normal turns log likelihoods and the prior into a posterior.
func normal(sum, to []float64) {
	top := math.Inf(-1)
	for t := range to {
		to[t] = sum[t] - at(t)*at(t)/2
		top = math.Max(top, to[t])
	}
	for t := range to {
		to[t] = math.Exp(to[t] - top)
	}
	scale(to)
}

// posterior returns a Member's mean and spread.
func (m *model) posterior(k int) (mean, sd float64) { return moments(m.post[k]) }

func moments(p []float64) (mean, sd float64) {
	for t, v := range p {
		mean += v * at(t)
	}
	for t, v := range p {
		sd += v * (at(t) - mean) * (at(t) - mean)
	}
	return mean, math.Sqrt(sd)
}

// redraws is how often texts are drawn again.
const redraws = 60

// again draws the texts again: how often each is in, each time.
func again(texts int, seed uint64) [redraws][]float64 {
	dice := rand.New(rand.NewPCG(seed, 11))
	var out [redraws][]float64
	for b := range out {
		out[b] = make([]float64, texts)
		for range texts {
			out[b][dice.IntN(texts)]++
		}
	}
	return out
}

// redrawn returns how far each Member's point spreads when the texts are drawn
// again, with the roll calls as they were fitted.
func (m *model) redrawn(seed uint64) []float64 {
	logs, times := m.logs(), again(m.s.texts, seed)
	out := make([]float64, len(m.s.states))
	halves(len(out), func(k int) {
		text := make([][nodes]float64, m.s.texts)
		for j, g := range m.s.grade[k] {
			if g >= 0 {
				for t, v := range &logs[j][g] {
					text[m.s.text[j]][t] += v
				}
			}
		}
		points := make([]float64, redraws)
		post := make([]float64, nodes)
		for b := range times {
			var sum [nodes]float64
			for i, n := range times[b] {
				if n > 0 {
					for t, v := range &text[i] {
						sum[t] += n * v
					}
				}
			}
			normal(sum[:], post)
			points[b], _ = moments(post)
		}
		_, out[k] = standardise(points)
	})
	return out
}

// told returns the share of votes that the line tells, and that naming the
// majority of each roll call tells.
func (m *model) told() (right, usual float64) {
	n := 0.0
	for j := range m.items {
		var count [3]float64
		for k := range m.s.states {
			g := m.s.grade[k][j]
			if g < 0 {
				continue
			}
			mean, _ := m.posterior(k)
			p := m.items[j].chances(mean)
			if p[g] == max(p[0], p[1], p[2]) {
				right++
			}
			count[g]++
			n++
		}
		usual += max(count[0], count[1], count[2])
	}
	return right / n, usual / n
}

// sign returns 1 or -1: what puts the anchor on the positive side, or, without
// it, those who usually vote yes on the negative one.
func (m *model) sign(anchor int) float64 {
	lean := 0.0
	for k, state := range m.s.states {
		mean, _ := m.posterior(k)
		if state == anchor {
			return math.Copysign(1, mean)
		}
		for _, g := range m.s.grade[k] {
			if g >= 0 {
				lean += mean * (float64(g) - 1) / float64(m.s.cast(k))
			}
		}
	}
	return math.Copysign(1, lean)
}
