package causal

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/heed-project/heed/causal/regress"
)

// A Family is the distribution of the outcome.
type Family string

// The four families.
const (
	Gaussian         Family = "gaussian"
	Poisson          Family = "poisson"
	QuasiPoisson     Family = "quasipoisson"
	NegativeBinomial Family = "negbin"
)

// An Errors is the way the doubt is computed.
type Errors string

// The four ways. Recommended averages over the autocorrelation (regress.Marginal).
const (
	Plain        Errors = "ols" // as the family has it, times taken as independent
	NeweyWest    Errors = "newey-west"
	PraisWinsten Errors = "prais-winsten"
	Recommended  Errors = "auto"
)

// A Control is a further regressor, such as a series that the measure could
// not touch.
type Control struct {
	Name   string
	Values []float64
}

// A Series is one place over time, and the analysis asked for. Time must
// ascend strictly. The first time affected is the first at or after Start.
type Series struct {
	Time      []float64
	Label     []string // of each time, for people; may be nil
	Outcome   []float64
	Start     float64
	Family    Family    // Gaussian when empty
	Offset    []float64 // a count's population or exposure, not its logarithm; may be nil
	Harmonics int       // pairs of sine and cosine of Time
	Period    float64   // of the first pair, in units of Time
	Controls  []Control
	Errors    Errors // Plain when empty
	Lag       int    // of NeweyWest
	Trend     bool   // a change of slope beside the change of level
}

// counts says whether the outcome is modelled on the scale of the logarithm.
func (s *Series) counts() bool { return s.Family != Gaussian }

// label returns the name of time i.
func (s *Series) label(i int) string {
	if i < len(s.Label) {
		return s.Label[i]
	}
	return fmt.Sprint(s.Time[i])
}

// first returns the index of the first time affected.
func (s *Series) first() int {
	return slices.IndexFunc(s.Time, func(t float64) bool { return t >= s.Start })
}

// check sets what was left empty and refuses what cannot be analysed.
func (s *Series) check() error {
	if s.Family == "" {
		s.Family = Gaussian
	}
	if s.Errors == "" {
		s.Errors = Plain
	}
	n := len(s.Time)
	switch {
	case len(s.Outcome) != n || s.Offset != nil && len(s.Offset) != n:
		return fmt.Errorf("%d times, %d outcomes, %d offsets", n, len(s.Outcome), len(s.Offset))
	case !slices.Contains([]Family{Gaussian, Poisson, QuasiPoisson, NegativeBinomial}, s.Family):
		return fmt.Errorf("there is no family %q: use gaussian, poisson, quasipoisson or negbin", s.Family)
	case !slices.Contains([]Errors{Plain, NeweyWest, PraisWinsten, Recommended}, s.Errors):
		return fmt.Errorf("there are no errors %q: use ols, newey-west:L, prais-winsten or auto", s.Errors)
	case s.Errors == PraisWinsten && s.counts():
		return errors.New("Prais-Winsten needs the gaussian family; for counts use auto or newey-west:L")
	case s.Offset != nil && !s.counts():
		return errors.New("an offset needs a family of counts: poisson, quasipoisson or negbin")
	case s.Harmonics < 0 || s.Harmonics > 0 && !(s.Period > 0):
		return errors.New("harmonics need a period above zero")
	}
	for i := 1; i < n; i++ {
		if s.Time[i] <= s.Time[i-1] {
			return fmt.Errorf("the time %s is there twice or out of order", s.label(i))
		}
	}
	for i, x := range s.Offset {
		if !(x > 0) {
			return fmt.Errorf("at time %s the offset is %v, must be above zero", s.label(i), x)
		}
	}
	if s.counts() {
		for i, y := range s.Outcome {
			if y < 0 {
				return fmt.Errorf("at time %s the outcome is %v: a count is not below zero", s.label(i), y)
			}
		}
	}
	switch at := s.first(); {
	case at < 0:
		return errors.New("no time is at or after the start: there is nothing to see an effect in")
	case at == 0:
		return errors.New("no time is before the start: there is nothing to compare with")
	case s.counts():
		return s.countedOnBothSides(at)
	}
	return nil
}

