// Package response keeps the duties that a warning opens: who owes what, by
// when, what came of it, and who was told when the answer was silence.
//
// A duty is opened under one exact text of a protocol and keeps its own
// deadline, ladder and gates as data. It is answered by doing it or by
// explaining why not; an explanation is an answer. What passes its deadline
// unanswered has lapsed: that is an entry against the owner, and the ladder
// climbs rung by rung up to a named senior office. Whether something is late
// is a query; [Tick] only writes down what the clock has made true, once.
//
//	duties, err := response.Open(tx, response.OpenInput{Warning: "W-1", Protocol: p, Level: 4, …})
//	err = response.Do(tx, "D-3", "briefed the director in person")
//	lapsed, escalated, err := response.Tick(tx)
//
// Titles, answers and reasons are sealed under the duty's own data key; the
// tables hold ids, roles, states and times. Who may act is decided above.
package response

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/protocol"
	"github.com/heed-project/heed/protocol/form"
)

// A Rung is a step of a duty's ladder: who is told, and when.
type Rung struct {
	Number int       `json:"n"`
	Role   string    `json:"role"`
	Person string    `json:"person"` // "" if nobody held the role when the duty was opened
	At     time.Time `json:"at"`
	Senior bool      `json:"senior,omitempty"`
}

// Terms are what a duty was opened with and what its clock became since.
type Terms struct {
	ID        string    `json:"id"`
	Warning   string    `json:"warning"`
	Situation string    `json:"situation"`
	Key       string    `json:"key"` // of the protocol; "" for a follow-up that somebody set
	Protocol  string    `json:"protocol,omitempty"`
	Level     int       `json:"level"`
	Role      string    `json:"role"`
	Owner     string    `json:"owner"`
	Deputy    string    `json:"deputy,omitempty"` // a person
	Allowed   string    `json:"allowed,omitempty"`
	DueAt     time.Time `json:"due_at"`
	Rungs     []Rung    `json:"rungs,omitempty"`
	After     []string  `json:"after,omitempty"` // keys that gate this one
	FromGate  bool      `json:"from_gate,omitempty"`
	Outward   bool      `json:"outward,omitempty"`
	FourEyes  string    `json:"four_eyes,omitempty"` // role of the second person
	Refusal   string    `json:"refusal,omitempty"`   // role that may refuse with reasons
	Community bool      `json:"community,omitempty"`
	Decides   bool      `json:"decides,omitempty"`
	Review    bool      `json:"review,omitempty"`
	FollowUp  bool      `json:"follow_up,omitempty"`
	Of        string    `json:"of,omitempty"` // the duty that a follow-up came from
}

// A Duty is a duty as the tables have it.
type Duty struct {
	Terms
	State                       protocol.State
	Opened, Answered, LapsedAt  time.Time // zero where it did not happen
	AnsweredBy, ProposedBy      string
	Rung                        int // how many rungs have been served
	Marking                     string
	Entry, AnswerEntry, Propose int64 // entries with the words
}

// Late tells whether a duty is unanswered after its deadline.
func (d Duty) Late(now time.Time) bool { return !d.State.Answered() && !d.DueAt.After(now) }

// Words are the sealed part of an opened duty.
type Words struct {
	Title protocol.Text `json:"title"`
	What  protocol.Text `json:"what,omitempty"`
}

// said is the sealed part of an answer or a note.
type said struct {
	Text string `json:"text"`
}

// A Response is one protocol at work on one warning.
type Response struct {
	Warning, Situation, Protocol, Opener string
	Level                                int
	Opened, Closed                       time.Time // Closed is zero while it runs
	ClosedBy, Marking                    string
	ProposedBy, ProposedIn               string // who proposes to close it, and in which role; "" for nobody
	Entry, ClosingEntry, Proposal        int64
}

// OpenInput says which duties a warning opens.
type OpenInput struct {
	Warning, Situation, Marking string
	Level                       int
	Protocol                    *protocol.Protocol
	Opener                      string // role by whose standing it is opened; "" is the office itself
	// Holder returns the person who holds a role now, "" if nobody does.
	Holder func(role string) (string, error)
	// Default owns what no holder owns: a duty is never nobody's.
	Default string
}

