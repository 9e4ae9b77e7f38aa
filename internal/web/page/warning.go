package page

import "time"

// Warnings is the list of warnings.
type Warnings struct {
	Frame
	Table  Table
	Filter []Field
	Tabs   []Tab
}

// A Tab is one of a list's fixed choices, with how many it holds.
type Tab struct {
	Text, Href string
	Count      int64
	Here       bool
}

// A Warning is one warning: what was found, whom it was served on, what it
// obliges.
type Warning struct {
	Frame
	Row                         WarningRow
	Populations                 []string
	Finding                     Text
	Confidence                  string // low, moderate, high
	Sources                     []Source
	Recipients                  []Recipient
	Duties, Decisions           Table
	Protocol                    Ref
	Supersedes, SupersededBy    string
	MayAck, MayDecide, MayClose bool
}

// A Source is what a warning rests on.
type Source struct {
	Kind, ID string // Kind: report, assessment, series, forecast, other
	Note     Text
	At       time.Time
}

// A Recipient is a person a warning was served on.
type Recipient struct {
	Person             Ref
	Role, Channel      string
	Served, Acked, Due time.Time
	Note               Text
	Late               bool
}

// Mark says how the service stands: late, open or done.
func (r Recipient) Mark() string {
	switch {
	case !r.Acked.IsZero():
		return "done"
	case r.Late:
		return "late"
	}
	return "open"
}

// An IssueWarning is the form that issues a warning.
type IssueWarning struct {
	Frame
	Situation, Level, Populations, Finding, Confidence Field
	Sources, To, Expires, Protocol, Marking            Field
	Preview                                            []LevelDuties
}

// LevelDuties is what a level would oblige, told before a warning is issued.
type LevelDuties struct {
	Level  int
	Duties []Planned
}

// A Planned duty is one that a protocol will open.
type Planned struct {
	Duty, Title, Role, Allowed, Section, Gate string
	Owner                                     Ref
	DueAt                                     time.Time
	Rungs                                     []PlannedRung
	X, Width                                  float64 // its bar on the protocol's clock
}

// A PlannedRung is who is served next if nobody answers, and when.
type PlannedRung struct {
	N     int
	Role  string
	Owner Ref
	At    time.Time
	X     float64
}
