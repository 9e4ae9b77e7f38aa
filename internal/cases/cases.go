// Package cases follows evidence to what it was for: a case before an
// authority, what a prosecutor asked, what was answered and how long that
// took, and what came of it.
//
// A case is opened with the authority that leads it and the state in which it
// does. Which items belong to it the items say: they are linked to the case
// (see package evidence), so that one who may not see an item does not see it
// here. A request for assistance is entered as it came: who asked, when, for
// what, by when an answer is due. Every request gets one answer. To give
// nothing is an answer as well, with the reason; so is to give a part. The
// outcomes (charge, conviction, acquittal, the end) each name their source.
//
//	id, err := cases.Open(tx, cases.Input{Words: cases.Words{Name: …, Authority: …}, In: "NLD"})
//	rq, err := cases.Receive(tx, id, cases.Asked{From: …, Text: …}, received, due)
//	e, err := cases.Reply(tx, rq, cases.Answer{Outcome: cases.Given, Items: …})
//	e, err := cases.Conclude(tx, id, cases.Outcome{What: cases.Conviction, Source: …})
//
// Promises: a request is answered once; the time to answer is from when it was
// received to the entry of the answer, and nobody writes it; a case does not end
// while a request waits. Names, offices, words and reasons are sealed under the
// case; tables hold ids, dates and states.
//
// It trusts its caller for access, that items exist, and that what is given was
// permitted (package consent).
package cases

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of a case: open, or what came of it last.
const (
	Opened     = "open"
	Charge     = "charge"
	Conviction = "conviction"
	Acquittal  = "acquittal"
	Closed     = "closed"
)

// States returns all states of a case.
func States() []string { return []string{Opened, Charge, Conviction, Acquittal, Closed} }

// Outcomes returns what can come of a case.
func Outcomes() []string { return States()[1:] }

// What an answer can be.
const (
	Given   = "given"   // what was named goes to them
	Part    = "partial" // some of it does, the rest is withheld with the reasons
	Refused = "refused" // none does, for reasons
	Nothing = "nothing" // nothing is held that was asked for
)

// Words are what is sealed of a case.
type Words struct {
	Name      string   `json:"name"`
	Authority string   `json:"authority"`         // that leads it, as permissions name it
	Classes   []string `json:"classes,omitempty"` // what the authority is: court, state, …
	Note      string   `json:"note,omitempty"`
}

// A Case is one case as it stands.
type Case struct {
	ID        string    `json:"id"` // "CS-1"
	In        string    `json:"jurisdiction"`
	Situation string    `json:"situation,omitempty"`
	Marking   string    `json:"marking"`
	State     string    `json:"state"` // one of States
	By        string    `json:"by"`
	At        time.Time `json:"opened"`
	Entry     int64     `json:"entry"`
}

// Input is what a case is opened with.
type Input struct {
	Words
	In        string // the state in which the authority acts, ISO 3166 alpha-3
	Situation string
	Marking   string // "" is AMBER+STRICT
}

// Asked is what is sealed of a request: who asked for what.
type Asked struct {
	From    string          `json:"from"`   // the person who signed it
	Office  string          `json:"office"` // for which, as permissions name it
	Classes []string        `json:"classes,omitempty"`
	In      string          `json:"in"` // where it would be used
	For     consent.Purpose `json:"for"`
	Death   consent.Death   `json:"death,omitempty"` // whether it may end in a death sentence
	Text    string          `json:"text"`
}

// A Request is a request for assistance, and where its answer stands.
type Request struct {
	ID       string    `json:"id"` // "RQ-1"
	Case     string    `json:"case"`
	Marking  string    `json:"-"`
	Received time.Time `json:"received"`
	Due      time.Time `json:"due"`
	Entry    int64     `json:"entry"`
	Outcome  string    `json:"outcome,omitempty"` // "" while it waits
	Answered time.Time `json:"answered,omitzero"`
	Answer   int64     `json:"answer_entry,omitempty"`
}

// Took is the time from when a request was received to its answer; ok is false
// while it waits.
func (r Request) Took() (d time.Duration, ok bool) {
	if r.Answer == 0 {
		return 0, false
	}
	return r.Answered.Sub(r.Received), true
}

