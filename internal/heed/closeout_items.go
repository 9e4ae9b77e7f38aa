package heed

import (
	"cmp"
	"slices"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
)

// held is an item with what a close-out asks of it.
type held struct {
	evidence.Item
	also []string // nodes that took it over
}

// eachItem goes through the items of a mandate, or through all: the oldest
// first, and last the copies that were derived from them and do not say
// themselves that they belong to it. A copy belongs to all that its original
// does, whenever that was said.
func (l *look) eachItem(mandateID string, f func(held) error) error {
	gone, err := transfer.Taken(l.View)
	if err != nil {
		return err
	}
	links := map[string][]evidence.Link{}
	give := func(i evidence.Item) error {
		i.Links = inherited(i, links)
		links[i.ID] = i.Links
		if i.Erased {
			return nil
		}
		return f(held{i, gone[i.ID]})
	}
	filter := evidence.Filter{}
	if mandateID != "" {
		filter.Link = evidence.Link{Kind: "mandate", To: mandateID}
	}
	if err := evidence.Each(l.View, filter, give); err != nil || mandateID == "" {
		return err
	}
	copies, err := l.copies()
	if err != nil {
		return err
	}
	for _, i := range copies {
		if _, follows := links[i.From]; !follows || links[i.ID] != nil {
			continue
		}
		if i, err = evidence.Get(l.View, i.ID); err != nil {
			return err
		}
		if err := give(i); err != nil {
			return err
		}
	}
	return nil
}

// inherited are the links of an item and of what it was derived from.
func inherited(i evidence.Item, of map[string][]evidence.Link) []evidence.Link {
	out := i.Links
	for _, link := range of[i.From] {
		if !slices.Contains(out, link) {
			out = append(slices.Clip(out), link)
		}
	}
	return out
}

// copies are the derived copies, without their words, each after what it was
// derived from.
func (l *look) copies() (out []evidence.Item, err error) {
	for _, how := range evidence.Ways() {
		err := evidence.EachHead(l.View, evidence.Filter{How: how}, func(i evidence.Item) error {
			out = append(out, i)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b evidence.Item) int { return cmp.Compare(a.Entry, b.Entry) })
	return out, nil
}

// outside are the items of the node that belong to no mandate and that nobody
// took over.
func (l *look) outside() ([]Orphan, error) {
	gone, err := transfer.Taken(l.View)
	if err != nil {
		return nil, err
	}
	out := []Orphan{}
	links := map[string][]evidence.Link{}
	err = evidence.EachHead(l.View, evidence.Filter{}, func(i evidence.Item) error {
		links[i.ID] = inherited(i, links)
		under := slices.ContainsFunc(links[i.ID], func(x evidence.Link) bool { return x.Kind == "mandate" })
		if !under && !i.Erased && len(gone[i.ID]) == 0 {
			out = append(out, Orphan{ID: i.ID, Why: "it belongs to no mandate: no plan says who gets it", Kinds: []string{WhyMandate}})
		}
		return nil
	})
	return out, err
}
