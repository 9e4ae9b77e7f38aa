// Package vault keeps the bytes of evidence, encrypted with age to the custody
// keys, so that the store alone is enough to get back what was taken in: the
// bytes, their names, who took them, under what authority, and in what order.
//
// A large file is one object, which is an age file and nothing else. Small
// files are packed many to an object, a segment, each of them an age file too,
// whose file key is wrapped with a key of the segment's own. For every part of
// an intake a manifest is kept beside them. Objects are named by what is in
// them, under a key, so that equal files are kept once and the name tells a
// stranger nothing. docs/spec/vault.md is the form.
//
//	kept, err := v.Seal(ctx, file, size, erased)
//	seg, err := v.Segment(size); kept, err := seg.Add(small); err = seg.Keep(ctx)
//	err = v.KeepManifest(ctx, vault.Manifest{Intake: "IN-7", …})
//	err = v.Copy(ctx, w, kept)
//
// A call that returns without an error has made durable what it was given. The
// SHA-256 is that of the original bytes, worked out while they stream by and
// before anything looks into them; no caller's word is taken for it.
//
// The package trusts the custody keys to be secret and the shelf to keep what
// it acknowledged. It does not trust the shelf for content: what is read is
// authenticated chunk by chunk and compared with the SHA-256 at its end.
package vault

import (
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
)

// ErrDamaged says that stored bytes are not those that were taken in.
var ErrDamaged = errors.New("the stored bytes are not those that were taken in")

// A Place says where an age file is: a whole object, or a part of a segment.
type Place struct {
	Object string `json:"object"`
	Offset int64  `json:"offset,omitempty"`
	Length int64  `json:"length"`
	Packed bool   `json:"packed,omitempty"` // in a segment
}

// Kept is what was stored and where.
type Kept struct {
	Place
	SHA256 [32]byte // of the original bytes
	Size   int64    // their number
}

// Sum is the SHA-256 in hex.
func (k Kept) Sum() string { return hex.EncodeToString(k.SHA256[:]) }

// Options are what a vault needs beside its shelf.
type Options struct {
	// Identity opens what is kept; its recipient is always encrypted to.
	Identity *age.HybridIdentity
	// Name gives a keyed name to a text: the same for the same text, and to be
	// guessed by nobody. Without it a vault can be read and recovered, as a
	// custodian does who has not the node, and manifests are taken at their word.
	Name func(text string) string
}

// A Vault is an open store of evidence. It is safe for concurrent use.
type Vault struct {
	shelf *blob.Shelf
	o     Options
	mu    sync.Mutex
	also  []age.Recipient
	heads map[string]cipher.AEAD // the keys of segments that were read

	striking sync.Mutex // held while a name is taken out of the manifests
}

// New opens a vault on a shelf.
func New(shelf *blob.Shelf, o Options) *Vault {
	return &Vault{shelf: shelf, o: o, heads: map[string]cipher.AEAD{}}
}

// On returns a vault with the same keys on another shelf: a replica.
func (v *Vault) On(shelf *blob.Shelf) *Vault {
	out := New(shelf, v.o)
	out.also = v.recipients()[1:]
	return out
}

// ParseRecipient reads a custody key. It must be a hybrid one (age1pq1…): one
// recipient that falls to a quantum computer would open everything to it.
func ParseRecipient(text string) (*age.HybridRecipient, error) {
	r, err := age.ParseHybridRecipient(strings.TrimSpace(text))
	if err != nil {
		return nil, fault.WithHint(fault.Invalid("recipient", "%.24q is not a hybrid age recipient, which begins with age1pq1", text),
			"make one with: age-keygen -pq")
	}
	return r, nil
}

// SetCustody says to whom evidence is encrypted from now on, beside the node.
func (v *Vault) SetCustody(recipients []string) error {
	also := make([]age.Recipient, len(recipients))
	for i, text := range recipients {
		r, err := ParseRecipient(text)
		if err != nil {
			return err
		}
		also[i] = r
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.also = also
	return nil
}

// recipients are all to whom is encrypted, the node first.
func (v *Vault) recipients() []age.Recipient {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]age.Recipient{v.o.Identity.Recipient()}, v.also...)
}

// name returns the name of an object of some kind that holds these contents.
func (v *Vault) name(kind string, sums ...[32]byte) string {
	h := sha256.New()
	for _, s := range sums {
		h.Write(s[:])
	}
	sum := sha256.Sum256([]byte(v.o.Name(kind + " " + hex.EncodeToString(h.Sum(nil)))))
	return hex.EncodeToString(sum[:])
}

// fileName names the object of a file. Equal contents are one object only where
// it opens to the same keys, and where nothing was erased in between.
func (v *Vault) fileName(sum [32]byte, to []age.Recipient, erased int64) string {
	keys := ""
	for _, r := range to {
		keys += fmt.Sprintln(r)
	}
	return v.fileNameTo(sum, keys, erased)
}

// fileNameTo is fileName for custody keys that are written as text, a line each.
func (v *Vault) fileNameTo(sum [32]byte, keys string, erased int64) string {
	return v.name("file", sum, sha256.Sum256([]byte(keys+strconv.FormatInt(erased, 10)+"\n")))
}

// FileNames returns the names that the object of a file may have: to whom else it is
// encrypted is one of some sets of custody keys, and the record knew of so many
// erasures, or fewer.
func (v *Vault) FileNames(sum [32]byte, also [][]string, erased int64) map[string]bool {
	names := map[string]bool{}
	own := fmt.Sprintln(v.o.Identity.Recipient())
	for _, set := range also {
		to := own
		for _, r := range set {
			to += r + "\n"
		}
		for n := range erased + 1 {
			names[v.fileNameTo(sum, to, n)] = true
		}
	}
	return names
}

// Among returns which of some objects are there.
func (v *Vault) Among(ctx context.Context, names map[string]bool) (there []string, err error) {
	err = v.shelf.List(ctx, func(name string, _ int64) error {
		if names[name] {
			there = append(there, name)
		}
		return nil
	})
	return there, err
}

// Has tells whether an object is there.
func (v *Vault) Has(ctx context.Context, object string) (bool, error) {
	_, err := v.shelf.Stat(ctx, object)
	if fault.KindOf(err) == fault.KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// Remove destroys an object. The caller knows that nothing else is in it.
func (v *Vault) Remove(ctx context.Context, object string) error {
	return v.shelf.Remove(ctx, object)
}
