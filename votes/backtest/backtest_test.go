package backtest_test

import (
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/backtest"
)

// steady makes up votes in which nobody ever changes: Members with an even
// number vote yes on everything, the others no on one of the texts.
func steady(years int) *votes.Set {
	var b votes.Builder
	for y := range years {
		for k, title := range []string{"Oceans and the law of the sea", "Moratorium on whaling ships", "Radio stations of the islands"} {
			day := time.Date(1990+y, 10, 1+k, 0, 0, 0, 0, time.UTC)
			roll := b.Roll(votes.RollCall{ID: fmt.Sprint(y, k), Date: day, Title: title})
			for i, m := range votes.Members() {
				if m.Member(day) {
					b.Vote(roll, i, []votes.Position{votes.Yes, votes.No}[i%2*(k%2)])
				}
			}
		}
	}
	return b.Set()
}

func Example() {
	out, err := backtest.Run(steady(20), backtest.Options{From: 2008, To: 2009, Pledges: []int{0}, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out[0].Accuracy, out[0].Baselines["nearest_text"].Accuracy, out[0].RollCalls)
	// Output: 1 1 6
}

// TestScores holds the scores to what can be counted by hand in a world where
// nothing changes.
func TestScores(t *testing.T) {
	out, err := backtest.Run(steady(20), backtest.Options{From: 2009, To: 2009, Pledges: []int{0, 10}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	set := steady(20)
	n, no, contested := 0, 0, 0
	for r, roll := range set.Rolls {
		if roll.Date.Year() == 2009 {
			c := set.Tally(r)
			n += c.Yes + c.No
			no += c.No
			if float64(c.Yes) < 0.8*float64(c.Yes+c.No) {
				contested += c.Yes + c.No
			}
		}
	}
	a, b := out[0], out[1]
	if a.N != n || b.N != n-3*10 || a.Contested != contested || a.Novel != 0 || a.RollCalls != 3 {
		t.Errorf("%d votes (%d contested, %d novel), with pledges %d; want %d, %d", a.N, a.Contested, a.Novel, b.N, n, contested)
	}
	yes := a.Baselines["always_yes"]
	if want := 1 - float64(no)/float64(n); math.Abs(yes.Accuracy-want) > 1e-4 || math.Abs(yes.TallyError-float64(no)/3) > 1e-4 {
		t.Errorf("always yes: %v right, tally off by %v; want %v, %v", yes.Accuracy, yes.TallyError, want, float64(no)/3)
	}
	// The F1 of yes is 2p/(1+p) at precision p and full recall; nobody abstains.
	p := 1 - float64(no)/float64(n)
	if want := 2 * p / (1 + p) / 3; math.Abs(yes.MacroF1-want) > 1e-4 {
		t.Errorf("macro-F1 of always yes: %v, want %v", yes.MacroF1, want)
	}
	if a.Accuracy != 1 || a.MacroF1 < 0.666 || a.MacroF1 > 0.667 || a.PassFail != 1 || a.TallyError > 3 || a.ECE > 0.05 {
		t.Errorf("%+v", a)
	}
}

func TestBadYears(t *testing.T) {
	set := steady(3)
	for _, o := range []backtest.Options{{From: 2000, To: 1999, Pledges: []int{0}}, {From: 1992, To: 1992}, {From: 2050, To: 2050, Pledges: []int{0}},
		{From: 1992, To: 1992, Pledges: []int{-1}}, {From: 1992, To: 1992, Pledges: []int{0}}} {
		if out, err := backtest.Run(set, o); err == nil {
			t.Errorf("%+v gave %+v", o, out)
		}
	}
}

// TestAssembly replays 2013 in the General Assembly. The floors are below what
// was measured (docs/method/votes.md), and above what carrying forward reaches.
func TestAssembly(t *testing.T) {
	if testing.Short() {
		t.Skip("learns from fifteen years")
	}
	open := func(name string) *os.File {
		f, err := os.Open(testkit.Shared(t, "votes/"+name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	set, _, err := votes.ReadUnvotes(open("unga_votes_1946_2013.csv.gz"), open("unga_roll_calls_1946_2013.csv.gz"), nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := backtest.Run(set, backtest.Options{From: 2013, To: 2013, Pledges: []int{0, 20}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range out {
		near := r.Baselines["nearest_text"]
		t.Logf("%d pledges: accuracy %.4f (nearest text %.4f), macro-F1 %.4f (%.4f), tally error %.2f, calibration error %.4f", r.Pledges, r.Accuracy, near.Accuracy, r.MacroF1, near.MacroF1, r.TallyError, r.ECE)
		if r.Accuracy < near.Accuracy || r.MacroF1 < near.MacroF1-0.005 || r.ECE > 0.02 {
			t.Errorf("%d pledges: %+v", r.Pledges, r)
		}
	}
	if out[1].Accuracy < 0.945 || out[1].TallyError > 4 {
		t.Errorf("with 20 pledges: accuracy %v, tally error %v", out[1].Accuracy, out[1].TallyError)
	}
}
