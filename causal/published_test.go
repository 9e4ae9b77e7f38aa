package causal_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/internal/testkit"
)

func table(t *testing.T, file string) *frame.Table {
	t.Helper()
	f, err := os.Open(testkit.Shared(t, "impact/"+file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := frame.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func floats(t *testing.T, table *frame.Table, column string) []float64 {
	t.Helper()
	x, err := table.Floats(column)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.9g, published %.9g", what, got, want)
	}
}

// sicily is the evaluation of the smoking ban of January 2005 (Lopez Bernal,
// Cummins and Gasparrini 2017), with the figures of their R code.
func sicily(t *testing.T) causal.Series {
	data := table(t, "sicily.csv")
	return causal.Series{Time: floats(t, data, "time"), Outcome: floats(t, data, "aces"), Offset: floats(t, data, "stdpop"), Start: 37}
}

func TestSicily(t *testing.T) {
	s := sicily(t)
	s.Family = causal.Poisson
	r, err := causal.Interrupted(s)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "rate ratio", r.RateRatio.Estimate, 0.894377, 5e-7)
	near(t, "low", r.RateRatio.Low, 0.864686, 5e-7)
	near(t, "high", r.RateRatio.High, 0.925086, 5e-7)
	near(t, "dispersion", r.Dispersion, 3.559195, 5e-7)
	s.Family, s.Harmonics, s.Period = causal.QuasiPoisson, 2, 12
	if r, err = causal.Interrupted(s); err != nil {
		t.Fatal(err)
	}
	near(t, "seasonal rate ratio", r.RateRatio.Estimate, 0.885072, 5e-7)
	near(t, "seasonal low", r.RateRatio.Low, 0.839401, 5e-7)
	near(t, "seasonal high", r.RateRatio.High, 0.933227, 5e-7)
	if r.Verdict != causal.Consistent && r.Verdict != causal.NotShown {
		t.Errorf("a single series earns %q", r.Verdict)
	}
}

// TestCalifornia is Proposition 99 as a single series (Linden 2015, figures of
// Stata's itsa, newey and prais).
func TestCalifornia(t *testing.T) {
	data, err := table(t, "smoking.csv").Where("state", "California")
	if err != nil {
		t.Fatal(err)
	}
	clock, err := data.Clock("year")
	if err != nil {
		t.Fatal(err)
	}
	start, err := clock.Position("1989")
	if err != nil {
		t.Fatal(err)
	}
	s := causal.Series{Time: clock.At, Label: clock.Label, Outcome: floats(t, data, "cigsale"), Start: start, Trend: true, Errors: causal.NeweyWest, Lag: 1}
	r, err := causal.Interrupted(s)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "level", r.Coefficient("level").Estimate, -20.0581, 5e-5)
	near(t, "its error", r.Coefficient("level").SE, 4.724395, 5e-6)
	near(t, "trend", r.Coefficient("trend").Estimate, -1.494652, 5e-7)
	near(t, "its error", r.Coefficient("trend").SE, 0.436820, 5e-7)
	s.Errors = causal.PraisWinsten
	if r, err = causal.Interrupted(s); err != nil {
		t.Fatal(err)
	}
	near(t, "rho", r.Rho, 0.944, 5e-4)
	near(t, "level with Prais-Winsten", r.Coefficient("level").Estimate, -6.08, 5e-3)
	t.Logf("recommended: %+v rho %.3f, %s", r.Recommended.Effect, r.Recommended.Rho, r.Verdict)
}

// TestVenezuela: the headline that killings fell by 53 % from 2020 to 2021 is
// not to be over-claimed. As independent events the fall looks beyond doubt;
// the recommended method on the half-years says that it is too little to say,
// and on the years alone there is nothing to fit (docs/method/impact.md).
func TestVenezuela(t *testing.T) {
	data := table(t, "venezuela_lupa_por_la_vida.csv")
	counts := map[string]float64{}
	for i := range data.Len() {
		var n float64
		if _, err := fmt.Sscan(data.Cell(i, "presumed_extrajudicial_executions"), &n); err != nil {
			t.Fatal(err)
		}
		counts[data.Cell(i, "period_start")+" "+data.Cell(i, "period_end")] = n
	}
	year := causal.Series{Time: []float64{2020, 2021}, Start: 2021, Family: causal.Poisson,
		Outcome: []float64{counts["2020-01-01 2020-12-31"], counts["2021-01-01 2021-12-31"]}}
	near(t, "the headline", year.Outcome[1]/year.Outcome[0]-1, -0.534, 5e-4)
	if _, err := causal.Interrupted(year); err == nil || !strings.Contains(err.Error(), "too little to say") {
		t.Errorf("two years: %v", err)
	}
	half := causal.Series{Time: []float64{0, 1, 2, 3}, Start: 2, Family: causal.QuasiPoisson,
		Outcome: []float64{counts["2020-01-01 2020-06-30"], counts["2020-07-01 2020-12-31"], counts["2021-01-01 2021-06-30"], counts["2021-07-01 2021-12-31"]}}
	r, err := causal.Interrupted(half)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio", r.Recommended.RateRatio.Estimate, 0.67, 5e-3)
	if r.Verdict != causal.TooLittle || r.Grade != causal.VeryLow || r.Recommended.RateRatio.Low > 0.1 || r.Recommended.RateRatio.High < 10 {
		t.Errorf("%s (%s), %+v", r.Verdict, r.Grade, r.Recommended.RateRatio)
	}
	if r.Dispersion < 10 || r.Dispersion > 12 {
		t.Errorf("the counts vary %v times as much as a Poisson's", r.Dispersion)
	}
}
