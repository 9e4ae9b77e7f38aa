package mandate_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/mandate"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func plan() mandate.Plan {
	return mandate.Plan{Decides: "the registrar; failing her, the depositary " + recordtest.Canary, Retention: "thirty years with the archive", Keys: "to the archive, under two hands",
		Routes: []mandate.Route{
			{Name: "Regional Court", Classes: []string{"court"}, Gets: "case files", Purpose: consent.Trial, State: "NLD", Death: consent.DeathExcluded, When: mandate.When{Links: []mandate.Link{{Kind: "case", To: "CASE-1"}}}},
			{Name: "Archive", Classes: []string{"archive"}, Gets: "all else", Purpose: consent.Keep, State: "CHE", When: mandate.When{Marking: "AMBER"}},
		}}
}

func input(code string, ends time.Time) mandate.Input {
	p := plan()
	return mandate.Input{Code: code, Own: true, Plan: &p, Founded: recordtest.Start.AddDate(-1, 0, 0), Ends: ends, Place: "XAA",
		Facts: mandate.Facts{Name: "Mission to the Lake District " + recordtest.Canary, Act: "R/1", Vote: mandate.Fact{Text: "20-3-5"}, Work: mandate.Fact{Text: "collect and preserve evidence; report"}}}
}

func each(t *testing.T, f func(*testing.T, *recordtest.Node)) {
	recordtest.Each(t, f, mandate.Module())
}

func view(t *testing.T, n *recordtest.Node, f func(v *record.View) error) {
	t.Helper()
	if err := n.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, n *recordtest.Node, kind fault.Kind, f func(*record.Tx) error) {
	t.Helper()
	if err := n.Try("P-1", f); fault.KindOf(err) != kind {
		t.Errorf("want %v, got %v", kind, err)
	}
}

// TestLife takes a mandate from its founding to its end.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, n *recordtest.Node) {
		bare := input("MLD", time.Time{})
		bare.Plan = nil
		refused(t, n, fault.KindInvalid, func(tx *record.Tx) error { _, err := mandate.Register(tx, bare); return err })
		n.Must("P-1", func(tx *record.Tx) error {
			_, err := mandate.Register(tx, input("MLD", recordtest.Start.AddDate(1, 0, 0)))
			return err
		})
		refused(t, n, fault.KindExists, func(tx *record.Tx) error { _, err := mandate.Register(tx, input("MLD", time.Time{})); return err })
		view(t, n, func(v *record.View) error {
			m, err := mandate.Get(v, "MLD")
			if err != nil || m.ID != "M-1" || !m.Own || m.State != mandate.Running || m.Tabled || !strings.Contains(m.Name, "Lake") || !slices.Equal(m.Elements, []string{"collect", "preserve", "report"}) {
				t.Errorf("%+v, %v", m, err)
			}
			p, err := mandate.PlanOf(v, "M-1")
			if err != nil || len(p.Routes) != 2 || p.Routes[0].When.Links[0].To != "CASE-1" {
				t.Errorf("%+v, %v", p, err)
			}
			return nil
		})
		n.Must("P-1", func(tx *record.Tx) error { return mandate.Table(tx, "MLD", "draft text 12") })
		refused(t, n, fault.KindInvalid, func(tx *record.Tx) error {
			return mandate.Renew(tx, "MLD", recordtest.Start.AddDate(0, -1, 0), "R/2", "")
		})
		n.Must("P-1", func(tx *record.Tx) error {
			return mandate.Renew(tx, "MLD", recordtest.Start.AddDate(2, 0, 0), "R/2", "19-4-5")
		})
		n.Must("P-1", func(tx *record.Tx) error { return mandate.End(tx, "M-1", "its work is done", "") })
		refused(t, n, fault.KindStale, func(tx *record.Tx) error { return mandate.Table(tx, "MLD", "draft text 13") })
		view(t, n, func(v *record.View) error {
			m, err := mandate.Get(v, "M-1")
			if err != nil || m.State != mandate.Ended || m.Tabled || m.Ends.After(recordtest.Start.AddDate(0, 0, 2)) {
				t.Errorf("%+v, %v", m, err)
			}
			return nil
		})
	})
}

