// Package view is what programs read: the words of heed under names in JSON
// that stay, whatever becomes of the pages for which heed puts them together.
//
//	out := view.OfWarning(w) // {"id": "W-3", "level": 4, …}
//
// It decides nothing and leaves nothing out: what the reader may not read is
// not in what heed gives, or comes as a text with the state "sealed" or
// "erased". Lists are never null, and what did not happen is absent.
package view

import (
	"time"

	"github.com/heed-project/heed/internal/heed"
)

// A SituationRow is a situation in a list.
type SituationRow struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Country     string    `json:"country,omitempty"`
	State       string    `json:"state" enum:"watched,active,closed"`
	Level       int       `json:"level" doc:"The highest level of the warnings in force, 0 for none."`
	Since       time.Time `json:"since,omitzero"`
	Populations []string  `json:"populations" nullable:"false"`
	Lead        heed.Ref  `json:"lead,omitzero"`
	Late        int64     `json:"late" doc:"Duties past their deadline."`
	Open        int64     `json:"open" doc:"Duties that are not answered."`
	Reports30   int64     `json:"reports_30_days"`
	Assessed    time.Time `json:"assessed,omitzero"`
	Marking     string    `json:"marking"`
}

// OfSituationRow is what a program reads of one.
func OfSituationRow(s heed.SituationRow) SituationRow {
	return SituationRow{s.ID, s.Name, s.Country, s.State, s.Level, s.Since, words(s.Populations), s.Lead, s.Late, s.Open, s.Reports30, s.Assessed, s.Marking}
}

