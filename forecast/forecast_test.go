package forecast_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/heed-project/heed/forecast"
	"pgregory.net/rapid"
)

func TestMonth(t *testing.T) {
	for m, want := range map[forecast.Month]string{1: "1980-01", 12: "1980-12", 457: "2018-01", 528: "2023-12", 0: "1979-12"} {
		if got := m.String(); got != want || forecast.MonthOf(m.Year(), m.InYear()) != m {
			t.Errorf("%d is %s, want %s", m, got, want)
		}
	}
	for s, want := range map[string]forecast.Month{"2018-01": 457, " 457": 457, "2018-13": 0, "18-01": 0, "x": 0, "": 0, "-1": 0} {
		if got, err := forecast.ParseMonth(s); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %d, %v, want %d", s, got, err, want)
		}
	}
}

func FuzzParseMonth(f *testing.F) {
	f.Add("2018-01")
	f.Add("457")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := forecast.ParseMonth(s)
		if err == nil && forecast.MonthOf(m.Year(), m.InYear()) != m {
			t.Fatalf("%q is %d", s, m)
		}
	})
}

// CRPS equals its definition by pairs; the score of the truth is zero.
func TestCRPS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draws := rapid.SliceOfN(rapid.Float64Range(0, 1000), 1, 20).Draw(t, "draws")
		y := rapid.Float64Range(0, 1000).Draw(t, "observed")
		slices.Sort(draws)
		n := float64(len(draws))
		var far, pairs float64
		for _, a := range draws {
			far += math.Abs(a-y) / n
			for _, b := range draws {
				pairs += math.Abs(a-b) / (n * n)
			}
		}
		if got := forecast.CRPS(draws, y); math.Abs(got-(far-pairs/2)) > 1e-9 || got < -1e-9 {
			t.Fatalf("CRPS is %v, by pairs %v", got, far-pairs/2)
		}
		if got := forecast.CRPS([]float64{y}, y); got != 0 {
			t.Fatalf("the truth scores %v", got)
		}
	})
}

// numpy: quantile([0, 1, 5, 10], [.05, .95]) is .15, 9.25.
func TestInterval(t *testing.T) {
	draws := []float64{0, 1, 5, 10}
	for y, want := range map[float64]float64{5: 9.1, 0: 9.1 + 20*0.15, 12: 9.1 + 20*2.75} {
		if got := forecast.Interval(draws, y, forecast.Level); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v scores %v, want %v", y, got, want)
		}
	}
}

func TestIgnorance(t *testing.T) {
	thousand := make([]float64, 1000)
	for i := range 250 {
		thousand[i] = 3
	}
	for y, want := range map[float64]float64{0: 751.0 / 1011, 4: 251.0 / 1011, 2.5: 251.0 / 1011, 6: 1.0 / 1011, 1e9: 1.0 / 1011} {
		if got := forecast.Ignorance(thousand, y); math.Abs(got+math.Log2(want)) > 1e-12 {
			t.Errorf("%v scores %v, want %v", y, got, -math.Log2(want))
		}
	}
}

// What is missing on either side is counted; what is no count is refused.
func TestJudgeGaps(t *testing.T) {
	f := forecast.Forecast{{Month: 1, Area: 1}: {0, 2}, {Month: 2, Area: 1}: {1, 1}}
	a := forecast.Actuals{{Month: 1, Area: 1}: 1, {Month: 1, Area: 2}: 0}
	s, gaps, err := forecast.Judge(f, a)
	if err != nil || len(s) != 1 || gaps != (forecast.Gaps{NotForecast: 1, NotObserved: 1}) {
		t.Fatal(s, gaps, err)
	}
	if _, _, err := forecast.Judge(f, forecast.Actuals{{Month: 9, Area: 9}: 1}); err == nil {
		t.Error("files that share no cell were scored")
	}
	if _, _, err := forecast.Judge(forecast.Forecast{{Month: 1, Area: 1}: {math.NaN()}}, a); err == nil {
		t.Error("a draw that is no number was scored")
	}
}

