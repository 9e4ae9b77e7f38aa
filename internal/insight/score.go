package insight

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Mark is what one model scored.
type Mark struct {
	Model string `json:"model"`
	forecast.Score
	Cover90 float64 `json:"coverage_90"`
}

// A Scored is the judgement of a forecast against what came, with the baselines.
type Scored struct {
	Entry   int64          `json:"entry"`
	At      time.Time      `json:"at,omitzero"`
	Issued  int64          `json:"issued"`
	First   forecast.Month `json:"first"` // of the months that were judged
	Last    forecast.Month `json:"last"`
	N       int            `json:"n"`       // cells
	Onsets  int            `json:"onsets"`  // cells that were calm before, and deadly
	Actuals int64          `json:"actuals"` // the newest import among what was observed
	Marks   []Mark         `json:"marks"`   // the model first
	Areas   []AreaMark     `json:"areas"`
	Due     []Reliable     `json:"reliability"`
	Alarms  []Alarm        `json:"alarms"`
	PIT     []int          `json:"pit,omitempty"` // cells by where the count fell in the forecast, in bins of a tenth; none in scores before it was kept
}

// An AreaMark is the mean CRPS of one area, and of conflictology and of all
// baselines there.
type AreaMark struct {
	Area      int                `json:"area"`
	CRPS      float64            `json:"crps"`
	Rival     float64            `json:"rival"`
	Baselines map[string]float64 `json:"baselines,omitempty"` // none in scores before they were kept
}

// Gain is by how much the forecast was better than conflictology, in deaths a
// month; below zero it was worse.
func (a AreaMark) Gain() float64 { return a.Rival - a.CRPS }

// ByGain returns the areas of a score, those where most was gained first.
func (s Scored) ByGain() []AreaMark {
	return slices.SortedStableFunc(slices.Values(s.Areas), func(a, b AreaMark) int { return cmp.Compare(b.Gain(), a.Gain()) })
}

// Reliable compares what was said with what happened, for one range of
// probabilities of at least 25.
type Reliable struct {
	Said     float64 `json:"said"`
	Happened float64 `json:"happened"`
	N        int     `json:"n"`
}

// Judge scores draws against what the panel says of their months, beside the
// baselines as they could be made when the forecast knew what it knew.
func Judge(i Issued, draws forecast.Forecast, p *forecast.Panel) (Scored, error) {
	actuals := p.Between(i.First, i.Last)
	scores, _, err := forecast.Judge(draws, actuals)
	if err != nil {
		return Scored{}, fault.WithHint(fault.Invalid("actuals", "nothing is known yet of %s to %s", i.First, i.Last), "import the panel of those months first")
	}
	seen := forecast.Actuals{}
	s := Scored{Issued: i.Entry, First: math.MaxInt32, N: len(scores)}
	for c := range scores {
		seen[c] = actuals[c]
		s.First, s.Last = min(s.First, c.Month), max(s.Last, c.Month)
	}
	s.Marks = append(s.Marks, Mark{i.Model, forecast.Means(scores), forecast.Coverage(draws, seen, 0.9)})
	for _, b := range forecast.Baselines() {
		f, err := b.Make(p, i.TrainTo, i.First, i.Last, 1000, uint64(i.Entry))
		if err != nil {
			return s, err
		}
		rival, _, err := forecast.Judge(f, seen)
		if err != nil {
			return s, err
		}
		s.Marks = append(s.Marks, Mark{string(b), forecast.Means(rival), forecast.Coverage(f, seen, 0.9)})
		s.mark(b, scores, rival)
	}
	slices.SortFunc(s.Areas, func(a, b AreaMark) int { return a.Area - b.Area })
	s.PIT = forecast.Histogram(forecast.PIT(draws, seen, uint64(i.Entry)), 10)
	for c, v := range forecast.Onsets(p, seen, i.TrainTo, 12, Deadly) {
		if v >= Deadly && len(draws[c]) > 0 {
			s.Onsets++
		}
	}
	for _, r := range forecast.Reliability(draws, seen, Deadly, 10) {
		s.Due = append(s.Due, Reliable{r.Said, r.Happened, r.N})
	}
	s.Alarms = Alarms(draws, p, i, Thresholds())
	return s, nil
}

