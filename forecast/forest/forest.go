// Package forest grows regression forests that remember which training rows
// ended in which leaf, so that a forecast is a weighted sample of what followed in
// similar cases, and not one number.
//
// Features are cut into at most 64 bins at their quantiles and trees are grown on
// the bins, which makes a tree of fifty thousand rows a matter of
// milliseconds. A split lowers the summed variance of one or several targets.
// Each tree sees its own subsample of the rows and, at each split, its own few
// features, both drawn from the seed and the tree's number: the same input gives
// the same forest on any machine and with any number of processors.
//
// The package trusts its caller to scale targets that are grown together.
//
//	x, err := forest.Cut(features)
//	f, err := forest.Grow(x, targets, forest.Options{Trees: 300, MinLeaf: 20, Seed: 1})
//	weights := f.Weights(row) // of the training rows, summing to 1
//
// Sources: Breiman, Random forests, Machine Learning 45 (2001); Meinshausen,
// Quantile regression forests, JMLR 7 (2006).
package forest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
)

// mostBins is the number of bins of a feature.
const mostBins = 64

// Features holds rows of features, cut into bins.
type Features struct {
	rows int
	cuts [][]float64 // by feature: the upper ends of all bins but the last
	bins [][]uint8   // by feature, by row
}

// Cut cuts features, given feature by feature, at their quantiles. Missing
// values (NaN) go to the lowest bin.
func Cut(features [][]float64) (*Features, error) {
	if len(features) == 0 || len(features[0]) == 0 {
		return nil, fmt.Errorf("a forest needs features and rows")
	}
	x := &Features{rows: len(features[0])}
	for i, column := range features {
		if len(column) != x.rows {
			return nil, fmt.Errorf("feature %d has %d rows, the first has %d", i, len(column), x.rows)
		}
		cuts := cutsOf(column)
		bins := make([]uint8, x.rows)
		for r, v := range column {
			bins[r] = binOf(cuts, v)
		}
		x.cuts, x.bins = append(x.cuts, cuts), append(x.bins, bins)
	}
	return x, nil
}

// cutsOf returns at most mostBins−1 distinct ends of bins. Quantiles are taken
// among distinct values and among all: where most rows hold one value, the others still
// deserve bins.
func cutsOf(column []float64) []float64 {
	sorted := slices.DeleteFunc(slices.Clone(column), math.IsNaN)
	slices.Sort(sorted)
	distinct := slices.Compact(slices.Clone(sorted))
	var cuts []float64
	add := func(from []float64, n int) {
		for i := 1; i <= n; i++ {
			if at := i * len(from) / (n + 1); at > 0 && at < len(from) {
				if a, b := from[at-1], from[at]; a < b {
					cuts = append(cuts, a+(b-a)/2)
				}
			}
		}
	}
	if len(distinct) <= mostBins {
		add(distinct, len(distinct)-1)
	} else {
		add(distinct, (mostBins-1)/2)
		add(sorted, (mostBins-1)/2)
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

func binOf(cuts []float64, v float64) uint8 {
	if math.IsNaN(v) {
		return 0
	}
	return uint8(sort.SearchFloat64s(cuts, v))
}

// Options say how a forest is grown.
type Options struct {
	Trees   int
	MinLeaf int       // rows
	Try     int       // features tried at a split; 0 means a third of them
	Sample  float64   // part of the rows that a tree sees; 0 means half
	Weight  []float64 // chance of a row to be seen, relative to the others, at most 1; nil means all alike
	Blocks  []int32   // the block of each row; nil means each row is its own
	Seed    uint64
}

// Forest is a grown forest.
type Forest struct {
	x     *Features
	trees []tree
}

// tree is a binary tree in an array. Leaves hold a stretch of rows.
type tree struct {
	nodes []node
	rows  []int32
}

// node sends a row left when its bin is at most cut. Of a leaf, feature is −1,
// and left and right bound its stretch of rows.
type node struct {
	feature     int32
	cut         uint8
	left, right int32
}

// Grow grows a forest on targets, given target by target.
func Grow(x *Features, targets [][]float64, o Options) (*Forest, error) {
	if len(targets) == 0 || o.Trees < 1 || o.MinLeaf < 1 {
		return nil, fmt.Errorf("a forest needs targets, trees and a size of leaf")
	}
	for i, y := range targets {
		if len(y) != x.rows {
			return nil, fmt.Errorf("target %d has %d rows, the features have %d", i, len(y), x.rows)
		}
	}
	if o.Try == 0 {
		o.Try = (len(x.bins) + 2) / 3
	}
	o.Try = min(o.Try, len(x.bins))
	if o.Sample == 0 {
		o.Sample = 0.5
	}
	f := &Forest{x: x, trees: make([]tree, o.Trees)}
	flat := make([]float64, x.rows*len(targets)) // row by row: one cache line serves a row
	for k, y := range targets {
		for r, v := range y {
			flat[r*len(targets)+k] = v
		}
	}
	var next atomic.Int64
	var done sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		done.Go(func() {
			g := grower{x: x, y: flat, k: len(targets), o: o}
			for i := int(next.Add(1)) - 1; i < o.Trees; i = int(next.Add(1)) - 1 {
				f.trees[i] = g.tree(i)
			}
		})
	}
	done.Wait()
	return f, nil
}

// Trees returns the number of trees.
func (f *Forest) Trees() int { return len(f.trees) }

// Leaf returns the training rows that share a leaf with a row of features in
// one tree. A row may occur more than once. The slice is the forest's own.
func (f *Forest) Leaf(tree int, row []float64) []int32 {
	t := &f.trees[tree]
	n := t.nodes[0]
	for n.feature >= 0 {
		if binOf(f.x.cuts[n.feature], row[n.feature]) <= n.cut {
			n = t.nodes[n.left]
		} else {
			n = t.nodes[n.right]
		}
	}
	return t.rows[n.left:n.right]
}

// Weights returns the weight of each training row for a row of features: the mean
// over the trees of its part in the leaf. They sum to 1.
func (f *Forest) Weights(row []float64) []float64 {
	w := make([]float64, f.x.rows)
	for i := range f.trees {
		leaf := f.Leaf(i, row)
		part := 1 / float64(len(leaf)*len(f.trees))
		for _, r := range leaf {
			w[r] += part
		}
	}
	return w
}

// Mean returns the forest's mean of a target of the training rows.
func (f *Forest) Mean(row, target []float64) float64 {
	var sum float64
	for i := range f.trees {
		leaf := f.Leaf(i, row)
		var s float64
		for _, r := range leaf {
			s += target[r]
		}
		sum += s / float64(len(leaf))
	}
	return sum / float64(len(f.trees))
}

// seeded returns the random numbers of one tree.
func seeded(seed uint64, tree int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(tree)+0x9e3779b97f4a7c15))
}
