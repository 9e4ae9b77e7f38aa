package web

import (
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// situations is the list of situations.
func situations(v *visit.Visit) error {
	v.Form.Values = v.R.URL.Query()
	rows, _, err := v.H.Situations(v.R.Context(), v.Who, heed.SituationFilter{State: v.Text("state"), Country: v.Text("country"), Q: v.Text("q")})
	if err != nil {
		return err
	}
	t := page.SituationTable(v.Words, "situations", rows)
	if v.WantsCSV() {
		return v.CSV("situations", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("situations.title"), Here: "situations"})
	if err != nil {
		return err
	}
	t.CSV = "/situations.csv?" + v.Form.Values.Encode()
	return v.Show("situations", page.Situations{Frame: f, Table: t, Filter: []look.Field{
		f.Field("country").From(v.OrNone("option.any", v.Countries())).MayBeEmpty(),
		f.Field("state").From(v.OrNone("option.any", v.Choices("situation.state.", "watched", "active", "closed"))).MayBeEmpty(), f.Field("q").MayBeEmpty()}})
}

// newSituation is the form that opens a situation.
func newSituation(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("situation.new.title"), Here: "situations"})
	if err != nil {
		return err
	}
	people, err := v.Everyone("")
	if err != nil {
		return err
	}
	v.Prefill("marking", "AMBER", "analyst", v.Who.Person, "state", "watched")
	f.Form = v.Form
	return v.Show("situation-new", page.SituationForm{Frame: f, Fields: []look.Field{f.Field("name"), f.Field("country").From(v.OrNone("option.none", v.Countries())),
		f.Field("area").MayBeEmpty(), f.Field("populations").Area(3), f.Field("analyst").From(v.OrNone("option.none", people)),
		f.Field("state").From(v.Choices("situation.state.", "watched", "active")), f.Field("marking").From(v.Markings())}})
}

func addSituation(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.SituationInput{Name: v.Must("name"), Country: v.Text("country"), Area: v.Text("area"), Populations: v.Lines("populations"),
		State: v.Text("state"), Analyst: v.Text("analyst"), Marking: v.Text("marking")}
	if v.Bad() {
		return v.Wrong(newSituation)
	}
	id, err := v.H.AddSituation(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, newSituation)
	}
	return v.Done("/situations/"+id, "opened", id)
}

const (
	listed = 10 // rows of a list in a dossier
	recent = 30 // events
)

// situation is the dossier of one situation.
func situation(v *visit.Visit) error {
	x, err := v.H.Situation(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.Name(look.Ref{ID: x.ID, Name: x.Name}), ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("kicker.situation"),
		Here: "situations", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	assessments, err := v.H.Assessments(v.R.Context(), v.Who, x.ID)
	if err != nil {
		return err
	}
	w := v.Words
	p := page.Situation{Frame: f, Row: x.SituationRow, Started: x.Started, Area: x.Area, Members: x.Members, Populations: x.Pops,
		Line: page.NewLine(x.Turns, x.Started, f.Now), Matrix: matrixOf(x.Matrix, w),
		Warnings: page.WarningTable(w, "warnings", x.Warnings).Without("situation", "country"), Duties: page.DutyTable(w, "duties", x.Duties, f.Now).Without("situation"),
		Reports: page.ReportTable(w, "reports", x.Reports).Without("situation"), Decisions: page.DecisionTable(w, "decisions", x.Decisions).Without("situation"),
		Assessments: page.AssessmentTable(w, "assessments", assessments), MayWarn: x.MayWarn, MayAssess: x.MayAssess, MayReport: f.Can("report.add"),
		MayChange: x.MayChange, MayStaff: x.MayStaff, MayClose: x.MayClose}
	for _, t := range []*look.Table{&p.Warnings, &p.Duties, &p.Reports, &p.Assessments} {
		t.CSV = "/" + t.ID + ".csv?situation=" + x.ID
		if t != &p.Assessments {
			*t = w.First(*t, listed, "/"+t.ID+"?situation="+x.ID)
		}
	}
	p.Events = slices.Clone(x.Timeline)
	slices.Reverse(p.Events) // the newest first
	if len(p.Events) > recent {
		p.Events, p.AllEvents = p.Events[:recent], "/record?subject="+x.ID
	}
	for _, s := range x.Series {
		p.Series = append(p.Series, page.Draw(w, seriesOf(s, x.ID, w)))
	}
	for kind, n := range x.Sources {
		p.Sources = append(p.Sources, page.Tally{Kind: kind, Count: n})
	}
	slices.SortFunc(p.Sources, func(a, b page.Tally) int { return int(b.Count-a.Count)*100 + strings.Compare(a.Kind, b.Kind) })
	if err := manage(v, &p, x); err != nil {
		return err
	}
	return v.Show("situation", p)
}

// manage adds the forms that change a situation.
func manage(v *visit.Visit, p *page.Situation, x heed.Situation) error {
	p.State = p.Field("state").From(v.Choices("situation.state.", "watched", "active", "closed"))
	p.Reason, p.PopName, p.PopWhy = p.Field("reason").Area(2), p.Field("popname"), p.Field("why").MayBeEmpty()
	p.Called, p.Where = p.Field("name"), p.Field("area").MayBeEmpty()
	if !v.Form.Values.Has("name") {
		p.Called.Value, p.Where.Value = x.Name, x.Area
	}
	if !x.MayStaff {
		return nil
	}
	people, err := v.Everyone("")
	p.Member, p.Analyst = p.Field("person").From(people), p.Field("analyst").From(people)
	var members []look.Option
	for _, m := range x.Members {
		members = append(members, look.Option{Value: m.ID, Text: v.Words.Name(m)})
	}
	p.Leaves = p.Field("leaves").As("person").From(members)
	return err
}

// change reads a form of the dossier, and does what it asks for.
func change(v *visit.Visit, do func(id string) error) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	err := do(id)
	if v.Bad() {
		return v.Wrong(situation)
	}
	if err != nil {
		return v.Again(err, situation)
	}
	return v.Done("/situations/"+id, "saved", "")
}

