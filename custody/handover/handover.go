// Package handover holds what two custodians sign when evidence goes from one
// to the other: the offer of the one and the answer of the other.
//
// The offer lists the items, by the root of a Merkle tree over one line for
// each, so that later any few of them can be shown to have been in it without
// telling of the rest. A line gives the item's SHA-256, its size, its marking,
// the permissions that bear on it, and its chain of custody, custodian by
// custodian, with the head that each one left behind. The offer names the
// receiver's key. The answer is signed with that key after the bytes were
// hashed again: accepted, in part, or refused, with a reason for each item
// that was not taken. A refusal is an answer like another.
//
// Both are signed notes (C2SP signed-note) by the key that signs the entries
// of the node's log, over a text that begins with the name of its kind. What
// the package promises: a text is read in one spelling only; an answer fits
// one offer and no other; and the receiver's key cannot be another than the
// one that the offer names. It trusts SHA-256 and Ed25519. Whose key it is,
// the log of each side shows: see package bundle.
//
// The form is normative in docs/spec/custody.md. Sources: RFC 6962; C2SP
// signed-note; Berkeley Protocol (2022), chapter VI.D on custody and
// transfer.
//
//	signed, err := offer.Sign(senderKey)
//	offer, err := handover.ParseOffer(signed)
//	answer := handover.Answer{Offer: handover.Digest(signed), Outcome: handover.Accepted, …}
//	receipt, err := answer.Sign(receiverKey)
//	answer, err = handover.ParseAnswer(receipt, signed)
package handover

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// MaxItems is the most items of one hand-over.
const MaxItems = 1_000_000

// How an item's bytes are in a bundle.
const (
	Plain   = "plain" // as they are
	Sealed  = "age"   // an age file for the receiver
	Without = "none"  // not at all: the line says that the item exists
)

// An Item is one line of an offer.
type Item struct {
	N        int       `json:"n"`  // its place, from 1
	ID       string    `json:"id"` // its id at the sender
	SHA256   string    `json:"sha256"`
	Bytes    int64     `json:"bytes"`
	Media    string    `json:"media,omitempty"`
	Marking  string    `json:"marking,omitempty"`
	From     string    `json:"from,omitempty"` // SHA-256 of the item it was derived from
	How      string    `json:"how,omitempty"`  // what kind of copy of that it is
	Consents []string  `json:"consents"`       // ids of the permissions that bear on it
	Custody  []Segment `json:"custody"`        // who had it, the first custodian first
	Payload  string    `json:"payload"`        // Plain, Sealed or Without
}

// A Segment is what one custodian's log says of an item.
type Segment struct {
	Node   string `json:"node"` // the log's name
	ID     string `json:"id"`   // the item's id there
	Events int    `json:"events"`
	Head   string `json:"head"` // of the chain, after these events
}

// An Offer is what the sender signs.
type Offer struct {
	ID       string    `json:"id"`   // of the hand-over, at the sender
	From     string    `json:"from"` // the name of the sender's log
	FromKey  string    `json:"from_key"`
	To       string    `json:"to"`     // the name of the receiver's log
	ToKey    string    `json:"to_key"` // signs the answer
	Made     time.Time `json:"made"`
	Mandate  string    `json:"mandate,omitempty"` // under which this is handed over
	Items    int       `json:"items"`
	Bytes    int64     `json:"bytes"`
	Root     string    `json:"root"` // of the tree over the item lines, base64
	Consents int       `json:"consents"`
	Terms    string    `json:"terms"` // SHA-256 of the permissions, hex
	Size     int64     `json:"size"`  // of the sender's log, at the time
}

// The outcomes of a hand-over.
const (
	Accepted = "accepted"
	Partly   = "partly"
	Refused  = "refused"
)

// An Answer is what the receiver signs.
type Answer struct {
	ID       string    `json:"id"`    // of the hand-over, at the receiver
	Offer    string    `json:"offer"` // Digest of the signed offer
	From     string    `json:"from"`  // the name of the receiver's log
	Key      string    `json:"key"`   // the offer's ToKey
	Made     time.Time `json:"made"`
	Outcome  string    `json:"outcome"`
	Taken    int       `json:"taken"`
	Bytes    int64     `json:"bytes"`   // of the items taken, hashed again
	Refused  int       `json:"refused"` // items that were not taken
	Refusals string    `json:"refusals"`
	Reason   string    `json:"reason,omitempty"` // for the hand-over as a whole
}

// A Refusal says why one item was not taken.
type Refusal struct {
	N      int    `json:"n"`
	SHA256 string `json:"sha256"`
	Why    string `json:"why"`
}

