// Package signin lets people in: with a passkey, through an OpenID provider, or
// once with a link that an administrator made; and programs with an API token
// that is bound to a person.
//
// Sessions, links and tokens are random 256-bit secrets. The record holds their
// SHA-256 and nothing else of them, and who compares does so in constant time.
// That somebody signed in or out, made or revoked a token, added or removed a
// passkey, or failed repeatedly are entries like any other, so a rebuild
// restores who may come in. What is not history is working state: when a
// session was last used, ceremonies under way, failures being counted.
//
// Nobody is made a person by signing in: an OpenID provider vouches for the
// e-mail address of somebody who was entered before. A device may be named in
// the entry of a sign-in, sealed for the person; network addresses are used to
// slow down guessing, under a blind name, and never recorded.
//
//	door, err := signin.New(rec, people, signin.Options{Origins: []string{"https://heed.example"}})
//	secret, err := door.NewLink(tx, "P-1", time.Hour)
//	in, err := door.UseLink(ctx, secret, signin.Client{Address: addr, Device: "Firefox"})
//	s, err := door.Session(ctx, in.Token) // with every request
//
// A passkey also signs: [Door.BeginSignature] asks it to sign the digest of a
// decision, and [VerifySignature] checks that signature with nothing but the
// public key that the record holds, years later.
//
// The package trusts the record, its keys and clock, the operating system's
// random numbers, and what the provider says it has verified.
package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
)

// Module returns the tables and kinds of this package.
func Module() record.Module {
	return record.Module{Name: "signin", Schema: schema, State: state,
		Tables: []string{"signin_link", "signin_session", "signin_token", "signin_passkey", "signin_login"},
		Kinds: []record.Kind{
			{Name: "party.link-made", Apply: reading(applyLink)},
			{Name: "party.signed-in", Apply: reading(applySignedIn)},
			{Name: "party.signed-out", Apply: reading(applySignedOut)},
			{Name: "party.sign-in-failed", Apply: record.None},
			{Name: "party.token-made", Apply: reading(applyToken)},
			{Name: "party.token-revoked", Apply: reading(applyRevoked)},
			{Name: "party.passkey-added", Apply: reading(applyPasskey)},
			{Name: "party.passkey-removed", Apply: reading(applyPasskeyRemoved)},
			{Name: "party.login-linked", Apply: reading(applyLogin)},
		}}
}

// Options say how people come in. The zero value admits by link and token.
type Options struct {
	// Origins are the addresses under which the node is reached, such as
	// "https://heed.example". The host of the first is the one that passkeys
	// are bound to. None, or a number in place of its name: no passkeys.
	Origins []string
	// Name is what an authenticator shows; "" is "Heed".
	Name string
	// Absolute and Idle end a session; zero is 12 hours and one hour.
	Absolute, Idle time.Duration
	// OpenID is the provider through which people may sign in, if any.
	OpenID *Provider
}

// A Door is where people are admitted. It is safe for concurrent use.
type Door struct {
	rec    *record.Record
	people *party.Party
	o      Options
	keys   *webauthn.WebAuthn // nil: no passkeys
	openID *openID            // nil: no provider
}

// New returns the door of a record that was opened with [Module] and
// party.Module.
func New(rec *record.Record, people *party.Party, o Options) (*Door, error) {
	d := &Door{rec: rec, people: people, o: o}
	var err error
	if d.o.Name == "" {
		d.o.Name = "Heed"
	}
	if d.o.Absolute == 0 {
		d.o.Absolute = 12 * time.Hour
	}
	if d.o.Idle == 0 {
		d.o.Idle = time.Hour
	}
	d.o.Origins = slices.Clone(o.Origins)
	for i, origin := range o.Origins {
		d.o.Origins[i] = strings.TrimRight(origin, "/")
		u, err := url.Parse(d.o.Origins[i])
		if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" {
			return nil, fault.Invalid("origin", "%q is not an address such as https://heed.example", origin)
		}
		if i > 0 || net.ParseIP(u.Hostname()) != nil {
			continue
		}
		if d.keys, err = relyingParty(u.Hostname(), d.o); err != nil {
			return nil, err
		}
	}
	if o.OpenID != nil {
		d.openID, err = newOpenID(*o.OpenID)
	}
	return d, err
}

