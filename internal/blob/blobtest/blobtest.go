// Package blobtest is the suite that every blob.Store passes: what the
// comments of the interface promise, checked against the real place where the
// bytes lie, including what happens when somebody changes them there.
//
//	blobtest.Run(t, func(t *testing.T) (blob.Store, string) {
//		dir := t.TempDir()
//		return open(t, dir), dir
//	})
//
// It trusts the file system that it looks at.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
)

// Run checks a store. For each test open returns a fresh, empty one, and the
// folder below which its bytes lie as files, one for each blob.
func Run(t *testing.T, open func(t *testing.T) (blob.Store, string)) {
	for _, tt := range []struct {
		name string
		run  func(*testing.T, blob.Store, string)
	}{
		{"sizes", sizes},
		{"big", big},
		{"same content at once", same},
		{"interrupted", interrupted},
		{"cancelled", cancelled},
		{"corrupted", corrupted},
		{"exchanged", exchanged},
		{"read at", readAt},
		{"delete", remove},
		{"list", list},
		{"absent", absent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, dir := open(t)
			tt.run(t, s, dir)
		})
	}
}

// sizes goes round the edges of chunks.
func sizes(t *testing.T, s blob.Store, _ string) {
	for _, n := range []int{0, 1, 1000, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 128<<10 + 1} {
		data := random(n)
		ref := put(t, s, data)
		if ref.Size != int64(n) || ref.SHA256 != sha256.Sum256(data) {
			t.Errorf("put %d bytes: %d, %v", n, ref.Size, ref)
		}
		if got := get(t, s, ref); !bytes.Equal(got, data) {
			t.Errorf("%d bytes came back as %d others", n, len(got))
		}
		if st, err := s.Stat(t.Context(), ref.SHA256); err != nil || st != ref {
			t.Errorf("stat of %d bytes: %+v, %v", n, st, err)
		}
		if err := blob.Verify(t.Context(), s, ref.SHA256); err != nil {
			t.Errorf("verify %d bytes: %v", n, err)
		}
	}
}

// big puts 64 MiB that are never in memory whole.
func big(t *testing.T, s blob.Store, _ string) {
	const size = 64<<20 + 7
	stream := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{1}), size) }
	ref, err := s.Put(t.Context(), stream())
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.New()
	io.Copy(want, stream())
	if ref.Size != size || !bytes.Equal(want.Sum(nil), ref.SHA256[:]) {
		t.Fatalf("put %+v", ref)
	}
	b, err := s.Open(t.Context(), ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got := sha256.New()
	if n, err := io.Copy(got, b); n != size || err != nil || !bytes.Equal(got.Sum(nil), ref.SHA256[:]) {
		t.Errorf("read %d bytes: %v", n, err)
	}
}

func same(t *testing.T, s blob.Store, dir string) {
	data := random(100_000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			ref, err := s.Put(t.Context(), iotest.HalfReader(bytes.NewReader(data)))
			if err != nil || ref.SHA256 != sha256.Sum256(data) {
				t.Errorf("%v: %v", ref, err)
			}
		})
	}
	wg.Wait()
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d files hold one content", n)
	}
	if got := get(t, s, blob.Ref{SHA256: sha256.Sum256(data)}); !bytes.Equal(got, data) {
		t.Error("not what was put")
	}
}

// interrupted breaks a put where its input breaks. An input that ends early
// by its own account is a broken one too.
func interrupted(t *testing.T, s blob.Store, dir string) {
	for _, broken := range []error{errors.New("line broke"), io.ErrUnexpectedEOF} {
		for _, n := range []int{0, 10, 64 << 10, 200_000} {
			_, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(random(n)), iotest.ErrReader(broken)))
			if !errors.Is(err, broken) {
				t.Errorf("put of a broken input: %v", err)
			}
		}
	}
	empty(t, s, dir)
}

