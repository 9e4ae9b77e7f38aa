package page

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
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
	if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
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

// Href returns the address of the page of a reference: "W-3", "DEC-1", "E-40".
func Href(id string) string {
	kind, n, ok := strings.Cut(id, "-")
	if !ok {
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
	case "P":
		return "/people/" + id
	case "E":
		return "/record/" + n
	}
	return ""
}

func (w *Words) cols(names ...string) []Col {
	out := make([]Col, len(names))
	for i, n := range names {
		n, num := strings.CutPrefix(n, "#")
		out[i] = Col{w.T("col." + n), n, num}
	}
	return out
}

func link(id string) Cell { return Cell{Text: id, Href: Href(id), ID: true} }

func (w *Words) ref(r Ref) Cell { return Cell{Text: w.Name(r), Href: Href(r.ID), Raw: r.ID} }

func (w *Words) entry(n int64) Cell {
	s := strconv.FormatInt(n, 10)
	return Cell{Text: w.Num(n), Href: Href("E-" + s), ID: true, Raw: s}
}

func (w *Words) count(n int64) Cell {
	return Cell{Text: w.Num(n), Raw: strconv.FormatInt(n, 10), ID: true}
}

// mark says how a duty stands: late, open or done.
func (d DutyRow) mark() string {
	switch {
	case d.State == "done" || d.State == "explained":
		return "done"
	case d.Late || d.State == "lapsed":
		return "late"
	}
	return "open"
}

// Duties makes the table of duties, told at a time.
func (w *Words) Duties(id string, rows []DutyRow, now time.Time) Table {
	t := Table{ID: id, Caption: w.T("duties"), Empty: w.T("duties.none"),
		Cols: w.cols("duty", "situation", "owner", "due", "#left", "state", "#entry")}
	for _, d := range rows {
		m := d.mark()
		state := Cell{Text: w.T("duty.state." + d.State), Mark: m, Raw: d.State}
		if d.Rung > 0 && m == "late" {
			state.Sub = w.T("duty.rung", d.Rung, d.RungName)
		}
		left := Cell{Text: "—"}
		if m != "done" {
			left = Cell{Text: w.Left(now, d.DueAt)}
		}
		t.Rows = append(t.Rows, Row{Mark: m, Cells: []Cell{
			{Text: d.Title, Href: Href(d.ID), Sub: d.ID + " · " + d.Warning, Raw: d.ID},
			w.ref(d.Situation), {Text: w.Name(d.Owner), Href: Href(d.Owner.ID), Sub: d.Role, Raw: d.Owner.ID},
			{At: d.DueAt}, left, state, w.entry(d.Entry)}})
	}
	return t
}

// Warnings makes the table of warnings.
func (w *Words) Warnings(id string, rows []WarningRow) Table {
	t := Table{ID: id, Caption: w.T("warnings"), Empty: w.T("warnings.none"),
		Cols: w.cols("warning", "level", "situation", "country", "issued", "state", "#acked", "#duties.late", "#entry")}
	for _, x := range rows {
		late := w.count(x.Late)
		if x.Late > 0 {
			late.Mark = "late"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{link(x.ID), {Level: x.Level, Text: w.Level(x.Level)}, w.ref(x.Situation),
			{Text: w.Country(x.Country), Raw: x.Country}, {At: x.Issued, Sub: w.Name(x.By)}, {Text: w.T("warning.state." + x.State), Raw: x.State},
			{Text: w.T("of", x.Acked, x.Served), Raw: strconv.FormatInt(x.Acked, 10) + "/" + strconv.FormatInt(x.Served, 10)}, late, w.entry(x.Entry)}})
	}
	return t
}

// Situations makes the table of situations.
func (w *Words) Situations(id string, rows []SituationRow) Table {
	t := Table{ID: id, Caption: w.T("situations"), Empty: w.T("situations.none"),
		Cols: w.cols("situation", "country", "level", "populations", "lead", "assessed", "#reports30", "#duties.open", "#duties.late")}
	for _, s := range rows {
		level := Cell{Level: s.Level, Text: w.Level(s.Level), Sub: w.Change(s.Level, s.Before)}
		if s.Level == 0 {
			level.Raw = "0"
		}
		late := w.count(s.Late)
		if s.Late > 0 {
			late.Mark = "late"
		}
		assessed := Cell{At: s.Assessed}
		if s.Assessed.IsZero() {
			assessed = Cell{Text: w.T("never")}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: s.Name, Href: Href(s.ID), Sub: s.ID, Raw: s.ID},
			{Text: w.Country(s.Country), Raw: s.Country}, level, {Text: w.List(s.Populations)}, w.ref(s.Lead),
			assessed, w.count(s.Reports30), w.count(s.Open), late}})
	}
	return t
}

// Change says how a level moved: "up from 3".
func (w *Words) Change(now, before int) string {
	switch {
	case before == 0 || now == before:
		return ""
	case now > before:
		return w.T("level.up", before)
	}
	return w.T("level.down", before)
}
