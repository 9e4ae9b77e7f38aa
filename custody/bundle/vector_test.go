package bundle_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/ledger"
)

var update = flag.Bool("update", false, "write the test vector anew")

// TestVector holds the vector that docs/spec/custody.md publishes.
func TestVector(t *testing.T) {
	w := newWorld(t)
	b := write(t, w.second())
	const name = "testdata/bundle.tar"
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, b) {
		t.Errorf("%s is not what is written today", name)
	}
	spec, err := os.ReadFile("../../docs/spec/custody.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(kept)
	r, err := verify(kept, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{hex.EncodeToString(sum[:]), w.b.logKey, w.b.entKey, w.a.logKey, r.Items[0].Custody[0].Head, r.Items[0].Custody[1].Head, r.Offered.Root, r.Offered.Terms} {
		if !strings.Contains(string(spec), want) {
			t.Errorf("docs/spec/custody.md does not say %s", want)
		}
	}
	items, err := r.Items[0].Line()
	if err != nil || !strings.Contains(string(spec), string(items)) {
		t.Errorf("docs/spec/custody.md does not show the line %s, %v", items, err)
	}
}

// FuzzVerify reads anything as a bundle: nothing but the vector is accepted, and
// nothing takes it down.
func FuzzVerify(f *testing.F) {
	b, err := os.ReadFile("testdata/bundle.tar")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:2000])
	parts := write(f, newParts(f).b)
	f.Add(parts)
	_, stamped := newTimed(f)
	timed := write(f, stamped)
	f.Add(timed)
	for _, file := range list(f, b)[:6] {
		f.Add(file.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := verify(data, bundle.Options{}); err == nil && !bytes.Equal(data, b) && !bytes.Equal(data, parts) && !bytes.Equal(data, timed) {
			t.Errorf("%d bytes are verified as a bundle", len(data))
		}
		if all, err := bundle.ParseConsents(data); err == nil {
			if again, err := bundle.FormatConsents(all); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%q is read and written as %q", data, again)
			}
		}
	})
}

// FuzzListing reads anything as a listing and as a seal: a name in it is one
// that a folder can have, and no seal is read but the one that was signed.
func FuzzListing(f *testing.F) {
	b, err := os.ReadFile("testdata/bundle.tar")
	if err != nil {
		f.Fatal(err)
	}
	var signed, offer []byte
	for _, file := range list(f, b) {
		switch file.name {
		case bundle.ListingName, "offer":
			f.Add(file.data)
			if file.name == "offer" {
				offer = file.data
			}
		case bundle.SealName:
			f.Add(file.data)
			signed = file.data
		}
	}
	o, err := handover.ParseOffer(offer)
	if err != nil {
		f.Fatal(err)
	}
	key, err := ledger.NewVerifier(o.FromKey)
	if err != nil {
		f.Fatal(err)
	}
	if _, n, err := bundle.ReadSeal(signed, key); err != nil || n < 8 {
		f.Fatal(n, err)
	}
	f.Add([]byte(`{"name":"../x","bytes":1,"sha256":"` + strings.Repeat("ab", 32) + `"}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		if all, err := bundle.ParseListing(data); err == nil {
			for _, l := range all {
				if !fs.ValidPath(l.Name) || l.Bytes < 0 || len(l.SHA256) != 64 || l.Name == bundle.SealName {
					t.Errorf("a listing has %+v", l)
				}
			}
		}
		if _, _, err := bundle.ReadSeal(data, key); err == nil && !bytes.Equal(data, signed) {
			t.Errorf("another seal is read: %q", data)
		}
	})
}

// TestCompressed: what gzip was put around is judged as what it holds, and one that
// is cut is not verified.
func TestCompressed(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "bundle.tar"))
	if err != nil {
		t.Fatal(err)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	judge := func(content []byte) (string, error) {
		if err := os.WriteFile(filepath.Join(dir, "x.gz"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return bundle.Judge(os.DirFS(dir), "x.gz", bundle.Options{}, true)
	}
	want, err := judge(b)
	if err != nil {
		t.Fatal(err)
	}
	if said, err := judge(z.Bytes()); err != nil || said != want {
		t.Errorf("%v\n%s", err, said)
	}
	cuts := []int{20, z.Len() / 2}
	for n := 1; n <= 8; n++ { // gzip's own check of what it holds
		cuts = append(cuts, z.Len()-n)
		spoilt := bytes.Clone(z.Bytes())
		spoilt[z.Len()-n] ^= 1
		if said, err := judge(spoilt); err == nil {
			t.Errorf("byte %d before the end flipped: %s", n, said)
		}
	}
	for _, n := range cuts {
		if said, err := judge(z.Bytes()[:n]); err == nil {
			t.Errorf("cut after %d bytes: %s", n, said)
		}
	}
	for _, more := range []string{"x", "\x00", z.String()} {
		if said, err := judge([]byte(z.String() + more)); err == nil {
			t.Errorf("%d bytes after the end: %s", len(more), said)
		}
	}
}
