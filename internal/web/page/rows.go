package page

import "time"

// The types below are what the pages are told. Times are UTC; a zero time
// means that it has not happened.

// A DutyRow is a duty in a list.
type DutyRow struct {
	ID, Title, Section string
	Warning            string
	Level              int
	Situation          Ref
	Owner              Ref
	Role               string
	Opened, DueAt      time.Time
	State              string // open, acknowledged, done, explained, lapsed
	Late               bool
	Rung               int
	RungName           string
	Answered           time.Time
	Entry              int64
}

// A WarningRow is a warning in a list.
type WarningRow struct {
	ID, Country, State, Marking string // State: in-force, expired, superseded, closed
	Level                       int
	Situation, By               Ref
	Issued, Expires             time.Time
	Served, Acked, Late, Open   int64
	Entry                       int64
}

// A SituationRow is a situation in a list.
type SituationRow struct {
	ID, Name, Country, State, Marking string
	Level, Before                     int
	Since, Assessed                   time.Time
	Populations                       []string
	Lead                              Ref
	Late, Open, Reports30             int64
}

// A ReportRow is a report in a list.
type ReportRow struct {
	ID, Source, Country, Place, State, Marking string
	Received, From, To                         time.Time
	Situation                                  Ref
	Killed                                     Range
	Entry                                      int64
}

// A DecisionRow is a decision in a list.
type DecisionRow struct {
	ID, Warning, State string // State: draft, signed, superseded
	Level              int
	Situation, By      Ref
	At                 time.Time
	Choice             Text
	Entry              int64
}

// An AssessmentRow is an assessment in a list.
type AssessmentRow struct {
	ID, Population, State       string // State: submitted, reviewed, returned
	Situation, By, Reviewer     Ref
	At                          time.Time
	Entry                       int64
	Present, Worsening, Unknown int
}

// An EntryRow is an entry of the record in a list.
type EntryRow struct {
	Index                     int64
	At                        time.Time
	Kind, Marking, Body, Node string // Body: open, sealed, protected, erased
	Actor                     Ref
	Subjects                  []string
}

// A PersonRow is a person in a list.
type PersonRow struct {
	ID, Name string
	Agency   Ref
	Roles    []Role
	Active   bool
	Passkeys int
	LastSeen time.Time
}

// A Role is what a person holds for a time.
type Role struct {
	Name, Situation string
	From, Until     time.Time
	Deputy          Ref
}

// An Event is one thing that happened, in a chronology.
type Event struct {
	At        time.Time
	Kind, ID  string // Kind as in the record: "warning.issued"
	Title     string
	Level     int
	Entry     int64
	Actor     Ref
	Situation Ref
}
