package page

import "strings"

// Reports makes the table of reports.
func (w *Words) Reports(id string, rows []ReportRow) Table {
	t := Table{ID: id, Caption: w.T("reports"), Empty: w.T("reports.none"),
		Cols: w.cols("report", "source", "place", "happened", "#killed", "situation", "state", "received", "#entry")}
	for _, r := range rows {
		mark := "open"
		if r.State != "received" {
			mark = "done"
		}
		place := Cell{Text: w.Country(r.Country), Raw: r.Country, Sub: r.Place}
		t.Rows = append(t.Rows, Row{Cells: []Cell{link(r.ID), {Text: w.T("source." + r.Source), Raw: r.Source}, place,
			{Text: w.Days(r.From, r.To)}, {Text: w.Range(r.Killed)}, w.ref(r.Situation),
			{Text: w.T("report.state." + r.State), Mark: mark, Raw: r.State}, {At: r.Received}, w.entry(r.Entry)}})
	}
	return t
}

// Decisions makes the table of decisions.
func (w *Words) Decisions(id string, rows []DecisionRow) Table {
	t := Table{ID: id, Caption: w.T("decisions"), Empty: w.T("decisions.none"),
		Cols: w.cols("decision", "choice", "situation", "warning", "level", "state", "by", "at", "#entry")}
	for _, d := range rows {
		mark := "open"
		if d.State != "draft" {
			mark = "done"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{link(d.ID), {Text: w.Said(d.Choice)}, w.ref(d.Situation), link(d.Warning),
			{Level: d.Level, Text: w.Level(d.Level)}, {Text: w.T("decision.state." + d.State), Mark: mark, Raw: d.State},
			w.ref(d.By), {At: d.At}, w.entry(d.Entry)}})
	}
	return t
}

// Assessments makes the table of assessments.
func (w *Words) Assessments(id string, rows []AssessmentRow) Table {
	t := Table{ID: id, Caption: w.T("assessments"), Empty: w.T("assessments.none"),
		Cols: w.cols("assessment", "population", "at", "by", "reviewer", "#present", "#worsening", "#unknown", "state", "#entry")}
	for _, a := range rows {
		mark := "open"
		if a.State == "reviewed" {
			mark = "done"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{link(a.ID), {Text: a.Population}, {At: a.At}, w.ref(a.By), w.ref(a.Reviewer),
			w.count(int64(a.Present)), w.count(int64(a.Worsening)), w.count(int64(a.Unknown)),
			{Text: w.T("assessment.state." + a.State), Mark: mark, Raw: a.State}, w.entry(a.Entry)}})
	}
	return t
}

// Entries makes the table of entries.
func (w *Words) Entries(id string, rows []EntryRow) Table {
	t := Table{ID: id, Caption: w.T("entries"), Empty: w.T("entries.none"),
		Cols: w.cols("#entry", "at", "what", "about", "actor", "marking", "body")}
	for _, e := range rows {
		about := Cell{Text: strings.Join(e.Subjects, ", "), ID: true}
		if len(e.Subjects) > 0 {
			about.Href = Href(e.Subjects[0])
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{w.entry(e.Index), {At: e.At}, {Text: w.Kind(e.Kind), Sub: e.Kind, Raw: e.Kind},
			about, w.ref(e.Actor), {Text: e.Marking, ID: true}, {Text: w.T("body." + e.Body), Raw: e.Body}}})
	}
	return t
}

// People makes the table of people.
func (w *Words) People(id string, rows []PersonRow) Table {
	t := Table{ID: id, Caption: w.T("people"), Empty: w.T("people.none"),
		Cols: w.cols("person", "agency", "roles", "deputy", "passkeys", "seen")}
	for _, p := range rows {
		var roles, deputies []string
		for _, r := range p.Roles {
			roles = append(roles, r.Name)
			if r.Deputy.ID != "" {
				deputies = append(deputies, w.Name(r.Deputy))
			}
		}
		seen := Cell{At: p.LastSeen}
		if p.LastSeen.IsZero() {
			seen = Cell{Text: w.T("never")}
		}
		name := Cell{Text: w.Name(Ref{p.ID, p.Name}), Href: Href(p.ID), Sub: p.ID, Raw: p.ID}
		if !p.Active {
			name.Sub += " · " + w.T("person.left")
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{name, {Text: p.Agency.Name, Raw: p.Agency.ID}, {Text: w.List(roles)},
			{Text: w.List(deputies)}, w.count(int64(p.Passkeys)), seen}})
	}
	return t
}

// Kind says in words what an entry of a kind records. A kind that has no
// words is shown as it is.
func (w *Words) Kind(kind string) string {
	if s, ok := w.message("kind." + kind); ok {
		return s
	}
	return kind
}

// Said returns a text, or says why there is none to read.
func (w *Words) Said(t Text) string {
	if t.State != "" {
		return w.T("text." + t.State)
	}
	return t.Body
}
