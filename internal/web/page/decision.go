package page

import "time"

// Decisions is the list of decisions.
type Decisions struct {
	Frame
	Table Table
}

// A Decision is one decision: what was known, what was weighed, what the
// affected people asked, what was chosen and who signed.
type Decision struct {
	Frame
	Row                      DecisionRow
	Known, Reason            Text
	Options                  []Choice
	Community, NoCommunity   Text
	Dissent                  []Dissent
	Signature                Signature
	Digest                   string
	DraftedBy                Ref
	Drafted                  time.Time
	Supersedes, SupersededBy string
	MaySign, MayDissent      bool
	HasPasskey               bool
	DissentField             Field
}

// A Decide is the form that drafts a decision.
type Decide struct {
	Frame
	Warning                                       WarningRow
	Finding                                       Text
	Duties                                        Table
	Known, Choice, Reason, Community, NoCommunity Field
	Marking                                       Field
	Options                                       []OptionFields
}

// OptionFields are the fields of one option to be weighed.
type OptionFields struct {
	N                  int
	Name, For, Against Field
}
