package web

import (
	"strconv"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

const rowsShown = 100

// reports is the list of reports.
func (v *visit) reports() error {
	v.form.Values = v.r.URL.Query()
	q := heed.ReportFilter{Situation: v.text("situation"), Source: v.text("source_type"), State: v.text("state"), Q: v.text("q"), Page: v.part()}
	rows, total, err := v.h.Reports(v.r.Context(), v.who, q)
	if err != nil {
		return err
	}
	t := page.ReportTable(v.words, "reports", rows)
	if v.wantsCSV() {
		return v.csv("reports", t)
	}
	f, err := v.frame(look.Frame{Title: v.words.T("reports.title"), Here: "reports"})
	if err != nil {
		return err
	}
	situations, err := v.openSituations()
	if err != nil {
		return err
	}
	v.turn(&t, "/reports", total)
	return v.show("reports", page.Reports{Frame: f, Table: t, Filter: []look.Field{
		f.Field("state").From(v.orNone("option.any", v.choices("report.state", report.States()...))).MayBeEmpty(),
		f.Field("source_type").From(v.orNone("option.any", v.choices("source", events.SourceTypes()...))).MayBeEmpty(),
		f.Field("situation").From(v.orNone("option.any", situations)).MayBeEmpty(), f.Field("q").MayBeEmpty()}})
}

// openSituations are those that the reader may read, to choose from.
func (v *visit) openSituations() (out []look.Option, err error) {
	rows, _, err := v.h.Situations(v.r.Context(), v.who, heed.SituationFilter{})
	for _, s := range rows {
		if s.State != "closed" {
			out = append(out, look.Option{Value: s.ID, Text: v.words.Name(look.Ref{ID: s.ID, Name: s.Name})})
		}
	}
	return out, err
}

// newReport is the form with which somebody signed in takes a report in.
func (v *visit) newReport() error {
	f, err := v.frame(look.Frame{Title: v.words.T("report.new.title"), Here: "reports"})
	if err != nil {
		return err
	}
	situations, err := v.openSituations()
	if err != nil {
		return err
	}
	v.prefill("marking", "AMBER", "situation", v.r.URL.Query().Get("situation"))
	p := v.reportForm(f)
	p.Situation = p.Field("situation").From(v.orNone("option.none", situations)).MayBeEmpty()
	return v.show("report-new", p)
}

// tell is the same for anybody, on a page that says little.
func (v *visit) tell() error {
	f, err := v.frame(look.Frame{Title: v.words.T("tell.title")})
	if err != nil {
		return err
	}
	p := v.reportForm(f)
	p.Known = p.Field("known_by").Of("radio").From(v.choices("known", "seen", "witness", "told", "published")).MayBeEmpty()
	return v.show("tell", p)
}

func (v *visit) reportForm(f look.Frame) page.ReportForm {
	f.Form = v.form
	return page.ReportForm{Frame: f, Source: f.Field("source_type").Of("radio").From(v.choices("source", events.SourceTypes()...)),
		Day: f.Field("occurred").Of("date"), Country: f.Field("country").From(v.orNone("option.none", v.countries())), Place: f.Field("place"),
		Population: f.Field("population").As("population_at_risk").MayBeEmpty(),
		What: f.Field("what").As("what_happened").Of("checkbox").From(v.choices("what", "killing", "injury", "sexual-violence", "detention", "displacement",
			"destruction", "incitement", "denial", "preparation", "other")).MayBeEmpty(),
		Killed: f.Field("killed").Of("number").MayBeEmpty(), Account: f.Field("text").Area(8),
		Known:  f.Field("known_by").From(v.orNone("known.unsaid", v.choices("known", "seen", "witness", "told", "published"))).MayBeEmpty(),
		OwnRef: f.Field("reference").As("ownref").MayBeEmpty(), SourceName: f.Field("source_name").MayBeEmpty(), Contact: f.Field("contact").MayBeEmpty(),
		Safety: f.Field("safety").MayBeEmpty(), Marking: f.Field("marking").From(v.markings())}
}

// reportInput reads either form.
func (v *visit) reportInput() heed.ReportInput {
	in := heed.ReportInput{SourceType: v.pick("source_type"), Occurred: v.day("occurred"), Country: v.text("country"), Marking: v.text("marking"), Channel: "web"}
	in.Text, in.Place, in.Population, in.KnownBy, in.Reference = v.must("text"), v.text("place"), v.text("population"), v.text("known_by"), v.text("reference")
	in.What, in.Language = v.form.Values["what"], v.words.Tag
	if n := v.number("killed"); n >= 0 {
		in.Killed = &n
	}
	if id := v.text("situation"); id != "" {
		in.Situations = []string{id}
	}
	source := report.Identity{Name: v.text("source_name"), Contact: v.text("contact"), Safety: v.text("safety"), FollowUp: v.text("contact") != ""}
	if source != (report.Identity{}) {
		in.Identity = &source
	}
	if in.Occurred.IsZero() && v.form.Error("occurred") == "" {
		v.must("occurred")
	}
	return in
}

func (v *visit) addReport() error {
	if err := v.read(); err != nil {
		return err
	}
	in := v.reportInput()
	if v.bad() {
		return v.wrong(v.newReport)
	}
	got, err := v.h.AddReport(v.r.Context(), v.who, in)
	if err != nil {
		return v.again(err, v.newReport)
	}
	v.form = look.Form{}
	return v.receipt(got, "receipt", v.words.T("receipt.title"))
}

func (v *visit) told() error {
	if err := v.read(); err != nil {
		return err
	}
	in := v.reportInput()
	in.Marking, in.Situations = "", nil
	if v.bad() {
		return v.wrong(v.tell)
	}
	got, err := v.h.AddReport(v.r.Context(), heed.Nobody, in)
	if err != nil {
		return v.again(err, v.tell)
	}
	v.form = look.Form{}
	return v.receipt(got, "told", v.words.T("tell.sent"))
}

func (v *visit) receipt(got heed.ReportReceipt, name, title string) error {
	f, err := v.frame(look.Frame{Title: title, Here: "reports"})
	if err != nil {
		return err
	}
	return v.show(name, page.Receipt{Frame: f, Report: got.Report, Reference: got.Code, Entry: got.Entry})
}

// report is one report with its fate.
func (v *visit) report() error { return v.reportWith(nil, 0) }

func (v *visit) reportWith(source []page.Line, opened int64) error {
	x, err := v.h.Report(v.r.Context(), v.who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	place := x.Place
	if place == "" {
		place = v.words.Day(x.From)
	}
	f, err := v.frame(look.Frame{Title: v.words.T("report.title", v.words.T("source."+x.Source), v.words.Country(x.Country), place), ID: x.ID, Marking: x.Marking,
		Kicker: v.words.T("kicker.report"), Here: "reports", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	known := x.Known
	if known == "" {
		known = "unsaid"
	}
	p := page.Report{Frame: f, Row: x.ReportRow, Account: x.Account, Known: known, What: x.What, Population: x.Population, Grade: x.Grade, Judgment: x.Judgment, Repeats: x.Repeats,
		Situations: x.Situations, Reference: x.Reference, Fate: x.Fate, Submitter: x.Submitter, HasContact: x.HasContact, MayAssess: x.MayAssess, MayOpen: x.MayOpen,
		MayWithdraw: x.MayWithdraw, Contact: source, OpenedAs: opened}
	p.Purpose, p.Why, p.WithdrawWhy = f.Field("purpose"), f.Field("why").Area(3), f.Field("reason").Area(2)
	p.Reliability = f.Field("reliability").From(v.choices("reliability", "A", "B", "C", "D", "E", "F"))
	p.Credibility = f.Field("credibility").From(v.choices("credibility", "1", "2", "3", "4", "5", "6"))
	if x.MayAssess {
		situations, err := v.openSituations()
		if err != nil {
			return err
		}
		p.Situation = f.Field("situation").From(v.orNone("option.none", situations)).MayBeEmpty()
	}
	return v.show("report", p)
}

func (v *visit) assessReport() error {
	if err := v.read(); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	credibility, _ := strconv.Atoi(v.pick("credibility"))
	reliability, why := v.pick("reliability"), v.text("why")
	if v.bad() {
		return v.wrong(v.report)
	}
	if err := v.h.AssessReport(v.r.Context(), v.who, id, reliability, credibility, v.text("situation"), why); err != nil {
		return v.again(err, v.report)
	}
	return v.done("/reports/"+id, "assessed", id)
}

// openReport shows who the source is, once that it was opened is on record.
func (v *visit) openReport() error {
	if err := v.read(); err != nil {
		return err
	}
	who := v.who
	if who.Purpose = v.must("purpose"); v.bad() {
		return v.wrong(v.report)
	}
	source, opened, err := v.h.OpenReport(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return v.again(err, v.report)
	}
	var lines []page.Line
	for _, l := range []page.Line{{Label: v.words.T("field.source_name"), Text: source.Name}, {Label: v.words.T("col.agency"), Text: source.Organisation},
		{Label: v.words.T("field.contact"), Text: source.Contact}, {Label: v.words.T("field.safety"), Text: source.Safety}} {
		if l.Text != "" {
			lines = append(lines, l)
		}
	}
	return v.reportWith(lines, opened)
}

func (v *visit) withdrawReport() error {
	if err := v.read(); err != nil {
		return err
	}
	id, reason := v.r.PathValue("id"), v.must("reason")
	if v.bad() {
		return v.wrong(v.report)
	}
	if err := v.h.WithdrawReport(v.r.Context(), v.who, id, reason); err != nil {
		return v.again(err, v.report)
	}
	return v.done("/reports/"+id, "withdrawn", id)
}

// fate asks for a reference. It is posted, so that it stays out of addresses.
func (v *visit) fate() error {
	f, err := v.frame(look.Frame{Title: v.words.T("fate.title")})
	if err != nil {
		return err
	}
	return v.show("fate", page.Fate{Frame: f, Reference: f.Field("receipt").As("reference")})
}

func (v *visit) askFate() error {
	if err := v.read(); err != nil {
		return err
	}
	code := v.text("receipt")
	got, err := v.h.Fate(v.r.Context(), code)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.Invalid("receipt", "%s", v.words.T("fate.none"))
	}
	if err != nil {
		return v.again(err, v.fate)
	}
	f, err := v.frame(look.Frame{Title: v.words.T("fate.title")})
	if err != nil {
		return err
	}
	p := page.Fate{Frame: f, Found: code}
	for _, s := range got.Steps {
		p.Steps = append(p.Steps, page.FateStep{At: s.At, Kind: s.State, Ref: s.In})
	}
	return v.show("fate", p)
}
