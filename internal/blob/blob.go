// Package blob keeps bytes under the SHA-256 of what they are: evidence files,
// data sets, vote files, forecasts. It keeps them in a folder or in an S3
// bucket, and encrypts them first when it is given a key, so that neither the
// disk nor the bucket holds anything readable.
//
// A blob never changes. Putting the same bytes twice keeps them once. A put is
// durable when it returns, and one that fails leaves nothing behind.
//
//	store, err := blob.Open(ctx, blob.Source{URL: "/srv/heed/blobs", Key: keys.Blobs()})
//	ref, err := store.Put(ctx, file)
//	b, err := store.Open(ctx, ref.SHA256)
//
// The package trusts the key to be secret and the folder's file system to keep
// what it acknowledged to fsync. It does not trust the place for content: with
// a key every chunk is authenticated as it is read, and without one whoever
// reads a blob from its first to its last byte learns at the end whether it is
// what was put. The encrypted form is specified in docs/spec/blob.md; it
// follows the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár
// (2015), as age uses it.
package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"io"

	"github.com/heed-project/heed/internal/fault"
)

// ErrCorrupt says that stored bytes are not those that were put.
var ErrCorrupt = errors.New("blob is corrupt: it is not what was stored")

// A Ref names a blob: the SHA-256 of its bytes and their number.
type Ref struct {
	SHA256 [32]byte
	Size   int64
}

// String returns the SHA-256 in hex.
func (r Ref) String() string { return hex.EncodeToString(r.SHA256[:]) }

// ParseSum reads a SHA-256 written as 64 lower-case hex digits.
func ParseSum(s string) (sum [32]byte, err error) {
	n, err := hex.Decode(sum[:], []byte(s[:min(len(s), 64)]))
	if err != nil || n != 32 || hex.EncodeToString(sum[:]) != s {
		return sum, fault.Invalid("sha256", "%q is not a SHA-256: 64 digits, 0-9 and a-f", s)
	}
	return sum, nil
}

// A Store keeps blobs. Its methods may be called at once by any number of
// goroutines and processes. Errors are those of package fault where a caller
// can act on them: NotFound where there is no such blob.
type Store interface {
	// Put stores all that r yields and returns its name. The blob is durable
	// when Put returns without an error; otherwise nothing new is visible.
	// The name is computed here; no caller's word is taken for it. Putting
	// what is there already succeeds. A cancelled context ends the put at
	// the next read.
	Put(ctx context.Context, r io.Reader) (Ref, error)

	// Open returns a blob for reading. The context covers the reading too.
	Open(ctx context.Context, sum [32]byte) (Blob, error)

	// Stat returns the size of a blob without reading it.
	Stat(ctx context.Context, sum [32]byte) (Ref, error)

	// Delete removes a blob for good. A reader that has it open may go on or
	// fail. On a disk, deleted bytes may survive in free blocks: what must
	// be destroyed is to be stored with a key of its own that is destroyed.
	Delete(ctx context.Context, sum [32]byte) error

	// List calls fn for every blob, in no order. Blobs put or deleted
	// meanwhile may be listed or not. An error of fn ends the list and is
	// returned.
	List(ctx context.Context, fn func(Ref) error) error
}

// A Blob is an open blob. Read and Seek are for one goroutine, ReadAt for any
// number. Close it. Reading fails with ErrCorrupt where the stored bytes are
// not those that were put: in a store with a key, whatever is read; in one
// without, at the end of reading from first to last byte.
type Blob interface {
	io.ReadSeekCloser
	io.ReaderAt
	Size() int64
}

// Source says where blobs are kept and how.
type Source struct {
	// URL is a folder (a path, or file:///path), or a bucket:
	// s3://HOST[:PORT]/BUCKET[/PREFIX], spoken to with TLS, or
	// s3+http://… without it, for a server on this machine.
	URL string

	// AccessKey, SecretKey and Region are the credentials of a bucket.
	AccessKey, SecretKey, Region string

	// Key is 32 secret bytes, or nil to keep blobs as they are.
	Key []byte

	// Temp is the folder in which a put to a bucket is gathered first,
	// encrypted where there is a key; the system's by default.
	Temp string
}

// Open opens the store at src. A folder is created; a bucket must exist.
func Open(ctx context.Context, src Source) (Store, error) {
	p, err := openPlace(ctx, src)
	if err != nil {
		return nil, err
	}
	if src.Key == nil {
		return &plain{p}, nil
	}
	if len(src.Key) != 32 {
		p.close()
		return nil, errors.New("the key of a blob store has 32 bytes")
	}
	return &sealed{place: p, sealer: newSealer(src.Key)}, nil
}

// Verify reads a blob from first to last byte and returns nil if it is what
// was stored, ErrCorrupt or NotFound if not.
func Verify(ctx context.Context, s Store, sum [32]byte) error {
	b, err := s.Open(ctx, sum)
	if err != nil {
		return err
	}
	defer b.Close()
	_, err = io.Copy(io.Discard, b)
	return err
}

// Reachable returns nil if the store answers.
func Reachable(ctx context.Context, s Store) error {
	if _, err := s.Stat(ctx, [32]byte{}); err != nil && fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	return nil
}
