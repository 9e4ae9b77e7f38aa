package heed

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
)

// shownFor is how long the pictures of a page are shown after the items were opened for it.
const shownFor = time.Hour

// mostPictures is how many pictures one page shows.
const mostPictures = 100

// Pictures are the entries with which the items of a page were opened to show their
// thumbnails: all from First to Last.
type Pictures struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	Shown int   `json:"shown"`
}

// ShowPictures puts on record that who looks at the thumbnails of items, for the purpose
// stated: an entry in the custody of each of which one is shown. Of an item that may not be
// opened so, or of which there is no thumbnail, nothing is done and nothing told.
func (h *Heed) ShowPictures(ctx context.Context, who Who, ids []string) (out Pictures, err error) {
	if len(ids) > mostPictures {
		return out, fault.Invalid("items", "name at most %d items", mostPictures)
	}
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.PeopleRead, a.node()); err != nil { // as for the list
			return err
		}
		if strings.TrimSpace(who.Purpose) == "" {
			return fault.Invalid("purpose", "say for what purpose you look at pictures: it goes on record for each item that is shown")
		}
		seen := map[string]bool{}
		for _, id := range ids {
			i, _, err := a.pictured(id)
			if err != nil {
				return err
			}
			if i == nil || seen[id] {
				continue
			}
			seen[id] = true
			e, err := evidence.OpenFor(a.tx, id, evidence.Purpose{Purpose: who.Purpose, For: used(who.Use)})
			if err != nil {
				return err
			}
			if out.Last, out.Shown = e.Index, out.Shown+1; out.First == 0 {
				out.First = e.Index
			}
		}
		return nil
	})
	return out, err
}

// pictured returns an item that who may open for what is stated, and its thumbnail; nil
// where who may not, or there is none.
func (l *look) pictured(id string) (*evidence.Item, *evidence.Item, error) {
	i, err := evidence.Head(l.View, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, nil, nil
	}
	if err != nil || !l.opens(i) {
		return nil, nil, err
	}
	all, err := evidence.Thumbs(l.View, []string{id})
	if err != nil || all[id].ID == "" {
		return nil, nil, err
	}
	t, err := evidence.Get(l.View, all[id].ID)
	if err != nil || t.Erased || t.Damaged || t.Size > copies.MostThumbnail || !l.opens(t) {
		return nil, nil, err
	}
	return &i, &t, nil
}

// openedBy tells whether an entry says that who opened an item, a short time ago, and for
// what.
func (l *look) openedBy(opened int64, id string) (purpose string, ok bool, err error) {
	e, err := l.View.Entry(opened)
	if fault.KindOf(err) == fault.KindNotFound {
		return "", false, nil
	}
	if err != nil || e.Kind != "evidence.opened" || e.Actor == "" || e.Actor != l.who.Person || len(e.Subjects) == 0 || e.Subjects[0] != id || l.now.Sub(e.Time) > shownFor {
		return "", false, err
	}
	told, err := evidence.Tell(l.View, id, e)
	return told.Reason, told.Reason != "", err
}

// Shown returns, of the entries of a page, those that show the thumbnail of an item to
// who: by item. Each is decided on anew.
func (h *Heed) Shown(ctx context.Context, who Who, p Pictures) (out map[string]int64, err error) {
	out = map[string]int64{}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil {
			return err
		}
		for n := p.First; n > 0 && n <= p.Last && n < p.First+mostPictures; n++ {
			e, err := l.View.Entry(n)
			if fault.KindOf(err) == fault.KindNotFound {
				return nil
			}
			if err != nil {
				return err
			}
			if len(e.Subjects) == 0 {
				continue
			}
			t, err := l.thumb(e.Subjects[0], n)
			if err != nil {
				return err
			}
			if t != nil {
				out[e.Subjects[0]] = n
			}
		}
		return nil
	})
	return out, err
}

// thumb returns the thumbnail of an item that who opened with an entry, if who may still
// open the item for what was stated then; else nil.
func (l *look) thumb(id string, opened int64) (*evidence.Item, error) {
	purpose, ok, err := l.openedBy(opened, id)
	if err != nil || !ok {
		return nil, err
	}
	stated := *l
	stated.who.Purpose = purpose
	_, t, err := stated.pictured(id)
	return t, err
}

// Thumbnail returns the thumbnail of an item, as JPEG, to somebody who opened the item a
// short time ago: that is on record as the entry named. It is decided on anew each time.
func (h *Heed) Thumbnail(ctx context.Context, who Who, id string, opened int64) (data []byte, err error) {
	var t *evidence.Item
	err = h.see(ctx, who, func(l *look) error {
		i, err := evidence.Head(l.View, id)
		if err != nil {
			i = evidence.Item{ID: id, Marking: "RED"}
		}
		none := fault.NotFound("there is no picture of %s that you opened", id)
		if l.need(access.EvidenceRead, l.item(i)) != nil || err != nil {
			return none
		}
		if t, err = l.thumb(id, opened); err == nil && t == nil {
			err = none
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	d, err := h.evidence(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = d.Copy(ctx, &b, *t)
	if errors.Is(err, vault.ErrDamaged) {
		err = errors.Join(err, d.Isolate(context.WithoutCancel(ctx), who.by(), t.ID))
	}
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// haveThumbs tells which of some items have a thumbnail that who may be shown for a purpose
// that is yet to be stated.
func (l *look) haveThumbs(items []evidence.Item) (map[string]bool, error) {
	stated, ids, out := *l, []string(nil), map[string]bool{}
	if strings.TrimSpace(stated.who.Purpose) == "" {
		stated.who.Purpose = "to see what is offered"
	}
	for _, i := range items {
		if i.Withheld == "" && !i.Erased && stated.opens(i) {
			ids = append(ids, i.ID)
		}
	}
	all, err := evidence.Thumbs(l.View, ids)
	for id := range all {
		out[id] = true
	}
	return out, err
}

func (l *look) hasThumb(i evidence.Item) (bool, error) {
	have, err := l.haveThumbs([]evidence.Item{i})
	return have[i.ID], err
}
