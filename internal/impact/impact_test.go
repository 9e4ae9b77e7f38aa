package impact

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
	"github.com/heed-project/heed/internal/testkit"
)

func plan() Plan {
	return Plan{Situation: "S-1", Date: "2021-01-01", Expect: Fewer, Tool: "Mediation", Question: "did the truce lower the killings? " + recordtest.Canary,
		Measure: "the truce of January", Data: "killings a month, by the observatory", Because: "both sides signed " + recordtest.Canary,
		Design: Design{Method: Series, Time: "month", Outcome: "killings", Start: "2021-01", Family: "quasipoisson"}}
}

// counts is a series that halves in January 2021.
func counts(halves bool) []byte {
	var b bytes.Buffer
	b.WriteString("month,killings\n")
	for i := range 48 {
		n := 40 + (i*7)%11
		if halves && i >= 24 {
			n /= 2
		}
		fmt.Fprintf(&b, "%d-%02d,%d\n", 2019+i/12, i%12+1, n)
	}
	return b.Bytes()
}

func TestAnAnalysisIsRegisteredThenRunOnce(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		var a Analysis
		n.Must("P-2", func(tx *record.Tx) (err error) { a, err = Register(tx, plan()); return err })
		if a.ID != "IMP-1" || a.Ran != nil || a.By != "P-2" {
			t.Fatalf("%+v", a)
		}
		data := counts(true)
		o, err := Analyse(plan().Design, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if o.Verdict != causal.Consistent || o.Ratio.Estimate < 0.4 || o.Ratio.Estimate > 0.6 || len(o.Points) != 48 {
			t.Errorf("%+v", o)
		}
		n.Must("P-3", func(tx *record.Tx) error { _, err := Run(tx, a.ID, Data{Blob: Sum(data)}, o); return err })
		if err := n.Try("P-3", func(tx *record.Tx) error { _, err := Run(tx, a.ID, Data{Blob: Sum(data)}, o); return err }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("run twice: %v", err)
		}
		n.Must("P-3", func(tx *record.Tx) error {
			_, err := Answer(tx, a.ID, causal.History, "an election fell into the same month "+recordtest.Canary)
			return err
		})
		n.Look(func(v *record.View) error {
			a, err := Get(v, a.ID)
			if err != nil || a.Ran == nil || a.Ran.Seen != 0 || a.Ran.Verdict != causal.Consistent || a.Ran.Grade != causal.Low {
				t.Errorf("%+v %v", a, err)
			}
			p, err := Words(v, a)
			if err != nil || p.Design.Family != "quasipoisson" || p.Date != "2021-01-01" || !strings.Contains(p.Question, "truce") {
				t.Errorf("%+v %v", p, err)
			}
			whole, err := OutcomeOf(v, *a.Ran)
			if err != nil || len(whole.Points) != 48 || len(whole.Facts) < 5 {
				t.Errorf("%+v %v", whole, err)
			}
			said, err := Answers(v, a.ID)
			if err != nil || len(said) != 1 || said[0].Rival != causal.History {
				t.Errorf("%+v %v", said, err)
			}
			if text, err := said[0].Text(v); err != nil || !strings.Contains(text, "election") {
				t.Errorf("%q %v", text, err)
			}
			all, err := List(v, "S-1")
			if other, err2 := List(v, "S-2"); err != nil || err2 != nil || len(all) != 1 || len(other) != 0 {
				t.Errorf("%v %v", all, other)
			}
			return nil
		})
		n.Sound()
	}, Module(nil))
}

// TestDataSeenBefore: an analysis registered after its data were here is
// exploration, and the record says so.
func TestDataSeenBefore(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		data := counts(true)
		run := func(seen int64) Analysis {
			var a Analysis
			n.Must("P-2", func(tx *record.Tx) (err error) { a, err = Register(tx, plan()); return err })
			o, err := Analyse(plan().Design, bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			n.Must("P-2", func(tx *record.Tx) error { _, err := Run(tx, a.ID, Data{Sum(data), seen}, o); return err })
			n.Look(func(v *record.View) (err error) { a, err = Get(v, a.ID); return err })
			return a
		}
		first := run(0)
		second := run(0)
		if first.Ran.Seen != 0 || second.Ran.Seen != first.Ran.Entry || second.Ran.Grade != causal.VeryLow {
			t.Errorf("%+v %+v", first.Ran, second.Ran)
		}
		if third := run(1); third.Ran.Seen != 1 {
			t.Errorf("data imported at entry 1: %+v", third.Ran)
		}
	}, Module(nil))
}

