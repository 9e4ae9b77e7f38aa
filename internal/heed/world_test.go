package heed_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/impact"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/testkit"
)

// canary is in every text that this world seals. No file of a stopped node may
// hold it.
const canary = "zaffre-heron"

// named is in every person's name: sealed at rest, and known among those who
// take part.
const named = "umber-finch"

// world is a small node with something of everything in it.
type world struct {
	*heed.Node
	t        testing.TB
	dir, url string
	at       time.Time
	people   map[string]heed.Who // by role; "stranger" is of another agency, without a role
}

func settings(t testing.TB, dir, url string) *conf.Config {
	t.Helper()
	c, err := conf.Load(map[string]string{"dir": dir, "db": url, "url": "http://localhost:8080"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newWorld(t testing.TB, url string) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "node"), url: url, at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), people: map[string]heed.Who{}}
	n, err := heed.MakeNode(t.Context(), settings(t, w.dir, url), "Ministry", heed.Opening{FoundedAt: w.at})
	if err != nil {
		t.Fatal(err)
	}
	w.Node = n
	t.Cleanup(func() { w.Node.Close() })
	admin, _, err := w.SetUp(t.Context(), heed.Who{At: w.at}, heed.SetupInput{Agency: "Ministry", Admin: "Ana " + named})
	w.must(err)
	w.people["administrator"] = heed.Who{Person: admin}
	for _, role := range []string{"duty-officer", "analyst", "director", "minister", "custodian"} {
		w.add(role, "", role)
	}
	_, err = w.AddAgency(t.Context(), w.as("administrator"), party.AgencyInput{Name: "Other", Kind: "civil-society"})
	w.must(err)
	w.add("stranger", "Other", "")
	w.fill()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// as returns somebody, a minute later than the command before.
func (w *world) as(role string) heed.Who {
	w.at = w.at.Add(time.Minute)
	who := w.people[role]
	who.At = w.at
	return who
}

func (w *world) add(name, agency, role string) {
	w.t.Helper()
	id, err := w.AddPerson(w.t.Context(), w.as("administrator"), heed.PersonInput{Name: name + " " + named, Email: name + "-" + named + "@example.org", Agency: agency, Role: role})
	w.must(err)
	w.people[name] = heed.Who{Person: id}
}

func (w *world) fill() {
	ctx := w.t.Context()
	in := heed.ReportInput{SourceType: "civil-society", Occurred: w.at, Country: "SSD", Identity: &report.Identity{Name: "Source " + canary, Contact: "+1 " + canary}}
	in.Text, in.Place = "columns at night "+canary, "wells "+canary
	_, err := w.AddReport(ctx, w.as("duty-officer"), in)
	w.must(err)
	_, err = w.AddSituation(ctx, w.as("administrator"), heed.SituationInput{Name: "Plain " + canary, Country: "SSD", Populations: []string{"Herders " + canary}})
	w.must(err)
	w.must(w.AssessReport(ctx, w.as("duty-officer"), "R-1", "B", 2, "S-1", "seen before "+canary))
	_, err = w.IssueWarning(ctx, w.as("administrator"), heed.WarningInput{Situation: "S-1", Level: 4, Finding: "finding " + canary,
		To: []string{w.people["director"].Person, w.people["duty-officer"].Person}, Sources: []heed.WarningSource{{Kind: "report", ID: "R-1", Note: "note " + canary}}})
	w.must(err)
	w.must(w.AcknowledgeWarning(ctx, w.as("director"), "W-1", "seen "+canary))
	w.must(w.DoDuty(ctx, w.as("duty-officer"), "D-1", "told them "+canary))
	_, err = w.Heed.Tick(ctx, w.at.AddDate(0, 0, 20))
	w.must(err)
	w.at = w.at.AddDate(0, 0, 20)
	_, _, err = w.Decide(ctx, w.as("director"), heed.DecisionInput{Warning: "W-1", Known: "known " + canary, Choice: "choice " + canary, Reason: "reason " + canary,
		Community: "they ask " + canary, Options: []heed.Option{{Name: "option " + canary, For: canary, Against: canary}}})
	w.must(err)
	w.must(w.AddDissent(ctx, w.as("analyst"), "DEC-1", "too late "+canary))
	file := evidence.Source{Name: canary + ".txt", Path: "/card/" + canary, Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("seen " + canary)), nil }}
	_, err = w.AddEvidence(ctx, w.as("custodian"), heed.EvidenceInput{Authority: "order " + canary}, []evidence.Source{file}, nil)
	w.must(err)
	w.must(w.HoldEvidence(ctx, w.as("custodian"), []string{"E-1.1"}, "H-1", "court "+canary, "trial "+canary))
	_, err = w.Import(ctx, w.as("administrator"), "acled", canary+".csv", bytes.NewReader([]byte(acled)))
	w.must(err)
}

