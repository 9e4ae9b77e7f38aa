package page

// Reports is the list of reports.
type Reports struct {
	Frame
	Table  Table
	Filter []Field
}

// A Report is one report with its fate.
type Report struct {
	Frame
	Row                      ReportRow
	Account                  Text
	Known                    string // seen, witness, told, published, unsaid
	What                     []string
	Population               string
	Grade                    string // "B2", "" before it was assessed
	Judgment                 Text
	Repeats                  int
	Situations               []Ref
	Reference                string // the source's own
	Fate                     []FateStep
	Submitter                Ref
	HasContact, MayAssess    bool
	MayOpen, MayWithdraw     bool
	Contact                  []Line // only after it was opened for a purpose
	OpenedAs                 int64
	Purpose, Situation, Why  Field
	Reliability, Credibility Field
	WithdrawWhy              Field
	Same                     Table  // later reports that tell the same
	SameAs                   string // the report that told it first
	Joined                   int64
	SameWhy                  Text
	MayJoin, MayPart         bool
	First, JoinWhy           Field
}

// A Line is one labelled line of words.
type Line struct{ Label, Text string }

// A ReportForm takes a report in.
type ReportForm struct {
	Frame
	Source, Situation, Day, Country, Place, Population Field
	What, Killed, Account, Known, OwnRef               Field
	SourceName, Contact, Safety, Marking               Field
	Once                                               string // by which a form sent twice is one report
}

// A Fate is the public page of a report's fate, found by its reference.
type Fate struct {
	Frame
	Reference Field
	Found     string
	Steps     []FateStep
}

// A Receipt says under which reference a report's fate can be read.
type Receipt struct {
	Frame
	Report, Reference string
	Entry             int64
}
