package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/protocol"
)

type dutiesCmd struct {
	Warning string `placeholder:"W-1"`
	Owner   string `placeholder:"PERSON"`
	State   string `help:"open, acknowledged, done, explained, lapsed, unanswered or late."`
}

func (c *dutiesCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.ListDuties(r.ctx, who, heed.DutyQuery{Warning: c.Warning, Owner: c.Owner, State: c.State, At: r.now()})
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, d := range all {
			late := " "
			if d.Late {
				late = "▲"
			}
			fmt.Fprintf(w, "%s %-6s %-6s due %s  %-12s rung %d  %s: %s\n", late, d.ID, d.Warning, d.DueAt.Format("2006-01-02 15:04"), d.State, d.Rung, d.OwnerName, d.Title)
		}
	})
}

type dutyCmd struct {
	Show        dutyShowCmd    `cmd:"" help:"Read a duty: its ladder, its answer."`
	Acknowledge dutyAckCmd     `cmd:"" help:"Say that you know of it."`
	Do          dutyDoCmd      `cmd:"" help:"Say what was done."`
	Agree       dutyAgreeCmd   `cmd:"" help:"Agree, as the second person, to what was proposed."`
	Explain     dutyExplainCmd `cmd:"" help:"Say why it is not done: an answer too."`
	FollowUp    dutyFollowCmd  `cmd:"" help:"Set a duty that outlives the decision."`
}

type dutyAckCmd struct {
	Duty string `arg:""`
	Note string
}

func (c *dutyAckCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.AcknowledgeDuty(r.ctx, who, c.Duty, c.Note)
}

type dutyDoCmd struct {
	Duty string `arg:""`
	What string `required:"" help:"What was done."`
}

func (c *dutyDoCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.DoDuty(r.ctx, who, c.Duty, c.What)
}

type dutyAgreeCmd struct {
	Duty     string `arg:""`
	Proposal int64  `help:"The entry of the proposal that you agree to; without it, prints what is proposed." placeholder:"ENTRY"`
	Note     string
}

func (c *dutyAgreeCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.Proposal != 0 {
		return n.AgreeDuty(r.ctx, who, c.Duty, c.Proposal, c.Note)
	}
	d, err := n.Duty(r.ctx, who, c.Duty)
	if err != nil {
		return err
	}
	if d.Proposal == 0 {
		return fault.Stale("nobody has proposed how %s is done", c.Duty)
	}
	out := struct {
		Proposal int64  `json:"proposal"`
		By       string `json:"by"`
		Text     string `json:"text"`
	}{d.Proposal, d.ProposedBy.ID, d.Proposed.Body}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s proposes on %s:\n  %s\nTo agree: heed duty agree %s --proposal %d\n", d.ProposedBy.Name, c.Duty, out.Text, c.Duty, d.Proposal)
	})
}

type dutyExplainCmd struct {
	Duty   string `arg:""`
	Reason string `required:""`
}

func (c *dutyExplainCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.ExplainDuty(r.ctx, who, c.Duty, c.Reason)
}

type dutyFollowCmd struct {
	Duty  string    `arg:""`
	Title string    `required:""`
	What  string    `help:"In a few sentences."`
	Owner string    `required:"" placeholder:"PERSON"`
	Due   time.Time `required:"" help:"RFC 3339."`
}

