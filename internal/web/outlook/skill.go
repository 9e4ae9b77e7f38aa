package outlook

import (
	"fmt"
	"math"
	"strconv"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/chart"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Skill is the public page of what forecasts turned out to be worth. Of the
// newest that was scored it shows the whole.
func Skill(v *visit.Visit) error {
	rows, err := v.H.ForecastSkill(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	w := v.Words
	t := skillTable(w, "skill", rows)
	if v.WantsCSV() {
		return v.CSV("skill", t)
	}
	f, err := v.Frame(look.Frame{Title: w.T("forecast.skill.title"), Kicker: w.T("kicker.forecast"), Here: "forecasts"})
	if err != nil {
		return err
	}
	t.CSV = "/forecasts/skill.csv"
	p := page.Skill{Frame: f, Table: t, Onsets: alarmTable(w, "onsets", w.T("forecast.onsets"), insight.OnsetBudget())}
	p.Onsets.CSV = "/forecasts/onsets.csv"
	for _, r := range rows {
		if len(r.Scores) > 0 {
			p.Newest = scored(w, r)
			_, err = v.Tables(worthOf(r.Entry), p.Newest.Tables()...)
			break
		}
	}
	if err != nil {
		return err
	}
	return v.Show("forecast-skill", p)
}

// worthOf is the address of what one forecast turned out to be worth.
func worthOf(entry int64) string { return "/forecasts/" + strconv.FormatInt(entry, 10) + "/skill" }

// Worth is the public page of what one forecast turned out to be worth, each of
// its tables with an address of its own.
func Worth(v *visit.Visit) error {
	rows, err := v.H.ForecastSkill(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if strconv.FormatInt(r.Entry, 10) != v.R.PathValue("entry") || len(r.Scores) == 0 {
			continue
		}
		s := scored(v.Words, r)
		if done, err := v.Tables(worthOf(r.Entry), s.Tables()...); done {
			return err
		}
		f, err := v.Frame(look.Frame{Title: s.Title, Marking: r.Marking, Kicker: v.Words.T("kicker.forecast"), Here: "forecasts", Record: look.Place{Entry: s.Score.Entry}})
		if err != nil {
			return err
		}
		return v.Show("forecast-worth", page.Worth{Frame: f, Scored: *s})
	}
	return fault.NotFound("there is no scored forecast %q that you may read", v.R.PathValue("entry"))
}

// scored makes the figures and tables of the newest score of a forecast.
func scored(w *look.Words, r heed.ForecastRow) *page.ScoredForecast {
	s := r.Scores[0]
	p := &page.ScoredForecast{Row: r, Score: s, Months: months(w, s.First, s.Last), Marks: markTable(w, "marks", s),
		Title:    w.T("forecast.worth.of", r.Model, w.Word("outcome.", r.Outcome), month(w, s.First), month(w, s.Last)),
		Reliable: reliableTable(w, "reliable", s.Due), Alarms: alarmTable(w, "alarms", w.T("forecast.alarms"), s.Alarms),
		PIT: pitTable(w, "pit", s.PIT), Areas: areaTable(w, "countries", s), Spread: chart.NewHistogram(s.PIT, 460, 230)}
	var names []string
	var gains []float64
	ranked := s.ByGain()
	for i, a := range ranked {
		if (i < drawn || i >= len(ranked)-drawn) && math.Abs(a.Gain()) >= 0.005 {
			names, gains = append(names, areaName(w, a.Area)), append(gains, a.Gain())
		}
		switch {
		case a.Gain() > 0:
			p.Better++
		case a.Gain() < 0:
			p.Worse++
		}
	}
	p.Balance = chart.NewBalance(names, gains, 560)
	return p
}

// drawn is how many countries are drawn at either end.
const drawn = 8

// areaName is the name of an area where it is a country that is known, else
// its number.
func areaName(w *look.Words, area int) string {
	if c, ok := events.CountryByVIEWS(area); ok {
		return w.Country(c.ISO3)
	}
	return strconv.Itoa(area)
}

// pitTable makes the table of where counts fell in their forecasts.
func pitTable(w *look.Words, id string, bins []int) look.Table {
	t := look.Table{ID: id, Caption: w.T("forecast.pit"), Empty: w.T("forecast.pit.none"), Cols: w.Cols("range", "#cells", "#part")}
	n := 0
	for _, c := range bins {
		n += c
	}
	for i, c := range bins {
		from, to := float64(i)/float64(len(bins)), float64(i+1)/float64(len(bins))
		t.Rows = append(t.Rows, look.Row{Cells: []look.Cell{{Text: w.Catalog.Dec(from, 1) + " – " + w.Catalog.Dec(to, 1), Raw: fmt.Sprintf("%.1f – %.1f", from, to), ID: true}, w.CountCell(int64(c)),
			chance(w, float64(c)/float64(max(n, 1)))}})
	}
	return t
}

// areaTable makes the table of countries by what was gained in each.
func areaTable(w *look.Words, id string, s insight.Scored) look.Table {
	cols := []string{"country", "#gain", "#saved", "#crps"}
	for _, b := range forecast.Baselines() {
		cols = append(cols, "#"+string(b))
	}
	t := look.Table{ID: id, Caption: w.T("forecast.areas"), Empty: w.T("forecast.none"), Cols: w.Cols(append(cols, "#better")...)}
	for _, a := range s.ByGain() {
		code := strconv.Itoa(a.Area)
		if c, ok := events.CountryByVIEWS(a.Area); ok {
			code = c.ISO3
		}
		saved := look.Cell{Text: "—"}
		if a.Rival > 0 {
			saved = look.Cell{Text: w.T("forecast.percent", int(math.Round(100*a.Gain()/a.Rival))), Raw: strconv.FormatFloat(a.Gain()/a.Rival, 'f', 3, 64)}
		}
		row := []look.Cell{{Text: areaName(w, a.Area), Raw: code}, figure(w, a.Gain(), 3), saved, figure(w, a.CRPS, 3)}
		better := 0
		for _, b := range forecast.Baselines() {
			theirs, known := a.Baselines[string(b)]
			if b == forecast.Conflictology {
				theirs, known = a.Rival, true
			}
			if !known {
				row = append(row, look.Cell{Text: "—"})
				continue
			}
			row = append(row, figure(w, theirs, 3))
			if a.CRPS < theirs {
				better++
			}
		}
		won := look.Cell{Text: "—"}
		if len(a.Baselines) > 0 {
			won = look.Cell{Text: w.T("of", better, len(a.Baselines)), Raw: strconv.Itoa(better)}
		}
		t.Rows = append(t.Rows, look.Row{Cells: append(row, won)})
	}
	return t
}

// Onsets is the alarm budget of rare onsets as CSV.
func Onsets(v *visit.Visit) error {
	if _, err := v.H.ForecastSkill(v.R.Context(), v.Who); err != nil {
		return err
	}
	return v.CSV("onsets", alarmTable(v.Words, "onsets", "", insight.OnsetBudget()))
}
