package page

import (
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// An Import takes in a file, and says what became of the one before.
type Import struct {
	Frame
	Kind, File Field
	Done       *Imported
}

// Imported is what became of a file.
type Imported struct {
	Rows, Accepted, Duplicates, Rejected int
	Entry                                int64 // -1 for none
	Notes                                []string
	Problems, Receipts                   Table
	More                                 int64 // rejected rows that are not listed
}

// listed is how many problems of a file a page lists.
const listed = 200

// NewImported makes a page's tables of what became of a file.
func NewImported(w *look.Words, x heed.Imported) *Imported {
	out := &Imported{Rows: x.Rows, Accepted: x.Accepted, Duplicates: x.Duplicates, Rejected: len(x.Rejected) + x.Unlisted, Entry: x.Entry, Notes: x.Notes}
	out.Problems = Table{ID: "problems", Caption: w.T("import.problems"), Cols: w.Cols("#line", "column", "problem")}
	shown := x.Rejected[:min(len(x.Rejected), listed)]
	out.More = int64(out.Rejected - len(shown))
	for _, p := range shown {
		out.Problems.Rows = append(out.Problems.Rows, Row{Cells: []Cell{w.CountCell(int64(p.Line)), {Text: p.Column, ID: true}, {Text: p.Error}}})
	}
	out.Receipts = Table{ID: "receipts", Caption: w.T("import.receipts"), Cols: w.Cols("#line", "report", "code")}
	for _, r := range x.Receipts {
		out.Receipts.Rows = append(out.Receipts.Rows, Row{Cells: []Cell{w.CountCell(int64(r.Line)), look.LinkCell(r.Report), {Text: r.Code, ID: true}}})
	}
	return out
}

// An Adopt checks a protocol that somebody is writing, and puts it in force.
type Adopt struct {
	Frame
	Text     Field
	Checked  bool
	Problems []heed.Problem
}

// An Erase destroys the words of a subject under an authority.
type Erase struct {
	Frame
	Subject, Authority, Sure Field
}
