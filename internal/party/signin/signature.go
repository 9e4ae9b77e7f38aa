package signin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// A Signature is a WebAuthn assertion over a digest, in the bytes that were
// signed. With the public key from party.passkey-added it can be checked by
// anyone.
type Signature struct {
	Credential        string `json:"credential"` // base64url
	RPID              string `json:"rp_id"`
	ClientData        []byte `json:"client_data"`
	AuthenticatorData []byte `json:"authenticator_data"`
	Signature         []byte `json:"signature"`
}

// The flags that a signature of a decision must have: somebody was there, and
// was made sure of by fingerprint, face or PIN.
const present, verified = 0x01, 0x04

// VerifySignature checks, with nothing else at hand, that the holder of a COSE
// public key signed a digest for the relying party that the signature names
// (W3C WebAuthn, section 7.2). Whose key it is, and whether it was in force, the
// record says.
func VerifySignature(publicKey, digest []byte, s Signature) error {
	var client struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
		Cross     bool   `json:"crossOrigin"`
	}
	if err := json.Unmarshal(s.ClientData, &client); err != nil {
		return errors.New("signature: the client data cannot be read")
	}
	asked, err := base64.RawURLEncoding.Strict().DecodeString(client.Challenge)
	if err != nil || len(digest) != sha256.Size || subtle.ConstantTimeCompare(asked, digest) != 1 {
		return errors.New("signature: it is over something else")
	}
	if client.Type != string(protocol.AssertCeremony) || client.Cross {
		return fmt.Errorf("signature: it was made for %q", client.Type)
	}
	rp := sha256.Sum256([]byte(s.RPID))
	if len(s.AuthenticatorData) < 37 || s.RPID == "" || subtle.ConstantTimeCompare(s.AuthenticatorData[:32], rp[:]) != 1 {
		return fmt.Errorf("signature: it was not made for %s", s.RPID)
	}
	if flags := s.AuthenticatorData[32]; flags&present == 0 || flags&verified == 0 {
		return errors.New("signature: nobody made sure of who signed")
	}
	key, err := webauthncose.ParsePublicKey(publicKey)
	if err != nil {
		return errors.New("signature: the public key cannot be read")
	}
	sum := sha256.Sum256(s.ClientData)
	ok, err := webauthncose.VerifySignature(key, append(append([]byte(nil), s.AuthenticatorData...), sum[:]...), s.Signature)
	if err != nil || !ok {
		return errors.New("signature: it does not fit the public key")
	}
	return nil
}
