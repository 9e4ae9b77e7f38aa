package page

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/heed-project/heed/internal/heed"
)

// Facts is what the doors answer from, and who has verified it.
type Facts struct {
	Frame
	Ask             []Field
	Only            Field
	All, Unverified int
	Table           Table
}

// A Fact is one row of it, with the forms for who has looked it up.
type Fact struct {
	Frame
	F                        heed.FactRow
	Kind                     string
	Verify                   []Field
	Doubt                    Field
	MayVerify, MayDoubt, Bad bool
}

// Says is the row, column by column: names as in the file, and what stands there.
func (f Fact) Says() (out [][2]string) {
	for part := range strings.SplitSeq(f.F.Text, "; ") {
		name, value, ok := strings.Cut(part, ": ")
		switch {
		case ok && column.MatchString(name):
			out = append(out, [2]string{name, value})
		case len(out) > 0: // a value that has a semicolon
			out[len(out)-1][1] += "; " + part
		default:
			out = append(out, [2]string{f.F.ID, part})
		}
	}
	return out
}

var column = regexp.MustCompile(`^[a-z0-9_]+$`)

// FactHref is the address of a fact.
func FactHref(id string) string { return "/facts/one?" + url.Values{"fact": {id}}.Encode() }

// FactTable makes the table of facts.
func FactTable(w *Words, id string, rows []heed.FactRow) Table {
	t := Table{ID: id, Caption: w.T("facts.page"), Empty: w.T("facts.none"), Cols: w.Cols("fact", "fact_kind", "fact_sure", "evidence", "by", "#entry")}
	for _, f := range rows {
		sure := Cell{Text: w.T("unverified"), Mark: "open", Raw: string(f.Mark)}
		if f.Verified() {
			sure.Text, sure.Mark = w.T("verified"), "done"
		}
		says := w.English(f.Text)
		says.Href, says.Sub, says.Raw = FactHref(f.ID), f.ID, f.ID
		source := w.English(f.Source)
		if f.Entry > 0 { // the words of who has seen it
			source.Lang = ""
		}
		if f.Date.Set() {
			source.Sub = w.Day(f.Date.Time())
		}
		by, entry := Cell{Text: "—"}, Cell{Text: "—"}
		if f.Entry > 0 {
			by, entry = w.RefCell(f.By), w.EntryCell(f.Entry)
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{says, {Text: w.Word("facts.kind.", f.Kind), Raw: f.Kind}, sure, source, by, entry}})
	}
	return t
}