// A Population is people at risk.
type Population struct {
	ID    string    `json:"id"`
	Name  string    `json:"name,omitempty"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
}

// A Situation is one with its timeline and its numbers.
type Situation struct {
	SituationRow
	Started     time.Time     `json:"started"`
	Area        string        `json:"area,omitempty"`
	Members     []heed.Ref    `json:"members" nullable:"false"`
	AtRisk      []Population  `json:"at_risk" nullable:"false"`
	Warnings    []WarningRow  `json:"warnings" nullable:"false"`
	Duties      []DutyRow     `json:"duties" nullable:"false"`
	Reports     []ReportRow   `json:"reports" nullable:"false"`
	Decisions   []DecisionRow `json:"decisions" nullable:"false"`
	Timeline    []Event       `json:"timeline" nullable:"false"`
	Series      []Series      `json:"series" nullable:"false"`
	WordsErased bool          `json:"words_erased,omitempty"`
}

// OfSituation is what a program reads of one.
func OfSituation(s heed.Situation) Situation {
	out := Situation{SituationRow: OfSituationRow(s.SituationRow), Started: s.Started, Area: s.Area, Members: Each(s.Members, same), WordsErased: s.Erased}
	out.AtRisk = Each(s.Pops, func(p heed.Population) Population { return Population{p.ID, p.Name, p.Since, p.Until} })
	out.Warnings, out.Duties = Each(s.Warnings, OfWarningRow), Each(s.Duties, OfDutyRow)
	out.Reports, out.Decisions = Each(s.Reports, OfReportRow), Each(s.Decisions, OfDecisionRow)
	out.Timeline, out.Series = Each(s.Timeline, OfEvent), Each(s.Series, OfSeries)
	return out
}

// An Event is something that happened.
type Event struct {
	At    time.Time `json:"at"`
	Kind  string    `json:"kind"`
	ID    string    `json:"id,omitempty"`
	Title string    `json:"title,omitempty"`
	Level int       `json:"level,omitempty"`
	Actor heed.Ref  `json:"actor,omitzero"`
	Entry int64     `json:"entry"`
}

// OfEvent is what a program reads of one.
func OfEvent(e heed.Event) Event {
	return Event{e.At, e.Kind, e.ID, e.Title, e.Level, e.Actor, e.Entry}
}

// A Series is numbers over months.
type Series struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Unit   string    `json:"unit"`
	Source string    `json:"source"`
	Issued time.Time `json:"issued,omitzero"`
	Entry  int64     `json:"entry"`
	Points []Point   `json:"points" nullable:"false"`
}

// A Point is one month of a series.
type Point struct {
	Month string  `json:"month" doc:"As in 2026-03."`
	Best  float64 `json:"best"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// OfSeries is what a program reads of one.
func OfSeries(s heed.Series) Series {
	return Series{s.ID, s.Name, s.Unit, s.Source, s.Issued, s.Entry,
		Each(s.Points, func(p heed.Point) Point { return Point{p.Month.Format("2006-01"), p.Best, p.Low, p.High} })}
}

// A ReportRow is a report in a list.
type ReportRow struct {
	ID        string    `json:"id"`
	Source    string    `json:"source_type"`
	Country   string    `json:"country,omitempty"`
	Place     string    `json:"place,omitempty"`
	Title     string    `json:"title,omitempty"`
	State     string    `json:"state" enum:"received,assessed,used,led,withdrawn"`
	Received  time.Time `json:"received"`
	Occurred  time.Time `json:"occurred,omitzero"`
	Situation heed.Ref  `json:"situation,omitzero"`
	Marking   string    `json:"marking"`
	Grade     string    `json:"grade,omitempty" doc:"Source and content, as in B2."`
	Entry     int64     `json:"entry"`
}

// OfReportRow is what a program reads of one.
func OfReportRow(r heed.ReportRow) ReportRow {
	return ReportRow{r.ID, r.Source, r.Country, r.Place, r.Title, r.State, r.Received, r.From, r.Situation, r.Marking, r.Grade, r.Entry}
}

// A Report is one with its words and its fate.
type Report struct {
	ReportRow
	Account    heed.Text  `json:"account"`
	KnownBy    string     `json:"known_by,omitempty"`
	What       []string   `json:"what" nullable:"false"`
	Population string     `json:"population,omitempty"`
	Reference  string     `json:"reference,omitempty"`
	Situations []heed.Ref `json:"situations" nullable:"false"`
	Fate       []FateStep `json:"fate" nullable:"false"`
	Judgment   heed.Text  `json:"judgment"`
	Submitter  heed.Ref   `json:"submitter,omitzero"`
	HasContact bool       `json:"has_contact" doc:"It says who its source is; that is protected, and opens to a person only."`
	Same       []string   `json:"same" nullable:"false" doc:"Later reports that tell the same."`
	SameAs     string     `json:"same_as,omitempty" doc:"The report that told it first."`
}

// OfReport is what a program reads of one.
func OfReport(r heed.Report) Report {
	return Report{OfReportRow(r.ReportRow), r.Account, r.Known, words(r.What), r.Population, r.Reference, Each(r.Situations, same),
		Each(r.Fate, OfFateStep), r.Judgment, r.Submitter, r.HasContact,
		Each(r.Same, func(x heed.ReportRow) string { return x.ID }), r.SameAs}
}

// A FateStep is one thing that became of a report.
type FateStep struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind" enum:"received,assessed,used,led,withdrawn"`
	In   string    `json:"in,omitempty" doc:"The warning or the decision."`
}

// OfFateStep is what a program reads of one.
func OfFateStep(s heed.FateStep) FateStep { return FateStep{s.At, s.Kind, s.Ref} }

// A WarningRow is a warning in a list.
type WarningRow struct {
	ID          string    `json:"id"`
	Level       int       `json:"level" minimum:"1" maximum:"5"`
	Situation   heed.Ref  `json:"situation,omitzero"`
	Country     string    `json:"country,omitempty"`
	Populations []string  `json:"populations" nullable:"false"`
	State       string    `json:"state" enum:"in-force,expired,superseded,closed"`
	Issued      time.Time `json:"issued"`
	Expires     time.Time `json:"expires,omitzero"`
	By          heed.Ref  `json:"by"`
	Served      int64     `json:"served" doc:"On how many people."`
	Acked       int64     `json:"acknowledged" doc:"By how many of them."`
	Late        int64     `json:"late"`
	Open        int64     `json:"open"`
	Marking     string    `json:"marking"`
	Entry       int64     `json:"entry"`
	Exercise    bool      `json:"exercise,omitempty"`
}

