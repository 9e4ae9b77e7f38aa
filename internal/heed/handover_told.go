package heed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heed-project/heed/custody/bundle"
	facts "github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// What a successor needs beside the bytes: what exports say of an item, and what
// was coded of it and accepted. It goes in the file that is sealed for the
// receiver, as the parts of the entries by which it was put on record, and
// arrives as what another office says: never as a proof.

// codedAs is the kind of a description that was a coding at the sender.
const codedAs = "coding"

// tell discloses what the record says of an item, to the receiver alone.
func (p *parcel) tell(id string, indexes []int64) error {
	said, err := evidence.DescribedAs(p.View, id)
	if err != nil {
		return err
	}
	for _, d := range said {
		if err := p.opens(d.Entry, indexes); err != nil {
			return err
		}
	}
	if err := p.holds(id, indexes); err != nil {
		return err
	}
	c, err := coding.Get(p.View, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil
	}
	if err != nil || c.State != coding.Accepted {
		return err
	}
	return p.opens(c.Entry, indexes)
}

// opens discloses both parts of an entry to the receiver.
func (p *parcel) opens(entry int64, indexes []int64) error {
	if _, ok := slices.BinarySearch(indexes, entry); !ok {
		return nil // it is newer than the checkpoint
	}
	d, err := p.Disclose(entry, true)
	if err != nil || d.Sealed == nil {
		return err
	}
	p.opened = append(p.opened, bundle.Disclosure{Log: 0, Index: entry, Body: string(d.Sealed), Salt: d.SealedSalt, Open: string(d.Open), OpenSalt: d.OpenSalt})
	return nil
}

// tale is what the sender's record says of an item, and which export it had it
// from, by the sender's id.
type tale struct {
	evidence.Described
	export string
}

// told reads what the sender's record says of the items, by their ids there.
func (t *takeover) told() (map[string][]tale, error) {
	out := map[string][]tale{}
	own := t.report.Logs[0]
	for _, e := range own.Entries {
		if e.Sealed == nil || e.Open == nil || e.Index == 0 {
			continue
		}
		h, err := record.ParseLeaf(e.Leaf)
		if err != nil {
			return nil, err
		}
		var s tale
		switch h.Kind {
		case "evidence.described":
			s.Described, err = evidence.ReadDescribed(e.Open.Bytes, e.Sealed.Bytes)
			s.export = s.By
		case "coding.coded":
			s.Kind = codedAs
			s.Facts, err = codedFacts(e.Open.Bytes, e.Sealed.Bytes)
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the sender's entry %d: %w", e.Index, err)
		}
		s.Entry = e.Index
		s.Facts = append(s.Facts, facts.Fact{Name: "handed over by", Value: t.report.Node})
		out[h.Subjects[0]] = append(out[h.Subjects[0]], s)
	}
	return out, nil
}

// codedFacts are a coding, fact by fact.
func codedFacts(open, sealed []byte) (out []facts.Fact, err error) {
	terms, c, err := coding.ReadCoded(open, sealed)
	if err != nil {
		return nil, err
	}
	add := func(name string, words ...string) {
		if v := strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " · "); v != "" {
			out = append(out, facts.Fact{Name: name, Value: v})
		}
	}
	for _, x := range terms {
		add(x.Field, x.Code)
	}
	for _, x := range c.Events {
		add("event", x.Date, x.Place, x.What)
	}
	for _, x := range c.Persons {
		add("person", x.Name, x.Role)
	}
	for _, x := range c.Places {
		add("place", x)
	}
	add("note", c.Note)
	return out, nil
}
