package api

import (
	"time"

	"github.com/heed-project/heed/internal/heed"
)

// What a program reads, under names that stay.

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

func viewSituationRow(s heed.SituationRow) SituationRow {
	return SituationRow{s.ID, s.Name, s.Country, s.State, s.Level, s.Since, words(s.Populations), s.Lead, s.Late, s.Open, s.Reports30, s.Assessed, s.Marking}
}

type population struct {
	ID    string    `json:"id"`
	Name  string    `json:"name,omitempty"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
}

type situation struct {
	SituationRow
	Started     time.Time     `json:"started"`
	Area        string        `json:"area,omitempty"`
	Members     []heed.Ref    `json:"members" nullable:"false"`
	AtRisk      []population  `json:"at_risk" nullable:"false"`
	Warnings    []WarningRow  `json:"warnings" nullable:"false"`
	Duties      []DutyRow     `json:"duties" nullable:"false"`
	Reports     []ReportRow   `json:"reports" nullable:"false"`
	Decisions   []DecisionRow `json:"decisions" nullable:"false"`
	Timeline    []event       `json:"timeline" nullable:"false"`
	Series      []series      `json:"series" nullable:"false"`
	WordsErased bool          `json:"words_erased,omitempty"`
}

func viewSituation(s heed.Situation) situation {
	out := situation{SituationRow: viewSituationRow(s.SituationRow), Started: s.Started, Area: s.Area, Members: each(s.Members, same), WordsErased: s.Erased}
	out.AtRisk = each(s.Pops, func(p heed.Population) population { return population{p.ID, p.Name, p.Since, p.Until} })
	out.Warnings, out.Duties = each(s.Warnings, viewWarningRow), each(s.Duties, viewDutyRow)
	out.Reports, out.Decisions = each(s.Reports, viewReportRow), each(s.Decisions, viewDecisionRow)
	out.Timeline, out.Series = each(s.Timeline, viewEvent), each(s.Series, viewSeries)
	return out
}

type event struct {
	At    time.Time `json:"at"`
	Kind  string    `json:"kind"`
	ID    string    `json:"id,omitempty"`
	Title string    `json:"title,omitempty"`
	Level int       `json:"level,omitempty"`
	Actor heed.Ref  `json:"actor,omitzero"`
	Entry int64     `json:"entry"`
}

func viewEvent(e heed.Event) event {
	return event{e.At, e.Kind, e.ID, e.Title, e.Level, e.Actor, e.Entry}
}

type series struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Unit   string    `json:"unit"`
	Source string    `json:"source"`
	Issued time.Time `json:"issued,omitzero"`
	Entry  int64     `json:"entry"`
	Points []point   `json:"points" nullable:"false"`
}

type point struct {
	Month string  `json:"month" doc:"As in 2026-03."`
	Best  float64 `json:"best"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

func viewSeries(s heed.Series) series {
	return series{s.ID, s.Name, s.Unit, s.Source, s.Issued, s.Entry,
		each(s.Points, func(p heed.Point) point { return point{p.Month.Format("2006-01"), p.Best, p.Low, p.High} })}
}

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

func viewReportRow(r heed.ReportRow) ReportRow {
	return ReportRow{r.ID, r.Source, r.Country, r.Place, r.Title, r.State, r.Received, r.From, r.Situation, r.Marking, r.Grade, r.Entry}
}

type report struct {
	ReportRow
	Account    heed.Text  `json:"account"`
	KnownBy    string     `json:"known_by,omitempty"`
	What       []string   `json:"what" nullable:"false"`
	Population string     `json:"population,omitempty"`
	Reference  string     `json:"reference,omitempty"`
	Situations []heed.Ref `json:"situations" nullable:"false"`
	Fate       []fateStep `json:"fate" nullable:"false"`
	Judgment   heed.Text  `json:"judgment"`
	Submitter  heed.Ref   `json:"submitter,omitzero"`
	HasContact bool       `json:"has_contact" doc:"It says who its source is; that is protected, and opens to a person only."`
}

func viewReport(r heed.Report) report {
	return report{viewReportRow(r.ReportRow), r.Account, r.Known, words(r.What), r.Population, r.Reference, each(r.Situations, same),
		each(r.Fate, viewFateStep), r.Judgment, r.Submitter, r.HasContact}
}

type fateStep struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind" enum:"received,assessed,used,led,withdrawn"`
	In   string    `json:"in,omitempty" doc:"The warning or the decision."`
}

func viewFateStep(s heed.FateStep) fateStep { return fateStep{s.At, s.Kind, s.Ref} }

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

func viewWarningRow(w heed.WarningRow) WarningRow {
	return WarningRow{w.ID, w.Level, w.Situation, w.Country, words(w.Populations), w.State, w.Issued, w.Expires, w.By, w.Served, w.Acked, w.Late, w.Open,
		w.Marking, w.Entry, w.Exercise}
}

type warning struct {
	WarningRow
	Finding      heed.Text     `json:"finding"`
	Confidence   string        `json:"confidence" enum:"low,moderate,high"`
	Sources      []source      `json:"sources" nullable:"false"`
	Recipients   []recipient   `json:"recipients" nullable:"false"`
	Duties       []DutyRow     `json:"duties" nullable:"false"`
	Decisions    []DecisionRow `json:"decisions" nullable:"false"`
	Protocol     heed.Ref      `json:"protocol,omitzero"`
	Supersedes   string        `json:"supersedes,omitempty"`
	SupersededBy string        `json:"superseded_by,omitempty"`
}

type source struct {
	Kind string    `json:"kind"`
	ID   string    `json:"id,omitempty"`
	Note heed.Text `json:"note"`
}

