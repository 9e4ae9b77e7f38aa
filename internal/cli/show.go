package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/heed"
)

// These commands read one thing whole. Their JSON is that of the API.

// read opens the node, reads one thing and prints it.
func read[T, V any](r *run, get func(*heed.Node, heed.Who) (T, error), of func(T) V, text func(w io.Writer, v V)) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	t, err := get(n, who)
	if err != nil {
		return err
	}
	v := of(t)
	return r.print(v, func(w io.Writer) { text(w, v) })
}

// as is a thing that is printed as it is.
func as[T any](t T) T { return t }

// when is a time in a list; nothing for none.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// line prints "name: value", and nothing where there is no value.
func line(w io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(w, "%-14s %s\n", name+":", value)
	}
}

// said is a text, or why there is none to read.
func said(t heed.Text) string {
	if t.State != "" {
		return "(" + t.State + ")"
	}
	return t.Body
}

// whom is who or what it is: the name, and the id beside it.
func whom(x heed.Ref) string {
	if x.Name == "" {
		return x.ID
	}
	return x.Name + " (" + x.ID + ")"
}

// heading begins a part of what is shown.
func heading(w io.Writer, title string, rows int) {
	if rows > 0 {
		fmt.Fprintf(w, "\n%s\n", title)
	}
}

func duties(w io.Writer, title string, all []view.DutyRow) {
	heading(w, title, len(all))
	for _, d := range all {
		late := ""
		if d.Late {
			late = " late"
		}
		fmt.Fprintf(w, "  %-7s %s  %s%s  %s: %s\n", d.ID, when(d.DueAt), d.State, late, whom(d.Owner), d.Title)
	}
}

func decisions(w io.Writer, all []view.DecisionRow) {
	for _, d := range all {
		fmt.Fprintf(w, "  %-7s %s  %s  %s\n", d.ID, when(d.At), d.State, said(d.Choice))
	}
}

type situationShowCmd struct {
	Situation string `arg:"" help:"Its id, as S-1."`
}

func (c *situationShowCmd) Run(r *run) error {
	return read(r, func(n *heed.Node, who heed.Who) (heed.Situation, error) { return n.Situation(r.ctx, who, c.Situation) }, view.OfSituation,
		func(w io.Writer, s view.Situation) {
			fmt.Fprintf(w, "%s %s\n", s.ID, s.Name)
			line(w, "state", s.State)
			line(w, "place", strings.Trim(s.Country+" "+s.Area, " "))
			line(w, "answers for it", whom(s.Lead))
			line(w, "marking", s.Marking)
			for _, p := range s.AtRisk {
				line(w, "at risk", whom(heed.Ref{ID: p.ID, Name: p.Name}))
			}
			heading(w, "Warnings", len(s.Warnings))
			for _, x := range s.Warnings {
				fmt.Fprintf(w, "  %-7s level %d  %s  %s\n", x.ID, x.Level, x.State, when(x.Issued))
			}
			duties(w, "Duties", s.Duties)
			heading(w, "Decisions", len(s.Decisions))
			decisions(w, s.Decisions)
			heading(w, "Reports", len(s.Reports))
			for _, x := range s.Reports {
				reportLine(w, x)
			}
		})
}

func reportLine(w io.Writer, x view.ReportRow) {
	fmt.Fprintf(w, "  %-8s %s  %-10s %-8s %-3s %s\n", x.ID, when(x.Received), x.Source, x.State, x.Grade, x.Title)
}

type reportListCmd struct {
	Situation string `help:"Only those of a situation." placeholder:"REF"`
	Source    string `help:"Only those of a kind of source." placeholder:"KIND"`
	State     string `help:"received, assessed, used, led or withdrawn."`
	Country   string `help:"Only those about a country." placeholder:"ISO3"`
	Words     string `name:"find" help:"Only those in which these words stand."`
	Limit     int    `help:"At most so many, the newest first." default:"50"`
}

func (c *reportListCmd) Run(r *run) error {
	if c.Limit < 1 {
		return usage("--limit %d: it must be 1 or more", c.Limit)
	}
	f := heed.ReportFilter{Situation: c.Situation, Source: c.Source, State: c.State, Country: c.Country, Q: c.Words, Page: heed.Page{Limit: c.Limit}}
	return read(r, func(n *heed.Node, who heed.Who) ([]heed.ReportRow, error) {
		rows, _, err := n.Reports(r.ctx, who, f)
		return rows, err
	}, func(all []heed.ReportRow) []view.ReportRow { return view.Each(all, view.OfReportRow) }, func(w io.Writer, all []view.ReportRow) {
		for _, x := range all {
			reportLine(w, x)
		}
	})
}

