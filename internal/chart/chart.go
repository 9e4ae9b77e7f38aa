// Package chart computes the geometry of Heed's charts: where a line runs,
// where a label stands, which shade a cell takes. Templates draw them, so that
// colour and type stay in the style sheet and every label goes through the
// template's escaping.
//
// [NewMonthly] lays out monthly counts,
// with the fan of a forecast behind them where there is one. [NewTimeline]
// lays out what happened when, labels in as many lanes as they need.
// [NewCell] turns the marks of an assessment into shades and changes. [NewHistogram]
// and [NewBalance] show how well forecasts are calibrated, and where they gain.
//
//	c := chart.NewMonthly(history, forecast, 100, 460, 270)
//	c.History // points of a polyline, in the view box 0 0 460 270
//
// Counts of fatalities are heavy-tailed, so a count axis is log(1+n): zero
// stays on the chart and 10 → 100 is as tall as 1 → 10. Time always runs from
// left to right, also on pages that read from right to left. Lengths are view
// box units; times are UTC. The package trusts its input to be in time order.
package chart

import (
	"strconv"
	"strings"
	"time"
)

// A Tick is one labelled place on an axis.
type Tick struct {
	At    float64
	Label string
}

type points struct{ strings.Builder }

func (p *points) add(x, y float64) {
	if p.Len() > 0 {
		p.WriteByte(' ')
	}
	p.WriteString(strconv.FormatFloat(x, 'f', 1, 64))
	p.WriteByte(',')
	p.WriteString(strconv.FormatFloat(y, 'f', 1, 64))
}

// span places a time between two edges.
type span struct {
	from, to    time.Time
	left, right float64
}

func (s span) x(t time.Time) float64 {
	d := s.to.Sub(s.from).Hours()
	if d <= 0 {
		return s.left
	}
	return s.left + (s.right-s.left)*t.Sub(s.from).Hours()/d
}

// years returns a tick for each January, or for each quarter's first month
// where the span is short.
func (s span) years() (ticks []Tick) {
	short := s.to.Sub(s.from) < 500*24*time.Hour
	t := time.Date(s.from.Year(), s.from.Month(), 1, 0, 0, 0, 0, time.UTC)
	for ; !t.After(s.to); t = t.AddDate(0, 1, 0) {
		switch {
		case t.Before(s.from):
		case t.Month() == time.January:
			ticks = append(ticks, Tick{s.x(t), strconv.Itoa(t.Year())})
		case short && t.Month()%3 == 1:
			ticks = append(ticks, Tick{s.x(t), t.Format("2006-01")})
		}
	}
	return ticks
}
