// Package synth estimates an effect by comparing the treated unit with others:
// synthetic control, difference in differences, synthetic difference in
// differences.
//
// It promises the estimators of the papers: for synthetic control on outcomes
// the convex weights that solve the quadratic programme exactly (Wolfe's point
// of least norm), and so for synthetic difference in differences with the
// authors' regularisation. A placebo test gives every other unit the treatment and asks
// how many show as large an effect. Which units carry the weight, how well the
// time before is met and what happens without each donor are part of the
// result.
//
// It trusts that the donors were not touched by the measure. It cannot see
// that; the rivals selection and spillover stay with the reader.
//
// Sources: Abadie, Diamond and Hainmueller 2010; Arkhangelsky, Athey,
// Hirshberg, Imbens and Wager 2021; Wolfe 1976.
//
//	panel, err := synth.Read(table, "state", "year", "cigsale")
//	result, err := panel.Estimate(synth.Question{Treated: []string{"California"}, Start: start})
package synth

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/causal/regress"
)

// A Panel is the outcome of each unit at each time, none missing.
type Panel struct {
	Units []string
	Time  []float64 // ascending
	Label []string  // of each time
	Y     [][]float64
	Clock *frame.Clock
}

// Read makes a panel of a table with a row for each unit and time.
func Read(t *frame.Table, unit, time, outcome string) (*Panel, error) {
	units, err := t.Texts(unit)
	if err != nil {
		return nil, err
	}
	clock, err := t.Clock(time)
	if err != nil {
		return nil, err
	}
	y, err := t.Floats(outcome)
	if err != nil {
		return nil, err
	}
	if i, err := causal.Computable(y); err != nil {
		return nil, &frame.Error{Line: t.Line(i), Column: outcome, Reason: err.Error()}
	}
	p := &Panel{Clock: clock}
	rows, labels := map[string]map[float64]int{}, map[float64]string{}
	for i, u := range units {
		if rows[u] == nil {
			rows[u], p.Units = map[float64]int{}, append(p.Units, u)
		}
		if before, there := rows[u][clock.At[i]]; there {
			return nil, doubled(t, i, before, units, clock, unit, time, outcome)
		}
		rows[u][clock.At[i]], labels[clock.At[i]] = i, clock.Label[i]
	}
	for at := range labels {
		p.Time = append(p.Time, at)
	}
	sort.Float64s(p.Time)
	for _, at := range p.Time {
		p.Label = append(p.Label, labels[at])
	}
	for _, u := range p.Units {
		row := make([]float64, len(p.Time))
		for k, at := range p.Time {
			i, there := rows[u][at]
			if !there {
				return nil, &frame.Error{Column: outcome, Reason: fmt.Sprintf("%s has no row for the time %s: every unit needs every time", u, labels[at])}
			}
			row[k] = y[i]
		}
		p.Y = append(p.Y, row)
	}
	return p, nil
}

// doubled is the fault that a unit has a time twice.
func doubled(t *frame.Table, i, before int, units []string, clock *frame.Clock, unit, time, outcome string) error {
	keys := make([]string, len(units))
	for j, u := range units {
		keys[j] = fmt.Sprint(u, "\x00", clock.At[j])
	}
	reason := fmt.Sprintf("%s has the time %s already, on line %d", units[i], clock.Label[i], t.Line(before))
	return t.Doubled(i, time, reason, "one for each unit and time is needed", keys, unit, time, outcome)
}

// A Method is a way of comparing.
type Method string

// The three methods.
const (
	Control      Method = "sc"
	Differences  Method = "did"
	SynthDiff    Method = "sdid"
	worstShuffle        = 0.5 // share of an effect that a trend before may explain
)

// A Question is what is asked of a panel.
type Question struct {
	Treated []string // several are averaged
	Exclude []string // units that may not be compared with
	Start   float64  // the first time affected is the first at or after it
	Method  Method   // Control when empty
	Placebo bool     // with the placebo test, which fits once for each unit
}

