package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// parseLinks reads kind:id.
func parseLinks(texts []string) (out []evidence.Link, err error) {
	for _, t := range texts {
		kind, to, ok := strings.Cut(t, ":")
		if !ok || !slices.Contains(evidence.LinkKinds(), kind) {
			return nil, usage("%q: write kind:id, where kind is one of %s", t, strings.Join(evidence.LinkKinds(), ", "))
		}
		out = append(out, evidence.Link{Kind: kind, To: to})
	}
	return out, nil
}

type evidenceMarkCmd struct {
	ID      string `arg:""`
	Marking string `arg:"" help:"RED, AMBER+STRICT, AMBER, GREEN or CLEAR."`
	Reason  string `required:"" help:"Why."`
}

func (c *evidenceMarkCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Reason
	return n.MarkEvidence(r.ctx, who, c.ID, c.Marking)
}

type evidenceLinkCmd struct {
	ID     []string `arg:""`
	To     string   `required:"" help:"What they belong to." placeholder:"KIND:ID"`
	Remove bool     `help:"They do not belong to it after all."`
}

func (c *evidenceLinkCmd) Run(r *run) error {
	links, err := parseLinks([]string{c.To})
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if !c.Remove {
		return n.LinkEvidence(r.ctx, who, c.ID, links[0])
	}
	for _, id := range c.ID {
		if err := n.UnlinkEvidence(r.ctx, who, id, links[0]); err != nil {
			return err
		}
	}
	return nil
}

type evidenceHoldCmd struct {
	ID        []string `arg:""`
	Name      string   `required:"" help:"What the hold is called."`
	Authority string   `required:"" help:"Under what authority."`
	Reason    string   `required:"" help:"Why."`
}

func (c *evidenceHoldCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.HoldEvidence(r.ctx, who, c.ID, c.Name, c.Authority, c.Reason)
}

type evidenceReleaseCmd struct {
	ID        string `arg:""`
	Name      string `required:"" help:"The hold."`
	Authority string `help:"Under what authority."`
	Reason    string `required:"" help:"Why."`
}

func (c *evidenceReleaseCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Reason
	return n.ReleaseEvidence(r.ctx, who, c.ID, c.Name, c.Authority)
}

type evidenceReviewCmd struct {
	ID    string `arg:""`
	State string `arg:"" help:"in-review, reviewed or returned."`
	Note  string
}

func (c *evidenceReviewCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.ReviewEvidence(r.ctx, who, c.ID, c.State, c.Note)
}

type evidenceRecoverCmd struct {
	Out string `help:"A folder into which the files are written, a folder for each intake." placeholder:"DIR"`
}

func (c *evidenceRecoverCmd) Run(r *run) error {
	conf, err := r.settings(nil)
	if err != nil {
		return err
	}
	v, found, err := heed.RecoverEvidence(r.ctx, conf)
	if err != nil {
		return err
	}
	bad := 0
	if c.Out != "" {
		for _, m := range found.Manifests {
			for _, i := range m.Items {
				if err := r.recoverOne(v, c.Out, m, i); err != nil {
					fmt.Fprintf(r.err, "%s: %v\n", i.ID, err)
					bad++
				}
			}
		}
	}
	err = r.print(found, func(w io.Writer) {
		for _, m := range found.Manifests {
			for _, i := range m.Items {
				fmt.Fprintf(w, "%-12s %s %s  %s  %s (%s)\n", i.ID, m.At.Format("2006-01-02 15:04"), i.SHA256, i.Name, m.ByName, m.Authority)
			}
		}
		fmt.Fprintf(w, "%d objects are named by nothing; %d manifests are damaged.\n", len(found.Unnamed), len(found.Damaged))
	})
	if err == nil && bad+len(found.Damaged) > 0 {
		err = fmt.Errorf("%d items and %d manifests could not be recovered", bad, len(found.Damaged))
	}
	return err
}

// recoverOne writes an item under its id, which is ours, and the last part of
// its name, which is not.
func (r *run) recoverOne(v *vault.Vault, out string, m vault.Manifest, i vault.Listed) error {
	kept, err := i.Kept()
	if err != nil {
		return err
	}
	dir := filepath.Join(out, strings.ReplaceAll(m.Intake, string(filepath.Separator), "_"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, safeName(i.ID+"_"+i.Name)), func(w io.Writer) error { return v.Copy(r.ctx, w, kept) })
}

// safeName is a name that stays where it is put.
func safeName(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || strings.ContainsRune(`/\:*?"<>|`, c) {
			return '_'
		}
		return c
	}, strings.ToValidUTF8(name, "_"))
	for len(name) > 200 {
		name = name[:200]
		name = strings.ToValidUTF8(name, "")
	}
	return name
}

type evidenceWatchCmd struct {
	Folder    string        `arg:"" help:"The folder." placeholder:"DIR"`
	Authority string        `required:"" help:"Under what authority; it may be provisional." placeholder:"TEXT"`
	Marking   string        `placeholder:"M"`
	Settle    time.Duration `default:"5s" help:"How long a file must not have changed before it is taken in."`
	Once      bool          `help:"Take in what is there now, and end."`
	NoJudge   bool          `help:"Do not judge the proofs that the files bring; heed evidence judge does it later."`
	NoRead    bool          `help:"Do not read the fields and the text of the files; heed evidence read does it later."`
}

// Run looks into the folder again and again. What was taken in stays in the
// folder: the original is not Heed's to move. Started again, it goes on with what
// is new.
func (c *evidenceWatchCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if info, err := os.Stat(c.Folder); err != nil || !info.IsDir() {
		return fault.Invalid("folder", "%s is not a folder", c.Folder)
	}
	seen := map[string]evidence.Source{}
	for first := true; ; first = false {
		sources, _ := evidence.Walk([]string{c.Folder})
		var ready []evidence.Source
		for _, s := range sources {
			was, known := seen[s.Path]
			if known && was.Size == s.Size && was.Modified.Equal(s.Modified) {
				continue
			}
			if !c.Once && r.now().Sub(s.Modified) < c.Settle {
				continue // it may still be written to
			}
			ready = append(ready, s)
		}
		for _, s := range ready {
			seen[s.Path] = s
		}
		if first && len(ready) > 0 {
			var erased []evidence.Source
			if ready, erased, err = n.NotTaken(r.ctx, who, ready); err != nil {
				return err
			}
			for _, s := range erased {
				fmt.Fprintf(r.err, "%s was taken in and erased since; it is left: heed evidence add takes it in again\n", s.Path)
			}
		}
		if len(ready) > 0 {
			if err := c.take(r, n, who, ready); err != nil {
				return err
			}
		}
		if c.Once {
			return nil
		}
		select {
		case <-r.ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
}

// take takes files in, judges the proofs that they bring, and reads their text.
func (c *evidenceWatchCmd) take(r *run, n *heed.Node, who heed.Who, ready []evidence.Source) error {
	out, err := n.AddEvidence(r.ctx, who, heed.EvidenceInput{Authority: c.Authority, Marking: c.Marking, Via: "watched"}, ready, nil)
	if err != nil {
		return err
	}
	if err := r.print(out, func(w io.Writer) {
		for _, i := range out.Items {
			fmt.Fprintf(w, "%-12s %s  entry %d  %s\n", i.ID, i.SHA256, i.Entry, i.Name)
		}
	}); err != nil {
		return err
	}
	if !c.NoJudge {
		r.judgeTaken(n, who, out)
	}
	if !c.NoRead {
		r.readAll(n, who, out) // nobody waits for it
	}
	return nil
}
