package heed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/mandate"
	"github.com/heed-project/heed/internal/record"
)

// A Package is what one successor gets.
type Package struct {
	Successor string `json:"successor"`
	Items     int    `json:"items"`
	Bytes     int64  `json:"bytes"`
	File      string `json:"file,omitempty"`
	Handover  string `json:"handover,omitempty"`
	Why       string `json:"why,omitempty"` // why there is no package
	Failed    bool   `json:"failed,omitempty"`
}

// A CloseoutRun is what a close-out produced.
type CloseoutRun struct {
	Closeout
	Packages []Package `json:"packages"`
}

// RunCloseout makes the packages for the successors, each of them the offer of
// a hand-over, through create, which is given the name of a file; what it
// returns is closed when it is whole, and where it has a method Discard,
// discarded when it is not. What nobody gets stays where it is, and is listed.
// A package that fails keeps no other from being made: what failed is in the
// packages and in the error. The mandate does not end by it: that is said apart,
// once the receipts are in.
func (h *Heed) RunCloseout(ctx context.Context, who Who, ref string, create func(name string) (io.WriteCloser, error)) (out CloseoutRun, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.CloseoutRun, l.node()); err != nil {
			return err
		}
		out.Closeout, err = l.closeout(ref)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Packages = []Package{}
	var failed error
	for n, r := range out.plan.Routes {
		if len(out.assigned[n]) == 0 {
			continue
		}
		p, err := h.packageFor(ctx, who, out.Closeout, n, create)
		if err != nil {
			p.Failed, p.Why, p.File = true, err.Error(), ""
			failed = errors.Join(failed, fmt.Errorf("package for %s: %w", r.Name, err))
		}
		out.Packages = append(out.Packages, p)
	}
	if failed != nil && !slices.ContainsFunc(out.Packages, func(p Package) bool { return p.File != "" }) {
		return out, failed
	}
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.CloseoutRun, a.node()); err != nil {
			return err
		}
		e, err := mandate.Rehearsed(a.tx, out.numbers(true))
		out.Entry = e.Index
		return err
	})
	return out, errors.Join(failed, err)
}

// packageFor makes the package for one route of the plan: what went to that
// successor already is left out.
func (h *Heed) packageFor(ctx context.Context, who Who, c Closeout, n int, create func(name string) (io.WriteCloser, error)) (Package, error) {
	r := c.plan.Routes[n]
	p := Package{Successor: r.Name}
	if r.Peer.Key == "" || r.Peer.Recipient == "" {
		p.Items, p.Why = len(c.assigned[n]), "the plan does not say the successor's node, key and recipient: ask them for their card"
		return p, nil
	}
	var items []string
	err := h.rec.View(ctx, func(v *record.View) error {
		gone, err := transfer.Taken(v)
		for _, id := range c.assigned[n] {
			if !slices.Contains(gone[id], r.Peer.Node) {
				items = append(items, id)
			}
		}
		return err
	})
	if err != nil || len(items) == 0 {
		p.Why = "all of it was handed over and receipted before"
		return p, err
	}
	in := HandoverInput{To: Card{Node: r.Peer.Node, Key: r.Peer.Key, Recipient: r.Peer.Recipient}, Party: r.Party(), For: r.Purpose,
		In: r.State, Death: r.Death, Items: items, Mandate: c.Mandate}
	made, err := h.offerBy(ctx, who, in, func(o offered) error {
		p.File = packageName(c.Code, r.Name, o.made.ID)
		f, err := create(p.File)
		if err != nil {
			return err
		}
		if err := bundle.Write(f, o.bundle); err != nil {
			return errors.Join(err, discard(f))
		}
		return f.Close()
	})
	p.Items, p.Bytes, p.Handover = made.Items, made.Bytes, made.ID
	return p, err
}

// discard ends a file that is not whole.
func discard(f io.Closer) error {
	if d, ok := f.(interface{ Discard() error }); ok {
		return d.Discard()
	}
	return f.Close()
}

// packageName names the file of a package. The number of the hand-over keeps
// apart what would be called the same, of two successors or of two runs.
func packageName(code, successor, id string) string {
	name := fileName(successor)
	return fileName(code) + "-" + name[:min(len(name), 60)] + "-" + id + ".tar"
}

// fileName makes a name of a file out of words.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '_'
	}, s)
}
