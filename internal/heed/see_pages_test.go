package heed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// TestAWarningTellsWhatCameOfIt reads the first warning of the world.
func TestAWarningTellsWhatCameOfIt(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	x, err := w.Warning(ctx, w.people["director"], "W-1")
	if err != nil {
		t.Fatal(err)
	}
	if x.Finding.Body != "finding "+canary || x.Level != 4 || x.Country != "SSD" || x.Served != 2 || x.Acked != 1 || x.Late == 0 || x.MayAcknowledge || !x.MayDecide || !x.MayClose {
		t.Errorf("%+v", x)
	}
	if len(x.Sources) != 1 || x.Sources[0].ID != "R-1" || x.Sources[0].Note.Body != "note "+canary || x.Sources[0].At.IsZero() {
		t.Errorf("sources: %+v", x.Sources)
	}
	for _, r := range x.Recipients {
		if acked := r.Person.ID == w.people["director"].Person; acked != !r.Acked.IsZero() || acked != (r.Note.Body == "seen "+canary) {
			t.Errorf("recipient %+v", r)
		}
	}
	if len(x.Decisions) != 1 || x.Decisions[0].Choice.Body != "choice "+canary || x.Decisions[0].State != "signed" {
		t.Errorf("decisions: %+v", x.Decisions)
	}
	if y, err := w.Warning(ctx, w.people["duty-officer"], "W-1"); err != nil || !y.MayAcknowledge {
		t.Errorf("the duty officer may not acknowledge: %v, %v", y.MayAcknowledge, err)
	}
	d, err := w.Decision(ctx, w.people["analyst"], x.Decisions[0].ID)
	if err != nil || d.Known.Body != "known "+canary || d.Community.Body != "they ask "+canary || d.Signature.Kind != "session" || d.Signature.By.ID != w.people["director"].Person || d.MaySign {
		t.Errorf("%+v, %v", d, err)
	}
	if len(d.Dissent) != 1 || d.Dissent[0].Text.Body != "too late "+canary || len(d.Options) != 1 {
		t.Errorf("dissent %+v, options %+v", d.Dissent, d.Options)
	}
	w.must(w.Erase(ctx, w.as("custodian"), "W-1", "court order"))
	if x, err = w.Warning(ctx, w.people["director"], "W-1"); err != nil || x.Finding != (heed.Text{State: heed.Erased}) || x.Level != 4 {
		t.Errorf("after erasure: %+v, %v", x.Finding, err)
	}
}

