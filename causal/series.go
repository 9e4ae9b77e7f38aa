package causal

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

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

// counted is the sum of the outcome.
func (s *Series) counted() (sum float64) {
	for _, y := range s.Outcome {
		sum += y
	}
	return sum
}

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

// Reserved says whether a regression has a coefficient of this name, so that no
// control may have it.
func Reserved(name string) bool { return reserved.MatchString(name) }

var reserved = regexp.MustCompile(`^(intercept|time|level|trend|(sin|cos)[0-9]+)$`)

// ParseErrors reads ols, newey-west:L, prais-winsten or auto, which is what an
// empty text means.
func ParseErrors(text string) (kind Errors, lag int, err error) {
	how, number, given := strings.Cut(text, ":")
	kind = Errors(how)
	switch {
	case text == "":
		return Recommended, 0, nil
	case !slices.Contains([]Errors{Plain, NeweyWest, PraisWinsten, Recommended}, kind):
		return kind, 0, fmt.Errorf("there are no errors %q: use ols, newey-west:L, prais-winsten or auto", text)
	case given != (kind == NeweyWest):
		return kind, 0, fmt.Errorf("%q: use ols, newey-west:L with the lag L, prais-winsten or auto", text)
	case given:
		if lag, err = strconv.Atoi(number); err != nil || lag < 0 {
			return kind, 0, fmt.Errorf("%q: the lag must be a whole number from 0", text)
		}
	}
	return kind, lag, nil
}

// Options refuses choices that no data can be analysed by, and names the one
// that is wrong. What was left empty is set.
func (s *Series) Options() (option string, err error) {
	if s.Family == "" {
		s.Family = Gaussian
	}
	if s.Errors == "" {
		s.Errors = Plain
	}
	switch {
	case !slices.Contains([]Family{Gaussian, Poisson, QuasiPoisson, NegativeBinomial}, s.Family):
		return "family", fmt.Errorf("there is no family %q: use gaussian, poisson, quasipoisson or negbin", s.Family)
	case !slices.Contains([]Errors{Plain, NeweyWest, PraisWinsten, Recommended}, s.Errors):
		return "errors", fmt.Errorf("there are no errors %q: use ols, newey-west:L, prais-winsten or auto", s.Errors)
	case s.Errors == PraisWinsten && s.counts():
		return "errors", errors.New("Prais-Winsten needs the gaussian family; for counts use auto or newey-west:L")
	case s.Offset != nil && !s.counts():
		return "offset", errors.New("an offset needs a family of counts: poisson, quasipoisson or negbin")
	case s.Harmonics < 0:
		return "harmonics", fmt.Errorf("%d waves: use 0 or more", s.Harmonics)
	case s.Harmonics == 0 && s.Period != 0:
		return "period", errors.New("a period needs harmonics: say how many waves, or leave it out")
	case s.Harmonics > 0 && !(s.Period > 0 && s.Period <= longest):
		return "period", errors.New("harmonics need a period above zero, the length of the season in steps of time")
	case s.Harmonics > 1000 || s.Period >= 2 && 2*float64(s.Harmonics) > s.Period:
		return "harmonics", fmt.Errorf("%d waves in a period of %v: a wave needs two times, so that there are at most %d", s.Harmonics, s.Period, int(s.Period/2))
	}
	return "", nil
}

// waved refuses more waves than a period has times for: of decimal years a
// period of 1 has twelve, or four.
func (s *Series) waved() error {
	if times := s.Period / s.step(); s.Harmonics > 0 && 2*float64(s.Harmonics) > times*1.01 {
		return fmt.Errorf("%d waves in a period of %.6g, which is %.4g times of the table: a wave needs two times, so that there are at most %d; "+
			"a period is counted as the times are, 12 for a year of months numbered 1, 2, 3", s.Harmonics, s.Period, times, int(times/2*1.01))
	}
	return nil
}

// step is the smallest distance between two times.
func (s *Series) step() float64 {
	step := math.Inf(1)
	for i := 1; i < len(s.Time); i++ {
		step = min(step, s.Time[i]-s.Time[i-1])
	}
	return step
}

// longest bounds a period, in steps of time.
const longest = 1e9

