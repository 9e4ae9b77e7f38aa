package heed

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/record"
)

// Settings are the reader's own and, for who may see it, the node's.
type Settings struct {
	Lang      string
	TimeZone  string
	Passkeys  []Passkey // in force
	Tokens    []Token   // neither revoked nor expired
	Sessions  []Stay    // open now
	FeedSince time.Time // when the reader's feed address was made; zero: there is none
	Witnesses []Witness // for whoever takes part
	Node      NodeInfo  // zero unless ShowNode
	ShowNode  bool
	MayManage bool // change the node's witnesses
}

// A Passkey is a key that the reader signs in and signs with.
type Passkey struct {
	ID, Name    string
	Added, Used time.Time // Used is when somebody last signed in, zero if unknown
}

// A Token lets a program act as the reader.
type Token struct {
	ID, Name           string
	Scopes             []string
	Added, Used, Until time.Time
}

// A Stay is an open session.
type Stay struct {
	ID, Means, Device string
	From, Seen, Until time.Time
}

// NodeInfo is what runs here.
type NodeInfo struct {
	Agency     string    `json:"agency"`
	Origin     string    `json:"origin"`
	Key        string    `json:"key"`      // verifier key of the log
	Witness    string    `json:"witness"`  // verifier key of this node's cosignatures
	Version    string    `json:"version"`  //
	Database   string    `json:"database"` // SQLite, PostgreSQL
	Entries    int64     `json:"entries"`
	Erased     int64     `json:"erased"` // how often something was erased
	Founded    time.Time `json:"founded"`
	Checkpoint time.Time `json:"checkpoint"` // of the latest entry
	Exercise   bool      `json:"exercise"`
}

// Settings returns what the reader has set, and how the node is set up if they
// may see that.
func (h *Heed) Settings(ctx context.Context, who Who) (out Settings, err error) {
	err = h.see(ctx, who, func(l *look) error {
		p, err := party.GetPerson(l.View, who.Person)
		if err != nil {
			return l.unknown(err)
		}
		if err := l.need(access.SignInManage, l.person(p)); err != nil {
			return err
		}
		out = Settings{Lang: first(p.Languages), TimeZone: p.TimeZone, MayManage: l.may(access.WitnessManage, l.node())}
		if err := l.ownKeys(&out); err != nil {
			return err
		}
		if out.FeedSince, err = feedSince(l.Tx, p.ID); err != nil {
			return err
		}
		if out.Witnesses, err = witnesses(l.Tx); err != nil {
			return err
		}
		if out.ShowNode = l.may(access.SettingsRead, l.node()); out.ShowNode {
			out.Node, err = l.nodeInfo()
		}
		return err
	})
	return out, err
}

// ownKeys fills in with what the reader can come in.
func (l *look) ownKeys(out *Settings) error {
	keys, err := signin.Passkeys(l.View, l.principal.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Ended.IsZero() {
			out.Passkeys = append(out.Passkeys, Passkey{ID: k.ID, Name: k.Label, Added: k.From})
		}
	}
	tokens, err := signin.Tokens(l.View, l.principal.ID)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.Ended.IsZero() && l.now.Before(t.Until) {
			out.Tokens = append(out.Tokens, Token{t.ID, t.Label, t.Scopes, t.From, t.Seen, t.Until})
		}
	}
	stays, err := l.h.door.Sessions(l.View, l.principal.ID)
	for _, s := range stays {
		out.Sessions = append(out.Sessions, Stay{s.ID, s.Means, s.Device, s.From, s.Seen, s.Until})
	}
	return err
}

func (l *look) nodeInfo() (NodeInfo, error) {
	n := NodeInfo{Origin: l.h.Origin(), Key: l.h.LogKey(), Version: version(), Database: "SQLite", Exercise: l.h.Exercise()}
	if l.h.rec.DB().Postgres() {
		n.Database = "PostgreSQL"
	}
	a, err := party.GetAgency(l.View, home)
	if err != nil {
		return n, err
	}
	n.Agency = a.Name
	if n.Witness, err = l.h.WitnessKey(); err != nil {
		return n, err
	}
	if n.Entries, err = l.Size(); err != nil {
		return n, err
	}
	for i, at := range map[int64]*time.Time{0: &n.Founded, n.Entries - 1: &n.Checkpoint} {
		e, err := l.Entry(i)
		if err != nil {
			return n, err
		}
		*at = e.Time
	}
	all, err := l.History("node")
	for _, e := range all {
		if e.Kind == "record.erased" {
			n.Erased++
		}
	}
	return n, err
}

