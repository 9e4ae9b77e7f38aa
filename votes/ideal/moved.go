package ideal

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/heed-project/heed/votes"
)

// A Change is a difference with its interval of 90 %.
type Change struct{ By, Low, High float64 }

// A Move is what changed for a Member between two periods.
type Move struct {
	State         int
	Before, After float64 // points, both on the scale of those in both periods
	Point         Change
	With          [2]float64 // share of its votes that were with the majority, before and after
	Majority      Change
	// Sure says that the point moved further than chance does among so many
	// Members: the false ones are at most a tenth of those marked, on average
	// (Benjamini and Hochberg).
	Sure bool
}

// Moved compares two periods, for the Members placed in both, those that moved
// furthest first. Both lines are brought to the same mean and spread, and the
// median change is taken away: a move is against the others, and what all do
// together cannot be seen. The texts are others in each period: a Member may
// stay and be passed by the questions.
func Moved(set *votes.Set, before, after Period, o Options) ([]Move, error) {
	var lines [2]*Line
	var shares [2]map[int]share
	for k, p := range []Period{before, after} {
		var err error
		if lines[k], err = Fit(set, p, o); err != nil {
			return nil, err
		}
		s, err := gather(set, p)
		if err != nil {
			return nil, err
		}
		shares[k] = s.majority(o.Seed)
	}
	var both []Move
	var points, spreads [2][]float64
	for _, b := range lines[0].Points {
		if a, ok := lines[1].Find(b.State); ok {
			both = append(both, Move{State: b.State})
			for k, p := range [2]Point{b, a} {
				points[k] = append(points[k], p.At)
				spreads[k] = append(spreads[k], p.SD)
			}
		}
	}
	if len(both) < 3 {
		return nil, errors.New("fewer than 3 Members voted often enough in both periods")
	}
	// Without its anchor a line may be turned round: the others decide.
	turn := 1.0
	if !lines[0].Anchored || !lines[1].Anchored {
		turn = math.Copysign(1, dot(points[0], points[1]))
	}
	for k := range points {
		_, sd := standardise(points[k])
		for i := range spreads[k] {
			spreads[k][i] /= sd
		}
	}
	compare(both, points, spreads, turn)
	for i := range both {
		m := &both[i]
		was, is := shares[0][m.State], shares[1][m.State]
		m.With = [2]float64{was.of, is.of}
		m.Majority = change(is.of-was.of, math.Hypot(was.sd, is.sd))
	}
	slices.SortStableFunc(both, func(a, b Move) int { return cmp.Compare(math.Abs(b.Point.By), math.Abs(a.Point.By)) })
	return both, nil
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// compare sets the change of each point, and marks those that are sure.
func compare(both []Move, points, spreads [2][]float64, turn float64) {
	gaps := make([]float64, len(both))
	for i := range both {
		both[i].Before, both[i].After = points[0][i], turn*points[1][i]
		gaps[i] = both[i].After - both[i].Before
	}
	middle := slices.Sorted(slices.Values(gaps))[len(gaps)/2]
	chance := make([]float64, len(both))
	for i := range both {
		both[i].After -= middle
		sd := math.Hypot(spreads[0][i], spreads[1][i])
		both[i].Point = change(gaps[i]-middle, sd)
		chance[i] = math.Erfc(math.Abs(gaps[i]-middle) / sd / math.Sqrt2)
	}
	order := slices.Clone(chance)
	slices.Sort(order)
	limit := -1.0
	for i, p := range order {
		if p <= 0.1*float64(i+1)/float64(len(order)) {
			limit = p
		}
	}
	for i := range both {
		both[i].Sure = chance[i] <= limit
	}
}

func change(by, sd float64) Change { return Change{by, by - z*sd, by + z*sd} }

// share is how often a Member was with the majority, and how far that spreads
// when the texts are drawn again.
type share struct{ of, sd float64 }

// majority counts how often each Member did what most did, among the roll
// calls that are used.
func (s *sample) majority(seed uint64) map[int]share {
	most := make([]int8, len(s.rolls))
	for j := range s.rolls {
		var count [3]int
		for k := range s.states {
			if g := s.grade[k][j]; g >= 0 {
				count[g]++
			}
		}
		most[j] = int8(slices.Index(count[:], slices.Max(count[:])))
	}
	times := again(s.texts, seed)
	out := map[int]share{}
	for k, state := range s.states {
		with, of := make([]float64, s.texts), make([]float64, s.texts)
		var all, voted float64
		for j, g := range s.grade[k] {
			if g < 0 {
				continue
			}
			of[s.text[j]]++
			voted++
			if g == most[j] {
				with[s.text[j]]++
				all++
			}
		}
		drawn := make([]float64, 0, redraws)
		for b := range times {
			if n := dot(of, times[b]); n > 0 {
				drawn = append(drawn, dot(with, times[b])/n)
			}
		}
		_, sd := standardise(drawn)
		out[state] = share{all / voted, sd}
	}
	return out
}
