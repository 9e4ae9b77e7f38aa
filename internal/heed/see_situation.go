package heed

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// A SituationFilter selects situations; Q is looked for in their names and
// those of the people at risk. State "open" is whatever is not closed.
type SituationFilter struct {
	State, Country, Q string
	Page
}

// A SituationRow is a situation in a list.
type SituationRow struct {
	ID, Name, Country, State string
	Level, Before            int
	Since                    time.Time
	Populations              []string
	Lead                     Ref
	Late, Open               int64 // duties of which the reader may know
	Reports30                int64 // reports of 30 days, among the newest five thousand
	Assessed                 time.Time
	Marking                  string
}

// Situations returns the situations that who may read, the highest level
// first, and how many there are on all pages.
func (h *Heed) Situations(ctx context.Context, who Who, f SituationFilter) (rows []SituationRow, total int64, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		x := situation.Filter{State: f.State, Country: f.Country}
		if f.State == "open" {
			x.State, x.Open = "", true
		}
		all, err := e.all(x)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(s situation.Situation) bool {
			return !e.may(access.SituationRead, e.situation(s)) || !named(s, f.Q)
		})
		if rows, err = e.situationRows(all, ""); err != nil {
			return err
		}
		slices.SortStableFunc(rows, func(a, b SituationRow) int { return cmp.Or(cmp.Compare(b.Level, a.Level), b.Since.Compare(a.Since)) })
		rows, total = cut(rows, f.Page)
		return nil
	})
	return rows, total, err
}

// OpenSituations returns those that who may read and that are not closed, by
// name, to choose from: it reads none of what a list tells of each.
func (h *Heed) OpenSituations(ctx context.Context, who Who) (out []Ref, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		all, err := e.all(situation.Filter{Open: true})
		if err != nil {
			return err
		}
		for _, s := range all {
			if e.may(access.SituationRead, e.situation(s)) {
				out = append(out, Ref{s.ID, s.Name})
			}
		}
		slices.SortStableFunc(out, func(a, b Ref) int { return cmp.Compare(a.Name, b.Name) })
		return nil
	})
	return out, err
}

// named tells whether a situation, or people in it, are called so.
func named(s situation.Situation, q string) bool {
	q = strings.ToLower(strings.TrimSpace(q))
	has := func(name string) bool { return strings.Contains(strings.ToLower(name), q) }
	return q == "" || has(s.ID) || has(s.Name) || has(s.Area) ||
		slices.ContainsFunc(s.Populations, func(p situation.Population) bool { return has(p.Name) })
}

