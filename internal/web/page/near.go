package page

import (
	"strconv"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/near"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// A NearPart is the part of an item's page that says what is like it.
type NearPart struct {
	Shown bool
	Items []NearCard
	More  bool
}

// A NearCard is an item that is like the one that is shown.
type NearCard struct {
	ItemCard
	Like    string
	Differs string
}

// NearOf words what is like an item.
func NearOf(w *Words, x heed.NearView) NearPart {
	p := NearPart{Shown: x.Open && (x.Marked || len(x.Near) > 0), More: x.More}
	for _, n := range x.Near {
		c := NearCard{ItemCard: ItemCard{ID: n.ID, Name: n.Name, Marking: n.Marking, Size: SizeOf(w, n.Size)}, Like: likeness(w, n)}
		switch d := n.Size - x.Item.Size; {
		case n.Same:
			c.Differs = w.T("near.bytes.same", short(n.SHA256))
		case d > 0:
			c.Differs = w.T("near.bytes.more", SizeOf(w, d), short(n.SHA256))
		case d < 0:
			c.Differs = w.T("near.bytes.fewer", SizeOf(w, -d), short(n.SHA256))
		default:
			c.Differs = w.T("near.bytes.other", short(n.SHA256))
		}
		p.Items = append(p.Items, c)
	}
	return p
}

// likeness words how like an item is.
func likeness(w *Words, n heed.NearItem) (text string) {
	switch l := n.Likeness; {
	case n.Same:
		return w.T("near.same")
	case l.Kind == near.SameFilm:
		text = w.T("near.film", l.Frames, l.Of)
	case l.Kind == near.SameText:
		return w.T("near.text", l.Percent)
	default:
		text = w.T("near.picture", l.Bits)
	}
	if n.Likeness.Mirrored {
		text += " " + w.T("near.mirrored")
	}
	if n.Likeness.Cropped {
		text += " " + w.T("near.cropped")
	}
	return text
}

// NearGroups are the groups of a collection of which the items are nearly the same.
type NearGroups struct {
	Frame
	Collections Facet
	Collection  string
	Compared    int
	Groups      [][]NearCard
	More        bool
	CSV         string
	Show        PictureForm
}

// NearGroupsOf makes cards of groups; at says where the pictures are that are shown.
func NearGroupsOf(w *Words, x heed.NearGroups, at map[string]string) (out [][]NearCard) {
	for _, g := range x.Groups {
		var cards []NearCard
		for _, n := range g.Items {
			card := ItemCard{ID: n.ID, Name: n.Name, Marking: n.Marking, Size: SizeOf(w, n.Size), Kind: (evidence.Words{Name: n.Name}).Kind(), Picture: at[n.ID]}
			cards = append(cards, NearCard{ItemCard: card, Like: likeness(w, n), Differs: "SHA-256 " + short(n.SHA256)})
		}
		out = append(out, cards)
	}
	return out
}

// NearTable makes the table of groups.
func NearTable(w *Words, x heed.NearGroups) Table {
	t := Table{ID: "near", Caption: w.T("near.groups.title"), Empty: w.T("near.groups.none"), Cols: w.Cols("#group", "item", "#bytes", "marking", "sha256", "likeness")}
	for n, g := range x.Groups {
		for _, i := range g.Items {
			t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: w.Num(int64(n + 1)), Raw: strconv.Itoa(n + 1)}, {Text: i.Name, Href: look.Href(i.ID), Sub: i.ID}, sizeCell(w, i.Size), {Text: i.Marking},
				{Text: short(i.SHA256), Raw: i.SHA256, ID: true}, {Text: likeness(w, i)}}})
		}
	}
	return t
}
