// Package insight keeps forecasts as they were issued, and what they turned out
// to be worth.
//
// A forecast is issued before the first month that it speaks of: the entry
// names the content hash of the draws, which lie in the blob store in the layout
// of VIEWS, so that anybody who is given the file can check that it is the one.
// When months have passed it is scored against what the node's series say, beside
// the four baselines made from what was known when it was issued. Neither
// entry can be changed; a score is repeated when figures are revised, and both stand.
//
//	i, err := insight.Issue(ctx, tx, store, insight.Draft{Model: "heed-pool-1", Outcome: "ged_sb", TrainTo: m, Draws: f})
//	cells, err := insight.Cells(v, i.Entry, "XAA")
//	err = insight.Score(tx, i, insight.Judged{…})
//
// Promises: what a page shows of a forecast is computed from the blob once, when
// the entry is applied, and a rebuild computes it again. A forecast that would be
// issued after the first of its first month is a fault of kind Late. The package
// never says what should be done: [Fuse] states how it joins a forecast with an
// assessment, and [Alarms] counts what a threshold would have cost.
//
// It trusts whoever issues to say truly which model made the draws.
package insight

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/views"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Deadly is the monthly count from which a month is called deadly: UCDP's
// threshold of a conflict year, taken for one month.
const Deadly = 25

// A Driver is a group of a model's features and how much it moves the forecast:
// the difference in log(1+count) against the same area without it.
type Driver struct {
	Group string  `json:"group"` // recent, year, longer, since
	Moves float64 `json:"moves"`
}

// A Draft is a forecast to be issued.
type Draft struct {
	Model   string
	Outcome string         // ged_sb, ged_ns, ged_os
	TrainTo forecast.Month // the last month that it knows
	Draws   forecast.Forecast
	Drivers map[int][]Driver // by VIEWS id; nil where the model does not say
	Marking string           // "" is GREEN
	OpenAt  float64          // the probability of a deadly month from which a report is opened; 0 opens none
	Counts  string           // what it learned from and is scored on: "" the node's panels, "ged" its events
}

// An Issued is a forecast that was issued.
type Issued struct {
	Entry   int64          `json:"entry"`
	At      time.Time      `json:"at"`
	By      string         `json:"by"`
	Model   string         `json:"model"`
	Outcome string         `json:"outcome"`
	TrainTo forecast.Month `json:"train_to"`
	First   forecast.Month `json:"first"`
	Last    forecast.Month `json:"last"`
	Areas   int            `json:"areas"`
	Rows    int            `json:"rows"`
	Blob    string         `json:"blob"` // SHA-256 of the parquet file
	Marking string         `json:"marking"`
	OpenAt  float64        `json:"open_at,omitempty"`
	Counts  string         `json:"counts,omitempty"` // "ged" where it is of the node's events
}

// A Cell is the forecast of one area in one month, as numbers that a page shows.
type Cell struct {
	Area    int            `json:"area"`
	Country string         `json:"country"` // ISO3; "" where the area is no country that is known
	Month   forecast.Month `json:"month"`
	P05     float64        `json:"p05"`
	P25     float64        `json:"p25"`
	P50     float64        `json:"p50"`
	P75     float64        `json:"p75"`
	P95     float64        `json:"p95"`
	Mean    float64        `json:"mean"`
	Any     float64        `json:"p_any"`    // probability of at least 1
	Deadly  float64        `json:"p_deadly"` // of at least 25
	Many    float64        `json:"p_many"`   // of at least 100
}

// outcomes are the kinds of violence that forecasts are kept apart by.
var outcomes = []string{"ged_sb", "ged_ns", "ged_os"}

// Events says that a forecast is of the events on the node, not of its panels.
const Events = "ged"

