package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence/vault"
)

// TestVector reads the store of docs/spec/vault.md as a custodian does who has
// a key and not the node.
func TestVector(t *testing.T) {
	f, err := os.Open("testdata/identity.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // a shelf makes its folders where it is opened
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "store"))); err != nil {
		t.Fatal(err)
	}
	s, err := blob.OpenShelf(t.Context(), blob.Source{URL: dir})
	if err != nil {
		t.Fatal(err)
	}
	v := vault.New(s, vault.Options{Identity: ids[0].(*age.HybridIdentity)})
	found, err := v.Recover(t.Context())
	if err != nil || len(found.Manifests) != 1 || len(found.Unnamed)+len(found.Damaged) != 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	m := found.Manifests[0]
	if m.ByName != "Ana Lima" || m.Authority != "provisional" || len(m.Items) != 2 {
		t.Errorf("%+v", m)
	}
	for i, want := range []string{"hello\n", "world\n"} {
		k, err := m.Items[i].Kept()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := v.Copy(t.Context(), &b, k); err != nil || b.String() != want || k.Packed != (i == 0) {
			t.Errorf("item %d: %q, %v", i, b.String(), err)
		}
	}
}
