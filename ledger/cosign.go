package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// The signature types of verifier keys that NewVerifier knows.
const (
	algEd25519     = 1 // C2SP signed-note
	algCosignature = 4 // C2SP tlog-cosignature, Ed25519
)

// cosignatureSize is key hash, time stamp and Ed25519 signature.
const cosignatureSize = 4 + 8 + ed25519.SignatureSize

// A Cosigner makes the cosignatures of a witness: C2SP tlog-cosignature v1
// with Ed25519. Its key must sign nothing else.
type Cosigner struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
}

// NewCosigner returns a Cosigner of the given name, which by custom looks like
// a URL without scheme and holds no space and no plus sign.
func NewCosigner(name string, key ed25519.PrivateKey) (*Cosigner, error) {
	if !validName(name) {
		return nil, fmt.Errorf("cosigner name %q is empty or holds a space or a plus sign", name)
	}
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("cosigner key has %d bytes, must be %d", len(key), ed25519.PrivateKeySize)
	}
	return &Cosigner{name: name, hash: keyHash(name, algCosignature, key.Public().(ed25519.PublicKey)), key: key}, nil
}

// VerifierKey returns the key that NewVerifier reads, to be told to others.
func (c *Cosigner) VerifierKey() string {
	pub := c.key.Public().(ed25519.PublicKey)
	return fmt.Sprintf("%s+%08x+%s", c.name, c.hash, encoding.EncodeToString(append([]byte{algCosignature}, pub...)))
}

// At returns a signer of checkpoint texts whose cosignatures carry this time.
func (c *Cosigner) At(t time.Time) note.Signer { return cosignerAt{c, t.Unix()} }

// Cosign returns the signature line over a checkpoint, as a witness answers
// it. It does not check the checkpoint: Decide does.
func (c *Cosigner) Cosign(checkpoint Checkpoint, t time.Time) ([]byte, error) {
	sig, err := c.At(t).Sign([]byte(checkpoint.String()))
	if err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint32(nil, c.hash)
	return appendSignature(nil, note.Signature{Name: c.name, Base64: encoding.EncodeToString(append(b, sig...))}), nil
}

type cosignerAt struct {
	*Cosigner
	seconds int64
}

func (c cosignerAt) Name() string    { return c.name }
func (c cosignerAt) KeyHash() uint32 { return c.hash }

func (c cosignerAt) Sign(text []byte) ([]byte, error) {
	if c.seconds < 0 {
		return nil, errors.New("cosign: the time is before 1970")
	}
	sig := binary.BigEndian.AppendUint64(nil, uint64(c.seconds))
	return append(sig, ed25519.Sign(c.key, cosigned(uint64(c.seconds), text))...), nil
}

// cosigned returns the message that a cosignature signs.
func cosigned(seconds uint64, text []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", seconds), text...)
}

// CosignedAt returns the time that a cosignature carries. It does not check
// the signature.
func CosignedAt(sig note.Signature) (time.Time, error) {
	b, err := encoding.DecodeString(sig.Base64)
	if err != nil || len(b) != cosignatureSize {
		return time.Time{}, fmt.Errorf("signature of %s is not a cosignature", sig.Name)
	}
	s := binary.BigEndian.Uint64(b[4:])
	if s > math.MaxInt64 {
		return time.Time{}, fmt.Errorf("cosignature of %s is out of time", sig.Name)
	}
	return time.Unix(int64(s), 0).UTC(), nil
}

// NewVerifier reads a verifier key, "<name>+<hash>+<base64>": of a log
// (Ed25519, type 1) or of a witness (Ed25519 cosignature, type 4).
func NewVerifier(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	hash16, key64, _ := strings.Cut(rest, "+")
	hash, err := strconv.ParseUint(hash16, 16, 32)
	key, err2 := encoding.DecodeString(key64)
	if err != nil || err2 != nil || len(hash16) != 8 || !validName(name) || strings.ContainsAny(key64, "\r\n") {
		return nil, fmt.Errorf("%.100q is not a verifier key like name+hash+base64", vkey)
	}
	if len(key) != 1+ed25519.PublicKeySize || key[0] != algEd25519 && key[0] != algCosignature {
		return nil, fmt.Errorf("verifier key of %s has a type that is not known here", name)
	}
	if uint32(hash) != keyHash(name, key[0], key[1:]) {
		return nil, fmt.Errorf("verifier key of %s does not have the hash %s", name, hash16)
	}
	return &verifier{name: name, hash: uint32(hash), alg: key[0], key: ed25519.PublicKey(key[1:])}, nil
}

type verifier struct {
	name string
	hash uint32
	alg  byte
	key  ed25519.PublicKey
}

func (v *verifier) Name() string    { return v.name }
func (v *verifier) KeyHash() uint32 { return v.hash }

func (v *verifier) Verify(text, sig []byte) bool {
	if v.alg == algEd25519 {
		return ed25519.Verify(v.key, text, sig)
	}
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	if seconds > math.MaxInt64 {
		return false
	}
	if _, err := ParseCheckpoint(string(text)); err != nil {
		return false // a cosignature over anything but a checkpoint means nothing
	}
	return ed25519.Verify(v.key, cosigned(seconds, text), sig[8:])
}

// keyHash returns the key hash of C2SP signed-note.
func keyHash(name string, alg byte, key []byte) uint32 {
	h := sha256.Sum256(append(append([]byte(name), '\n', alg), key...))
	return binary.BigEndian.Uint32(h[:])
}

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || r == '+' || r < 0x20
	})
}
