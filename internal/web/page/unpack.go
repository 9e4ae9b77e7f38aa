package page

import (
	"github.com/heed-project/heed/internal/heed"
)

// Unpacked says what was taken out of an export.
type Unpacked struct {
	Frame
	Row   heed.Unpacked
	Item  string
	Names []string // items of which it says something
	Taken Table
	Files Table // of which nothing is said
	Wrong Table
	// MoreNames, MoreTaken, MoreFiles and MoreWrong are how many are not listed.
	MoreNames, MoreTaken, MoreFiles, MoreWrong int64
}

// NewUnpacked makes the page of what was taken out of an export.
func NewUnpacked(f Frame, id string, x heed.Unpacked, names []string) Unpacked {
	w := f.Words
	p := Unpacked{Frame: f, Row: x, Item: id,
		Taken: Table{ID: "taken", Caption: w.T("unpack.taken"), Cols: w.Cols("item", "file", "sha256", "#bytes", "#entry")},
		Files: Table{ID: "files", Caption: w.T("unpack.files"), Cols: w.Cols("file", "why")},
		Wrong: Table{ID: "wrong", Caption: w.T("unpack.wrong"), Cols: w.Cols("#line", "#column", "problem")}}
	p.Names, p.MoreNames = shorten(names)
	for _, i := range x.Items {
		p.Taken.Rows = append(p.Taken.Rows, Row{Cells: []Cell{{Text: i.ID, Href: "/evidence/" + i.ID, ID: true}, {Text: i.Name}, {Text: ends(i.SHA256), Raw: i.SHA256, ID: true}, sizeCell(w, i.Bytes), w.EntryCell(i.Entry)}})
	}
	file := func(name, why, sub, mark string) {
		p.Files.Rows = append(p.Files.Rows, Row{Mark: mark, Cells: []Cell{{Text: name, ID: true}, {Text: w.T("unpack.file." + why), Mark: mark, Sub: sub, Raw: why}}})
	}
	for _, name := range x.Different {
		file(name, "different", "", "late")
	}
	for _, r := range x.Refused {
		file(r.Path, "refused", r.Error, "late")
	}
	for _, name := range x.Missing {
		file(name, "missing", "", "open")
	}
	for _, r := range x.Wrong {
		column := Cell{Text: "—"}
		if r.Column > 0 {
			column = w.CountCell(int64(r.Column))
		}
		p.Wrong.Rows = append(p.Wrong.Rows, Row{Cells: []Cell{w.CountCell(int64(r.Line)), column, {Text: r.Text, Lang: "en"}}})
	}
	p.Taken.Rows, p.MoreTaken = shorten(p.Taken.Rows)
	p.Files.Rows, p.MoreFiles = shorten(p.Files.Rows)
	p.Wrong.Rows, p.MoreWrong = shorten(p.Wrong.Rows)
	return p
}

// shorten cuts a list to what a page lists, and says how many are left out.
func shorten[T any](all []T) ([]T, int64) {
	n := min(len(all), listed)
	return all[:n], int64(len(all) - n)
}
