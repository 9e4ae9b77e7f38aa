package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// An Observation is one month's count with the range its source gives. Where
// the source gives none, Low and High equal Count.
type Observation struct {
	Month            time.Time
	Count, Low, High float64
}

// A Forecast is one month's predictive quantiles.
type Forecast struct {
	Month                   time.Time
	P05, P25, P50, P75, P95 float64
}

// A Monthly is a history of counts, followed by the fan of a forecast where
// there is one.
type Monthly struct {
	Width, Height            float64
	Left, Right, Top, Bottom float64 // edges of the plotting area
	History                  string  // path data, broken where months are missing
	Range                    string  // path data, low to high; "" where the source gives no range
	Dots                     []Dot   // the months themselves
	Gaps                     bool    // months are missing
	Median                   string  // polyline points; "" without a forecast
	Inner, Outer             string  // polygon points: 50 % and 90 % intervals
	NowX                     float64
	TriggerY                 float64 // 0 without a trigger
	X, Y                     []Tick
	Last                     struct{ X, Y float64 }
	End                      struct{ X, P05, P50, P95 float64 }
}

// A Dot is one month's place.
type Dot struct{ X, Y float64 }

// NewMonthly lays out the chart. A trigger of 0 draws no trigger. It returns
// nil when there is nothing to draw.
func NewMonthly(hist []Observation, fc []Forecast, trigger, width, height float64) *Monthly {
	if len(hist) == 0 {
		return nil
	}
	m := &Monthly{Width: width, Height: height, Left: 40, Right: width - 14, Top: 14, Bottom: height - 26}
	last := hist[len(hist)-1].Month
	if len(fc) > 0 {
		m.Right, last = width-62, fc[len(fc)-1].Month
	}
	top := highest(hist, fc, trigger)
	s := span{hist[0].Month, last, m.Left, m.Right}
	y := func(n float64) float64 {
		return m.Bottom - (m.Bottom-m.Top)*math.Log1p(max(n, 0))/math.Log1p(top)
	}
	m.drawHistory(hist, s, y)
	if len(fc) > 0 {
		m.drawForecast(hist[len(hist)-1], fc, s, y)
	}
	if trigger > 0 {
		m.TriggerY = y(trigger)
	}
	m.Y = []Tick{{y(0), "0"}}
	for n := 1.0; n <= top; n *= 10 {
		m.Y = append(m.Y, Tick{y(n), group(int(n))})
	}
	m.X = s.years()
	return m
}

func highest(hist []Observation, fc []Forecast, trigger float64) float64 {
	top := max(trigger, 1)
	for _, o := range hist {
		top = max(top, o.Count, o.High)
	}
	for _, q := range fc {
		top = max(top, q.P95)
	}
	return top
}

// drawHistory draws a line through months that follow one another. A month that
// the source does not have is a gap, not a way between its neighbours.
func (m *Monthly) drawHistory(hist []Observation, s span, y func(float64) float64) {
	var line, band strings.Builder
	ranged := false
	for start := 0; start < len(hist); {
		end := start + 1
		for end < len(hist) && next(hist[end-1].Month, hist[end].Month) {
			end++
		}
		run := hist[start:end]
		var top, low, mid points
		for _, o := range run {
			mid.add(s.x(o.Month), y(o.Count))
			top.add(s.x(o.Month), y(o.High))
			ranged = ranged || o.High > o.Low
			m.Dots = append(m.Dots, Dot{round(s.x(o.Month)), round(y(o.Count))})
		}
		for i := len(run) - 1; i >= 0; i-- {
			low.add(s.x(run[i].Month), y(run[i].Low))
		}
		line.WriteString("M" + mid.String())
		band.WriteString("M" + top.String() + " " + low.String() + "Z")
		m.Gaps = m.Gaps || end < len(hist)
		start = end
	}
	m.History = line.String()
	if ranged {
		m.Range = band.String()
	}
	if !m.Gaps && len(hist) > 18 {
		m.Dots = nil // a line that has no gaps needs none
	}
	now := hist[len(hist)-1]
	m.NowX = s.x(now.Month)
	m.Last.X, m.Last.Y = m.NowX, y(now.Count)
}

// next tells whether b is the month after a.
func next(a, b time.Time) bool {
	return (b.Year()-a.Year())*12+int(b.Month())-int(a.Month()) == 1
}

func round(v float64) float64 { return math.Round(v*10) / 10 }

func (m *Monthly) drawForecast(now Observation, fc []Forecast, s span, y func(float64) float64) {
	var mid, in, out points
	for _, p := range []*points{&mid, &in, &out} {
		p.add(m.NowX, y(now.Count))
	}
	for _, q := range fc {
		mid.add(s.x(q.Month), y(q.P50))
		in.add(s.x(q.Month), y(q.P75))
		out.add(s.x(q.Month), y(q.P95))
	}
	for i := len(fc) - 1; i >= 0; i-- {
		in.add(s.x(fc[i].Month), y(fc[i].P25))
		out.add(s.x(fc[i].Month), y(fc[i].P05))
	}
	m.Median, m.Inner, m.Outer = mid.String(), in.String(), out.String()
	e := fc[len(fc)-1]
	m.End.X, m.End.P05, m.End.P50, m.End.P95 = s.x(e.Month), y(e.P05), y(e.P50), y(e.P95)
	m.spread()
}

// spread keeps the three labels at the end of the fan from touching.
func (m *Monthly) spread() {
	const gap = 13
	m.End.P95 = min(m.End.P95, m.End.P50-gap)
	m.End.P05 = max(m.End.P05, m.End.P50+gap)
}

// group writes a whole number with thin spaces between thousands.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}
