package heed

import (
	"context"
	"fmt"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/counts"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/situation"
)

// ForecastDraft is a forecast to be issued.
type ForecastDraft = insight.Draft

// IssuedForecast is a forecast that was issued.
type IssuedForecast = insight.Issued

// ScoredForecast is what a forecast turned out to be worth.
type ScoredForecast = insight.Scored

// forecast is a resource that says of a forecast what access must know.
func (l *look) forecast(i insight.Issued) access.Resource {
	r := l.node()
	r.Type, r.Author, r.Marking = "forecast", i.By, i.Marking
	return r
}

// A CountsNote says what the counts lack that a forecast was made from.
type CountsNote struct {
	Source   string         `json:"counts"`             // "panel", or "ged": the node's events
	Last     forecast.Month `json:"-"`                  // the last month of the counts
	Holes    int            `json:"missing_cells"`      // months without a count within an area's own span, over all areas
	Areas    int            `json:"missing_areas"`      // areas that have such months
	Missing  []string       `json:"missing_months"`     // months such as 2021-03 that no area has a count for, though earlier and later ones have
	Unplaced []string       `json:"unplaced_countries"` // countries with events that VIEWS has no number for
	entry    int64
}

// panel returns the node's counts of an outcome with what they lack: those of its
// panels, or with insight.Events those of its events.
func (l *look) panel(outcome, source string) (*forecast.Panel, CountsNote, error) {
	n := CountsNote{Source: "panel", Missing: []string{}, Unplaced: []string{}}
	var values map[[2]int]float64
	var err error
	if source == insight.Events {
		var c series.Counted
		if c, err = series.FromEvents(l.View, series.GED, outcome); err != nil {
			return nil, n, fault.WithHint(err, "heed import ged FILE brings events")
		}
		n.Source, values, n.entry = source, c.Values, c.Entry
		n.Unplaced = append(n.Unplaced, c.Unplaced...)
	} else if values, n.entry, err = series.Counts(l.View, outcome); err != nil {
		return nil, n, err
	}
	a := make(forecast.Actuals, len(values))
	seen := map[forecast.Month]bool{}
	for at, v := range values {
		a[forecast.Cell{Area: at[0], Month: forecast.Month(at[1])}] = v
		seen[forecast.Month(at[1])] = true
	}
	p, err := forecast.NewPanel(a)
	if err != nil {
		hint := "heed import panel FILE brings them"
		if of, err := series.Latest(l.View); err == nil && of[series.GED] > 0 {
			hint += "; --from-record counts the events that were imported"
		}
		return nil, n, fault.WithHint(fault.Invalid("outcome", "the node has no counts of %s: %v", outcome, err), hint)
	}
	for m := p.First; m <= p.Last; m++ {
		if !seen[m] {
			n.Missing = append(n.Missing, m.String())
		}
	}
	n.Last = p.Last
	n.Holes, n.Areas = p.Holes()
	return p, n, nil
}

// A ForecastFit says what is to be forecast from the node's own counts.
type ForecastFit struct {
	Outcome  string         // ged_sb, ged_ns, ged_os
	TrainTo  forecast.Month // 0 is the last month of the counts
	From, To forecast.Month // 0 are the month after this one, and a year on
	Seed     uint64
	Counts   string // "" learns from the node's panels, insight.Events from its events
	Tell     func(done, of int)
}

