package proofmode

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
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

// ParseSignature reads a detached signature, armoured or not. The armour's
// checksum, where there is one, must be right.
func ParseSignature(b []byte) (*Signature, error) {
	raw := b
	if bytes.Contains(b, []byte("-----BEGIN")) {
		block, err := armor.Decode(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("signature: armour: %w", err)
		}
		if block.Type != "PGP SIGNATURE" || !bytes.Contains(b, []byte("-----END PGP SIGNATURE-----")) {
			return nil, fmt.Errorf("signature: a %q is none", block.Type)
		}
		if raw, err = io.ReadAll(io.LimitReader(block.Body, 1<<20)); err != nil {
			return nil, fmt.Errorf("signature: armour: %w", err)
		}
		if err := checksum(b, raw); err != nil {
			return nil, err
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

// checksum checks the CRC-24 of the armour (RFC 4880), which newer programs
// may leave out.
func checksum(armoured, raw []byte) error {
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
	want := "=" + b64(crc)
	for line := range strings.Lines(string(armoured)) {
		if line = strings.TrimSpace(line); len(line) == 5 && line[0] == '=' && line != want {
			return errors.New("signature: the checksum of its armour is wrong: it was changed")
		}
	}
	return nil
}

// b64 writes 24 bits as four letters.
func b64(n uint32) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return string([]byte{letters[n>>18&63], letters[n>>12&63], letters[n>>6&63], letters[n&63]})
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
	if err != nil {
		f.Worsen(&f.Integrity, judge.Bad, "%s cannot be read: %v", path.Base(name), err)
		f.Worsen(&f.Identity, judge.Bad, "")
		return
	}
	f.StatedAt(sig.Made)
	f.Worsen(&f.Time, judge.Unknown, "%s states that it was made %s, by the signer's own clock", path.Base(name), sig.Made.Format("2 Jan 2006 15:04:05 MST"))
	for i, keys := range []Keys{known, brought} {
		data, err := fsys.Open(of)
		if err != nil {
			f.Worsen(&f.Integrity, judge.Unknown, "what %s signs is not here", path.Base(name))
			f.Worsen(&f.Identity, judge.Unknown, "")
			return
		}
		print, err := sig.Verify(io.LimitReader(data, judge.MaxBytes), keys)
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
	f.Worsen(&f.Identity, judge.Unknown, "%s is by the key %016X, which is not here: it was not checked", path.Base(name), sig.KeyID)
}
