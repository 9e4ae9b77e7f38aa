package cases_test

import (
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func input() cases.Input {
	return cases.Input{Words: cases.Words{Name: "The wells " + recordtest.Canary, Authority: "Regional Court", Classes: []string{"court"}, Note: recordtest.Canary}, In: "XAA"}
}

func asked() cases.Asked {
	return cases.Asked{From: "P. Prosecutor " + recordtest.Canary, Text: "the photographs " + recordtest.Canary}
}

// TestACase goes from the opening to the end, on both databases: the state is
// what came last, the time to answer is that of the entries, and no name is in
// a table.
func TestACase(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		var id, rq string
		try := func(f func(*record.Tx) error) error { return n.Try("P-1", f) }
		n.Must("P-1", func(tx *record.Tx) (err error) { id, err = cases.Open(tx, input()); return err })
		received := n.At.AddDate(0, 0, -2)
		n.Must("P-1", func(tx *record.Tx) (err error) {
			rq, err = cases.Receive(tx, id, asked(), received, n.At.AddDate(0, 0, 1))
			return err
		})
		n.Look(func(v *record.View) error {
			r, err := cases.GetRequest(v, rq)
			if _, ok := r.Took(); ok || err != nil || r.Late(r.Due) || !r.Late(r.Due.Add(time.Second)) {
				t.Errorf("%+v, %v", r, err)
			}
			a, err := cases.AskedOf(v, r)
			if err != nil || a.Office != "Regional Court" || a.In != "XAA" || a.For != consent.Trial || len(a.Classes) != 1 {
				t.Errorf("what the request leaves open: %+v, %v", a, err)
			}
			return nil
		})
		if err := try(func(tx *record.Tx) error {
			_, err := cases.Conclude(tx, id, cases.Outcome{What: cases.Closed, Source: "x"})
			return err
		}); fault.KindOf(err) != fault.KindStale {
			t.Errorf("closed while a request waits: %v", err)
		}
		n.At = n.At.Add(90 * time.Minute)
		answer := cases.Answer{Outcome: cases.Part, Items: []string{"E-1.1"}, Withheld: []cases.Withheld{{Item: "E-1.2", Why: "no " + recordtest.Canary}}, Marking: "RED", Text: recordtest.Canary, How: "HO-1"}
		n.Must("P-2", func(tx *record.Tx) error { _, err := cases.Reply(tx, rq, answer); return err })
		if err := try(func(tx *record.Tx) error { _, err := cases.Reply(tx, rq, answer); return err }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("answered twice: %v", err)
		}
		n.Look(func(v *record.View) error {
			r, _ := cases.GetRequest(v, rq)
			if took, ok := r.Took(); !ok || took != 49*time.Hour+30*time.Minute {
				t.Errorf("took %v", took)
			}
			a, err := cases.AnswerOf(v, r)
			if err != nil || a.Marking != "RED" || a.How != "HO-1" || len(a.Items) != 1 || a.Withheld[0].Why == "" {
				t.Errorf("%+v, %v", a, err)
			}
			e, err := v.Entry(r.Answer)
			if err != nil {
				return err
			}
			for item, want := range map[string]string{"E-1.1": cases.Given, "E-1.2": "withheld"} {
				if told, err := cases.Tell(e, item); err != nil || told.Fate != want || told.Case != id {
					t.Errorf("%s: %+v, %v", item, told, err)
				}
			}
			return nil
		})
		n.Must("P-1", func(tx *record.Tx) error {
			second, err := cases.Receive(tx, id, asked(), time.Time{}, n.At)
			if err == nil {
				_, err = cases.Reply(tx, second, cases.Answer{Outcome: cases.Nothing, Text: "nothing is held"})
			}
			return err
		})
		for _, what := range []string{cases.Charge, cases.Conviction, cases.Acquittal, cases.Closed} {
			n.Must("P-1", func(tx *record.Tx) error {
				_, err := cases.Conclude(tx, id, cases.Outcome{What: what, Of: recordtest.Canary, Source: "judgment " + recordtest.Canary})
				return err
			})
			n.Look(func(v *record.View) error {
				if c, err := cases.Get(v, id); err != nil || c.State != what {
					t.Errorf("after %s: %+v, %v", what, c, err)
				}
				return nil
			})
		}
		n.Look(func(v *record.View) error {
			if all, err := cases.Requests(v, id); err != nil || len(all) != 2 || all[1].ID != "RQ-2" {
				t.Errorf("requests: %+v, %v", all, err)
			}
			all, err := cases.OutcomesOf(v, id)
			if err != nil || len(all) != 4 || all[1].What != cases.Conviction || !strings.Contains(all[1].Source, recordtest.Canary) {
				t.Errorf("%+v, %v", all, err)
			}
			return nil
		})
		if err := try(func(tx *record.Tx) error { _, err := cases.Receive(tx, id, asked(), time.Time{}, n.At); return err }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("asked in a case that is closed: %v", err)
		}
	}, cases.Module())
}

