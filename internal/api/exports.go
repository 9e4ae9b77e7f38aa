package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/heed-project/heed/internal/heed"
)

type exportInput struct {
	Body struct {
		Items   []string `json:"items" minItems:"1" maxItems:"1000"`
		Purpose string   `json:"purpose" minLength:"1" maxLength:"4000" doc:"It goes on record, for each item, before the first byte."`
		Title   string   `json:"title,omitempty" maxLength:"400" doc:"What the bag is."`
		Use     *useBody `json:"use,omitempty" doc:"For what it goes to whom; to be analysed here where nothing is said."`
	}
}

// exports registers evidence as a bag to be downloaded. What the caller may not see
// or may not use so is left out and listed; nothing is written before the
// openings are on record.
func (f *face) exports() {
	o := huma.Operation{Method: http.MethodPost, Path: "/exports", OperationID: "export-evidence", Tags: []string{theEvidence}, Responses: only("application/zip"),
		Summary: "Export items and their custody as a bag", Description: "An archive with one bag of BagIt 1.0: the files, and their custody as PREMIS, CASE/UCO, FollowTheMoney and tables. What the caller may not see or use so is left out and stands in metadata/withheld.csv, without anything about it."}
	f.register(o, func(o huma.Operation) {
		huma.Register(f.api, o, func(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
			who, b := whoOf(ctx), in.Body
			who.Purpose, who.Use = b.Purpose, b.Use.use()
			return &huma.StreamResponse{Body: func(hc huma.Context) {
				out := &download{ctx: hc, name: "export.zip", media: "application/zip"}
				_, err := f.h.ExportZip(ctx, who, heed.ExportInput{Items: b.Items, Title: b.Title, Withhold: true}, out)
				f.ended(hc, out, err)
			}}, nil
		})
	})
}

// ended ends a download. One that breaks off is not whole, and does not end as if
// it were.
func (f *face) ended(hc huma.Context, out *download, err error) {
	switch {
	case err == nil:
		out.begin() // an empty file
	case !out.begun:
		f.write(hc, f.problem(hc.Context(), err))
	default:
		f.log.Error("api: a download broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}
