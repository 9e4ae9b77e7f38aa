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
	out := make([]byte, 0, stretch+16*tag)
	for p := range in.parts {
		out = w.sealPart(out[:0], p)
		k.Size += int64(p.n)
		p.used.Done()
		if err == nil {
			if _, err = d.Write(out); err != nil {
				cancel()
			}
		}
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

// sealPart appends the chunks of a part.
func (w *writer) sealPart(dst []byte, p *part) []byte {
	if p.last {
		return w.sealAll(dst, p.buf[:p.n])
	}
	for at := 0; at < p.n; at += chunk {
		dst = w.seal(dst, p.buf[at:at+chunk], false)
	}
	return dst
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
	s := &Segment{v: v, kek: kek, buf: make([]byte, 0, 2<<20)}
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

// Keep makes the segment durable and returns its name.
func (s *Segment) Keep(ctx context.Context) (object string, err error) {
	object = s.v.name("segment", s.sums...)
	return object, s.v.put(ctx, object, s.buf)
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
