package heed_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/testkit"
)

// TestAnErasedReportIsErasedWhole: words, source and files go; what somebody
// else sent too stays.
func TestAnErasedReportIsErasedWhole(t *testing.T) {
	testkit.Slow(t)
	testkit.Databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ctx := t.Context()
		keep := func(s string) report.Attachment {
			a, err := w.KeepFile(ctx, w.as("duty-officer"), "photo.jpg", "image/jpeg", strings.NewReader(s))
			w.must(err)
			return a
		}
		own, shared := keep("of this report alone"), keep("sent with two reports")
		send := func(text string, files ...report.Attachment) string {
			in := heed.ReportInput{SourceType: "civil-society", Occurred: w.at, Country: "SSD", Identity: &report.Identity{Name: "Somebody"}}
			in.Text, in.Attachments = text, files
			r, err := w.AddReport(ctx, w.as("duty-officer"), in)
			w.must(err)
			return r.Report
		}
		gone, other := send("to be forgotten", own, shared), send("to be kept", shared)
		w.must(w.Erase(ctx, w.as("custodian"), gone, "court order 7"))
		who := w.as("custodian")
		who.Purpose = "to see what is left"
		if source, _, err := w.OpenReport(ctx, who, gone); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("the source of an erased report: %+v, %v", source, err)
		}
		if r, err := w.Report(ctx, w.as("custodian"), gone); err != nil || r.Account.State != heed.Erased {
			t.Errorf("%+v, %v", r, err)
		}
		_, b, err := w.OpenReportFile(ctx, w.as("custodian"), other, shared.SHA256)
		w.must(err)
		b.Close()
		if sum, err := blob.ParseSum(own.SHA256); err != nil || !w.Gone(ctx, sum) {
			t.Errorf("the file of an erased report is still kept: %v", err)
		}
		about := map[string]bool{}
		all, err := w.Entries(ctx, w.as("custodian"), heed.EntryFilter{Kind: "record.erased"})
		w.must(err)
		for _, e := range all {
			about[e.Subjects[0]] = true
		}
		if !about[gone] || !about[gone+"/source"] {
			t.Errorf("the record says of erasures only: %v", about)
		}
		if err := w.Erase(ctx, w.as("custodian"), gone, "again"); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("erased twice: %v", err)
		}
		if source, _, err := w.OpenReport(ctx, who, other); err != nil || source.Name != "Somebody" {
			t.Errorf("the source of another report: %+v, %v", source, err)
		}
	})
}

// TestAnErasureThatBrokeOff: the files of a report outlive its words by no more
// than the next look, and go only once the erasure is on record.
func TestAnErasureThatBrokeOff(t *testing.T) {
	testkit.Slow(t)
	testkit.Databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ctx := t.Context()
		send := func(text string) (id string, sum [32]byte, name string) {
			a, err := w.KeepFile(ctx, w.as("duty-officer"), "photo.jpg", "image/jpeg", strings.NewReader(text))
			w.must(err)
			in := heed.ReportInput{SourceType: "media", Occurred: w.at, Country: "SSD"}
			in.Text, in.Attachments = text, []report.Attachment{a}
			r, err := w.AddReport(ctx, w.as("duty-officer"), in)
			w.must(err)
			sum, err = blob.ParseSum(a.SHA256)
			w.must(err)
			return r.Report, sum, a.SHA256
		}
		kept, keptSum, keptName := send("remembered, and not erased")
		half, halfSum, halfName := send("erased, and its file is there")
		again, againSum, againName := send("erased, and asked for again")
		w.must(heed.EraseUpTo(ctx, w.Heed, w.as("custodian"), kept, false, keptName))
		w.must(heed.EraseUpTo(ctx, w.Heed, w.as("custodian"), half, true, halfName))
		w.must(heed.EraseUpTo(ctx, w.Heed, w.as("custodian"), again, true, againName))
		w.must(w.Erase(ctx, w.as("custodian"), again, "order 7"))
		if !w.Gone(ctx, againSum) || w.Gone(ctx, halfSum) || w.Gone(ctx, keptSum) {
			t.Errorf("gone: asked for again %v, broken off %v, not erased %v", w.Gone(ctx, againSum), w.Gone(ctx, halfSum), w.Gone(ctx, keptSum))
		}
		ids, err := w.FinishErasures(ctx, w.as("custodian"))
		if err != nil || !slices.Equal(ids, []string{half}) {
			t.Errorf("finished %v, %v", ids, err)
		}
		if !w.Gone(ctx, halfSum) || w.Gone(ctx, keptSum) {
			t.Errorf("gone: broken off %v, not erased %v", w.Gone(ctx, halfSum), w.Gone(ctx, keptSum))
		}
		for _, id := range []string{half, again} {
			if err := w.Erase(ctx, w.as("custodian"), id, "again"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%s erased twice: %v", id, err)
			}
		}
		if _, b, err := w.OpenReportFile(ctx, w.as("custodian"), kept, keptName); err != nil {
			t.Errorf("the file of a report that was not erased: %v", err)
		} else {
			b.Close()
		}
	})
}

