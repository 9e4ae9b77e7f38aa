package heed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A thumbnail is an item of its own, derived from what it shows, sealed and encrypted as
// any. Whoever decides on it decides on its original: see asOriginal. It is shown to those
// alone for whom that the original was opened, for the purpose they stated, is on record.

// Thumb draws a thumbnail, in a process of its own: [copies.Box.Thumb].
type Thumb func(ctx context.Context, name string, data io.Reader) (copies.Thumbnail, error)

const (
	thumbnail = "thumbnail"
	// thumbsAtOnce is how many items are opened in one command to be drawn.
	thumbsAtOnce = 100
)

// asOriginal makes the resource of a thumbnail that of its original: whatever may not be
// done to the one may not be done to the other. Where the original is not here, the
// thumbnail is as marked as it is itself.
func (l *look) asOriginal(r *access.Resource, i evidence.Item) error {
	o, err := evidence.Head(l.View, i.From)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	r.Situation, r.Author = first(o.To("situation")), o.By
	if slices.Index(record.Markings, o.Marking) > slices.Index(record.Markings, i.Marking) { // the most open first
		r.Marking = o.Marking
	}
	return nil
}

// A ThumbMade is a thumbnail that was made.
type ThumbMade struct {
	Item      string `json:"item"`
	Thumbnail string `json:"thumbnail"`
	Of        string `json:"of"` // "picture", "page" or "frame"
}

// A ThumbNone is an item of which no thumbnail could be made, and why.
type ThumbNone struct {
	Item string `json:"item"`
	Why  string `json:"why"`
}

// ThumbsMade is what became of items that had no thumbnail.
type ThumbsMade struct {
	Made []ThumbMade `json:"made"`
	None []ThumbNone `json:"none"`
	More bool        `json:"more"` // there are more items without one
}

// drawn is an item with what was drawn of it.
type drawn struct {
	evidence.Item
	copies.Thumbnail
}

// ThumbTaken makes thumbnails of what was taken in. It comes after the items were
// acknowledged, as reading them does: whatever fails here, they are kept. It returns how
// many were made.
func (h *Heed) ThumbTaken(ctx context.Context, who Who, intake string, taken []evidence.Taken) (int, error) {
	if err := h.mayJudge(ctx, who, intake); err != nil || h.parts.Thumb == nil {
		return 0, err
	}
	var out ThumbsMade
	for part := range slices.Chunk(taken, thumbsAtOnce) {
		var items []evidence.Item
		err := h.see(ctx, who, func(l *look) error {
			if err := l.need(access.EvidenceAdd, l.node()); err != nil {
				return err
			}
			for _, t := range part {
				i, err := evidence.Get(l.View, t.ID)
				if err != nil {
					return err
				}
				if i.Intake == intake && drawable(i) {
					items = append(items, i)
				}
			}
			return nil
		})
		if err != nil {
			return len(out.Made), err
		}
		if err := h.thumbs(ctx, who, items, &out); err != nil {
			return len(out.Made), err
		}
	}
	return len(out.Made), nil
}

// drawable tells whether it is worth while to have an item drawn.
func drawable(i evidence.Item) bool {
	kind := i.Kind()
	return !i.Erased && !i.Damaged && i.How != thumbnail && i.Size <= copies.MostRead && kind != evidence.KindDocument && kind != evidence.KindSound
}

// MakeThumbs makes the thumbnails that items lack: of those that are named, or of all
// pictures, films and PDFs that who may open for the purpose stated, the newest first and
// at most so many. That each was opened for it is on record before it is drawn.
func (h *Heed) MakeThumbs(ctx context.Context, who Who, ids []string, most int) (out ThumbsMade, err error) {
	out = ThumbsMade{Made: []ThumbMade{}, None: []ThumbNone{}}
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.EvidenceAdd, l.node()) }); err != nil {
		return out, err
	}
	if h.parts.Thumb == nil {
		return out, fault.Denied("this program cannot draw thumbnails: it has no process to do so in")
	}
	if strings.TrimSpace(who.Purpose) == "" {
		return out, fault.Invalid("purpose", "say for what purpose the items are opened and drawn")
	}
	if len(ids) == 0 {
		if ids, out.More, err = h.lackThumbs(ctx, who, most); err != nil {
			return out, err
		}
	}
	for part := range slices.Chunk(ids, thumbsAtOnce) {
		items, err := h.openToDraw(ctx, who, part)
		if err != nil {
			return out, err
		}
		if err := h.thumbs(ctx, who, items, &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

// openToDraw puts on record that items are opened.
func (h *Heed) openToDraw(ctx context.Context, who Who, ids []string) (items []evidence.Item, err error) {
	err = h.onItems(ctx, who, ids, access.EvidenceOpen, func(a *act, id string) error {
		i, err := evidence.Get(a.View, id)
		if err != nil {
			return err
		}
		switch {
		case i.How == thumbnail:
			return fault.Invalid("item", "%s is a thumbnail itself", id)
		case i.Size > copies.MostRead:
			return fault.Invalid("item", "%s is larger than %d MB: it is not drawn", id, copies.MostRead>>20)
		}
		if err := i.MayGive(); err != nil {
			return err
		}
		items = append(items, i)
		_, err = evidence.OpenFor(a.tx, id, evidence.Purpose{Purpose: who.Purpose, For: used(who.Use)})
		return err
	})
	return items, err
}

// lackThumbs finds what could be drawn and has no thumbnail.
func (h *Heed) lackThumbs(ctx context.Context, who Who, most int) (ids []string, more bool, err error) {
	if most <= 0 || most > 10_000 {
		most = 10_000
	}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceAdd, l.node()); err != nil {
			return err
		}
		for f := (evidence.Filter{Limit: 500, NoThumbs: true}); ; {
			heads, err := evidence.Heads(l.View, f)
			if err != nil {
				return err
			}
			heads2, err := l.withoutThumbs(heads)
			if err != nil {
				return err
			}
			for _, i := range heads2 {
				if len(ids) == most {
					more = true
					return nil
				}
				ids = append(ids, i.ID)
			}
			if len(heads) < f.Limit {
				return nil
			}
			f.Before = heads[len(heads)-1].Entry
		}
	})
	return ids, more, err
}

