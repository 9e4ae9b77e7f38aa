package blob_test

import (
	"io"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/blob"
)

// TestJoin puts a whole in parts, one of them twice and one without a byte, and
// reads it again. Parts that lie in stores begin with 26 bytes for ever.
func TestJoin(t *testing.T) {
	store := open(t, blob.Source{URL: t.TempDir(), Key: key})
	want, parts, seen := "", [][32]byte(nil), map[[32]byte]bool{}
	for _, text := range []string{"one ", "two ", "", "two ", strings.Repeat("long ", 50_000)} {
		alone := blob.Alone()
		if len(alone) != 26 {
			t.Fatalf("%d bytes stand before a part", len(alone))
		}
		ref, err := store.Put(t.Context(), strings.NewReader(alone+text))
		if err != nil || seen[ref.SHA256] {
			t.Fatalf("%q: %v, kept with another: %v", text, err, seen[ref.SHA256])
		}
		seen[ref.SHA256] = true
		want, parts = want+text, append(parts, ref.SHA256)
	}
	r := blob.Join(t.Context(), store, parts)
	got, err := io.ReadAll(r)
	if err != nil || string(got) != want {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(blob.Join(t.Context(), store, [][32]byte{{1}})); err == nil {
		t.Error("a part that is not there was read")
	}
}
