package backtest

import (
	"math"
	"slices"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/position"
)

// marks are the scores of one way to predict.
type marks struct {
	all, contested, novel matrix
	tally, pass           ratio
}

// rules are the simple ways that stand beside the model.
var rules = [...]string{"always_yes", "usual_vote", "nearest_text"}

// board keeps the scores for one number of pledges.
type board struct {
	set              *votes.Set
	model            marks
	simple           [len(rules)]marks
	tallyAll, within ratio
	loss             ratio
	sure, right      [10]float64 // by bin: sum of probabilities, hits
	count            [10]float64
	away             []guess
}

// guess is a chance of absence and what happened.
type guess struct {
	chance float64
	was    bool
}

func newBoard(set *votes.Set) *board { return &board{set: set} }

// add scores a roll call.
func (b *board) add(l position.Lesson, d *position.Declared, f *position.Forecast, seed uint64) {
	t := b.set.Tally(l.Roll)
	s := scoring{b: b, l: l, novel: l.Case.Novel(), contested: float64(t.Yes) < 0.8*float64(t.Yes+t.Abstain+t.No)}
	var simple [len(rules)]votes.Tally
	for _, ch := range f.Chances {
		was := b.set.At(l.Roll, ch.State)
		if !ch.Told {
			b.away = append(b.away, guess{ch.Absent, !was.Cast()})
		}
		if !was.Cast() {
			continue
		}
		said := [len(rules)]votes.Position{votes.Yes, l.Case.Usual(ch.State), l.Case.Carried(ch.State)}
		for k, p := range said {
			if ch.Told {
				p = was
			} else {
				s.mark(&b.simple[k], was, p)
			}
			tell(&simple[k], p)
		}
		if ch.Told {
			continue
		}
		s.mark(&b.model, was, ch.Decided)
		b.sureness(was, ch)
	}
	present := func(state int) bool { return b.set.At(l.Roll, state).Cast() }
	rule := votes.Simple()
	e := f.Tally(rule, present, seed+uint64(l.Roll))
	yes := 0.0
	for _, ch := range f.Chances {
		if present(ch.State) {
			yes += ch.Yes
		}
	}
	passed := rule.Passes(t)
	b.model.tally.add(math.Abs(yes - float64(t.Yes)))
	b.model.pass.add(same(e.Pass >= 0.5, passed))
	b.within.add(same(e.Yes.Low <= float64(t.Yes) && float64(t.Yes) <= e.Yes.High, true))
	for k, c := range simple {
		b.simple[k].tally.add(math.Abs(float64(c.Yes - t.Yes)))
		b.simple[k].pass.add(same(rule.Passes(c), passed))
	}
	all := 0.0
	for _, ch := range f.Chances {
		all += ch.Yes * (1 - ch.Absent)
	}
	b.tallyAll.add(math.Abs(all - float64(t.Yes)))
}

func same(a, b bool) float64 {
	if a == b {
		return 1
	}
	return 0
}

func tell(t *votes.Tally, p votes.Position) {
	switch p {
	case votes.Yes:
		t.Yes++
	case votes.Abstain:
		t.Abstain++
	case votes.No:
		t.No++
	}
}

// scoring is a roll call that is being scored.
type scoring struct {
	b                *board
	l                position.Lesson
	novel, contested bool
}

func (s scoring) mark(m *marks, was, said votes.Position) {
	m.all.add(was, said)
	if s.contested {
		m.contested.add(was, said)
	}
	if s.novel {
		m.novel.add(was, said)
	}
}

// sureness notes how sure the model was and whether it was right.
func (b *board) sureness(was votes.Position, ch position.Chance) {
	p := [3]float64{ch.Yes, ch.Abstain, ch.No}
	top := slices.Max(p[:])
	bin := min(9, int(top*10))
	b.count[bin]++
	b.sure[bin] += top
	if p[was-1] == top {
		b.right[bin]++
	}
	b.loss.add(-math.Log(math.Max(p[was-1], 1e-6)))
}

// auc is the chance that an absence was given a higher probability than a vote.
func auc(list []guess) float64 {
	slices.SortFunc(list, func(a, b guess) int {
		switch {
		case a.chance < b.chance:
			return -1
		case a.chance > b.chance:
			return 1
		}
		return 0
	})
	ranks, pos := 0.0, 0.0
	for i := 0; i < len(list); {
		j := i
		for j < len(list) && list[j].chance == list[i].chance {
			j++
		}
		for k := i; k < j; k++ {
			if list[k].was {
				ranks += float64(i+j+1) / 2
				pos++
			}
		}
		i = j
	}
	neg := float64(len(list)) - pos
	if pos == 0 || neg == 0 {
		return 0.5
	}
	return (ranks - pos*(pos+1)/2) / (pos * neg)
}

// result sums up.
func (b *board) result(pledges int) Result {
	m := &b.model
	r := Result{
		Pledges: pledges, Accuracy: round(m.all.accuracy()), MacroF1: round(m.all.macro()),
		ContestedAccuracy: round(m.contested.accuracy()), ContestedMacroF1: round(m.contested.macro()),
		NovelAccuracy: round(m.novel.accuracy()), NovelMacroF1: round(m.novel.macro()),
		TallyError: m.tally.mean(), TallyErrorAll: b.tallyAll.mean(), Coverage: b.within.mean(), PassFail: m.pass.mean(), LogLoss: b.loss.mean(),
		F1: F1{round(m.all.f1(0)), round(m.all.f1(1)), round(m.all.f1(2))}, Baselines: map[string]Baseline{},
		N: m.all.n(), RollCalls: int(m.tally.n), Contested: m.contested.n(), Novel: m.novel.n(), AbsenceAUC: round(auc(b.away)),
	}
	gap, n := 0.0, 0.0
	for i := range b.count {
		gap += math.Abs(b.right[i] - b.sure[i])
		n += b.count[i]
	}
	r.ECE = round(gap / math.Max(n, 1))
	for k, name := range rules {
		s := &b.simple[k]
		r.Baselines[name] = Baseline{round(s.all.accuracy()), round(s.all.macro()), round(s.contested.accuracy()), round(s.contested.macro()),
			round(s.novel.macro()), s.tally.mean(), s.pass.mean()}
	}
	return r
}
