package blob_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/testkit"
)

func shelves(t *testing.T, f func(*testing.T, *blob.Shelf)) {
	open := func(t *testing.T, src blob.Source) *blob.Shelf {
		s, err := blob.OpenShelf(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("disk", func(t *testing.T) { f(t, open(t, blob.Source{URL: t.TempDir()})) })
	t.Run("s3", func(t *testing.T) {
		b := testkit.S3(t)
		f(t, open(t, blob.Source{URL: "s3+http" + strings.TrimPrefix(b.Endpoint, "http") + "/" + b.Name, AccessKey: b.AccessKey, SecretKey: b.SecretKey, Temp: t.TempDir()}))
	})
}

// TestShelfKeepsWhatItIsGiven writes files of sizes around the block and the
// alignment, announced rightly, wrongly and not at all.
func TestShelfKeepsWhatItIsGiven(t *testing.T) {
	shelves(t, func(t *testing.T, s *blob.Shelf) {
		src := rand.NewChaCha8([32]byte{1})
		for i, size := range []int{0, 1, 4095, 4096, 4<<20 - 1, 4 << 20, 4<<20 + 1, 9<<20 + 4096, 9<<20 + 17} {
			for _, said := range []int64{0, int64(size) + 1, int64(size) + 5<<20} {
				data := make([]byte, size)
				src.Read(data)
				d, err := s.Draft(said)
				if err != nil {
					t.Fatal(err)
				}
				for rest := data; len(rest) > 0; {
					n := min(len(rest), 1+rand.IntN(3<<20))
					if _, err := d.Write(rest[:n]); err != nil {
						t.Fatal(err)
					}
					rest = rest[n:]
				}
				name := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i, " ", said)))
				if _, err := s.Stat(t.Context(), name); fault.KindOf(err) != fault.KindNotFound {
					t.Fatalf("visible before it was kept: %v", err)
				}
				if err := d.Keep(t.Context(), name); err != nil {
					t.Fatal(err)
				}
				d.Discard()
				b, err := s.Open(t.Context(), name)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(b)
				b.Close()
				if err != nil || !bytes.Equal(got, data) {
					t.Fatalf("%d bytes, announced as %d: read %d, equal %v, %v", size, said, len(got), bytes.Equal(got, data), err)
				}
			}
		}
		n := 0
		if err := s.List(t.Context(), func(string, int64) error { n++; return nil }); err != nil || n != 27 {
			t.Fatalf("%d files listed, %v", n, err)
		}
	})
}

func TestShelfDropsWhatWasDiscarded(t *testing.T) {
	shelves(t, func(t *testing.T, s *blob.Shelf) {
		d, err := s.Draft(10 << 20)
		if err != nil {
			t.Fatal(err)
		}
		d.Write(make([]byte, 5<<20))
		d.Discard()
		if err := d.Keep(t.Context(), strings.Repeat("a", 64)); err == nil {
			t.Error("kept after it was discarded")
		}
		for _, name := range []string{"", "../../etc/passwd", strings.Repeat("A", 64)} {
			if _, err := s.Open(t.Context(), name); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("open %q: %v", name, err)
			}
		}
		err = s.List(t.Context(), func(name string, _ int64) error { t.Errorf("%s is left", name); return nil })
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestShelfPatches overwrites bytes of a file, many at once, and nothing else.
func TestShelfPatches(t *testing.T) {
	shelves(t, func(t *testing.T, s *blob.Shelf) {
		name := strings.Repeat("ab", 32)
		if err := s.Patch(t.Context(), name, 0, []byte("x")); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("what is not there: %v", err)
		}
		want := bytes.Repeat([]byte("0123456789"), 1000)
		d, err := s.Draft(0)
		if err != nil {
			t.Fatal(err)
		}
		d.Write(want)
		if err := d.Keep(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		for _, at := range []int64{-1, 10_000, 9_999, 1 << 62} {
			if err := s.Patch(t.Context(), name, at, []byte("xx")); err == nil {
				t.Errorf("outside, at %d, it succeeds", at)
			}
		}
		var all sync.WaitGroup
		for n := range 8 {
			part := bytes.Repeat([]byte{byte('a' + n)}, 100)
			copy(want[n*1000:], part)
			all.Go(func() {
				if err := s.Patch(t.Context(), name, int64(n*1000), part); err != nil {
					t.Errorf("part %d: %v", n, err)
				}
			})
		}
		all.Wait()
		b, err := s.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if got, err := io.ReadAll(b); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, equal %v, %v", len(got), bytes.Equal(got, want), err)
		}
	})
}

// TestNothingIsLeftInABucketWithVersions: what is patched or removed is in no
// version either.
func TestNothingIsLeftInABucketWithVersions(t *testing.T) {
	b := testkit.S3(t)
	u, err := url.Parse(b.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(b.AccessKey, b.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.EnableVersioning(t.Context(), b.Name); err != nil {
		t.Fatal(err)
	}
	s, err := blob.OpenShelf(t.Context(), blob.Source{URL: "s3+http" + strings.TrimPrefix(b.Endpoint, "http") + "/" + b.Name, AccessKey: b.AccessKey, SecretKey: b.SecretKey, Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	versions := func(name string) (n int) {
		for o := range client.ListObjects(t.Context(), b.Name, minio.ListObjectsOptions{Prefix: name[:2], Recursive: true, WithVersions: true}) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			n++
		}
		return n
	}
	keep := func(name string) {
		d, err := s.Draft(0)
		if err != nil {
			t.Fatal(err)
		}
		d.Write([]byte("a secret that goes"))
		if err := d.Keep(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	patched, removed, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32), strings.Repeat("cd", 31)+"ef"
	keep(patched)
	keep(removed)
	keep(other)
	if err := s.Patch(t.Context(), patched, 2, []byte("xxxxxx")); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), removed); err != nil {
		t.Fatal(err)
	}
	if n, m := versions(patched), versions(removed); n != 1 || m != 1 {
		t.Errorf("%d versions of what was patched, %d of what was removed and of another", n, m)
	}
	if _, err := s.Stat(t.Context(), other); err != nil {
		t.Error(err)
	}
}
