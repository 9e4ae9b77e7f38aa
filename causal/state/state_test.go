package state

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
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

// TestClaims: where errors depend on each other and nothing was done, the
// model's own interval claims an effect in most series of this kind; the verdict
// must not. The bound is 1 in 20 and three standard errors.
func TestClaims(t *testing.T) {
	const series = 60
	own, claims := 0, 0
	for _, rho := range []float64{0.6, 0.9} {
		r := rand.New(rand.NewPCG(7, uint64(rho*10)))
		for range series / 2 {
			q, e := Question{After: 40, Draws: 200, Seed: 1}, r.NormFloat64()
			for range 60 {
				e = rho*e + math.Sqrt(1-rho*rho)*r.NormFloat64()
				q.Outcome = append(q.Outcome, e)
			}
			x, err := Estimate(q)
			if err != nil {
				t.Fatal(err)
			}
			if x.Average.Excludes(0) {
				own++
			}
			if x.Verdict == causal.Consistent {
				claims++
			}
			if x.Widened.Low > x.Average.Low || x.Widened.High < x.Average.High {
				t.Errorf("%+v was narrowed to %+v", x.Average, x.Widened)
			}
		}
	}
	if most := series * (0.05 + 3*math.Sqrt(0.05*0.95/series)); float64(claims) > most || own <= claims {
		t.Errorf("%d of %d claim an effect, %d by the model's own interval", claims, series, own)
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
