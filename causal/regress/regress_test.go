package regress

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gonum.org/v1/gonum/stat/distuv"
)

func ExampleLeast() {
	d := Design{Names: []string{"intercept", "time"}, X: [][]float64{{1, 0}, {1, 1}, {1, 2}, {1, 3}}}
	fit, _ := Least(d, []float64{1, 3, 4, 8})
	low, high := fit.Interval(fit.Unit("time"), 0.95)
	fmt.Printf("%.2f (%.2f to %.2f)\n", fit.Coef[1], low, high)
	d.Names, d.X = append(d.Names, "twice"), [][]float64{{1, 0, 0}, {1, 1, 2}, {1, 2, 4}, {1, 3, 6}}
	_, err := Least(d, []float64{1, 3, 4, 8})
	fmt.Println(err)
	// Output:
	// 2.20 (0.37 to 4.03)
	// the column twice is zero or a combination of those before it (intercept, time): its coefficient is not determined; leave it out
}

// straight is a design of a line.
func straight(n int) Design {
	d := Design{Names: []string{"intercept", "time"}}
	for i := range n {
		d.X = append(d.X, []float64{1, float64(i)})
	}
	return d
}

// TestLongley holds least squares against the certified values of NIST's
// Longley data, which are nearly collinear.
func TestLongley(t *testing.T) {
	rows := [][]float64{{60323, 83.0, 234289, 2356, 1590, 107608, 1947}, {61122, 88.5, 259426, 2325, 1456, 108632, 1948},
		{60171, 88.2, 258054, 3682, 1616, 109773, 1949}, {61187, 89.5, 284599, 3351, 1650, 110929, 1950},
		{63221, 96.2, 328975, 2099, 3099, 112075, 1951}, {63639, 98.1, 346999, 1932, 3594, 113270, 1952},
		{64989, 99.0, 365385, 1870, 3547, 115094, 1953}, {63761, 100.0, 363112, 3578, 3350, 116219, 1954},
		{66019, 101.2, 397469, 2904, 3048, 117388, 1955}, {67857, 104.6, 419180, 2822, 2857, 118734, 1956},
		{68169, 108.4, 442769, 2936, 2798, 120445, 1957}, {66513, 110.8, 444546, 4681, 2637, 121950, 1958},
		{68655, 112.6, 482704, 3813, 2552, 123366, 1959}, {69564, 114.2, 502601, 3931, 2514, 125368, 1960},
		{69331, 115.7, 518173, 4806, 2572, 127852, 1961}, {70551, 116.9, 554894, 4007, 2827, 130081, 1962}}
	d := Design{Names: []string{"b0", "b1", "b2", "b3", "b4", "b5", "b6"}}
	var y []float64
	for _, r := range rows {
		y = append(y, r[0])
		d.X = append(d.X, append([]float64{1}, r[1:]...))
	}
	f, err := Least(d, y)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []float64{-3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683, -1.03322686717359, -0.511041056535807e-01, 1829.15146461355} {
		if math.Abs(f.Coef[j]/want-1) > 1e-8 {
			t.Errorf("b%d is %.15g, certified %.15g", j, f.Coef[j], want)
		}
	}
	if se := f.SE(6); math.Abs(se/455.478499142212-1) > 1e-8 {
		t.Errorf("the error of b6 is %.15g", se)
	}
}

