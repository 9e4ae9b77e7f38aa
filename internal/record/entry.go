package record

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A Header is what the log says of an entry. It may be public.
type Header struct {
	Kind               string
	Time               time.Time // UTC, to the microsecond
	Actor              string    // a person's id, or "" for the node itself
	Node               string    // the log's name
	Subjects           []string  // what the entry is about, the main one first
	Marking            string    // TLP 2.0, "" where there is no sealed part
	Clock              string    // how far the clock was behind, if it was
	Key                string    // the subject whose data key seals the sealed part
	openSum, sealedSum []byte
}

// HasSealed tells whether the entry was made with a sealed part.
func (h Header) HasSealed() bool { return h.Key != "" }

// SealedDigest is SHA-256(salt ‖ sealed part), under which the log holds the sealed
// part. It stays when that is erased, and tells nothing without the salt.
func (h Header) SealedDigest() []byte { return h.sealedSum }

// An Entry is a header, its place in the log, and the open part of its body.
type Entry struct {
	Index int64
	Header
	Open  []byte // JSON
	given any    // what Open was made of, in the command that appends
}

// Decode reads the open part. An unknown field is an error: an entry is never
// read by guesswork.
func (e Entry) Decode(v any) error {
	if copyGiven(v, e.given, e.Open) {
		return nil
	}
	if err := DecodeStrict(e.Open, v); err != nil {
		return fmt.Errorf("entry %d (%s): open part: %w", e.Index, e.Kind, err)
	}
	return nil
}

// DecodeStrict reads one JSON value that has no fields but those of v, as the
// parts of an entry are read wherever they come from.
func DecodeStrict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if rest := bytes.TrimSpace(b[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("%d bytes follow after the value", len(rest))
	}
	return nil
}

// wire is the header line of a leaf.
type wire struct {
	V        int      `json:"v"`
	Kind     string   `json:"kind"`
	Time     string   `json:"time"`
	Actor    string   `json:"actor"`
	Node     string   `json:"node"`
	Subjects []string `json:"subjects"`
	Marking  string   `json:"marking,omitempty"`
	Clock    string   `json:"clock,omitempty"`
	Open     *part    `json:"open"`
	Sealed   *part    `json:"sealed,omitempty"`
}

type part struct {
	Digest []byte `json:"d"`
	Key    string `json:"key,omitempty"`
}

// timeForm always has six decimals, so that text order is time order.
const timeForm = "2006-01-02T15:04:05.000000Z"

// signContext comes before the header line in what is signed, so that the
// signature can be mistaken for nothing else.
const signContext = "heed-entry/v1\n"

// MaxLeaf is the largest leaf that the log takes (C2SP tlog-tiles).
const MaxLeaf = 1<<16 - 1

