package causal_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/heed-project/heed/causal"
	"gonum.org/v1/gonum/stat/distuv"
)

// halves is a series of counts before the start and from it on.
func halves(before, after []float64) causal.Series {
	s := causal.Series{Start: float64(len(before)), Family: causal.Poisson}
	for i, y := range append(append([]float64{}, before...), after...) {
		s.Time, s.Outcome = append(s.Time, float64(i)), append(s.Outcome, y)
	}
	return s
}

func repeat(n int, y ...float64) (out []float64) {
	for i := range n {
		out = append(out, y[i%len(y)])
	}
	return out
}

// TestOneSide: 30 counted before and none after on as many times, varying no
// more than a Poisson's, bound the ratio by 0.105: given the sum of 30, none on one
// of two equal sides comes once in twenty where that side's share is 1-0.05^(1/30).
func TestOneSide(t *testing.T) {
	r, err := causal.Interrupted(halves(repeat(15, 2, 1, 3), repeat(15, 0)))
	if err != nil {
		t.Fatal(err)
	}
	share := 1 - math.Pow(0.05, 1.0/30)
	if x := r.RateRatio; math.Abs(x.High-share/(1-share)) > 1e-9 || x.Low != 0 || !(x.Estimate > 0 && x.Estimate < x.High) {
		t.Errorf("%+v, want at most %v", x, share/(1-share))
	}
	if r.Verdict != causal.Consistent || r.Grade != causal.VeryLow || len(r.Diagnostics.Notes) == 0 {
		t.Errorf("%+v", r.Judgment)
	}
	back, err := causal.Interrupted(halves(repeat(15, 0), repeat(15, 2, 1, 3)))
	if err != nil {
		t.Fatal(err)
	}
	if x := back.RateRatio; math.Abs(x.Low*r.RateRatio.High-1) > 1e-9 || math.Abs(x.Estimate*r.RateRatio.Estimate-1) > 1e-9 || x.High < 0.99*causal.Unbounded {
		t.Errorf("turned round: %+v", x)
	}
	for _, result := range []*causal.Result{r, back} {
		if _, err := json.Marshal(map[string]any{"a": result.Diagnostics, "b": result.RateRatio, "c": result.Effect, "d": result.Counterfactual()}); err != nil {
			t.Error(err)
		}
	}
	if p := r.Counterfactual()[20]; p.Expected.Estimate != 2 || p.Expected.Low >= 2 || p.Expected.High <= 2 {
		t.Errorf("expected %+v", p.Expected)
	}
}

// TestOneSideInWaves: the same sum in waves says less, and in one wave nothing.
func TestOneSideInWaves(t *testing.T) {
	even, _ := causal.Interrupted(halves(repeat(16, 4), repeat(8, 0)))
	waves, err := causal.Interrupted(halves(repeat(16, 10, 4, 1, 0, 0, 0, 3, 14), repeat(8, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if waves.RateRatio.High < 2*even.RateRatio.High {
		t.Errorf("waves %v, even %v", waves.RateRatio.High, even.RateRatio.High)
	}
	one, err := causal.Interrupted(halves(append(repeat(15, 0), 64), repeat(16, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if one.Verdict == causal.Consistent || one.Verdict == causal.Supported {
		t.Errorf("one wave: %+v %+v", one.Judgment, one.RateRatio)
	}
	few, err := causal.Interrupted(halves(repeat(9, 1), repeat(9, 0)))
	if err != nil || few.Verdict != causal.TooLittle {
		t.Errorf("nine counted: %+v %v", few, err)
	}
}

// TestOneSideClaims: rare counts in waves, without a measure, are seldom all on
// one side and then seldom called a change.
func TestOneSideClaims(t *testing.T) {
	r, claims, all := rand.New(rand.NewPCG(9, 9)), 0, 0
	for range 400 {
		for _, mean := range []float64{0.1, 0.4} {
			s, e := causal.Series{Start: 20, Family: causal.Poisson, Errors: causal.Recommended}, r.NormFloat64()
			sum := [2]float64{}
			for i := range 40 {
				e = 0.8*e + 0.6*r.NormFloat64()
				y := distuv.Poisson{Lambda: mean * math.Exp(1.2*e), Src: r}.Rand()
				s.Time, s.Outcome = append(s.Time, float64(i)), append(s.Outcome, y)
				sum[i/20] += y
			}
			if all++; (sum[0] == 0) == (sum[1] == 0) {
				continue
			}
			if x, err := causal.Interrupted(s); err != nil || x.Verdict == causal.Consistent {
				claims++
			}
		}
	}
	if claims*20 > all {
		t.Errorf("%d of %d", claims, all)
	}
	t.Logf("%d of %d", claims, all)
}
