package page

import "time"

// Reports is the list of reports.
type Reports struct {
	Frame
	Table  Table
	Filter []Field
}

// A Report is one report with its fate.
type Report struct {
	Frame
	Row                             ReportRow
	Account                         Text
	Known                           string // saw, told, heard, document
	Populations, Duplicates         []string
	Injured, Displaced              Range
	Reference                       string
	Fate                            []FateStep
	Submitter                       Ref
	HasContact, MayAssess           bool
	Contact                         string // only after it was opened for a purpose
	OpenedAs                        int64
	Purpose, State, Situation, Note Field
	Reliability, Credibility        Field
}

// A ReportForm takes a report in.
type ReportForm struct {
	Frame
	Source, Situation, Country, Place, From, To, Account, Known Field
	Killed, Injured, Displaced                                  [2]Field
	Populations, Contact, Marking                               Field
}

// A FateStep is what became of a report.
type FateStep struct {
	At              time.Time
	Kind, Ref, Note string // Kind: received, assessed, used, decided, set-aside
}

// A Fate is the public page of a report's fate, found by its reference.
type Fate struct {
	Frame
	Reference Field
	Found     string
	Received  time.Time
	Steps     []FateStep
}

// A Receipt says under which reference a report's fate can be read.
type Receipt struct {
	Frame
	Report, Reference, Duplicate string
	Entry                        int64
}
