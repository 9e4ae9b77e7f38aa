// Package impact keeps analyses of what a measure changed, so that nobody can
// look first and ask afterwards.
//
// An analysis is registered before its outcome data are loaded: the question,
// the measure and its date, the series, the method down to its columns, and what
// is expected. Then it is run, once, by an entry that names the registration and
// the hash of the data. Data that this node held before the registration are
// found out and said; such a run is exploration, whatever it shows. Rival
// explanations are answered one by one, or stand unanswered.
//
//	a, err := impact.Register(tx, impact.Plan{Question: …, Date: "2005-01-01", Design: …})
//	outcome, err := impact.Analyse(a.Plan.Design, data)
//	err = impact.Run(tx, a.ID, impact.Data{Blob: sum}, outcome)
//
// Promises: a registration is never changed; what an analysis may say is drawn
// by the rule of package causal and by nothing here. Words, columns and results
// are sealed under the analysis; tables hold dates, codes and the verdict. It
// trusts its caller for access, and that data were not seen elsewhere, which no
// record can know.
package impact

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// The methods that can be registered.
const (
	Series    = "its"   // interrupted time series
	State     = "state" // local level with regression
	Control   = "sc"    // synthetic control
	Diff      = "did"   // difference in differences
	SynthDiff = "sdid"  // synthetic difference in differences
)

// Methods returns the methods that can be registered.
func Methods() []string { return []string{Series, State, Control, Diff, SynthDiff} }

// What can be expected of an effect.
const (
	Fewer = "fewer"
	More  = "more"
	None  = "none" // no effect is expected
)

// A Plan is what is registered.
type Plan struct {
	Situation string `json:"-"`
	Marking   string `json:"-"`
	Date      string `json:"-"` // of the measure, YYYY-MM-DD
	Expect    string `json:"-"`
	Question  string `json:"question"`
	Measure   string `json:"measure"`
	Tool      string `json:"tool,omitempty"` // its name in the evidence table, or ""
	Data      string `json:"data"`           // which series, whose, by what method counted
	Because   string `json:"because"`
	Design    Design `json:"design"`
}

// An Analysis is what the tables say of one.
type Analysis struct {
	ID, Situation, Marking, Method, Expect string
	Date                                   time.Time // of the measure
	By                                     string
	At                                     time.Time
	Entry                                  int64
	Ran                                    *Ran // nil until it is run
}

// Ran is what the tables say of a run.
type Ran struct {
	Entry    int64
	By       string
	At       time.Time
	Blob     string // SHA-256 of the data
	Seen     int64  // the entry that brought these data before the registration, or 0
	Verdict  causal.Verdict
	Grade    causal.Grade
	Effect   causal.Interval
	Compared bool // with other units
}

// The open parts.
type (
	registered struct {
		ID        string `json:"id"`
		Situation string `json:"situation,omitempty"`
		Method    string `json:"method"`
		Date      string `json:"date"`
		Expect    string `json:"expect"`
	}
	ran struct {
		Analysis string          `json:"analysis"`
		Plan     int64           `json:"plan"` // the entry of the registration
		Blob     string          `json:"blob"`
		Seen     int64           `json:"seen,omitempty"`
		Verdict  causal.Verdict  `json:"verdict"`
		Grade    causal.Grade    `json:"grade"`
		Effect   causal.Interval `json:"effect"`
		Compared bool            `json:"compared"`
	}
	answered struct {
		Analysis string       `json:"analysis"`
		Rival    causal.Rival `json:"rival"`
	}
)

// Register writes an analysis down before its data are loaded.
func Register(tx *record.Tx, p Plan) (Analysis, error) {
	if err := p.check(); err != nil {
		return Analysis{}, err
	}
	if err := known(tx.View, &p); err != nil {
		return Analysis{}, err
	}
	id, err := tx.NextID("IMP")
	if err != nil {
		return Analysis{}, err
	}
	subjects := []string{id}
	if p.Situation != "" {
		subjects = append(subjects, p.Situation)
	}
	_, err = tx.Append(record.Draft{Kind: "impact.registered", Subjects: subjects, Marking: p.Marking,
		Open: registered{id, p.Situation, p.Design.Method, p.Date, p.Expect}, Sealed: p})
	if err != nil {
		return Analysis{}, err
	}
	return Get(tx.View, id)
}

