package page

import (
	"slices"
	"time"

	"github.com/heed-project/heed/internal/chart"
)

// Protocols is the list of response protocols.
type Protocols struct {
	Frame
	Rows []ProtocolRow
}

// A ProtocolRow is a protocol in a list.
type ProtocolRow struct {
	ID, Name, Version, For, OpenedBy string
	Active                           bool
	Duties, Problems                 int
	Entry                            int64
	Since                            time.Time
}

// A Protocol is one protocol with its clock: what would fall due when, for
// whom, if a warning of a level were issued at a time.
type Protocol struct {
	Frame
	Row                   ProtocolRow
	Text                  string
	Levels                []Tab
	Level                 int
	Start                 time.Time
	Clock                 []Planned
	Ticks                 []chart.Tick
	Width                 float64
	Problems              []Problem
	Calendars             []Calendar
	CivilSociety, Closing string
	At                    Field
}

// A Problem is what the check of a protocol found.
type Problem struct{ Where, What string }

// A Calendar is a city's working time.
type Calendar struct{ City, Zone, Week string }

// NewClock lays planned duties out on one axis that starts at start.
func NewClock(w *Words, duties []Planned, start time.Time, width float64) ([]Planned, []chart.Tick) {
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
		return (width - 24) * float64(t.Sub(start)) / float64(end.Sub(start))
	}
	out := slices.Clone(duties)
	for i, d := range out {
		out[i].Width = x(d.DueAt)
		out[i].Rungs = slices.Clone(d.Rungs)
		for k, r := range d.Rungs {
			out[i].Rungs[k].X = x(r.At)
		}
	}
	step := 24 * time.Hour
	for end.Sub(start) > 8*step {
		step *= 2
	}
	var ticks []chart.Tick
	for t := start; !t.After(end); t = t.Add(step) {
		ticks = append(ticks, chart.Tick{At: x(t), Label: "+" + w.Span(t.Sub(start))})
	}
	return out, ticks
}