type reportShowCmd struct {
	Report string `arg:"" help:"Its id, as R-1."`
}

func (c *reportShowCmd) Run(r *run) error {
	return read(r, func(n *heed.Node, who heed.Who) (heed.Report, error) { return n.Report(r.ctx, who, c.Report) }, view.OfReport,
		func(w io.Writer, x view.Report) {
			fmt.Fprintf(w, "%s %s\n", x.ID, x.Title)
			line(w, "source", x.Source)
			line(w, "known by", x.KnownBy)
			line(w, "received", when(x.Received))
			line(w, "place", strings.Trim(x.Place+" "+x.Country, " "))
			line(w, "grade", x.Grade)
			line(w, "marking", x.Marking)
			line(w, "same as", x.SameAs)
			for _, s := range x.Situations {
				line(w, "situation", whom(s))
			}
			if t := said(x.Account); t != "" {
				fmt.Fprintf(w, "\n%s\n", t)
			}
			heading(w, "What became of it", len(x.Fate))
			for _, s := range x.Fate {
				fmt.Fprintf(w, "  %s  %s\n", when(s.At), strings.Trim(s.Kind+" "+s.In, " "))
			}
			if x.HasContact {
				fmt.Fprintf(w, "\nIt says who its source is: heed report open %s --purpose WHY\n", x.ID)
			}
		})
}

type assessmentShowCmd struct {
	Assessment string `arg:"" help:"Its id, as A-1."`
}

func (c *assessmentShowCmd) Run(r *run) error {
	return read(r, func(n *heed.Node, who heed.Who) (heed.Assessment, error) {
		return n.Assessment(r.ctx, who, c.Assessment)
	}, as[heed.Assessment],
		func(w io.Writer, a heed.Assessment) {
			fmt.Fprintf(w, "%s %s: %s\n", a.ID, whom(a.Situation), whom(a.Population))
			line(w, "state", a.State)
			line(w, "compared with", a.Before)
			line(w, "summary", said(a.Summary))
			for _, m := range a.Marks {
				if m.State == "unknown" && m.Was == "" {
					continue
				}
				was := ""
				if m.Was != "" && m.Was != m.State {
					was = " (was " + m.Was + ")"
				}
				fmt.Fprintf(w, "  %-6s %s%s\n", m.Indicator, m.State, was)
			}
		})
}

type assessmentMatrixCmd struct {
	Situation string `arg:"" help:"A situation."`
}

func (c *assessmentMatrixCmd) Run(r *run) error {
	return read(r, func(n *heed.Node, who heed.Who) (heed.Matrix, error) { return n.RiskMatrix(r.ctx, who, c.Situation) }, as[heed.Matrix],
		func(w io.Writer, m heed.Matrix) {
			for _, p := range m.Populations {
				fmt.Fprintf(w, "%s\n", whom(p))
			}
			fmt.Fprintln(w, "Worsening, present and absent indicators of each factor, by population; + and - are the change.")
			for _, f := range m.Factors {
				fmt.Fprintf(w, "%2d", f.Factor)
				for _, x := range f.Cells {
					fmt.Fprintf(w, "  %2d %2d %2d %+d", x.Worsening, x.Present, x.Absent, x.Change)
				}
				fmt.Fprintf(w, "  %s\n", f.Name)
			}
		})
}

type warningShowCmd struct {
	Warning string `arg:"" help:"Its id, as W-1."`
}

