package line

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"time"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
)

// folder is an offer that came on a line, as the folder that its bundle is: the
// files of its listing, each read from the parts in which it came. What is not
// here whole is not in the folder. It lists nothing, for it holds nothing that
// is not in the listing.
type folder struct {
	ctx   context.Context
	d     *Desk
	base  *db.DB
	offer string
	files map[string]bundle.Listed
	seal  []byte
}

// Folder returns the bundle of an offer that came on a line, with its seal.
func (d *Desk) Folder(ctx context.Context, base *db.DB, a Arriving, seal []byte) (fs.FS, error) {
	if !a.Listed {
		return nil, fault.WithHint(fault.Stale("of offer %.16s not even the listing is here", a.Offer), "wait until more has come")
	}
	all, size, err := d.listing(ctx, base, a)
	if err != nil {
		return nil, err
	}
	f := &folder{ctx: ctx, d: d, base: base, offer: a.Offer, files: map[string]bundle.Listed{}, seal: seal}
	for _, l := range all {
		f.files[l.Name] = l
	}
	f.files[bundle.ListingName] = bundle.Listed{Name: bundle.ListingName, SHA256: a.List, Bytes: size}
	return f, nil
}

// Open opens a file.
func (f *folder) Open(name string) (fs.File, error) {
	fail := func(err error) (fs.File, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	if name == "." {
		return &entry{name: name, dir: true}, nil
	}
	if name == bundle.SealName {
		return &entry{name: name, size: int64(len(f.seal)), r: io.NopCloser(bytes.NewReader(f.seal))}, nil
	}
	l, ok := f.files[name]
	if !ok {
		return fail(fs.ErrNotExist)
	}
	r, err := f.d.openObject(f.ctx, f.base, f.offer, l.SHA256)
	if fault.KindOf(err) == fault.KindNotFound {
		return fail(fs.ErrNotExist)
	}
	if err != nil {
		return fail(err)
	}
	return &entry{name: name, size: l.Bytes, r: r}, nil
}

// entry is an open file of the folder, or the folder itself.
type entry struct {
	name string
	size int64
	dir  bool
	r    io.ReadCloser
}

func (e *entry) Stat() (fs.FileInfo, error) { return e, nil }

func (e *entry) Read(p []byte) (int, error) {
	if e.dir {
		return 0, &fs.PathError{Op: "read", Path: e.name, Err: fs.ErrInvalid}
	}
	return e.r.Read(p)
}

// ReadDir lists nothing.
func (e *entry) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 {
		return nil, io.EOF
	}
	return nil, nil
}

func (e *entry) Close() error {
	if e.dir {
		return nil
	}
	return e.r.Close()
}

func (e *entry) Name() string { return e.name }
func (e *entry) Size() int64  { return e.size }
func (e *entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o500
	}
	return 0o400
}
func (e *entry) ModTime() time.Time { return time.Time{} }
func (e *entry) IsDir() bool        { return e.dir }
func (e *entry) Sys() any           { return nil }
