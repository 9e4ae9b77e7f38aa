package cli

import (
	"fmt"
	"io"
	"os"
)

type evidenceCustodianCmd struct {
	Recipient string `arg:"" help:"A hybrid age recipient (age1pq1…), or a file that holds one; with --end also the short name by which it is listed." placeholder:"RECIPIENT"`
	Holder    string `help:"The person who holds its key." placeholder:"PERSON"`
	End       bool   `help:"Encrypt nothing to it any more. What was taken in before it still opens."`
	Reason    string `help:"Why it ends." placeholder:"TEXT"`
}

func (c *evidenceCustodianCmd) Run(r *run) error {
	if c.End == (c.Holder != "") || c.End != (c.Reason != "") {
		return usage("say who is the --holder of the key, or that it comes to its --end and for what --reason")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	text := c.Recipient
	if b, err := os.ReadFile(text); err == nil {
		text = string(b)
	}
	if c.End {
		out, err := n.EndCustodian(r.ctx, who, text, c.Reason)
		if err != nil {
			return err
		}
		return r.print(out, func(w io.Writer) {
			fmt.Fprintf(w, "Nothing is encrypted to %s any more (entry %d). What was taken in before it still opens.\n", out.Key, out.Entry)
		})
	}
	out, err := n.AddCustodian(r.ctx, who, text, c.Holder)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "What is taken in from now on opens to %s too, which %s holds (entry %d).\n", out.Key, out.Holder.Name, out.Entry)
	})
}

type evidenceCustodiansCmd struct{}

func (c *evidenceCustodiansCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.CustodyKeys(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, k := range all {
			fmt.Fprintf(w, "%s  since %s  entry %-8d %s (%s)\n", k.Key, k.Since.Format("2006-01-02 15:04"), k.Entry, k.Holder.Name, k.Holder.ID)
		}
		if len(all) == 0 {
			fmt.Fprintln(w, "The node's own key alone opens what is taken in.")
		}
	})
}
