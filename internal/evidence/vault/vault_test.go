package vault_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
)

var node, _ = age.GenerateHybridIdentity()

func named(text string) string {
	m := hmac.New(sha256.New, []byte("only in this test"))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

func open(t testing.TB, dir string) *vault.Vault {
	t.Helper()
	s, err := blob.OpenShelf(t.Context(), blob.Source{URL: dir})
	if err != nil {
		t.Fatal(err)
	}
	return vault.New(s, vault.Options{Identity: node, Name: named})
}

func random(size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)}).Read(b)
	return b
}

// sizes are those around a chunk and around a stretch of chunks.
var sizes = []int{0, 1, 65535, 65536, 65537, 1<<20 - 1, 1 << 20, 1<<20 + 1, 5<<20 + 3*65536}

// TestAFileIsAnAgeFile reads what was kept with package age alone.
func TestAFileIsAnAgeFile(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	for _, size := range sizes {
		for _, one := range []bool{false, true} {
			data := random(size)
			var r io.Reader = bytes.NewReader(data)
			if one && size < 1<<17 {
				r = iotest.OneByteReader(r)
			}
			k, err := v.Seal(t.Context(), r, int64(size), 0)
			if err != nil {
				t.Fatal(err)
			}
			if k.Size != int64(size) || k.SHA256 != sha256.Sum256(data) {
				t.Fatalf("%d bytes: %+v", size, k)
			}
			f, err := os.Open(filepath.Join(dir, k.Object[:2], k.Object))
			if err != nil {
				t.Fatal(err)
			}
			if info, _ := f.Stat(); info.Size() != k.Length {
				t.Errorf("%d bytes are stored, %d said", info.Size(), k.Length)
			}
			plain, err := age.Decrypt(f, node)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(plain)
			if err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%d bytes: age read %d, %v", size, len(got), err)
			}
			var out bytes.Buffer
			if err := v.Copy(t.Context(), &out, k); err != nil || !bytes.Equal(out.Bytes(), data) {
				t.Fatalf("%d bytes: %v", size, err)
			}
		}
	}
}

func TestSegmentHoldsManyFiles(t *testing.T) {
	v := open(t, t.TempDir())
	seg, err := v.Segment(0)
	if err != nil {
		t.Fatal(err)
	}
	var all []vault.Kept
	var contents [][]byte
	for i := range 70 { // more than one block
		data := random(i * 3000 % 200_000)
		k, err := seg.Add(data)
		if err != nil {
			t.Fatal(err)
		}
		all, contents = append(all, k), append(contents, data)
	}
	if err := seg.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, k := range all {
		var out bytes.Buffer
		if err := v.Copy(t.Context(), &out, k); err != nil || !bytes.Equal(out.Bytes(), contents[i]) {
			t.Fatalf("member %d: %v", i, err)
		}
		key, err := v.FileKey(t.Context(), k.Place)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := v.Stored(t.Context(), k.Place)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := age.Decrypt(stored, age.NewInjectedFileKeyIdentity(key))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(plain); err != nil || !bytes.Equal(got, contents[i]) {
			t.Fatalf("member %d with its own key alone: %v", i, err)
		}
		stored.Close()
	}
	wrong := all[3]
	wrong.Place = all[4].Place
	if err := v.Copy(t.Context(), io.Discard, wrong); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("another member passed for this one: %v", err)
	}
}

