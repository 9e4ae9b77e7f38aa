// Package doors says which measures are open to whom on a date, and what is
// missing to open the others.
//
// A measure is a tool that States, bodies or courts have: an Arria meeting, a
// special session of the Human Rights Council, a case under the Genocide
// Convention. Its threshold is a rule written as data; memberships, treaties,
// reservations, vetoes and calendars are facts ([facts.Facts]). [Book.Open] holds
// one against the other for a State or a group, on a date, for a situation:
//
//	open    it can be used now, by those named in Through
//	short   so many more are missing: Missing, and Candidates says who could join
//	closed  nobody's joining would open it; the reasons say why
//
// It promises that every answer carries its rule, its source and how sure both
// are; that one more supporter never makes an answer worse; and that a negative
// vote never makes it better. Counting follows the texts: who signs a request
// without a seat does not count, abstentions are no votes, a permanent member's
// negative vote defeats what is not procedural. Where not everybody has declared
// a position, Missing is the number that is enough whatever the others do; Least
// is the number that is enough if nobody votes against.
//
// It trusts the facts. What is only known in general (mark K) decides as if it
// were true, and the answer says so. Sources: Charter of the United Nations;
// A/RES/60/251; A/RES/76/262; A/RES/377(V); CSCE Moscow document 1991; Genocide
// Convention; Rome Statute; docs/method/doors.md lists what is not modelled.
//
//	book, err := doors.New(known)
//	answer, err := book.Open(doors.Question{Measure: "GE-SS", States: []string{"SVN"}, On: facts.Day(2026, 3, 1)})
//	answer.Outcome, answer.Missing // short, 15
package doors

import (
	"fmt"
	"slices"

	"github.com/heed-project/heed/doors/facts"
)

// An Outcome is the first word of an answer.
type Outcome string

// The outcomes, from worst to best.
const (
	Closed Outcome = "closed"
	Short  Outcome = "short"
	Open   Outcome = "open"
)

func (o Outcome) rank() int { return slices.Index([]Outcome{Closed, Short, Open}, o) }

// A Question asks about one measure. States are who asks, With who goes with
// them, Against and Abstain who has declared that; all are ISO 3166 codes.
// Situation is the State concerned, if there is one.
type Question struct {
	Measure                string
	States                 []string
	With, Against, Abstain []string
	On                     facts.Date
	Situation              string

	Final     bool   // the positions are a vote that was taken: who is not named was absent
	Tally     *Tally // a vote that was taken, by numbers
	Consent   bool   // the State concerned agrees to be visited
	Important bool   // the Assembly has called the question important; the OAS is to suspend
}

// A Tally is a vote that was taken. Vetoed says that a permanent member voted
// against.
type Tally struct {
	Yes, No, Abstain int
	Vetoed           bool
}

// A Reason is one thing that decided an answer, for a face to put into words;
// [Reason.String] says it in English.
type Reason struct {
	Code  string
	Body  string // a body, a treaty or a thing that is missing
	State string
	N, Of int
	On    facts.Date

	words *facts.Facts
}

// A Window is when a measure can be used next. To is [facts.Forever] where there
// is no end, Name empty where it is any day.
type Window struct {
	From, To facts.Date
	Name     string
}

// An Answer says whether a measure is open.
type Answer struct {
	Measure         *facts.Measure
	Outcome         Outcome
	Have, Need      int
	Missing         int // how many more are enough, whatever the others do; 0 unless short
	Least           int // how many more are enough if nobody votes against
	Body            string
	Through         []string // the supporters that count
	Reasons         []Reason
	Window          Window
	Mark            facts.Mark // the least sure of what decided
	Rule, Source    string
	Precedent, Time string
}

// A Book is the measures and facts, ready to be asked. It does not change and
// may be used from several goroutines.
type Book struct {
	facts    *facts.Facts
	measures map[string]*measure
	order    []string
}

// measure is one row with its rule understood.
type measure struct {
	row  *facts.Measure
	rule rule
}

// New understands the rule of every measure.
func New(f *facts.Facts) (*Book, error) {
	b := &Book{facts: f, measures: map[string]*measure{}}
	for i := range f.Measures {
		row := &f.Measures[i]
		r, err := parseRule(row.Rule)
		if err == nil {
			err = r.check(f, row)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: the rule of %s: %w", row.File, row.ID, err)
		}
		b.measures[row.ID] = &measure{row, r}
		b.order = append(b.order, row.ID)
	}
	if len(b.order) == 0 {
		return nil, fmt.Errorf("the facts hold no measure: measures.csv is missing")
	}
	return b, nil
}

// Measures returns the ids of all measures in the order of their file.
func (b *Book) Measures() []string { return slices.Clone(b.order) }

