package heed

import (
	"context"
	"io"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/situation"
)

// ReportInput is a report as it comes.
type ReportInput = report.SubmitInput

// ReportReceipt answers a report.
type ReportReceipt = report.Receipt

// AddReport takes a report in, from anybody. Situations are named by id or
// name; a person who is not signed in names none, and no marking.
func (h *Heed) AddReport(ctx context.Context, who Who, in ReportInput) (out ReportReceipt, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.ReportSubmit, a.node()); err != nil {
			return err
		}
		if who.Person == "" { // theirs is to tell; those who sort it must be able to read it
			in.Situations, in.Marking = nil, "AMBER+STRICT"
		}
		for i, ref := range in.Situations {
			s, err := situation.Find(a.View, ref)
			if err != nil {
				return fault.Invalid("situation", "%w", err)
			}
			if err := a.need(access.SituationRead, a.situation(s)); err != nil {
				return err
			}
			in.Situations[i] = s.ID
		}
		out, err = report.New(h.rec).Submit(a.tx, in)
		return err
	})
	return out, err
}

// onReport finds a report, decides, and acts on it.
func (h *Heed) onReport(ctx context.Context, who Who, id, action string, f func(*act, report.Report) error) error {
	return h.do(ctx, who, func(a *act) error {
		r, err := report.Get(a.View, id)
		if err != nil {
			return err
		}
		res, err := a.report(r)
		if err != nil {
			return err
		}
		if err := a.need(action, res); err != nil {
			return err
		}
		return f(a, r)
	})
}

// AssessReport judges a report's source (A to F) and its content (1 to 6), and
// links it to a situation if one is named: who does must be one who may judge
// what belongs to that situation.
func (h *Heed) AssessReport(ctx context.Context, who Who, id, reliability string, credibility int, situationRef, why string) error {
	return h.onReport(ctx, who, id, access.ReportAssess, func(a *act, r report.Report) error {
		if situationRef != "" {
			s, err := situation.Find(a.View, situationRef)
			if err != nil {
				return fault.Invalid("situation", "%w", err)
			}
			if err := a.need(access.ReportAssess, a.situation(s)); err != nil {
				return err
			}
			if _, err := report.Link(a.tx, id, s.ID); err != nil && fault.KindOf(err) != fault.KindExists {
				return err
			}
		}
		_, err := report.Assess(a.tx, id, reliability, credibility, why)
		return err
	})
}

// JoinReport says that a report tells the same as an earlier one, which the
// same person must be able to judge. Its reporter can read from then on what
// the first led to.
func (h *Heed) JoinReport(ctx context.Context, who Who, id, first, why string) error {
	return h.onReport(ctx, who, id, access.ReportAssess, func(a *act, r report.Report) error {
		f, err := report.Get(a.View, first)
		if err != nil {
			return fault.Invalid("first", "%w", err)
		}
		res, err := a.report(f)
		if err != nil {
			return err
		}
		if err := a.need(access.ReportAssess, res); err != nil {
			return err
		}
		_, err = report.Join(a.tx, id, first, why)
		return err
	})
}

// PartReport takes back that a report tells the same as another.
func (h *Heed) PartReport(ctx context.Context, who Who, id, why string) error {
	return h.onReport(ctx, who, id, access.ReportAssess, func(a *act, r report.Report) error {
		_, err := report.Part(a.tx, id, why)
		return err
	})
}

// WithdrawReport sets a report aside, for a reason. Its fate says so.
func (h *Heed) WithdrawReport(ctx context.Context, who Who, id, why string) error {
	return h.onReport(ctx, who, id, access.ReportAssess, func(a *act, r report.Report) error {
		_, err := report.Withdraw(a.tx, id, why)
		return err
	})
}

// OpenReport reads who the source of a report is, for the purpose that who
// states. That it was read is durable before it is returned, with the entry
// that says so.
func (h *Heed) OpenReport(ctx context.Context, who Who, id string) (source report.Identity, opened int64, err error) {
	var at int64
	err = h.see(ctx, who, func(l *look) error {
		r, err := report.Get(l.View, id)
		if err != nil {
			return err
		}
		res, err := l.report(r)
		if err != nil {
			return err
		}
		if err := l.need(access.ReportOpen, res); err != nil {
			return err
		}
		if at = r.Identity; at == 0 {
			return fault.NotFound("%s does not say who its source is", id)
		}
		return nil
	})
	if err != nil {
		return source, 0, err
	}
	opened, err = h.rec.OpenProtected(ctx, who.by(), at, &source)
	return source, opened, err
}

// Fate returns what became of the report to which a receipt belongs. Whoever
// holds the receipt may ask.
func (h *Heed) Fate(ctx context.Context, code string) (f report.Fate, err error) {
	err = h.see(ctx, Nobody, func(l *look) error {
		if err := l.need(access.ReportFate, l.node()); err != nil {
			return err
		}
		f, err = report.New(h.rec).Fate(l.View, code)
		return err
	})
	return f, err
}

// Imported says what became of every row of a file.
type Imported struct {
	Rows       int                 `json:"rows"`
	Accepted   int                 `json:"accepted"`
	Duplicates int                 `json:"duplicates"`
	Rejected   []events.Problem    `json:"rejected"`
	Unlisted   int                 `json:"rejected_unlisted,omitempty"` // rejected beyond those listed
	Entry      int64               `json:"entry"`
	Notes      []string            `json:"notes,omitempty"`
	Receipts   []report.RowReceipt `json:"receipts,omitempty"`
}

// Import takes in a file: ged, acled or panel as one entry over a blob, reports
// as an entry each.
func (h *Heed) Import(ctx context.Context, who Who, kind, name string, body io.Reader) (Imported, error) {
	err := h.see(ctx, who, func(l *look) error { return l.need(access.ImportData, l.node()) })
	if err != nil {
		return Imported{}, err
	}
	if kind == "reports" {
		r, err := report.New(h.rec).SubmitMany(ctx, h.rec, who.by(), report.File{Name: name, Body: body})
		out := Imported{Rows: r.Rows, Accepted: r.Accepted, Duplicates: r.Duplicates, Rejected: r.Rejected, Entry: r.Entry, Notes: r.Notes, Receipts: r.Receipts}
		return out.whole(r.RejectedRows), err
	}
	r, err := series.Import(ctx, h.rec, who.by(), h.parts.Blobs, series.File{Kind: kind, Name: name, Body: body})
	out := Imported{Rows: r.Rows, Accepted: r.Accepted, Duplicates: r.Duplicates, Rejected: r.Rejected, Entry: r.Entry, Notes: r.Notes}
	return out.whole(r.RejectedRows), err
}

// whole counts what was rejected beyond what is listed.
func (i Imported) whole(rejected int) Imported {
	i.Unlisted = rejected - len(i.Rejected)
	if i.Rejected == nil {
		i.Rejected = []events.Problem{}
	}
	return i
}
