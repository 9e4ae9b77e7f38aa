package web

import (
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// warnings is the list of warnings.
func (v *visit) warnings() error {
	q := v.r.URL.Query()
	f := heed.WarningFilter{Situation: q.Get("situation"), Page: v.part()}
	tab := q.Get("tab")
	switch {
	case tab == "mine":
		f.Mine = true
	case tab != "all" && f.Situation == "":
		f.State, tab = "in-force", ""
	}
	rows, total, err := v.h.Warnings(v.r.Context(), v.who, f)
	if err != nil {
		return err
	}
	t := page.WarningTable(v.words, "warnings", rows)
	if v.wantsCSV() {
		return v.csv("warnings", t)
	}
	fr, err := v.frame(look.Frame{Title: v.words.T("warnings.title"), Here: "warnings"})
	if err != nil {
		return err
	}
	v.turn(&t, "/warnings", total)
	p := page.Warnings{Frame: fr, Table: t}
	for _, x := range [][2]string{{"", "inforce"}, {"mine", "mine"}, {"all", "all"}} {
		one := page.Tab{Text: v.words.T("tab." + x[1]), Href: "/warnings", Count: -1, Here: tab == x[0]}
		if x[0] != "" {
			one.Href += "?tab=" + x[0]
		}
		if one.Here {
			one.Count = total
		}
		p.Tabs = append(p.Tabs, one)
	}
	return v.show("warnings", p)
}

// warning is one warning, or its CAP file.
func (v *visit) warning() error {
	id, file := strings.CutSuffix(v.r.PathValue("id"), ".cap")
	if file {
		b, err := v.h.WarningCAP(v.r.Context(), v.who, id)
		if err != nil {
			return err
		}
		v.attach(id+".cap.xml", "application/cap+xml; charset=utf-8")
		_, err = v.w.Write(b)
		return err
	}
	x, err := v.h.Warning(v.r.Context(), v.who, id)
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("warning.title", v.words.Level(x.Level), v.words.Name(x.Situation)), ID: x.ID, Marking: x.Marking,
		Kicker: v.words.T("kicker.warning"), Here: "warnings", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Warning{Frame: f, Row: x.WarningRow, Populations: x.Populations, Finding: x.Finding, Confidence: x.Confidence, Sources: x.Sources, Recipients: x.Recipients,
		Duties: page.DutyTable(v.words, "duties", x.Duties, f.Now).Without("situation"), Decisions: page.DecisionTable(v.words, "decisions", x.Decisions).Without("situation", "warning", "level"),
		Protocol: x.Protocol, Supersedes: x.Supersedes, SupersededBy: x.SupersededBy, MayAck: x.MayAcknowledge, MayDecide: x.MayDecide, MayClose: x.MayClose}
	p.Duties.CSV = "/duties.csv?warning=" + x.ID
	if x.MayClose {
		if err := v.closing(&p); err != nil {
			return err
		}
	}
	return v.show("warning", p)
}

// closing adds what the protocol wants of whoever closes the warning.
func (v *visit) closing(p *page.Warning) error {
	p.CloseReason = p.Field("reason").As("close_reason").Area(2)
	if p.Protocol.ID == "" {
		return nil
	}
	x, err := v.h.Protocol(v.r.Context(), v.who, p.Protocol.ID, p.Row.Level, p.Row.Issued)
	if err != nil {
		return err
	}
	for _, s := range x.Closing.Statements {
		p.Statements.Options = append(p.Statements.Options, look.Option{Value: s.ID, Text: s.Name})
	}
	p.Statements = p.Field("statements").Of("checkbox").From(p.Statements.Options)
	if len(x.Closing.AgreedBy) > 0 {
		people, err := v.everyone(v.who.Person)
		if err != nil {
			return err
		}
		p.AgreedBy = p.Field("agreed_by").From(v.orNone("option.none", people))
	}
	return nil
}

func (v *visit) acknowledgeWarning() error {
	if err := v.read(); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if err := v.h.AcknowledgeWarning(v.r.Context(), v.who, id, v.text("ack_note")); err != nil {
		return v.again(err, v.warning)
	}
	return v.done("/warnings/"+id, "acknowledged", id)
}

func (v *visit) closeWarning() error {
	if err := v.read(); err != nil {
		return err
	}
	id, reason := v.r.PathValue("id"), v.text("reason")
	if reason == "" {
		v.blame("reason", "error.required.of")
		return v.wrong(v.warning)
	}
	if err := v.h.CloseWarning(v.r.Context(), v.who, id, reason, v.text("agreed_by"), v.form.Values["statements"]); err != nil {
		return v.again(err, v.warning)
	}
	return v.done("/warnings/"+id, "closed", id)
}

// newWarning is the form that issues a warning. Choosing a situation loads what
// a warning there can be about and rest on.
func (v *visit) newWarning() error {
	of := v.r.FormValue("situation")
	x, err := v.h.IssueForm(v.r.Context(), v.who, of)
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("warning.new.title"), Here: "warnings"})
	if err != nil {
		return err
	}
	v.prefill("situation", of, "confidence", "moderate", "marking", "AMBER")
	f.Form = v.form
	var sources []look.Option
	for _, g := range []struct {
		kind string
		of   []look.Ref
	}{{"report", x.Reports}, {"assessment", x.Assessments}, {"series", x.SeriesList}} {
		for _, r := range g.of {
			sources = append(sources, look.Option{Value: g.kind + ":" + r.ID, Text: v.words.T("source.kind."+g.kind) + " " + r.ID, Hint: r.Name})
		}
	}
	return v.show("warning-new", page.IssueWarning{Frame: f, Chosen: of != "", Situation: f.Field("situation").From(v.orNone("option.choose", v.named(x.Situations))),
		Level: f.Field("level").Of("radio").From(v.levels()), Populations: f.Field("populations").As("population_at_risk").Of("checkbox").From(v.named(x.Populations)),
		Finding: f.Field("finding").Area(6), Confidence: f.Field("confidence").Of("radio").From(v.choices("confidence", "low", "moderate", "high")),
		Sources: f.Field("sources").Of("checkbox").From(sources).MayBeEmpty(), To: f.Field("to").Of("checkbox").From(v.named(x.People)),
		Expires: f.Field("expires").Of("date").MayBeEmpty(), Protocol: f.Field("protocol").From(v.named(x.Protocols)), Marking: f.Field("marking").From(v.markings()), Preview: x.Levels})
}

func (v *visit) issueWarning() error {
	if err := v.read(); err != nil {
		return err
	}
	level, _ := strconv.Atoi(v.pick("level"))
	in := heed.WarningInput{Situation: v.pick("situation"), Level: level, Populations: v.form.Values["populations"], Finding: v.must("finding"), Confidence: v.pick("confidence"),
		Marking: v.text("marking"), Protocol: v.text("protocol"), Expires: v.day("expires"), To: v.form.Values["to"]}
	if len(in.To) == 0 {
		v.blame("to", "error.choose.of")
	}
	for _, s := range v.form.Values["sources"] {
		kind, id, _ := strings.Cut(s, ":")
		in.Sources = append(in.Sources, heed.WarningSource{Kind: kind, ID: id})
	}
	if v.bad() {
		return v.wrong(v.newWarning)
	}
	got, err := v.h.IssueWarning(v.r.Context(), v.who, in)
	if err != nil {
		return v.again(err, v.newWarning)
	}
	return v.done("/warnings/"+got.ID, "issued", got.ID)
}