type recipient struct {
	Person       heed.Ref  `json:"person"`
	Role         string    `json:"role,omitempty"`
	Channel      string    `json:"channel"`
	Served       time.Time `json:"served"`
	Acknowledged time.Time `json:"acknowledged,omitzero"`
	By           heed.Ref  `json:"by,omitzero" doc:"Who acknowledged, if it was a deputy."`
	Note         heed.Text `json:"note"`
}

func viewWarning(w heed.Warning) warning {
	return warning{viewWarningRow(w.WarningRow), w.Finding, w.Confidence,
		each(w.Sources, func(s heed.Source) source { return source{s.Kind, s.ID, s.Note} }),
		each(w.Recipients, func(r heed.Recipient) recipient {
			return recipient{r.Person, r.Role, r.Channel, r.Served, r.Acked, r.By, r.Note}
		}), each(w.Duties, viewDutyRow), each(w.Decisions, viewDecisionRow), w.Protocol, w.Supersedes, w.SupersededBy}
}

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

func viewDutyRow(d heed.DutyRow) DutyRow {
	return DutyRow{d.ID, d.Title, d.Section, d.Warning, d.Level, d.Situation, d.Owner, d.Role, d.Opened, d.DueAt, d.State, d.Late, d.Rung, d.RungName, d.Answered, d.Entry}
}

type duty struct {
	DutyRow
	What       string    `json:"what,omitempty"`
	Marking    string    `json:"marking"`
	Allowed    string    `json:"allowed,omitempty"`
	Protocol   heed.Ref  `json:"protocol,omitzero"`
	Deputy     heed.Ref  `json:"deputy,omitzero"`
	Ladder     []rung    `json:"ladder" nullable:"false"`
	Gate       string    `json:"gate,omitempty" doc:"The duties that are to be answered first."`
	GateState  string    `json:"gate_state,omitempty" enum:"open,met"`
	Refusal    string    `json:"refusal,omitempty"`
	FourEyes   string    `json:"four_eyes,omitempty" doc:"The role of the second person."`
	Answer     heed.Text `json:"answer"`
	AnsweredBy heed.Ref  `json:"answered_by,omitzero"`
	Proposed   heed.Text `json:"proposed"`
	ProposedBy heed.Ref  `json:"proposed_by,omitzero"`
	FollowUps  []DutyRow `json:"follow_ups" nullable:"false"`
	Events     []event   `json:"events" nullable:"false"`
}

type rung struct {
	N     int       `json:"n"`
	Role  string    `json:"role"`
	Owner heed.Ref  `json:"owner,omitzero"`
	At    time.Time `json:"at"`
	State string    `json:"state" enum:"served,now,ahead,spared"`
}

func viewDuty(d heed.Duty) duty {
	return duty{viewDutyRow(d.DutyRow), d.What, d.Marking, d.Allowed, d.Protocol, d.Deputy,
		each(d.Ladder, func(r heed.Rung) rung { return rung{r.N, r.Role, r.Owner, r.At, r.State} }),
		d.Gate, d.GateState, d.Refusal, d.FourEyes, d.Answer, d.AnsweredBy, d.Proposed, d.ProposedBy, each(d.FollowUps, viewDutyRow), each(d.Events, viewEvent)}
}

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

func viewDecisionRow(d heed.DecisionRow) DecisionRow {
	return DecisionRow{d.ID, d.Warning, d.Level, d.Situation, d.State, d.At, d.By, d.Choice, d.Marking, d.Entry}
}

type decision struct {
	DecisionRow
	Known        heed.Text     `json:"known"`
	Reason       heed.Text     `json:"reason"`
	Options      []heed.Option `json:"options" nullable:"false"`
	Community    heed.Text     `json:"community" doc:"What the affected communities ask."`
	NoCommunity  heed.Text     `json:"no_community" doc:"Or why they were not asked."`
	Dissents     []dissent     `json:"dissents" nullable:"false"`
	Signature    signature     `json:"signature,omitzero"`
	Supersedes   string        `json:"supersedes,omitempty"`
	SupersededBy string        `json:"superseded_by,omitempty"`
	DraftedBy    heed.Ref      `json:"drafted_by"`
	Drafted      time.Time     `json:"drafted"`
}

type dissent struct {
	By    heed.Ref  `json:"by"`
	Text  heed.Text `json:"text"`
	At    time.Time `json:"at"`
	Entry int64     `json:"entry"`
}

type signature struct {
	Kind   string    `json:"kind" enum:"passkey,session"`
	Key    string    `json:"key,omitempty"`
	By     heed.Ref  `json:"by"`
	At     time.Time `json:"at"`
	Digest []byte    `json:"digest"`
}

func viewDecision(d heed.Decision) decision {
	out := decision{DecisionRow: viewDecisionRow(d.DecisionRow), Known: d.Known, Reason: d.Reason, Options: each(d.Options, func(o heed.Option) heed.Option { return o }),
		Community: d.Community, NoCommunity: d.NoCommunity, Supersedes: d.Supersedes, SupersededBy: d.SupersededBy, DraftedBy: d.DraftedBy, Drafted: d.Drafted}
	out.Dissents = each(d.Dissent, func(x heed.Dissent) dissent { return dissent{x.By, x.Text, x.At, x.Entry} })
	if s := d.Signature; s.Kind != "" {
		out.Signature = signature{s.Kind, s.Key, s.By, s.At, s.Digest}
	}
	return out
}

// each views every one of a list; an empty list is no null.
func each[A, B any](all []A, view func(A) B) []B {
	out := make([]B, 0, len(all))
	for _, a := range all {
		out = append(out, view(a))
	}
	return out
}

func same(r heed.Ref) heed.Ref { return r }

func words(all []string) []string { return each(all, func(s string) string { return s }) }
