package chart

import (
	"math"
	"strconv"
)

// A Box is one bar.
type Box struct{ X, Y, Width, Height float64 }

// A Histogram is counts in bins of equal width, with the range in which each
// count would lie if every bin were equally likely.
type Histogram struct {
	Width, Height            float64
	Left, Right, Top, Bottom float64
	Bars                     []Box
	Even                     float64 // where a bar ends if all are alike
	Range                    Box     // of 95 % of such bars, each value on its own
	X, Y                     []Tick
}

// NewHistogram lays out counts of values between 0 and 1. It returns nil when
// nothing was counted.
func NewHistogram(counts []int, width, height float64) *Histogram {
	n := 0
	for _, c := range counts {
		n += c
	}
	if n == 0 {
		return nil
	}
	h := &Histogram{Width: width, Height: height, Left: 46, Right: width - 10, Top: 12, Bottom: height - 24}
	p := 1 / float64(len(counts))
	even := float64(n) * p
	half := 1.96 * math.Sqrt(even*(1-p))
	top := even + half
	for _, c := range counts {
		top = max(top, float64(c))
	}
	ticks := nice(0, top)
	top = max(top, ticks[len(ticks)-1])
	y := func(v float64) float64 { return round(h.Bottom - (h.Bottom-h.Top)*v/top) }
	step := (h.Right - h.Left) / float64(len(counts))
	for i, c := range counts {
		h.Bars = append(h.Bars, Box{round(h.Left + float64(i)*step + 1.5), y(float64(c)), round(step - 3), round(h.Bottom - y(float64(c)))})
		h.X = append(h.X, Tick{round(h.Left + float64(i)*step), strconv.FormatFloat(float64(i)*p, 'g', 2, 64)})
	}
	h.X = append(h.X, Tick{h.Right, "1"})
	h.Even = y(even)
	low := y(max(even-half, 0))
	h.Range = Box{h.Left, y(even + half), h.Right - h.Left, round(low - y(even+half))}
	for _, t := range ticks {
		if t == math.Trunc(t) {
			h.Y = append(h.Y, Tick{y(t), strconv.FormatFloat(t, 'f', 0, 64)})
		}
	}
	return h
}

// A Balance is bars on both sides of zero, one below the other: to the right
// what was gained, to the left what was lost. Its axis is the sign times log(1+n).
type Balance struct {
	Width, Height            float64
	Left, Right, Top, Bottom float64
	Zero                     float64
	Rows                     []BalanceRow
	X                        []Tick
}

// A BalanceRow is one bar with the middle of its line.
type BalanceRow struct {
	Name string
	Bar  Box
	Mid  float64
	Less bool // below zero
}

// NewBalance lays out values under their names, in the order given. It returns
// nil when there are none.
func NewBalance(names []string, values []float64, width float64) *Balance {
	if len(values) == 0 || len(names) != len(values) {
		return nil
	}
	const line = 20
	b := &Balance{Width: width, Height: float64(len(values))*line + 38, Left: 150, Right: width - 16, Top: 8}
	b.Bottom = b.Height - 26
	scale := func(v float64) float64 { return math.Copysign(math.Log1p(math.Abs(v)), v) }
	low, high := 0.0, 0.0
	for _, v := range values {
		low, high = min(low, scale(v)), max(high, scale(v))
	}
	if high == low {
		high = 1
	}
	x := func(v float64) float64 { return round(b.Left + (b.Right-b.Left)*(scale(v)-low)/(high-low)) }
	b.Zero = x(0)
	for i, v := range values {
		top := b.Top + float64(i)*line
		from, to := min(b.Zero, x(v)), max(b.Zero, x(v))
		b.Rows = append(b.Rows, BalanceRow{Name: names[i], Bar: Box{from, top + 4, round(to - from), line - 8}, Mid: top + line/2, Less: v < 0})
	}
	b.X = []Tick{{b.Zero, "0"}}
	for _, sign := range []float64{1, -1} {
		last := b.Zero
		for v := 0.1; v < 1e9; v *= 10 {
			at := x(sign * v)
			if scale(sign*v) > high || scale(sign*v) < low {
				break
			}
			if math.Abs(at-last) < 34 {
				continue
			}
			last = at
			b.X = append(b.X, Tick{at, strconv.FormatFloat(math.Round(sign*v*10)/10, 'f', -1, 64)})
		}
	}
	return b
}
