package vault

import (
	"bufio"
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
)

// Copy writes the original bytes of what was kept to w. It fails with
// ErrDamaged where they are not those that were taken in: what was written
// until then is authentic, and incomplete.
func (v *Vault) Copy(ctx context.Context, w io.Writer, k Kept) error {
	r, err := v.Open(ctx, k.Place)
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	buf := make([]byte, 256<<10)
	n, err := io.CopyBuffer(io.MultiWriter(h, onlyWriter{w}), onlyReader{r}, buf)
	switch {
	case errors.Is(err, errWrite):
		return err
	case err != nil:
		return r.(reader).blame(k.Object, err)
	case n != k.Size || [32]byte(h.Sum(nil)) != k.SHA256:
		return damaged(k.Object, errors.New("their SHA-256 is another"))
	}
	return nil
}

var errWrite = errors.New("write")

// onlyWriter marks the errors of the one who is written to, and has no other
// way to be written to.
type onlyWriter struct{ w io.Writer }

func (o onlyWriter) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errWrite, err)
	}
	return n, err
}

type onlyReader struct{ io.Reader }

func damaged(object string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("object %.12s…: %w: %w", object, ErrDamaged, err)
}

// reader is an open file with what it is read from.
type reader struct {
	io.Reader
	raw blob.Blob
}

// blame tells an error of the shelf, such as a line that broke, from damage: what
// could not be read may be whole.
func (r reader) blame(object string, err error) error {
	w, ok := r.raw.(*watched)
	if ok && w.failed != nil && !errors.Is(w.failed, syscall.EIO) { // a sector that cannot be read is damage
		return fmt.Errorf("read object %.12s…: %w", object, w.failed)
	}
	return damaged(object, err)
}

// watched is a stored file that remembers an error of reading it.
type watched struct {
	blob.Blob
	failed error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Blob.Read(p)
	return n, w.saw(err)
}

func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.Blob.ReadAt(p, off)
	return n, w.saw(err)
}

func (w *watched) saw(err error) error {
	if err != nil && err != io.EOF {
		w.failed = err
	}
	return err
}

// Close closes what the file is read from.
func (r reader) Close() error { return r.raw.Close() }

// Open returns the original bytes from first to last. Every byte that it
// yields is authenticated; whether they are all, and the right ones, Copy says.
func (v *Vault) Open(ctx context.Context, at Place) (io.ReadCloser, error) {
	stored, err := v.shelf.Open(ctx, at.Object)
	if err != nil {
		return nil, err
	}
	raw := &watched{Blob: stored}
	r, err := v.decrypt(raw, at)
	if err != nil {
		raw.Close()
		return nil, reader{raw: raw}.blame(at.Object, err)
	}
	return reader{r, raw}, nil
}

func (v *Vault) decrypt(raw blob.Blob, at Place) (io.Reader, error) {
	if !at.Packed {
		return age.Decrypt(bufio.NewReaderSize(onlyReader{raw}, 1<<20), v.o.Identity)
	}
	kek, err := v.segmentKey(raw, at.Object)
	if err != nil {
		return nil, err
	}
	if at.Offset < 0 || at.Length < 0 || at.Offset > raw.Size()-at.Length {
		return nil, errors.New("the segment ends before its member")
	}
	return age.Decrypt(bufio.NewReaderSize(io.NewSectionReader(raw, at.Offset, at.Length), int(min(at.Length, 1<<20))), member{kek})
}

// FileKey returns the secret that opens one age file and nothing else, and the
// number of bytes that its header has: who is given the two and the file can
// read it with age, after the header, without any key of this node.
func (v *Vault) FileKey(ctx context.Context, at Place) (key []byte, err error) {
	raw, err := v.shelf.Open(ctx, at.Object)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	var id age.Identity = v.o.Identity
	if at.Packed {
		kek, err := v.segmentKey(raw, at.Object)
		if err != nil {
			return nil, damaged(at.Object, err)
		}
		id = member{kek}
	}
	header, err := age.ExtractHeader(io.NewSectionReader(raw, at.Offset, at.Length))
	if err != nil {
		return nil, damaged(at.Object, err)
	}
	if key, err = age.DecryptHeader(header, id); err != nil {
		return nil, damaged(at.Object, err)
	}
	return key, nil
}

// Stored returns the encrypted bytes of one age file as they are kept, for a
// hand-over that does not encrypt anew.
func (v *Vault) Stored(ctx context.Context, at Place) (io.ReadCloser, error) {
	raw, err := v.shelf.Open(ctx, at.Object)
	if err != nil {
		return nil, err
	}
	return reader{bufio.NewReaderSize(io.NewSectionReader(raw, at.Offset, at.Length), 1<<20), raw}, nil
}

// maxHeads bounds the cache of segments' keys; a full one starts again.
const maxHeads = 1000

