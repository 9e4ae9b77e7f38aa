package position

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/boost"
	"github.com/heed-project/heed/votes/wording"
)

// Drafts returns the texts of a set as they were known before each vote. The
// title of a whole stands for its paragraphs, which are named after it; of the
// vote on the whole nothing is taken.
func Drafts(set *votes.Set) []Draft {
	whole := map[string]string{}
	for _, r := range set.Rolls {
		t := wording.Read(r.Title, r.Subject, "")
		if r.Resolution != "" && t.Part == "" && !t.Motion && !t.Amendment && whole[r.Resolution] == "" && len(r.Title) < 400 {
			whole[r.Resolution] = r.Title
		}
	}
	out := make([]Draft, len(set.Rolls))
	for i, r := range set.Rolls {
		title := whole[r.Resolution]
		if title == r.Title {
			title = ""
		}
		text := wording.Read(r.Title, r.Subject, title)
		if r.Paragraph && text.Part == "" && !text.Amendment && !text.Motion {
			text.Part = "part"
		}
		text.Amendment = text.Amendment || r.Amendment
		out[i] = Draft{Date: r.Date, Text: text, Resolution: r.Resolution}
	}
	return out
}

// Walk goes through the roll calls of a set in the order of their dates. For
// each from a day on, it hands over what was known before: the votes of
// earlier days, not those of the day itself. It returns the history at the end.
func Walk(set *votes.Set, drafts []Draft, from time.Time, each func(roll int, c *Case) error) (*History, error) {
	h := NewHistory(set)
	for i := 0; i < len(set.Rolls); {
		j := i
		for j < len(set.Rolls) && set.Rolls[j].Date.Equal(set.Rolls[i].Date) {
			j++
		}
		if !set.Rolls[i].Date.Before(from) {
			for k, c := range h.cases(drafts[i:j]) {
				if err := each(i+k, c); err != nil {
					return nil, err
				}
			}
		}
		for ; i < j; i++ {
			h.Observe(i, drafts[i].Text)
		}
	}
	return h, nil
}

// cases tells what is known about the drafts of one day. The first fills what
// the history keeps for the day; after it nothing of the history is written,
// so the others are done at once.
func (h *History) cases(drafts []Draft) []*Case {
	out := make([]*Case, len(drafts))
	out[0] = h.Case(drafts[0])
	parts := 4
	if h.index.Len() == 0 {
		parts = 1 // an empty index is made ready anew each time
	}
	var wait sync.WaitGroup
	for p := range parts {
		wait.Go(func() {
			for k := 1 + p; k < len(drafts); k += parts {
				out[k] = h.Case(drafts[k])
			}
		})
	}
	wait.Wait()
	return out
}

// A Lesson is a roll call that was taken, with what was known before, without
// and with some positions declared.
type Lesson struct {
	Roll     int
	Case     *Case
	Declared []*Declared
}

// Teach makes a lesson of a roll call: two samples of Members, three to forty,
// are taken to have declared what they then did. It must be called in Walk.
func Teach(set *votes.Set, roll int, c *Case, seed uint64) Lesson {
	dice := rand.New(rand.NewPCG(seed, uint64(roll)))
	l := Lesson{Roll: roll, Case: c}
	for range 2 {
		n := []int{3, 6, 10, 10, 15, 20, 20, 30, 40}[dice.IntN(9)]
		l.Declared = append(l.Declared, c.Declare(Sample(set, roll, n, dice)))
	}
	return l
}

// Sample draws n Members that voted, at random, with what they did.
func Sample(set *votes.Set, roll, n int, dice *rand.Rand) []Pledge {
	var cast []Pledge
	for i, p := range set.Row(roll) {
		if p.Cast() {
			cast = append(cast, Pledge{i, p})
		}
	}
	dice.Shuffle(len(cast), func(a, b int) { cast[a], cast[b] = cast[b], cast[a] })
	return cast[:max(0, min(n, len(cast)-1))]
}

// A Model predicts positions.
type Model struct {
	free, pledged, away *boost.Model // free or pledged may be nil: see TrainFor
	spread              [2]float64   // of the common shift: without and with pledges
	until               time.Time
}

