package causal

import (
	"fmt"
	"math"
	"slices"

	"github.com/heed-project/heed/causal/regress"
)

// Diagnostics say what weakens a result.
type Diagnostics struct {
	Before          int       `json:"n_before"`
	After           int       `json:"n_after"`
	Gaps            int       `json:"gaps"`             // times missing between the first and the last
	DurbinWatson    float64   `json:"durbin_watson"`    // of the residuals of the plain fit
	Autocorrelation float64   `json:"autocorrelation"`  // of the same, at one step
	LjungBox        LjungBox  `json:"ljung_box"`        // of the same
	Slope           *Interval `json:"slope_before"`     // the trend before the start, by the recommended errors
	Placebo         *Interval `json:"placebo_break"`    // average effect of a start in the middle of the time before, where none was
	Leverage        Influence `json:"largest_leverage"` // hat value
	Cook            Influence `json:"largest_cook"`     // Cook's distance
	WithoutCook     *Interval `json:"effect_without"`   // average effect without the time of the largest Cook's distance
	Fragile         bool      `json:"fragile"`          // without one of the three most influential times the effect's interval holds zero
	Notes           []string  `json:"notes"`
}

// LjungBox is the test for autocorrelation up to a lag.
type LjungBox struct {
	Lags      int     `json:"lags"`
	Statistic float64 `json:"statistic"`
	P         float64 `json:"p"`
}

// Influence is how much hangs on one time.
type Influence struct {
	Time  string  `json:"time"`
	Value float64 `json:"value"`
}

// suspects is how many times are left out in turn.
const suspects = 3

// diagnose fills the diagnostics of a result.
func (r *Result) diagnose() error {
	s, d := r.series, &r.Diagnostics
	d.Before = s.first()
	d.After = len(s.Time) - d.Before
	d.Notes = []string{}
	for _, g := range s.gaps() {
		d.Gaps += g - 1
	}
	plain, err := s.fit(Plain)
	if err != nil {
		return err
	}
	e := plain.Residuals
	d.DurbinWatson, d.Autocorrelation = finite(regress.DurbinWatson(e)), finite(regress.Autocorrelation(e, 1))
	d.LjungBox.Lags = max(1, min(10, len(e)/5))
	d.LjungBox.Statistic, d.LjungBox.P = regress.LjungBox(e, d.LjungBox.Lags)
	d.Slope = r.Recommended.slope()
	if before := s.until(); before.first() >= LeastAfter && len(before.Time) >= len(r.Coefficients)+LeastSpare {
		if effect, err := before.effect(); err == nil {
			d.Placebo = &effect
		}
	}
	d.influence(r, plain)
	d.note(r)
	return nil
}

func (m *Model) slope() *Interval {
	if c := m.Coefficient("time"); c != nil {
		return &c.Interval
	}
	return nil
}

// influence looks for the times on which the result hangs, and leaves the most
// influential ones out in turn.
func (d *Diagnostics) influence(r *Result, plain *regress.Fit) {
	s, cook := r.series, plain.Cook()
	at := slices.Index(plain.Hat, slices.Max(plain.Hat))
	d.Leverage = Influence{s.label(at), plain.Hat[at]}
	order := make([]int, len(cook))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case cook[a] > cook[b]:
			return -1
		case cook[a] < cook[b]:
			return 1
		}
		return 0
	})
	d.Cook = Influence{s.label(order[0]), cook[order[0]]}
	for rank, i := range order[:min(suspects, len(order))] {
		less := s.without(i)
		if first := less.first(); first <= 0 {
			continue
		}
		effect, err := less.effect()
		if err != nil {
			continue
		}
		if rank == 0 {
			d.WithoutCook = &effect
		}
		if r.Recommended.Effect.Excludes(0) && !effect.Excludes(0) {
			d.Fragile = true
		}
	}
}

// note says in words what a reader should not miss.
func (d *Diagnostics) note(r *Result) {
	say := func(holds bool, format string, a ...any) {
		if holds {
			d.Notes = append(d.Notes, fmt.Sprintf(format, a...))
		}
	}
	s := r.series
	say(d.LjungBox.P < 0.05 && r.Errors == Plain,
		"the residuals depend on each other (Ljung-Box p %.3g): the plain intervals are too narrow, read the recommended ones", d.LjungBox.P)
	say(s.Family == Poisson && r.Dispersion > 1.5, "the counts vary %.1f times as much as a Poisson's: the poisson intervals are too narrow", r.Dispersion)
	say(r.Recommended.Rho > 0.8, "the series is close to a random walk (autocorrelation %.2f): a step in it is common", r.Recommended.Rho)
	say(s.Family == NegativeBinomial && r.Theta == 0 && r.Errors != Recommended, "the counts vary no more than a Poisson's: the fit is the Poisson's")
	say(s.Family == NegativeBinomial, "the recommended fit of counts is quasi-Poisson with autocorrelation")
	say(s.Family == Gaussian && r.Dispersion <= 1e-20*spread(s.Outcome), "the model fits without any error: such numbers are computed and not observed, and the intervals mean nothing")
	say(d.Gaps > 0, "%d times are missing between the first and the last", d.Gaps)
	say(d.Cook.Value > 1, "the time %s moves all coefficients (Cook's distance %.2f)", d.Cook.Time, d.Cook.Value)
	say(d.Placebo != nil && d.Placebo.Excludes(0), "the same model finds a change in the middle of the time before the start, where none is known")
	say(d.Placebo == nil, "the time before the start is too short for a placebo break")
}

// spread is the mean square of numbers around zero.
func spread(x []float64) (sum float64) {
	for _, v := range x {
		sum += v * v / float64(len(x))
	}
	return sum
}

// finite replaces what cannot be written down by zero: the statistic of
// residuals that are all zero.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}
