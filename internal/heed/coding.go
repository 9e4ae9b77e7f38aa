package heed

import (
	"cmp"
	"context"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// CodeEvidence says what an item shows, in the words of the vocabulary.
func (h *Heed) CodeEvidence(ctx context.Context, who Who, id string, in coding.Input) (entry int64, err error) {
	err = h.onItem(ctx, who, id, access.EvidenceChange, func(a *act) error {
		i, err := evidence.Head(a.View, id)
		if err != nil {
			return err
		}
		if _, why := a.itemUsed(i); why != "" {
			return fault.Denied("%s is not used so: %s", id, why) // who may not be told what it says does not say it
		}
		if err := evidence.There(a.View, id); err != nil {
			return err
		}
		e, err := coding.Code(a.tx, id, i.Marking, in)
		entry = e.Index
		return err
	})
	return entry, err
}

// ReviewCoding accepts what somebody else coded, or gives it back with words.
func (h *Heed) ReviewCoding(ctx context.Context, who Who, id, state, note string) (entry int64, err error) {
	err = h.onItem(ctx, who, id, access.EvidenceRead, func(a *act) error {
		i, err := evidence.Head(a.View, id)
		if err != nil {
			return err
		}
		c, err := coding.Get(a.View, id)
		if err != nil {
			return cmp.Or(a.needItem(access.EvidenceReview, i), err)
		}
		r := a.item(i)
		r.Author = c.By
		if err := a.need(access.EvidenceReview, r); err != nil {
			return err
		}
		if err := evidence.There(a.View, id); err != nil {
			return err
		}
		e, err := coding.Review(a.tx, id, i.Marking, state, note)
		entry = e.Index
		return err
	})
	return entry, err
}

// A VocabularyView is the vocabulary in force; Entry 0 is the one that comes
// with Heed.
type VocabularyView struct {
	Terms   coding.Vocabulary `json:"terms"`
	Entry   int64             `json:"entry"`
	Adopted []Adoption        `json:"adopted"` // every one that was put into force, the newest first
}

// An Adoption says who put a vocabulary into force, and when.
type Adoption struct {
	Entry int64     `json:"entry"`
	By    Ref       `json:"by"`
	At    time.Time `json:"at"`
}

// vocabulary returns the one in force and those before it.
func (l *look) vocabulary() (out VocabularyView, err error) {
	out.Adopted = []Adoption{}
	if out.Terms, out.Entry, err = coding.Current(l.View); err != nil {
		return out, err
	}
	entries, err := coding.Adoptions(l.View)
	for _, n := range entries {
		e, err := l.Entry(n)
		if err != nil {
			return out, err
		}
		out.Adopted = append(out.Adopted, Adoption{n, l.ref(e.Actor), e.Time})
	}
	return out, err
}

// CodingVocabulary returns the words with which items are coded.
func (h *Heed) CodingVocabulary(ctx context.Context, who Who) (out VocabularyView, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.PeopleRead, l.node()); err != nil {
			return err
		}
		out, err = l.vocabulary()
		return err
	})
	return out, err
}

// AdoptVocabulary puts an office's own vocabulary into force.
func (h *Heed) AdoptVocabulary(ctx context.Context, who Who, file []byte) (out VocabularyView, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.CodingAdopt, a.node()); err != nil {
			return err
		}
		if _, err := coding.Adopt(a.tx, file); err != nil {
			return err
		}
		out, err = a.vocabulary()
		return err
	})
	return out, err
}

// A CodingView is what was coded of an item, and where its review stands.
type CodingView struct {
	Entry    int64           `json:"entry"`
	By       Ref             `json:"by"`
	At       time.Time       `json:"at"`
	State    string          `json:"state"`
	Terms    []coding.Choice `json:"terms"`
	Erased   bool            `json:"erased,omitempty"`
	Reviewer Ref             `json:"reviewer,omitzero"`
	Review   int64           `json:"review_entry,omitempty"`
	Said     string          `json:"review_note,omitempty"`
	coding.Content
}

// coded returns what was coded of an item, nil where nothing was.
func (l *look) coded(id string) (*CodingView, error) {
	c, err := coding.Get(l.View, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	words, _, err := coding.Current(l.View)
	if err != nil {
		return nil, err
	}
	out := &CodingView{Entry: c.Entry, By: l.ref(c.By), At: c.At, State: c.State, Reviewer: l.ref(c.Reviewer), Review: c.Review, Terms: []coding.Choice{}}
	for _, t := range c.Terms {
		out.Terms = append(out.Terms, coding.Choice{Term: t, Label: words.Label(t)})
	}
	out.Content, err = coding.ContentOf(l.View, c)
	if fault.KindOf(err) == fault.KindNotFound {
		out.Erased, err = true, nil
	}
	if err == nil && c.Review > 0 {
		out.Said, err = coding.NoteOf(l.View, c.Review)
	}
	return out, err
}

// mayReviewCoding tells whether the reader may review what was coded.
func (l *look) mayReviewCoding(i evidence.Item, c *CodingView) bool {
	if c == nil || c.State != coding.ToReview {
		return false
	}
	r := l.item(i)
	r.Author = c.By.ID
	return l.may(access.EvidenceReview, r)
}

// codingEvent words a review as it stands in the custody of an item.
func (l *look) codingEvent(c *Custody, e record.Entry, id string) (err error) {
	if c.Detail, err = coding.StateIn(e); err != nil {
		return err
	}
	if hide, err := l.withheld(id); hide || err != nil {
		return err
	}
	c.Reason, err = coding.NoteOf(l.View, e.Index)
	return err
}