func TestPlansAreWhole(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		for field, spoil := range map[string]func(*Plan){
			"question": func(p *Plan) { p.Question = " " },
			"measure":  func(p *Plan) { p.Measure = "" },
			"data":     func(p *Plan) { p.Data = "" },
			"time":     func(p *Plan) { p.Design.Time = "" },
			"outcome":  func(p *Plan) { p.Design.Outcome = "" },
			"date":     func(p *Plan) { p.Date = "January" },
			"expect":   func(p *Plan) { p.Expect = "less" },
			"method":   func(p *Plan) { p.Design.Method = "guess" },
			"treated":  func(p *Plan) { p.Design.Method = Control },
			"unit":     func(p *Plan) { p.Design.Unit = "state" },
			"period":   func(p *Plan) { p.Design.Harmonics = 2 },
			"family":   func(p *Plan) { p.Design.Family = "binomial" },
		} {
			p := plan()
			spoil(&p)
			if err := n.Try("P-2", func(tx *record.Tx) error { _, err := Register(tx, p); return err }); fault.Field(err) != field {
				t.Errorf("%s: %v (field %q)", field, err, fault.Field(err))
			}
		}
		if err := n.Try("P-2", func(tx *record.Tx) error { _, err := Answer(tx, "IMP-9", causal.History, "x"); return err }); fault.KindOf(err) != fault.KindNotFound {
			t.Error(err)
		}
	}, Module(nil))
}

func TestMethods(t *testing.T) {
	panel := new(bytes.Buffer)
	panel.WriteString("place,month,n,x\n")
	for u := range 24 {
		for i := range 20 {
			n := float64(u) + float64(i*(u%5)) + float64((i*u*7)%5)/5
			if u == 3 && i >= 14 {
				n -= 30
			}
			fmt.Fprintf(panel, "u%d,%d,%g,%d\n", u, i, n, i)
		}
	}
	for _, m := range []string{Control, Diff, SynthDiff} {
		o, err := Analyse(Design{Method: m, Time: "month", Outcome: "n", Unit: "place", Treated: []string{"u3"}, Start: "14"}, bytes.NewReader(panel.Bytes()))
		if err != nil || !o.Compared || o.Effect.Estimate > -15 || len(o.Weights) == 0 || len(o.Points) != 20 {
			t.Errorf("%s: %+v %v", m, o, err)
		}
	}
	o, err := Analyse(Design{Method: State, Time: "month", Outcome: "killings", Start: "2021-01", Seed: 1}, bytes.NewReader(counts(true)))
	if err != nil || o.Effect.Estimate > -10 || o.Compared {
		t.Errorf("%+v %v", o, err)
	}
	if _, err := Analyse(plan().Design, strings.NewReader("month,killings\n2020-01,3\n2020-02,\n")); fault.Field(err) != "data" || !strings.Contains(err.Error(), "line 3, column killings") {
		t.Error(err)
	}
	for _, c := range []struct {
		expect string
		effect causal.Interval
		want   string
	}{
		{Fewer, causal.Interval{Estimate: -2, Low: -3, High: -1}, "as expected"}, {Fewer, causal.Interval{Estimate: 2, Low: 1, High: 3}, "the opposite"},
		{More, causal.Interval{Estimate: 2, Low: 1, High: 3}, "as expected"}, {More, causal.Interval{Low: -1, High: 1}, "not shown"},
		{None, causal.Interval{Low: -1, High: 1}, "as expected"}, {None, causal.Interval{Estimate: 2, Low: 1, High: 3}, "the opposite"},
	} {
		if got := AsExpected(c.expect, causal.Consistent, c.effect); got != c.want {
			t.Errorf("%s %+v: %s", c.expect, c.effect, got)
		}
		if got := AsExpected(c.expect, causal.TooLittle, c.effect); got != "not shown" {
			t.Errorf("too little to say, and yet %s", got)
		}
		if got := AsExpected(c.expect, causal.UnderWay, c.effect); c.expect != None && got != "not shown" {
			t.Errorf("already under way, and yet %s", got)
		}
	}
}

// TestTools reads the table of the third version.
func TestTools(t *testing.T) {
	f, err := os.Open(testkit.Shared(t, "warning/tfap/all_factors_3.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := ParseTools(unzip(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 300 || rows[0].Tool != "Prosecutions" || rows[0].Factor != "Public communication" || rows[0].Greater != 1 || rows[0].Mixed != 1 || rows[0].Research != "Weaker" {
		t.Errorf("%d rows, %+v", len(rows), rows[0])
	}
}

func FuzzParseTools(f *testing.F) {
	f.Add([]byte("tool_name,Name,greater_findings,lesser_findings,no_mixed_findings,research_qualitative\nMediation,Directive,5,1,1,Moderate\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		rows, err := ParseTools(bytes.NewReader(in))
		if err == nil && len(rows) == 0 {
			t.Error("nothing was read and nothing was said")
		}
	})
}
