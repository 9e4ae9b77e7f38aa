package heed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/report"
)

// secret is in every word that the marked part of the world says.
const secret = "crimson-otter"

// marked adds a situation of a marking, in which an analyst of its own works,
// with a report, a warning to the minister, its duties and a decision.
func (w *world) marked(marking string) (situation, warningID string) {
	w.t.Helper()
	ctx := w.t.Context()
	insider := insiderOf(marking)
	if _, known := w.people[insider]; !known {
		w.add(insider, "", "analyst")
	}
	id, err := w.AddSituation(ctx, w.as("administrator"), heed.SituationInput{Name: secret + marking, Country: "KEN", Marking: marking,
		Populations: []string{secret}, Members: []string{w.people[insider].Person}})
	w.must(err)
	in := heed.ReportInput{SourceType: "embassy", Occurred: w.at, Country: "KEN", Marking: marking, Situations: []string{id},
		Identity: &report.Identity{Name: secret, Contact: secret}}
	in.Text = secret + marking
	r, err := w.AddReport(ctx, w.as(insider), in)
	w.must(err)
	out, err := w.IssueWarning(ctx, w.as(insider), heed.WarningInput{Situation: id, Level: 5, Finding: secret, Marking: marking,
		To: []string{w.people["minister"].Person}, Sources: []heed.WarningSource{{Kind: "report", ID: r.Report, Note: secret}}})
	w.must(err)
	dec, err := w.DraftDecision(ctx, w.as(insider), heed.DecisionInput{Warning: out.ID, Known: secret, Choice: secret, Reason: secret, NoCommunity: secret,
		Options: []heed.Option{{Name: secret}}})
	w.must(err)
	if dec == "" {
		w.t.Fatal("no decision was drafted")
	}
	return id, out.ID
}

// insiderOf is who works on the situation of a marking.
func insiderOf(marking string) string {
	return "insider-" + strings.ReplaceAll(strings.ToLower(marking), "+", "-")
}

