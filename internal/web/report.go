package web

import (
	"crypto/rand"
	"strconv"
	"time"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// reports is the list of reports.
func reports(v *visit.Visit) error {
	v.Form.Values = v.R.URL.Query()
	q := heed.ReportFilter{Situation: v.Text("situation"), Source: v.Text("source_type"), State: v.Text("state"), Q: v.Text("q"), Page: v.Part()}
	rows, total, err := v.H.Reports(v.R.Context(), v.Who, q)
	if err != nil {
		return err
	}
	t := page.ReportTable(v.Words, "reports", rows)
	if v.WantsCSV() {
		return v.CSV("reports", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("reports.title"), Here: "reports"})
	if err != nil {
		return err
	}
	situations, err := v.OpenSituations()
	if err != nil {
		return err
	}
	v.Turn(&t, "/reports", total)
	return v.Show("reports", page.Reports{Frame: f, Table: t, Filter: []look.Field{
		f.Field("state").From(v.OrNone("option.any", v.Choices("report.state.", report.States()...))).MayBeEmpty(),
		f.Field("source_type").From(v.OrNone("option.any", v.Choices("source.", events.SourceTypes()...))).MayBeEmpty(),
		f.Field("situation").From(v.OrNone("option.any", situations)).MayBeEmpty(), f.Field("q").MayBeEmpty()}})
}

// newReport is the form with which somebody signed in takes a report in.
func newReport(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("report.new.title"), Here: "reports"})
	if err != nil {
		return err
	}
	situations, err := v.OpenSituations()
	if err != nil {
		return err
	}
	v.Prefill("marking", "AMBER", "situation", v.R.URL.Query().Get("situation"))
	p := reportForm(v, f)
	p.Situation = p.Field("situation").From(v.OrNone("option.none", situations)).MayBeEmpty()
	return v.Show("report-new", p)
}

// tell is the same for anybody, on a page that says little.
func tell(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("tell.title")})
	if err != nil {
		return err
	}
	p := reportForm(v, f)
	p.Known = p.Field("known_by").Of("radio").From(v.Choices("known.", "seen", "witness", "told", "published")).MayBeEmpty()
	return v.Show("tell", p)
}

func reportForm(v *visit.Visit, f look.Frame) page.ReportForm {
	f.Form = v.Form
	once := v.Text("once")
	if once == "" {
		once = rand.Text()
	}
	return page.ReportForm{Frame: f, Once: once, Source: f.Field("source_type").Of("radio").From(v.Choices("source.", events.SourceTypes()...)),
		Day: f.Field("occurred").Of("date"), Country: f.Field("country").From(v.OrNone("option.none", v.Countries())), Place: f.Field("place"),
		Population: f.Field("population").As("population_at_risk").MayBeEmpty(),
		What: f.Field("what").As("what_happened").Of("checkbox").From(v.Choices("what.", "killing", "injury", "sexual-violence", "detention", "displacement",
			"destruction", "incitement", "denial", "preparation", "other")).MayBeEmpty(),
		Killed: f.Field("killed").Of("number").MayBeEmpty(), Account: f.Field("text").Area(8),
		Known:  f.Field("known_by").From(v.OrNone("known.unsaid", v.Choices("known.", "seen", "witness", "told", "published"))).MayBeEmpty(),
		OwnRef: f.Field("reference").As("ownref").MayBeEmpty(), SourceName: f.Field("source_name").MayBeEmpty(), Contact: f.Field("contact").MayBeEmpty(),
		Safety: f.Field("safety").MayBeEmpty(), Marking: f.Field("marking").From(v.Markings())}
}

// reportInput reads either form.
func reportInput(v *visit.Visit) heed.ReportInput {
	in := heed.ReportInput{SourceType: v.Pick("source_type"), Occurred: v.Day("occurred"), Country: v.Text("country"), Marking: v.Text("marking"), Channel: "web", Once: v.Text("once")}
	in.Text, in.Place, in.Population, in.KnownBy, in.Reference = v.Must("text"), v.Text("place"), v.Text("population"), v.Text("known_by"), v.Text("reference")
	in.What, in.Language = v.Form.Values["what"], v.Words.Tag
	if n := v.Number("killed"); n >= 0 {
		in.Killed = &n
	}
	if id := v.Text("situation"); id != "" {
		in.Situations = []string{id}
	}
	source := report.Identity{Name: v.Text("source_name"), Contact: v.Text("contact"), Safety: v.Text("safety"), FollowUp: v.Text("contact") != ""}
	if source != (report.Identity{}) {
		in.Identity = &source
	}
	if in.Occurred.IsZero() && v.Form.Error("occurred") == "" {
		v.Must("occurred")
	}
	if in.Country == "" && in.Place == "" {
		v.Blame("place", "error.where.of")
	}
	if !in.Occurred.IsZero() && (in.Occurred.Year() < 1900 || in.Occurred.After(v.H.Now().Add(14*time.Hour))) { // a day begins in the east first
		v.Blame("occurred", "error.day.of")
	}
	return in
}

func addReport(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := reportInput(v)
	if v.Bad() {
		return v.Wrong(newReport)
	}
	got, err := v.H.AddReport(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, newReport)
	}
	v.Form = look.Form{}
	return receipt(v, got, "receipt", v.Words.T("receipt.title"))
}

