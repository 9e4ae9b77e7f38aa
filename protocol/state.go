package protocol

import (
	"fmt"
	"time"
)

// A State is where a duty stands.
type State string

// The five states. Done and Explained are answers; a refusal with reasons is
// one. Lapsed is the record of silence: it stays until there is an answer.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged"
	Done         State = "done"
	Explained    State = "explained"
	Lapsed       State = "lapsed"
)

// Answered says whether the duty owes nothing more.
func (s State) Answered() bool { return s == Done || s == Explained }

// An Event is what happens to a duty.
type Event string

// The four events. Lapse comes from the clock alone.
const (
	Acknowledge Event = "acknowledge"
	Do          Event = "do"
	Explain     Event = "explain"
	Lapse       Event = "lapse"
)

// Next returns the state after an event. An answer after a lapse is still an
// answer; to acknowledge a lapsed duty changes nothing, for silence was
// recorded. It fails when the state does not allow the event: an answered
// duty takes none.
func Next(s State, e Event) (State, error) {
	switch s {
	case Open, Acknowledged, Lapsed:
		switch e {
		case Acknowledge:
			if s == Open {
				return Acknowledged, nil
			}
			if s == Lapsed {
				return Lapsed, nil
			}
			return s, fmt.Errorf("the duty is acknowledged already")
		case Do:
			return Done, nil
		case Explain:
			return Explained, nil
		case Lapse:
			if s == Lapsed {
				return s, fmt.Errorf("the duty has lapsed already")
			}
			return Lapsed, nil
		}
		return s, fmt.Errorf("%q is not something that happens to a duty", e)
	case Done, Explained:
		return s, fmt.Errorf("the duty is answered: %s", s)
	}
	return s, fmt.Errorf("%q is not a state of a duty", s)
}

// A Running duty is what the clock needs to know of one that was opened.
type Running struct {
	State  State
	DueAt  time.Time
	Rungs  []Rung
	Served int // how many rungs have been served
}

// Tick says what has fallen due by now: whether the duty lapses, and which
// rungs are to be served, in order. It is computed from what is stored, so it
// may run late, twice or after a month offline: once its result is applied
// (state lapsed, Served raised), it returns nothing more for the same now. A
// duty falls due at DueAt itself. An answered duty never does.
func Tick(d Running, now time.Time) (lapses bool, rungs []Rung) {
	if d.State.Answered() || now.Before(d.DueAt) {
		return false, nil
	}
	for i := max(0, d.Served); i < len(d.Rungs) && !now.Before(d.Rungs[i].At); i++ {
		rungs = append(rungs, d.Rungs[i])
	}
	return d.State != Lapsed, rungs
}
