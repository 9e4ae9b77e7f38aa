package web

import (
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// warnings is the list of warnings.
func warnings(v *visit.Visit) error {
	q := v.R.URL.Query()
	f := heed.WarningFilter{Situation: q.Get("situation"), Page: v.Part()}
	tab := q.Get("tab")
	switch {
	case tab == "mine":
		f.Mine = true
	case tab != "all" && f.Situation == "":
		f.State, tab = "in-force", ""
	}
	rows, total, err := v.H.Warnings(v.R.Context(), v.Who, f)
	if err != nil {
		return err
	}
	t := page.WarningTable(v.Words, "warnings", rows)
	if v.WantsCSV() {
		return v.CSV("warnings", t)
	}
	fr, err := v.Frame(look.Frame{Title: v.Words.T("warnings.title"), Here: "warnings"})
	if err != nil {
		return err
	}
	v.Turn(&t, "/warnings", total)
	p := page.Warnings{Frame: fr, Table: t}
	for _, x := range [][2]string{{"", "inforce"}, {"mine", "mine"}, {"all", "all"}} {
		one := page.Tab{Text: v.Words.T("tab." + x[1]), Href: "/warnings", Count: -1, Here: tab == x[0]}
		if x[0] != "" {
			one.Href += "?tab=" + x[0]
		}
		if one.Here {
			one.Count = total
		}
		p.Tabs = append(p.Tabs, one)
	}
	return v.Show("warnings", p)
}

// warning is one warning, or its CAP file.
func warning(v *visit.Visit) error {
	id, file := strings.CutSuffix(v.R.PathValue("id"), ".cap")
	if file {
		b, err := v.H.WarningCAP(v.R.Context(), v.Who, id)
		if err != nil {
			return err
		}
		v.Attach(id+".cap.xml", "application/cap+xml; charset=utf-8")
		_, err = v.W.Write(b)
		return err
	}
	x, err := v.H.Warning(v.R.Context(), v.Who, id)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("warning.title", v.Words.Level(x.Level), v.Words.Name(x.Situation)), ID: x.ID, Marking: x.Marking,
		Kicker: v.Words.T("kicker.warning"), Here: "warnings", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Warning{Frame: f, Row: x.WarningRow, Populations: x.Populations, Finding: x.Finding, Confidence: x.Confidence, Sources: x.Sources, Recipients: x.Recipients,
		Duties: page.DutyTable(v.Words, "duties", x.Duties, f.Now).Without("situation"), Decisions: page.DecisionTable(v.Words, "decisions", x.Decisions).Without("situation", "warning", "level"),
		Protocol: x.Protocol, Supersedes: x.Supersedes, SupersededBy: x.SupersededBy, MayAck: x.MayAcknowledge, MayDecide: x.MayDecide, MayClose: x.MayClose}
	p.Duties.CSV = "/duties.csv?warning=" + x.ID
	if p.Proposed, err = v.H.ProposedClosing(v.R.Context(), v.Who, id); err != nil {
		return err
	}
	p.Agree = p.Field("agreement").As("note").MayBeEmpty()
	if x.MayClose {
		if err := closing(v, &p); err != nil {
			return err
		}
	}
	return v.Show("warning", p)
}

// closing adds what the protocol wants of whoever closes the warning.
func closing(v *visit.Visit, p *page.Warning) error {
	p.CloseReason = p.Field("reason").As("close_reason").Area(2)
	if p.Protocol.ID == "" {
		return nil
	}
	x, err := v.H.Protocol(v.R.Context(), v.Who, p.Protocol.ID, p.Row.Level, p.Row.Issued)
	if err != nil {
		return err
	}
	for _, s := range x.Closing.Statements {
		p.Statements.Options = append(p.Statements.Options, look.Option{Value: s.ID, Text: s.Name})
	}
	p.Statements = p.Field("statements").Of("checkbox").From(p.Statements.Options)
	return nil
}

func acknowledgeWarning(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	if err := v.H.AcknowledgeWarning(v.R.Context(), v.Who, id, v.Text("ack_note")); err != nil {
		return v.Again(err, warning)
	}
	return v.Done("/warnings/"+id, "acknowledged", id)
}

func closeWarning(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, reason := v.R.PathValue("id"), v.Text("reason")
	if reason == "" {
		v.Blame("reason", "error.required.of")
		return v.Wrong(warning)
	}
	proposal, err := v.H.CloseWarning(v.R.Context(), v.Who, id, reason, v.Form.Values["statements"])
	if err != nil {
		return v.Again(err, warning)
	}
	if proposal > 0 {
		return v.Done("/warnings/"+id, "closing", id)
	}
	return v.Done("/warnings/"+id, "closed", id)
}

// agreeClosing is the second person's word on a proposal to close a warning.
func agreeClosing(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	proposal, _ := strconv.ParseInt(v.R.PostFormValue("proposal"), 10, 64)
	if err := v.H.AgreeClosing(v.R.Context(), v.Who, id, proposal, v.Text("agreement")); err != nil {
		return v.Again(err, warning)
	}
	return v.Done("/warnings/"+id, "closed", id)
}

// newWarning is the form that issues a warning. Choosing a situation loads what
// a warning there can be about and rest on.
func newWarning(v *visit.Visit) error {
	of := v.R.FormValue("situation")
	x, err := v.H.IssueForm(v.R.Context(), v.Who, of)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("warning.new.title"), Here: "warnings"})
	if err != nil {
		return err
	}
	v.Prefill("situation", of, "confidence", "moderate", "marking", "AMBER")
	f.Form = v.Form
	var sources []look.Option
	for _, g := range []struct {
		kind string
		of   []look.Ref
	}{{"report", x.Reports}, {"assessment", x.Assessments}, {"series", x.SeriesList}} {
		for _, r := range g.of {
			sources = append(sources, look.Option{Value: g.kind + ":" + r.ID, Text: v.Words.T("source.kind."+g.kind) + " " + r.ID, Hint: r.Name})
		}
	}
	return v.Show("warning-new", page.IssueWarning{Frame: f, Chosen: of != "", Situation: f.Field("situation").From(v.OrNone("option.choose", v.Named(x.Situations))),
		Level: f.Field("level").Of("radio").From(v.Levels()), Populations: f.Field("populations").As("population_at_risk").Of("checkbox").From(v.Named(x.Populations)),
		Finding: f.Field("finding").Area(6), Confidence: f.Field("confidence").Of("radio").From(v.Choices("confidence.", "low", "moderate", "high")),
		Sources: f.Field("sources").Of("checkbox").From(sources).MayBeEmpty(), To: f.Field("to").Of("checkbox").From(v.Named(x.People)),
		Expires: f.Field("expires").Of("date").MayBeEmpty(), Protocol: f.Field("protocol").From(v.Named(x.Protocols)), Marking: f.Field("marking").From(v.Markings()), MarkingReason: f.Field("marking_reason").MayBeEmpty(), Preview: x.Levels})
}

func issueWarning(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	level, _ := strconv.Atoi(v.Pick("level"))
	in := heed.WarningInput{Situation: v.Pick("situation"), Level: level, Populations: v.Form.Values["populations"], Finding: v.Must("finding"), Confidence: v.Pick("confidence"),
		Marking: v.Text("marking"), MarkingReason: v.Text("marking_reason"), Protocol: v.Text("protocol"), Expires: v.Day("expires"), To: v.Form.Values["to"]}
	if len(in.To) == 0 {
		v.Blame("to", "error.choose.of")
	}
	for _, s := range v.Form.Values["sources"] {
		kind, id, _ := strings.Cut(s, ":")
		in.Sources = append(in.Sources, heed.WarningSource{Kind: kind, ID: id})
	}
	if v.Bad() {
		return v.Wrong(newWarning)
	}
	got, err := v.H.IssueWarning(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, newWarning)
	}
	return v.Done("/warnings/"+got.ID, "issued", got.ID)
}
