package view

import (
	"time"

	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/heed"
)

// A CaseRow is a case in a list. Items are counted of those that the reader may
// read.
type CaseRow struct {
	ID           string    `json:"id"`
	Name         heed.Text `json:"name"`
	Authority    heed.Text `json:"authority"`
	Jurisdiction string    `json:"jurisdiction"`
	Situation    heed.Ref  `json:"situation,omitzero"`
	Marking      string    `json:"marking"`
	State        string    `json:"state" enum:"open,charge,conviction,acquittal,closed"`
	By           string    `json:"by"`
	Opened       time.Time `json:"opened"`
	Entry        int64     `json:"entry"`
	Items        int       `json:"items"`
	Waiting      int       `json:"requests_waiting"`
	Late         int       `json:"requests_late"`
	Answered     int       `json:"requests_answered"`
}

// OfCaseRow is what a program reads of a case in a list.
func OfCaseRow(c heed.CaseRow) CaseRow {
	return CaseRow{c.ID, c.Name, c.Authority, c.In, c.Situation, c.Marking, c.State, c.By, c.At, c.Entry, c.Items, c.Waiting, c.Late, c.Answered}
}

// A Withheld is an item that does not go along, and why.
type Withheld struct {
	Item string `json:"item"`
	Why  string `json:"why"`
}

func withheld(w cases.Withheld) Withheld { return Withheld(w) }

// A Request is a request for assistance, with its answer.
type Request struct {
	ID         string     `json:"id"`
	Case       string     `json:"case"`
	CaseName   heed.Text  `json:"case_name"`
	From       heed.Text  `json:"from" doc:"Who signed it."`
	Office     heed.Text  `json:"office"`
	Asks       heed.Text  `json:"asks"`
	In         string     `json:"in,omitempty" doc:"The state where it would be used."`
	For        string     `json:"for,omitempty"`
	Death      string     `json:"death,omitempty"`
	Received   time.Time  `json:"received"`
	Due        time.Time  `json:"due"`
	Entry      int64      `json:"entry"`
	Overdue    bool       `json:"overdue"`
	Outcome    string     `json:"outcome,omitempty" enum:"given,partial,refused,nothing" doc:"Absent while it waits."`
	Answered   time.Time  `json:"answered,omitzero"`
	Answer     int64      `json:"answer_entry,omitempty"`
	AnsweredBy heed.Ref   `json:"answered_by,omitzero"`
	Hours      *int       `json:"hours_to_answer,omitempty"`
	Items      []string   `json:"items" nullable:"false" doc:"That went to them, of those that the reader may read."`
	Withheld   []Withheld `json:"withheld" nullable:"false"`
	Text       heed.Text  `json:"answer"`
	How        string     `json:"how,omitempty"`
}

// OfRequest is what a program reads of a request.
func OfRequest(r heed.RequestView) Request {
	return Request{ID: r.ID, Case: r.Case, CaseName: r.CaseName, From: r.From, Office: r.Office, Asks: r.Asks, In: r.In, For: r.For, Death: r.Death, Received: r.Received, Due: r.Due,
		Entry: r.Entry, Overdue: r.Overdue, Outcome: r.Outcome, Answered: r.Answered, Answer: r.Answer, AnsweredBy: r.By, Hours: r.Hours, Items: words(r.Items),
		Withheld: Each(r.Withheld, withheld), Text: r.Text, How: r.How}
}

// A CaseList is the cases that the reader may read, and the requests that wait.
type CaseList struct {
	Cases   []CaseRow                 `json:"cases" nullable:"false"`
	Facets  map[string]map[string]int `json:"facets" doc:"How many of the cases listed have which state and jurisdiction."`
	Waiting []Request                 `json:"waiting" nullable:"false" doc:"The one that is due first first."`
	Took    []int                     `json:"hours_to_answer" nullable:"false" doc:"Of every answer, the quickest first."`
}

// OfCaseList is what a program reads of a list of cases.
func OfCaseList(l heed.CaseList) CaseList {
	return CaseList{Each(l.Cases, OfCaseRow), l.Facets, Each(l.Waiting, OfRequest), Each(l.Took, func(n int) int { return n })}
}

// An Outcome is something that came of a case.
type Outcome struct {
	Entry  int64     `json:"entry"`
	What   string    `json:"what" enum:"charge,conviction,acquittal,closed"`
	Date   time.Time `json:"date"`
	Of     string    `json:"of,omitempty" doc:"Whom it concerns."`
	Text   string    `json:"text,omitempty"`
	Source string    `json:"source" doc:"Where it can be read."`
	By     heed.Ref  `json:"by"`
}

