package heed

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/series"
)

// planFiles remembers, before the words that name them are erased, which files
// of a report are to be destroyed after that.
func (h *Heed) planFiles(ctx context.Context, id string, sums []string) error {
	if len(sums) == 0 {
		return nil
	}
	return h.rec.DB().Update(ctx, func(tx *db.Tx) error {
		for _, s := range sums {
			if err := putFilePlanned(tx, id, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *Heed) unplanFile(ctx context.Context, id, sum string) error {
	return h.rec.DB().Update(ctx, func(tx *db.Tx) error { return dropFilePlanned(tx, id, sum) })
}

// plannedFiles returns the files that are to be destroyed, by report: only of
// reports whose erasure is on record.
func (h *Heed) plannedFiles(ctx context.Context) (of map[string][]string, err error) {
	of = map[string][]string{}
	err = h.rec.View(ctx, func(v *record.View) error {
		all, err := filesPlanned(v.Tx)
		if err != nil {
			return err
		}
		for _, x := range all {
			r, err := report.Get(v, x[0])
			if err != nil {
				return err
			}
			if r.Erased {
				of[x[0]] = append(of[x[0]], x[1])
			}
		}
		return nil
	})
	return of, err
}

// destroyFiles destroys the files of a report whose erasure is on record, and
// returns whether any were left. A file that came anew with something else in
// the meantime stays.
func (h *Heed) destroyFiles(ctx context.Context, id string) (left bool, err error) {
	of, err := h.plannedFiles(ctx)
	if err != nil || len(of[id]) == 0 {
		return false, err
	}
	var free []string
	err = h.rec.View(ctx, func(v *record.View) (err error) {
		free, err = ofNobodyElse(v, id, slices.Clone(of[id]))
		return err
	})
	if err != nil {
		return true, err
	}
	for _, f := range of[id] {
		if slices.Contains(free, f) {
			sum, err := blob.ParseSum(f)
			if err == nil {
				err = h.parts.Blobs.Delete(ctx, sum)
			}
			if err != nil && fault.KindOf(err) != fault.KindNotFound {
				return true, fmt.Errorf("destroy a file of %s, whose erasure is on record: %w", id, err)
			}
		}
		if err := h.unplanFile(ctx, id, f); err != nil {
			return true, err
		}
	}
	return true, nil
}

// finishFiles destroys the files of reports whose erasure is on record, where a
// crash came between, and returns which reports those were.
func (h *Heed) finishFiles(ctx context.Context) ([]string, error) {
	of, err := h.plannedFiles(ctx)
	ids := slices.Sorted(maps.Keys(of))
	for _, id := range ids {
		if _, err := h.destroyFiles(ctx, id); err != nil {
			return ids, err
		}
	}
	return ids, err
}

// ofNobodyElse leaves the files that neither another report nor an import has:
// files are kept once, whoever sent them.
func ofNobodyElse(v *record.View, but string, sums []string) ([]string, error) {
	if len(sums) == 0 {
		return nil, nil
	}
	imports, err := series.Imports(v)
	if err != nil {
		return nil, err
	}
	others, err := report.Attached(v, but)
	if err != nil {
		return nil, err
	}
	for _, i := range imports {
		others[i.Blob] = true
	}
	return slices.DeleteFunc(sums, func(s string) bool { return others[s] }), nil
}
