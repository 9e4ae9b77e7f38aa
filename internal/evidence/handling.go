package evidence

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Purpose is what is sealed of an opening: why somebody read an item. It is
// under the item's key, so that whoever may see its custody reads it.
type Purpose struct {
	Purpose string `json:"purpose"`
	For     string `json:"for,omitempty"` // to whom it was shown
}

// Reason is what is sealed of an act that needs one.
type Reason struct {
	Reason    string `json:"reason"`
	Authority string `json:"authority,omitempty"`
}

// Open records that somebody opens an item, and why. The bytes may leave the
// process once the command is durable, and not before: see Desk.Copy.
func Open(tx *record.Tx, id, purpose string) (record.Entry, error) {
	return OpenFor(tx, id, Purpose{Purpose: purpose})
}

// OpenFor is Open, and says to whom the item is shown.
func OpenFor(tx *record.Tx, id string, p Purpose) (record.Entry, error) {
	var err error
	if p.Purpose, err = said("purpose", p.Purpose, "for what purpose you open "+id); err != nil {
		return record.Entry{}, err
	}
	i, err := Head(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	if err := complete(tx.View, &i); err != nil {
		return record.Entry{}, err
	}
	if i.Erased {
		return record.Entry{}, fault.NotFound("%s was erased", id)
	}
	return tx.Append(record.Draft{Kind: "evidence.opened", Subjects: []string{id}, Marking: i.Marking, Open: aboutItem{id}, Sealed: p})
}

// Copy writes the original bytes of an item. They are compared with its
// SHA-256 while they go by: an error says that w has not received them all, or
// that the last of them are not to be trusted.
func (d *Desk) Copy(ctx context.Context, w io.Writer, i Item) error {
	k, err := i.Kept()
	if err != nil {
		return err
	}
	if err := d.vault.Copy(ctx, w, k); err != nil {
		return fmt.Errorf("read %s: %w", i.ID, err)
	}
	return nil
}

// on appends an entry about an item under its marking.
func on(tx *record.Tx, id string, d record.Draft) (record.Entry, error) {
	i, err := Head(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	if d.Sealed != nil { // a new key would open what is said of it now
		if err := i.there(tx.View); err != nil {
			return record.Entry{}, err
		}
	}
	if d.Marking == "" {
		d.Marking = i.Marking
	}
	d.Subjects = append([]string{id}, d.Subjects...)
	return tx.Append(d)
}

// there refuses to say more of an item that was erased.
func (i Item) there(v *record.View) error {
	if err := complete(v, &i); err != nil || !i.Erased {
		return err
	}
	return fault.Stale("%s was erased: nothing more is said of it", i.ID)
}

// There is an error where an item was erased, or never was.
func There(v *record.View, id string) error {
	i, err := Head(v, id)
	if err != nil {
		return err
	}
	return i.there(v)
}

// SetMarking marks an item anew, for a reason.
func SetMarking(tx *record.Tx, id, marking, why string) (record.Entry, error) {
	why, err := said("reason", why, "why "+id+" is marked anew")
	if err != nil {
		return record.Entry{}, err
	}
	if err := checkMarking(marking); err != nil {
		return record.Entry{}, err
	}
	return on(tx, id, record.Draft{Kind: "evidence.marked", Marking: marking, Open: aboutItem{id}, Sealed: Reason{Reason: why}})
}

// Attach says that an item belongs to something. Doing it twice changes
// nothing.
func Attach(tx *record.Tx, id string, l Link) error {
	if err := l.check(); err != nil {
		return err
	}
	i, err := Head(tx.View, id)
	if err != nil || slices.Contains(i.Links, l) {
		return err
	}
	_, err = on(tx, id, record.Draft{Kind: "evidence.linked", Subjects: []string{l.To}, Open: linkOpen{id, l.Kind, l.To}})
	return err
}

// Detach says that an item does not belong to something after all.
func Detach(tx *record.Tx, id string, l Link) error {
	i, err := Head(tx.View, id)
	if err != nil {
		return err
	}
	if !slices.Contains(i.Links, l) {
		return fault.NotFound("%s is not linked to %s %s", id, l.Kind, l.To)
	}
	_, err = on(tx, id, record.Draft{Kind: "evidence.unlinked", Subjects: []string{l.To}, Open: linkOpen{id, l.Kind, l.To}})
	return err
}

// Permit puts a condition or a contributor's consent on an item: for what, for
// whom, where, until when it may be used. One of the same id replaces the one
// before, which stays in the item's custody. A withdrawal is such a
// replacement: a permission with a withdrawal in it.
func Permit(tx *record.Tx, id string, p consent.Permission) (record.Entry, error) {
	if strings.TrimSpace(p.ID) == "" || len(p.ID) > 100 {
		return record.Entry{}, fault.Invalid("permission", "a permission needs an id of its own")
	}
	if p.Given.IsZero() {
		p.Given = tx.Now
	}
	if err := p.Check(); err != nil {
		return record.Entry{}, fault.Invalid("permission", "%w", err)
	}
	return on(tx, id, record.Draft{Kind: "evidence.permitted", Open: underOpen{id, p.ID}, Sealed: p})
}

// standing returns the consent of a name that stands on an item itself, or NotFound.
func standing(v *record.View, id, consentID string) (p consent.Permission, err error) {
	all, err := readTerms(v.Tx, []string{id})
	if err != nil {
		return p, err
	}
	entry, is := all[id][consentID]
	if !is {
		return p, fault.WithHint(fault.NotFound("no consent %.100q stands on %s", consentID, id), "where it is a copy, the consent stands on its original")
	}
	return p, v.Unseal(entry, &p)
}

// TakenBack tells whether a consent that stands on an item was taken back, for something
// or for everything.
func TakenBack(v *record.View, id, consentID string) (bool, error) {
	p, err := standing(v, id, consentID)
	if fault.KindOf(err) == fault.KindNotFound {
		err = nil
	}
	return len(p.Withdrawals) > 0, err
}

// Withdraw takes a consent back that stands on an item, from now on: nothing is permitted
// under it any more. It tells whether that was still to be done.
func Withdraw(tx *record.Tx, id, consentID string) (bool, error) {
	p, err := standing(tx.View, id, consentID)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(p.Withdrawals, func(w consent.Withdrawal) bool { return len(w.For)+len(w.To) == 0 && !w.At.After(tx.Now) }) {
		return false, nil
	}
	at := tx.Now
	if at.Before(p.Given) { // given from a day on that is still to come
		at = p.Given
	}
	p.Withdrawals = append(slices.Clone(p.Withdrawals), consent.Withdrawal{At: at})
	_, err = Permit(tx, id, p)
	return err == nil, err
}

// Carrying returns the items on which a consent stands, the oldest first.
func Carrying(v *record.View, consentID string) ([]string, error) {
	return readCarrying(v.Tx, consentID)
}

// Hold puts a legal hold on an item: nothing of it may be erased or removed
// until the hold is released.
func Hold(tx *record.Tx, id, hold, authority, why string) (record.Entry, error) {
	why, err := said("reason", why, "why "+id+" is held")
	if err != nil {
		return record.Entry{}, err
	}
	authority, err = said("authority", authority, "under what authority "+id+" is held")
	if err != nil {
		return record.Entry{}, err
	}
	if hold == "" || len(hold) > 100 {
		return record.Entry{}, fault.Invalid("hold", "a hold needs a name of its own")
	}
	taken, err := holdTaken(tx.Tx, id, hold)
	if err != nil {
		return record.Entry{}, err
	}
	if taken {
		return record.Entry{}, fault.Exists("%s has had a hold %s already: give another name", id, hold)
	}
	return on(tx, id, record.Draft{Kind: "evidence.held", Open: underOpen{id, hold}, Sealed: Reason{why, authority}})
}

// Release ends a hold. Whoever put it on does not release it alone: the caller
// asks for a second person.
func Release(tx *record.Tx, id, hold, authority, why string) (record.Entry, error) {
	why, err := said("reason", why, "why the hold on "+id+" ends")
	if err != nil {
		return record.Entry{}, err
	}
	if _, err := holdEntry(tx.Tx, id, hold); err != nil {
		return record.Entry{}, err
	}
	return on(tx, id, record.Draft{Kind: "evidence.released", Open: underOpen{id, hold}, Sealed: Reason{why, authority}})
}

// HeldBy returns who put a hold on an item.
func HeldBy(v *record.View, id, hold string) (person string, err error) {
	n, err := holdEntry(v.Tx, id, hold)
	if err != nil {
		return "", err
	}
	e, err := v.Entry(n)
	return e.Actor, err
}

// Review moves an item's review on. Whoever took it in does not review it.
func Review(tx *record.Tx, id, to, note string) (record.Entry, error) {
	i, err := Head(tx.View, id)
	if err != nil {
		return record.Entry{}, err
	}
	if !slices.Contains(States(), to) || to == Unreviewed {
		return record.Entry{}, fault.Invalid("state", "%q is not a state of review: %s", to, strings.Join(States()[1:], ", "))
	}
	if i.By == tx.By.Person && to != InReview {
		return record.Entry{}, fault.Denied("whoever took %s in does not review it", id)
	}
	if to == Returned {
		if note, err = said("note", note, "what is to be done first"); err != nil {
			return record.Entry{}, err
		}
	}
	if err := short("note", note); err != nil {
		return record.Entry{}, err
	}
	d := record.Draft{Kind: "evidence.reviewed", Open: reviewOpen{id, to}}
	if note != "" {
		d.Sealed = Reason{Reason: note}
	}
	return on(tx, id, d)
}

// Copied records that bytes of an item were put somewhere else: a replica, a
// medium, an export. Where is sealed.
func Copied(tx *record.Tx, id, where, why string) (record.Entry, error) {
	where, err := said("where", where, "where the copy of "+id+" goes")
	if err != nil {
		return record.Entry{}, err
	}
	return on(tx, id, record.Draft{Kind: "evidence.copied", Open: aboutItem{id}, Sealed: Reason{Reason: why, Authority: where}})
}

// Told is an entry about an item, in words.
type Told struct {
	Reason, Authority string
	Other             string // a copy that was made, or what the item was linked to
	Detail            string // a state, a way, an id
}

// Tell reads what an entry says about an item. Of an entry that is sealed for
// another subject only the open part is looked at.
func Tell(v *record.View, id string, e record.Entry) (t Told, err error) {
	switch e.Kind {
	case "evidence.taken":
		var x takenOpen
		if err := e.Decode(&x); err != nil {
			return t, err
		}
		if x.ID != id {
			t.Other = x.ID
		}
		t.Detail = x.How
	case "evidence.linked", "evidence.unlinked":
		var x linkOpen
		err = e.Decode(&x)
		t.Other, t.Detail = x.To, x.Kind
	case "evidence.described":
		var x describedOpen
		err = e.Decode(&x)
		if t.Other = x.By; x.By == id { // in the custody of the export
			t.Other = x.Item
		}
	case "evidence.permitted", "evidence.held", "evidence.released":
		var x underOpen
		err = e.Decode(&x)
		t.Detail = x.ID
	case "evidence.reviewed":
		var x reviewOpen
		err = e.Decode(&x)
		t.Detail = x.State
	case "evidence.marked":
		t.Detail = e.Marking
	}
	if err != nil || !e.HasSealed() || e.Key != id {
		return t, err
	}
	switch e.Kind {
	case "evidence.opened":
		var p Purpose
		err = v.Unseal(e.Index, &p)
		t.Reason, t.Other = p.Purpose, p.For
	case "evidence.marked", "evidence.held", "evidence.released", "evidence.reviewed", "evidence.copied", "evidence.damaged", "evidence.restored":
		var r Reason
		err = v.Unseal(e.Index, &r)
		t.Reason, t.Authority = r.Reason, r.Authority
	}
	if fault.KindOf(err) == fault.KindNotFound { // erased
		err = nil
	}
	return t, err
}
