package page

import (
	"math"
	"time"

	"github.com/heed-project/heed/internal/chart"
)

// Protocols is the list of response protocols.
type Protocols struct {
	Frame
	Rows []ProtocolRow
}

// A Protocol is one protocol with its clock: what would fall due when, for
// whom, if a warning of a level were issued at a time.
type Protocol struct {
	Frame
	Row       ProtocolRow
	Text      string
	Levels    []Tab
	Level     int
	Start     time.Time
	Clock     []ClockRow
	Ticks     []chart.Tick
	Width     float64
	Problems  []Problem
	Calendars []Calendar
	Openers   []OpenerLine
	Closing   []string // what must be true first
	At        Field
}

// An OpenerLine is who may open the protocol by their own standing.
type OpenerLine struct {
	Title   string
	Outside bool // of the office, as civil society is
	From    int  // the lowest level at which
}

// A ClockRow is a planned duty with its place on the clock.
type ClockRow struct {
	Planned
	Width float64 // of the time allowed
	Marks []chart.Tick
}

// NewClock lays planned duties out on one axis that starts at start. The axis is
// log(1+hours): what falls due within a day is told apart as well as what falls
// due within months. A mark keeps its number where there is room for it.
func NewClock(w *Words, duties []Planned, start time.Time, width float64) ([]ClockRow, []chart.Tick) {
	end := start.Add(24 * time.Hour)
	for _, d := range duties {
		if d.DueAt.After(end) {
			end = d.DueAt
		}
		for _, r := range d.Rungs {
			if r.At.After(end) {
				end = r.At
			}
		}
	}
	x := func(t time.Time) float64 {
		return (width - 24) * math.Log1p(max(0, t.Sub(start).Hours())) / math.Log1p(end.Sub(start).Hours())
	}
	rows := make([]ClockRow, len(duties))
	for i, d := range duties {
		rows[i] = ClockRow{Planned: d, Width: x(d.DueAt)}
		for k, r := range d.Rungs {
			m := chart.Tick{At: x(r.At), Label: w.Num(int64(r.N))}
			if k > 0 && m.At-rows[i].Marks[k-1].At < 10 {
				rows[i].Marks[k-1].Label = ""
			}
			rows[i].Marks = append(rows[i].Marks, m)
		}
	}
	var ticks []chart.Tick
	for _, h := range []time.Duration{1, 6, 24, 3 * 24, 7 * 24, 30 * 24, 90 * 24, 365 * 24} {
		if t := start.Add(h * time.Hour); !t.After(end) {
			ticks = append(ticks, chart.Tick{At: x(t), Label: w.Span(h * time.Hour)})
		}
	}
	return rows, ticks
}
