package blob_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/blob/blobtest"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/testkit"
)

var key = bytes.Repeat([]byte{7}, 32)

func open(t *testing.T, src blob.Source) blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bucket(t *testing.T, prefix string) (blob.Source, string) {
	b := testkit.S3(t)
	return blob.Source{
		URL:       strings.Replace(b.Endpoint, "http://", "s3+http://", 1) + "/" + b.Name + prefix,
		AccessKey: b.AccessKey, SecretKey: b.SecretKey, Temp: t.TempDir(),
	}, b.Dir
}

func TestStores(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "sealed": key} {
		t.Run("disk "+name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) (blob.Store, string) {
				dir := t.TempDir()
				return open(t, blob.Source{URL: dir, Key: key}), dir
			})
		})
		t.Run("bucket "+name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) (blob.Store, string) {
				src, dir := bucket(t, "/some/prefix")
				src.Key = key
				t.Cleanup(func() {
					if left, err := os.ReadDir(src.Temp); err != nil || len(left) > 0 {
						t.Errorf("left in the temporary folder: %v, %v", left, err)
					}
				})
				return open(t, src), dir
			})
		})
	}
}

// TestNothingReadable looks for the content and for its name in all that a
// sealed store keeps, and while a put is under way.
func TestNothingReadable(t *testing.T) {
	canary := []byte("the canary sings in the coal mine")
	dir := t.TempDir()
	s := open(t, blob.Source{URL: dir, Key: key})
	look := func() {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			if bytes.Contains(b, canary[:16]) {
				t.Errorf("%s holds the content", path)
			}
			if info, _ := e.Info(); info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	content := bytes.Repeat(canary, 10_000)
	ref, err := s.Put(t.Context(), &hooked{bytes.NewReader(content), look})
	if err != nil {
		t.Fatal(err)
	}
	look()
	if _, err := os.Stat(filepath.Join(dir, ref.String()[:2], ref.String())); err == nil {
		t.Error("the name of the file tells what is in it")
	}
	other := open(t, blob.Source{URL: dir, Key: bytes.Repeat([]byte{8}, 32)})
	if _, err := other.Open(t.Context(), ref.SHA256); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("another key: %v", err)
	}
}

type hooked struct {
	*bytes.Reader
	hook func()
}

func (h *hooked) Read(p []byte) (int, error) {
	h.hook()
	return h.Reader.Read(p)
}

func TestLeftOversAreSweptOnceOld(t *testing.T) {
	dir := t.TempDir()
	open(t, blob.Source{URL: dir})
	old, fresh := filepath.Join(dir, "tmp", "put-old"), filepath.Join(dir, "tmp", "put-new")
	for _, f := range []string{old, fresh} {
		if err := os.WriteFile(f, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	open(t, blob.Source{URL: dir})
	if _, err := os.Stat(old); err == nil {
		t.Error("a day-old left-over is still there")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("a put that may be under way was removed: %v", err)
	}
}

func TestWrongSources(t *testing.T) {
	src, _ := bucket(t, "")
	for _, url := range []string{"", "ftp://x/y", "s3://host", "s3://user:secret@host/bucket", src.URL + "-that-is-not-there"} {
		src.URL = url
		_, err := blob.Open(t.Context(), src)
		if fault.KindOf(err) != fault.KindInvalid || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%q: %v", url, err)
		}
	}
	src, _ = bucket(t, "")
	src.SecretKey = "wrong"
	if _, err := blob.Open(t.Context(), src); err == nil {
		t.Error("a wrong secret key opened the bucket")
	}
	if _, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir(), Key: []byte("short")}); err == nil {
		t.Error("a short key was taken")
	}
}

func TestParseSum(t *testing.T) {
	ref := blob.Ref{SHA256: [32]byte{0xab, 1}}
	if sum, err := blob.ParseSum(ref.String()); err != nil || sum != ref.SHA256 {
		t.Errorf("%x, %v", sum, err)
	}
	for _, s := range []string{"", "ab", strings.ToUpper(ref.String()), ref.String() + "0", strings.Repeat("g", 64)} {
		if _, err := blob.ParseSum(s); fault.Field(err) != "sha256" {
			t.Errorf("%q: %v", s, err)
		}
	}
}
