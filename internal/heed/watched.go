package heed

import (
	"context"
	"slices"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
)

// NotTaken returns those sources that who has not taken in yet: no item of
// theirs came from the same path with the same bytes. One that cannot be read is
// among them, so that taking it in says why. Those whose bytes they took in, and which
// were erased since, come back as erased: who still wants them takes them in by hand.
func (h *Heed) NotTaken(ctx context.Context, who Who, sources []evidence.Source) (out, erased []evidence.Source, err error) {
	allowed := func(l *look) error { return l.need(access.EvidenceAdd, l.node()) }
	if err := h.see(ctx, who, allowed); err != nil {
		return nil, nil, err
	}
	for _, s := range sources {
		sum, err := s.Digest()
		taken, gone := false, false
		if err == nil {
			err = h.see(ctx, who, func(l *look) error {
				if err := allowed(l); err != nil {
					return err
				}
				same, err := evidence.List(l.View, evidence.Filter{Mark: h.markOf(sum), By: who.Person, Limit: 1000, Oldest: true})
				taken = slices.ContainsFunc(same, func(i evidence.Item) bool { return !i.Erased && i.Path == s.Path })
				gone = !taken && slices.ContainsFunc(same, func(i evidence.Item) bool { return i.Erased })
				return err
			})
			if err != nil {
				return nil, nil, err
			}
		}
		switch {
		case gone:
			erased = append(erased, s)
		case !taken:
			out = append(out, s)
		}
	}
	return out, erased, nil
}
