package response

import (
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/protocol"
)

// step is the open part of what happens to a duty.
type step struct {
	Duty   string    `json:"duty"`
	Owner  string    `json:"owner,omitempty"`
	DueAt  time.Time `json:"due_at,omitzero"`
	Rung   int       `json:"rung,omitempty"`
	Role   string    `json:"role,omitempty"`
	Person string    `json:"person,omitempty"`
	Rungs  []Rung    `json:"rungs,omitempty"`
	By     string    `json:"by,omitempty"`     // who proposed what a second person agrees to
	Agreed int64     `json:"agreed,omitempty"` // the entry of that proposal
	Ref    string    `json:"ref,omitempty"`    // a decision that answers the duty
	Next   time.Time `json:"next,omitzero"`    // when the clock looks at the duty again; zero for never
}

// change appends what happens to a duty, if its state allows it.
func change(tx *record.Tx, d Duty, e protocol.Event, kind string, s step, words string) error {
	if _, err := protocol.Next(d.State, e); err != nil {
		return fault.Stale("%s is %s: %w", d.ID, d.State, err)
	}
	return note(tx, d, kind, s, words)
}

func note(tx *record.Tx, d Duty, kind string, s step, words string) error {
	s.Duty = d.ID
	subjects := []string{d.ID, d.Warning, d.Situation}
	for _, p := range []string{s.Owner, s.Person, s.By, s.Ref} {
		if p != "" && !slices.Contains(subjects, p) {
			subjects = append(subjects, p)
		}
	}
	draft := record.Draft{Kind: kind, Subjects: subjects, Marking: d.Marking, Open: s}
	if words = strings.TrimSpace(words); words != "" {
		draft.Sealed = said{words}
	}
	_, err := tx.Append(draft)
	return err
}

// Acknowledge records that the owner knows of a duty.
func Acknowledge(tx *record.Tx, id, words string) error {
	d, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	return change(tx, d, protocol.Acknowledge, "duty.acknowledged", step{Next: next(d)}, words)
}

// next is when the clock must look at a duty again, as it stands.
func next(d Duty) time.Time {
	switch {
	case d.State.Answered():
		return time.Time{}
	case d.State != protocol.Lapsed:
		return d.DueAt
	case d.Rung < len(d.Rungs):
		return d.Rungs[d.Rung].At
	}
	return time.Time{}
}

// gate says what must be answered before a duty can be.
func gate(tx *record.Tx, d Duty) error {
	shut, err := Shut(tx.View, d)
	if err != nil {
		return err
	}
	if len(shut) > 0 {
		return fault.WithHint(fault.Stale("%s waits for %s", d.ID, strings.Join(shut, ", ")), "answer those first; to explain why not is an answer")
	}
	return nil
}

// Shut returns the ids of the unanswered duties that gate a duty.
func Shut(v *record.View, d Duty) ([]string, error) {
	if len(d.After) == 0 {
		return nil, nil
	}
	all, err := List(v, Filter{Warning: d.Warning})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, o := range all {
		if slices.Contains(d.After, o.Key) && !o.State.Answered() {
			ids = append(ids, o.ID)
		}
	}
	return ids, nil
}

// Do records that a duty was done, and how. A duty that wants a second pair of
// eyes is proposed by one person and done when another agrees: see [Agree].
func Do(tx *record.Tx, id, words string) error {
	d, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	if strings.TrimSpace(words) == "" {
		return fault.Invalid("what", "say what was done")
	}
	if d.Decides {
		return fault.WithHint(fault.Denied("%s is answered by a signed decision", id), "draft and sign the decision on "+d.Warning)
	}
	if err := gate(tx, d); err != nil {
		return err
	}
	if d.FourEyes != "" {
		if _, err := protocol.Next(d.State, protocol.Do); err != nil {
			return fault.Stale("%s is %s: %w", d.ID, d.State, err)
		}
		return note(tx, d, "duty.proposed", step{}, words)
	}
	if err := change(tx, d, protocol.Do, "duty.done", step{}, words); err != nil {
		return err
	}
	return restart(tx, d)
}

// A Voice is in what somebody speaks on a duty: the roles that they hold, and
// whether they answer for its owner.
type Voice struct {
	Roles []string
	Owner bool
}

// Agree is the second person's word that a proposed answer goes out. It names
// the entry of the proposal that the person has read, and counts for no other.
func Agree(tx *record.Tx, id string, proposal int64, v Voice, words string) error {
	d, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	switch {
	case d.ProposedBy == "":
		return fault.Stale("nobody has proposed how %s is done", id)
	case proposal != d.Propose:
		return fault.WithHint(fault.Stale("the proposal on %s is that of entry %d, not %d", id, d.Propose, proposal), "read what is proposed now, and agree to that")
	case d.ProposedBy == tx.By.Person:
		return fault.Denied("you proposed it: %s wants a second person", id)
	case !slices.Contains(v.Roles, d.FourEyes):
		return fault.Denied("the second person on %s is the %s, and you do not hold that role", id, d.FourEyes)
	}
	if err := change(tx, d, protocol.Do, "duty.done", step{By: d.ProposedBy, Agreed: proposal}, words); err != nil {
		return err
	}
	return restart(tx, d)
}