// OfWarningRow is what a program reads of one.
func OfWarningRow(w heed.WarningRow) WarningRow {
	return WarningRow{w.ID, w.Level, w.Situation, w.Country, words(w.Populations), w.State, w.Issued, w.Expires, w.By, w.Served, w.Acked, w.Late, w.Open,
		w.Marking, w.Entry, w.Exercise}
}

// A Warning is one with all that it rests on and led to.
type Warning struct {
	WarningRow
	Finding      heed.Text     `json:"finding"`
	Confidence   string        `json:"confidence" enum:"low,moderate,high"`
	Sources      []Source      `json:"sources" nullable:"false"`
	Recipients   []Recipient   `json:"recipients" nullable:"false"`
	Duties       []DutyRow     `json:"duties" nullable:"false"`
	Decisions    []DecisionRow `json:"decisions" nullable:"false"`
	Protocol     heed.Ref      `json:"protocol,omitzero"`
	Supersedes   string        `json:"supersedes,omitempty"`
	SupersededBy string        `json:"superseded_by,omitempty"`
}

// A Source is one thing that a finding rests on.
type Source struct {
	Kind string    `json:"kind"`
	ID   string    `json:"id,omitempty"`
	Note heed.Text `json:"note"`
}

// A Recipient is somebody on whom a warning was served.
type Recipient struct {
	Person       heed.Ref  `json:"person"`
	Role         string    `json:"role,omitempty"`
	Channel      string    `json:"channel"`
	Served       time.Time `json:"served"`
	Acknowledged time.Time `json:"acknowledged,omitzero"`
	By           heed.Ref  `json:"by,omitzero" doc:"Who acknowledged, if it was a deputy."`
	Note         heed.Text `json:"note"`
}

// OfWarning is what a program reads of one.
func OfWarning(w heed.Warning) Warning {
	return Warning{OfWarningRow(w.WarningRow), w.Finding, w.Confidence,
		Each(w.Sources, func(s heed.Source) Source { return Source{s.Kind, s.ID, s.Note} }),
		Each(w.Recipients, func(r heed.Recipient) Recipient {
			return Recipient{r.Person, r.Role, r.Channel, r.Served, r.Acked, r.By, r.Note}
		}), Each(w.Duties, OfDutyRow), Each(w.Decisions, OfDecisionRow), w.Protocol, w.Supersedes, w.SupersededBy}
}

// A DutyRow is a duty in a list.
type DutyRow struct {
	ID        string    `json:"id"`
	Title     string    `json:"title,omitempty"`
	Key       string    `json:"key,omitempty" doc:"The protocol's, absent for one that somebody set."`
	Warning   string    `json:"warning"`
	Level     int       `json:"level"`
	Situation heed.Ref  `json:"situation,omitzero"`
	Owner     heed.Ref  `json:"owner"`
	Role      string    `json:"role"`
	Opened    time.Time `json:"opened"`
	DueAt     time.Time `json:"due_at"`
	State     string    `json:"state" enum:"open,acknowledged,done,explained,lapsed"`
	Late      bool      `json:"late"`
	Rung      int       `json:"rung" doc:"How far silence has climbed."`
	RungName  string    `json:"rung_name,omitempty"`
	Answered  time.Time `json:"answered,omitzero"`
	Entry     int64     `json:"entry"`
}

// OfDutyRow is what a program reads of one.
func OfDutyRow(d heed.DutyRow) DutyRow {
	return DutyRow{d.ID, d.Title, d.Section, d.Warning, d.Level, d.Situation, d.Owner, d.Role, d.Opened, d.DueAt, d.State, d.Late, d.Rung, d.RungName, d.Answered, d.Entry}
}

