package position

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/boost"
)

// A Count is the distribution of one number of the tally: its mean, and the
// bounds that hold nine times of ten.
type Count struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// An Expectation is the distribution of a tally.
type Expectation struct {
	Yes, Abstain, No, Absent Count
	Pass                     float64 // the chance that it passes under the rule
}

// Given makes a forecast of chances that were kept, with the shift that belongs
// to them.
func Given(chances []Chance, shift float64) *Forecast { return &Forecast{chances, shift} }

// Shift is how far all positions were found to move together.
func (f *Forecast) Shift() float64 { return f.shift }

// draws is how many tallies are drawn.
const draws = 1000

// Tally draws tallies. The positions are not independent: in each draw all
// move together towards yes or away from it, as far as they were found to move
// in earlier years (a t distribution with four degrees of freedom), because
// what a forecast does not know about a text it does not know for anybody.
// States of which present says false are left out, which is how a forecast is
// scored where absences are not known; present may be nil.
func (f *Forecast) Tally(rule votes.Rule, present func(state int) bool, seed uint64) Expectation {
	dice := rand.New(rand.NewPCG(seed, 5))
	var all [4][]float64
	passed := 0
	for range draws {
		t := f.draw(dice, f.shift, present)
		for k, n := range [4]int{t.Yes, t.Abstain, t.No, t.Absent} {
			all[k] = append(all[k], float64(n))
		}
		if rule.Passes(t) {
			passed++
		}
	}
	var e Expectation
	for k, to := range []*Count{&e.Yes, &e.Abstain, &e.No, &e.Absent} {
		slices.Sort(all[k])
		for _, v := range all[k] {
			to.Mean += v / draws
		}
		to.Low, to.High = all[k][draws/20], all[k][draws-draws/20]
	}
	e.Pass = float64(passed) / draws
	return e
}

// student draws from a t distribution with four degrees of freedom.
func student(dice *rand.Rand) float64 {
	sum := 0.0
	for range 4 {
		z := dice.NormFloat64()
		sum += z * z
	}
	return dice.NormFloat64() / math.Sqrt(sum/4)
}

func (f *Forecast) draw(dice *rand.Rand, shift float64, present func(int) bool) (t votes.Tally) {
	push := math.Exp(shift * student(dice))
	for _, ch := range f.Chances {
		if present != nil && !present(ch.State) {
			continue
		}
		if present == nil && !ch.Told && dice.Float64() < ch.Absent {
			t.Absent++
			continue
		}
		yes, no := ch.Yes*push, ch.No/push
		u := dice.Float64() * (yes + ch.Abstain + no)
		switch {
		case u < yes:
			t.Yes++
		case u < yes+ch.Abstain:
			t.Abstain++
		default:
			t.No++
		}
	}
	return t
}

// measure finds the shift with which nine of ten tallies fall between the
// bounds, without and with pledges.
func (m *Model) measure(set *votes.Set, lessons []Lesson, seed uint64) (out [2]float64) {
	for with, trees := range [2]*boost.Model{m.free, m.pledged} {
		if trees == nil {
			continue
		}
		shifts := []float64{0.05, 0.15, 0.3, 0.5, 0.75, 1, 1.4}
		in := make([]int, len(shifts))
		for k, l := range lessons {
			var d *Declared
			if with == 1 {
				d = l.Declared[k%len(l.Declared)]
			}
			f := m.Predict(l.Case, d)
			for i, shift := range shifts {
				if f.covers(set, l.Roll, shift, seed) {
					in[i]++
				}
			}
		}
		best := math.Inf(1)
		for i, shift := range shifts {
			if miss := math.Abs(float64(in[i])/float64(len(lessons)) - 0.9); miss < best-1e-9 {
				best, out[with] = miss, shift
			}
		}
	}
	return out
}

// covers says whether the yes votes of a roll call lie between the bounds.
func (f *Forecast) covers(set *votes.Set, roll int, shift float64, seed uint64) bool {
	dice := rand.New(rand.NewPCG(seed, uint64(roll)))
	present := func(state int) bool { return set.At(roll, state).Cast() }
	const some = 120
	var yes []int
	for range some {
		yes = append(yes, f.draw(dice, shift, present).Yes)
	}
	slices.Sort(yes)
	was := set.Tally(roll).Yes
	return was >= yes[some/20] && was <= yes[some-some/20-1]
}
