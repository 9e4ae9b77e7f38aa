package warning

import (
	"errors"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func input() IssueInput {
	return IssueInput{Situation: "S-1", Level: High, Populations: []string{"S-1/p1"}, Finding: "militia convoys " + recordtest.Canary,
		Sources: []Source{{"report", "R-3"}, {"other", ""}}, SourceNotes: map[string]string{"1": recordtest.Canary},
		To: []Served{{"P-2", "focal-point"}, {"P-3", "director"}}}
}

func issue(n *recordtest.Node, in IssueInput) (w Warning) {
	n.T.Helper()
	n.Must("P-1", func(tx *record.Tx) (err error) { w, err = Issue(tx, in); return err })
	return w
}

func TestIssueServesAndEachAnswers(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		w := issue(n, input())
		if w.ID != "W-1" || w.Level != 4 || w.State != InForce || w.By != "P-1" || w.Marking != "AMBER" || !w.Issued.Equal(recordtest.Start) {
			t.Errorf("got %+v", w)
		}
		n.At = n.At.Add(time.Hour)
		n.Must("P-9", func(tx *record.Tx) error {
			_, err := Acknowledge(tx, "W-1", "P-2", "for her, "+recordtest.Canary)
			return err
		})
		if err := n.Try("P-2", func(tx *record.Tx) error { _, err := Acknowledge(tx, "W-1", "P-2", ""); return err }); fault.KindOf(err) != fault.KindExists {
			t.Errorf("acknowledged twice: %v", err)
		}
		if err := n.Try("P-4", func(tx *record.Tx) error { _, err := Acknowledge(tx, "W-1", "P-4", ""); return err }); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("acknowledged by somebody it was not served on: %v", err)
		}
		n.Must("", func(tx *record.Tx) error {
			return Delivered(tx, "W-1", "P-3", "mail", errors.New("no route "+recordtest.Canary))
		})
		n.Look(func(v *record.View) error {
			words, err := Read(v, w)
			if err != nil || words.Finding != input().Finding {
				t.Errorf("%+v, %v", words, err)
			}
			rs, err := Recipients(v, "W-1")
			if err != nil || len(rs) != 2 || rs[0].By != "P-9" || !rs[0].Acknowledged.Equal(n.At) || !rs[1].Acknowledged.IsZero() || len(rs[1].Deliveries) != 1 {
				t.Errorf("%+v, %v", rs, err)
			}
			if note, err := AckNote(v, rs[0]); err != nil || note != "for her, "+recordtest.Canary {
				t.Errorf("%q, %v", note, err)
			}
			un, err := Undelivered(v, "mail")
			if err != nil || len(un) != 1 || un[0] != [2]string{"W-1", "P-3"} {
				t.Errorf("undelivered %v, %v", un, err)
			}
			for f, want := range map[Filter]int{{}: 1, {On: "P-2"}: 1, {On: "P-2", Unacknowledged: true}: 0, {On: "P-3", Unacknowledged: true}: 1,
				{Source: "R-3"}: 1, {Source: "R-4"}: 0, {Level: 3}: 0, {Situation: "S-1", State: InForce}: 1} {
				if l, err := List(v, f); err != nil || len(l) != want {
					t.Errorf("%+v: %d warnings, %v, want %d", f, len(l), err, want)
				}
			}
			return nil
		})
	}, Module())
}

func TestBadInputNamesTheField(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		for field, spoil := range map[string]func(*IssueInput){
			"situation":  func(in *IssueInput) { in.Situation = "" },
			"level":      func(in *IssueInput) { in.Level = 6 },
			"finding":    func(in *IssueInput) { in.Finding = " \n" },
			"confidence": func(in *IssueInput) { in.Confidence = "certain" },
			"marking":    func(in *IssueInput) { in.Marking = "SECRET" },
			"to":         func(in *IssueInput) { in.To = append(in.To, in.To[0]) },
			"expires":    func(in *IssueInput) { in.Expires = recordtest.Start },
			"sources":    func(in *IssueInput) { in.Sources[0].Kind = "rumour" },
		} {
			in := input()
			spoil(&in)
			if err := n.Try("P-1", func(tx *record.Tx) error { _, err := Issue(tx, in); return err }); fault.Field(err) != field {
				t.Errorf("%s: got %v (field %q)", field, err, fault.Field(err))
			}
		}
		n.Look(func(v *record.View) error {
			if size, err := v.Size(); err != nil || size != 1 {
				t.Errorf("%d entries after refused commands, %v", size, err)
			}
			return nil
		})
	}, Module())
}

func TestAWarningEndsOnlyInTheOpen(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		plain := input()
		plain.Marking = "RED"
		in := plain
		in.Expires = recordtest.Start.Add(time.Hour)
		issue(n, in)
		issue(n, plain)
		third := plain
		third.Supersedes = "W-2"
		issue(n, third)
		if err := n.Try("P-1", func(tx *record.Tx) error { _, err := Issue(tx, third); return err }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("superseded twice: %v", err)
		}
		n.At = recordtest.Start.Add(2 * time.Hour)
		for _, want := range []int{1, 0} {
			n.Must("", func(tx *record.Tx) error {
				ids, err := Expire(tx)
				if len(ids) != want {
					t.Errorf("expired %v, want %d", ids, want)
				}
				return err
			})
		}
		if err := n.Try("P-1", func(tx *record.Tx) error { return Close(tx, "W-3", " ") }); fault.Field(err) != "reason" {
			t.Errorf("closed in silence: %v", err)
		}
		n.Must("P-1", func(tx *record.Tx) error { return Close(tx, "W-3", "the convoy turned back") })
		n.Look(func(v *record.View) error {
			for id, want := range map[string]string{"W-1": Expired, "W-2": Superseded, "W-3": Closed} {
				if w, err := Get(v, id); err != nil || w.State != want {
					t.Errorf("%s is %s, %v, want %s", id, w.State, err, want)
				}
				all, err := v.History(id)
				for _, e := range all {
					if e.Marking != "RED" {
						t.Errorf("%s of %s is marked %q, the warning RED", e.Kind, id, e.Marking)
					}
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}, Module())
}

func TestErasedWordsAreGoneAndTheTablesStand(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		w := issue(n, input())
		if err := n.Erase(t.Context(), record.By{Person: "P-1", At: n.At}, "W-1", "order 12"); err != nil {
			t.Fatal(err)
		}
		n.Look(func(v *record.View) error {
			if _, err := Read(v, w); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("read after erasure: %v", err)
			}
			return nil
		})
	}, Module())
}
