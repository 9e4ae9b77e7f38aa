package protocol

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNext(t *testing.T) {
	events := []Event{Acknowledge, Do, Explain, Lapse}
	for _, x := range []struct {
		from State
		to   [4]State // empty: refused
	}{
		{Open, [4]State{Acknowledged, Done, Explained, Lapsed}},
		{Acknowledged, [4]State{"", Done, Explained, Lapsed}},
		{Lapsed, [4]State{Lapsed, Done, Explained, ""}},
		{Done, [4]State{}},
		{Explained, [4]State{}},
		{"lost", [4]State{}},
	} {
		for i, e := range events {
			got, err := Next(x.from, e)
			if refused := x.to[i] == ""; refused != (err != nil) || !refused && got != x.to[i] || refused && got != x.from {
				t.Errorf("%s, %s: %s, %v; want %q", x.from, e, got, err, x.to[i])
			}
		}
	}
	if _, err := Next(Open, "forget"); err == nil {
		t.Error("an unknown event was taken")
	}
}

// However late, often or seldom the clock is looked at, the same rungs are
// served once each, in order, and none before its time.
func TestTickLosesNothingAndRepeatsNothing(t *testing.T) {
	p := small(t)
	opened := at(t, "2026-06-01T10:00:00Z")
	duties, err := p.Open(4, opened, "")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(duties).Draw(t, "duty")
		x := Running{State: rapid.SampledFrom([]State{Open, Acknowledged}).Draw(t, "state"), DueAt: d.DueAt, Rungs: d.Rungs}
		now, lapses, served := opened, 0, []Rung(nil)
		tick := func() {
			lapsed, rungs := Tick(x, now)
			if lapsed {
				lapses++
				next, err := Next(x.State, Lapse)
				if err != nil || now.Before(d.DueAt) {
					t.Fatalf("lapsed from %s at %s: %v", x.State, now, err)
				}
				x.State = next
			}
			for _, g := range rungs {
				if g.At.After(now) || x.State != Lapsed {
					t.Fatalf("rung %d served at %s, before %s", g.Number, now, g.At)
				}
			}
			x.Served += len(rungs)
			served = append(served, rungs...)
			if again, more := Tick(x, now); again || len(more) > 0 {
				t.Fatalf("the same moment twice: %v %v", again, more)
			}
		}
		for range rapid.IntRange(0, 20).Draw(t, "ticks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "hours")) * time.Hour)
			tick()
		}
		now = d.Rungs[len(d.Rungs)-1].At
		tick()
		if lapses != 1 || !slices.Equal(served, d.Rungs) {
			t.Fatalf("%d lapses, rungs %v, want %v", lapses, served, d.Rungs)
		}
	})
}

func TestTickLeavesAnsweredDutiesAlone(t *testing.T) {
	due := at(t, "2026-06-01T10:00:00Z")
	rungs := []Rung{{Number: 1, Role: "director", At: due}}
	for _, s := range []State{Done, Explained} {
		if lapses, r := Tick(Running{State: s, DueAt: due, Rungs: rungs}, due.AddDate(1, 0, 0)); lapses || r != nil {
			t.Errorf("%s: %v %v", s, lapses, r)
		}
	}
	if lapses, r := Tick(Running{State: Open, DueAt: due, Rungs: rungs}, due.Add(-1)); lapses || r != nil {
		t.Errorf("before its time: %v %v", lapses, r)
	}
	if lapses, r := Tick(Running{State: Open, DueAt: due, Rungs: rungs}, due); !lapses || len(r) != 1 {
		t.Errorf("at its time: %v %v", lapses, r)
	}
}
