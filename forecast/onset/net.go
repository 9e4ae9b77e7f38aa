package onset

import "math"

// net is a logistic regression with an elastic-net penalty, fitted by
// coordinate descent on the quadratic approximation of the likelihood (Friedman,
// Hastie and Tibshirani, Regularization paths, Journal of Statistical Software
// 33, 2010).
type net struct {
	mean, scale []float64 // of the predictors
	beta        []float64 // of the standardised predictors
	intercept   float64
}

// The penalty. Mixing is its part on absolute values; both were frozen on years
// before 1994 (docs/method/forecast.md).
const (
	penalty = 0.005
	mixing  = 0.5
	steps   = 25  // reweightings
	sweeps  = 100 // over the coordinates, at each
)

// fitNet fits rows of predictors, given column by column, without missing values.
func fitNet(columns [][]float64, event []float64) *net {
	n := len(event)
	m := &net{beta: make([]float64, len(columns))}
	z := make([][]float64, len(columns))
	for j, c := range columns {
		mean, variance := 0.0, 0.0
		for _, v := range c {
			mean += v / float64(n)
		}
		for _, v := range c {
			variance += (v - mean) * (v - mean) / float64(n)
		}
		scale := math.Sqrt(variance)
		if scale < 1e-12 {
			scale = math.Inf(1) // a constant predicts nothing
		}
		z[j] = make([]float64, n)
		for i, v := range c {
			z[j][i] = (v - mean) / scale
		}
		m.mean, m.scale = append(m.mean, mean), append(m.scale, scale)
	}
	eta := make([]float64, n)
	weight, residual := make([]float64, n), make([]float64, n)
	for range steps {
		for i := range eta {
			p := logistic(eta[i])
			weight[i] = max(1e-5, p*(1-p))
			residual[i] = (event[i] - p) / weight[i]
		}
		if m.descend(z, weight, residual) < 1e-6 {
			break
		}
		for i := range eta {
			eta[i] = m.intercept
		}
		for j, b := range m.beta {
			if b != 0 {
				for i, v := range z[j] {
					eta[i] += b * v
				}
			}
		}
	}
	return m
}

// descend minimises the weighted least squares with the penalty, and returns the
// largest change of a coefficient.
func (m *net) descend(z [][]float64, weight, residual []float64) float64 {
	n := float64(len(weight))
	total := 0.0
	for _, w := range weight {
		total += w
	}
	before := append([]float64{m.intercept}, m.beta...)
	for range sweeps {
		moved := 0.0
		shift := 0.0
		for i, w := range weight {
			shift += w * residual[i]
		}
		shift /= total
		m.intercept += shift
		for i := range residual {
			residual[i] -= shift
		}
		for j := range m.beta {
			var slope, curve float64
			for i, v := range z[j] {
				wv := weight[i] * v
				slope += wv * residual[i]
				curve += wv * v
			}
			slope, curve = slope/n, curve/n
			at := slope + curve*m.beta[j]
			next := 0.0
			if math.Abs(at) > penalty*mixing {
				next = (at - math.Copysign(penalty*mixing, at)) / (curve + penalty*(1-mixing))
			}
			if d := next - m.beta[j]; d != 0 {
				for i, v := range z[j] {
					residual[i] -= d * v
				}
				m.beta[j] = next
				moved = max(moved, math.Abs(d))
			}
		}
		if moved < 1e-5 {
			break
		}
	}
	change := math.Abs(m.intercept - before[0])
	for j, b := range m.beta {
		change = max(change, math.Abs(b-before[j+1]))
	}
	return change
}

// logit returns the log odds of a row, and what each predictor adds to them
// against a row of means.
func (m *net) logit(row []float64) (sum float64, parts []float64) {
	sum = m.intercept
	parts = make([]float64, len(row))
	for j, v := range row {
		parts[j] = m.beta[j] * (v - m.mean[j]) / m.scale[j]
		sum += parts[j]
	}
	return sum, parts
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
