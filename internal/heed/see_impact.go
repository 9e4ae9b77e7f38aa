package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/impact"
	"github.com/heed-project/heed/internal/record"
)

// An ImpactRow is one analysis in a list.
type ImpactRow struct {
	ID        string      `json:"id"`
	Situation Ref         `json:"situation,omitzero"`
	Question  Text        `json:"question"`
	Measure   Text        `json:"measure"`
	Date      time.Time   `json:"date"`
	Method    string      `json:"method"`
	Expect    string      `json:"expect"`
	Marking   string      `json:"marking"`
	By        Ref         `json:"by"`
	At        time.Time   `json:"at"`
	Entry     int64       `json:"entry"`
	Ran       *impact.Ran `json:"ran,omitempty"`
}

// An Impact is one analysis with everything that is known of it.
type Impact struct {
	ImpactRow
	Data    Text            `json:"data"` // which series answers
	Because Text            `json:"because"`
	Design  impact.Design   `json:"design"`
	Outcome *impact.Outcome `json:"outcome,omitempty"` // nil until it is run, or where it may not be read
	Rivals  []RivalView     `json:"rivals"`
	Around  []Event         `json:"around"` // what else happened then, from the record
	Days    int             `json:"days"`   // on either side of the measure's date
	Tool    string          `json:"tool,omitempty"`
	Tools   []impact.Finding
	RanBy   Ref  `json:"ran_by,omitzero"`
	MayRun  bool `json:"-"`
}

// A RivalView is a rival explanation and what was said of it.
type RivalView struct {
	Rival   causal.Rival `json:"rival"`
	Answers []Answer     `json:"answers"`
}

// An Answer is somebody's words on a rival.
type Answer struct {
	By    Ref       `json:"by"`
	Text  Text      `json:"text"`
	At    time.Time `json:"at"`
	Entry int64     `json:"entry"`
}

// Impacts returns the analyses that the reader may read, the newest first.
func (h *Heed) Impacts(ctx context.Context, who Who, p Page) (rows []ImpactRow, total int64, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		all, err := impact.List(e.View, "")
		if err != nil {
			return err
		}
		readable := all[:0]
		for _, a := range all {
			r, err := e.analysis(a)
			if err != nil {
				return err
			}
			if e.may(access.ImpactRead, r) {
				readable = append(readable, a)
			}
		}
		readable, total = cut(readable, p)
		rows = []ImpactRow{}
		for _, a := range readable {
			row, _, err := e.impactRow(a)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, total, err
}

func (e *eyes) impactRow(a impact.Analysis) (row ImpactRow, words impact.Plan, err error) {
	row = ImpactRow{ID: a.ID, Date: a.Date, Method: a.Method, Expect: a.Expect, Situation: e.situationRef(a.Situation), Marking: a.Marking, By: e.ref(a.By), At: a.At, Entry: a.Entry, Ran: a.Ran}
	words, sealed := impact.Words(e.View, a)
	if row.Question, err = text(words.Question, sealed); err != nil {
		return row, words, err
	}
	row.Measure, err = text(words.Measure, sealed)
	return row, words, err
}

// around is how many days before and after a measure the record is looked
// through for what else happened.
const around = 180

// Impact returns one analysis.
func (h *Heed) Impact(ctx context.Context, who Who, id string) (out Impact, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		a, r, err := e.readAnalysis(id)
		if err != nil {
			return err
		}
		var words impact.Plan
		if out.ImpactRow, words, err = e.impactRow(a); err != nil {
			return err
		}
		out.Data, out.Because = Text{words.Data, out.Question.State}, Text{words.Because, out.Question.State}
		out.Design, out.Tool, out.Days, out.MayRun = words.Design, words.Tool, around, e.may(access.ImpactRun, r)
		if out.Tool != "" {
			if out.Tools, err = impact.Tools(e.View, out.Tool); err != nil {
				return err
			}
		}
		return e.impactPage(a, &out)
	})
	return out, err
}

// impactPage adds the outcome, the rivals and what else happened then.
func (e *eyes) impactPage(a impact.Analysis, out *Impact) error {
	if a.Ran != nil {
		out.RanBy = e.ref(a.Ran.By)
		o, err := impact.OutcomeOf(e.View, *a.Ran)
		switch fault.KindOf(err) {
		case fault.KindNotFound, fault.KindDenied:
		default:
			if err != nil {
				return err
			}
			out.Outcome = &o
		}
	}
	said, err := impact.Answers(e.View, a.ID)
	if err != nil {
		return err
	}
	for _, rival := range causal.Rivals(a.Method != impact.Series && a.Method != impact.State) {
		view := RivalView{Rival: rival, Answers: []Answer{}}
		for _, x := range said {
			if x.Rival != rival {
				continue
			}
			words, err := text(x.Text(e.View))
			if err != nil {
				return err
			}
			view.Answers = append(view.Answers, Answer{e.ref(x.By), words, x.At, x.Entry})
		}
		out.Rivals = append(out.Rivals, view)
	}
	out.Around = []Event{}
	if a.Situation == "" {
		return nil
	}
	out.Around, err = e.then(a.Situation, a.Date)
	return err
}

// then are the turns in a situation around a date, the oldest first: warnings,
// decisions, assessments, duties that were done or lapsed, and other measures.
// Single reports are left out: they are what the series counts.
func (e *eyes) then(place string, date time.Time) ([]Event, error) {
	out, before := []Event{}, int64(0)
	for {
		all, err := e.Entries(record.Search{Subject: place, Before: before, Limit: 500})
		if err != nil || len(all) == 0 {
			slices.Reverse(out)
			return out, err
		}
		for _, x := range all {
			before = x.Index
			apart := x.Time.Sub(date)
			if apart > around*24*time.Hour || apart < -around*24*time.Hour || !turning(x.Kind) {
				continue
			}
			known, err := e.knows(x)
			if err != nil {
				return nil, err
			}
			if known {
				c := e.change(x)
				out = append(out, Event{At: c.At, Kind: c.Kind, ID: c.Subject, Level: c.Level, Entry: c.Entry, Actor: c.Actor, Situation: c.Situation})
			}
		}
		if all[len(all)-1].Time.Before(date.AddDate(0, 0, -around)) {
			slices.Reverse(out)
			return out, nil
		}
	}
}

// turning tells whether an entry of a kind could be another reason for a change.
func turning(kind string) bool {
	return slices.Contains([]string{"warning.issued", "warning.closed", "warning.expired", "decision.signed", "assessment.accepted", "duty.done", "duty.lapsed", "situation.added", "situation.state-set", "situation.closed", "impact.registered"}, kind)
}

// hitImpact finds an analysis by its number.
func (e *eyes) hitImpact(id string) (Hit, bool, error) {
	a, err := impact.Get(e.View, id)
	if err != nil {
		return Hit{}, false, err
	}
	if ok, err := e.readable(id); err != nil || !ok {
		return Hit{}, false, err
	}
	row, _, err := e.impactRow(a)
	return Hit{"impact", a.ID, row.Question.Body, 0, a.At}, true, err
}

// findAnalysis finds an analysis by its number.
func (e *eyes) findAnalysis(id string) (action string, r access.Resource, err error) {
	a, err := impact.Get(e.View, id)
	if err != nil {
		return "", r, err
	}
	r, err = e.analysis(a)
	return access.ImpactRead, r, err
}
