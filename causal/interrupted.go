package causal

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/heed-project/heed/causal/regress"
)

// A Coefficient is a named estimate. The names are intercept, time (the slope
// before), level (the step at the start), trend (the change of slope), sin1,
// cos1, sin2 … and those of the controls. Those of counts are logarithms of
// ratios.
type Coefficient struct {
	Name string
	Interval
	P float64
}

// A Model is one fit of a series.
type Model struct {
	Errors       Errors
	Coefficients []Coefficient
	Effect       Interval  // average over the times after, in units of the outcome; for counts of the logarithm
	RateRatio    *Interval // exp of the level, counts alone; its SE is that of the logarithm
	Dispersion   float64   // residual variance; for counts Pearson's chi-squared over n-k
	Rho          float64   // autocorrelation, where it was estimated
	Theta        float64   // of the negative binomial, else 0

	fit *regress.Fit
}

// Coefficient returns a coefficient by name, nil when there is none.
func (m *Model) Coefficient(name string) *Coefficient {
	if i := slices.IndexFunc(m.Coefficients, func(c Coefficient) bool { return c.Name == name }); i >= 0 {
		return &m.Coefficients[i]
	}
	return nil
}

// A Result is an analysis of an interrupted time series: as it was asked for,
// as it is recommended, and what weakens both. The verdict is drawn from the
// recommended fit, whatever was asked.
type Result struct {
	Model
	Recommended Model
	Diagnostics Diagnostics
	OneSide     bool // every count on one side of the start is zero: there is a bound and no regression
	Judgment

	series     *Series
	rate, vary float64 // before the start, and how many times as much as a Poisson's counts vary, where one side is empty
}

// Interrupted analyses an interrupted time series by segmented regression.
func Interrupted(s Series) (*Result, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.empty() {
		return s.lopsided()
	}
	asked, err := s.model(s.Errors)
	if err != nil {
		return nil, err
	}
	r := &Result{Model: *asked, Recommended: *asked, series: &s}
	if s.Errors != Recommended {
		best, err := s.model(Recommended)
		if err != nil {
			return nil, fmt.Errorf("the recommended fit: %w", err)
		}
		r.Recommended = *best
	}
	if err := r.diagnose(); err != nil {
		return nil, err
	}
	r.Judgment = Judge(Evidence{
		Counts: s.counts(), Counted: s.counted(),
		Before: r.Diagnostics.Before, After: r.Diagnostics.After, Coefficients: len(r.Coefficients), Effect: r.Recommended.Effect,
		Fragile: r.Diagnostics.Fragile, PriorBreak: r.Diagnostics.Placebo != nil && r.Diagnostics.Placebo.Excludes(0),
	})
	return r, nil
}

// model fits a checked series with one kind of errors.
func (s *Series) model(kind Errors) (*Model, error) {
	f, err := s.fit(kind)
	if err != nil {
		return nil, err
	}
	m := &Model{Errors: kind, Dispersion: f.Dispersion, Rho: f.Rho, fit: f}
	if s.Family == NegativeBinomial && kind != Recommended && !math.IsInf(f.Theta, 1) {
		m.Theta = f.Theta
	}
	for _, name := range f.Names {
		c := f.Unit(name)
		m.Coefficients = append(m.Coefficients, Coefficient{name, interval(f, c), f.P(c)})
	}
	m.Effect = interval(f, s.average())
	if s.counts() {
		l := m.Coefficients[2].Interval
		m.RateRatio = &Interval{math.Exp(l.Estimate), l.SE, math.Exp(l.Low), math.Exp(l.High)}
	}
	return m, m.finite()
}

// finite refuses a fit with a number that cannot be written down.
func (m *Model) finite() error {
	for _, c := range m.Coefficients {
		if !c.Interval.Finite() {
			return fmt.Errorf("the coefficient %s has no finite interval: the numbers are too far apart; give them in other units, or leave the column out", c.Name)
		}
	}
	if !m.Effect.Finite() || math.IsNaN(m.Dispersion) || math.IsInf(m.Dispersion, 0) {
		return errors.New("the numbers are too large or too small to be fitted: give them in another unit")
	}
	if m.RateRatio != nil && (!m.RateRatio.Finite() || math.IsInf(math.Exp(m.Effect.High), 1)) {
		return errors.New("too few counts are other than zero: the ratio has no bound that could be written down; " +
			"use a simpler model, or estimate the difference with the gaussian family")
	}
	return nil
}

func interval(f *regress.Fit, contrast []float64) Interval {
	b, se := f.Estimate(contrast)
	low, high := f.Interval(contrast, 0.95)
	return Interval{b, se, low, high}
}

// fit chooses the regression.
func (s *Series) fit(errors Errors) (f *regress.Fit, err error) {
	d := s.design(false)
	switch {
	case errors == Recommended && s.counts():
		return regress.MarginalCounts(d, s.Outcome, s.logOffset(), s.gaps())
	case errors == Recommended:
		return regress.Marginal(d, s.Outcome, s.gaps())
	case errors == PraisWinsten:
		if s.gaps() != nil {
			return nil, fmt.Errorf("Prais-Winsten needs times in even steps, and some are missing: use auto")
		}
		return regress.PraisWinsten(d, s.Outcome)
	case s.Family == Gaussian:
		f, err = regress.Least(d, s.Outcome)
	case s.Family == NegativeBinomial:
		f, err = regress.NegativeBinomial(d, s.Outcome, s.logOffset())
	default:
		f, err = regress.Counts(d, s.Outcome, s.logOffset(), s.Family == QuasiPoisson)
	}
	if err == nil && errors == NeweyWest {
		f, err = f.NeweyWest(d, s.Outcome, s.Lag)
	}
	return f, err
}

// effect fits as recommended, for the average effect alone.
func (s *Series) effect() (Interval, error) {
	f, err := s.fit(Recommended)
	if err != nil {
		return Interval{}, err
	}
	return interval(f, s.average()), nil
}

// average is the contrast of the mean effect over the times after the start.
func (s *Series) average() []float64 {
	with, without := s.design(false).X, s.design(true).X
	out := make([]float64, len(with[0]))
	from := s.first()
	for i := from; i < len(with); i++ {
		for j := range out {
			out[j] += (with[i][j] - without[i][j]) / float64(len(with)-from)
		}
	}
	return out
}

// A Point is one time: what was observed, and what the recommended fit expects
// had nothing been done, with the 95 % interval of that expectation. Before the
// start it is the fit. Where every count on one side is zero it is the rate
// before.
type Point struct {
	Label    string   `json:"time"`
	After    bool     `json:"after"`
	Observed float64  `json:"observed"`
	Expected Interval `json:"expected"`
}

// Counterfactual returns what would have been expected at each time without
// the measure, by the recommended fit. The standard error of a count is that
// of its logarithm.
func (r *Result) Counterfactual() []Point {
	if r.OneSide {
		return r.flat()
	}
	s := r.series
	d, offset := s.design(true), s.logOffset()
	out := make([]Point, len(d.X))
	for i, row := range d.X {
		e := interval(r.Recommended.fit, row)
		if s.counts() {
			shift := 0.0
			if offset != nil {
				shift = offset[i]
			}
			e = Interval{math.Exp(e.Estimate + shift), e.SE, math.Exp(e.Low + shift), math.Exp(e.High + shift)}
		}
		out[i] = Point{s.label(i), s.Time[i] >= s.Start, s.Outcome[i], e}
	}
	return out
}
