package state

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/internal/testkit"
	"gonum.org/v1/gonum/mat"
)

func ExampleEstimate() {
	q := Question{After: 40, Seed: 1, Draws: 500, Controls: []causal.Control{{Name: "neighbour"}}}
	for t := range 60 {
		x := 50 + 10*math.Sin(float64(t)/4)
		y := 2*x + math.Mod(float64(t*7), 3)
		if t >= 40 {
			y -= 20
		}
		q.Outcome, q.Controls[0].Values = append(q.Outcome, y), append(q.Controls[0].Values, x)
	}
	r, _ := Estimate(q)
	fmt.Printf("%.0f fewer than expected, %s\n", -r.Average.Estimate, r.Verdict)
	// Output: 20 fewer than expected, consistent with, not identified
}

// TestCausalImpact holds the model against the example of the package
// CausalImpact: 11 more a time, 9.9 % (9.1 to 11 there).
func TestCausalImpact(t *testing.T) {
	f, err := os.Open(testkit.Shared(t, "impact/causalimpact_example.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := frame.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	y, err := table.Floats("y")
	if err != nil {
		t.Fatal(err)
	}
	x, err := table.Floats("x1")
	if err != nil {
		t.Fatal(err)
	}
	q := Question{Outcome: y, Controls: []causal.Control{{Name: "x1", Values: x}}, After: 70, Seed: 1}
	r, err := Estimate(q)
	if err != nil {
		t.Fatal(err)
	}
	if math.Round(r.Average.Estimate) != 11 || math.Abs(r.Relative.Estimate-0.099) > 0.0015 || r.Average.Low < 9 || r.Average.High > 12 {
		t.Errorf("%+v %+v", r.Average, r.Relative)
	}
	again, _ := Estimate(q)
	if !reflect.DeepEqual(again, r) {
		t.Error("the same seed gives another result")
	}
	t.Logf("average %+v relative %+v tail %v", r.Average, r.Relative, r.Tail)
}

// trial simulates series of errors of the first order with standard deviation
// one and a step half-way, and counts: on how many the model's own interval and the
// widened one miss the step, and on how many an effect is claimed.
func trial(t testing.TB, series, n, draws int, rho, effect float64, seed uint64) (own, missed, claims int) {
	r := rand.New(rand.NewPCG(seed, uint64(n)*1000+uint64(rho*100)))
	for range series {
		q, e := Question{After: n / 2, Draws: draws, Seed: 1}, r.NormFloat64()
		for k := range n {
			e = rho*e + math.Sqrt(1-rho*rho)*r.NormFloat64()
			y := e
			if k >= q.After {
				y += effect
			}
			q.Outcome = append(q.Outcome, y)
		}
		x, err := Estimate(q)
		if err != nil {
			t.Fatal(err)
		}
		if x.Average.Excludes(effect) {
			own++
		}
		if x.Widened.Excludes(effect) {
			missed++
		}
		if x.Verdict == causal.Consistent {
			claims++
		}
		if x.Widened.Low > x.Average.Low || x.Widened.High < x.Average.High {
			t.Errorf("%+v was narrowed to %+v", x.Average, x.Widened)
		}
	}
	return own, missed, claims
}

// TestClaims: where errors depend on each other and nothing was done, the
// model's own interval claims an effect in most series of this kind; the verdict
// must not. The bound is 1 in 20 and three standard errors.
func TestClaims(t *testing.T) {
	if testing.Short() {
		t.Skip("left to `make test`")
	}
	const series = 30
	own, claims, all := 0, 0, 0
	for _, n := range []int{24, 60} {
		for _, rho := range []float64{0.3, 0.9} {
			a, _, c := trial(t, series, n, 200, rho, 0, 7)
			own, claims, all = own+a, claims+c, all+series
		}
	}
	if most := float64(all)*0.05 + 3*math.Sqrt(float64(all)*0.05*0.95); float64(claims) > most || own <= 2*claims {
		t.Errorf("%d of %d claim an effect, %d by the model's own interval", claims, all, own)
	}
}

// BenchmarkCalibration prints the table of docs/method/impact.md: a fifth of
// HEED_BENCH_SERIES (1000) series of each kind with a step of one, and as many
// without.
func BenchmarkCalibration(b *testing.B) {
	series := 200
	if n, err := strconv.Atoi(os.Getenv("HEED_BENCH_SERIES")); err == nil {
		series = max(1, n/5)
	}
	for range b.N {
		fmt.Println("\n| local level, times | | 0 | 0.1 | 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8 | 0.9 | all |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|")
		for _, n := range []int{24, 36, 72, 100} {
			lines := [3]string{"own interval covered", "widened covered", "claimed without effect"}
			var sums [3]int
			for i := range lines {
				lines[i] = fmt.Sprintf("| %d | %s |", n, lines[i])
			}
			for k := range 10 {
				own, missed, _ := trial(b, series, n, 500, float64(k)/10, 1, 11)
				_, _, claims := trial(b, series, n, 500, float64(k)/10, 0, 12)
				for i, hits := range []int{series - own, series - missed, claims} {
					sums[i] += hits
					lines[i] += fmt.Sprintf(" %.1f |", 100*float64(hits)/float64(series))
				}
			}
			for i := range lines {
				fmt.Printf("%s %.1f |\n", lines[i], 100*float64(sums[i])/float64(10*series))
			}
		}
	}
}

// TestFilter: the filter's last mean and variance are those of the normal
// distribution of the last level given all outcomes, computed whole.
func TestFilter(t *testing.T) {
	m := &model{y: []float64{0.5, -1, 0.3, 2, 1}, x: make([][]float64, 5), sigma: 0.7, step: 0.2, mean: make([]float64, 5), variance: make([]float64, 5)}
	m.filter()
	n := len(m.y)
	cov := mat.NewSymDense(n, nil)
	cross, dev := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		for j := range n {
			v := 1 + 0.2*float64(min(i, j))
			if i == j {
				v += 0.7
			}
			cov.SetSym(i, j, v)
		}
		cross.SetVec(i, 1+0.2*float64(i))
		dev.SetVec(i, m.y[i]-m.y[0])
	}
	var inv mat.Dense
	if err := inv.Inverse(cov); err != nil {
		t.Fatal(err)
	}
	mean := m.y[0] + mat.Inner(cross, &inv, dev)
	variance := 1 + 0.2*4 - mat.Inner(cross, &inv, cross)
	if math.Abs(m.mean[4]-mean) > 1e-12 || math.Abs(m.variance[4]-variance) > 1e-12 {
		t.Errorf("%v %v, whole %v %v", m.mean[4], m.variance[4], mean, variance)
	}
}

// TestSpikeAndSlab: of six controls the one that matters is found, the five
// others are mostly left out.
func TestSpikeAndSlab(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	q := Question{After: 80, Seed: 2, Draws: 600}
	for j := range 6 {
		q.Controls = append(q.Controls, causal.Control{Name: fmt.Sprint(j)})
	}
	for range 100 {
		for j := range q.Controls {
			q.Controls[j].Values = append(q.Controls[j].Values, r.NormFloat64())
		}
		q.Outcome = append(q.Outcome, 5+2*q.Controls[3].Values[len(q.Outcome)]+0.3*r.NormFloat64())
	}
	res, err := Estimate(q)
	if err != nil {
		t.Fatal(err)
	}
	for j, c := range res.Controls {
		if (j == 3) != (c.Probability > 0.9) {
			t.Errorf("control %d is in with %v", j, c.Probability)
		}
	}
	if res.Average.Excludes(0) || res.Verdict != causal.NotShown {
		t.Errorf("an effect where there is none: %+v %s", res.Average, res.Verdict)
	}
}

func TestRefused(t *testing.T) {
	y := []float64{1, 2, 1, 2, 1, 2, 3}
	for want, q := range map[string]Question{
		"at least three":  {Outcome: y, After: 2},
		"nothing to see":  {Outcome: y, After: 7},
		"50 draws":        {Outcome: y, After: 5, Draws: 50},
		"does not change": {Outcome: []float64{1, 1, 1, 1, 2}, After: 4},
		"x does not":      {Outcome: y, After: 5, Controls: []causal.Control{{Name: "x", Values: make([]float64, 7)}}},
		"x has 1 values":  {Outcome: y, After: 5, Controls: []causal.Control{{Name: "x", Values: make([]float64, 1)}}},
		"the step of":     {Outcome: y, After: 5, Steps: 2},
	} {
		if _, err := Estimate(q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
