package stamp

import (
	"net/url"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/ots"
	"github.com/heed-project/heed/internal/record"
)

// A Promised is a proof of which calendars have promised to put it into a block.
type Promised struct {
	Stamp
	Asked []ots.Attestation // what is to be asked, of whom
}

// Waiting returns proofs that lead into no block chain yet, the oldest first, from an
// entry on. What was erased is left out.
func Waiting(v *record.View, after int64, most int) (out []Promised, last int64, err error) {
	all, err := readWaiting(v.Tx, after, most)
	last = after
	for _, s := range all {
		last = s.Entry
		var x sealed
		if err := v.Unseal(s.Entry, &x); fault.KindOf(err) == fault.KindNotFound {
			continue
		} else if err != nil {
			return nil, last, err
		}
		s.Token = x.Token
		p, err := ots.Parse(s.Token)
		if err != nil {
			return nil, last, err
		}
		if _, done := p.Done(); !done {
			out = append(out, Promised{s, p.Waiting()})
		}
	}
	return out, last, err
}

// calendars are those that are asked although no authority is at their address: the
// aggregators hand on to them. It is the list of the reference client.
var calendars = []string{".calendar.opentimestamps.org", ".calendar.eternitywall.com", ".calendar.catallaxy.com"}

// MayAsk tells whether a calendar is asked that a proof names. It is somebody else who
// wrote that address: only that of an authority is followed, and those that are known.
func MayAsk(uri string, by []Authority) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	for _, a := range by {
		if x, err := url.Parse(a.URL); err == nil && a.Kind == OpenTimestamps && x.Scheme == u.Scheme && strings.EqualFold(x.Host, u.Host) {
			return true
		}
	}
	return u.Scheme == "https" && u.Port() == "" && slices.ContainsFunc(calendars, func(c string) bool { return strings.HasSuffix(strings.ToLower(u.Hostname()), c) })
}

// Kept makes the stamp that completes a promise out of what the calendar answered. It is
// about the same list; whose block it is about is what the proof says, and is proved by
// whoever has that block's header.
func (p Promised) Kept(a ots.Attestation, answer []byte) (Stamp, error) {
	token, err := ots.Upgrade(p.Token, a, answer)
	if err != nil {
		return Stamp{}, fault.Invalid("answer", "%s: %w", a.URI, err)
	}
	proof, err := ots.Parse(token)
	if err != nil {
		return Stamp{}, err
	}
	height, _ := proof.Done()
	if height == 0 || height > 1<<40 {
		return Stamp{}, fault.Invalid("answer", "%s: it leads into no block of Bitcoin", a.URI)
	}
	return Stamp{Intake: p.Intake, Authority: p.Authority, Kind: p.Kind, Digest: p.Digest, Upgrades: p.Entry, Height: height, Token: token}, nil
}
