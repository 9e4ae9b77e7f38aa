package blob

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/heed-project/heed/internal/fault"
)

// A Shelf keeps files that its caller has encrypted, in a folder or a bucket,
// under names of 64 hex digits that its caller gives. It is the place of a
// store without the store's form: for those who have a form of their own.
type Shelf struct {
	p      place
	blocks sync.Pool
}

// OpenShelf opens the shelf at src, whose Key is not used.
func OpenShelf(ctx context.Context, src Source) (*Shelf, error) {
	p, err := openPlace(ctx, src)
	if err != nil {
		return nil, err
	}
	s := &Shelf{p: p}
	s.blocks.New = func() any { b := aligned(); return &b }
	return s, nil
}

// Open returns a file for reading, or a fault of kind NotFound.
func (s *Shelf) Open(ctx context.Context, name string) (Blob, error) {
	if !isName(name) {
		return nil, fault.NotFound("no file %q: a name has 64 hex digits", name)
	}
	return s.p.open(ctx, name)
}

// Stat returns the size of a file, or a fault of kind NotFound.
func (s *Shelf) Stat(ctx context.Context, name string) (int64, error) {
	if !isName(name) {
		return 0, fault.NotFound("no file %q: a name has 64 hex digits", name)
	}
	return s.p.stat(ctx, name)
}

// Settle makes durable that a file which was found is there: whoever kept it may
// not have been acknowledged yet.
func (s *Shelf) Settle(ctx context.Context, name string) error {
	if !isName(name) {
		return fault.NotFound("no file %q: a name has 64 hex digits", name)
	}
	return s.p.settle(ctx, name)
}

// Patch overwrites bytes inside a file, durably, or returns a fault of kind
// NotFound. Two who patch different bytes of one file at once both succeed.
func (s *Shelf) Patch(ctx context.Context, name string, at int64, data []byte) error {
	if !isName(name) {
		return fault.NotFound("no file %q: a name has 64 hex digits", name)
	}
	return s.p.patch(ctx, name, at, data)
}

// Remove deletes a file for good.
func (s *Shelf) Remove(ctx context.Context, name string) error {
	if !isName(name) {
		return fault.NotFound("no file %q: a name has 64 hex digits", name)
	}
	return s.p.remove(ctx, name)
}

// List calls fn for every file, in no order.
func (s *Shelf) List(ctx context.Context, fn func(name string, size int64) error) error {
	return s.p.list(ctx, fn)
}

// block is how much is written at a time, and writers how many writes are on
// their way at once: a disk is fast only when it is asked for much.
const (
	block     = 4 << 20
	writers   = 2
	alignment = 4096 // of what is written past the page cache
)

func aligned() []byte {
	b := make([]byte, block+alignment)
	off := 0
	if r := int(uintptr(unsafe.Pointer(&b[0])) % alignment); r != 0 {
		off = alignment - r
	}
	return b[off : off+block : off+block]
}

// A Draft is a file being written. It is used by one goroutine, and ends with
// Keep or Discard; Discard after Keep does nothing.
type Draft struct {
	shelf  *Shelf
	f      *os.File
	direct *os.File // the same file past the page cache, or nil
	size   int64    // bytes given to Write
	at     int64    // where the block at hand begins
	cur    *[]byte
	n      int
	queue  chan piece
	wait   sync.WaitGroup
	mu     sync.Mutex
	failed error
	ended  bool
}

// piece is a part of a draft on its way to the disk.
type piece struct {
	buf *[]byte
	n   int
	at  int64
}

// Draft begins a file. Size is how large it will become, or 0 if that is not
// known: room is made for it beforehand, and a full disk is told at once.
func (s *Shelf) Draft(size int64) (*Draft, error) {
	f, err := s.p.spool()
	if err != nil {
		return nil, fmt.Errorf("begin file: %w", err)
	}
	d := &Draft{shelf: s, f: f}
	if size >= block {
		if err := reserve(f, size); err != nil {
			s.p.discard(f)
			return nil, fmt.Errorf("begin file of %d bytes: %w", size, err)
		}
		d.direct = openDirect(f.Name())
	}
	return d, nil
}

// Write adds bytes. An error of the disk may show at a later write, or when
// the file is kept.
func (d *Draft) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if d.cur == nil {
			d.cur = d.shelf.blocks.Get().(*[]byte)
		}
		k := copy((*d.cur)[d.n:], p)
		d.n += k
		p = p[k:]
		if d.n == block {
			d.send()
		}
	}
	d.size += int64(total)
	return total, d.err()
}

// Room returns n bytes of the block at hand to be filled by the caller, or nil
// where the block has not so many left. What was filled is added with Filled,
// before anything else is written.
func (d *Draft) Room(n int) []byte {
	if d.cur == nil {
		d.cur = d.shelf.blocks.Get().(*[]byte)
	}
	if block-d.n < n {
		return nil
	}
	return (*d.cur)[d.n : d.n+n : d.n+n]
}

// Filled adds the first n bytes of the room that was given.
func (d *Draft) Filled(n int) error {
	d.n += n
	d.size += int64(n)
	if d.n == block {
		d.send()
	}
	return d.err()
}

// Size is the number of bytes written so far.
func (d *Draft) Size() int64 { return d.size }

func (d *Draft) send() {
	if d.n == 0 {
		return
	}
	if d.queue == nil {
		d.queue = make(chan piece, writers)
		for range writers {
			d.wait.Go(d.writeOut)
		}
	}
	d.queue <- piece{d.cur, d.n, d.at}
	d.at += int64(d.n)
	d.cur, d.n = nil, 0
}

func (d *Draft) writeOut() {
	for p := range d.queue {
		var err error
		past := 0 // the page cache
		if d.direct != nil {
			past = p.n &^ (alignment - 1)
			_, err = d.direct.WriteAt((*p.buf)[:past], p.at)
		}
		if err == nil && past < p.n {
			_, err = d.f.WriteAt((*p.buf)[past:p.n], p.at+int64(past))
		}
		if err != nil {
			d.mu.Lock()
			d.failed = errors.Join(d.failed, err)
			d.mu.Unlock()
		}
		d.shelf.blocks.Put(p.buf)
	}
}

func (d *Draft) err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// finish waits until everything is with the operating system.
func (d *Draft) finish() error {
	d.send()
	if d.queue != nil {
		close(d.queue)
		d.wait.Wait()
		d.queue = nil
	}
	var err error
	if d.direct != nil {
		err = d.direct.Close()
		d.direct = nil
	}
	return errors.Join(d.err(), err)
}

// Keep makes the file durable under a name. Nothing of it is visible before. A
// file of that name that is there already may stay or be replaced.
func (d *Draft) Keep(ctx context.Context, name string) error {
	if d.ended {
		return errors.New("keep file: it has ended")
	}
	defer d.Discard()
	err := d.finish()
	if err == nil && !isName(name) {
		err = fmt.Errorf("%q is not a name of 64 hex digits", name)
	}
	if err == nil {
		err = d.f.Truncate(d.size)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = d.shelf.p.keep(ctx, d.f, name)
	}
	if err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	return nil
}

// Discard drops the file, unless it was kept.
func (d *Draft) Discard() {
	if d.ended {
		return
	}
	d.ended = true
	d.finish()
	d.shelf.p.discard(d.f)
}