// fillImpact registers an analysis, runs it and answers a rival.
func (w *world) fillImpact() {
	ctx := w.t.Context()
	_, err := w.RegisterImpact(ctx, w.as("analyst"), impact.Plan{Situation: "S-1", Date: "2021-01-01", Expect: impact.Fewer, Question: "question " + canary, Measure: "measure " + canary,
		Data: "series " + canary, Because: "because " + canary, Tool: "tool " + canary,
		Design: impact.Design{Method: impact.Series, Time: "time", Outcome: "n " + canary, Start: "20", Family: "quasipoisson"}})
	w.must(err)
	var data strings.Builder
	data.WriteString("time,n " + canary + "\n")
	for i := range 40 {
		fmt.Fprintf(&data, "%d,%d\n", i, 30+(i*7)%11)
	}
	_, err = w.RunImpact(ctx, w.as("analyst"), "IMP-1", strings.NewReader(data.String()))
	w.must(err)
	w.must(w.AnswerRival(ctx, w.as("analyst"), "IMP-1", "history", "an election "+canary))
}

// fillCase opens a case with the item of the world, which asks and is refused.
func (w *world) fillCase() {
	ctx := w.t.Context()
	who := w.as("custodian")
	id, err := w.OpenCase(ctx, who, heed.CaseInput{Words: cases.Words{Name: "case " + canary, Authority: "Court " + canary, Note: canary}, In: "XAA"})
	w.must(err)
	w.must(w.LinkEvidence(ctx, w.as("custodian"), []string{"E-1.1"}, evidence.Link{Kind: "case", To: id}))
	_, err = w.CodeEvidence(ctx, w.as("custodian"), "E-1.1", coding.Input{Terms: []coding.Term{{Field: "act", Code: "killing"}},
		Content: coding.Content{Events: []coding.Event{{Date: "2026-03", Place: canary, What: canary}}, Persons: []coding.Person{{Name: canary, Role: canary}}, Places: []string{canary}, Note: canary}})
	w.must(err)
	rq, err := w.ReceiveRequest(ctx, w.as("custodian"), id, heed.RequestInput{Asked: cases.Asked{From: "prosecutor " + canary, Text: "asks " + canary}, Due: w.at.AddDate(0, 0, 9)})
	w.must(err)
	_, err = w.AnswerRequest(ctx, w.as("custodian"), rq, heed.AnswerInput{Items: []string{"E-1.1"}, Withhold: true, Text: "answer " + canary, How: canary})
	w.must(err)
	_, err = w.ConcludeCase(ctx, w.as("custodian"), id, cases.Outcome{What: cases.Charge, Of: canary, Text: canary, Source: canary})
	w.must(err)
}

const acled = "event_id_cnty,event_date,year,event_type,sub_event_type,actor1,actor2,iso,country,location,latitude,longitude,geo_precision,fatalities,notes\n" +
	"SSD1,2026-02-01,2026,Violence against civilians,Attack,Actor " + canary + ",Civilians,728,South Sudan,Wells " + canary + ",7.1,30.2,1,3,Notes " + canary + "\n"

// TestAStoppedNodeHoldsNoPlaintext writes canaries through every module and
// looks for them in every file that a stopped node leaves, and on PostgreSQL in
// every column of every table.
func TestAStoppedNodeHoldsNoPlaintext(t *testing.T) {
	testkit.Slow(t)
	testkit.Databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.fillImpact()
		w.fillCase()
		if url != "" {
			searchPostgres(t, url, canary)
			searchPostgres(t, url, named)
		}
		w.must(w.Node.Close())
		files := 0
		err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, word := range []string{canary, named, "SQLite format", "CREATE TABLE", "warning.issued", "PRIVATE+KEY"} {
				if bytes.Contains(b, []byte(word)) || bytes.Contains(b, utf16(word)) {
					t.Errorf("%s holds %q", path, word)
				}
			}
			return nil
		})
		w.must(err)
		if files < 2 {
			t.Errorf("only %d files were searched", files)
		}
		again, err := heed.OpenNode(context.Background(), settings(t, w.dir, url), heed.Opening{})
		w.must(err)
		w.Node = again
		r, err := w.Rebuild(t.Context(), w.people["administrator"], nil)
		if err != nil || !r.Identical {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func utf16(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// reopen opens the node again, with somebody who judges proofs.
func (w *world) reopen(j heed.Judge) {
	w.reopenWith(heed.Opening{Judge: j})
}

func (w *world) reopenWith(o heed.Opening) {
	w.t.Helper()
	w.must(w.Node.Close())
	n, err := heed.OpenNode(w.t.Context(), settings(w.t, w.dir, w.url), o)
	w.must(err)
	w.Node = n
}
