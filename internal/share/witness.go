package share

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/ledger"
)

const (
	askEvery   = 2 * time.Second  // how often the log is looked at
	askTimeout = 10 * time.Second // how long a witness may take
	maxAnswer  = 64 << 10         // bytes of an answer that are read
	maxPause   = 150              // rounds left out at most, where a witness stays silent
	refresh    = 1800             // rounds after which a witness is asked again though nothing changed
	patience   = 2                // failures in a row before a witness counts as silent
)

// WitnessLoop asks the witnesses of a node's log for cosignatures until the
// context ends: soon after the log has grown, and once an hour though it has
// not.
func WitnessLoop(ctx context.Context, h *heed.Heed, log *slog.Logger) {
	c := NewCourier(h, log)
	t := time.NewTicker(askEvery)
	defer t.Stop()
	for {
		if err := c.Round(ctx); err != nil && ctx.Err() == nil {
			log.Error("ask the witnesses", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// A Courier brings a node's checkpoints to its witnesses. Its rounds are not
// for several goroutines at once.
type Courier struct {
	h      *heed.Heed
	log    *slog.Logger
	client *http.Client
	keep   sync.Mutex // cosignatures are kept one after another
	known  map[string]*standing
}

// standing is what a courier remembers of a witness between rounds.
type standing struct {
	asked  string // the checkpoint that it last answered
	failed int    // how often in a row it did not
	pause  int    // rounds to leave out
	since  int    // rounds since it answered
}

// NewCourier returns the courier of a node.
func NewCourier(h *heed.Heed, log *slog.Logger) *Courier {
	return &Courier{h: h, log: log, known: map[string]*standing{}, client: &http.Client{
		Timeout:       askTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: askTimeout, ResponseHeaderTimeout: askTimeout, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10},
	}}
}

// Round asks every witness that has not answered for the present checkpoint.
// That a witness fails is not an error of the round: it is noted.
func (c *Courier) Round(ctx context.Context) error {
	all, err := c.h.Witnesses(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	signed, err := c.h.Checkpoint(ctx)
	if err != nil || len(signed) == 0 {
		return err
	}
	head, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return fmt.Errorf("the node's own checkpoint: %w", err)
	}
	var wg sync.WaitGroup
	for _, w := range all {
		s := c.known[w.Key]
		if s == nil {
			s = &standing{}
			c.known[w.Key] = s
		}
		if !s.due(head.String()) {
			continue
		}
		wg.Go(func() { c.visit(ctx, w, s, head, signed) })
	}
	wg.Wait()
	return ctx.Err()
}

// due tells whether a witness is to be asked in this round.
func (s *standing) due(checkpoint string) bool {
	s.since++
	if s.pause > 0 {
		s.pause--
		return false
	}
	return s.asked != checkpoint || s.since > refresh
}

// visit asks one witness and notes what came of it.
func (c *Courier) visit(ctx context.Context, w heed.Witness, s *standing, head ledger.Checkpoint, signed []byte) {
	err := c.ask(ctx, w, head, signed)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		*s = standing{asked: head.String()}
		return
	}
	if errors.Is(err, errOvertaken) {
		return
	}
	s.failed++
	s.pause = min(1<<min(s.failed-1, 10)-1, maxPause)
	c.log.Warn("a witness gives no cosignature", "witness", w.Name, "error", err)
	if s.failed < patience || w.State != heed.WitnessNew && w.State != heed.WitnessOK {
		return // one that has refused has refused until it cosigns again
	}
	if err := c.h.WitnessSilent(ctx, w); err != nil {
		c.log.Error("note that a witness is silent", "witness", w.Name, "error", err)
	}
}

// answer is what a witness said.
type answer struct {
	status int
	kind   string
	body   []byte
}

// ask asks for a cosignature, from the size that the witness last gave one
// for; if that is not the size it remembers, from that one. It returns an
// error where the witness has to be asked again.
func (c *Courier) ask(ctx context.Context, w heed.Witness, head ledger.Checkpoint, signed []byte) error {
	old := min(w.Size, head.Size) // a log that shrank asks all the same: the witness will tell
	a, err := c.post(ctx, w, head, signed, old)
	if err != nil {
		return err
	}
	if a.status == ledger.Conflict && a.kind == ledger.SizeType {
		kept, err := ledger.ParseSize(a.body)
		if err != nil {
			return fmt.Errorf("its conflict: %w", err)
		}
		if kept > head.Size {
			return c.beyond(ctx, w, head.Size, kept)
		}
		if kept == old {
			return c.h.WitnessRefused(ctx, w, head.Size, kept) // another tree of the same size
		}
		if a, err = c.post(ctx, w, head, signed, kept); err != nil {
			return err
		}
		old = kept
	}
	switch a.status {
	case ledger.Cosign:
		c.keep.Lock()
		defer c.keep.Unlock()
		return c.h.Cosigned(ctx, w, head.Size, signed, a.body)
	case ledger.Unprocessable:
		return c.h.WitnessRefused(ctx, w, head.Size, old)
	case ledger.UnknownLog, ledger.Forbidden:
		return fmt.Errorf("it answers %d: its operator must name this log and its key", a.status)
	}
	return fmt.Errorf("it answers %d", a.status)
}

// errOvertaken says that another process of this node was faster.
var errOvertaken = errors.New("another process brought it a later checkpoint meanwhile")

// beyond deals with a witness that has seen a longer log than it was shown.
// Either the log has grown to that meanwhile, or it lost what it had.
func (c *Courier) beyond(ctx context.Context, w heed.Witness, offered, kept int64) error {
	signed, err := c.h.Checkpoint(ctx)
	if err != nil {
		return err
	}
	now, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return err
	}
	if now.Size >= kept {
		return errOvertaken
	}
	return c.h.WitnessRefused(ctx, w, offered, kept)
}

// post makes one request.
func (c *Courier) post(ctx context.Context, w heed.Witness, head ledger.Checkpoint, signed []byte, old int64) (answer, error) {
	add := ledger.AddCheckpoint{Old: old, Checkpoint: signed}
	if old > 0 && old < head.Size {
		proof, err := c.h.Consistency(ctx, old, head.Size)
		if err != nil {
			return answer{}, fmt.Errorf("prove that the log only grew from %d to %d: %w", old, head.Size, err)
		}
		add.Proof = proof
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/add-checkpoint", bytes.NewReader(add.Format()))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	r.Header.Set("User-Agent", "heed")
	resp, err := c.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, err
	}
	if len(body) > maxAnswer {
		return answer{}, errors.New("its answer is too long")
	}
	return answer{resp.StatusCode, resp.Header.Get("Content-Type"), body}, nil
}
