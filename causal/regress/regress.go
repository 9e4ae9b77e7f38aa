// Package regress fits the regressions that a study of impact rests on: least
// squares and log-linear models of counts, with errors that allow for the
// dependence of one time on the next.
//
// It promises what the standard programs compute, so that a published analysis
// can be checked against it: least squares by orthogonal columns; Poisson, quasi-Poisson and
// negative binomial by iterated weighted least squares (R's glm and MASS's
// glm.nb); Newey-West with the factor n/(n-k) and Prais-Winsten with an
// iterated rho (Stata's newey and prais). Beside them stands Marginal, which
// averages over the autocorrelation instead of pretending to know it; why, and
// how often its intervals are right, is in docs/method/impact.md.
//
// It trusts that rows are in the order of time. A matrix that does not
// determine its coefficients is refused by name of the column.
//
// Sources: McCullagh and Nelder 1989; Venables and Ripley 2002, 7.4; Newey and
// West 1987; Prais and Winsten 1954; Harville 1974 (the marginal likelihood).
//
//	fit, err := regress.Least(regress.Design{Names: names, X: rows}, y)
//	low, high := fit.Interval(fit.Unit("level"), 0.95)
package regress

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Design is the regressors: a row for each time, a name for each column.
type Design struct {
	Names []string
	X     [][]float64
}

// times returns the design with each row multiplied by a weight.
func (d Design) times(w []float64) Design {
	out := Design{Names: d.Names, X: make([][]float64, len(d.X))}
	for i, row := range d.X {
		out.X[i] = make([]float64, len(row))
		for j, x := range row {
			out.X[i][j] = x * w[i]
		}
	}
	return out
}

// check refuses a design that cannot be fitted, and says which column is the
// reason.
func (d Design) check(n int) error {
	if n != len(d.X) {
		return fmt.Errorf("%d outcomes and %d rows of regressors", n, len(d.X))
	}
	if n <= len(d.Names) {
		return fmt.Errorf("%d times cannot determine %d coefficients (%s): this is too little to say anything; more times are needed, or fewer regressors",
			n, len(d.Names), strings.Join(d.Names, ", "))
	}
	var kept [][]float64 // orthonormal so far
	for j, name := range d.Names {
		col := make([]float64, n)
		for i := range d.X {
			col[i] = d.X[i][j]
		}
		size := norm(col)
		for range 2 { // twice is enough
			for _, q := range kept {
				dot := dot(q, col)
				for i := range col {
					col[i] -= dot * q[i]
				}
			}
		}
		rest := norm(col)
		if size == 0 || rest < 1e-9*size {
			return fmt.Errorf("the column %s is zero or a combination of those before it (%s): its coefficient is not determined; leave it out", name, strings.Join(d.Names[:j], ", "))
		}
		for i := range col {
			col[i] /= rest
		}
		kept = append(kept, col)
	}
	return nil
}

// A Fit is a fitted regression.
type Fit struct {
	Names      []string
	Coef       []float64
	Cov        *mat.SymDense // of the coefficients
	DF         float64       // of the t distribution of an estimate; infinite means normal
	Fitted     []float64     // on the scale of the outcome
	Residuals  []float64     // Pearson residuals for counts, plain otherwise
	Hat        []float64     // leverage of each row
	Dispersion float64       // residual variance; for counts Pearson's chi-squared over n-k
	Rho        float64       // autocorrelation of the errors, where it was estimated
	Theta      float64       // of the negative binomial; infinite means Poisson

	mixture []component // of Marginal
}

// SE returns the standard error of coefficient j.
func (f *Fit) SE(j int) float64 { return math.Sqrt(f.Cov.At(j, j)) }

// Unit returns the contrast that picks one coefficient by name, nil when there
// is none.
func (f *Fit) Unit(name string) []float64 {
	j := slices.Index(f.Names, name)
	if j < 0 {
		return nil
	}
	c := make([]float64, len(f.Names))
	c[j] = 1
	return c
}

// Estimate returns the value of a contrast, a linear combination of the
// coefficients, and its standard error.
func (f *Fit) Estimate(contrast []float64) (value, se float64) {
	c := mat.NewVecDense(len(contrast), contrast)
	return dot(contrast, f.Coef), math.Sqrt(max(0, mat.Inner(c, f.Cov, c)))
}

// Interval returns the interval that covers a contrast with a probability.
func (f *Fit) Interval(contrast []float64, level float64) (low, high float64) {
	if f.mixture != nil {
		parts := f.parts(contrast)
		return quantile(parts, f.DF, (1-level)/2), quantile(parts, f.DF, (1+level)/2)
	}
	b, se := f.Estimate(contrast)
	z := tQuantile((1+level)/2, f.DF)
	return b - z*se, b + z*se
}

