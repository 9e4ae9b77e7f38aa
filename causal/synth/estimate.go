package synth

import (
	"math"
	"slices"
)

// An answer is one method's estimate for one treated series.
type answer struct {
	att  float64
	unit []float64 // weight of each donor
	time []float64 // weight of each time before, of SynthDiff
	gaps []float64
	from int // the first time after
}

// answer estimates by a method.
func (pr *problem) answer(m Method) answer {
	n, before := len(pr.donors), pr.before
	a := answer{unit: make([]float64, n), from: before}
	lambda := make([]float64, before)
	for t := range lambda {
		lambda[t] = 1 / float64(before)
	}
	switch m {
	case Control:
		a.unit, lambda = pr.convex(), nil
	case Differences:
		for i := range a.unit {
			a.unit[i] = 1 / float64(n)
		}
	case SynthDiff:
		a.unit, lambda = pr.synthDiff()
		a.time = lambda
	}
	a.gaps = slices.Clone(pr.treated)
	for i, w := range a.unit {
		for t, y := range pr.donors[i] {
			a.gaps[t] -= w * y
		}
	}
	shift := 0.0
	for t, l := range lambda {
		shift += l * a.gaps[t]
	}
	for t := range a.gaps {
		a.gaps[t] -= shift
	}
	a.att = mean(a.gaps[before:])
	return a
}

// rmse is the root of the mean squared gap over some times.
func (a answer) rmse(from, to int) float64 {
	sum := 0.0
	for _, g := range a.gaps[from:to] {
		sum += g * g
	}
	return math.Sqrt(sum / float64(to-from))
}

// less is the problem without a donor.
func (pr *problem) less(i int) *problem {
	out := *pr
	out.donors = slices.Delete(slices.Clone(pr.donors), i, i+1)
	out.names = slices.Delete(slices.Clone(pr.names), i, i+1)
	return &out
}

// convex returns the convex weights under which the donors come nearest to the
// treated before the start: the point of least norm in the hull of the donors'
// differences from the treated.
func (pr *problem) convex() []float64 {
	points := make([][]float64, len(pr.donors))
	for i, y := range pr.donors {
		points[i] = make([]float64, pr.before)
		for t := range points[i] {
			points[i][t] = y[t] - pr.treated[t]
		}
	}
	return leastNorm(points)
}

// synthDiff returns the weights of units and times of Arkhangelsky et al.
// 2021: convex, with an intercept, the units' with the penalty of their
// equation 5. The minimum is found exactly; the authors' own program walks
// towards it and stops a little before (-15.6038 for Proposition 99 where the
// minimum gives -15.6054).
func (pr *problem) synthDiff() (omega, lambda []float64) {
	n, before, after := len(pr.donors), pr.before, len(pr.treated)-pr.before
	noise := pr.noise()
	units, times := make([][]float64, n), make([][]float64, before)
	for i, y := range pr.donors {
		units[i] = y[:before]
	}
	late := make([]float64, n)
	for i, y := range pr.donors {
		late[i] = mean(y[before:])
	}
	for t := range times {
		times[t] = make([]float64, n)
		for i, y := range pr.donors {
			times[t][i] = y[t]
		}
	}
	zeta := math.Pow(float64(pr.units*after), 0.25) * noise
	return penalised(units, pr.treated[:before], zeta), penalised(times, late, 1e-6*noise)
}

// penalised returns the convex weights under which the columns, each less its
// mean, come nearest to the target, with the penalty n zeta² times their squared
// norm. The penalty is a dimension of its own for each column.
func penalised(columns [][]float64, target []float64, zeta float64) []float64 {
	n, k := len(target), len(columns)
	ridge, level := math.Sqrt(float64(n))*zeta, mean(target)
	points := make([][]float64, k)
	for j, c := range columns {
		points[j] = make([]float64, n+k)
		m := mean(c)
		for i, v := range c {
			points[j][i] = v - m - (target[i] - level)
		}
		points[j][n+j] = ridge
	}
	return leastNorm(points)
}

// noise is the standard deviation of the donors' steps before the start.
func (pr *problem) noise() float64 {
	var steps []float64
	for _, y := range pr.donors {
		for t := 1; t < pr.before; t++ {
			steps = append(steps, y[t]-y[t-1])
		}
	}
	return deviation(steps)
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

// deviation is the standard deviation, with n-1.
func deviation(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	if len(x) < 2 {
		return 0
	}
	return math.Sqrt(sum / float64(len(x)-1))
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
