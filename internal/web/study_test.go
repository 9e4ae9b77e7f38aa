package web

import (
	"fmt"
	"github.com/heed-project/heed/internal/testkit"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestAnalysisWithoutScripts registers an analysis, runs it on a pasted table
// and answers a rival, through forms alone.
func TestAnalysisWithoutScripts(t *testing.T) {
	testkit.Slow(t)
	s := play(t)
	h := hand{t, s, s.browser(s.focal.Person)}
	plan := []string{"question", "Did the ceasefire hold?", "measure", "Ceasefire", "date", "2021-01-01", "series", "Incidents a month, the monitors", "expect", "fewer",
		"marking", "AMBER", "method", "its", "time_column", "month", "outcome_column", "incidents", "family", "quasipoisson", "model", "level", "harmonics", "1", "period", "12"}
	without := func(field string) (out []string) {
		for i := 0; i < len(plan); i += 2 {
			if plan[i] != field {
				out = append(out, plan[i:i+2]...)
			}
		}
		return out
	}
	h.refused("/impact/new", "question", "Ceasefire", without("question")...)
	h.refused("/impact/new", "date", "Ceasefire", without("date")...)
	h.refused("/impact/new", "treated", "Ceasefire", append(without("method"), "method", "sc")...)
	h.refused("/impact/new", "errors", "Ceasefire", append(without("errors"), "errors", "hac")...)
	h.refused("/impact/new", "where", "Ceasefire", append(without("where"), "where", "region")...)
	plan = append(plan, "errors", "newey-west:2", "where", "region=North", "missing", "drop", "start", "2020-12-15")
	at, body := h.sent("/impact/new", plan...)
	if !strings.HasPrefix(at, "/impact/IMP-") || !strings.Contains(body, `action="`+at+`/run"`) {
		t.Fatalf("landed on %s", at)
	}
	var table strings.Builder
	table.WriteString("region,month,incidents\nNorth,2018-12,\nSouth,2018-12,4\n")
	for i := range 48 {
		n := 60 + (i*7)%11
		if i >= 24 {
			n /= 2
		}
		fmt.Fprintf(&table, "North,%d-%02d,%d\n", 2019+i/12, i%12+1, n)
	}
	if status, _, body := h.post(at+"/run", "data", "region,month,incidents\nNorth,2019-01,x\n"); status == http.StatusOK || !strings.Contains(body, "line 2") {
		t.Errorf("a hole in the data: status %d", status)
	}
	_, body = h.sent(at+"/run", "data", table.String())
	for _, want := range []string{"Consistent with an effect, not identified.", "<polyline", at + ".csv", "Nothing to compare with.", "--where region=North --missing drop", "--errors newey-west:2", "Rows left out", "first time of the table that it affects", at + "/diagnostics.csv"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, `action="`+at+`/run"`) {
		t.Error("it can be run again")
	}
	h.refused(at+"/rivals", "text", "history", "rival", "history")
	if _, body = h.sent(at+"/rivals", "rival", "history", "text", "An election fell into that month."); !strings.Contains(body, "An election fell into that month.") {
		t.Error("the answer is not on the page")
	}
	for path, want := range map[string]string{at + "/diagnostics.csv": "diagnostic,value,means\nbefore,24,", at + ".csv": "time,observed,expected,low,high\n2019-01,60,", "/impact.csv": "analysis,question,measured,situation,method,verdict,grade,entry\n"} {
		res, err := h.c.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !strings.HasPrefix(string(b), want) {
			t.Errorf("%s begins %.80q (%v)", path, b, err)
		}
	}
	compares(h)
}

// compares registers a comparison whose tool is in the table of evidence, and
// looks for weights, placebo test and evidence on its page, each with its CSV.
func compares(h hand) {
	h.t.Helper()
	const tools = "tool_name,Name,greater_findings,lesser_findings,no_mixed_findings,research_qualitative\nMediation,Directive,5,1,1,Moderate\n"
	if _, err := h.s.ImportTools(h.t.Context(), h.s.focal, strings.NewReader(tools)); err != nil {
		h.t.Fatal(err)
	}
	plan := []string{"question", "Did it hold in the north?", "measure", "Ceasefire", "date", "2021-01-01", "series", "Incidents a month, the monitors", "expect", "fewer", "marking", "AMBER",
		"method", "sc", "time_column", "month", "outcome_column", "incidents", "unit_column", "region", "treated", "North", "model", "level"}
	h.refused("/impact/new", "tool", "Ceasefire", append(plan, "tool", "Meditation")...)
	at, _ := h.sent("/impact/new", append(plan, "tool", "mediation")...)
	var table strings.Builder
	table.WriteString("region,month,incidents\n")
	for i := range 48 {
		for u, region := range []string{"North", "South", "East", "West"} {
			n := 60 + (i*7+u*i*3)%11 + u
			if u == 0 && i >= 24 {
				n /= 2
			}
			fmt.Fprintf(&table, "%s,%d-%02d,%d\n", region, 2019+i/12, i%12+1, n)
		}
	}
	_, body := h.sent(at+"/run", "data", table.String())
	for _, want := range []string{"Places that make up the comparison", at + "/weights.csv", "Placebo p", "Places compared with", "Drift before the start", "Directive", at + "/tools.csv",
		"Others were touched too", "heed impact synth --method sc --placebo --data FILE"} {
		if !strings.Contains(body, want) {
			h.t.Errorf("the page of a comparison lacks %q", want)
		}
	}
	for path, want := range map[string]string{at + "/weights.csv": "donor,weight\n", at + "/tools.csv": "factor,nature,greater,lesser,mixed,research,practice\nDirective,", at + "/nothing.csv": ""} {
		res, err := h.c.Get(h.s.URL + path)
		if err != nil {
			h.t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || want == "" && res.StatusCode != http.StatusNotFound || !strings.HasPrefix(string(b), want) {
			h.t.Errorf("%s answers %d and begins %.80q (%v)", path, res.StatusCode, b, err)
		}
	}
}
