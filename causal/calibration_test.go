package causal_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/heed-project/heed/causal"
	"gonum.org/v1/gonum/stat/distuv"
)

// A trial is a kind of simulated series: half before the start, half after,
// errors of the first order with standard deviation one.
type trial struct {
	n      int
	rho    float64
	trend  bool
	counts float64 // mean of a count, or 0 for a gaussian outcome
	effect float64 // of the level; with trend also a tenth of it a step times 20/n
}

// a tally of what the intervals did.
type calibration struct {
	series, level, effect, claims int
}

// run simulates series and analyses each.
func (tr trial) run(t testing.TB, series int, seed uint64) (c calibration) {
	r := rand.New(rand.NewPCG(seed, uint64(tr.n)*1000+uint64(tr.rho*100)))
	slope := 0.0
	if tr.trend {
		slope = tr.effect / float64(tr.n/2)
	}
	mean := tr.effect + slope*float64((tr.n+1)/2-1)/2
	for range series {
		result, err := causal.Interrupted(tr.draw(r, slope))
		if err != nil {
			t.Fatal(err)
		}
		c.series++
		if !result.Recommended.Coefficient("level").Excludes(tr.effect) {
			c.level++
		}
		if !result.Recommended.Effect.Excludes(mean) {
			c.effect++
		}
		if result.Verdict == causal.Consistent || result.Verdict == causal.Supported {
			c.claims++
		}
	}
	return c
}

func (tr trial) draw(r *rand.Rand, slope float64) causal.Series {
	s := causal.Series{Start: float64(tr.n / 2), Trend: tr.trend}
	e := r.NormFloat64()
	for i := range tr.n {
		if i > 0 {
			e = tr.rho*e + math.Sqrt(1-tr.rho*tr.rho)*r.NormFloat64()
		}
		y := 10 + 0.05*float64(i)
		if float64(i) >= s.Start {
			y += tr.effect + slope*(float64(i)-s.Start)
		}
		if tr.counts > 0 {
			s.Family = causal.QuasiPoisson
			y = distuv.Poisson{Lambda: tr.counts * math.Exp(y-10+0.3*e), Src: r}.Rand()
		} else {
			y += e
		}
		s.Time, s.Outcome = append(s.Time, float64(i)), append(s.Outcome, y)
	}
	return s
}

// TestCalibration is the promise of the recommended intervals on few series;
// BenchmarkCalibration is the whole. The slack is three standard errors of a
// share of that many.
func TestCalibration(t *testing.T) {
	series := 100
	if testing.Short() {
		series = 30
	}
	for _, trend := range []bool{false, true} {
		var known, none calibration
		for _, rho := range []float64{0, 0.3, 0.6, 0.9} {
			known.add(trial{n: 48, rho: rho, trend: trend, effect: 1}.run(t, series, 1))
			none.add(trial{n: 48, rho: rho, trend: trend}.run(t, series, 2))
		}
		slack := 3 * math.Sqrt(0.95*0.05/float64(known.series))
		if share := float64(known.level) / float64(known.series); math.Abs(share-0.95) > slack {
			t.Errorf("trend %v: the interval of the level holds a known effect in %.3f", trend, share)
		}
		if share := float64(none.claims) / float64(none.series); share > 0.05+slack {
			t.Errorf("trend %v: an effect is claimed in %.3f where there is none", trend, share)
		}
	}
}

func (c *calibration) add(d calibration) {
	c.series, c.level, c.effect, c.claims = c.series+d.series, c.level+d.level, c.effect+d.effect, c.claims+d.claims
}

// BenchmarkCalibration prints the table of docs/method/impact.md:
// HEED_BENCH_SERIES (1000) series of each kind, half of them
// with the effect, half without.
func BenchmarkCalibration(b *testing.B) {
	series := 1000
	if n, err := strconv.Atoi(os.Getenv("HEED_BENCH_SERIES")); err == nil {
		series = n
	}
	for range b.N {
		fmt.Println("\n| outcome | model | times | | 0 | 0.1 | 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8 | 0.9 | all |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
		for _, counts := range []float64{0, 50} {
			for _, trend := range []bool{false, true} {
				for _, n := range []int{24, 48, 100} {
					rows(b, trial{n: n, trend: trend, counts: counts}, series)
				}
			}
		}
	}
}

func rows(b *testing.B, tr trial, series int) {
	var known, none []calibration
	effect := 1.0
	if tr.counts > 0 {
		effect = -0.3
	}
	for k := range 10 {
		tr.rho, tr.effect = float64(k)/10, effect
		known = append(known, tr.run(b, series, 11))
		tr.effect = 0
		none = append(none, tr.run(b, series, 12))
	}
	outcome, model := "gaussian", "level"
	if tr.counts > 0 {
		outcome = fmt.Sprintf("counts from %.0f", tr.counts)
	}
	if tr.trend {
		model = "level+trend"
	}
	line := func(what string, all []calibration, pick func(calibration) int) {
		fmt.Printf("| %s | %s | %d | %s |", outcome, model, tr.n, what)
		hits, sum := 0, 0
		for _, c := range all {
			fmt.Printf(" %.1f |", 100*float64(pick(c))/float64(c.series))
			hits, sum = hits+pick(c), sum+c.series
		}
		fmt.Printf(" %.1f |\n", 100*float64(hits)/float64(sum))
	}
	line("level covered", known, func(c calibration) int { return c.level })
	line("mean effect covered", known, func(c calibration) int { return c.effect })
	line("claimed without effect", none, func(c calibration) int { return c.claims })
}
