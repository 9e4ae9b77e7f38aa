package doors_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/doors"
	"github.com/heed-project/heed/doors/facts"
)

// book opens the shipped facts.
func book(t testing.TB) *doors.Book {
	t.Helper()
	b, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var shipped = sync.OnceValues(func() (*doors.Book, error) {
	f, err := facts.Load(facts.Shipped())
	if err != nil {
		return nil, err
	}
	return doors.New(f)
})

// TestEveryMonth asks for each measure, each of the 193 Members and each month
// from 2017 to 2026: each answer has a rule and a source, in under ten seconds.
func TestEveryMonth(t *testing.T) {
	b := book(t)
	states := b.Facts().On(facts.Day(2026, 1, 1)).Members("UN")
	if len(states) != 193 {
		t.Fatalf("%d Members, want 193", len(states))
	}
	start, n := time.Now(), 0
	seen := map[doors.Outcome]int{}
	for year := 2017; year <= 2026; year++ {
		for month := time.January; month <= time.December; month++ {
			day := b.On(facts.Day(year, month, 1))
			for _, state := range states {
				answers, err := day.Every(doors.Question{States: []string{state}})
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range answers {
					n++
					seen[a.Outcome]++
					if a.Rule == "" || a.Source == "" || a.Outcome == "" {
						t.Fatalf("%s %s %d-%02d: no rule or no source: %+v", a.Measure.ID, state, year, month, a)
					}
					if (a.Outcome == doors.Short) != (a.Missing > 0) {
						t.Fatalf("%s %s %d-%02d: %s with %d missing", a.Measure.ID, state, year, month, a.Outcome, a.Missing)
					}
					if a.Outcome == doors.Closed && len(a.Reasons) == 0 {
						t.Fatalf("%s %s %d-%02d: closed without a reason", a.Measure.ID, state, year, month)
					}
				}
			}
		}
	}
	took := time.Since(start)
	t.Logf("%d answers in %s: %v", n, took, seen)
	if n != 43*193*120 {
		t.Errorf("%d answers, want %d", n, 43*193*120)
	}
	if took > 10*time.Second {
		t.Errorf("took %s, want under 10 s", took)
	}
}

func ExampleBook_Open() {
	known, err := facts.Load(facts.Shipped())
	if err != nil {
		panic(err)
	}
	b, err := doors.New(known)
	if err != nil {
		panic(err)
	}
	a, _ := b.Open(doors.Question{Measure: "GE-SS", States: []string{"SVN"}, On: facts.Day(2026, 3, 1)})
	fmt.Println(a.Outcome, a.Missing, a.Need)
	a, _ = b.Open(doors.Question{Measure: "JU-ICJ", States: []string{"GMB"}, Situation: "MMR", On: facts.Day(2019, 11, 11)})
	fmt.Println(a.Outcome, a.Through)
	a, _ = b.Open(doors.Question{Measure: "JU-ICJ", States: []string{"USA"}, Situation: "MMR", On: facts.Day(2019, 11, 11)})
	fmt.Println(a.Outcome, a.Why())
	// Output:
	// short 15 16
	// open [GMB]
	// closed United States of America does not meet: no reservation to article IX of the Genocide Convention on either side, both parties to it
}

// TestNotBeforeItsTime asks about days on which there was no such State, no such
// measure, or not yet the Council of fifteen.
func TestNotBeforeItsTime(t *testing.T) {
	b := book(t)
	for _, c := range []struct {
		state, situation string
		on               facts.Date
		want             string
	}{
		{"SVN", "", facts.Day(1800, 1, 1), "before the rules begin"},
		{"FRA", "", facts.Day(1965, 12, 31), "before the rules begin"},
		{"SVN", "", facts.Day(1985, 1, 1), "it came to be on 1991-06-25"},
		{"SSD", "", facts.Day(2011, 7, 8), "SSD (South Sudan) on 2011-07-08: it came to be on 2011-07-09"},
		{"FRA", "SSD", facts.Day(2010, 1, 1), "it came to be on 2011-07-09"},
		{"CPV", "", facts.Day(1970, 1, 1), "it came to be on 1975-07-05"},
	} {
		if _, err := b.On(c.on).Every(doors.Question{States: []string{c.state}, Situation: c.situation}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s on %s: %v, want %q", c.state, c.situation, c.on, err, c.want)
		}
	}
	for _, c := range []struct {
		measure, state string
		on             facts.Date
		closed         bool
	}{
		{"GE-SS", "FRA", facts.Day(2006, 6, 18), true}, {"GE-SS", "FRA", facts.Day(2006, 6, 19), false},
		{"GE-ITEM", "FRA", facts.Day(1994, 1, 1), true}, {"GE-ITEM", "FRA", facts.Day(2010, 1, 1), false},
		{"RG-MOSCOW", "FRA", facts.Day(1991, 10, 2), true}, {"RG-MOSCOW", "FRA", facts.Day(1991, 10, 3), false},
		{"GE-SP", "SSD", facts.Day(2011, 7, 9), false}, {"NY-ARRIA", "FRA", facts.Day(1992, 2, 29), true},
	} {
		a, err := b.Open(doors.Question{Measure: c.measure, States: []string{c.state}, On: c.on})
		if err != nil || (a.Outcome == doors.Closed) != c.closed {
			t.Errorf("%s for %s on %s: %s (%s), %v", c.measure, c.state, c.on, a.Outcome, a.Why(), err)
		}
		if c.closed && a.Window.From <= c.on {
			t.Errorf("%s on %s: the next window is %s", c.measure, c.on, a.Window.From)
		}
	}
	// A calendar that begins years later says nothing of the day.
	a, err := b.Open(doors.Question{Measure: "GE-JS", States: []string{"FRA", "DEU"}, On: facts.Day(2010, 1, 1)})
	if err != nil || a.Outcome != doors.Open || a.Window.From.Set() {
		t.Errorf("%+v, %v", a.Window, err)
	}
}

// TestFewerMembersThanToday: an organisation that had fewer members is not
// called incomplete, a council of which the facts name too few is.
func TestFewerMembersThanToday(t *testing.T) {
	b := book(t)
	for _, c := range []struct {
		measure, state string
		on             facts.Date
		told           bool
		need           int
	}{
		{"RG-EU", "FRA", facts.Day(1996, 1, 1), false, 15}, {"NY-GAMECH", "FRA", facts.Day(1994, 1, 1), false, 92}, {"NY-GAMECH", "FRA", facts.Day(2011, 3, 1), false, 97},
		{"RG-VIENNA", "FRA", facts.Day(2010, 1, 1), false, 1}, {"NY-PROC", "FRA", facts.Day(1985, 1, 1), true, 9}, {"NY-PROC", "FRA", facts.Day(2020, 1, 1), false, 9},
	} {
		a, err := b.Open(doors.Question{Measure: c.measure, States: []string{c.state}, On: c.on})
		if told := strings.Contains(a.Why(), "the facts name"); err != nil || told != c.told || a.Need != c.need {
			t.Errorf("%s on %s: %d needed, %s, %v", c.measure, c.on, a.Need, a.Why(), err)
		}
	}
}
