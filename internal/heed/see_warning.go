package heed

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
	"github.com/heed-project/heed/protocol"
)

// A WarningFilter selects warnings; Mine are those that were served on the
// reader.
type WarningFilter struct {
	Situation, State string
	Level            int
	Mine             bool
	Page
}

// A WarningRow is a warning in a list.
type WarningRow struct {
	ID          string
	Level       int
	Situation   Ref
	Country     string
	State       string // in-force, expired, superseded, closed
	Issued      time.Time
	Expires     time.Time
	By          Ref
	Served      int64
	Acked       int64
	Late, Open  int64 // duties of which the reader may know
	Marking     string
	Entry       int64
	Exercise    bool
	Populations []string
}

// Warnings returns the warnings that who may read, the newest first, and how
// many there are on all pages.
func (h *Heed) Warnings(ctx context.Context, who Who, f WarningFilter) (rows []WarningRow, total int64, err error) {
	rows = []WarningRow{}
	err = h.listed(ctx, who, func(e *eyes) error {
		x := warning.Filter{Situation: f.Situation, State: f.State, Level: f.Level}
		if f.Mine {
			x.On = who.Person
		}
		all, err := e.warnings(x)
		if err != nil {
			return err
		}
		all, total = cut(all, f.Page)
		rows, err = e.warningRows(all, response.Filter{Situation: f.Situation})
		return err
	})
	return rows, total, err
}

// warnings returns those that the reader may read, newest first, with on whom
// they were served.
func (e *eyes) warnings(f warning.Filter) ([]served, error) {
	all, err := warning.List(e.View, f)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	to, err := warning.ServedOn(e.View, f)
	if err != nil {
		return nil, err
	}
	out := make([]served, 0, len(all))
	for _, w := range all {
		r, err := e.warning(w, to[w.ID])
		if err != nil {
			return nil, err
		}
		if e.may(access.WarningRead, r) {
			out = append(out, served{w, to[w.ID]})
		}
	}
	return out, nil
}

// warningRows adds names and counts to warnings, the duties of which a filter
// selects.
func (e *eyes) warningRows(all []served, f response.Filter) ([]WarningRow, error) {
	owed, err := e.debts(f)
	if err != nil {
		return nil, err
	}
	rows := make([]WarningRow, 0, len(all))
	for _, w := range all {
		row, err := e.warningRow(w, owed.warning[w.ID])
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (e *eyes) warningRow(w served, owed response.Counts) (WarningRow, error) {
	row := WarningRow{ID: w.ID, Level: w.Level, Situation: e.situationRef(w.Situation), Country: e.country(w.Situation), State: w.State,
		Issued: w.Issued, Expires: w.Expires, By: e.ref(w.By), Served: int64(len(w.to)), Marking: w.Marking, Entry: w.Entry,
		Exercise: e.h.Exercise(), Late: owed.Late, Open: owed.Open}
	for _, r := range w.to {
		if !r.Acknowledged.IsZero() {
			row.Acked++
		}
	}
	var err error
	row.Populations, err = e.populationsOf(w.ID)
	return row, err
}

// A Warning is one warning: what was found, on whom it was served, and what it
// obliges.
type Warning struct {
	WarningRow
	Finding                             Text
	Confidence                          string
	Sources                             []Source
	Recipients                          []Recipient
	Duties                              []DutyRow
	Decisions                           []DecisionRow
	Protocol                            Ref
	Supersedes                          string
	SupersededBy                        string
	MayAcknowledge, MayDecide, MayClose bool
}

// A Source is one thing that a finding rests on. What the reader may not read
// is left out.
type Source struct {
	Kind, ID string // report, assessment, series, forecast, other
	Note     Text
	At       time.Time
}

// A Recipient is a person on whom a warning was served, and what came of it.
type Recipient struct {
	Person        Ref
	Role          string
	Channel       string // of the last delivery, web if there was none
	Delivered     bool
	Served, Acked time.Time
	By            Ref // who acknowledged, if it was a deputy
	Note          Text
}

// Warning returns one warning.
func (h *Heed) Warning(ctx context.Context, who Who, id string) (out Warning, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		w, err := warning.Get(e.View, id)
		if err != nil {
			return e.hidden(err)
		}
		x := served{Warning: w}
		if x.to, err = warning.Recipients(e.View, id); err != nil {
			return err
		}
		r, err := e.warning(w, x.to)
		if err != nil {
			return err
		}
		if err := e.need(access.WarningRead, r); err != nil {
			return err
		}
		rows, err := e.warningRows([]served{x}, response.Filter{Warning: id})
		if err != nil {
			return err
		}
		out.WarningRow = rows[0]
		open := w.State == warning.InForce
		out.MayAcknowledge = open && e.owesAnswer(x.to) && e.may(access.WarningAcknowledge, r)
		out.MayDecide = e.may(access.DecisionDraft, r)
		if out.MayClose, err = e.mayEnd(w, r); err != nil {
			return err
		}
		return e.warningPage(x, &out)
	})
	return out, err
}