func renameSituation(v *visit.Visit) error {
	return change(v, func(id string) error {
		name := v.Must("name")
		if v.Bad() {
			return nil
		}
		return v.H.RenameSituation(v.R.Context(), v.Who, id, name, v.Text("area"))
	})
}

func setAnalyst(v *visit.Visit) error {
	return change(v, func(id string) error { return v.H.SetAnalyst(v.R.Context(), v.Who, id, v.Text("analyst")) })
}

func removeMember(v *visit.Visit) error {
	return change(v, func(id string) error { return v.H.RemoveMember(v.R.Context(), v.Who, id, v.Text("leaves")) })
}

// matrixOf turns the node's matrix into shades and changes.
func matrixOf(m heed.Matrix, w *look.Words) page.Matrix {
	out := page.Matrix{At: m.At}
	for i, pop := range m.Populations {
		out.Populations = append(out.Populations, w.Name(pop))
		out.IDs = append(out.IDs, m.Assessments[i])
	}
	if m.At.IsZero() {
		return out
	}
	for _, r := range m.Factors {
		row := page.MatrixRow{Factor: r.Factor, Name: w.Factor(r.Factor, r.Name)}
		for _, c := range r.Cells {
			var was *chart.Marks
			if c.Was != nil {
				was = &chart.Marks{Absent: c.Was[0], Present: c.Was[1], Worsening: c.Was[2], Unknown: c.Was[3]}
			}
			row.Cells = append(row.Cells, chart.NewCell(chart.Marks{Absent: c.Absent, Present: c.Present, Worsening: c.Worsening, Unknown: c.Unknown}, was))
		}
		out.Factors = append(out.Factors, row)
	}
	return out.Tally()
}

func seriesOf(s heed.Series, situation string, w *look.Words) page.Series {
	out := page.Series{ID: strings.ToLower(s.ID + "-" + s.Source), Name: w.T("series.name", w.Word("outcome.", s.Outcome), w.Word("dataset.", s.Source)), Unit: w.Word("unit.", s.Unit), Source: w.Word("dataset.", s.Source), Issued: s.Issued, Entry: s.Entry,
		CSV: "/situations/" + situation + "/series/" + strings.ToLower(s.ID+"-"+s.Source) + ".csv"}
	for _, p := range s.Points {
		out.Points = append(out.Points, chart.Observation{Month: p.Month, Count: p.Best, Low: p.Low, High: p.High})
	}
	return out
}

// series is one series of a situation as CSV.
func series(v *visit.Visit) error {
	x, err := v.H.Situation(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	name, _ := strings.CutSuffix(v.R.PathValue("name"), ".csv")
	for _, s := range x.Series {
		if drawn := seriesOf(s, x.ID, v.Words); drawn.ID == name {
			return v.CSV(name, page.Draw(v.Words, drawn).Table)
		}
	}
	return fault.NotFound("there is no series %q in %s", name, x.ID)
}

func setSituation(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, state, reason := v.R.PathValue("id"), v.Pick("state"), v.Text("reason")
	if v.Bad() {
		return v.Wrong(situation)
	}
	change := func() error { return v.H.SetSituation(v.R.Context(), v.Who, id, state, reason) }
	if state == "closed" {
		change = func() error { return v.H.CloseSituation(v.R.Context(), v.Who, id, reason) }
	}
	if err := change(); err != nil {
		return v.Again(err, situation)
	}
	return v.Done("/situations/"+id, "saved", "")
}

func addMember(v *visit.Visit) error {
	return change(v, func(id string) error { return v.H.AddMember(v.R.Context(), v.Who, id, v.Text("person")) })
}

func addPopulation(v *visit.Visit) error {
	return change(v, func(id string) error {
		name := v.Must("popname")
		if v.Bad() {
			return nil
		}
		_, err := v.H.AddPopulation(v.R.Context(), v.Who, id, name, v.Text("why"))
		return err
	})
}