// TestOnlyTheCustodianOpensASource: who links a report to a situation of their
// own does not thereby learn who told it.
func TestOnlyTheCustodianOpensASource(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	in := heed.ReportInput{SourceType: "civil-society", Occurred: w.at, Country: "SSD", Identity: &report.Identity{Name: "Somebody"}}
	in.Text = "another story"
	got, err := w.AddReport(ctx, heed.Who{At: w.at}, in)
	w.must(err)
	_, err = w.AddSituation(ctx, w.as("analyst"), heed.SituationInput{Name: "Mine", Country: "SSD", Members: []string{w.people["analyst"].Person}, Populations: []string{"x"}})
	w.must(err)
	w.must(w.AssessReport(ctx, w.as("analyst"), got.Report, "F", 6, "Mine", "mine now"))
	who := w.as("analyst")
	who.Purpose = "curious"
	if source, _, err := w.OpenReport(ctx, who, got.Report); fault.KindOf(err) != fault.KindDenied {
		t.Errorf("an analyst opened %+v, %v", source, err)
	}
	who = w.as("custodian")
	who.Purpose = "to ask whether the source is safe"
	if source, _, err := w.OpenReport(ctx, who, got.Report); err != nil || source.Name != "Somebody" {
		t.Errorf("the custodian opened %+v, %v", source, err)
	}
}

// TestLinkingNeedsTheSituation: nobody puts a report into a situation that is
// not theirs to judge in.
func TestLinkingNeedsTheSituation(t *testing.T) {
	w := newWorld(t, "")
	_, err := w.AddSituation(t.Context(), w.as("analyst"), heed.SituationInput{Name: "Closed", Country: "SSD", Marking: "RED",
		Members: []string{w.people["analyst"].Person}, Populations: []string{"x"}})
	w.must(err)
	if err := w.AssessReport(t.Context(), w.as("duty-officer"), "R-1", "B", 2, "S-2", ""); err == nil {
		t.Error("a duty officer linked a report to a situation for other eyes")
	}
}

// TestAVisitorsReport: it can be read by those who sort reports whatever it
// claims of its marking, and its receipt tells nothing of another's.
func TestAVisitorsReport(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	in := heed.ReportInput{SourceType: "civil-society", Occurred: w.at, Country: "SSD", Marking: "RED"}
	in.Text = "they come tonight"
	got, err := w.AddReport(ctx, heed.Who{At: w.at}, in)
	w.must(err)
	for _, role := range []string{"custodian", "duty-officer", "analyst"} {
		if r, err := w.Report(ctx, w.as(role), got.Report); err != nil || r.Account.Body != in.Text || r.Marking != "AMBER+STRICT" {
			t.Errorf("%s reads %+v, %v", role, r, err)
		}
	}
	if _, err := w.Report(ctx, w.as("stranger"), got.Report); err == nil {
		t.Error("somebody of another agency reads it")
	}
	first, err := w.Report(ctx, w.as("analyst"), "R-1")
	w.must(err)
	in = heed.ReportInput{SourceType: "civil-society", Occurred: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Country: "SSD"}
	in.Text, in.Place = first.Account.Body, first.Place
	again, err := w.AddReport(ctx, heed.Who{At: w.at}, in)
	w.must(err)
	f, err := w.Fate(ctx, again.Code)
	if again.Repeated || again.Report == "R-1" || err != nil || f.Report != again.Report || f.State != report.Received || len(f.Steps) != 1 {
		t.Errorf("who repeats known words gets %+v, and then %+v, %v", again, f, err)
	}
	if r, err := w.Report(ctx, w.as("analyst"), "R-1"); err != nil || r.Repeats != 1 {
		t.Errorf("the first of them: %+v, %v", r, err)
	}
}