// TestAlarms runs the clock over a mandate's last year, day by day, with days on
// which the node was off.
func TestAlarms(t *testing.T) {
	each(t, func(t *testing.T, n *recordtest.Node) {
		ends := recordtest.Start.Truncate(24*time.Hour).AddDate(0, 0, 300)
		n.Must("P-1", func(tx *record.Tx) error { _, err := mandate.Register(tx, input("MLD", ends)); return err })
		var got []string
		tick := func(day int) {
			n.At = ends.AddDate(0, 0, -day).Add(time.Hour)
			for range 2 { // again: nothing more is due
				n.Must("", func(tx *record.Tx) error { _, err := mandate.Tick(tx); return err })
			}
		}
		for day := 299; day > -5; day-- {
			if day < 200 && day > 100 { // off for a hundred days: of 180 the alarm comes late
				continue
			}
			if day == 60 {
				n.At = ends.AddDate(0, 0, -60)
				n.Must("P-1", func(tx *record.Tx) error { return mandate.Table(tx, "MLD", "draft text") })
			}
			tick(day)
		}
		view(t, n, func(v *record.View) error {
			all, err := mandate.Alarms(v, "M-1")
			for _, a := range slices.Backward(all) {
				left := int(a.Ends.Sub(a.At).Hours()/24) + 1
				got = append(got, fmt.Sprintf("%d/%d/%v", a.Days, left, a.NoText))
			}
			return err
		})
		want := []string{"270/270/false", "180/100/false", "90/90/false", "90/90/true", "30/30/false"}
		if !slices.Equal(got, want) {
			t.Errorf("alarms %v, want %v", got, want)
		}
		n.Must("P-1", func(tx *record.Tx) error { return mandate.Renew(tx, "MLD", ends.AddDate(1, 0, 0), "R/3", "") })
		n.At = ends.AddDate(1, 0, -29)
		n.Must("", func(tx *record.Tx) error {
			if k, err := mandate.Tick(tx); err != nil || k != 2 {
				t.Errorf("after the renewal: %d alarms, %v", k, err)
			}
			return nil
		})
	})
}

func TestRehearsals(t *testing.T) {
	each(t, func(t *testing.T, n *recordtest.Node) {
		n.Must("P-1", func(tx *record.Tx) error { _, err := mandate.Register(tx, input("MLD", time.Time{})); return err })
		late := func(want int) {
			t.Helper()
			view(t, n, func(v *record.View) error {
				ids, err := mandate.Unrehearsed(v, n.At)
				if len(ids) != want {
					t.Errorf("not rehearsed: %v", ids)
				}
				return err
			})
		}
		late(1)
		n.Must("", func(tx *record.Tx) error {
			_, err := mandate.Rehearsed(tx, mandate.Rehearsal{Mandate: "M-1", Items: 7, Unassigned: 2, AtRisk: 3, Whys: map[string]int{"consent": 2}})
			return err
		})
		late(0)
		n.At = n.At.AddDate(0, 1, 0)
		late(1)
		view(t, n, func(v *record.View) error {
			all, err := mandate.Rehearsals(v, "M-1")
			if err != nil || len(all) != 1 || all[0].Items != 7 || all[0].Whys["consent"] != 2 || all[0].Month != recordtest.Start.Format("2006-01") {
				t.Errorf("%+v, %v", all, err)
			}
			return nil
		})
	})
}

// TestShipped takes in the register that comes with Heed: its marks show.
func TestShipped(t *testing.T) {
	all, err := mandate.ParseRegister(mandate.Shipped())
	if err != nil || len(all) != 22 {
		t.Fatalf("%d, %v", len(all), err)
	}
	by := map[string]mandate.Input{}
	for _, in := range all {
		by[in.Code] = in
		if in.Place == "" {
			t.Errorf("%s is nowhere", in.Code)
		}
	}
	for code, want := range map[string]struct {
		doubt bool
		state string
		place string
	}{"IIIM": {true, mandate.Running, "SYR"}, "IIMP": {false, mandate.Running, "SYR"}, "UNITAD": {true, mandate.Ended, "IRQ"}, "ICHREE": {true, mandate.Ended, "ETH"},
		"COI-DRC": {true, mandate.Planned, "COD"}, "GHREN-NIC": {true, mandate.Running, "NIC"}, "FFM-SDN": {false, mandate.Running, "SDN"}} {
		if in := by[code]; in.Vote.Doubt != want.doubt || in.State != want.state || in.Place != want.place {
			t.Errorf("%s: vote %+v, %s, %s; want %+v", code, in.Vote, in.State, in.Place, want)
		}
	}
	if in := by["UNITAD"]; dateOf(in.Ends) != "2024-09-17" {
		t.Errorf("UNITAD ended %v", in.Ends)
	}
	if in := by["GHREN-NIC"]; !in.Work.Doubt || !in.Status.Doubt || in.Doubts != "all" {
		t.Errorf("nothing of GHREN-NIC is verified: %+v", in)
	}
	if in := by["COI-SYR"]; in.Doubts != "founding vote" || !strings.HasPrefix(in.Source, "UN summary") {
		t.Errorf("COI-SYR: %q, %q", in.Source, in.Doubts)
	}
	each(t, func(t *testing.T, n *recordtest.Node) {
		imported := func(all []mandate.Input, want mandate.Imported) {
			t.Helper()
			n.Must("P-1", func(tx *record.Tx) error {
				got, err := mandate.Import(tx, all)
				if got != want {
					t.Errorf("imported %+v, want %+v", got, want)
				}
				return err
			})
		}
		imported(all, mandate.Imported{Added: 22})
		imported(all, mandate.Imported{Unchanged: 22})
		changed := slices.Clone(all)
		changed[0].Status.Text = "renewed"
		imported(changed, mandate.Imported{Changed: 1, Unchanged: 21})
		view(t, n, func(v *record.View) error {
			list, err := mandate.List(v)
			if err != nil || len(list) != 22 || list[0].Status.Text != "renewed" {
				t.Errorf("%d, %v", len(list), err)
			}
			for _, o := range mandate.Overlaps(list) {
				switch o.Place {
				case "SYR":
					if len(o.Mandates) != 3 || !slices.Contains(o.Does["families"], "IIMP") || slices.Contains(o.Nobody, "missing") {
						t.Errorf("%+v", o)
					}
				case "ETH":
					if len(o.Mandates) != 0 || len(o.Nobody) != len(mandate.Elements()) {
						t.Errorf("nobody is left: %+v", o)
					}
				}
			}
			return nil
		})
	})
}