// Prepare writes the draws into the blob store. It comes before the entry, which
// names the blob.
func Prepare(ctx context.Context, store blob.Store, d Draft) (blob.Ref, error) {
	if len(d.Draws) == 0 {
		return blob.Ref{}, fault.Invalid("forecast", "the forecast has no draws")
	}
	var file bytes.Buffer
	if _, err := views.Write(&file, d.Draws); err != nil {
		return blob.Ref{}, err
	}
	return store.Put(ctx, &file)
}

// Issue appends the entry of a forecast whose draws were stored by Prepare.
func Issue(tx *record.Tx, d Draft, ref blob.Ref) (Issued, error) {
	cells := d.Draws.Cells()
	if d.Model = strings.TrimSpace(d.Model); d.Model == "" || len(d.Model) > 80 {
		return Issued{}, fault.Invalid("model", "name the model that made the forecast, in at most 80 letters")
	}
	if !slices.Contains(outcomes, d.Outcome) {
		return Issued{}, fault.Invalid("outcome", "%q is not an outcome: one of %s", d.Outcome, strings.Join(outcomes, ", "))
	}
	if len(cells) == 0 {
		return Issued{}, fault.Invalid("forecast", "the forecast has no draws")
	}
	in := issued{Model: d.Model, Outcome: d.Outcome, TrainTo: d.TrainTo, First: cells[0].Month, Last: cells[0].Month, Blob: ref.String(), OpenAt: d.OpenAt, Drivers: d.Drivers, Counts: d.Counts}
	areas := map[int]bool{}
	for _, c := range cells {
		in.First, in.Last = min(in.First, c.Month), max(in.Last, c.Month)
		in.Rows += len(d.Draws[c])
		areas[c.Area] = true
	}
	in.Areas = len(areas)
	if d.Counts != "" && d.Counts != Events {
		return Issued{}, fault.Invalid("counts", "%q is not a source of counts: nothing, or %s", d.Counts, Events)
	}
	if d.OpenAt != 0 && !(d.OpenAt > 0 && d.OpenAt <= 1) {
		return Issued{}, fault.Invalid("open-at", "%v is not a probability: more than 0, at most 1", d.OpenAt)
	}
	if d.TrainTo >= in.First {
		return Issued{}, fault.Invalid("train-to", "the forecast begins in %s and knows %s", in.First, d.TrainTo)
	}
	if start := events.Month(in.First).Start(); !tx.Now.Before(start) {
		return Issued{}, fault.WithHint(fault.Late("the first month, %s, has begun: a forecast is issued before it", in.First),
			"forecast from the month after this one")
	}
	if d.Marking == "" {
		d.Marking = "GREEN"
	}
	e, err := tx.Append(record.Draft{Kind: "insight.issued", Subjects: []string{"forecast/" + d.Outcome}, Marking: d.Marking, Open: in})
	return Issued{Entry: e.Index, At: e.Time, By: e.Actor, Model: in.Model, Outcome: in.Outcome, TrainTo: in.TrainTo, First: in.First, Last: in.Last,
		Areas: in.Areas, Rows: in.Rows, Blob: in.Blob, Marking: d.Marking, OpenAt: in.OpenAt, Counts: in.Counts}, err
}

// summed is what the tables keep of the draws of a cell.
func summed(c forecast.Cell, draws []float64) Cell {
	sorted := slices.Sorted(slices.Values(draws))
	q := func(p float64) float64 { return math.Round(forecast.Quantile(sorted, p)*10) / 10 }
	mean := 0.0
	for _, x := range sorted {
		mean += x / float64(len(sorted))
	}
	country, _ := events.CountryByVIEWS(c.Area)
	return Cell{Area: c.Area, Country: country.ISO3, Month: c.Month, P05: q(0.05), P25: q(0.25), P50: q(0.5), P75: q(0.75), P95: q(0.95),
		Mean: math.Round(mean*100) / 100, Any: forecast.Exceeds(sorted, 1), Deadly: forecast.Exceeds(sorted, Deadly), Many: forecast.Exceeds(sorted, 100)}
}

