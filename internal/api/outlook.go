package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/impact"
)

const (
	theForecasts = "Forecasts"
	theImpact    = "Impact"
)

type forecastQuery struct {
	Part
	Outcome string `query:"outcome" enum:"ged_sb,ged_ns,ged_os"`
}

// ByEntry names a forecast.
type ByEntry struct {
	Entry int64 `path:"entry" minimum:"0" doc:"With which the forecast was issued."`
}

type situationForecastQuery struct {
	ByID
	Outcome string `query:"outcome" enum:"ged_sb,ged_ns,ged_os" default:"ged_sb"`
}

type scoreInput struct {
	ByEntry
	Body *struct{} `required:"false"`
}

type draftInput struct {
	ByID
	Body struct {
		Verdict string `json:"verdict" enum:"dismissed,reported,warned"`
		Warning string `json:"warning,omitempty" doc:"With warned: the warning that was issued."`
		Reason  string `json:"reason" minLength:"1"`
	}
}

type planInput struct {
	Body struct {
		Situation string        `json:"situation,omitempty"`
		Marking   string        `json:"marking,omitempty" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED"`
		Question  string        `json:"question" minLength:"1"`
		Measure   string        `json:"measure" minLength:"1"`
		Date      string        `json:"date" doc:"Of the measure: 2026-03-02."`
		Tool      string        `json:"tool,omitempty" doc:"Its name in the table Tools for Atrocity Prevention."`
		Data      string        `json:"data" minLength:"1" doc:"Which series, whose, by what method counted."`
		Expect    string        `json:"expect" enum:"fewer,more,none"`
		Because   string        `json:"because,omitempty"`
		Design    impact.Design `json:"design"`
	}
}

type runInput struct {
	ByID
	Body struct {
		Table string `json:"table" minLength:"1" doc:"CSV with a header that has the columns of the design. The outcome data go in here for the first time."`
	}
}

type rivalInput struct {
	ByID
	Body struct {
		Rival string `json:"rival" minLength:"1"`
		Text  string `json:"text" minLength:"1" doc:"Why it does or does not hold."`
	}
}

// outlook registers what programs do with forecasts and analyses. To fit a model
// takes longer than a request should: that is for heed forecast.
func (f *face) outlook() {
	read(f, "/forecasts", "list-forecasts", "List forecasts that were issued, with what they turned out to be worth", theForecasts, f.listForecasts)
	read(f, "/forecasts/{entry}", "read-forecast", "Read a forecast and its scores", theForecasts, func(ctx context.Context, w heed.Who, in *ByEntry) (view.Forecast, error) {
		rows, err := f.h.ForecastSkill(ctx, w)
		if err != nil {
			return view.Forecast{}, err
		}
		for _, r := range rows {
			if r.Entry == in.Entry {
				return view.OfForecast(r), nil
			}
		}
		return view.Forecast{}, fault.NotFound("entry %d issued no forecast that you may read", in.Entry)
	})
	raw(f, "/forecasts/{entry}/file", "read-forecast-file", "Read the file of a forecast, whose hash its entry names", theForecasts, "application/vnd.apache.parquet",
		func(ctx context.Context, w heed.Who, in *ByEntry) ([]byte, error) {
			b, _, err := f.h.ForecastFile(ctx, w, in.Entry)
			return b, err
		})
	do(f, "/forecasts/{entry}/score", "score-forecast", "Score a forecast on the node's counts of its months", theForecasts, http.StatusCreated,
		func(ctx context.Context, w heed.Who, in *scoreInput) (view.Score, error) {
			s, err := f.h.ScoreForecast(ctx, w, in.Entry)
			return view.OfScore(s), err
		})
	read(f, "/situations/{id}/forecast", "read-situation-forecast", "Read what the newest forecast says of the country of a situation", theForecasts,
		func(ctx context.Context, w heed.Who, in *situationForecastQuery) (view.SituationForecast, error) {
			x, err := f.h.SituationForecast(ctx, w, in.ID, in.Outcome)
			return view.OfSituationForecast(x), err
		})
	act(f, "/forecast-drafts/{id}/judge", "judge-forecast-draft", "Say what became of a draft that a forecast opened", theForecasts, func(ctx context.Context, w heed.Who, in *draftInput) error {
		return f.h.JudgeForecastDraft(ctx, w, in.ID, in.Body.Verdict, in.Body.Warning, in.Body.Reason)
	})
}

// impacts registers what programs do with analyses of what measures changed.
func (f *face) impacts() {
	read(f, "/impacts", "list-impacts", "List analyses of what measures changed", theImpact, func(ctx context.Context, w heed.Who, in *Part) (list[view.AnalysisRow], error) {
		rows, n, err := f.h.Impacts(ctx, w, in.page())
		return listOf(rows, n, view.OfAnalysisRow), err
	})
	do(f, "/impacts", "register-impact", "Register an analysis before its data are loaded", theImpact, http.StatusCreated, func(ctx context.Context, w heed.Who, in *planInput) (made, error) {
		b := in.Body
		a, err := f.h.RegisterImpact(ctx, w, impact.Plan{Situation: b.Situation, Marking: b.Marking, Date: b.Date, Expect: b.Expect, Question: b.Question, Measure: b.Measure,
			Tool: b.Tool, Data: b.Data, Because: b.Because, Design: b.Design})
		return made{a.ID}, err
	})
	read(f, "/impacts/{id}", "read-impact", "Read an analysis", theImpact, func(ctx context.Context, w heed.Who, in *ByID) (view.Analysis, error) {
		x, err := f.h.Impact(ctx, w, in.ID)
		return view.OfAnalysis(x), err
	})
	do(f, "/impacts/{id}/run", "run-impact", "Run a registered analysis on its data, once", theImpact, http.StatusOK, func(ctx context.Context, w heed.Who, in *runInput) (view.Analysis, error) {
		if _, err := f.h.RunImpact(ctx, w, in.ID, strings.NewReader(in.Body.Table)); err != nil {
			return view.Analysis{}, err
		}
		x, err := f.h.Impact(ctx, w, in.ID)
		return view.OfAnalysis(x), err
	})
	act(f, "/impacts/{id}/rivals", "answer-rival", "Say why a rival explanation does or does not hold", theImpact, func(ctx context.Context, w heed.Who, in *rivalInput) error {
		return f.h.AnswerRival(ctx, w, in.ID, in.Body.Rival, in.Body.Text)
	})
}

func (f *face) listForecasts(ctx context.Context, w heed.Who, in *forecastQuery) (list[view.Forecast], error) {
	rows, err := f.h.ForecastSkill(ctx, w)
	if err != nil {
		return list[view.Forecast]{}, err
	}
	kept := rows[:0]
	for _, r := range rows {
		if in.Outcome == "" || r.Outcome == in.Outcome {
			kept = append(kept, r)
		}
	}
	from := min(in.Offset, len(kept))
	return listOf(kept[from:min(from+in.Limit, len(kept))], int64(len(kept)), view.OfForecast), nil
}
