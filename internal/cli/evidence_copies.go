package cli

import (
	"fmt"
	"io"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
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

func (c *evidenceRedactCmd) Run(r *run) error {
	what := copies.Redaction{Words: c.Word, DPI: c.DPI, Seen: c.Seen}
	for _, text := range c.Box {
		b, err := copies.ParseBlackout(text)
		if err != nil {
			return usage("%v", err)
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

type evidenceTextCmd struct {
	ID      string `arg:"" help:"The item."`
	Purpose string `required:"" help:"For what its text is kept: the item is opened for it." placeholder:"TEXT"`
	useFlags
}

// Run keeps the text of an item as an item of its own.
func (c *evidenceTextCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	out, err := n.KeepText(r.ctx, who, c.ID)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s is the text of %s (entry %d).\n", out.ID, c.ID, out.Entry)
	})
}

type evidenceDeriveCmd struct {
	ID      string `arg:"" help:"The item from which it was made."`
	File    string `arg:"" help:"What was made." type:"path"`
	Kind    string `required:"" help:"transcript, transcode, translation, extract or working-copy."`
	Tool    string `required:"" help:"With what it was made: a program and its version, or by ear." placeholder:"TEXT"`
	Note    string `help:"What one must know of it."`
	Purpose string `help:"Why it is kept." default:"to keep it beside its original" placeholder:"TEXT"`
	useFlags
}

// Run takes in what a person made out of an item, beside it.
func (c *evidenceDeriveCmd) Run(r *run) error {
	sources, refused := evidence.Walk([]string{c.File})
	if len(refused) > 0 || len(sources) != 1 {
		return fault.Invalid("file", "%s is not one file", c.File)
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	out, err := n.DeriveEvidence(r.ctx, who, c.ID, heed.Made{How: c.Kind, Tool: c.Tool, Note: c.Note, File: sources[0]})
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s is a %s of %s (entry %d).\n", out.ID, c.Kind, c.ID, out.Entry)
	})
}
