package synth

import (
	"math"
	"slices"
	"testing"
)

// TestWalk repeats the walk of the authors' own program, step for step, and
// holds it against the figure that they publish (-15.604), so that what is
// minimised is known to be the same.
func TestWalk(t *testing.T) {
	p, q := california(t)
	pr, err := p.split(q)
	if err != nil {
		t.Fatal(err)
	}
	noise := pr.noise()
	byUnit, byTime := make([][]float64, len(pr.donors)), make([][]float64, pr.before)
	for i, y := range pr.donors {
		byUnit[i] = append(slices.Clone(y[:pr.before]), mean(y[pr.before:]))
	}
	for k := range byTime {
		for _, y := range pr.donors {
			byTime[k] = append(byTime[k], y[k])
		}
		byTime[k] = append(byTime[k], pr.treated[k])
	}
	lambda := frankWolfe(byUnit, 1e-6*noise, 1e-5*noise)
	omega := frankWolfe(byTime, math.Pow(12, 0.25)*noise, 1e-5*noise)
	change := func(y []float64) float64 { return mean(y[pr.before:]) - dot(lambda, y[:pr.before]) }
	att := change(pr.treated)
	for i, y := range pr.donors {
		att -= omega[i] * change(y)
	}
	if math.Abs(att+15.6038) > 5e-5 {
		t.Errorf("the walk ends at %.6f", att)
	}
}

// frankWolfe finds the convex weights of all columns but the last that come
// nearest to the last, rows centred, with the penalty zeta² times their squared
// norm: 100 rounds, then those at most a quarter of the largest set to zero,
// then up to 10,000 rounds until the value falls by less than stop².
func frankWolfe(y [][]float64, zeta, stop float64) []float64 {
	k := len(y[0]) - 1
	columns := make([][]float64, k+1)
	for j := range columns {
		columns[j] = make([]float64, len(y))
		for i := range y {
			columns[j][i] = y[i][j]
		}
		m := mean(columns[j])
		for i := range y {
			columns[j][i] -= m
		}
	}
	x := make([]float64, k)
	for j := range x {
		x[j] = 1 / float64(k)
	}
	descend(columns, x, zeta, stop, 100)
	sum, most := 0.0, slices.Max(x)
	for j := range x {
		if x[j] <= most/4 {
			x[j] = 0
		}
		sum += x[j]
	}
	for j := range x {
		x[j] /= sum
	}
	descend(columns, x, zeta, stop, 10000)
	return x
}

// descend takes steps of Frank and Wolfe in place.
func descend(columns [][]float64, x []float64, zeta, stop float64, rounds int) {
	k, n := len(x), len(columns[0])
	b, eta := columns[k], float64(n)*zeta*zeta
	err := make([]float64, n) // A x - b
	for i := range err {
		err[i] = -b[i]
		for j := range x {
			err[i] += columns[j][i] * x[j]
		}
	}
	before := math.NaN()
	for round := range rounds {
		grad, best := make([]float64, k), 0
		for j := range x {
			grad[j] = dot(columns[j], err) + eta*x[j]
			if grad[j] < grad[best] {
				best = j
			}
		}
		slope, size := 0.0, 0.0
		for j := range x {
			d := -x[j]
			if j == best {
				d++
			}
			slope += grad[j] * d
			size += eta * d * d
		}
		for i := range err {
			d := columns[best][i] - b[i] - err[i]
			size += d * d
		}
		if size > 0 {
			step := min(1, max(0, -slope/size))
			for j := range x {
				x[j] *= 1 - step
			}
			x[best] += step
			for i := range err {
				err[i] += step * (columns[best][i] - b[i] - err[i])
			}
		}
		value := zeta*zeta*dot(x, x) + dot(err, err)/float64(n)
		if round >= 1 && !(before-value > stop*stop) {
			return
		}
		before = value
	}
}
