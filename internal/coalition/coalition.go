// Package coalition keeps who goes along: with a draft, a statement or the
// request for a session, tied to a warning.
//
// A coalition counts towards a threshold among seats that are named when it is
// opened. States pledge (yes, leaning, no, silent), as somebody heard it on a
// day; a confidential pledge is sealed whole, so that not even the tables know
// whose it is. Nothing goes outward before a second person has released it.
// Then states sign; each signature is an entry that anybody can prove. The
// sheet closes itself when the threshold is reached or the deadline is past.
//
//	id, err := coalition.Open(tx, coalition.Input{Warning: "W-1", Kind: coalition.Session, Threshold: 16, Seats: seats, …})
//	err = coalition.Release(tx, id, "")
//	err = coalition.Sign(tx, id, coalition.Signing{State: "XAA"})
//	next := coalition.Rank(c, rolls, now)
//
// Whom to ask next is a rule and no calibrated forecast: chance × need × reach,
// each with its reasons, from votes that were loaded as one entry that names a
// blob. For a draft there are calibrated chances, by the package votes/position: see
// [Foretell] and [Tally].
package coalition

import (
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// What a coalition is for.
const (
	Session   = "session"
	Draft     = "draft"
	Statement = "statement"
)

// States of a coalition.
const (
	Preparing = "preparing" // nothing has gone outward
	Running   = "open"      // released: states can sign
	Closed    = "closed"
)

// Why a sheet was closed.
const (
	ByThreshold = "threshold"
	ByDeadline  = "deadline"
	ByHand      = "withdrawn"
)

// What a state was heard to say.
const (
	Yes     = "yes"
	Leaning = "leaning"
	No      = "no"
	Silent  = "silent"
)

// A Seat is a state that can go along. Only members count.
type Seat struct {
	State     string   `json:"state"` // ISO 3166-1 alpha-3
	Group     string   `json:"group,omitempty"`
	Member    bool     `json:"member"`
	Size      string   `json:"size,omitempty"` // small, middle, large
	Concerned bool     `json:"concerned,omitempty"`
	Near      []string `json:"near,omitempty"` // neighbours
}

// Input is a coalition as it is opened.
type Input struct {
	Warning, Situation, Marking string
	Kind                        string
	Measure                     string // of the package doors, "GE-SS"
	Threshold                   int    // members that must sign
	Of                          int    // of how many; 0 if that is not fixed
	Region                      bool   // one of the region concerned must be among them
	Deadline                    time.Time
	Seats                       []Seat
	Title, Text                 string
}

type opened struct {
	ID        string `json:"id"`
	Warning   string `json:"warning"`
	Situation string `json:"situation"`
	Kind      string `json:"kind"`
	Measure   string `json:"measure,omitempty"`
	Threshold int    `json:"threshold"`
	Of        int    `json:"of,omitempty"`
	Region    bool   `json:"region,omitempty"`
	Deadline  int64  `json:"deadline,omitempty"` // microseconds
	Seats     []Seat `json:"seats"`
}

// Words are what a coalition is about.
type Words struct {
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
}

// Open begins a coalition. It is the author's alone until a second person
// releases it.
func Open(tx *record.Tx, in Input) (string, error) {
	if err := in.check(tx.Now); err != nil {
		return "", err
	}
	id, err := tx.NextID("CO")
	if err != nil {
		return "", err
	}
	x := opened{ID: id, Warning: in.Warning, Situation: in.Situation, Kind: in.Kind, Measure: in.Measure, Threshold: in.Threshold, Of: in.Of, Region: in.Region, Seats: in.Seats}
	if !in.Deadline.IsZero() {
		x.Deadline = in.Deadline.UnixMicro()
	}
	_, err = tx.Append(record.Draft{Kind: "coalition.opened", Subjects: []string{id, in.Warning, in.Situation}, Marking: in.Marking, Open: x, Sealed: Words{in.Title, in.Text}})
	return id, err
}

func (in *Input) check(now time.Time) error {
	in.Title, in.Text = strings.TrimSpace(in.Title), strings.TrimSpace(in.Text)
	if in.Marking == "" {
		in.Marking = "AMBER"
	}
	members, region, seen := 0, 0, map[string]bool{}
	for _, s := range in.Seats {
		switch {
		case !isState(s.State):
			return fault.Invalid("seats", "%q is no state: write three letters, ISO 3166-1 alpha-3", s.State)
		case seen[s.State]:
			return fault.Invalid("seats", "%s is named twice", s.State)
		case s.Size != "" && s.Size != "small" && s.Size != "middle" && s.Size != "large":
			return fault.Invalid("seats", "%s: the size is %q, must be small, middle or large", s.State, s.Size)
		}
		seen[s.State] = true
		if s.Member {
			members++
		}
		if s.Concerned {
			region++
		}
	}
	switch {
	case in.Warning == "":
		return fault.Invalid("warning", "say which warning this answers")
	case in.Kind != Session && in.Kind != Draft && in.Kind != Statement:
		return fault.Invalid("kind", "%q is none of session, draft, statement", in.Kind)
	case in.Title == "":
		return fault.Invalid("title", "say what states are asked to join")
	case len(in.Title) > 500 || len(in.Text) > 50000:
		return fault.Invalid("title", "the title has at most 500 bytes, the text 50,000")
	case in.Threshold < 1 || in.Threshold > members:
		return fault.Invalid("threshold", "the threshold is %d of %d members: it cannot be reached", in.Threshold, members)
	case in.Region && region == 0:
		return fault.Invalid("region", "no seat is marked as of the region concerned")
	case !in.Deadline.IsZero() && !in.Deadline.After(now):
		return fault.Invalid("deadline", "the deadline is past")
	}
	return nil
}

func isState(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

type named struct {
	Coalition string `json:"coalition"`
}

type note struct {
	Note string `json:"note,omitempty"`
}

// Release is the second person's word that this may go outward. That it is
// another than the author is decided above.
func Release(tx *record.Tx, id, why string) error {
	c, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	if c.State != Preparing {
		return fault.Stale("%s is %s already", id, c.State)
	}
	if c.Actor == tx.By.Person {
		return fault.Denied("%s was prepared by you: a second person releases it", id)
	}
	_, err = tx.Append(record.Draft{Kind: "coalition.released", Subjects: c.subjects(), Marking: c.Marking, Open: named{id}, Sealed: note{why}})
	return err
}

func (c *Coalition) subjects() []string { return []string{c.ID, c.Warning, c.Situation} }

// A Heard is what a state was heard to say, by whom and when.
type Heard struct {
	State  string
	Stance string
	Day    time.Time // when it was heard; zero is now
	From   string    // who said it
	By     string    // who heard it
	Note   string
	// Confidential seals all of it under a key of its own.
	Confidential bool
}

type pledged struct {
	Coalition string `json:"coalition"`
	State     string `json:"state"`
	Stance    string `json:"stance"`
	Day       int64  `json:"day"`
}

type heard struct {
	From string `json:"from,omitempty"`
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
}

type confided struct {
	Coalition string `json:"coalition"`
	ID        string `json:"id"`
}

// A Confidence is a confidential pledge. It opens with record.OpenProtected, at
// one of the entries that Coalition.Confided names: for a purpose, on record.
type Confidence struct {
	State  string    `json:"state"`
	Stance string    `json:"stance"`
	Day    time.Time `json:"day"`
	From   string    `json:"from,omitempty"`
	By     string    `json:"by,omitempty"`
	Note   string    `json:"note,omitempty"`
}

// Pledge writes down what a state was heard to say. It returns the id of a
// confidential pledge, nothing for others.
func Pledge(tx *record.Tx, id string, h Heard) (string, error) {
	c, err := Get(tx.View, id)
	if err != nil {
		return "", err
	}
	if c.State == Closed {
		return "", fault.Late("%s is closed", id)
	}
	if c.seat(h.State) == nil {
		return "", fault.Invalid("state", "%q has no seat in %s", h.State, id)
	}
	if !slices.Contains(Stances(), h.Stance) {
		return "", fault.Invalid("stance", "%q is none of %s", h.Stance, strings.Join(Stances(), ", "))
	}
	if h.Day.IsZero() {
		h.Day = tx.Now
	}
	if h.Day.After(tx.Now) {
		return "", fault.Invalid("day", "it cannot have been heard after now")
	}
	if !h.Confidential {
		_, err := tx.Append(record.Draft{Kind: "coalition.pledged", Subjects: c.subjects(), Marking: c.Marking,
			Open: pledged{id, h.State, h.Stance, h.Day.UnixMicro()}, Sealed: heard{h.From, h.By, h.Note}})
		return "", err
	}
	cp, err := tx.NextID("CP")
	if err != nil {
		return "", err
	}
	_, err = tx.Append(record.Draft{Kind: "coalition.confided", Subjects: append([]string{cp}, c.subjects()...), Marking: "RED",
		Open: confided{id, cp}, Sealed: Confidence{h.State, h.Stance, h.Day, h.From, h.By, h.Note}})
	return cp, err
}

// Stances returns what a state can be heard to say.
func Stances() []string { return []string{Yes, Leaning, No, Silent} }

type asked struct {
	Coalition string `json:"coalition"`
	State     string `json:"state"`
}

// Ask writes down that a state is asked, through the embassy named in how.
func Ask(tx *record.Tx, id, state, how string) error {
	c, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	if c.State != Running {
		return fault.Stale("%s is %s: nothing goes outward", id, c.State)
	}
	if c.seat(state) == nil {
		return fault.Invalid("state", "%q has no seat in %s", state, id)
	}
	_, err = tx.Append(record.Draft{Kind: "coalition.asked", Subjects: c.subjects(), Marking: c.Marking, Open: asked{id, state}, Sealed: note{how}})
	return err
}

// Signing is one state's signature.
type Signing struct {
	State string
	By    string // who signs for it, and in what office
	Means string // the note or letter by which it did
}

type signed struct {
	Coalition string `json:"coalition"`
	State     string `json:"state"`
	Member    bool   `json:"member"`
}

type signature struct {
	By    string `json:"by"`
	Means string `json:"means,omitempty"`
}

type closed struct {
	Coalition string `json:"coalition"`
	Why       string `json:"why"`
	Members   int    `json:"members"`
	Observers int    `json:"observers"`
}

// Sign enters a signature and, where it was the last that was needed, closes
// the sheet. It returns the entry that proves the signature.
func Sign(tx *record.Tx, id string, s Signing) (entry int64, done bool, err error) {
	c, err := Get(tx.View, id)
	if err != nil {
		return 0, false, err
	}
	seat := c.seat(s.State)
	switch {
	case c.State == Closed || !c.Deadline.IsZero() && !c.Deadline.After(tx.Now):
		return 0, false, fault.Late("%s takes no more signatures", id)
	case c.State != Running:
		return 0, false, fault.WithHint(fault.Stale("%s is not released yet", id), "a second person releases it before anything goes outward")
	case seat == nil:
		return 0, false, fault.Invalid("state", "%q has no seat in %s", s.State, id)
	case slices.ContainsFunc(c.Signed, func(x Signature) bool { return x.State == s.State }):
		return 0, false, fault.Exists("%s has signed %s already", s.State, id)
	case strings.TrimSpace(s.By) == "":
		return 0, false, fault.Invalid("by", "say who signs for %s", s.State)
	}
	e, err := tx.Append(record.Draft{Kind: "coalition.signed", Subjects: c.subjects(), Marking: c.Marking,
		Open: signed{id, s.State, seat.Member}, Sealed: signature{strings.TrimSpace(s.By), strings.TrimSpace(s.Means)}})
	if err != nil {
		return 0, false, err
	}
	if c, err = Get(tx.View, id); err != nil {
		return 0, false, err
	}
	if c.Reached() {
		done, err = true, end(tx, c, ByThreshold, "")
	}
	return e.Index, done, err
}

func end(tx *record.Tx, c Coalition, why, words string) error {
	members, observers := c.Count()
	_, err := tx.Append(record.Draft{Kind: "coalition.closed", Subjects: c.subjects(), Marking: c.Marking, Open: closed{c.ID, why, members, observers}, Sealed: note{words}})
	return err
}

// Withdraw closes a coalition by hand, with the reason.
func Withdraw(tx *record.Tx, id, why string) error {
	c, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	if c.State == Closed {
		return fault.Stale("%s is closed already", id)
	}
	if why = strings.TrimSpace(why); why == "" {
		return fault.Invalid("reason", "say why %s is withdrawn", id)
	}
	return end(tx, c, ByHand, why)
}

// Tick closes every sheet whose deadline is past, once, and returns which.
func Tick(tx *record.Tx) ([]string, error) {
	ids, err := overdue(tx.View, tx.Now)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		c, err := Get(tx.View, id)
		if err != nil {
			return nil, err
		}
		if err := end(tx, c, ByDeadline, ""); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// Module returns the coalitions' share of the record. The store is where the
// votes that were loaded are kept.
func Module(store blob.Store) record.Module {
	l := loader{store}
	return record.Module{Name: "coalition", Schema: schema, Tables: []string{"coalition", "coalition_seat", "coalition_pledge", "coalition_confidence", "coalition_signature", "coalition_foretold", "roll", "votes_loaded"},
		Kinds: []record.Kind{
			{Name: "coalition.opened", Apply: applyOpened},
			{Name: "coalition.released", Apply: applyReleased},
			{Name: "coalition.pledged", Apply: applyPledged},
			{Name: "coalition.confided", Apply: applyConfided, Protected: true},
			{Name: "coalition.asked", Apply: applyAsked},
			{Name: "coalition.signed", Apply: applySigned},
			{Name: "coalition.closed", Apply: applyClosed},
			{Name: "coalition.foretold", Apply: applyForetold},
			{Name: "votes.loaded", Apply: l.applyLoaded},
		}}
}
