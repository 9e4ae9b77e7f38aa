package synth

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/internal/testkit"
)

func california(t *testing.T) (*Panel, Question) {
	t.Helper()
	f, err := os.Open(testkit.Shared(t, "impact/smoking.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := frame.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Read(table, "state", "year", "cigsale")
	if err != nil {
		t.Fatal(err)
	}
	start, err := p.Clock.Position("1989")
	if err != nil {
		t.Fatal(err)
	}
	return p, Question{Treated: []string{"California"}, Start: start}
}

// TestProposition99 holds the three methods against the published figures.
func TestProposition99(t *testing.T) {
	p, q := california(t)
	near := func(what string, got, want, within float64) {
		t.Helper()
		if !(math.Abs(got-want) <= within) {
			t.Errorf("%s is %.8g, published %.8g", what, got, want)
		}
	}
	r, err := p.Estimate(q)
	if err != nil {
		t.Fatal(err)
	}
	near("synthetic control", r.ATT, -19.5138, 2e-4) // its solver stopped a little short: TestOptimal

	for i, w := range []Weight{{"Utah", .3939}, {"Montana", .2318}, {"Nevada", .2049}, {"Connecticut", .1091}, {"New Hampshire", .0454}, {"Colorado", .0148}} {
		if r.Weights[i].Name != w.Name {
			t.Errorf("donor %d is %s, published %s", i+1, r.Weights[i].Name, w.Name)
		}
		near(w.Name, r.Weights[i].Weight, w.Weight, 5.1e-5)
	}
	q.Method = Differences
	if r, err = p.Estimate(q); err != nil {
		t.Fatal(err)
	}
	near("differences", r.ATT, -27.3491, 5e-5)
	q.Method = SynthDiff
	if r, err = p.Estimate(q); err != nil {
		t.Fatal(err)
	}
	near("synthetic differences", r.ATT, -15.6053, 2e-4)
}

// TestOptimal holds the weights against the conditions of the minimum: no donor
// lies further back than the synthetic unit, those with weight lie level.
func TestOptimal(t *testing.T) {
	p, q := california(t)
	for _, unit := range p.Units {
		q.Treated = []string{unit}
		pr, err := p.split(q)
		if err != nil {
			t.Fatal(err)
		}
		a := pr.answer(Control)
		gaps := a.gaps[:pr.before]
		own, sum := dot(gaps, gaps), 0.0
		for i, y := range pr.donors {
			g := 0.0
			for k := range gaps {
				g += gaps[k] * (pr.treated[k] - y[k])
			}
			sum += a.unit[i]
			if g < own-1e-6*(1+own) || a.unit[i] > 1e-6 && math.Abs(g-own) > 1e-6*(1+own) || a.unit[i] < 0 {
				t.Errorf("%s: %s has weight %v and lies at %v, the synthetic unit at %v", unit, pr.names[i], a.unit[i], g, own)
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s: the weights sum to %v", unit, sum)
		}
	}
}

// TestPlacebo: on the outcome alone two states, Missouri and Virginia, show a
// larger error after over error before than California.
func TestPlacebo(t *testing.T) {
	p, q := california(t)
	q.Placebo = true
	for _, m := range []Method{Control, Differences, SynthDiff} {
		q.Method = m
		r, err := p.Estimate(q)
		if err != nil {
			t.Fatal(err)
		}
		if m == Control && (r.Placebo.Rank != 3 || math.Abs(r.Placebo.P-3.0/39) > 1e-12) {
			t.Errorf("%s: %+v", m, r.Placebo)
		}
		t.Logf("%s: %.4f %+v %+v %s", m, r.ATT, *r.Placebo, r.Diagnostics, r.Verdict)
	}
}

// TestDifferencesIsTwoWay: the estimate is the coefficient of a regression on
// unit and time effects, whose normal equations it must satisfy.
func TestDifferencesIsTwoWay(t *testing.T) {
	p, q := california(t)
	q.Method = Differences
	r, err := p.Estimate(q)
	if err != nil {
		t.Fatal(err)
	}
	pr, _ := p.split(q)
	// the treatment less its unit mean, time mean, plus grand mean
	n, T, after := float64(len(p.Units)), float64(len(p.Time)), float64(len(p.Time)-pr.before)
	top, bottom := 0.0, 0.0
	for i, u := range p.Units {
		for k := range p.Time {
			d := 0.0
			treated := u == "California"
			if treated && k >= pr.before {
				d = 1
			}
			if treated {
				d -= after / T
			}
			if k >= pr.before {
				d -= 1 / n
			}
			d += after / T / n
			top += d * p.Y[i][k]
			bottom += d * d
		}
	}
	if math.Abs(top/bottom-r.ATT) > 1e-9 {
		t.Errorf("%v, by regression %v", r.ATT, top/bottom)
	}
	leads, err := p.EventStudy(q)
	if err != nil || leads[pr.before-1].Gap.Estimate != 0 || leads[pr.before].Steps != 0 {
		t.Errorf("event study: %+v %v", leads, err)
	}
}

func ExamplePanel_Estimate() {
	table, _ := frame.Parse(strings.NewReader(`place,year,deaths
north,2001,10
north,2002,12
north,2003,6
south,2001,8
south,2002,10
south,2003,12
east,2001,12
east,2002,14
east,2003,16
`))
	panel, _ := Read(table, "place", "year", "deaths")
	start, _ := panel.Clock.Position("2003")
	r, _ := panel.Estimate(Question{Treated: []string{"north"}, Start: start, Placebo: true})
	fmt.Printf("%.2f %s %.2f %s\n", r.ATT, r.Weights[0].Name, r.Weights[0].Weight, r.Verdict)
	_, err := panel.Estimate(Question{Treated: []string{"west"}, Start: start})
	fmt.Println(err)
	// Output:
	// -8.00 south 0.50 too little to say
	// there is no unit "west"; there are north, south, east
}
