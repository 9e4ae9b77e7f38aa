package custody

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// What stands before the signed bytes, so that a signature over the one can
// never be taken for a signature over the other, or over a checkpoint.
const (
	entryContext = "heed-entry/v1\n"
	packContext  = "heed-pack/v1\n"
)

// timeForm always has six decimals and is in UTC.
const timeForm = "2006-01-02T15:04:05.000000Z"

// encoding refuses what decodes to the same bytes as another text.
var encoding = base64.StdEncoding.Strict()

// header is the header line of a leaf, as docs/spec/entry.md has it.
type header struct {
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

	at time.Time
}

// part binds one part of a body.
type part struct {
	Digest []byte `json:"d"`
	Key    string `json:"key,omitempty"`
}

// parseLeaf reads a leaf whose signature must be by the key given.
func parseLeaf(leaf []byte, key note.Verifier) (header, error) {
	line, signature, ok := bytes.Cut(leaf, []byte("\n"))
	if !ok {
		return header{}, errors.New("it has no header line")
	}
	line = leaf[:len(line)+1]
	if err := checkSignature(key, entryContext, line, signature); err != nil {
		return header{}, err
	}
	h, err := parseHeader(line)
	if err != nil {
		return header{}, fmt.Errorf("header: %w", err)
	}
	return h, nil
}

// parseHeader reads a header line. Only the spelling that a node writes is
// allowed: no field twice, none unknown, no other order or spacing.
func parseHeader(line []byte) (header, error) {
	var h header
	if err := decode(line, &h); err != nil {
		return header{}, err
	}
	switch {
	case h.V != 1:
		return header{}, fmt.Errorf("version %d is not known here", h.V)
	case h.Kind == "" || h.Node == "" || len(h.Subjects) == 0:
		return header{}, errors.New("kind, node or subjects are missing")
	case h.Open == nil || len(h.Open.Digest) != sha256.Size || h.Open.Key != "":
		return header{}, errors.New("the digest of the open part is missing or wrong")
	case h.Sealed != nil && (len(h.Sealed.Digest) != sha256.Size || !slices.Contains(h.Subjects, h.Sealed.Key)):
		return header{}, errors.New("the sealed part has no digest, or no subject's key")
	}
	again, err := json.Marshal(h)
	if err != nil || !bytes.Equal(append(again, '\n'), line) {
		return header{}, errors.New("it is not in the one spelling that is allowed")
	}
	if h.at, err = parseTime(h.Time); err != nil {
		return header{}, err
	}
	return h, nil
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeForm, s)
	if err != nil || t.Format(timeForm) != s {
		return time.Time{}, fmt.Errorf("%.40q is not a time like 2026-03-01T12:00:00.000000Z", s)
	}
	return t, nil
}

// decode reads JSON that holds one value and only fields that are known.
func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return errors.New("it is not JSON of the form required")
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more in it than one JSON value")
	}
	return nil
}

// opens checks that a body is the one a digest was made of.
func (p *part) opens(b Body) error {
	sum := sha256.Sum256(slices.Concat(b.Salt, b.Bytes))
	if len(b.Salt) != SaltSize || !bytes.Equal(sum[:], p.Digest) {
		return errors.New("is not the one that the entry was made with")
	}
	return nil
}

// sign returns the signature line over a message.
func sign(s note.Signer, context string, message []byte) ([]byte, error) {
	sig, err := s.Sign(append([]byte(context), message...))
	if err != nil {
		return nil, err
	}
	raw := append(binary.BigEndian.AppendUint32(nil, s.KeyHash()), sig...)
	return fmt.Appendf(nil, "— %s %s\n", s.Name(), encoding.EncodeToString(raw)), nil
}

// checkSignature checks the signature line that sign writes, and takes no
// other spelling of it.
func checkSignature(key note.Verifier, context string, message, line []byte) error {
	s, ok := strings.CutSuffix(string(line), "\n")
	s, dash := strings.CutPrefix(s, "— ")
	name, text, space := strings.Cut(s, " ")
	raw, err := encoding.DecodeString(text)
	if !ok || !dash || !space || err != nil || len(raw) != 4+ed25519.SignatureSize || strings.ContainsAny(text, "\r\n") {
		return errors.New("its signature line cannot be read")
	}
	if name != key.Name() || binary.BigEndian.Uint32(raw) != key.KeyHash() {
		return fmt.Errorf("it is signed by %.100q, not by the node's entry key %q", name, key.Name())
	}
	if !key.Verify(append([]byte(context), message...), raw[4:]) {
		return fmt.Errorf("its signature by %s is wrong", plain(name))
	}
	return nil
}
