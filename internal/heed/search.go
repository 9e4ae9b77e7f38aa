package heed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	fileread "github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
)

// Read reads the fields and the text of a file, in a process of its own:
// [copies.Box.Read].
type Read func(ctx context.Context, name string, data io.Reader) (*fileread.Reading, error)

// ReadTaken reads the fields and the text of what was taken in, and puts them,
// sealed, on record. It comes after the items were acknowledged: whatever fails here,
// they are kept. It returns how many were read.
func (h *Heed) ReadTaken(ctx context.Context, who Who, intake string, taken []evidence.Taken) (n int, err error) {
	if err := h.mayJudge(ctx, who, intake); err != nil || h.parts.Read == nil {
		return 0, err
	}
	for _, t := range taken {
		if t.Bytes > copies.MostRead {
			continue
		}
		r, err := h.readItem(ctx, who, access.EvidenceAdd, intake, t.ID)
		if err != nil {
			return n, err
		}
		if !r.Empty() {
			n++
		}
	}
	return n, nil
}

// ReadEvidence reads the fields and the text of an item, again, for the purpose
// that who states. That it was opened for it is on record first.
func (h *Heed) ReadEvidence(ctx context.Context, who Who, id string) (fileread.Reading, error) {
	var item evidence.Item
	err := h.onItem(ctx, who, id, access.EvidenceOpen, func(a *act) (err error) {
		if h.parts.Read == nil {
			return fault.Denied("this program cannot read files: it has no process to do so in")
		}
		if item, err = evidence.Get(a.View, id); err != nil {
			return err
		}
		if item.Size > copies.MostRead {
			return fault.Invalid("item", "%s is larger than %d MB: its fields and text are not read", id, copies.MostRead>>20)
		}
		_, err = evidence.OpenFor(a.tx, id, evidence.Purpose{Purpose: who.Purpose, For: used(who.Use)})
		return err
	})
	if err != nil {
		return fileread.Reading{}, err
	}
	return h.readItem(ctx, who, access.EvidenceOpen, item.Intake, id)
}

// readItem reads one item in the child and records what it says. Of one that
// says nothing, nothing is recorded by an intake; why one could not be read is.
func (h *Heed) readItem(ctx context.Context, who Who, action, intake, id string) (out fileread.Reading, err error) {
	var item evidence.Item
	err = h.see(ctx, who, func(l *look) (err error) {
		if err := l.need(action, l.judged(action, id)); err != nil {
			return err
		}
		if item, err = evidence.Get(l.View, id); err == nil && item.Intake != intake {
			err = fault.NotFound("%s is no item of %s", id, intake)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	d, err := h.evidence(ctx)
	if err != nil {
		return out, err
	}
	r, err := h.readBoxed(ctx, d, item)
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	if err != nil {
		r = &fileread.Reading{Kind: "unknown", Notes: []string{err.Error()}}
	}
	if r.Empty() && len(r.Notes) == 0 && action == access.EvidenceAdd {
		return *r, nil
	}
	return *r, h.do(ctx, who, func(a *act) error {
		if err := a.need(action, a.judged(action, id)); err != nil {
			return err
		}
		_, err := evidence.PutReading(a.tx, id, *r)
		return err
	})
}

// readBoxed gives the bytes of an item to the child as they come out of the
// store: they are nowhere else.
func (h *Heed) readBoxed(ctx context.Context, d *evidence.Desk, item evidence.Item) (*fileread.Reading, error) {
	in, out := io.Pipe()
	copied := make(chan error, 1)
	go func() {
		err := d.Copy(ctx, out, item)
		out.CloseWithError(err)
		copied <- err
	}()
	r, err := h.parts.Read(ctx, item.Name, in)
	in.CloseWithError(errors.New("nobody reads on"))
	if err2 := <-copied; err == nil {
		err = err2
	}
	return r, err
}

// A Found is an item in which something was found, with the words around it.
type Found struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Marking string `json:"marking"`
	Type    string `json:"type"`
	Before  string `json:"before"`
	Match   string `json:"match"`
	After   string `json:"after"`
	Mail    int    `json:"mail,omitempty"`  // of a mailbox: in which mail, from 1
	Mails   int    `json:"mails,omitempty"` // and of how many
	Page    int    `json:"page,omitempty"`  // of a document that has pages
	Opened  int64  `json:"opened_entry"`
}

// A Search is what was found, and how far was looked.
type Search struct {
	Found  []Found `json:"found"`
	More   bool    `json:"more"`   // there is more than is shown
	Looked int     `json:"looked"` // items of the asker in whose text was looked
}

// mostFound is how many items one search shows: each is opened for it.
const mostFound = 50

// SearchEvidence looks for words in the text and the fields of those items that
// who may open for the purpose stated. The decision on an item comes before a
// word of it is unsealed: of one that may not be opened, nothing is looked at,
// counted or told. That each item of which a snippet is shown was opened is on
// record before the snippet leaves.
func (h *Heed) SearchEvidence(ctx context.Context, who Who, query string, limit int) (out Search, err error) {
	out.Found = []Found{}
	q := fileread.ParseQuery(query)
	if limit <= 0 || limit > mostFound {
		limit = mostFound
	}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil { // as for the list
			return err
		}
		if len(q) == 0 {
			return fault.Invalid("query", "say what to look for: there is no word in %.40q", query)
		}
		if strings.TrimSpace(who.Purpose) == "" {
			return fault.Invalid("purpose", "say for what purpose you search: what is shown of an item is opened for it")
		}
		return l.searchAll(&out, q, limit)
	})
	if err != nil || len(out.Found) == 0 {
		return out, err
	}
	err = h.do(ctx, who, func(a *act) error {
		for n := range out.Found {
			f := &out.Found[n]
			i, err := evidence.Head(a.View, f.ID)
			if err != nil {
				return err
			}
			if err := a.needItem(access.EvidenceOpen, i); err != nil {
				return err
			}
			e, err := evidence.OpenFor(a.tx, f.ID, evidence.Purpose{Purpose: who.Purpose, For: used(who.Use)})
			if err != nil {
				return err
			}
			f.Opened = e.Index
		}
		return nil
	})
	if err != nil {
		return Search{Found: []Found{}}, fmt.Errorf("nothing is shown: %w", err)
	}
	return out, nil
}

