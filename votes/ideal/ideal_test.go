package ideal_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/ideal"
)

// world draws Members on a line and lets them vote: the truth is known. In the
// second of its two years those of shift are elsewhere.
func world(seed uint64, members, texts int, shift map[int]float64) (*votes.Set, []float64) {
	dice := rand.New(rand.NewPCG(seed, 1))
	truth := make([]float64, members)
	for i := range truth {
		truth[i] = dice.NormFloat64()
	}
	var b votes.Builder
	for y := range 2 {
		for k := range texts {
			slope, near := 1.5*dice.NormFloat64(), dice.NormFloat64()
			far := near + 0.3 + dice.Float64()
			roll := b.Roll(votes.RollCall{ID: fmt.Sprint(y, "-", k), Resolution: fmt.Sprint("R/", y, "/", k), Date: time.Date(2001+y, 10, 1, 0, 0, 0, 0, time.UTC)})
			for i, x := range truth {
				if y == 1 {
					x += shift[i]
				}
				// Logistic noise makes the chances those of the model.
				u := dice.Float64()
				at := slope*x + math.Log(u/(1-u))
				switch {
				case dice.Float64() < 0.1: // away
				case at > far:
					b.Vote(roll, i, votes.No)
				case at > near:
					b.Vote(roll, i, votes.Abstain)
				default:
					b.Vote(roll, i, votes.Yes)
				}
			}
		}
	}
	return b.Set(), truth
}

