// Package assessment judges the risk to a population by the UN Framework of
// Analysis for Atrocity Crimes: 14 risk factors with their indicators.
//
// An assessment is of one population at risk in one situation. Each indicator
// is absent, present, worsening or unknown, with the reports and other sources
// it rests on and a note. One person drafts it, with whoever helps; a second
// person, who had no hand in it, reviews it and accepts it or returns it with a
// comment. What was accepted last is how the population stands, and the matrix
// of 14 factors shows what changed since the time before.
//
//	a, err := assessment.Start(tx, assessment.StartInput{Situation: "S-1", Population: "S-1/p1", Carry: true})
//	a, err = assessment.Save(tx, a.ID, assessment.SaveInput{Marks: []assessment.Mark{
//		{Indicator: "7.14", State: assessment.Worsening, Sources: []string{"R-12"}}}})
//	a, err = assessment.Submit(tx, a.ID)
//	a, err = assessment.Review(tx, a.ID, assessment.Accept, "") // by somebody else
//	m, err := assessment.MatrixOf(v, "S-1", "S-1/p1")
//
// An indicator that is present or worsening must rest on something before it
// can be submitted. Unknown is an answer, and is never counted as calm.
//
// Marks and the numbers of reports are open, so that tables can be counted;
// notes, other sources, the summary and comments are sealed under the
// assessment's own key.
//
// Source of the factors: United Nations, Framework of Analysis for Atrocity
// Crimes (2014), in our own words (framework.csv). [Indicator.Verify] says
// which of them are still to be held against the publication; that must show.
package assessment

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

//go:embed framework.csv
var frameworkCSV string

// A Factor is one of the 14 risk factors.
type Factor struct {
	N          int         `json:"n"`
	Name       string      `json:"name"`
	Crime      string      `json:"crime"` // "common", "genocide", "crimes-against-humanity", "war-crimes"
	Indicators []Indicator `json:"indicators"`
}

// An Indicator is one sign of a factor.
type Indicator struct {
	Code       string `json:"code"` // "7.14"; "13.other" gathers those whose code is not verified
	Text       string `json:"text"`
	Confidence string `json:"confidence"` // how sure we are of our wording and its number
	Verify     bool   `json:"verify,omitempty"`
}

// Framework returns the 14 factors in order. It is the caller's own copy.
func Framework() []Factor {
	out := slices.Clone(framework().factors)
	for i := range out {
		out[i].Indicators = slices.Clone(out[i].Indicators)
	}
	return out
}

type frame struct {
	factors []Factor
	factor  map[string]int // the place of an indicator's factor, by code
	order   map[string]int // the place of an indicator among all
}

var framework = sync.OnceValue(func() frame {
	rows, err := csv.NewReader(strings.NewReader(frameworkCSV)).ReadAll()
	if err != nil {
		panic("assessment: framework.csv: " + err.Error())
	}
	f := frame{factor: map[string]int{}, order: map[string]int{}}
	for _, r := range rows[1:] {
		n, err := strconv.Atoi(r[0])
		if err != nil || n < 1 || n > len(f.factors)+1 {
			panic("assessment: framework.csv: factor " + r[0] + " is out of order")
		}
		if n > len(f.factors) {
			f.factors = append(f.factors, Factor{N: n, Name: r[1], Crime: strings.ReplaceAll(r[2], " ", "-")})
		}
		code := r[3]
		if code == "" {
			code = r[0] + ".other"
		}
		of := &f.factors[n-1]
		of.Indicators = append(of.Indicators, Indicator{Code: code, Text: r[4], Confidence: r[5], Verify: r[5] != "high"})
		f.factor[code], f.order[code] = n-1, len(f.order)
	}
	return f
})

// States of an indicator.
const (
	Unknown   = "unknown"
	Absent    = "absent"
	Present   = "present"
	Worsening = "worsening"
)

// States of an assessment.
const (
	Draft     = "draft"
	Submitted = "submitted" // waits for a second person
	Reviewed  = "reviewed"  // accepted
	Discarded = "discarded" // given up
)

// An Assessment is one as it stands at the moment of reading.
type Assessment struct {
	ID         string    `json:"id"`
	Situation  string    `json:"situation"`
	Population string    `json:"population"`
	State      string    `json:"state"`
	Author     string    `json:"author"`
	Hands      []string  `json:"hands,omitempty"` // everybody who had a hand in it; in Get only
	Marking    string    `json:"marking"`
	Previous   string    `json:"previous,omitempty"` // the one it is compared with
	Started    time.Time `json:"started"`
	Submitted  time.Time `json:"submitted,omitzero"`
	Reviewed   time.Time `json:"reviewed,omitzero"`
	Reviewer   string    `json:"reviewer,omitempty"` // who accepted it or returned it last
	Entry      int64     `json:"entry"`              // with which it was started
	Saved      int64     `json:"saved"`              // the entry with its words now; see SaveInput.Seen
	Review     int64     `json:"review,omitempty"`   // the entry of the last review
	Erased     bool      `json:"erased,omitempty"`   // its words were destroyed

	Summary string `json:"summary,omitempty"`
	Counts  Counts `json:"counts"`
	Marks   []Mark `json:"marks,omitempty"` // every indicator in order; in Get only
}

