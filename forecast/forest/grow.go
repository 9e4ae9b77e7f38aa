package forest

import (
	"math/rand/v2"
)

// grower grows one tree after another, and keeps its buffers.
type grower struct {
	x    *Features
	y    []float64 // row by row
	k    int       // targets
	o    Options
	rng  *rand.Rand
	t    tree
	try  []int32
	n    [mostBins]float64
	sums [mostBins][]float64
	left []float64
}

// tree grows the tree of a number.
func (g *grower) tree(number int) tree {
	g.rng = seeded(g.o.Seed, number)
	g.t = tree{rows: g.sample()}
	g.try = make([]int32, len(g.x.bins))
	for i := range g.try {
		g.try[i] = int32(i)
	}
	g.left = make([]float64, g.k)
	for b := range g.sums {
		g.sums[b] = make([]float64, g.k)
	}
	g.grow(0, int32(len(g.t.rows)))
	return g.t
}

// sample draws the rows that a tree sees, without replacement. Where rows have
// blocks, a block is seen or not as a whole.
func (g *grower) sample() []int32 {
	var seen map[int32]bool
	if g.o.Blocks != nil {
		seen = map[int32]bool{}
	}
	rows := make([]int32, 0, int(float64(g.x.rows)*g.o.Sample)+64)
	for r := range g.x.rows {
		chance := g.o.Sample
		if g.o.Weight != nil {
			chance *= g.o.Weight[r]
		}
		if seen != nil {
			b := g.o.Blocks[r]
			in, known := seen[b]
			if !known {
				in = g.rng.Float64() < chance
				seen[b] = in
			}
			if in {
				rows = append(rows, int32(r))
			}
		} else if g.rng.Float64() < chance {
			rows = append(rows, int32(r))
		}
	}
	if len(rows) == 0 {
		rows = append(rows, int32(g.rng.IntN(g.x.rows)))
	}
	return rows
}

// grow adds the node of a stretch of rows, and what is below, and returns its place.
func (g *grower) grow(low, high int32) int32 {
	at := int32(len(g.t.nodes))
	g.t.nodes = append(g.t.nodes, node{-1, 0, low, high})
	if int(high-low) < 2*g.o.MinLeaf {
		return at
	}
	feature, cut, found := g.best(g.t.rows[low:high])
	if !found {
		return at
	}
	middle := low + g.part(g.t.rows[low:high], feature, cut)
	left := g.grow(low, middle)
	right := g.grow(middle, high)
	g.t.nodes[at] = node{feature, cut, left, right}
	return at
}

// part moves the rows that go left to the front, both sides keeping their
// order, and returns how many go left.
func (g *grower) part(rows []int32, feature int32, cut uint8) int32 {
	bins := g.x.bins[feature]
	right := make([]int32, 0, len(rows))
	n := 0
	for _, r := range rows {
		if bins[r] <= cut {
			rows[n] = r
			n++
		} else {
			right = append(right, r)
		}
	}
	copy(rows[n:], right)
	return int32(n)
}

// best returns the split that lowers the variance most among a few features.
func (g *grower) best(rows []int32) (feature int32, cut uint8, found bool) {
	total := make([]float64, g.k)
	square := 0.0
	for _, r := range rows {
		for k, v := range g.y[int(r)*g.k : (int(r)+1)*g.k] {
			total[k] += v
			square += v * v
		}
	}
	base := 0.0
	for _, s := range total {
		base += s * s
	}
	base /= float64(len(rows))
	if square-base < 1e-9 {
		return 0, 0, false // all alike
	}
	most := base + 1e-9
	for i := range g.o.Try {
		j := i + g.rng.IntN(len(g.try)-i)
		g.try[i], g.try[j] = g.try[j], g.try[i]
		if c, gain, ok := g.split(rows, g.try[i], total, most); ok {
			feature, cut, most, found = g.try[i], c, gain, true
		}
	}
	return feature, cut, found
}

// split returns the best cut of one feature, if it gains more than most.
func (g *grower) split(rows []int32, feature int32, total []float64, most float64) (cut uint8, gain float64, found bool) {
	bins := g.x.bins[feature]
	last := len(g.x.cuts[feature])
	for b := 0; b <= last; b++ {
		g.n[b] = 0
		clear(g.sums[b])
	}
	if g.k == 1 {
		for _, r := range rows {
			b := bins[r]
			g.n[b]++
			g.sums[b][0] += g.y[r]
		}
	} else {
		for _, r := range rows {
			b := bins[r]
			g.n[b]++
			sums := g.sums[b]
			for k, v := range g.y[int(r)*g.k : (int(r)+1)*g.k] {
				sums[k] += v
			}
		}
	}
	clear(g.left)
	n, all, least := 0.0, float64(len(rows)), float64(g.o.MinLeaf)
	for b := range last {
		if g.n[b] == 0 {
			continue
		}
		n += g.n[b]
		for k, s := range g.sums[b] {
			g.left[k] += s
		}
		if n < least || all-n < least {
			continue
		}
		value := 0.0
		for k, s := range g.left {
			rest := total[k] - s
			value += s*s/n + rest*rest/(all-n)
		}
		if value > most {
			cut, most, gain, found = uint8(b), value, value, true
		}
	}
	return cut, gain, found
}