// TestADutyShowsItsLadder reads what was done and what silence did.
func TestADutyShowsItsLadder(t *testing.T) {
	w := newWorld(t, "")
	ctx, who := t.Context(), w.people["duty-officer"]
	done, err := w.Duty(ctx, who, "D-1")
	if err != nil || done.State != "done" || done.Answer.Body != "told them "+canary || done.AnsweredBy.ID != who.Person || done.MayAnswer || done.Late || done.Title == "" || done.What == "" {
		t.Errorf("%+v, %v", done, err)
	}
	for _, g := range done.Ladder {
		if g.State != "spared" {
			t.Errorf("rung %+v of a duty that was done in time", g)
		}
	}
	if kinds := kindsOf(done.Events); !slices.Equal(kinds, []string{"duty.opened", "duty.done"}) {
		t.Errorf("it tells of %v", kinds)
	}
	late, n, err := w.Duties(ctx, who, heed.DutyFilter{State: "late", Warning: "W-1"})
	if err != nil || n == 0 {
		t.Fatalf("%d late, %v", n, err)
	}
	climbed := slices.IndexFunc(late, func(d heed.DutyRow) bool { return d.Rung > 0 })
	if climbed < 0 {
		t.Fatal("silence climbed no ladder")
	}
	d, err := w.Duty(ctx, w.people["director"], late[climbed].ID)
	if err != nil || d.State != "lapsed" || !d.Late || d.RungName == "" || len(d.Ladder) < d.Rung {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, g := range d.Ladder {
		want := map[bool]string{true: "served", false: "ahead"}[g.N < d.Rung]
		if g.N == d.Rung {
			want = "now"
		}
		if g.State != want {
			t.Errorf("rung %+v, silence has reached %d", g, d.Rung)
		}
	}
	if !slices.Contains(kindsOf(d.Events), "duty.lapsed") || !slices.Contains(kindsOf(d.Events), "duty.escalated") {
		t.Errorf("it tells of %v", kindsOf(d.Events))
	}
	answered, _, err := w.Duties(ctx, who, heed.DutyFilter{State: "done"})
	if err != nil || !slices.ContainsFunc(answered, func(d heed.DutyRow) bool { return d.ID == "D-1" }) ||
		slices.ContainsFunc(answered, func(d heed.DutyRow) bool { return d.State != "done" && d.State != "explained" }) {
		t.Errorf("answered: %+v, %v", answered, err)
	}
	if _, _, err := w.Duties(ctx, who, heed.DutyFilter{Owner: "whoever"}); fault.Field(err) != "owner" {
		t.Errorf("duties of somebody unknown: %v", err)
	}
	spanish, err := w.Duty(heed.Speaking(ctx, "es"), who, "D-1")
	if err != nil || spanish.Title == "" {
		t.Errorf("in Spanish: %q, %v", spanish.Title, err)
	}
}

func kindsOf(all []heed.Event) (out []string) {
	for _, e := range all {
		out = append(out, e.Kind)
	}
	return out
}

// TestAReportNeverTellsItsSource: the page says that there is one, and who may
// open it.
func TestAReportNeverTellsItsSource(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	for role, mayOpen := range map[string]bool{"custodian": true, "analyst": false, "director": false, "administrator": false} {
		r, err := w.Report(ctx, w.people[role], "R-1")
		if err != nil || r.Account.Body != "columns at night "+canary || !r.HasContact || r.MayOpen != mayOpen || r.Grade != "B2" || r.Judgment.Body != "seen before "+canary {
			t.Errorf("%s: %+v, %v", role, r, err)
		}
		if s := text(t, r); strings.Contains(s, "Source "+canary) || strings.Contains(s, "+1 ") {
			t.Errorf("%s reads the source: %s", role, s)
		}
		if !slices.ContainsFunc(r.Fate, func(s heed.FateStep) bool { return s.Kind == "used" && s.Ref == "W-1" }) ||
			!slices.ContainsFunc(r.Fate, func(s heed.FateStep) bool { return s.Kind == "led" && s.Ref == "DEC-1" }) {
			t.Errorf("%s: its fate is %+v", role, r.Fate)
		}
		k, err := w.Knew(ctx, w.people[role], "R-1")
		if err != nil || strings.Contains(text(t, k), "Source "+canary) {
			t.Errorf("%s: %+v, %v", role, k, err)
		}
	}
}

// TestASituationIsADossier: what is about a situation is in it.
func TestASituationIsADossier(t *testing.T) {
	w := newWorld(t, "")
	s, err := w.Situation(t.Context(), w.people["analyst"], "S-1")
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "Plain "+canary || s.Level != 4 || s.Late == 0 || len(s.Pops) != 1 || len(s.Warnings) != 1 || int64(len(s.Duties)) != s.Late+s.Open ||
		len(s.Reports) != 1 || len(s.Decisions) != 1 || len(s.Sources) != 0 || s.MayStaff || !s.MayWarn {
		t.Errorf("%+v", s)
	}
	for _, kind := range []string{"situation.added", "warning.issued", "decision.signed", "duty.lapsed", "report.submitted"} {
		if !slices.ContainsFunc(s.Turns, func(e heed.Event) bool { return e.Kind == kind && e.ID != "" && !e.At.IsZero() }) {
			t.Errorf("no %s among its turns: %+v", kind, s.Turns)
		}
	}
	if len(s.Series) == 0 || s.Series[0].Source != "acled" || s.Series[0].Points[0].Best != 3 || s.Series[0].Entry == 0 {
		t.Errorf("series: %+v", s.Series)
	}
	if k := kindsOf(s.Timeline); k[0] != "situation.added" || !slices.Contains(k, "warning.issued") || !slices.Contains(k, "decision.signed") {
		t.Errorf("timeline: %v", k)
	}
	f, err := w.IssueForm(t.Context(), w.people["analyst"], "S-1")
	if err != nil || len(f.Situations) != 1 || len(f.Levels) != 5 || len(f.Levels[3].Duties) == 0 || len(f.Populations) != 1 || len(f.Reports) != 1 || len(f.People) == 0 || len(f.Protocols) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := w.IssueForm(t.Context(), w.people["stranger"], ""); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("a stranger is offered the form: %v", err)
	}
}