// countedOnBothSides refuses counts that are all zero on one side of the start:
// the ratio of the two is then zero or has no bound, which no log-linear model
// can estimate, however plain the change is to the eye.
func (s *Series) countedOnBothSides(at int) error {
	const sorry = "every count %s is zero: a ratio has no bounded estimate; report the counts, or estimate their difference with the gaussian family"
	some := func(y float64) bool { return y > 0 }
	switch {
	case !slices.ContainsFunc(s.Outcome[:at], some):
		return fmt.Errorf(sorry, "before the start")
	case !slices.ContainsFunc(s.Outcome[at:], some):
		return fmt.Errorf(sorry, "from the start on")
	}
	return nil
}

// design builds the regressors: intercept, time, level, trend, harmonics,
// controls. With without, level and trend are zero: what would have been.
func (s *Series) design(without bool) regress.Design {
	d := regress.Design{Names: []string{"intercept", "time", "level"}}
	if s.Trend {
		d.Names = append(d.Names, "trend")
	}
	names, waves := s.waves()
	d.Names = append(d.Names, names...)
	for _, c := range s.Controls {
		d.Names = append(d.Names, c.Name)
	}
	for i, t := range s.Time {
		row := []float64{1, t, 0}
		after := t >= s.Start && !without
		if after {
			row[2] = 1
		}
		if s.Trend {
			row = append(row, 0)
			if after {
				row[3] = t - s.Start
			}
		}
		for _, w := range waves {
			row = append(row, w[i])
		}
		for _, c := range s.Controls {
			row = append(row, c.Values[i])
		}
		d.X = append(d.X, row)
	}
	return d
}

// waves returns the harmonics. A sine of two times to the period is left out
// where all times are whole: it is zero at each.
func (s *Series) waves() (names []string, columns [][]float64) {
	for k := 1; k <= s.Harmonics; k++ {
		sin, cos := make([]float64, len(s.Time)), make([]float64, len(s.Time))
		for i, t := range s.Time {
			sin[i], cos[i] = math.Sincos(2 * math.Pi * float64(k) * t / s.Period)
		}
		if 2*float64(k) != s.Period || !s.whole() {
			names, columns = append(names, fmt.Sprintf("sin%d", k)), append(columns, sin)
		}
		names, columns = append(names, fmt.Sprintf("cos%d", k)), append(columns, cos)
	}
	return names, columns
}

// whole says whether all times are whole numbers.
func (s *Series) whole() bool {
	return !slices.ContainsFunc(s.Time, func(t float64) bool { return t != math.Trunc(t) })
}

// logOffset returns the offset as the model needs it.
func (s *Series) logOffset() []float64 {
	if s.Offset == nil {
		return nil
	}
	out := make([]float64, len(s.Offset))
	for i, x := range s.Offset {
		out[i] = math.Log(x)
	}
	return out
}

// gaps returns the steps from each time to the next, the smallest being one;
// nil when they are not multiples of it, or all one.
func (s *Series) gaps() []int {
	step := math.Inf(1)
	for i := 1; i < len(s.Time); i++ {
		step = min(step, s.Time[i]-s.Time[i-1])
	}
	out, uneven := make([]int, 0, len(s.Time)), false
	for i := 1; i < len(s.Time); i++ {
		g := (s.Time[i] - s.Time[i-1]) / step
		if math.Abs(g-math.Round(g)) > 0.01 {
			return nil
		}
		out = append(out, int(math.Round(g)))
		uneven = uneven || out[i-1] != 1
	}
	if !uneven {
		return nil
	}
	return out
}

// without returns the series less one time.
func (s *Series) without(i int) *Series {
	out := *s
	out.Time = slices.Delete(slices.Clone(s.Time), i, i+1)
	out.Outcome = slices.Delete(slices.Clone(s.Outcome), i, i+1)
	out.Label = nil
	if s.Offset != nil {
		out.Offset = slices.Delete(slices.Clone(s.Offset), i, i+1)
	}
	out.Controls = slices.Clone(s.Controls)
	for k, c := range s.Controls {
		out.Controls[k].Values = slices.Delete(slices.Clone(c.Values), i, i+1)
	}
	return &out
}

// until returns the times before the start, with a start of their own in the
// middle.
func (s *Series) until() *Series {
	out, n := *s, s.first()
	out.Time, out.Outcome, out.Start = s.Time[:n], s.Outcome[:n], s.Time[n/2]
	if s.Offset != nil {
		out.Offset = s.Offset[:n]
	}
	out.Controls = slices.Clone(s.Controls)
	for k, c := range s.Controls {
		out.Controls[k].Values = c.Values[:n]
	}
	return &out
}
