package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/heed-project/heed/doors/facts"
	"github.com/heed-project/heed/internal/heed"
)

type factsCmd struct {
	List   factsListCmd   `cmd:"" help:"List the facts, and who has verified them."`
	Show   factsShowCmd   `cmd:"" help:"Show one fact: what it says, where from, what was seen of it."`
	Verify factsVerifyCmd `cmd:"" help:"Say that you have seen a fact in a source: where, when, what stands there."`
	Doubt  factsDoubtCmd  `cmd:"" help:"Take back that a fact is verified, with the reason."`
}

// sights are what the node says was verified, and the folder of the office's own
// facts: none where the folder that is named holds no node.
func (r *run) sights() (own string, seen map[string]facts.Sight, err error) {
	c, err := r.settings(nil)
	if err != nil || !heed.Holds(c) {
		return "", nil, err
	}
	n, who, err := r.open()
	if err != nil {
		return "", nil, err
	}
	seen, err = n.Sights(r.ctx, who)
	if own = c.Facts; own == "" {
		own = filepath.Join(c.Dir, "facts")
	}
	if s, err := os.Stat(own); err != nil || !s.IsDir() {
		own = ""
	}
	return own, seen, err
}

// factView is one fact as JSON has it.
type factView struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	Text       string `json:"text"`
	Evidence   string `json:"evidence"`
	Verified   bool   `json:"verified"`
	Source     string `json:"source"`
	Stated     string `json:"stated,omitempty"`
	File       string `json:"file"`
	By         string `json:"by,omitempty"`
	At         string `json:"at,omitempty"`
	Saw        string `json:"saw,omitempty"`
	Entry      int64  `json:"entry,omitempty"`
	Stale      bool   `json:"stale,omitempty"` // the row was corrected after it was verified
	Doubt      string `json:"doubt,omitempty"`
	DoubtEntry int64  `json:"doubt_entry,omitempty"`
}

func viewFact(f heed.FactRow) factView {
	v := factView{ID: f.ID, Kind: f.Kind, Text: f.Text, Evidence: string(f.Mark), Verified: f.Verified(), Source: f.Source, File: f.File,
		By: f.By.Name, Saw: f.Saw.Body, Entry: f.Entry, Stale: f.Stale, Doubt: f.Doubt.Body, DoubtEntry: f.DoubtEntry}
	if f.Date.Set() {
		v.Stated = f.Date.String()
	}
	if f.Entry > 0 {
		v.At = f.At.UTC().Format(time.RFC3339)
	}
	return v
}

func (v factView) sure() string {
	if v.Verified {
		return "verified"
	}
	return "not yet verified"
}

type factsListCmd struct {
	Unverified bool   `help:"Only those that nobody has verified."`
	Kind       string `help:"Only those of a kind: measure, membership, reservation, mechanism, standing, veto, …" placeholder:"KIND"`
	Like       string `help:"Only those that hold all these words." placeholder:"TEXT"`
}

func (c *factsListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.Facts(r.ctx, who, heed.FactsAsk{Kind: c.Kind, Like: c.Like, Unverified: c.Unverified}, heed.Page{})
	if err != nil {
		return err
	}
	views := []factView{}
	for _, f := range out.Rows {
		views = append(views, viewFact(f))
	}
	return r.print(views, func(w io.Writer) {
		for _, v := range views {
			fmt.Fprintf(w, "%s  [%s]\n    %s\n    source: %s\n", v.ID, v.sure(), v.Text, v.Source)
		}
		fmt.Fprintf(w, "%d facts; of all %d, %d are not yet verified\n", len(views), out.All, out.Unverified)
	})
}

type factsShowCmd struct {
	Fact string `arg:"" help:"Its id." placeholder:"FACT"`
}

func (c *factsShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	f, err := n.Fact(r.ctx, who, c.Fact)
	if err != nil {
		return err
	}
	v := viewFact(f.FactRow)
	return r.print(v, func(w io.Writer) {
		fmt.Fprintf(w, "%s  [%s]\n%s\nsource: %s (%s)\n", v.ID, v.sure(), v.Text, v.Source, v.File)
		if v.Entry > 0 {
			fmt.Fprintf(w, "seen by %s, entry %d, %s: %s\n", v.By, v.Entry, v.At, v.Saw)
		}
		if v.Stale {
			fmt.Fprintln(w, "the row was corrected after that: look it up again")
		}
		if v.DoubtEntry > 0 {
			fmt.Fprintf(w, "taken back in entry %d: %s\n", v.DoubtEntry, v.Doubt)
		}
	})
}

type factsVerifyCmd struct {
	Fact   string `arg:"" help:"Its id, as heed facts list has it." placeholder:"FACT"`
	Source string `required:"" help:"Where it was seen: title, paragraph, address." placeholder:"TEXT"`
	Saw    string `required:"" help:"What stands there." placeholder:"TEXT"`
	Seen   string `help:"The day on which it was seen (default: today)." placeholder:"DATE"`
}

func (c *factsVerifyCmd) Run(r *run) error {
	day := facts.DateOf(r.now().UTC())
	if c.Seen != "" {
		var err error
		if day, err = facts.ParseDate(c.Seen); err != nil {
			return usage("--seen: %v", err)
		}
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := n.VerifyFact(r.ctx, who, heed.FactSighting{Fact: c.Fact, Source: c.Source, Saw: c.Saw, Seen: day.Time()}); err != nil {
		return err
	}
	f, err := n.Fact(r.ctx, who, c.Fact)
	if err != nil {
		return err
	}
	v := viewFact(f.FactRow)
	return r.print(v, func(w io.Writer) { fmt.Fprintf(w, "%s is verified, entry %d\n", v.ID, v.Entry) })
}

type factsDoubtCmd struct {
	Fact   string `arg:"" help:"Its id." placeholder:"FACT"`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

func (c *factsDoubtCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := n.DoubtFact(r.ctx, who, c.Fact, c.Reason); err != nil {
		return err
	}
	return r.print(map[string]string{"fact": c.Fact}, func(w io.Writer) { fmt.Fprintf(w, "%s is not verified any more\n", c.Fact) })
}