// TestAReportOfTwoSituations counts under each of them, in the list as in the
// dossier.
func TestAReportOfTwoSituations(t *testing.T) {
	testkit.Slow(t)
	testkit.Databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ctx := t.Context()
		w.at = time.Now().Add(-24 * time.Hour) // what is recent is counted from now
		second, err := w.AddSituation(ctx, w.as("administrator"), heed.SituationInput{Name: "The next valley", Country: "SSD", Populations: []string{"Fishers"}})
		w.must(err)
		for n, of := range [][]string{{"S-1", second}, {second}, {"S-1"}, nil} {
			in := heed.ReportInput{SourceType: "media", Occurred: w.at, Country: "SSD"}
			in.Text = fmt.Sprintf("report %d", n)
			got, err := w.AddReport(ctx, w.as("administrator"), in)
			w.must(err)
			for _, s := range of {
				w.must(w.AssessReport(ctx, w.as("administrator"), got.Report, "B", 2, s, ""))
			}
		}
		rows, _, err := w.Situations(ctx, w.as("administrator"), heed.SituationFilter{})
		w.must(err)
		if len(rows) != 2 {
			t.Fatalf("%+v", rows)
		}
		for _, row := range rows {
			s, err := w.Situation(ctx, w.as("administrator"), row.ID)
			w.must(err)
			if row.Reports30 != 2 || s.Reports30 != 2 || s.Sources["media"] != 2 {
				t.Errorf("%s: %d in the list, %d in the dossier, %v", row.ID, row.Reports30, s.Reports30, s.Sources)
			}
		}
	})
}

// TestWhoKnewTellsSilenceFromDeed reads the chronology of the first warning.
func TestWhoKnewTellsSilenceFromDeed(t *testing.T) {
	w := newWorld(t, "")
	k, err := w.Knew(t.Context(), w.people["director"], "W-1")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(k.Rows, func(a, b heed.KnewRow) int { return a.At.Compare(b.At) }) || k.Size == 0 || len(k.Root) != 32 || k.Level != 4 {
		t.Errorf("%+v", k)
	}
	count := map[string]int{}
	for _, r := range k.Rows {
		count[r.Did]++
		if r.Did != "" && r.Actor.ID == "" && r.Did != heed.DidServe {
			t.Errorf("nobody %s: %+v", r.Did, r)
		}
	}
	if count[heed.DidWarn] != 1 || count[heed.DidServe] < 3 || count[heed.DidDecide] != 1 || count[heed.DidNothing] == 0 || count[heed.DidAct] == 0 || count[heed.DidKnow] < 2 {
		t.Errorf("%v", count)
	}
	outcome := map[string]heed.KnewPerson{}
	for _, p := range k.People {
		outcome[p.Person.ID] = p
	}
	director, officer, minister := outcome[w.people["director"].Person], outcome[w.people["duty-officer"].Person], outcome[w.people["minister"].Person]
	if director.Outcome != heed.OutcomeActed || director.Acked.IsZero() || director.Served.IsZero() {
		t.Errorf("the director, who acknowledged and decided: %+v", director)
	}
	if officer.Outcome != heed.OutcomeActed || !officer.Acked.IsZero() {
		t.Errorf("the duty officer, who acted and acknowledged nothing: %+v", officer)
	}
	if minister.Lapsed > 0 && minister.Outcome != heed.OutcomeSilent {
		t.Errorf("the minister: %+v", minister)
	}
	if all, err := w.Knew(t.Context(), w.people["director"], "S-1"); err != nil || all.Rows[0].Kind != "situation.added" || all.Title == "" {
		t.Errorf("of the situation: %d lines, %v", len(all.Rows), err)
	}
}