// check sets what was left empty and refuses what cannot be analysed.
func (s *Series) check() error {
	if _, err := s.Options(); err != nil {
		return err
	}
	n := len(s.Time)
	if len(s.Outcome) != n || s.Offset != nil && len(s.Offset) != n {
		return fmt.Errorf("%d times, %d outcomes, %d offsets", n, len(s.Outcome), len(s.Offset))
	}
	for _, c := range s.Controls {
		if len(c.Values) != n {
			return fmt.Errorf("%d times, %d values of the control %s", n, len(c.Values), c.Name)
		}
		if Reserved(c.Name) {
			return fmt.Errorf("the regression has a coefficient %s of its own: give the control another name", c.Name)
		}
	}
	for i := 1; i < n; i++ {
		if !(s.Time[i] > s.Time[i-1]) {
			return fmt.Errorf("the time %s is there twice or out of order", s.label(i))
		}
	}
	switch at := s.first(); {
	case at < 0:
		return errors.New("no time is at or after the start: there is nothing to see an effect in")
	case at == 0:
		return errors.New("no time is before the start: there is nothing to compare with")
	}
	if err := errors.Join(s.waved(), s.numbers()); err != nil {
		return err
	}
	return s.itself()
}

// Bounds of numbers. Sums of squares of what lies within them stay far from
// the ends of a double; a count beyond 2^53 is no longer told from the next.
const (
	largest   = 1e100
	smallest  = 1e-100
	mostCount = 1 << 53
)

// Computable returns the first value whose squares cannot be computed with, and
// why.
func Computable(values []float64) (int, error) {
	for i, x := range values {
		switch size := math.Abs(x); {
		case math.IsNaN(x) || math.IsInf(x, 0):
			return i, fmt.Errorf("%v, which is no number", x)
		case size > largest || size > 0 && size < smallest:
			return i, fmt.Errorf("%v, which is too large or too small: use numbers from 1e-100 to 1e100, give them in another unit", x)
		}
	}
	return 0, nil
}

// numbers refuses values that cannot be computed with, and says which.
func (s *Series) numbers() error {
	columns := []Control{{"the outcome", s.Outcome}, {"the offset", s.Offset}}
	for _, c := range s.Controls {
		columns = append(columns, Control{"the control " + c.Name, c.Values})
	}
	for _, c := range columns {
		if i, err := Computable(c.Values); err != nil {
			return fmt.Errorf("at time %s %s is %w", s.label(i), c.Name, err)
		}
	}
	for i, x := range s.Offset {
		if !(x > 0) {
			return fmt.Errorf("at time %s the offset is %v, must be above zero", s.label(i), x)
		}
	}
	if !s.counts() {
		return nil
	}
	for i, y := range s.Outcome {
		switch {
		case y < 0:
			return fmt.Errorf("at time %s the outcome is %v: a count is not below zero", s.label(i), y)
		case y > mostCount:
			return fmt.Errorf("at time %s the outcome is %v: too large for a count; use the gaussian family, or a larger unit", s.label(i), y)
		}
	}
	if sum := s.counted(); sum > 0 && sum < 1 {
		return fmt.Errorf("the counts add up to %v: give counts and not shares, with the population as the offset, or use the gaussian family", sum)
	}
	return s.nothing()
}

// itself refuses an outcome that is one of the regressors: the fit would be
// perfect and mean nothing.
func (s *Series) itself() error {
	same := func(x func(int) float64) bool {
		for i, y := range s.Outcome {
			if y != x(i) {
				return false
			}
		}
		return true
	}
	step := func(i int) float64 {
		if s.Time[i] >= s.Start {
			return 1
		}
		return 0
	}
	switch {
	case same(step):
		return errors.New("the outcome is 0 before the start and 1 from it on: it is the measure itself, not what the measure may have changed")
	case same(func(i int) float64 { return s.Time[i] }):
		return errors.New("the outcome is the time itself")
	}
	for _, c := range s.Controls {
		if same(func(i int) float64 { return c.Values[i] }) {
			return fmt.Errorf("the control %s is the outcome itself, under another name", c.Name)
		}
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
// where it is zero at each, as with times that are whole.
func (s *Series) waves() (names []string, columns [][]float64) {
	for k := 1; k <= s.Harmonics; k++ {
		sin, cos, most := make([]float64, len(s.Time)), make([]float64, len(s.Time)), 0.0
		for i, t := range s.Time {
			sin[i], cos[i] = math.Sincos(2 * math.Pi * float64(k) * t / s.Period)
			most = max(most, math.Abs(sin[i]))
		}
		if most > 0.01 { // decimal years are written to a few digits
			names, columns = append(names, fmt.Sprintf("sin%d", k)), append(columns, sin)
		}
		names, columns = append(names, fmt.Sprintf("cos%d", k)), append(columns, cos)
	}
	return names, columns
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
	step := s.step()
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
