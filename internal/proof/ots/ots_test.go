package ots_test

import (
	"encoding/hex"
	"hash"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
	"github.com/heed-project/heed/internal/testkit"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testkit.Shared(t, "evidence/opentimestamps-examples"), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func of(b []byte) func(hash.Hash) ([]byte, error) {
	return func(h hash.Hash) ([]byte, error) {
		h.Write(b)
		return h.Sum(nil), nil
	}
}

// TestExamples judges the examples of the reference client. No time is ever
// proved here: that takes a block's header.
func TestExamples(t *testing.T) {
	for name, c := range map[string]struct {
		file      string
		integrity judge.Verdict
		say       string
	}{
		"incomplete.txt.ots":               {"incomplete.txt", judge.Good, "pending"},
		"two-calendars.txt.ots":            {"two-calendars.txt", judge.Good, "pending"},
		"merkle1.txt.ots":                  {"merkle1.txt", judge.Good, "pending"},
		"merkle2.txt.ots":                  {"merkle2.txt", judge.Good, "pending"},
		"merkle3.txt.ots":                  {"", judge.Unknown, "pending"},
		"unknown-notary.txt.ots":           {"unknown-notary.txt", judge.Good, "not known here"},
		"known-and-unknown-notary.txt.ots": {"known-and-unknown-notary.txt", judge.Good, "not known here"},
		"different-blockchains.txt.ots":    {"different-blockchains.txt", judge.Good, "Ethereum"},
		"bitcoin.pdf.ots":                  {"", judge.Unknown, "block 465751 of bitcoin"},
		"gdp2q25-2nd.pdf.ots":              {"", judge.Unknown, "bitcoin"},
		"bad-stamp.txt.ots":                {"bad-stamp.txt", judge.Good, ""},
		"empty.ots":                        {"empty", judge.Good, "bitcoin"},
	} {
		var digest func(hash.Hash) ([]byte, error)
		if c.file != "" {
			digest = of(read(t, c.file))
		}
		f := ots.Judge(read(t, name), digest, nil)
		if f.Integrity != c.integrity || f.Time != judge.Unknown || !strings.Contains(strings.Join(f.Notes, "\n"), c.say) {
			t.Errorf("%s: %s %s %q", name, f.Integrity, f.Time, f.Notes)
		}
		if digest != nil {
			if f := ots.Judge(read(t, name), of([]byte("another file")), nil); f.Integrity != judge.Bad || f.Time != judge.Bad {
				t.Errorf("%s with another file: %+v", name, f)
			}
		}
	}
	for _, name := range []string{"bad-major-version.ots", "exceeds-max-msg-length.ots", "invalid-file-digest-type.ots"} {
		if f := ots.Judge(read(t, "invalid/"+name), nil, nil); f.Integrity != judge.Bad {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestSHA1Collision: two files, one SHA-1, one proof: the note says why that is
// no proof.
func TestSHA1Collision(t *testing.T) {
	for _, name := range []string{"sha1/a", "sha1/b"} {
		f := ots.Judge(read(t, "sha1/a-or-b.ots"), of(read(t, name)), nil)
		if f.Integrity != judge.Good || !strings.Contains(strings.Join(f.Notes, "\n"), "two files with one digest") {
			t.Errorf("%+v", f)
		}
	}
}

// TestCutAndChanged: a proof that was cut is none; one with a changed byte is
// refused or leads elsewhere.
func TestCutAndChanged(t *testing.T) {
	b, file := read(t, "empty.ots"), read(t, "empty")
	whole := ots.Judge(b, of(file), nil)
	for i := range b {
		if f := ots.Judge(b[:i], of(file), nil); f.Integrity != judge.Bad {
			t.Fatalf("cut at %d: %+v", i, f)
		}
		c := slices.Clone(b)
		c[i] ^= 1
		if f := ots.Judge(c, of(file), nil); f.Integrity != judge.Bad && slices.Equal(f.Notes, whole.Notes) {
			t.Fatalf("byte %d changed: %+v", i, f)
		}
	}
}

// FuzzParse: no proof does harm.
func FuzzParse(f *testing.F) {
	f.Add([]byte(ots.Magic + "\x01\x08"))
	f.Add(append([]byte(ots.Magic+"\x01\x08"), make([]byte, 200)...))
	f.Add(append(append([]byte(ots.Magic+"\x01\x08"), make([]byte, 32)...), 0xf0, 1, 1, 8, 0xff, 0, 5, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 1, 1, 7, 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ots.Parse(b)
		if err == nil && len(p.Digest) != p.New().Size() {
			t.Fatalf("%+v", p)
		}
	})
}

// genesis is the header of the first block.
const genesis = "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"

// TestHeaders: with a block's header the time is proved, or refuted.
func TestHeaders(t *testing.T) {
	headers, err := ots.ParseHeaders(strings.NewReader("0 " + genesis + "\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	root, _ := hex.DecodeString(genesis[72:136])
	proof := func(digest []byte) []byte {
		return slices.Concat([]byte(ots.Magic+"\x01\x08"), digest, []byte{0, 0x05, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 0x01, 1, 0})
	}
	same := func(hash.Hash) ([]byte, error) { return root, nil }
	if f := ots.Judge(proof(root), same, headers); f.Time != judge.Good || f.Integrity != judge.Good || f.Stated == nil || f.Stated.Year() != 2009 {
		t.Errorf("%+v", f)
	}
	other := slices.Clone(root)
	other[3] ^= 1
	if f := ots.Judge(proof(other), nil, headers); f.Time != judge.Bad {
		t.Errorf("%+v", f)
	}
	if f := ots.Judge(proof(root), same, nil); f.Time != judge.Unknown {
		t.Errorf("%+v", f)
	}
	for _, bad := range []string{"x " + genesis, "0 " + genesis[2:], "0 " + strings.Replace(genesis, "29ab5f49", "29ab5f48", 1), "0 " + genesis[:144] + "ffff7f20" + genesis[152:]} {
		if _, err := ots.ParseHeaders(strings.NewReader(bad)); err == nil {
			t.Errorf("%.30q was read", bad)
		}
	}
}

// FuzzHeaders: no list does harm.
func FuzzHeaders(f *testing.F) {
	f.Add("0 " + genesis)
	f.Fuzz(func(t *testing.T, s string) { ots.ParseHeaders(strings.NewReader(s)) })
}
