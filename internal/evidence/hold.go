package evidence

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Held is a legal hold on an item, as it goes with the item to another custodian.
type Held struct {
	ID    string // its name
	Item  string // the item, by the id of whoever holds it
	Entry int64  // by which it was put on
	Reason
}

// Holds returns the holds that are in force on an item, without their words.
func Holds(v *record.View, id string) (out []Held, err error) {
	names, err := readHolds(v.Tx, id)
	for n := 0; n < len(names) && err == nil; n++ {
		h := Held{ID: names[n], Item: id}
		h.Entry, err = holdEntry(v.Tx, id, names[n])
		out = append(out, h)
	}
	return out, err
}

// ReadHeld reads the parts of an entry that puts a hold on an item, as they come
// with an item from another custodian.
func ReadHeld(open, sealed []byte) (h Held, err error) {
	var o underOpen
	if len(open) > longestFact || len(sealed) > longestFact {
		return h, fault.Invalid("hold", "it has more than %d bytes", longestFact)
	}
	if err := errors.Join(record.DecodeStrict(open, &o), record.DecodeStrict(sealed, &h.Reason)); err != nil {
		return h, fault.Invalid("hold", "%w", err)
	}
	h.ID, h.Item = o.ID, o.Item
	return h, nil
}

// HoldOn puts a hold of another custodian on an item that came from them: it binds
// here until it is released here. It does nothing where the item has, or had, a
// hold of that name.
func HoldOn(tx *record.Tx, id string, h Held, from string) error {
	if h.ID == "" || len(h.ID) > 100 || strings.ContainsFunc(h.ID, func(r rune) bool { return !unicode.IsPrint(r) }) {
		h.ID = fmt.Sprintf("hold of entry %d", h.Entry)
	}
	if taken, err := holdTaken(tx.Tx, id, h.ID); err != nil || taken {
		return err
	}
	whose := fmt.Sprintf(" (put on at %s by its entry %d, handed over with the item)", from, h.Entry)
	authority := fitting(h.Authority, "", "the authority of "+from)
	_, err := Hold(tx, id, h.ID, authority, fitting(h.Reason.Reason, whose, "no reason was given"))
	return err
}

// holdOn puts on what comes with an item as it is taken in: nobody erases in between what
// is held.
func (s Source) holdOn(tx *record.Tx, id string) error {
	for _, h := range s.Holds {
		if err := HoldOn(tx, id, h, s.HeldAt); err != nil {
			return err
		}
	}
	return nil
}

// fitting is text that an explanation can be, with something after it; or another.
func fitting(text, after, otherwise string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == 0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " ")))
	if text == "" {
		text = otherwise
	}
	if all := []rune(text); len(all)+len([]rune(after)) > longest {
		text = string(all[:max(0, longest-len([]rune(after)))])
	}
	return text + after
}
