package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/heed-project/heed/internal/fault"
)

// partSize is the size from which an object is sent in parts, so that a bad
// line costs a part and not the whole.
const partSize = 64 << 20

// tries is how often a broken read is taken up again where it broke.
const tries = 3

// bucket keeps each file as the object PREFIX/ab/abcdef…. A put is gathered
// in a local temporary file first, for its name is known only at its end and
// an object cannot be renamed.
type bucket struct {
	core         minio.Core
	name, prefix string
	temp         string
	patching     sync.Mutex // a server may look and write in two steps
}

func openBucket(ctx context.Context, u *url.URL, src Source) (*bucket, error) {
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if u.Host == "" || name == "" || u.User != nil {
		return nil, fault.Invalid("blobs", "%q: write %s://HOST[:PORT]/BUCKET[/PREFIX], without credentials", u.Redacted(), u.Scheme)
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(src.AccessKey, src.SecretKey, ""),
		Secure:       u.Scheme == "s3",
		Region:       src.Region,
		BucketLookup: minio.BucketLookupAuto,
	})
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	switch ok, err := client.BucketExists(ctx, name); {
	case err != nil:
		return nil, fmt.Errorf("open bucket %s on %s: %w", name, u.Host, err)
	case !ok:
		return nil, fault.Invalid("blobs", "there is no bucket %s on %s", name, u.Host)
	}
	return &bucket{core: minio.Core{Client: client}, name: name, prefix: prefix, temp: src.Temp}, nil
}

func (b *bucket) key(name string) string { return path.Join(b.prefix, name[:2], name) }

func (b *bucket) close() error { return nil }

func (b *bucket) spool() (*os.File, error) { return os.CreateTemp(b.temp, "heed-put-*") } // mode 0600

func (b *bucket) discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// keep writes once: where an object of that name is, the server refuses and
// the put is done, for the name says what is in it.
func (b *bucket) keep(ctx context.Context, f *os.File, name string) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	opts := minio.PutObjectOptions{}
	opts.SetMatchETagExcept("*") // If-None-Match: *
	err = b.upload(ctx, f, size, name, opts)
	if res := minio.ToErrorResponse(err); res.StatusCode == http.StatusPreconditionFailed {
		return nil
	}
	return err
}

func (b *bucket) settle(context.Context, string) error { return nil } // what can be read is kept

// patch writes the whole object anew, unless it was written meanwhile: then it
// begins again. What several processes patch at once depends on the server,
// which must compare and write in one step.
func (b *bucket) patch(ctx context.Context, name string, at int64, data []byte) error {
	b.patching.Lock()
	defer b.patching.Unlock()
	for tries := 0; ; tries++ {
		err := b.patchOnce(ctx, name, at, data)
		if err == nil {
			return b.purge(ctx, name, true)
		}
		if code := minio.ToErrorResponse(err).StatusCode; tries < 30 && (code == http.StatusPreconditionFailed || code == http.StatusConflict) {
			continue
		}
		return b.explain("patch", name, err)
	}
}

func (b *bucket) patchOnce(ctx context.Context, name string, at int64, data []byte) error {
	o, err := b.core.Client.GetObject(ctx, b.name, b.key(name), minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer o.Close()
	info, err := o.Stat()
	if err != nil {
		return err
	}
	if err := within(at, len(data), info.Size); err != nil {
		return err
	}
	f, err := b.spool()
	if err != nil {
		return err
	}
	defer b.discard(f)
	if _, err := io.Copy(f, o); err != nil {
		return err
	}
	if _, err := f.WriteAt(data, at); err != nil {
		return err
	}
	opts := minio.PutObjectOptions{}
	opts.SetMatchETag(info.ETag)
	return b.upload(ctx, f, info.Size, name, opts)
}

// upload puts a spooled file under a name, on the condition that opts has.
func (b *bucket) upload(ctx context.Context, f *os.File, size int64, name string, opts minio.PutObjectOptions) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	opts.ContentType, opts.PartSize, opts.NumThreads, opts.AutoChecksum = "application/octet-stream", partSize, 2, minio.ChecksumSHA256
	_, err := b.core.Client.PutObject(ctx, b.name, b.key(name), f, size, opts)
	return err
}

func (b *bucket) stat(ctx context.Context, name string) (int64, error) {
	info, err := b.core.Client.StatObject(ctx, b.name, b.key(name), minio.StatObjectOptions{})
	if err != nil {
		return 0, b.explain("stat", name, err)
	}
	return info.Size, nil
}

