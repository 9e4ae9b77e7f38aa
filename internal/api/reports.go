package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	intake "github.com/heed-project/heed/internal/report"
)

const reports = "Reports"

type reportQuery struct {
	Part
	Situation string `query:"situation" maxLength:"200"`
	Source    string `query:"source_type" maxLength:"40"`
	State     string `query:"state" enum:"received,assessed,used,led,withdrawn"`
	Country   string `query:"country" maxLength:"3"`
	Q         string `query:"q" maxLength:"200"`
	From      string `query:"from" format:"date" doc:"The day that it is about, as in 2026-03-01."`
	To        string `query:"to" format:"date"`
}

type reportInput struct {
	Body struct {
		SourceType string    `json:"source_type" doc:"embassy, un-field, regional-body, civil-society, media, anonymous …"`
		Occurred   string    `json:"occurred" format:"date" doc:"The day that it is about, as in 2026-03-01."`
		Country    string    `json:"country,omitempty" doc:"It or the place must be given."`
		Place      string    `json:"place,omitempty"`
		Position   *position `json:"position,omitempty"`
		Title      string    `json:"title,omitempty"`
		Text       string    `json:"text" minLength:"1"`
		Population string    `json:"population,omitempty"`
		What       []string  `json:"what,omitempty"`
		Killed     *int      `json:"killed,omitempty" minimum:"0"`
		KnownBy    string    `json:"known_by,omitempty"`
		Reference  string    `json:"reference,omitempty" doc:"The source's own: the same one is not taken in twice."`
		Language   string    `json:"language,omitempty"`
		Situations []string  `json:"situations,omitempty"`
		Marking    string    `json:"marking,omitempty" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED"`
		Instance   string    `json:"instance,omitempty" doc:"The sender's own number of this report: the same when it sends again."`
	}
}

type position struct {
	Lat      float64 `json:"lat" minimum:"-90" maximum:"90"`
	Lon      float64 `json:"lon" minimum:"-180" maximum:"180"`
	Accuracy float64 `json:"accuracy,omitempty" minimum:"0" doc:"In metres."`
}

type judgeInput struct {
	ByID
	Body struct {
		Reliability string `json:"reliability" enum:"A,B,C,D,E,F" doc:"Of the source."`
		Credibility int    `json:"credibility" minimum:"1" maximum:"6" doc:"Of the content."`
		Situation   string `json:"situation,omitempty" doc:"To which it belongs."`
		Why         string `json:"why,omitempty"`
	}
}

type sameInput struct {
	ByID
	Body struct {
		First  string `json:"first" minLength:"1" doc:"The report that told it first."`
		Reason string `json:"reason" minLength:"1"`
	}
}

type codeInput struct {
	Code string `path:"code" maxLength:"60"`
}

// date reads a day; "" is zero.
func date(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fault.Invalid(field, "%q is not a day as in 2026-03-01", s)
	}
	return t, nil
}

func (f *face) reports() {
	read(f, "/reports", "list-reports", "List reports", reports, f.listReports)
	do(f, "/reports", "submit-report", "Tell what one knows", reports, http.StatusCreated, f.submitReport)
	read(f, "/reports/{id}", "read-report", "Read a report, without the identity that is protected", reports, func(ctx context.Context, w heed.Who, in *ByID) (view.Report, error) {
		r, err := f.h.Report(ctx, w, in.ID)
		return view.OfReport(r), err
	})
	act(f, "/reports/{id}/assess", "assess-report", "Say what a report is worth", reports, func(ctx context.Context, w heed.Who, in *judgeInput) error {
		b := in.Body
		return f.h.AssessReport(ctx, w, in.ID, b.Reliability, b.Credibility, b.Situation, b.Why)
	})
	act(f, "/reports/{id}/withdraw", "withdraw-report", "Set a report aside, with the reason", reports, func(ctx context.Context, w heed.Who, in *reasonInput) error {
		return f.h.WithdrawReport(ctx, w, in.ID, in.Body.Reason)
	})
	act(f, "/reports/{id}/same", "join-report", "Say that a report tells the same as an earlier one", reports, func(ctx context.Context, w heed.Who, in *sameInput) error {
		return f.h.JoinReport(ctx, w, in.ID, in.Body.First, in.Body.Reason)
	})
	act(f, "/reports/{id}/part", "part-report", "Take back that it tells the same", reports, func(ctx context.Context, w heed.Who, in *reasonInput) error {
		return f.h.PartReport(ctx, w, in.ID, in.Body.Reason)
	})
	read(f, "/fate/{code}", "read-fate", "Read what became of a report, by its receipt", reports, func(ctx context.Context, w heed.Who, in *codeInput) (view.Fate, error) {
		x, err := f.h.Fate(ctx, in.Code)
		out := view.Fate{Report: x.Report, State: x.State, Steps: []view.FateStep{}}
		for _, s := range x.Steps {
			out.Steps = append(out.Steps, view.FateStep{At: s.At, Kind: s.State, In: s.In})
		}
		return out, err
	})
	f.imports()
}

