package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
)

// plain keeps blobs as they are, under their own SHA-256.
type plain struct{ place }

func (s *plain) Put(ctx context.Context, r io.Reader) (Ref, error) {
	return spooled(ctx, s.place, func(f *os.File) (string, Ref, error) {
		h := sha256.New()
		n, err := io.Copy(io.MultiWriter(f, h), cancellable{ctx, r})
		ref := Ref{SHA256: [32]byte(h.Sum(nil)), Size: n}
		return ref.String(), ref, err
	})
}

func (s *plain) Open(ctx context.Context, sum [32]byte) (Blob, error) {
	b, err := s.open(ctx, hex.EncodeToString(sum[:]))
	if err != nil {
		return nil, err
	}
	return &checked{Blob: b, sum: sum, hash: sha256.New()}, nil
}

func (s *plain) Stat(ctx context.Context, sum [32]byte) (Ref, error) {
	n, err := s.stat(ctx, hex.EncodeToString(sum[:]))
	return Ref{sum, n}, err
}

func (s *plain) Delete(ctx context.Context, sum [32]byte) error {
	return s.remove(ctx, hex.EncodeToString(sum[:]))
}

func (s *plain) List(ctx context.Context, fn func(Ref) error) error {
	return s.list(ctx, func(name string, size int64) error {
		sum, err := ParseSum(name)
		if err != nil {
			return err
		}
		return fn(Ref{sum, size})
	})
}

// checked hashes what is read in order from the start, and at the end
// compares.
type checked struct {
	Blob
	sum    [32]byte
	hash   hash.Hash
	hashed int64 // bytes hashed so far
	pos    int64 // where the next Read begins
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.Blob.Read(p)
	if c.pos == c.hashed {
		c.hash.Write(p[:n])
		c.hashed += int64(n)
	}
	c.pos += int64(n)
	if err == io.EOF && c.pos == c.hashed && !bytes.Equal(c.hash.Sum(nil), c.sum[:]) {
		return n, ErrCorrupt
	}
	return n, err
}

func (c *checked) Seek(offset int64, whence int) (int64, error) {
	pos, err := c.Blob.Seek(offset, whence)
	if err != nil {
		return pos, err
	}
	c.pos = pos
	if pos == 0 {
		c.hash.Reset()
		c.hashed = 0
	}
	return pos, nil
}
