package views

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/forecast"
	"github.com/parquet-go/parquet-go"
)

// mostBytes bounds what a compressed file may unpack to.
const mostBytes = 2 << 30

// table gives columns by name.
type table struct {
	names []string
	rows  int
	text  [][]string                          // of CSV: rows of fields
	lines []int                               // of CSV: the line on which each row begins
	load  func(column int) ([]float64, error) // of parquet
	words func(column int) ([]string, error)  // of parquet, a column of text
}

// parseTable reads CSV or parquet, compressed or not.
func parseTable(data []byte) (*table, error) {
	data, err := forecast.Unpack(data, mostBytes)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("PAR1")) {
		return parquetTable(data)
	}
	return csvTable(data)
}

// separator is what separates the names of the columns: comma, semicolon or tab.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data[:min(len(data), 1<<16)], []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func csvTable(data []byte) (*table, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	names, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	t := &table{}
	for err == nil {
		var fields []string
		if fields, err = r.Read(); err == nil {
			line, _ := r.FieldPos(0)
			t.text, t.lines = append(t.text, fields), append(t.lines, line)
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the csv: %w", err)
	}
	t.rows = len(t.text)
	for _, n := range names {
		t.names = append(t.names, strings.TrimSpace(n))
	}
	return t, nil
}

func parquetTable(data []byte) (t *table, err error) {
	defer broken(&err)
	if err := soundFooter(data); err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("read the parquet: %w", err)
	}
	if err := soundPages(f, data); err != nil {
		return nil, err
	}
	t = &table{rows: int(f.NumRows())}
	var at []int
	for _, c := range f.Root().Columns() {
		if c.Leaf() {
			t.names = append(t.names, c.Name())
			at = append(at, int(c.Index()))
		}
	}
	t.load = func(i int) ([]float64, error) { return column(f, at[i], t.names[i], t.rows, number) }
	t.words = func(i int) ([]string, error) { return column(f, at[i], t.names[i], t.rows, word) }
	return t, nil
}

// broken turns the panic of a decoder that met a broken file into an error.
func broken(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the parquet file is broken: %v", p)
	}
}

// column reads one column of a parquet file.
func column[V any](f *parquet.File, at int, name string, rows int, convert func(parquet.Value) (V, error)) (out []V, err error) {
	defer broken(&err)
	buffer := make([]parquet.Value, 4096)
	for _, g := range f.RowGroups() {
		pages := g.ColumnChunks()[at].Pages()
		defer pages.Close()
		for {
			page, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("read the column %s: %w", name, err)
			}
			values := page.Values()
			for {
				n, err := values.ReadValues(buffer)
				for _, v := range buffer[:n] {
					x, bad := convert(v)
					if bad != nil {
						return nil, fmt.Errorf("row %d: %s: %w", len(out)+1, name, bad)
					}
					out = append(out, x)
				}
				if len(out) > rows {
					return nil, fmt.Errorf("the column %s has more values than the %d rows that the file says", name, rows)
				}
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return nil, fmt.Errorf("read the column %s: %w", name, err)
				}
			}
			parquet.Release(page)
		}
	}
	if len(out) != rows {
		return nil, fmt.Errorf("the column %s has %d values, the file says %d rows", name, len(out), rows)
	}
	return out, nil
}

func number(v parquet.Value) (float64, error) {
	if v.IsNull() {
		return math.NaN(), nil
	}
	switch v.Kind() {
	case parquet.Int32:
		return float64(v.Int32()), nil
	case parquet.Int64:
		return float64(v.Int64()), nil
	case parquet.Float:
		return float64(v.Float()), nil
	case parquet.Double:
		return v.Double(), nil
	case parquet.ByteArray:
		return parseNumber(string(v.ByteArray()))
	}
	return 0, fmt.Errorf("a value of kind %s is not a number", v.Kind())
}

func word(v parquet.Value) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	return v.String(), nil
}

