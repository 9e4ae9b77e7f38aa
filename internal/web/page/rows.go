package page

import "github.com/heed-project/heed/internal/heed"

// What the node tells of each thing in a list, as it tells it.
type (
	DutyRow       = heed.DutyRow
	WarningRow    = heed.WarningRow
	DecisionRow   = heed.DecisionRow
	AssessmentRow = heed.AssessmentRow
	EntryRow      = heed.EntryRow
	PersonRow     = heed.PersonRow
	ProtocolRow   = heed.ProtocolRow
	Role          = heed.Role
	Area          = heed.Area
	Source        = heed.Source
	Recipient     = heed.Recipient
	Rung          = heed.Rung
	Choice        = heed.Option
	Dissent       = heed.Dissent
	Planned       = heed.Planned
	LevelDuties   = heed.LevelDuties
	Problem       = heed.Problem
	Calendar      = heed.Calendar
	Hit           = heed.Hit
	SituationRow  = heed.SituationRow
	Population    = heed.Population
	ReportRow     = heed.ReportRow
	FateStep      = heed.FateStep
	Event         = heed.Event
	KnewRow       = heed.KnewRow
	KnewPerson    = heed.KnewPerson
	Passkey       = heed.Passkey
	Token         = heed.Token
	Witness       = heed.Witness
	NodeInfo      = heed.NodeInfo
	Signature     = heed.Signature
)
