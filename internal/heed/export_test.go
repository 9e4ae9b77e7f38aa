package heed

import (
	"context"

	"github.com/heed-project/heed/internal/fault"
)

// Gone tells whether the node keeps no blob of this name.
func (h *Heed) Gone(ctx context.Context, sum [32]byte) bool {
	_, err := h.parts.Blobs.Stat(ctx, sum)
	return fault.KindOf(err) == fault.KindNotFound
}
