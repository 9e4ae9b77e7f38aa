// Package measure keeps packages of measures: what an office sets out to do
// about a warning, step by step, across New York, Geneva, The Hague, the region
// and the capital.
//
// A package is tied to a warning, to the decision it carries out, and to the
// priorities of the capital that it serves. Its steps each use one measure
// (package doors knows which are open); a step has an owner, dates, the steps it
// waits for, and a state. What will be seen outside the house is outward: its
// words are proposed by one person and approved by another before it starts. A
// step can be the work of a coalition: then its state follows from the coalition's. A
// step that is closed says what came of it and what follow-up it leaves; that
// there is none is said too, with the reason. A tasking is a question to an
// embassy or a colleague: drafted, sent by a second person, answered; the answer
// is a report like any other.
//
//	p, err := measure.Open(tx, measure.Input{Warning: "W-1", Situation: "S-1", Objective: "open-access", Title: "…"})
//	s, err := measure.Add(tx, p.ID, measure.StepInput{Measure: "GE-SS", Owner: "P-2", Due: day, Outward: true, Title: "…"})
//	err = measure.Propose(tx, s.ID, "Text of the request"); err = measure.Approve(tx, s.ID, "")
//	err = measure.Start(tx, s.ID); err = measure.Close(tx, s.ID, measure.Result{…})
//
// Facts of the doors that somebody has looked up in a source are kept here too: [See].
//
// All words are sealed under the package's own data key. The package trusts its
// caller to have decided who may do this, and that ids of people, warnings and
// decisions exist; that the approver is not the proposer it checks itself.
package measure

