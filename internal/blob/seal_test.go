package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// memory is a stored file.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// growing is a file being written.
type growing []byte

func (g *growing) WriteAt(p []byte, off int64) (int, error) {
	for int64(len(*g)) < off+int64(len(p)) {
		*g = append(*g, 0)
	}
	return copy((*g)[off:], p), nil
}

func readSealed(file []byte, sum [32]byte) ([]byte, error) {
	b, err := newSealer(make([]byte, 32)).unseal(memory{bytes.NewReader(file)}, sum)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(b)
}

// FuzzUnseal changes sealed files. One that still opens is one that was not
// changed.
func FuzzUnseal(f *testing.F) {
	genuine := map[string]bool{}
	for _, n := range []int{0, 1, 100, chunkSize, chunkSize + 1} {
		var file growing
		nonce := bytes.Repeat([]byte{byte(n)}, nonceSize)
		content := bytes.Repeat([]byte{byte(n)}, n)
		ref, err := newSealer(make([]byte, 32)).sealWith(nonce, &file, bytes.NewReader(content))
		if err != nil {
			f.Fatal(err)
		}
		if got, err := readSealed(file, ref.SHA256); err != nil || !bytes.Equal(got, content) {
			f.Fatalf("%d bytes came back as %d: %v", n, len(got), err)
		}
		genuine[string(file)] = true
		f.Add([]byte(file), ref.SHA256[:])
	}
	f.Fuzz(func(t *testing.T, file, sum []byte) {
		if len(sum) != 32 {
			return
		}
		got, err := readSealed(file, [32]byte(sum))
		switch {
		case err == nil && sha256.Sum256(got) != [32]byte(sum):
			t.Error("opened as something else")
		case err == nil && !genuine[string(file)]:
			t.Error("a changed file was opened")
		case err != nil && !errors.Is(err, ErrCorrupt):
			t.Errorf("refused for another reason: %v", err)
		}
	})
}

// TestVector opens the file printed in docs/spec/blob.md, so that the form
// cannot change unseen.
func TestVector(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "sealed.hex"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		t.Fatal(err)
	}
	want := []byte("Heed keeps bytes.\n")
	sum := sha256.Sum256(want)
	if got, err := readSealed(file, sum); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q: %v", got, err)
	}
	if name := newSealer(make([]byte, 32)).name(sum); name != "63c6cd1d073f3a164804fb9ac261cf50131ddd806e33fafdb323dbb24bd58bb7" {
		t.Errorf("name %s", name)
	}
}
