package events

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// A column is one that a kind of file may have. The first name is the one
// asked for in messages; the others are read as well.
type column struct {
	names    []string
	required bool
}

// A kind is one sort of file: its name in messages, and its columns. Parsers
// know a column by its first name.
type kind struct {
	name    string
	command string
	columns []column
	oneOf   []string // columns of which at least one must be there
}

func need(names ...string) column { return column{names, true} }
func may(names ...string) column  { return column{names, false} }

// A table reads a file of one kind, row by row.
type table struct {
	kind     kind
	s        *scanner
	header   []string
	at       map[string]int // where each column of the kind stands in the row; absent ones have no key
	required map[string]bool
	line     int
	row      []string

	bad     *Problem // the first fault of the present row
	alsoBad []string // columns of the others
	notes   []note
	found   map[string]Country // countries by the text that named them
	sum     Summary
	seen    map[[2]uint64]first
	seeds   [3]maphash.Seed
}

// A note is a remark on rows that were not rejected for it.
type note struct {
	text        string
	rows, first int
}

// first is where an id was first met, and a hash of what its row said.
type first struct {
	content uint64
	line    int
}

// readRows reads a file of one kind: parse turns each row into a value and says
// whether an earlier row said the same; row receives the values.
func readRows[T any](r io.Reader, k kind, parse func(*table) (T, bool), row func(T) error) (Summary, error) {
	t, err := openTable(r, k)
	if err != nil {
		return Summary{}, err
	}
	for {
		if err := t.next(); err == io.EOF {
			return t.summary(), nil
		} else if err != nil {
			return t.summary(), err
		}
		v, repeated := parse(t)
		switch {
		case t.rejected():
		case repeated:
			t.sum.Duplicates++
		default:
			if err := t.deliver(row(v)); err != nil {
				return t.summary(), err
			}
		}
	}
}

// openTable reads the header of a file of kind k.
func openTable(r io.Reader, k kind) (*table, error) {
	text, err := openText(r)
	if err != nil {
		return nil, err
	}
	t := &table{kind: k, s: newScanner(text), seen: map[[2]uint64]first{}, found: map[string]Country{},
		required: map[string]bool{}, seeds: [3]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed()}}
	t.sum.Rejected = []Problem{}
	return t, t.readHeader()
}

// readHeader finds the separator and where each column stands.
func (t *table) readHeader() error {
	line := t.s.peekLine()
	if sep, ok := strings.CutPrefix(strings.ToLower(line), "sep="); ok && len(sep) == 1 {
		t.s.skipLine() // Excel's own first line
		line = t.s.peekLine()
	}
	t.s.sep = bestSeparator(line)
	_, fields, err := t.s.row()
	switch {
	case errors.Is(err, errQuote), errors.Is(err, errTooLong):
		return fault.Invalid("file", "line 1, the header, cannot be read: %w", err)
	case errors.Is(err, io.EOF):
		return fault.Invalid("file", "the file is empty; %s with a header line is expected", t.kind.name)
	case err != nil:
		return fault.Invalid("file", "the header cannot be read: %w", err)
	}
	t.header = slices.Clone(fields)
	for len(t.header) > 0 && t.header[len(t.header)-1] == "" {
		t.header = t.header[:len(t.header)-1]
	}
	return t.mapColumns()
}

// separators are tried in this order.
const separators = ",;\t|"

// bestSeparator is the one that occurs most in the header line.
func bestSeparator(line string) byte {
	best, most := byte(','), 0
	for _, sep := range []byte(separators) {
		if n := strings.Count(line, string(sep)); n > most {
			best, most = sep, n
		}
	}
	return best
}

// columnKey reduces a header name to what tells it apart.
func columnKey(s string) string {
	return strings.ReplaceAll(foldName(s), " ", "_")
}

// place finds the columns of k in header, the required ones that are missing,
// and a header that occurs twice.
func place(k kind, header []string) (at map[string]int, missing []string, twice string) {
	at = map[string]int{}
	byName := map[string]int{}
	for i, h := range header {
		key := columnKey(h)
		if _, ok := byName[key]; ok && key != "" {
			twice = h
		} else {
			byName[key] = i
		}
	}
	for _, c := range k.columns {
		for _, name := range c.names {
			if i, ok := byName[columnKey(name)]; ok {
				at[c.names[0]] = i
				break
			}
		}
		if _, ok := at[c.names[0]]; !ok && c.required {
			missing = append(missing, c.names[0])
		}
	}
	there := func(name string) bool { _, ok := at[name]; return ok }
	if len(k.oneOf) > 0 && !slices.ContainsFunc(k.oneOf, there) {
		missing = append(missing, strings.Join(k.oneOf, " or "))
	}
	return at, missing, twice
}

