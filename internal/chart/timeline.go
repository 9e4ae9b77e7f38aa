package chart

import (
	"slices"
	"time"
)

// A Mark is one thing that happened, to be set on a timeline.
type Mark struct {
	At     time.Time
	Label  string // a short reference, "W-3"; "" for a small dot
	Href   string
	Kind   string // names the shape: "warning", "report", "assessment", "decision", "lapse"
	Weight int    // where labels do not find room, the heavier has it
}

// A Change is the level that is in force from a moment on, 0 for none.
type Change struct {
	At    time.Time
	Level int
}

// A Spot is a mark with its place. The label stands after the dot, or before
// it where the chart ends.
type Spot struct {
	Mark
	X, Y   float64
	Before bool
}

// A Step is a stretch of the timeline during which one level was in force.
type Step struct {
	X, Width float64
	Level    int
}

// A Timeline is marks over a band of levels, on one time axis.
type Timeline struct {
	Width, Height float64
	Left, Right   float64
	Band          float64 // top of the band of levels
	BandHeight    float64
	Spots         []Spot
	Steps         []Step
	X             []Tick
}

const (
	lane  = 18.0 // height of one lane of labels
	glyph = 7.2  // width of a letter of a label
	lanes = 7
)

// NewTimeline lays marks out between from and to, with labels in as many lanes
// as they need, counted from the band upwards. A mark that finds no room in
// the highest lane keeps its dot and loses its label. The changes of level are in
// the order of time.
func NewTimeline(marks []Mark, levels []Change, from, to time.Time, width float64) *Timeline {
	t := &Timeline{Width: width, Left: 8, Right: width - 8, BandHeight: 12}
	s := span{from, to, t.Left, t.Right}
	var taken [lanes][][2]float64
	used := 0
	placed := slices.Clone(marks)
	slices.SortStableFunc(placed, func(a, b Mark) int { return b.Weight - a.Weight })
	for _, m := range placed {
		if m.At.Before(from) || m.At.After(to) {
			continue
		}
		sp := Spot{Mark: m, X: s.x(m.At)}
		lo, hi := sp.X-5, sp.X+5
		if m.Label != "" {
			need := 12 + glyph*float64(len(m.Label))
			if sp.Before = sp.X+need > width; sp.Before {
				lo = sp.X - need
			} else {
				hi = sp.X + need
			}
		}
		at := free(taken[:], lo, hi)
		if at < 0 {
			sp.Label, at = "", lanes-1
		} else {
			taken[at] = append(taken[at], [2]float64{lo, hi})
		}
		used = max(used, at)
		sp.Y = float64(at)
		t.Spots = append(t.Spots, sp)
	}
	slices.SortStableFunc(t.Spots, func(a, b Spot) int { return a.At.Compare(b.At) })
	t.Band = float64(used+1)*lane + 6
	for i := range t.Spots {
		t.Spots[i].Y = t.Band - 10 - lane*t.Spots[i].Y
	}
	t.Height = t.Band + t.BandHeight + 22
	t.Steps = steps(levels, s, to)
	t.X = s.years()
	return t
}

// free returns the lowest lane in which nothing stands between lo and hi.
func free(taken [][][2]float64, lo, hi float64) int {
next:
	for n, lane := range taken {
		for _, t := range lane {
			if lo < t[1] && t[0] < hi {
				continue next
			}
		}
		return n
	}
	return -1
}

// steps draws the level in force: each change holds until the next.
func steps(levels []Change, s span, to time.Time) (out []Step) {
	for i, c := range levels {
		end := s.right
		if i+1 < len(levels) {
			end = min(s.right, max(s.x(levels[i+1].At), s.left))
		}
		x := max(s.x(c.At), s.left)
		if c.Level > 0 && !c.At.After(to) && end > x {
			out = append(out, Step{X: x, Width: end - x, Level: c.Level})
		}
	}
	return out
}
