package insight_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/views"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// start is the month of the first entry of every test.
var start = forecast.Month(events.MonthOf(recordtest.Start))

// world is a panel of the fictional states until a month, calm but for two.
func world(t testing.TB, last forecast.Month) *forecast.Panel {
	rng := rand.New(rand.NewPCG(1, 2))
	a := forecast.Actuals{}
	for area := 9901; area <= 9908; area++ {
		for m := last - 80; m <= last; m++ {
			mean := 0.3
			if area <= 9902 {
				mean = 60
			}
			a[forecast.Cell{Month: m, Area: area}] = forecast.Poisson(rng, mean)
		}
	}
	a[forecast.Cell{Month: last, Area: 9905}] = 80 // an onset at the end
	p, err := forecast.NewPanel(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func draft(t testing.TB, p *forecast.Panel, trainTo, from, to forecast.Month) insight.Draft {
	f, err := forecast.LastPoisson.Make(p, trainTo, from, to, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	return insight.Draft{Model: "test", Outcome: "ged_sb", TrainTo: trainTo, Draws: f, Drivers: map[int][]insight.Driver{9901: {{Group: "recent", Moves: 1.5}}}}
}

func store(t *testing.T) blob.Store {
	s, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir(), Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func issue(n *recordtest.Node, s blob.Store, d insight.Draft) (i insight.Issued) {
	n.T.Helper()
	ref, err := insight.Prepare(context.Background(), s, d)
	if err != nil {
		n.T.Fatal(err)
	}
	n.Must("P-1", func(tx *record.Tx) (err error) { i, err = insight.Issue(tx, d, ref); return err })
	return i
}

// A forecast is issued before its first month, its cells come from its blob, the
// bytes have the hash that the entry names; afterwards it is scored, once for
// the same figures, and both stand on a rebuild.
func TestIssueAndScore(t *testing.T) {
	s := store(t)
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		p := world(t, start+6)
		d := draft(t, p, start-1, start+1, start+6)
		i := issue(n, s, d)
		data, err := insight.Bytes(t.Context(), s, i)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := views.ParseForecast(data); err != nil || len(back) != 48 || i.Areas != 8 || i.Rows != 48*200 {
			t.Errorf("%+v, %v", i, err)
		}
		n.Look(func(v *record.View) error {
			cells, err := insight.Cells(v, i.Entry, "XAA")
			if err != nil || len(cells) != 6 || cells[0].Month != start+1 || cells[0].Deadly < 0.9 || cells[0].P05 >= cells[0].P95 {
				t.Errorf("%+v, %v", cells, err)
			}
			why, err := insight.Drivers(v, i.Entry, 9901)
			if err != nil || len(why) != 1 || why[0].Group != "recent" {
				t.Errorf("%+v, %v", why, err)
			}
			return nil
		})
		judged, err := insight.Judge(i, d.Draws, p)
		if err != nil || judged.N != 48 || len(judged.Marks) != 5 || judged.Onsets != 1 {
			t.Fatalf("%+v, %v", judged, err)
		}
		if sum := 0; len(judged.PIT) != 10 || len(judged.Areas) != 8 {
			t.Errorf("%+v", judged)
		} else {
			for _, n := range judged.PIT {
				sum += n
			}
			best := judged.ByGain()[0]
			if sum != 48 || len(best.Baselines) != 4 || best.Baselines["conflictology"] != best.Rival || best.Gain() < judged.ByGain()[7].Gain() {
				t.Errorf("%d cells in the histogram, %+v", sum, best)
			}
		}
		judged.Actuals = 7
		n.Must("P-1", func(tx *record.Tx) (err error) { judged, err = insight.Score(tx, judged); return err })
		err = n.Try("P-1", func(tx *record.Tx) error { _, err := insight.Score(tx, judged); return err })
		if fault.KindOf(err) != fault.KindExists {
			t.Errorf("scored twice on the same figures: %v", err)
		}
		judged.Actuals = 9
		n.Must("P-1", func(tx *record.Tx) error { _, err := insight.Score(tx, judged); return err })
		n.Look(func(v *record.View) error {
			all, err := insight.ScoresOf(v, i.Entry)
			if err != nil || len(all) != 2 || all[0].Actuals != 9 || len(all[0].PIT) != 10 || all[0].At.IsZero() || all[1].Marks[0].Model != "test" {
				t.Errorf("%+v, %v", all, err)
			}
			if crps, _ := all[0].Skill(forecast.Zero); crps <= 0 {
				t.Errorf("no skill against zero: %v", crps)
			}
			return nil
		})
	}, insight.Module(s))
}

// What would be issued too late, or says nothing, is refused.
func TestRefused(t *testing.T) {
	s := store(t)
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		p := world(t, start+6)
		good := draft(t, p, start-1, start+1, start+3)
		for name, c := range map[string]struct {
			change func(*insight.Draft)
			kind   fault.Kind
		}{
			"the month has begun":   {func(d *insight.Draft) { *d = draft(t, p, start-2, start, start+3) }, fault.KindLate},
			"no model":              {func(d *insight.Draft) { d.Model = " " }, fault.KindInvalid},
			"an unknown outcome":    {func(d *insight.Draft) { d.Outcome = "deaths" }, fault.KindInvalid},
			"it knows what it says": {func(d *insight.Draft) { d.TrainTo = start + 2 }, fault.KindInvalid},
		} {
			d := good
			c.change(&d)
			ref, err := insight.Prepare(t.Context(), s, d)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.Try("P-1", func(tx *record.Tx) error { _, err := insight.Issue(tx, d, ref); return err }); fault.KindOf(err) != c.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := insight.Prepare(t.Context(), s, insight.Draft{}); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("no draws: %v", err)
		}
	}, insight.Module(s))
}

