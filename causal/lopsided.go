package causal

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/heed-project/heed/causal/regress"
	"gonum.org/v1/gonum/stat/distuv"
)

// Unbounded stands for the end of an interval that has no bound, of a ratio;
// its logarithm with its sign for that of an effect on counts.
const Unbounded = 1e300

// A side is the times before the start or from it on: what was counted there, and
// over what exposure.
type side struct {
	from, to         int
	events, exposure float64
}

func (s *Series) side(from, to int) (out side) {
	out = side{from: from, to: to}
	for i := from; i < to; i++ {
		out.events += s.Outcome[i]
		out.exposure += s.exposed(i)
	}
	return out
}

// exposed is the exposure of a time, one where there is no offset.
func (s *Series) exposed(i int) float64 {
	if s.Offset == nil {
		return 1
	}
	return s.Offset[i]
}

// empty says whether counts are all zero on exactly one side of the start.
func (s *Series) empty() bool {
	at := s.first()
	return s.counts() && (s.side(0, at).events == 0) != (s.side(at, len(s.Outcome)).events == 0)
}

// bound is what can be said of the logarithm of the ratio where one side is
// empty, which no log-linear model can estimate. Given their sum, counts that are
// independent fall on the sides as a binomial does: the ratio of which so empty a
// side would come once in twenty is its bound, the one of which it comes once in
// two the estimate (median unbiased; Hirji, Tsiatis and Mehta 1989). Counts that
// vary more than a Poisson's, or that depend on each other, count for as many
// fewer as their sum varies more. Trend, season and controls are not looked at.
func bound(before, after side, vary float64) Interval {
	full, short := before, after
	if before.events == 0 {
		full, short = after, before
	}
	n := full.events / vary
	at := func(chance float64) float64 { // the ratio of the empty side's rate to the other's
		most := math.Log(chance) / n // of the share that is not the empty side's
		return math.Log(-math.Expm1(most)) - most + full.over(short)
	}
	out := Interval{Estimate: at(0.5), Low: -math.Log(Unbounded), High: at(0.05), SE: math.Sqrt(2 + 1/(n+0.5))} // as of n and nothing, half a count more on either side
	if before.events == 0 {
		out.Estimate, out.Low, out.High = -out.Estimate, -out.High, math.Log(Unbounded)
	}
	return out
}

// varies says how many times as much as a Poisson's the sum of a side's counts
// varies around one rate: their dispersion, times what errors of the first order
// do to a sum. Never less than once. The residuals are Pearson's.
func (s *Series) varies(of side) (times, dispersion float64, residuals []float64) {
	rate := of.events / of.exposure
	for i := of.from; i < of.to; i++ {
		mu := rate * s.exposed(i)
		e := (s.Outcome[i] - mu) / math.Sqrt(mu)
		residuals, dispersion = append(residuals, e), dispersion+e*e/math.Max(1, float64(of.to-of.from-1))
	}
	rho := 0.0
	if len(residuals) > 2 {
		rho = min(0.95, max(0, finite(regress.Autocorrelation(residuals, 1))))
	}
	return max(1, dispersion) * (1 + rho) / (1 - rho), dispersion, residuals
}

