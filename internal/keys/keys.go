// Package keys holds a node's secrets: the key that encrypts its database, the
// one that wraps the data keys of people and cases, the one behind blind
// indexes, the one that encrypts blobs, and the keys that sign its log, its
// entries and its cosignatures for other nodes.
//
// All of them live in one small file, node.age, encrypted with age to whatever
// unlocks it: a file kept elsewhere (a hybrid post-quantum identity by default),
// a passphrase, or a hardware token through its age plugin. They are unlocked
// once, when the node starts. Whoever has the folder but not the source learns
// nothing; whoever loses the source has lost the node, so it is to be copied to
// a safe place on the first day.
//
//	k, err := keys.Create(dir, origin, source)
//	k, err := keys.Unlock(dir, source)
//	wrapped := k.Wrap("R-17", dataKey)
//
// The package trusts the source to keep its secret. Secrets never appear in
// errors and cannot be printed: [Keys] formats as "[redacted]".
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/mod/sumdb/note"
)

// secrets is what node.age holds.
type secrets struct {
	Version int    `json:"v"`
	Origin  string `json:"origin"`
	Root    []byte `json:"root"`  // 32 bytes, from which the symmetric keys come
	Log     string `json:"log"`   // note private key that signs checkpoints
	Entry   string `json:"entry"` // note private key that signs entries
	Witness []byte `json:"witness"`
}

// Keys are a node's unlocked secrets. They are safe for concurrent use.
type Keys struct {
	s                   secrets
	wrap                cipher.AEAD
	index, db, blob     []byte
	log, entry          note.Signer
	logVerify, entryVer string
}

// String, GoString and LogValue keep the secrets out of every print and log.
func (k *Keys) String() string         { return "[redacted]" }
func (k *Keys) GoString() string       { return "[redacted]" }
func (k *Keys) LogValue() slog.Value   { return slog.StringValue("[redacted]") }
func (s secrets) String() string       { return "[redacted]" }
func (s secrets) GoString() string     { return "[redacted]" }
func (s secrets) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// generate makes the secrets of a new node whose log is called origin.
func generate(origin string) (secrets, error) {
	s := secrets{Version: 1, Origin: origin, Root: make([]byte, 32), Witness: make([]byte, ed25519.SeedSize)}
	rand.Read(s.Root)
	rand.Read(s.Witness)
	var err error
	if s.Log, _, err = note.GenerateKey(rand.Reader, origin); err != nil {
		return s, err
	}
	s.Entry, _, err = note.GenerateKey(rand.Reader, origin+"/entries")
	return s, err
}

// open derives every key.
func open(s secrets) (*Keys, error) {
	if s.Version != 1 || len(s.Root) != 32 || len(s.Witness) != ed25519.SeedSize {
		return nil, errors.New("node.age is not of a kind that this program reads")
	}
	k := &Keys{s: s, index: derive(s.Root, "blind index"), db: derive(s.Root, "database"), blob: derive(s.Root, "blobs")}
	var err error
	if k.wrap, err = aead(derive(s.Root, "data keys")); err != nil {
		return nil, err
	}
	if k.log, k.logVerify, err = signer(s.Log); err != nil {
		return nil, err
	}
	k.entry, k.entryVer, err = signer(s.Entry)
	return k, err
}

func derive(root []byte, use string) []byte {
	key, err := hkdf.Key(sha256.New, root, nil, "heed/v1 "+use, 32)
	if err != nil {
		panic(err) // only a length beyond HKDF's limit fails
	}
	return key
}

func aead(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(b)
}

// Origin is the name of the node's log.
func (k *Keys) Origin() string { return k.s.Origin }

// Database returns the 32-byte key that encrypts the database.
func (k *Keys) Database() []byte { return k.db }

// Blobs returns the 32-byte key that encrypts blobs.
func (k *Keys) Blobs() []byte { return k.blob }

// Log returns the signer of checkpoints, and LogVerifier its verifier key.
func (k *Keys) Log() note.Signer    { return k.log }
func (k *Keys) LogVerifier() string { return k.logVerify }

// Entry returns the signer of entries, and EntryVerifier its verifier key.
func (k *Keys) Entry() note.Signer    { return k.entry }
func (k *Keys) EntryVerifier() string { return k.entryVer }

// Witness returns the key with which this node cosigns the logs of others.
func (k *Keys) Witness() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.s.Witness) }

// Seal encrypts what belongs to a purpose under the node's own key.
func (k *Keys) Seal(purpose string, plain []byte) []byte {
	return k.wrap.Seal(nil, nil, plain, []byte(purpose))
}

// Unseal opens what Seal made for the same purpose.
func (k *Keys) Unseal(purpose string, sealed []byte) ([]byte, error) {
	b, err := k.wrap.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("%s: sealed under another key, or changed", purpose)
	}
	return b, nil
}

// Blind returns a name for a value by which it can be found again and from
// which it cannot be told without the key.
func (k *Keys) Blind(field, value string) string {
	h := hmac.New(sha256.New, k.index)
	fmt.Fprintf(h, "%d %s%s", len(field), field, value)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// A DataKey seals the bodies of one subject.
type DataKey struct{ aead cipher.AEAD }

// NewDataKey makes a data key and returns it with its wrapped form.
func (k *Keys) NewDataKey(subject string) (DataKey, []byte, error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	a, err := aead(raw)
	if err != nil {
		return DataKey{}, nil, err
	}
	return DataKey{a}, k.Seal("data key "+subject, raw), nil
}

// DataKey unwraps the data key of a subject.
func (k *Keys) DataKey(subject string, wrapped []byte) (DataKey, error) {
	raw, err := k.Unseal("data key "+subject, wrapped)
	if err != nil {
		return DataKey{}, err
	}
	a, err := aead(raw)
	return DataKey{a}, err
}

// Seal encrypts a body; what binds it to its place is given as context.
func (d DataKey) Seal(context string, plain []byte) []byte {
	return d.aead.Seal(nil, nil, plain, []byte(context))
}

// Unseal opens a body sealed in the same context.
func (d DataKey) Unseal(context string, sealed []byte) ([]byte, error) {
	b, err := d.aead.Open(nil, nil, sealed, []byte(context))
	if err != nil {
		return nil, errors.New("a sealed body does not open: it was changed, or belongs elsewhere")
	}
	return b, nil
}
