package impact

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/internal/blob"
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
			"start":    func(p *Plan) { p.Design.Start = "soon" },
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

// TestDesignsThatCannotRun: what no table could be analysed by is refused when
// it is registered, by the name of the flag.
func TestDesignsThatCannotRun(t *testing.T) {
	panel := Design{Method: Control, Time: "month", Outcome: "n", Start: "2021-01", Unit: "place", Treated: []string{"a"}}
	local := Design{Method: State, Time: "month", Outcome: "n", Start: "2021-01"}
	its := plan().Design
	for _, c := range []struct {
		d     Design
		field string
		spoil func(*Design)
	}{
		{its, "unit", func(d *Design) { d.Unit = "state" }}, {its, "treated", func(d *Design) { d.Treated = []string{"a"} }}, {its, "exclude", func(d *Design) { d.Exclude = []string{"a"} }},
		{its, "period", func(d *Design) { d.Harmonics = 2 }}, {its, "period", func(d *Design) { d.Period = 12 }}, {its, "harmonics", func(d *Design) { d.Harmonics = -1 }},
		{its, "period", func(d *Design) { d.Harmonics, d.Period = 1, math.NaN() }}, {its, "period", func(d *Design) { d.Harmonics, d.Period = 1, math.Inf(1) }},
		{its, "harmonics", func(d *Design) { d.Harmonics, d.Period = 7, 12 }}, {its, "family", func(d *Design) { d.Family = "binomial" }},
		{its, "errors", func(d *Design) { d.Errors = "hac" }}, {its, "errors", func(d *Design) { d.Errors = "newey-west" }}, {its, "errors", func(d *Design) { d.Errors = "prais-winsten" }},
		{its, "offset", func(d *Design) { d.Family, d.Offset = "gaussian", "pop" }}, {its, "offset", func(d *Design) { d.Offset = "killings" }},
		{its, "outcome", func(d *Design) { d.Outcome = "month" }}, {its, "control", func(d *Design) { d.Controls = []string{"x", "x"} }},
		{its, "control", func(d *Design) { d.Controls = []string{"killings"} }}, {its, "control", func(d *Design) { d.Controls = []string{"level"} }},
		{its, "control", func(d *Design) { d.Controls = []string{" "} }}, {its, "where", func(d *Design) { d.Where = []string{"state"} }},
		{its, "where", func(d *Design) { d.Where = []string{"state=a", "state=b"} }}, {its, "where", func(d *Design) { d.Where = []string{"killings=4"} }},
		{its, "missing", func(d *Design) { d.Missing = "guess" }}, {its, "draws", func(d *Design) { d.Draws = 500 }}, {its, "start", func(d *Design) { d.Start = "2021-13" }},
		{panel, "treated", func(d *Design) { d.Treated = nil }}, {panel, "treated", func(d *Design) { d.Unit = "" }}, {panel, "treated", func(d *Design) { d.Treated = []string{"a", "a"} }},
		{panel, "exclude", func(d *Design) { d.Exclude = []string{"a"} }}, {panel, "family", func(d *Design) { d.Family = "poisson" }}, {panel, "control", func(d *Design) { d.Controls = []string{"x"} }},
		{panel, "unit", func(d *Design) { d.Unit = "n" }}, {panel, "where", func(d *Design) { d.Where = []string{"place=a"} }}, {panel, "model", func(d *Design) { d.Trend = true }},
		{local, "draws", func(d *Design) { d.Draws = 5 }}, {local, "draws", func(d *Design) { d.Draws = -1 }}, {local, "steps", func(d *Design) { d.Steps = -0.1 }},
		{local, "steps", func(d *Design) { d.Steps = math.NaN() }}, {local, "errors", func(d *Design) { d.Errors = "ols" }}, {local, "harmonics", func(d *Design) { d.Harmonics = 1 }},
	} {
		if err := c.d.Check(); err != nil {
			t.Fatal(err)
		}
		c.spoil(&c.d)
		if err := c.d.Check(); fault.Field(err) != c.field || fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%+v: %v (field %q, want %q)", c.d, err, fault.Field(err), c.field)
		}
	}
}