// The board shows what changed between two issues, largest first.
func TestMovers(t *testing.T) {
	s := store(t)
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		p := world(t, start+6)
		first := issue(n, s, draft(t, p, start-1, start+1, start+6))
		n.At = n.At.Add(24 * time.Hour)
		d := draft(t, p, start-1, start+1, start+6)
		for c := range d.Draws {
			if c.Area == 9907 {
				d.Draws[c] = []float64{0, 50, 60, 70}
			}
		}
		second := issue(n, s, d)
		n.Look(func(v *record.View) error {
			all, before, err := insight.Movers(v, second)
			if err != nil || before.Entry != first.Entry || len(all) != 8 || all[0].Country != "XAG" || all[0].Deadly != 0.75 || all[0].Before != 0 {
				t.Errorf("%+v, %+v, %v", all, before, err)
			}
			all, before, err = insight.Movers(v, first)
			if err != nil || before.Entry != 0 || !all[0].New || all[0].Deadly < 0.9 {
				t.Errorf("%+v, %+v, %v", all, before, err)
			}
			newest, err := insight.Newest(v, "ged_sb")
			if err != nil || newest.Entry != second.Entry {
				t.Errorf("%+v, %v", newest, err)
			}
			if _, err := insight.Newest(v, "ged_os"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%v", err)
			}
			return nil
		})
	}, insight.Module(s))
}

// A lower threshold sounds more often and misses less.
func TestAlarms(t *testing.T) {
	p := world(t, start+6)
	f := draft(t, p, start-1, start+1, start+6).Draws
	for c := range f {
		if c.Area == 9905 || c.Area == 9906 {
			f[c] = []float64{0, 0, 0, 30}
		}
	}
	i := insight.Issued{TrainTo: start - 1, First: start + 1, Last: start + 6}
	got := insight.Alarms(f, p, i, []float64{0.2, 0.5})
	if got[0].AYear != 4 || got[0].Missed != 0 || got[0].False != 1 || got[0].Onsets != 1 {
		t.Errorf("%+v", got[0])
	}
	if got[1].AYear != 0 || got[1].Missed != 1 || got[1].False != 0 {
		t.Errorf("%+v", got[1])
	}
}