// A Gap is the treated less the compared at one time. Low and High hold 19 in 20
// of the gaps that the placebo units have at that time, when they were asked for.
type Gap struct {
	Label string
	At    float64
	Gap   float64
	Low   float64
	High  float64
}

// A Weight is what a donor or a time counts.
type Weight struct {
	Name   string
	Weight float64
}

// A Result is an effect estimated by comparison.
type Result struct {
	Method  Method
	ATT     float64  // average effect on the treated over the times after
	Weights []Weight // of donors, heaviest first, those above zero
	Times   []Weight // of the times before, of synthetic difference in differences
	PreRMSE float64  // of the gaps before
	Gaps    []Gap
	Placebo *Placebo
	Diagnostics
	causal.Judgment
}

// A Placebo is what the method finds where nothing was done.
type Placebo struct {
	P     float64 // share of units with a statistic as large, the treated counted in
	SE    float64 // standard deviation of the donors' effects
	Ratio float64 // error after over error before of the treated (Control)
	Rank  int     // of the treated among Units
	Units int
}

// Diagnostics say what weakens a comparison.
type Diagnostics struct {
	Before    int             `json:"n_before"`
	After     int             `json:"n_after"`
	Donors    int             `json:"donors"`
	Effective float64         `json:"effective_donors"` // one over the sum of squared weights
	Fit       float64         `json:"pre_fit"`          // error before in standard deviations of the outcome before
	PreTrend  causal.Interval `json:"pre_trend"`        // slope of the gaps before, for each step of time
	Moved     bool            `json:"moved_before"`     // that slope would explain half of the effect
	Low       float64         `json:"without_a_donor_low"`
	High      float64         `json:"without_a_donor_high"` // the effect, each weighted donor left out in turn
}

// problem is a panel with treated and donors apart, the treated averaged.
type problem struct {
	treated []float64
	donors  [][]float64
	names   []string
	before  int // times
	units   int // treated
}

// split sets treated and donors apart.
func (p *Panel) split(q Question) (*problem, error) {
	if len(q.Treated) == 0 {
		return nil, errors.New("a treated unit is needed")
	}
	out := &problem{treated: make([]float64, len(p.Time)), units: len(q.Treated)}
	for i, name := range q.Treated {
		if slices.Contains(q.Treated[:i], name) || slices.Contains(q.Exclude, name) {
			return nil, fmt.Errorf("the unit %q is named twice", name)
		}
	}
	for _, name := range append(slices.Clone(q.Treated), q.Exclude...) {
		if !slices.Contains(p.Units, name) {
			return nil, fmt.Errorf("there is no unit %q; there are %s", name, some(p.Units))
		}
	}
	for i, u := range p.Units {
		switch {
		case slices.Contains(q.Treated, u):
			for t, y := range p.Y[i] {
				out.treated[t] += y / float64(len(q.Treated))
			}
		case !slices.Contains(q.Exclude, u):
			out.donors, out.names = append(out.donors, p.Y[i]), append(out.names, u)
		}
	}
	out.before = sort.SearchFloat64s(p.Time, q.Start)
	switch {
	case len(out.donors) < 2:
		return nil, fmt.Errorf("%d units to compare with: at least two are needed", len(out.donors))
	case out.before < 2:
		return nil, errors.New("fewer than two times are before the start: there is nothing to compare with")
	case out.before == len(p.Time):
		return nil, errors.New("no time is at or after the start: there is nothing to see an effect in")
	}
	return out, nil
}

// some lists a few names.
func some(names []string) string {
	s := ""
	for i, n := range names {
		if i == 8 {
			return fmt.Sprintf("%s… (%d)", s, len(names))
		}
		s += n + ", "
	}
	return s[:max(0, len(s)-2)]
}

