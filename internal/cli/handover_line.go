package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/heed"
)

// handoverLine are the commands of hand-overs that go on a line.
type handoverLine struct {
	Peer     handoverPeerCmd     `cmd:"" help:"With which nodes evidence is handed over online."`
	Send     handoverSendCmd     `cmd:"" help:"Offer items to a peer, and send them online."`
	Push     handoverPushCmd     `cmd:"" help:"Send now what waits to be sent, and fetch receipts; a served node does it by itself."`
	Sending  handoverSendingCmd  `cmd:"" help:"What is being sent online, and how far it has come."`
	Arriving handoverArrivingCmd `cmd:"" help:"What came online and waits for a decision."`
	Arrived  handoverArrivedCmd  `cmd:"" help:"One offer that came online: its items, and what is not here yet."`
	Answer   handoverAnswerCmd   `cmd:"" help:"Answer an offer that came online: take it in, in part or not, and sign for it."`
}

type handoverPeerCmd struct {
	Add  peerAddCmd  `cmd:"" help:"Take the card of a node, which you compared with its office."`
	End  peerEndCmd  `cmd:"" help:"A node is no peer any more."`
	List peerListCmd `cmd:"" help:"The nodes with which evidence is handed over online."`
}

type peerAddCmd struct {
	Card string `arg:"" help:"The node's card, as heed handover card wrote it there."`
	Name string `required:"" help:"Whose node it is." placeholder:"NAME"`
	URL  string `help:"Where it is reached, https://…; not needed of one that only sends." placeholder:"URL"`
}

func (c *peerAddCmd) Run(r *run) error {
	card, err := readCard(c.Card)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	entry, err := n.AddPeer(r.ctx, who, card, c.URL, c.Name)
	if err != nil {
		return err
	}
	return r.print(map[string]any{"peer": card.Node, "entry": entry}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is a peer: %s\nIts key is %s: compare it with their office over another line.\n", c.Name, card.Node, card.Key)
	})
}

type peerEndCmd struct {
	Peer   string `arg:"" help:"Its node or its name."`
	Reason string `required:"" placeholder:"TEXT"`
}

func (c *peerEndCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := n.EndPeer(r.ctx, who, c.Peer, c.Reason); err != nil {
		return err
	}
	return r.print(map[string]any{"ended": c.Peer}, func(w io.Writer) { fmt.Fprintf(w, "%s is no peer any more.\n", c.Peer) })
}

type peerListCmd struct{}

func (c *peerListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Peers(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, p := range all {
			fmt.Fprintf(w, "%-30s %s  %s  %s\n", p.Name, p.At.Format(time.DateOnly), p.Node, p.URL)
		}
	})
}

type handoverSendCmd struct {
	To string `required:"" help:"The peer: its node or its name." placeholder:"PEER"`
	use
}

func (c *handoverSendCmd) Run(r *run) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	out, err := n.SendHandover(r.ctx, who, c.To, in)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d items, %d bytes are offered as %s and wait to be sent. A served node sends them by itself; heed handover push does it now.\n", out.Items, out.Bytes, out.ID)
	})
}

type handoverPushCmd struct{}

func (c *handoverPushCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	calls, err := n.PeerCalls()
	if err != nil {
		return err
	}
	answered, err := n.CarryHandovers(r.ctx, calls, true)
	if err != nil {
		return err
	}
	left, err := n.Sendings(r.ctx, who)
	if err != nil {
		return err
	}
	err = r.print(map[string]any{"answered": answered, "sending": left}, func(w io.Writer) {
		fmt.Fprintf(w, "%d were answered, %d wait.\n", answered, len(left))
		for _, s := range left {
			fmt.Fprintf(w, "  %s to %s: %s\n", s.ID, s.Peer, sendingState(s.Wrong, s.Here, s.Left))
		}
	})
	for _, s := range left {
		if s.Wrong != "" {
			return errors.Join(err, fmt.Errorf("%s did not get through, and is tried again: %s", s.ID, s.Wrong))
		}
	}
	return err
}

func sendingState(wrong string, here bool, left int) string {
	switch {
	case wrong != "":
		return "did not get through: " + wrong
	case here:
		return "all of it is there; a person decides"
	}
	return strconv.Itoa(left) + " objects are to be sent"
}

type handoverSendingCmd struct{}

func (c *handoverSendingCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Sendings(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, s := range all {
			fmt.Fprintf(w, "%-5s %s  %s  %s\n", s.ID, s.Begun.Format(time.DateOnly), s.Peer, sendingState(s.Wrong, s.Here, s.Left))
		}
	})
}

type handoverArrivingCmd struct{}

func (c *handoverArrivingCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Arrivals(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, a := range all {
			fmt.Fprintf(w, "%.16s  %d of %d objects, %d of %d bytes  since %s  from %s\n", a.Offer, a.Files-a.Left, a.Files, a.Have, a.Bytes, a.Begun.Format(time.DateOnly), a.Peer)
		}
	})
}

type handoverArrivedCmd struct {
	Offer string `arg:"" help:"The offer's digest, or its first 8 or more digits." placeholder:"OFFER"`
}

func (c *handoverArrivedCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	a, err := n.Arrival(r.ctx, who, c.Offer)
	if err != nil {
		return err
	}
	return r.print(a, func(w io.Writer) {
		fmt.Fprintf(w, "%s from %s (%s): %d items, %d bytes, %d of %d objects are here\n", a.Offered.ID, a.PeerName, a.Peer, a.Offered.Items, a.Offered.Bytes, a.Files-a.Left, a.Files)
		for _, i := range a.Lines {
			here := "here"
			if a.Absent[i.N] {
				here = "not here"
			}
			fmt.Fprintf(w, "%7d %-12s %s %d bytes, %s\n", i.N, i.ID, i.SHA256, i.Bytes, here)
		}
	})
}

type handoverAnswerCmd struct {
	Offer     string   `arg:"" help:"The offer's digest, or its first 8 or more digits." placeholder:"OFFER"`
	Authority string   `help:"Under what authority it is taken over." placeholder:"TEXT"`
	Link      []string `help:"What the items belong to from now on." placeholder:"KIND:ID"`
	Refuse    []string `help:"An item that is not taken, and why." placeholder:"PLACE:WHY" sep:"none"`
	RefuseAll string   `help:"Nothing is taken, and why." placeholder:"TEXT"`
}

func (c *handoverAnswerCmd) Run(r *run) error {
	in := heed.TakeInput{Authority: c.Authority, RefuseAll: strings.TrimSpace(c.RefuseAll)}
	var err error
	if in.Links, err = parseLinks(c.Link); err != nil {
		return err
	}
	if in.Refuse, err = parseRefusals(c.Refuse); err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.AnswerArrival(r.ctx, who, c.Offer, in)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s from %s: %s. %d items taken, %d refused. Their node comes for the receipt.\n", out.ID, out.From, out.Outcome, out.Taken, out.Refused)
		printWhy(w, out)
	})
}

// parseRefusals reads places and reasons.
func parseRefusals(texts []string) (map[int]string, error) {
	out, err := heed.ParseRefusals(texts)
	if err != nil {
		return nil, usage("--refuse: %v", err)
	}
	return out, nil
}

// printWhy prints why items were refused, in the order of their places.
func printWhy(w io.Writer, out heed.HandoverTaken) {
	place := func(text string) int { n, _ := strconv.Atoi(text); return n }
	for _, place := range slices.SortedFunc(maps.Keys(out.Why), func(a, b string) int { return place(a) - place(b) }) {
		fmt.Fprintf(w, "  %s: %s\n", place, out.Why[place])
	}
}
