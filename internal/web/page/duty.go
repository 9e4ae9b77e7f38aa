package page

// Duties is the list of duties.
type Duties struct {
	Frame
	Table Table
	Tabs  []Tab
}

// A Duty is one duty: what is owed, by whom, by when, and the ways to answer.
type Duty struct {
	Frame
	Row                                        DutyRow
	Mark                                       string // late, open or done
	What, WhatLang                             string
	Protocol                                   Ref
	Deputy                                     Ref
	Gate, GateState                            string // GateState: open, met
	Ladder                                     []Rung
	Events                                     []Event
	Answer                                     Text
	AnsweredBy                                 Ref
	FollowUps                                  Table
	MayAnswer, MayExplain, MayFollow, MayAgree bool
	Refusal                                    string // role that may refuse with reasons; "nobody"
	Proposed                                   Text   // an answer that waits for a second person
	ProposedBy                                 Ref
	Proposal                                   int64 // the entry of that answer
	Agree                                      Field
	Ack, Do, Explain                           Field
	FollowTitle, FollowOwner, FollowDue        Field
}

// NewDuty sets the mark of a duty's page.
func NewDuty(f Frame, row DutyRow) Duty { return Duty{Frame: f, Row: row, Mark: dutyMark(row)} }
