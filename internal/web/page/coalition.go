package page

import "github.com/heed-project/heed/internal/heed"

// Coalitions is the list of coalitions.
type Coalitions struct {
	Frame
	Table Table
}

// A Coalition is one coalition: the count, whom to ask next and why, who was
// asked, what was heard, and who signed.
type Coalition struct {
	Frame
	Row                                        heed.Coalition
	Expected, Range                            string
	Next, Asked, Pledged, Signed, Groups       Table
	Tally                                      Table   // of a draft of which something was foretold
	Pass                                       string  // the chance, in hundredths
	Ask, Pledge, Sign                          []Field // the forms
	Confidential, Reason, Note, Purpose        Field
	Opened                                     Table // confidences that were just opened
	MayChange, MayAsk, MayRelease, MayOpen     bool
	BadAsk, BadPledge, BadSign, BadEnd, BadSee bool // a form that was not filled in rightly stays open
}

// A CoalitionForm opens a coalition.
type CoalitionForm struct {
	Frame
	Warning WarningRow
	Step    string // of a package, whose work it is
	Fields  []Field
	Region  Field
}
