// Package views reads and writes counts and forecasts in the layout of the VIEWS
// prediction challenge, so that what is made here can be scored elsewhere,
// and the reverse.
//
// A panel or a file of actuals has month_id (1 is January 1980), country_id and
// a column of counts; a forecast has month_id, country_id, draw and outcome,
// one row a draw. A file is CSV or parquet, either of them gzip-compressed or
// not; which it is shows in its first bytes. Only the named columns are read:
// what else a file holds is left alone. A month may also be written 2021-03, or
// in two columns year and month; the area may be a priogrid_gid.
//
// The package promises that a cell is read once: the same cell with another
// value is an error that names the row, not a silent choice. It trusts nothing
// in the file; what is wrong is said with the row and the column.
//
//	actuals, err := views.ParseActuals(data, "")
//	draws, err := views.ParseForecast(data)
//	rows, err := views.Write(w, draws)
//
// Source: https://github.com/prio-data/prediction_competition_2023
package views

import (
	"fmt"
	"io"
	"math"
	"slices"
	"sort"

	"github.com/heed-project/heed/forecast"
	"github.com/parquet-go/parquet-go"
)

// outcomes are the names of a column of counts, the likeliest first. They are
// tried where none is given.
var outcomes = []string{"outcome", "ged_sb", "ged_best_sb", "ged_sb_best", "ged_sb_best_sum", "sb", "ged_os", "ged_ns", "ged_best_os", "ged_best_ns"}

// ParseActuals reads a panel, or what was observed, from CSV or parquet.
// Outcome names the column of counts; empty, the first that is known is taken.
// Rows without a count are left out.
func ParseActuals(data []byte, outcome string) (forecast.Actuals, error) {
	t, err := parseTable(data)
	if err != nil {
		return nil, err
	}
	if outcome == "" {
		if i := slices.IndexFunc(outcomes, t.has); i >= 0 {
			outcome = outcomes[i]
		} else {
			return nil, fmt.Errorf("no column of counts is known among %v: name one with --outcome", t.names)
		}
	}
	counts, err := t.numbers(outcome)
	if err != nil {
		return nil, err
	}
	cells, err := t.cells()
	if err != nil {
		return nil, err
	}
	a := make(forecast.Actuals, len(cells))
	for i, c := range cells {
		v := counts[i]
		if math.IsNaN(v) {
			continue
		}
		if v < 0 || math.IsInf(v, 0) {
			return nil, fmt.Errorf("row %d: %s is %v: a count is 0 or more", i+1, outcome, v)
		}
		if was, twice := a[c]; twice && was != v {
			return nil, fmt.Errorf("row %d: area %d in %s has the count %v, and %v in an earlier row", i+1, c.Area, c.Month, v, was)
		}
		a[c] = v
	}
	if len(a) == 0 {
		return nil, fmt.Errorf("the file has no row with a count in %s", outcome)
	}
	return a, nil
}

// ParseForecast reads the draws of a forecast from CSV or parquet.
func ParseForecast(data []byte) (forecast.Forecast, error) {
	t, err := parseTable(data)
	if err != nil {
		return nil, err
	}
	values, err := t.numbers("outcome")
	if err != nil {
		return nil, err
	}
	cells, err := t.cells()
	if err != nil {
		return nil, err
	}
	var numbers []float64
	if t.has("draw") {
		if numbers, err = t.numbers("draw"); err != nil {
			return nil, err
		}
	}
	f, order := forecast.Forecast{}, map[forecast.Cell][]float64{}
	for i, c := range cells {
		if !(values[i] >= 0) || math.IsInf(values[i], 0) {
			return nil, fmt.Errorf("row %d: outcome is %v: a draw is a count, 0 or more", i+1, values[i])
		}
		f[c] = append(f[c], values[i])
		if numbers != nil {
			order[c] = append(order[c], numbers[i])
		}
	}
	for c, by := range order {
		if !slices.IsSorted(by) {
			sort.Stable(numbered{by, f[c]})
		}
	}
	if len(f) == 0 {
		return nil, fmt.Errorf("the file has no draws")
	}
	return f, nil
}

// numbered orders draws by their numbers.
type numbered struct{ number, draw []float64 }

func (n numbered) Len() int           { return len(n.number) }
func (n numbered) Less(i, j int) bool { return n.number[i] < n.number[j] }
func (n numbered) Swap(i, j int) {
	n.number[i], n.number[j] = n.number[j], n.number[i]
	n.draw[i], n.draw[j] = n.draw[j], n.draw[i]
}

// row is one draw as VIEWS writes it.
type row struct {
	MonthID   int32 `parquet:"month_id,dict,snappy"`
	CountryID int32 `parquet:"country_id,dict,snappy"`
	Draw      int32 `parquet:"draw,dict,snappy"`
	Outcome   int32 `parquet:"outcome,dict,snappy"`
}

// Write writes a forecast as parquet, by area and month, and returns the
// number of rows. Draws are rounded to whole counts.
func Write(w io.Writer, f forecast.Forecast) (rows int, err error) {
	out := parquet.NewGenericWriter[row](w)
	var batch []row
	for _, c := range f.Cells() {
		batch = batch[:0]
		for i, x := range f[c] {
			batch = append(batch, row{int32(c.Month), int32(c.Area), int32(i), int32(math.Round(min(x, math.MaxInt32)))})
		}
		if _, err := out.Write(batch); err != nil {
			return rows, fmt.Errorf("write the forecast: %w", err)
		}
		rows += len(batch)
	}
	if err := out.Close(); err != nil {
		return rows, fmt.Errorf("write the forecast: %w", err)
	}
	return rows, nil
}