// Until returns the day of the last vote that the model has learned from.
func (m *Model) Until() time.Time { return m.until }

// Train learns from lessons. The seed decides everything that is drawn.
func Train(set *votes.Set, lessons []Lesson, seed uint64) (*Model, error) {
	return learn(set, lessons, seed, parts{free: true, pledged: true})
}

// TrainFor learns what one draft needs, in less than half of the time: how to
// predict where some have declared themselves, or where nobody has.
func TrainFor(set *votes.Set, lessons []Lesson, seed uint64, declared bool) (*Model, error) {
	return learn(set, lessons, seed, parts{free: !declared, pledged: declared})
}

// parts are the sets of trees that are learned.
type parts struct{ free, pledged bool }

func learn(set *votes.Set, lessons []Lesson, seed uint64, p parts) (*Model, error) {
	if len(lessons) < 20 {
		return nil, fmt.Errorf("%d roll calls are too few to learn from: at least 20 are needed", len(lessons))
	}
	m, err := train(set, lessons, seed, 1, p)
	if err != nil {
		return nil, err
	}
	// How far all positions move together is measured on the last fifth, with
	// a smaller model that has not seen it.
	cut := len(lessons) * 4 / 5
	small, err := train(set, lessons[:cut], seed, 0.4, p)
	if err != nil {
		return nil, err
	}
	m.spread = small.measure(set, lessons[cut:], seed)
	return m, nil
}

func train(set *votes.Set, lessons []Lesson, seed uint64, size float64, p parts) (*Model, error) {
	free, pledged, away := gather(set, lessons, p)
	if p.free && len(free.Class) == 0 || p.pledged && len(pledged.Class) == 0 {
		return nil, errors.New("no vote was cast in the roll calls to learn from")
	}
	m := &Model{until: set.Rolls[lessons[len(lessons)-1].Roll].Date}
	rounds := func(n int) int { return int(float64(n) * size) }
	var errs [3]error
	var wait sync.WaitGroup
	if p.free {
		wait.Go(func() {
			m.free, errs[0] = boost.Train(free, classes, boost.Options{Rounds: rounds(60), Depth: 4, Rate: 0.08, MinChild: 60, Lambda: 20, Seed: seed})
		})
	}
	if p.pledged {
		wait.Go(func() {
			m.pledged, errs[1] = boost.Train(pledged, classes, boost.Options{Rounds: rounds(100), Depth: 5, Rate: 0.1, MinChild: 30, Lambda: 10, Rows: 0.4, Columns: 0.4, Seed: seed + 1})
		})
	}
	wait.Go(func() {
		m.away, errs[2] = boost.Train(away, 2, boost.Options{Rounds: rounds(40), Depth: 4, Rate: 0.12, MinChild: 40, Lambda: 10, Columns: 1, Seed: seed + 2})
	})
	wait.Wait()
	return m, errors.Join(errs[:]...)
}

// gather makes the rows that are learned from.
func gather(set *votes.Set, lessons []Lesson, p parts) (free, pledged, away boost.Rows) {
	free, pledged, away = boost.Rows{Width: width}, boost.Rows{Width: width + pledgeWidth}, boost.Rows{Width: awayWidth}
	for _, l := range lessons {
		for i := range votes.Len() {
			did := set.Outcome(l.Roll, i)
			if did == votes.Unknown {
				continue
			}
			away.X = append(away.X, l.Case.away[i*awayWidth:(i+1)*awayWidth]...)
			away.Class = append(away.Class, uint8(flag(did == votes.Absent)))
			away.Group = append(away.Group, int32(l.Roll))
			if !did.Cast() {
				continue
			}
			if p.free {
				free.X = append(free.X, l.Case.numbers(i)...)
				take(&free, l, i, did)
			}
			if !p.pledged {
				continue
			}
			for _, d := range l.Declared {
				if !d.has(i) {
					pledged.X = append(append(pledged.X, l.Case.numbers(i)...), d.x[i*pledgeWidth:(i+1)*pledgeWidth]...)
					take(&pledged, l, i, did)
				}
			}
		}
	}
	return free, pledged, away
}