func told(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := reportInput(v)
	in.Marking, in.Situations = "", nil
	if v.Bad() {
		return v.Wrong(tell)
	}
	got, err := v.H.AddReport(v.R.Context(), heed.Nobody, in)
	if err != nil {
		return v.Again(err, tell)
	}
	v.Form = look.Form{}
	return receipt(v, got, "told", v.Words.T("tell.sent"))
}

func receipt(v *visit.Visit, got heed.ReportReceipt, name, title string) error {
	f, err := v.Frame(look.Frame{Title: title, Here: "reports"})
	if err != nil {
		return err
	}
	return v.Show(name, page.Receipt{Frame: f, Report: got.Report, Reference: got.Code, Entry: got.Entry})
}

// oneReport is one report with its fate.
func oneReport(v *visit.Visit) error { return reportWith(v, nil, 0) }

func reportWith(v *visit.Visit, source []page.Line, opened int64) error {
	x, err := v.H.Report(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	place := x.Place
	if place == "" {
		place = v.Words.Day(x.From)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("report.title", v.Words.T("source."+x.Source), v.Words.Country(x.Country), place), ID: x.ID, Marking: x.Marking,
		Kicker: v.Words.T("kicker.report"), Here: "reports", Record: look.Place{Entry: x.Entry}})
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
	p.Reliability = f.Field("reliability").From(v.Choices("reliability.", "A", "B", "C", "D", "E", "F"))
	p.Credibility = f.Field("credibility").From(v.Choices("credibility.", "1", "2", "3", "4", "5", "6"))
	if done, err := sameReports(v, &p, x); done || err != nil {
		return err
	}
	if x.MayAssess {
		situations, err := v.OpenSituations()
		if err != nil {
			return err
		}
		p.Situation = f.Field("situation").From(v.OrNone("option.none", situations)).MayBeEmpty()
	}
	return v.Show("report", p)
}

// sameReports adds which reports tell the same.
func sameReports(v *visit.Visit, p *page.Report, x heed.Report) (answered bool, err error) {
	p.Same = page.SameTable(v.Words, "same", x.Same)
	p.SameAs, p.Joined, p.SameWhy, p.MayJoin, p.MayPart = x.SameAs, x.Joined, x.SameWhy, x.MayJoin, x.MayPart
	p.First, p.JoinWhy = p.Field("first"), p.Field("join_why").As("why").Area(2)
	return v.Tables("/reports/"+x.ID, &p.Same)
}

func joinReport(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, first, why := v.R.PathValue("id"), v.Must("first"), v.Must("join_why")
	if v.Bad() {
		return v.Wrong(oneReport)
	}
	if err := v.H.JoinReport(v.R.Context(), v.Who, id, first, why); err != nil {
		return v.Again(err, oneReport)
	}
	return v.Done("/reports/"+id, "joined", id)
}

func partReport(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, why := v.R.PathValue("id"), v.Must("join_why")
	if v.Bad() {
		return v.Wrong(oneReport)
	}
	if err := v.H.PartReport(v.R.Context(), v.Who, id, why); err != nil {
		return v.Again(err, oneReport)
	}
	return v.Done("/reports/"+id, "parted", id)
}

func assessReport(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	credibility, _ := strconv.Atoi(v.Pick("credibility"))
	reliability, why := v.Pick("reliability"), v.Text("why")
	if v.Bad() {
		return v.Wrong(oneReport)
	}
	if err := v.H.AssessReport(v.R.Context(), v.Who, id, reliability, credibility, v.Text("situation"), why); err != nil {
		return v.Again(err, oneReport)
	}
	return v.Done("/reports/"+id, "assessed", id)
}

// openReport shows who the source is, once that it was opened is on record.
func openReport(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	who := v.Who
	if who.Purpose = v.Must("purpose"); v.Bad() {
		return v.Wrong(oneReport)
	}
	source, opened, err := v.H.OpenReport(v.R.Context(), who, v.R.PathValue("id"))
	if err != nil {
		return v.Again(err, oneReport)
	}
	var lines []page.Line
	for _, l := range []page.Line{{Label: v.Words.T("field.source_name"), Text: source.Name}, {Label: v.Words.T("col.agency"), Text: source.Organisation},
		{Label: v.Words.T("field.contact"), Text: source.Contact}, {Label: v.Words.T("field.safety"), Text: source.Safety}} {
		if l.Text != "" {
			lines = append(lines, l)
		}
	}
	return reportWith(v, lines, opened)
}

func withdrawReport(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, reason := v.R.PathValue("id"), v.Must("reason")
	if v.Bad() {
		return v.Wrong(oneReport)
	}
	if err := v.H.WithdrawReport(v.R.Context(), v.Who, id, reason); err != nil {
		return v.Again(err, oneReport)
	}
	return v.Done("/reports/"+id, "withdrawn", id)
}

// fate asks for a reference. It is posted, so that it stays out of addresses.
func fate(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("fate.title")})
	if err != nil {
		return err
	}
	return v.Show("fate", page.Fate{Frame: f, Reference: f.Field("receipt").As("reference")})
}

func askFate(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	code := v.Text("receipt")
	got, err := v.H.Fate(v.R.Context(), code)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.Invalid("receipt", "%s", v.Words.T("fate.none"))
	}
	if err != nil {
		return v.Again(err, fate)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("fate.title")})
	if err != nil {
		return err
	}
	p := page.Fate{Frame: f, Found: code}
	for _, s := range got.Steps {
		p.Steps = append(p.Steps, page.FateStep{At: s.At, Kind: s.State, Ref: s.In})
	}
	return v.Show("fate", p)
}
