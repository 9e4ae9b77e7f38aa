package heed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/report"
)

// Erase destroys the words and the keys of a subject, under an authority that
// is put on record with each. A report goes with its files and with who its
// source is; a person with the addresses to which they are written; an item of
// evidence with its bytes, unless a legal hold is on it. A key of its own, such as
// "R-1/source", is erased alone.
func (h *Heed) Erase(ctx context.Context, who Who, subject, authority string) error {
	who.Purpose = authority
	var files, shared []string
	err := h.see(ctx, who, func(l *look) error {
		r := l.node()
		r.Type, r.ID = "subject", subject
		if err := l.need(access.RecordErase, r); err != nil {
			return err
		}
		if isItem(subject) {
			var err error
			shared, err = evidence.SameBytes(l.View, subject)
			return errors.Join(err, evidence.MayErase(l.View, subject))
		}
		if strings.HasPrefix(subject, "IN-") {
			return evidence.MayEraseIntake(l.View, subject)
		}
		var err error
		files, err = l.filesOfNobodyElse(subject)
		return err
	})
	if err != nil {
		return err
	}
	if isItem(subject) {
		return h.eraseWhole(ctx, who, subject, authority, shared)
	}
	if len(files) > 0 {
		authority += fmt.Sprintf(" (files destroyed with it: %d)", len(files))
	}
	if err := h.planFiles(ctx, subject, files); err != nil {
		return err
	}
	defer h.terms.forget()
	err = h.eraseKeys(ctx, who, subject, authority)
	if isReport(subject) && (err == nil || fault.KindOf(err) == fault.KindNotFound) {
		left, wrong := h.destroyFiles(ctx, subject)
		if left { // of an erasure that broke off: it is done now
			err = nil
		}
		err = errors.Join(err, wrong)
	} else {
		for _, f := range files {
			err = errors.Join(err, h.unplanFile(context.WithoutCancel(ctx), subject, f))
		}
	}
	if err != nil {
		return err
	}
	if !strings.HasPrefix(subject, "P-") {
		return nil
	}
	return h.rec.DB().Update(ctx, func(tx *db.Tx) error { return dropContacts(tx, subject) })
}

// eraseItem puts the erasure of an item on record, which destroys its words and
// its key, and then destroys its bytes. What a crash left of them is destroyed
// when the erasure is asked for again, or by a node that is served.
func (h *Heed) eraseItem(ctx context.Context, who Who, id, authority string, shared []string) error {
	d, err := h.evidence(ctx)
	if err != nil {
		return err
	}
	if len(shared) > 0 {
		authority += fmt.Sprintf(" (the same bytes are kept as %s, which was not erased)", strings.Join(shared, ", "))
	}
	if n := len(h.parts.Replicas); n > 0 {
		authority += fmt.Sprintf(" (replicas that hold it: %d; its bytes are destroyed there at once, or as soon as each is reached, and an entry says when)", n)
	}
	mine, err := d.Plan(ctx, id)
	if err != nil {
		return err
	}
	defer h.terms.forget()
	defer h.likes.forget(id)
	defer h.texts.forget(id)
	err = h.rec.EraseIf(ctx, who.by(), id, authority, func(tx *record.Tx) error { return evidence.Erasing(tx, id) })
	if err != nil && (fault.KindOf(err) != fault.KindNotFound || mine != 0) {
		return errors.Join(err, d.Unplan(context.WithoutCancel(ctx), id, mine))
	}
	if err := h.destroyItem(ctx, d, id); err != nil {
		return fmt.Errorf("destroy the bytes of %s, whose erasure is on record: %w", id, err)
	}
	// what is not reached stays owed: the entry says so, and a served node goes on
	d.PayReplicas(ctx, record.By{}, h.reach)
	return nil
}

// itemErased tells whether an item was erased.
func itemErased(v *record.View, item string) (bool, error) {
	i, err := evidence.Get(v, item)
	return i.Erased, err
}