// Estimate answers a question.
func (p *Panel) Estimate(q Question) (*Result, error) {
	if q.Method == "" {
		q.Method = Control
	}
	if !slices.Contains([]Method{Control, Differences, SynthDiff}, q.Method) {
		return nil, fmt.Errorf("there is no method %q: use sc, did or sdid", q.Method)
	}
	pr, err := p.split(q)
	if err != nil {
		return nil, err
	}
	a := pr.answer(q.Method)
	r := &Result{Method: q.Method, ATT: a.att, PreRMSE: a.rmse(0, pr.before)}
	for t, g := range a.gaps {
		r.Gaps = append(r.Gaps, Gap{Label: p.Label[t], At: p.Time[t], Gap: g, Low: math.NaN(), High: math.NaN()})
	}
	r.Weights = weights(pr.names, a.unit)
	if a.time != nil {
		r.Times = weights(p.Label[:pr.before], a.time)
	}
	r.diagnose(p, pr, a)
	if q.Placebo {
		r.placebo(pr, a)
	}
	r.judge(pr)
	return r, nil
}

// weights pairs names with weights above zero, heaviest first.
func weights(names []string, w []float64) (out []Weight) {
	for i, x := range w {
		if x > 1e-9 {
			out = append(out, Weight{names[i], x})
		}
	}
	slices.SortStableFunc(out, func(a, b Weight) int {
		switch {
		case a.Weight > b.Weight:
			return -1
		case a.Weight < b.Weight:
			return 1
		}
		return 0
	})
	return out
}

// diagnose looks at fit, trend before and single donors.
func (r *Result) diagnose(p *Panel, pr *problem, a answer) {
	d := &r.Diagnostics
	d.Before, d.After, d.Donors = pr.before, len(p.Time)-pr.before, len(pr.donors)
	sum := 0.0
	for _, w := range a.unit {
		sum += w * w
	}
	d.Effective = 1 / sum
	if sd := deviation(pr.treated[:pr.before]); sd > 0 {
		d.Fit = r.PreRMSE / sd
	}
	design := regress.Design{Names: []string{"intercept", "time"}}
	for _, t := range p.Time[:pr.before] {
		design.X = append(design.X, []float64{1, t})
	}
	if f, err := regress.Marginal(design, a.gaps[:pr.before], nil); err == nil {
		b, se := f.Estimate(f.Unit("time"))
		low, high := f.Interval(f.Unit("time"), 0.95)
		d.PreTrend = causal.Interval{Estimate: b, SE: se, Low: low, High: high}
		d.Moved = d.PreTrend.Excludes(0) && math.Abs(b*(mean(p.Time[pr.before:])-mean(p.Time[:pr.before]))) > worstShuffle*math.Abs(a.att)
	}
	d.Low, d.High = a.att, a.att
	for i, w := range a.unit {
		if w > 1e-6 && len(pr.donors) > 2 && (r.Method != SynthDiff || w > 0.05) {
			att := pr.less(i).answer(r.Method).att
			d.Low, d.High = min(d.Low, att), max(d.High, att)
		}
	}
}

// judge draws the verdict.
func (r *Result) judge(pr *problem) {
	e := causal.Evidence{
		Before: r.Before, After: r.After, PreTrend: r.Moved, Fragile: r.Low < 0 && r.High > 0,
		Effect:     causal.Interval{Estimate: r.ATT, Low: math.Inf(-1), High: math.Inf(1)},
		Comparison: &causal.Comparison{Donors: len(pr.donors), PlaceboP: math.NaN(), Fit: r.Fit},
	}
	if r.Method == Differences {
		e.Comparison.Fit = 0 // levels may differ: what must agree is the trend
	}
	if r.Placebo != nil {
		e.Comparison.PlaceboP = r.Placebo.P
		e.Effect = causal.Interval{Estimate: r.ATT, SE: r.Placebo.SE, Low: r.ATT - 1.96*r.Placebo.SE, High: r.ATT + 1.96*r.Placebo.SE}
	}
	r.Judgment = causal.Judge(e)
}
