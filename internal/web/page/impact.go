package page

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/impact"
	"github.com/heed-project/heed/internal/web/look"
)

// ImpactRow is an analysis in a list, as the node tells it.
type ImpactRow = heed.ImpactRow

// Impacts is the list of analyses.
type Impacts struct {
	Frame
	Table Table
}

// An Impact is one analysis of what a measure changed.
type Impact struct {
	Frame
	Row           ImpactRow
	Data, Because Text
	Method        string
	Start, First  string // the first time affected as registered, and as the table has it
	Command       string // that runs the design on a table
	Expect        string
	Ran           bool
	Verdict       string // in words
	Means         string // what may be said, in one sentence
	Grade         string
	Effect        string // with its interval
	Doubt         string // what kind of interval, and by which method
	Met           string // the expectation
	Reasons       []string
	Seen          int64 // the entry that brought the data before the registration
	RunEntry      int64
	RanBy         Ref
	RanAt         time.Time
	Blob          string
	Chart         *chart.Counterfactual
	Points        Table
	Facts         Table
	Weights       Table
	Rivals        []ImpactRival
	Events        []Event
	Days          int
	Tool          string
	Tools         Table
	MayAnswer     bool
	MayRun        bool
	Run           Field
	Rival, Answer Field
}

// An ImpactForm registers an analysis.
type ImpactForm struct {
	Frame
	Asked, Design []Field
}

// An ImpactRival is a rival explanation in words, and what was said of it.
type ImpactRival struct {
	Name, Means string
	Answers     []heed.Answer
}

// slug makes a key of a verdict or grade: "consistent-with-not-identified".
func slug(s string) string { return strings.NewReplacer(" ", "-", ",", "").Replace(s) }

// VerdictWords says a verdict, and what may be said with it.
func VerdictWords(w *Words, v causal.Verdict) (name, means string) {
	return w.T("impact.verdict." + slug(string(v))), w.T("impact.means." + slug(string(v)))
}

// ImpactTable makes the table of analyses.
func ImpactTable(w *Words, id string, rows []ImpactRow) Table {
	t := Table{ID: id, Caption: w.T("impact.title"), Empty: w.T("impact.none"),
		Cols: w.Cols("analysis", "question", "measured", "situation", "method", "verdict", "grade", "#entry")}
	for _, x := range rows {
		verdict, grade, entry := Cell{Text: w.T("impact.waiting"), Mark: "open", Raw: "registered"}, Cell{Text: "—"}, x.Entry
		if x.Ran != nil {
			name, _ := VerdictWords(w, x.Ran.Verdict)
			verdict = Cell{Text: name, Sub: EffectWords(w, x.Ran.Effect), Raw: string(x.Ran.Verdict)}
			grade = Cell{Text: w.T("impact.grade." + slug(string(x.Ran.Grade))), Raw: string(x.Ran.Grade)}
			entry = x.Ran.Entry
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(x.ID), {Text: w.Said(x.Question)}, {At: x.Date}, w.RefCell(x.Situation),
			{Text: w.T("impact.method." + x.Method), Raw: x.Method}, verdict, grade, w.EntryCell(entry)}})
	}
	return t
}

// EffectWords says an effect with its interval.
func EffectWords(w *Words, e causal.Interval) string {
	return w.T("impact.effect", significant(w, e.Estimate), significant(w, e.Low), significant(w, e.High))
}

// significant writes a number with three figures, as a person reads it. What has
// no bound is written so.
func significant(w *Words, x float64) string {
	switch {
	case x > causal.Unbounded/2 || x == math.Log(causal.Unbounded):
		return "∞"
	case x == -math.Log(causal.Unbounded):
		return "−∞"
	}
	switch s := strconv.FormatFloat(x, 'g', 3, 64); {
	case strings.ContainsAny(s, "e"):
		return w.Dec(x)
	default:
		f, _ := strconv.ParseFloat(s, 64)
		_, decimals, _ := strings.Cut(s, ".")
		return w.Catalog.Dec(f, len(decimals))
	}
}

