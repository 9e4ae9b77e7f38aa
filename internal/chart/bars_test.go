package chart

import (
	"math"
	"testing"
)

func TestHistogramStandsOnItsAxis(t *testing.T) {
	if NewHistogram(make([]int, 10), 400, 200) != nil || NewHistogram(nil, 400, 200) != nil {
		t.Error("a histogram of nothing")
	}
	h := NewHistogram([]int{10, 0, 40, 10, 10, 10, 10, 10, 0, 0}, 400, 200)
	if len(h.Bars) != 10 || len(h.X) != 11 {
		t.Fatalf("%d bars, %d ticks", len(h.Bars), len(h.X))
	}
	for i, b := range h.Bars {
		if math.Abs(b.Y+b.Height-h.Bottom) > 0.2 || b.Y < h.Top-0.2 || b.X < h.Left || b.X+b.Width > h.Right {
			t.Errorf("bar %d leaves the frame: %+v", i, b)
		}
	}
	if math.Abs(h.Bars[2].Height-4*h.Bars[0].Height) > 0.5 {
		t.Errorf("40 stands %v high, 10 %v", h.Bars[2].Height, h.Bars[0].Height)
	}
	if h.Bars[0].Y != h.Even || h.Range.Y >= h.Even || h.Range.Y+h.Range.Height <= h.Even {
		t.Errorf("ten of a hundred in ten bins is even: %v, %v, %+v", h.Bars[0].Y, h.Even, h.Range)
	}
}

func TestBalanceHasBothSides(t *testing.T) {
	if NewBalance(nil, nil, 400) != nil || NewBalance([]string{"a"}, nil, 400) != nil {
		t.Error("a balance of nothing")
	}
	b := NewBalance([]string{"a", "b", "c"}, []float64{99, 0, -9}, 500)
	if b.Rows[0].Bar.X != b.Zero || b.Rows[0].Less || b.Rows[1].Bar.Width != 0 || !b.Rows[2].Less || math.Abs(b.Rows[2].Bar.X+b.Rows[2].Bar.Width-b.Zero) > 0.2 {
		t.Errorf("%+v", b)
	}
	if got := b.Rows[0].Bar.Width / b.Rows[2].Bar.Width; math.Abs(got-2) > 0.02 { // log10(100) to log10(10)
		t.Errorf("99 is %v times as long as -9", got)
	}
	for _, v := range []float64{0, 1e8, 1e-9} {
		b := NewBalance([]string{"a"}, []float64{v}, 500)
		for _, r := range b.Rows {
			if math.IsNaN(r.Bar.X) || r.Bar.X+r.Bar.Width > b.Right+0.2 {
				t.Errorf("%v: %+v", v, r)
			}
		}
	}
}
