package forecast

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Baseline names one of the four forecasts that any model must beat.
type Baseline string

// The baselines of the VIEWS 2023/24 challenge.
const (
	Zero           Baseline = "zero"          // nobody dies
	LastPoisson    Baseline = "last"          // Poisson around the last observation
	Bootstrap      Baseline = "bootstrap"     // draws from all areas' last 240 months
	Conflictology  Baseline = "conflictology" // the area's last twelve months
	bootstrapMonth          = 240
	conflictMonths          = 12
)

// Baselines returns the four, in the order of the challenge's tables.
func Baselines() []Baseline { return []Baseline{Zero, LastPoisson, Bootstrap, Conflictology} }

// Make forecasts every living area of a panel for the months from one to
// another, knowing what happened until trainTo. Conflictology has twelve draws,
// zero has one; the others have as many as asked for.
func (b Baseline) Make(p *Panel, trainTo, from, to Month, draws int, seed uint64) (Forecast, error) {
	if draws < 1 || from <= trainTo || to < from {
		return nil, fmt.Errorf("a baseline needs draws, and months after %s", trainTo)
	}
	known := p.recent(trainTo, bootstrapMonth)
	if b == Bootstrap && len(known) == 0 {
		return nil, fmt.Errorf("nothing is known until %s", trainTo)
	}
	f := Forecast{}
	for _, area := range p.Living(trainTo) {
		last := lastOf(p.Until(area, trainTo), conflictMonths)
		for m := from; m <= to; m++ {
			rng := rand.New(rand.NewPCG(seed, uint64(area)<<32|uint64(m)))
			out := make([]float64, draws)
			switch b {
			case Zero:
				out = out[:1]
			case LastPoisson:
				for i := range out {
					out[i] = Poisson(rng, last[len(last)-1])
				}
			case Bootstrap:
				for i := range out {
					out[i] = known[rng.IntN(len(known))]
				}
			case Conflictology:
				out = last
			default:
				return nil, fmt.Errorf("there is no baseline %q", b)
			}
			f[Cell{m, area}] = out
		}
	}
	return f, nil
}

// lastOf returns the last n observed counts, oldest first; a single zero
// where nothing was observed.
func lastOf(s []float64, n int) []float64 {
	var out []float64
	for i := len(s) - 1; i >= 0 && len(out) < n; i-- {
		if !math.IsNaN(s[i]) {
			out = append([]float64{s[i]}, out...)
		}
	}
	if len(out) == 0 {
		return []float64{0}
	}
	return out
}

// recent returns all counts of the n months that end with a month.
func (p *Panel) recent(last Month, n int) []float64 {
	var out []float64
	for _, a := range p.Areas() {
		s := p.Until(a, last)
		for _, v := range s[max(0, len(s)-n):] {
			if !math.IsNaN(v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// Poisson draws a count with a mean, by Knuth's product below 30 and by
// Hörmann's transformed rejection (PTRS, 1993) above.
func Poisson(rng *rand.Rand, mean float64) float64 {
	if !(mean > 0) {
		return 0
	}
	if mean < 30 {
		k, p, floor := 0.0, rng.Float64(), math.Exp(-mean)
		for p > floor {
			k++
			p *= rng.Float64()
		}
		return k
	}
	root := math.Sqrt(mean)
	b := 0.931 + 2.53*root
	a := -0.059 + 0.02483*b
	top := 0.9277 - 3.6224/(b-2)
	for {
		u, v := rng.Float64()-0.5, rng.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= top {
			return k
		}
		if k < 0 || (us < 0.013 && v > us) {
			continue
		}
		log, _ := math.Lgamma(k + 1)
		if math.Log(v*(1.1239+1.1328/(b-3.4))/(a/(us*us)+b)) <= k*math.Log(mean)-mean-log {
			return k
		}
	}
}
