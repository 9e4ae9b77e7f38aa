package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// The age format (age-encryption.org/v1) as it is written here: by chunks that
// the caller has at hand, without a copy and without a buffer for each file.
// Package age reads it; the tests see to that.
const (
	chunk     = 64 << 10
	tag       = chacha20poly1305.Overhead
	fileKey   = 16
	saltBytes = 16
)

// writer encrypts one age file, chunk by chunk.
type writer struct {
	aead  cipher.AEAD
	nonce [12]byte
}

// begin appends the header of a new age file to dst. Wrap gives the stanzas
// that hold its file key.
func begin(dst []byte, wrap func(key []byte) ([]*age.Stanza, error)) ([]byte, *writer, error) {
	var secret [fileKey + saltBytes]byte
	rand.Read(secret[:])
	key, salt := secret[:fileKey], secret[fileKey:]
	stanzas, err := wrap(key)
	if err != nil {
		return dst, nil, err
	}
	return payload(appendHeader(dst, key, stanzas), key, salt)
}

// resume is begin under a header that dst ends with, whose file key is known.
func resume(dst, key []byte) ([]byte, *writer, error) {
	var salt [saltBytes]byte
	rand.Read(salt[:])
	return payload(dst, key, salt[:])
}

func payload(dst, key, salt []byte) ([]byte, *writer, error) {
	secret := derive(key, salt, "payload")
	aead, err := chacha20poly1305.New(secret[:])
	return append(dst, salt...), &writer{aead: aead}, err
}

// appendHeader appends the header of an age file with this key.
func appendHeader(dst, key []byte, stanzas []*age.Stanza) []byte {
	from := len(dst)
	dst = append(dst, "age-encryption.org/v1\n"...)
	for _, s := range stanzas {
		dst = append(dst, "-> "+s.Type...)
		for _, a := range s.Args {
			dst = append(append(dst, ' '), a...)
		}
		dst = append(dst, '\n')
		dst = appendBody(dst, s.Body)
	}
	dst = append(dst, "---"...)
	macKey := derive(key, nil, "header")
	sum := mac(macKey[:], dst[from:])
	dst = append(dst, ' ')
	dst = base64.RawStdEncoding.AppendEncode(dst, sum[:])
	return append(dst, '\n')
}

// mac is HMAC-SHA256 under a key of at most a block, and derive is HKDF-SHA256
// to 32 bytes. They are crypto/hmac and crypto/hkdf without the five digests
// that those make, which took a small file longer than to be encrypted; a test
// compares them.
func mac(key, text []byte) [32]byte {
	var inner, outer [sha256.BlockSize]byte
	if n := copy(inner[:], key); n < len(key) {
		panic("vault: the key of a mac is longer than a block")
	}
	outer = inner
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	var room [1024]byte
	sum := sha256.Sum256(append(append(room[:0], inner[:]...), text...))
	return sha256.Sum256(append(append(room[:0], outer[:]...), sum[:]...))
}

func derive(secret, salt []byte, info string) [32]byte {
	prk := mac(salt, secret)
	var room [64]byte
	return mac(prk[:], append(append(room[:0], info...), 1))
}

// appendBody writes the body of a stanza in lines of 64 letters, the last of
// which is shorter.
func appendBody(dst, body []byte) []byte {
	const line = 48
	for ; len(body) >= line; body = body[line:] {
		dst = append(base64.RawStdEncoding.AppendEncode(dst, body[:line]), '\n')
	}
	return append(base64.RawStdEncoding.AppendEncode(dst, body), '\n')
}

// seal appends one chunk, which has 64 KiB unless it is the last.
func (w *writer) seal(dst, plain []byte, last bool) []byte {
	if last {
		w.nonce[11] = 1
	}
	dst = w.aead.Seal(dst, w.nonce[:], plain, nil)
	binary.BigEndian.PutUint64(w.nonce[3:11], binary.BigEndian.Uint64(w.nonce[3:11])+1)
	return dst
}

// sealAll appends the chunks of a whole file.
func (w *writer) sealAll(dst, plain []byte) []byte {
	for len(plain) > chunk {
		dst = w.seal(dst, plain[:chunk], false)
		plain = plain[chunk:]
	}
	return w.seal(dst, plain, true)
}

// wrapTo wraps a file key for every recipient.
func wrapTo(to []age.Recipient) func([]byte) ([]*age.Stanza, error) {
	return func(key []byte) (all []*age.Stanza, err error) {
		for _, r := range to {
			s, err := r.Wrap(key)
			if err != nil {
				return nil, err
			}
			all = append(all, s...)
		}
		return all, nil
	}
}

// stanzaType names a stanza whose file key is wrapped with the key of the
// segment. Its argument is the number of the member, which is the nonce: the
// key is used in one segment alone, so that none comes twice.
const stanzaType = "heed-segment"

func memberNonce(n uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), n)
}

// wrapAs wraps a file key as member n of a segment.
func wrapAs(kek cipher.AEAD, n uint64) func([]byte) ([]*age.Stanza, error) {
	return func(key []byte) ([]*age.Stanza, error) {
		return []*age.Stanza{{Type: stanzaType, Args: []string{strconv.FormatUint(n, 10)}, Body: kek.Seal(nil, memberNonce(n), key, nil)}}, nil
	}
}

// member is the identity that opens the members of a segment.
type member struct{ kek cipher.AEAD }

// Unwrap implements age.Identity.
func (m member) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != stanzaType || len(s.Args) != 1 {
			continue
		}
		n, err := strconv.ParseUint(s.Args[0], 10, 64)
		if err != nil || strings.HasPrefix(s.Args[0], "+") || len(s.Body) != fileKey+tag {
			return nil, errors.New("the stanza of a segment's member cannot be read")
		}
		key, err := m.kek.Open(nil, memberNonce(n), s.Body, nil)
		if err != nil {
			return nil, age.ErrIncorrectIdentity
		}
		return key, nil
	}
	return nil, age.ErrIncorrectIdentity
}
