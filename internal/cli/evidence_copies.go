package cli

import (
	"fmt"
	"image"
	"io"

	"github.com/heed-project/heed/internal/evidence/copies"
)

type evidenceRedactCmd struct {
	ID      string   `arg:""`
	Box     []string `help:"What is blacked out: of a picture in pixels; of a page of a PDF in points (72 to the inch), as PAGE:X,Y,WIDTH,HEIGHT; both from the upper left." placeholder:"X,Y,WIDTH,HEIGHT" sep:"none"`
	Word    []string `help:"What is taken out of a text or a PDF." placeholder:"TEXT" sep:"none"`
	DPI     int      `name:"dpi" default:"150" help:"Dots an inch at which the pages of a PDF are drawn: 72 to 300." placeholder:"N"`
	Seen    []int    `help:"Pages of a PDF without text on which you looked: no such word is there." placeholder:"PAGE"`
	Purpose string   `required:"" help:"For what the copy is made: the original is opened for it." placeholder:"TEXT"`
	useFlags
}

// parseBox reads [PAGE:]X,Y,WIDTH,HEIGHT.
func parseBox(text string) (copies.Blackout, error) {
	var page, x, y, w, h int
	if n, err := fmt.Sscanf(text, "%d:%d,%d,%d,%d", &page, &x, &y, &w, &h); err == nil && n == 5 && page > 0 && w > 0 && h > 0 {
		return copies.Blackout{Page: page, Rectangle: image.Rect(x, y, x+w, y+h)}, nil
	}
	if n, err := fmt.Sscanf(text, "%d,%d,%d,%d", &x, &y, &w, &h); err == nil && n == 4 && w > 0 && h > 0 {
		return copies.Blackout{Rectangle: image.Rect(x, y, x+w, y+h)}, nil
	}
	return copies.Blackout{}, usage("%q is not a box: write X,Y,WIDTH,HEIGHT, and PAGE: before it for a page of a PDF", text)
}

func (c *evidenceRedactCmd) Run(r *run) error {
	what := copies.Redaction{Words: c.Word, DPI: c.DPI, Seen: c.Seen}
	for _, text := range c.Box {
		b, err := parseBox(text)
		if err != nil {
			return err
		}
		what.Boxes = append(what.Boxes, b)
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	out, err := n.RedactEvidence(r.ctx, who, c.ID, what)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s is a redacted copy of %s (entry %d). Look at it before it goes to anybody.\n", out.ID, c.ID, out.Entry)
	})
}
