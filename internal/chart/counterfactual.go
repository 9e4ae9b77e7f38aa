package chart

import (
	"math"
	"strconv"
)

// A Contrast is one time of an analysis of effect: what was observed, and what
// would have been expected had nothing been done, with its interval.
type Contrast struct {
	Label                         string
	After                         bool // at or after the start
	Observed, Expected, Low, High float64
}

// A Counterfactual is what was observed against what was expected. Times stand
// at equal steps: a gap between them is told by their labels.
type Counterfactual struct {
	Width, Height            float64
	Left, Right, Top, Bottom float64
	Observed, Expected       string // polyline points
	Band                     string // polygon points: the interval of what was expected
	StartX                   float64
	X, Y                     []Tick
	End                      struct{ X, Observed, Expected float64 }
}

// NewCounterfactual lays the chart out on an axis of equal steps. It returns nil
// when there are fewer than two times.
func NewCounterfactual(times []Contrast, width, height float64) *Counterfactual {
	if len(times) < 2 {
		return nil
	}
	c := &Counterfactual{Width: width, Height: height, Left: 52, Right: width - 96, Top: 14, Bottom: height - 26}
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range times {
		low, high = min(low, p.Observed, p.Expected), max(high, p.Observed, p.Expected)
	}
	room := (high - low) / 2 // an interval far beyond the lines is cut at the frame
	for _, p := range times {
		low, high = min(low, max(p.Low, low-room)), max(high, min(p.High, high+room))
	}
	ticks := nice(low, high)
	low, high = min(low, ticks[0]), max(high, ticks[len(ticks)-1])
	x := func(i int) float64 { return c.Left + (c.Right-c.Left)*float64(i)/float64(len(times)-1) }
	y := func(v float64) float64 {
		return c.Bottom - (c.Bottom-c.Top)*(min(max(v, low), high)-low)/(high-low)
	}
	var seen, expected, band points
	for i, p := range times {
		seen.add(x(i), y(p.Observed))
		expected.add(x(i), y(p.Expected))
		band.add(x(i), y(p.High))
		if p.After && c.StartX == 0 {
			c.StartX = round(x(i) - (x(1)-x(0))/2)
		}
	}
	for i := len(times) - 1; i >= 0; i-- {
		band.add(x(i), y(times[i].Low))
	}
	c.Observed, c.Expected, c.Band = seen.String(), expected.String(), band.String()
	for _, t := range ticks {
		c.Y = append(c.Y, Tick{round(y(t)), strconv.FormatFloat(t, 'g', 6, 64)})
	}
	step := max(1, (len(times)+4)/5)
	for i := 0; i < len(times); i += step {
		c.X = append(c.X, Tick{round(x(i)), times[i].Label})
	}
	last := times[len(times)-1]
	c.End.X, c.End.Observed, c.End.Expected = c.Right, y(last.Observed), y(last.Expected)
	c.spread()
	return c
}

// spread keeps the two labels at the end from touching.
func (c *Counterfactual) spread() {
	const gap = 14
	if d := c.End.Expected - c.End.Observed; math.Abs(d) < gap {
		mid, half := (c.End.Expected+c.End.Observed)/2, math.Copysign(gap/2, d)
		c.End.Observed, c.End.Expected = mid-half, mid+half
	}
}

// nice returns three to eight round values that hold a range.
func nice(low, high float64) (out []float64) {
	if !(high > low) {
		low, high = low-1, high+1
	}
	raw := (high - low) / 4
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	switch f := raw / step; {
	case f > 5:
		step *= 10
	case f > 2:
		step *= 5
	case f > 1:
		step *= 2
	}
	for k := math.Floor(low / step); k*step < high+step; k++ {
		out = append(out, k*step)
	}
	return out
}
