package db

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/ncruces/go-sqlite3/vfs"
)

// memory is a file in memory that counts its syncs.
type memory struct {
	vfs.File
	b     []byte
	syncs int
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if need := int(off) + len(p); need > len(m.b) {
		m.b = append(m.b, make([]byte, need-len(m.b))...)
	}
	return copy(m.b[off:], p), nil
}
func (m *memory) ReadAt(p []byte, off int64) (int, error) { return copy(p, m.b[off:]), nil }
func (m *memory) Sync(vfs.SyncFlag) error                 { m.syncs++; return nil }
func (m *memory) Size() (int64, error)                    { return int64(len(m.b)), nil }
func (m *memory) Truncate(n int64) error                  { m.b = m.b[:n]; return nil }
func (m *memory) Close() error                            { return nil }

// TestGatheredLogIsWholeWhenReadersMayLook writes logs as SQLite does: frames,
// a sync at the end of a sector in the midst of a padding frame, and the rest of
// that frame. Then every byte must be in the file, for another session reads it.
func TestGatheredLogIsWholeWhenReadersMayLook(t *testing.T) {
	under := &memory{}
	f := &walFile{File: under}
	var want []byte
	write := func(p []byte) {
		t.Helper()
		if _, err := f.WriteAt(p, int64(len(want))); err != nil {
			t.Fatal(err)
		}
		want = append(want, p...)
	}
	chunk := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		return b
	}
	for restart := range 3 {
		want = nil
		write(chunk(walHeader))
		f.Sync(0)
		for commit := range 40 {
			for range 1 + rand.IntN(9) {
				write(chunk(24))
				write(chunk(4096))
			}
			sync := (len(want) + 4095) / 4096 * 4096
			for len(want) < sync { // padding frames
				for _, part := range [][]byte{chunk(24), chunk(4096)} {
					if at := sync - len(want); at > 0 && at <= len(part) {
						write(part[:at])
						f.Sync(0)
						if part = part[at:]; len(part) == 0 {
							continue
						}
					}
					write(part)
				}
			}
			if got := under.b[:len(want)]; len(under.b) < len(want) || !bytes.Equal(got, want) {
				t.Fatalf("restart %d, commit %d: %d bytes are not in the file as written", restart, commit, len(want))
			}
		}
	}
	b := make([]byte, 100)
	write(chunk(24))
	if _, err := f.ReadAt(b[:24], int64(len(want)-24)); err != nil || !bytes.Equal(b[:24], want[len(want)-24:]) {
		t.Error("a session does not read what it wrote")
	}
}
