package keys

import (
	"bytes"
	"io"
	"testing"

	"filippo.io/age"
)

func TestCustodyIsOneIdentityOfTheNode(t *testing.T) {
	k := newKeys(t)
	if once, twice := k.Custody(), k.Custody(); once.String() != twice.String() || k.Custody().String() == newKeys(t).Custody().String() {
		t.Error("a node has one custody identity, and another node another")
	}
	x, err := age.GenerateHybridIdentity() // what age itself writes is what ours writes
	if err != nil {
		t.Fatal(err)
	}
	if again, err := age.ParseHybridIdentity(x.String()); err != nil || again.Recipient().String() != x.Recipient().String() {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, k.Custody().Recipient())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "kept")
	w.Close()
	r, err := age.Decrypt(&sealed, k.Custody())
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "kept" {
		t.Fatalf("%q, %v", b, err)
	}
}
