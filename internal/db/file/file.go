// Package file is the file system that SQLite works on: everything it writes to
// a disk is encrypted, and its write-ahead log is written in few pieces.
//
// Pages of the database file are encrypted in place with Adiantum, by go-sqlite3.
// The log has a form of its own (ADR 8): each frame is sealed alone with
// AES-256-GCM, under a key that is made anew whenever the log begins again, and
// the frames of a commit go out in one write when SQLite syncs.
//
// It promises that nothing of the database is in a file in the clear; that what
// SQLite has synced is whole; and that a frame which was changed, moved or left
// from an older log is never read as one of this. It trusts the key, and the
// operating system to keep what a sync said it kept; a sync that failed is never
// made good by a later one. A page of the database file that was changed by
// somebody reads as noise: SQLite notices most, the record's digests the rest.
//
// A database is opened through it by name, and given its key first:
//
//	c, err := sqlite3.Open("file:heed.db?vfs=" + file.Name)
//	err = c.Exec("PRAGMA hexkey='…'")
package file

import (
	"encoding/hex"
	"errors"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

func init() { vfs.Register(Name, heedVFS{vfs.Find(""), adiantum.Wrap(vfs.Find(""), nil)}) }

// Name is the file system's name in SQLite. With gather=0 beside it each frame of
// the log is written at once, for a database that is never synced.
const Name = "heed"

// heedVFS is the file system that SQLite works on. Pages are encrypted in place
// with Adiantum, the log as [Log] says.
type heedVFS struct {
	vfs.VFS
	pages vfs.VFS
}

// Open is for files without a name.
func (v heedVFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return v.pages.Open(name, flags)
}

// OpenFilename implements vfs.VFSFilename.
func (v heedVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if flags&vfs.OPEN_WAL == 0 {
		f, out, err := vfsutil.WrapOpenFilename(v.pages, name, flags)
		if err != nil || flags&vfs.OPEN_MAIN_DB == 0 {
			return f, out, err
		}
		return &mainFile{File: f}, out, nil
	}
	main, ok := vfsutil.UnwrapFile[*mainFile](name.DatabaseFile())
	if !ok || main.key == nil {
		return nil, flags, sqlite3.CANTOPEN
	}
	f, out, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
	if err != nil {
		return f, out, err
	}
	return &Log{File: f, key: main.key, gather: name.URIParameter("gather") != "0"}, out, nil
}

// mainFile is the database file of one session. It keeps the key for the log.
type mainFile struct {
	vfs.File
	key    []byte
	failed error // a sync that SQLite has not heard of
}

// Pragma implements vfs.FilePragma.
func (m *mainFile) Pragma(name, value string) (string, error) {
	if name == "hexkey" {
		m.key, _ = hex.DecodeString(value)
	}
	return vfsutil.WrapPragma(m.File, name, value)
}

// DeviceCharacteristics implements vfs.File. A page is a block of the cipher, and
// so is a frame of the log: to write one harms no other, as SQLite takes for
// granted where nothing is encrypted. So it need not fill up a sector at each
// commit.
func (m *mainFile) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return m.File.DeviceCharacteristics() | vfs.IOCAP_POWERSAFE_OVERWRITE
}

// CheckpointStart implements vfs.FileCheckpoint.
func (m *mainFile) CheckpointStart() {}

// CheckpointDone syncs what part of the log was copied. SQLite does so when all
// of it was; then little must be left to sync, because the writer waits.
func (m *mainFile) CheckpointDone() { m.failed = errors.Join(m.failed, m.File.Sync(vfs.SYNC_NORMAL)) }

// Sync implements vfs.File. A sync that failed is never made good by a later one.
func (m *mainFile) Sync(flags vfs.SyncFlag) error {
	if m.failed != nil {
		return m.failed
	}
	return m.File.Sync(flags)
}

// Unwrap and the rest pass on what the cipher's file does.
func (m *mainFile) Unwrap() vfs.File                { return m.File }
func (m *mainFile) SharedMemory() vfs.SharedMemory  { return vfsutil.WrapSharedMemory(m.File) }
func (m *mainFile) LockState() vfs.LockLevel        { return vfsutil.WrapLockState(m.File) }
func (m *mainFile) SizeHint(size int64) error       { return vfsutil.WrapSizeHint(m.File, size) }
func (m *mainFile) HasMoved() (bool, error)         { return vfsutil.WrapHasMoved(m.File) }
func (m *mainFile) BusyHandler(handler func() bool) { vfsutil.WrapBusyHandler(m.File, handler) }
