package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func month(n int) time.Time {
	return time.Date(2024, time.January+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestMonthlyStaysInItsFrame(t *testing.T) {
	var hist []Observation
	for i := range 36 {
		n := float64(i * i)
		hist = append(hist, Observation{month(i), n, n / 2, n * 3})
	}
	fc := []Forecast{{month(36), 10, 100, 1000, 5000, 90000}, {month(37), 0, 90, 900, 6000, 120000}}
	m := NewMonthly(hist, fc, 100, 460, 270)
	for name, pts := range map[string]string{"history": m.History, "range": m.Range, "median": m.Median, "inner": m.Inner, "outer": m.Outer} {
		for _, p := range strings.Fields(strings.NewReplacer("M", " ", "Z", " ").Replace(pts)) {
			xs, ys, _ := strings.Cut(p, ",")
			x, _ := strconv.ParseFloat(xs, 64)
			y, _ := strconv.ParseFloat(ys, 64)
			if x < m.Left-.1 || x > m.Right+.1 || y < m.Top-.1 || y > m.Bottom+.1 {
				t.Errorf("%s: point %s is outside the frame", name, p)
			}
		}
	}
	if m.TriggerY <= m.Top || m.TriggerY >= m.Bottom {
		t.Errorf("trigger at %v", m.TriggerY)
	}
	if m.End.P05-m.End.P50 < 13 || m.End.P50-m.End.P95 < 13 {
		t.Errorf("labels at the end touch: %+v", m.End)
	}
}

func TestMonthlyAxisIsLogOfOnePlusN(t *testing.T) {
	m := NewMonthly([]Observation{{month(0), 0, 0, 0}, {month(1), 99, 99, 99}}, nil, 0, 460, 270)
	var at []float64
	for _, y := range m.Y {
		at = append(at, y.At)
	}
	if len(at) != 3 { // 0, 1, 10
		t.Fatalf("ticks %v", m.Y)
	}
	got := (at[0] - at[2]) / (at[0] - at[1])
	if want := math.Log(11) / math.Log(2); math.Abs(got-want) > 1e-9 {
		t.Errorf("10 stands %v times as high as 1, want %v", got, want)
	}
	if m.Range != "" || m.Median != "" {
		t.Error("a range or a forecast was drawn that nobody gave")
	}
}

func TestMonthlyOfNothing(t *testing.T) {
	if NewMonthly(nil, nil, 0, 100, 100) != nil {
		t.Error("a chart of nothing")
	}
	if m := NewMonthly([]Observation{{month(0), 3, 3, 3}}, nil, 0, 100, 100); strings.Contains(m.History, "NaN") {
		t.Error("one month divides by nothing")
	}
}

func TestTimelineLabelsDoNotTouch(t *testing.T) {
	var marks []Mark
	for i := range 30 {
		marks = append(marks, Mark{At: month(0).AddDate(0, 0, 9*i), Label: "W-" + strconv.Itoa(i), Weight: i % 3})
	}
	tl := NewTimeline(marks, nil, month(0), month(12), 700)
	if len(tl.Spots) != 30 {
		t.Fatalf("%d spots", len(tl.Spots))
	}
	reach := func(sp Spot) (lo, hi float64) {
		w := 6.6 * float64(len(sp.Label))
		if sp.Before {
			return sp.X - w, sp.X
		}
		return sp.X, sp.X + w
	}
	labelled := 0
	for i, a := range tl.Spots {
		alo, ahi := reach(a)
		if a.Label != "" {
			labelled++
			if alo < 0 || ahi > tl.Width {
				t.Errorf("%s runs off the chart", a.Label)
			}
		}
		for _, b := range tl.Spots[i+1:] {
			if blo, bhi := reach(b); a.Y == b.Y && a.Label != "" && b.Label != "" && alo < bhi && blo < ahi {
				t.Errorf("%s and %s touch", a.Label, b.Label)
			}
		}
		if a.Y < 0 || a.Y > tl.Band {
			t.Errorf("%s stands at %v", a.Label, a.Y)
		}
	}
	if labelled < 25 {
		t.Errorf("only %d of 30 are labelled", labelled)
	}
}

func TestTimelineStepsFillTheBand(t *testing.T) {
	levels := []Change{{month(-1), 1}, {month(1), 2}, {month(2), 0}, {month(4), 4}, {month(7), 5}}
	tl := NewTimeline(nil, levels, month(0), month(6), 700)
	if s := tl.Steps; len(s) != 3 || !near(s[0].X, tl.Left) || !near(s[0].X+s[0].Width, s[1].X) || s[1].X+s[1].Width >= s[2].X || s[2].Level != 4 || !near(s[2].X+s[2].Width, tl.Right) {
		t.Errorf("steps %+v", tl.Steps)
	}
}

func TestCellDoesNotTakeIgnoranceForCalm(t *testing.T) {
	for _, c := range []struct {
		now   Marks
		was   *Marks
		shade int
		blank bool
		delta int
	}{
		{Marks{Unknown: 8}, nil, 0, true, 0},
		{Marks{Absent: 8}, nil, 0, false, 0},
		{Marks{Present: 1, Unknown: 7}, nil, 3, false, 0},
		{Marks{Present: 4, Worsening: 4}, &Marks{Present: 5}, 4, false, 3},
		{Marks{Present: 1, Absent: 9}, &Marks{Present: 2}, 1, false, -1},
	} {
		got := NewCell(c.now, c.was)
		if got.Shade != c.shade || got.Blank != c.blank || got.Change != c.delta || got.Compared != (c.was != nil) {
			t.Errorf("%+v after %+v: %+v", c.now, c.was, got)
		}
	}
}

func TestMonthlyLeavesGapsOpen(t *testing.T) {
	hist := []Observation{{month(0), 1, 1, 1}, {month(1), 2, 2, 2}, {month(4), 9, 9, 9}, {month(5), 3, 3, 3}}
	m := NewMonthly(hist, nil, 0, 460, 270)
	if !m.Gaps || strings.Count(m.History, "M") != 2 || len(m.Dots) != 4 {
		t.Errorf("two missing months: gaps %v, path %q, %d dots", m.Gaps, m.History, len(m.Dots))
	}
	if m := NewMonthly(hist[:2], nil, 0, 460, 270); m.Gaps || strings.Count(m.History, "M") != 1 {
		t.Errorf("no missing month: gaps %v, path %q", m.Gaps, m.History)
	}
}

func TestCounterfactual(t *testing.T) {
	var times []Contrast
	for i := range 20 {
		c := Contrast{Label: strconv.Itoa(2000 + i), After: i >= 12, Observed: 100 - float64(i), Expected: 100 - float64(i), Low: 95 - float64(i), High: 105 - float64(i)}
		if c.After {
			c.Observed -= 20
			c.High = 1e9 // cut at the frame
		}
		times = append(times, c)
	}
	c := NewCounterfactual(times, 720, 300)
	if c.StartX <= c.Left || c.StartX >= c.Right || len(c.Y) < 3 || len(c.Y) > 9 || len(c.X) != 5 || c.X[0].Label != "2000" {
		t.Errorf("%+v", c)
	}
	for _, pair := range strings.Fields(c.Band + " " + c.Observed + " " + c.Expected) {
		var x, y float64
		if _, err := fmt.Sscanf(pair, "%f,%f", &x, &y); err != nil || x < c.Left-.1 || x > c.Right+.1 || y < c.Top-.1 || y > c.Bottom+.1 {
			t.Fatalf("%q is outside (%v)", pair, err)
		}
	}
	if c.End.Expected > c.End.Observed-14+1e-9 {
		t.Errorf("the labels touch: %+v", c.End)
	}
	if NewCounterfactual(times[:1], 720, 300) != nil {
		t.Error("one time was drawn")
	}
	if n := nice(0, 0); len(n) < 3 {
		t.Errorf("%v", n)
	}
}
