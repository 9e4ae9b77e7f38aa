package archiver_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/heed-project/heed/internal/proof/archiver"
	"github.com/heed-project/heed/internal/proof/judge"
)

var now = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// TestLiterals: what repr writes, and what is none.
func TestLiterals(t *testing.T) {
	for text, want := range map[string]any{
		"None": nil, "True": true, "-1.5e3": -1500.0, "0x10": 16.0, "1_000": 1000.0,
		`'it\'s \u00e9\n'`: "it's é\n", `"a" 'b'`: "ab", `r'a\n'`: `a\n`, `b'\x41'`: "A", `'''x'y'''`: "x'y",
		"[1, 'a', (2,), []]":          []any{1.0, "a", []any{2.0}, []any{}},
		"{'a': 1, 2: {'b'}, 'c': {}}": map[string]any{"a": 1.0, "2": []any{"b"}, "c": map[string]any{}},
		"datetime.datetime(2026, 5, 1, tzinfo=datetime.timezone.utc)": archiver.Call{Name: "datetime.datetime", Args: []any{2026.0, 5.0, 1.0}, Named: map[string]any{"tzinfo": "datetime.timezone.utc"}},
		"<Thing object at 0x7f>": "<Thing object at 0x7f>",
	} {
		got, err := archiver.ParseLiteral(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v %v, want %#v", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "[1", "'a", "{1:2, 3}", "a b", "1 2", "[1 2]", "{'a' 1}", `'\xZZ'`, "__import__", strings.Repeat("[", 1000), "<x"} {
		if v, err := archiver.ParseLiteral(bad); err == nil {
			t.Errorf("%.20q was read as %v", bad, v)
		}
	}
}

// bundle makes the files and the three descriptions of one archived page.
func bundle(t testing.TB) (fstest.MapFS, *x509.CertPool) {
	t.Helper()
	m := fstest.MapFS{"out/photo.jpg": {Data: []byte("a photograph")}}
	sum := fmt.Sprintf("%x", sha256.Sum256(m["out/photo.jpg"].Data))
	m["out/hashes.txt"] = &fstest.MapFile{Data: []byte(sum)}
	token, pool := stamp(t, []byte(sum))
	m["out/timestamp_token_x"] = &fstest.MapFile{Data: token}
	media := `[{'filename': 'tmp/photo.jpg', '_key': 'out/photo.jpg', 'urls': ['./out/photo.jpg'], 'properties': {'hash': 'SHA-256:` + sum + `'}, '_mimetype': 'image/jpeg'},` +
		`{'filename': 'tmp/hashes.txt', '_key': 'out/hashes.txt', 'urls': [], 'properties': {'id': 'timestamped_hashes', 'timestamp_authority_files': [{'filename': 'tmp/timestamp_token_x', '_key': 'out/timestamp_token_x', 'urls': [], 'properties': {'tsa': 'http://x'}, '_mimetype': None}]}, '_mimetype': 'text/plain'}]`
	meta := `{'_processed_at': datetime.datetime(2026, 5, 1, 10, 0, tzinfo=datetime.timezone.utc), 'url': 'https://example.org/post', 'title': 'It\'s'}`
	var row strings.Builder
	w := csv.NewWriter(&row)
	w.Write([]string{"status", "metadata", "media"})
	w.Write([]string{"x: success", meta, media})
	w.Flush()
	m["db.csv"] = &fstest.MapFile{Data: []byte(row.String())}
	js := strings.NewReplacer("'", `"`, "None", "null", `It\'s`, "It is", "datetime.datetime(2026, 5, 1, 10, 0, tzinfo=datetime.timezone.utc)", `"2026-05-01 10:00:00+00:00"`)
	all := `{"status":"x: success","metadata":` + js.Replace(meta) + `,"media":` + js.Replace(media) + `}`
	m["metadata.json"] = &fstest.MapFile{Data: []byte(all)}
	m["page.html"] = &fstest.MapFile{Data: []byte(`<html><h2>Archived media for <a href="https://example.org/post">x</a></h2><span copy-value64='` +
		base64.StdEncoding.EncodeToString([]byte(all)) + `'></span>Made with bellingcat/auto-archiver</html>`)}
	m["old.html"] = &fstest.MapFile{Data: []byte(`<html><h2>Archived media for <a href="https://example.org/post">x</a></h2><li><b>key:</b> <span class="copy">out/photo.jpg</span></li><li><b>hash:</b> <span>SHA-256:` + sum + `</span>Made with bellingcat/auto-archiver</html>`)}
	return m, pool
}

func stamp(t testing.TB, data []byte) ([]byte, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	eku, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	form := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: eku}}}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	sum := sha256.Sum256(data)
	ts := timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: now.AddDate(0, -1, 0), Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true, SerialNumber: big.NewInt(7)}
	b, err := ts.CreateResponseWithOpts(cert, key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return b, pool
}

// TestThreeForms: the CSV, the JSON and the page say the same and are judged
// alike, with the time that the token proves.
func TestThreeForms(t *testing.T) {
	m, pool := bundle(t)
	for _, name := range []string{"db.csv", "metadata.json", "page.html", "old.html"} {
		b := m[name].Data
		if !archiver.Is(name, b) {
			t.Errorf("%s is not told", name)
		}
		f := archiver.Judge(m, name, b, judge.Options{Now: now, Roots: pool})
		want := judge.Good
		if name == "old.html" {
			want = judge.Absent // the old page says no more than the digests
		}
		if f.Integrity != judge.Good || f.Time != want || f.Origin != judge.Unknown || f.Identity != judge.Absent {
			t.Errorf("%s: %+v", name, f)
		}
		results, err := archiver.Parse(name, b)
		if err != nil || len(results) != 1 || results[0].URL != "https://example.org/post" || results[0].Media[0].Key != "out/photo.jpg" {
			t.Errorf("%s: %+v %v", name, results, err)
		}
	}
}

// TestTampered: a changed file, list, token or description is found.
func TestTampered(t *testing.T) {
	for _, name := range []string{"out/photo.jpg", "out/hashes.txt", "out/timestamp_token_x"} {
		m, pool := bundle(t)
		c := append([]byte{}, m[name].Data...)
		c[len(c)/2] ^= 1
		m[name] = &fstest.MapFile{Data: c}
		if f := archiver.Judge(m, "db.csv", m["db.csv"].Data, judge.Options{Now: now, Roots: pool}); f.Integrity != judge.Bad {
			t.Errorf("%s changed: %+v", name, f)
		}
	}
	m, pool := bundle(t)
	b := m["db.csv"].Data
	if f := archiver.Judge(m, "db.csv", b[:len(b)-40], judge.Options{Now: now, Roots: pool}); f.Integrity != judge.Bad {
		t.Errorf("cut: %+v", f)
	}
	delete(m, "out/photo.jpg")
	if f := archiver.Judge(m, "db.csv", b, judge.Options{Now: now, Roots: pool}); f.Integrity != judge.Unknown {
		t.Errorf("gone: %+v", f)
	}
}

// FuzzParse: no description does harm.
func FuzzParse(f *testing.F) {
	m, _ := bundle(f)
	for _, name := range []string{"db.csv", "metadata.json", "page.html", "old.html"} {
		f.Add(string(m[name].Data))
	}
	f.Add("datetime.datetime(1, 2")
	f.Fuzz(func(t *testing.T, s string) {
		archiver.Is("x.json", []byte(s))
		archiver.Parse("x", []byte(s))
		archiver.ParseLiteral(s)
	})
}

// TestWhatBelongsToAFileComesInOneOrder, however many lists its properties have.
func TestWhatBelongsToAFileComesInOneOrder(t *testing.T) {
	b := []byte(`{"status":"x: success","metadata":{"url":"https://example.org"},"media":[{"filename":"a.jpg","_key":"a.jpg","properties":{"thumbnails":[{"filename":"t.jpg"}],"certificates":[{"filename":"c.crt"}],"tokens":[{"filename":"k.tsr"}],"others":[{"filename":"o.txt"}]}}]}`)
	for range 50 {
		all, err := archiver.Parse("metadata.json", b)
		if err != nil || len(all) != 1 || len(all[0].Media) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		var names []string
		for _, m := range all[0].Media[0].Inner {
			names = append(names, m.Name)
		}
		if got := strings.Join(names, " "); got != "c.crt o.txt t.jpg k.tsr" {
			t.Fatalf("in the order %s", got)
		}
	}
}