// owesAnswer tells whether the reader, or somebody for whom they stand in, was
// served and has not acknowledged.
func (e *eyes) owesAnswer(to []warning.Recipient) bool {
	return slices.ContainsFunc(to, func(r warning.Recipient) bool {
		return r.Acknowledged.IsZero() && slices.Contains(e.persons(), r.Person)
	})
}

func (e *eyes) warningPage(w served, out *Warning) error {
	words, err := warning.Read(e.View, w.Warning)
	if out.Finding, err = text(words.Finding, err); err != nil {
		return err
	}
	out.Confidence = w.Confidence
	for _, link := range [][2]*string{{&out.Supersedes, &w.Supersedes}, {&out.SupersededBy, &w.SupersededBy}} {
		if ok, err := e.readable(*link[1]); err != nil {
			return err
		} else if ok {
			*link[0] = *link[1]
		}
	}
	if out.Sources, err = e.sources(w.ID, words); err != nil {
		return err
	}
	if out.Recipients, err = e.recipients(w.to); err != nil {
		return err
	}
	due, err := e.heads(response.Filter{Warning: w.ID}, 0)
	if err != nil {
		return err
	}
	if out.Duties, err = e.dutyRows(due); err != nil {
		return err
	}
	if out.Decisions, err = e.decisions(decision.Filter{Warning: w.ID}); err != nil {
		return err
	}
	switch x, err := response.OfWarning(e.View, w.ID); {
	case err == nil:
		id, _, _ := strings.Cut(x.Protocol, "@")
		out.Protocol = Ref{id, x.Protocol}
	case fault.KindOf(err) != fault.KindNotFound:
		return err
	}
	return nil
}

func (e *eyes) sources(id string, words warning.Words) (out []Source, err error) {
	all, err := warning.Sources(e.View, id)
	if err != nil {
		return nil, err
	}
	for i, s := range all {
		x := Source{Kind: s.Kind, ID: s.Ref, Note: Text{Body: words.Sources[strconv.Itoa(i)]}}
		switch s.Kind {
		case "report":
			r, err := report.Get(e.View, s.Ref)
			if err != nil && fault.KindOf(err) != fault.KindNotFound {
				return nil, err
			}
			x.At = r.Received
		case "assessment":
			a, err := assessment.Get(e.View, s.Ref)
			if err != nil && fault.KindOf(err) != fault.KindNotFound {
				return nil, err
			}
			x.At = cmp.Or(a.Reviewed, a.Submitted, a.Started)
		}
		if s.Kind == "report" || s.Kind == "assessment" {
			if ok, err := e.readable(s.Ref); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
		}
		out = append(out, x)
	}
	return out, nil
}