func TestCommand(t *testing.T) {
	for want, d := range map[string]Design{
		"heed impact its --data FILE --time month --outcome killings --start 2021-01 --family quasipoisson --errors auto": plan().Design,
		"heed impact its --data FILE --time t --outcome 'the count' --start 5 --where 'a=it'\\''s' --missing drop --family poisson --offset pop --harmonics 2 --period 12 --errors ols --model level+trend --control x": {
			Method: Series, Time: "t", Outcome: "the count", Start: "5", Where: []string{"a=it's"}, Missing: "drop", Family: "poisson", Offset: "pop", Harmonics: 2, Period: 12,
			Errors: "ols", Trend: true, Controls: []string{"x"}},
		"heed impact synth --method sdid --placebo --data FILE --time t --outcome n --start 5 --unit u --treated a --exclude b --exclude c": {
			Method: SynthDiff, Time: "t", Outcome: "n", Start: "5", Unit: "u", Treated: []string{"a"}, Exclude: []string{"b", "c"}},
		"heed impact state --data FILE --time t --outcome n --start 5 --seed 3 --draws 500 --steps 0.02": {Method: State, Time: "t", Outcome: "n", Start: "5", Seed: 3, Draws: 500, Steps: 0.02},
	} {
		if got := d.Command(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// TestRowsAndErrors: the rows and the errors that were registered are those
// that are used, and what would help is said.
func TestRowsAndErrors(t *testing.T) {
	var b strings.Builder
	b.WriteString("place,month,killings\n")
	for i := range 48 {
		n, hole := 40+(i*7)%11, ""
		if i >= 24 {
			n /= 2
		}
		if i != 5 {
			hole = fmt.Sprint(n)
		}
		fmt.Fprintf(&b, "here,%d-%02d,%s\nthere,%d-%02d,%d\n", 2019+i/12, i%12+1, hole, 2019+i/12, i%12+1, n+9)
	}
	d := plan().Design
	for _, c := range []struct {
		change func()
		want   string
	}{
		{func() {}, "for each place (here, there), and one place is needed"},
		{func() { d.Where = []string{"place=nowhere"} }, "there are here, there"},
		{func() { d.Where = []string{"place=here"} }, "line 12, column killings: the value is missing"},
		{func() { d.Missing, d.Start = "drop", "2020-12-17" }, ""},
	} {
		c.change()
		if _, err := Analyse(d, strings.NewReader(b.String())); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v, want %q", err, c.want)
		} else if c.want != "" && d.Where == nil && !strings.HasSuffix(fault.Hint(err), "register another analysis with the condition place=here") {
			t.Errorf("the hint is %q", fault.Hint(err))
		}
	}
	d.Errors = "newey-west:3"
	o, err := Analyse(d, strings.NewReader(b.String()))
	if err != nil || o.Dropped != 1 || o.Rows != 47 || o.First != "2021-01" || o.Asked == nil || o.Asked.Errors != "newey-west:3" || o.Asked.Effect == o.Effect || o.Asked.Ratio == nil {
		t.Errorf("%+v %v", o, err)
	}
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

// TestToolsAreKnown: once the table of evidence is there, a tool that it does
// not have is refused, with those that it has.
func TestToolsAreKnown(t *testing.T) {
	const table = "tool_name,Name,greater_findings,lesser_findings,no_mixed_findings,research_qualitative\nMediation,Directive,5,1,1,Moderate\nFact-finding,Public,1,,,Weaker\n"
	store, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		register := func(tool string) (a Analysis, err error) {
			p := plan()
			p.Tool = tool
			err = n.Try("P-2", func(tx *record.Tx) (err error) { a, err = Register(tx, p); return err })
			return a, err
		}
		if _, err := register("Meditation"); err != nil {
			t.Fatal(err) // nobody knows yet
		}
		if _, err := ImportTools(t.Context(), n.Record, record.By{Person: "P-2", At: n.At}, store, strings.NewReader(table)); err != nil {
			t.Fatal(err)
		}
		if _, err := register("Meditation"); fault.Field(err) != "tool" || !strings.Contains(err.Error(), "it has Fact-finding, Mediation") {
			t.Error(err)
		}
		a, err := register("mediation")
		if err != nil {
			t.Fatal(err)
		}
		n.Look(func(v *record.View) error {
			if p, err := Words(v, a); err != nil || p.Tool != "Mediation" {
				t.Errorf("%+v %v", p, err)
			}
			return nil
		})
	}, Module(store))
}

func FuzzParseTools(f *testing.F) {
	f.Add([]byte("tool_name,Name,greater_findings,lesser_findings,no_mixed_findings,research_qualitative\nMediation,Directive,5,1,1,Moderate\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<14 {
			return
		}
		rows, err := ParseTools(bytes.NewReader(in))
		if err == nil && len(rows) == 0 {
			t.Error("nothing was read and nothing was said")
		}
	})
}

// TestNothingAfter: killings that cease have a bound and a verdict, in numbers
// that can be written down.
func TestNothingAfter(t *testing.T) {
	var b strings.Builder
	b.WriteString("month,killings\n")
	for i := range 36 {
		n := []int{2, 4, 3, 1, 5}[i%5]
		if i >= 24 {
			n = 0
		}
		fmt.Fprintf(&b, "%d-%02d,%d\n", 2019+i/12, i%12+1, n)
	}
	d := Design{Method: Series, Time: "month", Outcome: "killings", Start: "2021-01", Family: "quasipoisson"}
	o, err := Analyse(d, strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if o.Ratio == nil || o.Ratio.Low != 0 || !(o.Ratio.High > 0 && o.Ratio.High < 0.2) || o.Verdict != causal.Consistent || o.Grade != causal.VeryLow || !slices.Contains(o.Reasons, "one-side") {
		t.Errorf("%+v %+v", o.Ratio, o.Judgment)
	}
	if AsExpected(Fewer, o.Verdict, o.Effect) != "as expected" || !o.Effect.Finite() || len(o.Points) != 36 {
		t.Errorf("%+v", o)
	}
}