// digest is the salted SHA-256 of a part of a body.
func digest(salt, body []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

// line encodes a header: what [json.Marshal] makes of a wire, written without
// reflection, because every entry is encoded once and once again when it is read.
func (h Header) line() []byte {
	b := make([]byte, 0, 512)
	b = spell(append(b, `{"v":1,"kind":`...), h.Kind)
	b = h.Time.AppendFormat(append(b, `,"time":"`...), timeForm)
	b = spell(append(b, `","actor":`...), h.Actor)
	b = spell(append(b, `,"node":`...), h.Node)
	b = append(b, `,"subjects":[`...)
	for i, s := range h.Subjects {
		if i > 0 {
			b = append(b, ',')
		}
		b = spell(b, s)
	}
	b = append(b, ']')
	if h.Marking != "" {
		b = spell(append(b, `,"marking":`...), h.Marking)
	}
	if h.Clock != "" {
		b = spell(append(b, `,"clock":`...), h.Clock)
	}
	b = base64.StdEncoding.AppendEncode(append(b, `,"open":{"d":"`...), h.openSum)
	b = append(b, `"}`...)
	if h.HasSealed() {
		b = base64.StdEncoding.AppendEncode(append(b, `,"sealed":{"d":"`...), h.sealedSum)
		b = spell(append(b, `","key":`...), h.Key)
		b = append(b, '}')
	}
	return append(b, "}\n"...)
}

// spell writes a text as JSON does.
func spell(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			q, _ := json.Marshal(s) // a string is always spelt
			return append(b, q...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// leaf signs a header line and returns the leaf: the line and a signature line
// in the form of a signed note.
func leaf(line []byte, s note.Signer) ([]byte, error) {
	sig, err := s.Sign(append([]byte(signContext), line...))
	if err != nil {
		return nil, err
	}
	raw := binary.BigEndian.AppendUint32(nil, s.KeyHash())
	raw = append(raw, sig...)
	out := append(line[:len(line):len(line)], "— "+s.Name()+" "+base64.StdEncoding.EncodeToString(raw)+"\n"...)
	if len(out) > MaxLeaf {
		return nil, fmt.Errorf("the header has %d bytes, the log takes %d", len(out), MaxLeaf)
	}
	return out, nil
}

// ParseLeaf reads a leaf without checking its signature. It refuses every
// spelling but the one that this package writes.
func ParseLeaf(b []byte) (Header, error) {
	at := bytes.IndexByte(b, '\n')
	if at < 0 {
		return Header{}, errors.New("leaf: no header line")
	}
	line := b[:at+1]
	var w wire
	if err := DecodeStrict(line, &w); err != nil {
		return Header{}, fmt.Errorf("leaf: header: %w", err)
	}
	t, err := time.Parse(timeForm, w.Time)
	if err != nil {
		return Header{}, fmt.Errorf("leaf: time %q", w.Time)
	}
	if w.V != 1 || w.Open == nil || len(w.Open.Digest) != sha256.Size || len(w.Subjects) == 0 {
		return Header{}, errors.New("leaf: not a version 1 header")
	}
	h := Header{Kind: w.Kind, Time: t, Actor: w.Actor, Node: w.Node, Subjects: w.Subjects, Marking: w.Marking, Clock: w.Clock, openSum: w.Open.Digest}
	if w.Sealed != nil {
		if len(w.Sealed.Digest) != sha256.Size || w.Sealed.Key == "" || !slices.Contains(w.Subjects, w.Sealed.Key) {
			return Header{}, errors.New("leaf: sealed part without digest or key")
		}
		h.sealedSum, h.Key = w.Sealed.Digest, w.Sealed.Key
	}
	if !bytes.Equal(h.line(), line) {
		return Header{}, errors.New("leaf: header is not in its canonical spelling")
	}
	return h, nil
}

// VerifyLeaf checks that a leaf was signed by the holder of an entry key.
func VerifyLeaf(b []byte, v note.Verifier) error {
	at := bytes.IndexByte(b, '\n')
	if at < 0 || !bytes.HasSuffix(b, []byte("\n")) {
		return errors.New("leaf: no signature line")
	}
	name, rest, ok := strings.Cut(strings.TrimSuffix(string(b[at+1:]), "\n"), " ")
	if !ok || name != "—" {
		return errors.New("leaf: no signature line")
	}
	name, enc, ok := strings.Cut(rest, " ")
	raw, err := base64.StdEncoding.Strict().DecodeString(enc)
	if !ok || err != nil || len(raw) != 4+ed25519.SignatureSize || strings.ContainsAny(enc, "\r\n") { // base64 skips line ends
		return errors.New("leaf: signature cannot be read")
	}
	if name != v.Name() || binary.BigEndian.Uint32(raw) != v.KeyHash() {
		return fmt.Errorf("leaf: signed by %q, not by the node's entry key", name)
	}
	if !v.Verify(append([]byte(signContext), b[:at+1]...), raw[4:]) {
		return errors.New("leaf: the signature does not fit")
	}
	return nil
}
