package file

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// SQLite's log is a header and then frames of 24 bytes and a page. No frame ends
// where a block of the cipher for pages does, so that one frame would cost three
// blocks read, decrypted, encrypted and written, and an append would rewrite what
// was committed before. So the log has a form of its own on the disk (ADR 8):
// each frame is sealed alone, with AES-256-GCM under a key that is made anew
// whenever the log begins again, and the frames of a commit go out in one write,
// when SQLite syncs, which it does before it tells readers that they are there.
const (
	logHeader = 32
	pageSize  = 4096
	logFrame  = 24 + pageSize

	logSalt    = 32 // from which, and the database's key, the key of the frames comes
	sealing    = 12 + 16
	diskHeader = logSalt + logHeader + sealing
	diskFrame  = logFrame + sealing

	mostGathered = 4 << 20 // bytes gathered at most
	leastRoom    = 1 << 16 // bytes that the file grows by at once
	mostRoom     = 4 << 20
)

// A Log is one session's log. Offsets are those that SQLite knows; the file's
// own are in the functions that say disk.
type Log struct {
	vfs.File
	key    []byte
	gather bool // hold complete frames until the sync
	salt   []byte
	aead   cipher.AEAD // under key and salt; nil before a header was read or written
	buf    []byte      // frames gathered, plain
	at     int64       // where buf belongs; the start of a frame
	ahead  bool        // commits go on before they are synced
	room   int64       // how long the file is at least, on the disk
	disk   []byte      // room for what goes out or comes in
	plain  []byte      // room for one frame
}

func frameOf(off int64) (n, within int64) {
	off -= logHeader
	return off / logFrame, off % logFrame
}

func diskOffset(frame int64) int64 { return diskHeader + frame*diskFrame }

// use takes a salt, and makes the key of the frames from it.
func (f *Log) use(salt []byte) error {
	key, err := hkdf.Key(sha256.New, f.key, salt, "heed/v1 database log", 32)
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	f.salt = append(f.salt[:0], salt...)
	f.aead, err = cipher.NewGCMWithRandomNonce(block)
	return err
}

// place binds what is sealed to its place in the file; the header is at -1.
func place(frame int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(frame)) }

// WriteAt implements io.WriterAt.
func (f *Log) WriteAt(p []byte, off int64) (int, error) {
	if off == 0 {
		return len(p), f.begin(p)
	}
	if off < logHeader {
		return 0, sqlite3.IOERR_WRITE
	}
	_, within := frameOf(off)
	next := f.at + int64(len(f.buf))
	switch {
	case len(f.buf) > 0 && off == next: // goes on
	case within == 0: // begins
		if err := f.flush(); err != nil {
			return 0, err
		}
		f.at = off
	default: // changes what is there
		if err := f.flush(); err != nil {
			return 0, err
		}
		return len(p), f.patch(p, off)
	}
	f.buf = append(f.buf, p...)
	whole := len(f.buf)%logFrame == 0
	if whole && (!f.gather || len(f.buf) >= mostGathered) {
		return len(p), f.flush()
	}
	return len(p), nil
}

// begin writes the header of a new log, under a new key. What is left of an
// older log in the file opens no more.
func (f *Log) begin(p []byte) error {
	if len(p) != logHeader || binary.BigEndian.Uint32(p[8:]) != pageSize {
		return sqlite3.IOERR_WRITE
	}
	f.buf, f.room = f.buf[:0], 0 // somebody may have cut the file
	salt := make([]byte, logSalt)
	rand.Read(salt)
	if err := f.use(salt); err != nil {
		return err
	}
	if _, err := f.File.WriteAt(f.aead.Seal(salt, nil, p, place(-1)), 0); err != nil {
		return err
	}
	return f.File.Sync(vfs.SYNC_FULL) // before any frame: those of the log before must not come back
}

// flush seals the frames that were gathered and writes them. What fails is
// forgotten: SQLite rolls back what it had not synced.
func (f *Log) flush() error {
	buf := f.buf
	f.buf = f.buf[:0]
	if len(buf) == 0 {
		return nil
	}
	if err := f.ready(); err != nil {
		return err
	}
	first, _ := frameOf(f.at)
	whole := len(buf) / logFrame * logFrame
	if whole > 0 {
		f.disk = slices.Grow(f.disk[:0], whole/logFrame*diskFrame) // Seal would grow it by a frame at a time
		for i := 0; i < whole; i += logFrame {
			f.disk = f.aead.Seal(f.disk, nil, buf[i:i+logFrame], place(first+int64(i/logFrame)))
		}
		if err := f.grow(diskOffset(first) + int64(len(f.disk))); err != nil {
			return err
		}
		if _, err := f.File.WriteAt(f.disk, diskOffset(first)); err != nil {
			return err
		}
	}
	return f.patch(buf[whole:], f.at+int64(whole))
}

