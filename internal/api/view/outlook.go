package view

import (
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/impact"
	"github.com/heed-project/heed/internal/insight"
)

// A Forecast is a forecast that was issued, with its scores.
type Forecast struct {
	Entry   int64     `json:"entry"`
	At      time.Time `json:"at"`
	By      heed.Ref  `json:"by"`
	Model   string    `json:"model"`
	Outcome string    `json:"outcome" enum:"ged_sb,ged_ns,ged_os"`
	TrainTo string    `json:"train_to" doc:"The last month that it knows, as in 2026-09."`
	First   string    `json:"first" doc:"The first month that it speaks of."`
	Last    string    `json:"last"`
	Areas   int       `json:"areas"`
	SHA256  string    `json:"sha256" doc:"Of its file."`
	Marking string    `json:"marking"`
	OpenAt  float64   `json:"open_at,omitempty" doc:"The probability of 25 deaths in a month from which a draft was opened."`
	Counts  string    `json:"counts" enum:"panel,ged" doc:"The counts that it learned from and is scored on: imported panels, or imported events."`
	Scores  []Score   `json:"scores" nullable:"false" doc:"The newest first. One that is repeated on revised figures stands beside the first."`
}

// A Score is what a forecast was judged to be worth.
type Score struct {
	Entry    int64       `json:"entry"`
	At       time.Time   `json:"at"`
	First    string      `json:"first"`
	Last     string      `json:"last"`
	N        int         `json:"n" doc:"Country-months."`
	Onsets   int         `json:"onsets" doc:"Of them, deadly after a calm year."`
	Marks    []ModelMark `json:"marks" nullable:"false" doc:"The forecast first, then the baselines."`
	Areas    []AreaMark  `json:"countries" nullable:"false"`
	PIT      []int       `json:"pit" nullable:"false" doc:"Cells by the tenth of their forecast into which the count fell; empty in scores before it was kept."`
	Reliable []Reliable  `json:"reliability" nullable:"false"`
	Alarms   []Alarm     `json:"alarms" nullable:"false"`
}

// A ModelMark is what one model scored.
type ModelMark struct {
	Model     string  `json:"model"`
	CRPS      float64 `json:"crps"`
	IGN       float64 `json:"ign"`
	MIS       float64 `json:"mis"`
	CRPSLog1p float64 `json:"crps_log1p"`
	Cover90   float64 `json:"coverage_90"`
}

// An AreaMark is the mean CRPS in one country, and the baselines' there.
type AreaMark struct {
	Area      int                `json:"area" doc:"The VIEWS number."`
	CRPS      float64            `json:"crps"`
	Rival     float64            `json:"conflictology"`
	Baselines map[string]float64 `json:"baselines,omitempty"`
}

// A Reliable compares what was said with what came.
type Reliable struct {
	Said float64 `json:"said"`
	Came float64 `json:"came"`
	N    int     `json:"n"`
}

// An Alarm is what a threshold would have cost.
type Alarm struct {
	Threshold float64 `json:"threshold"`
	AYear     float64 `json:"alarms_a_year"`
	Missed    int     `json:"missed"`
	Onsets    int     `json:"onsets"`
	False     int     `json:"false"`
}

// OfForecast is what a program reads of a forecast.
func OfForecast(f heed.ForecastRow) Forecast {
	out := Forecast{Entry: f.Entry, At: f.At, By: f.ByName, Model: f.Model, Outcome: f.Outcome, TrainTo: f.TrainTo.String(), First: f.First.String(), Last: f.Last.String(),
		Areas: f.Areas, SHA256: f.Blob, Marking: f.Marking, OpenAt: f.OpenAt, Counts: "panel", Scores: []Score{}}
	if f.Counts != "" {
		out.Counts = f.Counts
	}
	for _, s := range f.Scores {
		out.Scores = append(out.Scores, OfScore(s))
	}
	return out
}

// OfScore is what a program reads of a score.
func OfScore(s insight.Scored) Score {
	out := Score{Entry: s.Entry, At: s.At, First: s.First.String(), Last: s.Last.String(), N: s.N, Onsets: s.Onsets,
		Marks: []ModelMark{}, Areas: []AreaMark{}, PIT: append([]int{}, s.PIT...), Reliable: []Reliable{}, Alarms: []Alarm{}}
	for _, m := range s.Marks {
		out.Marks = append(out.Marks, ModelMark{m.Model, m.CRPS, m.IGN, m.MIS, m.CRPSLog1p, m.Cover90})
	}
	for _, a := range s.Areas {
		out.Areas = append(out.Areas, AreaMark(a))
	}
	for _, r := range s.Due {
		out.Reliable = append(out.Reliable, Reliable{r.Said, r.Happened, r.N})
	}
	for _, a := range s.Alarms {
		out.Alarms = append(out.Alarms, Alarm(a))
	}
	return out
}

// A ForecastMonth is a forecast of one country in one month.
type ForecastMonth struct {
	Month  string  `json:"month"`
	P05    float64 `json:"p05"`
	P25    float64 `json:"p25"`
	P50    float64 `json:"p50"`
	P75    float64 `json:"p75"`
	P95    float64 `json:"p95"`
	Mean   float64 `json:"mean"`
	Any    float64 `json:"p_any" doc:"Probability of at least 1 death."`
	Deadly float64 `json:"p_25" doc:"Of at least 25."`
	Many   float64 `json:"p_100"`
}

