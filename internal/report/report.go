// Package report takes in what sources tell us and keeps the fate of it.
//
// A report has a source type (embassy, UN field presence, regional body, civil
// society, media, anonymous: all with equal standing), the day and place it is
// about, and a text. It arrives through a web form, a spreadsheet, a field
// client or the API, and is then assessed (source A to F, content 1 to 6, as in
// the Admiralty system), linked to situations, used in warnings, and may lead
// to decisions.
//
//	desk := report.New(rec)
//	receipt, err := desk.Submit(tx, report.SubmitInput{SourceType: "civil-society", Occurred: day, Country: "XAA", Text: "…"})
//	fate, err := desk.Fate(v, receipt.Code)
//
// Every reporter gets a receipt: a random code of 95 bits under which anyone
// who holds it can read what became of the report, without signing in. Only a
// keyed digest of the code is stored, so nobody can read codes out of the node.
//
// All words, the position and the attachments' names are sealed under the
// report's own key. Who the source is and how to reach it is an entry of its
// own, protected, under another key ([Keys]): it opens only for a purpose that
// is recorded, and can be erased while the words stand.
//
// A report that comes twice is recognised by its client's instance, by the
// source's own reference, or by its words, day and place; keyed digests of
// these are kept. They survive an erasure and let the holder of the node's keys
// test a guess at the whole text, no more. Who tells the same again is told which
// report that is. Somebody else is not: that would tell an adversary who got hold
// of a text whether it has been sent, and what was done. That person's report
// gets a number, a receipt and a fate of its own, says nothing to outsiders of
// the first, and is in no list: see Report.RepeatOf. A form that is sent twice is
// one report, and has the same receipt both times.
// Whether two reports tell the same in other words, and whether a reporter may
// read the fate of the first, is for a person to say: see [Join] and [Part].
//
// The package trusts its caller to have decided who may do this, and that the
// ids of situations, warnings and decisions exist.
package report

import (
	"slices"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of a report, in the order in which they come. A report never goes
// back, except that Withdrawn can follow any.
const (
	Received  = "received"
	Assessed  = "assessed"
	Used      = "used" // in a warning
	Led       = "led"  // to a decision
	Withdrawn = "withdrawn"
)

// States returns all states.
func States() []string { return []string{Received, Assessed, Used, Led, Withdrawn} }

// A Report is one as it stands at the moment of reading.
type Report struct {
	ID          string    `json:"id"`
	SourceType  string    `json:"source_type"` // one of events.SourceTypes
	Occurred    time.Time `json:"occurred"`    // the day it is about, midnight UTC
	Country     string    `json:"country,omitempty"`
	Channel     string    `json:"channel"` // how it came: one of Channels
	State       string    `json:"state"`
	Marking     string    `json:"marking"`
	Received    time.Time `json:"received"`
	Actor       string    `json:"actor,omitempty"`       // who entered it; "" without sign-in
	Reliability string    `json:"reliability,omitempty"` // of the source, A to F; "" before the assessment
	Credibility int       `json:"credibility,omitempty"` // of the content, 1 to 6
	Entry       int64     `json:"entry"`                 // the entry with which it came
	Assessment  int64     `json:"assessment,omitempty"`  // the entry with the latest assessment
	Identity    int64     `json:"identity,omitempty"`    // the protected entry that says who the source is
	Repeats     int       `json:"repeats,omitempty"`     // how often it came again
	RepeatOf    string    `json:"repeat_of,omitempty"`   // the report that says the same
	Joined      int64     `json:"joined,omitempty"`      // the entry by which somebody said so; 0 where only the words tell
	Erased      bool      `json:"erased,omitempty"`      // its words were destroyed

	Words
	words int64 // the entry that holds them

	Situations []string `json:"situations"`
	Warnings   []string `json:"warnings"`  // in which it was used
	Decisions  []string `json:"decisions"` // to which it led
}

// Words are what is sealed of a report.
type Words struct {
	Title       string       `json:"title,omitempty"`
	Text        string       `json:"text"`
	Place       string       `json:"place,omitempty"`
	Position    *Position    `json:"position,omitempty"`
	Population  string       `json:"population,omitempty"` // people at risk, as they name themselves
	What        []string     `json:"what,omitempty"`       // choices of the form: "killing", "displacement" …
	Killed      *int         `json:"killed,omitempty"`
	KnownBy     string       `json:"known_by,omitempty"` // choice of the form: "seen", "witness" …
	Reference   string       `json:"reference,omitempty"`
	Language    string       `json:"language,omitempty"` // BCP 47
	Attachments []Attachment `json:"attachments,omitempty"`
}

// A Position is in degrees (WGS 84); Accuracy is in metres, 0 if unknown.
type Position struct {
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Accuracy float64 `json:"accuracy,omitempty"`
}

// An Attachment is a file that came with a report and is kept as a blob.
type Attachment struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Type   string `json:"type,omitempty"` // of its content
}