// TestEveryChangeIsNoticed flips a bit of every byte of small objects and of
// some of a large one, and cuts and extends them.
func TestEveryChangeIsNoticed(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	k, err := v.Seal(t.Context(), bytes.NewReader(random(70000)), 70000, 0)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, k.Object[:2], k.Object)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := v.Copy(t.Context(), io.Discard, k); !errors.Is(err, vault.ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := 0; i < len(good); i += 1 + i/60 {
		b := bytes.Clone(good)
		b[i] ^= 1
		bad(fmt.Sprintf("bit of byte %d", i), b)
	}
	bad("cut by one", good[:len(good)-1])
	bad("cut at a chunk", good[:len(good)-70000+65536-16])
	bad("extended", append(bytes.Clone(good), 0))
	bad("emptied", nil)
	other := open(t, t.TempDir())
	if _, err := other.Seal(t.Context(), bytes.NewReader(random(70000)), 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := v.Restore(t.Context(), other, k, nil); err != nil {
		t.Fatalf("not restored from the replica: %v", err)
	}
	if err := v.Copy(t.Context(), io.Discard, k); err != nil {
		t.Fatal(err)
	}
}

func TestTheStoreAloneTellsWhatItHolds(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	second, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.SetCustody([]string{second.Recipient().String()}); err != nil {
		t.Fatal(err)
	}
	for n := 12; n >= 1; n-- {
		data := random(100 * n)
		k, err := v.Seal(t.Context(), bytes.NewReader(data), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		m := vault.Manifest{Node: "heed.example/x", Intake: fmt.Sprintf("IN-%d", n), By: "P-1", Authority: "the court's order",
			Items: []vault.Listed{{ID: fmt.Sprintf("E-%d.1", n), Seq: 1, Name: fmt.Sprintf("photo %d.jpg", n), SHA256: k.Sum(), Size: k.Size, Place: k.Place}}}
		if err := v.KeepManifest(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.Seal(t.Context(), strings.NewReader("not acknowledged"), 0, 0); err != nil {
		t.Fatal(err)
	}
	s, err := blob.OpenShelf(t.Context(), blob.Source{URL: dir})
	if err != nil {
		t.Fatal(err)
	}
	f, err := vault.New(s, vault.Options{Identity: second, Name: named}).Recover(t.Context()) // the second custodian, without the node
	if err != nil || len(f.Manifests) != 12 || len(f.Unnamed) != 1 || len(f.Damaged) != 0 {
		t.Fatalf("%d manifests, %d unnamed, %q, %v", len(f.Manifests), len(f.Unnamed), f.Damaged, err)
	}
	for i, m := range f.Manifests {
		if m.Intake != fmt.Sprintf("IN-%d", i+1) || m.Authority != "the court's order" || m.Items[0].Name != fmt.Sprintf("photo %d.jpg", i+1) {
			t.Errorf("manifest %d is %+v", i, m)
		}
		k, err := m.Items[0].Kept()
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Copy(t.Context(), io.Discard, k); err != nil {
			t.Error(err)
		}
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if b, _ := os.ReadFile(path); bytes.Contains(b, []byte("court")) || bytes.Contains(b, []byte("photo")) {
			t.Errorf("%s can be read without a key", path)
		}
		return err
	})
}

func TestAFailedPutLeavesNothing(t *testing.T) {
	v := open(t, t.TempDir())
	broken := io.MultiReader(bytes.NewReader(random(3<<20)), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := v.Seal(t.Context(), broken, 0, 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("a broken input: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Seal(ctx, bytes.NewReader(random(3<<20)), 0, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled put: %v", err)
	}
	f, err := v.Recover(t.Context())
	if err != nil || len(f.Unnamed) != 0 {
		t.Fatalf("%v is left, %v", f.Unnamed, err)
	}
	if _, err := vault.ParseRecipient("age1qqqq"); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("a classic recipient: %v", err)
	}
}

// FuzzOpenSegment gives the reader of segments anything at all.
func FuzzOpenSegment(f *testing.F) {
	dir := f.TempDir()
	v := open(f, dir)
	seg, err := v.Segment(0)
	if err != nil {
		f.Fatal(err)
	}
	k, _ := seg.Add([]byte("one"))
	if err := seg.Keep(f.Context()); err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(dir, k.Object[:2], k.Object)
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, k.Offset, k.Length)
	f.Add([]byte("heed-segment/1\n\xff\xff\xff\xff"), int64(0), int64(1)<<62)
	f.Fuzz(func(t *testing.T, b []byte, off, n int64) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		was := k
		was.Offset, was.Length = off, n
		if err := open(t, dir).Copy(t.Context(), io.Discard, was); err == nil && (!bytes.HasPrefix(b, good) || off != k.Offset) {
			t.Errorf("%d bytes at %d passed", len(b), off)
		}
	})
}
