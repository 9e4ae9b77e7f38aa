package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/heed"
)

// TestForecastsOverHTTP reads a forecast and its file with a token, and is told
// that its months have not come.
func TestForecastsOverHTTP(t *testing.T) {
	w := newWorld(t)
	now := time.Now().UTC()
	first := forecast.MonthOf(now.Year(), int(now.Month())) + 2
	d := heed.ForecastDraft{Model: "test", Marking: "AMBER", Outcome: "ged_os", TrainTo: first - 2, Draws: forecast.Forecast{{Month: first, Area: 9901}: {0, 30, 40}, {Month: first, Area: 9902}: {0, 0, 1}}}
	i, _, err := w.IssueForecast(t.Context(), w.who("analyst"), d)
	w.must(err)
	w.as("analyst", "POST", "/situations", 201, `{"name":"Coast","country":"XAA"}`, nil)
	var all struct {
		Items []struct {
			Entry  int64
			SHA256 string
			First  string
			Counts string
		}
		Total int
	}
	w.as("analyst", "GET", "/forecasts?outcome=ged_os", 200, "", &all)
	if all.Total != 1 || all.Items[0].Entry != i.Entry || all.Items[0].SHA256 != i.Blob || all.Items[0].First != first.String() || all.Items[0].Counts != "panel" {
		t.Errorf("%+v", all)
	}
	w.as("analyst", "GET", "/forecasts?outcome=ged_sb", 200, "", &all)
	if all.Total != 0 {
		t.Errorf("%+v", all)
	}
	w.as("stranger", "GET", "/forecasts", 200, "", &all)
	if all.Total != 0 {
		t.Errorf("a stranger reads what is AMBER: %+v", all)
	}
	one := fmt.Sprintf("/forecasts/%d", i.Entry)
	w.as("analyst", "GET", one, 200, "", nil)
	w.as("analyst", "GET", "/forecasts/0", 404, "", nil)
	w.as("stranger", "GET", one, 404, "", nil)
	if got := w.ask(w.tokens["analyst"], "GET", "/api/v1"+one+"/file", ""); got.Code != 200 || !strings.HasPrefix(got.Body.String(), "PAR1") || got.Header().Get("Content-Type") != "application/vnd.apache.parquet" {
		t.Errorf("%d %s", got.Code, got.Header())
	}
	w.as("analyst", "POST", one+"/score", 422, `{}`, nil)
	var said struct {
		Entry  int64
		Months []struct {
			Month string
			P     float64 `json:"p_25"`
		}
	}
	w.as("analyst", "GET", "/situations/S-1/forecast?outcome=ged_os", 200, "", &said)
	if said.Entry != i.Entry || len(said.Months) != 1 || said.Months[0].P < 0.66 || said.Months[0].P > 0.67 {
		t.Errorf("%+v", said)
	}
	w.as("analyst", "GET", "/situations/S-1/forecast?outcome=deaths", 422, "", nil)
	w.as("analyst", "POST", "/forecast-drafts/F-9/judge", 404, `{"verdict":"dismissed","reason":"r"}`, nil)
}

// TestAnalysisOverHTTP registers a question before its data, runs it once and
// answers a rival.
func TestAnalysisOverHTTP(t *testing.T) {
	w := newWorld(t)
	plan := `{"question":"Fewer attacks?","measure":"Ceasefire","date":"2021-01-01","data":"Monitor's counts","expect":"fewer","design":{"method":"its","time":"month","outcome":"n","start":"2021-01","family":"quasipoisson"}}`
	w.as("analyst", "POST", "/impacts", 422, strings.Replace(plan, "quasipoisson", "cauchy", 1), nil)
	w.as("stranger", "POST", "/impacts", 403, plan, nil)
	var a id
	w.as("analyst", "POST", "/impacts", 201, plan, &a)
	if a.ID != "IMP-1" {
		t.Fatalf("%+v", a)
	}
	table := "month,n\\n"
	for k := range 36 {
		table += fmt.Sprintf("%d-%02d,%d\\n", 2019+k/12, k%12+1, map[bool]int{true: 40, false: 12}[k < 24]+k%5)
	}
	var out struct {
		Run *struct {
			Verdict, Grade string
			Effect         struct{ Estimate, Low, High float64 }
		}
		Points []struct{ Time string }
		Rivals []struct{ Rival string }
	}
	w.as("analyst", "POST", "/impacts/IMP-1/run", 422, `{"table":"month\n2019-01\n"}`, nil)
	w.as("analyst", "POST", "/impacts/IMP-1/run", 200, `{"table":"`+table+`"}`, &out)
	if out.Run == nil || out.Run.Verdict == "" || out.Run.Effect.Estimate > -0.8 || len(out.Points) != 36 || len(out.Rivals) == 0 {
		t.Errorf("%+v", out)
	}
	w.as("analyst", "POST", "/impacts/IMP-1/run", 409, `{"table":"`+table+`"}`, nil)
	w.as("analyst", "POST", "/impacts/IMP-1/rivals", 204, `{"rival":"`+out.Rivals[0].Rival+`","text":"Nothing else changed."}`, nil)
	w.as("analyst", "POST", "/impacts/IMP-1/rivals", 422, `{"rival":"luck","text":"t"}`, nil)
	w.as("analyst", "GET", "/impacts/IMP-1", 200, "", &out)
	w.as("stranger", "GET", "/impacts/IMP-1", 404, "", nil)
	var all struct{ Total int }
	w.as("analyst", "GET", "/impacts", 200, "", &all)
	if all.Total != 1 {
		t.Errorf("%+v", all)
	}
}
