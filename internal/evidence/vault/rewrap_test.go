package vault_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"filippo.io/age"
)

// TestWrapped hands files to another key: age opens them with it, and what
// follows the header is what is kept, byte for byte.
func TestWrapped(t *testing.T) {
	v := open(t, t.TempDir())
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 40000)
	whole, err := v.Seal(t.Context(), bytes.NewReader(large), int64(len(large)), 0)
	if err != nil {
		t.Fatal(err)
	}
	seg, err := v.Segment(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seg.Add([]byte("first")); err != nil {
		t.Fatal(err)
	}
	small, err := seg.Add([]byte("second"))
	if err != nil {
		t.Fatal(err)
	}
	if err := seg.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		data []byte
		kept [32]byte
	}{{large, whole.SHA256}, {[]byte("second"), small.SHA256}} {
		at := whole.Place
		if len(k.data) < 10 {
			at = small.Place
		}
		r, n, err := v.Wrapped(t.Context(), at, other.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil || int64(len(b)) != n || r.Close() != nil {
			t.Fatalf("%d bytes, %d were said: %v", len(b), n, err)
		}
		opened, err := age.Decrypt(bytes.NewReader(b), other)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(opened)
		if err != nil || !bytes.Equal(got, k.data) || sha256.Sum256(got) != k.kept {
			t.Errorf("%d bytes came, %d were kept: %v", len(got), len(k.data), err)
		}
		s, err := v.Stored(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := io.ReadAll(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if tail := len(k.data) + 16; !bytes.Equal(b[len(b)-tail:], stored[len(stored)-tail:]) {
			t.Error("it was encrypted again")
		}
	}
}