// P returns the two-sided probability of a contrast as far from zero as this
// if it is zero.
func (f *Fit) P(contrast []float64) float64 {
	if f.mixture != nil {
		below := cumulative(f.parts(contrast), f.DF, 0)
		return min(1, 2*min(below, 1-below))
	}
	b, se := f.Estimate(contrast)
	if se == 0 {
		return 1
	}
	return 2 * tCDF(-math.Abs(b/se), f.DF)
}

func tQuantile(p, df float64) float64 {
	if math.IsInf(df, 1) {
		return distuv.UnitNormal.Quantile(p)
	}
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(p)
}

// tCDF is the distribution of Student's t. For whole degrees of freedom it is a
// finite sum (Abramowitz and Stegun 26.7.3 and 26.7.4), which is what makes
// averaging over many of them cheap.
func tCDF(x, df float64) float64 {
	switch {
	case math.IsInf(df, 1):
		return distuv.UnitNormal.CDF(x)
	case df != math.Trunc(df) || df > 1000:
		return distuv.StudentsT{Sigma: 1, Nu: df}.CDF(x)
	}
	cos2 := df / (df + x*x)
	odd := int(df)%2 == 1
	sum, term, k := 1.0, 1.0, 1.0
	if odd {
		k = 2
	}
	for ; k < df-1; k += 2 {
		term *= cos2 * k / (k + 1)
		sum += term
	}
	sin := x / math.Sqrt(df+x*x)
	switch {
	case df == 1:
		return 0.5 + math.Atan(x)/math.Pi
	case odd:
		return 0.5 + (math.Atan(x/math.Sqrt(df))+sin*math.Sqrt(cos2)*sum)/math.Pi
	}
	return 0.5 + sin*sum/2
}

// Least fits by ordinary least squares.
func Least(d Design, y []float64) (*Fit, error) {
	if err := d.check(len(y)); err != nil {
		return nil, err
	}
	s := solve(d, y)
	n, k := len(y), len(d.Names)
	f := &Fit{Names: d.Names, Coef: s.b, DF: float64(n - k), Hat: s.hat, Theta: math.Inf(1)}
	f.Fitted = product(d, s.b)
	f.Residuals = make([]float64, n)
	for i := range y {
		f.Residuals[i] = y[i] - f.Fitted[i]
	}
	f.Dispersion = dot(f.Residuals, f.Residuals) / f.DF
	f.Cov = scaled(s.inverse, f.Dispersion)
	return f, nil
}

// solution is a least squares problem solved.
type solution struct {
	b       []float64
	inverse *mat.SymDense // of X'X
	hat     []float64
	rss     float64
	logDet  float64 // of X'X
}

// solve solves a least squares problem of full rank: the columns and then y
// are made orthogonal in turn, each twice, which is as exact as reflections.
func solve(d Design, y []float64) solution {
	n, k := len(y), len(d.Names)
	q := make([][]float64, k+1)
	r := make([]float64, (k+1)*(k+1))
	for j := range q {
		q[j] = make([]float64, n)
		for i := range n {
			if q[j][i] = y[i]; j < k {
				q[j][i] = d.X[i][j]
			}
		}
		for range 2 {
			for l := range j {
				c := dot(q[l], q[j])
				r[l*(k+1)+j] += c
				for i, x := range q[l] {
					q[j][i] -= c * x
				}
			}
		}
		if j < k {
			size := norm(q[j])
			r[j*(k+1)+j] = size
			for i := range q[j] {
				q[j][i] /= size
			}
		}
	}
	s := solution{b: make([]float64, k), inverse: mat.NewSymDense(k, nil), hat: make([]float64, n), rss: dot(q[k], q[k])}
	for _, col := range q[:k] {
		for i, x := range col {
			s.hat[i] += x * x
		}
	}
	s.back(r, k)
	return s
}

// back inverts the triangle r, which has k rows and y as its last column, for
// the coefficients and the inverse of X'X.
func (s *solution) back(r []float64, k int) {
	inv := mat.NewTriDense(k, mat.Upper, nil)
	for j := range k {
		for i := j; i >= 0; i-- {
			sum := 0.0
			if i == j {
				sum = 1
			}
			for l := i + 1; l <= j; l++ {
				sum -= r[i*(k+1)+l] * inv.At(l, j)
			}
			inv.SetTri(i, j, sum/r[i*(k+1)+i])
		}
		s.logDet += 2 * math.Log(r[j*(k+1)+j])
	}
	for i := range k {
		for j := i; j < k; j++ {
			s.b[i] += inv.At(i, j) * r[j*(k+1)+k]
			sum := 0.0
			for l := j; l < k; l++ {
				sum += inv.At(i, l) * inv.At(j, l)
			}
			s.inverse.SetSym(i, j, sum)
		}
	}
}

func scaled(m *mat.SymDense, by float64) *mat.SymDense {
	out := mat.NewSymDense(m.SymmetricDim(), nil)
	out.ScaleSym(by, m)
	return out
}

// product returns X b.
func product(d Design, b []float64) []float64 {
	out := make([]float64, len(d.X))
	for i, row := range d.X {
		out[i] = dot(row, b)
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }
