package webarchive_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/webarchive"
	"github.com/heed-project/heed/internal/testkit"
)

var opts = judge.Options{Now: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testkit.Shared(t, "evidence/wacz"), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wacz(b []byte) *judge.Finding {
	z, err := judge.OpenZip(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return judge.Broken("wacz", err)
	}
	return webarchive.JudgeWACZ(z, opts)
}

// TestFixtures judges other programs' files.
func TestFixtures(t *testing.T) {
	const good, bad, unknown, absent = judge.Good, judge.Bad, judge.Unknown, judge.Absent
	for name, want := range map[string][4]judge.Verdict{
		"valid_example_1.wacz":          {good, absent, absent, absent},
		"valid_example_2.wacz":          {good, unknown, unknown, absent},
		"valid_signed_example_1.wacz":   {good, unknown, unknown, good}, // its time stamp's root is in no store
		"invalid_example_1.wacz":        {bad, absent, absent, absent},
		"invalid_signed_example_1.wacz": {good, unknown, unknown, bad}, // signed by a trial certificate
	} {
		f := wacz(read(t, name))
		if got := [4]judge.Verdict{f.Integrity, f.Time, f.Origin, f.Identity}; got != want {
			t.Errorf("%s: %v, want %v: %q", name, got, want, f.Notes)
		}
	}
	signed := strings.Join(wacz(read(t, "valid_signed_example_1.wacz")).Notes, "\n")
	if !strings.Contains(signed, "the certificate of www.freetsa.org ended 11 Mar 2026; it was valid at the time that is stated") {
		t.Error(signed)
	}
	for _, name := range []string{"example-collection.warc", "example-iana.warc", "example-resource.warc.gz", "example-warcinfo-metadata.warc", "example-collection-with-lists.warc"} {
		if f := webarchive.JudgeWARC(bytes.NewReader(read(t, name))); f.Integrity != good || f.Time != unknown {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestTampered changes bytes all over a signed bundle, and in what it holds, and
// cuts it.
func TestTampered(t *testing.T) {
	b := read(t, "valid_signed_example_1.wacz")
	missed := 0
	for i := 0; i < len(b); i += 37 {
		c := slices.Clone(b)
		c[i] ^= 0x10
		if f := wacz(c); f.Integrity == judge.Good && f.Identity == judge.Good {
			missed++
		}
		if f := wacz(b[:i]); f.Integrity != judge.Bad {
			t.Errorf("cut at %d: %+v", i, f)
		}
	}
	if missed > len(b)/37/25 { // dates and flags in the zip's own headers
		t.Errorf("%d of %d changes were not seen", missed, len(b)/37)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, victim := range z.File {
		for _, how := range []string{"change", "drop", "add"} {
			if how == "drop" && victim.Name == "datapackage-digest.json" {
				continue // then it is a whole bundle that was never signed
			}
			if f := wacz(rebuild(t, z, victim.Name, how)); f.Integrity != judge.Bad {
				t.Errorf("%s %s: %+v", how, victim.Name, f)
			}
		}
	}
}

// rebuild writes a zip again with one file changed, dropped, or another added.
func rebuild(t *testing.T, z *zip.Reader, victim, how string) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name := f.Name
		if name == victim {
			switch how {
			case "drop":
				continue
			case "change":
				b[len(b)/2] ^= 1
			case "add":
				put(t, w, name+".more", b)
			}
		}
		put(t, w, name, b)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func put(t testing.TB, w *zip.Writer, name string, b []byte) {
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write(b)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAnonymous: a bare key, whose signatures come as two numbers, and a time
// stamp's certificates apart or within.
func TestAnonymous(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	page := []byte("{}")
	list := fmt.Sprintf(`{"profile":"data-package","resources":[{"path":"pages/pages.jsonl","hash":"sha256:%x","bytes":2}],"created":"2026-05-01T00:00:00Z"}`, sha256.Sum256(page))
	hash := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(list)))
	digest := sha256.Sum256([]byte(hash))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	raw := append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
	pub, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	make := func(hash string, sig []byte) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		put(t, w, "datapackage.json", []byte(list))
		put(t, w, "pages/pages.jsonl", page)
		put(t, w, "datapackage-digest.json", fmt.Appendf(nil, `{"path":"datapackage.json","hash":%q,"signedData":{"hash":%q,"created":"2026-05-01T00:00:00Z","signature":%q,"publicKey":%q}}`,
			hash, hash, base64.StdEncoding.EncodeToString(sig), base64.StdEncoding.EncodeToString(pub)))
		w.Close()
		return out.Bytes()
	}
	if f := wacz(make(hash, raw)); f.Integrity != judge.Good || f.Identity != judge.Unknown {
		t.Errorf("%+v", f)
	}
	der, _ := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if f := wacz(make(hash, der)); f.Integrity != judge.Good {
		t.Errorf("DER: %+v", f)
	}
	raw[20] ^= 1
	if f := wacz(make(hash, raw)); f.Integrity != judge.Bad || f.Identity != judge.Bad {
		t.Errorf("changed signature: %+v", f)
	}
}

// record writes one record with both digests.
func record(kind, block, payload string) string {
	b32 := func(s string) string { h := sha1.Sum([]byte(s)); return base32.StdEncoding.EncodeToString(h[:]) }
	more := ""
	if payload != "" {
		more = "WARC-Payload-Digest: sha1:" + b32(payload) + "\r\n"
	}
	return fmt.Sprintf("WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-05-01T00:00:00Z\r\nContent-Type: application/http\r\n%sWARC-Block-Digest: sha1:%s\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n",
		kind, more, b32(block), len(block), block)
}

// TestWARC: digests over bodies as sent and put together, and records that are
// cut, changed or wrong.
func TestWARC(t *testing.T) {
	plain := record("response", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello", "hello")
	chunks := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
	together := record("response", chunks, "hello")
	for _, ok := range []string{plain, together, plain + together, record("request", "GET / HTTP/1.1\r\n\r\n", ""), record("revisit", "HTTP/1.1 200 OK\r\n\r\n", "what it was then")} {
		if f := webarchive.JudgeWARC(strings.NewReader(ok)); f.Integrity != judge.Good {
			t.Errorf("%+v\n%s", f, ok)
		}
	}
	for i := 0; i < len(plain); i++ {
		if f := webarchive.JudgeWARC(strings.NewReader(plain[:i])); f.Integrity != judge.Bad {
			t.Errorf("cut at %d: %+v", i, f)
		}
	}
	for _, bad := range []string{
		strings.Replace(plain, "hello", "hellO", 1), strings.Replace(together, "llo", "lll", 1), plain + "x", strings.Replace(plain, "WARC/1.1", "WARC/9.9", 1),
		strings.Replace(plain, "sha1:", "sha1:!", 1), strings.Replace(plain, "Content-Length: ", "Content-Length: 9", 1),
		"WARC/1.0\r\nX: " + strings.Repeat("y", 2<<20),
	} {
		if f := webarchive.JudgeWARC(strings.NewReader(bad)); f.Integrity != judge.Bad {
			t.Errorf("%+v\n%.300s", f, bad)
		}
	}
	n := 0
	if _, err := webarchive.ReadWARC(strings.NewReader(plain+plain), func(r webarchive.Record, block io.Reader) error {
		b, err := io.ReadAll(block)
		if n++; !bytes.HasSuffix(b, []byte("hello")) || r.Type != "response" {
			t.Errorf("%+v %q", r, b)
		}
		return err
	}); err != nil || n != 2 {
		t.Error(n, err)
	}
}

// TestDatesAndDigests: WARC 1.1 has dates of any precision, and digests come in
// base 16, 32 and 64.
func TestDatesAndDigests(t *testing.T) {
	make := func(version, date, digest string) string {
		return "WARC/" + version + "\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: " + date + "\r\nWARC-Block-Digest: " + digest + "\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"
	}
	const day, plain = "2021-01-02T03:04:05Z", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for _, c := range []struct {
		version, date, digest string
		want                  judge.Verdict
	}{
		{"1.1", "2021", plain, judge.Good}, {"1.1", "2021-01", plain, judge.Good}, {"1.1", "2021-01-02", plain, judge.Good},
		{"1.1", "2021-01-02T03:04Z", plain, judge.Good}, {"1.1", "2021-01-02T03:04:05.123456789Z", plain, judge.Good}, {"1.0", day, plain, judge.Good},
		{"1.0", "2021", plain, judge.Bad}, {"1.1", "yesterday", plain, judge.Bad},
		{"1.0", day, "sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", judge.Good}, {"1.0", day, "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0", judge.Good},
		{"1.0", day, "sha256:XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ====", judge.Good},
		{"1.0", day, "sha256:angWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", judge.Bad}, {"1.0", day, "sha256:abc", judge.Bad},
	} {
		if f := webarchive.JudgeWARC(strings.NewReader(make(c.version, c.date, c.digest))); f.Integrity != c.want {
			t.Errorf("%+v: %+v", c, f)
		}
	}
}

// FuzzWARC: no file does harm.
func FuzzWARC(f *testing.F) {
	f.Add([]byte(record("response", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n", "he")))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, b []byte) { webarchive.JudgeWARC(bytes.NewReader(b)) })
}

// FuzzWACZ: no list and no seal does harm, and none is a proved identity.
func FuzzWACZ(f *testing.F) {
	f.Add(`{"resources":[{"path":"a","hash":"sha256:x","stats":{"bytes":0}}]}`, `{"hash":"x","signedData":{"domainCert":"-----BEGIN","timeSignature":"MA=="}}`)
	f.Fuzz(func(t *testing.T, list, seal string) {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		put(t, w, "datapackage.json", []byte(list))
		put(t, w, "datapackage-digest.json", []byte(seal))
		w.Close()
		if got := wacz(out.Bytes()); got.Identity == judge.Good {
			t.Fatalf("%+v", got)
		}
	})
}