func (c *dutyFollowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.FollowUp(r.ctx, who, c.Duty, heed.FollowUpInput{Title: c.Title, What: c.What, Owner: c.Owner, Due: c.Due})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"duty": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

type decideCmd struct {
	Warning            string   `required:"" placeholder:"REF"`
	Choice             string   `required:"" help:"What is decided; to do nothing is a decision too." placeholder:"TEXT"`
	Reason             string   `required:"" placeholder:"TEXT"`
	Community          string   `help:"What the affected communities ask." placeholder:"TEXT" xor:"community"`
	NoCommunityBecause string   `help:"Why there is no input of theirs." placeholder:"TEXT" xor:"community"`
	By                 string   `help:"Who signs (default: --as)." placeholder:"PERSON"`
	Known              string   `help:"What is known." placeholder:"TEXT"`
	Option             []string `help:"An option that was weighed; several times for several." placeholder:"TEXT" sep:"none"`
	Supersedes         string   `help:"A signed decision that this one replaces." placeholder:"DEC-1"`
}

func (c *decideCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.By != "" {
		if who, err = r.who(c.By); err != nil {
			return err
		}
	}
	in := heed.DecisionInput{Warning: c.Warning, Known: c.Known, Choice: c.Choice, Reason: c.Reason, Community: c.Community,
		NoCommunity: c.NoCommunityBecause, Supersedes: c.Supersedes}
	for _, o := range c.Option {
		in.Options = append(in.Options, heed.Option{Name: o, Chosen: o == c.Choice})
	}
	id, entry, err := n.Decide(r.ctx, who, in)
	if err != nil {
		return err
	}
	out := struct {
		Decision string `json:"decision"`
		Entry    int64  `json:"entry"`
	}{id, entry}
	return r.print(out, func(w io.Writer) { fmt.Fprintf(w, "%s is signed (entry %d).\n", id, entry) })
}

type protocolCmd struct {
	Check    protocolCheckCmd    `cmd:"" help:"Find what is missing, unreachable, ownerless or never ends."`
	Rehearse protocolRehearseCmd `cmd:"" help:"Print what would fall due, when, for whom, if nobody acts."`
	Adopt    protocolAdoptCmd    `cmd:"" help:"Make a protocol the one that the office works by."`
	Show     protocolShowCmd     `cmd:"" help:"Print a shipped protocol, to be copied and edited."`
}

// protocolFile reads a protocol from a file, or a shipped one by its name.
func protocolFile(path string) ([]byte, error) {
	if b, ok := protocol.ShippedFile(path); ok {
		return b, nil
	}
	return readInput(path)
}

type protocolCheckCmd struct {
	File string `arg:"" help:"A file, or the name of a shipped protocol."`
}

func (c *protocolCheckCmd) Run(r *run) error {
	b, err := protocolFile(c.File)
	if err != nil {
		return err
	}
	p, err := protocol.Parse(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	found := p.Check()
	if found == nil {
		found = []protocol.Problem{}
	}
	bad := 0
	for _, x := range found {
		if x.Severity == "error" {
			bad++
		}
	}
	err = r.print(found, func(w io.Writer) {
		for _, x := range found {
			fmt.Fprintf(w, "%s:%d:%d: %s: %s: %s. %s\n", c.File, x.Line, x.Column, x.Severity, x.Path, x.Text, x.Fix)
		}
		if len(found) == 0 {
			fmt.Fprintf(w, "%s %s: %d duties, nothing missing.\n", p.ID, p.Version, len(p.Duties))
		}
	})
	if err == nil && bad > 0 {
		err = fmt.Errorf("%s: %d errors: it cannot be adopted as it is", c.File, bad)
	}
	return err
}

type protocolRehearseCmd struct {
	File  string `arg:"" help:"A file, or the name of a shipped protocol."`
	Level int    `help:"The level of the warning." default:"4"`
}

func (c *protocolRehearseCmd) Run(r *run) error {
	b, err := protocolFile(c.File)
	if err != nil {
		return err
	}
	p, err := protocol.Parse(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	steps, err := p.Rehearse(c.Level, r.now())
	if err != nil {
		return err
	}
	return r.print(steps, func(w io.Writer) {
		for _, s := range steps {
			who := s.Role
			if len(s.Holders) > 0 {
				who += " (" + strings.Join(s.Holders, ", ") + ")"
			}
			fmt.Fprintf(w, "%s  %-6s %-28s %s\n", s.At.Format("2006-01-02 15:04 MST"), s.Kind, who, s.Title.In("en"))
		}
	})
}

type protocolAdoptCmd struct {
	File string `arg:"" help:"A file, or the name of a shipped protocol."`
}

func (c *protocolAdoptCmd) Run(r *run) error {
	b, err := protocolFile(c.File)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.AdoptProtocol(r.ctx, who, b)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"protocol": id}, func(w io.Writer) { fmt.Fprintf(w, "%s is in force.\n", id) })
}

type protocolShowCmd struct {
	Name string `arg:"" optional:"" help:"Its name; none lists them."`
}

func (c *protocolShowCmd) Run(r *run) error {
	if c.Name == "" {
		return r.print(protocol.Shipped(), func(w io.Writer) { fmt.Fprintln(w, strings.Join(protocol.Shipped(), "\n")) })
	}
	b, ok := protocol.ShippedFile(c.Name)
	if !ok {
		return usage("no protocol %q comes with Heed: there are %s", c.Name, strings.Join(protocol.Shipped(), ", "))
	}
	_, err := r.out.Write(b)
	return err
}

type knewCmd struct {
	Ref      string `arg:"" help:"A warning, situation, decision, report, duty or person."`
	Out      string `required:"" help:"The pack to write." placeholder:"FILE"`
	Disclose bool   `help:"Open sealed words in the pack. Needs the right to it and --purpose."`
	Purpose  string `help:"Why; it is put on record." placeholder:"TEXT"`
}

func (c *knewCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	f, err := os.CreateTemp(filepath.Dir(c.Out), ".pack-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	out, err := n.KnewPack(r.ctx, who, c.Ref, c.Disclose, f)
	if err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), c.Out); err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %d entries under the checkpoint of size %d, %d with words that stay sealed.\nCheck it with: heed-verify --key %s %s\n",
			c.Out, out.Entries, out.Checkpoint, out.Sealed, n.LogKey(), c.Out)
	})
}