// A SituationForecast is what the newest forecast says of the country of a
// situation.
type SituationForecast struct {
	Situation string          `json:"situation"`
	Country   string          `json:"country"`
	Outcome   string          `json:"outcome"`
	Entry     int64           `json:"entry" doc:"Of the forecast; 0 where there is none that may be read."`
	Model     string          `json:"model,omitempty"`
	Months    []ForecastMonth `json:"months" nullable:"false"`
	Drivers   []Driver        `json:"drivers" nullable:"false" doc:"What moves it."`
}

// A Driver is a group of features and by how much it moves log(1+count).
type Driver struct {
	Group string  `json:"group"`
	Moves float64 `json:"moves"`
}

// OfSituationForecast is what a program reads of it.
func OfSituationForecast(f heed.SituationForecast) SituationForecast {
	out := SituationForecast{Situation: f.Situation.ID, Country: f.Situation.Country, Outcome: f.Outcome, Entry: f.Issued.Entry, Model: f.Issued.Model, Months: []ForecastMonth{}, Drivers: []Driver{}}
	for _, c := range f.Cells {
		out.Months = append(out.Months, ForecastMonth{c.Month.String(), c.P05, c.P25, c.P50, c.P75, c.P95, c.Mean, c.Any, c.Deadly, c.Many})
	}
	for _, d := range f.Drivers {
		out.Drivers = append(out.Drivers, Driver(d))
	}
	return out
}

// An Effect is an estimate with its 95 % interval.
type Effect struct {
	Estimate float64 `json:"estimate"`
	SE       float64 `json:"se"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// An AnalysisRow is an analysis of what a measure changed, in a list.
type AnalysisRow struct {
	ID        string    `json:"id"`
	Entry     int64     `json:"entry" doc:"Of its registration."`
	At        time.Time `json:"at"`
	By        heed.Ref  `json:"by"`
	Situation heed.Ref  `json:"situation,omitzero"`
	Question  heed.Text `json:"question"`
	Measure   heed.Text `json:"measure"`
	Date      string    `json:"date" doc:"Of the measure."`
	Method    string    `json:"method"`
	Expect    string    `json:"expect"`
	Marking   string    `json:"marking"`
	Run       *Run      `json:"run,omitempty" doc:"Absent until it is run."`
}

// A Run is what came of an analysis.
type Run struct {
	Entry    int64     `json:"entry"`
	At       time.Time `json:"at"`
	SHA256   string    `json:"sha256" doc:"Of the data."`
	Seen     int64     `json:"seen,omitempty" doc:"The entry that brought these data before the registration: such a run is exploration."`
	Verdict  string    `json:"verdict"`
	Grade    string    `json:"grade"`
	Effect   Effect    `json:"effect" doc:"In units of the outcome; of counts the logarithm of the ratio."`
	Compared bool      `json:"compared"`
}

// An Analysis is one analysis with its points and what speaks against it.
type Analysis struct {
	AnalysisRow
	Data    heed.Text       `json:"data"`
	Because heed.Text       `json:"because"`
	Design  impact.Design   `json:"design"`
	Points  []AnalysisPoint `json:"points" nullable:"false"`
	Reasons []string        `json:"reasons" nullable:"false" doc:"What weakens it."`
	Rivals  []Rival         `json:"rivals" nullable:"false"`
}

// An AnalysisPoint is what was observed at a time, and what was expected.
type AnalysisPoint struct {
	Time     string  `json:"time"`
	After    bool    `json:"after,omitempty"`
	Observed float64 `json:"observed"`
	Expected float64 `json:"expected"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// A Rival is a rival explanation and what was said of it.
type Rival struct {
	Rival   string        `json:"rival"`
	Answers []heed.Answer `json:"answers" nullable:"false"`
}

// OfAnalysisRow is what a program reads of an analysis in a list.
func OfAnalysisRow(a heed.ImpactRow) AnalysisRow {
	out := AnalysisRow{ID: a.ID, Entry: a.Entry, At: a.At, By: a.By, Situation: a.Situation, Question: a.Question, Measure: a.Measure, Date: a.Date.Format(time.DateOnly),
		Method: a.Method, Expect: a.Expect, Marking: a.Marking}
	if r := a.Ran; r != nil {
		out.Run = &Run{r.Entry, r.At, r.Blob, r.Seen, string(r.Verdict), string(r.Grade), Effect(r.Effect), r.Compared}
	}
	return out
}

// OfAnalysis is what a program reads of an analysis.
func OfAnalysis(a heed.Impact) Analysis {
	out := Analysis{AnalysisRow: OfAnalysisRow(a.ImpactRow), Data: a.Data, Because: a.Because, Design: a.Design, Points: []AnalysisPoint{}, Reasons: []string{}, Rivals: []Rival{}}
	if a.Outcome != nil {
		for _, p := range a.Outcome.Points {
			out.Points = append(out.Points, AnalysisPoint{p.Label, p.After, p.Observed, p.Expected, p.Low, p.High})
		}
		out.Reasons = append(out.Reasons, a.Outcome.Reasons...)
	}
	for _, r := range a.Rivals {
		out.Rivals = append(out.Rivals, Rival{string(r.Rival), r.Answers})
	}
	return out
}
