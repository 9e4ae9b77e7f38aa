package insight

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/views"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

const schema = `
CREATE TABLE insight_issue (
	entry BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, model TEXT NOT NULL, outcome TEXT NOT NULL, train_to BIGINT NOT NULL,
	first_month BIGINT NOT NULL, last_month BIGINT NOT NULL, areas BIGINT NOT NULL, row_count BIGINT NOT NULL, blob TEXT NOT NULL, marking TEXT NOT NULL, open_at DOUBLE PRECISION NOT NULL, drivers TEXT NOT NULL, counts TEXT NOT NULL);
CREATE TABLE insight_cell (
	entry BIGINT NOT NULL, area BIGINT NOT NULL, month BIGINT NOT NULL, country TEXT NOT NULL,
	p05 DOUBLE PRECISION NOT NULL, p25 DOUBLE PRECISION NOT NULL, p50 DOUBLE PRECISION NOT NULL, p75 DOUBLE PRECISION NOT NULL, p95 DOUBLE PRECISION NOT NULL,
	mean DOUBLE PRECISION NOT NULL, p_any DOUBLE PRECISION NOT NULL, p_deadly DOUBLE PRECISION NOT NULL, p_many DOUBLE PRECISION NOT NULL,
	PRIMARY KEY (entry, area, month));
CREATE INDEX insight_cell_in ON insight_cell (entry, country);
CREATE TABLE insight_score (
	entry BIGINT PRIMARY KEY, issued BIGINT NOT NULL, first_month BIGINT NOT NULL, last_month BIGINT NOT NULL, n BIGINT NOT NULL,
	onsets BIGINT NOT NULL, actuals BIGINT NOT NULL, marks TEXT NOT NULL, areas TEXT NOT NULL, reliability TEXT NOT NULL, alarms TEXT NOT NULL, pit TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX insight_score_of ON insight_score (issued);
CREATE TABLE insight_draft (
	id TEXT PRIMARY KEY, issued BIGINT NOT NULL, situation TEXT NOT NULL, country TEXT NOT NULL, month BIGINT NOT NULL, probability DOUBLE PRECISION NOT NULL,
	before DOUBLE PRECISION NOT NULL, threshold DOUBLE PRECISION NOT NULL, at BIGINT NOT NULL, state TEXT NOT NULL, actor TEXT NOT NULL,
	judged BIGINT NOT NULL, warning TEXT NOT NULL, marking TEXT NOT NULL, entry BIGINT NOT NULL);
CREATE INDEX insight_draft_in ON insight_draft (situation);
`

// Module is what the record needs to know of forecasts. The store is where the
// draws are.
func Module(store blob.Store) record.Module {
	l := loader{store}
	return record.Module{Name: "insight", Schema: schema, Tables: []string{"insight_issue", "insight_cell", "insight_score", "insight_draft"},
		Kinds: []record.Kind{
			{Name: "insight.issued", Apply: l.applyIssued},
			{Name: "insight.scored", Apply: applyScored},
			{Name: "insight.raised", Apply: applyRaised},
			{Name: "insight.judged", Apply: applyJudged},
		}}
}

// The open parts.
type (
	issued struct {
		Model   string           `json:"model"`
		Outcome string           `json:"outcome"`
		TrainTo forecast.Month   `json:"train_to"`
		First   forecast.Month   `json:"first"`
		Last    forecast.Month   `json:"last"`
		Areas   int              `json:"areas"`
		Rows    int              `json:"rows"`
		Blob    string           `json:"blob"`
		OpenAt  float64          `json:"open_at,omitempty"`
		Counts  string           `json:"counts,omitempty"`
		Drivers map[int][]Driver `json:"drivers,omitempty"`
	}
	scored struct {
		Issued  int64          `json:"issued"`
		First   forecast.Month `json:"first"`
		Last    forecast.Month `json:"last"`
		N       int            `json:"n"`
		Onsets  int            `json:"onsets"`
		Actuals int64          `json:"actuals"`
		Marks   []Mark         `json:"marks"`
		Areas   []AreaMark     `json:"areas"`
		Due     []Reliable     `json:"reliability"`
		Alarms  []Alarm        `json:"alarms"`
		PIT     []int          `json:"pit,omitempty"`
	}
	raised struct {
		ID          string         `json:"id"`
		Issued      int64          `json:"issued"`
		Situation   string         `json:"situation"`
		Country     string         `json:"country"`
		Month       forecast.Month `json:"month"`
		Probability float64        `json:"probability"`
		Before      float64        `json:"before"`
		Threshold   float64        `json:"threshold"`
	}
	judged struct {
		ID      string `json:"id"`
		Verdict string `json:"verdict"`
		Warning string `json:"warning,omitempty"`
	}
)

