package synth

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// leastNorm returns the convex weights of the point of least norm in the hull
// of some points (Wolfe 1976): a set of corners that are affinely independent
// is kept; the corner that lies furthest back joins; while the least point of
// the corners' plane is outside their hull, corners leave. It ends after
// finitely many steps with the exact solution, to rounding.
func leastNorm(points [][]float64) []float64 {
	best, scale := 0, 0.0
	for i, p := range points {
		if dot(p, p) < dot(points[best], points[best]) {
			best = i
		}
		scale = max(scale, dot(p, p))
	}
	h := hull{points: points, corners: []int{best}, weight: []float64{1}, tiny: 1e-14 * scale}
	for range 50 * (len(points) + 10) {
		x := h.point()
		next, least := -1, math.Inf(1)
		for i, p := range points {
			if d := dot(x, p); d < least {
				next, least = i, d
			}
		}
		if dot(x, x)-least <= h.tiny || slices.Contains(h.corners, next) {
			break
		}
		h.corners, h.weight = append(h.corners, next), append(h.weight, 0)
		if !h.settle() {
			break
		}
	}
	out := make([]float64, len(points))
	for k, i := range h.corners {
		out[i] = h.weight[k]
	}
	return out
}

// hull is the corners kept, and their weights.
type hull struct {
	points  [][]float64
	corners []int
	weight  []float64
	tiny    float64
}

// point is the present point.
func (h *hull) point() []float64 {
	x := make([]float64, len(h.points[0]))
	for k, i := range h.corners {
		for t, v := range h.points[i] {
			x[t] += h.weight[k] * v
		}
	}
	return x
}

// settle moves to the least point of the corners' plane, and drops corners
// until it lies in their hull. It returns false when the corners are dependent
// to rounding; the corner that joined last then leaves again.
func (h *hull) settle() bool {
	for {
		plane, ok := h.plane()
		if !ok {
			last := len(h.corners) - 1
			h.corners, h.weight = h.corners[:last], h.weight[:last]
			return false
		}
		step, inside := 1.0, true
		for k, a := range plane {
			if a <= 1e-14 {
				inside = false
				if w := h.weight[k]; w-a > 0 {
					step = min(step, w/(w-a))
				}
			}
		}
		if inside {
			h.weight = plane
			return true
		}
		var corners []int
		var weight []float64
		sum := 0.0
		for k, a := range plane {
			if w := h.weight[k] + step*(a-h.weight[k]); w > 1e-14 {
				corners, weight = append(corners, h.corners[k]), append(weight, w)
				sum += w
			}
		}
		for k := range weight {
			weight[k] /= sum
		}
		if len(corners) == len(h.corners) {
			return false // no step was possible
		}
		h.corners, h.weight = corners, weight
	}
}

// plane returns the affine weights of the least point of the corners' plane:
// the first corner is the origin, the others are directions from it.
func (h *hull) plane() ([]float64, bool) {
	k := len(h.corners)
	if k == 1 {
		return []float64{1}, true
	}
	origin := h.points[h.corners[0]]
	if k-1 > len(origin) {
		return nil, false
	}
	a := mat.NewDense(len(origin), k-1, nil)
	b := mat.NewVecDense(len(origin), nil)
	for t, v := range origin {
		b.SetVec(t, -v)
		for j := 1; j < k; j++ {
			a.Set(t, j-1, h.points[h.corners[j]][t]-v)
		}
	}
	var qr mat.QR
	qr.Factorize(a)
	if qr.Cond() > 1e12 {
		return nil, false
	}
	var x mat.VecDense
	if err := qr.SolveVecTo(&x, false, b); err != nil {
		return nil, false
	}
	out := []float64{1}
	for j := range k - 1 {
		out = append(out, x.AtVec(j))
		out[0] -= x.AtVec(j)
	}
	return out, true
}
