package counts

import (
	"math"
	"math/rand/v2"
)

// A grid is a distribution of counts: mass for each whole count below exact,
// and above it for steps of one part in a hundred. It makes a mixture of
// distributions a sum, and its quantiles a walk.
type grid []float64

const (
	exact = 64   // counts below stand for themselves
	step  = 0.01 // of log(1+count), above
	most  = 2e6  // fatalities in one area and month; more counts as this many
)

// gridSize is the number of steps of a grid.
const gridSize = exact + 1 + 1035

// place returns the step of a count given as log(1+count).
func place(log float64) int {
	if !(log > 0) {
		return 0
	}
	if v := math.Expm1(log); v < exact-0.5 {
		return int(v + 0.5)
	}
	return min(exact+int((log-math.Log1p(exact-0.5))/step), gridSize-1)
}

// valueAt returns the count that a step stands for.
func valueAt(i int) float64 {
	if i < exact {
		return float64(i)
	}
	return math.Round(math.Expm1(math.Log1p(exact-0.5) + (float64(i-exact)+0.5)*step))
}

// add puts mass on a count given as log(1+count).
func (g grid) add(log, mass float64) { g[place(log)] += mass }

// scale makes the mass sum to 1; an empty grid becomes certain of zero.
func (g grid) scale() {
	sum := 0.0
	for _, m := range g {
		sum += m
	}
	if sum == 0 {
		g[0] = 1
		return
	}
	for i := range g {
		g[i] /= sum
	}
}

// mix adds part of another grid.
func (g grid) mix(other grid, part float64) {
	for i, m := range other {
		g[i] += part * m
	}
}

// draw returns n draws: one from each of n equal parts of the distribution, in
// an order that the random numbers decide. They stand for the
// distribution as well as a sample of that size can.
func (g grid) draw(n int, rng *rand.Rand) []float64 {
	out := make([]float64, n)
	sum, at := g[0], 0
	for i := range out {
		for q := (float64(i) + 0.5) / float64(n); sum < q && at < len(g)-1; {
			at++
			sum += g[at]
		}
		out[i] = valueAt(at)
	}
	rng.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
