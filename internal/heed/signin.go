package heed

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/record"
)

// Client is where a sign-in comes from.
type Client = signin.Client

// A Session is what a person holds who has signed in. The token is nowhere
// else.
type Session struct {
	Token  string
	Person string
	Until  time.Time
	First  bool // the person was never here before
}

// atTheDoor decides whether anybody may try to come in.
func (h *Heed) atTheDoor(ctx context.Context) error {
	return h.access.Check(ctx, access.Principal{Kind: access.Anonymous}, access.PublicRead,
		access.Resource{Type: "node", ID: "node", Exercise: h.Exercise()}, "")
}

// admitted makes a session of what the door gave.
func (h *Heed) admitted(ctx context.Context, in signin.Admission, err error) (Session, error) {
	if err != nil {
		return Session{}, err
	}
	out := Session{Token: in.Token, Person: in.Person, Until: in.Until}
	err = h.rec.View(ctx, func(v *record.View) error {
		all, err := v.Entries(record.Search{Subject: in.Person, Limit: 100})
		times := 0
		for _, e := range all {
			if e.Kind == "party.signed-in" {
				times++
			}
		}
		out.First = times == 1 && len(all) < 100
		return err
	})
	return out, err
}

// Session returns the person whose session a cookie's token proves.
func (h *Heed) Session(ctx context.Context, token string) (who Who, session string, err error) {
	if err := h.atTheDoor(ctx); err != nil {
		return Nobody, "", err
	}
	s, err := h.door.Session(ctx, token)
	if err != nil {
		return Nobody, "", err
	}
	return Who{Person: s.Person, Via: "web"}, s.ID, nil
}

// ByToken returns the person in whose name an API token acts, with its scopes,
// and the token's id.
func (h *Heed) ByToken(ctx context.Context, secret string, c Client) (who Who, id string, err error) {
	if err := h.atTheDoor(ctx); err != nil {
		return Nobody, "", err
	}
	t, err := h.door.Token(ctx, secret, c)
	if err != nil {
		return Nobody, "", err
	}
	return Who{Person: t.Person, Via: "api", Token: true, Scopes: t.Scopes}, t.ID, nil
}

// SignInLink signs in with a one-time link.
func (h *Heed) SignInLink(ctx context.Context, code string, c Client) (Session, error) {
	if err := h.atTheDoor(ctx); err != nil {
		return Session{}, err
	}
	in, err := h.door.UseLink(ctx, code, c)
	return h.admitted(ctx, in, err)
}

// PasskeyBegin begins a sign-in with a passkey. It returns what the browser
// asks the device, and the state with which it ends.
func (h *Heed) PasskeyBegin(ctx context.Context) (challengeJSON []byte, state string, err error) {
	if err := h.atTheDoor(ctx); err != nil {
		return nil, "", err
	}
	state, challengeJSON, err = h.door.BeginSignIn(ctx)
	return challengeJSON, state, err
}

// PasskeyFinish ends it with the device's answer.
func (h *Heed) PasskeyFinish(ctx context.Context, state string, responseJSON []byte, c Client) (Session, error) {
	if err := h.atTheDoor(ctx); err != nil {
		return Session{}, err
	}
	in, err := h.door.FinishSignIn(ctx, state, responseJSON, c)
	return h.admitted(ctx, in, err)
}

// SignInMeans are the ways to come in: "link", "passkey", "openid".
func (h *Heed) SignInMeans() []string { return h.door.Means() }

// OIDC returns the providers through which people may sign in.
func (h *Heed) OIDC(ctx context.Context) []Ref {
	if h.atTheDoor(ctx) != nil || !slices.Contains(h.door.Means(), "openid") {
		return nil
	}
	return []Ref{{ID: "openid", Name: h.parts.SignIn.OpenID.Name}}
}

// OIDCBegin begins a sign-in at the provider, to whose address the browser is
// sent. The cookie stays with the browser and must come back with the answer.
func (h *Heed) OIDCBegin(ctx context.Context) (url, cookie string, err error) {
	if err := h.atTheDoor(ctx); err != nil {
		return "", "", err
	}
	cookie, url, err = h.door.BeginOpenID(ctx)
	return url, cookie, err
}

// OIDCFinish ends it with the cookie and with the state and code that the
// provider gave.
func (h *Heed) OIDCFinish(ctx context.Context, cookie, state, code string, c Client) (Session, error) {
	if err := h.atTheDoor(ctx); err != nil {
		return Session{}, err
	}
	in, err := h.door.FinishOpenID(ctx, cookie, state, code, c)
	return h.admitted(ctx, in, err)
}

// SignOut ends the session that a token proves. One that has ended already is
// no error.
func (h *Heed) SignOut(ctx context.Context, token string) error {
	who, id, err := h.Session(ctx, token)
	if fault.KindOf(err) == fault.KindDenied {
		return nil
	}
	if err != nil {
		return err
	}
	return h.onOwn(ctx, who, who.Person, func(a *act, _ party.Person) error { return signin.SignOut(a.tx, id) })
}

// onOwn acts on how somebody signs in: one's own, or as an administrator.
func (h *Heed) onOwn(ctx context.Context, who Who, person string, f func(*act, party.Person) error) error {
	return h.do(ctx, who, func(a *act) error {
		p, err := party.GetPerson(a.View, person)
		if err != nil {
			return a.unknown(err)
		}
		if err := a.need(access.SignInManage, a.person(p)); err != nil {
			return err
		}
		return f(a, p)
	})
}

// unknown lets a reader learn that something is not there only after a
// decision whether they take part at all.
func (l *look) unknown(err error) error {
	if fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	if denied := l.need(access.ProtocolRead, l.node()); denied != nil {
		return denied
	}
	return err
}

