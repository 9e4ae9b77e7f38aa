package heed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/heed"
)

// busy adds situations with a warning each, whose duties are unanswered.
func (w *world) busy(n int) {
	w.t.Helper()
	for i := range n {
		id, err := w.AddSituation(w.t.Context(), w.as("administrator"), heed.SituationInput{Name: fmt.Sprintf("Situation %d", i),
			Country: string([]byte{'X', byte('A' + i/20), byte('A' + i%20)}), Populations: []string{"People at risk"}})
		w.must(err)
		_, err = w.IssueWarning(w.t.Context(), w.as("administrator"), heed.WarningInput{Situation: id, Level: 1 + i%5, Finding: "finding",
			To: []string{w.people["director"].Person, w.people["minister"].Person, w.people["duty-officer"].Person}})
		w.must(err)
	}
}

func TestBoardRanksAndCounts(t *testing.T) {
	w := newWorld(t, "")
	w.busy(6) // levels 1 to 5 and 1 again, after S-1 at level 4
	who := w.people["director"]
	b, err := w.Board(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	var levels []int
	for _, a := range b.Areas {
		levels = append(levels, a.Level)
	}
	if !slices.Equal(levels, []int{5, 4, 4, 3, 2, 1, 1}) || b.Situations != 7 || b.Warnings != 7 {
		t.Errorf("levels %v, %d situations, %d warnings", levels, b.Situations, b.Warnings)
	}
	if b.Unread != 6 || len(b.AwaitingAck) != 6 || len(b.Late) != 10 || b.LateTotal <= 10 || len(b.Changes) != 12 {
		t.Errorf("unread %d, late %d of %d, changes %d", b.Unread, len(b.Late), b.LateTotal, len(b.Changes))
	}
	if !slices.IsSortedFunc(b.Late, func(a, b heed.DutyRow) int { return a.DueAt.Compare(b.DueAt) }) {
		t.Error("late duties are not the oldest first")
	}
	late, total, err := w.Duties(t.Context(), who, heed.DutyFilter{State: "late", Page: heed.Page{Limit: 5}})
	if err != nil || total != b.LateTotal || len(late) != 5 || late[0].ID != b.Late[0].ID {
		t.Errorf("%d late duties on the board, %d in the list, %v", b.LateTotal, total, err)
	}
	if !b.Guide {
		t.Error("the first visit is not guided")
	}
	if w.must(w.DismissGuide(t.Context(), who)); true {
		b, err = w.Board(t.Context(), who)
		other, err2 := w.Board(t.Context(), w.people["analyst"])
		if err != nil || err2 != nil || b.Guide || !other.Guide {
			t.Errorf("the guide after it was put away: %v, %v, %v, %v", b.Guide, other.Guide, err, err2)
		}
	}
}

func TestStandingTellsWhatIsOfferedToWhom(t *testing.T) {
	w := newWorld(t, "")
	for _, x := range []struct {
		who         heed.Who
		may, mayNot []string
	}{
		{heed.Nobody, []string{"report.add"}, []string{"situation.add", "warning.issue", "people.manage", "record.erase", "record.read"}},
		{w.people["stranger"], []string{"report.add", "record.read"}, []string{"situation.add", "warning.issue", "people.manage", "settings.node"}},
		{w.people["analyst"], []string{"situation.add", "warning.issue", "assessment.add"}, []string{"people.manage", "record.erase", "decision.sign"}},
		{w.people["custodian"], []string{"record.erase"}, []string{"people.manage", "warning.issue"}},
		{w.people["administrator"], []string{"people.manage", "settings.node"}, []string{"record.erase"}},
	} {
		s, err := w.Standing(t.Context(), x.who)
		if err != nil || s.Agency != "Ministry" || s.Size == 0 || len(s.Root) != 32 || s.Person.ID != x.who.Person || s.CheckpointAt.IsZero() {
			t.Errorf("%+v, %v", s, err)
		}
		for _, name := range x.may {
			if !s.May[name] {
				t.Errorf("%s is not offered %s", s.Person.Name, name)
			}
		}
		for _, name := range x.mayNot {
			if s.May[name] {
				t.Errorf("%s is offered %s", s.Person.Name, name)
			}
		}
	}
	s, err := w.Standing(t.Context(), w.people["duty-officer"])
	_, late, err2 := w.Duties(t.Context(), w.people["duty-officer"], heed.DutyFilter{Owner: "me", State: "late"})
	if err != nil || err2 != nil || s.LateMine == 0 || int64(s.LateMine) != late {
		t.Errorf("%d late in the frame, %d in the list, %v, %v", s.LateMine, late, err, err2)
	}
}

func BenchmarkBoard(b *testing.B) {
	w := newWorld(b, "")
	w.busy(100)
	var file strings.Builder
	file.WriteString("source_type,date,place,text\n")
	for i := range 6000 {
		fmt.Fprintf(&file, "media,2026-03-01,Place %d,what was seen there\n", i)
	}
	_, err := w.Import(b.Context(), w.as("administrator"), "reports", "reports.csv", strings.NewReader(file.String()))
	w.must(err)
	who := w.people["director"]
	x, err := w.Board(b.Context(), who)
	w.must(err)
	b.Logf("%d situations, %d warnings, %d late duties, %d reports wait", x.Situations, x.Warnings, x.LateTotal, x.Unassessed)
	for name, page := range map[string]func() error{
		"board":      func() error { _, err := w.Board(b.Context(), who); return err },
		"standing":   func() error { _, err := w.Standing(b.Context(), who); return err },
		"situations": func() error { _, _, err := w.Situations(b.Context(), who, heed.SituationFilter{}); return err },
		"situation":  func() error { _, err := w.Situation(b.Context(), who, "S-7"); return err },
		"warnings": func() error {
			_, _, err := w.Warnings(b.Context(), who, heed.WarningFilter{Page: heed.Page{Limit: 50}})
			return err
		},
		"reports": func() error {
			_, _, err := w.Reports(b.Context(), who, heed.ReportFilter{Page: heed.Page{Limit: 50}})
			return err
		},
		"warning": func() error { _, err := w.Warning(b.Context(), who, "W-7"); return err },
		"duties": func() error {
			_, _, err := w.Duties(b.Context(), who, heed.DutyFilter{Page: heed.Page{Limit: 50}})
			return err
		},
		"knew": func() error { _, err := w.Knew(b.Context(), who, "W-7"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			var worst []time.Duration
			for b.Loop() {
				at := time.Now()
				if err := page(); err != nil {
					b.Fatal(err)
				}
				worst = append(worst, time.Since(at))
			}
			slices.Sort(worst)
			b.ReportMetric(float64(worst[len(worst)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
