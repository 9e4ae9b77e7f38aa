package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/doors/plan"
)

func book(t testing.TB) *doors.Book {
	t.Helper()
	f, err := facts.Load(facts.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	b, err := doors.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ask(objective, state, situation string, on facts.Date) plan.Ask {
	return plan.Ask{Objective: objective, Question: doors.Question{States: []string{state}, On: on, Situation: situation}}
}

// TestPackagesHold: for every objective, for States in and outside the councils,
// each package is in an order that works, uses no closed door, brings about what
// it says, and holds no step that could be left out.
func TestPackagesHold(t *testing.T) {
	b := book(t)
	for _, o := range b.Facts().Aims {
		for _, state := range []string{"SVN", "FRA", "GMB", "BRA", "TUV", "USA"} {
			for _, situation := range []string{"SDN", "MMR", "UKR", "SYR", "VEN"} {
				found, err := plan.Propose(b, ask(o.Code, state, situation, facts.Day(2026, 3, 1)))
				if err != nil {
					t.Fatal(err)
				}
				if len(found) == 0 {
					t.Errorf("%s, %s on %s: no package at all", o.Code, state, situation)
				}
				for _, p := range found {
					check(t, o, p)
				}
			}
		}
	}
}

func check(t *testing.T, o facts.Objective, p plan.Package) {
	t.Helper()
	works := func(skip int) bool {
		done := map[string]bool{}
		for _, x := range p.Exists {
			done[x] = true
		}
		for i, s := range p.Steps {
			if i == skip {
				continue
			}
			for _, n := range s.Play.Needs {
				if !done[n] {
					return false
				}
			}
			for _, g := range s.Play.Gives {
				done[g] = true
			}
		}
		for _, w := range p.Brings {
			if !done[w] {
				return false
			}
		}
		return true
	}
	if !works(-1) {
		t.Errorf("%s, %s: the order does not work: %v", o.Code, p.Kind, ids(p))
	}
	for i, s := range p.Steps {
		if s.Answer.Outcome == doors.Closed {
			t.Errorf("%s, %s: step %s is through a closed door", o.Code, p.Kind, s.Play.ID)
		}
		if p.Kind == "alone" && s.Answer.Outcome != doors.Open {
			t.Errorf("%s, alone: step %s is not open", o.Code, s.Play.ID)
		}
		if p.Kind != "creative" && works(i) {
			t.Errorf("%s, %s: step %s could be left out of %v", o.Code, p.Kind, s.Play.ID, ids(p))
		}
		for _, a := range s.After {
			if a > i || p.Steps[a-1].To > s.From {
				t.Errorf("%s, %s: step %s begins before step %d ends", o.Code, p.Kind, s.Play.ID, a)
			}
		}
	}
	if got := len(p.Brings) + len(p.Lacks); got != len(o.Wants) {
		t.Errorf("%s, %s: brings %v and lacks %v of %v", o.Code, p.Kind, p.Brings, p.Lacks, o.Wants)
	}
	if p.Kind == "creative" && !slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Play.Creative }) {
		t.Errorf("%s: nothing creative in %v", o.Code, ids(p))
	}
}

func ids(p plan.Package) (out []string) {
	for _, s := range p.Steps {
		out = append(out, s.Play.ID)
	}
	return out
}

// TestPrecedents: on the eve of The Gambia's application the creative package of
// The Gambia was the case; a State whose reservation bars it is not sent there.
func TestPrecedents(t *testing.T) {
	b := book(t)
	eve := facts.Day(2019, 11, 1)
	uses := func(state, measure string) bool {
		found, err := plan.Propose(b, ask("hold-to-account", state, "MMR", eve))
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(found, func(p plan.Package) bool {
			return slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Play.Measure == measure })
		})
	}
	if !uses("GMB", "JU-ICJ") {
		t.Error("The Gambia is not shown the way it went")
	}
	if uses("BGD", "JU-ICJ") {
		t.Error("Bangladesh, whose reservation bars it, is sent to the Court")
	}
}

