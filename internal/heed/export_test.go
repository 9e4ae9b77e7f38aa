package heed

import (
	"context"
	"maps"
	"slices"
	"time"

	judged "github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/line"
	fileread "github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/record"
	"golang.org/x/mod/sumdb/note"
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
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if _, err := evidence.PutReading(tx, id, all[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

// EntrySigner signs as a node does.
func EntrySigner(h *Heed) note.Signer { return h.rec.Keys().Entry() }

// SentPaper is what an offer is announced with.
func SentPaper(ctx context.Context, h *Heed, offer string) (p line.SentPaper, err error) {
	var s line.Sending
	err = h.rec.View(ctx, func(v *record.View) error { s, err = line.SendingOf(v, offer); return err })
	if err != nil {
		return p, err
	}
	return line.New(h.parts.Blobs).PaperOf(ctx, s)
}

// TidyAt tidies as at another time.
func TidyAt(ctx context.Context, h *Heed, now time.Time) (int, error) { return h.tidyLines(ctx, now) }

// SetHandoverMost bounds what may wait.
func SetHandoverMost(h *Heed, most int64) { h.parts.HandoverMost = most }

// SetHandoverTurn bounds how long one offer is sent before others.
func SetHandoverTurn(h *Heed, turn time.Duration) { h.parts.HandoverTurn = turn }

// Blobs is where a node keeps its files.
func Blobs(h *Heed) blob.Store { return h.parts.Blobs }

// SetBlobs puts another in its place.
func SetBlobs(h *Heed, s blob.Store) { h.parts.Blobs = s }

// Tell puts on record what an export says of an item, and a coding of it that a
// second person accepted.
func Tell(ctx context.Context, h *Heed, first, second, id, export string, facts ...bundle.Fact) error {
	err := h.rec.Do(ctx, record.By{Person: first}, func(tx *record.Tx) error {
		if _, err := evidence.Describe(tx, id, evidence.Described{Kind: "table", By: export, Line: 7, Facts: facts}); err != nil {
			return err
		}
		_, err := coding.Code(tx, id, "AMBER", coding.Input{Content: coding.Content{Persons: []coding.Person{{Name: "Amina K.", Role: "witness"}}, Places: []string{"Lake road"}}})
		return err
	})
	if err != nil {
		return err
	}
	return h.rec.Do(ctx, record.By{Person: second}, func(tx *record.Tx) error {
		_, err := coding.Review(tx, id, "AMBER", coding.Accepted, "")
		return err
	})
}

// PlanBadly enters a plan that cannot be read.
func PlanBadly(ctx context.Context, h *Heed, by string, at time.Time, id string) error {
	return h.rec.Do(ctx, record.By{Person: by, At: at}, func(tx *record.Tx) error {
		_, err := tx.Append(record.Draft{Kind: "mandate.planned", Subjects: []string{id}, Marking: "AMBER", Open: map[string]any{"mandate": id, "routes": 1}, Sealed: map[string]any{"routes": "none"}})
		return err
	})
}

// DisclosedOf is all that is kept of what a hand-over disclosed of sealed parts.
func DisclosedOf(ctx context.Context, h *Heed, id string) (out string, err error) {
	err = h.rec.View(ctx, func(v *record.View) error {
		x, err := transfer.Get(v, id)
		if err != nil {
			return err
		}
		c, err := transfer.New(h.parts.Blobs).Contents(ctx, x)
		for _, l := range c.Logs {
			for _, e := range l.Entries {
				if e.Sealed != nil {
					out += string(e.Sealed.Bytes)
				}
			}
		}
		return err
	})
	return out, err
}

// HoldsIn are the holds that a bundle shows to who judged it.
func HoldsIn(r judged.Report) (map[string][]evidence.Held, error) {
	return (&takeover{report: r}).held()
}

// AskStampOf asks for a stamp as anybody can.
func AskStampOf(ctx context.Context, d stamp.Due) ([]byte, error) {
	body, kind, err := stamp.Request(d)
	if err != nil {
		return nil, err
	}
	answer, err := post.Ask(ctx, d.Authority.Address(), kind, body, mostAnswer)
	if err != nil {
		return nil, err
	}
	s, err := stamp.Read(d, answer)
	return s.Token, err
}
