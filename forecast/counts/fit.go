package counts

import (
	"fmt"
	"math"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/forest"
)

// Model is what was learnt from a panel until a month.
type Model struct {
	TrainTo forecast.Month // the last month that it knows
	Shift   int            // months between the end of the panel and TrainTo

	first, last int // horizons, in months after the last observed month
	panel       *forecast.Panel
	known       forecast.Month // the last month that was observed and used
	series      map[int]*history
	rows        []origin
	levels      []float64   // of the rows
	targets     [][]float64 // of the absolute forest
	absolute    *forest.Forest
	ratio       *forest.Forest
	seed        uint64
	tell        func(done, of int)
}

// Settings say how much is grown; the zero value means the settings that
// were frozen (docs/method/forecast.md).
type Settings struct {
	Trees   int     // of each of the two forests
	MinLeaf int     // rows
	Try     int     // features tried at a split
	Sample  float64 // part of the rows that a tree sees
	Seed    uint64
	Tell    func(done, of int) // called as the work goes on
}

// tellFitted is how many areas' worth of work fitting is, for those who are told
// how it goes on.
const tellFitted = 100

// The frozen settings.
const (
	frozenTrees  = 200
	frozenLeaf   = 40
	frozenTry    = 8
	frozenSample = 0.3
	leastHistory = 24 // months before the first origin
)

func (s Settings) filled() Settings {
	fill := func(v *int, with int) {
		if *v == 0 {
			*v = with
		}
	}
	fill(&s.Trees, frozenTrees)
	fill(&s.Try, frozenTry)
	if s.Sample == 0 {
		s.Sample = frozenSample
	}
	if s.Tell == nil {
		s.Tell = func(int, int) {}
	}
	return s
}

// Fit learns from a panel until trainTo to forecast the months from one to
// another. Nothing later than trainTo is looked at but that an area exists.
func Fit(p *forecast.Panel, trainTo, from, to forecast.Month, s Settings) (*Model, error) {
	s = s.filled()
	known := min(trainTo, p.Last)
	m := &Model{TrainTo: trainTo, Shift: int(trainTo - known), panel: p, known: known, first: int(from - known), last: int(to - known), seed: s.Seed, tell: s.Tell}
	switch {
	case from <= trainTo || to < from:
		return nil, fmt.Errorf("the months to forecast, %s to %s, must come after the month to train to, %s", from, to, trainTo)
	case m.last > 60:
		return nil, fmt.Errorf("%s is %d months after the last month known, %s: at most 60", to, m.last, known)
	case int(known-p.First) < leastHistory+m.last:
		return nil, fmt.Errorf("the panel begins in %s: to forecast %d months from %s it must begin in %s at the latest", p.First, m.last, known, known-forecast.Month(leastHistory+m.last))
	}
	m.series = histories(p, p.Areas(), known)
	features, absolute, ratio := m.training()
	if s.MinLeaf == 0 { // a small panel has small leaves
		s.MinLeaf = max(3, min(frozenLeaf, int(float64(len(m.rows))*s.Sample/50)))
	}
	if len(m.rows) < 20 {
		return nil, fmt.Errorf("the panel has %d months to learn from: too few", len(m.rows))
	}
	m.targets = absolute
	x, err := forest.Cut(features)
	if err != nil {
		return nil, err
	}
	o := forest.Options{Trees: s.Trees, MinLeaf: s.MinLeaf, Try: s.Try, Sample: s.Sample, Seed: s.Seed}
	if m.absolute, err = forest.Grow(x, absolute, o); err != nil {
		return nil, err
	}
	s.Tell(tellFitted/2, tellFitted+len(p.Living(known)))
	o.Seed ^= 0x5bd1e995
	m.ratio, err = forest.Grow(x, ratio, o)
	s.Tell(tellFitted, tellFitted+len(p.Living(known)))
	return m, err
}

// training makes the rows to learn from: every area at every origin that has
// what follows. The targets are means over thirds of the horizons, of
// log(1+count) and of the same less the level at the origin.
func (m *Model) training() (features, absolute, ratio [][]float64) {
	end := int(m.known - m.panel.First)
	features = make([][]float64, len(featureNames))
	thirds := m.thirds()
	absolute, ratio = make([][]float64, len(thirds)), make([][]float64, len(thirds))
	row := make([]float64, len(featureNames))
	for _, area := range m.panel.Areas() {
		h := m.series[area]
		for t := leastHistory; t+m.first <= end && t < len(h.raw); t++ {
			if math.IsNaN(h.raw[t]) || !h.any(t+m.first, t+m.last) {
				continue
			}
			h.features(t, row)
			for i, v := range row {
				features[i] = append(features[i], v)
			}
			level := h.level(t)
			m.rows, m.levels = append(m.rows, origin{area, t}), append(m.levels, level)
			value := 0.0
			for k, third := range thirds {
				if v, ok := h.meanLog(t+third[0], t+third[1]); ok {
					value = v
				}
				absolute[k], ratio[k] = append(absolute[k], value), append(ratio[k], value-level)
			}
		}
	}
	return features, absolute, ratio
}

// thirds cuts the horizons into at most three stretches.
func (m *Model) thirds() [][2]int {
	n := m.last - m.first + 1
	parts := min(3, n)
	out := make([][2]int, parts)
	for i := range out {
		out[i] = [2]int{m.first + i*n/parts, m.first + (i+1)*n/parts - 1}
	}
	return out
}

// any says whether something was observed between two places of the series.
func (h *history) any(from, to int) bool {
	to = min(to, len(h.raw)-1)
	return from <= to && h.seen[to+1] > h.seen[from]
}

// meanLog is the mean of log(1+count) between two places of the series.
func (h *history) meanLog(from, to int) (float64, bool) {
	to = min(to, len(h.raw)-1)
	if from > to || h.seen[to+1] == h.seen[from] {
		return 0, false
	}
	return (h.logs[to+1] - h.logs[from]) / (h.seen[to+1] - h.seen[from]), true
}