// TestNegativeBinomial: at the estimate no small move of theta or of a
// coefficient makes the counts likelier.
func TestNegativeBinomial(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d, y := straight(200), make([]float64, 200)
	for i := range y {
		mu := math.Exp(2 + 0.005*float64(i))
		y[i] = distuv.Poisson{Lambda: distuv.Gamma{Alpha: 3, Beta: 3 / mu, Src: r}.Rand(), Src: r}.Rand()
	}
	f, err := NegativeBinomial(d, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	likely := func(theta, b0, b1 float64) (sum float64) {
		for i := range y {
			mu := math.Exp(b0 + b1*float64(i))
			a, _ := math.Lgamma(y[i] + theta)
			b, _ := math.Lgamma(theta)
			sum += a - b + theta*math.Log(theta/(theta+mu)) + y[i]*math.Log(mu/(theta+mu))
		}
		return sum
	}
	top := likely(f.Theta, f.Coef[0], f.Coef[1])
	for _, move := range [][3]float64{{1e-3, 0, 0}, {-1e-3, 0, 0}, {0, 1e-4, 0}, {0, -1e-4, 0}, {0, 0, 1e-6}, {0, 0, -1e-6}} {
		if l := likely(f.Theta*(1+move[0]), f.Coef[0]+move[1], f.Coef[1]+move[2]); l > top {
			t.Errorf("a move by %v is likelier by %g", move, l-top)
		}
	}
	if f.Theta < 2 || f.Theta > 4.5 {
		t.Errorf("theta is %v, made with 3", f.Theta)
	}
	even := make([]float64, 50)
	for i := range even {
		even[i] = 10
	}
	if f, err = NegativeBinomial(straight(50), even, nil); err != nil || !math.IsInf(f.Theta, 1) {
		t.Errorf("counts without scatter: %v %v", f, err)
	}
}

// TestWhite: Newey-West with lag 0 is White's estimator times n/(n-k).
func TestWhite(t *testing.T) {
	d := Design{Names: []string{"mean"}, X: [][]float64{{1}, {1}, {1}, {1}}}
	y := []float64{1, 2, 4, 9}
	f, _ := Least(d, y)
	w, err := f.NeweyWest(d, y, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := (9. + 4 + 0 + 25) / 16 * 4 / 3; math.Abs(w.Cov.At(0, 0)-want) > 1e-12 {
		t.Errorf("%v, by hand %v", w.Cov.At(0, 0), want)
	}
	w, _ = f.NeweyWest(d, y, 1)
	if want := (38 + 2*0.5*(-3*-2+0+0)) / 16 * 4 / 3; math.Abs(w.Cov.At(0, 0)-want) > 1e-12 {
		t.Errorf("lag 1: %v, by hand %v", w.Cov.At(0, 0), want)
	}
	if _, err := f.NeweyWest(d, y, 4); err == nil {
		t.Error("a lag as long as the series was taken")
	}
}

// TestSteps: twice as many values of the autocorrelation move an interval by
// less than a hundredth of its width. The values in between stand for twice.
func TestSteps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		d, y, e := straight(40), make([]float64, 40), 0.0
		for i := range y {
			e = 0.7*e + r.NormFloat64()
			y[i] = e
		}
		all := mix(d, y, nil, steps, nil)
		twice := mix(d, y, nil, 2*steps, nil)
		c := []float64{0, 1}
		a, b := Fit{mixture: all}, Fit{mixture: twice}
		low, high := quantile(a.parts(c), 38, .025), quantile(a.parts(c), 38, .975)
		low2, high2 := quantile(b.parts(c), 38, .025), quantile(b.parts(c), 38, .975)
		if math.Abs(low-low2) > 0.01*(high-low) || math.Abs(high-high2) > 0.01*(high-low) {
			t.Errorf("%v to %v, with twice the steps %v to %v", low, high, low2, high2)
		}
	}
}

// TestGaps: a series with a time left out is decorrelated as if the time had
// been there and integrated out: the determinant and the squares agree with the
// covariance matrix.
func TestGaps(t *testing.T) {
	at, rho := []float64{0, 1, 3, 4, 7}, 0.6
	d := Design{Names: []string{"one"}, X: [][]float64{{1}, {1}, {1}, {1}, {1}}}
	y := []float64{1, -2, 0.5, 3, 1}
	_, ty, logDet := decorrelate(d, y, []int{1, 2, 1, 3}, rho)
	// by hand: Cholesky of the covariance rho^|s-t| / (1-rho²)
	n := len(at)
	l := make([][]float64, n)
	z := make([]float64, n)
	det := 0.0
	for i := range n {
		l[i] = make([]float64, n)
		for j := 0; j <= i; j++ {
			sum := math.Pow(rho, at[i]-at[j]) / (1 - rho*rho)
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][j] = math.Sqrt(sum)
				det += 2 * math.Log(l[i][i])
			} else {
				l[i][j] = sum / l[j][j]
			}
		}
		z[i] = y[i]
		for k := range i {
			z[i] -= l[i][k] * z[k]
		}
		z[i] /= l[i][i]
	}
	if math.Abs(dot(z, z)-dot(ty, ty)) > 1e-12 || math.Abs(det-logDet) > 1e-12 {
		t.Errorf("squares %v and determinant %v, by hand %v and %v", dot(ty, ty), logDet, dot(z, z), det)
	}
}

