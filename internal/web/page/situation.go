package page

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/web/look"
)

// Situations is the list of situations.
type Situations struct {
	Frame
	Table  Table
	Filter []Field
}

// A Situation is the dossier of one situation.
type Situation struct {
	Frame
	Row                                                          SituationRow
	Started                                                      time.Time
	Area                                                         string
	Members                                                      []Ref
	Populations                                                  []Population
	Line                                                         *chart.Timeline
	Events                                                       []Event
	AllEvents                                                    string // address of all of them, where there are more
	Matrix                                                       Matrix
	Series                                                       []Series
	Warnings, Duties, Reports, Decisions, Assessments            Table
	Sources                                                      []Tally // reports by kind of source
	MayWarn, MayAssess, MayReport, MayChange, MayStaff, MayClose bool
	State, Reason, PopName, PopWhy, Member                       Field
	Called, Where, Analyst, Leaves                               Field
}

// A SituationForm opens a situation.
type SituationForm struct {
	Frame
	Fields []Field
}

// A Tally is a count of one kind.
type Tally struct {
	Kind  string
	Count int64
}

// A Series is counts over months, from one source, as it was issued.
type Series struct {
	ID, Name, Unit, Source, Note string
	Issued                       time.Time
	Entry                        int64
	CSV                          string
	Trigger                      float64
	Points                       []chart.Observation
	Forecast                     []chart.Forecast

	Chart *chart.Monthly
	At    string // where each month stands, for the reading cursor
	Gaps  bool   // months are missing
	Table Table
	Last  chart.Observation
}

// Draw lays the series out and makes its table.
func Draw(w *Words, s Series) Series {
	s.Chart = chart.NewMonthly(s.Points, s.Forecast, s.Trigger, 460, 250)
	s.Table = Table{ID: s.ID + "-data", Caption: s.Name, Hidden: true, Cols: w.Cols("month", "#count", "#low", "#high"), CSV: s.CSV, Empty: w.T("series.none")}
	if s.Chart == nil {
		return s
	}
	from, to := s.Points[0].Month, s.Points[len(s.Points)-1].Month
	if n := len(s.Forecast); n > 0 {
		to = s.Forecast[n-1].Month
	}
	var at []string
	place := func(t time.Time) {
		share := 0.0
		if d := to.Sub(from); d > 0 {
			share = float64(t.Sub(from)) / float64(d)
		}
		at = append(at, strconv.FormatFloat(s.Chart.Left+(s.Chart.Right-s.Chart.Left)*share, 'f', 1, 64))
	}
	row := func(t time.Time, mid, low, high float64) {
		place(t)
		cells := []Cell{{Text: t.Format("2006-01"), ID: true}}
		for _, v := range []float64{mid, low, high} {
			cells = append(cells, Cell{Text: w.Dec(v), Raw: strconv.FormatFloat(v, 'f', -1, 64), ID: true})
		}
		s.Table.Rows = append(s.Table.Rows, Row{Cells: cells})
	}
	for _, p := range s.Points {
		row(p.Month, p.Count, p.Low, p.High)
	}
	for _, f := range s.Forecast {
		row(f.Month, f.P50, f.P05, f.P95)
	}
	s.At, s.Last, s.Gaps = strings.Join(at, " "), s.Points[len(s.Points)-1], s.Chart.Gaps
	return s
}

// A Matrix is the risk of each population by each factor, with what changed
// since the assessment before.
type Matrix struct {
	At               time.Time // of the latest assessment in it
	IDs              []string  // of the assessment of each population, "" for none
	Populations      []string
	Factors          []MatrixRow
	Grown, Worsening int // factors with more seen than last time; indicators worsening
}

// A MatrixRow is one risk factor.
type MatrixRow struct {
	Factor int
	Name   string
	Cells  []chart.Cell // one a population
}

// Tally counts what a reader should see first.
func (m Matrix) Tally() Matrix {
	m.Grown, m.Worsening = 0, 0
	for _, r := range m.Factors {
		grown := false
		for _, c := range r.Cells {
			grown = grown || c.Compared && c.Change > 0
			m.Worsening += c.Worsening
		}
		if grown {
			m.Grown++
		}
	}
	return m
}

// NewLine lays the turns of a situation out on its timeline: warnings,
// assessments, decisions and lapses by their references, reports as dots, over
// the two years before now, or since the first of them.
func NewLine(events []Event, started, now time.Time) *chart.Timeline {
	from := now.AddDate(-2, 0, 0)
	if started.After(from) {
		from = started.AddDate(0, 0, -7)
	}
	var marks []chart.Mark
	weights := map[string]int{"warning.issued": 3, "decision.signed": 2, "duty.lapsed": 1}
	for _, e := range events {
		kind, what, _ := strings.Cut(e.Kind, ".")
		m := chart.Mark{At: e.At, Label: e.ID, Href: look.Href(e.ID), Kind: kind, Weight: weights[e.Kind]}
		switch {
		case e.Kind == "duty.lapsed":
			m.Kind = "lapse"
		case e.Kind == "report.submitted", e.Kind == "report.linked":
			m.Label = ""
		case kind == "situation" && what == "added", e.Kind == "warning.issued", e.Kind == "assessment.reviewed", e.Kind == "decision.signed":
		default:
			continue
		}
		marks = append(marks, m)
	}
	slices.SortStableFunc(marks, func(a, b chart.Mark) int { return a.At.Compare(b.At) })
	if len(marks) > 0 && marks[0].At.After(from) {
		from = marks[0].At.Add(-now.Sub(marks[0].At) / 40)
	}
	return chart.NewTimeline(marks, inForce(events, now), from, now, 1180)
}

// inForce is the highest level of the warnings that held, as it changed.
func inForce(events []Event, now time.Time) (out []chart.Change) {
	turns := slices.Clone(events)
	slices.SortStableFunc(turns, func(a, b Event) int { return a.At.Compare(b.At) })
	held := map[string]int{}
	for _, e := range turns {
		switch {
		case e.At.After(now):
		case e.Kind == "warning.issued":
			held[e.ID] = e.Level
		case e.Kind == "warning.ended":
			delete(held, e.ID)
		default:
			continue
		}
		level := 0
		for _, l := range held {
			level = max(level, l)
		}
		if n := len(out); n == 0 && level > 0 || n > 0 && out[n-1].Level != level {
			out = append(out, chart.Change{At: e.At, Level: level})
		}
	}
	return out
}