// searchAll looks through all items, the newest first, page by page.
func (l *look) searchAll(out *Search, q fileread.Query, limit int) error {
	if err := l.h.texts.refresh(l.View); err != nil {
		return err
	}
	f := evidence.Filter{Limit: 1000, NoThumbs: true} // which have no words
	for {
		heads, err := evidence.Heads(l.View, f)
		if err != nil {
			return err
		}
		said, err := evidence.DescribedAmong(l.View, heads)
		if err != nil {
			return err
		}
		for _, i := range heads {
			f.Before = i.Entry
			found, err := l.searchOne(out, i, said[i.ID], q)
			if err != nil {
				return err
			}
			if found == nil {
				continue
			}
			if len(out.Found) == limit {
				out.More = true
				return nil
			}
			out.Found = append(out.Found, *found)
		}
		if len(heads) < f.Limit {
			return nil
		}
	}
}

// searchOne looks in one item, of which exports say something or not.
func (l *look) searchOne(out *Search, i evidence.Item, described bool, q fileread.Query) (*Found, error) {
	res, why := l.itemUsed(i)
	if why != "" || !l.may(access.EvidenceRead, res) || !l.may(access.EvidenceOpen, res) {
		return nil, nil
	}
	words, read, err := l.h.texts.of(l.View, i.ID)
	if err != nil {
		return nil, err
	}
	var said []evidence.Described
	if has := read && words.Has(q); !has {
		if described {
			said, err = evidence.DescribedAs(l.View, i.ID)
		}
		if err != nil || !read && len(said) == 0 {
			return nil, err
		}
		if out.Looked++; len(said) == 0 {
			return nil, nil
		}
	} else {
		out.Looked++
	}
	r, err := evidence.ReadingOf(l.View, i.ID)
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = &evidence.Read{Reading: fileread.Reading{Kind: "unknown"}}
	}
	hit, at, ok := r.Find(q)
	if !ok && len(said) > 0 {
		hit, ok = q.In(r.Searched() + evidence.SaidOf(said))
	}
	if !ok {
		return nil, nil
	}
	if i, err = evidence.Get(l.View, i.ID); err != nil || i.Erased {
		return nil, err
	}
	return &Found{ID: i.ID, Name: i.Name, Marking: i.Marking, Type: r.Kind, Before: hit.Before, Match: hit.Match, After: hit.After, Mail: at.Mail, Mails: at.Of, Page: hit.Page}, nil
}