// An Identity says who a source is and how to reach it.
type Identity struct {
	Name         string `json:"name,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Contact      string `json:"contact,omitempty"`
	Safety       string `json:"safety,omitempty"`    // how and when contact is safe
	FollowUp     bool   `json:"follow_up,omitempty"` // the source agrees to be contacted
}

// Keys returns the subjects whose erasure destroys a report: its words, and who
// the source is. Erasing only the second leaves a report whose source nobody
// can tell any more.
func Keys(id string) (words, identity string) { return id, id + "/source" }

// A Filter selects reports; zero fields select all.
type Filter struct {
	Situation  string
	State      string
	SourceType string
	Country    string
	Unlinked   bool      // to no situation
	Repeating  string    // those that came again with the words of this report; "" is only first ones
	From, To   time.Time // by the day they are about, both inclusive
	After      int64     // only reports with an Entry from this on
	Before     int64     // of a page: only reports with an Entry below this
	Limit      int       // of a page: at most 500; 0 is 50
}

// Get returns a report with its words.
func Get(v *record.View, id string) (Report, error) {
	rows, err := readReports(v.Tx, Filter{Limit: 1}, id)
	if err != nil {
		return Report{}, err
	}
	if len(rows) == 0 {
		return Report{}, fault.NotFound("there is no report %s", id)
	}
	if err := complete(v, rows); err != nil {
		return Report{}, err
	}
	return rows[0], nil
}

// List returns a page of the reports that a filter selects, the newest first.
// For the next page, set Before to the Entry of the last one.
func List(v *record.View, f Filter) ([]Report, error) {
	rows, err := readReports(v.Tx, f, "")
	if err != nil {
		return nil, err
	}
	return rows, complete(v, rows)
}

// Count returns how many reports a filter selects on all pages, by state.
func Count(v *record.View, f Filter) (map[string]int, error) { return countReports(v.Tx, f) }

// Attached returns the SHA-256 of every file that came with a report other than
// one. It reads the words of all of them.
func Attached(v *record.View, but string) (map[string]bool, error) {
	entries, err := readWords(v.Tx, but)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, e := range entries {
		var w Words
		if err := v.Unseal(e, &w); err != nil && fault.KindOf(err) != fault.KindNotFound {
			return nil, err
		}
		for _, a := range w.Attachments {
			out[a.SHA256] = true
		}
	}
	return out, nil
}

// complete adds words, links and uses to rows.
func complete(v *record.View, rows []Report) error {
	if err := AddWords(v, rows); err != nil {
		return err
	}
	return addLinks(v, rows)
}

// AddWords adds the words to reports that were read without them.
func AddWords(v *record.View, rows []Report) error {
	for i := range rows {
		r := &rows[i]
		switch err := v.Unseal(r.words, &r.Words); {
		case fault.KindOf(err) == fault.KindNotFound:
			r.Erased = true
		case err != nil:
			return err
		}
	}
	return nil
}

// addLinks adds to rows what they belong to and what they led to.
func addLinks(v *record.View, rows []Report) error {
	at := map[string]*Report{}
	ids := make([]string, len(rows))
	for i := range rows {
		r := &rows[i]
		at[r.ID], ids[i] = r, r.ID
		r.Situations, r.Warnings, r.Decisions = []string{}, []string{}, []string{}
	}
	links, err := readLinks(v.Tx, ids)
	if err != nil {
		return err
	}
	for _, l := range links {
		r := at[l.report]
		switch l.kind {
		case "situation":
			r.Situations = append(r.Situations, l.to)
		case "warning":
			r.Warnings = append(r.Warnings, l.to)
		case "decision":
			r.Decisions = append(r.Decisions, l.to)
		}
	}
	return nil
}

// NoteOf returns the words of an assessment, a link or a withdrawal, or ""
// where there are none or they were erased.
func NoteOf(v *record.View, entry int64) (string, error) {
	var n note
	err := v.Unseal(entry, &n)
	if fault.KindOf(err) == fault.KindNotFound {
		return "", nil
	}
	return n.Note, err
}

// A Step is one thing that became of a report.
type Step struct {
	State string    `json:"state"`
	At    time.Time `json:"at"`
	In    string    `json:"in,omitempty"` // the warning or the decision
}

// A Fate is what the holder of a receipt may know.
type Fate struct {
	Report string `json:"report"`
	State  string `json:"state"`
	Steps  []Step `json:"steps"` // in the order in which they came, the first is Received
}

// Fate returns what became of the report to which a receipt code belongs. A
// code that cannot be one is Invalid, one that belongs to no report NotFound.
func (d *Desk) Fate(v *record.View, code string) (Fate, error) {
	id, err := d.ByReceipt(v, code)
	if err != nil {
		return Fate{}, err
	}
	return FateOf(v, id)
}

// ByReceipt returns the id of the report to which a receipt code belongs.
func (d *Desk) ByReceipt(v *record.View, code string) (string, error) {
	plain, err := parseCode(code)
	if err != nil {
		return "", err
	}
	id, err := readMark(v.Tx, d.keys.Blind("receipt", plain))
	if err == nil && id == "" {
		err = fault.NotFound("no report has this receipt")
	}
	return id, err
}

// FateOf returns what became of a report.
func FateOf(v *record.View, id string) (Fate, error) {
	rows, err := readReports(v.Tx, Filter{Limit: 1}, id)
	if err != nil {
		return Fate{}, err
	}
	if len(rows) == 0 {
		return Fate{}, fault.NotFound("there is no report %s", id)
	}
	f := Fate{Report: id, State: rows[0].State, Steps: []Step{{State: Received, At: rows[0].Received}}}
	steps, err := readSteps(v.Tx, id)
	if err != nil {
		return Fate{}, err
	}
	f.Steps = append(f.Steps, steps...)
	if rows[0].Joined > 0 {
		if err := f.share(v, rows[0]); err != nil {
			return Fate{}, err
		}
	}
	slices.SortStableFunc(f.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
	return f, nil
}
