package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

type evidenceStampCmd struct {
	Add    string `help:"Have it stamped by one more authority." placeholder:"URL"`
	Kind   string `help:"What the authority is: rfc3161 or opentimestamps." default:"rfc3161"`
	Remove string `help:"Ask this authority no more." placeholder:"URL"`
	Out    string `help:"Write the list and the tokens of an intake into a folder, with what checks them." placeholder:"DIR"`
	Intake string `help:"The intake for --out." placeholder:"IN-1"`
}

// Run works the queue, unless something else is asked for.
func (c *evidenceStampCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	switch {
	case c.Add != "":
		return n.AddStampAuthority(r.ctx, who, c.Add, c.Kind, false)
	case c.Remove != "":
		return n.AddStampAuthority(r.ctx, who, c.Remove, c.Kind, true)
	case c.Out != "":
		return c.write(r)
	}
	out, err := n.StampEvidence(r.ctx, who)
	if err != nil {
		return err
	}
	err = r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d stamps were kept, %d renewed, %d are still to come.\n", out.Kept, out.Renewed, out.Left)
		if out.Upgraded+out.Waiting > 0 {
			fmt.Fprintf(w, "%d promises of calendars are in a block now, %d wait for one.\n", out.Upgraded, out.Waiting)
		}
	})
	if err == nil && len(out.Failed) > 0 {
		err = fault.WithHint(fmt.Errorf("%s", out.Failed[0]), "what is missing stays in the queue: ask again when the line is there")
	}
	return err
}

func (c *evidenceStampCmd) write(r *run) error {
	if c.Intake == "" {
		return usage("say of which --intake the stamps are written")
	}
	who, err := r.who(r.conf.As)
	if err != nil {
		return err
	}
	s, err := r.node.StampsOf(r.ctx, who, c.Intake)
	if err != nil {
		return err
	}
	files, err := s.Files(func(item string) string { return item })
	if err != nil {
		return err
	}
	for _, entry := range s.Odd() {
		fmt.Fprintf(r.err, "the stamp of entry %d is about another list than this node has for %s: it is left out\n", entry, c.Intake)
	}
	for _, f := range files {
		path := filepath.Join(c.Out, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			return err
		}
	}
	return r.print(s.Stamps, func(w io.Writer) {
		for _, x := range s.Stamps {
			fmt.Fprintf(w, "%d  %s  %s  %s\n", x.Entry, x.Kind, x.Authority, stampedAt(x))
		}
	})
}

// stampedAt words the time that a stamp states.
func stampedAt(s stamp.Stamp) string {
	switch {
	case s.Height > 0 && s.Upgrades > 0:
		return fmt.Sprintf("block %d of bitcoin, completes entry %d", s.Height, s.Upgrades)
	case s.Height > 0:
		return fmt.Sprintf("block %d of bitcoin", s.Height)
	case s.At.IsZero():
		return "promised"
	case s.Late:
		return s.At.Format("2006-01-02 15:04:05") + fmt.Sprintf(", after the certificate of entry %d had ended: counts from this time only", s.Renews)
	}
	return s.At.Format("2006-01-02 15:04:05")
}

// What a node that is served reads again by itself: within this budget, what
// was not proved for this long.
const (
	keepEvery     = 10 * time.Minute
	keepPerSecond = 16 << 20
	keepMost      = 8 << 30
	keepOlder     = 30 * 24 * time.Hour
)

// keepEvidence works the queue of time stamps and proves what is kept again,
// slowly and without end. It needs no replica: where there is none, what is
// damaged is found, kept apart and said.
func (r *run) keepEvidence(log *slog.Logger) {
	t := time.NewTicker(keepEvery)
	defer t.Stop()
	for {
		if err := r.keepOnce(log); err != nil && r.ctx.Err() == nil {
			log.Error("keep evidence", "error", err)
		}
		select {
		case <-r.ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (r *run) keepOnce(log *slog.Logger) error {
	who := heed.System(time.Time{})
	if ids, err := r.node.FinishErasures(r.ctx, who); err != nil || len(ids) > 0 {
		log.Warn("erasures that broke off", "items", ids, "error", err)
	}
	if err := r.node.ReadyNear(r.ctx, who); err != nil {
		return err
	}
	out, err := r.node.StampEvidence(r.ctx, who)
	if err != nil {
		return err
	}
	if len(out.Failed) > 0 {
		log.Warn("time stamps wait", "left", out.Left, "error", out.Failed[0])
	}
	replicas, err := shelves(r.ctx, r.node, r.conf.Evidence.Replicas)
	if err != nil { // a replica that is away keeps nothing from being proved
		log.Error("open the replicas of the evidence", "error", err)
	}
	s := evidence.Scrub{PerSecond: keepPerSecond, Most: keepMost, Before: r.now().Add(-keepOlder)}
	p, err := r.node.ProveEvidence(r.ctx, who, s, replicas)
	if len(p.Damaged) > 0 {
		log.Error("evidence is damaged", "items", p.Damaged, "restored", p.Restored)
	}
	return err
}
