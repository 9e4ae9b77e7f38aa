package heed

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/report"
)

// A Range is a count that is not certain; -1 is not known.
type Range struct{ Low, High int64 }

// A ReportFilter selects reports; Q is looked for in their words.
type ReportFilter struct {
	Situation, Source, State, Q string
	Country                     string
	From, To                    time.Time
	Page
}

// A ReportRow is a report in a list.
type ReportRow struct {
	ID, Source, Country, Place, Title string
	State                             string // received, assessed, used, led, withdrawn
	Received, From, To                time.Time
	Situation                         Ref
	Marking                           string
	Killed                            Range
	Grade                             string // source and content, "B2"; "" before it was assessed
	Entry                             int64
}

// counted is how many of the newest reports a total is counted among, and
// searched how many the words of which are searched.
const (
	counted  = 5000
	searched = 2000
)

// Reports returns the reports that who may read, the newest first, and how
// many there are: counted among the newest five thousand that the filter
// selects. Words are looked for in the newest two thousand.
func (h *Heed) Reports(ctx context.Context, who Who, f ReportFilter) (rows []ReportRow, total int64, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		rows, total, err = e.reports(f)
		return err
	})
	return rows, total, err
}

func (f ReportFilter) plain() report.Filter {
	return report.Filter{Situation: f.Situation, SourceType: f.Source, State: f.State, Country: f.Country, From: f.From, To: f.To}
}

func (e *eyes) reports(f ReportFilter) (rows []ReportRow, total int64, err error) {
	rows = []ReportRow{}
	x := f.plain()
	x.Limit = 200
	q := strings.ToLower(strings.TrimSpace(f.Q))
	for seen := 0; ; {
		all, err := report.Heads(e.View, x)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range all {
			x.Before = r.Entry
			if ok, err := e.mayReadReport(r); err != nil || !ok {
				if err != nil {
					return nil, 0, err
				}
				continue
			}
			one := []report.Report{r}
			if q != "" {
				if err := report.AddWords(e.View, one); err != nil {
					return nil, 0, err
				}
				if !contains(one[0], q) {
					continue
				}
			}
			if total++; total <= int64(f.Offset) || f.Limit > 0 && len(rows) == f.Limit {
				continue
			}
			if q == "" {
				if err := report.AddWords(e.View, one); err != nil {
					return nil, 0, err
				}
			}
			rows = append(rows, e.reportRowOf(one[0]))
		}
		seen += len(all)
		full := f.Limit > 0 && len(rows) == f.Limit
		if len(all) < x.Limit || q != "" && seen >= searched || q == "" && full {
			break
		}
	}
	if q == "" {
		n, err := e.countReports(f.plain(), counted)
		return rows, max(n, total), err
	}
	return rows, total, nil
}

func contains(r report.Report, q string) bool {
	return slices.ContainsFunc([]string{r.ID, r.Title, r.Text, r.Place, r.Population, r.Reference}, func(s string) bool {
		return strings.Contains(strings.ToLower(s), q)
	})
}

func (e *eyes) mayReadReport(r report.Report) (bool, error) {
	res, err := e.report(r)
	return err == nil && e.may(access.ReportRead, res), err
}

// countReports counts the reports that a filter selects and the reader may
// read.
func (e *eyes) countReports(f report.Filter, limit int) (n int64, err error) {
	kinds, err := e.reportKinds(f, limit)
	for _, k := range kinds {
		n += k
	}
	return n, err
}

// reportKinds counts them by kind of source.
func (e *eyes) reportKinds(f report.Filter, limit int) (map[string]int64, error) {
	all, err := report.Groups(e.View, f, limit)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, g := range all {
		if ok, err := e.mayReadReport(report.Report{Marking: g.Marking, Actor: g.Actor, Situations: g.Situations}); err != nil {
			return nil, err
		} else if ok {
			out[g.SourceType] += g.Count
		}
	}
	return out, nil
}

func (e *eyes) reportRowOf(r report.Report) ReportRow {
	row := ReportRow{ID: r.ID, Source: r.SourceType, Country: r.Country, Place: r.Place, Title: r.Title, State: r.State, Received: r.Received,
		From: r.Occurred, To: r.Occurred, Situation: e.situationRef(first(r.Situations)), Marking: r.Marking, Killed: Range{-1, -1}, Entry: r.Entry}
	if r.Killed != nil {
		row.Killed = Range{int64(*r.Killed), int64(*r.Killed)}
	}
	if r.Reliability != "" {
		row.Grade = r.Reliability + strconv.Itoa(r.Credibility)
	}
	return row
}

