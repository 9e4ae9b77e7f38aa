package forest_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/heed-project/heed/forecast/forest"
)

// world makes rows whose target depends on the first feature alone.
func world(rows int) (features [][]float64, target []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	features = make([][]float64, 4)
	for range rows {
		for j := range features {
			features[j] = append(features[j], rng.NormFloat64())
		}
		y := rng.NormFloat64() * 0.3
		if features[0][len(target)] > 0.5 {
			y += 5
		}
		target = append(target, y)
	}
	return features, target
}

func grow(t testing.TB, o forest.Options) (*forest.Forest, []float64) {
	features, target := world(2000)
	x, err := forest.Cut(features)
	if err != nil {
		t.Fatal(err)
	}
	f, err := forest.Grow(x, [][]float64{target}, o)
	if err != nil {
		t.Fatal(err)
	}
	return f, target
}

// The forest finds the step, its weights sum to one and belong to rows on the
// right side of it.
func TestStep(t *testing.T) {
	f, target := grow(t, forest.Options{Trees: 60, MinLeaf: 10, Seed: 1})
	for _, c := range []struct{ at, want float64 }{{-1, 0}, {0, 0}, {1, 5}, {math.NaN(), 0}} {
		row := []float64{c.at, 0, 0, 0}
		if got := f.Mean(row, target); math.Abs(got-c.want) > 0.4 {
			t.Errorf("at %v the mean is %v, want %v", c.at, got, c.want)
		}
		sum, mean := 0.0, 0.0
		for i, w := range f.Weights(row) {
			sum += w
			mean += w * target[i]
		}
		if math.Abs(sum-1) > 1e-9 || math.Abs(mean-f.Mean(row, target)) > 1e-9 {
			t.Errorf("weights sum to %v, their mean is %v", sum, mean)
		}
	}
}

// The same seed gives the same forest with one processor and with several;
// another seed gives another.
func TestSame(t *testing.T) {
	o := forest.Options{Trees: 20, MinLeaf: 5, Seed: 3}
	row := []float64{0.45, 0, 0, 0}
	f, _ := grow(t, o)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	g, _ := grow(t, o)
	o.Seed = 4
	h, _ := grow(t, o)
	if !slices.Equal(f.Weights(row), g.Weights(row)) {
		t.Error("one seed, two forests")
	}
	if slices.Equal(f.Weights(row), h.Weights(row)) {
		t.Error("two seeds, one forest")
	}
}

// No leaf is smaller than asked for, blocks are seen as a whole, and rows of
// no weight are never seen.
func TestLeaves(t *testing.T) {
	o := forest.Options{Trees: 10, MinLeaf: 25, Seed: 5, Weight: make([]float64, 2000), Blocks: make([]int32, 2000)}
	for i := range o.Weight {
		o.Blocks[i] = int32(i / 100)
		if i >= 1000 {
			o.Weight[i] = 1
		}
	}
	f, _ := grow(t, o)
	for i := range f.Trees() {
		leaf := f.Leaf(i, []float64{1, 1, -1, 0})
		if len(leaf) < 25 {
			t.Errorf("tree %d has a leaf of %d", i, len(leaf))
		}
		for _, r := range leaf {
			if r < 1000 {
				t.Errorf("row %d of no weight was seen", r)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	if _, err := forest.Cut(nil); err == nil {
		t.Error("no features were cut")
	}
	if _, err := forest.Cut([][]float64{{1, 2}, {1}}); err == nil {
		t.Error("ragged features were cut")
	}
	x, _ := forest.Cut([][]float64{{1, 2}})
	for _, o := range []forest.Options{{}, {Trees: 1}, {Trees: 1, MinLeaf: 1}} {
		if _, err := forest.Grow(x, [][]float64{{1}}, o); err == nil {
			t.Errorf("%+v was grown", o)
		}
	}
}

func Example() {
	x, _ := forest.Cut([][]float64{{1, 2, 3, 11, 12, 13}})
	target := []float64{0, 0, 0, 1, 1, 1}
	f, _ := forest.Grow(x, [][]float64{target}, forest.Options{Trees: 50, MinLeaf: 1, Sample: 0.8, Seed: 1})
	fmt.Printf("%.1f %.1f\n", f.Mean([]float64{2}, target), f.Mean([]float64{12}, target))
	// Output: 0.0 1.0
}