// SignOutAll ends every session of a person and returns how many there were.
func (h *Heed) SignOutAll(ctx context.Context, who Who, person string) (n int, err error) {
	err = h.onOwn(ctx, who, person, func(a *act, p party.Person) error {
		n, err = h.door.SignOutAll(a.tx, p.ID)
		return err
	})
	return n, err
}

// PasskeyAddBegin begins to add a passkey of one's own, under a name to know it
// by.
func (h *Heed) PasskeyAddBegin(ctx context.Context, who Who, name string) (creationJSON []byte, state string, err error) {
	if strings.TrimSpace(name) == "" {
		return nil, "", fault.Invalid("name", "name the passkey, so that you know it again")
	}
	err = h.see(ctx, who, func(l *look) error {
		p, err := party.GetPerson(l.View, who.Person)
		if err != nil {
			return l.unknown(err)
		}
		return l.need(access.SignInManage, l.person(p))
	})
	if err != nil {
		return nil, "", err
	}
	ceremony, options, err := h.door.BeginPasskey(ctx, who.Person)
	return options, ceremony + "." + base64.RawURLEncoding.EncodeToString([]byte(name)), err
}

// PasskeyAddFinish ends it with the device's answer.
func (h *Heed) PasskeyAddFinish(ctx context.Context, who Who, state string, responseJSON []byte) error {
	err := h.see(ctx, who, func(l *look) error {
		p, err := party.GetPerson(l.View, who.Person)
		if err != nil {
			return l.unknown(err)
		}
		return l.need(access.SignInManage, l.person(p))
	})
	if err != nil {
		return err
	}
	ceremony, label, _ := strings.Cut(state, ".")
	name, err := base64.RawURLEncoding.DecodeString(label)
	if err != nil {
		return fault.Invalid("state", "this is not what the passkey was begun with")
	}
	_, err = h.door.FinishPasskey(ctx, who.by(), ceremony, responseJSON, string(name))
	return err
}

// RemovePasskey ends a passkey. What it signed stays signed.
func (h *Heed) RemovePasskey(ctx context.Context, who Who, id string) error {
	return h.do(ctx, who, func(a *act) error {
		k, err := signin.GetPasskey(a.View, id)
		if err != nil {
			return a.unknown(err)
		}
		return a.ownThing(k.Person, fault.NotFound("there is no passkey %q", id), func() error { return signin.RemovePasskey(a.tx, id) })
	})
}

// ownThing acts on something of a person's, which to others is not there.
func (a *act) ownThing(person string, hidden error, f func() error) error {
	p, err := party.Standing(a.View, person)
	if err != nil {
		return err
	}
	if !a.may(access.SignInManage, a.person(p)) {
		return hidden
	}
	return f()
}

// SignBegin begins to sign a draft with a passkey: it returns what the browser
// asks the device, over the digest of the decision. The fault is of kind
// NotFound where the person has no passkey; then they sign by their word.
func (h *Heed) SignBegin(ctx context.Context, who Who, id string) (requestJSON []byte, state string, err error) {
	err = h.see(ctx, who, func(l *look) error {
		d, err := l.decisionToRead(id)
		if err != nil {
			return err
		}
		if d.State != decision.Drafted {
			return fault.Stale("%s is %s already", id, d.State)
		}
		requestJSON, err = h.door.BeginSignature(l.View, who.Person, d.Digest)
		return err
	})
	return requestJSON, id, err
}

// SignDecision signs a draft with the device's answer to [Heed.SignBegin]. No
// answer signs by the signed-in person's word, which counts only from somebody
// who has no passkey.
func (h *Heed) SignDecision(ctx context.Context, who Who, id, state string, responseJSON []byte) error {
	return h.do(ctx, who, func(a *act) error {
		d, err := a.decisionToRead(id)
		if err != nil {
			return err
		}
		s := Signing{Kind: decision.BySession}
		switch {
		case len(responseJSON) > 0 && state != id:
			return fault.Invalid("state", "this signature was begun for %q", state)
		case len(responseJSON) > 0:
			if s, err = a.assertion(d, responseJSON); err != nil {
				return err
			}
		default:
			has, err := a.hasPasskey(who.Person)
			if err != nil {
				return err
			}
			if has {
				return fault.WithHint(fault.Denied("you have a passkey: a decision is signed with it"), "sign again, and answer when the device asks")
			}
		}
		_, err = a.sign(id, s)
		return err
	})
}

// decisionToRead returns a decision that the person may read.
func (l *look) decisionToRead(id string) (decision.Decision, error) {
	d, err := decision.Get(l.View, id)
	if err != nil {
		return d, l.unknown(err)
	}
	r, err := l.decision(d)
	if err != nil {
		return d, err
	}
	return d, l.need(access.DecisionRead, r)
}

// assertion checks a passkey's signature over a decision and puts it into the
// form in which it is kept.
func (a *act) assertion(d decision.Decision, responseJSON []byte) (Signing, error) {
	x, err := a.h.door.CheckSignature(a.View, a.who.Person, d.Digest, responseJSON)
	if err != nil {
		return Signing{}, err
	}
	kept, err := json.Marshal(x)
	return Signing{Kind: decision.ByPasskey, Credential: x.Credential, Assertion: kept}, err
}

// hasPasskey tells whether a person has a passkey in force.
func (l *look) hasPasskey(person string) (bool, error) {
	n, err := l.passkeys(person)
	return n > 0, err
}

// passkeys counts a person's passkeys in force.
func (l *look) passkeys(person string) (n int, err error) {
	all, err := signin.Passkeys(l.View, person)
	for _, k := range all {
		if k.Ended.IsZero() {
			n++
		}
	}
	return n, err
}
