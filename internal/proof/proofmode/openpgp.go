package proofmode

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/heed-project/heed/internal/proof/judge"
)

// Keys are OpenPGP keys that are known from elsewhere.
type Keys struct{ list openpgp.EntityList }

// ParseKeys reads public keys, armoured or not.
func ParseKeys(b []byte) (Keys, error) {
	list, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(b))
	if err != nil && !bytes.Contains(b, []byte("-----BEGIN")) {
		list, err = openpgp.ReadKeyRing(bytes.NewReader(b))
	}
	if err != nil {
		return Keys{}, fmt.Errorf("public keys: %w", err)
	}
	return Keys{list}, nil
}

// Signature is what a detached signature states.
type Signature struct {
	KeyID uint64
	Made  time.Time

	raw []byte
}

// otherKinds are kinds of armour that hold something else than a detached signature.
var otherKinds = []string{"PGP SIGNED MESSAGE", "PGP MESSAGE", "PGP PUBLIC KEY BLOCK", "PGP PRIVATE KEY BLOCK"}

// otherArmour is the error about one of them.
type otherArmour string

func (o otherArmour) Error() string { return fmt.Sprintf("signature: a %q is none", string(o)) }

// beginning is the first line of an armour.
var beginning = regexp.MustCompile(`-----BEGIN (PGP [A-Z ]+)-----`)

// Holds tells what OpenPGP armour a file begins with, such as "PGP SIGNATURE", or
// returns nothing.
func Holds(head []byte) string {
	if m := beginning.FindSubmatch(head); m != nil {
		return string(m[1])
	}
	return ""
}

// ParseSignature reads a detached signature, armoured or not. The armour must be
// whole: its first and last line, its letters, and its checksum, where there is
// one.
func ParseSignature(b []byte) (*Signature, error) {
	raw := b
	if bytes.Contains(b, []byte("-----BEGIN")) {
		block, err := armor.Decode(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("signature: armour: %w", err)
		}
		if slices.Contains(otherKinds, block.Type) {
			return nil, otherArmour(block.Type)
		}
		if block.Type != "PGP SIGNATURE" {
			return nil, fmt.Errorf("signature: a %q is none", block.Type)
		}
		if raw, err = io.ReadAll(io.LimitReader(block.Body, 1<<20)); err != nil {
			return nil, fmt.Errorf("signature: armour: %w", err)
		}
		if err := whole(string(b), raw); err != nil {
			return nil, fmt.Errorf("signature: %w", err)
		}
	}
	p, err := packet.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	sig, ok := p.(*packet.Signature)
	if !ok {
		return nil, errors.New("signature: the file holds none")
	}
	s := &Signature{Made: sig.CreationTime.UTC(), raw: raw}
	if sig.IssuerKeyId != nil {
		s.KeyID = *sig.IssuerKeyId
	}
	return s, nil
}

// whole checks what the reader of the armour lets pass: that its first and last
// line are as they should be, that its letters are those that the raw bytes are
// written with, and the CRC-24 (RFC 4880), which newer programs may leave out.
func whole(armoured string, raw []byte) error {
	var body strings.Builder
	begun, inBody, want := false, false, "="+base64.StdEncoding.EncodeToString(crc24(raw))
	for line := range strings.Lines(armoured) {
		switch line = strings.TrimSpace(line); {
		case !begun:
			begun = line == "-----BEGIN PGP SIGNATURE-----"
		case !inBody: // headers, up to an empty line
			inBody = line == ""
		case line == "-----END PGP SIGNATURE-----":
			if body.String() != base64.StdEncoding.EncodeToString(raw) {
				return errors.New("the letters of its armour are not those of its bytes: it was changed")
			}
			return nil
		case len(line) == 5 && line[0] == '=':
			if line != want {
				return errors.New("the checksum of its armour is wrong: it was changed")
			}
		default:
			body.WriteString(line)
		}
	}
	if !begun {
		return errors.New("the first line of its armour is not -----BEGIN PGP SIGNATURE-----: it was changed")
	}
	return errors.New("its armour does not end with -----END PGP SIGNATURE-----: it was cut off or changed")
}

