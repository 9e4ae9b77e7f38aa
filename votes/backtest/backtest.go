// Package backtest replays past years: what would have been predicted before
// each vote, and how good was it.
//
// The protocol. For every roll call of the years asked for, the history holds
// the votes of earlier days and nothing of the day itself; roll calls on the
// same resolution are left out even then, in case a date is wrong. Votes of
// the same session on earlier days are used: whoever predicts a vote of
// December knows those of November. The text is known, also the title of the
// whole to which a paragraph belongs. The model has learned from the fifteen
// years before a block of three years, and nothing later. With n pledges, n
// Members that voted are drawn at random for each roll call, with a seed; what
// they did is told, and only the others are scored.
//
//	report, err := backtest.Run(set, backtest.Options{From: 2009, To: 2013, Pledges: []int{0, 10, 20}})
//
// Scores are over votes cast (yes, abstain, no) of those present, as most
// sources leave absences out. Macro-F1 is the mean of the F1 of the three
// positions, over all votes together. Contested are roll calls in which fewer
// than eight in ten of those present voted yes. Novel are texts to which no
// earlier text is as similar as 0.7. The tally error is how far the expected
// number of yes votes is from the true one, on average over roll calls. The
// calibration error is of the likeliest position, in ten bins.
//
// Alternative that was not taken: to let the Members that declare themselves
// be those that declare early in fact (sponsors). The sources have no sponsors
// for most of these years.
package backtest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/position"
)

// Options say which years are replayed.
type Options struct {
	From, To int
	Pledges  []int // how many positions are declared: a result for each
	Seed     uint64
}

// learnYears is how many years before a block are learned from, blockYears how
// many years are predicted with what was learned.
const learnYears, blockYears = 15, 3

// A Result is how good the predictions were with so many pledges.
type Result struct {
	Pledges           int     `json:"pledges"`
	Accuracy          float64 `json:"accuracy"`
	MacroF1           float64 `json:"macro_f1"`
	ContestedAccuracy float64 `json:"contested_accuracy"`
	ContestedMacroF1  float64 `json:"contested_macro_f1"`
	NovelMacroF1      float64 `json:"novel_macro_f1"`
	NovelAccuracy     float64 `json:"novel_accuracy"`
	TallyError        float64 `json:"tally_error"`
	// TallyErrorAll is the error when who stays away is predicted too.
	TallyErrorAll float64 `json:"tally_error_with_absences"`
	// Coverage is how often the yes votes lay between the bounds of 90 %.
	Coverage float64 `json:"tally_coverage_90"`
	PassFail float64 `json:"pass_fail"` // share of roll calls whose passing was foretold
	ECE      float64 `json:"ece"`
	LogLoss  float64 `json:"log_loss"`
	F1       F1      `json:"f1"`
	// Baselines are always yes, the usual vote and the nearest earlier text,
	// on the same votes.
	Baselines  map[string]Baseline `json:"baselines"`
	N          int                 `json:"n"`
	RollCalls  int                 `json:"roll_calls"`
	Contested  int                 `json:"contested_n"`
	Novel      int                 `json:"novel_n"`
	AbsenceAUC float64             `json:"absence_auc"`
}

// F1 is that of each position.
type F1 struct {
	Yes     float64 `json:"yes"`
	Abstain float64 `json:"abstain"`
	No      float64 `json:"no"`
}

// A Baseline is what a simple rule reaches.
type Baseline struct {
	Accuracy          float64 `json:"accuracy"`
	MacroF1           float64 `json:"macro_f1"`
	ContestedAccuracy float64 `json:"contested_accuracy"`
	ContestedMacroF1  float64 `json:"contested_macro_f1"`
	NovelMacroF1      float64 `json:"novel_macro_f1"`
	TallyError        float64 `json:"tally_error"`
	PassFail          float64 `json:"pass_fail"`
}

// asked is a roll call that is scored: what was known, with each number of
// pledges.
type asked struct {
	position.Lesson
	with []*position.Declared
}