// mark adds what a baseline scored in each area.
func (s *Scored) mark(b forecast.Baseline, own, rival forecast.Scores) {
	for _, r := range forecast.Rank(own, rival) {
		k := slices.IndexFunc(s.Areas, func(a AreaMark) bool { return a.Area == r.Area })
		if k < 0 {
			k = len(s.Areas)
			s.Areas = append(s.Areas, AreaMark{Area: r.Area, CRPS: r.Score, Baselines: map[string]float64{}})
		}
		s.Areas[k].Baselines[string(b)] = r.Rival
		if b == forecast.Conflictology {
			s.Areas[k].Rival = r.Rival
		}
	}
}

// Score appends the entry of a judgement. One that says the same as the last of
// the forecast is a fault of kind Exists.
func Score(tx *record.Tx, s Scored) (Scored, error) {
	i, err := Find(tx.View, s.Issued)
	if err != nil {
		return s, err
	}
	last, err := ScoresOf(tx.View, s.Issued)
	if err != nil {
		return s, err
	}
	if len(last) > 0 && last[0].N == s.N && last[0].Actuals == s.Actuals && last[0].Last == s.Last {
		return last[0], fault.Exists("the forecast was scored on these figures, by E-%d", last[0].Entry)
	}
	e, err := tx.Append(record.Draft{Kind: "insight.scored", Subjects: []string{"forecast/" + i.Outcome}, Marking: i.Marking, Open: scored{Issued: s.Issued,
		First: s.First, Last: s.Last, N: s.N, Onsets: s.Onsets, Actuals: s.Actuals, Marks: s.Marks, Areas: s.Areas, Due: s.Due, Alarms: s.Alarms, PIT: s.PIT}})
	s.Entry, s.At = e.Index, e.Time
	return s, err
}

// Skill is the part of a baseline's score that a model saves: 1 − own/theirs.
func (s Scored) Skill(baseline forecast.Baseline) (crps, ign float64) {
	for _, m := range s.Marks {
		if m.Model == string(baseline) && len(s.Marks) > 0 && m.CRPS > 0 && m.IGN > 0 {
			return 1 - s.Marks[0].CRPS/m.CRPS, 1 - s.Marks[0].IGN/m.IGN
		}
	}
	return 0, 0
}

// Thresholds returns the probabilities of a deadly month for which alarms are
// counted.
func Thresholds() []float64 { return []float64{0.05, 0.1, 0.2, 0.3, 0.5, 0.7} }

// An Alarm says what a threshold on the probability of a deadly month would have
// cost: how often it would have sounded, and what it would have missed.
type Alarm struct {
	Threshold float64 `json:"threshold"`
	AYear     float64 `json:"alarms_a_year"` // areas for which it sounded, a year
	Missed    int     `json:"missed"`
	Onsets    int     `json:"onsets"`
	False     int     `json:"false"` // areas for which it sounded and no deadly month came
}

// Alarms counts, for each threshold, over the areas that were calm for a year when the
// forecast was made. An area is warned of once a forecast; an onset is an area
// with a deadly month.
func Alarms(draws forecast.Forecast, p *forecast.Panel, i Issued, thresholds []float64) []Alarm {
	calm := forecast.Onsets(p, p.Between(i.First, i.Last), i.TrainTo, 12, Deadly)
	risk, onset := map[int]float64{}, map[int]bool{}
	months := map[forecast.Month]bool{}
	for c, v := range calm {
		if len(draws[c]) == 0 {
			continue
		}
		risk[c.Area] = max(risk[c.Area], forecast.Exceeds(draws[c], Deadly))
		onset[c.Area] = onset[c.Area] || v >= Deadly
		months[c.Month] = true
	}
	out := make([]Alarm, 0, len(thresholds))
	for _, t := range thresholds {
		a := Alarm{Threshold: t}
		for area, r := range risk {
			switch {
			case r >= t && !onset[area]:
				a.False++
			case r < t && onset[area]:
				a.Missed++
			}
			if onset[area] {
				a.Onsets++
			}
			if r >= t && len(months) > 0 {
				a.AYear += 12 / float64(len(months))
			}
		}
		out = append(out, a)
	}
	return out
}
