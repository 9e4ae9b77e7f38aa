// Package ideal places Members by how they voted: on a line, in blocs, and
// with what changed between two periods.
//
// Fit finds ideal points. Yes, abstain and no are taken as three grades of
// distance from a text, as those who study the Assembly do; each roll call has
// a slope and two thresholds (the graded response model), and each Member a
// point with a standard normal prior. Roll calls are fitted by the EM algorithm
// with the points integrated out on a grid; a Member's point is the mean of its
// posterior. Blocs joins Members by average linkage on how often they disagree,
// and says how well the blocs outlast drawing the texts again. Moved compares
// two periods.
//
//	line, err := ideal.Fit(set, ideal.Period{From: 2011, To: 2013}, ideal.Options{Anchor: votes.Find("USA", day), Seed: 1})
//
// What identifies the line: location and scale by the prior, so that the
// assembly has a mean of about 0 and a spread of about 1; the sign by the
// anchor, which is on the positive side, or where it did not vote by the usual
// yes, which is on the negative one. A point is a place among those who voted
// then, on what was voted on then. It is not an opinion, and no mandate.
//
// Intervals hold 90 %. They are the wider of two: the posterior, and the
// spread when the texts are drawn again with all their paragraphs, which vote
// alike. What is not in them is doubt about the thresholds, small with 190
// Members. Points far out are drawn in by the prior.
//
// Absences are left out as if they said nothing. Roll calls in which fewer than
// two Members left the majority tell nothing and are not used.
//
// Sources: F. Samejima, 1969 (graded responses); R. D. Bock and M. Aitkin,
// Psychometrika 46, 1981 (EM); M. Bailey, A. Strezhnev and E. Voeten, Journal
// of Conflict Resolution 61, 2017, and K. Imai, J. Lo and J. Olmsted, American
// Political Science Review 110, 2016 (ideal points); A. Lijphart, 1963 (index
// of agreement); C. Hennig, 2007 (stability); Y. Benjamini and Y. Hochberg, 1995.
package ideal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/heed-project/heed/votes"
)

// A Period is years, both counted in.
type Period struct {
	From, To int
	Session  string // where it is not empty, only roll calls of this session
}

// Options decide the sign and everything that is drawn.
type Options struct {
	Anchor int // the state on the positive side, -1 for none
	Seed   uint64
}

// z holds nine of ten draws from a normal distribution.
const z = 1.6449

// fewestVotes is how many votes a Member must have cast to be placed.
const fewestVotes = 10

// A Point is where a Member stands.
type Point struct {
	State     int
	At        float64
	Low, High float64 // 90 %
	SD        float64
	Votes     int // that it cast in the roll calls used
}

// A Line is the Members in order, lowest first.
type Line struct {
	Points    []Point
	RollCalls int     // used: not nearly unanimous
	Texts     int     // that these were on
	Right     float64 // share of the votes that the line tells
	Usual     float64 // share that naming each roll call's majority tells
	Anchored  bool    // false: the anchor did not vote enough to give the sign
}

// Fit places the Members of a period.
func Fit(set *votes.Set, p Period, o Options) (*Line, error) {
	s, err := gather(set, p)
	if err != nil {
		return nil, err
	}
	m := learn(s)
	sd := m.redrawn(o.Seed)
	line := &Line{RollCalls: len(s.rolls), Texts: s.texts}
	line.Right, line.Usual = m.told()
	sign := m.sign(o.Anchor)
	line.Anchored = slices.Contains(s.states, o.Anchor)
	for k, state := range s.states {
		mean, own := m.posterior(k)
		pt := Point{State: state, At: sign * mean, SD: math.Max(own, sd[k]), Votes: s.cast(k)}
		pt.Low, pt.High = pt.At-z*pt.SD, pt.At+z*pt.SD
		line.Points = append(line.Points, pt)
	}
	slices.SortFunc(line.Points, func(a, b Point) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.State, b.State)) })
	return line, nil
}

// Find returns the point of a state, and whether it was placed.
func (l *Line) Find(state int) (Point, bool) {
	for _, p := range l.Points {
		if p.State == state {
			return p, true
		}
	}
	return Point{}, false
}

// sample is the votes that are used: states × roll calls, 0 for yes, 1 for
// abstain, 2 for no, -1 for none.
type sample struct {
	states []int
	rolls  []int
	text   []int // of each roll call: which text it was on
	texts  int
	grade  [][]int8
}

// gather takes the roll calls of a period that say something, and the Members
// that voted often enough in them.
func gather(set *votes.Set, p Period) (*sample, error) {
	if p.To < p.From {
		return nil, fmt.Errorf("the period ends in %d, before it begins in %d", p.To, p.From)
	}
	s := &sample{}
	known := map[string]int{}
	for r, roll := range set.Rolls {
		if y := roll.Date.Year(); y < p.From || y > p.To || p.Session != "" && roll.Session != p.Session || !divided(set, r) {
			continue
		}
		key := roll.Resolution
		if key == "" {
			key = "\x00" + roll.ID
		}
		if _, ok := known[key]; !ok {
			known[key] = len(known)
		}
		s.rolls = append(s.rolls, r)
		s.text = append(s.text, known[key])
	}
	s.texts = len(known)
	if s.texts < fewestVotes {
		return nil, fmt.Errorf("%d to %d holds divided roll calls on %d texts; at least %d are needed: take more years", p.From, p.To, s.texts, fewestVotes)
	}
	for state := range votes.Len() {
		row := make([]int8, len(s.rolls))
		n := 0
		for k, r := range s.rolls {
			row[k] = -1
			if v := set.At(r, state); v.Cast() {
				row[k] = int8(v - votes.Yes)
				n++
			}
		}
		if n >= fewestVotes {
			s.states = append(s.states, state)
			s.grade = append(s.grade, row)
		}
	}
	if len(s.states) < 3 {
		return nil, fmt.Errorf("%d Members cast %d votes or more from %d to %d; at least 3 are needed", len(s.states), fewestVotes, p.From, p.To)
	}
	return s, nil
}

// divided says whether at least two Members left the majority.
func divided(set *votes.Set, roll int) bool {
	t := set.Tally(roll)
	return t.Yes+t.Abstain+t.No-max(t.Yes, t.Abstain, t.No) >= 2
}

func (s *sample) cast(k int) (n int) {
	for _, g := range s.grade[k] {
		if g >= 0 {
			n++
		}
	}
	return n
}