import (
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of a step.
const (
	Planned  = "planned"
	Proposed = "proposed" // an outward step whose words wait for a second person
	Approved = "approved"
	Underway = "underway"
	Done     = "done"
	Dropped  = "dropped"
)

// States of a tasking.
const (
	Drafted  = "draft"
	Sent     = "sent"
	Answered = "answered"
)

// Input is what opens a package.
type Input struct {
	Warning    string   `json:"-"`
	Situation  string   `json:"-"`
	Decision   string   `json:"-"`
	Objective  string   `json:"-"` // as package doors names them
	State      string   `json:"-"` // who acts: ISO 3166
	Priorities []string `json:"-"` // codes of the capital's priorities
	Marking    string   `json:"-"`
	Title      string   `json:"title"`
	Why        string   `json:"why,omitempty"`
}

// A Package is what the tables say of one.
type Package struct {
	ID         string    `json:"id"`
	Warning    string    `json:"warning"`
	Situation  string    `json:"situation"`
	Decision   string    `json:"decision,omitempty"`
	Objective  string    `json:"objective"`
	State      string    `json:"state"`
	Marking    string    `json:"marking"`
	Priorities []string  `json:"priorities"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
	Entry      int64     `json:"entry"`
}

type opened struct {
	ID         string   `json:"id"`
	Warning    string   `json:"warning"`
	Situation  string   `json:"situation"`
	Decision   string   `json:"decision,omitempty"`
	Objective  string   `json:"objective"`
	State      string   `json:"state"`
	Priorities []string `json:"priorities"`
}

// Open opens a package.
func Open(tx *record.Tx, in Input) (Package, error) {
	in.Title, in.Why = strings.TrimSpace(in.Title), strings.TrimSpace(in.Why)
	switch {
	case in.Warning == "":
		return Package{}, fault.Invalid("warning", "say which warning this answers")
	case in.Title == "":
		return Package{}, fault.Invalid("title", "give the package a title")
	case in.Objective == "":
		return Package{}, fault.Invalid("objective", "say what the package is for")
	case len(in.Title) > 500 || len(in.Why) > 20000:
		return Package{}, fault.Invalid("title", "the title has at most 500 bytes, the reason 20,000")
	}
	id, err := tx.NextID("PK")
	if err != nil {
		return Package{}, err
	}
	if in.Priorities == nil {
		in.Priorities = []string{}
	}
	subjects := []string{id, in.Warning, in.Situation}
	if in.Decision != "" {
		subjects = append(subjects, in.Decision)
	}
	if _, err = tx.Append(record.Draft{Kind: "package.opened", Subjects: subjects, Marking: in.Marking,
		Open: opened{id, in.Warning, in.Situation, in.Decision, in.Objective, in.State, in.Priorities}, Sealed: in}); err != nil {
		return Package{}, err
	}
	return Get(tx.View, id)
}

// Words returns a package's title and reason.
func Words(v *record.View, p Package) (in Input, err error) {
	err = v.Unseal(p.Entry, &in)
	return in, err
}

// StepInput is what adds a step.
type StepInput struct {
	Measure string    `json:"-"` // the measure's id, as GE-SS
	Venue   string    `json:"-"`
	Owner   string    `json:"-"`
	From    time.Time `json:"-"`
	Due     time.Time `json:"-"`
	After   []string  `json:"-"` // steps of the same package that must be done before
	Outward bool      `json:"-"`
	Title   string    `json:"title"`
	Needs   []string  `json:"needs,omitempty"`
}

// A Step is one measure of a package.
type Step struct {
	ID         string    `json:"id"` // PK-1/2
	Package    string    `json:"package"`
	Number     int64     `json:"number"`
	Measure    string    `json:"measure"`
	Venue      string    `json:"venue"`
	Owner      string    `json:"owner"`
	From       time.Time `json:"from"`
	Due        time.Time `json:"due"`
	After      []string  `json:"after"`
	Outward    bool      `json:"outward"`
	State      string    `json:"state"`
	Coalition  string    `json:"coalition,omitempty"` // from which its state follows
	ProposedBy string    `json:"proposed_by,omitempty"`
	ApprovedBy string    `json:"approved_by,omitempty"`
	Closed     time.Time `json:"closed"`    // zero while it is not
	FollowUp   time.Time `json:"follow_up"` // when what it leaves is due, zero for nothing
	Entry      int64     `json:"entry"`     // that added it
	Proposal   int64     `json:"proposal"`  // that holds the words to be approved
	Closing    int64     `json:"closing"`   // that holds what came of it
}

type stepAdded struct {
	ID      string   `json:"id"`
	Package string   `json:"package"`
	Number  int64    `json:"number"`
	Measure string   `json:"measure"`
	Venue   string   `json:"venue"`
	Owner   string   `json:"owner"`
	From    int64    `json:"from"`
	Due     int64    `json:"due"`
	After   []string `json:"after"`
	Outward bool     `json:"outward"`
}

// Add adds a step to a package.
func Add(tx *record.Tx, pkg string, in StepInput) (Step, error) {
	p, err := Get(tx.View, pkg)
	if err != nil {
		return Step{}, err
	}
	in.Title = strings.TrimSpace(in.Title)
	switch {
	case in.Measure == "":
		return Step{}, fault.Invalid("measure", "say which measure the step uses")
	case in.Title == "" || len(in.Title) > 2000:
		return Step{}, fault.Invalid("step_title", "say what is done, in at most 2,000 bytes")
	case in.Owner == "":
		return Step{}, fault.Invalid("owner", "a step has an owner")
	case in.Due.IsZero():
		return Step{}, fault.Invalid("due", "a step has a date by which it is to be done")
	case !in.From.IsZero() && in.Due.Before(in.From):
		return Step{}, fault.Invalid("due", "the step would end on %s, before it begins on %s", in.Due.Format(time.DateOnly), in.From.Format(time.DateOnly))
	}
	all, err := Steps(tx.View, pkg)
	if err != nil {
		return Step{}, err
	}
	for _, a := range in.After {
		if !has(all, a) {
			return Step{}, fault.Invalid("after", "%s has no step %s before this one", pkg, a)
		}
	}
	if in.From.IsZero() {
		in.From = tx.Now
	}
	if in.After == nil {
		in.After = []string{}
	}
	n := int64(len(all) + 1)
	id := pkg + "/" + strconv.FormatInt(n, 10)
	_, err = tx.Append(record.Draft{Kind: "package.step-added", Subjects: subjects(p, id), Marking: p.Marking,
		Open: stepAdded{id, pkg, n, in.Measure, in.Venue, in.Owner, in.From.UnixMicro(), in.Due.UnixMicro(), in.After, in.Outward}, Sealed: in})
	if err != nil {
		return Step{}, err
	}
	return GetStep(tx.View, id)
}

func has(all []Step, id string) bool {
	for _, s := range all {
		if s.ID == id {
			return true
		}
	}
	return false
}

// subjects are what an entry about a step is about: the package first, whose key
// seals the words.
func subjects(p Package, more ...string) []string {
	return append([]string{p.ID, p.Warning, p.Situation}, more...)
}

// StepWords returns a step's title and needs.
func StepWords(v *record.View, s Step) (in StepInput, err error) {
	err = v.Unseal(s.Entry, &in)
	return in, err
}

// Module returns the packages' share of the record.
func Module() record.Module {
	return record.Module{Name: "measure", Schema: schema, Tables: []string{"package", "package_step", "tasking", "priority", "fact_sighting"}, Kinds: []record.Kind{
		{Name: "package.opened", Apply: applyOpened},
		{Name: "package.step-added", Apply: applyStepAdded},
		{Name: "package.step-proposed", Apply: applyMoved},
		{Name: "package.step-approved", Apply: applyMoved},
		{Name: "package.step-returned", Apply: applyMoved},
		{Name: "package.step-started", Apply: applyMoved},
		{Name: "package.step-closed", Apply: applyMoved},
		{Name: "package.step-joined", Apply: applyJoined},
		{Name: "package.step-followed", Apply: applyMoved},
		{Name: "tasking.drafted", Apply: applyTaskingDrafted},
		{Name: "tasking.sent", Apply: applyTaskingSent},
		{Name: "tasking.answered", Apply: applyTaskingAnswered},
		{Name: "priority.adopted", Apply: applyPriorities},
		{Name: "fact.verified", Apply: applyFactVerified},
		{Name: "fact.doubted", Apply: applyFactDoubted},
	}}
}
