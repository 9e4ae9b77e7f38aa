package c2pa

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/testkit"
)

var opts = judge.Options{Now: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}

func corpus(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testkit.Shared(t, "evidence/c2pa"), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCorpus judges the public test files. The signers' root is in no store, so
// nobody's identity is proved; DigiCert's time is.
func TestCorpus(t *testing.T) {
	const good, bad, unknown = judge.Good, judge.Bad, judge.Unknown
	for name, want := range map[string][4]judge.Verdict{
		"adobe-20220124-C.jpg":                     {good, good, unknown, unknown},
		"adobe-20220124-CA.jpg":                    {good, good, unknown, unknown},
		"adobe-20220124-CACA.jpg":                  {good, good, unknown, unknown},
		"adobe-20220124-CAICA.jpg":                 {good, good, unknown, unknown},
		"adobe-20240110-single_manifest_store.pdf": {good, good, unknown, unknown},
		"adobe-20220124-CIE-sig-CA.jpg":            {bad, good, bad, unknown}, // an ingredient's claim was changed
		"adobe-20220124-E-clm-CAICAI.jpg":          {bad, good, bad, unknown}, // an ingredient is missing
		"adobe-20220124-E-dat-CA.jpg":              {bad, good, unknown, unknown},
		"adobe-20220124-E-uri-CA.jpg":              {bad, good, unknown, unknown},
		"adobe-20220124-E-sig-CA.jpg":              {bad, bad, bad, bad},
		"adobe-20220124-XCA.jpg":                   {bad, good, unknown, unknown},
	} {
		f := Judge(corpus(t, name), opts)
		if got := [4]judge.Verdict{f.Integrity, f.Time, f.Origin, f.Identity}; got != want {
			t.Errorf("%s: %v, want %v\n%s", name, got, want, strings.Join(f.Notes, "\n"))
		}
	}
	for _, name := range []string{"adobe-20220124-A.jpg", "adobe-20220124-I.jpg"} {
		if Found(corpus(t, name)) {
			t.Errorf("%s has no manifest", name)
		}
	}
}

// TestAgainstC2patool: bytes are bad exactly where c2patool found a mismatch or
// something missing.
func TestAgainstC2patool(t *testing.T) {
	reports, err := filepath.Glob(filepath.Join(testkit.Shared(t, "evidence/c2pa"), "*.detailed.json"))
	if err != nil || len(reports) < 9 {
		t.Fatal(len(reports), err)
	}
	for _, path := range reports {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var report struct {
			Status []struct {
				Code string `json:"code"`
			} `json:"validation_status"`
		}
		if err := json.Unmarshal(b, &report); err != nil || len(report.Status) == 0 {
			t.Fatal(path, err)
		}
		wrong := false
		for _, s := range report.Status {
			wrong = wrong || strings.HasSuffix(s.Code, "mismatch") || strings.HasSuffix(s.Code, "missing")
		}
		name := strings.TrimSuffix(filepath.Base(path), ".detailed.json") + ".jpg"
		if f := Judge(corpus(t, name), opts); (f.Integrity == judge.Bad) != wrong {
			t.Errorf("%s: %s, c2patool %+v", name, f.Integrity, report.Status)
		}
	}
}

// TestChangedBytes changes single bytes all over a file, more densely in the
// manifest, and cuts the file. The one thing that nothing covers is the number
// of the segments' instance.
func TestChangedBytes(t *testing.T) {
	for _, name := range []string{"adobe-20220124-CA.jpg", "adobe-20240110-single_manifest_store.pdf"} {
		b := corpus(t, name)
		e, err := extract(b)
		if err != nil {
			t.Fatal(err)
		}
		total, missed := 0, 0
		try := func(at int) {
			c := slices.Clone(b)
			c[at] ^= 0x04
			total++
			if Found(c) && Judge(c, opts).Integrity != judge.Bad {
				missed++
				t.Logf("%s: byte %d of %d (manifest %v): %+v", name, at, len(b), e.spans[0], Judge(c, opts).Integrity)
			}
		}
		for at := 100; at < len(b); at += len(b)/60 + 1 {
			try(at)
			if c := b[:at]; Found(c) && Judge(c, opts).Integrity != judge.Bad {
				t.Errorf("%s: cut at %d", name, at)
			}
		}
		s := e.spans[len(e.spans)-1] // claim and signature stand at the end
		for at := s.to - 14000; at < s.to; at += 151 {
			if at > s.from {
				try(int(at))
			}
		}
		if missed > total/25 {
			t.Errorf("%s: %d of %d changes were not seen", name, missed, total)
		}
	}
}

// TestBoxes: limits of the container.
func TestBoxes(t *testing.T) {
	deep := []byte{}
	for range maxDepth + 3 {
		desc := append([]byte{0, 0, 0, 27}, []byte("jumd0123456789abcdef\x03a\x00")...)
		desc[3] = byte(len(desc))
		inside := append(desc, deep...)
		deep = append([]byte{byte((len(inside) + 8) >> 24), byte((len(inside) + 8) >> 16), byte((len(inside) + 8) >> 8), byte(len(inside) + 8), 'j', 'u', 'm', 'b'}, inside...)
	}
	if _, err := parseStore(deep); err == nil || !strings.Contains(err.Error(), "levels") {
		t.Errorf("deep boxes: %v", err)
	}
	for _, bad := range []string{"", "\x00\x00\x00\x07jumb", "\x00\x00\x00\x20jumb", "\x00\x00\x00\x01jumb\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if _, err := parseStore([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// FuzzJudge: no file does harm, and none that was changed is good.
func FuzzJudge(f *testing.F) {
	b := corpus(f, "adobe-20220124-C.jpg")
	e, err := extract(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.store)
	f.Add(e.store[:200])
	f.Fuzz(func(t *testing.T, store []byte) {
		if got := Judge(append([]byte("%PDF-1.7\n"), store...), opts); got.Integrity == judge.Good {
			t.Fatalf("good: %+v", got)
		}
	})
}

// FuzzSegments: whatever stands in the segments of a JPEG.
func FuzzSegments(f *testing.F) {
	b := corpus(f, "adobe-20220124-C.jpg")
	f.Add(b[:min(len(b), 70000)])
	f.Fuzz(func(t *testing.T, in []byte) {
		if e, err := extract(in); err == nil && !bytes.Contains(e.store, storeUUID) {
			t.Fatal("a store that is none")
		}
	})
}
