package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/mandate"
)

type mandateShowCmd struct {
	Mandate string `arg:"" placeholder:"REF"`
}

func (c *mandateShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	m, err := n.Mandate(r.ctx, who, c.Mandate)
	if err != nil {
		return err
	}
	return r.print(m, func(w io.Writer) { tellMandate(w, m) })
}

// tellMandate prints all that the register says of a mechanism. What nothing is
// known of has its line too: a gap is something to know.
func tellMandate(w io.Writer, m heed.MandateView) {
	fmt.Fprintf(w, "%s %s: %s (%s)\n", m.ID, m.Code, m.Name, m.State)
	ends := mandate.Fact{Text: "open-ended, or not known"}
	if !m.Ends.IsZero() {
		ends.Text = m.Ends.Format(time.DateOnly)
		if m.State == mandate.Running {
			ends.Text += fmt.Sprintf(", %s; %s", daysLeft(m.Left), map[bool]string{true: "a text to renew it is tabled", false: "no text is tabled"}[m.Tabled])
		}
	}
	for _, f := range []struct {
		name string
		fact mandate.Fact
	}{{"founded by", mandate.Fact{Text: m.Act}}, {"vote", m.Vote}, {"work", m.Work}, {"renewals", m.Renewals}, {"ends", ends}, {"status", m.Status}, {"exit", m.Archive},
		{"money", m.Money}, {"staff", m.Staff}, {"access", m.Access}, {"custodian", m.Custodian}, {"source", mandate.Fact{Text: m.Source}}} {
		doubt := ""
		if f.fact.Doubt {
			doubt = "  [not yet verified]"
		}
		text := strings.TrimSpace(strings.ReplaceAll(f.fact.Text, "(K)", "")) // which says the same
		fmt.Fprintf(w, "  %-13s%s%s\n", f.name, cmp.Or(text, "not known"), doubt)
	}
	doubts := cmp.Or(m.Doubts, "the source marks nothing as such")
	if m.Doubts == "all" {
		doubts = "all of it"
	}
	fmt.Fprintf(w, "  not yet verified (K): %s\n", doubts)
	tellPlan(w, m)
	if len(m.Alarms) == 0 {
		fmt.Fprintln(w, "  alarms: none was given")
	}
	for _, a := range m.Alarms {
		fmt.Fprintf(w, "  alarm %s: %d days before the end%s\n", a.At.Format(time.DateOnly), a.Days, map[bool]string{true: ", and no text is tabled"}[a.NoText])
	}
	if len(m.Rehearsals) == 0 {
		fmt.Fprintln(w, "  rehearsals: none")
	}
	for _, x := range m.Rehearsals {
		fmt.Fprintf(w, "  %s %s: %d items, %d nobody would get, %d would be orphaned\n", map[bool]string{true: "closed out", false: "rehearsed"}[x.Run], x.At.Format(time.DateOnly), x.Items, x.Unassigned, x.AtRisk)
	}
}

func daysLeft(days int) string {
	if days < 0 {
		return fmt.Sprintf("%d days ago", -days)
	}
	return fmt.Sprintf("%d days left", days)
}

// tellPlan prints what becomes of everything when a mandate ends.
func tellPlan(w io.Writer, m heed.MandateView) {
	switch {
	case !m.MayPlan:
		fmt.Fprintln(w, "  exit plan: only those who answer for it may read whether there is one")
		return
	case m.Exit == nil && m.Own:
		fmt.Fprintln(w, "  exit plan: none, and this node works under it: heed mandate plan takes one")
		return
	case m.Exit == nil:
		fmt.Fprintln(w, "  exit plan: none")
		return
	}
	fmt.Fprintln(w, "  exit plan:")
	for _, l := range [][2]string{{"decides", m.Exit.Decides}, {"retention", m.Exit.Retention}, {"keys", m.Exit.Keys}} {
		fmt.Fprintf(w, "    %-11s%s\n", l[0], cmp.Or(l[1], "not said"))
	}
	for n, x := range m.Exit.Routes {
		classes := ""
		if len(x.Classes) > 0 {
			classes = " (" + strings.Join(x.Classes, ", ") + ")"
		}
		fmt.Fprintf(w, "    successor %d: %s%s\n", n+1, x.Name, classes)
		node := "not known: nothing can be sealed for it yet"
		if x.Peer.Key != "" {
			node = x.Peer.Node + ", its key is known"
		}
		death := map[string]string{"excluded": "no death sentence is possible there", "possible": "a death sentence is possible there"}[string(x.Death)]
		for _, l := range [][2]string{{"when", whenGoes(x.When)}, {"gets", x.Gets}, {"for", fmt.Sprintf("%s, in %s; %s", x.Purpose, x.State, cmp.Or(death, "whether a death sentence is possible there is not known"))}, {"node", node}} {
			fmt.Fprintf(w, "      %-9s%s\n", l[0], l[1])
		}
	}
}

// whenGoes says in words when an item goes a way.
func whenGoes(when mandate.When) string {
	var all []string
	for _, l := range when.Links {
		all = append(all, "it belongs to "+l.Kind+" "+l.To)
	}
	if when.Marking != "" {
		all = append(all, "it is marked "+when.Marking+" at most")
	}
	if when.Media != "" {
		all = append(all, "its media type begins with "+when.Media)
	}
	if len(all) == 0 {
		return "no successor before it takes the item"
	}
	return strings.Join(all, ", and ")
}
