package blob

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/heed-project/heed/internal/fault"
)

// sealed keeps blobs encrypted, under names that tell nothing. What is
// gathered before it is kept is encrypted too.
type sealed struct {
	place
	sealer
}

func (s *sealed) Put(ctx context.Context, r io.Reader) (Ref, error) {
	return spooled(ctx, s.place, func(f *os.File) (string, Ref, error) {
		ref, err := s.seal(f, cancellable{ctx, r})
		return s.name(ref.SHA256), ref, err
	})
}

func (s *sealed) Open(ctx context.Context, sum [32]byte) (Blob, error) {
	raw, err := s.open(ctx, s.name(sum))
	if err != nil {
		return nil, err
	}
	b, err := s.unseal(raw, sum)
	if err != nil {
		raw.Close()
		return nil, fmt.Errorf("open blob %s…: %w", Ref{SHA256: sum}.String()[:12], err)
	}
	return b, nil
}

// unseal returns the content of a sealed file, which must be that of this
// SHA-256.
func (s sealer) unseal(raw Blob, want [32]byte) (Blob, error) {
	size, err := plainSize(raw.Size())
	if err != nil {
		return nil, err
	}
	sum, body, err := s.openHead(raw)
	if err != nil {
		return nil, err
	}
	if sum != want {
		return nil, fmt.Errorf("%w: it is another blob, moved here", ErrCorrupt)
	}
	return &opened{raw: raw, body: body, size: size, have: -1, next: -1}, nil
}

func (s *sealed) Stat(ctx context.Context, sum [32]byte) (Ref, error) {
	stored, err := s.stat(ctx, s.name(sum))
	if err != nil {
		return Ref{}, err
	}
	size, err := plainSize(stored)
	return Ref{sum, size}, err
}

func (s *sealed) Delete(ctx context.Context, sum [32]byte) error {
	return s.remove(ctx, s.name(sum))
}

// List opens the head of every file, for the names tell nothing. A file that
// is not a sealed blob under its right name ends the list with ErrCorrupt.
func (s *sealed) List(ctx context.Context, fn func(Ref) error) error {
	return s.list(ctx, func(name string, stored int64) error {
		sum, err := s.head(ctx, name)
		if fault.KindOf(err) == fault.KindNotFound {
			return nil
		}
		if err == nil && s.name(sum) != name {
			err = fmt.Errorf("%w: it is another blob, moved here", ErrCorrupt)
		}
		var size int64
		if err == nil {
			size, err = plainSize(stored)
		}
		if err != nil {
			return fmt.Errorf("list blobs: stored name %s…: %w", name[:12], err)
		}
		return fn(Ref{sum, size})
	})
}

func (s *sealed) head(ctx context.Context, name string) ([32]byte, error) {
	raw, err := s.open(ctx, name)
	if err != nil {
		return [32]byte{}, err
	}
	defer raw.Close()
	sum, _, err := s.openHead(raw)
	return sum, err
}

// opened reads the content of a sealed file. Whatever it returns was
// authenticated.
type opened struct {
	raw  Blob
	body cipher.AEAD
	size int64
	pos  int64

	have  int64  // the chunk whose content is in plain, or -1
	next  int64  // the chunk that raw would read next, or -1
	plain []byte // content of chunk have
	buf   []byte
}

func (b *opened) Size() int64  { return b.size }
func (b *opened) Close() error { return b.raw.Close() }

// chunks returns the number of chunks; even empty content has one.
func (b *opened) chunks() int64 { return max(1, (b.size+chunkSize-1)/chunkSize) }

// stored returns how many bytes chunk i has in the file.
func (b *opened) stored(i int64) int {
	return int(min(chunkSize, b.size-i*chunkSize)) + tagSize
}

// load makes chunk i the one at hand. In order, it costs no seek.
func (b *opened) load(i int64) error {
	if b.have == i {
		return nil
	}
	if b.next != i {
		if _, err := b.raw.Seek(int64(prefix)+i*fullChunk, io.SeekStart); err != nil {
			return err
		}
	}
	b.have, b.next = -1, -1
	if b.buf == nil {
		b.buf = make([]byte, fullChunk)
	}
	sealed := b.buf[:b.stored(i)]
	if _, err := io.ReadFull(b.raw, sealed); err != nil {
		return fmt.Errorf("read blob: %w", cut(err))
	}
	plain, err := b.open(i, sealed)
	if err != nil {
		return err
	}
	b.plain, b.have, b.next = plain, i, i+1
	return nil
}

// open decrypts chunk i in place.
func (b *opened) open(i int64, sealed []byte) ([]byte, error) {
	plain, err := b.body.Open(sealed[:0], chunkNonce(i, i == b.chunks()-1), sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: bytes %d to %d were changed", ErrCorrupt, i*chunkSize, i*chunkSize+int64(len(sealed))-tagSize)
	}
	return plain, nil
}

// cut turns an early end of the stored file into what it means.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrCorrupt
	}
	return err
}

func (b *opened) Read(p []byte) (int, error) {
	if b.pos >= b.size && b.size > 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := b.load(b.pos / chunkSize); err != nil {
		return 0, err
	}
	n := copy(p, b.plain[b.pos%chunkSize:])
	b.pos += int64(n)
	if n == 0 {
		return 0, io.EOF // empty content, whose one chunk was checked
	}
	return n, nil
}

func (b *opened) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += b.pos
	case io.SeekEnd:
		offset += b.size
	default:
		return b.pos, fmt.Errorf("seek: whence is %d", whence)
	}
	if offset < 0 {
		return b.pos, errors.New("seek: before the beginning")
	}
	b.pos = offset
	return offset, nil
}

// span is the number of chunks that ReadAt fetches at a time.
const span = 16

func (b *opened) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("read at: before the beginning")
	}
	var buf []byte
	for n < len(p) && off < b.size {
		first := off / chunkSize
		last := min((off+int64(len(p)-n)-1)/chunkSize, first+span-1, b.chunks()-1)
		want := (last-first)*fullChunk + int64(b.stored(last))
		if int64(cap(buf)) < want {
			buf = make([]byte, want)
		}
		if m, err := b.raw.ReadAt(buf[:want], int64(prefix)+first*fullChunk); int64(m) < want {
			return n, fmt.Errorf("read blob: %w", cut(err))
		}
		for i := first; i <= last; i++ {
			at := (i - first) * fullChunk
			plain, err := b.open(i, buf[at:at+int64(b.stored(i))])
			if err != nil {
				return n, err
			}
			m := copy(p[n:], plain[off%chunkSize:])
			n += m
			off += int64(m)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
