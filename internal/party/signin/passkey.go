package signin

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
)

// A Passkey is a key pair on somebody's device. The record holds its public
// half, so that what it signed can be checked by anyone, at any time.
type Passkey struct {
	ID        string    `json:"id"` // the credential id, base64url
	Person    string    `json:"person"`
	Label     string    `json:"label"`
	PublicKey []byte    `json:"public_key"` // COSE
	From      time.Time `json:"from"`
	Ended     time.Time `json:"ended,omitzero"`

	aaguid []byte
	flags  byte
	count  int64
	said   int64
}

// passkeyOpen is the open part of party.passkey-added; its sealed part is the
// label.
type passkeyOpen struct {
	Person     string `json:"person"`
	Credential string `json:"credential"`
	PublicKey  []byte `json:"public_key"`
	AAGUID     []byte `json:"aaguid"`
	Flags      int    `json:"flags"`
	RPID       string `json:"rp_id"`
}

type passkeyRemovedOpen struct {
	Person     string `json:"person"`
	Credential string `json:"credential"`
}

// relyingParty is this node as authenticators know it.
func relyingParty(id string, o Options) (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: id, RPDisplayName: o.Name, RPOrigins: o.Origins, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil, fault.WithHint(fault.Invalid("origin", "passkeys cannot be bound to %s: %v", o.Origins[0], err), "use a host name, not a number")
	}
	return w, nil
}

// user is a person with their passkeys, as the protocol wants them.
type user struct {
	p    party.Person
	keys []Passkey
}

func (u user) WebAuthnID() []byte          { return []byte(u.p.ID) }
func (u user) WebAuthnName() string        { return cmp.Or(u.p.Email, u.p.Label()) }
func (u user) WebAuthnDisplayName() string { return u.p.Label() }

func (u user) WebAuthnCredentials() (out []webauthn.Credential) {
	for _, k := range u.keys {
		id, err := base64.RawURLEncoding.DecodeString(k.ID)
		if err != nil {
			continue // was never one of ours
		}
		out = append(out, webauthn.Credential{ID: id, PublicKey: k.PublicKey, AttestationType: "none", AttestationFormat: "none",
			Flags:         webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(k.flags)),
			Authenticator: webauthn.Authenticator{AAGUID: k.aaguid, SignCount: uint32(k.count)}})
	}
	return out
}

// user returns an active person with the passkeys in force.
func (d *Door) user(v *record.View, person string) (u user, err error) {
	if d.keys == nil {
		return u, fault.WithHint(fault.Denied("this node has no passkeys"), "set the address under which it is reached")
	}
	if u.p, err = party.GetPerson(v, person); err != nil {
		return u, err
	}
	if !u.p.Active {
		return u, fault.Denied("%s is deactivated", person)
	}
	if u.keys, err = passkeyRows(v, person); err != nil {
		return u, err
	}
	u.keys = slices.DeleteFunc(u.keys, func(k Passkey) bool { return !k.Ended.IsZero() })
	return u, nil
}

// adding is what the ceremony of a new passkey keeps.
type adding struct {
	Person  string
	Session webauthn.SessionData
}

// BeginPasskey begins to add a passkey for a person who is signed in. It
// returns the name of the ceremony and the options for
// navigator.credentials.create.
func (d *Door) BeginPasskey(ctx context.Context, person string) (name string, options []byte, err error) {
	var u user
	if err := d.rec.View(ctx, func(v *record.View) (err error) { u, err = d.user(v, person); return err }); err != nil {
		return "", nil, err
	}
	var known []protocol.CredentialDescriptor
	for _, c := range u.WebAuthnCredentials() {
		known = append(known, c.Descriptor())
	}
	ask, session, err := d.keys.BeginRegistration(u, webauthn.WithExclusions(known))
	if err != nil {
		return "", nil, err
	}
	if name, err = d.begin(ctx, "passkey", adding{person, *session}); err == nil {
		options, err = json.Marshal(ask)
	}
	return name, options, err
}

// FinishPasskey ends it with the device's answer and records the public key.
func (d *Door) FinishPasskey(ctx context.Context, by record.By, name string, answer []byte, label string) (k Passkey, err error) {
	label = strings.Join(strings.Fields(label), " ")
	if label == "" || len(label) > 100 {
		return k, fault.Invalid("label", "name the passkey, in up to 100 letters, so that you know it again")
	}
	var kept adding
	if err := d.end(ctx, "passkey", name, &kept); err != nil {
		return k, err
	}
	if kept.Person != by.Person || by.Person == "" {
		return k, fault.Denied("this passkey was begun by somebody else")
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return k, refused(err)
	}
	var id string
	err = d.rec.Do(ctx, by, func(tx *record.Tx) error {
		u, err := d.user(tx.View, kept.Person)
		if err != nil {
			return err
		}
		c, err := d.keys.CreateCredential(u, kept.Session, parsed)
		if err != nil {
			return refused(err)
		}
		id = base64.RawURLEncoding.EncodeToString(c.ID)
		if _, err := passkeyRow(tx.View, id); fault.KindOf(err) != fault.KindNotFound {
			return cmp.Or(err, fault.Exists("this passkey is registered already"))
		}
		_, err = tx.Append(record.Draft{Kind: "party.passkey-added", Subjects: []string{kept.Person}, Sealed: labelSealed{label},
			Open: passkeyOpen{kept.Person, id, c.PublicKey, c.Authenticator.AAGUID, int(parsed.Response.AttestationObject.AuthData.Flags), d.keys.Config.RPID}})
		return err
	})
	if err == nil {
		err = d.rec.View(ctx, func(v *record.View) (err error) { k, err = GetPasskey(v, id); return err })
	}
	return k, err
}

