package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/mandate"
)

type mandateCmd struct {
	List     mandateListCmd     `cmd:"" help:"The register of mechanisms."`
	Show     mandateShowCmd     `cmd:"" help:"One mechanism: what it was founded for, its end, its plan, its alarms."`
	Add      mandateAddCmd      `cmd:"" help:"Enter a mechanism; of the one that this node works under, with its exit plan."`
	Import   mandateImportCmd   `cmd:"" help:"Enter a whole register: a CSV file, or the one that comes with Heed."`
	Plan     mandatePlanCmd     `cmd:"" help:"Say what becomes of everything when it ends: a JSON file."`
	Tabled   mandateTabledCmd   `cmd:"" help:"A text to renew it was tabled."`
	Renew    mandateRenewCmd    `cmd:"" help:"It was renewed."`
	End      mandateEndCmd      `cmd:"" help:"It ends, for a reason."`
	Overlaps mandateOverlapsCmd `cmd:"" help:"Who does the same work where, and what nobody does."`
	Aid      mandateAidCmd      `cmd:"" help:"The finding aid: who holds what, without content."`
}

type mandateListCmd struct{}

func (c *mandateListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Mandates(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, m := range all {
			ends := "open-ended"
			if !m.Ends.IsZero() {
				ends = "ends " + m.Ends.Format(time.DateOnly)
			}
			fmt.Fprintf(w, "%-5s %-10s %-3s %-8s %-16s %s\n", m.ID, m.Code, m.Place, m.State, ends, m.Name)
		}
	})
}

type mandateAddCmd struct {
	Code    string    `arg:"" help:"What it is called in short."`
	Name    string    `required:"" placeholder:"TEXT"`
	Act     string    `help:"The founding act." placeholder:"TEXT"`
	Vote    string    `help:"yes-no-abstained." placeholder:"TEXT"`
	Work    string    `help:"What it was founded to do." placeholder:"TEXT"`
	Place   string    `help:"A state, as ISO 3166 names it with three letters." placeholder:"ISO3"`
	Founded string    `help:"YYYY-MM-DD." placeholder:"DATE"`
	Ends    time.Time `help:"YYYY-MM-DD." format:"2006-01-02" placeholder:"DATE"`
	Own     bool      `help:"This node works under it; then it needs an exit plan."`
	Plan    string    `help:"The exit plan: a JSON file, see heed mandate plan --help." type:"existingfile" placeholder:"FILE"`
	Marking string    `help:"TLP 2.0 (default: GREEN)." placeholder:"M"`
}

func (c *mandateAddCmd) Run(r *run) error {
	in := mandate.Input{Code: c.Code, Place: c.Place, Own: c.Own, Ends: c.Ends, Marking: c.Marking}
	in.Name, in.Act, in.Vote.Text, in.Work.Text = c.Name, c.Act, c.Vote, c.Work
	if c.Founded != "" {
		t, err := time.Parse(time.DateOnly, c.Founded)
		if err != nil {
			return usage("--founded %q is not a date like 2026-03-01", c.Founded)
		}
		in.Founded = t
	}
	if c.Plan != "" {
		p, err := readPlan(c.Plan)
		if err != nil {
			return err
		}
		in.Plan = &p
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.RegisterMandate(r.ctx, who, in)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"mandate": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

func readPlan(name string) (mandate.Plan, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return mandate.Plan{}, err
	}
	return mandate.ParsePlan(b)
}

type mandateImportCmd struct {
	File string `arg:"" optional:"" help:"CSV; without it, the register that comes with Heed." type:"existingfile"`
}

func (c *mandateImportCmd) Run(r *run) (err error) {
	var b []byte
	if c.File != "" {
		if b, err = os.ReadFile(c.File); err != nil {
			return err
		}
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.ImportMandates(r.ctx, who, b)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d added, %d changed, %d as they were\n", out.Added, out.Changed, out.Unchanged)
	})
}

type mandatePlanCmd struct {
	Mandate string `arg:"" placeholder:"REF"`
	File    string `arg:"" type:"existingfile"`
}

// Help shows the form of a plan.
func (c *mandatePlanCmd) Help() string {
	return `A plan is JSON:

{"decides": "who decides, and who if they are gone",
 "retention": "how long what nobody gets is kept, and where",
 "keys": "who gets the keys",
 "routes": [{"name": "Regional Court", "classes": ["court"], "gets": "case files",
   "purpose": "trial", "state": "NLD", "death": "excluded",
   "when": {"links": [{"kind": "case", "to": "CASE-1"}], "marking": "AMBER", "media": "image/"},
   "peer": {"node": "…", "key": "…", "log_key": "…", "recipient": "age1pq1…"}}]}

Routes are tried in order: the first whose condition fits, and to whom the item's
contributors permit it to go, gets it. The peer is what the successor's
"heed handover card" prints.`
}

func (c *mandatePlanCmd) Run(r *run) error {
	p, err := readPlan(c.File)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.PlanMandate(r.ctx, who, c.Mandate, p)
}

