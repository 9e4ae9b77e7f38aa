// Package coding says what an item of evidence shows, in words that an office
// has agreed on: fields of a controlled vocabulary, events with date and place,
// persons, places.
//
// One person codes an item, another reviews that, and for one item nobody ever
// does both: who has coded it does not review its coding, who has reviewed its
// coding does not code it. A coding waits, is accepted, or goes back with words
// on what is to be done. Coding it anew makes it wait again; what it said before
// stays in the record.
//
//	e, err := coding.Code(tx, "E-7.3", "AMBER", coding.Input{Terms: …, Content: coding.Content{Persons: …}})
//	e, err := coding.Review(tx, "E-7.3", "AMBER", coding.Accepted, "")
//	c, err := coding.Get(v, "E-7.3")
//
// The vocabulary is a CSV file that an office can edit; one comes with Heed.
//
// Promises: names, places, dates and words are sealed under the item's key and
// go when it is erased; tables hold the codes of the vocabulary and who did
// what. It trusts its caller for access and that the item exists.
package coding

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of a coding.
const (
	ToReview = "to-review"
	Accepted = "accepted"
	Returned = "returned" // with words on what is to be done
)

// A Term is a value of a field of the vocabulary.
type Term struct {
	Field string `json:"field"`
	Code  string `json:"code"`
}

// String is a term as it is written in one word.
func (t Term) String() string { return t.Field + "=" + t.Code }

// ParseTerm reads a term that is written in one word.
func ParseTerm(s string) (Term, error) {
	field, code, ok := strings.Cut(s, "=")
	if !ok || field == "" || code == "" {
		return Term{}, fault.Invalid("terms", "%.60q: write a field of the vocabulary and its code, as act=killing", s)
	}
	return Term{field, code}, nil
}

// An Event is something that an item shows or tells.
type Event struct {
	Date  string `json:"date,omitempty"` // YYYY-MM-DD, or YYYY-MM, or YYYY; "" is not known
	Place string `json:"place,omitempty"`
	What  string `json:"what,omitempty"`
}

// A Person is somebody whom an item shows or names.
type Person struct {
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
}

// Content is what is sealed of a coding.
type Content struct {
	Events  []Event  `json:"events,omitempty"`
	Persons []Person `json:"persons,omitempty"`
	Places  []string `json:"places,omitempty"`
	Note    string   `json:"note,omitempty"`
}

// Input is what somebody codes.
type Input struct {
	Terms []Term
	Content
}

