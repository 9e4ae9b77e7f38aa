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
// The package promises that a cell, and a draw of a cell, is read once: the same
// cell with another value, or the same draw again, is an error that names the row,
// not a silent choice. Rows without a count are counted. It trusts nothing
// in the file; what is wrong is said with the row and the column.
//
//	actuals, missing, err := views.ParseActuals(data, "")
//	draws, err := views.ParseForecast(data)
//	rows, err := views.Write(w, draws)
//
// Source: https://github.com/prio-data/prediction_competition_2023
package views

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/heed-project/heed/forecast"
	"github.com/parquet-go/parquet-go"
)

// outcomes are the names of a column of counts, the likeliest first. They are
// tried where none is given.
var outcomes = []string{"outcome", "ged_sb", "ged_best_sb", "ged_sb_best", "ged_sb_best_sum", "sb", "ged_os", "ged_ns", "ged_best_os", "ged_best_ns"}

// ParseActuals reads a panel, or what was observed, from CSV or parquet.
// Outcome names the column of counts; empty, the first that is known is taken.
// Rows without a count are left out, and missing is their number. A count above
// [forecast.MostCount] is refused.
func ParseActuals(data []byte, outcome string) (a forecast.Actuals, missing int, err error) {
	t, err := parseTable(data)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case isKey(outcome):
		return nil, 0, fmt.Errorf("%s says which month, area or draw a row speaks of: it is no column of counts", outcome)
	case outcome == "":
		if outcome = t.first(outcomes...); outcome == "" {
			return nil, 0, fmt.Errorf("no column of counts is known among %v: name one with --outcome", t.names)
		}
	}
	counts, err := t.numbers(outcome)
	if err != nil {
		return nil, 0, err
	}
	cells, err := t.cells()
	if err != nil {
		return nil, 0, err
	}
	a = make(forecast.Actuals, len(cells))
	for i, c := range cells {
		v := counts[i]
		switch was, twice := a[c]; {
		case math.IsNaN(v):
			missing++
			continue
		case v < 0:
			return nil, 0, t.wrong(i, "%s is %v: a count is 0 or more", outcome, v)
		case v > forecast.MostCount:
			return nil, 0, t.wrong(i, "%s is %v: more than %.0f in a month is taken for an error", outcome, v, forecast.MostCount)
		case twice && was != v:
			return nil, 0, t.wrong(i, "area %d in %s has the count %v, and %v in an earlier row", c.Area, c.Month, v, was)
		}
		a[c] = v
	}
	if len(a) == 0 {
		return nil, 0, fmt.Errorf("the file has no row with a count in %s", outcome)
	}
	return a, missing, nil
}

// ParseForecast reads the draws of a forecast from CSV or parquet. Cells may have
// unequal numbers of draws; [forecast.Forecast.Draws] tells.
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
	f, rows := forecast.Forecast{}, map[forecast.Cell][]int{}
	for i, c := range cells {
		switch x := values[i]; {
		case !(x >= 0):
			return nil, t.wrong(i, "outcome is %v: a draw is a count, 0 or more", x)
		case x > forecast.MostDrawn:
			return nil, t.wrong(i, "outcome is %v for area %d in %s: a draw is at most %.0f", x, c.Area, c.Month, forecast.MostDrawn)
		case numbers != nil && numbers[i] != math.Trunc(numbers[i]):
			return nil, t.wrong(i, "draw is %v: it is the number of a draw", numbers[i])
		}
		f[c] = append(f[c], values[i])
		rows[c] = append(rows[c], i)
	}
	if len(f) == 0 {
		return nil, errors.New("the file has no draws")
	}
	if numbers == nil {
		return f, nil
	}
	for _, c := range f.Cells() {
		if err := t.order(c, rows[c], numbers, values, f[c]); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// order brings the draws of a cell into the order of their numbers, of which none
// may be there twice.
func (t *table) order(c forecast.Cell, rows []int, numbers, values, draws []float64) error {
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(numbers[a], numbers[b]) })
	for k, i := range rows {
		if k > 0 && numbers[i] == numbers[rows[k-1]] {
			return t.wrong(i, "draw %.0f of area %d in %s was in an earlier row", numbers[i], c.Area, c.Month)
		}
		draws[k] = values[i]
	}
	return nil
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