// Show fills in what was found.
func (p *Impact) Show(w *Words, x heed.Impact) {
	r, o := x.Ran, x.Outcome
	p.Ran, p.RunEntry, p.RanAt, p.Blob, p.Seen = true, r.Entry, r.At, r.Blob, r.Seen
	p.Verdict, p.Means = VerdictWords(w, r.Verdict)
	p.Grade = w.T("impact.grade." + slug(string(r.Grade)))
	p.Effect = EffectWords(w, r.Effect)
	p.Doubt = w.T("impact.doubt." + doubt(x.Method))
	p.Met = w.T("impact.met." + slug(impact.AsExpected(x.Expect, r.Verdict, r.Effect)))
	if o == nil {
		return
	}
	if o.Ratio != nil {
		p.Effect = w.T("impact.effect.ratio", significant(w, o.Ratio.Estimate), significant(w, o.Ratio.Low), significant(w, o.Ratio.High))
	}
	for _, code := range o.Reasons {
		p.Reasons = append(p.Reasons, w.T("impact.reason."+code))
	}
	p.First, p.Facts = o.First, factTable(w, o)
	var times []chart.Contrast
	for _, t := range o.Points {
		times = append(times, chart.Contrast{Label: t.Label, After: t.After, Observed: t.Observed, Expected: t.Expected, Low: t.Low, High: t.High})
	}
	p.Chart = chart.NewCounterfactual(times, 720, 300)
	p.Points = PointTable(w, "counterfactual", o.Points)
	p.Points.CSV = "/impact/" + x.ID + ".csv"
	p.Weights = weightTable(w, o.Weights)
}

// doubt tells the methods for one place from comparisons.
func doubt(method string) string {
	if method == impact.Series || method == impact.State {
		return method
	}
	return "other"
}

// factTable makes the table of diagnostics.
func factTable(w *Words, o *impact.Outcome) Table {
	t := Table{ID: "diagnostics", Caption: w.T("impact.facts"), Hidden: true, Cols: w.Cols("diagnostic", "#value", "means")}
	add := func(code, at, value, raw string) {
		name := w.T("impact.fact." + code)
		if at != "" {
			name, code = w.T("impact.fact.at", name, at), code+" "+at
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: name, Raw: code}, {Text: value, Raw: raw, ID: true}, {Text: w.T("impact.fact." + strings.Fields(code)[0] + ".means")}}})
	}
	exact := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, f := range o.Facts {
		add(f.Code, f.At, significant(w, f.Value), exact(f.Value))
	}
	if a := o.Asked; a != nil {
		e, words := a.Effect, EffectWords(w, a.Effect)
		if a.Ratio != nil {
			e, words = *a.Ratio, w.T("impact.effect.ratio", significant(w, a.Ratio.Estimate), significant(w, a.Ratio.Low), significant(w, a.Ratio.High))
		}
		add("asked", a.Errors, words, exact(e.Estimate))
	}
	if o.Dropped > 0 {
		add("dropped", "", w.Num(int64(o.Dropped)), strconv.Itoa(o.Dropped))
	}
	return t
}

// PointTable makes the table beneath the chart.
func PointTable(w *Words, id string, points []impact.Point) Table {
	t := Table{ID: id, Caption: w.T("impact.chart"), Hidden: true, Cols: w.Cols("time", "#observed", "#expected", "#low", "#high"), Empty: w.T("series.none")}
	for _, p := range points {
		cells := []Cell{{Text: p.Label, ID: true}}
		for _, v := range []float64{p.Observed, p.Expected, p.Low, p.High} {
			cells = append(cells, Cell{Text: significant(w, v), Raw: strconv.FormatFloat(v, 'g', -1, 64), ID: true})
		}
		t.Rows = append(t.Rows, Row{Cells: cells})
	}
	return t
}

func weightTable(w *Words, weights map[string]float64) Table {
	t := Table{ID: "weights", Caption: w.T("impact.weights"), Cols: w.Cols("donor", "#weight")}
	names := slices.SortedFunc(maps.Keys(weights), func(a, b string) int {
		switch {
		case weights[a] > weights[b]:
			return -1
		case weights[a] < weights[b]:
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: name}, {Text: significant(w, weights[name]), Raw: strconv.FormatFloat(weights[name], 'g', -1, 64), ID: true}}})
	}
	return t
}

// ToolTable makes the table of what is known of the tool that was used.
func ToolTable(w *Words, rows []impact.Finding) Table {
	t := Table{ID: "tools", Caption: w.T("impact.tools"), Empty: w.T("impact.tools.none"), Cols: w.Cols("factor", "nature", "#greater", "#lesser", "#mixed", "research", "practice")}
	strength := func(s string) Cell {
		if s == "" {
			return Cell{Text: "—"}
		}
		return Cell{Text: w.T("impact.strength." + s), Raw: s}
	}
	for _, f := range rows {
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: f.Factor}, {Text: w.Word("impact.nature.", f.Nature)}, w.CountCell(int64(f.Greater)),
			w.CountCell(int64(f.Lesser)), w.CountCell(int64(f.Mixed)), strength(f.Research), strength(f.Practice)}})
	}
	return t
}
