package handover

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// What begins the text of each note, so that a signature over the one is
// never one over the other, over an entry or over a checkpoint.
const (
	offerContext  = "heed-offer/v1\n"
	answerContext = "heed-receipt/v1\n"
)

// Line writes an item as one line of JSON.
func (i Item) Line() ([]byte, error) {
	if err := i.Check(); err != nil {
		return nil, err
	}
	if i.Consents == nil {
		i.Consents = []string{}
	}
	return custody.Line(i)
}

// ParseItems reads the lines of items, in the one spelling that Line writes.
// Their places ascend. What an offer holds whole begins at 1 and leaves out
// none: see Offer.Holds.
func ParseItems(b []byte) (items []Item, err error) {
	err = custody.EachLine(b, func(text []byte) error {
		var i Item
		if err := custody.ReadLine(text, &i, func() ([]byte, error) { return i.Line() }); err != nil {
			return fmt.Errorf("line %d: %w", len(items)+1, err)
		}
		if len(items) > 0 && items[len(items)-1].N >= i.N {
			return fmt.Errorf("item %d stands before item %d", items[len(items)-1].N, i.N)
		}
		if len(items) == MaxItems {
			return fmt.Errorf("more than %d items", MaxItems)
		}
		items = append(items, i)
		return nil
	})
	return items, err
}

// Line writes a refusal as one line of JSON.
func (r Refusal) Line() ([]byte, error) {
	if _, err := custody.ParseHead(r.SHA256); err != nil {
		return nil, fmt.Errorf("refusal of item %d: %w", r.N, err)
	}
	if r.N < 1 || r.N > MaxItems || r.Why == "" || !printable(r.Why, 2000) {
		return nil, fmt.Errorf("refusal of item %d: it gives no reason, or its place cannot be", r.N)
	}
	return custody.Line(r)
}

// ParseRefusals reads the lines of refusals; their places ascend.
func ParseRefusals(b []byte) (all []Refusal, err error) {
	err = custody.EachLine(b, func(text []byte) error {
		var r Refusal
		if err := custody.ReadLine(text, &r, func() ([]byte, error) { return r.Line() }); err != nil {
			return fmt.Errorf("line %d: %w", len(all)+1, err)
		}
		if len(all) > 0 && all[len(all)-1].N >= r.N {
			return fmt.Errorf("the refusal of item %d stands before that of item %d", all[len(all)-1].N, r.N)
		}
		all = append(all, r)
		return nil
	})
	return all, err
}

// Sum is the SHA-256 of lines in hex, by which a note names them.
func Sum(lines []byte) string {
	sum := sha256.Sum256(lines)
	return hex.EncodeToString(sum[:])
}

// Sign returns the offer as a signed note. The signer is the sender's entry
// key, FromKey.
func (o Offer) Sign(s note.Signer) ([]byte, error) {
	o.Made = Micro(o.Made)
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("sign the offer: %w", err)
	}
	signed, err := custody.SignNote(offerContext, o, s)
	if err != nil {
		return nil, fmt.Errorf("sign the offer: %w", err)
	}
	if _, err := ParseOffer(signed); err != nil {
		return nil, fmt.Errorf("sign the offer: it would be refused: %w", err)
	}
	return signed, nil
}

// ParseOffer reads an offer and checks its signature under the key that it
// names as the sender's. Whether that is the sender's, their log shows.
func ParseOffer(signed []byte) (Offer, error) {
	var o Offer
	err := custody.OpenNote(signed, offerContext, &o, func() (note.Verifier, error) {
		if err := o.check(); err != nil {
			return nil, err
		}
		return keyOf(o.FromKey, o.From)
	})
	if err != nil {
		return Offer{}, fmt.Errorf("offer: %w", err)
	}
	return o, nil
}

// Holds checks that the offer is over these items, all of them, and over
// these permissions.
func (o Offer) Holds(items []Item, consents []byte, count int) error {
	if len(items) != o.Items {
		return fmt.Errorf("the offer is over %d items, these are %d", o.Items, len(items))
	}
	total := int64(0)
	for i, item := range items {
		if item.N != i+1 {
			return fmt.Errorf("item %d stands in place %d", item.N, i+1)
		}
		if item.Custody[len(item.Custody)-1].Node != o.From {
			return fmt.Errorf("item %d: its last custodian is %q, the offer is from %q", item.N, item.Custody[len(item.Custody)-1].Node, o.From)
		}
		total += item.Bytes
	}
	hashes, err := Hashes(items)
	if err != nil {
		return err
	}
	root, err := o.Tree()
	switch {
	case err != nil:
		return err
	case total != o.Bytes:
		return fmt.Errorf("the items have %d bytes, the offer says %d", total, o.Bytes)
	case ledger.RootOf(hashes) != root:
		return errors.New("the items are not those that the offer was signed over")
	case count != o.Consents || Sum(consents) != o.Terms:
		return errors.New("the permissions are not those that the offer was signed over")
	}
	return nil
}

// Sign returns the answer as a signed note. The signer is the receiver's entry
// key, which the offer names.
func (a Answer) Sign(s note.Signer) ([]byte, error) {
	a.Made = Micro(a.Made)
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("sign the answer: %w", err)
	}
	signed, err := custody.SignNote(answerContext, a, s)
	if err != nil {
		return nil, fmt.Errorf("sign the answer: %w", err)
	}
	return signed, nil
}

// ParseAnswer reads the answer to a signed offer, and checks that it is to
// this one and signed with the key that the offer names.
func ParseAnswer(signed, offer []byte) (Answer, error) {
	o, err := ParseOffer(offer)
	if err != nil {
		return Answer{}, err
	}
	var a Answer
	err = custody.OpenNote(signed, answerContext, &a, func() (note.Verifier, error) {
		if err := a.check(); err != nil {
			return nil, err
		}
		switch {
		case a.Offer != Digest(offer):
			return nil, errors.New("it answers another offer")
		case a.From != o.To || a.Key != o.ToKey:
			return nil, fmt.Errorf("it is by %q, the offer was made to %q", a.Key, o.ToKey)
		case a.Taken+a.Refused != o.Items:
			return nil, fmt.Errorf("it is about %d items, the offer about %d", a.Taken+a.Refused, o.Items)
		case a.Made.Before(o.Made.Add(-Skew)):
			return nil, errors.New("it was made before the offer")
		}
		return keyOf(a.Key, a.From)
	})
	if err != nil {
		return Answer{}, fmt.Errorf("receipt: %w", err)
	}
	return a, nil
}

// Skew is how far the clocks of two nodes may be apart before a time is said
// to be impossible.
const Skew = 10 * time.Minute

// Fits checks that these are the refusals of the answer, and that they are of
// items of the offer.
func (a Answer) Fits(items []Item, lines []byte) ([]Refusal, error) {
	all, err := ParseRefusals(lines)
	switch {
	case err != nil:
		return nil, err
	case Sum(lines) != a.Refusals || len(all) != a.Refused:
		return nil, errors.New("the refusals are not those that the receipt was signed over")
	}
	taken := int64(0)
	for _, item := range items {
		taken += item.Bytes
	}
	for _, r := range all {
		if r.N > len(items) || items[r.N-1].SHA256 != r.SHA256 {
			return nil, fmt.Errorf("item %d was refused, and is another in the offer", r.N)
		}
		taken -= items[r.N-1].Bytes
	}
	if taken != a.Bytes {
		return nil, fmt.Errorf("the items taken have %d bytes, the receipt says %d", taken, a.Bytes)
	}
	return all, nil
}

// Micro is a time as notes write it: UTC, to the microsecond.
func Micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
