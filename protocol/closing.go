package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// The conditions that a file may set for closing. Each looks at the duties
// that were opened; an explained refusal is an answer.
const (
	condAnswered = "answered"    // all but follow-up and review
	condDecided  = "decided"     // the decision
	condFollowed = "followed-up" // what outlives the decision
	condReviewed = "reviewed"    // the review after the action
)

// An Ending is what somebody brings forward to close a protocol.
type Ending struct {
	Role       string // of the person who closes
	AgreedBy   string // role of the second person, if the protocol wants one
	Reason     string
	Statements []string // keys of the statements made
	Duties     []Standing
}

// A Standing is a duty as it was opened, and where it stands.
type Standing struct {
	Due   Due
	State State
}

// Missing returns what still stands against closing, each as a sentence; with
// nothing missing the protocol may be closed. A reason is always needed, and
// no role is excused from the conditions. That the two people are not the same
// person is for the caller to see to.
func (p *Protocol) Missing(e Ending) []string {
	var out []string
	c := p.Closing
	if !slices.Contains(c.By, e.Role) {
		out = append(out, fmt.Sprintf("%s may not close: only %s may", orNobody(e.Role), strings.Join(c.By, ", ")))
	}
	if len(c.AgreedBy) > 0 && !slices.Contains(c.AgreedBy, e.AgreedBy) {
		out = append(out, fmt.Sprintf("a second person must agree, in one of these roles: %s", strings.Join(c.AgreedBy, ", ")))
	}
	if strings.TrimSpace(e.Reason) == "" {
		out = append(out, "a reason must be given")
	}
	for _, s := range c.Statements {
		if !slices.Contains(e.Statements, s.Key) {
			out = append(out, fmt.Sprintf("the statement %s must be made: %s", s.Key, s.What.In(p.Language)))
		}
	}
	for _, d := range e.Duties {
		if cond := conditionOn(d.Due); slices.Contains(c.Conditions, cond) && !d.State.Answered() {
			out = append(out, fmt.Sprintf("%s is %s: it must be done, or refused with reasons", d.Due.Key, d.State))
		}
	}
	return out
}

// conditionOn names the condition that waits for a duty.
func conditionOn(d Due) string {
	switch {
	case d.Decides:
		return condDecided
	case d.Review:
		return condReviewed
	case d.FollowUp:
		return condFollowed
	}
	return condAnswered
}

func orNobody(role string) string {
	if role == "" {
		return nobody
	}
	return role
}