// Draws reads the draws of an issued forecast from the blob store.
func Draws(ctx context.Context, store blob.Store, i Issued) (forecast.Forecast, error) {
	data, err := Bytes(ctx, store, i)
	if err != nil {
		return nil, err
	}
	return views.ParseForecast(data)
}

// Bytes returns the file of an issued forecast: the bytes whose hash its entry names.
func Bytes(ctx context.Context, store blob.Store, i Issued) ([]byte, error) {
	sum, err := blob.ParseSum(i.Blob)
	if err != nil {
		return nil, err
	}
	b, err := store.Open(ctx, sum)
	if err != nil {
		return nil, fmt.Errorf("the draws of a forecast, blob %s: %w", i.Blob, err)
	}
	defer b.Close()
	return io.ReadAll(b)
}

// Newest returns the forecast of an outcome that was issued last, or a fault of
// kind NotFound.
func Newest(v *record.View, outcome string) (Issued, error) {
	all, err := List(v, outcome)
	if err == nil && len(all) == 0 {
		err = fault.NotFound("no forecast of %s was issued", outcome)
	}
	if err != nil {
		return Issued{}, err
	}
	return all[0], nil
}

// Find returns the forecast that an entry issued.
func Find(v *record.View, entry int64) (Issued, error) {
	all, err := List(v, "")
	if err != nil {
		return Issued{}, err
	}
	for _, i := range all {
		if i.Entry == entry {
			return i, nil
		}
	}
	return Issued{}, fault.NotFound("E-%d issued no forecast", entry)
}

// A Mover is an area whose risk changed between two issues.
type Mover struct {
	Country string         `json:"country"`
	Deadly  float64        `json:"p_deadly"` // the highest of the months that both speak of
	Before  float64        `json:"before"`
	P50     float64        `json:"p50"` // the median of that month
	P05     float64        `json:"p05"`
	P95     float64        `json:"p95"`
	Month   forecast.Month `json:"month"`
	New     bool           `json:"new"` // there was no issue before
}

// Movers compares a forecast with the one before it of the same outcome, over
// the months that both speak of, the largest change first. Without one before,
// it lists by risk.
func Movers(v *record.View, i Issued) ([]Mover, Issued, error) {
	all, err := List(v, i.Outcome)
	if err != nil {
		return nil, Issued{}, err
	}
	var before Issued
	for _, x := range all {
		if x.Entry < i.Entry && x.Last >= i.First {
			before = x
			break
		}
	}
	now, err := Cells(v, i.Entry, "")
	if err != nil {
		return nil, before, err
	}
	was := map[forecast.Cell]Cell{}
	if before.Entry > 0 {
		old, err := Cells(v, before.Entry, "")
		if err != nil {
			return nil, before, err
		}
		for _, c := range old {
			was[forecast.Cell{Month: c.Month, Area: c.Area}] = c
		}
	}
	return movers(now, was, before.Entry == 0), before, nil
}

func movers(now []Cell, was map[forecast.Cell]Cell, first bool) []Mover {
	by := map[int]*Mover{}
	for _, c := range now {
		old, both := was[forecast.Cell{Month: c.Month, Area: c.Area}]
		if c.Country == "" || !both && !first {
			continue
		}
		m := by[c.Area]
		if m == nil {
			m = &Mover{Country: c.Country, Deadly: -1, New: first}
			by[c.Area] = m
		}
		m.Before = max(m.Before, old.Deadly)
		if c.Deadly > m.Deadly {
			m.Deadly, m.P50, m.P05, m.P95, m.Month = c.Deadly, c.P50, c.P05, c.P95, c.Month
		}
	}
	out := make([]Mover, 0, len(by))
	for _, m := range by {
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Mover) int {
		da, db := math.Abs(a.Deadly-a.Before), math.Abs(b.Deadly-b.Before)
		switch {
		case da > db:
			return -1
		case da < db:
			return 1
		}
		return strings.Compare(a.Country, b.Country)
	})
	return out
}