// A Report is one report with its fate. Who its source is opens by itself, for
// a purpose: see [Heed.OpenReport].
type Report struct {
	ReportRow
	Account    Text
	Known      string // how the source knows: seen, witness …
	What       []string
	Population string
	Reference  string      // the source's own
	Repeats    int         // how many tell the same
	Same       []ReportRow // those of them that the reader may read, the newest first
	SameAs     string      // the report that told it first; "" for the first
	Joined     int64       // the entry by which somebody said so; 0 where only the words tell
	SameWhy    Text
	Situations []Ref
	Fate       []FateStep
	Judgment   Text // why the source and the content were judged so
	Submitter  Ref
	HasContact bool // it says who its source is

	MayAssess, MayOpen, MayWithdraw, MayJoin, MayPart bool
}

// A FateStep is one thing that became of a report.
type FateStep struct {
	At   time.Time
	Kind string // received, assessed, used, led, withdrawn
	Ref  string // the warning or the decision; "" where the reader may not know of it
}

// Report returns one report, without who its source is.
func (h *Heed) Report(ctx context.Context, who Who, id string) (out Report, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		r, err := report.Get(e.View, id)
		if err != nil {
			return e.hidden(err)
		}
		res, err := e.report(r)
		if err != nil {
			return err
		}
		if err := e.need(access.ReportRead, res); err != nil {
			return err
		}
		out = Report{ReportRow: e.reportRowOf(r), Account: Text{Body: r.Text}, Known: r.KnownBy, What: r.What, Population: r.Population, Reference: r.Reference,
			Repeats: r.Repeats, Submitter: e.ref(r.Actor), HasContact: r.Identity > 0}
		if r.Erased {
			out.Account = Text{State: Erased}
		}
		for _, s := range r.Situations {
			if x := e.situationRef(s); x.ID != "" {
				out.Situations = append(out.Situations, x)
			}
		}
		out.MayAssess = r.State != report.Withdrawn && e.may(access.ReportAssess, res)
		out.MayWithdraw = out.MayAssess
		out.MayOpen = r.Identity > 0 && e.could(access.ReportOpen, res)
		if r.Assessment > 0 {
			if out.Judgment, err = text(report.NoteOf(e.View, r.Assessment)); err != nil {
				return err
			}
		}
		if err := e.same(&out, r); err != nil {
			return err
		}
		out.Fate, err = e.fate(id)
		return err
	})
	return out, err
}

// same adds to a report which others tell the same: at most five hundred.
func (e *eyes) same(out *Report, r report.Report) (err error) {
	out.MayJoin = out.MayAssess && r.Joined == 0 && r.Repeats == 0
	out.MayPart = out.MayAssess && r.Joined > 0 && r.Text != ""
	if r.RepeatOf != "" {
		out.Joined = r.Joined
		ok, err := e.readable(r.RepeatOf)
		if err != nil {
			return err
		}
		if ok {
			out.SameAs = r.RepeatOf
		}
	}
	if r.Joined > 0 {
		if out.SameWhy, err = text(report.NoteOf(e.View, r.Joined)); err != nil {
			return err
		}
	}
	if r.Repeats == 0 {
		return nil
	}
	all, err := report.List(e.View, report.Filter{Repeating: r.ID, Limit: 500})
	for _, x := range all {
		ok, err := e.mayReadReport(x)
		if err != nil {
			return err
		}
		if ok {
			out.Same = append(out.Same, e.reportRowOf(x))
		}
	}
	return err
}

func (e *eyes) fate(id string) (out []FateStep, err error) {
	f, err := report.FateOf(e.View, id)
	if err != nil {
		return nil, err
	}
	for _, s := range f.Steps {
		step := FateStep{At: s.At, Kind: s.State}
		if s.In != "" {
			ok, err := e.readable(s.In)
			if err != nil && fault.KindOf(err) != fault.KindNotFound {
				return nil, err
			}
			if ok {
				step.Ref = s.In
			}
		}
		out = append(out, step)
	}
	return out, nil
}