func panel(t testing.TB) *forecast.Panel {
	a := forecast.Actuals{}
	rng := rand.New(rand.NewPCG(1, 2))
	for area := 1; area <= 4; area++ {
		for m := forecast.Month(1); m <= 60; m++ {
			if area == 3 && m < 50 || area == 4 && m > 20 {
				continue
			}
			a[forecast.Cell{Month: m, Area: area}] = forecast.Poisson(rng, float64(20*(area-1)))
		}
	}
	p, err := forecast.NewPanel(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// An area that has ended is not forecast; one that began lately is.
// TestHoles counts the months that an area lacks between its first and its last.
func TestHoles(t *testing.T) {
	p, err := forecast.NewPanel(forecast.Actuals{{Month: 1, Area: 1}: 0, {Month: 4, Area: 1}: 2, {Month: 6, Area: 1}: 1, {Month: 2, Area: 2}: 0, {Month: 3, Area: 2}: 0, {Month: 9, Area: 3}: 1})
	if err != nil {
		t.Fatal(err)
	}
	if months, areas := p.Holes(); months != 3 || areas != 1 {
		t.Errorf("%d months of %d areas, want 3 of 1", months, areas)
	}
}

func TestBaselines(t *testing.T) {
	p := panel(t)
	if got := p.Living(54); !slices.Equal(got, []int{1, 2, 3}) {
		t.Fatalf("living: %v", got)
	}
	actuals := p.Between(55, 60)
	for _, b := range forecast.Baselines() {
		f, err := b.Make(p, 54, 55, 60, 200, 7)
		if err != nil || len(f) != 18 {
			t.Fatalf("%s: %d cells, %v", b, len(f), err)
		}
		again, _ := b.Make(p, 54, 55, 60, 200, 7)
		if fmt.Sprint(f) != fmt.Sprint(again) {
			t.Errorf("%s is not the same twice", b)
		}
		if _, gaps, err := forecast.Judge(f, actuals); err != nil || gaps != (forecast.Gaps{}) {
			t.Errorf("%s: %v, %v", b, gaps, err)
		}
	}
	f, _ := forecast.Conflictology.Make(p, 54, 57, 57, 1, 0)
	if got, want := f[forecast.Cell{Month: 57, Area: 2}], p.Until(2, 54)[42:]; !slices.Equal(got, want) {
		t.Errorf("conflictology is %v, want %v", got, want)
	}
	if _, err := forecast.Baseline("best").Make(p, 54, 55, 55, 1, 0); err == nil {
		t.Error("an unknown baseline was made")
	}
}

// Poisson draws have the mean and the variance of Poisson.
func TestPoisson(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, mean := range []float64{0, 0.5, 12, 31, 4000} {
		var sum, square float64
		const n = 20000
		for range n {
			x := forecast.Poisson(rng, mean)
			sum += x
			square += (x - mean) * (x - mean)
		}
		if math.Abs(sum/n-mean) > 5*math.Sqrt(mean/n) || math.Abs(square/n-mean) > 0.06*mean {
			t.Errorf("mean %v: drawn %v with variance %v", mean, sum/n, square/n)
		}
	}
}

// A forecast that is right is found calibrated, one that is too narrow is not.
func TestCalibration(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	right, narrow, a := forecast.Forecast{}, forecast.Forecast{}, forecast.Actuals{}
	for i := range 2000 {
		c := forecast.Cell{Month: forecast.Month(i + 1), Area: 1}
		mean := 60 * rng.Float64()
		a[c] = forecast.Poisson(rng, mean)
		for range 200 {
			right[c] = append(right[c], forecast.Poisson(rng, mean))
		}
		narrow[c] = []float64{math.Round(mean)}
	}
	if c := forecast.Coverage(right, a, 0.9); c < 0.88 || c > 0.95 {
		t.Errorf("90 %% intervals hold %v", c)
	}
	if c := forecast.Coverage(narrow, a, 0.9); c > 0.3 {
		t.Errorf("a point holds %v", c)
	}
	for _, n := range forecast.Histogram(forecast.PIT(right, a, 1), 10) {
		if n < 150 || n > 250 {
			t.Errorf("PIT bin with %d of 200", n)
		}
	}
	total := 0
	for _, r := range forecast.Reliability(right, a, 25, 10) {
		total += r.N
		if r.N > 100 && math.Abs(r.Said-r.Happened) > 0.12 {
			t.Errorf("said %v, happened %v", r.Said, r.Happened)
		}
	}
	if total != 2000 {
		t.Errorf("%d cells in the diagram", total)
	}
}

// Onsets keeps calm areas only; Rank puts the area that gained most first.
func TestOnsetsAndRank(t *testing.T) {
	p := panel(t)
	calm := forecast.Onsets(p, p.Between(55, 60), 54, 12, 5)
	for c := range calm {
		if c.Area != 1 {
			t.Errorf("%v is not calm", c)
		}
	}
	if len(calm) != 6 {
		t.Errorf("%d calm cells", len(calm))
	}
	last, _ := forecast.LastPoisson.Make(p, 54, 55, 60, 100, 1)
	zero, _ := forecast.Zero.Make(p, 54, 55, 60, 100, 1)
	mine, _, _ := forecast.Judge(last, p.Between(55, 60))
	rival, _, _ := forecast.Judge(zero, p.Between(55, 60))
	ranked := forecast.Rank(mine, rival)
	if len(ranked) != 3 || ranked[2].Area != 1 || ranked[0].Gained < ranked[1].Gained || ranked[0].Gained < 0.5 {
		t.Errorf("ranked: %+v", ranked)
	}
}

func TestAUC(t *testing.T) {
	if got := forecast.AUC([]float64{1, 2, 2, 3}, []bool{false, false, true, true}); got != 0.875 {
		t.Errorf("AUC is %v, want 0.875", got)
	}
	if got := forecast.AUC([]float64{1, 2}, []bool{false, false}); !math.IsNaN(got) {
		t.Errorf("AUC without events is %v", got)
	}
}

func ExampleJudge() {
	f := forecast.Forecast{{Month: 457, Area: 9}: {2, 4}}
	a := forecast.Actuals{{Month: 457, Area: 9}: 4}
	scores, gaps, _ := forecast.Judge(f, a)
	fmt.Printf("CRPS %.2f, %d without a forecast\n", forecast.Means(scores).CRPS, gaps.NotForecast)
	// Output: CRPS 0.50, 0 without a forecast
}
