package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
)

type evidencePermitCmd struct {
	ID      []string  `arg:"" help:"Items." placeholder:"ID"`
	Consent string    `required:"" help:"The id of the consent, or of the condition." placeholder:"CON-1"`
	For     []string  `help:"Purposes: keep, analysis, trial… or *." placeholder:"PURPOSE"`
	To      []string  `help:"Parties by name, class:court and the like, or *." placeholder:"PARTY"`
	NotTo   []string  `help:"Parties that are refused, whatever --to says." placeholder:"PARTY"`
	In      []string  `help:"States (three letters), or *." placeholder:"ISO3"`
	NotIn   []string  `help:"States that are refused." placeholder:"ISO3"`
	NoDeath bool      `help:"Not where a death sentence is possible."`
	Onward  string    `default:"no" help:"Whether a recipient may pass it on: no, listed or any."`
	Ask     bool      `help:"The contributor is to be asked before each use."`
	Until   time.Time `help:"YYYY-MM-DD." format:"2006-01-02" placeholder:"DATE"`
	File    string    `help:"A permission as docs/spec/custody.md has it, instead of the flags." type:"existingfile" placeholder:"FILE"`
}

func (c *evidencePermitCmd) Run(r *run) error {
	p := consent.Permission{ID: c.Consent, To: c.To, NotTo: c.NotTo, In: c.In, NotIn: c.NotIn, NoDeath: c.NoDeath, Onward: consent.Onward(c.Onward), Ask: c.Ask, Until: c.Until}
	for _, x := range c.For {
		p.For = append(p.For, consent.Purpose(x))
	}
	if c.File != "" {
		b, err := os.ReadFile(c.File)
		if err != nil {
			return err
		}
		if p, err = consent.Parse(b); err != nil {
			return fault.Invalid("file", "%w", err)
		}
		p.ID = c.Consent
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := n.PermitEvidence(r.ctx, who, c.ID, p); err != nil {
		return err
	}
	return r.print(map[string]any{"permission": p.ID, "items": len(c.ID)}, func(w io.Writer) { fmt.Fprintf(w, "%s is on %d items\n", p.ID, len(c.ID)) })
}

type evidenceWithdrawCmd struct {
	ID      []string `arg:"" optional:"" help:"Items; without any, every one that carries it and that you may change." placeholder:"ID"`
	Consent string   `required:"" help:"The id of the consent." placeholder:"CON-1"`
}

func (c *evidenceWithdrawCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	items, err := n.WithdrawConsent(r.ctx, who, c.Consent, c.ID)
	if err != nil {
		return err
	}
	return r.print(map[string]any{"consent": c.Consent, "items": items}, func(w io.Writer) { fmt.Fprintf(w, "%s is taken back on %d items\n", c.Consent, items) })
}

// useFlags say for what evidence is used, where that is not to keep it or to
// read it here.
type useFlags struct {
	For   string   `help:"The purpose, as permissions name it: trial, identification… Without it, to keep or to read here." placeholder:"PURPOSE"`
	Party string   `help:"Who uses it, as permissions name them." placeholder:"NAME"`
	Class []string `help:"What they are: court, state, un…" placeholder:"CLASS"`
	In    string   `help:"The state where it is used (three letters)." placeholder:"ISO3"`
	Death string   `help:"Whether the use may end in a death sentence: possible or excluded." enum:",possible,excluded" default:"" placeholder:"ANSWER"`
	Asked string   `help:"What the contributor answered, where permission says to ask." placeholder:"TEXT"`
}

func (c useFlags) use() consent.Use {
	return consent.Use{For: consent.Purpose(c.For), By: consent.Party{Name: c.Party, Classes: c.Class}, In: c.In, Death: consent.Death(c.Death), Asked: c.Asked}
}

// named is what an item is called, or why that is not shown.
func named(i evidence.Item) string {
	if i.Withheld != "" {
		return "(withheld: " + i.Withheld + ")"
	}
	return i.Name
}
