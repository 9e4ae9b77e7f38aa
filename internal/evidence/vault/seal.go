package vault

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/heed-project/heed/internal/blob"
)

// stretch is how much is read, hashed and encrypted at a time.
const stretch = 16 * chunk

// part is a buffer that goes round between the reader and those who use what
// it read.
type part struct {
	buf  []byte
	n    int
	last bool
	used sync.WaitGroup
}

// Seal keeps all that r yields as one object. Size is how much that will be,
// or 0 if it is not known. Reading, hashing, encrypting and writing go on side
// by side.
func (v *Vault) Seal(ctx context.Context, r io.Reader, size int64) (Kept, error) {
	head, w, err := begin(nil, wrapTo(v.recipients()))
	if err != nil {
		return Kept{}, fmt.Errorf("encrypt: %w", err)
	}
	room := int64(0)
	if size > 0 {
		room = int64(len(head)) + size + (size/chunk+1)*tag
	}
	d, err := v.shelf.Draft(room)
	if err != nil {
		return Kept{}, err
	}
	defer d.Discard()
	if _, err := d.Write(head); err != nil {
		return Kept{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := &inflow{parts: make(chan *part, 4), hashing: make(chan *part, 4), free: make(chan *part, 6)}
	for range cap(in.free) {
		in.free <- &part{buf: make([]byte, stretch)}
	}
	go in.read(ctx, r)
	hash := sha256.New()
	hashed := make(chan struct{})
	go func() {
		defer close(hashed)
		for p := range in.hashing {
			hash.Write(p.buf[:p.n])
			p.used.Done()
		}
	}()
	k := Kept{}
	for p := range in.parts {
		if err == nil {
			if err = w.sealPart(d, p); err != nil {
				cancel()
			}
		}
		k.Size += int64(p.n)
		p.used.Done()
	}
	<-hashed
	if err == nil {
		err = in.err
	}
	if err != nil {
		return Kept{}, fmt.Errorf("read what is to be kept: %w", err)
	}
	hash.Sum(k.SHA256[:0])
	k.Object, k.Length = v.name("file", k.SHA256), d.Size()
	return k, d.Keep(ctx, k.Object)
}

// sealPart writes the chunks of a part, into the memory from which they are
// written wherever they fit.
func (w *writer) sealPart(d *blob.Draft, p *part) error {
	for at := 0; ; at += chunk {
		end := min(at+chunk, p.n)
		last := p.last && end == p.n
		if end > at || last {
			plain := p.buf[at:end]
			if room := d.Room(len(plain) + tag); room != nil {
				w.seal(room[:0], plain, last)
				if err := d.Filled(len(plain) + tag); err != nil {
					return err
				}
			} else if _, err := d.Write(w.seal(nil, plain, last)); err != nil {
				return err
			}
		}
		if end == p.n {
			return nil
		}
	}
}

// inflow reads ahead.
type inflow struct {
	parts, hashing, free chan *part
	err                  error // valid once parts is closed
}

// read fills parts until r ends. It is one part ahead of those who encrypt, so
// that they know which is the last.
func (in *inflow) read(ctx context.Context, r io.Reader) {
	defer close(in.parts)
	defer close(in.hashing)
	var held *part
	give := func(p *part) {
		p.used.Add(2)
		in.hashing <- p
		in.parts <- p
		go func() { p.used.Wait(); in.free <- p }()
	}
	for {
		if in.err = ctx.Err(); in.err != nil {
			return
		}
		p := <-in.free
		n, err := readFull(r, p.buf)
		p.n, p.last = n, false
		if err != nil && err != io.EOF {
			in.err = err
			return
		}
		if held != nil && n > 0 {
			give(held)
			held = nil
		}
		if held == nil {
			held = p
		}
		if err == io.EOF {
			held.last = true
			give(held)
			return
		}
	}
}

// readFull reads until buf is full. It returns io.EOF where r ends, with what
// there was, and any other error, io.ErrUnexpectedEOF too, as a broken input.
func readFull(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	if n == len(buf) && err == io.EOF {
		return n, io.EOF
	}
	return n, err
}

// segmentMagic begins a segment: it is followed by the length of an age file
// that holds the segment's key, by that file, and by its members.
const segmentMagic = "heed-segment/1\n"

// roomFor is how large a segment grows before its memory must be moved.
const roomFor = 14 << 20

// A Segment gathers small files in memory, to be kept together. It is used by
// one goroutine.
type Segment struct {
	v    *Vault
	buf  []byte
	kek  cipher.AEAD
	sums [][32]byte
}

// Segment begins a segment.
func (v *Vault) Segment() (*Segment, error) {
	key := make([]byte, chacha20poly1305.KeySize)
	rand.Read(key)
	kek, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	sealed, w, err := begin(nil, wrapTo(v.recipients()))
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	sealed = w.sealAll(sealed, key)
	s := &Segment{v: v, kek: kek}
	if room, ok := v.rooms.Get().(*[]byte); ok {
		s.buf = (*room)[:0]
	} else {
		s.buf = make([]byte, 0, roomFor)
	}
	s.buf = append(s.buf, segmentMagic...)
	s.buf = binary.BigEndian.AppendUint32(s.buf, uint32(len(sealed)))
	s.buf = append(s.buf, sealed...)
	return s, nil
}

// Add hashes and encrypts a small file. Where it is kept is complete after
// Keep, which names the object.
func (s *Segment) Add(data []byte) (Kept, error) {
	k := Kept{SHA256: sha256.Sum256(data), Size: int64(len(data)), Place: Place{Offset: int64(len(s.buf)), Packed: true}}
	var w *writer
	var err error
	if s.buf, w, err = begin(s.buf, wrapAs(s.kek, uint64(len(s.sums)))); err != nil {
		return Kept{}, err
	}
	s.buf = w.sealAll(s.buf, data)
	k.Length = int64(len(s.buf)) - k.Offset
	s.sums = append(s.sums, k.SHA256)
	return k, nil
}

// Size is how large the segment has become, and Len how many are in it.
func (s *Segment) Size() int { return len(s.buf) }

// Len is the number of members.
func (s *Segment) Len() int { return len(s.sums) }

// Keep makes the segment durable and returns its name. It ends the segment.
func (s *Segment) Keep(ctx context.Context) (object string, err error) {
	object = s.v.name("segment", s.sums...)
	err = s.v.put(ctx, object, s.buf)
	room := s.buf
	s.v.rooms.Put(&room)
	s.buf, s.sums = nil, nil
	return object, err
}

func (v *Vault) put(ctx context.Context, object string, data []byte) error {
	d, err := v.shelf.Draft(int64(len(data)))
	if err != nil {
		return err
	}
	defer d.Discard()
	if _, err := d.Write(data); err != nil {
		return err
	}
	return d.Keep(ctx, object)
}
