package keys

import (
	"bytes"
	"crypto/ed25519"
	"errors"

	voi "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"golang.org/x/mod/sumdb/note"
)

// signer reads a private key and works out its verifier key.
func signer(private string) (note.Signer, string, error) {
	s, err := note.NewSigner(private)
	if err != nil {
		return nil, "", errors.New("a signing key in node.age cannot be read") // err quotes the key
	}
	seed, err := seedOf(private)
	if err != nil {
		return nil, "", err
	}
	key := ed25519.NewKeyFromSeed(seed)
	v, err := note.NewEd25519VerifierKey(s.Name(), key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, "", err
	}
	if q := (quick{s, func(msg []byte) []byte { return voi.Sign(voi.PrivateKey(key), msg) }}); q.agrees(key) {
		s = q
	}
	return s, v, nil
}

// quick signs as the signer in it does, in half the time, which counts because every
// entry is signed. The key is in the function, where nothing prints it.
type quick struct {
	note.Signer
	sign func(msg []byte) []byte
}

// Sign implements note.Signer.
func (q quick) Sign(msg []byte) ([]byte, error) { return q.sign(msg), nil }

// agrees tells whether, on this processor, it makes the signature that Go's own
// library makes. Ed25519 leaves nothing to chance: there is one for each message.
func (q quick) agrees(key ed25519.PrivateKey) bool {
	msg := []byte("heed: two libraries, one signature")
	return bytes.Equal(q.sign(msg), ed25519.Sign(key, msg))
}
