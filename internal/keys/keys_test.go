package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/heed-project/heed/internal/fault"
	"golang.org/x/mod/sumdb/note"
)

func TestSourcesUnlock(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	classic := filepath.Join(t.TempDir(), "classic.key")
	os.WriteFile(classic, []byte("# mine\n"+x.String()+"\n"), 0o600)
	hybrid, err := NewFile(filepath.Join(t.TempDir(), "a", "b.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Source{"passphrase": Passphrase("correct horse battery"), "hybrid file": hybrid, "x25519 file": File(classic)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			made, err := Create(dir, "heed.example/log", s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Create(dir, "heed.example/log", s); fault.KindOf(err) != fault.KindExists {
				t.Errorf("second create: %v", err)
			}
			got, err := Unlock(dir, s)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Database()) != string(made.Database()) || got.LogVerifier() != made.LogVerifier() || got.Blind("mail", "a@b") != made.Blind("mail", "a@b") {
				t.Error("the unlocked keys are not the ones made")
			}
			if _, err := Unlock(dir, Passphrase("some other passphrase")); err == nil {
				t.Error("another passphrase unlocked it")
			}
			raw, _ := os.ReadFile(filepath.Join(dir, FileName))
			if strings.Contains(string(raw), "PRIVATE+KEY") {
				t.Error("node.age holds a key in the clear")
			}
		})
	}
}

// TestTheSignaturesAreThoseOfGo signs with both libraries: they must agree in
// every bit, and one that makes another signature is not used.
func TestTheSignaturesAreThoseOfGo(t *testing.T) {
	for range 20 {
		private, _, err := note.GenerateKey(rand.Reader, "heed.example/log")
		if err != nil {
			t.Fatal(err)
		}
		ours, _, err := signer(private)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := ours.(quick); !ok {
			t.Fatal("the two libraries differ here")
		}
		theirs, err := note.NewSigner(private)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 40 {
			msg := make([]byte, n*37)
			rand.Read(msg)
			a, err := ours.Sign(msg)
			if err != nil {
				t.Fatal(err)
			}
			if b, _ := theirs.Sign(msg); !bytes.Equal(a, b) {
				t.Fatalf("%x signed as %x, by Go as %x", msg, a, b)
			}
		}
		if ours.Name() != theirs.Name() || ours.KeyHash() != theirs.KeyHash() {
			t.Error("another name or hash")
		}
		_, other, _ := ed25519.GenerateKey(rand.Reader)
		if ours.(quick).agrees(other) {
			t.Error("a signature under another key passes for the same")
		}
	}
}

func TestSignersAgreeWithTheirVerifiers(t *testing.T) {
	k := newKeys(t)
	for _, p := range []struct {
		s note.Signer
		v string
	}{{k.Log(), k.LogVerifier()}, {k.Entry(), k.EntryVerifier()}} {
		v, err := note.NewVerifier(p.v)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := p.s.Sign([]byte("x"))
		if err != nil || !v.Verify([]byte("x"), sig) || v.Verify([]byte("y"), sig) {
			t.Errorf("%s: the verifier key does not fit", p.v)
		}
	}
}

func TestWrappedKeysStayWithTheirSubject(t *testing.T) {
	k := newKeys(t)
	d, wrapped, err := k.NewDataKey("R-1")
	if err != nil {
		t.Fatal(err)
	}
	sealed := d.Seal("report.received", []byte("she said"))
	again, err := k.DataKey("R-1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := again.Unseal("report.received", sealed); err != nil || string(b) != "she said" {
		t.Fatalf("%q, %v", b, err)
	}
	if _, err := again.Unseal("warning.issued", sealed); err == nil {
		t.Error("a body opened in another context")
	}
	if _, err := k.DataKey("R-2", wrapped); err == nil {
		t.Error("a key unwrapped for another subject")
	}
	if k.Blind("a", "bc") == k.Blind("ab", "c") {
		t.Error("fields run into values in the blind index")
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	k := newKeys(t)
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k), fmt.Sprint(Passphrase("hush")), fmt.Sprintf("%v", k.s)} {
		if !strings.Contains(s, "redacted") {
			t.Errorf("printed %q", s)
		}
	}
}

// TestDamage changes each byte of node.age: none may unlock, none may panic.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s, err := NewFile(filepath.Join(t.TempDir(), "k"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, "heed.example/log", s); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	good, _ := os.ReadFile(path)
	for i := 0; i < len(good); i += 7 {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		os.WriteFile(path, bad, 0o600)
		if _, err := Unlock(dir, s); err == nil {
			t.Fatalf("byte %d of %d changed and it still unlocked", i, len(good))
		}
	}
	os.WriteFile(path, good, 0o600)
	if err := Rewrap(dir, s, Passphrase("a longer passphrase")); err != nil {
		t.Fatal(err)
	}
	if _, err := Unlock(dir, s); err == nil {
		t.Error("the old source still unlocks after a rewrap")
	}
}

func newKeys(t *testing.T) *Keys {
	t.Helper()
	s, err := generate("heed.example/log")
	if err != nil {
		t.Fatal(err)
	}
	k, err := open(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
