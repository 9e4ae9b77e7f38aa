package impact

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/causal/state"
	"github.com/heed-project/heed/internal/fault"
)

// A Point is one time of the result: what was observed, and what would have
// been expected without the measure.
type Point struct {
	Label    string  `json:"time"`
	After    bool    `json:"after,omitempty"`
	Observed float64 `json:"observed"`
	Expected float64 `json:"expected"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// A Fact is a diagnostic: a code that pages word, and its value.
type Fact struct {
	Code  string  `json:"code"`
	Value float64 `json:"value"`
	At    string  `json:"at,omitempty"` // the time it is about
}

// An Outcome is what an analysis found.
type Outcome struct {
	causal.Judgment
	Effect   causal.Interval    `json:"effect"`          // average over the times after, in units of the outcome; of counts the logarithm of the ratio
	Ratio    *causal.Interval   `json:"ratio,omitempty"` // of counts, over the times after
	Compared bool               `json:"compared"`
	Points   []Point            `json:"points"`
	Weights  map[string]float64 `json:"weights,omitempty"`
	Facts    []Fact             `json:"facts"`
	Rows     int                `json:"rows"`
	Dropped  int                `json:"dropped,omitempty"` // rows without a value, left out as registered
	First    string             `json:"first_affected,omitempty"`
	Asked    *Asked             `json:"asked,omitempty"`
}

// An Asked is the effect by the errors that were registered beside the
// recommended ones. No verdict is drawn from it.
type Asked struct {
	Errors string           `json:"errors"`
	Effect causal.Interval  `json:"effect"`
	Ratio  *causal.Interval `json:"ratio,omitempty"`
}

// AsExpected compares an effect with what was expected: "as expected",
// "the opposite", or "not shown". What the verdict does not let stand is not
// shown, and where there was too little to say nothing was.
func AsExpected(expect string, verdict causal.Verdict, effect causal.Interval) string {
	shown := effect.Excludes(0) && (verdict == causal.Consistent || verdict == causal.Supported)
	switch {
	case verdict == causal.TooLittle:
		return "not shown"
	case expect == None && !shown, expect == Fewer && shown && effect.Estimate < 0, expect == More && shown && effect.Estimate > 0:
		return "as expected"
	case shown:
		return "the opposite"
	}
	return "not shown"
}

// Analyse runs a design on a table.
func Analyse(d Design, data io.Reader) (*Outcome, error) {
	t, dropped, err := d.Table(data)
	if err != nil {
		return nil, invalid(err)
	}
	var o *Outcome
	switch d.Method {
	case Series:
		o, err = analyseSeries(d, t)
	case State:
		o, err = analyseState(d, t)
	default:
		o, err = analysePanel(d, t)
	}
	if err != nil {
		return nil, invalid(err)
	}
	o.Rows, o.Dropped = t.Len(), dropped
	return o, nil
}

// invalid says that the data are wrong, and what would help. A design cannot be
// changed once it is registered.
func invalid(err error) error {
	flag, remedy := Remedy(err), ""
	switch value := strings.Trim(strings.TrimPrefix(flag, "--where "), "'"); {
	case strings.HasPrefix(flag, "--where "):
		remedy = "the condition " + value
	case strings.HasPrefix(flag, "--missing"):
		remedy = "rows without a value left out"
	case strings.HasPrefix(flag, "--exclude"):
		remedy = "that unit left out"
	}
	if kind := fault.KindOf(err); kind == fault.KindOther {
		err = fault.Invalid("data", "%w", err)
	}
	if remedy != "" {
		err = fault.WithHint(err, "mend the table, or register another analysis with "+remedy)
	}
	return err
}

func analyseSeries(d Design, t *frame.Table) (*Outcome, error) {
	s, start, err := d.Series(t)
	if err != nil {
		return nil, err
	}
	r, err := causal.Interrupted(*s)
	if err != nil {
		return nil, err
	}
	best := r.Recommended
	o := &Outcome{Judgment: r.Judgment, Effect: best.Effect, Ratio: ratio(&best), First: start.First}
	if r.Errors != causal.Recommended {
		o.Asked = &Asked{d.Errors, r.Effect, ratio(&r.Model)}
	}
	for _, p := range r.Counterfactual() {
		o.Points = append(o.Points, Point{p.Label, p.After, p.Observed, p.Expected.Estimate, p.Expected.Low, p.Expected.High})
	}
	g := r.Diagnostics
	o.Facts = []Fact{{"before", float64(g.Before), ""}, {"after", float64(g.After), ""}, {"rho", best.Rho, ""}, {"ljung-box-p", g.LjungBox.P, ""},
		{"durbin-watson", g.DurbinWatson, ""}, {"cook", g.Cook.Value, g.Cook.Time}, {"leverage", g.Leverage.Value, g.Leverage.Time}}
	if g.Gaps > 0 {
		o.Facts = append(o.Facts, Fact{"gaps", float64(g.Gaps), ""})
	}
	if g.Slope != nil {
		o.Facts = append(o.Facts, Fact{"slope-before", g.Slope.Estimate, ""})
	}
	if g.WithoutCook != nil {
		o.Facts = append(o.Facts, Fact{"without-cook", g.WithoutCook.Estimate, g.Cook.Time})
	}
	if g.Placebo != nil {
		o.Facts = append(o.Facts, Fact{"placebo-break", g.Placebo.Estimate, ""})
	}
	return o, nil
}

// ratio is the average effect on counts as a ratio, nil for other outcomes.
func ratio(m *causal.Model) *causal.Interval {
	if m.RateRatio == nil {
		return nil
	}
	e := m.Effect
	low := math.Exp(e.Low)
	if low < 2/causal.Unbounded {
		low = 0 // nothing was counted from the start on
	}
	return &causal.Interval{Estimate: math.Exp(e.Estimate), SE: e.SE, Low: low, High: min(causal.Unbounded, math.Exp(e.High))}
}

func analyseState(d Design, t *frame.Table) (*Outcome, error) {
	q, start, err := d.Question(t)
	if err != nil {
		return nil, err
	}
	r, err := state.Estimate(*q)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Judgment: r.Judgment, Effect: r.Widened, First: start.First}
	for _, p := range r.Points {
		o.Points = append(o.Points, Point{p.Label, p.After, p.Observed, p.Expected.Estimate, p.Expected.Low, p.Expected.High})
	}
	o.Facts = []Fact{{"before", float64(r.Before), ""}, {"after", float64(r.After), ""}, {"rho", r.Autocorrelation, ""}, {"relative", r.Relative.Estimate, ""}, {"tail", r.Tail, ""}}
	if r.Placebo != nil {
		o.Facts = append(o.Facts, Fact{"placebo-break", r.Placebo.Estimate, ""})
	}
	for _, c := range r.Controls {
		o.Facts = append(o.Facts, Fact{"control", c.Probability, c.Name})
	}
	return o, nil
}

func analysePanel(d Design, t *frame.Table) (*Outcome, error) {
	p, q, start, err := d.Panel(t)
	if err != nil {
		return nil, err
	}
	q.Placebo = true
	r, err := p.Estimate(q)
	if err != nil {
		return nil, err
	}
	e := r.Placebo
	o := &Outcome{Judgment: r.Judgment, Compared: true, Weights: map[string]float64{}, First: start.First,
		Effect: causal.Interval{Estimate: r.ATT, SE: e.SE, Low: r.ATT - 1.96*e.SE, High: r.ATT + 1.96*e.SE}}
	for _, w := range r.Weights {
		o.Weights[w.Name] = w.Weight
	}
	treated := make([]float64, len(p.Time))
	for i, u := range p.Units {
		if slices.Contains(d.Treated, u) {
			for k, y := range p.Y[i] {
				treated[k] += y / float64(len(d.Treated))
			}
		}
	}
	for k, g := range r.Gaps {
		// where nothing was done, gaps lie between Low and High: so far the
		// expected may be from what the donors say
		expected := treated[k] - g.Gap
		o.Points = append(o.Points, Point{g.Label, k >= r.Before, treated[k], expected, expected + g.Low, expected + g.High})
	}
	o.Facts = []Fact{{"before", float64(r.Before), ""}, {"after", float64(r.After), ""}, {"donors", float64(r.Donors), ""}, {"effective-donors", r.Effective, ""},
		{"pre-fit", r.Fit, ""}, {"placebo-p", e.P, ""}, {"pre-trend", r.PreTrend.Estimate, ""}, {"without-low", r.Low, ""}, {"without-high", r.High, ""}}
	return o, nil
}

// String says a fact for logs and terminals; pages word it themselves.
func (f Fact) String() string {
	if f.At != "" {
		return fmt.Sprintf("%s %.4g (%s)", f.Code, f.Value, f.At)
	}
	return fmt.Sprintf("%s %.4g", f.Code, f.Value)
}