// situationRows adds levels, duties and counts to situations, or to only one.
func (e *eyes) situationRows(all []situation.Situation, only string) ([]SituationRow, error) {
	force, err := e.inForceNow(only)
	if err != nil {
		return nil, err
	}
	owed, err := e.debts(response.Filter{Situation: only})
	if err != nil {
		return nil, err
	}
	recent, err := e.recentReports(only)
	if err != nil {
		return nil, err
	}
	out := make([]SituationRow, 0, len(all))
	for _, s := range all {
		row := SituationRow{ID: s.ID, Name: s.Name, Country: s.Country, State: s.State, Since: s.Opened, Populations: e.atRisk(s), Lead: e.ref(s.Analyst),
			Late: owed.situation[s.ID].Late, Open: owed.situation[s.ID].Open, Reports30: recent[s.ID], Marking: s.Marking}
		var top warning.Warning
		for _, w := range force {
			if w.Situation == s.ID && w.Level > top.Level {
				top = w.Warning
			}
		}
		if top.ID != "" {
			row.Level, row.Since = top.Level, top.Issued
			if row.Before, err = e.levelBefore(top); err != nil {
				return nil, err
			}
		}
		if row.Assessed, err = e.lastAssessed(s.ID); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// recentReports counts the reports of 30 days that the reader may read, by each
// situation that they belong to.
func (e *eyes) recentReports(only string) (map[string]int64, error) {
	since, err := e.entryAt(e.now.AddDate(0, 0, -30))
	if err != nil {
		return nil, err
	}
	all, err := report.Groups(e.View, report.Filter{Situation: only, After: since}, counted)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, g := range all {
		ok, err := e.mayReadReport(report.Report{Marking: g.Marking, Actor: g.Actor, Situations: g.Situations})
		if err != nil {
			return nil, err
		}
		for _, s := range g.Situations {
			if ok {
				out[s] += g.Count
			}
		}
	}
	return out, nil
}

// entryAt returns the number of the first entry from a moment on: entries are
// in the order of their times.
func (e *eyes) entryAt(at time.Time) (int64, error) {
	low := int64(0)
	high, err := e.Size()
	for low < high && err == nil {
		middle := (low + high) / 2
		var x record.Entry
		if x, err = e.Entry(middle); err == nil && x.Time.Before(at) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, err
}

// lastAssessed is when an assessment that the reader may read was accepted
// last.
func (e *eyes) lastAssessed(id string) (time.Time, error) {
	all, err := assessment.List(e.View, assessment.Filter{Situation: id, State: assessment.Reviewed, Limit: 5})
	if err != nil {
		return time.Time{}, err
	}
	var last time.Time
	for _, a := range all {
		r, err := e.assessment(a)
		if err != nil {
			return last, err
		}
		if a.Reviewed.After(last) && e.may(access.AssessmentRead, r) {
			last = a.Reviewed
		}
	}
	return last, nil
}

// A Situation is the dossier of one situation.
type Situation struct {
	SituationRow
	Started   time.Time
	Area      string
	Members   []Ref
	Entry     int64
	Pops      []Population
	Timeline  []Event // its newest entries, oldest first
	Turns     []Event // all warnings (and "warning.ended"), decisions, accepted assessments and lapses, and the newest reports, in no order
	Warnings  []WarningRow
	Duties    []DutyRow
	Reports   []ReportRow
	Decisions []DecisionRow
	Matrix    Matrix
	Series    []Series
	Sources   map[string]int64 // the reports of 30 days, by kind of source
	Erased    bool             // its words were destroyed

	MayWarn, MayAssess, MayChange, MayStaff, MayClose bool
}

// A Population is people at risk, named as they name themselves.
type Population struct {
	ID, Name     string
	Since, Until time.Time // Until is zero while they are at risk
	Entry        int64
}

// An Event is one thing that happened, in a chronology.
type Event struct {
	At        time.Time
	Kind, ID  string // Kind as in the record: "warning.issued"
	Title     string
	Level     int
	Entry     int64
	Actor     Ref
	Situation Ref
}

// A Series is counts by month from one source.
type Series struct {
	ID, Name, Unit, Source string
	Outcome                string
	Issued                 time.Time
	Entry                  int64 // the newest import that has a part in it
	Points                 []Point
}

// A Point is one month of a series.
type Point struct {
	Month           time.Time
	Best, Low, High float64
}

// Situation returns the dossier of a situation, as far as who may read what is
// in it.
func (h *Heed) Situation(ctx context.Context, who Who, id string) (out Situation, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		s, err := e.at(id)
		if err != nil {
			return e.hidden(err)
		}
		r := e.situation(s)
		if err := e.need(access.SituationRead, r); err != nil {
			return err
		}
		rows, err := e.situationRows([]situation.Situation{s}, id)
		if err != nil {
			return err
		}
		out = Situation{SituationRow: rows[0], Started: s.Opened, Area: s.Area, Entry: s.Entry, Erased: s.Erased}
		for _, m := range s.Members {
			out.Members = append(out.Members, e.ref(m))
		}
		for _, p := range s.Populations {
			out.Pops = append(out.Pops, Population{p.ID, p.Name, p.Since, p.Until, p.Entry})
		}
		open := s.State != situation.Closed
		out.MayWarn, out.MayAssess = open && e.may(access.WarningIssue, r), open && e.may(access.AssessmentWrite, r)
		out.MayChange, out.MayStaff, out.MayClose = e.may(access.SituationChange, r), e.may(access.SituationStaff, r), open && e.could(access.SituationClose, r)
		return e.dossier(s, &out)
	})
	return out, err
}

func (e *eyes) dossier(s situation.Situation, out *Situation) (err error) {
	if out.Timeline, err = e.history(s.ID, 200); err != nil {
		return err
	}
	all, err := e.warnings(warning.Filter{Situation: s.ID})
	if err != nil {
		return err
	}
	if out.Warnings, err = e.warningRows(all, response.Filter{Situation: s.ID}); err != nil {
		return err
	}
	due, err := e.heads(response.Filter{Situation: s.ID, State: "unanswered"}, 0)
	if err != nil {
		return err
	}
	if out.Duties, err = e.dutyRows(due); err != nil {
		return err
	}
	if out.Reports, _, err = e.reports(ReportFilter{Situation: s.ID, Page: Page{Limit: 20}}); err != nil {
		return err
	}
	if out.Decisions, err = e.decisions(decision.Filter{Situation: s.ID}); err != nil {
		return err
	}
	if out.Matrix, err = e.matrix(s); err != nil {
		return err
	}
	if out.Series, err = e.monthly(s); err != nil {
		return err
	}
	since, err := e.entryAt(e.now.AddDate(0, 0, -30))
	if err != nil {
		return err
	}
	if out.Sources, err = e.reportKinds(report.Filter{Situation: s.ID, After: since}, counted); err != nil {
		return err
	}
	out.Reports30 = 0
	for _, n := range out.Sources {
		out.Reports30 += n
	}
	return e.turns(s, out)
}

// turned is how many of the newest reports stand among the turns.
const turned = 500

// ended is when a warning ceased to hold, or will by itself; zero for a warning
// that holds until somebody ends it.
func (e *eyes) ended(w WarningRow) (time.Time, error) {
	kind, subject := "", w.ID
	switch w.State {
	case warning.Closed:
		kind = "warning.closed"
	case warning.Superseded:
		x, err := warning.Get(e.View, w.ID)
		if err != nil {
			return time.Time{}, err
		}
		kind, subject = "warning.issued", x.SupersededBy
	default:
		return w.Expires, nil
	}
	all, err := e.Entries(record.Search{Subject: subject, Limit: 500})
	for _, x := range all {
		if x.Kind == kind {
			return x.Time, err
		}
	}
	return w.Expires, err
}

// turns gathers what a drawing of the whole time shows.
func (e *eyes) turns(s situation.Situation, out *Situation) error {
	out.Turns = []Event{{At: s.Opened, Kind: "situation.added", ID: s.ID, Entry: s.Entry}}
	for _, w := range out.Warnings {
		out.Turns = append(out.Turns, Event{At: w.Issued, Kind: "warning.issued", ID: w.ID, Level: w.Level, Entry: w.Entry})
		end, err := e.ended(w)
		if err != nil {
			return err
		}
		if !end.IsZero() {
			out.Turns = append(out.Turns, Event{At: end, Kind: "warning.ended", ID: w.ID, Level: w.Level})
		}
	}
	for _, d := range out.Decisions {
		if d.State != decision.Drafted {
			out.Turns = append(out.Turns, Event{At: d.At, Kind: "decision.signed", ID: d.ID, Level: d.Level, Entry: d.Entry})
		}
	}
	assessed, err := e.assessments(s.ID)
	if err != nil {
		return err
	}
	for _, a := range assessed {
		if a.State == assessment.Reviewed {
			out.Turns = append(out.Turns, Event{At: a.At, Kind: "assessment.reviewed", ID: a.ID, Entry: a.Entry})
		}
	}
	missed, err := e.heads(response.Filter{Situation: s.ID, State: "missed"}, 0)
	if err != nil {
		return err
	}
	for _, d := range missed {
		t, err := e.thingOf(d.ID)
		if err != nil {
			return err
		}
		out.Turns = append(out.Turns, Event{At: d.LapsedAt, Kind: "duty.lapsed", ID: d.ID, Level: t.level, Entry: d.Entry})
	}
	told, err := report.Heads(e.View, report.Filter{Situation: s.ID, Limit: turned})
	if err != nil {
		return err
	}
	for _, r := range told {
		if ok, err := e.mayReadReport(r); err != nil {
			return err
		} else if ok {
			out.Turns = append(out.Turns, Event{At: r.Received, Kind: "report.submitted", ID: r.ID, Entry: r.Entry})
		}
	}
	return nil
}

// plotted is a series as a page draws it.
func plotted(s series.Series) Series {
	out := Series{ID: s.Country + "-" + s.Outcome, Name: s.Outcome, Unit: "deaths", Source: s.Source, Outcome: s.Outcome}
	for _, p := range s.Points {
		out.Points = append(out.Points, Point{Month: p.Month.Start(), Best: p.Value, Low: p.Low, High: p.High})
		if p.Entry > out.Entry {
			out.Entry, out.Issued = p.Entry, p.Imported
		}
	}
	return out
}
