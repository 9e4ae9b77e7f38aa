// Package onset estimates the risk that a mass killing begins in a country within
// the next two years, and says which of the country's own figures raise it.
//
// It follows the protocol of the Early Warning Project: knowing what was known
// at the end of a year T, forecast an onset in T+1 or T+2; the risk of a country in
// a year is the larger of the two last forecasts that speak of it. Training uses only
// what was seen by the end of T: of a row whose second year is still to come, the
// first. The model is an elastic-net
// logistic regression and a forest on balanced samples, combined on the scale of
// log odds and brought to the frequency of onsets.
//
// The package promises the same risks for the same file and seed. It trusts the
// file for what is a mass killing and when it began. A risk is a statement about
// countries that look alike, never about what somebody intends.
//
//	t, err := onset.Parse(data)
//	risks, err := onset.Backtest(t, 1994, 2014, onset.Settings{})
//	fmt.Println(onset.Skill(risks).AUC)
//
// Sources: Goldsmith, Butcher, Semenovich, Sowmya, Forecasting the onset of
// genocide and politicide, Journal of Peace Research 50 (2013); Early Warning
// Project, Statistical risk assessment 2025, methods.
package onset

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/heed-project/heed/forecast/forest"
)

// Settings say how a model is fitted; the zero value means as frozen.
type Settings struct {
	Trees int
	Seed  uint64
	Tell  func(done, of int) // called as a backtest goes on
}

const (
	frozenTrees = 400
	frozenLeaf  = 4
	frozenTry   = 6
	perEvent    = 15   // rows without an onset that a tree sees for each with one
	fading      = 25.0 // years in which the chance of a row without an onset to be seen halves
)

// Model is what was learnt until a year.
type Model struct {
	Until    int // the last year that it knows
	t        *Table
	net      *net
	woods    *forest.Forest
	event    []float64
	fill     []float64 // what stands in for missing values
	base     float64   // log odds of an onset in the training rows
	woodBase float64
}

// Fit learns from what was known at the end of a year.
func Fit(t *Table, until int, s Settings) (*Model, error) {
	if s.Trees == 0 {
		s.Trees = frozenTrees
	}
	m := &Model{Until: until, t: t}
	var rows []int
	for i, r := range t.rows {
		if e, ok := t.within(r.place, until); ok {
			rows = append(rows, i)
			m.event = append(m.event, e)
		}
	}
	positive := 0.0
	for _, e := range m.event {
		positive += e
	}
	if len(rows) < 200 || positive < 10 {
		return nil, fmt.Errorf("until %d the file has %d country-years with %v onsets to learn from: at least 200 with 10", until, len(rows), positive)
	}
	m.fill = t.medians(rows)
	columns := make([][]float64, len(t.names))
	for _, i := range rows {
		for j, v := range m.complete(t.rows[i].x) {
			columns[j] = append(columns[j], v)
		}
	}
	m.base = logit(positive / float64(len(rows)))
	m.net = fitNet(columns, m.event)
	x, err := forest.Cut(columns)
	if err != nil {
		return nil, err
	}
	chance := min(1, perEvent*positive/float64(len(rows)))
	weight := make([]float64, len(rows))
	for i, e := range m.event {
		weight[i] = chance * math.Exp2(-float64(until-t.rows[rows[i]].year)/fading)
		if e == 1 {
			weight[i] = 1
		}
	}
	o := forest.Options{Trees: s.Trees, MinLeaf: frozenLeaf, Try: frozenTry, Sample: 0.6, Weight: weight, Seed: s.Seed + uint64(until)}
	m.woods, err = forest.Grow(x, [][]float64{m.event}, o)
	seen := 0.0
	for _, w := range weight {
		seen += w
	}
	m.woodBase = logit(positive / seen)
	return m, err
}

