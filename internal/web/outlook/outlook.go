// Package outlook holds the pages of forecasts: the board of what changed, what
// forecasts turned out to be worth, and what the newest says of the country of a
// situation.
//
// A page of a forecast says in a sentence what it says in numbers, gives the
// source, the date and the doubt under every figure, and never a level: whether to
// warn is for a person. Real countries have what the data say and no more.
//
//	{"GET /forecasts", outlook.Board, false},
//
// It decides nothing: the node says what may be read and done.
package outlook

import (
	"math"
	"slices"
	"strconv"

	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// outcomes are the kinds of violence that can be chosen.
var outcomes = []string{"ged_sb", "ged_os", "ged_ns"}

// outcome is the kind that the address asks for.
func outcome(v *visit.Visit) string {
	v.Form.Values = v.R.URL.Query()
	if o := v.Text("outcome"); slices.Contains(outcomes, o) {
		return o
	}
	v.Prefill("outcome", outcomes[0])
	return outcomes[0]
}

func outcomeField(v *visit.Visit, f look.Frame) look.Field {
	return f.Field("outcome").From(v.Choices("outcome.", outcomes...))
}

// Board is the list of countries whose risk changed most, and what waits to be
// judged.
func Board(v *visit.Visit) error {
	b, err := v.H.ForecastBoard(v.R.Context(), v.Who, outcome(v))
	if err != nil {
		return err
	}
	t := moverTable(v.Words, "forecasts", b.Movers)
	if v.WantsCSV() {
		return v.CSV("forecasts", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("forecast.title"), Marking: b.Issued.Marking, Kicker: v.Words.T("kicker.forecast"), Here: "forecasts", Record: look.Place{Entry: b.Issued.Entry}})
	if err != nil {
		return err
	}
	t.CSV = "/forecasts.csv?outcome=" + b.Outcome
	return v.Show("forecasts", page.Forecasts{Frame: f, Issued: b.Issued, Before: b.Before, Movers: t, Drafts: drafts(v, f, b.Drafts), Outcome: outcomeField(v, f)})
}

// drafts adds the forms to judge drafts.
func drafts(v *visit.Visit, f look.Frame, all []heed.ForecastOpened) (out []page.ForecastDraft) {
	for _, d := range all {
		out = append(out, page.ForecastDraft{Row: d, Chance: percent(v.Words, d.Probability), Month: month(v.Words, d.Month),
			Verdict: f.Field("verdict").From(v.Choices("forecast.state.", insight.Verdicts()...)), Warning: f.Field("warning").MayBeEmpty(), Reason: f.Field("reason").Area(2)})
	}
	return out
}

// Judge says what a person made of a draft.
func Judge(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	err := v.H.JudgeForecastDraft(v.R.Context(), v.Who, id, v.Pick("verdict"), v.Text("warning"), v.Must("reason"))
	if v.Bad() {
		return v.Wrong(Board)
	}
	if err != nil {
		return v.Again(err, Board)
	}
	return v.Done("/forecasts", "saved", "")
}

// File is the file of an issued forecast, whose hash its entry names.
func File(v *visit.Visit) error {
	entry, err := strconv.ParseInt(v.R.PathValue("entry"), 10, 64)
	if err != nil {
		return fault.NotFound("there is no forecast %q", v.R.PathValue("entry"))
	}
	data, _, err := v.H.ForecastFile(v.R.Context(), v.Who, entry)
	if err != nil {
		return err
	}
	v.Attach("forecast-"+v.R.PathValue("entry")+".parquet", "application/vnd.apache.parquet")
	_, err = v.W.Write(data)
	return err
}

// Situation is what the newest forecast says of the country of a situation.
func Situation(v *visit.Visit) error {
	kind := outcome(v)
	x, err := v.H.SituationForecast(v.R.Context(), v.Who, v.R.PathValue("id"), kind)
	if err != nil {
		return err
	}
	w := v.Words
	t := cellTable(w, "forecast", x.Cells)
	if v.WantsCSV() {
		return v.CSV("forecast", t)
	}
	name := w.Name(look.Ref{ID: x.Situation.ID, Name: x.Situation.Name})
	f, err := v.Frame(look.Frame{Title: w.T("forecast.of", w.Country(x.Situation.Country), name), ID: x.Situation.ID, Marking: x.Situation.Marking, Kicker: w.T("kicker.forecast"),
		Here: "situations", Record: look.Place{Entry: x.Issued.Entry}})
	if err != nil {
		return err
	}
	t.CSV = "/situations/" + x.Situation.ID + "/forecast.csv?outcome=" + kind
	p := page.SituationForecast{Frame: f, Row: x, Cells: t, Drafts: drafts(v, f, x.Drafts), Outcome: outcomeField(v, f), MayWarn: f.Can("warning.issue")}
	if len(x.Cells) > 0 {
		p.Sentences, p.Drivers, p.SkillText = sentences(w, x), drivers(w, x), worth(w, x)
		p.Fusion = fused(v, x)
		p.Fan = fan(w, x, t.CSV)
	}
	return v.Show("situation-forecast", p)
}

// fan draws the history and what may follow.
func fan(w *look.Words, x heed.SituationForecast, csv string) page.Series {
	s := page.Series{ID: "fan", Name: w.T("forecast.fan", w.Word("outcome.", x.Outcome)), Unit: w.Word("unit.", "deaths"), Source: w.Word("dataset.", x.History.Source), Issued: x.Issued.At,
		Entry: x.Issued.Entry, CSV: csv, Trigger: insight.Deadly}
	for _, p := range x.History.Points {
		if p.Month.Before(monthStart(x.Issued.First)) {
			s.Points = append(s.Points, chart.Observation{Month: p.Month, Count: p.Best, Low: p.Low, High: p.High})
		}
	}
	for _, c := range x.Cells {
		s.Forecast = append(s.Forecast, chart.Forecast{Month: monthStart(c.Month), P05: c.P05, P25: c.P25, P50: c.P50, P75: c.P75, P95: c.P95})
	}
	return page.Draw(w, s)
}

// sentences say what a forecast says, for those who do not read quantiles.
func sentences(w *look.Words, x heed.SituationForecast) []string {
	first, top := x.Cells[0], x.Cells[0]
	for _, c := range x.Cells {
		if c.Deadly > top.Deadly {
			top = c
		}
	}
	country, kind := w.Country(x.Situation.Country), w.Word("outcome.", x.Outcome)
	whole := func(f float64) int { return int(math.Round(f)) }
	return []string{
		w.T("forecast.nineteen", country, month(w, first.Month), whole(first.P95), kind),
		w.T("forecast.half", month(w, first.Month), whole(first.P25), whole(first.P75), whole(first.P50)),
		w.T("forecast.deadly", insight.Deadly, percent(w, top.Deadly), month(w, top.Month)),
	}
}

// drivers say in words what moves the forecast.
func drivers(w *look.Words, x heed.SituationForecast) (out []string) {
	for _, d := range x.Drivers {
		way := "up"
		switch {
		case math.Abs(d.Moves) < 0.05:
			continue
		case d.Moves < 0:
			way = "down"
		}
		out = append(out, w.T("forecast.driver."+way, w.T("forecast.group."+d.Group), w.Catalog.Dec(math.Exp(math.Abs(d.Moves)), 1)))
	}
	return out
}

// worth says how much to trust it.
func worth(w *look.Words, x heed.SituationForecast) string {
	if x.Skill == nil {
		return w.T("forecast.worth.none", x.Issued.Model)
	}
	crps, ign := x.Skill.Skill("conflictology")
	return w.T("forecast.worth.some", x.Issued.Model, int(math.Round(crps*100)), int(math.Round(ign*100)), month(w, x.Skill.First), month(w, x.Skill.Last), x.Skill.N)
}

// fused says what the assessment does to the forecast.
func fused(v *visit.Visit, x heed.SituationForecast) *page.Fused {
	if x.Fusion == nil {
		return nil
	}
	w, z := v.Words, x.Fusion
	names := map[int]string{}
	for _, f := range v.H.Framework(v.R.Context()) {
		names[f.N] = f.Name
	}
	return &page.Fused{Bound: z.Bound, Factors: factorTable(w, "factors", z.Top, names),
		Sentence:    w.T("forecast.fusion.says", tenths(w, z.Prior), tenths(w, z.Post), w.Name(x.People)),
		Sensitivity: w.T("forecast.fusion.sense", tenths(w, z.Half), tenths(w, z.Twice))}
}
