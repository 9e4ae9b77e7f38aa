package page

import (
	"github.com/heed-project/heed/internal/evidence/near"
	"github.com/heed-project/heed/internal/heed"
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
