package counts_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/counts"
	"github.com/heed-project/heed/forecast/views"
	"github.com/heed-project/heed/internal/testkit"
)

var small = counts.Settings{Trees: 20, Seed: 1}

// world is a panel of calm, simmering and violent areas; one begins late, one
// ends, one has gaps.
func world(t testing.TB, months forecast.Month) *forecast.Panel {
	rng := rand.New(rand.NewPCG(1, 2))
	a := forecast.Actuals{}
	for area := 1; area <= 30; area++ {
		mean := math.Pow(10, float64(area%6-2))
		for m := forecast.Month(121); m < 121+months; m++ {
			switch {
			case area == 30 && m < 121+months-10, area == 29 && m > 150, area == 28 && m%7 == 0:
				continue
			}
			a[forecast.Cell{Month: m, Area: area}] = forecast.Poisson(rng, mean*math.Exp(rng.NormFloat64()))
		}
	}
	p, err := forecast.NewPanel(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func made(t testing.TB, p *forecast.Panel, trainTo, from, to forecast.Month, s counts.Settings) forecast.Forecast {
	t.Helper()
	m, err := counts.Fit(p, trainTo, from, to, s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Forecast(from, to, counts.Draws)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What happens after the month to train to has no part in a forecast; the seed
// has.
func TestNothingFromTheFuture(t *testing.T) {
	p := world(t, 200)
	last := p.Last - 14
	f := made(t, p, last, last+3, last+14, small)
	known := p.Between(p.First, last)
	for c := range p.Between(last+1, p.Last) {
		known[c] = 77777
	}
	changed, err := forecast.NewPanel(known)
	if err != nil {
		t.Fatal(err)
	}
	if g := made(t, changed, last, last+3, last+14, small); fmt.Sprint(f) != fmt.Sprint(g) {
		t.Error("the future changes the forecast")
	}
	if g := made(t, p, last, last+3, last+14, counts.Settings{Trees: 20, Seed: 2}); fmt.Sprint(f) == fmt.Sprint(g) {
		t.Error("the seed changes nothing")
	}
}

// Every area that is there is forecast, with whole counts, in the order of
// size of what it is used to; an area without a past too.
func TestAreas(t *testing.T) {
	p := world(t, 200)
	f := made(t, p, p.Last, p.Last+1, p.Last+36, small)
	if len(f) != 29*36 {
		t.Fatalf("%d cells", len(f))
	}
	for c, draws := range f {
		if c.Area == 29 {
			t.Error("an area that ended is forecast")
		}
		for _, x := range draws {
			if x < 0 || x != math.Trunc(x) {
				t.Fatalf("%v: %v is no count", c, x)
			}
		}
	}
	median := func(area int) float64 {
		return forecast.Quantile(slices.Sorted(slices.Values(f[forecast.Cell{Month: p.Last + 6, Area: area}])), 0.5)
	}
	if a, b, c := median(6), median(3), median(5); !(a <= b && b < c) || c < 200 || c > 2500 {
		t.Errorf("medians %v, %v, %v", a, b, c)
	}
}

// What moves a violent area's forecast is what happened in it; nothing moves a calm
// one's.
func TestDrivers(t *testing.T) {
	p := world(t, 200)
	m, err := counts.Fit(p, p.Last, p.Last+1, p.Last+6, small)
	if err != nil {
		t.Fatal(err)
	}
	violent, calm := m.Drivers(5), m.Drivers(6)
	if len(violent) != 4 || violent[0].Moves <= 0.1 || len(calm) != 4 || math.Abs(calm[0].Moves) >= violent[0].Moves {
		t.Errorf("%+v and %+v", violent, calm)
	}
	if m.Drivers(77) != nil {
		t.Error("an area that is not there has drivers")
	}
}

// A panel that ends before the month to train to is forecast from its end.
func TestShortPanel(t *testing.T) {
	p := world(t, 200)
	m, err := counts.Fit(p, p.Last+2, p.Last+3, p.Last+4, small)
	if err != nil || m.Shift != 2 {
		t.Fatal(m, err)
	}
}

func TestRefused(t *testing.T) {
	p := world(t, 60)
	for name, months := range map[string][3]forecast.Month{
		"the past":          {p.Last, p.Last, p.Last + 3},
		"backwards":         {p.Last, p.Last + 3, p.Last + 2},
		"too far":           {p.Last, p.Last + 3, p.Last + 90},
		"too short a panel": {p.First + 20, p.First + 23, p.First + 34},
		"before the panel":  {p.First - 5, p.First, p.First + 3},
	} {
		if _, err := counts.Fit(p, months[0], months[1], months[2], small); err == nil {
			t.Errorf("%s was fitted", name)
		}
	}
	m, _ := counts.Fit(p, p.Last, p.Last+1, p.Last+3, small)
	if _, err := m.Forecast(p.Last+1, p.Last+4, 10); err == nil {
		t.Error("months that were not fitted were forecast")
	}
}

// countries is the panel of state-based violence by country, 1990 to 2021.
func countries(t testing.TB) *forecast.Panel {
	data, err := os.ReadFile(testkit.Shared(t, "warning/views_cm/cm_ged_sb_panel_1990_2021.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := views.ParseActuals(data, "ged_sb")
	if err != nil {
		t.Fatal(err)
	}
	p, err := forecast.NewPanel(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// BenchmarkSettings scores each size of leaf on the windows by which it was
// chosen: see docs/method/forecast.md.
func BenchmarkSettings(b *testing.B) {
	p := countries(b)
	for _, leaf := range []int{10, 20, 40, 80} {
		b.Run(fmt.Sprintf("leaf=%d", leaf), func(b *testing.B) {
			for b.Loop() {
				var sum forecast.Score
				for year := 2012; year <= 2017; year++ {
					trainTo, from, to := forecast.MonthOf(year-1, 10), forecast.MonthOf(year, 1), forecast.MonthOf(year, 12)
					scores, _, err := forecast.Judge(made(b, p, trainTo, from, to, counts.Settings{MinLeaf: leaf, Seed: 1}), p.Between(from, to))
					if err != nil {
						b.Fatal(err)
					}
					m := forecast.Means(scores)
					sum.CRPS, sum.IGN = sum.CRPS+m.CRPS/6, sum.IGN+m.IGN/6
				}
				b.ReportMetric(sum.CRPS, "CRPS")
				b.ReportMetric(sum.IGN, "IGN")
			}
		})
	}
}

// In each window the model is better than the four baselines on CRPS and IGN.
// One window here; all of them are in docs/method/forecast.md.
func TestBeatsBaselines(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a whole window")
	}
	p := countries(t)
	trainTo, from, to := forecast.MonthOf(2017, 10), forecast.MonthOf(2018, 1), forecast.MonthOf(2018, 12)
	actuals := p.Between(from, to)
	scores, _, err := forecast.Judge(made(t, p, trainTo, from, to, counts.Settings{Trees: 60, Seed: 1}), actuals)
	if err != nil {
		t.Fatal(err)
	}
	own := forecast.Means(scores)
	for _, b := range forecast.Baselines() {
		f, err := b.Make(p, trainTo, from, to, counts.Draws, 1)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := forecast.Judge(f, actuals)
		if err != nil {
			t.Fatal(err)
		}
		if m := forecast.Means(s); own.CRPS >= m.CRPS || own.IGN >= m.IGN {
			t.Errorf("%s scores %+v, the model %+v", b, m, own)
		}
	}
}

func Example() {
	rng := rand.New(rand.NewPCG(1, 1))
	seen := forecast.Actuals{}
	for m := forecast.Month(1); m <= 120; m++ {
		seen[forecast.Cell{Month: m, Area: 7}] = forecast.Poisson(rng, 40)
		seen[forecast.Cell{Month: m, Area: 8}] = 0
	}
	p, _ := forecast.NewPanel(seen)
	m, _ := counts.Fit(p, 120, 123, 125, counts.Settings{Trees: 20, Seed: 1})
	f, _ := m.Forecast(123, 125, counts.Draws)
	violent, calm := f[forecast.Cell{Month: 124, Area: 7}], f[forecast.Cell{Month: 124, Area: 8}]
	fmt.Println(forecast.Exceeds(violent, 25) > 0.9, forecast.Exceeds(calm, 25) < 0.1)
	// Output: true true
}
