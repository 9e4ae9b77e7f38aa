package regress

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// PraisWinsten fits with errors of the first order, e(t) = rho e(t-1) + u(t):
// rho from the regression of the residuals on those before, the outcome and
// the regressors transformed, the first row kept, and again until rho stays
// within 1e-6, as Stata's prais does. Residuals are those of the transformed
// regression.
func PraisWinsten(d Design, y []float64) (*Fit, error) {
	f, err := Least(d, y)
	if err != nil {
		return nil, err
	}
	rho := 0.0
	for range 1000 {
		e := make([]float64, len(y))
		for i := range y {
			e[i] = y[i] - dot(d.X[i], f.Coef)
		}
		next := 0.0
		if below := dot(e[:len(e)-1], e[:len(e)-1]); below > 0 {
			next = dot(e[1:], e[:len(e)-1]) / below
		}
		if math.Abs(next) >= 1 {
			return nil, fmt.Errorf("the autocorrelation is estimated at %.3f: the errors are no stationary series; use the recommended method", next)
		}
		done := math.Abs(next-rho) <= 1e-6
		rho = next
		td, ty, _ := decorrelate(d, y, nil, rho)
		if f, err = Least(td, ty); err != nil {
			return nil, err
		}
		if done {
			f.Rho = rho
			f.Fitted = product(d, f.Coef)
			return f, nil
		}
	}
	return nil, errors.New("rho does not settle in 1,000 rounds: use the recommended method")
}

// decorrelate transforms rows whose errors follow the first order into rows
// whose errors are independent and of variance one, and returns the logarithm
// of the determinant of the covariance before. Gaps are the steps between one
// row and the next; nil means one each.
func decorrelate(d Design, y []float64, gaps []int, rho float64) (Design, []float64, float64) {
	out := Design{Names: d.Names, X: make([][]float64, len(y))}
	ty := make([]float64, len(y))
	first := math.Sqrt(1 - rho*rho)
	logDet := -2 * math.Log(first)
	for i := range y {
		r, s := 0.0, first
		if i > 0 {
			r, s = rho, 1
			if gaps != nil && gaps[i-1] != 1 {
				r = math.Pow(rho, float64(gaps[i-1]))
				v := (1 - r*r) / (1 - rho*rho)
				s = 1 / math.Sqrt(v)
				logDet += math.Log(v)
			}
		}
		row := make([]float64, len(d.Names))
		for j := range row {
			row[j] = d.X[i][j] * s
			if i > 0 {
				row[j] -= r * d.X[i-1][j] * s
			}
		}
		ty[i] = y[i] * s
		if i > 0 {
			ty[i] -= r * y[i-1] * s
		}
		out.X[i] = row
	}
	return out, ty, logDet
}

// whiten is decorrelate where a share of each row's variance is its own and the
// rest follows the first order: a Kalman filter over the columns. All errors
// have variance one before.
func whiten(d Design, y []float64, gaps []int, rho float64, share []float64) (Design, []float64, float64) {
	k := len(d.Names)
	out, ty := Design{Names: d.Names, X: make([][]float64, len(y))}, make([]float64, len(y))
	state, variance, logDet := make([]float64, k+1), 1.0, 0.0
	for i := range y {
		load := math.Sqrt(1 - share[i])
		of := load*load*variance + share[i]
		gain, scale := variance*load/of, 1/math.Sqrt(of)
		r := rho
		if i < len(y)-1 && gaps != nil {
			r = math.Pow(rho, float64(gaps[i]))
		}
		out.X[i] = make([]float64, k)
		for j := range k + 1 {
			v := y[i] - load*state[j]
			if j < k {
				v = d.X[i][j] - load*state[j]
				out.X[i][j] = v * scale
			} else {
				ty[i] = v * scale
			}
			state[j] = r * (state[j] + gain*v)
		}
		logDet += math.Log(of)
		variance = r*r*(variance-gain*load*variance) + 1 - r*r
	}
	return out, ty, logDet
}

// DurbinWatson returns the statistic of the residuals: 2 without
// autocorrelation, less with positive.
func DurbinWatson(e []float64) float64 {
	sum := 0.0
	for i := 1; i < len(e); i++ {
		sum += (e[i] - e[i-1]) * (e[i] - e[i-1])
	}
	if all := dot(e, e); all > 0 {
		return sum / all
	}
	return math.NaN()
}

// Autocorrelation returns the correlation of the residuals with themselves at
// a lag.
func Autocorrelation(e []float64, lag int) float64 {
	mean := 0.0
	for _, x := range e {
		mean += x / float64(len(e))
	}
	top, bottom := 0.0, 0.0
	for i, x := range e {
		bottom += (x - mean) * (x - mean)
		if i >= lag {
			top += (x - mean) * (e[i-lag] - mean)
		}
	}
	if bottom == 0 {
		return 0
	}
	return top / bottom
}

// LjungBox returns the statistic over the first lags and the probability of
// one as large without autocorrelation.
func LjungBox(e []float64, lags int) (statistic, p float64) {
	n := float64(len(e))
	for l := 1; l <= lags && l < len(e); l++ {
		r := Autocorrelation(e, l)
		statistic += n * (n + 2) * r * r / (n - float64(l))
	}
	if lags < 1 {
		return 0, 1
	}
	return statistic, distuv.ChiSquared{K: float64(lags)}.Survival(statistic)
}

// Cook returns Cook's distance of each row: how far all coefficients move, in
// the measure of their own doubt, when the row is left out.
func (f *Fit) Cook() []float64 {
	scale := f.Dispersion
	out := make([]float64, len(f.Residuals))
	for i, e := range f.Residuals {
		if h := f.Hat[i]; h < 1 && scale > 0 {
			out[i] = e * e * h / (scale * float64(len(f.Coef)) * (1 - h) * (1 - h))
		}
	}
	return out
}
