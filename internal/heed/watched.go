package heed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
)

// NotTaken returns those sources that who has not taken in yet: no item of
// theirs came from the same path with the same bytes. One that cannot be read is
// among them, so that taking it in says why.
func (h *Heed) NotTaken(ctx context.Context, who Who, sources []evidence.Source) (out []evidence.Source, err error) {
	allowed := func(l *look) error { return l.need(access.EvidenceAdd, l.node()) }
	if err := h.see(ctx, who, allowed); err != nil {
		return nil, err
	}
	for _, s := range sources {
		sum, err := digest(s)
		taken := false
		if err == nil {
			err = h.see(ctx, who, func(l *look) error {
				if err := allowed(l); err != nil {
					return err
				}
				same, err := evidence.List(l.View, evidence.Filter{Mark: h.markOf(sum), By: who.Person, Limit: 1000, Oldest: true})
				taken = slices.ContainsFunc(same, func(i evidence.Item) bool { return i.Path == s.Path })
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		if !taken {
			out = append(out, s)
		}
	}
	return out, nil
}

// digest reads a source for its SHA-256, as hex.
func digest(s evidence.Source) (string, error) {
	open := s.Open
	if open == nil {
		open = func() (io.ReadCloser, error) { return os.Open(s.Path) }
	}
	f, err := open()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Close())
}
