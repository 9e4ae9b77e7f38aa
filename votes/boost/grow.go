package boost

import "math/rand/v2"

// grower grows one tree.
type grower struct {
	t          *trainer
	grad, hess []float32
	columns    []int
	tree       []node
}

// sums are of the rows in a bin.
type sums struct{ g, h float64 }

func (s sums) minus(o sums) sums { return sums{s.g - o.g, s.h - o.h} }

// histogram holds the sums of each bin of each chosen feature.
type histogram [][256]sums

func (g *grower) grow(rows []int32, dice *rand.Rand) []node {
	width := g.t.rows.Width
	g.columns = dice.Perm(width)[:max(1, int(float64(width)*g.t.o.Columns))]
	var total sums
	for _, i := range rows {
		total.g += float64(g.grad[i])
		total.h += float64(g.hess[i])
	}
	g.split(rows, total, g.count(rows), g.t.o.Depth)
	return g.tree
}

func (g *grower) count(rows []int32) histogram {
	h := make(histogram, len(g.columns))
	for k, f := range g.columns {
		bins, cell := g.t.bins[f], &h[k]
		for _, i := range rows {
			s := &cell[bins[i]]
			s.g += float64(g.grad[i])
			s.h += float64(g.hess[i])
		}
	}
	return h
}

// split adds the node of these rows, and below it those of their parts, and
// returns its place.
func (g *grower) split(rows []int32, total sums, h histogram, depth int) int32 {
	at := int32(len(g.tree))
	g.tree = append(g.tree, node{feature: -1, value: float32(-g.t.o.Rate * total.g / (total.h + g.t.o.Lambda))})
	if depth == 0 || total.h < 2*g.t.o.MinChild {
		return at
	}
	best, left := g.best(total, h)
	if best.feature < 0 {
		return at
	}
	bins := g.t.bins[best.feature]
	k := 0
	for j, i := range rows { // those of the left side come first
		if b := bins[i]; b <= best.bin || (b == missing && best.nanLeft) {
			rows[k], rows[j] = rows[j], rows[k]
			k++
		}
	}
	l, r := rows[:k], rows[k:]
	right := total.minus(left)
	var hl, hr histogram
	if depth > 1 { // the larger side is what is left of the whole
		if len(l) < len(r) {
			hl = g.count(l)
			hr = h.without(hl)
		} else {
			hr = g.count(r)
			hl = h.without(hr)
		}
	}
	best.left = g.split(l, left, hl, depth-1)
	best.right = g.split(r, right, hr, depth-1)
	g.tree[at] = best
	return at
}

func (h histogram) without(o histogram) histogram {
	for k := range h {
		for b := range h[k] {
			h[k][b] = h[k][b].minus(o[k][b])
		}
	}
	return h
}

// best finds the cut that lowers the loss most.
func (g *grower) best(total sums, h histogram) (best node, left sums) {
	o := g.t.o
	score := func(s sums) float64 { return s.g * s.g / (s.h + o.Lambda) }
	best.feature = -1
	top := 1e-3
	for k, f := range g.columns {
		cuts, none := g.t.cuts[f], h[k][missing]
		for _, nanLeft := range [2]bool{false, true} {
			var l sums
			if nanLeft {
				if none.h == 0 {
					continue
				}
				l = none
			}
			for b, cut := range cuts {
				l.g += h[k][b].g
				l.h += h[k][b].h
				r := total.minus(l)
				if l.h < o.MinChild || r.h < o.MinChild {
					continue
				}
				if gain := score(l) + score(r) - score(total); gain > top {
					top, left = gain, l
					best = node{feature: int32(f), at: cut, bin: uint8(b), nanLeft: nanLeft, splitGain: float32(gain)}
				}
			}
		}
	}
	return best, left
}