// begun is the open part of response.opened.
type begun struct {
	Warning   string `json:"warning"`
	Situation string `json:"situation"`
	Protocol  string `json:"protocol"`
	Level     int    `json:"level"`
	Opener    string `json:"opener,omitempty"`
}

// Name returns how a response names the exact text of a protocol.
func Name(p *protocol.Protocol) string { return p.ID + "@" + p.Digest[:12] }

// Open opens the duties of a protocol for a warning.
func Open(tx *record.Tx, in OpenInput) ([]Duty, error) {
	dues, err := in.Protocol.Open(in.Level, tx.Now, in.Opener)
	if err != nil {
		return nil, fault.Invalid("protocol", "protocol %s at level %d: %w", in.Protocol.ID, in.Level, err)
	}
	name := Name(in.Protocol)
	_, err = tx.Append(record.Draft{Kind: "response.opened", Subjects: []string{in.Warning, in.Situation}, Marking: in.Marking,
		Open: begun{in.Warning, in.Situation, name, in.Level, in.Opener}})
	if err != nil {
		return nil, err
	}
	out := make([]Duty, 0, len(dues))
	for _, x := range dues {
		d, err := in.open(tx, name, x)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// open appends one duty.
func (in OpenInput) open(tx *record.Tx, name string, x protocol.Due) (Duty, error) {
	t, err := in.terms(name, x)
	if err != nil {
		return Duty{}, err
	}
	if t.ID, err = tx.NextID("D"); err != nil {
		return Duty{}, err
	}
	return appendDuty(tx, t, Words{x.Title, x.What}, in.Marking)
}

// terms turns roles into people.
func (in OpenInput) terms(name string, x protocol.Due) (Terms, error) {
	t := Terms{Warning: in.Warning, Situation: in.Situation, Key: x.Key, Protocol: name, Level: in.Level, Role: x.Role,
		Allowed: x.Allowed, DueAt: x.DueAt, After: x.After, FromGate: x.FromGate, Outward: x.Outward, FourEyes: x.FourEyes,
		Refusal: x.Refusal, Community: x.Community, Decides: x.Decides, Review: x.Review, FollowUp: x.FollowUp}
	var err error
	if t.Owner, err = in.Holder(x.Role); err != nil {
		return t, err
	}
	if x.Deputy != "" {
		if t.Deputy, err = in.Holder(x.Deputy); err != nil {
			return t, err
		}
	}
	if t.Owner == "" {
		t.Owner, t.Deputy = t.Deputy, ""
	}
	if t.Owner == "" {
		t.Owner = in.Default
	}
	if t.Owner == "" {
		return t, fault.Invalid("owner", "nobody holds the role %s, and nobody stands in: give it to somebody first", x.Role)
	}
	for _, r := range x.Rungs {
		person, err := in.Holder(r.Role)
		if err != nil {
			return t, err
		}
		t.Rungs = append(t.Rungs, Rung{r.Number, r.Role, person, r.At, r.Senior})
	}
	return t, nil
}

func appendDuty(tx *record.Tx, t Terms, w Words, marking string) (Duty, error) {
	subjects := []string{t.ID, t.Warning, t.Situation}
	for _, p := range []string{t.Owner, t.Deputy, t.Of} {
		if p != "" && !slices.Contains(subjects, p) {
			subjects = append(subjects, p)
		}
	}
	if _, err := tx.Append(record.Draft{Kind: "duty.opened", Subjects: subjects, Marking: marking, Open: t, Sealed: w}); err != nil {
		return Duty{}, err
	}
	return Get(tx.View, t.ID)
}

// FollowUpInput is a duty that somebody sets beyond the protocol.
type FollowUpInput struct {
	Of          string // the duty it comes from
	Title, What string
	Owner       string
	Due         time.Time
}

// FollowUp sets a duty that outlives the decision. It climbs the rungs of the
// duty that it comes from, as long after its own deadline as that did.
func FollowUp(tx *record.Tx, in FollowUpInput) (Duty, error) {
	of, err := Get(tx.View, in.Of)
	if err != nil {
		return Duty{}, err
	}
	switch in.Title = strings.TrimSpace(in.Title); {
	case in.Title == "":
		return Duty{}, fault.Invalid("title", "say what is to be done")
	case in.Owner == "":
		return Duty{}, fault.Invalid("owner", "say who owes it")
	case !in.Due.After(tx.Now):
		return Duty{}, fault.Invalid("due", "%s has passed: give a deadline that is still to come", in.Due.UTC().Format(time.RFC3339))
	}
	t := Terms{Warning: of.Warning, Situation: of.Situation, Protocol: of.Protocol, Level: of.Level, Role: of.Role, Owner: in.Owner,
		DueAt: in.Due.UTC().Truncate(time.Microsecond), FollowUp: true, Refusal: of.Refusal, Of: of.ID}
	for _, r := range of.Rungs {
		r.At = t.DueAt.Add(r.At.Sub(of.DueAt))
		t.Rungs = append(t.Rungs, r)
	}
	if t.ID, err = tx.NextID("D"); err != nil {
		return Duty{}, err
	}
	w := Words{Title: protocol.Text{"en": in.Title}}
	if in.What != "" {
		w.What = protocol.Text{"en": in.What}
	}
	return appendDuty(tx, t, w, of.Marking)
}

// adopted is the open part of protocol.adopted, and text its sealed part.
type adopted struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

type text struct {
	YAML string `json:"yaml"`
}

// Adopt makes a protocol the one that an office works by. What runs under an
// earlier text goes on under it.
func Adopt(tx *record.Tx, yaml []byte) (*protocol.Protocol, error) {
	p, err := protocol.Parse(yaml)
	if err != nil {
		return nil, fault.Invalid("protocol", "%w", err)
	}
	for _, x := range p.Check() {
		if x.Severity == form.Error {
			return nil, fault.Invalid("protocol", "line %d: %s: %s. %s", x.Line, x.Path, x.Text, x.Fix)
		}
	}
	if was, err := Adopted(tx.View, p.ID); err == nil && was.Digest == p.Digest {
		return nil, fault.Exists("this text of %s is in force already", p.ID)
	}
	_, err = tx.Append(record.Draft{Kind: "protocol.adopted", Subjects: []string{"protocol:" + p.ID, "node"}, Key: "node",
		Open: adopted{p.ID, p.Version, p.Digest}, Sealed: text{string(yaml)}})
	return p, err
}

// ReadProtocol returns a protocol by the entry that adopted it.
func ReadProtocol(v *record.View, entry int64) (*protocol.Protocol, string, error) {
	var t text
	if err := v.Unseal(entry, &t); err != nil {
		return nil, "", err
	}
	p, err := protocol.Parse([]byte(t.YAML))
	if err != nil {
		return nil, "", fmt.Errorf("entry %d: %w", entry, err)
	}
	return p, t.YAML, nil
}

// ReadWords returns the title and the text of a duty.
func ReadWords(v *record.View, d Duty) (Words, error) {
	var w Words
	err := v.Unseal(d.Entry, &w)
	return w, err
}

// ReadAnswer returns what was said in answering, or in proposing an answer that
// a second person has yet to agree to; "" if nothing was.
func ReadAnswer(v *record.View, d Duty) (string, error) {
	at := d.AnswerEntry
	if at == 0 || d.FourEyes != "" && d.State == protocol.Done && d.Propose > 0 {
		at = d.Propose
	}
	if at == 0 {
		return "", nil
	}
	var s said
	err := v.Unseal(at, &s)
	return s.Text, err
}

// Module returns the duties' share of the record.
func Module() record.Module {
	return record.Module{Name: "response", Schema: schema, Tables: []string{"protocol", "response", "duty"},
		Kinds: []record.Kind{
			{Name: "protocol.adopted", Apply: applyAdopted},
			{Name: "response.opened", Apply: applyBegun},
			{Name: "closing.proposed", Apply: applyClosing},
			{Name: "closing.agreed", Apply: record.None},
			{Name: "response.closed", Apply: applyClosed},
			{Name: "duty.opened", Apply: applyOpened},
			{Name: "duty.acknowledged", Apply: applyAcknowledged},
			{Name: "duty.proposed", Apply: applyProposed},
			{Name: "duty.done", Apply: applyAnswered(protocol.Done)},
			{Name: "duty.explained", Apply: applyAnswered(protocol.Explained)},
			{Name: "duty.lapsed", Apply: applyLapsed},
			{Name: "duty.escalated", Apply: applyEscalated},
			{Name: "duty.rescheduled", Apply: applyRescheduled},
		}}
}

func rungsJSON(r []Rung) string {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain strings and times
	}
	return string(b)
}
