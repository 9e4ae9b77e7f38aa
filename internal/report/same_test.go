package report_test

import (
	"slices"
	"testing"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
)

// TestTwoThatTellTheSame: a person decides it, each keeps its receipt, and from
// then on the second shares the fate of the first, until they are parted.
func TestTwoThatTellTheSame(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		desk := report.New(n.Record)
		var codes []string
		for _, text := range []string{"Canary one", "Canary one in other words", "Canary another thing"} {
			n.Must("P-1", func(tx *record.Tx) error {
				r, err := desk.Submit(tx, short(text))
				codes = append(codes, r.Code)
				return err
			})
		}
		join := func(id, first, why string) error {
			return n.Try("P-1", func(tx *record.Tx) error { _, err := report.Join(tx, id, first, why); return err })
		}
		part := func(id string) error {
			return n.Try("P-1", func(tx *record.Tx) error { _, err := report.Part(tx, id, "Canary not so"); return err })
		}
		fate := func(code, state string, steps int) {
			t.Helper()
			n.Look(func(v *record.View) error {
				f, err := desk.Fate(v, code)
				if err != nil || f.State != state || len(f.Steps) != steps || f.Steps[0].State != report.Received {
					t.Errorf("%+v, %v; want %s after %d steps", f, err, state, steps)
				}
				return nil
			})
		}
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.MarkUsed(tx, "R-1", "W-1"); return err })
		fate(codes[1], report.Received, 1)
		if err := join("R-2", "R-1", "Canary the same night"); err != nil {
			t.Fatal(err)
		}
		fate(codes[1], report.Used, 2)
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.MarkLed(tx, "R-1", "DEC-1"); return err })
		fate(codes[1], report.Led, 3)
		if a, b := n.get("R-1"), n.get("R-2"); a.Repeats != 1 || b.RepeatOf != "R-1" || b.Joined == 0 || b.Text == "" {
			t.Errorf("%+v\n%+v", a, b)
		}
		for what, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"itself":    {join("R-3", "R-3", "x"), fault.KindInvalid},
			"none":      {join("R-3", "R-9", "x"), fault.KindInvalid},
			"a second":  {join("R-3", "R-2", "x"), fault.KindInvalid},
			"a first":   {join("R-1", "R-3", "x"), fault.KindInvalid},
			"twice":     {join("R-2", "R-1", "x"), fault.KindExists},
			"no reason": {join("R-3", "R-1", " "), fault.KindInvalid},
			"alone":     {part("R-3"), fault.KindStale},
		} {
			if fault.KindOf(c.err) != c.kind {
				t.Errorf("%s: %v", what, c.err)
			}
		}
		if err := part("R-2"); err != nil {
			t.Fatal(err)
		}
		n.Look(func(v *record.View) error { // the log, which anybody may read, does not say who told the same as whom
			all, err := v.History("R-2")
			if err != nil || len(all) != 3 || all[1].Kind != "report.joined" || all[2].Kind != "report.parted" {
				t.Errorf("%d entries, %v", len(all), err)
			}
			for _, e := range all {
				if !slices.Equal(e.Subjects, []string{"R-2"}) {
					t.Errorf("%s is about %v", e.Kind, e.Subjects)
				}
			}
			return nil
		})
		fate(codes[1], report.Received, 1)
		if err := join("R-2", "R-1", "Canary after all"); err != nil {
			t.Fatal(err)
		}
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.Withdraw(tx, "R-1", "Canary a hoax"); return err })
		if a, b := n.get("R-1"), n.get("R-2"); a.Repeats != 0 || b.RepeatOf != "" {
			t.Errorf("the second goes with the first that is withdrawn: %+v\n%+v", a, b)
		}
		n.Silent("Canary")
	})
}

// TestOneWordForWordIsJoined: it was counted when it came, tells nothing until
// somebody says that it may, and cannot stand alone.
func TestOneWordForWordIsJoined(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		desk := report.New(n.Record)
		in, code := short("Canary twice"), ""
		in.SourceType = "anonymous"
		for range 2 {
			if err := n.Do(t.Context(), record.By{}, func(tx *record.Tx) error {
				r, err := desk.Submit(tx, in)
				code = r.Code
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.MarkUsed(tx, "R-1", "W-1"); return err })
		n.Must("P-1", func(tx *record.Tx) error { _, err := report.Join(tx, "R-2", "R-1", "she may know"); return err })
		n.Look(func(v *record.View) error {
			if f, err := desk.Fate(v, code); err != nil || f.State != report.Used || len(f.Steps) != 2 {
				t.Errorf("%+v, %v", f, err)
			}
			return nil
		})
		if r := n.get("R-1"); r.Repeats != 1 {
			t.Errorf("counted twice: %+v", r)
		}
		if err := n.Try("P-1", func(tx *record.Tx) error { _, err := report.Part(tx, "R-2", "no"); return err }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("without words alone: %v", err)
		}
	})
}