// grow makes the file longer than a commit needs, with zeros, which open as no
// frame. A sync of what was there before takes half the time of one that has to
// make the file longer: the file system keeps that in a journal of its own.
func (f *Log) grow(end int64) error {
	if !f.gather || end <= f.room {
		return nil
	}
	size, err := f.File.Size()
	if err != nil {
		return err
	}
	if f.room = size; end <= size {
		return nil
	}
	zeros := make([]byte, leastRoom)
	for end = max(end, size+min(size, mostRoom)); f.room < end; f.room += leastRoom {
		if _, err := f.File.WriteAt(zeros, f.room); err != nil {
			return nil // the frames may find room where this did not
		}
	}
	return nil
}

// patch changes some bytes of frames that are in the file, or begins one.
func (f *Log) patch(p []byte, off int64) error {
	for len(p) > 0 {
		n, within := frameOf(off)
		if err := f.frame(n); err != nil && err != io.EOF && err != errForeign {
			return err
		}
		done := copy(f.plain[within:], p)
		if _, err := f.File.WriteAt(f.aead.Seal(f.disk[:0], nil, f.plain, place(n)), diskOffset(n)); err != nil {
			return err
		}
		p, off = p[done:], off+int64(done)
	}
	return nil
}

// ready has the key of the log that is in the file, if there is one.
func (f *Log) ready() error {
	if f.aead != nil {
		return nil
	}
	var head [logHeader]byte
	return f.header(head[:])
}

// header reads the header, and takes the key of its log. A header that does not
// open reads as zeros, which SQLite takes for none: it is that of a log which
// was cut off as it began.
func (f *Log) header(p []byte) error {
	var raw [diskHeader]byte
	if n, err := f.File.ReadAt(raw[:], 0); n < len(raw) {
		if err == nil {
			err = io.EOF
		}
		return err
	}
	if err := f.use(raw[:logSalt]); err != nil {
		return err
	}
	clear(p)
	if plain, err := f.aead.Open(nil, nil, raw[logSalt:], place(-1)); err == nil {
		copy(p, plain)
	}
	return nil
}

// errForeign says that a frame in the file is none of this log.
var errForeign = errors.New("the frame does not open")

// frame reads one frame into f.plain. Where the file ends before it, or it is
// none of this log, that is zeros and the error says which.
func (f *Log) frame(n int64) error {
	if err := f.ready(); err != nil {
		return err
	}
	if f.plain == nil {
		f.plain = make([]byte, logFrame)
	}
	if cap(f.disk) < diskFrame {
		f.disk = make([]byte, diskFrame)
	}
	raw := f.disk[:diskFrame]
	if got, err := f.File.ReadAt(raw, diskOffset(n)); got < len(raw) {
		clear(f.plain)
		if err == nil {
			err = io.EOF
		}
		return err
	}
	if _, err := f.aead.Open(f.plain[:0], nil, raw, place(n)); err == nil {
		return nil
	}
	// Another session may have begun the log again.
	was := string(f.salt)
	var head [logHeader]byte
	if err := f.header(head[:]); err != nil {
		return err
	}
	if string(f.salt) != was {
		if _, err := f.aead.Open(f.plain[:0], nil, raw, place(n)); err == nil {
			return nil
		}
	}
	f.plain = f.plain[:logFrame]
	clear(f.plain)
	return errForeign
}

// ReadAt implements io.ReaderAt. Who reads from the start of a frame looks where
// the log ends, and zeros say that it does; who reads its page knows that it is
// there, and must not be given another.
func (f *Log) ReadAt(p []byte, off int64) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	if off == 0 && len(p) == logHeader {
		if err := f.header(p); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	if off < logHeader {
		return 0, sqlite3.IOERR_READ
	}
	for done := 0; done < len(p); {
		n, within := frameOf(off + int64(done))
		if err := f.frame(n); err == errForeign && within > 0 {
			return done, sqlite3.IOERR_DATA
		} else if err != nil && err != errForeign {
			return done, err
		}
		done += copy(p[done:], f.plain[within:])
	}
	return len(p), nil
}

// Sync implements vfs.File.
func (f *Log) Sync(flags vfs.SyncFlag) error {
	if err := f.flush(); err != nil || f.ahead {
		return err
	}
	return f.File.Sync(flags)
}

// Ahead tells whether SQLite's commits go on before they are synced. Whoever sets
// it calls [Log.Keep] before anybody relies on one of them.
func (f *Log) Ahead(yes bool) { f.ahead = yes }

// Keep syncs what was committed. It may be called beside the session that writes.
func (f *Log) Keep() error { return f.File.Sync(vfs.SYNC_FULL) }

// Truncate implements vfs.File.
func (f *Log) Truncate(size int64) error {
	if err := f.flush(); err != nil {
		return err
	}
	if size > 0 {
		n, _ := frameOf(max(size, logHeader) + logFrame - 1)
		size = diskOffset(n)
	}
	return f.File.Truncate(size)
}

// Size implements vfs.File.
func (f *Log) Size() (int64, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	size, err := f.File.Size()
	if err != nil || size < diskHeader {
		return 0, err
	}
	return logHeader + (size-diskHeader)/diskFrame*logFrame, nil
}

// Close implements vfs.File.
func (f *Log) Close() error {
	err := f.flush()
	if e := f.File.Close(); err == nil {
		err = e
	}
	return err
}
