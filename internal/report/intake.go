package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/openrosa"
	"github.com/heed-project/heed/internal/record"
)

// FromRow makes a report of a row of a reports file.
func FromRow(r events.Report) SubmitInput {
	in := SubmitInput{SourceType: r.SourceType, Occurred: r.Date, Country: r.Country, Marking: r.Marking, Channel: "csv",
		Words: Words{Title: r.Title, Text: r.Text, Place: r.Place, Population: r.Population, Reference: r.Reference, Language: r.Language}}
	if r.Located {
		in.Position = &Position{Lat: r.Lat, Lon: r.Lon}
	}
	if r.Contact != "" {
		in.Identity = &Identity{Contact: r.Contact}
	}
	return in
}

// FormVersion is the version of the form that field clients are given now.
const FormVersion = "2026112801"

// Form is the report form for field clients. The countries of events.Countries
// are its choices, after those given: an exercise has countries of its own.
func Form(first ...openrosa.Choice) openrosa.Form {
	countries := slices.Clone(first)
	for _, c := range events.Countries() {
		countries = append(countries, openrosa.Choice{Value: c.ISO3, Label: c.Names()})
	}
	return openrosa.ReportForm(FormVersion, countries)
}

// FromSubmission makes a report of the answers to [Form]. Attachments are for
// the caller to store and to add: the answers only name them.
func FromSubmission(a openrosa.Answers) SubmitInput {
	text := func(field string) string { return a.Fields[field].Text }
	in := SubmitInput{SourceType: text("source_type"), Occurred: a.Fields["observed"].Time, Country: text("country"), Channel: "field", Instance: a.InstanceID,
		Words: Words{Text: text("text"), Place: text("place"), Population: text("population"), What: a.Fields["what"].Choices, KnownBy: text("known_by"), Reference: text("reference")}}
	if p, ok := a.Fields["position"]; ok {
		in.Position = &Position{Lat: p.Point.Lat, Lon: p.Point.Lon, Accuracy: p.Point.Accuracy}
	}
	if k, ok := a.Fields["killed"]; ok {
		in.Killed = &k.Int
	}
	if contact := text("contact"); contact != "" {
		in.Identity = &Identity{Contact: contact, FollowUp: text("follow_up") == "yes"}
	}
	return in
}

// A File is a spreadsheet of reports, as CSV.
type File struct {
	Name string // what the file is called, to be found again; may be ""
	Body io.Reader
	// Prepare, if given, completes or refuses each row before it is submitted:
	// a fault of kind Invalid rejects the row.
	Prepare func(*SubmitInput) error
}

// A Result says what became of every row of a file:
// Rows = Accepted + Duplicates + RejectedRows.
type Result struct {
	Rows         int              `json:"rows"`
	Accepted     int              `json:"accepted"`
	Duplicates   int              `json:"duplicates"`
	RejectedRows int              `json:"rejected_rows"`
	Rejected     []events.Problem `json:"rejected"`
	Notes        []string         `json:"notes,omitempty"`
	Entry        int64            `json:"entry"` // the import; 0 where nothing was accepted
	Receipts     []RowReceipt     `json:"receipts"`
}

// A RowReceipt is the receipt for one row.
type RowReceipt struct {
	Line int `json:"line"`
	Receipt
}

// A Remark is what is sealed of an import.
type Remark struct {
	Name     string           `json:"name,omitempty"`
	Notes    []string         `json:"notes,omitempty"`
	Problems []events.Problem `json:"problems,omitempty"`
}

const (
	batchRows    = 200 // reports submitted by one command
	keptProblems = 200
)

// SubmitMany submits every row of a file, each under an entry of its own, and
// ends with one entry about the file. If it fails midway, what was submitted
// stays, and running it again submits the rest: rows that are there are
// duplicates.
func (d *Desk) SubmitMany(ctx context.Context, rec *record.Record, by record.By, f File) (Result, error) {
	sum := sha256.New()
	b := batch{ctx: ctx, desk: d, rec: rec, by: by, file: f}
	s, err := events.ReadReports(io.TeeReader(f.Body, sum), b.add)
	if err == nil {
		err = b.flush()
	}
	if err != nil {
		return b.res, fmt.Errorf("import reports: %w", err)
	}
	res := &b.res
	res.Rows, res.Notes = s.Rows, s.Notes
	res.Duplicates += s.Duplicates
	res.RejectedRows += s.RejectedRows
	res.Rejected = append(append([]events.Problem{}, s.Rejected...), res.Rejected...)
	slices.SortStableFunc(res.Rejected, func(a, b events.Problem) int { return cmp.Compare(a.Line, b.Line) })
	res.Accepted = len(res.Receipts)
	if res.Accepted == 0 {
		return *res, nil
	}
	err = rec.Do(ctx, by, func(tx *record.Tx) error {
		e, err := tx.Append(record.Draft{Kind: "report.imported", Subjects: []string{"reports/file"},
			Open:   imported{File: hex.EncodeToString(sum.Sum(nil)), Rows: res.Rows, Accepted: res.Accepted, Duplicates: res.Duplicates, Rejected: res.RejectedRows},
			Sealed: Remark{Name: f.Name, Notes: res.Notes, Problems: res.Rejected[:min(len(res.Rejected), keptProblems)]}})
		res.Entry = e.Index
		return err
	})
	return *res, err
}

// batch gathers rows and submits them together.
type batch struct {
	ctx  context.Context
	desk *Desk
	rec  *record.Record
	by   record.By
	file File
	rows []events.Report
	res  Result
}

func (b *batch) add(r events.Report) error {
	b.rows = append(b.rows, r)
	if len(b.rows) < batchRows {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	var receipts []RowReceipt
	var rejected []events.Problem
	var duplicates int
	err := b.rec.Do(b.ctx, b.by, func(tx *record.Tx) error {
		receipts, rejected, duplicates = nil, nil, 0 // a command may run again
		for _, r := range b.rows {
			in := FromRow(r)
			receipt, err := b.submit(tx, &in)
			switch kind := fault.KindOf(err); {
			case err == nil && receipt.Repeated, kind == fault.KindExists:
				duplicates++
			case err == nil:
				receipts = append(receipts, RowReceipt{r.Line, receipt})
			case kind == fault.KindInvalid:
				column := fault.Field(err)
				if column == "occurred" {
					column = "date" // as the file calls it
				}
				rejected = append(rejected, events.Problem{Line: r.Line, Column: column, Error: strings.TrimPrefix(err.Error(), "submit report: ")})
			default:
				return fmt.Errorf("line %d: %w", r.Line, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.res.Receipts = append(b.res.Receipts, receipts...)
	b.res.Rejected = append(b.res.Rejected, rejected...)
	b.res.RejectedRows += len(rejected)
	b.res.Duplicates += duplicates
	b.rows = b.rows[:0]
	return nil
}

func (b *batch) submit(tx *record.Tx, in *SubmitInput) (Receipt, error) {
	if b.file.Prepare != nil {
		if err := b.file.Prepare(in); err != nil {
			return Receipt{}, err
		}
	}
	return b.desk.Submit(tx, *in)
}
