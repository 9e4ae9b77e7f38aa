package look

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/custody/export"
)

// A Table is what one list shows, on a page and as CSV: both come from here,
// so that they cannot differ. On a narrow screen each row becomes a card.
type Table struct {
	ID, Caption string
	Cols        []Col
	Rows        []Row
	Empty       string // said instead of an empty table
	CSV         string // address of the same rows as CSV
	Total       int64  // rows there are, where not all are shown
	More        string // address of the rest
	MoreText    string
	Hidden      bool // the caption repeats the heading above: for listeners only
}

// A Col is a column. Name is its heading in CSV, which does not change with
// the language.
type Col struct {
	Label, Name string
	Num         bool
}

// A Row is one line. Mark "late" sets it off.
type Row struct {
	Cells []Cell
	Mark  string
}

// A Cell is one field. Only one of its ways of showing is used, in the order
// Level, Mark, At, Text.
type Cell struct {
	Text, Href string
	Sub        string // a second, softer line
	Level      int    // 1 to 5: a severity
	Mark       string // late, open or done: a state
	ID         bool   // Text is a reference or a number, never to be reordered
	At         time.Time
	Raw        string // for CSV, where Text is for people
	Lang       string // of Text, where it is not the page's: it reads from left to right
}

// WriteCSV writes the table with the headings that programs know it by. A
// field that a spreadsheet would take for a formula is made harmless.
func (t Table) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	line := make([]string, len(t.Cols))
	for i, col := range t.Cols {
		line[i] = col.Name
	}
	if err := c.Write(line); err != nil {
		return err
	}
	for _, r := range t.Rows {
		for i, cell := range r.Cells {
			line[i] = cell.csv()
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func (c Cell) csv() string {
	v := c.Text
	switch {
	case c.Raw != "":
		v = c.Raw
	case c.Level > 0:
		v = strconv.Itoa(c.Level)
	case !c.At.IsZero():
		return c.At.UTC().Format(time.RFC3339)
	}
	if export.Formula(v) {
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			v = "'" + v
		}
	}
	return v
}

// Without leaves a column out, where the page says already what it would.
func (t Table) Without(names ...string) Table {
	for _, name := range names {
		i := slices.IndexFunc(t.Cols, func(c Col) bool { return c.Name == name })
		if i < 0 {
			continue
		}
		t.Cols = slices.Delete(slices.Clone(t.Cols), i, i+1)
		rows := make([]Row, len(t.Rows))
		for n, r := range t.Rows {
			rows[n] = Row{slices.Delete(slices.Clone(r.Cells), i, i+1), r.Mark}
		}
		t.Rows = rows
	}
	return t
}

// First keeps the first rows of a long list, and leads to all of them.
func (w *Words) First(t Table, n int, all string) Table {
	if len(t.Rows) > n {
		t.More, t.MoreText = all, w.T("list.all", len(t.Rows))
		t.Rows = t.Rows[:n]
	}
	return t
}

// Href returns the address of the page of a reference: "W-3", "DEC-1", "E-40"
// (an entry), "E-7.3" (an item of evidence).
// A part of something ("S-1/p2") is on the page of the whole.
func Href(id string) string {
	id, _, _ = strings.Cut(id, "/")
	kind, n, _ := strings.Cut(id, "-")
	if a, b, item := strings.Cut(n, "."); kind == "E" && item && a != "" && b != "" && strings.Trim(a+b, "0123456789") == "" {
		return "/evidence/" + id
	}
	if n == "" || strings.Trim(n, "0123456789") != "" {
		return ""
	}
	switch kind {
	case "S":
		return "/situations/" + id
	case "R":
		return "/reports/" + id
	case "A":
		return "/assessments/" + id
	case "W":
		return "/warnings/" + id
	case "D":
		return "/duties/" + id
	case "DEC":
		return "/decisions/" + id
	case "M":
		return "/mandates/" + id
	case "H":
		return "/handovers/" + id
	case "IMP":
		return "/impact/" + id
	case "CO":
		return "/coalitions/" + id
	case "P":
		return "/people/" + id
	case "IN":
		return "/evidence/intakes/" + id
	case "CS":
		return "/cases/" + id
	case "PK":
		return "/packages/" + id
	case "TK":
		return "/taskings"
	case "E":
		return "/record/" + n
	}
	return ""
}

// Cols makes columns by the names that they have in CSV; # marks numbers.
func (w *Words) Cols(names ...string) []Col {
	out := make([]Col, len(names))
	for i, n := range names {
		n, num := strings.CutPrefix(n, "#")
		out[i] = Col{w.T("col." + n), n, num}
	}
	return out
}

// LinkCell is the cell of a reference.
func LinkCell(id string) Cell { return Cell{Text: id, Href: Href(id), ID: true} }

// RefCell is the cell of something with a name.
func (w *Words) RefCell(r Ref) Cell { return Cell{Text: w.Name(r), Href: Href(r.ID), Raw: r.ID} }

// EntryCell is the cell of an entry of the record.
func (w *Words) EntryCell(n int64) Cell {
	s := strconv.FormatInt(n, 10)
	return Cell{Text: w.Num(n), Href: Href("E-" + s), ID: true, Raw: s}
}

// English is the cell of words that the facts have in English alone.
func (w *Words) English(text string) Cell {
	if w.Tag == "en" {
		return Cell{Text: text}
	}
	return Cell{Text: text, Lang: "en"}
}

// CountCell is the cell of a whole number.
func (w *Words) CountCell(n int64) Cell {
	return Cell{Text: w.Num(n), Raw: strconv.FormatInt(n, 10), ID: true}
}
