// Package protocol reads response protocols: files that say which duties a
// warning of mass atrocities opens, who owes them, by when, and who is told
// when the answer is silence.
//
// A protocol is a YAML file that an office can read and edit. It names five
// levels, the roles, the working calendars of several cities, the duties with
// the time allowed for each, the ladders that a missed duty climbs, who may
// open it by own standing, and what closes it. docs/spec/protocol.md is the
// normative format with test vectors; Shipped holds two that can be used.
//
//	p, err := protocol.Parse(data)            // strict: line, column, what to do
//	for _, x := range p.Check() { … }         // ownerless, unreachable, endless
//	duties, err := p.Open(4, now, "focal-point")
//	steps, err := p.Rehearse(4, now)          // what falls if nobody acts
//
// It promises: the same file, level and moment always give the same duties,
// as data with a due time, so that a duty lapses because the clock has passed
// its due time and not because a timer ran. Parse, Check, Open and Rehearse
// end on every input. No function reads a clock or keeps state.
//
// Working time is counted in the calendar of an office: its opening hours,
// weekend and holidays in its own time zone, exact across changes of the clock.
//
// It trusts the time zone database: the copy of the machine, or else the one
// that is linked in. Public holidays are trusted as written in the file.
//
// Sources: ISO 8601 durations and weeks; Regulation (EEC, Euratom) No 1182/71
// for counting days (the day of the event is not counted).
package protocol

import (
	"fmt"
	"slices"
	"time"

	"github.com/heed-project/heed/protocol/form"
	"github.com/heed-project/heed/protocol/worktime"
)

// Levels is the number of warning levels: low, watch, raised, high, severe.
const Levels = 5

// A Protocol is one parsed file. Make it with Parse; do not change it.
type Protocol struct {
	ID        string // short name of the file: "national-focal-point"
	Version   string // the office's own version of the text
	Language  string // language of texts written without one
	Title     Text
	Authority Text         // the decision under which the protocol stands
	Levels    [Levels]Text // what the office calls levels 1 to 5
	Roles     []Role
	Calendars []Calendar
	Ladders   []Ladder
	Duties    []Duty
	Opening   []Opener
	Closing   Closing
	Digest    string // SHA-256 of the file, hex: duties are opened under one exact text

	places form.Places
}

// The types of the two packages below this one that a protocol is made of.
type (
	// Text is words by language code.
	Text = form.Text
	// A Problem is something wrong in a file, with its place and what to do.
	Problem = form.Problem
	// A ParseError is all that Parse found wrong.
	ParseError = form.ParseError
	// An Allowance is the time somebody is given.
	Allowance = worktime.Allowance
	// A Calendar is the working time of one office.
	Calendar = worktime.Calendar
	// A Rota hands a role from one person to the next.
	Rota = worktime.Rota
	// A Holding says who holds a role in a period.
	Holding = worktime.Holding
)

// A Role is an office or a function that owes duties: duty-officer, minister.
// Who holds it is said by Held or Rota; with neither, by the node's register
// of people.
type Role struct {
	Key     string
	Title   Text
	Office  string // calendar in which the role works
	Deputy  string // role that stands in; may be empty
	Senior  bool   // a named senior office: a ladder may end here
	Outside bool   // outside the office, as civil society is: may open, is never owed to
	Held    []Holding
	Rota    *Rota
}

// A Ladder says who is told, one after the other, when a duty has lapsed.
type Ladder struct {
	Key   string
	Rungs []LadderRung
	Then  string // ladder that continues this one; may be empty
}

// A LadderRung is a role and how long after the rung before it is reached; the
// first rung counts from the deadline.
type LadderRung struct {
	Role  string
	After Allowance
}

// A Duty is what somebody owes once a warning of some level is served.
type Duty struct {
	Key      string
	Title    Text
	What     Text // what to do, in a few sentences
	Owner    string
	Calendar string            // for working time; empty: the office of the owner
	Allowed  [Levels]Allowance // per level; zero: the level does not open the duty
	Ladder   [Levels]string
	After    []string // gate: duties to be answered before this one may be
	FromGate bool     // the clock starts when the gate opens, not when the warning does

	Outward   bool   // is seen outside the office
	FourEyes  string // role of the second person who must agree; empty: none
	Refusal   string // role that may refuse with reasons; "nobody" for none
	Community bool   // needs the input of the affected communities or a reason for its absence
	Decides   bool   // is the decision
	Review    bool   // is the review after the action
	FollowUp  bool   // outlives the decision
}

// An Opener is a role that may open the protocol by its own standing, and the
// levels at which it may.
type Opener struct {
	Role   string
	Levels [Levels]bool
}

// Closing says who may close the protocol and what must be true first. A
// reason is always needed.
type Closing struct {
	By         []string
	AgreedBy   []string // roles of which one must agree, as a second person
	Conditions []string // of: answered, decided, followed-up, reviewed
	Statements []Statement
}

// A Statement is a fact that somebody must put their name to before closing.
type Statement struct {
	Key  string
	What Text
}

// Role returns the role with this key.
func (p *Protocol) Role(key string) (Role, bool) {
	return find(p.Roles, func(r Role) bool { return r.Key == key })
}

// Calendar returns the calendar with this key.
func (p *Protocol) Calendar(key string) (Calendar, bool) {
	return find(p.Calendars, func(c Calendar) bool { return c.Key == key })
}

// Ladder returns the ladder with this key.
func (p *Protocol) Ladder(key string) (Ladder, bool) {
	return find(p.Ladders, func(l Ladder) bool { return l.Key == key })
}

// Duty returns the duty with this key.
func (p *Protocol) Duty(key string) (Duty, bool) {
	return find(p.Duties, func(d Duty) bool { return d.Key == key })
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}

// opens says whether the level, 1 to 5, opens the duty.
func (d Duty) opens(level int) bool {
	return level >= 1 && level <= Levels && d.Allowed[level-1].Kind != 0
}

// Deadline returns the moment, in UTC, at which an allowance that starts at
// from is used up, in the calendar that the allowance names; see
// worktime.Calendar.Deadline for how it is counted. It fails when there is no
// such calendar and when the deadline never comes.
func (p *Protocol) Deadline(from time.Time, a Allowance) (time.Time, error) {
	c, ok := p.Calendar(a.Calendar)
	if !ok && a.Kind != worktime.Elapsed && a.Kind != 0 {
		return time.Time{}, fmt.Errorf("%s cannot be counted: there is no calendar %q", a, a.Calendar)
	}
	return c.Deadline(from, a)
}

// WhoHolds returns the people who hold a role at a moment, and their deputies,
// as the file names them. Both are empty when the file leaves that to the
// node's register of people, and when nobody holds the role.
func (p *Protocol) WhoHolds(role string, at time.Time) (holders, deputies []string) {
	r, ok := p.Role(role)
	if !ok {
		return nil, nil
	}
	zone := time.UTC
	if c, ok := p.Calendar(r.Office); ok && c.Location() != nil {
		zone = c.Location()
	}
	if r.Rota != nil {
		return r.Rota.Who(zone, at)
	}
	return worktime.Who(r.Held, zone, at)
}