// loader loads forecasts out of blobs.
type loader struct{ store blob.Store }

func (l loader) applyIssued(tx *db.Tx, e record.Entry) error {
	var in issued
	if err := e.Decode(&in); err != nil {
		return err
	}
	drivers, err := json.Marshal(in.Drivers)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO insight_issue (entry, at, actor, model, outcome, train_to, first_month, last_month, areas, row_count, blob, marking, open_at, drivers, counts)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.Index, e.Time.UnixMicro(), e.Actor, in.Model, in.Outcome, int(in.TrainTo), int(in.First), int(in.Last),
		in.Areas, in.Rows, in.Blob, e.Marking, in.OpenAt, string(drivers), in.Counts)
	if err != nil {
		return err
	}
	data, err := Bytes(tx.Context(), l.store, Issued{Blob: in.Blob})
	if err != nil {
		return err
	}
	f, err := views.ParseForecast(data)
	if err != nil {
		return fmt.Errorf("blob %s: %w", in.Blob, err)
	}
	return applyCells(tx, e.Index, f)
}

// together is how many rows one statement inserts.
const together = 40

func applyCells(tx *db.Tx, entry int64, f forecast.Forecast) error {
	const into = `INSERT INTO insight_cell (entry, area, month, country, p05, p25, p50, p75, p95, mean, p_any, p_deadly, p_many) VALUES `
	const one = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	var args []any
	rows := 0
	flush := func() error {
		if rows == 0 {
			return nil
		}
		_, err := tx.Exec(into+one+strings.Repeat(", "+one, rows-1), args...)
		args, rows = nil, 0
		return err
	}
	for _, c := range f.Cells() {
		s := summed(c, f[c])
		args = append(args, entry, s.Area, int(s.Month), s.Country, s.P05, s.P25, s.P50, s.P75, s.P95, s.Mean, s.Any, s.Deadly, s.Many)
		if rows++; rows == together {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func applyScored(tx *db.Tx, e record.Entry) error {
	var in scored
	if err := e.Decode(&in); err != nil {
		return err
	}
	var texts [5]string
	for i, v := range []any{in.Marks, in.Areas, in.Due, in.Alarms, in.PIT} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		texts[i] = string(b)
	}
	_, err := tx.Exec(`INSERT INTO insight_score (entry, issued, first_month, last_month, n, onsets, actuals, marks, areas, reliability, alarms, pit, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Index, in.Issued, int(in.First), int(in.Last), in.N, in.Onsets, in.Actuals, texts[0], texts[1], texts[2], texts[3], texts[4], e.Time.UnixMicro())
	return err
}

// List returns the forecasts of an outcome, or of all, that were issued, the
// newest first.
func List(v *record.View, outcome string) ([]Issued, error) {
	return db.All(v.Tx, func(s db.Scanner) (i Issued, err error) {
		var at int64
		var m [3]int
		err = s.Scan(&i.Entry, &at, &i.By, &i.Model, &i.Outcome, &m[0], &m[1], &m[2], &i.Areas, &i.Rows, &i.Blob, &i.Marking, &i.OpenAt, &i.Counts)
		i.At, i.TrainTo, i.First, i.Last = time.UnixMicro(at).UTC(), forecast.Month(m[0]), forecast.Month(m[1]), forecast.Month(m[2])
		return i, err
	}, `SELECT entry, at, actor, model, outcome, train_to, first_month, last_month, areas, row_count, blob, marking, open_at, counts FROM insight_issue
		WHERE ? = '' OR outcome = ? ORDER BY entry DESC`, outcome, outcome)
}

// Drivers returns what moves the forecast of an area, in the model's words; nothing
// where the model does not say.
func Drivers(v *record.View, entry int64, area int) ([]Driver, error) {
	text, err := db.One(v.Tx, db.Text, `SELECT drivers FROM insight_issue WHERE entry = ?`, entry)
	if err != nil {
		return nil, err
	}
	var all map[int][]Driver
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, err
	}
	return all[area], nil
}

// Cells returns the cells of a forecast in a country, or all, by area and month.
func Cells(v *record.View, entry int64, country string) ([]Cell, error) {
	return db.All(v.Tx, func(s db.Scanner) (c Cell, err error) {
		var month int
		err = s.Scan(&c.Area, &month, &c.Country, &c.P05, &c.P25, &c.P50, &c.P75, &c.P95, &c.Mean, &c.Any, &c.Deadly, &c.Many)
		c.Month = forecast.Month(month)
		return c, err
	}, `SELECT area, month, country, p05, p25, p50, p75, p95, mean, p_any, p_deadly, p_many FROM insight_cell
		WHERE entry = ? AND (? = '' OR country = ?) ORDER BY area, month`, entry, country, country)
}

const selectScore = `SELECT entry, issued, first_month, last_month, n, onsets, actuals, marks, areas, reliability, alarms, pit, at FROM insight_score `

func scanScore(s db.Scanner) (x Scored, err error) {
	var texts [5]string
	var first, last int
	var at int64
	if err = s.Scan(&x.Entry, &x.Issued, &first, &last, &x.N, &x.Onsets, &x.Actuals, &texts[0], &texts[1], &texts[2], &texts[3], &texts[4], &at); err != nil {
		return x, err
	}
	x.First, x.Last, x.At = forecast.Month(first), forecast.Month(last), time.UnixMicro(at).UTC()
	for i, to := range []any{&x.Marks, &x.Areas, &x.Due, &x.Alarms, &x.PIT} {
		if err = json.Unmarshal([]byte(texts[i]), to); err != nil {
			return x, err
		}
	}
	return x, nil
}

// Scores returns every judgement, the newest first.
func Scores(v *record.View) ([]Scored, error) {
	return db.All(v.Tx, scanScore, selectScore+`ORDER BY entry DESC`)
}

// ScoresOf returns the judgements of one forecast, the newest first.
func ScoresOf(v *record.View, issued int64) ([]Scored, error) {
	return db.All(v.Tx, scanScore, selectScore+`WHERE issued = ? ORDER BY entry DESC`, issued)
}

func applyRaised(tx *db.Tx, e record.Entry) error {
	var in raised
	if err := e.Decode(&in); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO insight_draft (id, issued, situation, country, month, probability, before, threshold, at, state, actor, judged, warning, marking, entry)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, '', ?, ?)`, in.ID, in.Issued, in.Situation, in.Country, int(in.Month), in.Probability, in.Before, in.Threshold,
		e.Time.UnixMicro(), Open, e.Marking, e.Index)
	return err
}

func applyJudged(tx *db.Tx, e record.Entry) error {
	var in judged
	if err := e.Decode(&in); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE insight_draft SET state = ?, actor = ?, judged = ?, warning = ? WHERE id = ?`, in.Verdict, e.Actor, e.Index, in.Warning, in.ID)
	return err
}

const selectDraft = `SELECT id, issued, situation, country, month, probability, before, threshold, at, state, actor, judged, warning, marking, entry FROM insight_draft `

func scanDraft(s db.Scanner) (d Raised, err error) {
	var month int
	var at int64
	err = s.Scan(&d.ID, &d.Issued, &d.Situation, &d.Country, &month, &d.Probability, &d.Before, &d.Threshold, &at, &d.State, &d.By, &d.Judged, &d.Warning, &d.Marking, &d.Entry)
	d.Month, d.At = forecast.Month(month), time.UnixMicro(at).UTC()
	return d, err
}

// Drafts returns the drafts of a situation, or all, in a state, or all, the newest
// first.
func Drafts(v *record.View, situation, state string) ([]Raised, error) {
	return db.All(v.Tx, scanDraft, selectDraft+`WHERE (? = '' OR situation = ?) AND (? = '' OR state = ?) ORDER BY entry DESC`, situation, situation, state, state)
}

// FindDraft returns a draft, or a fault of kind NotFound.
func FindDraft(v *record.View, id string) (Raised, error) {
	d, err := db.One(v.Tx, scanDraft, selectDraft+`WHERE id = ?`, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return d, fault.NotFound("there is no draft %s", id)
	}
	return d, err
}