// parseNumber reads a number, or NaN where it is missing.
func parseNumber(s string) (float64, error) {
	switch s = strings.TrimSpace(s); s {
	case "", "NA", "NaN", "nan", "null", "NULL", "None", ".":
		return math.NaN(), nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return x, nil
}

// wrong is an error of a row, with its line in a CSV.
func (t *table) wrong(row int, format string, a ...any) error {
	err := fmt.Errorf("row %d: "+format, append([]any{row + 1}, a...)...)
	if t.lines != nil {
		return fmt.Errorf("line %d, %w", t.lines[row], err)
	}
	return err
}

func (t *table) has(name string) bool { return slices.Contains(t.names, name) }

// first returns the first of some names that is a column, or nothing.
func (t *table) first(names ...string) string {
	if i := slices.IndexFunc(names, t.has); i >= 0 {
		return names[i]
	}
	return ""
}

// numbers returns a column as numbers; missing values are NaN.
func (t *table) numbers(name string) ([]float64, error) {
	i := slices.Index(t.names, name)
	if i < 0 {
		return nil, fmt.Errorf("there is no column %s; there are %v", name, t.names)
	}
	if t.load != nil {
		return t.load(i)
	}
	out := make([]float64, t.rows)
	for r, fields := range t.text {
		x, err := parseNumber(fields[i])
		if err != nil {
			return nil, t.wrong(r, "%s: %w", name, err)
		}
		out[r] = x
	}
	return out, nil
}

// strings returns a column as text.
func (t *table) strings(name string) ([]string, error) {
	i := slices.Index(t.names, name)
	if t.words != nil {
		return t.words(i)
	}
	out := make([]string, t.rows)
	for r, fields := range t.text {
		out[r] = fields[i]
	}
	return out, nil
}

// The columns that say which cell a row speaks of; a month may also be in year
// and month.
var (
	areaKeys  = [...]string{"country_id", "priogrid_gid", "priogrid_id", "pg_id", "area_id", "area"}
	monthKeys = [...]string{"month_id", "month", "date"}
)

// isKey says whether a column says which cell, or which draw, a row speaks of.
func isKey(name string) bool {
	return slices.Contains(areaKeys[:], name) || slices.Contains(monthKeys[:], name) || name == "year" || name == "draw"
}

// cells returns the area and month of each row.
func (t *table) cells() ([]forecast.Cell, error) {
	name := t.first(areaKeys[:]...)
	if name == "" {
		return nil, fmt.Errorf("there is no column country_id (or priogrid_gid); there are %v", t.names)
	}
	areas, err := t.numbers(name)
	if err != nil {
		return nil, err
	}
	months, err := t.months()
	if err != nil {
		return nil, err
	}
	out := make([]forecast.Cell, t.rows)
	for i, a := range areas {
		if a != math.Trunc(a) || a < 0 || a > math.MaxInt32 {
			return nil, t.wrong(i, "%s is %v: it is a whole number, 0 or more", name, a)
		}
		out[i] = forecast.Cell{Month: months[i], Area: int(a)}
	}
	return out, nil
}

// months returns the month of each row.
func (t *table) months() ([]forecast.Month, error) {
	out := make([]forecast.Month, t.rows)
	if !t.has("month_id") && t.has("year") && t.has("month") {
		years, err := t.numbers("year")
		if err != nil {
			return nil, err
		}
		months, err := t.numbers("month")
		if err != nil {
			return nil, err
		}
		for i := range out {
			y, m := years[i], months[i]
			if !(y >= 1000 && y <= 9999 && m >= 1 && m <= 12) || y != math.Trunc(y) || m != math.Trunc(m) {
				return nil, t.wrong(i, "year %v, month %v is not a month", y, m)
			}
			out[i] = forecast.MonthOf(int(y), int(m))
		}
		return out, nil
	}
	name := t.first(monthKeys[:]...)
	if name == "" {
		return nil, fmt.Errorf("there is no column month_id; there are %v", t.names)
	}
	texts, err := t.strings(name)
	if err != nil {
		return nil, err
	}
	for i, s := range texts {
		if len(s) == 10 && s[4] == '-' && s[7] == '-' {
			s = s[:7]
		}
		m, err := forecast.ParseMonth(strings.TrimSuffix(s, ".0"))
		if err != nil {
			return nil, t.wrong(i, "%s: %w", name, err)
		}
		out[i] = m
	}
	return out, nil
}
