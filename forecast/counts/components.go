package counts

import (
	"math"

	"github.com/heed-project/heed/forecast/forest"
)

// components are the parts of the pool, in the order of its weights.
var components = [...]string{"last 12 months", "last 24 months, fading", "last 60 months, fading", "forest of counts", "forest of ratios"}

// partsOf returns, for an area, the level of the last year and, by horizon from
// the first on, the distribution of each component.
func (m *Model) partsOf(area int) (level float64, parts [][]grid) {
	h := m.series[area]
	end := int(m.known - m.panel.First)
	row := make([]float64, len(featureNames))
	h.features(end, row)
	logLevel := h.level(end)
	locals := []grid{h.local(end, 12, math.Inf(1)), h.local(end, 24, 8), h.local(end, 60, 24)}
	similar, alike := m.similar(m.absolute, row), m.similar(m.ratio, row)
	for k := m.first; k <= m.last; k++ {
		absolute, ratio := make(grid, gridSize), make(grid, gridSize)
		for _, s := range similar {
			m.after(s, k, func(log, mass float64) { absolute.add(log, mass) })
		}
		for _, s := range alike {
			shift := logLevel - m.levels[s.row]
			m.after(s, k, func(log, mass float64) { ratio.add(log+shift, mass) })
		}
		absolute.scale()
		ratio.scale()
		parts = append(parts, append(locals[:len(locals):len(locals)], absolute, ratio))
	}
	return h.mean(end, 12), parts
}

// local is the area's own last months as a distribution, their weight halved
// each so many months.
func (h *history) local(end, months int, half float64) grid {
	g := make(grid, gridSize)
	for i := max(0, end+1-months); i <= end; i++ {
		if !math.IsNaN(h.raw[i]) {
			g.add(h.log[i], math.Exp2(-float64(end-i)/half))
		}
	}
	g.scale()
	return g
}

// weighted is a training row and its weight.
type weighted struct {
	row    int
	weight float64
}

// similar returns the training rows that a forest finds like a row of features.
func (m *Model) similar(f *forest.Forest, row []float64) []weighted {
	var out []weighted
	for i, w := range f.Weights(row) {
		if w > 0 {
			out = append(out, weighted{i, w})
		}
	}
	return out
}

// after hands over what followed a training row after k months, and the month before
// and after that.
func (m *Model) after(s weighted, k int, add func(log, mass float64)) {
	at := m.rows[s.row]
	h := m.series[at.area]
	for j := max(m.first, k-1); j <= min(m.last, k+1); j++ {
		if t := at.at + j; t < len(h.raw) && !math.IsNaN(h.raw[t]) {
			add(h.log[t], s.weight)
		}
	}
}
