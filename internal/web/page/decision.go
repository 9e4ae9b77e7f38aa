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
	Supersedes, SupersededBy string
	MaySign, MayDissent      bool
	HasPasskey               bool
	DissentField             Field
}

// A Choice is an option that was weighed.
type Choice struct {
	Name, For, Against string
	Chosen             bool
}

// A Dissent is a disagreement kept beside the decision.
type Dissent struct {
	By   Ref
	Text Text
	At   time.Time
}

// A Signature is the senior owner's. Kind is passkey or session.
type Signature struct {
	Kind, Key, Digest string
	By                Ref
	At                time.Time
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
