package forecast

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Score holds what one cell, or the mean over cells, scored. Lower is better.
type Score struct {
	CRPS      float64 `json:"crps"`       // in the unit of the counts
	IGN       float64 `json:"ign"`        // in bits
	MIS       float64 `json:"mis"`        // in the unit of the counts
	CRPSLog1p float64 `json:"crps_log1p"` // CRPS of log(1+count)
}

// Level is the part of the distribution that the mean interval score asks
// for: the central 90 %.
const Level = 0.9

// ignoranceBins are the lower edges of the challenge's eleven bins.
var ignoranceBins = [...]float64{0, 0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5}

// CRPS returns the continuous ranked probability score of an ensemble:
// the mean distance of its draws from the observation, less half the mean
// distance between two of them. Draws must be sorted.
func CRPS(sorted []float64, observed float64) float64 {
	n := float64(len(sorted))
	var far, spread float64
	for i, x := range sorted {
		far += math.Abs(x - observed)
		spread += x * (2*float64(i) + 1 - n)
	}
	return far/n - spread/(n*n)
}

// ignoranceDraws is the size of ensemble on which ignorance is measured: it
// depends on the size, so the challenge compares all on one.
const ignoranceDraws = 1000

// Ignorance returns −log2 of the probability of the bin of the observation.
//
// As in the challenge, one draw is added to each of the eleven bins, so that no
// probability is zero; and an ensemble that has not 1,000 draws is first
// brought to 1,000 by Fourier interpolation (scipy.signal.resample), negative
// values set to zero. That step follows the order of the draws. It is
// kept because the published scores of small ensembles, conflictology's twelve
// above all, cannot be had without it; no other score uses it.
func Ignorance(draws []float64, observed float64) float64 {
	if len(draws) != ignoranceDraws {
		draws = resample(draws, ignoranceDraws)
	}
	in := bin(observed)
	hits := 1
	for _, x := range draws {
		if bin(x) == in {
			hits++
		}
	}
	return -math.Log2(float64(hits) / float64(len(draws)+len(ignoranceBins)))
}

// resample brings draws to n of them by Fourier interpolation.
func resample(draws []float64, n int) []float64 {
	same := true
	for _, x := range draws {
		same = same && x == draws[0]
	}
	out := make([]float64, n)
	if same {
		for i := range out {
			out[i] = draws[0]
		}
		return out
	}
	from := fourier.NewFFT(len(draws)).Coefficients(nil, draws)
	to := make([]complex128, n/2+1)
	copy(to, from)
	if few := min(n, len(draws)); few%2 == 0 { // the highest frequency stands for two
		if n > few {
			to[few/2] /= 2
		} else if len(draws) > few {
			to[few/2] *= 2
		}
	}
	out = fourier.NewFFT(n).Sequence(out, to)
	for i := range out {
		out[i] = max(0, out[i]/float64(len(draws)))
	}
	return out
}

// bin returns the bin of a count.
func bin(x float64) int {
	i := len(ignoranceBins) - 1
	for i > 0 && x < ignoranceBins[i] {
		i--
	}
	return i
}

// Interval returns the interval score of the central part of an ensemble
// (Level in the challenge): its width, and what lies outside of it weighed
// by two over the part left out. Draws must be sorted.
func Interval(sorted []float64, observed, level float64) float64 {
	alpha := 1 - level
	low, high := Quantile(sorted, alpha/2), Quantile(sorted, 1-alpha/2)
	score := high - low
	if observed < low {
		score += 2 / alpha * (low - observed)
	}
	if observed > high {
		score += 2 / alpha * (observed - high)
	}
	return score
}

// Quantile returns the q-th quantile of sorted draws, linear between them, the
// way of numpy and of R's type 7.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	a, b, t := sorted[i], sorted[i+1], at-float64(i)
	if t >= 0.5 {
		return b - (b-a)*(1-t)
	}
	return a + (b-a)*t
}

// ScoreOf scores the draws of one cell. Their order counts where Ignorance says so.
func ScoreOf(draws []float64, observed float64) Score {
	sorted := draws
	if !slices.IsSorted(sorted) {
		sorted = slices.Sorted(slices.Values(draws))
	}
	logs := make([]float64, len(sorted))
	for i, x := range sorted {
		logs[i] = math.Log1p(x)
	}
	return Score{
		CRPS: CRPS(sorted, observed), IGN: Ignorance(draws, observed), MIS: Interval(sorted, observed, Level),
		CRPSLog1p: CRPS(logs, math.Log1p(observed)),
	}
}

// Scores holds the score of each cell.
type Scores map[Cell]Score

// Cells returns the scored cells by area, then month.
func (s Scores) Cells() []Cell { return sortedCells(s) }

// Gaps says how many cells could not be scored.
type Gaps struct {
	NotForecast int `json:"not_forecast"` // observed, and there is no forecast
	NotObserved int `json:"not_observed"` // forecast, and there is no observation
}

// Judge scores every cell that was forecast and observed, and counts the others.
func Judge(f Forecast, a Actuals) (Scores, Gaps, error) {
	out := make(Scores, len(a))
	var gaps Gaps
	for _, c := range a.Cells() {
		draws, ok := f[c]
		if !ok {
			gaps.NotForecast++
			continue
		}
		if len(draws) == 0 {
			return nil, gaps, fmt.Errorf("area %d in %s has a forecast without draws", c.Area, c.Month)
		}
		for _, x := range append([]float64{a[c]}, draws...) {
			if !(x >= 0 && x <= MostDrawn) {
				return nil, gaps, fmt.Errorf("area %d in %s holds %v: a count is 0 to %.0f", c.Area, c.Month, x, MostDrawn)
			}
		}
		out[c] = ScoreOf(draws, a[c])
	}
	if len(out) == 0 {
		return nil, gaps, fmt.Errorf("no cell was both forecast and observed: compare the months and the areas of the two files")
	}
	gaps.NotObserved = len(f) - len(out)
	return out, gaps, nil
}

// Means returns the mean over all cells.
func Means(s Scores) Score {
	var sum Score
	for _, c := range s.Cells() {
		sum = sum.plus(s[c])
	}
	return sum.over(float64(len(s)))
}

func (s Score) plus(t Score) Score {
	return Score{s.CRPS + t.CRPS, s.IGN + t.IGN, s.MIS + t.MIS, s.CRPSLog1p + t.CRPSLog1p}
}

func (s Score) over(n float64) Score {
	return Score{s.CRPS / n, s.IGN / n, s.MIS / n, s.CRPSLog1p / n}
}

// ByArea returns the mean score of each area.
func ByArea(s Scores) map[int]Score {
	sums, n := map[int]Score{}, map[int]float64{}
	for _, c := range s.Cells() {
		sums[c.Area] = sums[c.Area].plus(s[c])
		n[c.Area]++
	}
	for a := range sums {
		sums[a] = sums[a].over(n[a])
	}
	return sums
}
