package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/heed"
)

type evidenceCodeCmd struct {
	ID     string   `arg:"" help:"The item." placeholder:"ID"`
	Term   []string `arg:"" optional:"" help:"What it shows, in words of the vocabulary: act=killing." placeholder:"FIELD=CODE"`
	Event  []string `help:"An event: date, place and what, parted by strokes." placeholder:"DATE|PLACE|WHAT" sep:"none"`
	Person []string `help:"Somebody whom it shows or names; sealed." placeholder:"NAME|ROLE" sep:"none"`
	Place  []string `help:"A place." sep:"none"`
	Note   string   `help:"Beside it."`
}

// Run codes an item.
func (c *evidenceCodeCmd) Run(r *run) error {
	in := coding.Input{Content: coding.Content{Places: c.Place, Note: c.Note}}
	for _, t := range c.Term {
		term, err := coding.ParseTerm(t)
		if err != nil {
			return err
		}
		in.Terms = append(in.Terms, term)
	}
	for _, e := range c.Event {
		p := strings.SplitN(e+"||", "|", 3)
		in.Events = append(in.Events, coding.Event{Date: p[0], Place: p[1], What: strings.TrimRight(p[2], "|")})
	}
	for _, x := range c.Person {
		name, role, _ := strings.Cut(x, "|")
		in.Persons = append(in.Persons, coding.Person{Name: name, Role: role})
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	entry, err := n.CodeEvidence(r.ctx, who, c.ID, in)
	if err != nil {
		return err
	}
	return r.print(map[string]int64{"entry": entry}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is coded (entry %d) and waits for somebody else's review\n", c.ID, entry)
	})
}

type evidenceCodeReviewCmd struct {
	ID    string `arg:"" help:"The item." placeholder:"ID"`
	State string `arg:"" enum:"accepted,returned" help:"accepted or returned."`
	Note  string `help:"What is to be done, of one that is returned."`
}

// Run reviews a coding.
func (c *evidenceCodeReviewCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	entry, err := n.ReviewCoding(r.ctx, who, c.ID, c.State, c.Note)
	if err != nil {
		return err
	}
	return r.print(map[string]int64{"entry": entry}, func(w io.Writer) { fmt.Fprintf(w, "%s: %s, entry %d\n", c.ID, c.State, entry) })
}

type evidenceVocabularyCmd struct {
	Adopt string `help:"Put this file into force: CSV with the columns field, code, label." type:"existingfile" placeholder:"FILE"`
}

// Run shows the vocabulary, or puts another into force.
func (c *evidenceVocabularyCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	var v heed.VocabularyView
	if c.Adopt != "" {
		b, err := os.ReadFile(c.Adopt)
		if err != nil {
			return err
		}
		if v, err = n.AdoptVocabulary(r.ctx, who, b); err != nil {
			return fmt.Errorf("%s: %w", c.Adopt, err)
		}
	} else if v, err = n.CodingVocabulary(r.ctx, who); err != nil {
		return err
	}
	return r.print(v, func(w io.Writer) {
		for _, t := range v.Terms {
			fmt.Fprintf(w, "%-30s %s\n", t.String(), t.Label)
		}
	})
}
