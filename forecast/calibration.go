package forecast

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// PIT returns the randomised probability integral transform of each cell, by
// area and month: a calibrated forecast gives values even between 0 and 1. A
// count has jumps, so the value is drawn within the jump, with the seed.
func PIT(f Forecast, a Actuals, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0x1e))
	var out []float64
	for _, c := range a.Cells() {
		draws := f[c]
		if len(draws) == 0 {
			continue
		}
		var below, at float64
		for _, x := range draws {
			if x < a[c] {
				below++
			} else if x == a[c] {
				at++
			}
		}
		out = append(out, (below+rng.Float64()*at)/float64(len(draws)))
	}
	return out
}

// Histogram counts PIT values in equal bins.
func Histogram(pit []float64, bins int) []int {
	out := make([]int, bins)
	for _, u := range pit {
		out[min(bins-1, int(u*float64(bins)))]++
	}
	return out
}

// Exceeds returns the forecast probability that a count reaches a level.
func Exceeds(draws []float64, level float64) float64 {
	n := 0
	for _, x := range draws {
		if x >= level {
			n++
		}
	}
	return float64(n) / float64(len(draws))
}

// Reliable is one bin of a reliability diagram: of N cells forecast at about
// Said, the event happened in the share Happened.
type Reliable struct {
	Low, High float64
	Said      float64
	Happened  float64
	N         int
}

// Reliability compares the forecast probability that a count reaches a level
// with how often it did, in equal bins of the probability. Empty bins are left
// out.
func Reliability(f Forecast, a Actuals, level float64, bins int) []Reliable {
	all := make([]Reliable, bins)
	for _, c := range a.Cells() {
		if len(f[c]) == 0 {
			continue
		}
		p := Exceeds(f[c], level)
		b := &all[min(bins-1, int(p*float64(bins)))]
		b.N++
		b.Said += p
		if a[c] >= level {
			b.Happened++
		}
	}
	var out []Reliable
	for i, b := range all {
		if b.N > 0 {
			out = append(out, Reliable{float64(i) / float64(bins), float64(i+1) / float64(bins), b.Said / float64(b.N), b.Happened / float64(b.N), b.N})
		}
	}
	return out
}

// Coverage returns the share of cells whose observation lies in the central
// part of the forecast at a level.
func Coverage(f Forecast, a Actuals, level float64) float64 {
	in, n := 0.0, 0.0
	for _, c := range a.Cells() {
		if len(f[c]) == 0 {
			continue
		}
		sorted := slices.Sorted(slices.Values(f[c]))
		n++
		if a[c] >= Quantile(sorted, (1-level)/2) && a[c] <= Quantile(sorted, (1+level)/2) {
			in++
		}
	}
	return in / n
}

// Onsets keeps the cells in which an onset was possible: the area had fewer
// than level in each of the quiet months that end with trainTo. It is what a
// forecast must be judged on by those who want to be warned, because
// most of any score is earned where killing goes on.
func Onsets(p *Panel, a Actuals, trainTo Month, quiet int, level float64) Actuals {
	out := Actuals{}
	for c, v := range a {
		s := p.Until(c.Area, trainTo)
		calm := true
		for _, x := range s[max(0, len(s)-quiet):] {
			calm = calm && !(x >= level)
		}
		if calm {
			out[c] = v
		}
	}
	return out
}

// Ranked is an area and its place among all.
type Ranked struct {
	Area   int
	Score  float64 // the mean CRPS
	Rival  float64 // the rival's
	Gained float64 // the part of the rival's score that was saved; negative where the rival was better
}

// Rank orders areas by what a forecast saved against a rival, best first, then
// by number. Areas that the two do not share are left out.
func Rank(own, rival Scores) []Ranked {
	mine, theirs := ByArea(own), ByArea(rival)
	var out []Ranked
	for area, s := range mine {
		t, ok := theirs[area]
		if !ok {
			continue
		}
		r := Ranked{Area: area, Score: s.CRPS, Rival: t.CRPS}
		if t.CRPS > 0 {
			r.Gained = 1 - s.CRPS/t.CRPS
		} else if s.CRPS > 0 {
			r.Gained = math.Inf(-1)
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Ranked) int { return cmp.Or(cmp.Compare(b.Gained, a.Gained), cmp.Compare(a.Area, b.Area)) })
	return out
}

// AUC returns the area under the ROC curve: the chance that a case with the
// event was given a higher risk than a case without; ties count half. It is
// NaN where one of the two is missing.
func AUC(risk []float64, event []bool) float64 {
	order := make([]int, len(risk))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(risk[i], risk[j]) })
	var ranks, with float64
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && risk[order[j]] == risk[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			if event[k] {
				ranks += float64(i+j+1) / 2
				with++
			}
		}
		i = j
	}
	without := float64(len(risk)) - with
	if with == 0 || without == 0 {
		return math.NaN()
	}
	return (ranks - with*(with+1)/2) / (with * without)
}
