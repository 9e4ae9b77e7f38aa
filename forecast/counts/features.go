package counts

import (
	"math"

	"github.com/heed-project/heed/forecast"
)

// featureNames names what is known of a series at its origin. All but the last
// are on the scale of log(1+count) or are shares or months.
var featureNames = []string{
	"last month", "the month before", "two months before", "mean of 3 months", "mean of 6 months", "mean of 12 months",
	"mean of 24 months", "mean of 60 months", "mean of 120 months", "most in 12 months", "most in 60 months", "least in 12 months",
	"months with deaths of 12", "months with deaths of 36", "months with deaths of 120", "months since deaths", "months since 25 deaths",
	"decaying sum", "last month against the year", "quarter against the year", "year against three years", "spread in 12 months", "months observed",
}

// history is a series with what is needed to compute features at any origin.
type history struct {
	raw   []float64 // counts; NaN where not observed
	log   []float64 // log(1+count); zero where not observed
	sum   []float64 // running sums, one longer
	logs  []float64
	some  []float64 // running number of months with deaths
	seen  []float64 // running number of months observed
	decay []float64
	since [2][]float64 // months since 1 and since 25 deaths
}

const longAgo = 360 // months: what has never happened counts as this long ago

func newHistory(raw []float64) *history {
	n := len(raw)
	h := &history{raw: raw, log: make([]float64, n), sum: make([]float64, n+1), logs: make([]float64, n+1), some: make([]float64, n+1), seen: make([]float64, n+1), decay: make([]float64, n)}
	for i := range h.since {
		h.since[i] = make([]float64, n)
	}
	keep := math.Exp2(-1.0 / 12)
	var decay float64
	since := [2]float64{longAgo, longAgo}
	for i, v := range raw {
		h.sum[i+1], h.logs[i+1], h.some[i+1], h.seen[i+1] = h.sum[i], h.logs[i], h.some[i], h.seen[i]
		if !math.IsNaN(v) {
			h.log[i] = math.Log1p(v)
			h.sum[i+1] += v
			h.logs[i+1] += h.log[i]
			h.seen[i+1]++
			if v > 0 {
				h.some[i+1]++
			}
		}
		decay = decay*keep + h.log[i]
		h.decay[i] = decay
		for j, level := range [2]float64{1, 25} {
			since[j] = min(longAgo, since[j]+1)
			if v >= level {
				since[j] = 0
			}
			h.since[j][i] = since[j]
		}
	}
	return h
}

// over returns a running quantity over the n months that end at t, and how many
// of them were observed.
func (h *history) over(running []float64, t, n int) (sum, seen float64) {
	from := max(0, t+1-n)
	return running[t+1] - running[from], h.seen[t+1] - h.seen[from]
}

// mean returns the mean count of the n months that end at t.
func (h *history) mean(t, n int) float64 {
	s, seen := h.over(h.sum, t, n)
	return s / max(1, seen)
}

// level is log(1+mean of 12 months): what ratios are taken to.
func (h *history) level(t int) float64 { return math.Log1p(h.mean(t, 12)) }

// features fills the features at the origin t.
func (h *history) features(t int, out []float64) {
	l := h.log
	mean := func(n int) float64 { return math.Log1p(h.mean(t, n)) }
	share := func(n int) float64 { s, seen := h.over(h.some, t, n); return s / max(1, seen) }
	at := func(i int) float64 { return l[max(0, i)] }
	high12, high60, low := 0.0, 0.0, math.Inf(1)
	for i := max(0, t-59); i <= t; i++ {
		high60 = max(high60, l[i])
		if i > t-12 {
			high12, low = max(high12, l[i]), min(low, l[i])
		}
	}
	year := mean(12)
	logs, seen := h.over(h.logs, t, 12)
	middle, spread := logs/max(1, seen), 0.0
	for i := max(0, t-11); i <= t; i++ {
		spread += (l[i] - middle) * (l[i] - middle)
	}
	copy(out, []float64{
		at(t), at(t - 1), at(t - 2), mean(3), mean(6), year, mean(24), mean(60), mean(120), high12, high60, low,
		share(12), share(36), share(120), h.since[0][t], h.since[1][t], h.decay[t],
		at(t) - year, mean(3) - year, year - mean(36), math.Sqrt(spread / 12), min(240, h.seen[t+1]),
	})
}

// origin is a training or forecast row: an area at a time.
type origin struct {
	area int
	at   int // index in the panel
}

// histories prepares the series of areas until a month.
func histories(p *forecast.Panel, areas []int, last forecast.Month) map[int]*history {
	out := make(map[int]*history, len(areas))
	for _, a := range areas {
		out[a] = newHistory(p.Until(a, last))
	}
	return out
}
