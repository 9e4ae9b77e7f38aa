package blob

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/heed-project/heed/internal/fault"
)

// A place keeps files under names of 64 hex digits, without knowing what is in
// them. It has two implementations: a folder and a bucket.
type place interface {
	// spool makes an empty temporary file, to be given to keep or discard.
	spool() (*os.File, error)
	// keep stores the spooled file under a name, durably, and removes it.
	// A file that is there already under that name may stay or be replaced.
	keep(ctx context.Context, f *os.File, name string) error
	// discard removes the spooled file. After keep it does nothing.
	discard(f *os.File)
	open(ctx context.Context, name string) (Blob, error)
	stat(ctx context.Context, name string) (int64, error)
	// patch overwrites bytes inside a file, durably. Two who patch one file at
	// once both succeed.
	patch(ctx context.Context, name string, at int64, data []byte) error
	// settle makes durable that a file which is seen is there: whoever kept it
	// may not be done yet.
	settle(ctx context.Context, name string) error
	remove(ctx context.Context, name string) error
	list(ctx context.Context, fn func(name string, size int64) error) error
	close() error
}

func openPlace(ctx context.Context, src Source) (place, error) {
	u, err := url.Parse(src.URL)
	if err != nil || src.URL == "" {
		return nil, fault.Invalid("blobs", "%q is neither a folder nor a URL", src.URL)
	}
	switch u.Scheme {
	case "":
		return openDisk(src.URL)
	case "file":
		return openDisk(u.Path)
	case "s3", "s3+http":
		return openBucket(ctx, u, src)
	}
	return nil, fault.Invalid("blobs", "%q: the scheme is %q, must be file, s3 or s3+http", src.URL, u.Scheme)
}

func notFound(name string) error { return fault.NotFound("no blob %s…", name[:12]) }

// within refuses to patch what lies outside a file.
func within(at int64, n int, size int64) error {
	if at < 0 || at > size-int64(n) {
		return fmt.Errorf("%d bytes at %d are outside a file of %d", n, at, size)
	}
	return nil
}

// isName says whether a file's name is one that a store gave.
func isName(s string) bool {
	_, err := ParseSum(s)
	return err == nil
}

// cancellable stops reading once ctx is done.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// spooled runs write on a temporary file and keeps it under the name that
// write returns.
func spooled(ctx context.Context, p place, write func(*os.File) (name string, ref Ref, err error)) (Ref, error) {
	f, err := p.spool()
	if err != nil {
		return Ref{}, fmt.Errorf("put blob: %w", err)
	}
	defer p.discard(f)
	name, ref, err := write(f)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = p.keep(ctx, f, name)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("put blob: %w", err)
	}
	return ref, nil
}
