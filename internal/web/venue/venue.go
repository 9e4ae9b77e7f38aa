// Package venue is the pages about what can be done, and where: which doors are
// open, the packages of measures, their taskings, the calendar of all venues,
// the briefing for a meeting.
//
// Each function answers one address; package web joins them to the others. What
// a page offers is what the node said that the reader may do; what comes back in
// a form is checked by the node again.
//
//	{"GET /doors", venue.Doors},
//	{"POST /packages/{id}/steps/{n}/approve", venue.Approve},
//
// It trusts the node for what may be shown and done, and decides nothing.
package venue

import (
	"net/url"
	"strings"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Doors is which doors are open.
func Doors(v *visit.Visit) error {
	v.Form.Values = v.R.URL.Query()
	x, err := v.H.Doors(v.R.Context(), v.Who, heed.DoorsAsk{State: v.Text("state"), On: v.Text("on"), Situation: v.Text("situation"), With: v.Lines("with")})
	if err != nil {
		return err
	}
	if v.WantsCSV() {
		return v.CSV("doors", page.DoorTable(v.Words, "doors", v.Words.T("doors"), x.All, ""))
	}
	state, about := page.StateName(v.Words, x.State), ""
	v.Form.Values.Set("state", x.State.ID)
	v.Form.Values.Set("on", x.On.Format("2006-01-02"))
	if x.SituationID != "" {
		v.Form.Values.Set("situation", x.SituationID)
	}
	if x.Situation.ID != "" {
		about = page.StateName(v.Words, x.Situation)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("doors.title", state), Here: "doors"})
	if err != nil {
		return err
	}
	p := page.Doors{Frame: f, State: state, Situation: about, On: x.On, Unverified: x.Unverified,
		Open:   page.DoorTable(v.Words, "open", v.Words.T("doors.open"), x.All, doors.Open),
		Short:  page.DoorTable(v.Words, "short", v.Words.T("doors.short"), x.All, doors.Short),
		Closed: page.DoorTable(v.Words, "closed", v.Words.T("doors.closed"), x.All, doors.Closed)}
	p.Ask = []look.Field{f.Field("state").As("door_state").From(states(v, x.States)), f.Field("on").As("door_on").Of("date"),
		f.Field("situation").As("door_situation").From(situations(v, x)).MayBeEmpty(), f.Field("with").As("door_with").MayBeEmpty()}
	p.CSV = "/doors.csv?" + url.Values{"state": {x.State.ID}, "on": {v.Text("on")}, "situation": {v.Text("situation")}, "with": {v.Text("with")}}.Encode()
	return v.Show("doors", p)
}

func states(v *visit.Visit, refs []look.Ref) []look.Option {
	out := make([]look.Option, len(refs))
	for i, r := range refs {
		out[i] = look.Option{Value: r.ID, Text: page.StateName(v.Words, r)}
	}
	v.Words.Sort(out)
	return out
}

// situations offers the node's, then the States themselves.
func situations(v *visit.Visit, x heed.Doors) []look.Option {
	out := []look.Option{{Text: v.Words.T("option.none")}}
	for _, s := range x.Situations {
		out = append(out, look.Option{Value: s.ID, Text: s.ID + " · " + v.Words.Name(s)})
	}
	return append(out, states(v, x.States)...)
}

// Agenda is the calendar of all venues, as a page, a table or iCalendar.
func Agenda(v *visit.Visit) error {
	if strings.HasSuffix(v.R.URL.Path, ".ics") {
		v.Attach("heed.ics", "text/calendar; charset=utf-8")
		return v.H.WriteAgenda(v.R.Context(), v.Who, v.W, 12, v.Words.Catalog)
	}
	dates, err := v.H.Agenda(v.R.Context(), v.Who, v.Day("from"), 6)
	if err != nil {
		return err
	}
	t := page.AgendaTable(v.Words, "agenda", dates)
	if v.WantsCSV() {
		return v.CSV("agenda", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("agenda.title"), Here: "doors"})
	if err != nil {
		return err
	}
	return v.Show("agenda", page.Agenda{Frame: f, Table: t})
}

// Packages is the list of packages.
func Packages(v *visit.Visit) error {
	rows, total, err := v.H.Packages(v.R.Context(), v.Who, v.Part())
	if err != nil {
		return err
	}
	t := page.PackageTable(v.Words, "packages", rows)
	if v.WantsCSV() {
		return v.CSV("packages", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("packages.title"), Here: "packages"})
	if err != nil {
		return err
	}
	v.Turn(&t, "/packages", total)
	return v.Show("packages", page.Packages{Frame: f, Table: t})
}

// NewPackage is the form that opens a package on a warning.
func NewPackage(v *visit.Visit) error {
	x, err := v.H.PackageForm(v.R.Context(), v.Who, v.R.FormValue("warning"))
	if err != nil {
		return err
	}
	v.Prefill("state", x.State, "marking", x.Warning.Marking, "begin", "friends")
	f, err := v.Frame(look.Frame{Title: v.Words.T("package.new.title", x.Warning.ID), ID: x.Warning.ID, Marking: x.Warning.Marking, Kicker: v.Words.T("kicker.package"), Here: "packages"})
	if err != nil {
		return err
	}
	var objectives, decisions, priorities []look.Option
	for _, o := range x.Objectives {
		objectives = append(objectives, look.Option{Value: o.ID, Text: v.Words.Word("objective.", o.ID)})
	}
	for _, d := range x.Decisions {
		decisions = append(decisions, look.Option{Value: d.ID, Text: d.ID + " · " + v.Words.Said(d.Choice)})
	}
	for _, o := range x.Priorities {
		priorities = append(priorities, look.Option{Value: o.Code, Text: o.Title})
	}
	check := f.Field("priorities").As("package_priorities").From(priorities).MayBeEmpty()
	check.Type = "checkbox"
	return v.Show("package-new", page.PackageForm{Frame: f, Warning: x.Warning, Fields: []look.Field{
		f.Field("title").As("package_title"), f.Field("objective").From(objectives), f.Field("why").As("package_why").Area(3).MayBeEmpty(),
		f.Field("state").As("door_state").From(states(v, x.States)), f.Field("decision").As("package_decision").From(v.OrNone("option.none", decisions)).MayBeEmpty(),
		f.Field("begin").As("package_begin").From(v.OrNone("option.none", v.Choices("begin.", "alone", "friends", "quickest", "creative"))).MayBeEmpty(),
		f.Field("marking").From(v.Markings())}, Choices: []look.Field{check}})
}

// OpenPackage opens one.
func OpenPackage(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.PackageInput{Warning: v.R.FormValue("warning"), Title: v.Text("title"), Objective: v.Text("objective"), Why: v.Text("why"), State: v.Text("state"),
		Decision: v.Text("decision"), Begin: v.Text("begin"), Marking: v.Text("marking"), Priorities: v.R.PostForm["priorities"]}
	if in.Title == "" {
		v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: "title", Text: v.Words.T("error.required.of", v.Words.T("field.package_title"))})
		return v.Wrong(NewPackage)
	}
	id, err := v.H.OpenPackage(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, NewPackage)
	}
	return v.Done("/packages/"+id, "opened", id)
}
