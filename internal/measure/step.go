package measure

import (
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// moved is the open part of every entry that changes a step's state.
type moved struct {
	Step     string `json:"step"`
	State    string `json:"state"`
	FollowUp int64  `json:"follow_up,omitempty"`
}

// said is the sealed part of one.
type said struct {
	Text string `json:"text"`
}

// move changes a step's state, from one of those given.
func move(tx *record.Tx, id, kind, to string, sealed any, followUp time.Time, from ...string) error {
	s, err := GetStep(tx.View, id)
	if err != nil {
		return err
	}
	ok := false
	for _, f := range from {
		ok = ok || s.State == f
	}
	if !ok {
		return fault.Stale("%s is %s: it has to be %s first", id, s.State, strings.Join(from, " or "))
	}
	p, err := Get(tx.View, s.Package)
	if err != nil {
		return err
	}
	open := moved{Step: id, State: to}
	if !followUp.IsZero() {
		open.FollowUp = followUp.UnixMicro()
	}
	_, err = tx.Append(record.Draft{Kind: kind, Subjects: subjects(p, id), Marking: p.Marking, Open: open, Sealed: sealed})
	return err
}

// Propose sets out what an outward step will say, for a second person.
func Propose(tx *record.Tx, id, text string) error {
	s, err := GetStep(tx.View, id)
	if err != nil {
		return err
	}
	if text = strings.TrimSpace(text); text == "" || len(text) > 50000 {
		return fault.Invalid("text", "set out the words that will go out, in at most 50,000 bytes")
	}
	if err := alone(s); err != nil {
		return err
	}
	if !s.Outward {
		return fault.Stale("%s stays in the house: it starts without approval", id)
	}
	return move(tx, id, "package.step-proposed", Proposed, said{text}, time.Time{}, Planned)
}

// Approve lets an outward step go, as the second pair of eyes.
func Approve(tx *record.Tx, id, note string) error {
	if err := second(tx, id); err != nil {
		return err
	}
	return move(tx, id, "package.step-approved", Approved, said{strings.TrimSpace(note)}, time.Time{}, Proposed)
}

// Return sends a proposal back to who made it, with the reason.
func Return(tx *record.Tx, id, why string) error {
	if why = strings.TrimSpace(why); why == "" {
		return fault.Invalid("text", "say what has to change")
	}
	if err := second(tx, id); err != nil {
		return err
	}
	return move(tx, id, "package.step-returned", Planned, said{why}, time.Time{}, Proposed)
}

// second refuses the proposer as the second person.
func second(tx *record.Tx, id string) error {
	s, err := GetStep(tx.View, id)
	if err != nil {
		return err
	}
	if err := alone(s); err != nil {
		return err
	}
	if s.State == Proposed && s.ProposedBy == tx.By.Person {
		return fault.Denied("you proposed %s: another person looks at it before it goes out", id)
	}
	return nil
}

// Start begins a step: an outward one when it is approved, and any when the
// steps it waits for are closed.
func Start(tx *record.Tx, id string) error {
	s, err := GetStep(tx.View, id)
	if err != nil {
		return err
	}
	if err := alone(s); err != nil {
		return err
	}
	if err := ready(tx, s); err != nil {
		return err
	}
	if s.Outward {
		return move(tx, id, "package.step-started", Underway, nil, time.Time{}, Approved)
	}
	return move(tx, id, "package.step-started", Underway, nil, time.Time{}, Planned)
}

// ready refuses what waits for a step that is not closed.
func ready(tx *record.Tx, s Step) error {
	for _, a := range s.After {
		before, err := GetStep(tx.View, a)
		if err != nil {
			return err
		}
		if before.State != Done && before.State != Dropped {
			return fault.Stale("%s waits for %s, which is %s", s.ID, a, before.State)
		}
	}
	return nil
}

// A Result is how a step ends.
type Result struct {
	Dropped      bool      `json:"-"` // given up, not done
	FollowUpBy   time.Time `json:"-"` // when what it leaves is due
	Text         string    `json:"text"`
	FollowUp     string    `json:"follow_up,omitempty"`
	NoFollowUpAs string    `json:"no_follow_up,omitempty"` // why nothing is left
}

// Close ends a step. What it leaves to be followed up is a gate: a step closes
// with a follow-up and its date, or with the reason why there is none.
func Close(tx *record.Tx, id string, r Result) error {
	r.Text, r.FollowUp, r.NoFollowUpAs = strings.TrimSpace(r.Text), strings.TrimSpace(r.FollowUp), strings.TrimSpace(r.NoFollowUpAs)
	switch {
	case r.Text == "" || len(r.Text)+len(r.FollowUp)+len(r.NoFollowUpAs) > 50000:
		return fault.Invalid("result", "say what came of it, in at most 50,000 bytes")
	case r.FollowUp == "" && r.NoFollowUpAs == "":
		return fault.WithHint(fault.Invalid("follow_up", "say what follow-up it leaves, or why it leaves none"), "nothing closes silently")
	case r.FollowUp != "" && r.NoFollowUpAs != "":
		return fault.Invalid("no_follow_up", "there is a follow-up: then there is no reason for its absence")
	case r.FollowUp != "" && r.FollowUpBy.IsZero():
		return fault.Invalid("follow_up_by", "a follow-up has a date")
	case r.FollowUp == "":
		r.FollowUpBy = time.Time{}
	}
	to, from := Done, []string{Underway, Over}
	if r.Dropped {
		to, from = Dropped, []string{Planned, Proposed, Approved, Underway, Over}
	}
	return move(tx, id, "package.step-closed", to, r, r.FollowUpBy, from...)
}

// Proposal returns the words that were proposed for an outward step, "" before.
func Proposal(v *record.View, s Step) (string, error) {
	if s.Proposal == 0 {
		return "", nil
	}
	var x said
	err := v.Unseal(s.Proposal, &x)
	return x.Text, err
}

// Outcome returns what came of a step, nothing while it is not closed.
func Outcome(v *record.View, s Step) (r Result, err error) {
	if s.Closing == 0 {
		return r, nil
	}
	err = v.Unseal(s.Closing, &r)
	r.Dropped, r.FollowUpBy = s.State == Dropped, s.FollowUp
	return r, err
}