// within says whether an onset came in one of the two years after a country's
// year, as far as the end of the year until has seen them: of the last year but
// one it has seen only the first.
func (t *Table) within(p place, until int) (event float64, ok bool) {
	for ahead := 1; ahead <= min(2, until-p.year); ahead++ {
		if k, there := t.at[place{p.code, p.year + ahead}]; there && t.rows[k].known {
			ok = true
			if t.rows[k].onset {
				event = 1
			}
		}
	}
	return event, ok
}

// medians returns the middle value of each predictor.
func (t *Table) medians(rows []int) []float64 {
	out := make([]float64, len(t.names))
	for j := range out {
		var v []float64
		for _, i := range rows {
			if x := t.rows[i].x[j]; !math.IsNaN(x) {
				v = append(v, x)
			}
		}
		if len(v) > 0 {
			slices.Sort(v)
			out[j] = v[len(v)/2]
		}
	}
	return out
}

// complete fills in what is missing.
func (m *Model) complete(x []float64) []float64 {
	out := slices.Clone(x)
	for j, v := range out {
		if math.IsNaN(v) {
			out[j] = m.fill[j]
		}
	}
	return out
}

// parts returns the log odds by the regression and by the forest, both on the
// scale of the frequency of onsets.
func (m *Model) parts(x []float64) (byNet, byWoods float64) {
	byNet, _ = m.net.logit(x)
	p := m.woods.Mean(x, m.event)
	byWoods = logit(min(0.999, max(0.001, p))) - m.woodBase + m.base
	return byNet, byWoods
}

// risk returns the combined probability of a complete row.
func (m *Model) risk(x []float64) float64 {
	a, b := m.parts(x)
	return logistic((a + b) / 2)
}

// A Risk is the forecast of one country in one year.
type Risk struct {
	Country string   `json:"country"`
	Code    int      `json:"code"`
	Year    int      `json:"year"`
	Risk    float64  `json:"risk"`
	Rank    int      `json:"rank"` // within the year, 1 is the highest
	Reasons []Reason `json:"reasons,omitempty"`
	Onset   bool     `json:"onset"`
	Known   bool     `json:"-"` // whether the file says if there was one
}

// Backtest gives the risk of every country in each year: the larger of what
// the two last forecasts said that speak of it. A country without a row in those
// years has none. Reasons are given for the highest thirty of a year.
func Backtest(t *Table, from, to int, s Settings) ([]Risk, error) {
	if to < from {
		return nil, fmt.Errorf("the years run from %d to %d", from, to)
	}
	models := map[int]*Model{}
	for until := from - 2; until < to; until++ {
		m, err := Fit(t, until, s)
		if err != nil {
			return nil, err
		}
		models[until] = m
		if s.Tell != nil {
			s.Tell(until-from+3, to-from+2)
		}
	}
	var out []Risk
	for year := from; year <= to; year++ {
		all := t.risks(year, models)
		if len(all) == 0 {
			return nil, fmt.Errorf("the file has no country in %d or %d: nothing is known of %d", year-2, year-1, year)
		}
		out = append(out, all...)
	}
	return out, nil
}

// risks returns those of one year, the highest first.
func (t *Table) risks(year int, models map[int]*Model) []Risk {
	by := map[int]*Risk{}
	said := map[int]int{} // the row that gave a country's risk
	for i, r := range t.rows {
		m := models[r.year]
		if m == nil || r.year != year-1 && r.year != year-2 {
			continue
		}
		risk := m.risk(m.complete(r.x))
		if x := by[r.code]; x == nil || risk > x.Risk {
			by[r.code] = &Risk{Country: r.country, Code: r.code, Year: year, Risk: risk}
			said[r.code] = i
		}
	}
	out := make([]Risk, 0, len(by))
	for code, x := range by {
		if k, ok := t.at[place{code, year}]; ok {
			x.Onset, x.Known = t.rows[k].onset, t.rows[k].known
		}
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Risk) int { return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.Code, b.Code)) })
	for i := range out {
		out[i].Rank = i + 1
		if i < 30 {
			r := t.rows[said[out[i].Code]]
			out[i].Reasons = models[r.year].Why(r.x, 5)
		}
	}
	return out
}
