package stamp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/ots"
	"github.com/heed-project/heed/internal/record"
)

// Elsewhere is an intake of another custodian, from whom items came.
type Elsewhere struct {
	Name   string // under which its stamps are kept here: see [Brought]
	Node   string
	Intake string // there
}

// Brought names the stamps of a list of an intake of another custodian. Whoever handed
// it on may have brought another list than that custodian: each stands alone.
func Brought(node, intake string, list []byte) Elsewhere {
	sum := sha256.Sum256(append([]byte(node+"\n"+intake+"\n"), list...))
	return Elsewhere{"brought:" + hex.EncodeToString(sum[:16]), node, intake}
}

// Holds checks that a stamp of a kind holds and is about some bytes, as one that is kept
// must, and says what it states.
func Holds(kind string) func(token, about []byte) (said string, err error) {
	return func(token, about []byte) (string, error) {
		s := Stamp{Kind: kind, Authority: "the token", Token: token}
		switch err := s.brought(Elsewhere{}, sha256.Sum256(about)); {
		case err != nil:
			return "", err
		case kind == OpenTimestamps:
			return ots.Stated(token, about)
		}
		return "there on " + s.At.Format("2 January 2006 15:04:05 MST") + ", states " + s.signer, nil
	}
}

// sealedAbout is the list of an intake of another custodian.
type sealedAbout struct {
	List []byte `json:"list"`
}

// Bring keeps the stamps of an intake of another custodian, from whom items came, so that
// they are renewed here from now on. Of each stamp the kind, the authority and the token
// are given, and in Renews the place, from 1, of the one before it that it renews. Those
// that are here already are left.
func Bring(tx *record.Tx, x Elsewhere, marking string, list []byte, stamps []Stamp, items []string) error {
	about := record.Draft{Kind: "stamp.about", Subjects: []string{x.Name}, Marking: marking, Open: aboutOpen{x.Name, x.Node, x.Intake, items}}
	if _, err := ListOf(tx.View, x); fault.KindOf(err) == fault.KindNotFound {
		about.Sealed = sealedAbout{list}
	} else if err != nil {
		return err
	}
	if _, err := tx.Append(about); err != nil {
		return err
	}
	have, err := Of(tx.View, x.Name)
	if err != nil {
		return err
	}
	entries := make([]int64, len(stamps))
	for n, s := range stamps {
		if at := slices.IndexFunc(have, func(o Stamp) bool { return bytes.Equal(o.Token, s.Token) }); at >= 0 {
			entries[n] = have[at].Entry
			continue
		}
		what := list
		if of := s.Renews; of > 0 {
			what, s.Renews = stamps[of-1].Token, entries[of-1]
		}
		if err := s.brought(x, sha256.Sum256(what)); err != nil {
			return err
		}
		e, err := tx.Append(record.Draft{Kind: "stamp.brought", Subjects: []string{x.Name}, Marking: marking, Sealed: sealed{s.Token},
			Open: stampOpen{Intake: x.Name, Authority: s.Authority, Kind: s.Kind, Digest: s.Digest, At: s.At, Ends: s.Ends, Renews: s.Renews, Height: s.Height}})
		if err != nil {
			return err
		}
		entries[n] = e.Index
	}
	return nil
}

// brought reads what a stamp of another custodian states.
func (s *Stamp) brought(x Elsewhere, sum [32]byte) error {
	s.Intake, s.Digest = x.Name, hex.EncodeToString(sum[:])
	switch s.Kind {
	case RFC3161:
		return s.states(sum)
	case OpenTimestamps:
		p, err := ots.Parse(s.Token)
		if err != nil {
			return fault.Invalid("stamp", "%s: %w", s.Authority, err)
		}
		s.Height, _ = p.Done()
		return nil
	}
	return fault.Invalid("stamp", "%q is not a kind of stamp", s.Kind)
}

// ElsewhereOf returns the intakes of other custodians by which an item came, and whose
// stamps are here.
func ElsewhereOf(v *record.View, item string) ([]Elsewhere, error) { return readElsewhere(v.Tx, item) }

// ListOf returns the list of an intake of another custodian, as it came.
func ListOf(v *record.View, x Elsewhere) ([]byte, error) {
	all, err := v.History(x.Name)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if e.Kind == "stamp.about" && e.HasSealed() {
			var s sealedAbout
			err := v.Unseal(e.Index, &s)
			return s.List, err
		}
	}
	return nil, fault.NotFound("no list of %s is here", x.Name)
}