func (b *bucket) explain(doing, name string, err error) error {
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return notFound(name)
	}
	return fmt.Errorf("%s blob: %w", doing, err)
}

// remove asks first, because S3 deletes what is not there without a word.
func (b *bucket) remove(ctx context.Context, name string) error {
	if _, err := b.stat(ctx, name); err != nil {
		return err
	}
	if err := b.core.Client.RemoveObject(ctx, b.name, b.key(name), minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("delete blob: %w", err)
	}
	return b.purge(ctx, name, false)
}

// purge destroys what a bucket with versions keeps of an object: all of it, or
// all but what it is now. A bucket that locks its objects refuses.
func (b *bucket) purge(ctx context.Context, name string, but bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.core.Client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.key(name), WithVersions: true, Recursive: true}) {
		if code := minio.ToErrorResponse(o.Err).StatusCode; code == http.StatusNotImplemented {
			return nil // a server without versions
		}
		if o.Err != nil {
			return fmt.Errorf("list the versions of a blob: %w", o.Err)
		}
		if o.Key != b.key(name) || o.VersionID == "" || but && o.IsLatest {
			continue
		}
		if err := b.core.Client.RemoveObject(ctx, b.name, o.Key, minio.RemoveObjectOptions{VersionID: o.VersionID}); err != nil {
			return fmt.Errorf("delete an old version of a blob: %w", err)
		}
	}
	return nil
}

func (b *bucket) list(ctx context.Context, fn func(string, int64) error) error {
	ctx, cancel := context.WithCancel(ctx) // ends the listing where fn does
	defer cancel()
	prefix := b.prefix
	if prefix != "" {
		prefix += "/"
	}
	for o := range b.core.Client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if o.Err != nil {
			return fmt.Errorf("list blobs: %w", o.Err)
		}
		if name := path.Base(o.Key); isName(name) && b.key(name) == o.Key {
			if err := fn(name, o.Size); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (b *bucket) open(ctx context.Context, name string) (Blob, error) {
	size, err := b.stat(ctx, name)
	if err != nil {
		return nil, err
	}
	o := &object{ctx: ctx, bucket: b, name: name, size: size}
	o.SectionReader = io.NewSectionReader(ranges{o}, 0, size)
	return o, nil
}

// object reads an object: in order from one long answer, elsewhere by ranges.
type object struct {
	*io.SectionReader // Seek, ReadAt and Size; it reads ranges
	ctx               context.Context
	bucket            *bucket
	name              string
	size, pos         int64
	body              io.ReadCloser // the answer that continues at pos, or nil
}

func (o *object) Read(p []byte) (n int, err error) {
	if o.pos >= o.size {
		return 0, io.EOF
	}
	for range tries {
		if o.body == nil {
			if o.body, err = o.get(o.pos, o.size); err != nil {
				return 0, err
			}
		}
		n, err = o.body.Read(p[:min(int64(len(p)), o.size-o.pos)])
		o.pos += int64(n)
		if n > 0 || len(p) == 0 {
			return n, nil
		}
		o.drop()
		if o.ctx.Err() != nil {
			return 0, o.ctx.Err()
		}
	}
	return 0, fmt.Errorf("read blob: %w", errors.Join(io.ErrUnexpectedEOF, err))
}

func (o *object) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekCurrent {
		offset, whence = offset+o.pos, io.SeekStart
	}
	pos, err := o.SectionReader.Seek(offset, whence)
	if err == nil && pos != o.pos {
		o.drop()
		o.pos = pos
	}
	return o.pos, err
}

func (o *object) drop() {
	if o.body != nil {
		o.body.Close()
		o.body = nil
	}
}

func (o *object) Close() error {
	o.drop()
	return nil
}

// get asks for the bytes from off to end.
func (o *object) get(off, end int64) (io.ReadCloser, error) {
	var opts minio.GetObjectOptions
	if err := opts.SetRange(off, end-1); err != nil {
		return nil, err
	}
	body, _, _, err := o.bucket.core.GetObject(o.ctx, o.bucket.name, o.bucket.key(o.name), opts)
	if err != nil {
		return nil, o.bucket.explain("read", o.name, err)
	}
	return body, nil
}

// ranges reads an object at any place, each time with a request of its own.
type ranges struct{ *object }

func (r ranges) ReadAt(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	body, err := r.get(off, off+int64(len(p)))
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return io.ReadFull(body, p)
}
