package signin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
)

// linkOpen is the open part of party.link-made.
type linkOpen struct {
	Person string    `json:"person"`
	Hash   []byte    `json:"hash"`
	Until  time.Time `json:"until"`
}

type link struct {
	hash   []byte
	person string
	from   time.Time
	until  time.Time
	used   bool
}

// maxLink is how long a link may wait.
const maxLink = 7 * 24 * time.Hour

// NewLink makes a secret with which a person can sign in once, before it
// expires. It is given to nobody but that person.
func (d *Door) NewLink(tx *record.Tx, person string, valid time.Duration) (secret string, err error) {
	if valid <= 0 || valid > maxLink {
		return "", fault.Invalid("valid", "a link is valid for up to %s, not %s", maxLink, valid)
	}
	if err := active(tx.View, person); err != nil {
		return "", err
	}
	secret, hash := newSecret()
	_, err = tx.Append(record.Draft{Kind: "party.link-made", Subjects: []string{person}, Open: linkOpen{person, hash, tx.Now.Add(valid)}})
	return secret, err
}

// active returns an error unless a person is there and may come in.
func active(v *record.View, person string) error {
	p, err := party.Standing(v, person)
	if err == nil && !p.Active {
		err = fault.Denied("%s is deactivated", person)
	}
	return err
}

// A Session is a stay of somebody who has signed in.
type Session struct {
	ID     string    `json:"id"` // public: part of the token's digest
	Person string    `json:"person"`
	Means  string    `json:"means"` // "link", "passkey", "openid"
	Device string    `json:"device,omitempty"`
	From   time.Time `json:"from"`
	Seen   time.Time `json:"seen"`
	Until  time.Time `json:"until"`

	hash  []byte
	ended bool
	said  int64
}

// An Admission is a new session with the token that proves it. The token is
// nowhere else.
type Admission struct {
	Session
	Token string `json:"-"`
}

// signedInOpen and deviceSealed are the parts of party.signed-in.
type signedInOpen struct {
	Person string    `json:"person"`
	Means  string    `json:"means"`
	Hash   []byte    `json:"hash"`
	Until  time.Time `json:"until"`
	Link   string    `json:"link,omitempty"` // the link that was used up
}

type deviceSealed struct {
	Device string `json:"device"`
}

// UseLink signs in with a link, which is used up.
func (d *Door) UseLink(ctx context.Context, secret string, c Client) (in Admission, err error) {
	err = d.attempt(ctx, "link", c, func() error {
		id := handle(digest(secret))
		usable := func(v *record.View) (link, error) {
			l, err := linkRow(v, id)
			if fault.KindOf(err) == fault.KindNotFound || err == nil && !fits(l.hash, secret) {
				return l, fault.Denied("this link is not one of ours")
			}
			if err == nil && l.used {
				err = fault.Late("this link was used before")
			}
			if err == nil && !v.Now.Before(l.until) {
				err = fault.Late("this link has expired")
			}
			if err == nil && !since(v, l.person, l.from) {
				err = fault.Denied("this link was withdrawn")
			}
			return l, err
		}
		var l link
		err := d.rec.View(ctx, func(v *record.View) (err error) { l, err = usable(v); return err })
		if err != nil {
			return err
		}
		return d.rec.Do(ctx, record.By{Person: l.person}, func(tx *record.Tx) error {
			if _, err := usable(tx.View); err != nil { // somebody was quicker
				return err
			}
			in, err = d.admit(tx, l.person, "link", id, c)
			return err
		})
	})
	return in, err
}

// since says whether what was given to a person at a time still counts: they
// are active, and were not sent away after it.
func since(v *record.View, person string, from time.Time) bool {
	p, err := party.Standing(v, person)
	return err == nil && p.Active && (p.Left.IsZero() || from.After(p.Left))
}

// admit begins a session.
func (d *Door) admit(tx *record.Tx, person, means, link string, c Client) (in Admission, err error) {
	if err := active(tx.View, person); err != nil {
		return in, err
	}
	token, hash := newSecret()
	draft := record.Draft{Kind: "party.signed-in", Subjects: []string{person}, Open: signedInOpen{person, means, hash, tx.Now.Add(d.o.Absolute), link}}
	device := strings.ToValidUTF8(c.Device[:min(len(c.Device), 200)], "")
	if device != "" {
		draft.Sealed = deviceSealed{device}
	}
	e, err := tx.Append(draft)
	s := Session{ID: handle(hash), Person: person, Means: means, Device: device, From: tx.Now, Seen: tx.Now, Until: tx.Now.Add(d.o.Absolute), hash: hash, said: e.Index}
	return Admission{s, token}, err
}

// seenStep is how finely it is known when a session or token was last used.
const seenStep = time.Minute

// Session returns the session that a token proves, or a fault of kind Denied.
// It notes that the session is in use.
func (d *Door) Session(ctx context.Context, token string) (s Session, err error) {
	var now time.Time
	err = d.rec.View(ctx, func(v *record.View) error {
		now = v.Now
		s, err = sessionRow(v, handle(digest(token)))
		if fault.KindOf(err) == fault.KindNotFound || err == nil && (!fits(s.hash, token) || !d.lives(v, s)) {
			return fault.Denied("you are signed out")
		}
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return s, d.seen(ctx, s.ID, s.Seen, now)
}

// lives says whether a session has not ended in any of the ways it can.
func (d *Door) lives(v *record.View, s Session) bool {
	return !s.ended && v.Now.Before(s.Until) && v.Now.Sub(s.Seen) < d.o.Idle && since(v, s.Person, s.From)
}

func (d *Door) seen(ctx context.Context, id string, last, now time.Time) error {
	if now.Sub(last) < seenStep {
		return nil
	}
	return d.rec.DB().Update(ctx, func(tx *db.Tx) error { return keepMark(tx, id, now.UnixMicro()) })
}

// Sessions returns the sessions of a person that have not ended, the latest
// first.
func (d *Door) Sessions(v *record.View, person string) ([]Session, error) {
	all, err := sessionRows(v, person)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s Session) bool { return !d.lives(v, s) })
	for i := range all {
		var s deviceSealed
		if err := maybe(v.Unseal(all[i].said, &s)); err != nil {
			return nil, err
		}
		all[i].Device = s.Device
	}
	return all, nil
}

// signedOutOpen is the open part of party.signed-out.
type signedOutOpen struct {
	Person  string `json:"person"`
	Session string `json:"session"`
}

// SignOut ends a session, one's own or another's.
func SignOut(tx *record.Tx, session string) error {
	s, err := sessionRow(tx.View, session)
	if fault.KindOf(err) == fault.KindNotFound || err == nil && s.ended {
		return fault.NotFound("there is no open session %q", session)
	}
	if err != nil {
		return err
	}
	_, err = tx.Append(record.Draft{Kind: "party.signed-out", Subjects: []string{s.Person}, Open: signedOutOpen{s.Person, s.ID}})
	return err
}

// SignOutAll ends every session of a person and returns how many there were.
func (d *Door) SignOutAll(tx *record.Tx, person string) (int, error) {
	all, err := d.Sessions(tx.View, person)
	for _, s := range all {
		if err == nil {
			err = SignOut(tx, s.ID)
		}
	}
	return len(all), err
}

// OwnerOfSession returns whose session an id names.
func OwnerOfSession(v *record.View, session string) (string, error) {
	s, err := sessionRow(v, session)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("there is no session %q", session)
	}
	return s.Person, err
}
