package api

import (
	"context"

	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/heed"
)

type nearQuery struct {
	Collection string `query:"collection" maxLength:"100" doc:"In which collection; it must be said."`
}

// near registers what is nearly the same. Access decides on each item before it is told
// or counted.
func (f *face) near() {
	read(f, "/evidence/near", "list-near-groups", "List groups of items of a collection that are nearly the same", theEvidence, func(ctx context.Context, w heed.Who, in *nearQuery) (view.NearGroups, error) {
		x, err := f.h.NearGroups(ctx, w, in.Collection)
		return view.OfNearGroups(x), err
	})
	read(f, "/evidence/{id}/near", "read-near", "Read what is nearly the same as an item", theEvidence, func(ctx context.Context, w heed.Who, in *ByID) (view.NearView, error) {
		x, err := f.h.Near(ctx, w, in.ID)
		return view.OfNearView(x), err
	})
}
