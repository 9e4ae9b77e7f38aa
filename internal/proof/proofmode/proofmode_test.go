package proofmode_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/proofmode"
	"github.com/heed-project/heed/internal/testkit"
)

var opts = judge.Options{Now: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}

func names(t testing.TB, fsys fs.FS) []string {
	n, err := judge.Names(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSample judges the published sample of the older layout: digests fit, and
// no key is there.
func TestSample(t *testing.T) {
	dir := testkit.Shared(t, "evidence/proofmode-sample")
	sets := proofmode.Find(names(t, os.DirFS(dir)))
	if len(sets) != 5 {
		t.Fatalf("%d sets: %+v", len(sets), sets)
	}
	for _, s := range sets {
		f := proofmode.Judge(os.DirFS(dir), s, proofmode.Keys{}, nil, opts)
		if f.Integrity != judge.Good || f.Time != judge.Unknown || f.Identity != judge.Unknown || f.Origin != judge.Unknown || len(s.Signed) != 2 {
			t.Errorf("%s: %+v", s.Base, f)
		}
	}
	batch := proofmode.JudgeBatch(os.DirFS(dir), "1487917842390batchproof.csv")
	if batch.Integrity != judge.Good {
		t.Errorf("batch: %+v", batch)
	}
}

// signed makes a bundle of the newer layout with a key of its own.
func signed(t testing.TB, media string) (fstest.MapFS, *openpgp.Entity) {
	t.Helper()
	key, err := openpgp.NewEntity("phone", "", "phone@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(media)))
	table := "Manufacturer,File Hash SHA256,File Path,Proof Generated,Location.Latitude,Location.Longitude\nAcme," + hash + ",/a/photo.jpg,2026-05-01T10:00:00Z,1,2\n"
	m := fstest.MapFS{"photo.jpg": {Data: []byte(media)}, hash + ".proof.csv": {Data: []byte(table)}}
	for name, text := range map[string]string{hash + ".asc": media, hash + ".proof.csv.asc": table} {
		var sig bytes.Buffer
		if err := openpgp.ArmoredDetachSign(&sig, key, strings.NewReader(text), nil); err != nil {
			t.Fatal(err)
		}
		m[name] = &fstest.MapFile{Data: sig.Bytes()}
	}
	var pub bytes.Buffer
	w, err := armor.Encode(&pub, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Serialize(w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	m["pubkey.asc"] = &fstest.MapFile{Data: pub.Bytes()}
	return m, key
}

func one(t testing.TB, m fstest.MapFS, known proofmode.Keys) *judge.Finding {
	t.Helper()
	sets := proofmode.Find(names(t, m))
	if len(sets) != 1 {
		t.Fatalf("%+v", sets)
	}
	return proofmode.Judge(m, sets[0], known, nil, opts)
}

// TestNewerLayout: with its key the bundle holds together, and whose key it is
// is known only to those who know it.
func TestNewerLayout(t *testing.T) {
	m, _ := signed(t, "a photograph")
	f := one(t, m, proofmode.Keys{})
	if f.Integrity != judge.Good || f.Identity != judge.Unknown || f.Time != judge.Unknown || f.Stated == nil || f.Signer == "" {
		t.Fatalf("%+v", f)
	}
	keys, err := proofmode.ParseKeys(m["pubkey.asc"].Data)
	if err != nil {
		t.Fatal(err)
	}
	if f := one(t, m, keys); f.Identity != judge.Good {
		t.Fatalf("known key: %+v", f)
	}
	stranger, _ := signed(t, "x")
	m["pubkey.asc"] = stranger["pubkey.asc"]
	if f := one(t, m, proofmode.Keys{}); f.Identity != judge.Unknown || f.Integrity != judge.Good {
		t.Fatalf("another key: %+v", f)
	}
}

// TestLocate: two sets named after digests find each its own file, and one whose
// file was taken away finds none.
func TestLocate(t *testing.T) {
	a, _ := signed(t, "one")
	b, _ := signed(t, "two")
	m := fstest.MapFS{"other.jpg": b["photo.jpg"]}
	for _, from := range []fstest.MapFS{a, b} {
		for name, f := range from {
			if m[name] == nil && name != "pubkey.asc" {
				m[name] = f
			}
		}
	}
	sets := proofmode.Find(names(t, m))
	proofmode.Locate(m, sets, names(t, m))
	found := []string{sets[0].Media, sets[1].Media}
	if slices.Sort(found); len(sets) != 2 || !slices.Equal(found, []string{"other.jpg", "photo.jpg"}) {
		t.Errorf("%+v", sets)
	}
	delete(m, "other.jpg")
	sets = proofmode.Find(names(t, m))
	proofmode.Locate(m, sets, names(t, m))
	bad := 0
	for _, s := range sets {
		if f := proofmode.Judge(m, s, proofmode.Keys{}, nil, opts); f.Integrity == judge.Bad {
			bad++
		}
	}
	if bad != 1 {
		t.Errorf("%d sets are bad, one has lost its file", bad)
	}
}

// TestTampered: whatever is changed of the files of a set, it is found.
func TestTampered(t *testing.T) {
	whole, _ := signed(t, "a photograph")
	found := 0
	for name, f := range whole {
		if name == "pubkey.asc" {
			continue
		}
		for i := range f.Data {
			for _, x := range []byte{0x01, 0x11, 0x20, 0x80} {
				m := maps.Clone(whole)
				c := slices.Clone(f.Data)
				c[i] ^= x
				m[name] = &fstest.MapFile{Data: c}
				if got := one(t, m, proofmode.Keys{}); got.Integrity != judge.Bad {
					t.Errorf("%s byte %d, %q made %q: %+v", name, i, f.Data[i], c[i], got)
				}
				found++
			}
		}
	}
	if found < 4*(200+2*500) {
		t.Errorf("only %d changes were tried", found)
	}
}

// TestArmour: what other programs write is read: other line ends, headers, words
// before and after, no checksum; what was cut is not.
func TestArmour(t *testing.T) {
	m, _ := signed(t, "a photograph")
	keys, err := proofmode.ParseKeys(m["pubkey.asc"].Data)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	for name, f := range m {
		if strings.HasSuffix(name, ".asc") && !strings.HasSuffix(name, ".csv.asc") && name != "pubkey.asc" {
			text = strings.TrimSpace(string(f.Data)) + "\n"
		}
	}
	sum := text[strings.LastIndex(text, "\n="):strings.LastIndex(text, "\n-----END")]
	first := "-----BEGIN PGP SIGNATURE-----\n"
	for what, c := range map[string]struct {
		text string
		good bool
	}{
		"as it is":        {text, true},
		"no last newline": {strings.TrimSpace(text), true},
		"CRLF":            {strings.ReplaceAll(text, "\n", "\r\n"), true},
		"spaces at ends":  {strings.ReplaceAll(text, "\n", " \t\n"), true},
		"headers":         {strings.Replace(text, first, first+"Version: GnuPG v1\nComment: taken by a phone\n", 1), true},
		"words around":    {"A proof:\n\n" + text + "\nThat was it.\n", true},
		"no checksum":     {strings.Replace(text, sum, "", 1), true},
		"cut at the end":  {text[:strings.Index(text, "-----END")], false},
		"cut within":      {text[:len(text)/2], false},
		"a key":           {strings.ReplaceAll(text, "SIGNATURE", "PUBLIC KEY BLOCK"), false},
		"another end":     {strings.Replace(text, "END PGP SIGNATURE", "END PGP MESSAGE", 1), false},
		"a line is lost":  {strings.Replace(text, text[strings.Index(text, "\n\n")+2:][:65], "", 1), false},
		"nothing in it":   {first + "\n-----END PGP SIGNATURE-----\n", false},
		"nothing":         {"", false},
	} {
		sig, err := proofmode.ParseSignature([]byte(c.text))
		if err == nil {
			_, err = sig.Verify(strings.NewReader("a photograph"), keys)
		}
		if (err == nil) != c.good {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestAgainstGPG: gpg and we agree on signatures, good and bad.
func TestAgainstGPG(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		testkit.Missing(t, "gpg")
	}
	m, _ := signed(t, "a photograph")
	dir := t.TempDir()
	os.Chmod(dir, 0o700)
	gpg := func(args ...string) error {
		cmd := exec.Command("gpg", append([]string{"--homedir", dir, "--batch", "--no-autostart"}, args...)...)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	put := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if err := gpg("--import", put("pub.asc", m["pubkey.asc"].Data)); err != nil {
		t.Fatal(err)
	}
	keys, err := proofmode.ParseKeys(m["pubkey.asc"].Data)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range m {
		of, ok := strings.CutSuffix(name, ".asc")
		if !ok || name == "pubkey.asc" {
			continue
		}
		data := m["photo.jpg"].Data
		if d, ok := m[of]; ok {
			data = d.Data
		}
		for _, d := range [][]byte{data, append(slices.Clone(data), 'x')} {
			theirs := gpg("--verify", put("sig", f.Data), put("data", d))
			sig, err := proofmode.ParseSignature(f.Data)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sig.Verify(bytes.NewReader(d), keys); (err == nil) != (theirs == nil) {
				t.Errorf("%s: we %v, gpg %v", name, err, theirs)
			}
		}
	}
}

// FuzzParse: tables, signatures and keys of any form do no harm.
func FuzzParse(f *testing.F) {
	m, _ := signed(f, "x")
	for _, file := range m {
		f.Add(file.Data)
	}
	f.Add([]byte(`{"File Hash SHA256":"x","Notes":3}`))
	f.Add([]byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n- - a list\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\nmore\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if records, err := proofmode.ParseTable(b); err == nil {
			for _, r := range records {
				r.Taken()
			}
		}
		if sig, err := proofmode.ParseSignature(b); err == nil {
			sig.Verify(strings.NewReader("x"), proofmode.Keys{})
		}
		proofmode.ParseKeys(b)
		proofmode.Clear("a.asc", b, proofmode.Keys{}, proofmode.Keys{}, judge.New("openpgp"))
	})
}

// TestOfTwoHeadingsTheSameIsRead each time.
func TestOfTwoHeadingsTheSameIsRead(t *testing.T) {
	for range 50 {
		if got := (proofmode.Record{"Notes": "second", "NOTES": "first", "notes ": ""}).Get("notes"); got != "first" {
			t.Fatal(got)
		}
	}
}

// TestATableWithoutADigest says nothing about the file's bytes, and refutes nothing.
func TestATableWithoutADigest(t *testing.T) {
	m := fstest.MapFS{"a.jpg": {Data: []byte("a photograph")}, "a.jpg.proof.csv": {Data: []byte("Manufacturer,Proof Generated\nAcme,2026-05-01T10:00:00Z\n")}}
	if f := one(t, m, proofmode.Keys{}); f.Integrity != judge.Unknown || !strings.Contains(strings.Join(f.Notes, "\n"), "holds no digest") {
		t.Errorf("%+v", f)
	}
}
