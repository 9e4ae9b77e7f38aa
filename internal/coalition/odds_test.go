package coalition_test

import (
	"math"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/coalition"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// TestTheTallyOfADraft: what was heard counts for what was said, the others by
// their chances, and chances that are none are refused.
func TestTheTallyOfADraft(t *testing.T) {
	each(t, func(n *node) {
		var id, session string
		all := seats()
		must := func(f func(tx *record.Tx) error) {
			t.Helper()
			if err := n.do("P-1", f); err != nil {
				t.Fatal(err)
			}
		}
		must(func(tx *record.Tx) (err error) {
			in := coalition.Input{Warning: "W-1", Situation: "S-1", Kind: coalition.Draft, Title: "A draft", Threshold: 1, Seats: all}
			if id, err = coalition.Open(tx, in); err != nil {
				return err
			}
			in.Kind = coalition.Session
			session, err = coalition.Open(tx, in)
			return err
		})
		good := func() coalition.Foretold {
			x := coalition.Foretold{Rule: "simple majority", Until: "2026-01-01", Rolls: 10}
			for _, s := range all {
				if s.Member {
					x.Odds = append(x.Odds, coalition.Odds{State: s.State, Yes: 0.5, No: 0.5})
				}
			}
			return x
		}
		members := len(good().Odds)
		for what, spoil := range map[string]func(x *coalition.Foretold) string{
			"a session":       func(*coalition.Foretold) string { return session },
			"no rule":         func(x *coalition.Foretold) string { x.Rule = "acclamation"; return id },
			"a seat left out": func(x *coalition.Foretold) string { x.Odds = x.Odds[1:]; return id },
			"no member":       func(x *coalition.Foretold) string { x.Odds[0].State = "ZZZ"; return id },
			"more than one":   func(x *coalition.Foretold) string { x.Odds[0].Yes = 0.9; return id },
			"below nothing":   func(x *coalition.Foretold) string { x.Odds[0].Yes, x.Odds[0].No = -0.5, 1.5; return id },
			"no number":       func(x *coalition.Foretold) string { x.Odds[0].Absent = math.NaN(); return id },
			"no shift":        func(x *coalition.Foretold) string { x.Shift = math.Inf(1); return id },
		} {
			x := good()
			of := spoil(&x)
			if err := n.do("P-1", func(tx *record.Tx) error { return coalition.Foretell(tx, of, x) }); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		must(func(tx *record.Tx) error { return coalition.Foretell(tx, id, good()) })
		tally := func() (pass, yes, low, high float64, open int) {
			c := n.get(id)
			var x coalition.Foretold
			if err := n.View(t.Context(), func(v *record.View) (err error) { x, err = coalition.Told(v, id); return err }); err != nil || x.Entry == 0 {
				t.Fatalf("entry %d: %v", x.Entry, err)
			}
			e, open := coalition.Tally(c, x)
			return e.Pass, e.Yes.Mean, e.Yes.Low, e.Yes.High, open
		}
		// Without a shift the yes votes are binomial.
		pass, yes, low, high, open := tally()
		if half := float64(members) / 2; open != members || math.Abs(yes-half) > 0.1*half || low >= half || high <= half || pass < 0.3 || pass > 0.6 {
			t.Errorf("%d open: yes %.1f (%.0f to %.0f), passes with %.2f", open, yes, low, high, pass)
		}
		must(func(tx *record.Tx) error {
			for _, o := range good().Odds {
				if _, err := coalition.Pledge(tx, id, coalition.Heard{State: o.State, Stance: coalition.Yes}); err != nil {
					return err
				}
			}
			_, err := coalition.Pledge(tx, id, coalition.Heard{State: good().Odds[0].State, Stance: coalition.No})
			return err
		})
		if pass, yes, low, high, open = tally(); pass != 1 || math.Abs(yes-float64(members-1)) > 1e-9 || low != high || open != 0 {
			t.Errorf("all have said so: %d open, yes %.1f (%.0f to %.0f), passes with %.2f", open, yes, low, high, pass)
		}
	})
}

// TestTheFirstColumnThatIsMissingIsNamed, the same each time.
func TestTheFirstColumnThatIsMissingIsNamed(t *testing.T) {
	for range 20 {
		if _, _, err := coalition.ReadRolls(strings.NewReader("a,b\n1,2\n")); err == nil || !strings.Contains(err.Error(), `no column "date"`) {
			t.Fatal(err)
		}
	}
}
