package chart

import "time"

// A Mark is one thing that happened, to be set on a timeline.
type Mark struct {
	At    time.Time
	Level int    // severity it brought, 0 for none
	Label string // a short reference, "W-3"
	Href  string
	Kind  string // names the shape: "warning", "report", "assessment", "decision", "duty"
}

// A Spot is a mark with its place.
type Spot struct {
	Mark
	X, Y float64
	Lane int
}

// A Step is a stretch of the timeline during which one level was in force.
type Step struct {
	X, Width float64
	Level    int
}

// A Timeline is marks over a band of levels, on one time axis.
type Timeline struct {
	Width, Height     float64
	Left, Right, Band float64 // Band is the top of the band of levels
	BandHeight        float64
	Spots             []Spot
	Steps             []Step
	X                 []Tick
	NowX              float64
}

// NewTimeline lays out marks between from and to. Labels that would touch go
// to the next of at most five lanes, counted from the band upwards; a mark
// that finds no room keeps its dot and loses its label.
func NewTimeline(marks []Mark, from, to time.Time, width float64) *Timeline {
	const lane, size, lanes = 18, 6.6, 5
	t := &Timeline{Width: width, Left: 8, Right: width - 8, BandHeight: 12}
	s := span{from, to, t.Left, t.Right}
	var ends [lanes]float64
	used := 1
	for _, m := range marks {
		if m.At.Before(from) || m.At.After(to) {
			continue
		}
		sp := Spot{Mark: m, X: s.x(m.At)}
		need := 14 + size*float64(len(m.Label))
		at := sp.X
		for sp.Lane < lanes && ends[sp.Lane] > at {
			sp.Lane++
		}
		if sp.Lane == lanes || at+need > width {
			sp.Label = ""
			sp.Lane = min(sp.Lane, lanes-1)
			need = 12
		}
		ends[sp.Lane] = max(ends[sp.Lane], at+need)
		used = max(used, sp.Lane+1)
		t.Spots = append(t.Spots, sp)
	}
	t.Band = float64(used)*lane + 6
	for i := range t.Spots {
		t.Spots[i].Y = t.Band - 10 - lane*float64(t.Spots[i].Lane)
	}
	t.Height = t.Band + t.BandHeight + 22
	t.Steps = steps(marks, s, to)
	t.X = s.years()
	t.NowX = t.Right
	return t
}

// steps draws the level in force: each mark that carries a level holds until
// the next one does.
func steps(marks []Mark, s span, to time.Time) (out []Step) {
	for _, m := range marks {
		if m.Level == 0 || m.At.After(to) {
			continue
		}
		x := max(s.x(m.At), s.left)
		if n := len(out); n > 0 {
			out[n-1].Width = x - out[n-1].X
		}
		out = append(out, Step{X: x, Width: s.right - x, Level: m.Level})
	}
	return out
}
