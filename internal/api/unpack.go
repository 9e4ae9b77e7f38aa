package api

import (
	"context"
	"net/http"

	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/heed"
)

type unpackInput struct {
	ByID
	Body struct {
		Purpose string `json:"purpose" minLength:"1" maxLength:"4000" doc:"It goes on record before the export is read."`
	}
}

// unpacking registers the taking in of the records of an export. Files that it names
// are looked for among what came in with it.
func (f *face) unpacking() {
	do(f, "/evidence/{id}/unpack", "unpack-evidence", "Take the records of an export, a message or a mailbox in", theEvidence, http.StatusOK, func(ctx context.Context, w heed.Who, in *unpackInput) (view.Unpacked, error) {
		w.Purpose = in.Body.Purpose
		x, err := f.h.UnpackEvidence(ctx, w, in.ID, heed.UnpackInput{})
		if err == nil && len(x.Items) > 0 {
			err = f.h.JudgeSoon(ctx, w, x.Intake, x.Items)
		}
		return view.OfUnpacked(x), err
	})
}
