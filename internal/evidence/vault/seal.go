package vault

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
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
// or 0 if it is not known; erased is how many erasures the record knew of
// before this was called: what was kept before an erasure shares its object
// with nothing that comes after it. Reading, hashing, encrypting and writing go
// on side by side.
func (v *Vault) Seal(ctx context.Context, r io.Reader, size, erased int64) (Kept, error) {
	to := v.recipients()
	head, w, err := begin(nil, wrapTo(to))
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
	k.Object, k.Length = v.fileName(k.SHA256, to, erased), d.Size()
	return k, v.keepFile(ctx, d, k)
}

// keepFile keeps a file unless it is there already and whole: what reads it may
// go on. One that is there and damaged is replaced.
func (v *Vault) keepFile(ctx context.Context, d *blob.Draft, k Kept) error {
	there, err := v.Has(ctx, k.Object)
	if err != nil {
		return err
	}
	if there {
		if err = v.Copy(ctx, io.Discard, k); err == nil {
			return v.shelf.Settle(ctx, k.Object)
		}
		if !errors.Is(err, ErrDamaged) && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		if err := v.shelf.Remove(ctx, k.Object); err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		v.forget(k.Object)
	}
	return d.Keep(ctx, k.Object)
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

// A Segment gathers small files, to be kept together. It is used by one
// goroutine, and ends with Keep or Discard; Discard after Keep does nothing.
type Segment struct {
	v    *Vault
	name string
	d    *blob.Draft
	kek  cipher.AEAD
	n    uint64 // members
	over []byte // a member that lies across two blocks of the draft
}

// Segment begins a segment that will hold some bytes, or a little more.
func (v *Vault) Segment(bytes int64) (*Segment, error) {
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
	head := binary.BigEndian.AppendUint32([]byte(segmentMagic), uint32(len(sealed)))
	s := &Segment{v: v, name: v.name("segment", sha256.Sum256(key)), kek: kek}
	if s.d, err = v.shelf.Draft(bytes + int64(len(head)+len(sealed))); err != nil {
		return nil, err
	}
	if _, err = s.d.Write(append(head, sealed...)); err != nil {
		s.Discard()
		return nil, err
	}
	return s, nil
}

// Overhead is how much longer a member is than a small file, at most.
const Overhead = 256

// Add hashes and encrypts a small file, into the memory from which it is
// written wherever it fits.
func (s *Segment) Add(data []byte) (Kept, error) {
	k := Kept{SHA256: sha256.Sum256(data), Size: int64(len(data)), Place: Place{Object: s.name, Offset: s.d.Size(), Packed: true}}
	room := s.d.Room(len(data) + len(data)/chunk*tag + Overhead)
	out := room
	if room == nil {
		out = s.over
	}
	out, w, err := begin(out[:0], wrapAs(s.kek, s.n))
	if err != nil {
		return Kept{}, err
	}
	out = w.sealAll(out, data)
	k.Length = int64(len(out))
	s.n++
	if room != nil && &out[0] == &room[0] {
		return k, s.d.Filled(len(out))
	}
	s.over = out
	_, err = s.d.Write(out)
	return k, err
}

// Size is how large the segment has become, and Len how many are in it.
func (s *Segment) Size() int { return int(s.d.Size()) }

// Len is the number of members.
func (s *Segment) Len() int { return int(s.n) }

// Keep makes the segment durable.
func (s *Segment) Keep(ctx context.Context) error { return s.d.Keep(ctx, s.name) }

// Discard drops the segment, unless it was kept.
func (s *Segment) Discard() { s.d.Discard() }

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