// withoutThumbs leaves of items those that may be opened, could be drawn and have none.
func (l *look) withoutThumbs(heads []evidence.Item) (out []evidence.Item, err error) {
	var ids []string
	for _, i := range heads {
		if l.opens(i) {
			ids = append(ids, i.ID)
		}
	}
	have, err := evidence.Thumbs(l.View, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, ok := have[id]; ok {
			continue
		}
		i, err := evidence.Get(l.View, id)
		if err != nil {
			return nil, err
		}
		if drawable(i) && i.Kind() != evidence.KindOther {
			out = append(out, i)
		}
	}
	return out, nil
}

// opens tells whether an item may be opened for what is stated.
func (l *look) opens(i evidence.Item) bool {
	res, why := l.itemUsed(i)
	return why == "" && l.may(access.EvidenceRead, res) && l.may(access.EvidenceOpen, res)
}

// thumbs draws items one after the other and takes in what was drawn.
func (h *Heed) thumbs(ctx context.Context, who Who, items []evidence.Item, out *ThumbsMade) error {
	d, err := h.evidence(ctx)
	if err != nil {
		return err
	}
	alike := map[string][]drawn{} // what is kept under one marking, and linked to the same
	var order []string
	for _, i := range items {
		t, err := h.drawBoxed(ctx, d, i)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			out.None = append(out.None, ThumbNone{i.ID, err.Error()})
			continue
		}
		key := i.Marking + fmt.Sprintf("%q", i.Links)
		if alike[key] == nil {
			order = append(order, key)
		}
		alike[key] = append(alike[key], drawn{i, t})
	}
	for _, key := range order {
		if err := h.keepThumbs(ctx, who, alike[key], out); err != nil {
			return err
		}
	}
	return nil
}

// drawBoxed gives the bytes of an item to the child as they come out of the store.
func (h *Heed) drawBoxed(ctx context.Context, d *evidence.Desk, i evidence.Item) (t copies.Thumbnail, err error) {
	h.judging.one.Lock() // one file at a time: it must not slow down what comes in
	defer h.judging.one.Unlock()
	in, out := io.Pipe()
	copied := make(chan error, 1)
	go func() {
		err := d.Copy(ctx, out, i)
		out.CloseWithError(err)
		copied <- err
	}()
	t, err = h.parts.Thumb(ctx, i.Name, in)
	in.CloseWithError(errors.New("nobody reads on"))
	if err2 := <-copied; err == nil {
		err = err2
	}
	if err == nil && (len(t.JPEG) == 0 || len(t.JPEG) > copies.MostThumbnail) {
		err = errors.New("nothing was drawn")
	}
	return t, err
}

// erasedSince tells whether an item was erased while it was drawn, and says so.
func (h *Heed) erasedSince(ctx context.Context, id string, out *ThumbsMade) (erased bool, err error) {
	err = h.rec.View(ctx, func(v *record.View) error {
		i, err := evidence.Get(v, id)
		erased = i.Erased
		return err
	})
	if erased {
		out.None = append(out.None, ThumbNone{id, "it was erased while it was drawn"})
	}
	return erased, err
}

// keepThumbs takes thumbnails in as one intake. Of what was erased while it was drawn
// nothing is kept; an erasure that comes later finds the thumbnail.
func (h *Heed) keepThumbs(ctx context.Context, who Who, some []drawn, out *ThumbsMade) error {
	var all []drawn
	for _, x := range some {
		erased, err := h.erasedSince(ctx, x.ID, out)
		if err != nil {
			return err
		}
		if !erased {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return nil
	}
	sources := make([]evidence.Source, len(all))
	for n, x := range all {
		data := x.JPEG
		sources[n] = evidence.Source{Name: strings.TrimSuffix(x.Name, filepath.Ext(x.Name)) + " (thumbnail).jpg", Type: "image/jpeg", Size: int64(len(data)), From: x.ID, How: thumbnail,
			Tool: "heed evidence thumbs", Note: "the " + x.Of + " of " + x.ID + ", SHA-256 " + x.SHA256, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
	}
	why := who.Purpose
	if why == "" {
		why = "to see what was taken in"
	}
	taken, err := h.AddEvidence(ctx, who, EvidenceInput{Authority: "Copy made for: " + why, Marking: all[0].Marking, Via: "derived", Links: all[0].Links}, sources, nil)
	if err != nil {
		return err
	}
	if len(taken.Items) != len(all) {
		return fmt.Errorf("%d of %d thumbnails were kept", len(taken.Items), len(all))
	}
	for n, i := range taken.Items {
		erased, err := h.erasedSince(ctx, all[n].ID, out)
		if erased {
			err = h.eraseThumbsOf(ctx, who, all[n].ID, "its original was erased")
		} else {
			out.Made = append(out.Made, ThumbMade{all[n].ID, i.ID, all[n].Of})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