func (t *table) mapColumns() error {
	at, missing, twice := place(t.kind, t.header)
	if len(missing) > 0 {
		return t.wrongFile(missing)
	}
	if twice != "" {
		t.note(1, "the column "+quote(twice)+" occurs more than once; the first was read")
	}
	t.at = at
	var unused []string
	for i, h := range t.header {
		if h != "" && !slices.Contains(slices.Collect(maps.Values(at)), i) {
			unused = append(unused, h)
		}
	}
	for _, c := range t.kind.columns {
		t.required[c.names[0]] = c.required
	}
	if len(unused) > 0 && t.kind.command == "reports" {
		t.note(1, "columns not used: "+strings.Join(unused, ", "))
	}
	return nil
}

// wrongFile says what was expected, what is missing, and what the file looks
// like instead.
func (t *table) wrongFile(missing []string) error {
	found := strings.Join(t.header, ", ")
	if r := []rune(found); len(r) > 200 {
		found = string(r[:200]) + "…"
	}
	err := fault.Invalid("file", "this is not %s: missing columns: %s; found: %s", t.kind.name, strings.Join(missing, ", "), found)
	for _, k := range []kind{gedKind, acledKind, panelKind, reportsKind} {
		if k.command == t.kind.command {
			continue
		}
		if _, lacks, _ := place(k, t.header); len(lacks) == 0 {
			return fault.WithHint(err, "the columns are those of a file for import "+k.command)
		}
	}
	return fault.WithHint(err, "the first line must hold the names of the columns")
}

// next moves to the next row that has as many values as the header. Broken
// rows are counted and reported on the way. It returns io.EOF at the end.
func (t *table) next() error {
	for {
		line, fields, err := t.s.row()
		t.line, t.bad, t.alsoBad = line, nil, t.alsoBad[:0]
		switch {
		case errors.Is(err, errQuote), errors.Is(err, errTooLong):
			t.sum.Rows++
			t.sum.reject(Problem{Line: line, Error: err.Error()})
			continue
		case err == io.EOF:
			return io.EOF
		case err != nil:
			return fmt.Errorf("read line %d: %w", line, err)
		}
		t.sum.Rows++
		for len(fields) > len(t.header) && strings.TrimSpace(fields[len(fields)-1]) == "" {
			fields = fields[:len(fields)-1]
		}
		if len(fields) != len(t.header) {
			p := Problem{Line: line, Error: fmt.Sprintf("the row has %d values, the header %d", len(fields), len(t.header))}
			if len(fields) < len(t.header) {
				p.Column = t.header[len(fields)]
			}
			t.sum.reject(p)
			continue
		}
		if t.s.latin1 {
			t.note(line, "not in UTF-8, read as Windows-1252; if letters look wrong, save the file as UTF-8")
		}
		t.row = fields
		return nil
	}
}

// note remembers a remark, once for all the rows it concerns.
func (t *table) note(line int, text string) {
	for i := range t.notes {
		if t.notes[i].text == text {
			t.notes[i].rows++
			return
		}
	}
	t.notes = append(t.notes, note{text, 1, line})
}

// summary returns what became of the rows, with the notes in words.
func (t *table) summary() Summary {
	for _, n := range t.notes {
		where := fmt.Sprintf("line %d", n.first)
		if n.rows > 1 {
			where = fmt.Sprintf("%d rows, first on line %d", n.rows, n.first)
		}
		t.sum.Notes = append(t.sum.Notes, where+": "+n.text)
	}
	return t.sum
}

// head returns the file's own name for a column.
func (t *table) head(col string) string {
	if i, ok := t.at[col]; ok {
		return t.header[i]
	}
	return col
}

// fail marks the present row as bad in one column.
func (t *table) fail(col string, format string, a ...any) {
	if t.bad == nil {
		t.bad = &Problem{Line: t.line, Column: t.head(col), Error: fmt.Sprintf(format, a...)}
	} else if t.bad.Column != t.head(col) {
		t.alsoBad = append(t.alsoBad, t.head(col))
	}
}