// A Coding is what was coded last of an item, and where its review stands.
type Coding struct {
	Item     string    `json:"item"`
	Entry    int64     `json:"entry"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	State    string    `json:"state"`
	Reviewer string    `json:"reviewer,omitempty"`
	Review   int64     `json:"review_entry,omitempty"`
	Terms    []Term    `json:"terms"`
}

// The parts of entries.
type (
	codedOpen struct {
		Item  string `json:"item"`
		Terms []Term `json:"terms"`
	}
	reviewedOpen struct {
		Item  string `json:"item"`
		State string `json:"state"`
	}
	reviewedWords struct {
		Note string `json:"note"`
	}
)

// The limits of one coding.
const (
	mostParts = 200    // terms, events, persons, places
	longest   = 10_000 // bytes of a text
)

// check trims what was entered and says what is wrong with it.
func (in *Input) check(v Vocabulary) error {
	if n := max(len(in.Terms), len(in.Events), len(in.Persons), len(in.Places)); n > mostParts {
		return fault.Invalid("coding", "there are %d of one kind, at most %d", n, mostParts)
	}
	slices.SortFunc(in.Terms, func(a, b Term) int { return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Code, b.Code)) })
	in.Terms = slices.Compact(in.Terms)
	for _, t := range in.Terms {
		if !v.Has(t) {
			return fault.WithHint(fault.Invalid("terms", "%.80q is not in the vocabulary", t.String()), "heed evidence vocabulary shows what is")
		}
	}
	for n := range in.Events {
		e := &in.Events[n]
		if err := cmp.Or(short("events", &e.Place), short("events", &e.What)); err != nil {
			return err
		}
		if e.Date = strings.TrimSpace(e.Date); !isDate(e.Date) {
			return fault.Invalid("events", "%.40q is not a date: write YYYY-MM-DD, YYYY-MM or YYYY", e.Date)
		}
		if e.Date+e.Place+e.What == "" {
			return fault.Invalid("events", "an event says nothing")
		}
	}
	for n := range in.Persons {
		p := &in.Persons[n]
		if err := cmp.Or(short("persons", &p.Name), short("persons", &p.Role)); err != nil {
			return err
		}
		if p.Name == "" {
			return fault.Invalid("persons", "a person needs a name, or a word for who it is")
		}
	}
	for n := range in.Places {
		if err := short("places", &in.Places[n]); err != nil {
			return err
		}
		if in.Places[n] == "" {
			return fault.Invalid("places", "a place needs a name")
		}
	}
	if err := short("note", &in.Note); err != nil {
		return err
	}
	if len(in.Terms)+len(in.Events)+len(in.Persons)+len(in.Places) == 0 {
		return fault.Invalid("terms", "say at least one thing that the item shows")
	}
	return nil
}

func short(field string, text *string) error {
	if *text = strings.TrimSpace(*text); len(*text) > longest {
		return fault.Invalid(field, "a text has %d bytes, must have at most %d", len(*text), longest)
	}
	return nil
}

func isDate(s string) bool {
	for _, form := range []string{"", "2006", "2006-01", time.DateOnly} {
		if _, err := time.Parse(form, s); err == nil && len(s) == len(form) {
			return true
		}
	}
	return false
}

// Code says what an item shows. It waits for a review from then on.
func Code(tx *record.Tx, item, marking string, in Input) (record.Entry, error) {
	v, _, err := Current(tx.View)
	if err != nil {
		return record.Entry{}, err
	}
	if err := in.check(v); err != nil {
		return record.Entry{}, err
	}
	if err := otherHand(tx, item, reviewer, "whoever has reviewed the coding of %s does not code it"); err != nil {
		return record.Entry{}, err
	}
	if in.Terms == nil {
		in.Terms = []Term{}
	}
	return tx.Append(record.Draft{Kind: "coding.coded", Subjects: []string{item}, Marking: marking, Open: codedOpen{item, in.Terms}, Sealed: in.Content})
}

// Review accepts the coding of an item, or gives it back with words.
func Review(tx *record.Tx, item, marking, state, note string) (record.Entry, error) {
	c, err := Get(tx.View, item)
	if err != nil {
		return record.Entry{}, err
	}
	if err := otherHand(tx, item, coder, "whoever has coded %s does not review that"); err != nil {
		return record.Entry{}, err
	}
	switch {
	case state != Accepted && state != Returned:
		return record.Entry{}, fault.Invalid("state", "%.40q is not %s or %s", state, Accepted, Returned)
	case c.State != ToReview:
		return record.Entry{}, fault.WithHint(fault.Stale("the coding of %s was reviewed at entry %d", item, c.Review), "it waits for a review again when it is coded anew")
	}
	if err := short("note", &note); err != nil {
		return record.Entry{}, err
	}
	if state == Returned && note == "" {
		return record.Entry{}, fault.Invalid("note", "say what is to be done first")
	}
	d := record.Draft{Kind: "coding.reviewed", Subjects: []string{item}, Marking: marking, Open: reviewedOpen{item, state}}
	if note != "" {
		d.Sealed = reviewedWords{note}
	}
	return tx.Append(d)
}

// otherHand refuses an act on an item by somebody who had the other part in it.
func otherHand(tx *record.Tx, item, part, why string) error {
	had, err := readHand(tx.Tx, item, tx.By.Person, part)
	if err == nil && had {
		err = fault.Denied(why, item)
	}
	return err
}

// ContentOf returns what is sealed of a coding; of one whose item was erased,
// a fault of kind NotFound.
func ContentOf(v *record.View, c Coding) (x Content, err error) {
	err = v.Unseal(c.Entry, &x)
	return x, err
}

// ReadCoded reads the parts of an entry by which an item was coded, as they come
// with an item from another custodian. The terms are those of that office.
func ReadCoded(open, sealed []byte) ([]Term, Content, error) {
	var o codedOpen
	var c Content
	if len(open) > mostParts*longest || len(sealed) > mostParts*longest {
		return nil, Content{}, fault.Invalid("coding", "it has more than %d bytes", mostParts*longest)
	}
	if err := errors.Join(record.DecodeStrict(open, &o), record.DecodeStrict(sealed, &c)); err != nil {
		return nil, Content{}, fault.Invalid("coding", "%w", err)
	}
	if max(len(o.Terms), len(c.Events), len(c.Persons), len(c.Places)) > mostParts {
		return nil, Content{}, fault.Invalid("coding", "there are more than %d of one kind", mostParts)
	}
	return o.Terms, c, nil
}

// NoteOf returns the words of a review, "" where there are none or no longer.
func NoteOf(v *record.View, entry int64) (string, error) {
	e, err := v.Entry(entry)
	if err != nil || !e.HasSealed() {
		return "", err
	}
	var w reviewedWords
	err = v.Unseal(entry, &w)
	if fault.KindOf(err) == fault.KindNotFound {
		return "", nil
	}
	return w.Note, err
}

// StateIn returns the state that a review came to.
func StateIn(e record.Entry) (string, error) {
	var x reviewedOpen
	err := e.Decode(&x)
	return x.State, err
}