// A Duty is one with its ladder and its answer.
type Duty struct {
	DutyRow
	What       string    `json:"what,omitempty"`
	Marking    string    `json:"marking"`
	Allowed    string    `json:"allowed,omitempty"`
	Protocol   heed.Ref  `json:"protocol,omitzero"`
	Deputy     heed.Ref  `json:"deputy,omitzero"`
	Ladder     []Rung    `json:"ladder" nullable:"false"`
	Gate       string    `json:"gate,omitempty" doc:"The duties that are to be answered first."`
	GateState  string    `json:"gate_state,omitempty" enum:"open,met"`
	Refusal    string    `json:"refusal,omitempty"`
	FourEyes   string    `json:"four_eyes,omitempty" doc:"The role of the second person."`
	Answer     heed.Text `json:"answer"`
	AnsweredBy heed.Ref  `json:"answered_by,omitzero"`
	Proposed   heed.Text `json:"proposed"`
	ProposedBy heed.Ref  `json:"proposed_by,omitzero"`
	Proposal   int64     `json:"proposal,omitempty" doc:"The entry of what is proposed, by which one agrees to it."`
	FollowUps  []DutyRow `json:"follow_ups" nullable:"false"`
	Events     []Event   `json:"events" nullable:"false"`
}

// A Rung is a step of a ladder.
type Rung struct {
	N     int       `json:"n"`
	Role  string    `json:"role"`
	Owner heed.Ref  `json:"owner,omitzero"`
	At    time.Time `json:"at"`
	State string    `json:"state" enum:"served,now,ahead,spared"`
}

// OfDuty is what a program reads of one.
func OfDuty(d heed.Duty) Duty {
	return Duty{OfDutyRow(d.DutyRow), d.What, d.Marking, d.Allowed, d.Protocol, d.Deputy,
		Each(d.Ladder, func(r heed.Rung) Rung { return Rung{r.N, r.Role, r.Owner, r.At, r.State} }),
		d.Gate, d.GateState, d.Refusal, d.FourEyes, d.Answer, d.AnsweredBy, d.Proposed, d.ProposedBy, d.Proposal, Each(d.FollowUps, OfDutyRow), Each(d.Events, OfEvent)}
}

// A DecisionRow is a decision in a list.
type DecisionRow struct {
	ID        string    `json:"id"`
	Warning   string    `json:"warning"`
	Level     int       `json:"level"`
	Situation heed.Ref  `json:"situation,omitzero"`
	State     string    `json:"state" enum:"draft,signed,superseded"`
	At        time.Time `json:"at"`
	By        heed.Ref  `json:"by" doc:"Who signed it, or drafted it."`
	Choice    heed.Text `json:"choice"`
	Marking   string    `json:"marking"`
	Entry     int64     `json:"entry"`
}

// OfDecisionRow is what a program reads of one.
func OfDecisionRow(d heed.DecisionRow) DecisionRow {
	return DecisionRow{d.ID, d.Warning, d.Level, d.Situation, d.State, d.At, d.By, d.Choice, d.Marking, d.Entry}
}

// A Decision is one with all that it says.
type Decision struct {
	DecisionRow
	Known        heed.Text     `json:"known"`
	Reason       heed.Text     `json:"reason"`
	Options      []heed.Option `json:"options" nullable:"false"`
	Community    heed.Text     `json:"community" doc:"What the affected communities ask."`
	NoCommunity  heed.Text     `json:"no_community" doc:"Or why they were not asked."`
	Dissents     []Dissent     `json:"dissents" nullable:"false"`
	Signature    Signature     `json:"signature,omitzero"`
	Supersedes   string        `json:"supersedes,omitempty"`
	SupersededBy string        `json:"superseded_by,omitempty"`
	DraftedBy    heed.Ref      `json:"drafted_by"`
	Drafted      time.Time     `json:"drafted"`
}

// A Dissent is somebody's disagreement.
type Dissent struct {
	By    heed.Ref  `json:"by"`
	Text  heed.Text `json:"text"`
	At    time.Time `json:"at"`
	Entry int64     `json:"entry"`
}

// A Signature is a senior owner's.
type Signature struct {
	Kind   string    `json:"kind" enum:"passkey,session"`
	Key    string    `json:"key,omitempty"`
	By     heed.Ref  `json:"by"`
	At     time.Time `json:"at"`
	Digest []byte    `json:"digest"`
}

