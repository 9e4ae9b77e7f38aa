package heed

import (
	"context"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	fileread "github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Gone tells whether the node keeps no blob of this name.
func (h *Heed) Gone(ctx context.Context, sum [32]byte) bool {
	_, err := h.parts.Blobs.Stat(ctx, sum)
	return fault.KindOf(err) == fault.KindNotFound
}

// EraseUpTo stops an erasure where a crash could: after what is to be destroyed
// was remembered, or after the words were erased as well.
func EraseUpTo(ctx context.Context, h *Heed, who Who, id string, words bool, files ...string) error {
	if err := h.planFiles(ctx, id, files); err != nil || !words {
		return err
	}
	return h.eraseKeys(ctx, who, id, "order 7")
}

// KeepStamp keeps a stamp that nobody asked for.
func (h *Heed) KeepStamp(ctx context.Context, s stamp.Stamp) (index int64, err error) {
	err = h.rec.Do(ctx, record.By{}, func(tx *record.Tx) error {
		e, err := stamp.Keep(tx, s)
		index = e.Index
		return err
	})
	return index, err
}

// PutReadings records readings of items, as the child would have read them.
func (h *Heed) PutReadings(ctx context.Context, at time.Time, all map[string]fileread.Reading) error {
	return h.rec.Do(ctx, record.By{At: at}, func(tx *record.Tx) error {
		for id, r := range all {
			if _, err := evidence.PutReading(tx, id, r); err != nil {
				return err
			}
		}
		return nil
	})
}
