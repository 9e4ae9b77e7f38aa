package web

import (
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// situations is the list of situations.
func (v *visit) situations() error {
	v.form.Values = v.r.URL.Query()
	rows, _, err := v.h.Situations(v.r.Context(), v.who, heed.SituationFilter{State: v.text("state"), Country: v.text("country"), Q: v.text("q")})
	if err != nil {
		return err
	}
	t := page.SituationTable(v.words, "situations", rows)
	if v.wantsCSV() {
		return v.csv("situations", t)
	}
	f, err := v.frame(look.Frame{Title: v.words.T("situations.title"), Here: "situations"})
	if err != nil {
		return err
	}
	t.CSV = "/situations.csv?" + v.form.Values.Encode()
	return v.show("situations", page.Situations{Frame: f, Table: t, Filter: []look.Field{
		f.Field("country").From(v.orNone("option.any", v.countries())).MayBeEmpty(),
		f.Field("state").From(v.orNone("option.any", v.choices("situation.state", "watched", "active", "closed"))).MayBeEmpty(), f.Field("q").MayBeEmpty()}})
}

// newSituation is the form that opens a situation.
func (v *visit) newSituation() error {
	f, err := v.frame(look.Frame{Title: v.words.T("situation.new.title"), Here: "situations"})
	if err != nil {
		return err
	}
	people, err := v.everyone("")
	if err != nil {
		return err
	}
	v.prefill("marking", "AMBER", "analyst", v.who.Person, "state", "watched")
	f.Form = v.form
	return v.show("situation-new", page.SituationForm{Frame: f, Fields: []look.Field{f.Field("name"), f.Field("country").From(v.orNone("option.none", v.countries())),
		f.Field("area").MayBeEmpty(), f.Field("populations").Area(3), f.Field("analyst").From(v.orNone("option.none", people)),
		f.Field("state").From(v.choices("situation.state", "watched", "active")), f.Field("marking").From(v.markings())}})
}

func (v *visit) addSituation() error {
	if err := v.read(); err != nil {
		return err
	}
	in := heed.SituationInput{Name: v.must("name"), Country: v.text("country"), Area: v.text("area"), Populations: v.lines("populations"),
		State: v.text("state"), Analyst: v.text("analyst"), Marking: v.text("marking")}
	if v.bad() {
		return v.wrong(v.newSituation)
	}
	id, err := v.h.AddSituation(v.r.Context(), v.who, in)
	if err != nil {
		return v.again(err, v.newSituation)
	}
	return v.done("/situations/"+id, "opened", id)
}

// situation is the dossier of one situation.
func (v *visit) situation() error {
	x, err := v.h.Situation(v.r.Context(), v.who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.Name(look.Ref{ID: x.ID, Name: x.Name}), ID: x.ID, Marking: x.Marking, Kicker: v.words.T("kicker.situation"),
		Here: "situations", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	assessments, err := v.h.Assessments(v.r.Context(), v.who, x.ID)
	if err != nil {
		return err
	}
	w := v.words
	p := page.Situation{Frame: f, Row: x.SituationRow, Started: x.Started, Area: x.Area, Members: x.Members, Populations: x.Pops,
		Line: page.NewLine(x.Timeline, x.Started, f.Now), Events: x.Timeline, Matrix: matrixOf(x.Matrix, w),
		Warnings: page.WarningTable(w, "warnings", x.Warnings).Without("situation", "country"), Duties: page.DutyTable(w, "duties", x.Duties, f.Now).Without("situation"),
		Reports: page.ReportTable(w, "reports", x.Reports).Without("situation"), Decisions: page.DecisionTable(w, "decisions", x.Decisions).Without("situation"),
		Assessments: page.AssessmentTable(w, "assessments", assessments), MayWarn: x.MayWarn, MayAssess: x.MayAssess, MayReport: f.Can("report.add"),
		MayChange: x.MayChange, MayStaff: x.MayStaff, MayClose: x.MayClose}
	for _, t := range []*look.Table{&p.Warnings, &p.Duties, &p.Reports, &p.Assessments} {
		t.CSV = "/" + t.ID + ".csv?situation=" + x.ID
	}
	for _, s := range x.Series {
		p.Series = append(p.Series, page.Draw(w, seriesOf(s, x.ID, w)))
	}
	for kind, n := range x.Sources {
		p.Sources = append(p.Sources, page.Tally{Kind: kind, Count: n})
	}
	slices.SortFunc(p.Sources, func(a, b page.Tally) int { return int(b.Count-a.Count)*100 + strings.Compare(a.Kind, b.Kind) })
	if err := v.manage(&p, x); err != nil {
		return err
	}
	return v.show("situation", p)
}

// manage adds the forms that change a situation.
func (v *visit) manage(p *page.Situation, x heed.Situation) error {
	p.State = p.Field("state").From(v.choices("situation.state", "watched", "active", "closed"))
	p.Reason, p.PopName, p.PopWhy = p.Field("reason").Area(2), p.Field("popname"), p.Field("why").MayBeEmpty()
	if !x.MayStaff {
		return nil
	}
	people, err := v.everyone("")
	p.Member = p.Field("person").From(people)
	return err
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
	out := page.Series{ID: strings.ToLower(s.ID + "-" + s.Source), Name: w.Word("outcome", s.Outcome), Unit: w.Word("unit", s.Unit), Source: s.Source, Issued: s.Issued, Entry: s.Entry,
		CSV: "/situations/" + situation + "/series/" + strings.ToLower(s.ID+"-"+s.Source) + ".csv"}
	for _, p := range s.Points {
		out.Points = append(out.Points, chart.Observation{Month: p.Month, Count: p.Best, Low: p.Low, High: p.High})
	}
	return out
}

// series is one series of a situation as CSV.
func (v *visit) series() error {
	x, err := v.h.Situation(v.r.Context(), v.who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	name, _ := strings.CutSuffix(v.r.PathValue("name"), ".csv")
	for _, s := range x.Series {
		if drawn := seriesOf(s, x.ID, v.words); drawn.ID == name {
			return v.csv(name, page.Draw(v.words, drawn).Table)
		}
	}
	return fault.NotFound("there is no series %q in %s", name, x.ID)
}

func (v *visit) setSituation() error {
	if err := v.read(); err != nil {
		return err
	}
	id, state, reason := v.r.PathValue("id"), v.pick("state"), v.text("reason")
	if v.bad() {
		return v.wrong(v.situation)
	}
	change := func() error { return v.h.SetSituation(v.r.Context(), v.who, id, state, reason) }
	if state == "closed" {
		change = func() error { return v.h.CloseSituation(v.r.Context(), v.who, id, reason) }
	}
	if err := change(); err != nil {
		return v.again(err, v.situation)
	}
	return v.done("/situations/"+id, "saved", "")
}

func (v *visit) addMember() error {
	if err := v.read(); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if err := v.h.AddMember(v.r.Context(), v.who, id, v.text("person")); err != nil {
		return v.again(err, v.situation)
	}
	return v.done("/situations/"+id, "saved", "")
}

func (v *visit) addPopulation() error {
	if err := v.read(); err != nil {
		return err
	}
	id, name := v.r.PathValue("id"), v.must("popname")
	if v.bad() {
		return v.wrong(v.situation)
	}
	if _, err := v.h.AddPopulation(v.r.Context(), v.who, id, name, v.text("why")); err != nil {
		return v.again(err, v.situation)
	}
	return v.done("/situations/"+id, "saved", "")
}