// segmentKey reads the key of a segment.
func (v *Vault) segmentKey(raw blob.Blob, object string) (cipher.AEAD, error) {
	v.mu.Lock()
	kek, ok := v.heads[object]
	v.mu.Unlock()
	if ok {
		return kek, nil
	}
	kek, _, err := v.segmentHead(raw)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.heads) >= maxHeads {
		clear(v.heads)
	}
	v.heads[object] = kek
	return kek, nil
}

// forget drops what is known of an object that was replaced.
func (v *Vault) forget(object string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.heads, object)
}

// maxHead bounds the head of a segment: some custody keys of 2 KiB each.
const maxHead = 1 << 20

func (v *Vault) segmentHead(raw io.ReaderAt) (kek cipher.AEAD, end int64, err error) {
	first := make([]byte, len(segmentMagic)+4)
	if _, err := raw.ReadAt(first, 0); err != nil && err != io.EOF {
		return nil, 0, err
	}
	if string(first[:len(segmentMagic)]) != segmentMagic {
		return nil, 0, errors.New("it does not begin as a segment")
	}
	n := binary.BigEndian.Uint32(first[len(segmentMagic):])
	if n > maxHead {
		return nil, 0, errors.New("the head of the segment is too long")
	}
	sealed := make([]byte, n)
	if m, err := raw.ReadAt(sealed, int64(len(first))); m < len(sealed) {
		return nil, 0, fmt.Errorf("the head of the segment was cut: %w", err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), v.o.Identity)
	if err != nil {
		return nil, 0, err
	}
	key, err := io.ReadAll(io.LimitReader(r, chacha20poly1305.KeySize+1))
	if err != nil {
		return nil, 0, err
	}
	kek, err = chacha20poly1305.New(key)
	return kek, int64(len(first)) + int64(n), err
}

// Restore puts back what was kept from another shelf, if that has what was taken
// in. Of a segment that is here it changes nothing but that item, and its head
// where that cannot be read; one that is not here is copied without what was
// erased of it, which gone says.
func (v *Vault) Restore(ctx context.Context, from *Vault, k Kept, gone []Place) error {
	if err := from.Copy(ctx, io.Discard, k); err != nil {
		return fmt.Errorf("the replica: %w", err)
	}
	raw, err := from.shelf.Open(ctx, k.Object)
	if err != nil {
		return err
	}
	defer raw.Close()
	if k.Packed {
		err = v.restoreMember(ctx, from, raw, k, gone)
	} else {
		err = v.place(ctx, raw, raw.Size(), k.Object)
	}
	if err != nil {
		return err
	}
	v.forget(k.Object)
	return v.Copy(ctx, io.Discard, k)
}

func (v *Vault) restoreMember(ctx context.Context, from *Vault, good blob.Blob, k Kept, gone []Place) error {
	_, end, err := from.segmentHead(good)
	if err != nil {
		return fmt.Errorf("the replica: %w", damaged(k.Object, err))
	}
	size, err := v.shelf.Stat(ctx, k.Object)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	if err != nil || size != good.Size() { // it is gone, or was cut
		all := make([]byte, good.Size())
		if _, err := good.ReadAt(all, 0); err != nil && err != io.EOF {
			return err
		}
		for _, at := range gone {
			if at.Offset >= end && at.Length >= 0 && at.Offset <= good.Size()-at.Length {
				clear(all[at.Offset : at.Offset+at.Length])
			}
		}
		return v.place(ctx, bytes.NewReader(all), good.Size(), k.Object)
	}
	here, err := v.shelf.Open(ctx, k.Object)
	if err != nil {
		return err
	}
	_, _, bad := v.segmentHead(here)
	here.Close()
	parts := [][2]int64{{k.Offset, k.Length}}
	if bad != nil {
		parts = append(parts, [2]int64{0, end})
	}
	for _, p := range parts {
		b := make([]byte, p[1])
		if _, err := good.ReadAt(b, p[0]); err != nil && err != io.EOF {
			return err
		}
		if err := v.shelf.Patch(ctx, k.Object, p[0], b); err != nil {
			return err
		}
	}
	return nil
}

// place copies an object as it is. An object that is there already is removed
// first where the shelf would leave it: a bucket writes once.
func (v *Vault) place(ctx context.Context, raw io.Reader, size int64, object string) error {
	d, err := v.shelf.Draft(size)
	if err != nil {
		return err
	}
	defer d.Discard()
	if _, err := io.CopyBuffer(d, onlyReader{raw}, make([]byte, 1<<20)); err != nil {
		return err
	}
	if err := v.shelf.Remove(ctx, object); err != nil && fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	return d.Keep(ctx, object)
}

// Replicate copies every object that another shelf lacks to it, and returns
// how many and how large they were.
func (v *Vault) Replicate(ctx context.Context, to *Vault) (objects int, size int64, err error) {
	err = v.shelf.List(ctx, func(name string, n int64) error {
		there, err := to.Has(ctx, name)
		if err != nil || there {
			return err
		}
		if err := v.CopyTo(ctx, to, name); err != nil {
			return err
		}
		objects, size = objects+1, size+n
		return nil
	})
	return objects, size, err
}
