package page

import (
	"strings"

	"github.com/heed-project/heed/internal/web/look"
)

// ReportTable makes the table of reports.
func ReportTable(w *Words, id string, rows []ReportRow) Table {
	t := Table{ID: id, Caption: w.T("reports"), Empty: w.T("reports.none"),
		Cols: w.Cols("report", "source", "place", "happened", "#killed", "situation", "state", "received", "#entry")}
	for _, r := range rows {
		mark := "open"
		if r.State != "received" {
			mark = "done"
		}
		place := Cell{Text: w.Country(r.Country), Raw: r.Country, Sub: r.Place}
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(r.ID), {Text: w.T("source." + r.Source), Raw: r.Source}, place,
			{Text: w.Days(r.From, r.To)}, {Text: w.Range(r.Killed)}, w.RefCell(r.Situation),
			{Text: w.T("report.state." + r.State), Mark: mark, Raw: r.State}, {At: r.Received}, w.EntryCell(r.Entry)}})
	}
	return t
}

// SameTable makes the table of those who told the same.
func SameTable(w *Words, id string, rows []ReportRow) Table {
	t := Table{ID: id, Caption: w.T("report.same"), Cols: w.Cols("report", "source", "place", "state", "received", "#entry")}
	for _, r := range rows {
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(r.ID), {Text: w.T("source." + r.Source), Raw: r.Source},
			{Text: w.Country(r.Country), Raw: r.Country, Sub: r.Place}, {Text: w.T("report.state." + r.State), Raw: r.State}, {At: r.Received}, w.EntryCell(r.Entry)}})
	}
	return t
}

// DecisionTable makes the table of decisions.
func DecisionTable(w *Words, id string, rows []DecisionRow) Table {
	t := Table{ID: id, Caption: w.T("decisions"), Empty: w.T("decisions.none"),
		Cols: w.Cols("decision", "choice", "situation", "warning", "level", "state", "by", "at", "#entry")}
	for _, d := range rows {
		mark := "open"
		if d.State != "draft" {
			mark = "done"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(d.ID), {Text: w.Said(d.Choice)}, w.RefCell(d.Situation), look.LinkCell(d.Warning),
			{Level: d.Level, Text: w.Level(d.Level)}, {Text: w.T("decision.state." + d.State), Mark: mark, Raw: d.State},
			w.RefCell(d.By), {At: d.At}, w.EntryCell(d.Entry)}})
	}
	return t
}

// AssessmentTable makes the table of assessments.
func AssessmentTable(w *Words, id string, rows []AssessmentRow) Table {
	t := Table{ID: id, Caption: w.T("assessments"), Empty: w.T("assessments.none"),
		Cols: w.Cols("assessment", "population", "at", "by", "reviewer", "#present", "#worsening", "#unknown", "state", "#entry")}
	for _, a := range rows {
		mark := "open"
		if a.State == "reviewed" {
			mark = "done"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{look.LinkCell(a.ID), {Text: w.Name(a.Population), Raw: a.Population.ID}, {At: a.At}, w.RefCell(a.By), w.RefCell(a.Reviewer),
			w.CountCell(int64(a.Present)), w.CountCell(int64(a.Worsening)), w.CountCell(int64(a.Unknown)),
			{Text: w.T("assessment.state." + a.State), Mark: mark, Raw: a.State}, w.EntryCell(a.Entry)}})
	}
	return t
}

// EntryTable makes the table of entries.
func EntryTable(w *Words, id string, rows []EntryRow) Table {
	t := Table{ID: id, Caption: w.T("entries"), Empty: w.T("entries.none"),
		Cols: w.Cols("#entry", "at", "what", "about", "actor", "marking", "body")}
	for _, e := range rows {
		about := Cell{Text: strings.Join(e.Subjects, ", "), ID: true}
		if len(e.Subjects) > 0 {
			about.Href = look.Href(e.Subjects[0])
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{w.EntryCell(e.Index), {At: e.At}, {Text: w.Kind(e.Kind), Sub: e.Kind, Raw: e.Kind},
			about, w.RefCell(e.Actor), {Text: e.Marking, ID: true}, {Text: w.T("body." + e.Body), Raw: e.Body}}})
	}
	return t
}

// PersonTable makes the table of people.
func PersonTable(w *Words, id string, rows []PersonRow) Table {
	t := Table{ID: id, Caption: w.T("people"), Empty: w.T("people.none"),
		Cols: w.Cols("person", "agency", "roles", "deputy", "passkeys", "seen")}
	for _, p := range rows {
		var roles, deputies []string
		for _, r := range p.Roles {
			roles = append(roles, w.Role(r.Name))
			if r.Deputy.ID != "" {
				deputies = append(deputies, w.Name(r.Deputy))
			}
		}
		seen := Cell{At: p.LastSeen}
		if p.LastSeen.IsZero() {
			seen = Cell{Text: w.T("never")}
		}
		name := Cell{Text: w.Name(Ref{ID: p.ID, Name: p.Name}), Href: look.Href(p.ID), Sub: p.ID, Raw: p.ID}
		if !p.Active {
			name.Sub += " · " + w.T("person.left")
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{name, {Text: p.Agency.Name, Raw: p.Agency.ID}, {Text: w.List(roles)},
			{Text: w.List(deputies)}, w.CountCell(int64(p.Passkeys)), seen}})
	}
	return t
}

// KnewTable makes the table of who knew what, for CSV.
func KnewTable(w *Words, rows []KnewRow) Table {
	t := Table{ID: "knew", Cols: w.Cols("at", "actor", "role", "what", "about", "did", "level", "text", "#entry")}
	for _, r := range rows {
		t.Rows = append(t.Rows, Row{Cells: []Cell{{At: r.At}, w.RefCell(r.Actor), {Text: w.Role(r.Role), Raw: r.Role}, {Text: w.Kind(r.Kind), Raw: r.Kind},
			{Text: r.Subject}, {Text: r.Did}, {Level: r.Level}, {Text: w.Said(r.Text)}, w.EntryCell(r.Entry)}})
	}
	return t
}
