package synth

import (
	"math"
	"slices"

	"github.com/heed-project/heed/causal"
	"gonum.org/v1/gonum/stat/distuv"
)

// placebo gives the treatment to every donor in turn.
//
// For synthetic control the treated then stands among the donors, as Abadie,
// Diamond and Hainmueller have it, and the statistic is the error after over
// the error before. For the two others it stands aside, as in synthdid, and the
// statistic is the size of the effect.
func (r *Result) placebo(pr *problem, a answer) {
	p := &Placebo{Rank: 1, Units: len(pr.donors) + 1}
	own := a.statistic(r.Method)
	atts := make([]float64, len(pr.donors))
	gaps := make([][]float64, len(pr.treated))
	for i := range pr.donors {
		other := pr.less(i)
		other.treated, other.units = pr.donors[i], 1
		if r.Method == Control {
			other.donors = append(other.donors, pr.treated)
		}
		b := other.answer(r.Method)
		if b.statistic(r.Method) >= own {
			p.Rank++
		}
		atts[i] = b.att
		for t, g := range b.gaps {
			gaps[t] = append(gaps[t], g)
		}
	}
	p.P = float64(p.Rank) / float64(p.Units)
	p.SE = deviation(atts) * math.Sqrt(float64(len(atts)-1)/float64(len(atts)))
	if r.Method == Control {
		p.Ratio = own
	}
	for t := range r.Gaps {
		slices.Sort(gaps[t])
		r.Gaps[t].Low, r.Gaps[t].High = atQuantile(gaps[t], 0.025), atQuantile(gaps[t], 0.975)
	}
	r.Placebo = p
}

// statistic is what the placebo test compares.
func (a answer) statistic(m Method) float64 {
	if m != Control {
		return math.Abs(a.att)
	}
	before, after := a.rmse(0, a.from), a.rmse(a.from, len(a.gaps))
	if before == 0 {
		before = 1e-12 * (1 + after)
	}
	return after / before
}

// atQuantile is the quantile of sorted values, by R's seventh definition.
func atQuantile(x []float64, p float64) float64 {
	at := p * float64(len(x)-1)
	k := int(at)
	if k+1 >= len(x) {
		return x[len(x)-1]
	}
	return x[k] + (at-float64(k))*(x[k+1]-x[k])
}

// A Lead is one time of an event study: the treated against the mean of the
// donors, less the same at the last time before the start, with the 95 %
// interval that the donors' own scatter gives (t with donors-1 degrees).
type Lead struct {
	Label string          `json:"time"`
	Steps int             `json:"steps"` // from the first time affected; negative before it
	Gap   causal.Interval `json:"gap"`
}

// EventStudy returns the leads and lags around the start. Leads away from zero
// speak against parallel trends.
func (p *Panel) EventStudy(q Question) ([]Lead, error) {
	pr, err := p.split(q)
	if err != nil {
		return nil, err
	}
	base, n := pr.before-1, float64(len(pr.donors))
	z := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975)
	out := make([]Lead, len(p.Time))
	for t := range p.Time {
		change := make([]float64, len(pr.donors))
		for i, y := range pr.donors {
			change[i] = y[t] - y[base]
		}
		gap := pr.treated[t] - pr.treated[base] - mean(change)
		se := deviation(change) * math.Sqrt(1/float64(pr.units)+1/n)
		out[t] = Lead{p.Label[t], t - pr.before, causal.Interval{Estimate: gap, SE: se, Low: gap - z*se, High: gap + z*se}}
	}
	return out, nil
}