// refused turns an error of the protocol into ours. What it says of the answer
// is for whoever looks into it; the answer itself is not quoted.
func refused(err error) error {
	detail := err.Error()
	if p := (*protocol.Error)(nil); errors.As(err, &p) {
		detail = strings.TrimSpace(p.Details + ". " + p.DevInfo)
	}
	return fault.WithHint(fault.Denied("the passkey's answer was not accepted"), detail)
}

// GetPasskey returns a passkey by its id, removed or not.
func GetPasskey(v *record.View, id string) (Passkey, error) {
	k, err := passkeyRow(v, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return k, fault.NotFound("there is no passkey %q", id)
	}
	if err != nil {
		return k, err
	}
	return k, k.unseal(v)
}

func (k *Passkey) unseal(v *record.View) (err error) {
	k.Label, err = label(v, k.said)
	return err
}

// Passkeys returns all passkeys that a person ever had, the oldest first.
func Passkeys(v *record.View, person string) ([]Passkey, error) {
	all, err := passkeyRows(v, person)
	for i := range all {
		if err == nil {
			err = all[i].unseal(v)
		}
	}
	return all, err
}

// RemovePasskey ends a passkey. What it signed stays signed.
func RemovePasskey(tx *record.Tx, id string) error {
	k, err := GetPasskey(tx.View, id)
	if err != nil {
		return err
	}
	if !k.Ended.IsZero() {
		return fault.Exists("this passkey is removed already")
	}
	_, err = tx.Append(record.Draft{Kind: "party.passkey-removed", Subjects: []string{k.Person}, Open: passkeyRemovedOpen{k.Person, id}})
	return err
}

// BeginSignIn begins a sign-in with whatever passkey the device offers. It
// returns the name of the ceremony and the options for
// navigator.credentials.get.
func (d *Door) BeginSignIn(ctx context.Context) (name string, options []byte, err error) {
	if d.keys == nil {
		return "", nil, fault.Denied("this node has no passkeys")
	}
	ask, session, err := d.keys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", nil, err
	}
	if name, err = d.begin(ctx, "sign-in", session); err == nil {
		options, err = json.Marshal(ask)
	}
	return name, options, err
}

// FinishSignIn ends it with the device's answer.
func (d *Door) FinishSignIn(ctx context.Context, name string, answer []byte, c Client) (in Admission, err error) {
	err = d.attempt(ctx, "passkey", c, func() error {
		var session webauthn.SessionData
		if err := d.end(ctx, "sign-in", name, &session); err != nil {
			return err
		}
		parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
		if err != nil {
			return refused(err)
		}
		person, count, err := d.whose(ctx, session, parsed)
		if err != nil {
			return err
		}
		return d.rec.Do(ctx, record.By{Person: person}, func(tx *record.Tx) error {
			if in, err = d.admit(tx, person, "passkey", "", c); err != nil {
				return err
			}
			return keepMark(tx.Tx, base64.RawURLEncoding.EncodeToString(parsed.RawID), count)
		})
	})
	return in, err
}

// whose checks an answer and returns whose passkey gave it.
func (d *Door) whose(ctx context.Context, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (person string, count int64, err error) {
	err = d.rec.View(ctx, func(v *record.View) error {
		_, c, err := d.keys.ValidatePasskeyLogin(func(_, userHandle []byte) (webauthn.User, error) {
			u, err := d.user(v, string(userHandle))
			person = u.p.ID
			return u, err
		}, session, parsed)
		if err != nil {
			return refused(err)
		}
		if c.Authenticator.CloneWarning {
			return fault.WithHint(fault.Denied("the passkey counts backwards: there may be a copy of it"), "remove it, and add a new one")
		}
		count = int64(c.Authenticator.SignCount)
		return nil
	})
	return person, count, err
}

// BeginSignature returns the options for navigator.credentials.get with which a
// person signs a digest of 32 bytes with one of their passkeys. The fault is of
// kind NotFound if they have none.
func (d *Door) BeginSignature(v *record.View, person string, digest []byte) (options []byte, err error) {
	u, err := d.user(v, person)
	if err != nil {
		return nil, err
	}
	if len(u.keys) == 0 {
		return nil, fault.NotFound("%s has no passkey", person)
	}
	ask, _, err := d.keys.BeginLogin(u, webauthn.WithChallenge(digest), webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, err
	}
	return json.Marshal(ask)
}

// CheckSignature checks the answer: that a passkey of the person, in force now,
// signed the digest here. What it returns belongs into the entry of what was
// signed.
func (d *Door) CheckSignature(v *record.View, person string, digest, answer []byte) (Signature, error) {
	u, err := d.user(v, person)
	if err != nil {
		return Signature{}, err
	}
	return d.signature(u, digest, answer)
}

// signature checks an answer against the passkeys of a user.
func (d *Door) signature(u user, digest, answer []byte) (Signature, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Signature{}, refused(err)
	}
	c, err := d.keys.ValidateLogin(u, webauthn.SessionData{Challenge: base64.RawURLEncoding.EncodeToString(digest), RelyingPartyID: d.keys.Config.RPID,
		UserID: u.WebAuthnID(), UserVerification: protocol.VerificationRequired}, parsed)
	if err != nil {
		return Signature{}, refused(err)
	}
	s := Signature{Credential: base64.RawURLEncoding.EncodeToString(c.ID), RPID: d.keys.Config.RPID, ClientData: parsed.Raw.AssertionResponse.ClientDataJSON,
		AuthenticatorData: parsed.Raw.AssertionResponse.AuthenticatorData, Signature: parsed.Raw.AssertionResponse.Signature}
	return s, VerifySignature(c.PublicKey, digest, s)
}