func (c *warningShowCmd) Run(r *run) error {
	return read(r, func(n *heed.Node, who heed.Who) (heed.Warning, error) { return n.Warning(r.ctx, who, c.Warning) }, view.OfWarning,
		func(w io.Writer, x view.Warning) {
			fmt.Fprintf(w, "%s level %d: %s\n", x.ID, x.Level, said(x.Finding))
			line(w, "state", x.State)
			line(w, "situation", whom(x.Situation))
			line(w, "issued", when(x.Issued)+" by "+whom(x.By))
			line(w, "expires", when(x.Expires))
			line(w, "confidence", x.Confidence)
			line(w, "marking", x.Marking)
			heading(w, "It rests on", len(x.Sources))
			for _, s := range x.Sources {
				fmt.Fprintln(w, " ", strings.Trim(strings.Join([]string{s.Kind, s.ID, said(s.Note)}, " "), " "))
			}
			heading(w, "Served on", len(x.Recipients))
			for _, p := range x.Recipients {
				ack := "not acknowledged"
				if !p.Acknowledged.IsZero() {
					ack = "acknowledged " + when(p.Acknowledged)
				}
				fmt.Fprintf(w, "  %s  served %s, %s\n", whom(p.Person), when(p.Served), ack)
			}
			duties(w, "Duties", x.Duties)
			heading(w, "Decisions", len(x.Decisions))
			decisions(w, x.Decisions)
		})
}

type dutyShowCmd struct {
	Duty string `arg:"" help:"Its id, as D-1."`
}

func (c *dutyShowCmd) Run(r *run) error {
	return read(r, func(n *heed.Node, who heed.Who) (heed.Duty, error) { return n.Duty(r.ctx, who, c.Duty) }, view.OfDuty,
		func(w io.Writer, d view.Duty) {
			fmt.Fprintf(w, "%s %s\n", d.ID, d.Title)
			line(w, "what", d.What)
			line(w, "warning", d.Warning)
			line(w, "owner", whom(d.Owner))
			line(w, "deputy", whom(d.Deputy))
			line(w, "due", when(d.DueAt))
			line(w, "state", d.State)
			line(w, "answer", said(d.Answer))
			line(w, "proposed", said(d.Proposed))
			heading(w, "Ladder", len(d.Ladder))
			for _, x := range d.Ladder {
				fmt.Fprintf(w, "  %d %s  %s  %s\n", x.N, when(x.At), x.State, strings.Trim(x.Role+" "+whom(x.Owner), " "))
			}
			duties(w, "Follow-up", d.FollowUps)
		})
}

type decisionCmd struct {
	List decisionListCmd `cmd:"" help:"List decisions."`
	Show decisionShowCmd `cmd:"" help:"Read a decision: what was known, weighed, chosen, and who signed."`
}

type decisionListCmd struct {
	Limit int `help:"At most so many, the newest first." default:"50"`
}

func (c *decisionListCmd) Run(r *run) error {
	if c.Limit < 1 {
		return usage("--limit %d: it must be 1 or more", c.Limit)
	}
	return read(r, func(n *heed.Node, who heed.Who) ([]heed.DecisionRow, error) {
		rows, _, err := n.Decisions(r.ctx, who, heed.Page{Limit: c.Limit})
		return rows, err
	}, func(all []heed.DecisionRow) []view.DecisionRow { return view.Each(all, view.OfDecisionRow) }, decisions)
}

type decisionShowCmd struct {
	Decision string `arg:"" help:"Its id, as DEC-1."`
}

func (c *decisionShowCmd) Run(r *run) error {
	return read(r, func(n *heed.Node, who heed.Who) (heed.Decision, error) { return n.Decision(r.ctx, who, c.Decision) }, view.OfDecision,
		func(w io.Writer, d view.Decision) {
			fmt.Fprintf(w, "%s on %s: %s\n", d.ID, d.Warning, said(d.Choice))
			line(w, "state", d.State)
			line(w, "known", said(d.Known))
			line(w, "reason", said(d.Reason))
			line(w, "communities", said(d.Community))
			line(w, "not asked", said(d.NoCommunity))
			line(w, "superseded by", d.SupersededBy)
			heading(w, "Options weighed", len(d.Options))
			for _, o := range d.Options {
				chosen := ""
				if o.Chosen {
					chosen = " (chosen)"
				}
				fmt.Fprintf(w, "  %s%s\n", o.Name, chosen)
				line(w, "    for", o.For)
				line(w, "    against", o.Against)
			}
			heading(w, "Dissent", len(d.Dissents))
			for _, x := range d.Dissents {
				fmt.Fprintf(w, "  %s  %s: %s\n", when(x.At), whom(x.By), said(x.Text))
			}
			if s := d.Signature; s.Kind != "" {
				fmt.Fprintf(w, "\nSigned by %s on %s (%s).\n", whom(s.By), when(s.At), s.Kind)
			}
		})
}
