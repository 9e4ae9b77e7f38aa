// Package ots reads and judges OpenTimestamps proofs (.ots): a tree of operations
// that lead from a file's digest to what calendars promise to put, or have put,
// into a block chain.
//
// Parse reads a detached proof strictly, with the limits of the reference
// client, and computes the commitment at each attestation. Judge says:
//
//   - integrity: whether the proof is about the file given with it;
//   - time: good where a Bitcoin attestation leads to the Merkle root in the
//     header of the block that it names, and bad where that is another. Headers
//     are not fetched: without the one, the time is unknown, and the note names
//     the block and the root that its header must hold. A pending attestation is
//     a calendar's promise, and unknown.
//
// Nothing is asked of calendars. Sources: the reference client and its format,
// whose examples are the corpus.
//
//	f := ots.Judge(proof, digestOfTheFile, headers)
package ots

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"

	"golang.org/x/crypto/ripemd160" //lint:ignore SA1019 the format has an operation of this name
	"golang.org/x/crypto/sha3"
)

// Limits, as the reference client has them, and on the tree as a whole.
const (
	maxMessage = 4096
	maxPayload = 8192
	maxURI     = 1000
	maxDepth   = 256
	maxSteps   = 100000
)

// Magic begins every detached proof.
const Magic = "\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"

// A Proof is a detached proof.
type Proof struct {
	Algorithm    string // of the file's digest: sha256, sha1, ripemd160, keccak256
	Digest       []byte
	Attestations []Attestation
}

// Chains in which a commitment may stand.
const (
	Pending  = "pending"
	Bitcoin  = "bitcoin"
	Litecoin = "litecoin"
	Ethereum = "ethereum"
)

// An Attestation is one leaf of the tree.
type Attestation struct {
	Chain      string // or the tag as hex, where it is not known here
	Height     uint64 // of the block
	URI        string // of the calendar
	Commitment []byte // what the chain or calendar must hold

	from, to int  // where it stands in the proof, from its tag on
	last     bool // nothing follows it under its message
}

var chains = map[string]string{
	"83dfe30d2ef90c8e": Pending, "0588960d73d71901": Bitcoin, "06869a0d73d71b45": Litecoin, "30fe8087b5c7ead7": Ethereum,
}

// reader reads the proof from front to back.
type reader struct {
	b     []byte
	size  int // of all that is read
	end   int // where the last thing under the first message begins
	steps int
	out   *Proof
}

var errShort = errors.New("the proof ends too early")

func (r *reader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.b) {
		return nil, errShort
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b, nil
}

func (r *reader) one() (byte, error) {
	b, err := r.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// number reads a variable number: seven bits a byte, low bits first.
func (r *reader) number() (uint64, error) {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || size > 9 || size > 1 && r.b[size-1] == 0 {
		return 0, errors.New("a number that is none")
	}
	r.b = r.b[size:]
	return n, nil
}

func (r *reader) varbytes(most int) ([]byte, error) {
	n, err := r.number()
	if err != nil {
		return nil, err
	}
	if n > uint64(most) {
		return nil, fmt.Errorf("%d bytes, at most %d", n, most)
	}
	return r.take(int(n))
}

// digests are the operations that take a digest.
var digests = map[byte]struct {
	name string
	new  func() hash.Hash
}{
	0x02: {"sha1", sha1.New}, 0x03: {"ripemd160", ripemd160.New}, 0x08: {"sha256", sha256.New}, 0x67: {"keccak256", sha3.NewLegacyKeccak256},
}

// Parse reads a detached proof to its last byte.
func Parse(b []byte) (*Proof, error) {
	r := &reader{b: b, size: len(b), out: &Proof{}}
	head, err := r.take(len(Magic))
	if err != nil || string(head) != Magic {
		return nil, errors.New("does not begin as an OpenTimestamps proof does")
	}
	version, err := r.number()
	if err != nil || version != 1 {
		return nil, fmt.Errorf("version %d of the format, known is 1", version)
	}
	tag, err := r.one()
	if err != nil {
		return nil, err
	}
	d, ok := digests[tag]
	if !ok {
		return nil, fmt.Errorf("the file's digest is of the kind %#x, which is none", tag)
	}
	r.out.Algorithm = d.name
	if r.out.Digest, err = r.take(d.new().Size()); err != nil {
		return nil, err
	}
	if err := r.tree(slices.Clone(r.out.Digest), 0); err != nil {
		return nil, err
	}
	if len(r.b) > 0 {
		return nil, fmt.Errorf("%d bytes too many at the end", len(r.b))
	}
	return r.out, nil
}

// tree reads the branches under one message.
func (r *reader) tree(msg []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("more than %d operations in a row", maxDepth)
	}
	for {
		tag, err := r.one()
		if err != nil {
			return err
		}
		last, at := tag != 0xff, r.size-len(r.b)-1
		if !last {
			at++
			if tag, err = r.one(); err != nil {
				return err
			}
		}
		if r.steps++; r.steps > maxSteps {
			return fmt.Errorf("more than %d operations", maxSteps)
		}
		if depth == 0 {
			r.end = at
		}
		if tag == 0 {
			err = r.attestation(msg, at, last)
		} else {
			err = r.operation(tag, msg, depth)
		}
		if err != nil || last {
			return err
		}
	}
}

