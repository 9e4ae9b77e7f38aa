package frame

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Select returns the rows that have, for each condition COLUMN=VALUE, that
// value in that column. Without conditions it is the table itself.
func (t *Table) Select(conditions []string) (*Table, error) {
	out := t
	for _, c := range conditions {
		column, value, err := Condition(c)
		if err != nil {
			return nil, err
		}
		if out, err = out.Where(column, value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Condition takes COLUMN=VALUE apart.
func Condition(s string) (column, value string, err error) {
	column, value, ok := strings.Cut(s, "=")
	column, value = strings.TrimSpace(column), strings.TrimSpace(value)
	if !ok || column == "" {
		return "", "", fmt.Errorf("%q is no condition: write COLUMN=VALUE", s)
	}
	return column, value, nil
}

// Values returns the different values of a column, in the order in which they
// come. It returns nothing when there is no such column.
func (t *Table) Values(name string) (out []string) {
	k, err := t.Column(name)
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, row := range t.rows {
		if v := strings.TrimSpace(row[k]); !seen[v] {
			seen[v], out = true, append(out, v)
		}
	}
	return out
}

// Some writes a few names down, and how many there are when there are more.
func Some(names []string) string {
	const few = 8
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s… (%d)", strings.Join(names[:few], ", "), len(names))
}

// A Several says that a table has several rows for one time, where the rows of
// one place are needed. Column is the one that tells them apart, "" when none
// does.
type Several struct {
	Place  Error
	Apart  string
	Values []string
}

func (e *Several) Error() string { return e.Place.Error() }

// Unwrap gives the place in the table.
func (e *Several) Unwrap() error { return &e.Place }

// Single returns a *Several when a time is there more than once on a clock
// that was read from this table.
func (t *Table) Single(name string, c *Clock) error {
	first := map[float64]int{}
	for i, at := range c.At {
		k, there := first[at]
		if !there {
			first[at] = i
			continue
		}
		keys := make([]string, len(t.rows))
		for j, at := range c.At {
			keys[j] = fmt.Sprint(at)
		}
		return t.Doubled(i, name, fmt.Sprintf("the time %s is on line %d already", c.Label[i], t.lines[k]), "one place is needed", keys, name)
	}
	return nil
}

// Doubled is the fault that row i repeats what an earlier row is of. Keys say what
// each row is of. Columns that are part of that or are measured are not looked at for
// what tells such rows apart.
func (t *Table) Doubled(i int, column, reason, need string, keys []string, not ...string) *Several {
	e := &Several{Place: Error{Line: t.lines[i], Column: column, Reason: reason}}
	if e.Apart = t.apart(keys, not); e.Apart != "" {
		e.Values = t.Values(e.Apart)
		e.Place.Reason += fmt.Sprintf(": the table has a row for each %s (%s), and %s", e.Apart, Some(e.Values), need)
	} else {
		e.Place.Reason += ", and no single column tells such rows apart: add them up, or choose among them"
	}
	return e
}

// apart finds the column with the fewest values which together with the keys
// tells all rows apart. Numbers with fractions are measurements and no names,
// empty cells neither, and a place has two times or more.
func (t *Table) apart(keys, not []string) string {
	best, fewest := "", len(t.rows)
	for k, name := range t.Columns {
		if name == "" || slices.Contains(not, name) {
			continue
		}
		seen, values, unique := map[string]bool{}, map[string]bool{}, true
		for i, row := range t.rows {
			cell := strings.TrimSpace(row[k])
			key := keys[i] + "\x00" + cell
			if cell == "" || seen[key] || strings.Contains(cell, ".") && strings.Trim(cell, "0123456789.eE+-") == "" {
				unique = false
				break
			}
			seen[key], values[cell] = true, true
		}
		if unique && len(values) < fewest && 2*len(values) <= len(t.rows) {
			best, fewest = name, len(values)
		}
	}
	return best
}

// An Instant is the start of an analysis on a clock: where it was asked for,
// and the first time of the table that it affects.
type Instant struct {
	At    float64
	First string // the label of the first time at or after At, "" when there is none
	Exact bool   // that time is the start itself
}

// Instant finds a start on the clock. A start between two times of the table
// affects the later one first: Exact tells whether that is so.
func (c *Clock) Instant(text string) (Instant, error) {
	at, err := c.Position(text)
	if err != nil {
		return Instant{}, err
	}
	out := Instant{At: at}
	for _, k := range c.Order() {
		if c.At[k] >= at {
			out.First, out.Exact = c.Label[k], c.At[k]-at < 1e-9
			break
		}
	}
	return out, nil
}

// Readable returns why text cannot be a time of any table, or nil.
func Readable(text string) error {
	_, _, err := parseTime(strings.TrimSpace(text))
	return err
}

// foreign tells which kind of file begins with these bytes, when it is none
// with separated values.
func foreign(head []byte) string {
	for _, f := range []struct{ magic, name string }{
		{"PAR1", "a parquet file"}, {"PK\x03\x04", "a spreadsheet or another packed file"}, {"\x1f\x8b", "packed by gzip"},
		{"%PDF", "a PDF"}, {"SQLite format 3\x00", "a database"}, {"\xd0\xcf\x11\xe0", "an old spreadsheet"}, {"\xff\xfe", "text in UTF-16"}, {"\xfe\xff", "text in UTF-16"},
	} {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	if slices.Contains(head, 0) {
		return "no text"
	}
	return ""
}
