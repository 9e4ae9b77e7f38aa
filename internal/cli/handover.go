package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

type handoverCmd struct {
	Card     handoverCardCmd     `cmd:"" help:"What this node tells those who would hand evidence over to it."`
	Offer    handoverOfferCmd    `cmd:"" help:"Offer items to another custodian: a signed bundle, sealed for them."`
	Copy     handoverCopyCmd     `cmd:"" help:"A copy for a court: a bundle that lies open, offered to nobody."`
	Receive  handoverReceiveCmd  `cmd:"" help:"Judge a bundle, take in what is whole, and sign for it."`
	Refuse   handoverRefuseCmd   `cmd:"" help:"Refuse a bundle as a whole, and sign for that."`
	Accept   handoverAcceptCmd   `cmd:"" help:"Take down, at the sender, the receipt that came back."`
	Withdraw handoverWithdrawCmd `cmd:"" help:"Close an offer that nobody is to answer: its package failed, or it was a mistake."`
	List     handoverListCmd     `cmd:"" help:"What went to whom, and what came from whom."`
	Show     handoverShowCmd     `cmd:"" help:"One hand-over: what both sides signed, item by item."`
	handoverLine
}

type handoverCardCmd struct{}

func (c *handoverCardCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	card, err := n.CustodyCard(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(card, nil) // it is JSON in any case: the other side reads it as a file
}

func readCard(name string) (card heed.Card, err error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return card, err
	}
	if err := json.Unmarshal(b, &card); err != nil || card.Node == "" || card.Key == "" || card.Recipient == "" {
		return card, fault.WithHint(fault.Invalid("to", "%s is not the card of a node", name), "the receiver makes it with heed handover card")
	}
	return card, nil
}

// use says what is handed over, to whom and for what use.
type use struct {
	Item    []string `help:"An item; several times for several." placeholder:"ID"`
	Link    string   `help:"All that belongs to this." placeholder:"KIND:ID"`
	Party   string   `required:"" help:"The receiver, as permissions name them." placeholder:"NAME"`
	Class   []string `help:"What they are: court, state, un, archive…" placeholder:"CLASS"`
	For     string   `required:"" help:"The purpose, as permissions name it: trial, keep, identification…" placeholder:"PURPOSE"`
	In      string   `required:"" help:"The state where it will be used." placeholder:"ISO3"`
	Death   string   `help:"Whether a death sentence is possible there: excluded or possible; not known without it." placeholder:"ANSWER"`
	Purpose string   `required:"" help:"Why, for the record." placeholder:"TEXT"`
}

// what is the part of an offer and of a copy that is the same.
type what struct {
	use
	Out string `required:"" help:"The file of the bundle." placeholder:"FILE"`
}

func (c *use) input() (in heed.HandoverInput, err error) {
	in = heed.HandoverInput{Party: consent.Party{Name: c.Party, Classes: c.Class}, For: consent.Purpose(c.For), In: c.In, Death: consent.Death(c.Death), Items: c.Item}
	if c.Link != "" {
		links, err := parseLinks([]string{c.Link})
		if err != nil {
			return in, err
		}
		in.Link = links[0]
		if in.Link.Kind == "mandate" {
			in.Mandate = in.Link.To
		}
	}
	return in, nil
}

// offer makes a bundle in a file that is there whole or not at all.
func (c *what) offer(r *run, in heed.HandoverInput) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	f, err := createIn(filepath.Dir(c.Out), filepath.Base(c.Out))
	if err != nil {
		return err
	}
	out, err := n.OfferHandover(r.ctx, who, in, f)
	if err = errors.Join(err, f.close(err == nil)); err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d items, %d bytes are in %s. %s\n", out.Items, out.Bytes, c.Out, out.ID)
	})
}

type handoverOfferCmd struct {
	To string `required:"" help:"The receiver's card." type:"existingfile" placeholder:"FILE"`
	what
}

func (c *handoverOfferCmd) Run(r *run) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	if in.To, err = readCard(c.To); err != nil {
		return err
	}
	return c.offer(r, in)
}

type handoverCopyCmd struct{ what }

func (c *handoverCopyCmd) Run(r *run) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	in.Copy = true
	return c.offer(r, in)
}

type handoverReceiveCmd struct {
	File      string   `arg:"" help:"The bundle: a file, or the folder that tar made of it."`
	Authority string   `help:"Under what authority it is taken over." placeholder:"TEXT"`
	Link      []string `help:"What the items belong to from now on." placeholder:"KIND:ID"`
	Refuse    []string `help:"An item that is not taken, and why." placeholder:"PLACE:WHY" sep:"none"`
	Key       string   `help:"The verifier key of the sender's log, if you have it from elsewhere." placeholder:"VKEY"`
	Receipt   string   `required:"" help:"Where the receipt for the sender is written." placeholder:"FILE"`
}

