package state

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// sweep draws level, variances and controls in turn.
func (m *model) sweep() {
	m.drawLevel()
	m.drawStep()
	if len(m.beta) == 0 {
		m.drawNoise()
		return
	}
	m.drawControls()
}

// filter runs the Kalman filter of the level over the outcome less the
// controls: the first level is normal around the first outcome with variance one,
// as bsts has it.
func (m *model) filter() {
	a, p := m.y[0], 1.0
	for t, y := range m.y {
		if t > 0 {
			p += m.step
		}
		gain := p / (p + m.sigma)
		a += gain * (y - dot(m.x[t], m.beta) - a)
		p *= 1 - gain
		m.mean[t], m.variance[t] = a, p
	}
}

// drawLevel filters forward and samples backward.
func (m *model) drawLevel() {
	m.filter()
	last := len(m.y) - 1
	m.level[last] = m.mean[last] + math.Sqrt(m.variance[last])*m.rng.NormFloat64()
	for t := last - 1; t >= 0; t-- {
		gain := m.variance[t] / (m.variance[t] + m.step)
		mean := m.mean[t] + gain*(m.level[t+1]-m.mean[t])
		m.level[t] = mean + math.Sqrt(m.variance[t]*(1-gain))*m.rng.NormFloat64()
	}
}

// drawStep draws the variance of the level's steps, which may not exceed that
// of the outcome.
func (m *model) drawStep() {
	sum := stepWeight * m.stepGuess
	for t := 1; t < len(m.level); t++ {
		sum += (m.level[t] - m.level[t-1]) * (m.level[t] - m.level[t-1])
	}
	df := float64(stepWeight + len(m.level) - 1)
	for range 1000 {
		if v := m.inverseGamma(df, sum); v <= 1 {
			m.step = v
			return
		}
	}
	m.step = 1
}

// drawNoise draws the variance of the noise, without controls: bsts then
// expects that of the outcome, counts it for a hundredth of an observation, and
// allows 1.2 standard deviations at most.
func (m *model) drawNoise() {
	sum := aloneDF
	for t, y := range m.y {
		sum += (y - m.level[t]) * (y - m.level[t])
	}
	for range 1000 {
		if m.sigma = m.inverseGamma(aloneDF+float64(len(m.y)), sum); m.sigma <= mostNoise*mostNoise {
			return
		}
	}
	m.sigma = mostNoise * mostNoise
}

// inverseGamma draws a variance whose inverse is gamma with df/2 and sum/2.
func (m *model) inverseGamma(df, sum float64) float64 {
	return 1 / distuv.Gamma{Alpha: df / 2, Beta: sum / 2, Src: m.rng}.Rand()
}

// drawControls draws which controls are in the model, one by one with the
// coefficients and the noise integrated out, then the noise, then the
// coefficients.
func (m *model) drawControls() {
	xy := make([]float64, len(m.beta))
	yy := 0.0
	for t, y := range m.y {
		e := y - m.level[t]
		yy += e * e
		for j, x := range m.x[t] {
			xy[j] += x * e
		}
	}
	now := m.posterior(xy, yy)
	for j := range m.in {
		if m.inclusion == 1 {
			break
		}
		m.in[j] = !m.in[j]
		other := m.posterior(xy, yy)
		odds := other.log - now.log // of the flip
		if u := m.rng.Float64(); math.Log(u/(1-u)) < odds {
			now = other
		} else {
			m.in[j] = !m.in[j]
		}
	}
	m.sigma = m.inverseGamma(float64(noiseDF+len(m.y)), now.sum)
	for j := range m.beta {
		m.beta[j] = 0
	}
	if len(now.which) == 0 {
		return
	}
	z := mat.NewVecDense(len(now.which), nil)
	for i := range now.which {
		z.SetVec(i, math.Sqrt(m.sigma)*m.rng.NormFloat64())
	}
	var u mat.TriDense
	now.chol.UTo(&u)
	var b mat.VecDense
	if err := b.SolveVec(&u, z); err != nil {
		return // singular to rounding: the controls stay out of this draw
	}
	for i, j := range now.which {
		m.beta[j] = now.mean.AtVec(i) + b.AtVec(i)
	}
}

// subset is the posterior of the controls that are in.
type subset struct {
	which []int
	chol  mat.Cholesky // of the posterior precision, times the noise
	mean  mat.VecDense
	sum   float64 // of squares, prior included
	log   float64 // of the probability of this choice, up to a constant
}

// posterior of the choice in m.in. The prior precision is the mean of X'X/n and
// its diagonal: one observation's worth.
func (m *model) posterior(xy []float64, yy float64) (s subset) {
	for j, in := range m.in {
		if in {
			s.which = append(s.which, j)
			s.log += math.Log(m.inclusion)
		} else {
			s.log += math.Log(1 - m.inclusion)
		}
	}
	n, k := float64(len(m.y)), len(s.which)
	s.sum = noiseDF*(1-expectedR2) + yy
	if k > 0 {
		prior, post, b := mat.NewSymDense(k, nil), mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
		for i, a := range s.which {
			b.SetVec(i, xy[a])
			for j, c := range s.which[:i+1] {
				v := m.gram[a][c] / n / 2
				if i == j {
					v *= 2
				}
				prior.SetSym(i, j, v)
				post.SetSym(i, j, v+m.gram[a][c])
			}
		}
		var p mat.Cholesky
		if !p.Factorize(prior) || !s.chol.Factorize(post) || s.chol.SolveVecTo(&s.mean, b) != nil {
			s.log = math.Inf(-1) // the same control twice
			return s
		}
		s.sum -= mat.Dot(b, &s.mean)
		s.log += (p.LogDet() - s.chol.LogDet()) / 2
	}
	s.log -= (noiseDF + n) / 2 * math.Log(s.sum)
	return s
}