// TestCheapest compares the search with trying all orders, on a small set.
func TestCheapest(t *testing.T) {
	if testing.Short() {
		t.Skip("left to `make test`")
	}
	b := book(t)
	for _, o := range b.Facts().Aims {
		found, err := plan.Propose(b, ask(o.Code, "FRA", "SDN", facts.Day(2026, 3, 1)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			if p.Kind != "friends" {
				continue
			}
			got := 0
			for _, s := range p.Steps {
				got += cost(s.Play.Days, s.Answer)
			}
			if best := brute(b, o, p); best < got {
				t.Errorf("%s: the package costs %d, one of %d exists", o.Code, got, best)
			}
		}
	}
}

// cost is what the package's documentation says that a step costs.
func cost(days int, a doors.Answer) int {
	sum := days + 2*a.Missing + 3
	for _, r := range a.Reasons {
		if r.Code == "caution" {
			return sum + 120
		}
	}
	return sum
}

// brute tries every set of plays by depth, cutting what already costs more.
func brute(b *doors.Book, o facts.Objective, p plan.Package) int {
	day := b.On(facts.Day(2026, 3, 1))
	type play struct {
		facts.Play
		cost int
	}
	var plays []play
	for _, x := range b.Facts().Plays {
		a, _ := day.Open(doors.Question{Measure: x.Measure, States: []string{"FRA"}, Situation: "SDN"})
		if a.Outcome != doors.Closed && (len(x.Objectives) == 0 || slices.Contains(x.Objectives, o.Code)) {
			plays = append(plays, play{x, cost(x.Days, a)})
		}
	}
	best := 1 << 30
	var try func(done []string, cost int, from []play, depth int)
	try = func(done []string, cost int, from []play, depth int) {
		if cost >= best || depth > 6 {
			return
		}
		if !slices.ContainsFunc(p.Brings, func(w string) bool { return !slices.Contains(done, w) }) {
			best = cost
			return
		}
		for i, x := range from {
			if slices.ContainsFunc(x.Needs, func(n string) bool { return !slices.Contains(done, n) }) {
				continue
			}
			rest := slices.Delete(slices.Clone(from), i, i+1)
			try(slices.Concat(done, x.Gives), cost+x.cost, rest, depth+1)
		}
	}
	try(p.Exists, 0, plays, 0)
	return best
}

func TestRefused(t *testing.T) {
	if _, err := plan.Propose(book(t), ask("peace", "SVN", "SDN", facts.Day(2026, 3, 1))); err == nil {
		t.Error("an objective that does not exist was taken")
	}
	if _, err := plan.Propose(book(t), ask("open-access", "ZZZ", "SDN", facts.Day(2026, 3, 1))); err == nil {
		t.Error("a State that does not exist was taken")
	}
}

func TestFast(t *testing.T) {
	b := book(t)
	start := time.Now()
	if _, err := plan.Propose(b, ask("hold-to-account", "SVN", "SDN", facts.Day(2026, 3, 1))); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("one proposal took %s", took)
	}
}

func ExamplePropose() {
	known, err := facts.Load(facts.Shipped())
	if err != nil {
		panic(err)
	}
	b, err := doors.New(known)
	if err != nil {
		panic(err)
	}
	found, err := plan.Propose(b, plan.Ask{Objective: "hold-to-account", Question: doors.Question{
		States: []string{"GMB"}, Situation: "MMR", On: facts.Day(2019, 11, 1)}})
	if err != nil {
		panic(err)
	}
	for _, p := range found {
		fmt.Print(p.Kind, ":")
		for _, s := range p.Steps {
			fmt.Print(" ", s.Play.ID)
		}
		fmt.Println()
	}
	// Output:
	// alone: genocide-case fund
	// friends: fund genocide-case
	// creative: task genocide-case fund mechanism
	// creative: task genocide-case fund missing-persons
	// creative: task fund icc-referral
}
