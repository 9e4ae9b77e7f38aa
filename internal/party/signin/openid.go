package signin

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"golang.org/x/oauth2"
)

// A Provider is an OpenID provider at which this node is registered as a
// client: the authorization code flow with PKCE.
type Provider struct {
	Name         string // as the page calls it: "the ministry's account"
	Issuer       string // https://login.example
	ClientID     string
	ClientSecret string
	Redirect     string // https://heed.example/sign-in/openid
}

// String and GoString keep the client's secret out of every print.
func (p Provider) String() string   { return "OpenID at " + p.Issuer }
func (p Provider) GoString() string { return p.String() }

// openID talks to the provider, which is looked up when it is first needed: it
// may start after us.
type openID struct {
	p      Provider
	client *http.Client
	mu     sync.Mutex
	found  *oidc.Provider
}

func newOpenID(p Provider) (*openID, error) {
	for field, address := range map[string]string{"issuer": p.Issuer, "redirect": p.Redirect} {
		u, err := url.Parse(address)
		local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
		if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local) {
			return nil, fault.Invalid(field, "%q is not an https address", address)
		}
	}
	if p.ClientID == "" {
		return nil, fault.Invalid("client_id", "the provider knows this node by a client id, and none is given")
	}
	return &openID{p: p, client: &http.Client{Timeout: 10 * time.Second}}, nil
}

// provider returns the provider as it describes itself.
func (o *openID) provider(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.found == nil {
		// what is found outlives the request that needed it first
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.p.Issuer)
		if err != nil {
			return nil, fmt.Errorf("reach the OpenID provider %s: %w", o.p.Issuer, err)
		}
		o.found = p
	}
	return o.found, nil
}

func (o *openID) config(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: o.p.ClientID, ClientSecret: o.p.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: o.p.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// going is what the way to the provider and back keeps.
type going struct{ State, Nonce, Verifier string }

// BeginOpenID begins a sign-in at the provider. The browser is sent to address;
// name goes with it in a cookie, and must come back with it, so that nobody can
// be signed in by another's link.
func (d *Door) BeginOpenID(ctx context.Context) (name, address string, err error) {
	if d.openID == nil {
		return "", "", fault.Denied("this node has no OpenID provider")
	}
	p, err := d.openID.provider(ctx)
	if err != nil {
		return "", "", err
	}
	state, _ := newSecret()
	nonce, _ := newSecret()
	g := going{state, nonce, oauth2.GenerateVerifier()}
	if name, err = d.begin(ctx, "openid", g); err != nil {
		return "", "", err
	}
	return name, d.openID.config(p).AuthCodeURL(g.State, oidc.Nonce(g.Nonce), oauth2.S256ChallengeOption(g.Verifier)), nil
}

// FinishOpenID ends it with the name from the cookie and the state and code
// with which the provider sent the browser back. It admits the person who came
// this way before, or else the one whose e-mail address the provider has
// verified; it makes nobody a person.
func (d *Door) FinishOpenID(ctx context.Context, name, state, code string, c Client) (in Admission, err error) {
	if d.openID == nil {
		return in, fault.Denied("this node has no OpenID provider")
	}
	err = d.attempt(ctx, "openid", c, func() error {
		var g going
		if err := d.end(ctx, "openid", name, &g); err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(g.State), []byte(state)) != 1 {
			return fault.Denied("this sign-in was begun elsewhere")
		}
		who, err := d.openID.vouched(ctx, g, code)
		if err != nil {
			return err
		}
		login := d.rec.Keys().Blind("party login", who.issuer+" "+who.subject)
		var person string
		var known bool
		err = d.rec.View(ctx, func(v *record.View) (err error) { person, known, err = d.match(v, login, who); return err })
		if err != nil {
			return err
		}
		return d.rec.Do(ctx, record.By{Person: person}, func(tx *record.Tx) error {
			now, linked, err := d.match(tx.View, login, who)
			if err == nil && (now != person || linked != known) {
				err = fault.Stale("somebody changed this while you signed in: begin again")
			}
			if err != nil {
				return err
			}
			if !known {
				_, err := tx.Append(record.Draft{Kind: "party.login-linked", Subjects: []string{person}, Open: loginOpen{person, login}})
				if err != nil {
					return err
				}
			}
			in, err = d.admit(tx, person, "openid", "", c)
			return err
		})
	})
	return in, err
}

// loginOpen is the open part of party.login-linked. The login is a blind name
// of the issuer and its name for the person.
type loginOpen struct {
	Person string `json:"person"`
	Login  string `json:"login"`
}

// match finds the person whose login at the provider this is.
func (d *Door) match(v *record.View, login string, who vouched) (person string, known bool, err error) {
	if person, err = loginPerson(v, login); err != nil || person != "" {
		if err == nil {
			err = active(v, person)
		}
		return person, true, err
	}
	if who.mail == "" {
		return "", false, fault.WithHint(fault.Denied("the provider has not verified an e-mail address for this account"), "ask an administrator for a sign-in link")
	}
	var p party.Person
	p, err = d.people.FindByMail(v, who.mail)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.WithHint(fault.Denied("nobody here has the e-mail address of this account"), "an administrator must enter you first")
	}
	return p.ID, false, err
}

// vouched is what the provider says of who came.
type vouched struct {
	issuer, subject string
	mail            string // "" unless verified
}

// vouched redeems a code and checks what comes for it.
func (o *openID) vouched(ctx context.Context, g going, code string) (who vouched, err error) {
	p, err := o.provider(ctx)
	if err != nil {
		return who, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.config(p).Exchange(ctx, code, oauth2.VerifierOption(g.Verifier))
	if err != nil {
		return who, fault.Denied("the provider does not honour this sign-in")
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return who, fault.Denied("the provider says nothing of who signed in")
	}
	id, err := p.VerifierContext(ctx, &oidc.Config{ClientID: o.p.ClientID, Now: db.Now}).Verify(ctx, raw)
	if err != nil {
		return who, fault.WithHint(fault.Denied("what the provider says cannot be verified"), err.Error())
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(g.Nonce)) != 1 {
		return who, fault.Denied("what the provider says is about another sign-in")
	}
	who = vouched{issuer: id.Issuer, subject: id.Subject}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return who, fmt.Errorf("ask the OpenID provider for the e-mail address: %w", err)
	}
	if info.Subject != id.Subject {
		return who, fault.Denied("the provider speaks of two people")
	}
	if info.EmailVerified {
		who.mail = info.Email
	}
	return who, nil
}
