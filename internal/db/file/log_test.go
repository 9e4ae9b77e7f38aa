package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// memory is a file in memory that counts its syncs and writes.
type memory struct {
	vfs.File
	b             []byte
	syncs, writes int
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.writes++
	if need := int(off) + len(p); need > len(m.b) {
		m.b = append(m.b, make([]byte, need-len(m.b))...)
	}
	return copy(m.b[off:], p), nil
}
func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(m.b)) {
		n = copy(p, m.b[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
func (m *memory) Sync(vfs.SyncFlag) error { m.syncs++; return nil }
func (m *memory) Size() (int64, error)    { return int64(len(m.b)), nil }
func (m *memory) Truncate(n int64) error  { m.b = m.b[:n]; return nil }
func (m *memory) Close() error            { return nil }

func chunk(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func aHeader() []byte {
	h := chunk(logHeader)
	binary.BigEndian.PutUint32(h[8:], pageSize)
	return h
}

// TestLogIsWholeWhenReadersMayLook writes logs as SQLite does: frames, at times a
// page of this commit again or a header's checksum, and a sync. After each commit
// another session must read every byte, though the log began anew since it last
// looked, and nothing of it is in the file in the clear.
func TestLogIsWholeWhenReadersMayLook(t *testing.T) {
	for _, gather := range []bool{true, false} {
		under := &memory{}
		key := chunk(32)
		f, other := &Log{File: under, key: key, gather: gather}, &Log{File: under, key: key, gather: gather}
		for restart := range 3 {
			want := aHeader()
			write(t, f, want, 0)
			f.Sync(0)
			for commit := range 40 {
				first := len(want)
				for range 1 + rand.IntN(9) {
					frame := chunk(logFrame)
					write(t, f, frame[:24], len(want))
					write(t, f, frame[24:], len(want)+24)
					want = append(want, frame...)
				}
				if gather && commit%3 == 0 { // SQLite changes its mind about the first page, and sums anew
					again := chunk(logFrame)
					copy(want[first:], again)
					write(t, f, again[24:], first+24)
					write(t, f, again[:24], first)
				}
				if gather {
					f.Sync(0)
				}
				got := make([]byte, len(want))
				if _, err := other.ReadAt(got[:logHeader], 0); err != nil {
					t.Fatal(err)
				}
				if _, err := other.ReadAt(got[logHeader:], logHeader); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("restart %d, commit %d: another session does not read what was written: %v", restart, commit, err)
				}
				if size, _ := other.Size(); size < int64(len(want)) || !gather && restart == 0 && size != int64(len(want)) {
					t.Fatalf("the log has %d bytes, want %d", size, len(want))
				}
				after := chunk(logFrame)
				if _, err := other.ReadAt(after, int64(len(want))); err != io.EOF && (err != nil || !bytes.Equal(after, make([]byte, logFrame))) {
					t.Fatalf("restart %d, commit %d: the log does not end where its frames do: %v", restart, commit, err)
				}
				if bytes.Contains(under.b, want[first+24:first+56]) {
					t.Fatal("a page is in the file in the clear")
				}
			}
		}
	}
}

func write(t *testing.T, f *Log, p []byte, off int) {
	t.Helper()
	if _, err := f.WriteAt(p, int64(off)); err != nil {
		t.Fatal(err)
	}
}

// TestACommitIsOneWrite counts what reaches the file.
func TestACommitIsOneWrite(t *testing.T) {
	under := &memory{}
	f := &Log{File: under, key: chunk(32), gather: true}
	write(t, f, aHeader(), 0)
	if under.syncs != 1 {
		t.Error("the header of a new log is not synced before its frames")
	}
	at, grown := 0, 0
	for commit := range 20 {
		writes, syncs, size := under.writes, under.syncs, len(under.b)
		for range 5 {
			write(t, f, chunk(24), logHeader+at*logFrame)
			write(t, f, chunk(pageSize), logHeader+at*logFrame+24)
			at++
		}
		f.Sync(0)
		if len(under.b) != size {
			grown++ // the file was made longer first
			continue
		}
		if commit == 0 || under.writes != writes+1 || under.syncs != syncs+1 {
			t.Errorf("commit %d: %d writes and %d syncs, want one of each", commit, under.writes-writes, under.syncs-syncs)
		}
	}
	if grown > 5 {
		t.Errorf("the file was made longer %d times in 20 commits", grown)
	}
}

// TestLogEndsWhereAFrameDoesNotOpen changes each part of the file: what SQLite
// looks through for the log's end reads as zeros, a page that it knows to be
// there is an error, and no byte of another log is ever given.
func TestLogEndsWhereAFrameDoesNotOpen(t *testing.T) {
	under := &memory{}
	key := chunk(32)
	f := &Log{File: under, key: key, gather: true}
	write(t, f, aHeader(), 0)
	for i := range 3 {
		write(t, f, chunk(logFrame), logHeader+i*logFrame)
	}
	f.Sync(0)
	good := bytes.Clone(under.b)
	zeros := make([]byte, logFrame)
	frame := make([]byte, logFrame)
	for _, at := range []int{0, diskHeader + 5, diskHeader + 3000, diskHeader + 3*diskFrame - 1} {
		copy(under.b, good)
		under.b[at] ^= 1
		s := &Log{File: under, key: key}
		n := int64(max(0, at-diskHeader) / diskFrame)
		if _, err := s.ReadAt(frame, logHeader+n*logFrame); err != nil || !bytes.Equal(frame, zeros) {
			t.Errorf("byte %d changed: the frame does not read as zeros (%v)", at, err)
		}
		if _, err := s.ReadAt(frame[:pageSize], logHeader+n*logFrame+24); !errors.Is(err, sqlite3.IOERR_DATA) {
			t.Errorf("byte %d changed: the page reads with %v", at, err)
		}
	}
	copy(under.b, good)
	under.b[40] ^= 1
	if _, err := (&Log{File: under, key: key}).ReadAt(frame[:logHeader], 0); err != nil || !bytes.Equal(frame[:logHeader], zeros[:logHeader]) {
		t.Errorf("a header that was changed does not read as zeros (%v)", err)
	}
	copy(under.b, good) // a frame moved to another's place
	copy(under.b[diskHeader:], good[diskHeader+diskFrame:diskHeader+2*diskFrame])
	if _, err := f.ReadAt(frame[:pageSize], logHeader+24); err == nil {
		t.Error("a frame opens in another's place")
	}
	write(t, f, aHeader(), 0) // the log begins again
	if _, err := f.ReadAt(frame, logHeader+logFrame); err != nil || !bytes.Equal(frame, zeros) {
		t.Errorf("a frame of the log before reads as one of this (%v)", err)
	}
	if _, err := (&Log{File: under, key: key}).ReadAt(frame, logHeader+99*logFrame); err != io.EOF {
		t.Errorf("beyond the end: %v", err)
	}
}
