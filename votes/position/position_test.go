package position_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/position"
	"github.com/heed-project/heed/votes/wording"
	"os"
)

// assembly makes up votes of two blocs: the first 60 Members vote yes on
// embargoes and no on inspections, the next 60 the other way round, the rest
// abstain on both. Every fifth year all change sides on "tides".
func assembly(years int) *votes.Set {
	var b votes.Builder
	for y := range years {
		for k, title := range []string{"Ending the embargo against an island", "Inspections of prisons", "Tides and lights", "Ending the embargo against a port", "Inspections of mines"} {
			day := time.Date(1990+y, 11, 1+k, 0, 0, 0, 0, time.UTC)
			roll := b.Roll(votes.RollCall{ID: fmt.Sprint(y, k), Date: day, Title: title})
			for i := range votes.Len() {
				if !votes.Members()[i].Member(day) || (i*7+y*3+k)%11 == 0 {
					continue
				}
				b.Vote(roll, i, side(i, k, y))
			}
		}
	}
	return b.Set()
}

func side(i, k, y int) votes.Position {
	first := k%3 != 1
	if k == 2 && y%5 == 0 {
		first = false
	}
	switch {
	case i >= 120:
		return votes.Abstain
	case (i < 60) == first:
		return votes.Yes
	}
	return votes.No
}

func learned(t testing.TB, set *votes.Set) (*position.Model, *position.History) {
	var lessons []position.Lesson
	h, err := position.Walk(set, position.Drafts(set), time.Date(1991, 1, 1, 0, 0, 0, 0, time.UTC), func(roll int, c *position.Case) error {
		lessons = append(lessons, position.Teach(set, roll, c, 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := position.Train(set, lessons, 1)
	if err != nil {
		t.Fatal(err)
	}
	return m, h
}

func Example() {
	set := assembly(10)
	var lessons []position.Lesson
	history, _ := position.Walk(set, position.Drafts(set), time.Date(1992, 1, 1, 0, 0, 0, 0, time.UTC), func(roll int, c *position.Case) error {
		lessons = append(lessons, position.Teach(set, roll, c, 1))
		return nil
	})
	model, err := position.Train(set, lessons, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	known := history.Case(position.Draft{Date: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Text: wording.Read("The embargo against an island", "", "")})
	forecast := model.Predict(known, nil)
	fmt.Println(forecast.Chances[0].Decided, known.Novel())
	// Output: yes false
}

func TestBlocsAreFound(t *testing.T) {
	set := assembly(12)
	m, h := learned(t, set)
	day := time.Date(2002, 6, 1, 0, 0, 0, 0, time.UTC)
	for k, title := range []string{"Ending the embargo against an island", "Inspections of prisons and mines"} {
		c := h.Case(position.Draft{Date: day, Text: wording.Read(title, "", "")})
		f := m.Predict(c, nil)
		wrong := 0
		for _, ch := range f.Chances {
			if ch.Decided != side(ch.State, k, 1) {
				wrong++
			}
			if sum := ch.Yes + ch.Abstain + ch.No; math.Abs(sum-1) > 1e-9 || ch.Absent < 0 || ch.Absent > 1 {
				t.Fatalf("%+v", ch)
			}
		}
		if wrong > 4 { // of 191: who is often away is hard to place
			t.Errorf("%s: %d of %d wrong", title, wrong, len(f.Chances))
		}
		e := f.Tally(votes.Simple(), nil, 1)
		if all := e.Yes.Mean + e.No.Mean + e.Abstain.Mean + e.Absent.Mean; math.Abs(all-float64(len(f.Chances))) > 1e-6 || e.Yes.Low > e.Yes.Mean || e.Yes.High < e.Yes.Mean {
			t.Errorf("%+v for %d Members", e, len(f.Chances))
		}
	}
}

// TestPledgesTurnAForecast tells that some changed sides: those that vote like
// them are then expected to.
func TestPledgesTurnAForecast(t *testing.T) {
	set := assembly(25)
	m, h := learned(t, set)
	c := h.Case(position.Draft{Date: time.Date(2015, 12, 1, 0, 0, 0, 0, time.UTC), Text: wording.Read("Tides and lights", "", "")})
	var told []position.Pledge
	for i := range 12 {
		told = append(told, position.Pledge{State: i * 10, Position: side(i*10, 2, 5)})
	}
	yes := func(f *position.Forecast, state int) float64 {
		for _, ch := range f.Chances {
			if ch.State == state {
				return ch.Yes
			}
		}
		return -1
	}
	before, after := m.Predict(c, nil), m.Predict(c, c.Declare(told))
	if b, a := yes(before, 5), yes(after, 5); b < 0.6 || a > 0.4 {
		t.Errorf("a Member of the first bloc: yes %.2f before, %.2f after its bloc declared against", b, a)
	}
	for _, ch := range after.Chances {
		if ch.State == 10 && (!ch.Told || ch.Decided != votes.No || ch.No != 1) {
			t.Errorf("what was declared is not kept: %+v", ch)
		}
	}
}

// TestNothingOfTheDayIsKnown changes the votes of a day and all later ones:
// what was known before that day must stay the same.
func TestNothingOfTheDayIsKnown(t *testing.T) {
	set := assembly(8)
	cut := time.Date(1995, 11, 3, 0, 0, 0, 0, time.UTC)
	known := func(s *votes.Set) string {
		var b strings.Builder
		_, err := position.Walk(s, position.Drafts(s), cut, func(roll int, c *position.Case) error {
			if s.Rolls[roll].Date.Equal(cut) {
				for i := range votes.Len() {
					fmt.Fprint(&b, c.Carried(i), c.Usual(i))
				}
				fmt.Fprint(&b, c.Near(), c.Relatives(20))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	var changed votes.Builder
	for r, roll := range set.Rolls {
		at := changed.Roll(roll)
		for i, p := range set.Row(r) {
			if !roll.Date.Before(cut) && p.Cast() {
				p = votes.No + votes.Yes - p
			}
			changed.Vote(at, i, p)
		}
	}
	if a, b := known(set), known(changed.Set()); a != b || a == "" {
		t.Error("what comes on the day or later changed what was known before")
	}
}

func TestTooLittleIsRefused(t *testing.T) {
	if _, err := position.Train(assembly(1), nil, 1); err == nil || !strings.Contains(err.Error(), "at least 20") {
		t.Error(err)
	}
}

// BenchmarkDraft predicts one draft in the General Assembly, with twenty
// pledges and a thousand tallies; the aim is under 50 ms.
func BenchmarkDraft(b *testing.B) {
	open := func(name string) *os.File {
		f, err := os.Open(testkit.Shared(b, "votes/"+name))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { f.Close() })
		return f
	}
	set, _, err := votes.ReadUnvotes(open("unga_votes_1946_2013.csv.gz"), open("unga_roll_calls_1946_2013.csv.gz"), nil)
	if err != nil {
		b.Fatal(err)
	}
	var lessons []position.Lesson
	h, err := position.Walk(set, position.Drafts(set), time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), func(roll int, c *position.Case) error {
		lessons = append(lessons, position.Teach(set, roll, c, 1))
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	m, err := position.Train(set, lessons, 1)
	if err != nil {
		b.Fatal(err)
	}
	var told []position.Pledge
	for i := range 20 {
		told = append(told, position.Pledge{State: i * 9, Position: votes.Yes})
	}
	for b.Loop() {
		c := h.Case(position.Draft{Date: time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC), Text: wording.Read("Situation of human rights in a country", "HUMAN RIGHTS--REPORTS", "")})
		m.Predict(c, c.Declare(told)).Tally(votes.Simple(), nil, 1)
	}
}
