package regress

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
)

// Counts fits log E(y) = X b + offset to counts. Quasi scales the errors by
// the dispersion, as R's quasipoisson does; without it the variance is the
// mean. Offset is on the scale of the logarithm and may be nil.
func Counts(d Design, y, offset []float64, quasi bool) (*Fit, error) {
	f, err := logLinear(d, y, offset, math.Inf(1), nil)
	if err == nil && quasi {
		f.Cov = scaled(f.Cov, f.Dispersion)
	}
	return f, err
}

// logLinear fits a log-linear model whose variance is mu + mu²/theta.
func logLinear(d Design, y, offset []float64, theta float64, start []float64) (*Fit, error) {
	if offset == nil {
		offset = make([]float64, len(y))
	}
	if err := countable(d, y, offset); err != nil {
		return nil, err
	}
	n, k := len(y), len(d.Names)
	eta, mu := make([]float64, n), make([]float64, n)
	for i := range y {
		if start != nil {
			eta[i] = math.Log(start[i])
		} else {
			eta[i] = math.Log(y[i] + 0.1)
		}
		mu[i] = math.Exp(eta[i])
	}
	w, z := make([]float64, n), make([]float64, n)
	var s solution
	for before, round := math.Inf(1), 0; ; round++ {
		for i := range y {
			w[i] = math.Sqrt(mu[i] / (1 + mu[i]/theta))
			z[i] = (eta[i] - offset[i] + (y[i]-mu[i])/mu[i]) * w[i]
		}
		s = solve(d.times(w), z)
		for i := range y {
			eta[i] = dot(d.X[i], s.b) + offset[i]
			mu[i] = math.Exp(eta[i])
			if err := runsAway(mu[i]); err != nil {
				return nil, err
			}
		}
		dev := deviance(y, mu, theta)
		if math.Abs(dev-before) < 1e-8*(math.Abs(dev)+0.1) { // R's
			break
		}
		if before = dev; round == 200 {
			return nil, errors.New("the fit does not settle in 200 rounds: use a simpler model, quasipoisson in place of negbin, or counts in a larger unit")
		}
	}
	f := &Fit{Names: d.Names, Coef: s.b, Cov: s.inverse, DF: math.Inf(1), Fitted: mu, Hat: s.hat, Theta: theta, Residuals: make([]float64, n)}
	for i := range y {
		f.Residuals[i] = (y[i] - mu[i]) / math.Sqrt(mu[i]+mu[i]*mu[i]/theta)
		work := w[i] * (y[i] - mu[i]) / mu[i] // with the weights of the last round, as R has it
		f.Dispersion += work * work / float64(n-k)
	}
	return f, nil
}

// runsAway says why a mean is none that a fit could have.
func runsAway(mu float64) error {
	switch {
	case mu < 1e-300:
		return errors.New("the fit runs away towards zero: a regressor separates the counts that are zero from the others; leave it out, or use a simpler model")
	case math.IsInf(mu, 0) || math.IsNaN(mu):
		return errors.New("the fit runs away towards infinity: the counts, the offset or a control are too far apart for a log-linear model; give them in other units")
	}
	return nil
}

// countable checks what a model of counts needs.
func countable(d Design, y, offset []float64) error {
	if err := d.check(len(y)); err != nil {
		return err
	}
	sum := 0.0
	for i := range y {
		if y[i] < 0 {
			return fmt.Errorf("row %d: %v is below zero; a model of counts needs counts", i+1, y[i])
		}
		if math.IsNaN(offset[i]) || math.IsInf(offset[i], 0) {
			return fmt.Errorf("row %d: the offset must be above zero", i+1)
		}
		sum += y[i]
	}
	if sum == 0 {
		return errors.New("all counts are zero")
	}
	return nil
}

// deviance of the Poisson, or of the negative binomial at a theta.
func deviance(y, mu []float64, theta float64) (sum float64) {
	for i := range y {
		if y[i] > 0 {
			sum += 2 * y[i] * math.Log(y[i]/mu[i])
		}
		if math.IsInf(theta, 1) {
			sum -= 2 * (y[i] - mu[i])
		} else {
			sum -= 2 * (y[i] + theta) * math.Log((y[i]+theta)/(mu[i]+theta))
		}
	}
	return sum
}