func cancelled(t *testing.T, s blob.Store, dir string) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := s.Put(ctx, readerFunc(func(p []byte) (int, error) {
		if n++; n == 3 {
			cancel()
		}
		return len(p), nil // never ends by itself
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	empty(t, s, dir)
	ref := put(t, s, random(10))
	if err := s.List(ctx, func(blob.Ref) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("list: %v", err)
	}
	if got := get(t, s, ref); len(got) != 10 {
		t.Error("a cancelled call broke the store")
	}
}

// corrupted changes a bit, cuts, and appends, behind the store's back.
func corrupted(t *testing.T, s blob.Store, dir string) {
	data := random(150_000)
	for name, change := range map[string]func([]byte) []byte{
		"first bit":   func(b []byte) []byte { b[0] ^= 1; return b },
		"middle bit":  func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"last bit":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"one cut":     func(b []byte) []byte { return b[:len(b)-1] },
		"half cut":    func(b []byte) []byte { return b[:len(b)/2] },
		"chunk cut":   func(b []byte) []byte { return b[:len(b)-len(b)%(64<<10)] },
		"all cut":     func([]byte) []byte { return nil },
		"byte added":  func(b []byte) []byte { return append(b, 0) },
		"twice":       func(b []byte) []byte { return append(b, b...) },
		"only zeroes": func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		ref := put(t, s, data)
		edit(t, files(t, dir)[0], change)
		if err := blob.Verify(t.Context(), s, ref.SHA256); !errors.Is(err, blob.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Delete(t.Context(), ref.SHA256); err != nil {
			t.Errorf("%s: delete: %v", name, err)
		}
	}
}

// exchanged puts one blob's file in the place of another's.
func exchanged(t *testing.T, s blob.Store, dir string) {
	put(t, s, random(1000))
	was := files(t, dir)[0]
	mine, err := os.ReadFile(was)
	if err != nil {
		t.Fatal(err)
	}
	other := put(t, s, random(1000))
	for _, f := range files(t, dir) {
		if f != was {
			edit(t, f, func([]byte) []byte { return mine })
		}
	}
	if err := blob.Verify(t.Context(), s, other.SHA256); !errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("a blob in the place of another: %v", err)
	}
}

// readAt compares reading at any place, in any order, with the bytes.
func readAt(t *testing.T, s blob.Store, _ string) {
	data := random(3*64<<10 + 77)
	b, err := s.Open(t.Context(), put(t, s, data).SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	want := bytes.NewReader(data)
	if b.Size() != want.Size() {
		t.Fatalf("size %d", b.Size())
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		off, n := rnd.Int64N(want.Size()+10), rnd.IntN(100_000)
		p, q := make([]byte, n), make([]byte, n)
		pn, perr := b.ReadAt(p, off)
		qn, qerr := want.ReadAt(q, off)
		if pn != qn || (perr == nil) != (qerr == nil) || !bytes.Equal(p[:pn], q[:qn]) {
			t.Fatalf("read %d at %d: %d, %v; want %d, %v", n, off, pn, perr, qn, qerr)
		}
		whence := rnd.IntN(3)
		off -= []int64{0, want.Size() / 2, want.Size()}[whence]
		pos, perr := b.Seek(off, whence)
		wpos, qerr := want.Seek(off, whence)
		if perr != nil || qerr != nil {
			continue // both stay where they are, as the next read shows
		}
		pn, _ = io.ReadFull(b, p)
		qn, _ = io.ReadFull(want, q)
		if pos != wpos || pn != qn || !bytes.Equal(p[:pn], q[:qn]) {
			t.Fatalf("seek to %d and read %d: at %d, %d bytes; want %d, %d", off, n, pos, pn, wpos, qn)
		}
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p := make([]byte, 70_000)
			if _, err := b.ReadAt(p, int64(i)*10_000); err != nil || !bytes.Equal(p, data[i*10_000:i*10_000+len(p)]) {
				t.Errorf("read at once: %v", err)
			}
		})
	}
	wg.Wait()
}

func remove(t *testing.T, s blob.Store, dir string) {
	data := random(100)
	ref := put(t, s, data)
	if err := s.Delete(t.Context(), ref.SHA256); err != nil {
		t.Fatal(err)
	}
	empty(t, s, dir)
	if _, err := s.Open(t.Context(), ref.SHA256); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("open what was deleted: %v", err)
	}
	if again := put(t, s, data); again != ref {
		t.Errorf("put again: %v", again)
	}
	if got := get(t, s, ref); !bytes.Equal(got, data) {
		t.Error("put again, it is not what was put")
	}
}

func list(t *testing.T, s blob.Store, _ string) {
	want := map[blob.Ref]bool{}
	for i := range 20 {
		want[put(t, s, random(i*7))] = true
	}
	if err := s.List(t.Context(), func(r blob.Ref) error {
		if !want[r] {
			t.Errorf("listed %v, %d bytes, twice or never put", r, r.Size)
		}
		delete(want, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(want) != 0 {
		t.Errorf("%d not listed", len(want))
	}
	enough, n := errors.New("enough"), 0
	if err := s.List(t.Context(), func(blob.Ref) error { n++; return enough }); err != enough || n != 1 {
		t.Errorf("an error after %d calls came out as %v", n, err)
	}
}

func absent(t *testing.T, s blob.Store, _ string) {
	sum := sha256.Sum256([]byte("never put"))
	_, openErr := s.Open(t.Context(), sum)
	_, statErr := s.Stat(t.Context(), sum)
	for _, err := range []error{openErr, statErr, s.Delete(t.Context(), sum), blob.Verify(t.Context(), s, sum)} {
		if fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("%v", err)
		}
	}
	if err := blob.Reachable(t.Context(), s); err != nil {
		t.Errorf("reachable: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

var seed struct {
	sync.Mutex
	n byte
}

// random returns n bytes unlike any before.
func random(n int) []byte {
	seed.Lock()
	defer seed.Unlock()
	seed.n++
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{0: 2, 1: seed.n}).Read(b)
	return b
}

func put(t *testing.T, s blob.Store, data []byte) blob.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func get(t *testing.T, s blob.Store, ref blob.Ref) []byte {
	t.Helper()
	b, err := s.Open(t.Context(), ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	data, err := io.ReadAll(b)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// empty checks that neither the store nor its place holds anything.
func empty(t *testing.T, s blob.Store, dir string) {
	t.Helper()
	if err := s.List(t.Context(), func(r blob.Ref) error { return fmt.Errorf("%v is there", r) }); err != nil {
		t.Error(err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// files returns the files with bytes in them below dir.
func files(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Size() > 0 {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func edit(t *testing.T, file string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, change(b), 0o600); err != nil {
		t.Fatal(err)
	}
}
