// Package study is the pages on which people ask what a measure changed: the
// list of analyses, one analysis, and the forms that register one, run it and
// answer what speaks against it.
//
// It promises that the order of the work shows: there is no form that takes
// data before a question stands in the record, and what was registered cannot be
// edited on any page. A page says what may be said first, and the number after
// it. Nothing here needs JavaScript: data are pasted as a table with a header.
//
//	{"GET /impact/{id}", study.One}
//
// It trusts the node for the verdict and for what may be shown; it computes
// nothing.
package study

import (
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// List is the list of analyses of what measures changed.
func List(v *visit.Visit) error {
	rows, total, err := v.H.Impacts(v.R.Context(), v.Who, v.Part())
	if err != nil {
		return err
	}
	t := page.ImpactTable(v.Words, "impact", rows)
	if v.WantsCSV() {
		return v.CSV("impact", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("impact.title"), Here: "impact"})
	if err != nil {
		return err
	}
	v.Turn(&t, "/impact", total)
	return v.Show("impacts", page.Impacts{Frame: f, Table: t})
}

// One is one analysis: what was registered, what was found, and what
// speaks against it.
func One(v *visit.Visit) error {
	id, file := strings.CutSuffix(v.R.PathValue("id"), ".csv")
	x, err := v.H.Impact(v.R.Context(), v.Who, id)
	if err != nil {
		return err
	}
	w := v.Words
	if file {
		if x.Outcome == nil {
			return fault.NotFound("%s has no outcome yet", id)
		}
		return v.CSV(id, page.PointTable(w, id, x.Outcome.Points))
	}
	title := w.T("impact.one", w.Said(x.Question))
	f, err := v.Frame(look.Frame{Title: title, ID: x.ID, Marking: x.Marking, Kicker: w.T("kicker.impact"), Here: "impact", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Impact{Frame: f, Row: x.ImpactRow, Data: x.Data, Because: x.Because, Method: w.T("impact.method." + x.Method), Start: x.Design.Start, Command: x.Design.Command(),
		Expect: w.T("impact.expect." + x.Expect), Events: x.Around, Days: x.Days, Tool: x.Tool, Tools: page.ToolTable(w, x.Tools), MayAnswer: x.MayRun, MayRun: x.MayRun && x.Ran == nil}
	var codes []string
	for _, r := range x.Rivals {
		p.Rivals = append(p.Rivals, page.ImpactRival{Name: w.T("impact.rival." + string(r.Rival)), Means: w.T("impact.rival." + string(r.Rival) + ".means"), Answers: r.Answers})
		codes = append(codes, string(r.Rival))
	}
	p.Run = f.Field("data").As("impact_table").Area(8)
	p.Rival, p.Answer = f.Field("rival").From(v.Choices("impact.rival.", codes...)), f.Field("text").As("rival_answer").Area(3)
	if x.Ran != nil {
		p.Show(w, x)
		p.RanBy = x.RanBy
	}
	if done, err := v.Tables("/impact/"+x.ID, &p.Facts, &p.Weights, &p.Tools); done {
		return err
	}
	return v.Show("impact", p)
}

// Answer says why a rival explanation does or does not hold.
func Answer(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, rival, text := v.R.PathValue("id"), v.Pick("rival"), v.Text("text")
	if text == "" {
		v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: "text", Text: v.Words.T("error.required.of", v.Words.T("field.rival_answer"))})
	}
	if v.Bad() {
		return v.Wrong(One)
	}
	if err := v.H.AnswerRival(v.R.Context(), v.Who, id, rival, text); err != nil {
		return v.Again(err, One)
	}
	return v.Done("/impact/"+id, "saved", "")
}