func (e *eyes) recipients(to []warning.Recipient) (out []Recipient, err error) {
	for _, r := range to {
		x := Recipient{Person: e.ref(r.Person), Role: r.Role, Channel: "web", Served: r.Served, Acked: r.Acknowledged, By: e.ref(r.By)}
		if n := len(r.Deliveries); n > 0 {
			x.Channel, x.Delivered = r.Deliveries[n-1].Channel, r.Deliveries[n-1].OK
		}
		if r.AckEntry > 0 {
			if x.Note, err = text(warning.AckNote(e.View, r)); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// An IssueForm is what the form for a warning offers.
type IssueForm struct {
	Situations, People, Protocols, Populations, Reports, Assessments, SeriesList []Ref
	Levels                                                                       []LevelDuties
}

// LevelDuties is what a level would oblige.
type LevelDuties struct {
	Level  int
	Duties []Planned
}

// IssueForm returns the choices for a warning, for a situation if one is
// chosen.
func (h *Heed) IssueForm(ctx context.Context, who Who, of string) (f IssueForm, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		all, err := e.all(situation.Filter{Open: true})
		if err != nil {
			return err
		}
		for _, s := range all {
			if e.may(access.SituationRead, e.situation(s)) && e.may(access.WarningIssue, e.situation(s)) {
				f.Situations = append(f.Situations, Ref{s.ID, s.Name})
			}
		}
		if len(f.Situations) == 0 {
			return e.need(access.WarningIssue, e.node())
		}
		people, err := party.People(e.View, party.Filter{})
		if err != nil {
			return err
		}
		for _, p := range people {
			f.People = append(f.People, Ref{p.ID, p.Label()})
		}
		if err := e.planLevels(&f); err != nil {
			return err
		}
		if !slices.ContainsFunc(f.Situations, func(r Ref) bool { return r.ID == of }) {
			return nil
		}
		return e.grounds(&f, of)
	})
	return f, err
}

// planLevels says which protocols there are, and what the first obliges.
func (e *eyes) planLevels(f *IssueForm) error {
	all, err := response.Adoptions(e.View)
	if err != nil {
		return err
	}
	for _, a := range all { // the newest first
		if !slices.ContainsFunc(f.Protocols, func(r Ref) bool { return r.ID == a.ID }) {
			f.Protocols = append(f.Protocols, Ref{a.ID, a.ID + " " + a.Version})
		}
	}
	if len(all) == 0 {
		return nil
	}
	p, err := e.protocol("")
	if err != nil {
		return err
	}
	for level := 1; level <= protocol.Levels; level++ {
		duties, err := e.planned(p, level, e.now)
		if err != nil {
			return err
		}
		f.Levels = append(f.Levels, LevelDuties{level, duties})
	}
	return nil
}

// grounds are what a warning in a situation can be about and rest on.
func (e *eyes) grounds(f *IssueForm, of string) error {
	s, err := e.at(of)
	if err != nil {
		return err
	}
	for _, p := range s.AtRisk() {
		f.Populations = append(f.Populations, Ref{p.ID, cmp.Or(p.Name, p.ID)})
	}
	reports, _, err := e.reports(ReportFilter{Situation: of, Page: Page{Limit: 100}})
	if err != nil {
		return err
	}
	for _, r := range reports {
		f.Reports = append(f.Reports, Ref{r.ID, cmp.Or(r.Title, r.Place)})
	}
	judged, err := assessment.List(e.View, assessment.Filter{Situation: of, State: assessment.Reviewed})
	if err != nil {
		return err
	}
	for _, a := range judged {
		r, err := e.assessment(a)
		if err != nil {
			return err
		}
		if e.may(access.AssessmentRead, r) {
			f.Assessments = append(f.Assessments, Ref{a.ID, strings.Join(e.populationNames([]string{a.Population}), "")})
		}
	}
	all, err := e.monthly(s)
	for _, x := range all {
		f.SeriesList = append(f.SeriesList, Ref{x.ID, x.Name})
	}
	return err
}

// monthly are the series of a situation's country, for those who may read them.
func (e *eyes) monthly(s situation.Situation) ([]Series, error) {
	r := e.situation(s)
	r.Type = "series"
	if s.Country == "" || !e.may(access.SeriesRead, r) {
		return nil, nil
	}
	all, err := series.Monthly(e.View, series.Span{Country: s.Country})
	if err != nil {
		return nil, err
	}
	out := make([]Series, 0, len(all))
	for _, x := range all {
		out = append(out, plotted(x))
	}
	return out, nil
}

// history are the entries about something of which the reader may know, the
// oldest first, as a chronology.
func (e *eyes) history(subject string, limit int) ([]Event, error) {
	all, err := e.Entries(record.Search{Subject: subject, Limit: limit})
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	out := []Event{}
	for _, x := range all {
		known, err := e.knows(x)
		if err != nil {
			return nil, err
		}
		if known && x.Kind != "warning.delivered" {
			c := e.change(x)
			out = append(out, Event{At: c.At, Kind: c.Kind, ID: c.Subject, Level: c.Level, Entry: c.Entry, Actor: c.Actor, Situation: c.Situation})
		}
	}
	return out, nil
}
