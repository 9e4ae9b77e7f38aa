// Package boost learns to choose among a few classes from numbers, by
// gradient-boosted decision trees.
//
// Each round grows one small tree for each class on the difference between
// what was and what the model would have said (the gradient of the
// multinomial likelihood), with second-order leaf values and features cut
// into at most 255 bins. A missing number is NaN and goes to a side of its own
// choosing. Everything is decided by the seed: the same rows give the same
// model, on one core or many.
//
//	m, err := boost.Train(boost.Rows{X: x, Width: 40, Class: y}, 3, boost.Options{Rounds: 80, Seed: 1})
//	m.Predict(row, p[:])
//
// Sources: J. Friedman, Greedy function approximation, 2001; T. Chen and C.
// Guestrin, XGBoost, 2016; G. Ke and others, LightGBM, 2017. Limits: no
// categories (number them), no ranking, all rows in memory.
package boost

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// Rows are what is learned from: row i is X[i*Width : (i+1)*Width].
type Rows struct {
	X      []float32
	Width  int
	Class  []uint8
	Weight []float32 // may be nil: every row counts one
	Group  []int32   // may be nil; rows of one group are drawn together
	Start  []float64 // may be nil; row × class: log probabilities to begin with
}

// Options say how to learn. Zero values are replaced by usual ones.
type Options struct {
	Rounds   int     // 80
	Depth    int     // 5
	Rate     float64 // 0.12
	MinChild float64 // least sum of curvature in a leaf, 5
	Lambda   float64 // shrinks leaves, 1
	Rows     float64 // share of the rows a round sees, 0.6
	Columns  float64 // share of the features a tree sees, 0.5
	Seed     uint64
}

func (o Options) filled() Options {
	set := func(v *float64, to float64) {
		if *v == 0 {
			*v = to
		}
	}
	if o.Rounds == 0 {
		o.Rounds = 80
	}
	if o.Depth == 0 {
		o.Depth = 5
	}
	set(&o.Rate, 0.12)
	set(&o.MinChild, 5)
	set(&o.Lambda, 1)
	set(&o.Rows, 0.6)
	set(&o.Columns, 0.5)
	return o
}

// A Model says how likely each class is.
type Model struct {
	classes int
	width   int
	base    []float64
	trees   [][]node // round × class
}

// node is a decision, or a leaf if feature is negative.
type node struct {
	feature   int32
	at        float32 // below goes left
	nanLeft   bool
	left      int32
	right     int32
	value     float32
	bin       uint8
	splitGain float32
}

// Classes returns how many classes the model tells apart.
func (m *Model) Classes() int { return m.classes }

// Predict writes the probability of each class for one row.
//
// Start is that of the row if the model was trained with one, else nil.
func (m *Model) Predict(row []float32, start, p []float64) {
	copy(p, m.base)
	for c, v := range start {
		p[c] += v
	}
	for i, tree := range m.trees {
		n := &tree[0]
		for n.feature >= 0 {
			v := row[n.feature]
			if v < n.at || (v != v && n.nanLeft) {
				n = &tree[n.left]
			} else {
				n = &tree[n.right]
			}
		}
		p[i%m.classes] += float64(n.value)
	}
	softmax(p[:m.classes])
}

