package db

import (
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// SQLite writes its log frame by frame, 24 bytes and then a page, and no frame
// ends where a block of the cipher does: each frame would read, decrypt, encrypt
// and write three blocks. So the frames of a commit are gathered and handed to
// the cipher as one piece when SQLite syncs, which it does before it tells
// readers that they are there.

func init() { vfs.Register(vfsName, walVFS{adiantum.Wrap(vfs.Find(""), nil)}) }

const vfsName = "heed"

// walVFS is the encrypting file system, with gathered writes to the log.
type walVFS struct{ vfs.VFS }

// Open is for files without a name, which no log is.
func (v walVFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return v.VFS.Open(name, flags)
}

// OpenFilename implements vfs.VFSFilename.
func (v walVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, out, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
	if err != nil || flags&vfs.OPEN_WAL == 0 || name.URIParameter("gather") == "0" {
		return f, out, err
	}
	return &walFile{File: f}, out, nil
}

// The form of SQLite's log: a header, then frames of a header and a page.
const (
	walHeader = 32
	walFrame  = 24 + 4096
	walGather = 4 << 20 // bytes gathered at most
)

// walFile is one session's log. SQLite syncs at the end of a sector and then
// writes the rest of the last frame without another sync, after which readers
// may look at it: that rest is not gathered.
type walFile struct {
	vfs.File
	buf    []byte
	at     int64 // where buf belongs
	end    int64 // of the latest write
	synced int64 // end when last synced
}

// frameEnd is the end of the frame in which an offset lies.
func frameEnd(off int64) int64 {
	if off <= walHeader {
		return walHeader
	}
	return walHeader + (off-walHeader+walFrame-1)/walFrame*walFrame
}

// WriteAt implements io.WriterAt.
func (f *walFile) WriteAt(p []byte, off int64) (int, error) {
	if off == 0 {
		f.synced = 0
	}
	gathered := len(f.buf) > 0 && off == f.at+int64(len(f.buf))
	if !gathered || len(f.buf) > walGather {
		if err := f.flush(); err != nil {
			return 0, err
		}
	}
	f.end = off + int64(len(p))
	if off < frameEnd(f.synced) {
		return f.File.WriteAt(p, off)
	}
	if len(f.buf) == 0 {
		f.at = off
	}
	f.buf = append(f.buf, p...)
	return len(p), nil
}

// flush hands what was gathered to the cipher. What fails is forgotten: SQLite
// rolls back what it had not synced.
func (f *walFile) flush() error {
	if len(f.buf) == 0 {
		return nil
	}
	_, err := f.File.WriteAt(f.buf, f.at)
	f.buf = f.buf[:0]
	return err
}

// ReadAt implements io.ReaderAt.
func (f *walFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// Sync implements vfs.File.
func (f *walFile) Sync(flags vfs.SyncFlag) error {
	if err := f.flush(); err != nil {
		return err
	}
	f.synced = f.end
	return f.File.Sync(flags)
}

// Truncate implements vfs.File.
func (f *walFile) Truncate(size int64) error {
	if err := f.flush(); err != nil {
		return err
	}
	f.synced = 0
	return f.File.Truncate(size)
}

// Size implements vfs.File.
func (f *walFile) Size() (int64, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

// Close implements vfs.File.
func (f *walFile) Close() error {
	err := f.flush()
	if e := f.File.Close(); err == nil {
		err = e
	}
	return err
}