// Means returns the ways to come in: "link", "passkey", "openid".
func (d *Door) Means() []string {
	out := []string{"link"}
	if d.keys != nil {
		out = append(out, "passkey")
	}
	if d.openID != nil {
		out = append(out, "openid")
	}
	return out
}

// A Client is where a sign-in comes from.
type Client struct {
	Address string // of the network; slows down guessing, is never recorded
	Device  string // as it names itself; sealed for the person
}

// newSecret makes a secret, and the digest by which it is known.
func newSecret() (text string, hash []byte) {
	b := make([]byte, 32)
	rand.Read(b)
	text = base64.RawURLEncoding.EncodeToString(b)
	return text, digest(text)
}

func digest(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// handle is the public name of a secret: part of its digest.
func handle(hash []byte) string { return hex.EncodeToString(hash[:8]) }

// fits compares a secret with the digest that is kept.
func fits(hash []byte, secret string) bool {
	return subtle.ConstantTimeCompare(hash, digest(secret)) == 1
}

// The limit of failures: so many from one place in one stretch of time.
const (
	maxFailures   = 10
	failureWindow = 15 * time.Minute
)

// failedOpen is the open part of party.sign-in-failed.
type failedOpen struct {
	Means string    `json:"means"`
	Times int64     `json:"times"`
	Since time.Time `json:"since"`
}

// attempt runs one try to come in. A place from which too many failed waits;
// that it came to this is an entry.
func (d *Door) attempt(ctx context.Context, means string, c Client, try func() error) error {
	source := d.rec.Keys().Blind("sign-in", means+" "+c.Address)
	err := d.rec.View(ctx, func(v *record.View) error {
		a, err := attemptsOf(v.Tx, source)
		if err == nil && a.n >= maxFailures && a.since.Add(failureWindow).After(v.Now) {
			return fault.WithHint(fault.Denied("too many tries failed from here"), "try again after "+a.since.Add(failureWindow).Format("15:04")+" UTC")
		}
		return err
	})
	if err != nil {
		return err
	}
	failed := try()
	if failed == nil {
		return nil // the count stays: one success must not pay for many guesses
	}
	if fault.KindOf(failed) != fault.KindDenied { // what is only late or broken is no guess
		return failed
	}
	var a attempts
	err = d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		var err error
		a, err = keepAttempt(tx, source, failureWindow)
		return err
	})
	if err == nil && a.n == maxFailures {
		err = d.rec.Do(ctx, record.By{}, func(tx *record.Tx) error {
			_, err := tx.Append(record.Draft{Kind: "party.sign-in-failed", Subjects: []string{"sign-in"}, Open: failedOpen{means, a.n, a.since}})
			return err
		})
	}
	if err != nil {
		return err
	}
	return failed
}

// ceremonyTime is how long a sign-in may take from its beginning to its end.
const ceremonyTime = 10 * time.Minute

// begin keeps what a ceremony needs to end and returns its name.
func (d *Door) begin(ctx context.Context, what string, data any) (name string, err error) {
	plain, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	name, hash := newSecret()
	sealed := d.rec.Keys().Seal("ceremony "+what+" "+name, plain)
	return name, d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		return keepCeremony(tx, hex.EncodeToString(hash), sealed, tx.Now.Add(ceremonyTime))
	})
}

// end returns what a ceremony kept. It ends once.
func (d *Door) end(ctx context.Context, what, name string, data any) error {
	var sealed []byte
	err := d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		var err error
		sealed, err = keepNoCeremony(tx, hex.EncodeToString(digest(name)))
		return err
	})
	if err != nil {
		return err
	}
	plain, err := d.rec.Keys().Unseal("ceremony "+what+" "+name, sealed)
	if err != nil {
		return fault.Denied("this sign-in was begun for something else")
	}
	return json.Unmarshal(plain, data)
}
