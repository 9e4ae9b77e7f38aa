package causal_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal"
)

func ExampleInterrupted() {
	s := causal.Series{Start: 12, Family: causal.QuasiPoisson}
	for i, y := range []float64{31, 27, 30, 35, 28, 33, 29, 32, 30, 34, 28, 31, 21, 19, 22, 18, 23, 20, 19, 21, 24, 18, 20, 22} {
		s.Time, s.Outcome = append(s.Time, float64(i)), append(s.Outcome, y)
	}
	r, _ := causal.Interrupted(s)
	fmt.Printf("%.2f times as many, %s\n", r.Recommended.RateRatio.Estimate, r.Verdict)
	s.Start = 30
	_, err := causal.Interrupted(s)
	fmt.Println(err)
	// Output:
	// 0.65 times as many, consistent with, not identified
	// no time is at or after the start: there is nothing to see an effect in
}

// TestJudge holds every branch of the rule.
func TestJudge(t *testing.T) {
	clear := causal.Interval{Estimate: -2, Low: -3, High: -1}
	wide := causal.Interval{Estimate: -2, Low: -5, High: 1}
	good := &causal.Comparison{Donors: 38, PlaceboP: 1.0 / 39, Fit: 0.1}
	for _, c := range []struct {
		e    causal.Evidence
		want causal.Verdict
	}{
		{causal.Evidence{Before: 7, After: 20, Effect: clear}, causal.TooLittle},
		{causal.Evidence{Before: 20, After: 2, Effect: clear}, causal.TooLittle},
		{causal.Evidence{Before: 8, After: 3, Coefficients: 7, Effect: clear}, causal.TooLittle},
		{causal.Evidence{Before: 20, After: 20, Effect: wide}, causal.NotShown},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, Fragile: true}, causal.OnePoint},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, PriorBreak: true}, causal.UnderWay},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, PreTrend: true, Comparison: good}, causal.UnderWay},
		{causal.Evidence{Before: 20, After: 20, Effect: clear}, causal.Consistent},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, Comparison: good}, causal.Supported},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, Comparison: &causal.Comparison{Donors: 38, PlaceboP: 0.2}}, causal.NotShown},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, Comparison: &causal.Comparison{Donors: 38, PlaceboP: 0.02, Fit: 0.5}}, causal.Consistent},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, Comparison: &causal.Comparison{Donors: 8, PlaceboP: 1.0 / 9}}, causal.Consistent},
		{causal.Evidence{Before: 20, After: 20, Effect: wide, Comparison: &causal.Comparison{Donors: 38, PlaceboP: math.NaN()}}, causal.NotShown},
		{causal.Evidence{Before: 20, After: 20, Effect: wide, Comparison: &causal.Comparison{Donors: 8, PlaceboP: 1.0 / 9}}, causal.NotShown},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, Counts: true, Counted: 9}, causal.TooLittle},
		{causal.Evidence{Before: 20, After: 20, Effect: clear, Counts: true, Counted: 10}, causal.Consistent},
	} {
		if got := causal.Judge(c.e); got.Verdict != c.want {
			t.Errorf("%+v: %s, want %s", c.e, got.Verdict, c.want)
		}
	}
	if n := len(causal.Verdicts()); n != 6 {
		t.Errorf("%d verdicts", n)
	}
	if len(causal.Rivals(true)) != len(causal.Rivals(false))+2 {
		t.Error("a comparison has rivals of its own")
	}
}

func base() causal.Series {
	s := causal.Series{Start: 10}
	for i := range 20 {
		s.Time, s.Outcome = append(s.Time, float64(i)), append(s.Outcome, float64(20+i%3))
	}
	return s
}