// TestWhiten: rows of which a share is their own have the squares and the
// determinant that their covariance matrix gives; without a share they are
// those of decorrelate.
func TestWhiten(t *testing.T) {
	at, gaps, rho := []float64{0, 1, 3, 4, 7}, []int{1, 2, 1, 3}, 0.6
	share := []float64{0.2, 0.5, 1, 0, 0.3}
	d := Design{Names: []string{"one"}, X: [][]float64{{1}, {1}, {1}, {1}, {1}}}
	y := []float64{1, -2, 0.5, 3, 1}
	tx, ty, logDet := whiten(d, y, gaps, rho, share)
	n := len(y)
	cov, one, out := mat.NewSymDense(n, nil), mat.NewVecDense(n, []float64{1, 1, 1, 1, 1}), mat.NewVecDense(n, y)
	for i := range n {
		for j := 0; j <= i; j++ {
			v := math.Pow(rho, at[i]-at[j]) * math.Sqrt((1-share[i])*(1-share[j]))
			if i == j {
				v += share[i]
			}
			cov.SetSym(i, j, v)
		}
	}
	var c mat.Cholesky
	if !c.Factorize(cov) {
		t.Fatal("no covariance")
	}
	var solved mat.VecDense
	if err := c.SolveVecTo(&solved, out); err != nil {
		t.Fatal(err)
	}
	cross := 0.0
	for i := range ty {
		cross += tx.X[i][0] * ty[i]
	}
	for what, pair := range map[string][2]float64{"squares": {dot(ty, ty), mat.Dot(out, &solved)}, "products": {cross, mat.Dot(one, &solved)}, "determinant": {logDet, c.LogDet()}} {
		if math.Abs(pair[0]-pair[1]) > 1e-12 {
			t.Errorf("%s %v, by the matrix %v", what, pair[0], pair[1])
		}
	}
	_, plain, _ := decorrelate(d, y, gaps, rho)
	_, none, _ := whiten(d, y, gaps, rho, make([]float64, n))
	for i := range plain { // decorrelate's errors have the variance 1/(1-rho²) before
		if math.Abs(plain[i]-none[i]*math.Sqrt(1-rho*rho)) > 1e-12 {
			t.Errorf("row %d: %v and %v", i, plain[i], none[i])
		}
	}
}

// TestScatter: the variance between mean and square is found again.
func TestScatter(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, theta := range []float64{2, math.Inf(1)} {
		var y, mu []float64
		for i := range 4000 {
			m := math.Exp(float64(i%40) / 6)
			y, mu = append(y, m+math.Sqrt(3*(m+m*m/theta))*r.NormFloat64()), append(mu, m)
		}
		got := scatter(y, mu)
		if math.IsInf(theta, 1) && got < 1000 || !math.IsInf(theta, 1) && (got < 1.4 || got > 2.8) {
			t.Errorf("theta %v, found %v", theta, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, err := range map[string]error{
		"cannot determine":       second(Least(straight(2), []float64{1, 2})),
		"below zero":             second(Counts(straight(4), []float64{1, -2, 3, 1}, nil, false)),
		"all counts are zero":    second(Counts(straight(4), []float64{0, 0, 0, 0}, nil, false)),
		"offset":                 second(Counts(straight(4), []float64{1, 2, 3, 4}, []float64{0, 0, math.Inf(-1), 0}, false)),
		"2 gaps between 4 rows":  second(Marginal(straight(4), []float64{1, 2, 3, 5}, []int{1, 1})),
		"no stationary series":   second(PraisWinsten(Design{[]string{"first"}, [][]float64{{1}, {0}, {0}, {0}, {0}}}, []float64{1, 2, 4, 8, 16})),
		"5 outcomes and 4 rows ": second(Least(straight(4), make([]float64, 5))),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func second(_ *Fit, err error) error { return err }

func TestDiagnostics(t *testing.T) {
	e := []float64{1, -1, 1, -1}
	if dw := DurbinWatson(e); dw != 3 {
		t.Errorf("Durbin-Watson %v, by hand 12/4", dw)
	}
	if r := Autocorrelation(e, 1); r != -0.75 {
		t.Errorf("autocorrelation %v, by hand -3/4", r)
	}
	q, p := LjungBox(e, 1)
	if want := 4. * 6 * 0.5625 / 3; math.Abs(q-want) > 1e-12 || math.Abs(p-math.Erfc(math.Sqrt(q/2))) > 1e-9 {
		t.Errorf("Ljung-Box %v (%v), by hand %v", q, p, want)
	}
	f, _ := Least(straight(5), []float64{0, 1, 2, 3, 9})
	less, _ := Least(straight(4), []float64{0, 1, 2, 3})
	cook := 0.0 // by its definition: how far the fitted values move
	for i := range 5 {
		d := f.Fitted[i] - less.Coef[0] - less.Coef[1]*float64(i)
		cook += d * d / (2 * f.Dispersion)
	}
	if got := f.Cook()[4]; math.Abs(got-cook) > 1e-9 {
		t.Errorf("Cook's distance %v, by its definition %v", got, cook)
	}
}

// TestStudent holds the finite sum against gonum's incomplete beta function.
func TestStudent(t *testing.T) {
	for _, df := range []float64{1, 2, 3, 4, 7, 20, 45, 119, 120} {
		for _, x := range []float64{-40, -3, -1, -0.2, 0, 0.7, 2.5, 9} {
			if got, want := tCDF(x, df), (distuv.StudentsT{Sigma: 1, Nu: df}).CDF(x); math.Abs(got-want) > 1e-13 {
				t.Errorf("t with %v at %v: %v, want %v", df, x, got, want)
			}
		}
	}
}