func (f *face) listReports(ctx context.Context, w heed.Who, in *reportQuery) (out list[view.ReportRow], err error) {
	q := heed.ReportFilter{Situation: in.Situation, Source: in.Source, State: in.State, Country: in.Country, Q: in.Q, Page: in.page()}
	if q.From, err = date("from", in.From); err != nil {
		return out, err
	}
	if q.To, err = date("to", in.To); err != nil {
		return out, err
	}
	rows, n, err := f.h.Reports(ctx, w, q)
	return listOf(rows, n, view.OfReportRow), err
}

func (f *face) submitReport(ctx context.Context, w heed.Who, in *reportInput) (heed.ReportReceipt, error) {
	b := in.Body
	day, err := date("occurred", b.Occurred)
	if err != nil {
		return heed.ReportReceipt{}, err
	}
	x := heed.ReportInput{SourceType: b.SourceType, Occurred: day, Country: b.Country, Situations: b.Situations, Marking: b.Marking, Channel: "api", Instance: b.Instance}
	x.Title, x.Text, x.Place, x.Population, x.What, x.Killed = b.Title, b.Text, b.Place, b.Population, b.What, b.Killed
	x.KnownBy, x.Reference, x.Language = b.KnownBy, b.Reference, b.Language
	x.Position = (*intake.Position)(b.Position)
	return f.h.AddReport(ctx, w, x)
}

// importInput is a file, which is read as it comes.
type importInput struct {
	Kind string `query:"kind" required:"true" enum:"ged,acled,panel,reports,cap" doc:"UCDP GED events, ACLED events, a country-month panel, reports in Heed's own columns, CAP messages."`
	Name string `query:"name" maxLength:"200" doc:"What the file is called, to be found again."`

	ctx huma.Context
}

// Resolve keeps the request, whose body is not JSON.
func (in *importInput) Resolve(ctx huma.Context) []error {
	in.ctx = ctx
	return nil
}

func (f *face) imports() {
	o := huma.Operation{Method: http.MethodPost, Path: "/imports", OperationID: "import", Summary: "Take in a set of data", Tags: []string{reports},
		Description: "The body is the file itself. What became of every row is answered; running it again takes in what is missing.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"text/csv": {Schema: &huma.Schema{Type: "string"}}, "application/zip": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
			"application/cap+xml": {Schema: &huma.Schema{Type: "string"}}}}}
	f.register(o, func(o huma.Operation) { huma.Register(f.api, o, run(f, f.take)) })
}

func (f *face) take(ctx context.Context, w heed.Who, in *importInput) (out view.Taken, err error) {
	if in.Kind == "cap" {
		b, err := io.ReadAll(in.ctx.BodyReader())
		if err != nil {
			return out, tooLarge(err)
		}
		out.Messages, err = f.h.ReceiveCAP(ctx, w, b)
		out.Rows = len(out.Messages)
		return out, err
	}
	x, err := f.h.Import(ctx, w, in.Kind, in.Name, in.ctx.BodyReader())
	out = view.Taken{Rows: x.Rows, Accepted: x.Accepted, Duplicates: x.Duplicates, Unlisted: x.Unlisted, Entry: x.Entry, Notes: x.Notes}
	for _, p := range x.Rejected {
		out.Rejected = append(out.Rejected, view.RowProblem{Line: p.Line, Column: p.Column, Error: p.Error})
	}
	for _, r := range x.Receipts {
		out.Receipts = append(out.Receipts, view.RowReceipt{Line: r.Line, Report: r.Report, Code: r.Code})
	}
	return out, tooLarge(err)
}

// tooLarge tells a file that is larger than the limit.
func tooLarge(err error) error {
	if e := (*http.MaxBytesError)(nil); errors.As(err, &e) {
		return fault.Invalid("file", "the file has more than %d MiB, the most that limits.upload allows", e.Limit>>20)
	}
	return err
}
