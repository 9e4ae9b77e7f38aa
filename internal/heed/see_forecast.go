package heed

import (
	"context"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// warnedOf makes sure that a warning stands on a situation and that the reader
// may know of it.
func (l *look) warnedOf(id, situation string) error {
	w, err := warning.Get(l.View, id)
	if err != nil {
		return fault.Invalid("warning", "there is no warning %s", id)
	}
	r, err := l.warning(w)
	if err != nil {
		return err
	}
	if w.Situation != situation || !l.may(access.WarningRead, r) {
		return fault.Invalid("warning", "there is no warning %s on %s", id, situation)
	}
	return nil
}

// A ForecastRow is a forecast that was issued, with what it was judged to be
// worth last.
type ForecastRow struct {
	insight.Issued
	ByName Ref              `json:"by_name"`
	Scores []insight.Scored `json:"scores"` // the newest first; none before its months have passed
}

// ForecastSkill returns every forecast that the reader may read, the newest
// first, with all its scores. Nobody in particular reads those that are CLEAR.
func (h *Heed) ForecastSkill(ctx context.Context, who Who) (out []ForecastRow, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		if err := e.need(access.PublicRead, e.node()); err != nil {
			return err
		}
		all, err := insight.List(e.View, "")
		if err != nil {
			return err
		}
		out = []ForecastRow{}
		for _, i := range all {
			if !e.may(access.ForecastRead, e.forecast(i)) {
				continue
			}
			row := ForecastRow{Issued: i, ByName: e.ref(i.By)}
			if row.Scores, err = insight.ScoresOf(e.View, i.Entry); err != nil {
				return err
			}
			out = append(out, row)
		}
		return nil
	})
	return out, err
}

// A ForecastBoard shows what changed from one forecast to the next, and what
// waits to be judged.
type ForecastBoard struct {
	Issued  insight.Issued   `json:"issued"`
	Before  insight.Issued   `json:"before"`
	Movers  []insight.Mover  `json:"movers"`
	Drafts  []ForecastOpened `json:"drafts"`
	Outcome string           `json:"outcome"`
}

// A ForecastOpened is a draft that a forecast opened, as a page shows it.
type ForecastOpened struct {
	insight.Raised
	Situation Ref  `json:"situation"`
	ByName    Ref  `json:"by_name"`
	Reason    Text `json:"reason"`
	MayJudge  bool `json:"-"`
}

// ForecastBoard returns the board of an outcome's newest forecast. Where none was
// issued, Issued is zero.
func (h *Heed) ForecastBoard(ctx context.Context, who Who, outcome string) (out ForecastBoard, err error) {
	err = h.listed(ctx, who, func(e *eyes) error {
		out = ForecastBoard{Outcome: outcome, Movers: []insight.Mover{}}
		if out.Drafts, err = e.opened("", ""); err != nil {
			return err
		}
		i, err := insight.Newest(e.View, outcome)
		if fault.KindOf(err) == fault.KindNotFound || err == nil && !e.may(access.ForecastRead, e.forecast(i)) {
			return nil
		}
		if err != nil {
			return err
		}
		out.Issued = i
		out.Movers, out.Before, err = insight.Movers(e.View, i)
		return err
	})
	return out, err
}

