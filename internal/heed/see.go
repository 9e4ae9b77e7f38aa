package heed

import (
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
)

// What pages read is put together here: plain values, in which a name or a text
// says by itself why it is not there.

// A Ref is something by its id, with its name to show.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // "" where it was erased
}

// States of a [Text].
const (
	Sealed = "sealed" // the reader may not read it
	Erased = "erased" // it was destroyed, under an authority that is on record
)

// A Text is words that live in a sealed part.
type Text struct {
	Body  string `json:"body,omitempty"`
	State string `json:"state,omitempty"` // "" readable, Sealed or Erased
}

// A Page is a part of a list: Limit rows from Offset on. Limit 0 is all.
type Page struct{ Limit, Offset int }

// cut returns the rows of a page, and how many there are on all pages.
func cut[T any](all []T, p Page) ([]T, int64) {
	n := int64(len(all))
	all = all[min(max(p.Offset, 0), len(all)):]
	if p.Limit > 0 && p.Limit < len(all) {
		all = all[:p.Limit]
	}
	return all, n
}

// text makes a text of what a reading of a sealed part returned.
func text(body string, err error) (Text, error) {
	switch fault.KindOf(err) {
	case fault.KindNotFound:
		return Text{State: Erased}, nil
	case fault.KindDenied:
		return Text{State: Sealed}, nil
	}
	return Text{Body: body}, err
}

// ref returns a person as a reference.
func (l *look) ref(person string) Ref {
	if person == "" {
		return Ref{}
	}
	n := l.name(person)
	if n == person {
		n = ""
	}
	return Ref{person, n}
}

// language is the one that the reader reads in: see [Speaking].
func (l *look) language() string {
	if tag, _ := l.ctx.Value(speaking{}).(string); tag != "" {
		return tag
	}
	p, err := party.GetPerson(l.View, l.principal.ID)
	if err != nil || len(p.Languages) == 0 {
		return "en"
	}
	return p.Languages[0]
}
