package heed_test

import (
	"testing"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/report"
)

// TestWhoSaysThatTwoAreOne: somebody who may judge both; then each reporter
// reads the fate of the first under her own receipt, and her contact stays hers.
func TestWhoSaysThatTwoAreOne(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	in := heed.ReportInput{SourceType: "civil-society", Occurred: w.at, Country: "SSD", Identity: &report.Identity{Contact: "the second reporter"}}
	in.Text = "the same night, told in other words"
	got, err := w.AddReport(ctx, heed.Who{At: w.at}, in)
	w.must(err)
	first, err := w.Report(ctx, w.as("analyst"), "R-1")
	w.must(err)
	for _, role := range []string{"stranger", "custodian"} {
		if err := w.JoinReport(ctx, w.as(role), got.Report, "R-1", "they look alike"); err == nil {
			t.Errorf("%s said that two are one", role)
		}
	}
	w.must(w.JoinReport(ctx, w.as("analyst"), got.Report, "R-1", "same place, same hour"))
	r, err := w.Report(ctx, w.as("analyst"), got.Report)
	w.must(err)
	if r.SameAs != "R-1" || r.Joined == 0 || r.SameWhy.Body != "same place, same hour" || !r.HasContact || r.MayJoin || !r.MayPart {
		t.Errorf("the second: %+v", r)
	}
	one, err := w.Report(ctx, w.as("analyst"), "R-1")
	w.must(err)
	if len(one.Same) != 1 || one.Same[0].ID != got.Report || one.MayJoin || one.MayPart {
		t.Errorf("the first: %+v", one)
	}
	f, err := w.Fate(ctx, got.Code)
	if err != nil || f.Report != got.Report || f.State != first.State || first.State == report.Received {
		t.Errorf("fate %+v, %v, of the first %s", f, err, first.State)
	}
	who := w.as("custodian")
	who.Purpose = "to ask her"
	if source, _, err := w.OpenReport(ctx, who, got.Report); err != nil || source.Contact != "the second reporter" {
		t.Errorf("opened %+v, %v", source, err)
	}
	w.must(w.PartReport(ctx, w.as("analyst"), got.Report, "another night"))
	if r, err := w.Report(ctx, w.as("analyst"), got.Report); err != nil || r.SameAs != "" || r.MayPart || !r.MayJoin {
		t.Errorf("alone again: %+v, %v", r, err)
	}
}
