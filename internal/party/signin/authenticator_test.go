package signin_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// authenticator is a device with one passkey (ES256), as W3C WebAuthn describes
// one. Its fields say where it misbehaves.
type authenticator struct {
	t      testing.TB
	key    *ecdsa.PrivateKey
	id     []byte
	user   []byte
	count  uint32
	origin string
	rpID   string
	flags  byte // user present, user verified
	typ    string
	tamper func(authData, clientData, sig []byte)
}

func newAuthenticator(t testing.TB) *authenticator {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &authenticator{t: t, key: key, id: id, origin: home, rpID: "heed.example", flags: 0x05}
}

// asked reads the options that a browser would be given.
func (a *authenticator) asked(options []byte) (challenge string, user []byte, allowed int) {
	a.t.Helper()
	var o struct {
		PublicKey struct {
			Challenge        string
			RPID             string `json:"rpId"`
			RP               struct{ ID string }
			User             struct{ ID string }
			UserVerification string `json:"userVerification"`
			AllowCredentials []struct{ ID string }
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		a.t.Fatal(err)
	}
	if o.PublicKey.RPID+o.PublicKey.RP.ID != "heed.example" {
		a.t.Fatalf("the options are for %q", o.PublicKey.RPID+o.PublicKey.RP.ID)
	}
	user, err := base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	return o.PublicKey.Challenge, user, len(o.PublicKey.AllowCredentials)
}

func (a *authenticator) clientData(typ, challenge string) []byte {
	if a.typ != "" {
		typ = a.typ
	}
	b, err := json.Marshal(map[string]any{"type": typ, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// authData is the authenticator data, with the credential where it is new.
func (a *authenticator) authData(attested bool) []byte {
	rp := sha256.Sum256([]byte(a.rpID))
	flags := a.flags
	if attested {
		flags |= 0x40
	}
	out := append(rp[:], flags)
	out = binary.BigEndian.AppendUint32(out, a.count)
	if attested {
		out = append(out, make([]byte, 16)...) // no model is named
		out = binary.BigEndian.AppendUint16(out, uint16(len(a.id)))
		out = append(append(out, a.id...), a.cose()...)
	}
	return out
}

// cose is the public key (RFC 9052).
func (a *authenticator) cose() []byte {
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		a.t.Fatal(err)
	}
	b, err := mode.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

func (a *authenticator) answer(response map[string]any) []byte {
	enc := base64.RawURLEncoding.EncodeToString
	for k, v := range response {
		response[k] = enc(v.([]byte))
	}
	b, err := json.Marshal(map[string]any{"id": enc(a.id), "rawId": enc(a.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// create answers navigator.credentials.create.
func (a *authenticator) create(options []byte) []byte {
	a.t.Helper()
	challenge, user, _ := a.asked(options)
	a.user = user
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.authData(true)})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{"clientDataJSON": a.clientData("webauthn.create", challenge), "attestationObject": object})
}

// get answers navigator.credentials.get.
func (a *authenticator) get(options []byte) []byte {
	a.t.Helper()
	challenge, _, _ := a.asked(options)
	if a.count > 0 {
		a.count++
	}
	authData, clientData := a.authData(false), a.clientData("webauthn.get", challenge)
	sum := sha256.Sum256(clientData)
	digest := sha256.Sum256(append(append([]byte(nil), authData...), sum[:]...))
	sig, err := a.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		a.t.Fatal(err)
	}
	if a.tamper != nil {
		a.tamper(authData, clientData, sig)
	}
	return a.answer(map[string]any{"clientDataJSON": clientData, "authenticatorData": authData, "signature": sig, "userHandle": a.user})
}