// Measure returns the row of a measure, or false.
func (b *Book) Measure(id string) (facts.Measure, bool) {
	m, ok := b.measures[id]
	if !ok {
		return facts.Measure{}, false
	}
	return *m.row, true
}

// Facts returns what the book answers from.
func (b *Book) Facts() *facts.Facts { return b.facts }

// Open answers a question.
func (b *Book) Open(q Question) (Answer, error) { return b.On(q.On).Open(q) }

// A Day is a book opened on one date. It answers faster than [Book.Open] where
// many questions are about the same day.
type Day struct {
	book *Book
	view *facts.View
}

// On opens the book on a date.
func (b *Book) On(d facts.Date) *Day { return &Day{b, b.facts.On(d)} }

// View returns the facts of the day.
func (d *Day) View() *facts.View { return d.view }

// Open answers a question about the day; the question's own date is not read.
func (d *Day) Open(q Question) (Answer, error) {
	m, ok := d.book.measures[q.Measure]
	if !ok {
		return Answer{}, fmt.Errorf("%q is no measure: ask for one of those in measures.csv, such as GE-SS", q.Measure)
	}
	q.On = d.view.Date
	if err := d.sensible(q); err != nil {
		return Answer{}, err
	}
	c := &count{day: d, view: d.view, q: q, m: m.row, with: q.supporters()}
	a := c.begun(&m.rule)
	a.Measure, a.Rule, a.Source, a.Precedent, a.Time = m.row, m.row.Threshold, m.row.Source, m.row.Precedents, m.row.Time
	a.Mark = a.Mark.Worse(m.row.Mark)
	d.window(m, &a)
	return a, nil
}

// Every answers for all measures, in the order of their file.
func (d *Day) Every(q Question) ([]Answer, error) {
	out := make([]Answer, 0, len(d.book.order))
	for _, id := range d.book.order {
		q.Measure = id
		a, err := d.Open(q)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// First is the first day that can be asked about: since then the Security Council
// has fifteen members, of whom nine decide (Charter art. 23 and 27 as amended).
func First() facts.Date { return facts.Day(1966, 1, 1) }

// sensible refuses days before the rules, States that are unknown or not there on
// the day, and positions that contradict.
func (d *Day) sensible(q Question) error {
	if q.On < First() {
		return fmt.Errorf("%s is before the rules begin: ask about %s or later, since when the Security Council has fifteen members", q.On, First())
	}
	if len(q.States) == 0 {
		return fmt.Errorf("nobody asks: name a State by its three-letter code (ISO 3166)")
	}
	for _, list := range [][]string{q.States, q.With, q.Against, q.Abstain} {
		for _, s := range list {
			if !d.book.facts.Known(s) {
				return fmt.Errorf("%q is no State's three-letter code (ISO 3166): write SVN for Slovenia", s)
			}
			if err := d.there(s); err != nil {
				return err
			}
		}
	}
	if q.Situation != "" && !d.book.facts.Known(q.Situation) {
		return fmt.Errorf("the situation %q is no State's three-letter code (ISO 3166)", q.Situation)
	}
	if q.Situation != "" {
		if err := d.there(q.Situation); err != nil {
			return err
		}
	}
	for _, s := range q.With {
		if slices.Contains(q.Against, s) || slices.Contains(q.Abstain, s) {
			return fmt.Errorf("%s is named for and not for", s)
		}
	}
	for _, s := range q.Against {
		if slices.Contains(q.Abstain, s) || slices.Contains(q.States, s) && len(q.States) == 1 {
			return fmt.Errorf("%s is named against and not against", s)
		}
	}
	if t := q.Tally; t != nil && (t.Yes < 0 || t.No < 0 || t.Abstain < 0) {
		return fmt.Errorf("a tally of %d, %d, %d: counts are not negative", t.Yes, t.No, t.Abstain)
	}
	return nil
}

// there refuses a State that there was not on the day.
func (d *Day) there(s string) error {
	f, on := d.book.facts, d.view.Date
	if f.Exists(s, on) {
		return nil
	}
	if from, ok := f.Began(s, on); ok {
		return fmt.Errorf("there was no State %s (%s) on %s: it came to be on %s", s, f.Name(s, from), on, from)
	}
	return fmt.Errorf("there was no State %s on %s any more", s, on)
}

// supporters are those who ask and those who go with them, each once, without
// those who said otherwise.
func (q Question) supporters() []string {
	if len(q.With) == 0 && len(q.Against) == 0 && len(q.Abstain) == 0 && len(q.States) == 1 {
		return q.States
	}
	var out []string
	for _, s := range slices.Concat(q.States, q.With) {
		if !slices.Contains(out, s) && !slices.Contains(q.Against, s) && !slices.Contains(q.Abstain, s) {
			out = append(out, s)
		}
	}
	return out
}
