package page

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
	Row                            WarningRow
	Populations                    []string
	Finding                        Text
	Confidence                     string // low, moderate, high
	Sources                        []Source
	Recipients                     []Recipient
	Duties, Decisions              Table
	Protocol                       Ref
	Supersedes, SupersededBy       string
	MayAck, MayDecide, MayClose    bool
	CloseReason, Statements, Agree Field
	Proposed                       ProposedClosing
}

// An IssueWarning is the form that issues a warning.
type IssueWarning struct {
	Frame
	Chosen                                             bool // a situation was, and what can be said of it is offered
	Situation, Level, Populations, Finding, Confidence Field
	Sources, To, Expires, Protocol, Marking            Field
	MarkingReason                                      Field
	Preview                                            []LevelDuties
}