// A Case is one with what belongs to it, what was asked and answered, and what
// came of it.
type Case struct {
	CaseRow
	Note     heed.Text `json:"note"`
	OpenedBy heed.Ref  `json:"opened_by"`
	Material []ItemRow `json:"material" nullable:"false" doc:"The first 200 of its items; all of them are under /evidence?link=case:CS-1."`
	Requests []Request `json:"requests" nullable:"false"`
	Outcomes []Outcome `json:"outcomes" nullable:"false"`
}

// OfCase is what a program reads of a case.
func OfCase(c heed.CaseView) Case {
	out := Case{CaseRow: OfCaseRow(c.CaseRow), Note: c.Note, OpenedBy: c.OpenedBy, Material: Each(c.Material, OfItemRow), Requests: Each(c.Requests, OfRequest)}
	out.Outcomes = Each(c.Outcomes, func(o heed.CaseOutcome) Outcome {
		return Outcome{o.Entry, o.What, o.Date, o.Of, o.Text, o.Source, o.By}
	})
	return out
}

// A Weighed is what an answer would be, and why.
type Weighed struct {
	Request  string     `json:"request"`
	Outcome  string     `json:"outcome" enum:"given,partial,refused,nothing"`
	Items    []string   `json:"items" nullable:"false" doc:"That may go to them."`
	Withheld []Withheld `json:"withheld" nullable:"false"`
}

// OfWeighed is what a program reads of what an answer would be.
func OfWeighed(a heed.Answered) Weighed {
	return Weighed{a.Request, a.Outcome, words(a.Items), Each(a.Withheld, withheld)}
}

// A Term is a word of the vocabulary.
type Term struct {
	Field string `json:"field"`
	Code  string `json:"code"`
	Label string `json:"label" doc:"In the language in which the office works."`
}

func term(c coding.Choice) Term { return Term{c.Field, c.Code, c.Label} }

// A CodedEvent is something that an item shows or tells.
type CodedEvent struct {
	Date  string `json:"date,omitempty" doc:"YYYY-MM-DD, YYYY-MM or YYYY."`
	Place string `json:"place,omitempty"`
	What  string `json:"what,omitempty"`
}

// A CodedPerson is somebody whom an item shows or names.
type CodedPerson struct {
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
}

// A Coding is what was coded of an item, and where its review stands.
type Coding struct {
	Entry    int64         `json:"entry"`
	By       heed.Ref      `json:"by"`
	At       time.Time     `json:"at"`
	State    string        `json:"state" enum:"to-review,accepted,returned"`
	Terms    []Term        `json:"terms" nullable:"false"`
	Events   []CodedEvent  `json:"events" nullable:"false"`
	Persons  []CodedPerson `json:"persons" nullable:"false"`
	Places   []string      `json:"places" nullable:"false"`
	Note     string        `json:"note,omitempty"`
	Erased   bool          `json:"erased,omitempty"`
	Reviewer heed.Ref      `json:"reviewer,omitzero"`
	Review   int64         `json:"review_entry,omitempty"`
	Said     string        `json:"review_note,omitempty"`
}

// ofCoding is what a program reads of a coding; nothing where there is none.
func ofCoding(c *heed.CodingView) *Coding {
	if c == nil {
		return nil
	}
	return &Coding{Entry: c.Entry, By: c.By, At: c.At, State: c.State, Terms: Each(c.Terms, term), Events: Each(c.Events, func(e coding.Event) CodedEvent { return CodedEvent(e) }),
		Persons: Each(c.Persons, func(p coding.Person) CodedPerson { return CodedPerson(p) }), Places: words(c.Places), Note: c.Note, Erased: c.Erased, Reviewer: c.Reviewer, Review: c.Review, Said: c.Said}
}

// A Vocabulary is the words in force, and how they came there.
type Vocabulary struct {
	Terms   []Term     `json:"terms" nullable:"false"`
	Entry   int64      `json:"entry" doc:"With which they were put into force; 0: they come with Heed."`
	Adopted []Adoption `json:"adopted" nullable:"false" doc:"Every vocabulary that was put into force, the newest first."`
}

// An Adoption says who put a vocabulary into force, and when.
type Adoption struct {
	Entry int64     `json:"entry"`
	By    heed.Ref  `json:"by"`
	At    time.Time `json:"at"`
}

// OfVocabulary is what a program reads of the vocabulary.
func OfVocabulary(v heed.VocabularyView) Vocabulary {
	return Vocabulary{Each(v.Terms, term), v.Entry, Each(v.Adopted, func(a heed.Adoption) Adoption { return Adoption(a) })}
}
