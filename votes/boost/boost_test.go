package boost_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/heed-project/heed/votes/boost"
)

func Example() {
	rows := boost.Rows{Width: 1}
	for i := range 200 {
		rows.X = append(rows.X, float32(i))
		rows.Class = append(rows.Class, uint8(i/100))
	}
	m, err := boost.Train(rows, 2, boost.Options{Columns: 1, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := make([]float64, 2)
	m.Predict([]float32{30}, nil, p)
	fmt.Println(p[0] > 0.9)
	// Output: true
}

// circles makes rows whose class is a ring around the origin, which no single
// cut finds, with some numbers missing.
func circles(n int, seed uint64) boost.Rows {
	dice := rand.New(rand.NewPCG(seed, 1))
	rows := boost.Rows{Width: 3}
	for range n {
		x, y := dice.Float64()*4-2, dice.Float64()*4-2
		class := uint8(min(2, math.Hypot(x, y)))
		noise := float32(dice.Float64())
		if dice.IntN(10) == 0 {
			noise = float32(math.NaN())
		}
		rows.X = append(rows.X, float32(x), float32(y), noise)
		rows.Class = append(rows.Class, class)
	}
	return rows
}

func accuracy(m *boost.Model, rows boost.Rows) float64 {
	right := 0
	p := make([]float64, 3)
	for i, c := range rows.Class {
		m.Predict(rows.X[i*rows.Width:(i+1)*rows.Width], nil, p)
		best := 0
		for k := range p {
			if p[k] > p[best] {
				best = k
			}
		}
		if best == int(c) {
			right++
		}
	}
	return float64(right) / float64(len(rows.Class))
}

func TestItLearnsRings(t *testing.T) {
	m, err := boost.Train(circles(4000, 1), 3, boost.Options{Columns: 1, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if a := accuracy(m, circles(2000, 2)); a < 0.93 {
		t.Errorf("%.3f of new points are right", a)
	}
	g := m.Gains()
	if g[2] > 0.05 || math.Abs(g[0]+g[1]+g[2]-1) > 1e-6 {
		t.Errorf("gains %v: the third number is noise", g)
	}
}

func TestTheSeedDecides(t *testing.T) {
	rows := circles(800, 1)
	a, _ := boost.Train(rows, 3, boost.Options{Rounds: 10, Seed: 3})
	b, _ := boost.Train(rows, 3, boost.Options{Rounds: 10, Seed: 3})
	c, _ := boost.Train(rows, 3, boost.Options{Rounds: 10, Seed: 4})
	p, q, r := make([]float64, 3), make([]float64, 3), make([]float64, 3)
	other := false
	for i := range 100 {
		row := rows.X[i*3 : i*3+3]
		a.Predict(row, nil, p)
		b.Predict(row, nil, q)
		c.Predict(row, nil, r)
		if p[0] != q[0] || p[1] != q[1] {
			t.Fatalf("row %d: %v and %v from one seed", i, p, q)
		}
		if math.Abs(p[0]+p[1]+p[2]-1) > 1e-9 {
			t.Fatalf("row %d: %v does not add up", i, p)
		}
		other = other || p[0] != r[0]
	}
	if !other {
		t.Error("another seed changed nothing")
	}
}

// TestItBeginsWhereItIsTold gives the truth as a start: nothing is left to learn.
func TestItBeginsWhereItIsTold(t *testing.T) {
	rows := circles(1000, 1)
	for _, c := range rows.Class {
		for k := range 3 {
			v := -20.0
			if k == int(c) {
				v = 0
			}
			rows.Start = append(rows.Start, v)
		}
	}
	m, err := boost.Train(rows, 3, boost.Options{Rounds: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, 3)
	m.Predict(rows.X[:3], []float64{-20, 0, -20}, p)
	if p[1] < 0.999 {
		t.Errorf("%v", p)
	}
}

func TestWhatIsNoTableIsRefused(t *testing.T) {
	for _, rows := range []boost.Rows{{}, {X: []float32{1}, Width: 1}, {X: []float32{1, 2}, Width: 1, Class: []uint8{0, 7}},
		{X: []float32{1}, Width: 1, Class: []uint8{0}, Weight: []float32{1, 1}}} {
		if _, err := boost.Train(rows, 2, boost.Options{}); err == nil {
			t.Errorf("%+v was learned", rows)
		}
	}
}