var (
	idForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$`)
	howForm  = regexp.MustCompile(`^[a-z][a-z-]{0,39}$`)
	nameForm = regexp.MustCompile(`^[!-*,-~]{1,200}$`) // of a log: no space, no plus sign
)

// Digest is the SHA-256 of signed bytes in hex, by which an answer names its
// offer.
func Digest(signed []byte) string {
	sum := sha256.Sum256(signed)
	return hex.EncodeToString(sum[:])
}

// Hashes returns the leaf hashes of item lines, over which the offer's root is
// made; see ledger.RootOf and ledger.SubsetOf.
func Hashes(items []Item) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(items))
	for i, item := range items {
		line, err := item.Line()
		if err != nil {
			return nil, err
		}
		out[i] = ledger.LeafHash(line)
	}
	return out, nil
}

// Check says what is wrong with an item, naming the member.
func (i Item) Check() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("item %d: %w", i.N, fmt.Errorf(format, args...))
	}
	if _, err := custody.ParseHead(i.SHA256); err != nil {
		return fail("sha256: %w", err)
	}
	if _, err := custody.ParseHead(i.From); err != nil && i.From != "" {
		return fail("from: %w", err)
	}
	switch {
	case i.N < 1 || i.N > MaxItems:
		return fail("its place is not 1 to %d", MaxItems)
	case !idForm.MatchString(i.ID):
		return fail("id: %.60q is not an id", i.ID)
	case i.How != "" && (i.From == "" || !howForm.MatchString(i.How)):
		return fail("how: %.60q is no kind of copy, or it is not said of what", i.How)
	case i.Bytes < 0:
		return fail("bytes: %d", i.Bytes)
	case i.Payload != Plain && i.Payload != Sealed && i.Payload != Without:
		return fail("payload: %.60q is not plain, age or none", i.Payload)
	case !printable(i.Media, 200) || !printable(i.Marking, 40):
		return fail("media or marking cannot be printed")
	case len(i.Custody) == 0:
		return fail("custody: nobody is said to have had it")
	case i.Custody[len(i.Custody)-1].ID != i.ID:
		return fail("custody: the last custodian calls it %.60q", i.Custody[len(i.Custody)-1].ID)
	}
	for k, c := range i.Consents {
		if !idForm.MatchString(c) {
			return fail("consents: %.60q is not an id", c)
		}
		for _, before := range i.Consents[:k] {
			if before == c {
				return fail("consents: %q stands twice", c)
			}
		}
	}
	for k, s := range i.Custody {
		if _, err := custody.ParseHead(s.Head); err != nil {
			return fail("custody: head: %w", err)
		}
		if !nameForm.MatchString(s.Node) || !idForm.MatchString(s.ID) || s.Events < 1 {
			return fail("custody: custodian %d has no name, no id or no events", k+1)
		}
		for _, before := range i.Custody[:k] {
			if before.Node == s.Node {
				return fail("custody: %s had it twice: give it as one", s.Node)
			}
		}
	}
	return nil
}

// Sum returns the item's SHA-256.
func (i Item) Sum() [sha256.Size]byte {
	h, _ := custody.ParseHead(i.SHA256) // checked when the item was read
	return h
}

func (o Offer) check() error {
	if _, err := custody.ParseHead(o.Terms); err != nil {
		return fmt.Errorf("terms: %w", err)
	}
	if _, err := o.Tree(); err != nil {
		return err
	}
	if _, err := keyOf(o.FromKey, o.From); err != nil {
		return fmt.Errorf("from_key: %w", err)
	}
	if _, err := keyOf(o.ToKey, o.To); err != nil {
		return fmt.Errorf("to_key: %w", err)
	}
	switch {
	case !idForm.MatchString(o.ID):
		return fmt.Errorf("id: %.60q is not an id", o.ID)
	case o.From == o.To:
		return errors.New("the sender is the receiver")
	case o.Made.IsZero():
		return errors.New("made: it does not say when it was made")
	case o.Items < 1 || o.Items > MaxItems || o.Bytes < 0 || o.Consents < 0 || o.Size < 1:
		return errors.New("a number in it cannot be")
	case !printable(o.Mandate, 100):
		return errors.New("mandate: it cannot be printed")
	}
	return nil
}

// Tree returns the root of the tree over the item lines.
func (o Offer) Tree() (root ledger.Hash, err error) {
	if err := root.UnmarshalJSON([]byte(`"` + o.Root + `"`)); err != nil || root.String() != o.Root {
		return root, errors.New("root: it is not the base64 of 32 bytes")
	}
	return root, nil
}

func (a Answer) check() error {
	for _, sum := range []string{a.Offer, a.Refusals} {
		if _, err := custody.ParseHead(sum); err != nil {
			return err
		}
	}
	if _, err := keyOf(a.Key, a.From); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	switch {
	case !idForm.MatchString(a.ID):
		return fmt.Errorf("id: %.60q is not an id", a.ID)
	case a.Made.IsZero():
		return errors.New("made: it does not say when it was made")
	case a.Taken < 0 || a.Refused < 0 || a.Bytes < 0:
		return errors.New("a number in it cannot be")
	case a.Outcome != outcome(a.Taken, a.Refused):
		return fmt.Errorf("outcome: %.40q, with %d items taken and %d refused", a.Outcome, a.Taken, a.Refused)
	case a.Outcome != Accepted && strings.TrimSpace(a.Reason) == "":
		return errors.New("reason: a refusal gives its reason")
	case !printable(a.Reason, 2000):
		return errors.New("reason: it cannot be printed")
	}
	return nil
}

// outcome is the word for what was taken and what was not.
func outcome(taken, refused int) string {
	switch {
	case refused == 0:
		return Accepted
	case taken == 0:
		return Refused
	}
	return Partly
}

// keyOf reads the verifier key that signs the entries of a log.
func keyOf(key, origin string) (note.Verifier, error) {
	v, err := ledger.NewVerifier(key)
	if err != nil {
		return nil, err
	}
	if !nameForm.MatchString(origin) || v.Name() != origin+"/entries" {
		return nil, fmt.Errorf("%.100q is not the entry key of %.100q", v.Name(), origin)
	}
	return v, nil
}

func printable(s string, most int) bool {
	return len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
