package heed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/series"
)

// Erase destroys the words and the keys of a subject, under an authority that
// is put on record with each. A report goes with its files and with who its
// source is; a person with the addresses to which they are written; an item of
// evidence with its bytes, unless a legal hold is on it. A key of its own, such as
// "R-1/source", is erased alone.
func (h *Heed) Erase(ctx context.Context, who Who, subject, authority string) error {
	who.Purpose = authority
	var files []string
	err := h.see(ctx, who, func(l *look) error {
		r := l.node()
		r.Type, r.ID = "subject", subject
		if err := l.need(access.RecordErase, r); err != nil {
			return err
		}
		if isItem(subject) {
			if _, err := evidence.Get(l.View, subject); err != nil {
				return err
			}
			return evidence.MayErase(l.View, subject)
		}
		var err error
		files, err = l.filesOfNobodyElse(subject)
		return err
	})
	if err != nil {
		return err
	}
	if isItem(subject) {
		d, err := h.evidence(ctx)
		if err != nil {
			return err
		}
		shared, err := d.Destroy(ctx, who.by(), subject)
		if err != nil {
			return fmt.Errorf("erase the bytes of %s: %w", subject, err)
		}
		if len(shared) > 0 {
			authority += fmt.Sprintf(" (the same bytes are kept as %s, which was not erased)", strings.Join(shared, ", "))
		}
	}
	for _, f := range files { // first: the words that will be destroyed name them
		sum, err := blob.ParseSum(f)
		if err == nil {
			err = h.parts.Blobs.Delete(ctx, sum)
		}
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return fmt.Errorf("erase a file of %s: %w", subject, err)
		}
	}
	if len(files) > 0 {
		authority += fmt.Sprintf(" (files destroyed with it: %d)", len(files))
	}
	defer h.terms.forget()
	if err := h.eraseKeys(ctx, who, subject, authority); err != nil {
		return err
	}
	if !strings.HasPrefix(subject, "P-") {
		return nil
	}
	return h.rec.DB().Update(ctx, func(tx *db.Tx) error { return dropContacts(tx, subject) })
}

// eraseKeys erases every key under which something of a subject is sealed, the
// subject's own last, so that an erasure that broke off can be asked for again.
func (h *Heed) eraseKeys(ctx context.Context, who Who, subject, authority string) error {
	if isReport(subject) {
		_, source := report.Keys(subject)
		if err := h.rec.Erase(ctx, who.by(), source, authority); err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
	}
	return h.rec.Erase(ctx, who.by(), subject, authority)
}

func isItem(subject string) bool { return strings.HasPrefix(subject, "E-") }

func isReport(subject string) bool {
	return strings.HasPrefix(subject, "R-") && !strings.Contains(subject, "/")
}

// filesOfNobodyElse returns the files that came with a report and that nothing
// else in the node has: files are kept once, whoever sent them.
func (l *look) filesOfNobodyElse(subject string) (sums []string, err error) {
	if !isReport(subject) {
		return nil, nil
	}
	r, err := report.Get(l.View, subject)
	if err != nil {
		return nil, err
	}
	for _, a := range r.Attachments {
		sums = append(sums, a.SHA256)
	}
	if len(sums) == 0 {
		return nil, nil
	}
	imports, err := series.Imports(l.View)
	if err != nil {
		return nil, err
	}
	for _, i := range imports {
		sums = slices.DeleteFunc(sums, func(s string) bool { return s == i.Blob })
	}
	others, err := report.Attached(l.View, subject)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(sums, func(s string) bool { return others[s] }), nil
}