// Explain answers a duty with the reasons why it is not done. Only the role to
// which the protocol leaves that may, and the owner where it is the owner's.
func Explain(tx *record.Tx, id string, v Voice, reason string) error {
	d, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.Invalid("reason", "say why it is not done: silence is not an answer")
	}
	if d.Refusal == "nobody" {
		return fault.Denied("the protocol lets nobody refuse %s", id)
	}
	if !d.MayRefuse(v) {
		return fault.Denied("only the %s may say why %s is not done", d.Refusal, id)
	}
	if err := gate(tx, d); err != nil {
		return err
	}
	if err := change(tx, d, protocol.Explain, "duty.explained", step{}, reason); err != nil {
		return err
	}
	return restart(tx, d)
}

// MayRefuse tells whether somebody may say why a duty is not done.
func (d Duty) MayRefuse(v Voice) bool {
	return d.Refusal != "nobody" && (d.Refusal == "" || slices.Contains(v.Roles, d.Refusal) || d.Refusal == d.Role && v.Owner)
}

// Decided answers, by a signed decision, the duties of a warning that wait for
// one.
func Decided(tx *record.Tx, warning, decision string) error {
	all, err := List(tx.View, Filter{Warning: warning})
	if err != nil {
		return err
	}
	for _, d := range all {
		if !d.Decides || d.State.Answered() {
			continue
		}
		if err := change(tx, d, protocol.Do, "duty.done", step{Ref: decision}, ""); err != nil {
			return err
		}
		if err := restart(tx, d); err != nil {
			return err
		}
	}
	return nil
}

// restart starts the clocks that begin when their gate opens, now that one more
// duty is answered.
func restart(tx *record.Tx, answered Duty) error {
	if answered.Key == "" {
		return nil
	}
	all, err := List(tx.View, Filter{Warning: answered.Warning})
	if err != nil {
		return err
	}
	for _, d := range all {
		if !d.FromGate || d.State.Answered() || d.State == protocol.Lapsed || !slices.Contains(d.After, answered.Key) {
			continue
		}
		shut, err := Shut(tx.View, d)
		if err != nil || len(shut) > 0 {
			if err != nil {
				return err
			}
			continue
		}
		if err := reschedule(tx, d); err != nil {
			return err
		}
	}
	return nil
}

// reschedule counts a duty's deadline anew under the text it was opened with.
func reschedule(tx *record.Tx, d Duty) error {
	p, err := ProtocolOf(tx.View, d.Protocol)
	if err != nil {
		return err
	}
	due, err := p.Restart(d.due(), tx.Now)
	if err != nil {
		return err
	}
	rungs := slices.Clone(d.Rungs)
	for i := range rungs {
		if i < len(due.Rungs) {
			rungs[i].At = due.Rungs[i].At
		}
	}
	if due.DueAt.Equal(d.DueAt) {
		return nil
	}
	return note(tx, d, "duty.rescheduled", step{DueAt: due.DueAt, Rungs: rungs, Next: due.DueAt}, "")
}

// due is a duty in the protocol's own terms.
func (d Duty) due() protocol.Due {
	x := protocol.Due{Key: d.Key, Level: d.Level, Role: d.Role, Allowed: d.Allowed, OpenedAt: d.Opened, DueAt: d.DueAt, After: d.After,
		FromGate: d.FromGate, Outward: d.Outward, FourEyes: d.FourEyes, Refusal: d.Refusal, Community: d.Community, Decides: d.Decides,
		Review: d.Review, FollowUp: d.FollowUp}
	for _, r := range d.Rungs {
		x.Rungs = append(x.Rungs, protocol.Rung{Number: r.Number, Role: r.Role, At: r.At, Senior: r.Senior})
	}
	return x
}

// Tick writes down what has fallen due by the transaction's time: duties that
// lapsed, against their owners, and rungs that were reached. Run again for the
// same time it writes nothing.
func Tick(tx *record.Tx) (lapsed, escalated int, err error) {
	due, err := listDue(tx.Tx, tx.Now)
	if err != nil {
		return 0, 0, err
	}
	for _, d := range due {
		r := protocol.Running{State: d.State, DueAt: d.DueAt, Served: d.Rung}
		r.Rungs = append(r.Rungs, d.due().Rungs...)
		lapses, rungs := protocol.Tick(r, tx.Now)
		if lapses {
			d.State = protocol.Lapsed
			if err := note(tx, d, "duty.lapsed", step{Owner: d.Owner, DueAt: d.DueAt, Next: next(d)}, ""); err != nil {
				return lapsed, escalated, err
			}
			lapsed++
		}
		for _, x := range rungs {
			d.Rung = x.Number
			at := d.Rungs[x.Number-1]
			if err := note(tx, d, "duty.escalated", step{Rung: x.Number, Role: at.Role, Person: at.Person, Next: next(d)}, ""); err != nil {
				return lapsed, escalated, err
			}
			escalated++
		}
	}
	return lapsed, escalated, nil
}
