package line

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Sending is an offer that goes to a peer on a line. Its bundle is kept but for
// the items' bytes: of those the new header alone, for the rest lies in the store
// and is sent from there. It is working state and goes when the answer is here.
type Sending struct {
	Offer string    `json:"offer"` // the digest of the signed offer
	ID    string    `json:"handover"`
	Peer  string    `json:"peer"`
	Begun time.Time `json:"begun"`
	Tried time.Time `json:"tried,omitzero"`
	Tries int       `json:"tries"` // in a row that failed
	Left  int       `json:"left"`  // objects that the peer did not have when it was asked last
	Here  bool      `json:"here"`  // the peer has all of it; a person there decides
	Wrong string    `json:"wrong,omitempty"`
	Paper string    `json:"-"` // the blob of the offer, the listing and the seal
	Spool string    `json:"-"` // the blob of the files
}

// SentPaper is what an offer is announced with.
type SentPaper struct {
	Offer   string `json:"offer"`
	Seal    string `json:"seal"`
	Listing string `json:"listing"`
}

// Spool keeps the bundle that write writes, but for the items' bytes: of each
// the header that head gives, by its place.
func (d *Desk) Spool(ctx context.Context, write func(io.Writer) error, offer []byte, head func(name string) []byte) (paper, spool string, err error) {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	p := SentPaper{Offer: string(offer)}
	spool, err = d.kept.Put(ctx, func(to io.Writer) error {
		in, out := tar.NewReader(r), tar.NewWriter(to)
		for {
			h, err := in.Next()
			if errors.Is(err, io.EOF) {
				_, err = io.Copy(io.Discard, r) // the end of the tar
				return errors.Join(err, out.Close())
			}
			if err != nil {
				return err
			}
			if err := spoolFile(h, in, out, &p, head); err != nil {
				return err
			}
		}
	})
	r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
	if err != nil {
		return "", "", err
	}
	paper, err = d.kept.Put(ctx, func(to io.Writer) error { return json.NewEncoder(to).Encode(p) })
	return paper, spool, err
}

func spoolFile(h *tar.Header, in io.Reader, out *tar.Writer, p *SentPaper, head func(name string) []byte) error {
	if h.Name == bundle.ListingName || h.Name == bundle.SealName {
		b, err := io.ReadAll(in)
		if h.Name == bundle.SealName {
			p.Seal = string(b)
		} else {
			p.Listing = string(b)
		}
		return err
	}
	var b []byte
	var err error
	if (bundle.Listed{Name: h.Name}).IsItem() {
		b = head(h.Name)
		_, err = io.Copy(io.Discard, in)
	} else {
		b, err = io.ReadAll(in)
	}
	if err != nil {
		return err
	}
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: h.Name, Size: int64(len(b)), Mode: 0o600}); err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

// PaperOf returns what an offer that is sent is announced with.
func (d *Desk) PaperOf(ctx context.Context, s Sending) (p SentPaper, err error) {
	err = d.kept.Open(ctx, s.Paper, func(r io.Reader) error { return json.NewDecoder(r).Decode(&p) })
	return p, err
}

// EachSpooled goes through the files of an offer that is sent, in the order of its
// listing: with what was kept of each.
func (d *Desk) EachSpooled(ctx context.Context, s Sending, f func(name string, kept []byte) error) error {
	return d.kept.Open(ctx, s.Spool, func(r io.Reader) error {
		in := tar.NewReader(r)
		for {
			h, err := in.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			b, err := io.ReadAll(in)
			if err != nil {
				return err
			}
			if err := f(h.Name, b); err != nil {
				return err
			}
		}
	})
}

// Queue notes an offer that goes on a line.
func Queue(ctx context.Context, base *db.DB, s Sending) error {
	return base.Update(ctx, func(tx *db.Tx) error {
		s.Begun = tx.Now
		return putSending(tx, s)
	})
}

// Tried notes how a try to send went.
func Tried(ctx context.Context, base *db.DB, s Sending, left int, here bool, wrong error) error {
	return base.Update(ctx, func(tx *db.Tx) error {
		s.Tried, s.Left, s.Here, s.Wrong = tx.Now, left, here, ""
		s.Tries++
		if wrong == nil {
			s.Tries = 0
		} else {
			s.Wrong = oneLine(wrong.Error())
		}
		return putSending(tx, s)
	})
}

// oneLine makes what went wrong fit a line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	return s
}

// Due tells whether it is time to try again: at once where something came of
// the last try, and else after 30 seconds to an hour.
func (s Sending) Due(now time.Time) bool {
	wait := 30 * time.Second << min(s.Tries, 7)
	return s.Tried.IsZero() || now.Sub(s.Tried) >= min(wait, time.Hour)
}

// AllSending returns the offers that go on a line and are not answered.
func AllSending(v *record.View) ([]Sending, error) { return readSending(v.Tx) }

// SendingOf returns what is sent of a hand-over.
func SendingOf(v *record.View, id string) (Sending, error) {
	all, err := readSending(v.Tx)
	if err != nil {
		return Sending{}, err
	}
	for _, s := range all {
		if s.ID == id || s.Offer == id {
			return s, nil
		}
	}
	return Sending{}, fault.NotFound("nothing of %s is being sent", id)
}

// Sent forgets an offer that was answered.
func (d *Desk) Sent(ctx context.Context, base *db.DB, s Sending) error {
	for _, name := range []string{s.Spool, s.Paper} {
		if err := d.kept.Remove(ctx, name); err != nil {
			return fmt.Errorf("remove what was kept to be sent: %w", err)
		}
	}
	return base.Update(ctx, func(tx *db.Tx) error { return dropSending(tx, s.Offer) })
}