// check refuses a plan that leaves something open.
func (p *Plan) check() error {
	for _, s := range []*string{&p.Question, &p.Measure, &p.Data, &p.Because, &p.Tool, &p.Design.Time, &p.Design.Outcome, &p.Design.Start, &p.Date} {
		if *s = strings.TrimSpace(*s); len(*s) > 20000 {
			return fault.Invalid("question", "a text has %d bytes, must have at most 20,000", len(*s))
		}
	}
	if p.Marking == "" {
		p.Marking = "AMBER"
	}
	if p.Design.Start == "" {
		p.Design.Start = p.Date
	}
	for _, must := range [][3]string{
		{"question", p.Question, "say what is asked"}, {"measure", p.Measure, "say what was done"}, {"data", p.Data, "say which series will answer, and who counts it"},
		{"time", p.Design.Time, "name the column of times"}, {"outcome", p.Design.Outcome, "name the column of outcomes"},
	} {
		if must[1] == "" {
			return fault.Invalid(must[0], "%s", must[2])
		}
	}
	if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
		return fault.Invalid("date", "%q is not a date: write YYYY-MM-DD", p.Date)
	}
	if !slices.Contains([]string{Fewer, More, None}, p.Expect) {
		return fault.Invalid("expect", "%q is no expectation: fewer, more or none", p.Expect)
	}
	return p.Design.Check()
}

// Words returns what was registered.
func Words(v *record.View, a Analysis) (p Plan, err error) {
	err = v.Unseal(a.Entry, &p)
	p.Situation, p.Marking, p.Date, p.Expect = a.Situation, a.Marking, a.Date.Format(time.DateOnly), a.Expect
	return p, err
}

// Data is what an analysis is run on: the hash of the file, and the entry that
// brought the same bytes before the registration, or 0.
type Data struct {
	Blob string
	Seen int64
}

// Run writes the outcome of a registered analysis down. It runs once.
func Run(tx *record.Tx, id string, d Data, o *Outcome) (record.Entry, error) {
	a, err := Get(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	if a.Ran != nil {
		return record.Entry{}, fault.WithHint(fault.Stale("%s was run at entry %d", id, a.Ran.Entry), "register another analysis, and say in it what this one showed")
	}
	if err := o.check(); err != nil {
		return record.Entry{}, err
	}
	earlier, err := firstRun(tx.Tx, d.Blob)
	if err != nil {
		return record.Entry{}, err
	}
	if earlier > 0 && (d.Seen == 0 || earlier < d.Seen) {
		d.Seen = earlier
	}
	if d.Seen > a.Entry {
		d.Seen = 0 // they came after the registration
	}
	if d.Seen > 0 {
		o.Grade = causal.VeryLow
		o.Reasons = append(o.Reasons, "data-seen")
	}
	subjects := []string{id}
	if a.Situation != "" {
		subjects = append(subjects, a.Situation)
	}
	return tx.Append(record.Draft{Kind: "impact.ran", Subjects: subjects, Marking: a.Marking,
		Open: ran{id, a.Entry, d.Blob, d.Seen, o.Verdict, o.Grade, o.Effect, o.Compared}, Sealed: o})
}

// check refuses an outcome that cannot be written as JSON.
func (o *Outcome) check() error {
	if !o.Effect.Finite() {
		return fault.Invalid("outcome", "the effect has no finite interval")
	}
	return nil
}

// OutcomeOf returns the whole outcome of a run.
func OutcomeOf(v *record.View, r Ran) (o Outcome, err error) {
	err = v.Unseal(r.Entry, &o)
	return o, err
}

// Answer says why a rival explanation does or does not hold.
func Answer(tx *record.Tx, id string, rival causal.Rival, text string) (record.Entry, error) {
	a, err := Get(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	if !slices.Contains(causal.Rivals(true), rival) {
		return record.Entry{}, fault.Invalid("rival", "%q is not a rival explanation: one of %s", rival, strings.Trim(fmt.Sprint(causal.Rivals(true)), "[]"))
	}
	if text = strings.TrimSpace(text); text == "" || len(text) > 20000 {
		return record.Entry{}, fault.Invalid("text", "answer the rival in 1 to 20,000 bytes")
	}
	subjects := []string{id}
	if a.Situation != "" {
		subjects = append(subjects, a.Situation)
	}
	return tx.Append(record.Draft{Kind: "impact.rival-answered", Subjects: subjects, Marking: a.Marking,
		Open: answered{id, rival}, Sealed: map[string]string{"text": text}})
}

// An Answered is what somebody said of a rival.
type Answered struct {
	Rival causal.Rival
	By    string
	At    time.Time
	Entry int64
}

// Text returns the words of an answer.
func (a Answered) Text(v *record.View) (string, error) {
	var words struct {
		Text string `json:"text"`
	}
	err := v.Unseal(a.Entry, &words)
	return words.Text, err
}