func TestSeriesRefused(t *testing.T) {
	for want, change := range map[string]func(*causal.Series){
		"nothing to see":        func(s *causal.Series) { s.Start = 99 },
		"no time is before":     func(s *causal.Series) { s.Start = 0 },
		"twice or out of order": func(s *causal.Series) { s.Time[3] = 2 },
		"no family":             func(s *causal.Series) { s.Family = "binomial" },
		"no errors":             func(s *causal.Series) { s.Errors = "hac" },
		"needs the gaussian":    func(s *causal.Series) { s.Family, s.Errors = causal.Poisson, causal.PraisWinsten },
		"needs a family":        func(s *causal.Series) { s.Offset = make([]float64, 20) },
		"must be above zero":    func(s *causal.Series) { s.Family, s.Offset = causal.Poisson, make([]float64, 20) },
		"a count is not below":  func(s *causal.Series) { s.Family, s.Outcome[4] = causal.Poisson, -1 },
		"a period above zero":   func(s *causal.Series) { s.Harmonics = 2 },
		"a period needs":        func(s *causal.Series) { s.Period = 12 },
		"there are at most 3":   func(s *causal.Series) { s.Harmonics, s.Period = 4, 7 },
		"the measure itself":    func(s *causal.Series) { copy(s.Outcome, append(make([]float64, 10), 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)) },
		"the time itself":       func(s *causal.Series) { copy(s.Outcome, s.Time) },
		"is the outcome itself": func(s *causal.Series) { s.Controls = []causal.Control{{Name: "c", Values: s.Outcome}} },
		"level of its own":      func(s *causal.Series) { s.Controls = []causal.Control{{Name: "level", Values: make([]float64, 20)}} },
		"values of the control": func(s *causal.Series) { s.Controls = []causal.Control{{Name: "c"}} },
		"at time 4 the control": func(s *causal.Series) {
			s.Controls = []causal.Control{{Name: "c", Values: []float64{4: math.Inf(1), 19: 0}}}
		},
		"give counts and not shares": func(s *causal.Series) {
			s.Family = causal.Poisson
			for i := range s.Outcome {
				s.Outcome[i] /= 1e9
			}
		},
		"too large for a count": func(s *causal.Series) { s.Family, s.Outcome[3] = causal.Poisson, 1e17 },
		"nothing to compare": func(s *causal.Series) {
			s.Family = causal.Poisson
			clear(s.Outcome)
		},
		"20 times, 19 outcomes": func(s *causal.Series) { s.Outcome = s.Outcome[:19] },
		"even steps":            func(s *causal.Series) { s.Time[19], s.Errors = 25, causal.PraisWinsten },
		"is not determined":     func(s *causal.Series) { s.Controls = []causal.Control{{Name: "c", Values: make([]float64, 20)}} },
		"too large": func(s *causal.Series) {
			for i := range s.Outcome {
				s.Outcome[i] = 1e308
			}
		},
		"the lag is 20, must be": func(s *causal.Series) { s.Errors, s.Lag = causal.NeweyWest, 20 },
	} {
		s := base()
		change(&s)
		if _, err := causal.Interrupted(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestEmptySide: where nothing was counted on one side, the ratio has the exact
// bound given the sum: with 30 before and none after, as many times on either
// side, a ratio r leaves the after side empty with probability (1+r)^-30, which
// is 1 in 20 at 0.105.
func TestEmptySide(t *testing.T) {
	s := base()
	s.Family = causal.Poisson
	for i := range s.Outcome {
		if s.Outcome[i] = 3; i >= 10 {
			s.Outcome[i] = 0
		}
	}
	if r, err := causal.Interrupted(s); err != nil || math.Abs(r.RateRatio.High-0.105) > 1e-3 {
		t.Error(r, err)
	}
	slices.Reverse(s.Outcome)
	s.Offset = slices.Repeat([]float64{2}, 20)
	for i := range 10 {
		s.Offset[i] = 1 // half as long: the ratio of rates is half
	}
	if r, err := causal.Interrupted(s); err != nil || math.Abs(r.RateRatio.Low-4.76) > 0.01 {
		t.Error(r, err)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{"": "auto 0", "ols": "ols 0", "newey-west:3": "newey-west 3", "auto": "auto 0", "prais-winsten": "prais-winsten 0"} {
		kind, lag, err := causal.ParseErrors(text)
		if got := fmt.Sprint(kind, " ", lag); err != nil || got != want {
			t.Errorf("%q: %s %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"hac", "newey-west", "newey-west:", "newey-west:-1", "newey-west:x", "ols:1", "auto:", "OLS"} {
		if _, _, err := causal.ParseErrors(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// TestWeaknesses: what is weak is said.
func TestWeaknesses(t *testing.T) {
	s := base()
	s.Outcome[15] = 90 // one point
	r, err := causal.Interrupted(s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Diagnostics.Cook.Time != "15" || r.Diagnostics.WithoutCook.Excludes(0) || r.Verdict == causal.Consistent {
		t.Errorf("%+v %s", r.Diagnostics, r.Verdict)
	}
	s = base()
	for i := range s.Outcome {
		if s.Outcome[i] = 3 * float64(i); i >= 10 {
			s.Outcome[i] += 7
		}
	}
	if r, err = causal.Interrupted(s); err != nil || math.Abs(r.Coefficient("level").Estimate-7) > 1e-9 || !strings.Contains(fmt.Sprint(r.Diagnostics.Notes), "without any error") {
		t.Errorf("a series without any error: %+v %v", r, err)
	}
	s = base()
	s.Time[19], s.Harmonics, s.Period = 21, 1, 2 // a gap, and a sine that is zero at whole times
	if r, err = causal.Interrupted(s); err != nil || r.Diagnostics.Gaps != 2 || r.Coefficient("sin1") != nil || r.Coefficient("cos1") == nil {
		t.Errorf("%+v %v", r, err)
	}
	points := r.Counterfactual()
	if len(points) != 20 || points[9].After || !points[10].After || points[12].Label != "12" {
		t.Errorf("%+v", points[9:12])
	}
}

func FuzzParseErrors(f *testing.F) {
	for _, text := range []string{"", "ols", "newey-west:3", "newey-west:99999999999999999999", "auto:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kind, lag, err := causal.ParseErrors(text)
		if err == nil && (lag < 0 || lag > 0 && kind != causal.NeweyWest || !slices.Contains([]causal.Errors{causal.Plain, causal.NeweyWest, causal.PraisWinsten, causal.Recommended}, kind)) {
			t.Errorf("%q is taken as %s %d", text, kind, lag)
		}
	})
}

// TestDecimalYears: a season of years that are written as decimals is the same
// as that of months in a row, and no more waves are taken than it has times for.
func TestDecimalYears(t *testing.T) {
	months := causal.Series{Start: 48, Family: causal.QuasiPoisson, Harmonics: 6, Period: 12}
	for i := range 96 {
		months.Time = append(months.Time, float64(i))
		months.Outcome = append(months.Outcome, math.Round(60+20*math.Sin(float64(i)/12*2*math.Pi)+float64(i*i%7)))
	}
	years := months
	years.Time, years.Start, years.Period = nil, 2004, 1
	for i := range 96 {
		years.Time = append(years.Time, math.Round(1e4*(2000+float64(i)/12))/1e4)
	}
	a, err := causal.Interrupted(months)
	if err != nil {
		t.Fatal(err)
	}
	b, err := causal.Interrupted(years)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(a.RateRatio.Estimate-b.RateRatio.Estimate) > 1e-3 || len(a.Coefficients) != len(b.Coefficients) {
		t.Errorf("%+v of months, %+v of decimal years", a.RateRatio, b.RateRatio)
	}
	years.Harmonics = 7
	if _, err := causal.Interrupted(years); err == nil || !strings.Contains(err.Error(), "at most 6") {
		t.Errorf("seven waves in twelve times: %v", err)
	}
}
