package proof_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/testkit"
)

var opts = proof.Options{Options: judge.Options{Now: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}}

func one(t *testing.T, path string, others ...string) *judge.Finding {
	t.Helper()
	f, err := proof.One(path, append(others, path), opts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func copyTo(t *testing.T, dir, from, name string, cut int) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testkit.Shared(t, "evidence"), from))
	if err != nil {
		t.Fatal(err)
	}
	if cut > 0 {
		b = b[:len(b)/cut]
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKinds tells what each file is, whole and cut in half, whatever it is
// called; half of it is bad.
func TestKinds(t *testing.T) {
	dir := t.TempDir()
	for from, want := range map[string]string{
		"c2pa/adobe-20220124-CA.jpg": "c2pa", "c2pa/adobe-20220124-A.jpg": "image/jpeg", "c2pa/adobe-20240110-single_manifest_store.pdf": "c2pa",
		"wacz/valid_signed_example_1.wacz": "wacz", "wacz/example-iana.warc": "warc", "rfc3161-auto-archiver/digicert.tsr": "rfc3161",
		"rfc3161-auto-archiver/timestamp_token_http-timestamp-identrust-com": "rfc3161", "opentimestamps-examples/empty.ots": "opentimestamps",
		"case-examples/Oresteia.json": "case", "mets-premis/fixtures/complete_mets.xml": "mets", "proofmode-sample/IMG_20161213_152649.jpg.asc": "openpgp",
	} {
		if f := one(t, copyTo(t, dir, from, "nameless", 0)); f.Kind != want || f.Integrity == judge.Bad {
			t.Errorf("%s: %+v", from, f)
		}
		f := one(t, copyTo(t, dir, from, "half", 2))
		if f.Integrity != judge.Bad {
			t.Errorf("half of %s: %+v", from, f)
		}
	}
}

// TestProofsFindTheirFile: beside them, or among the files given, and not
// otherwise.
func TestProofsFindTheirFile(t *testing.T) {
	dir := t.TempDir()
	file := copyTo(t, dir, "opentimestamps-examples/incomplete.txt", "a.txt", 0)
	ots := copyTo(t, dir, "opentimestamps-examples/incomplete.txt.ots", "a.txt.ots", 0)
	if f := one(t, ots); f.Integrity != judge.Good || f.Time != judge.Unknown {
		t.Errorf("beside: %+v", f)
	}
	if f := one(t, file); f.Integrity != judge.Good || f.Time != judge.Unknown || !strings.HasPrefix(f.Kind, "text/plain") {
		t.Errorf("the file: %+v", f)
	}
	far := copyTo(t, t.TempDir(), "opentimestamps-examples/incomplete.txt", "renamed", 0)
	lost := copyTo(t, t.TempDir(), "opentimestamps-examples/incomplete.txt.ots", "b.ots", 0)
	if f := one(t, lost); f.Integrity != judge.Unknown {
		t.Errorf("lost: %+v", f)
	}
	if f := one(t, lost, far); f.Integrity != judge.Good {
		t.Errorf("given: %+v", f)
	}
	if err := os.WriteFile(file, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := one(t, file); f.Integrity != judge.Bad || f.Time != judge.Bad {
		t.Errorf("changed: %+v", f)
	}
}

// TestZips: bags and ProofMode sets in zips, bombs, and names that lead out.
func TestZips(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, pairs ...string) string {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for i := 0; i < len(pairs); i += 2 {
			f, err := w.Create(pairs[i])
			if err != nil {
				t.Fatal(err)
			}
			f.Write([]byte(pairs[i+1]))
		}
		w.Close()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const decl, x = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  data/a\n"
	for _, c := range []struct {
		path, kind string
		want       judge.Verdict
	}{
		{write("bag.zip", "top/bagit.txt", decl, "top/data/a", "x", "top/manifest-sha256.txt", x), "bagit", judge.Good},
		{write("badbag.zip", "top/bagit.txt", decl, "top/data/a", "y", "top/manifest-sha256.txt", x), "bagit", judge.Bad},
		{write("plain.zip", "a", "x"), "application/zip", judge.Absent},
		{write("out.zip", "../a", "x"), "application/zip", judge.Bad},
		{write("twice.zip", "a", "x", "a", "y"), "application/zip", judge.Bad},
		{write("bomb.zip", "a", strings.Repeat("\x00", 100<<20)), "application/zip", judge.Bad},
		{write("none.wacz", "a", "x"), "wacz", judge.Bad},
	} {
		if f := one(t, c.path); f.Kind != c.kind || f.Integrity != c.want {
			t.Errorf("%s: %+v", c.path, f)
		}
	}
	sample := testkit.Shared(t, "evidence/proofmode-sample")
	var pairs []string
	for _, n := range []string{"IMG_20161213_152649.jpg", "IMG_20161213_152649.jpg.asc", "IMG_20161213_152649.jpg.proof.csv", "IMG_20161213_152649.jpg.proof.csv.asc"} {
		b, err := os.ReadFile(filepath.Join(sample, n))
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, n, string(b))
	}
	if f := one(t, write("proof.zip", pairs...)); f.Kind != "proofmode" || f.Integrity != judge.Good || f.Identity != judge.Unknown {
		t.Errorf("%+v", f)
	}
	pairs[1] += "x"
	if f := one(t, write("proof.zip", pairs...)); f.Kind != "proofmode" || f.Integrity != judge.Bad {
		t.Errorf("%+v", f)
	}
}

// TestFolders: a bag and a folder of proofs, and what is not there.
func TestFolders(t *testing.T) {
	if f := one(t, testkit.Shared(t, "evidence/proofmode-sample")); f.Kind != "proofmode" || f.Integrity != judge.Good {
		t.Errorf("%+v", f)
	}
	if f := one(t, testkit.Shared(t, "evidence/bagit-conformance/v1.0/valid/basicBag")); f.Kind != "bagit" || f.Integrity != judge.Good {
		t.Errorf("%+v", f)
	}
	if f := one(t, t.TempDir()); f.Kind != "folder" || f.Integrity != judge.Absent {
		t.Errorf("%+v", f)
	}
	if _, err := proof.Check([]string{filepath.Join(t.TempDir(), "nothing")}, opts); err == nil {
		t.Error("a file that is not there was judged")
	}
}