// crc24 is the checksum of an armour.
func crc24(raw []byte) []byte {
	crc := uint32(0xb704ce)
	for _, b := range raw {
		crc ^= uint32(b) << 16
		for range 8 {
			crc <<= 1
			if crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return []byte{byte(crc >> 16), byte(crc >> 8), byte(crc)}
}

var errNoKey = errors.New("the key that signed it is not here")

// Verify checks a signature over data with the keys, at the time that it
// states, and returns the key's fingerprint.
func (s *Signature) Verify(data io.Reader, keys Keys) (string, error) {
	cfg := &packet.Config{Time: func() time.Time { return s.Made }, MinRSABits: 1024,
		RejectHashAlgorithms: map[crypto.Hash]bool{crypto.MD5: true}, RejectMessageHashAlgorithms: map[crypto.Hash]bool{crypto.MD5: true}}
	signer, err := openpgp.CheckDetachedSignature(keys.list, data, bytes.NewReader(s.raw), cfg)
	switch {
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return "", errNoKey
	case err != nil:
		return "", err
	}
	return fmt.Sprintf("%X", signer.PrimaryKey.Fingerprint), nil
}

// signatures judges every signature of a set.
func signatures(fsys fs.FS, s Set, known Keys, f *judge.Finding) {
	if len(s.Signed) == 0 {
		f.Note("no signature came along")
		return
	}
	brought := Keys{}
	if s.PublicKey != "" {
		b, err := judge.Read(fsys, s.PublicKey, 1<<20)
		if err == nil {
			brought, err = ParseKeys(b)
		}
		if err != nil {
			f.Worsen(&f.Integrity, judge.Bad, "%s cannot be read: %v", path.Base(s.PublicKey), err)
		}
	}
	for _, pair := range s.Signed {
		of := pair[1]
		if of == s.Base && s.Media != "" {
			of = s.Media
		}
		Detached(fsys, pair[0], of, known, brought, f)
	}
}

// Detached judges one detached signature over a file. Known keys prove an
// identity, keys that came along with the file do not.
func Detached(fsys fs.FS, name, of string, known, brought Keys, f *judge.Finding) {
	b, err := judge.Read(fsys, name, 1<<20)
	var sig *Signature
	if err == nil {
		sig, err = ParseSignature(b)
	}
	if other := otherArmour(""); errors.As(err, &other) {
		f.Note("%s is a %s by itself, and no signature over another file", path.Base(name), string(other))
		return
	}
	sig.judge(name, of, func() (io.ReadCloser, error) { return fsys.Open(of) }, err, known, brought, f)
}

// Clear judges a text that carries its signature in itself.
func Clear(name string, b []byte, known, brought Keys, f *judge.Finding) {
	block, rest := clearsign.Decode(b)
	var sig *Signature
	err := errors.New("it was cut off or changed")
	if block != nil {
		whole := b[:len(b)-len(rest)]
		sig, err = ParseSignature(whole[max(0, bytes.LastIndex(whole, []byte("-----BEGIN PGP SIGNATURE"))):])
	}
	sig.judge(name, name, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(block.Bytes)), nil }, err, known, brought, f)
	before, _, _ := bytes.Cut(b, []byte("-----BEGIN PGP SIGNED MESSAGE-----"))
	if err == nil && len(bytes.TrimSpace(before))+len(bytes.TrimSpace(rest)) > 0 {
		f.Worsen(&f.Integrity, judge.Unknown, "words stand before or after the text that was signed: nobody signed those")
	}
}

// judge judges a signature that was read, or was not, over data.
func (s *Signature) judge(name, of string, open func() (io.ReadCloser, error), err error, known, brought Keys, f *judge.Finding) {
	if err != nil {
		f.Worsen(&f.Integrity, judge.Bad, "%s cannot be read: %v", path.Base(name), err)
		f.Worsen(&f.Identity, judge.Bad, "")
		return
	}
	f.StatedAt(s.Made)
	f.Worsen(&f.Time, judge.Unknown, "%s states that it was made %s, by the signer's own clock", path.Base(name), s.Made.Format("2 Jan 2006 15:04:05 MST"))
	for i, keys := range []Keys{known, brought} {
		data, err := open()
		if err != nil {
			f.Worsen(&f.Integrity, judge.Unknown, "what %s signs is not here", path.Base(name))
			f.Worsen(&f.Identity, judge.Unknown, "")
			return
		}
		print, err := s.Verify(io.LimitReader(data, judge.MaxBytes), keys)
		data.Close()
		switch {
		case errors.Is(err, errNoKey):
			continue
		case err != nil:
			f.Worsen(&f.Integrity, judge.Bad, "%s does not hold: %v", path.Base(name), err)
			f.Worsen(&f.Identity, judge.Bad, "")
			return
		}
		f.Signer = print
		v, whose := judge.Good, "is one of those you know"
		if i == 1 {
			v, whose = judge.Unknown, "came along with it: whose it is has to be known from elsewhere"
		}
		f.Worsen(&f.Identity, v, "signed by the key %s, which %s", print, whose)
		f.Worsen(&f.Integrity, judge.Good, "%s holds: %s is as it was signed", path.Base(name), path.Base(of))
		return
	}
	if f.Integrity == judge.Absent {
		f.Integrity = judge.Unknown
	}
	f.Worsen(&f.Identity, judge.Unknown, "%s is by the key %016X, which is not here: it was not checked", path.Base(name), s.KeyID)
}