func Example() {
	var rolls votes.Builder
	day := time.Date(2001, 10, 1, 0, 0, 0, 0, time.UTC)
	for k := range 20 {
		roll := rolls.Roll(votes.RollCall{ID: fmt.Sprint(k), Date: day})
		for i := range 40 { // on each text a little more of the Members vote yes
			rolls.Vote(roll, i, []votes.Position{votes.No, votes.Yes}[min(1, i/(2*k+1))])
		}
	}
	line, err := ideal.Fit(rolls.Set(), ideal.Period{From: 2001, To: 2001}, ideal.Options{Anchor: 0, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	a, _ := line.Find(0)
	b, _ := line.Find(20)
	fmt.Println(a.At > 1, a.Low > b.High, line.Right > 0.95)
	// Output: true true true
}

// TestTruthIsFound holds order and intervals to the truth: of 90 % intervals,
// nine in ten must hold it.
func TestTruthIsFound(t *testing.T) {
	in, all := 0, 0
	for seed := range uint64(4) {
		set, truth := world(seed, 150, 80, nil)
		line, err := ideal.Fit(set, ideal.Period{From: 2001, To: 2001}, ideal.Options{Anchor: 3, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		anchor, _ := line.Find(3)
		if anchor.At < 0 || !line.Anchored {
			t.Errorf("the anchor is at %v", anchor.At)
		}
		sign := math.Copysign(1, truth[3])
		var a, b []float64
		for _, p := range line.Points {
			x := sign * truth[p.State]
			a, b = append(a, x), append(b, p.At)
			if all++; p.Low <= x && x <= p.High {
				in++
			}
		}
		if r := correlation(a, b); r < 0.95 {
			t.Errorf("seed %d: points correlate with the truth by %.3f", seed, r)
		}
		if line.Right < line.Usual {
			t.Errorf("the line tells %.3f of the votes, the majority %.3f", line.Right, line.Usual)
		}
	}
	share := float64(in) / float64(all)
	t.Logf("%.3f of %d intervals hold the truth", share, all)
	if share < 0.86 || share > 0.96 {
		t.Errorf("%.3f of the intervals hold the truth, not about 0.9", share)
	}
}

func correlation(a, b []float64) float64 {
	mean := func(x []float64) (m float64) {
		for _, v := range x {
			m += v / float64(len(x))
		}
		return m
	}
	ma, mb := mean(a), mean(b)
	var ab, aa, bb float64
	for i := range a {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

// TestMoversAreFound moves three Members by 1.5 and no other.
func TestMoversAreFound(t *testing.T) {
	shift := map[int]float64{10: 1.5, 20: -1.5, 30: 1.5}
	set, truth := world(7, 120, 120, shift)
	moves, err := ideal.Moved(set, ideal.Period{From: 2001, To: 2001}, ideal.Period{From: 2002, To: 2002}, ideal.Options{Anchor: -1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	found, wrong, in := 0, 0, 0
	sign := 0.0
	for _, m := range moves {
		sign += m.Before * truth[m.State]
	}
	for _, m := range moves {
		by := math.Copysign(1, sign) * shift[m.State]
		switch {
		case m.Sure && by != 0 && by*m.Point.By > 0:
			found++
		case m.Sure:
			wrong++
		}
		if m.Point.Low <= by && by <= m.Point.High {
			in++
		}
		if m.With[0] < 0 || m.With[1] > 1 || m.Majority.Low > m.Majority.High {
			t.Errorf("%+v", m)
		}
	}
	if found != 3 || wrong > 2 {
		t.Errorf("%d of 3 movers found, %d others marked", found, wrong)
	}
	if share := float64(in) / float64(len(moves)); share < 0.82 {
		t.Errorf("%.3f of the intervals hold the true change", share)
	}
}

// TestBlocsAreFound makes three blocs that differ on what they refuse, with
// one vote in ten astray.
func TestBlocsAreFound(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	var b votes.Builder
	for k := range 60 {
		roll := b.Roll(votes.RollCall{ID: fmt.Sprint(k), Date: time.Date(2001, 10, 1, 0, 0, 0, 0, time.UTC)})
		for i := range 90 {
			p := votes.Yes
			if (i/30 == k%3) != (dice.Float64() < 0.1) {
				p = votes.No
			}
			b.Vote(roll, i, p)
		}
	}
	set := b.Set()
	d, err := ideal.Blocs(set, ideal.Period{From: 2001, To: 2001}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Blocs) != 3 || d.Stability < 0.95 {
		t.Fatalf("%d blocs, stability %.2f", len(d.Blocs), d.Stability)
	}
	for _, bloc := range d.Blocs {
		for _, s := range bloc.States {
			if s/30 != bloc.States[0]/30 {
				t.Errorf("%d and %d are in one bloc", s, bloc.States[0])
			}
		}
		if bloc.Agreement < 0.75 || bloc.Agreement > 0.9 { // 0.9² + 0.1² = 0.82
			t.Errorf("agreement %v", bloc.Agreement)
		}
	}
	if _, err := ideal.Blocs(set, ideal.Period{From: 2001, To: 2001}, 91, 1); err == nil {
		t.Error("91 blocs of 90 Members")
	}
}

func TestTooLittleIsRefused(t *testing.T) {
	set, _ := world(1, 20, 5, nil)
	for _, p := range []ideal.Period{{From: 2001, To: 2001}, {From: 2002, To: 2001}, {From: 1950, To: 1951}, {From: 2001, To: 2002, Session: "99"}} {
		if _, err := ideal.Fit(set, p, ideal.Options{Anchor: -1}); err == nil {
			t.Errorf("%+v was fitted", p)
		}
		if _, err := ideal.Moved(set, p, p, ideal.Options{Anchor: -1}); err == nil {
			t.Errorf("%+v was compared", p)
		}
	}
}

// TestAssembly holds the line to what every study of the Assembly finds, and
// two runs to each other.
func TestAssembly(t *testing.T) {
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
	day := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)
	who := func(iso string) int { return votes.Find(iso, day) }
	line, err := ideal.Fit(set, ideal.Period{From: 2012, To: 2013}, ideal.Options{Anchor: who("USA"), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	place := func(iso string) float64 {
		p, ok := line.Find(who(iso))
		if !ok {
			t.Errorf("%s is not placed", iso)
		}
		return p.At
	}
	order := []string{"CUB", "BRA", "FRA", "USA"}
	if !slices.IsSortedFunc(order, func(a, b string) int { return int(math.Copysign(1, place(a)-place(b))) }) {
		t.Errorf("Cuba %.2f, Brazil %.2f, France %.2f, United States %.2f", place("CUB"), place("BRA"), place("FRA"), place("USA"))
	}
	if len(line.Points) < 185 || line.Right < 0.9 {
		t.Errorf("%d Members placed, %.3f of the votes told", len(line.Points), line.Right)
	}
	d, err := ideal.Blocs(set, ideal.Period{From: 2012, To: 2013}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	with := func(iso string) int {
		return slices.IndexFunc(d.Blocs, func(b ideal.Bloc) bool { return slices.Contains(b.States, who(iso)) })
	}
	if with("FRA") != with("DEU") || with("CUB") == with("FRA") {
		t.Errorf("France in bloc %d, Germany %d, Cuba %d", with("FRA"), with("DEU"), with("CUB"))
	}
	t.Logf("%d roll calls, %.3f told (majority %.3f); %d blocs, stability %.2f", line.RollCalls, line.Right, line.Usual, len(d.Blocs), d.Stability)
}
