package cli

import (
	"fmt"
	"io"

	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/heed"
)

// readAtOnce is how many files of one intake are read while somebody waits.
const readAtOnce = 100

// readTaken reads the fields and the text of what was taken in.
func (r *run) readTaken(n *heed.Node, who heed.Who, out heed.EvidenceTaken) {
	if len(out.Items) > readAtOnce {
		fmt.Fprintf(r.err, "the fields and the text of more than %d files are read when it is asked for: heed evidence read\n", readAtOnce)
		return
	}
	r.readAll(n, who, out)
}

// readAll is readTaken, of any number.
func (r *run) readAll(n *heed.Node, who heed.Who, out heed.EvidenceTaken) {
	if _, err := n.ReadTaken(r.ctx, who, out.Intake, out.Items); err != nil {
		fmt.Fprintf(r.err, "not all files were read (heed evidence read does it later): %v\n", err)
	}
}

type evidenceReadCmd struct {
	ID      []string `arg:"" help:"The items." placeholder:"ID"`
	Purpose string   `help:"For what they are opened." placeholder:"TEXT"`
	useFlags
}

// readRow is what was read of one item.
type readRow struct {
	ID string `json:"id"`
	reading.Reading
}

// Run reads items. That each was opened is on record first.
func (c *evidenceReadCmd) Run(r *run) error {
	if c.Purpose == "" {
		return usage("say for what --purpose the items are opened and read")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	out := []readRow{}
	for _, id := range c.ID {
		x, err := n.ReadEvidence(r.ctx, who, id)
		if err != nil {
			return err
		}
		out = append(out, readRow{id, x})
	}
	return r.print(out, func(w io.Writer) {
		for _, x := range out {
			fmt.Fprintf(w, "%s  %s, %d bytes of text\n", x.ID, x.Kind, len(x.Text))
			tellReading(w, x.Reading)
		}
	})
}

// tellReading words what a file says about itself.
func tellReading(w io.Writer, x reading.Reading) {
	for _, f := range x.Fields {
		fmt.Fprintf(w, "  %s: %s\n", f.Name, f.Value)
	}
	for _, note := range x.Notes {
		fmt.Fprintf(w, "  - %s\n", note)
	}
}

type evidenceSearchCmd struct {
	Query   string `arg:"" help:"Words that must all be there; between quotes, side by side." placeholder:"QUERY"`
	Purpose string `help:"For what you search: each item of which something is shown is opened for it." placeholder:"TEXT"`
	Limit   int    `default:"20" help:"Items shown; at most 50." placeholder:"N"`
	useFlags
}

func (c *evidenceSearchCmd) Run(r *run) error {
	if c.Purpose == "" {
		return usage("say for what --purpose you search: what is shown of an item is opened for it")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	out, err := n.SearchEvidence(r.ctx, who, c.Query, c.Limit)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		for _, f := range out.Found {
			in := ""
			if f.Mail > 0 {
				in = fmt.Sprintf("mail %d of %d: ", f.Mail, f.Mails)
			}
			if f.Page > 0 {
				in = fmt.Sprintf("page %d: ", f.Page)
			}
			fmt.Fprintf(w, "%-12s %s (%s, %s), opened with entry %d\n  %s%s [%s] %s\n", f.ID, f.Name, f.Type, f.Marking, f.Opened, in, f.Before, f.Match, f.After)
		}
		fmt.Fprintf(w, "%d found in the %d that were read and that you may open.\n", len(out.Found), out.Looked)
		if out.More {
			fmt.Fprintln(w, "There are more: narrow it down.")
		}
	})
}