// Info returns what runs here, for who may see it.
func (h *Heed) Info(ctx context.Context, who Who) (n NodeInfo, err error) {
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.SettingsRead, l.node()); err != nil {
			return err
		}
		n, err = l.nodeInfo()
		return err
	})
	return n, err
}

// version is the one that the build was made from.
func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}

// SetLang makes a language the one that a person reads in: en, fr, ar.
func (h *Heed) SetLang(ctx context.Context, who Who, lang string) error {
	return h.onOwn(ctx, who, who.Person, func(a *act, p party.Person) error {
		if first(p.Languages) == lang {
			return nil
		}
		others := slices.DeleteFunc(slices.Clone(p.Languages), func(s string) bool { return s == lang })
		_, err := h.desk.ChangePerson(a.tx, p.ID, party.PersonInput{Name: p.Name, Email: p.Email, Agency: p.Agency,
			Languages: append([]string{lang}, others...), TimeZone: p.TimeZone})
		return err
	})
}

// NewToken makes a token with which a program acts as the person, as far as
// the scopes go: "read", "write". The secret is shown once. Until zero is 90
// days from now.
func (h *Heed) NewToken(ctx context.Context, who Who, name string, scopes []string, until time.Time) (secret string, err error) {
	err = h.onOwn(ctx, who, who.Person, func(a *act, p party.Person) error {
		secret, _, err = signin.NewToken(a.tx, signin.TokenInput{Person: p.ID, Label: name, Scopes: scopes, Until: until})
		return err
	})
	return secret, err
}

// RevokeToken ends a token at once: one's own, or anybody's as an
// administrator.
func (h *Heed) RevokeToken(ctx context.Context, who Who, id string) error {
	return h.do(ctx, who, func(a *act) error {
		t, err := signin.GetToken(a.View, id)
		if err != nil {
			return a.unknown(err)
		}
		return a.ownThing(t.Person, fault.NotFound("there is no token %q", id), func() error { return signin.RevokeToken(a.tx, id) })
	})
}

// EndSession ends a session by its public id.
func (h *Heed) EndSession(ctx context.Context, who Who, id string) error {
	return h.do(ctx, who, func(a *act) error {
		person, err := signin.OwnerOfSession(a.View, id)
		if err != nil {
			return a.unknown(err)
		}
		return a.ownThing(person, fault.NotFound("there is no session %q", id), func() error { return signin.SignOut(a.tx, id) })
	})
}

// NewFeed makes the secret under which programs that cannot sign in read what
// is served on a person: a news reader, a calendar. It ends the one before.
func (h *Heed) NewFeed(ctx context.Context, who Who) (secret string, err error) {
	err = h.see(ctx, who, func(l *look) error {
		p, err := party.GetPerson(l.View, who.Person)
		if err != nil {
			return l.unknown(err)
		}
		return l.need(access.SignInManage, l.person(p))
	})
	if err != nil {
		return "", err
	}
	b := make([]byte, 32)
	rand.Read(b)
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, h.rec.DB().Update(ctx, func(tx *db.Tx) error { return putFeed(tx, feedHash(secret), who.Person) })
}

// ByFeed returns the person whose feed a secret opens. They may read their
// feed, and nothing else by it.
func (h *Heed) ByFeed(ctx context.Context, secret string) (who Who, err error) {
	err = h.rec.View(ctx, func(v *record.View) error {
		person, err := feedOf(v.Tx, feedHash(secret))
		if fault.KindOf(err) == fault.KindNotFound {
			return fault.NotFound("there is no such feed")
		}
		who = Who{Person: person, Via: "feed", Token: true, Scopes: []string{"read"}}
		l, err := h.look(ctx, who, v, h.Now())
		if err != nil {
			return err
		}
		r := l.node()
		r.Type, r.ID, r.Owner = "feed", person, person
		return l.need(access.FeedRead, r)
	})
	if err != nil {
		return Nobody, err
	}
	return who, nil
}

func feedHash(secret string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(secret)))
	return hex.EncodeToString(sum[:])
}

// TickAs has the clock looked at now by somebody who may have it looked at.
func (h *Heed) TickAs(ctx context.Context, who Who) (out Ticked, err error) {
	if err := h.see(ctx, who, func(l *look) error { return l.need(access.SystemTick, l.node()) }); err != nil {
		return out, err
	}
	return h.Tick(ctx, who.At)
}