// Waits is nil while a request waits for its answer.
func (r Request) Waits() error {
	if r.Answer == 0 {
		return nil
	}
	return fault.WithHint(fault.Stale("%s was answered at entry %d", r.ID, r.Answer), "what is asked again is a new request")
}

// Late tells whether a request waits past its date.
func (r Request) Late(at time.Time) bool { return r.Answer == 0 && at.After(r.Due) }

// A Withheld is an item that was not given, and why.
type Withheld struct {
	Item string `json:"item"`
	Why  string `json:"why"`
}

// An Answer is what was answered to a request.
type Answer struct {
	Outcome  string        // Given, Part, Refused or Nothing
	Items    []string      // that go to them
	Withheld []Withheld    // that were looked at and do not
	Marking  string        // the strictest of the items
	Death    consent.Death // as it was known when it was answered
	Text     string
	How      string // by which it went: a hand-over, a courier
}

// An Outcome is something that came of a case.
type Outcome struct {
	Entry  int64     `json:"entry"`
	What   string    `json:"what"` // one of Outcomes
	Date   time.Time `json:"date"`
	By     string    `json:"by"`
	Of     string    `json:"of,omitempty"` // whom it concerns
	Text   string    `json:"text,omitempty"`
	Source string    `json:"source"`
}

// The open parts.
type (
	openedOpen struct {
		ID        string `json:"id"`
		In        string `json:"in"`
		Situation string `json:"situation,omitempty"`
	}
	askedOpen struct {
		ID       string `json:"id"`
		Case     string `json:"case"`
		Received int64  `json:"received"` // microseconds
		Due      int64  `json:"due"`
	}
	answeredOpen struct {
		Request  string   `json:"request"`
		Case     string   `json:"case"`
		Outcome  string   `json:"outcome"`
		Items    []string `json:"items,omitempty"`
		Withheld []string `json:"withheld,omitempty"`
	}
	concludedOpen struct {
		Case string `json:"case"`
		What string `json:"what"`
		Date string `json:"date"`
	}
)

// The sealed parts.
type (
	answeredWords struct {
		Text  string        `json:"text,omitempty"`
		How   string        `json:"how,omitempty"`
		Death consent.Death `json:"death,omitempty"`
		Why   []Withheld    `json:"why,omitempty"`
	}
	concludedWords struct {
		Of     string `json:"of,omitempty"`
		Text   string `json:"text,omitempty"`
		Source string `json:"source"`
	}
)

// ours is how the ids of cases look; what else an item is linked to as a case
// is somebody else's.
var ours = regexp.MustCompile(`^CS-[1-9][0-9]{0,17}$`)

// Ours tells whether an id is one that this node gives to cases.
func Ours(id string) bool { return ours.MatchString(id) }

var stateForm = regexp.MustCompile(`^[A-Z]{3}$`)

// said trims a text that must be there.
func said(field string, text *string, what string) error {
	*text = strings.TrimSpace(*text)
	if *text == "" {
		return fault.Invalid(field, "say %s", what)
	}
	return short(field, text)
}

func short(field string, text *string) error {
	if *text = strings.TrimSpace(*text); len(*text) > 10_000 {
		return fault.Invalid(field, "a text has %d bytes, must have at most 10,000", len(*text))
	}
	return nil
}

// party checks the name of an office and its classes as permissions spell
// them: any other spelling would be refused by every permission.
func party(field, name string, classes []string) error {
	p := consent.Permission{ID: "x", Given: time.Unix(1, 0), Onward: consent.NotOnward, To: []string{name}}
	for _, c := range classes {
		p.To = append(p.To, "class:"+c)
	}
	if err := p.Check(); err != nil {
		return fault.Invalid(field, "write it as a permission would name it (letters, digits, spaces, . _ / & ( ) ' -): %w", err)
	}
	return nil
}

func state(field, iso string) error {
	if !stateForm.MatchString(iso) {
		return fault.Invalid(field, "%.20q is not a state as ISO 3166 names it with three letters", iso)
	}
	return nil
}

func marking(m string) (string, error) {
	if m == "" {
		return "AMBER+STRICT", nil
	}
	if !slices.Contains(record.Markings, m) {
		return m, fault.Invalid("marking", "marking %q is not one of %s", m, strings.Join(record.Markings, ", "))
	}
	return m, nil
}