// text returns a value without the space around it, empty when the file has
// no such column.
func (t *table) text(col string) string {
	i, ok := t.at[col]
	if !ok {
		return ""
	}
	s := strings.TrimSpace(t.row[i])
	if strings.IndexByte(s, 0) >= 0 {
		t.fail(col, "the value holds a NUL character")
	}
	return s
}

// missing reports whether s stands for no value.
func missing(s string) bool {
	switch s {
	case "", "NA", "NaN", "nan", "NULL", "null", "N/A", "#N/A":
		return true
	}
	return false
}

// must returns a value that may not be empty.
func (t *table) must(col string) string {
	s := t.text(col)
	if missing(s) {
		t.fail(col, "the value is missing")
	}
	return s
}

// whole returns a whole number within bounds. "12.0", as other programs write
// it, is 12. A missing value of an optional column is 0.
func (t *table) whole(col string, low, high int) int {
	s := t.text(col)
	if missing(s) {
		if t.required[col] {
			t.fail(col, "the value is missing")
		}
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		f, ferr := strconv.ParseFloat(s, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1e15 {
			t.fail(col, "%s is not a whole number", quote(s))
			return 0
		}
		n = int(f)
	}
	if n < low || n > high {
		t.fail(col, "%s is not between %d and %d", quote(s), low, high)
		return low
	}
	return n
}

// degrees returns a coordinate between -most and most. Where the separator is
// not a comma, a decimal comma is read.
func (t *table) degrees(col string, most float64) float64 {
	s := t.must(col)
	if t.s.sep != ',' {
		s = strings.Replace(s, ",", ".", 1)
	}
	if missing(s) {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.fail(col, "%s is not a number of degrees", quote(s))
		return 0
	}
	if !(math.Abs(f) <= most) {
		t.fail(col, "%s is not between %g and %g degrees", quote(s), -most, most)
	}
	return f
}

// country finds a country by name or ISO3, and remembers what it found.
func (t *table) country(s string) (Country, bool) {
	if c, ok := t.found[s]; ok {
		return c, c.ISO3 != ""
	}
	c, ok := FindCountry(s)
	if len(t.found) < 10_000 {
		t.found[strings.Clone(s)] = c
	}
	return c, ok
}

// day reads a date in one of the layouts, at midnight UTC.
func (t *table) day(col string, layouts []string, want string) time.Time {
	s := t.must(col)
	if missing(s) {
		return time.Time{}
	}
	for _, layout := range layouts {
		if d, err := time.Parse(layout, s); err == nil {
			if d.Year() < 1900 || d.Year() > 2200 {
				t.fail(col, "%s is not a date between 1900 and 2200", quote(s))
			}
			return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
		}
	}
	t.fail(col, "%s is not a date; write %s", quote(s), want)
	return time.Time{}
}

// rejected closes a row that failed and reports whether it did.
func (t *table) rejected() bool {
	if t.bad == nil {
		return false
	}
	p := *t.bad
	if len(t.alsoBad) > 0 {
		slices.Sort(t.alsoBad)
		p.Error += "; also wrong: " + strings.Join(slices.Compact(t.alsoBad), ", ")
	}
	t.sum.reject(p)
	return true
}

// meet remembers an id with the whole of its row, as meetAs does.
func (t *table) meet(id string) (line int, same bool) {
	return t.meetAs(id, t.row...)
}

// meetAs remembers an id and what it stands for. It returns the line where the
// id was first met, 0 if this is the first, and whether it stood for the same.
func (t *table) meetAs(id string, content ...string) (line int, same bool) {
	key := [2]uint64{maphash.String(t.seeds[0], id), maphash.String(t.seeds[1], id)}
	h := t.hash(content...)
	if f, ok := t.seen[key]; ok {
		return f.line, f.content == h
	}
	t.seen[key] = first{h, t.line}
	return 0, false
}

// hash is a hash of some values, different in every run.
func (t *table) hash(values ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seeds[2])
	for _, v := range values {
		h.WriteString(v)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// deliver hands a row on. A fault.Invalid from the receiver rejects the row;
// any other error ends the reading.
func (t *table) deliver(err error) error {
	switch {
	case err == nil:
		t.sum.Accepted++
		return nil
	case fault.KindOf(err) == fault.KindInvalid:
		t.sum.reject(Problem{Line: t.line, Column: fault.Field(err), Error: err.Error()})
		return nil
	}
	return fmt.Errorf("line %d: %w", t.line, err)
}
