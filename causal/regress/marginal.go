package regress

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// A component is the fit at one value of the autocorrelation, and its weight.
type component struct {
	weight, rho float64
	coef        []float64
	cov         *mat.SymDense
}

// tilt is by how much the prior leans towards dependence.
const tilt = 0.15

// steps is how many values of the autocorrelation are averaged over. Twice
// as many move an interval by less than a hundredth of its width (TestSteps).
const steps = 48

// Marginal fits with errors of the first order whose autocorrelation is not
// known. For each rho it fits by generalised least squares; the fits are
// averaged with the marginal (restricted) likelihood of rho times the prior
// (1+rho)^-0.35 (1-rho)^-0.65: uniform in the arc of rho, tilted a little towards
// dependence. The tilt was chosen on simulated series, so that short ones are
// covered too; docs/method/impact.md measures it on others. An interval is that of the mixture of
// t distributions with n-k degrees of freedom. Nothing is plugged in: what the
// series does not tell about rho widens the interval, up to a random walk.
// Gaps are the steps from each row to the next; nil means one each.
func Marginal(d Design, y []float64, gaps []int) (*Fit, error) {
	f, err := Least(d, y)
	if err != nil {
		return nil, err
	}
	if gaps != nil && len(gaps) != len(y)-1 {
		return nil, fmt.Errorf("%d gaps between %d rows", len(gaps), len(y))
	}
	f.mixture = mix(d, y, gaps, steps, nil)
	f.average(d)
	for i := range y {
		f.Residuals[i] = y[i] - f.Fitted[i]
	}
	return f, nil
}

// mix fits at some values of rho, evenly spaced in its arc, and weighs the fits.
// With own, which gives the share of each row's variance that is its own for a
// variance of all, each rho is fitted once more with that share depending on no
// other row, as likely beforehand.
func mix(d Design, y []float64, gaps []int, steps int, own func(variance float64) []float64) []component {
	n, k := len(y), len(d.Names)
	all := make([]component, 0, 2*steps)
	logs := make([]float64, 0, 2*steps)
	best, least := math.Inf(-1), 1e-24*dot(y, y)+1e-300
	fit := func(rho float64, td Design, ty []float64, logDet float64) float64 {
		s := solve(td, ty)
		s.rss = max(s.rss, least) // a fit without any error
		variance := s.rss / float64(n-k)
		l := tilt*math.Log((1+rho)/(1-rho)) - (logDet+s.logDet+float64(n-k)*math.Log(s.rss))/2
		if !math.IsNaN(l) && !math.IsInf(l, 0) {
			all = append(all, component{rho: rho, coef: s.b, cov: scaled(s.inverse, variance)})
			logs, best = append(logs, l), max(best, l)
		}
		return variance
	}
	for i := range steps {
		rho := math.Cos(math.Pi * (float64(i) + 0.5) / float64(steps))
		td, ty, logDet := decorrelate(d, y, gaps, rho)
		variance := fit(rho, td, ty, logDet) / (1 - rho*rho)
		if own != nil {
			td, ty, logDet = whiten(d, y, gaps, rho, own(variance))
			fit(rho, td, ty, logDet)
		}
	}
	sum := 0.0
	for i := range all {
		all[i].weight = math.Exp(logs[i] - best)
		sum += all[i].weight
	}
	kept := all[:0]
	for _, c := range all {
		if c.weight /= sum; c.weight > 1e-6 {
			kept = append(kept, c)
		}
	}
	return kept
}

// average sets the coefficients and their covariance to the mixture's.
func (f *Fit) average(d Design) {
	k := len(f.Coef)
	f.Coef, f.Rho, f.Cov = make([]float64, k), 0, mat.NewSymDense(k, nil)
	for _, c := range f.mixture {
		f.Rho += c.weight * c.rho
		for j := range k {
			f.Coef[j] += c.weight * c.coef[j]
		}
	}
	for _, c := range f.mixture {
		for i := range k {
			for j := i; j < k; j++ {
				apart := (c.coef[i] - f.Coef[i]) * (c.coef[j] - f.Coef[j])
				f.Cov.SetSym(i, j, f.Cov.At(i, j)+c.weight*(c.cov.At(i, j)+apart))
			}
		}
	}
	f.Fitted = product(d, f.Coef)
}