// Run replays the years.
func Run(set *votes.Set, o Options) ([]Result, error) {
	if o.To < o.From || len(o.Pledges) == 0 {
		return nil, fmt.Errorf("nothing to replay: years %d to %d, pledges %v", o.From, o.To, o.Pledges)
	}
	if slices.Min(o.Pledges) < 0 {
		return nil, errors.New("the number of pledges cannot be below 0")
	}
	questions, lessons, err := collect(set, o)
	if err != nil {
		return nil, err
	}
	if len(questions) == 0 {
		return nil, fmt.Errorf("there are no roll calls from %d to %d; the last is of %d", o.From, o.To, set.Rolls[len(set.Rolls)-1].Date.Year())
	}
	boards := make([]*board, len(o.Pledges))
	for i := range boards {
		boards[i] = newBoard(set)
	}
	for from := o.From; from <= o.To; from += blockYears {
		if err := block(set, o, from, questions, lessons, boards); err != nil {
			return nil, err
		}
	}
	var out []Result
	for i, n := range o.Pledges {
		out = append(out, boards[i].result(n))
	}
	return out, nil
}

// collect walks through the roll calls and notes what was known before each.
func collect(set *votes.Set, o Options) (questions []asked, lessons []position.Lesson, err error) {
	day := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	_, err = position.Walk(set, position.Drafts(set), day(o.From-learnYears), func(roll int, c *position.Case) error {
		year := set.Rolls[roll].Date.Year()
		if year > o.To {
			return nil
		}
		l := position.Teach(set, roll, c, o.Seed)
		lessons = append(lessons, l)
		if year < o.From {
			return nil
		}
		q := asked{Lesson: l}
		for _, n := range o.Pledges {
			dice := rand.New(rand.NewPCG(o.Seed^0x9e3779b97f4a7c15, uint64(roll)*1000+uint64(n)))
			q.with = append(q.with, c.Declare(position.Sample(set, roll, n, dice)))
		}
		questions = append(questions, q)
		return nil
	})
	return questions, lessons, err
}

// block learns from the years before and scores up to three years.
func block(set *votes.Set, o Options, from int, questions []asked, lessons []position.Lesson, boards []*board) error {
	year := func(l position.Lesson) int { return set.Rolls[l.Roll].Date.Year() }
	var known []position.Lesson
	for _, l := range lessons {
		if y := year(l); y >= from-learnYears && y < from {
			known = append(known, l)
		}
	}
	var now []asked
	for _, q := range questions {
		if y := year(q.Lesson); y >= from && y < from+blockYears {
			now = append(now, q)
		}
	}
	if len(now) == 0 {
		return nil
	}
	m, err := position.Train(set, known, o.Seed)
	if err != nil {
		return fmt.Errorf("learn for %d: %w", from, err)
	}
	var wait sync.WaitGroup
	for i, b := range boards {
		wait.Go(func() {
			for _, q := range now {
				b.add(q.Lesson, q.with[i], m.Predict(q.Case, q.with[i]), o.Seed)
			}
		})
	}
	wait.Wait()
	return nil
}

// matrix counts what was (first) against what was said.
type matrix [3][3]int

func (m *matrix) add(was, said votes.Position) { m[was-1][said-1]++ }

func (m *matrix) n() (n int) {
	for _, row := range m {
		for _, v := range row {
			n += v
		}
	}
	return n
}

func (m *matrix) accuracy() float64 {
	return float64(m[0][0]+m[1][1]+m[2][2]) / float64(max(1, m.n()))
}

func (m *matrix) f1(c int) float64 {
	is, said := 0, 0
	for k := range 3 {
		is += m[c][k]
		said += m[k][c]
	}
	return 2 * float64(m[c][c]) / float64(max(1, is+said))
}

func (m *matrix) macro() float64 { return (m.f1(0) + m.f1(1) + m.f1(2)) / 3 }

// ratio keeps a mean.
type ratio struct{ sum, n float64 }

func (r *ratio) add(v float64) { r.sum += v; r.n++ }
func (r *ratio) mean() float64 { return round(r.sum / math.Max(r.n, 1)) }

func round(v float64) float64 { return math.Round(v*1e5) / 1e5 }
