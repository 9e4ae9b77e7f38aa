package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A CaseFilter selects cases; zero fields select all.
type CaseFilter struct {
	State, In, Situation string
	Late                 bool      // in which a request waits past its date
	At                   time.Time // the moment at which they are looked at; zero is now
}

// A CaseRow is a case in a list. Items are counted of those that the reader may
// read.
type CaseRow struct {
	cases.Case
	Name      Text `json:"name"`
	Authority Text `json:"authority"`
	Situation Ref  `json:"situation,omitzero"`
	Items     int  `json:"items"`
	Waiting   int  `json:"requests_waiting"`
	Late      int  `json:"requests_late"`
	Answered  int  `json:"requests_answered"`
}

// A RequestView is a request with its answer, as far as the reader may read the
// items that it names.
type RequestView struct {
	cases.Request
	CaseName Text             `json:"case_name"`
	From     Text             `json:"from"`
	Office   Text             `json:"office"`
	Asks     Text             `json:"asks"`
	In       string           `json:"in,omitempty"`
	For      string           `json:"for,omitempty"`
	Death    string           `json:"death,omitempty"`
	Overdue  bool             `json:"overdue"`
	Hours    *int             `json:"hours_to_answer,omitempty"`
	Items    []string         `json:"items"`
	Withheld []cases.Withheld `json:"withheld"`
	Text     Text             `json:"answer"`
	How      string           `json:"how,omitempty"`
	By       Ref              `json:"answered_by,omitzero"`
}

// A CaseList is the cases that somebody may read, with counts, and the requests
// in them that wait.
type CaseList struct {
	Cases   []CaseRow                 `json:"cases"`
	Facets  map[string]map[string]int `json:"facets"`  // state, jurisdiction: of the cases listed
	Waiting []RequestView             `json:"waiting"` // the one that is due first first
	Took    []int                     `json:"hours_to_answer"`
}

// Median is the middle of the hours that answers took; ok is false where there
// was none.
func (l CaseList) Median() (hours int, ok bool) {
	n := len(l.Took)
	if n == 0 {
		return 0, false
	}
	return (l.Took[(n-1)/2] + l.Took[n/2]) / 2, true
}

// Cases returns the cases that who may read, the newest first.
func (h *Heed) Cases(ctx context.Context, who Who, f CaseFilter) (out CaseList, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		out = CaseList{Cases: []CaseRow{}, Facets: map[string]map[string]int{"state": {}, "jurisdiction": {}}, Waiting: []RequestView{}, Took: []int{}}
		if !f.At.IsZero() {
			e.now = f.At
		}
		all, err := cases.List(e.View)
		if err != nil {
			return err
		}
		for _, c := range all {
			if !e.may(access.CaseRead, e.caseFile(c)) || f.State != "" && c.State != f.State || f.In != "" && c.In != f.In || f.Situation != "" && c.Situation != f.Situation {
				continue
			}
			requests, err := cases.Requests(e.View, c.ID)
			if err != nil {
				return err
			}
			if f.Late && !slices.ContainsFunc(requests, func(r cases.Request) bool { return r.Late(e.now) }) {
				continue
			}
			if err := e.addCase(&out, c, requests, f.Late); err != nil {
				return err
			}
		}
		slices.Sort(out.Took)
		slices.SortStableFunc(out.Waiting, func(a, b RequestView) int { return a.Due.Compare(b.Due) })
		return nil
	})
	return out, err
}

// addCase adds a case to a list, with its requests that wait, or only those that
// are late.
func (e *eyes) addCase(out *CaseList, c cases.Case, requests []cases.Request, late bool) error {
	row, err := e.caseRow(c, requests)
	if err != nil {
		return err
	}
	out.Cases = append(out.Cases, row)
	out.Facets["state"][c.State]++
	out.Facets["jurisdiction"][c.In]++
	for _, r := range requests {
		if took, ok := r.Took(); ok {
			out.Took = append(out.Took, int(took.Hours()))
			continue
		}
		if late && !r.Late(e.now) {
			continue
		}
		v, err := e.request(r, row.Name)
		if err != nil {
			return err
		}
		out.Waiting = append(out.Waiting, v)
	}
	return nil
}

func (e *eyes) caseRow(c cases.Case, requests []cases.Request) (row CaseRow, err error) {
	row = CaseRow{Case: c, Situation: e.situationRef(c.Situation)}
	w, err := cases.WordsOf(e.View, c)
	if row.Name, err = text(w.Name, err); err != nil {
		return row, err
	}
	row.Authority = Text{w.Authority, row.Name.State}
	for _, r := range requests {
		switch {
		case r.Answer > 0:
			row.Answered++
		case r.Late(e.now):
			row.Late++
			fallthrough
		default:
			row.Waiting++
		}
	}
	err = e.eachOf(c.ID, func(evidence.Item) error { row.Items++; return nil })
	return row, err
}

// eachOf visits the items of a case that may be read, the oldest first.
func (l *look) eachOf(id string, f func(evidence.Item) error) error {
	return evidence.EachHead(l.View, evidence.Filter{Link: evidence.Link{Kind: "case", To: id}, NoThumbs: true}, func(i evidence.Item) error {
		if !l.may(access.EvidenceRead, l.item(i)) {
			return nil
		}
		return f(i)
	})
}