func softmax(p []float64) {
	top, sum := slices.Max(p), 0.0
	for i, v := range p {
		p[i] = math.Exp(v - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}

// Gains returns how much each feature lowered the loss, as shares of all.
func (m *Model) Gains() []float64 {
	out, sum := make([]float64, m.width), 0.0
	for _, tree := range m.trees {
		for _, n := range tree {
			if n.feature >= 0 {
				out[n.feature] += float64(n.splitGain)
				sum += float64(n.splitGain)
			}
		}
	}
	for i := range out {
		out[i] /= max(sum, 1e-12)
	}
	return out
}

// Train learns from rows. Class numbers are below classes.
func Train(rows Rows, classes int, o Options) (*Model, error) {
	n := len(rows.Class)
	switch {
	case n == 0 || rows.Width == 0 || len(rows.X) != n*rows.Width:
		return nil, fmt.Errorf("boost: %d numbers are not %d rows of %d", len(rows.X), n, rows.Width)
	case rows.Weight != nil && len(rows.Weight) != n:
		return nil, errors.New("boost: there must be a weight for every row, or none")
	case classes < 2 || int(slices.Max(rows.Class)) >= classes:
		return nil, fmt.Errorf("boost: class %d is not below %d", slices.Max(rows.Class), classes)
	}
	o = o.filled()
	t := newTrainer(rows, classes, o)
	for round := range o.Rounds {
		t.round(round)
	}
	return t.model, nil
}

// trainer is the work of Train.
type trainer struct {
	rows    Rows
	o       Options
	model   *Model
	cuts    [][]float32 // of each feature: bin b holds values below cuts[b]
	bins    [][]uint8   // of each feature, of each row; the last is NaN
	score   []float64   // row × class
	dice    *rand.Rand
	classes int
}

// missing is the bin of NaN.
const missing = 255

func newTrainer(rows Rows, classes int, o Options) *trainer {
	n := len(rows.Class)
	t := &trainer{rows: rows, o: o, classes: classes, dice: rand.New(rand.NewPCG(o.Seed, 77)),
		cuts: make([][]float32, rows.Width), bins: make([][]uint8, rows.Width), score: make([]float64, n*classes)}
	var wait sync.WaitGroup
	for f := range rows.Width {
		wait.Go(func() { t.cuts[f], t.bins[f] = binned(rows, f) })
	}
	wait.Wait()
	t.model = &Model{classes: classes, width: rows.Width, base: make([]float64, classes)}
	for i, c := range rows.Class {
		t.model.base[c] += t.weight(i)
	}
	total := 0.0
	for _, v := range t.model.base {
		total += v
	}
	for c, v := range t.model.base {
		t.model.base[c] = math.Log((v + 1) / (total + float64(classes)))
	}
	if rows.Start != nil {
		clear(t.model.base)
		copy(t.score, rows.Start)
		return t
	}
	for i := range n {
		copy(t.score[i*classes:], t.model.base)
	}
	return t
}

func (t *trainer) weight(i int) float64 {
	if t.rows.Weight == nil {
		return 1
	}
	return float64(t.rows.Weight[i])
}

// binned cuts a feature into bins of about as many rows each.
func binned(rows Rows, f int) (cuts []float32, bins []uint8) {
	n := len(rows.Class)
	var some []float32
	step := max(1, n/20000)
	for i := 0; i < n; i += step {
		if v := rows.X[i*rows.Width+f]; v == v {
			some = append(some, v)
		}
	}
	slices.Sort(some)
	const most = 64
	for k := 1; k < most && len(some) > 0; k++ {
		v := some[k*len(some)/most]
		if v > some[0] && (len(cuts) == 0 || v > cuts[len(cuts)-1]) {
			cuts = append(cuts, v)
		}
	}
	bins = make([]uint8, n)
	for i := range n {
		v := rows.X[i*rows.Width+f]
		if v != v {
			bins[i] = missing
			continue
		}
		at, exact := slices.BinarySearch(cuts, v)
		if exact {
			at++ // not below the cut
		}
		bins[i] = uint8(at)
	}
	return cuts, bins
}

// round grows a tree for each class, each with a core of its own.
func (t *trainer) round(round int) {
	n := len(t.rows.Class)
	var sample []int32
	in := false
	for i := range n {
		if t.rows.Group == nil || i == 0 || t.rows.Group[i] != t.rows.Group[i-1] {
			in = t.dice.Float64() < t.o.Rows
		}
		if in {
			sample = append(sample, int32(i))
		}
	}
	grad, hess := make([]float32, n*t.classes), make([]float32, n*t.classes)
	p := make([]float64, t.classes)
	for _, i := range sample {
		copy(p, t.score[int(i)*t.classes:(int(i)+1)*t.classes])
		softmax(p)
		w := t.weight(int(i))
		for c := range p {
			g := p[c]
			if int(t.rows.Class[i]) == c {
				g--
			}
			grad[c*n+int(i)] = float32(w * g)
			hess[c*n+int(i)] = float32(w * max(p[c]*(1-p[c]), 1e-6))
		}
	}
	trees := make([][]node, t.classes)
	var wait sync.WaitGroup
	for c := range t.classes {
		wait.Go(func() {
			g := &grower{t: t, grad: grad[c*n : (c+1)*n], hess: hess[c*n : (c+1)*n]}
			trees[c] = g.grow(slices.Clone(sample), rand.New(rand.NewPCG(t.o.Seed+uint64(round)*31, uint64(c))))
			for i := range n {
				t.score[i*t.classes+c] += float64(t.leaf(trees[c], i))
			}
		})
	}
	wait.Wait()
	t.model.trees = append(t.model.trees, trees...)
}

// leaf returns what a tree says about a row of the training data.
func (t *trainer) leaf(tree []node, i int) float32 {
	n := &tree[0]
	for n.feature >= 0 {
		if b := t.bins[n.feature][i]; b <= n.bin || (b == missing && n.nanLeft) {
			n = &tree[n.left]
		} else {
			n = &tree[n.right]
		}
	}
	return n.value
}