// Bayes on the odds: nothing known changes nothing, more seen raises more, and
// an assessment cannot drown a forecast.
func TestFuse(t *testing.T) {
	none := insight.Fuse(0.2, []insight.Finding{{Factor: 1, Of: 10}})
	if math.Abs(none.Post-0.2) > 1e-12 || len(none.Top) != 0 {
		t.Errorf("%+v", none)
	}
	some := insight.Fuse(0.2, []insight.Finding{{Factor: 1, Worsening: 5, Of: 10}, {Factor: 2, Present: 5, Absent: 5, Of: 10}})
	want := 0.25 * math.Exp(0.2)
	if math.Abs(some.Post-want/(1+want)) > 1e-12 || some.Bound {
		t.Errorf("%+v", some)
	}
	if !(some.Prior < some.Half && some.Half < some.Post && some.Post < some.Twice) {
		t.Errorf("out of order: %+v", some)
	}
	var all []insight.Finding
	for i := range 14 {
		all = append(all, insight.Finding{Factor: i + 1, Worsening: 10, Of: 10})
	}
	if most := insight.Fuse(0.01, all); !most.Bound || most.Post > 0.06 {
		t.Errorf("%+v", most)
	}
	if sure := insight.Fuse(1, all); sure.Post >= 1 {
		t.Errorf("%+v", sure)
	}
}

// A forecast over its threshold opens one draft, which a person judges once and
// with a reason that stays sealed.
func TestDrafts(t *testing.T) {
	s := store(t)
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		d := draft(t, world(t, start+6), start-1, start+1, start+6)
		d.OpenAt = 0.5
		i := issue(n, s, d)
		raise := func(i insight.Issued, country string) (r *insight.Raised) {
			n.Must("P-1", func(tx *record.Tx) (err error) { r, err = insight.Raise(tx, i, "S-1", country, "AMBER"); return err })
			return r
		}
		if r := raise(i, "XAG"); r != nil {
			t.Errorf("a calm country raised %+v", r)
		}
		r := raise(i, "XAA")
		if r == nil || r.ID != "F-1" || r.Probability < 0.9 {
			t.Fatalf("%+v", r)
		}
		if again := raise(i, "XAA"); again != nil {
			t.Errorf("raised twice: %+v", again)
		}
		if second := raise(issue(n, s, d), "XAA"); second != nil {
			t.Errorf("raised where the one before had passed too: %+v", second)
		}
		for _, bad := range [][3]string{{"maybe", "", "x"}, {insight.Dismissed, "", " "}, {insight.Warned, "", "x"}, {insight.Dismissed, "W-1", "x"}} {
			if err := n.Try("P-2", func(tx *record.Tx) error { return insight.JudgeDraft(tx, "F-1", bad[0], bad[1], bad[2]) }); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%v: %v", bad, err)
			}
		}
		n.Must("P-2", func(tx *record.Tx) error {
			return insight.JudgeDraft(tx, "F-1", insight.Dismissed, "", "the figures are late "+recordtest.Canary)
		})
		if err := n.Try("P-2", func(tx *record.Tx) error { return insight.JudgeDraft(tx, "F-1", insight.Dismissed, "", "x") }); fault.KindOf(err) != fault.KindExists {
			t.Errorf("judged twice: %v", err)
		}
		n.Look(func(v *record.View) error {
			x, err := insight.FindDraft(v, "F-1")
			why, bad := insight.Why(v, x)
			if err != nil || bad != nil || x.State != insight.Dismissed || x.By != "P-2" || why != "the figures are late "+recordtest.Canary {
				t.Errorf("%+v, %q, %v, %v", x, why, err, bad)
			}
			if _, err := insight.FindDraft(v, "F-9"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%v", err)
			}
			return nil
		})
	}, insight.Module(s))
}