// request words a request and its answer. Of an item that the reader may not
// read nothing is said.
func (l *look) request(r cases.Request, name Text) (v RequestView, err error) {
	v = RequestView{Request: r, CaseName: name, Overdue: r.Late(l.now), Items: []string{}, Withheld: []cases.Withheld{}}
	a, err := cases.AskedOf(l.View, r)
	if v.Asks, err = text(a.Text, err); err != nil {
		return v, err
	}
	v.From, v.Office, v.In, v.For, v.Death = Text{a.From, v.Asks.State}, Text{a.Office, v.Asks.State}, a.In, string(a.For), string(a.Death)
	took, ok := r.Took()
	if !ok {
		return v, nil
	}
	hours := int(took.Hours())
	v.Hours = &hours
	e, err := l.Entry(r.Answer)
	if err != nil {
		return v, err
	}
	v.By = l.ref(e.Actor)
	x, err := cases.AnswerOf(l.View, r)
	if v.Text, err = text(x.Text, err); err != nil {
		return v, err
	}
	v.How = x.How
	if x.Death != "" {
		v.Death = string(x.Death)
	}
	for _, id := range x.Items {
		if l.readsItem(id) {
			v.Items = append(v.Items, id)
		}
	}
	for _, w := range x.Withheld {
		if l.readsItem(w.Item) {
			v.Withheld = append(v.Withheld, w)
		}
	}
	return v, nil
}

func (l *look) readsItem(id string) bool {
	i, err := evidence.Head(l.View, id)
	return err == nil && l.may(access.EvidenceRead, l.item(i))
}

// A CaseView is a case with all that its page shows.
type CaseView struct {
	CaseRow
	Note      Text            `json:"note"`
	OpenedBy  Ref             `json:"opened_by"`
	Material  []evidence.Item `json:"material"` // the first of its items
	Requests  []RequestView   `json:"requests"`
	Outcomes  []CaseOutcome   `json:"outcomes"`
	MayChange bool            `json:"-"`
	MayAnswer bool            `json:"-"`
}

// A CaseOutcome is something that came of a case.
type CaseOutcome struct {
	cases.Outcome
	By Ref `json:"by"`
}

// mostMaterial is how many items the page of a case shows.
const mostMaterial = 200

// Case returns a case: what belongs to it, what was asked and answered, and
// what came of it.
func (h *Heed) Case(ctx context.Context, who Who, id string) (out CaseView, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		c, err := e.needCase(access.CaseRead, id)
		if err != nil {
			return e.hidden(err)
		}
		requests, err := cases.Requests(e.View, id)
		if err != nil {
			return err
		}
		out = CaseView{OpenedBy: e.ref(c.By), Material: []evidence.Item{}, Requests: []RequestView{}, Outcomes: []CaseOutcome{}}
		if out.CaseRow, err = e.caseRow(c, requests); err != nil {
			return err
		}
		w, err := cases.WordsOf(e.View, c)
		if out.Note, err = text(w.Note, err); err != nil {
			return err
		}
		for _, r := range requests {
			v, err := e.request(r, out.Name)
			if err != nil {
				return err
			}
			out.Requests = append(out.Requests, v)
		}
		all, err := cases.OutcomesOf(e.View, id)
		for _, o := range all {
			out.Outcomes = append(out.Outcomes, CaseOutcome{o, e.ref(o.By)})
		}
		if err != nil {
			return err
		}
		going := c.State != cases.Closed
		out.MayChange, out.MayAnswer = going && e.may(access.CaseChange, e.caseFile(c)), going && e.may(access.CaseAnswer, e.caseFile(c))
		return e.eachOf(id, func(i evidence.Item) error {
			if len(out.Material) == mostMaterial {
				return nil
			}
			i, err := evidence.Get(e.View, i.ID)
			out.Material = append(out.Material, e.shown(i))
			return err
		})
	})
	return out, err
}

// An ItemCase is a case that an item belongs to.
type ItemCase struct {
	ID    string `json:"id"`
	Name  Text   `json:"name"`
	State string `json:"state"`
}

// casesOf are the cases of an item that the reader may read.
func (l *look) casesOf(i evidence.Item) (out []ItemCase, err error) {
	out = []ItemCase{}
	for _, id := range i.To("case") {
		c, err := cases.Get(l.View, id)
		if fault.KindOf(err) == fault.KindNotFound {
			continue // of somebody else
		}
		if err != nil {
			return nil, err
		}
		if !l.may(access.CaseRead, l.caseFile(c)) {
			continue
		}
		w, err := cases.WordsOf(l.View, c)
		x := ItemCase{ID: id, State: c.State}
		if x.Name, err = text(w.Name, err); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// caseEvent words an answer as it stands in the custody of an item: whether
// it was given, and, to those who may read the case, to whom.
func (l *look) caseEvent(c *Custody, e record.Entry, item string) error {
	t, err := cases.Tell(e, item)
	if err != nil {
		return err
	}
	c.Detail = t.Fate
	if !l.showsLink(evidence.Link{Kind: "case", To: t.Case}) {
		return nil
	}
	r, err := cases.GetRequest(l.View, t.Request)
	if err != nil {
		return err
	}
	v, err := l.request(r, Text{})
	if err != nil {
		return err
	}
	c.Other, c.Under, c.Reason = t.Case, v.Office.Body, v.Text.Body
	for _, w := range v.Withheld {
		if w.Item == item {
			c.Reason = w.Why
		}
	}
	return nil
}