// MarginalCounts is Marginal for counts: the Pearson residuals of a log-linear
// model have the dispersion and the autocorrelation. The variance is in
// proportion to mu + mu²/theta, between the mean's (quasi-Poisson) and its
// square's, theta as likely as the residuals make it (scatter). The model is
// linearised at that fit, once: further rounds change little where they settle,
// and they do not always settle.
func MarginalCounts(d Design, y, offset []float64, gaps []int) (*Fit, error) {
	if offset == nil {
		offset = make([]float64, len(y))
	}
	f, err := logLinear(d, y, offset, math.Inf(1), nil)
	for range 3 {
		if err != nil {
			return nil, err
		}
		f, err = logLinear(d, y, offset, scatter(y, f.Fitted), f.Fitted)
	}
	if err != nil {
		return nil, err
	}
	w, z := make([]float64, len(y)), make([]float64, len(y))
	for i, mu := range f.Fitted {
		w[i] = math.Sqrt(mu / (1 + mu/f.Theta))
		z[i] = (math.Log(mu) - offset[i] + (y[i]-mu)/mu) * w[i]
	}
	f.DF = float64(len(y) - len(d.Names))
	f.mixture = mix(d.times(w), z, gaps, steps, f.own)
	f.average(d)
	for i, eta := range f.Fitted {
		mu := math.Exp(eta + offset[i])
		f.Fitted[i], f.Residuals[i] = mu, (y[i]-mu)/math.Sqrt(mu+mu*mu/f.Theta)
	}
	return f, nil
}

// own returns the share of each count's variance that a Poisson has by itself,
// given its mean: what depends on the time before is the rest. The more a count
// scatters for its own part, the less its neighbours show of a slow drift.
func (f *Fit) own(variance float64) []float64 {
	out := make([]float64, len(f.Fitted))
	for i, mu := range f.Fitted {
		out[i] = 1
		if v := variance * (1 + mu/f.Theta); v > 1 {
			out[i] = 1 / v
		}
	}
	return out
}

// scatter returns the theta under which residuals whose variance is in
// proportion to mu + mu²/theta are likeliest, as if they were normal
// (pseudo-likelihood, Davidian and Carroll 1987). Where all means are alike it
// is not determined, and does not matter.
func scatter(y, mu []float64) float64 {
	mean := 0.0
	for _, m := range mu {
		mean += m / float64(len(mu))
	}
	best, least := math.Inf(1), math.Inf(1)
	for k := -24; k <= 25; k++ {
		theta := mean * math.Exp(float64(k)/4)
		if k == 25 {
			theta = math.Inf(1)
		}
		sum, logs := 0.0, 0.0
		for i, m := range mu {
			v := m + m*m/theta
			sum += (y[i] - m) * (y[i] - m) / v
			logs += math.Log(v)
		}
		if l := float64(len(mu))*math.Log(sum) + logs; l <= least {
			best, least = theta, l
		}
	}
	return best
}

// A part is one component's distribution of one contrast.
type part struct{ weight, at, se float64 }

func (f *Fit) parts(contrast []float64) []part {
	v := mat.NewVecDense(len(contrast), contrast)
	out := make([]part, len(f.mixture))
	for i, c := range f.mixture {
		out[i] = part{c.weight, dot(contrast, c.coef), math.Sqrt(max(0, mat.Inner(v, c.cov, v)))}
	}
	return out
}

// cumulative returns the mixture's probability of at most x.
func cumulative(parts []part, df, x float64) (p float64) {
	for _, c := range parts {
		switch {
		case c.se > 0:
			p += c.weight * tCDF((x-c.at)/c.se, df)
		case c.at <= x:
			p += c.weight
		}
	}
	return p
}

// quantile inverts cumulative by false position, the end that stays being
// halved in weight (Illinois).
func quantile(parts []part, df, p float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	z := math.Abs(tQuantile(p, df))
	for _, c := range parts {
		low, high = min(low, c.at-z*c.se), max(high, c.at+z*c.se)
	}
	if low == high {
		return low
	}
	below, above, width := cumulative(parts, df, low)-p, cumulative(parts, df, high)-p, high-low
	for side := 0; high-low > 1e-10*width; {
		mid := high - above*(high-low)/(above-below)
		if !(mid > low && mid < high) {
			break // at the end itself, to rounding
		}
		at := cumulative(parts, df, mid) - p
		switch {
		case math.Abs(at) < 1e-10:
			return mid
		case at < 0:
			if low, below = mid, at; side == -1 {
				above /= 2
			}
			side = -1
		default:
			if high, above = mid, at; side == 1 {
				below /= 2
			}
			side = 1
		}
	}
	return (low + high) / 2
}
