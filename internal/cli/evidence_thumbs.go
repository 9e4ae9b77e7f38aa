package cli

import (
	"fmt"
	"io"
)

type evidenceThumbsCmd struct {
	ID      []string `arg:"" optional:"" help:"The items; without any, all pictures, films and PDFs that lack one and that you may open." placeholder:"ID"`
	Purpose string   `help:"For what they are opened and drawn." placeholder:"TEXT"`
	Most    int      `default:"1000" help:"How many at most, where none are named." placeholder:"N"`
	useFlags
}

// Run makes the thumbnails that items lack. That each was opened is on record first.
func (c *evidenceThumbsCmd) Run(r *run) error {
	if c.Purpose == "" {
		return usage("say for what --purpose the items are opened and drawn")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	out, err := n.MakeThumbs(r.ctx, who, c.ID, c.Most)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		for _, m := range out.Made {
			fmt.Fprintf(w, "%-12s the %s of %s\n", m.Thumbnail, m.Of, m.Item)
		}
		for _, x := range out.None {
			fmt.Fprintf(w, "%-12s %s\n", x.Item, x.Why)
		}
		fmt.Fprintf(w, "%d thumbnails were made.\n", len(out.Made))
		if out.More {
			fmt.Fprintln(w, "There are more items without one: run it again.")
		}
	})
}
