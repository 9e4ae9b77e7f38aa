package onset

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/heed-project/heed/forecast"
)

// Skills is what a set of risks was worth: the area under the ROC curve over all
// countries and years, and the part of onsets in countries that were among the
// highest of their year.
type Skills struct {
	AUC      float64 `json:"auc"`
	Recall30 float64 `json:"recall_30"`
	Recall20 float64 `json:"recall_20"`
	Recall10 float64 `json:"recall_10"`
	Onsets   int     `json:"onsets"`
	N        int     `json:"n"`
}

// Skill judges risks against the onsets of their years. Countries of which the
// file does not say what happened are left out of it, but keep their rank.
func Skill(risks []Risk) Skills {
	var s Skills
	var risk []float64
	var event []bool
	for _, r := range risks {
		if !r.Known {
			continue
		}
		risk, event = append(risk, r.Risk), append(event, r.Onset)
		if !r.Onset {
			continue
		}
		s.Onsets++
		for _, top := range []struct {
			n   int
			add *float64
		}{{30, &s.Recall30}, {20, &s.Recall20}, {10, &s.Recall10}} {
			if r.Rank <= top.n {
				*top.add++
			}
		}
	}
	s.N, s.AUC = len(risk), forecast.AUC(risk, event)
	for _, p := range []*float64{&s.Recall30, &s.Recall20, &s.Recall10} {
		*p /= float64(s.Onsets)
	}
	return s
}

// Ranked sets the rank of each risk within its year, for risks that come from
// elsewhere; ties keep the order of the codes.
func Ranked(risks []Risk) []Risk {
	out := slices.Clone(risks)
	slices.SortFunc(out, func(a, b Risk) int {
		return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.Code, b.Code))
	})
	for i := range out {
		if out[i].Rank = 1; i > 0 && out[i].Year == out[i-1].Year {
			out[i].Rank = out[i-1].Rank + 1
		}
	}
	return out
}

// An Interval is an estimate with the middle 95 % of its bootstrap.
type Interval struct {
	Estimate, Low, High float64
}

// Compare returns how much better own is than rival, with intervals from a paired
// bootstrap: countries are drawn with all their years, and both forecasts are
// judged on the same draw. Ranks are those of the whole list. Only country-years
// that both speak of are compared.
func Compare(own, rival []Risk, rounds int, seed uint64) (auc, recall30 Interval) {
	theirs := map[place]Risk{}
	for _, r := range rival {
		theirs[place{r.Code, r.Year}] = r
	}
	a, b := map[int][]Risk{}, map[int][]Risk{}
	var codes []int
	for _, r := range own {
		if t, both := theirs[place{r.Code, r.Year}]; both && r.Known {
			if a[r.Code] == nil {
				codes = append(codes, r.Code)
			}
			t.Known, t.Onset = true, r.Onset
			a[r.Code], b[r.Code] = append(a[r.Code], r), append(b[r.Code], t)
		}
	}
	slices.Sort(codes)
	difference := func(drawn []int) (float64, float64) {
		var x, y []Risk
		for _, c := range drawn {
			x, y = append(x, a[c]...), append(y, b[c]...)
		}
		s, t := Skill(x), Skill(y)
		return s.AUC - t.AUC, s.Recall30 - t.Recall30
	}
	auc.Estimate, recall30.Estimate = difference(codes)
	rng := rand.New(rand.NewPCG(seed, 0xb007))
	var aucs, recalls []float64
	drawn := make([]int, len(codes))
	for range rounds {
		for i := range drawn {
			drawn[i] = codes[rng.IntN(len(codes))]
		}
		if d, r := difference(drawn); !math.IsNaN(d) {
			aucs, recalls = append(aucs, d), append(recalls, r)
		}
	}
	for _, x := range []struct {
		in  *Interval
		all []float64
	}{{&auc, aucs}, {&recall30, recalls}} {
		if slices.Sort(x.all); len(x.all) > 0 {
			x.in.Low, x.in.High = forecast.Quantile(x.all, 0.025), forecast.Quantile(x.all, 0.975)
		}
	}
	return auc, recall30
}

// An Alarm says what a threshold would have cost: how many countries a year it would
// have named, and how many of the onsets it would have missed.
type Alarm struct {
	Threshold float64 `json:"threshold"`
	AYear     float64 `json:"alarms_a_year"`
	Missed    int     `json:"missed"`
	Onsets    int     `json:"onsets"`
}

// Budget counts alarms at thresholds of risk.
func Budget(risks []Risk, thresholds []float64) []Alarm {
	years := map[int]bool{}
	for _, r := range risks {
		years[r.Year] = true
	}
	out := make([]Alarm, 0, len(thresholds))
	for _, t := range thresholds {
		a := Alarm{Threshold: t}
		for _, r := range risks {
			if r.Risk >= t {
				a.AYear += 1 / float64(len(years))
			} else if r.Onset {
				a.Missed++
			}
			if r.Onset {
				a.Onsets++
			}
		}
		out = append(out, a)
	}
	return out
}