// OfDecision is what a program reads of one.
func OfDecision(d heed.Decision) Decision {
	out := Decision{DecisionRow: OfDecisionRow(d.DecisionRow), Known: d.Known, Reason: d.Reason, Options: Each(d.Options, func(o heed.Option) heed.Option { return o }),
		Community: d.Community, NoCommunity: d.NoCommunity, Supersedes: d.Supersedes, SupersededBy: d.SupersededBy, DraftedBy: d.DraftedBy, Drafted: d.Drafted}
	out.Dissents = Each(d.Dissent, func(x heed.Dissent) Dissent { return Dissent{x.By, x.Text, x.At, x.Entry} })
	if s := d.Signature; s.Kind != "" {
		out.Signature = Signature{s.Kind, s.Key, s.By, s.At, s.Digest}
	}
	return out
}

// Each views every one of a list; an empty list is no null.
func Each[A, B any](all []A, view func(A) B) []B {
	out := make([]B, 0, len(all))
	for _, a := range all {
		out = append(out, view(a))
	}
	return out
}

func same(r heed.Ref) heed.Ref { return r }

func words(all []string) []string { return Each(all, func(s string) string { return s }) }

// Knew is who knew what about something.
type Knew struct {
	About     string       `json:"about"`
	Situation heed.Ref     `json:"situation,omitzero"`
	Level     int          `json:"level,omitempty"`
	Rows      []KnewRow    `json:"rows" nullable:"false"`
	People    []KnewPerson `json:"people" nullable:"false"`
	Size      int64        `json:"size" doc:"Of the checkpoint that covers them."`
	Root      []byte       `json:"root"`
	Cosigned  []string     `json:"cosigned" nullable:"false"`
}

// A KnewRow is one line of the chronology.
type KnewRow struct {
	At      time.Time `json:"at"`
	Actor   heed.Ref  `json:"actor,omitzero"`
	Role    string    `json:"role,omitempty"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject"`
	Did     string    `json:"did"`
	Text    heed.Text `json:"text"`
	Level   int       `json:"level,omitempty"`
	Entry   int64     `json:"entry"`
}

// A KnewPerson sums up one person's part.
type KnewPerson struct {
	Person       heed.Ref  `json:"person"`
	Role         string    `json:"role,omitempty"`
	Served       time.Time `json:"served,omitzero"`
	Acknowledged time.Time `json:"acknowledged,omitzero"`
	Acted        time.Time `json:"acted,omitzero"`
	Lapsed       int64     `json:"lapsed"`
	Outcome      string    `json:"outcome,omitempty"`
}

// OfKnew is what a program reads of one.
func OfKnew(k heed.Knew) Knew {
	out := Knew{About: k.Ref, Situation: k.Situation, Level: k.Level, Size: k.Size, Root: k.Root, Cosigned: words(k.Cosigned)}
	out.Rows = Each(k.Rows, func(r heed.KnewRow) KnewRow {
		return KnewRow{r.At, r.Actor, r.Role, r.Kind, r.Subject, r.Did, r.Text, r.Level, r.Entry}
	})
	out.People = Each(k.People, func(p heed.KnewPerson) KnewPerson {
		return KnewPerson{p.Person, p.Role, p.Served, p.Acked, p.Acted, p.Lapsed, p.Outcome}
	})
	return out
}

// A Fate is what became of a report.
type Fate struct {
	Report string     `json:"report"`
	State  string     `json:"state"`
	Steps  []FateStep `json:"steps" nullable:"false"`
}

// Taken is what became of a file.
type Taken struct {
	Rows       int                `json:"rows"`
	Accepted   int                `json:"accepted"`
	Duplicates int                `json:"duplicates"`
	Rejected   []RowProblem       `json:"rejected,omitempty"`
	Unlisted   int                `json:"rejected_unlisted,omitempty" doc:"Rejected beyond those listed."`
	Entry      int64              `json:"entry,omitempty"`
	Notes      []string           `json:"notes,omitempty"`
	Receipts   []RowReceipt       `json:"receipts,omitempty"`
	Messages   []heed.CAPReceived `json:"messages,omitempty" doc:"Of a CAP file: what became of each message."`
}

// A RowProblem is why a row was refused.
type RowProblem struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"`
	Error  string `json:"error"`
}

// A RowReceipt is the receipt for one row.
type RowReceipt struct {
	Line   int    `json:"line"`
	Report string `json:"report"`
	Code   string `json:"code" doc:"For whoever told it: it shows what became of the report."`
}
