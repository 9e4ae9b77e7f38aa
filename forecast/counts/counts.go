// Package counts is Heed's forecast of monthly counts by area, such as
// fatalities by country: it learns from nothing but the counts themselves.
//
// For each area and month the forecast is a pool of distributions: the area's own
// last two years, the recent months weighing more; what followed in similar
// months anywhere, as a quantile regression forest finds them; and the same
// as a change against the level of the year, which carries over to levels that
// were never seen. Pooling keeps the doubt of each. How much each part weighs
// was fixed on windows before those that it is reported on; the rule is in
// docs/method/forecast.md.
//
// The package promises the same draws for the same panel, settings and seed, and that
// nothing after the month to train to has a part in them. It does not know
// coups, elections or peace talks: where a war begins in a calm country it
// is as surprised as its data.
//
//	m, err := counts.Fit(panel, trainTo, from, to, counts.Settings{Seed: 1})
//	f, err := m.Forecast(from, to, counts.Draws)
//
// Sources: Meinshausen, Quantile regression forests, JMLR 7 (2006); Gneiting
// and Ranjan, Combining predictive distributions, EJS 7 (2013); the idea of
// the fading own history is that of the VIEWS benchmark "conflictology".
package counts

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/heed-project/heed/forecast"
)

// Draws is how many draws a cell has: as many as ignorance is measured on.
const Draws = 1000

// Name names the model and its version; what forecasts of one name say can be
// compared.
const Name = "heed-pool-1"

// Forecast draws from the predictive distribution of every living area for the
// months from one to another.
func (m *Model) Forecast(from, to forecast.Month, draws int) (forecast.Forecast, error) {
	first, last := int(from-m.known), int(to-m.known)
	if first < m.first || last > m.last || last < first || draws < 1 {
		return nil, fmt.Errorf("the model was fitted to forecast %s to %s", m.known+forecast.Month(m.first), m.known+forecast.Month(m.last))
	}
	areas := m.panel.Living(m.known)
	out := make([][][]float64, len(areas))
	var next, done atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(areas); i = int(next.Add(1)) - 1 {
				out[i] = m.area(areas[i], first, last, draws)
				m.tell(tellFitted+int(done.Add(1)), tellFitted+len(areas))
			}
		})
	}
	wait.Wait()
	f := forecast.Forecast{}
	for i, area := range areas {
		for k, x := range out[i] {
			f[forecast.Cell{Month: from + forecast.Month(k), Area: area}] = x
		}
	}
	return f, nil
}

// area draws for one area, horizon by horizon.
func (m *Model) area(area, first, last, draws int) [][]float64 {
	_, parts := m.partsOf(area)
	weights := poolOf()
	var out [][]float64
	for k := first; k <= last; k++ {
		pool := make(grid, gridSize)
		for i, g := range parts[k-m.first] {
			if weights[i] > 0 {
				pool.mix(g, weights[i])
			}
		}
		rng := rand.New(rand.NewPCG(m.seed, uint64(area)<<32|uint64(int(m.known)+k)))
		out = append(out, pool.draw(draws, rng))
	}
	return out
}

// poolOf returns the weight of each component: three of them, equal parts.
func poolOf() [len(components)]float64 {
	return [...]float64{0, 1. / 3, 0, 1. / 3, 1. / 3}
}

// A Driver is a group of features and how much it moves the forecast: the
// difference in the forest's mean of log(1+count) against the same area with
// the group as it is in an area where nothing ever happened.
type Driver struct {
	Group string // recent, year, longer, since
	Moves float64
}

// groups are the features of each driver, as places in featureNames.
var groups = []struct {
	name     string
	features []int
}{
	{"recent", []int{0, 1, 2, 3, 18, 19}},
	{"year", []int{4, 5, 9, 11, 12, 20, 21}},
	{"longer", []int{6, 7, 8, 10, 13, 14, 17}},
	{"since", []int{15, 16}},
}

// Drivers says what moves the forecast of an area, the strongest first. The groups
// know much of the same: what each moves alone is less than what all of them move
// together.
func (m *Model) Drivers(area int) []Driver {
	h := m.series[area]
	if h == nil || len(h.raw) == 0 {
		return nil
	}
	row, calm := make([]float64, len(featureNames)), make([]float64, len(featureNames))
	h.features(len(h.raw)-1, row)
	calm[15], calm[16], calm[len(calm)-1] = longAgo, longAgo, row[len(row)-1]
	target := m.targets[len(m.targets)/2]
	base := m.absolute.Mean(row, target)
	var out []Driver
	for _, g := range groups {
		without := slices.Clone(row)
		for _, i := range g.features {
			without[i] = calm[i]
		}
		out = append(out, Driver{g.name, base - m.absolute.Mean(without, target)})
	}
	slices.SortStableFunc(out, func(a, b Driver) int { return cmp.Compare(math.Abs(b.Moves), math.Abs(a.Moves)) })
	return out
}
