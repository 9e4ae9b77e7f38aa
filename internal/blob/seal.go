package blob

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
)

// The sealed form, specified in docs/spec/blob.md:
//
//	magic ‖ nonce ‖ head ‖ chunk ‖ chunk ‖ … ‖ last chunk
const (
	magic     = "heed-blob/1\n"
	nonceSize = 32
	tagSize   = 16
	sumSize   = sha256.Size
	headAt    = len(magic) + nonceSize
	prefix    = headAt + sumSize + tagSize // bytes before the first chunk
	chunkSize = 64 << 10                   // plaintext bytes in every chunk but the last
	fullChunk = chunkSize + tagSize
)

// A sealer holds the keys of a store. It is safe for concurrent use.
type sealer struct{ key, names []byte }

func newSealer(key []byte) sealer {
	return sealer{key: key, names: expand(key, nil, "heed blob name v1")}
}

// name returns the name under which content of this SHA-256 is kept. Without
// the key it tells nothing of the content.
func (s sealer) name(sum [32]byte) string {
	m := hmac.New(sha256.New, s.names)
	m.Write(sum[:])
	return hex.EncodeToString(m.Sum(nil))
}

// ciphers returns what seals the head and the chunks of the file with this
// nonce.
func (s sealer) ciphers(nonce []byte) (head, body cipher.AEAD) {
	return gcm(expand(s.key, nonce, "heed blob head v1")), gcm(expand(s.key, nonce, "heed blob body v1"))
}

func expand(key, salt []byte, info string) []byte {
	out, err := hkdf.Key(sha256.New, key, salt, info, 32)
	if err != nil {
		panic(err) // only a length beyond HKDF's limit fails
	}
	return out
}

func gcm(key []byte) cipher.AEAD {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only a key of the wrong length fails
	}
	a, err := cipher.NewGCM(b)
	if err != nil {
		panic(err)
	}
	return a
}

// chunkNonce is the number of the chunk and whether it is the last: no chunk
// can be moved, dropped, repeated or cut off unseen.
func chunkNonce(i int64, last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[3:], uint64(i))
	if last {
		n[11] = 1
	}
	return n
}

// seal encrypts all of r into w and returns what it read.
func (s sealer) seal(w io.WriterAt, r io.Reader) (Ref, error) {
	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	return s.sealWith(nonce, w, r)
}

// sealWith takes the nonce, which must never be used for anything else.
func (s sealer) sealWith(nonce []byte, w io.WriterAt, r io.Reader) (Ref, error) {
	head, body := s.ciphers(nonce)
	h := sha256.New()
	var size int64
	in := bufio.NewReaderSize(r, chunkSize)
	buf, out := make([]byte, chunkSize), make([]byte, 0, fullChunk)
	for i, last := int64(0), false; !last; i++ {
		n, eof, err := fill(in, buf)
		if err != nil {
			return Ref{}, err
		}
		last = eof
		h.Write(buf[:n])
		size += int64(n)
		out = body.Seal(out[:0], chunkNonce(i, last), buf[:n], nil)
		if _, err := w.WriteAt(out, int64(prefix)+i*fullChunk); err != nil {
			return Ref{}, err
		}
	}
	sum := h.Sum(nil)
	first := append([]byte(magic), nonce...)
	first = head.Seal(first, make([]byte, 12), sum, []byte(magic))
	if _, err := w.WriteAt(first, 0); err != nil {
		return Ref{}, err
	}
	return Ref{[32]byte(sum), size}, nil
}

// fill reads until buf is full or r ends, and says whether nothing follows.
// An io.ErrUnexpectedEOF of r is a broken input and not its end, so that
// io.ReadFull would not do.
func fill(r *bufio.Reader, buf []byte) (n int, last bool, err error) {
	for n < len(buf) {
		m, err := r.Read(buf[n:])
		n += m
		if err == io.EOF {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	if _, err = r.Peek(1); err == io.EOF {
		return n, true, nil
	}
	return n, false, err
}

// openHead reads the beginning of a sealed file: the SHA-256 of its content
// and what opens its chunks.
func (s sealer) openHead(r io.ReaderAt) (sum [32]byte, body cipher.AEAD, err error) {
	first := make([]byte, prefix)
	if n, err := r.ReadAt(first, 0); n < prefix {
		if err == io.EOF {
			err = fmt.Errorf("%w: it ends before its content", ErrCorrupt)
		}
		return sum, nil, err
	}
	if string(first[:len(magic)]) != magic {
		return sum, nil, fmt.Errorf("%w: it does not begin as a sealed blob", ErrCorrupt)
	}
	head, body := s.ciphers(first[len(magic):headAt])
	plain, err := head.Open(nil, make([]byte, 12), first[headAt:], []byte(magic))
	if err != nil {
		return sum, nil, fmt.Errorf("%w: its head was changed, or the key is another", ErrCorrupt)
	}
	return [32]byte(plain), body, nil
}

// plainSize returns the size of the content of a sealed file.
func plainSize(stored int64) (int64, error) {
	body := stored - int64(prefix)
	if body < tagSize {
		return 0, fmt.Errorf("%w: it ends before its content", ErrCorrupt)
	}
	full, rest := body/fullChunk, body%fullChunk
	switch {
	case rest == 0:
		return full * chunkSize, nil
	case rest < tagSize, rest == tagSize && full > 0: // only empty content has an empty chunk
		return 0, fmt.Errorf("%w: its last chunk was cut", ErrCorrupt)
	}
	return full*chunkSize + rest - tagSize, nil
}