// A Mark is what is said of one indicator.
type Mark struct {
	Indicator string   `json:"indicator"`
	State     string   `json:"state"`
	Sources   []string `json:"sources,omitempty"` // reports, "R-12"
	Source    string   `json:"source,omitempty"`  // other sources, in words
	Note      string   `json:"note,omitempty"`
}

// Counts are how many indicators are in each state.
type Counts struct {
	Absent    int `json:"absent"`
	Present   int `json:"present"`
	Worsening int `json:"worsening"`
	Unknown   int `json:"unknown"`
}

func (c *Counts) add(state string, n int) {
	switch state {
	case Absent:
		c.Absent += n
	case Present:
		c.Present += n
	case Worsening:
		c.Worsening += n
	default:
		c.Unknown += n
	}
}

// words is what is sealed of an assessment, all of it at each saving.
type words struct {
	Summary string          `json:"summary,omitempty"`
	Notes   map[string]said `json:"notes,omitempty"` // by indicator
}

type said struct {
	Note   string `json:"note,omitempty"`
	Source string `json:"source,omitempty"`
}

// Filter selects assessments; zero fields select all.
type Filter struct {
	Situation  string
	Population string
	State      string
	Author     string
	Before     int64 // of a page: only those with an Entry below this
	Limit      int   // of a page: at most 500; 0 is 50
}

// Get returns an assessment with all its marks.
func Get(v *record.View, id string) (Assessment, error) {
	rows, err := readAssessments(v.Tx, Filter{Limit: 1}, id)
	if err != nil {
		return Assessment{}, err
	}
	if len(rows) == 0 {
		return Assessment{}, fault.NotFound("there is no assessment %s", id)
	}
	a := rows[0]
	w, err := unseal(v, &a)
	if err != nil {
		return a, err
	}
	if a.Hands, err = readHands(v.Tx, id); err != nil {
		return a, err
	}
	marks, err := readMarks(v.Tx, id)
	if err != nil {
		return a, err
	}
	for _, f := range framework().factors {
		for _, i := range f.Indicators {
			m, ok := marks[i.Code]
			if !ok {
				m = Mark{Indicator: i.Code, State: Unknown}
			}
			m.Note, m.Source = w.Notes[i.Code].Note, w.Notes[i.Code].Source
			a.Marks = append(a.Marks, m)
			a.Counts.add(m.State, 1)
		}
	}
	return a, nil
}

// unseal adds the summary to an assessment and returns all its words.
func unseal(v *record.View, a *Assessment) (w words, err error) {
	err = v.Unseal(a.Saved, &w)
	if fault.KindOf(err) == fault.KindNotFound {
		a.Erased, err = true, nil
	}
	a.Summary = w.Summary
	return w, err
}

// List returns a page of the assessments that a filter selects, the newest
// first, with their summaries and counts and without marks. For the next page,
// set Before to the Entry of the last one.
func List(v *record.View, f Filter) ([]Assessment, error) {
	rows, err := readAssessments(v.Tx, f, "")
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i := range rows {
		if _, err := unseal(v, &rows[i]); err != nil {
			return nil, err
		}
		ids[i] = rows[i].ID
	}
	states, err := readStates(v.Tx, ids)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		for _, n := range tally(states[rows[i].ID]) {
			rows[i].Counts.Absent += n.Absent
			rows[i].Counts.Present += n.Present
			rows[i].Counts.Worsening += n.Worsening
			rows[i].Counts.Unknown += n.Unknown
		}
	}
	return rows, nil
}

// Comment returns what a reviewer said with an entry, or the reason for which
// an assessment was discarded; "" where there is nothing or it was erased.
func Comment(v *record.View, entry int64) (string, error) {
	var c comment
	err := v.Unseal(entry, &c)
	if fault.KindOf(err) == fault.KindNotFound {
		return "", nil
	}
	return c.Comment, err
}

// tally counts the indicators of each factor, by state; those of which nothing
// is said are unknown.
func tally(states map[string]string) []Counts {
	all := framework().factors
	out := make([]Counts, len(all))
	for i, f := range all {
		for _, x := range f.Indicators {
			out[i].add(states[x.Code], 1)
		}
	}
	return out
}