func dateOf(t time.Time) string { return t.Format(time.DateOnly) }

func TestRegisterRefuses(t *testing.T) {
	const head = "id,name,established_by,date,mandate_elements,status_or_end\n"
	for _, c := range []struct{ csv, want string }{
		{"", "no line of headers"},
		{"id,name\n", `the column "established_by" is not there`},
		{"id,colour\n", `column 2: "colour" is not known`},
		{"id,id\n", "stands twice"},
		{head + "A,N,R/1,2020,facts,running\n", `line 2, column "date": "2020" is not a date`},
		{head + "A,,R/1,2020-01-01,facts,running\n", "line 2: say how the mechanism is called"},
		{head + "A,N,R/1,2020-01-01,facts,running\nA,N,R/1,2020-01-01,facts,running\n", "line 3: A stands twice"},
		{head + "M-1,N,R/1,2020-01-01,facts,running\n", "is no short name"},
		{head + "A,N\n", "wrong number of fields"},
	} {
		if _, err := mandate.ParseRegister([]byte(c.csv)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: want %q, got %v", c.csv, c.want, err)
		}
	}
}

func TestPlan(t *testing.T) {
	b, err := json.Marshal(plan())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mandate.ParsePlan(b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{`"decides":"the reg`, `"decides":"","x":"`, `unknown field`},
		{`"thirty years with the archive"`, `" "`, "say how long"},
		{`"to the archive, under two hands"`, `""`, "say who gets the keys"},
		{`"trial"`, `"revenge"`, `successor 1: "revenge" is not one of the purposes`},
		{`"NLD"`, `"nl"`, `successor 1: "nl" is not a state`},
		{`"excluded"`, `"perhaps"`, `"perhaps" is not possible or excluded`},
		{`"AMBER"`, `"PINK"`, `successor 2: "PINK" is not one of`},
		{`"CASE-1"`, `""`, `a link has a kind`},
		{`"routes":[`, `"routes":[],"x":[`, `unknown field`},
	} {
		bad := strings.Replace(string(b), c.from, c.to, 1)
		if _, err := mandate.ParsePlan([]byte(bad)); bad == string(b) || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", c.to, c.want, err)
		}
	}
	p := plan()
	for _, c := range []struct {
		thing mandate.Thing
		want  []bool
	}{
		{mandate.Thing{Links: []mandate.Link{{Kind: "case", To: "CASE-1"}, {Kind: "situation", To: "S-1"}}, Marking: "AMBER"}, []bool{true, true}},
		{mandate.Thing{Links: []mandate.Link{{Kind: "case", To: "CASE-2"}}, Marking: "RED"}, []bool{false, false}},
		{mandate.Thing{Marking: "CLEAR"}, []bool{false, true}},
	} {
		for i, r := range p.Routes {
			if r.Fits(c.thing) != c.want[i] {
				t.Errorf("%+v goes to %s: %v", c.thing, r.Name, !c.want[i])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	b, err := json.Marshal(plan())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(mandate.Shipped())
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := mandate.ParsePlan(b); err == nil && len(p.Routes) == 0 {
			t.Errorf("a plan without successors: %q", b)
		}
		if all, err := mandate.ParseRegister(b); err == nil {
			for _, in := range all {
				if in.Code == "" || in.Name == "" {
					t.Errorf("a mechanism without a name: %q", b)
				}
			}
		}
	})
}
