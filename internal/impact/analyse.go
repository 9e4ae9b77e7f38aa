package impact

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/causal/state"
	"github.com/heed-project/heed/causal/synth"
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
	t, err := frame.Parse(data)
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
	o.Rows = t.Len()
	return o, nil
}

func invalid(err error) error {
	if fault.KindOf(err) != fault.KindOther {
		return err
	}
	return fault.Invalid("data", "%w", err)
}

// line is one place over time, read in the order of time.
type line struct {
	at       []float64
	label    []string
	outcome  []float64
	offset   []float64
	controls []causal.Control
	start    float64
}

func (d Design) line(t *frame.Table) (l line, err error) {
	clock, err := t.Clock(d.Time)
	if err != nil {
		return l, err
	}
	if l.start, err = clock.Position(d.Start); err != nil {
		return l, err
	}
	order := clock.Order()
	l.at, l.label = frame.Reorder(clock.At, order), frame.Reorder(clock.Label, order)
	read := func(name string) (x []float64) {
		if err == nil {
			x, err = t.Floats(name)
		}
		return frame.Reorder(x, order)
	}
	l.outcome = read(d.Outcome)
	if d.Offset != "" {
		l.offset = read(d.Offset)
	}
	for _, name := range d.Controls {
		l.controls = append(l.controls, causal.Control{Name: name, Values: read(name)})
	}
	return l, err
}

func analyseSeries(d Design, t *frame.Table) (*Outcome, error) {
	l, err := d.line(t)
	if err != nil {
		return nil, err
	}
	r, err := causal.Interrupted(causal.Series{Time: l.at, Label: l.label, Outcome: l.outcome, Offset: l.offset, Start: l.start, Family: causal.Family(d.Family),
		Harmonics: d.Harmonics, Period: d.Period, Controls: l.controls, Errors: causal.Recommended, Trend: d.Trend})
	if err != nil {
		return nil, err
	}
	o := &Outcome{Judgment: r.Judgment, Effect: r.Effect}
	if r.RateRatio != nil {
		e := r.Effect
		o.Ratio = &causal.Interval{Estimate: math.Exp(e.Estimate), SE: e.SE, Low: math.Exp(e.Low), High: math.Exp(e.High)}
	}
	for _, p := range r.Counterfactual() {
		o.Points = append(o.Points, Point{p.Label, p.After, p.Observed, p.Expected.Estimate, p.Expected.Low, p.Expected.High})
	}
	g := r.Diagnostics
	o.Facts = []Fact{{"before", float64(g.Before), ""}, {"after", float64(g.After), ""}, {"rho", r.Rho, ""}, {"ljung-box-p", g.LjungBox.P, ""},
		{"durbin-watson", g.DurbinWatson, ""}, {"cook", g.Cook.Value, g.Cook.Time}, {"leverage", g.Leverage.Value, g.Leverage.Time}}
	if g.Gaps > 0 {
		o.Facts = append(o.Facts, Fact{"gaps", float64(g.Gaps), ""})
	}
	if g.Placebo != nil {
		o.Facts = append(o.Facts, Fact{"placebo-break", g.Placebo.Estimate, ""})
	}
	return o, nil
}

func analyseState(d Design, t *frame.Table) (*Outcome, error) {
	l, err := d.line(t)
	if err != nil {
		return nil, err
	}
	after := slices.IndexFunc(l.at, func(x float64) bool { return x >= l.start })
	if after < 0 {
		after = len(l.at)
	}
	r, err := state.Estimate(state.Question{Label: l.label, Outcome: l.outcome, Controls: l.controls, After: after, Seed: d.Seed})
	if err != nil {
		return nil, err
	}
	o := &Outcome{Judgment: r.Judgment, Effect: r.Average}
	for _, p := range r.Points {
		o.Points = append(o.Points, Point{p.Label, p.After, p.Observed, p.Expected.Estimate, p.Expected.Low, p.Expected.High})
	}
	o.Facts = []Fact{{"before", float64(r.Before), ""}, {"after", float64(r.After), ""}, {"relative", r.Relative.Estimate, ""}, {"tail", r.Tail, ""}}
	for _, c := range r.Controls {
		o.Facts = append(o.Facts, Fact{"control", c.Probability, c.Name})
	}
	return o, nil
}

func analysePanel(d Design, t *frame.Table) (*Outcome, error) {
	p, err := synth.Read(t, d.Unit, d.Time, d.Outcome)
	if err != nil {
		return nil, err
	}
	start, err := p.Clock.Position(d.Start)
	if err != nil {
		return nil, err
	}
	r, err := p.Estimate(synth.Question{Treated: d.Treated, Exclude: d.Exclude, Start: start, Method: synth.Method(d.Method), Placebo: true})
	if err != nil {
		return nil, err
	}
	e := r.Placebo
	o := &Outcome{Judgment: r.Judgment, Compared: true, Weights: map[string]float64{},
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