// TestWhatIsRefused: each member that is wrong is named.
func TestWhatIsRefused(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		var id, rq string
		n.Must("P-1", func(tx *record.Tx) (err error) {
			if id, err = cases.Open(tx, input()); err == nil {
				rq, err = cases.Receive(tx, id, asked(), time.Time{}, n.At)
			}
			return err
		})
		refused := func(field string, f func(*record.Tx) error) {
			t.Helper()
			if err := n.Try("P-1", f); fault.KindOf(err) != fault.KindInvalid || fault.Field(err) != field {
				t.Errorf("want %s to be refused, got %v (%s)", field, err, fault.Field(err))
			}
		}
		open := func(change func(*cases.Input)) func(*record.Tx) error {
			return func(tx *record.Tx) error { in := input(); change(&in); _, err := cases.Open(tx, in); return err }
		}
		refused("name", open(func(in *cases.Input) { in.Name = " " }))
		refused("authority", open(func(in *cases.Input) { in.Authority = "Cour d’appel" })) // no permission could name it
		refused("authority", open(func(in *cases.Input) { in.Classes = []string{"a:b"} }))
		refused("jurisdiction", open(func(in *cases.Input) { in.In = "xaa" }))
		refused("marking", open(func(in *cases.Input) { in.Marking = "PINK" }))
		refused("note", open(func(in *cases.Input) { in.Note = strings.Repeat("x", 10_001) }))
		ask := func(change func(*cases.Asked), received, due time.Time) func(*record.Tx) error {
			return func(tx *record.Tx) error {
				a := asked()
				change(&a)
				_, err := cases.Receive(tx, id, a, received, due)
				return err
			}
		}
		same := func(*cases.Asked) {}
		refused("from", ask(func(a *cases.Asked) { a.From = "" }, n.At, n.At))
		refused("asks", ask(func(a *cases.Asked) { a.Text = "" }, n.At, n.At))
		refused("in", ask(func(a *cases.Asked) { a.In = "Nowhere" }, n.At, n.At))
		refused("for", ask(func(a *cases.Asked) { a.For = "revenge" }, n.At, n.At))
		refused("death", ask(func(a *cases.Asked) { a.Death = "maybe" }, n.At, n.At))
		refused("received", ask(same, n.At.Add(time.Hour), n.At.Add(2*time.Hour)))
		refused("due", ask(same, n.At, time.Time{}))
		refused("due", ask(same, n.At, n.At.Add(-time.Hour)))
		reply := func(a cases.Answer) func(*record.Tx) error {
			return func(tx *record.Tx) error { _, err := cases.Reply(tx, rq, a); return err }
		}
		refused("text", reply(cases.Answer{Outcome: cases.Refused}))
		refused("text", reply(cases.Answer{Outcome: cases.Nothing}))
		refused("outcome", reply(cases.Answer{Outcome: cases.Given}))
		refused("outcome", reply(cases.Answer{Outcome: cases.Refused, Items: []string{"E-1.1"}, Text: "x"}))
		refused("items", reply(cases.Answer{Outcome: cases.Given, Items: []string{"E-1.1", "E-1.1"}}))
		refused("items", reply(cases.Answer{Outcome: cases.Given, Items: make([]string, 401)}))
		refused("why", reply(cases.Answer{Outcome: cases.Refused, Withheld: []cases.Withheld{{Item: "E-1.1"}}}))
		end := func(o cases.Outcome) func(*record.Tx) error {
			return func(tx *record.Tx) error { _, err := cases.Conclude(tx, id, o); return err }
		}
		refused("source", end(cases.Outcome{What: cases.Charge}))
		refused("outcome", end(cases.Outcome{What: "forgotten", Source: "x"}))
		refused("date", end(cases.Outcome{What: cases.Charge, Source: "x", Date: n.At.Add(48 * time.Hour)}))
		for _, missing := range []func(*record.Tx) error{
			func(tx *record.Tx) error { _, err := cases.Get(tx.View, "CS-9"); return err },
			func(tx *record.Tx) error { _, err := cases.GetRequest(tx.View, "RQ-9"); return err },
		} {
			if err := n.Try("P-1", missing); fault.KindOf(err) != fault.KindNotFound {
				t.Error(err)
			}
		}
	}, cases.Module())
}