// lopsided analyses counts that are all zero on one side of the start. The result
// has a bound, a verdict and no regression.
func (s *Series) lopsided() (*Result, error) {
	at := s.first()
	before, after := s.side(0, at), s.side(at, len(s.Outcome))
	full, short, where := before, after, "from the start on"
	if before.events == 0 {
		full, short, where = after, before, "before the start"
	}
	vary, dispersion, residuals := s.varies(full)
	m := Model{Errors: s.Errors, Effect: bound(before, after, vary), Dispersion: dispersion}
	m.Coefficients = []Coefficient{{"level", m.Effect, math.Exp(-full.events / vary * math.Log1p(math.Exp(short.over(full))))}}
	m.RateRatio = &Interval{math.Exp(m.Effect.Estimate), m.Effect.SE, math.Exp(m.Effect.Low), min(Unbounded, math.Exp(m.Effect.High))}
	if before.events > 0 {
		m.RateRatio.Low = 0
	}
	r := &Result{Model: m, Recommended: m, OneSide: true, series: s, rate: before.events / before.exposure, vary: vary}
	r.Recommended.Errors = Recommended
	d := &r.Diagnostics
	d.Before, d.After, d.DurbinWatson = at, len(s.Time)-at, finite(regress.DurbinWatson(residuals))
	d.Autocorrelation, d.LjungBox.Lags = finite(regress.Autocorrelation(residuals, 1)), max(1, min(10, len(residuals)/5))
	if d.LjungBox.P = 1; len(residuals) > 2 {
		d.LjungBox.Statistic, d.LjungBox.P = regress.LjungBox(residuals, d.LjungBox.Lags)
	}
	for _, g := range s.gaps() {
		d.Gaps += g - 1
	}
	if early := s.until(); before.events > 0 && early.first() >= LeastAfter {
		if r, err := Interrupted(*early); err == nil {
			d.Placebo = &r.Recommended.Effect
		}
	}
	d.Fragile = s.fragile(full, m.Effect)
	d.Cook.Time, d.Leverage.Time = s.label(s.largest(full)), s.label(s.largest(full))
	d.Notes = []string{fmt.Sprintf("every count %s is zero: no regression has an estimate. The ratio has one bound, which is exact given the sum for counts without a trend that vary %.3g times as much as a Poisson's; "+
		"trend, season and controls are not looked at", where, vary)}
	r.Judgment = Judge(Evidence{Counts: true, Counted: full.events, Before: d.Before, After: d.After, Effect: m.Effect, Fragile: d.Fragile,
		PriorBreak: d.Placebo != nil && d.Placebo.Excludes(0), OneSide: true})
	return r, m.finite()
}

// over is the logarithm of the ratio of two exposures.
func (a side) over(b side) float64 { return math.Log(a.exposure) - math.Log(b.exposure) }

// largest is the time of a side with the largest count for its exposure.
func (s *Series) largest(of side) int {
	at := of.from
	for i := of.from; i < of.to; i++ {
		if s.Outcome[i]/s.exposed(i) > s.Outcome[at]/s.exposed(at) {
			at = i
		}
	}
	return at
}

// fragile says whether without the largest count the bound no longer excludes
// that nothing changed.
func (s *Series) fragile(full side, effect Interval) bool {
	less := s.without(s.largest(full))
	if at := less.first(); at > 0 && effect.Excludes(0) {
		before, after := less.side(0, at), less.side(at, len(less.Outcome))
		if before.events == 0 && after.events == 0 {
			return true
		}
		rest := before
		if before.events == 0 {
			rest = after
		}
		vary, _, _ := less.varies(rest)
		return !bound(before, after, vary).Excludes(0)
	}
	return false
}

// flat is what would have been without the measure where one side is empty:
// the rate before, between the bounds that a Poisson sum has.
func (r *Result) flat() []Point {
	s, n := r.series, 0.0
	before := s.side(0, s.first())
	n = before.events / r.vary
	low, high := 0.0, distuv.Gamma{Alpha: n + 1, Beta: 1}.Quantile(0.975)
	if n > 0 {
		low = distuv.Gamma{Alpha: n, Beta: 1}.Quantile(0.025)
	}
	scale := r.vary / before.exposure
	out := make([]Point, len(s.Time))
	for i := range out {
		e := s.exposed(i)
		out[i] = Point{s.label(i), s.Time[i] >= s.Start, s.Outcome[i],
			Interval{r.rate * e, 1 / math.Sqrt(max(n, 0.5)), low * scale * e, high * scale * e}}
	}
	return out
}

// nothing refuses a series in which nothing was counted.
func (s *Series) nothing() error {
	if s.counts() && !slices.ContainsFunc(s.Outcome, func(y float64) bool { return y != 0 }) {
		return errors.New("every count is zero, before the start and after it: there is nothing to compare")
	}
	return nil
}