type mandateTabledCmd struct {
	Mandate string `arg:"" placeholder:"REF"`
	Text    string `required:"" help:"Which text." placeholder:"TEXT"`
}

func (c *mandateTabledCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.TableRenewal(r.ctx, who, c.Mandate, c.Text)
}

type mandateRenewCmd struct {
	Mandate string    `arg:"" placeholder:"REF"`
	Until   time.Time `help:"YYYY-MM-DD; without it, without end." format:"2006-01-02" placeholder:"DATE"`
	Text    string    `required:"" help:"Under which text." placeholder:"TEXT"`
	Vote    string    `placeholder:"TEXT"`
}

func (c *mandateRenewCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.RenewMandate(r.ctx, who, c.Mandate, c.Until, c.Text, c.Vote)
}

type mandateEndCmd struct {
	Mandate string `arg:"" placeholder:"REF"`
	Reason  string `required:"" placeholder:"TEXT"`
	Leaving string `help:"Why what goes to nobody, or has no receipt, is left behind." placeholder:"TEXT"`
}

func (c *mandateEndCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.EndMandate(r.ctx, who, c.Mandate, c.Reason, c.Leaving)
}

type mandateOverlapsCmd struct{}

func (c *mandateOverlapsCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Overlaps(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, o := range all {
			fmt.Fprintf(w, "%s  at work: %s\n", o.Place, orNobody(o.Mandates))
			for _, e := range o.Shared {
				fmt.Fprintf(w, "     %s: %s\n", e, strings.Join(o.Does[e], ", "))
			}
			fmt.Fprintf(w, "     nobody: %s\n", strings.Join(o.Nobody, ", "))
		}
	})
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

type mandateAidCmd struct {
	Mandate string `arg:"" optional:"" placeholder:"REF"`
}

func (c *mandateAidCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.FindingAid(r.ctx, who, c.Mandate)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, a := range all {
			fmt.Fprintf(w, "%-10s %-12s %6d items %14d bytes  %s to %s  held by %s\n", a.Kind, a.To, a.Items, a.Bytes, a.From.Format(time.DateOnly), a.Until.Format(time.DateOnly),
				strings.Join(append([]string{a.Holder}, a.Also...), ", "))
		}
	})
}

type closeoutCmd struct {
	Plan     closeoutPlanCmd     `cmd:"" help:"What becomes of everything if a mandate ends tonight, and what would be orphaned."`
	Rehearse closeoutRehearseCmd `cmd:"" help:"The same, and the result is an entry; the node does it itself every month."`
	Run      closeoutRunCmd      `cmd:"" help:"Make the packages for the successors."`
}

type closeoutPlanCmd struct {
	Mandate string `required:"" help:"Its id or its short name." placeholder:"REF"`
}

func (c *closeoutPlanCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.CloseoutPlan(r.ctx, who, c.Mandate)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) { tellCloseout(w, out) })
}

func tellCloseout(w io.Writer, c heed.Closeout) {
	fmt.Fprintf(w, "%s %s: %d items, %d bytes\n", c.Mandate, c.Code, c.Items, c.Bytes)
	for _, name := range slices.Sorted(maps.Keys(c.BySuccessor)) {
		fmt.Fprintf(w, "  %6d  %s\n", c.BySuccessor[name], name)
	}
	fmt.Fprintf(w, "  %6d  nobody\n%d would be orphaned tonight:\n", c.Unassigned, len(c.Orphans))
	for _, o := range c.Orphans {
		fmt.Fprintf(w, "  %-12s %s\n", o.ID, o.Why)
	}
	fmt.Fprintf(w, "%d have no receipt of their successor, %d go to nobody.\n", c.Unreceipted, c.Left)
	if c.NoMandate > 0 {
		fmt.Fprintf(w, "%d items of this node belong to no mandate, and no plan is for them:\n", c.NoMandate)
	}
	for _, o := range c.Outside {
		fmt.Fprintf(w, "  %s\n", o.ID)
	}
}

type closeoutRehearseCmd struct {
	Mandate string `required:"" help:"Its id or its short name." placeholder:"REF"`
}

func (c *closeoutRehearseCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.RehearseCloseout(r.ctx, who, c.Mandate)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) { tellCloseout(w, out) })
}

type closeoutRunCmd struct {
	Mandate string `required:"" help:"Its id or its short name." placeholder:"REF"`
	Out     string `required:"" help:"The folder in which the packages are put." placeholder:"DIR"`
	Purpose string `required:"" help:"Why it is closed out now." placeholder:"TEXT"`
}

func (c *closeoutRunCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return err
	}
	out, err := n.RunCloseout(r.ctx, who, c.Mandate, func(name string) (io.WriteCloser, error) { return createIn(c.Out, name) })
	if err != nil && out.Packages == nil {
		return err
	}
	return errors.Join(err, r.print(out, func(w io.Writer) {
		tellCloseout(w, out.Closeout)
		for _, p := range out.Packages {
			fmt.Fprintf(w, "%s: %d items, %s %s%s\n", p.Successor, p.Items, p.Handover, p.File, p.Why)
		}
	}))
}