func (c *handoverReceiveCmd) Run(r *run) error {
	in := heed.TakeInput{Authority: c.Authority, LogKey: c.Key}
	var err error
	if in.Links, err = parseLinks(c.Link); err != nil {
		return err
	}
	if in.Refuse, err = parseRefusals(c.Refuse); err != nil {
		return err
	}
	return take(r, c.File, c.Receipt, in)
}

func take(r *run, file, receipt string, in heed.TakeInput) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	in.Files, in.Name = os.DirFS(filepath.Dir(path)), filepath.Base(path)
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.TakeHandover(r.ctx, who, in)
	if err != nil {
		return err
	}
	if err := writeFile(receipt, func(w io.Writer) error { _, err := w.Write(out.Receipt); return err }); err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s from %s: %s. %d items taken, %d refused. The receipt for the sender is in %s.\n", out.ID, out.From, out.Outcome, out.Taken, out.Refused, receipt)
		printWhy(w, out)
	})
}

type handoverRefuseCmd struct {
	File    string `arg:"" help:"The bundle."`
	Reason  string `required:"" placeholder:"TEXT"`
	Receipt string `required:"" help:"Where the answer for the sender is written." placeholder:"FILE"`
}

func (c *handoverRefuseCmd) Run(r *run) error {
	return take(r, c.File, c.Receipt, heed.TakeInput{RefuseAll: c.Reason})
}

type handoverAcceptCmd struct {
	Receipt string `arg:"" type:"existingfile"`
}

func (c *handoverAcceptCmd) Run(r *run) error {
	b, err := os.ReadFile(c.Receipt)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	h, err := n.AcceptReceipt(r.ctx, who, b)
	if err != nil {
		return err
	}
	return r.print(h, func(w io.Writer) {
		fmt.Fprintf(w, "%s was %s by %s: %d items, %d of them refused.\n", h.ID, h.State, h.Peer, h.Items, h.Refused)
	})
}

type handoverWithdrawCmd struct {
	Handover string `arg:"" placeholder:"REF"`
	Purpose  string `required:"" help:"Why, for the record." placeholder:"TEXT"`
}

func (c *handoverWithdrawCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	h, err := n.WithdrawHandover(r.ctx, who, c.Handover)
	if err != nil {
		return err
	}
	return r.print(h, func(w io.Writer) {
		fmt.Fprintf(w, "%s is withdrawn. A receipt that comes for it still is taken down with heed handover accept.\n", h.ID)
	})
}

type handoverListCmd struct{}

func (c *handoverListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Handovers(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, h := range all {
			fmt.Fprintf(w, "%-5s %-3s %-10s %7d items %14d bytes  %s  %s\n", h.ID, h.Way, h.State, h.Items, h.Bytes, h.At.Format(time.DateOnly), h.Peer)
		}
	})
}

type handoverShowCmd struct {
	Handover string `arg:"" placeholder:"REF"`
}

func (c *handoverShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	h, err := n.Handover(r.ctx, who, c.Handover)
	if err != nil {
		return err
	}
	return r.print(h, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s %s: %s, %d items, %d refused\n", h.ID, map[string]string{"in": "from", "out": "to"}[h.Way], h.Peer, h.State, h.Items, h.Refused)
		for _, i := range h.Lines {
			fmt.Fprintf(w, "%7d %-12s %s %s\n", i.N, i.ID, i.SHA256, i.Custody[len(i.Custody)-1].Head)
		}
		fmt.Fprintf(w, "\n%s\n%s", h.Offered, h.Receipt)
	})
}

// draft is a file that gets its name when it is whole.
type draft struct {
	*os.File
	name string
}

// createIn begins a file that gets its name in a folder when it is closed.
func createIn(dir, name string) (*draft, error) {
	f, err := os.CreateTemp(dir, ".heed-*")
	return &draft{f, filepath.Join(dir, name)}, err
}

// Close makes the file durable and gives it its name.
func (d *draft) Close() error { return d.close(true) }

// Discard removes what there is of the file: it is not whole.
func (d *draft) Discard() error { return d.close(false) }

func (d *draft) close(whole bool) error {
	defer os.Remove(d.File.Name())
	if err := errors.Join(d.Sync(), d.File.Close()); err != nil || !whole {
		return err
	}
	return os.Rename(d.File.Name(), d.name)
}
