package blob_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/heed-project/heed/internal/blob"
)

// BenchmarkSealed puts and reads 64 MiB in a folder, encrypted.
func BenchmarkSealed(b *testing.B) {
	s, err := blob.Open(b.Context(), blob.Source{URL: b.TempDir(), Key: key})
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 64<<20)
	ref, err := s.Put(b.Context(), bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("put", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for i := 0; b.Loop(); i++ {
			data[0], data[1] = byte(i), byte(i>>8)
			if _, err := s.Put(b.Context(), bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			r, err := s.Open(b.Context(), ref.SHA256)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
			r.Close()
		}
	})
}
