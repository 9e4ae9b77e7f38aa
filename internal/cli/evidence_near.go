package cli

import (
	"fmt"
	"io"

	"github.com/heed-project/heed/internal/evidence/near"
	"github.com/heed-project/heed/internal/heed"
)

type evidenceNearCmd struct {
	ID         string `arg:"" optional:"" help:"The item." placeholder:"ID"`
	Collection string `help:"Group what is nearly the same in this collection." placeholder:"NAME"`
	useFlags
}

// Run tells what is like an item, or the groups of a collection.
func (c *evidenceNearCmd) Run(r *run) error {
	if (c.ID == "") == (c.Collection == "") {
		return usage("say which item, or which --collection")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Use = c.use()
	if c.Collection != "" {
		out, err := n.NearGroups(r.ctx, who, c.Collection)
		if err != nil {
			return err
		}
		return r.print(out, func(w io.Writer) { tellGroups(w, out) })
	}
	out, err := n.Near(r.ctx, who, c.ID)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		switch {
		case !out.Open:
			fmt.Fprintf(w, "%s may not be opened by you for this use: it is compared with nothing.\n", c.ID)
		case len(out.Near) == 0 && !out.Marked:
			fmt.Fprintf(w, "%s shows no picture, no frame and not enough words that could be compared, or was not read (heed evidence read), and nothing you may open has its bytes.\n", c.ID)
		case len(out.Near) == 0:
			fmt.Fprintf(w, "Nothing that you may open is nearly the same as %s.\n", c.ID)
		}
		for _, x := range out.Near {
			fmt.Fprintf(w, "%-12s %s (%s)\n  %s\n", x.ID, x.Name, x.Marking, likeness(x))
			fmt.Fprintf(w, "  %s\n", differs(out.Item, x))
		}
		if out.More {
			fmt.Fprintln(w, "There are more.")
		}
	})
}

func tellGroups(w io.Writer, out heed.NearGroups) {
	for n, g := range out.Groups {
		fmt.Fprintf(w, "group %d: %d items\n", n+1, len(g.Items))
		for _, x := range g.Items {
			fmt.Fprintf(w, "  %-12s %s (%s), %d bytes, sha256 %.12s…\n    %s\n", x.ID, x.Name, x.Marking, x.Size, x.SHA256, likeness(x))
		}
	}
	fmt.Fprintf(w, "%d groups in the %d items of %q that you may open.\n", len(out.Groups), out.Compared, out.Collection)
	if out.More {
		fmt.Fprintln(w, "There are more pairs than were looked at: narrow the collection down.")
	}
}

// likeness words how like an item is.
func likeness(x heed.NearItem) string {
	l := x.Likeness
	if x.Same {
		return "the same bytes"
	}
	text := ""
	switch l.Kind {
	case near.SameFilm:
		text = fmt.Sprintf("%d of %d frames are nearly the same", l.Frames, l.Of)
	case near.SameText:
		text = fmt.Sprintf("about %d %% of the word groups are shared", l.Percent)
	default:
		text = fmt.Sprintf("nearly the same picture: %d of 128 bits differ", l.Bits)
	}
	if l.Mirrored {
		text += ", mirrored"
	}
	if l.Cropped {
		text += ", cropped"
	}
	return text
}

// differs words what is different of two files.
func differs(a, b heed.NearItem) string {
	if a.SHA256 == b.SHA256 {
		return fmt.Sprintf("the same %d bytes, sha256 %.12s…", b.Size, b.SHA256)
	}
	by := ""
	switch d := b.Size - a.Size; {
	case d > 0:
		by = fmt.Sprintf(", %d more", d)
	case d < 0:
		by = fmt.Sprintf(", %d fewer", -d)
	}
	return fmt.Sprintf("another file: %d bytes%s; sha256 %.12s… instead of %.12s…", b.Size, by, b.SHA256, a.SHA256)
}