// operation applies one operation and goes on under its result.
func (r *reader) operation(tag byte, msg []byte, depth int) error {
	var next []byte
	if d, ok := digests[tag]; ok {
		h := d.new()
		h.Write(msg)
		return r.tree(h.Sum(nil), depth+1)
	}
	switch tag {
	case 0xf0, 0xf1:
		arg, err := r.varbytes(maxMessage)
		if err != nil {
			return err
		}
		if len(arg) == 0 {
			return errors.New("an operation that adds nothing")
		}
		if tag == 0xf0 {
			next = slices.Concat(msg, arg)
		} else {
			next = slices.Concat(arg, msg)
		}
	case 0xf2:
		next = slices.Clone(msg)
		slices.Reverse(next)
	case 0xf3:
		next = []byte(hex.EncodeToString(msg))
	default:
		return fmt.Errorf("operation %#x is not known", tag)
	}
	if len(next) > maxMessage {
		return fmt.Errorf("a message of %d bytes, at most %d", len(next), maxMessage)
	}
	return r.tree(next, depth+1)
}

// attestation reads one leaf.
func (r *reader) attestation(msg []byte, from int, last bool) error {
	tag, err := r.take(8)
	if err != nil {
		return err
	}
	payload, err := r.varbytes(maxPayload)
	if err != nil {
		return err
	}
	a := Attestation{Chain: chains[hex.EncodeToString(tag)], Commitment: msg, from: from, to: r.size - len(r.b), last: last}
	in := &reader{b: payload}
	switch a.Chain {
	case "":
		a.Chain, in.b = hex.EncodeToString(tag), nil
	case Pending:
		uri, err := in.varbytes(maxURI)
		if err != nil {
			return fmt.Errorf("pending attestation: %w", err)
		}
		if i := bytes.IndexFunc(uri, func(c rune) bool { return !allowed(c) }); i >= 0 {
			return fmt.Errorf("pending attestation: the calendar's address holds %q", uri[i])
		}
		a.URI = string(uri)
	default:
		if a.Height, err = in.number(); err != nil {
			return fmt.Errorf("%s attestation: %w", a.Chain, err)
		}
	}
	if len(in.b) > 0 {
		return fmt.Errorf("%s attestation: %d bytes too many", a.Chain, len(in.b))
	}
	r.out.Attestations = append(r.out.Attestations, a)
	return nil
}

// allowed are the characters of a calendar's address.
func allowed(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == '/' || c == ':'
}

// New returns the digest that a proof is over.
func (p *Proof) New() hash.Hash {
	for _, d := range digests {
		if d.name == p.Algorithm {
			return d.new()
		}
	}
	return crypto.SHA256.New()
}
