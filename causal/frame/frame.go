// Package frame reads the tables that an analysis of impact begins with: a
// header, a row for each time or for each unit and time, text in every cell.
//
// It promises that nothing is guessed in silence: a cell that is empty or that
// is no number is refused with its line and column, a time that does not have
// the form of the others too. Comma, semicolon and tab separate cells, told by
// the header; quotes, a byte order mark and the row names that R writes are
// understood. Missing is an empty cell, NA, NaN, N/A, null or a single dot.
//
// It trusts its caller for size: the whole table is held in memory.
//
//	t, err := frame.Parse(file)
//	y, err := t.Floats("deaths")
//	clock, err := t.Clock("month")
//	start, err := clock.Position("2005-01")
package frame

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// An Error is what is wrong with a table, and where. Line counts from 1 and
// includes the header; it is 0 when the table as a whole is meant.
type Error struct {
	Line   int
	Column string
	Reason string
}

func (e *Error) Error() string {
	switch {
	case e.Line > 0 && e.Column != "":
		return fmt.Sprintf("line %d, column %s: %s", e.Line, e.Column, e.Reason)
	case e.Line > 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	case e.Column != "":
		return fmt.Sprintf("column %s: %s", e.Column, e.Reason)
	}
	return e.Reason
}

// A Table is a header and rows of text.
type Table struct {
	Columns []string
	rows    [][]string
	lines   []int // the line on which each row begins
}

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Line returns the line of the file on which row i begins.
func (t *Table) Line(i int) int { return t.lines[i] }

// Parse reads a table of separated values with a header.
func Parse(r io.Reader) (*Table, error) {
	b := bufio.NewReader(r)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		b.Discard(3)
	}
	head, err := b.Peek(4096)
	if len(head) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, &Error{Reason: "the table is empty: a header and rows are needed"}
	}
	if kind := foreign(head); kind != "" {
		return nil, &Error{Reason: fmt.Sprintf("this is %s: write the table as text with a header and separated values (csv)", kind)}
	}
	c := csv.NewReader(b)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = separator(head), -1, false
	columns, err := c.Read()
	if err != nil {
		return nil, wrap(err)
	}
	t := &Table{Columns: columns}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, wrap(err)
		}
		line, _ := c.FieldPos(0)
		t.rows, t.lines = append(t.rows, row), append(t.lines, line)
	}
	return t, t.check()
}

// separator tells how cells are separated, by what the header holds most of.
func separator(head []byte) rune {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func wrap(err error) error {
	if p := (*csv.ParseError)(nil); errors.As(err, &p) {
		return &Error{Line: p.Line, Reason: p.Err.Error()}
	}
	return err
}

// check makes the names of columns usable and looks at the length of rows. A
// table whose rows all have one cell more than its header has row names.
func (t *Table) check() error {
	if len(t.rows) > 0 && len(t.rows[0]) == len(t.Columns)+1 {
		t.Columns = append([]string{""}, t.Columns...)
	}
	for i, name := range t.Columns {
		t.Columns[i] = strings.TrimSpace(name)
		if t.Columns[i] != "" && slices.Contains(t.Columns[:i], t.Columns[i]) {
			return &Error{Line: 1, Column: t.Columns[i], Reason: "two columns have this name"}
		}
	}
	for i, row := range t.rows {
		if len(row) != len(t.Columns) {
			return &Error{Line: t.lines[i], Reason: fmt.Sprintf("%d cells, the header has %d", len(row), len(t.Columns))}
		}
	}
	if len(t.rows) == 0 {
		return &Error{Reason: "the table has a header and no rows"}
	}
	return nil
}

// Column returns the place of a column, or an error that lists those there are.
func (t *Table) Column(name string) (int, error) {
	if i := slices.Index(t.Columns, name); i >= 0 && name != "" {
		return i, nil
	}
	return 0, &Error{Reason: fmt.Sprintf("there is no column %q; the table has %s", name, strings.Join(t.Columns, ", "))}
}

// missing says whether a cell holds nothing.
func missing(cell string) bool {
	switch strings.ToLower(cell) {
	case "", "na", "nan", "n/a", "null", ".", "none":
		return true
	}
	return false
}

// Texts returns a column as text, without the blanks around it. An empty cell
// is refused.
func (t *Table) Texts(name string) ([]string, error) {
	k, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(t.rows))
	for i, row := range t.rows {
		if out[i] = strings.TrimSpace(row[k]); out[i] == "" {
			return nil, &Error{t.lines[i], name, "the cell is empty"}
		}
	}
	return out, nil
}

// Floats returns a column as numbers. A missing cell and one that is no
// finite number are refused.
func (t *Table) Floats(name string) ([]float64, error) {
	k, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(t.rows))
	for i, row := range t.rows {
		cell := strings.TrimSpace(row[k])
		if missing(cell) {
			return nil, &Error{t.lines[i], name, "the value is missing"}
		}
		x, err := strconv.ParseFloat(cell, 64)
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, &Error{t.lines[i], name, fmt.Sprintf("%q is not a number", cell)}
		}
		out[i] = x
	}
	return out, nil
}

// Where returns the rows whose cell in a column has a value.
func (t *Table) Where(name, value string) (*Table, error) {
	k, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	out := t.pick(func(i int) bool { return strings.TrimSpace(t.rows[i][k]) == strings.TrimSpace(value) })
	if out.Len() == 0 {
		return nil, &Error{Column: name, Reason: fmt.Sprintf("no row has the value %q; there are %s", value, Some(t.Values(name)))}
	}
	return out, nil
}

// Except returns the rows whose cell in a column has another value.
func (t *Table) Except(name, value string) (*Table, error) {
	k, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	out := t.pick(func(i int) bool { return strings.TrimSpace(t.rows[i][k]) != strings.TrimSpace(value) })
	switch out.Len() {
	case t.Len():
		return nil, &Error{Column: name, Reason: fmt.Sprintf("no row has the value %q; there are %s", value, Some(t.Values(name)))}
	case 0:
		return nil, &Error{Column: name, Reason: fmt.Sprintf("every row has the value %q", value)}
	}
	return out, nil
}

// Complete returns the rows that have a value in each of the columns, and how
// many were left out.
func (t *Table) Complete(names ...string) (*Table, int, error) {
	at := make([]int, len(names))
	for i, name := range names {
		k, err := t.Column(name)
		if err != nil {
			return nil, 0, err
		}
		at[i] = k
	}
	out := t.pick(func(i int) bool {
		return !slices.ContainsFunc(at, func(k int) bool { return missing(strings.TrimSpace(t.rows[i][k])) })
	})
	if out.Len() == 0 {
		return nil, 0, &Error{Reason: "no row has a value in each of " + strings.Join(names, ", ")}
	}
	return out, t.Len() - out.Len(), nil
}

func (t *Table) pick(keep func(i int) bool) *Table {
	out := &Table{Columns: t.Columns}
	for i := range t.rows {
		if keep(i) {
			out.rows, out.lines = append(out.rows, t.rows[i]), append(out.lines, t.lines[i])
		}
	}
	return out
}

// Cell returns a cell as text, "" where it is missing or there is no such column.
func (t *Table) Cell(row int, name string) string {
	k, err := t.Column(name)
	if err != nil {
		return ""
	}
	if cell := strings.TrimSpace(t.rows[row][k]); !missing(cell) {
		return cell
	}
	return ""
}