// destroyItem destroys the bytes of an item that was erased, and before them what the
// hand-over by which it came says of it.
func (h *Heed) destroyItem(ctx context.Context, d *evidence.Desk, id string) error {
	err := transfer.New(h.parts.Blobs).Forget(ctx, h.rec, record.By{}, id, itemErased)
	if wrong := d.Destroy(ctx, id, h.parts.Replicas...); err == nil || wrong != nil {
		return errors.Join(err, wrong)
	}
	_, wrong := d.Plan(context.WithoutCancel(ctx), id) // the words are tried again with the next that breaks off
	return errors.Join(err, wrong)
}

// eraseWhole erases an item with its thumbnails: those first, so that an erasure that
// broke off finds the others, and then those that were drawn meanwhile.
func (h *Heed) eraseWhole(ctx context.Context, who Who, id, authority string, shared []string) error {
	if err := h.eraseThumbsOf(ctx, who, id, authority); err != nil {
		return err
	}
	if err := h.eraseItem(ctx, who, id, authority, shared); err != nil {
		return err
	}
	return h.eraseThumbsOf(ctx, who, id, authority)
}

// eraseThumbsOf erases the thumbnails that an item has now.
func (h *Heed) eraseThumbsOf(ctx context.Context, who Who, id, authority string) error {
	var left []evidence.Thumb
	err := h.rec.View(ctx, func(v *record.View) (err error) {
		left, err = evidence.ThumbsOf(v, id)
		return err
	})
	for _, t := range left {
		if err == nil {
			err = h.eraseThumb(ctx, who, t, authority)
		}
	}
	return err
}

// eraseThumb erases a thumbnail with what it is of. One that is gone already is left.
func (h *Heed) eraseThumb(ctx context.Context, who Who, t evidence.Thumb, authority string) error {
	var gone bool
	var shared []string
	err := h.rec.View(ctx, func(v *record.View) error {
		i, err := evidence.Get(v, t.ID)
		if gone = i.Erased; err != nil || gone {
			return err
		}
		shared, err = evidence.SameBytes(v, t.ID)
		return err
	})
	if err != nil || gone {
		return err
	}
	return h.eraseItem(ctx, who, t.ID, authority+" (a thumbnail of "+t.Of+")", shared)
}

// reach opens a replica of the evidence.
func (h *Heed) reach(ctx context.Context, replica string) (*vault.Vault, error) {
	if h.parts.Reach == nil {
		return nil, fault.Denied("this node was opened without a way to its replicas")
	}
	shelf, err := h.parts.Reach(ctx, replica)
	if err != nil {
		return nil, err
	}
	return h.vault.On(shelf), nil
}

// FinishErasures destroys the bytes of items, and the files of reports, whose
// erasure is on record, where a crash came between, and returns which those were.
func (h *Heed) FinishErasures(ctx context.Context, who Who) (ids []string, err error) {
	d, err := h.keeping(ctx, who)
	if err != nil {
		return nil, err
	}
	if err := h.rec.View(ctx, func(v *record.View) (err error) { ids, err = evidence.Planned(v); return err }); err != nil {
		return nil, err
	}
	var left error
	for _, id := range ids {
		if err := h.destroyItem(ctx, d, id); err != nil { // it keeps no other from being destroyed
			left = errors.Join(left, fmt.Errorf("destroy the bytes of %s: %w", id, err))
		}
	}
	reports, err := h.finishFiles(ctx)
	paid, unreached := d.PayReplicas(ctx, record.By{}, h.reach)
	for _, id := range paid {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return append(ids, reports...), errors.Join(left, err, unreached)
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
	return h.rec.EraseIf(ctx, who.by(), subject, authority, func(tx *record.Tx) error {
		if !strings.HasPrefix(subject, "IN-") {
			return nil
		}
		return evidence.MayEraseIntake(tx.View, subject) // an item may have come since it was asked
	})
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
	return ofNobodyElse(l.View, subject, sums)
}