func take(rows *boost.Rows, l Lesson, i int, p votes.Position) {
	rows.Class = append(rows.Class, uint8(p-1))
	rows.Group = append(rows.Group, int32(l.Roll))
	rows.Start = append(rows.Start, l.Case.prior[i].logs()...)
}

func (c *Case) numbers(i int) []float32 { return c.x[i*width : (i+1)*width] }

// has returns whether a state declared itself.
func (d *Declared) has(state int) bool {
	for _, p := range d.told {
		if p.State == state {
			return true
		}
	}
	return false
}

// novelBelow is the similarity below which no earlier text is close.
const novelBelow = 0.7

// kinBelow is the similarity below which no earlier text is even kin.
const kinBelow = 0.4

// Novel says whether no earlier text is close: less similar than 0.7.
func (c *Case) Novel() bool { return c.Near() < novelBelow }

// A Chance is what a state will do.
type Chance struct {
	State            int
	Yes, Abstain, No float64 // if it votes; they add up to 1
	Absent           float64 // that it does not vote
	Decided          votes.Position
	Told             bool // it has declared itself
}

// A Forecast is what every Member will do.
type Forecast struct {
	Chances []Chance
	shift   float64
}

// Predict returns what every Member will do. d may be nil: nothing is declared.
// A model that was trained for the one answers for the other as well as it can.
//
// The position that is called the likeliest is that of the highest
// probability. Where no earlier text is close and nothing is declared,
// abstentions and noes count for more, since the many who might would
// otherwise never be named.
func (m *Model) Predict(c *Case, d *Declared) *Forecast {
	with := d != nil && len(d.told) > 0 && m.pledged != nil || m.free == nil
	if d == nil && with {
		d = c.Declare(nil)
	}
	f := &Forecast{shift: m.spread[0]}
	if with {
		f.shift = m.spread[1]
	}
	row := make([]float32, width+pledgeWidth)
	for i, s := range votes.Members() {
		if !s.Member(c.Draft.Date) {
			continue
		}
		var p dist
		start := c.prior[i].logs()
		copy(row, c.numbers(i))
		if with {
			copy(row[width:], d.x[i*pledgeWidth:(i+1)*pledgeWidth])
			m.pledged.Predict(row, start, p[:])
		} else {
			m.free.Predict(row[:width], start, p[:])
			p = between(p, c.prior[i])
		}
		var away [2]float64
		m.away.Predict(c.away[i*awayWidth:(i+1)*awayWidth], nil, away[:])
		f.Chances = append(f.Chances, Chance{State: i, Yes: p[0], Abstain: p[1], No: p[2], Absent: away[1],
			Decided: decide(p, c.Near(), with)})
	}
	if d != nil {
		f.tell(d.told)
	}
	return f
}

// between is the geometric mean of what the model says and what is carried
// forward: the mean of two opinions that err in different ways.
func between(a, b dist) (out dist) {
	sum := 0.0
	for c := range out {
		out[c] = math.Sqrt(a[c] * (b[c] + 1e-3))
		sum += out[c]
	}
	for c := range out {
		out[c] /= sum
	}
	return out
}

// decide names the likeliest position. What is kin to nothing is most often
// adopted by all; what is kin to little divides more than its chances say.
func decide(p dist, near float64, with bool) votes.Position {
	switch {
	case with || near >= novelBelow:
	case near >= kinBelow:
		p[1] *= 2
		p[2] *= 1.7
	default:
		p[1] *= 1.5
		p[2] *= 1.4
	}
	return votes.Position(p.top() + 1)
}

// tell sets what was declared.
func (f *Forecast) tell(told []Pledge) {
	for _, t := range told {
		for k := range f.Chances {
			if ch := &f.Chances[k]; ch.State == t.State {
				ch.Yes, ch.Abstain, ch.No = hit(t.Position, 0), hit(t.Position, 1), hit(t.Position, 2)
				ch.Absent, ch.Decided, ch.Told = 0, t.Position, true
			}
		}
	}
}