// everything is all that somebody can list or count.
func (w *world) everything(who heed.Who) map[string]any {
	w.t.Helper()
	ctx := w.t.Context()
	all := map[string]any{}
	keep := func(name string, v any, n int64, err error) {
		w.must(err)
		all[name] = []any{v, n}
	}
	board, err := w.Board(ctx, who)
	keep("board", board, 0, err)
	situations, n, err := w.Situations(ctx, who, heed.SituationFilter{})
	keep("situations", situations, n, err)
	reports, n, err := w.Reports(ctx, who, heed.ReportFilter{})
	keep("reports", reports, n, err)
	found, n, err := w.Reports(ctx, who, heed.ReportFilter{Q: secret})
	keep("found", found, n, err)
	warnings, n, err := w.Warnings(ctx, who, heed.WarningFilter{})
	keep("warnings", warnings, n, err)
	duties, n, err := w.Duties(ctx, who, heed.DutyFilter{})
	keep("duties", duties, n, err)
	decisions, n, err := w.Decisions(ctx, who, heed.Page{})
	keep("decisions", decisions, n, err)
	return all
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWhatOneMayNotReadIsNeitherListedNorCounted: for those behind the wall of
// a marking the pages are to the letter what they were before there was
// anything behind it.
func TestWhatOneMayNotReadIsNeitherListedNorCounted(t *testing.T) {
	w := newWorld(t, "")
	w.add("keeper", "", "administrator")
	w.add("clerk", "", "")
	outside := []string{"keeper", "clerk", "stranger"}
	for _, marking := range []string{"RED", "AMBER+STRICT"} {
		w.add(insiderOf(marking), "", "analyst") // everybody may know who has which role
		before := map[string]map[string]any{}
		for _, name := range outside {
			before[name] = w.everything(w.people[name])
		}
		situation, warningID := w.marked(marking)
		for _, name := range outside {
			for what, was := range before[name] {
				if a, b := text(t, was), text(t, w.everything(w.people[name])[what]); a != b {
					t.Errorf("%s: the %s of the %s changed\nfrom %s\nto   %s", marking, what, name, a, b)
				}
			}
			w.behind(name, marking, situation, warningID)
		}
		for name, sees := range map[string]string{insiderOf(marking): situation, "minister": warningID} {
			all := w.everything(w.people[name])
			for _, what := range []string{"board", "warnings", "duties"} {
				if !strings.Contains(text(t, all[what]), `"`+sees+`"`) {
					t.Errorf("%s: the %s of the %s does not show %s", marking, what, name, sees)
				}
			}
		}
		in := w.people[insiderOf(marking)]
		if _, n, err := w.Situations(t.Context(), in, heed.SituationFilter{Country: "KEN", Q: secret + marking}); err != nil || n != 1 {
			t.Errorf("%s: the insider finds %d situations, %v", marking, n, err)
		}
	}
}

// TestARedWarningInAnOpenSituation: a situation that many read holds a warning
// that few may know of, and nothing about the situation tells of it but what
// the report says that it rests on.
func TestARedWarningInAnOpenSituation(t *testing.T) {
	w := newWorld(t, "")
	w.add("clerk", "", "")
	ctx, clerk := t.Context(), w.people["clerk"]
	pages := func() map[string]any {
		all := w.everything(clerk)
		s, err := w.Situation(ctx, clerk, "S-1")
		w.must(err)
		k, err := w.Knew(ctx, w.people["custodian"], "S-1")
		w.must(err)
		k.Size, k.Root = 0, nil // the log itself grows for everyone to see
		all["situation"], all["who knew"] = s, k
		return all
	}
	before := pages()
	in := heed.WarningInput{Situation: "S-1", Level: 5, Finding: secret, Marking: "RED", To: []string{w.people["minister"].Person}}
	one, err := w.IssueWarning(ctx, w.as("analyst"), in)
	w.must(err)
	after := pages()
	for what, was := range before {
		if a, b := text(t, was), text(t, after[what]); a != b {
			t.Errorf("the %s changed\nfrom %s\nto   %s", what, a, b)
		}
	}
	in.Sources = []heed.WarningSource{{Kind: "report", ID: "R-1"}}
	two, err := w.IssueWarning(ctx, w.as("analyst"), in)
	w.must(err)
	r, err := w.Report(ctx, clerk, "R-1")
	w.must(err)
	k, err := w.Knew(ctx, w.people["custodian"], "R-1")
	w.must(err)
	b, err := w.Board(ctx, clerk)
	w.must(err)
	for _, page := range []any{r, k, b} {
		if s := text(t, page); strings.Contains(s, one.ID+`"`) || strings.Contains(s, two.ID+`"`) || strings.Contains(s, secret) {
			t.Errorf("it tells of the warning: %s", s)
		}
	}
}

// behind asks for each thing behind the wall by its number.
func (w *world) behind(name, marking, situation, warningID string) {
	w.t.Helper()
	ctx, who := w.t.Context(), w.people[name]
	for what, get := range w.details(marking, situation, warningID) {
		err := get(who)
		if fault.KindOf(err) != fault.KindNotFound {
			w.t.Errorf("%s asks for %s: %v", name, what, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			w.t.Errorf("%s is told %v", name, err)
		}
		if err := get(heed.Nobody); fault.KindOf(err) != fault.KindDenied {
			w.t.Errorf("nobody asks for %s: %v", what, err)
		}
	}
	if _, err := w.Board(ctx, heed.Nobody); fault.KindOf(err) != fault.KindDenied {
		w.t.Errorf("nobody sees the board: %v", err)
	}
}

// details are the questions for one thing, by what they ask for; a number that
// does not exist is among them.
func (w *world) details(marking, situation, warningID string) map[string]func(heed.Who) error {
	ctx := w.t.Context()
	reports, _, err := w.Reports(ctx, w.people[insiderOf(marking)], heed.ReportFilter{Situation: situation})
	w.must(err)
	if len(reports) == 0 {
		w.t.Errorf("the insider of %s finds no report", situation)
	}
	out := map[string]func(heed.Who) error{
		situation:       func(x heed.Who) error { _, err := w.Situation(ctx, x, situation); return err },
		warningID:       func(x heed.Who) error { _, err := w.Warning(ctx, x, warningID); return err },
		"the decision":  func(x heed.Who) error { _, err := w.DecisionForm(ctx, x, warningID); return err },
		"who knew":      func(x heed.Who) error { _, err := w.Knew(ctx, x, warningID); return err },
		"W-999":         func(x heed.Who) error { _, err := w.Warning(ctx, x, "W-999"); return err },
		"S-999":         func(x heed.Who) error { _, err := w.Situation(ctx, x, "S-999"); return err },
		"R-999":         func(x heed.Who) error { _, err := w.Report(ctx, x, "R-999"); return err },
		"D-999":         func(x heed.Who) error { _, err := w.Duty(ctx, x, "D-999"); return err },
		"DEC-999":       func(x heed.Who) error { _, err := w.Decision(ctx, x, "DEC-999"); return err },
		"who knew S-99": func(x heed.Who) error { _, err := w.Knew(ctx, x, "S-99"); return err },
	}
	for _, r := range reports {
		out[r.ID] = func(x heed.Who) error { _, err := w.Report(ctx, x, r.ID); return err }
	}
	return out
}

// TestAServedStrangerReadsTheWarningAndNoMore: AMBER goes to the agency of a
// recipient, and takes nothing of the situation with it but what it is about.
func TestAServedStrangerReadsTheWarningAndNoMore(t *testing.T) {
	w := newWorld(t, "")
	ctx, stranger := t.Context(), w.people["stranger"]
	if rows, n, err := w.Warnings(ctx, stranger, heed.WarningFilter{}); err != nil || n != 0 || len(rows) != 0 {
		t.Fatalf("a stranger lists %d warnings: %+v, %v", n, rows, err)
	}
	out, err := w.IssueWarning(ctx, w.as("administrator"), heed.WarningInput{Situation: "S-1", Level: 3, Finding: "to the stranger",
		Populations: []string{"S-1/p1"}, To: []string{w.people["director"].Person, stranger.Person}, Sources: []heed.WarningSource{{Kind: "report", ID: "R-1"}, {Kind: "other", Note: "by telephone"}}})
	w.must(err)
	rows, n, err := w.Warnings(ctx, stranger, heed.WarningFilter{Mine: true})
	if err != nil || n != 1 || rows[0].ID != out.ID || rows[0].Situation != (heed.Ref{}) || rows[0].Country != "SSD" || rows[0].Served != 2 || rows[0].Late+rows[0].Open != 0 {
		t.Errorf("%+v, %d, %v", rows, n, err)
	}
	x, err := w.Warning(ctx, stranger, out.ID)
	if err != nil || x.Finding.Body != "to the stranger" || !x.MayAcknowledge || x.MayDecide || x.MayClose || len(x.Duties) != 0 {
		t.Errorf("%+v, %v", x, err)
	}
	if len(x.Populations) != 1 || !strings.HasPrefix(x.Populations[0], "Herders") {
		t.Errorf("it is about %q", x.Populations)
	}
	if len(x.Sources) != 1 || x.Sources[0].Note.Body != "by telephone" {
		t.Errorf("it rests on %+v", x.Sources)
	}
	b, err := w.Board(ctx, stranger)
	if err != nil || b.Unread != 1 || b.Warnings != 1 || b.Situations != 0 || len(b.Areas) != 0 || b.Unassessed != 0 || b.LateTotal != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	if !slices.ContainsFunc(b.Changes, func(c heed.Change) bool { return c.Subject == out.ID && c.Kind == "warning.issued" }) {
		t.Errorf("a recipient is not told of the warning: %+v", b.Changes)
	}
	w.must(w.AcknowledgeWarning(ctx, w.as("stranger"), out.ID, ""))
	if b, err = w.Board(ctx, stranger); err != nil || b.Unread != 0 || len(b.AwaitingAck) != 0 {
		t.Errorf("after the acknowledgement: %+v, %v", b, err)
	}
}

// TestEyesTellAccessWhatALookTellsIt holds the two ways in which access is told
// of things together.
func TestEyesTellAccessWhatALookTellsIt(t *testing.T) {
	w := newWorld(t, "")
	w.marked("RED")
	n, err := heed.SameResources(t.Context(), w.Heed)
	if err != nil || n < 12 {
		t.Errorf("%d things: %v", n, err)
	}
}

// TestNoPolicyAsksForANumber holds what eyes rely on: that two things which
// differ in their number alone are decided on alike.
func TestNoPolicyAsksForANumber(t *testing.T) {
	files, err := filepath.Glob("../access/policy/*.cedar")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	asks := regexp.MustCompile(`resource\.id\b|resource\s*(==|in)\s|Thing::`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if m := asks.Find(b); m != nil {
			t.Errorf("%s asks for %q", f, m)
		}
	}
	if _, err := access.New(); err != nil {
		t.Fatal(err)
	}
}
