package view

import (
	"github.com/heed-project/heed/internal/evidence/near"
	"github.com/heed-project/heed/internal/heed"
)

// A NearItem is an item that is like another, or the same.
type NearItem struct {
	ID       string         `json:"id"`
	Name     string         `json:"name,omitempty"`
	Marking  string         `json:"marking"`
	Bytes    int64          `json:"bytes"`
	SHA256   string         `json:"sha256,omitempty"`
	Same     bool           `json:"same_bytes" doc:"It has the same bytes."`
	Likeness *near.Likeness `json:"likeness,omitempty" doc:"To the one that it is most like; a reason to look at both, and no proof."`
}

// NearGroups are the groups of a collection.
type NearGroups struct {
	Collection string       `json:"collection"`
	Compared   int          `json:"compared" doc:"Items of the collection that you may open: of others nothing is told or counted."`
	Groups     [][]NearItem `json:"groups" nullable:"false" doc:"Each item is like another of its group; the largest first."`
	More       bool         `json:"more" doc:"There are more pairs than were looked at."`
}

// NearView is what is like an item.
type NearView struct {
	Item       NearItem   `json:"item"`
	Near       []NearItem `json:"near" nullable:"false" doc:"Of those that you may open: what has the same bytes first, then the closest."`
	More       bool       `json:"more"`
	MayOpen    bool       `json:"may_open" doc:"Where you may not open it, it is compared with nothing."`
	Comparable bool       `json:"comparable" doc:"It shows a picture, frames or enough words."`
}

func nearItem(n heed.NearItem) NearItem {
	out := NearItem{ID: n.ID, Name: n.Name, Marking: n.Marking, Bytes: n.Size, SHA256: n.SHA256, Same: n.Same}
	if n.Likeness != (near.Likeness{}) {
		out.Likeness = &n.Likeness
	}
	return out
}

// OfNearGroups is what a program reads of groups.
func OfNearGroups(x heed.NearGroups) NearGroups {
	out := NearGroups{Collection: x.Collection, Compared: x.Compared, Groups: [][]NearItem{}, More: x.More}
	for _, g := range x.Groups {
		var items []NearItem
		for _, i := range g.Items {
			items = append(items, nearItem(i))
		}
		out.Groups = append(out.Groups, items)
	}
	return out
}

// OfNearView is what a program reads of what is like an item.
func OfNearView(x heed.NearView) NearView {
	out := NearView{Item: nearItem(x.Item), Near: []NearItem{}, More: x.More, MayOpen: x.Open, Comparable: x.Marked}
	for _, i := range x.Near {
		out.Near = append(out.Near, nearItem(i))
	}
	return out
}
