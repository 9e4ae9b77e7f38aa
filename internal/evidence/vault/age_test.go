package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"testing"
)

// TestMacAndDerive compares with the library's, for texts and keys of every
// length around those that occur.
func TestMacAndDerive(t *testing.T) {
	some := func(n int) []byte { b := make([]byte, n); rand.Read(b); return b }
	for n := range 2000 {
		key, text := some(n%65), some(n)
		h := hmac.New(sha256.New, key)
		h.Write(text)
		if got := mac(key, text); !bytes.Equal(got[:], h.Sum(nil)) {
			t.Fatalf("mac of %d bytes under %d", len(text), len(key))
		}
		salt, info := some(n%65), string(some(n%80))
		if n%3 == 0 {
			salt = nil
		}
		want, err := hkdf.Key(sha256.New, text, salt, info, 32)
		if err != nil {
			t.Fatal(err)
		}
		if got := derive(text, salt, info); !bytes.Equal(got[:], want) {
			t.Fatalf("derived from %d bytes, salt of %d, %d of info", len(text), len(salt), len(info))
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a key longer than a block was taken")
		}
	}()
	mac(make([]byte, 65), nil)
}