// opened returns the drafts of a situation, or all, that the reader may know of.
func (e *eyes) opened(id, state string) ([]ForecastOpened, error) {
	all, err := insight.Drafts(e.View, id, state)
	if err != nil {
		return nil, err
	}
	out := []ForecastOpened{}
	for _, d := range all {
		s, err := e.at(d.Situation)
		if err != nil {
			return nil, err
		}
		r := e.situation(s)
		if !e.may(access.SituationRead, r) {
			continue
		}
		r.Type, r.ID = "forecast", d.ID
		x := ForecastOpened{Raised: d, Situation: e.situationRef(d.Situation), ByName: e.ref(d.By), MayJudge: d.State == insight.Open && e.may(access.ForecastJudge, r)}
		if d.Judged > 0 {
			if x.Reason, err = text(insight.Why(e.View, d)); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// A SituationForecast is what a forecast says of the country of a situation.
type SituationForecast struct {
	Situation SituationRow     `json:"situation"`
	Outcome   string           `json:"outcome"`
	Issued    insight.Issued   `json:"issued"` // zero where there is none for the reader
	Cells     []insight.Cell   `json:"cells"`  // by month
	History   Series           `json:"history"`
	Drivers   []insight.Driver `json:"drivers"`
	Fusion    *insight.Fusion  `json:"fusion,omitempty"` // nil without an assessment
	Assessed  time.Time        `json:"assessed,omitzero"`
	People    Ref              `json:"people,omitzero"` // the population whose assessment moves most
	Skill     *insight.Scored  `json:"skill,omitempty"` // of the last forecast of the model that was scored
	Drafts    []ForecastOpened `json:"drafts"`
}

// historyMonths is how much of the past a page of a forecast shows.
const historyMonths = 60

// SituationForecast returns what the newest forecast of an outcome says of the
// country of a situation. Country level is what the data are of: it says nothing
// of one place in it.
func (h *Heed) SituationForecast(ctx context.Context, who Who, id, outcome string) (out SituationForecast, err error) {
	err = h.seen(ctx, who, func(e *eyes) error {
		s, err := e.at(id)
		if err != nil {
			return e.hidden(err)
		}
		if err := e.need(access.SituationRead, e.situation(s)); err != nil {
			return err
		}
		rows, err := e.situationRows([]situation.Situation{s}, s.ID)
		if err != nil {
			return err
		}
		out = SituationForecast{Situation: rows[0], Outcome: outcome}
		if out.Drafts, err = e.opened(s.ID, ""); err != nil {
			return err
		}
		i, err := insight.Newest(e.View, outcome)
		if fault.KindOf(err) == fault.KindNotFound || err == nil && (s.Country == "" || !e.may(access.ForecastRead, e.forecast(i))) {
			return nil
		}
		if err != nil {
			return err
		}
		out.Issued = i
		return e.forecastIn(s, &out)
	})
	return out, err
}

func (e *eyes) forecastIn(s situation.Situation, out *SituationForecast) (err error) {
	if out.Cells, err = insight.Cells(e.View, out.Issued.Entry, s.Country); err != nil || len(out.Cells) == 0 {
		return err
	}
	if out.Drivers, err = insight.Drivers(e.View, out.Issued.Entry, out.Cells[0].Area); err != nil {
		return err
	}
	from := events.Month(out.Issued.First) - historyMonths
	all, err := series.Monthly(e.View, series.Span{Country: s.Country, From: from, AsOf: 0})
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Source == series.Panel && x.Outcome == out.Outcome {
			out.History = plotted(x)
		}
	}
	if out.Fusion, err = e.fusion(s, out); err != nil {
		return err
	}
	scores, err := insight.Scores(e.View)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(scores, func(x insight.Scored) bool { return len(x.Marks) > 0 && x.Marks[0].Model == out.Issued.Model }); i >= 0 {
		out.Skill = &scores[i]
	}
	return nil
}

// fusion joins the highest probability of a deadly month with the assessment of
// the population for which it moves most.
func (e *eyes) fusion(s situation.Situation, out *SituationForecast) (*insight.Fusion, error) {
	m, err := e.matrix(s)
	if err != nil || m.At.IsZero() {
		return nil, err
	}
	prior := 0.0
	for _, c := range out.Cells {
		prior = max(prior, c.Deadly)
	}
	var best *insight.Fusion
	for k, people := range m.Populations {
		if m.Assessments[k] == "" {
			continue
		}
		var findings []insight.Finding
		for _, f := range m.Factors {
			c := f.Cells[k]
			findings = append(findings, insight.Finding{Factor: f.Factor, Present: c.Present, Worsening: c.Worsening, Absent: c.Absent, Of: c.Present + c.Worsening + c.Absent + c.Unknown})
		}
		x := insight.Fuse(prior, findings)
		if best == nil || x.Moves > best.Moves {
			best, out.People, out.Assessed = &x, people, m.At
		}
	}
	return best, nil
}

// ForecastFile returns the file of an issued forecast: the bytes whose hash its
// entry names.
func (h *Heed) ForecastFile(ctx context.Context, who Who, entry int64) (data []byte, i IssuedForecast, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if i, err = insight.Find(l.View, entry); err != nil {
			return l.unknown(err)
		}
		return l.need(access.ForecastRead, l.forecast(i))
	})
	if err != nil {
		return nil, i, err
	}
	data, err = insight.Bytes(ctx, h.parts.Blobs, i)
	return data, i, err
}