// mostTheta is where a negative binomial can no longer be told from a Poisson.
const mostTheta = 1e7

// NegativeBinomial fits counts whose variance is mu + mu²/theta, theta by
// maximum likelihood in turn with the coefficients, as MASS's glm.nb does.
// Where the counts vary no more than a Poisson's, theta is infinite and the
// fit is the Poisson's.
func NegativeBinomial(d Design, y, offset []float64) (*Fit, error) {
	f, err := logLinear(d, y, offset, math.Inf(1), nil)
	if err != nil {
		return nil, err
	}
	theta := 0.0
	for range 200 {
		next := likeliestTheta(y, f.Fitted)
		if math.IsInf(next, 1) {
			return logLinear(d, y, offset, next, nil)
		}
		if f, err = logLinear(d, y, offset, next, f.Fitted); err != nil {
			return nil, err
		}
		if math.Abs(next-theta) <= 1e-9*next {
			return f, nil
		}
		theta = next
	}
	return nil, errors.New("theta of the negative binomial does not settle in 200 rounds: use quasipoisson")
}

// likeliestTheta maximises the likelihood in theta for given means. The
// derivative by theta has the sign of the way up, and is halved into.
func likeliestTheta(y, mu []float64) float64 {
	slope := func(logTheta float64) (sum float64) {
		th := math.Exp(logTheta)
		for i := range y {
			sum += mathext.Digamma(y[i]+th) - mathext.Digamma(th) - math.Log1p(mu[i]/th) - (y[i]-mu[i])/(mu[i]+th)
		}
		return sum
	}
	low, high := math.Log(1e-6), math.Log(mostTheta/100)
	moment := 0.0 // is there more variance than the mean's
	for i := range y {
		moment += (y[i]-mu[i])*(y[i]-mu[i]) - y[i]
	}
	if moment <= 0 || slope(high) > 0 {
		return math.Inf(1)
	}
	for range 200 {
		if mid := (low + high) / 2; slope(mid) > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp((low + high) / 2)
}

// NeweyWest returns the fit with a covariance that allows for errors of
// unequal variance that depend on each other up to a lag (Bartlett weights),
// times n/(n-k) as Stata's newey has it. For counts the scores are those of
// the log-linear model.
func (f *Fit) NeweyWest(d Design, y []float64, lag int) (*Fit, error) {
	n, k := len(y), len(f.Names)
	if lag < 0 || lag >= n {
		return nil, fmt.Errorf("the lag is %d, must be 0 to %d", lag, n-1)
	}
	score := mat.NewDense(n, k, nil)
	weight := make([]float64, n)
	for i := range y {
		e := y[i] - f.Fitted[i]
		weight[i] = 1
		if math.IsInf(f.DF, 1) { // counts
			v := 1 + f.Fitted[i]/f.Theta
			e, weight[i] = e/v, math.Sqrt(f.Fitted[i]/v)
		}
		for j, x := range d.X[i] {
			score.Set(i, j, x*e)
		}
	}
	meat := mat.NewDense(k, k, nil)
	for l := 0; l <= lag; l++ {
		var g mat.Dense
		g.Mul(score.Slice(l, n, 0, k).T(), score.Slice(0, n-l, 0, k))
		for i := range k {
			for j := range k {
				add := g.At(i, j)
				if l > 0 {
					add = (1 - float64(l)/float64(lag+1)) * (g.At(i, j) + g.At(j, i))
				}
				meat.Set(i, j, meat.At(i, j)+add)
			}
		}
	}
	bread := solve(d.times(weight), make([]float64, n)).inverse
	var v, whole mat.Dense
	v.Mul(bread, meat)
	whole.Mul(&v, bread)
	out := *f
	out.Cov = mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			out.Cov.SetSym(i, j, (whole.At(i, j)+whole.At(j, i))/2*float64(n)/float64(n-k))
		}
	}
	return &out, nil
}