// FitForecast learns from the node's counts and forecasts. Nothing is written
// down: a forecast counts from when it is issued.
func (h *Heed) FitForecast(ctx context.Context, who Who, in ForecastFit) (out ForecastDraft, note CountsNote, err error) {
	var p *forecast.Panel
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.ForecastIssue, l.forecast(insight.Issued{Marking: "GREEN"})); err != nil {
			return err
		}
		if in.From == 0 {
			now := l.now
			if !who.At.IsZero() {
				now = who.At
			}
			in.From = forecast.MonthOf(now.Year(), int(now.Month())) + 1
		}
		p, note, err = l.panel(in.Outcome, in.Counts)
		return err
	})
	if err != nil {
		return out, note, err
	}
	if in.To == 0 {
		in.To = in.From + 11
	}
	if in.TrainTo == 0 {
		in.TrainTo = min(p.Last, in.From-1)
	}
	m, err := counts.Fit(p, in.TrainTo, in.From, in.To, counts.Settings{Seed: in.Seed, Tell: in.Tell})
	if err != nil {
		return out, note, fault.WithHint(fault.Invalid("forecast", "%v", err),
			fmt.Sprintf("the node's counts are of %s to %s: newer ones can be imported, --from and --train-to name other months", p.First, p.Last))
	}
	out = ForecastDraft{Model: counts.Name, Outcome: in.Outcome, TrainTo: in.TrainTo, Drivers: map[int][]insight.Driver{}, Counts: in.Counts}
	if out.Draws, err = m.Forecast(in.From, in.To, counts.Draws); err != nil {
		return out, note, err
	}
	for _, area := range p.Living(in.TrainTo) {
		for _, d := range m.Drivers(area) {
			out.Drivers[area] = append(out.Drivers[area], insight.Driver{Group: d.Group, Moves: d.Moves})
		}
	}
	return out, note, nil
}

// IssueForecast writes a forecast down before its first month, and opens a draft
// for each situation where it passes its threshold. A draft is no warning.
func (h *Heed) IssueForecast(ctx context.Context, who Who, d ForecastDraft) (out IssuedForecast, raised []insight.Raised, err error) {
	err = h.see(ctx, who, func(l *look) error {
		return l.need(access.ForecastIssue, l.forecast(insight.Issued{Marking: d.Marking}))
	})
	if err != nil {
		return out, nil, err
	}
	ref, err := insight.Prepare(ctx, h.parts.Blobs, d)
	if err != nil {
		return out, nil, err
	}
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.ForecastIssue, a.forecast(insight.Issued{Marking: d.Marking})); err != nil {
			return err
		}
		if out, err = insight.Issue(a.tx, d, ref); err != nil {
			return err
		}
		raised = nil
		all, err := situation.List(a.View, situation.Filter{Open: true})
		if err != nil {
			return err
		}
		for _, s := range all {
			r, err := insight.Raise(a.tx, out, s.ID, s.Country, s.Marking)
			if err != nil {
				return err
			}
			if r != nil {
				raised = append(raised, *r)
			}
		}
		return nil
	})
	return out, raised, err
}

// ScoreForecast judges an issued forecast against what the node's counts say of
// its months by now, beside the baselines.
func (h *Heed) ScoreForecast(ctx context.Context, who Who, entry int64) (out ScoredForecast, err error) {
	var i insight.Issued
	var p *forecast.Panel
	var note CountsNote
	err = h.see(ctx, who, func(l *look) error {
		if i, err = insight.Find(l.View, entry); err != nil {
			return l.unknown(err)
		}
		if err := l.need(access.ForecastIssue, l.forecast(i)); err != nil {
			return err
		}
		p, note, err = l.panel(i.Outcome, i.Counts)
		return err
	})
	if err != nil {
		return out, err
	}
	draws, err := insight.Draws(ctx, h.parts.Blobs, i)
	if err != nil {
		return out, err
	}
	if out, err = insight.Judge(i, draws, p); err != nil {
		return out, err
	}
	out.Actuals = note.entry
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.ForecastIssue, a.forecast(i)); err != nil {
			return err
		}
		out, err = insight.Score(a.tx, out)
		return err
	})
	return out, err
}

// JudgeForecastDraft says what a person made of a draft that a forecast opened.
func (h *Heed) JudgeForecastDraft(ctx context.Context, who Who, id, verdict, warningID, why string) error {
	return h.do(ctx, who, func(a *act) error {
		d, err := insight.FindDraft(a.View, id)
		if err != nil {
			return a.unknown(err)
		}
		s, err := situation.Get(a.View, d.Situation)
		if err != nil {
			return err
		}
		r := a.situation(s)
		r.Type, r.ID = "forecast", d.ID
		if err := a.need(access.ForecastJudge, r); err != nil {
			return err
		}
		if warningID != "" {
			if err := a.warnedOf(warningID, s.ID); err != nil {
				return err
			}
		}
		return insight.JudgeDraft(a.tx, id, verdict, warningID, why)
	})
}
