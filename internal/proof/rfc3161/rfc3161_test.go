package rfc3161_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/rfc3161"
	"github.com/heed-project/heed/internal/testkit"
)

var now = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// TestRealTokens judges tokens of real authorities.
func TestRealTokens(t *testing.T) {
	dir := testkit.Shared(t, "evidence/rfc3161-auto-archiver")
	for name, want := range map[string]judge.Verdict{
		"digicert.tsr": judge.Good, "valid_timestamp.tsr": judge.Good, "rfc3161-client-issue-104.tsr": judge.Good,
		"timestamp_token_http-timestamp-identrust-com": judge.Good, "self_signed.tsr": judge.Unknown,
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f := rfc3161.Judge(b, nil, nil, judge.Options{Now: now})
		if f.Integrity != judge.Good || f.Time != want || f.Identity != want || f.Stated == nil {
			t.Errorf("%s: %+v", name, f)
		}
		if theirs, err := timestamp.ParseResponse(b); err == nil && !theirs.Time.Equal(*f.Stated) {
			t.Errorf("%s: we read %v, another library %v", name, f.Stated, theirs.Time)
		}
	}
}

// TestOtherBytes: a token about something else is no proof of this.
func TestOtherBytes(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testkit.Shared(t, "evidence/rfc3161-auto-archiver"), "digicert.tsr"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := rfc3161.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	same := func(crypto.Hash) ([]byte, error) { return token.Imprint, nil }
	other := func(h crypto.Hash) ([]byte, error) { return make([]byte, h.Size()), nil }
	gone := func(crypto.Hash) ([]byte, error) { return nil, errors.New("gone") }
	if f := token.Judge(nil, same, judge.Options{Now: now}); f.Integrity != judge.Good || f.Time != judge.Good {
		t.Errorf("%+v", f)
	}
	if f := token.Judge(nil, other, judge.Options{Now: now}); f.Integrity != judge.Bad || f.Time != judge.Bad {
		t.Errorf("%+v", f)
	}
	if f := token.Judge(nil, gone, judge.Options{Now: now}); f.Integrity != judge.Unknown {
		t.Errorf("%+v", f)
	}
}

// TestManyBytes changes one byte in seven of real tokens, and cuts them there.
// What no signature covers may pass: the names in a certificate that vouches for
// nobody, absent parameters, the status word. That is less than one in thirty.
func TestManyBytes(t *testing.T) {
	dir := testkit.Shared(t, "evidence/rfc3161-auto-archiver")
	for _, name := range []string{"digicert.tsr", "self_signed.tsr"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		const step = 7
		missed := 0
		for i := 0; i < len(b); i += step {
			c := slices.Clone(b)
			c[i] ^= 0x01
			if f := rfc3161.Judge(c, nil, nil, judge.Options{Now: now}); f.Integrity != judge.Bad {
				missed++
			}
			if f := rfc3161.Judge(b[:i], nil, nil, judge.Options{Now: now}); f.Integrity != judge.Bad {
				t.Errorf("%s: cut at %d: %+v", name, i, f)
			}
		}
		if missed > len(b)/step/30 {
			t.Errorf("%s: %d changes of %d were not seen", name, missed, len(b)/step)
		}
	}
}

// authority is a time stamping authority made for the test.
type authority struct {
	root, leaf *x509.Certificate
	key        *ecdsa.PrivateKey
	pool       *x509.CertPool
}

func newAuthority(t testing.TB, from, to time.Time, uses ...x509.ExtKeyUsage) *authority {
	t.Helper()
	rootKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	make := func(c, parent *x509.Certificate, pub, priv any) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, c, parent, pub, priv)
		if err != nil {
			t.Fatal(err)
		}
		out, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	rootForm := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, NotBefore: from.AddDate(-5, 0, 0), NotAfter: to.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root := make(rootForm, rootForm, rootKey.Public(), rootKey)
	form := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature}
	if len(uses) == 0 {
		eku, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		form.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: eku}}
	} else {
		form.ExtKeyUsage = uses
	}
	a := &authority{root: root, leaf: make(form, root, key.Public(), rootKey), key: key, pool: x509.NewCertPool()}
	a.pool.AddCert(root)
	return a
}

func (a *authority) stamp(t testing.TB, data []byte, at time.Time) []byte {
	t.Helper()
	sum := sha256.Sum256(data)
	ts := timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: at, Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true,
		Certificates: []*x509.Certificate{a.root}, SerialNumber: big.NewInt(7)}
	b, err := ts.CreateResponseWithOpts(a.leaf, a.key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAtTheStatedTime: a certificate that has ended since was valid then; one
// that was not valid then makes the stamp bad, one for another use too.
func TestAtTheStatedTime(t *testing.T) {
	day := func(y int) time.Time { return time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name string
		a    *authority
		at   time.Time
		want judge.Verdict
		say  string
	}{
		{"valid then, ended since", newAuthority(t, day(2020), day(2023)), day(2021), judge.Good, "ended 1 Jun 2023; it was valid at the time"},
		{"before its time", newAuthority(t, day(2020), day(2023)), day(2019), judge.Bad, "was valid from"},
		{"another use", newAuthority(t, day(2020), day(2023), x509.ExtKeyUsageServerAuth), day(2021), judge.Bad, "not for this use"},
	} {
		b := c.a.stamp(t, []byte("x"), c.at)
		f := rfc3161.Judge(b, nil, nil, judge.Options{Now: now, Roots: c.a.pool})
		if f.Time != c.want || !strings.Contains(strings.Join(f.Notes, "; "), c.say) {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
	a := newAuthority(t, day(2020), day(2023))
	if f := rfc3161.Judge(a.stamp(t, []byte("x"), day(2021)), nil, nil, judge.Options{Now: now, Roots: x509.NewCertPool()}); f.Time != judge.Unknown || f.Identity != judge.Unknown || f.Integrity != judge.Good {
		t.Errorf("unknown root: %+v", f)
	}
}

// TestAgainstOpenSSL: what openssl ts -verify accepts and refuses is what is
// good and bad here.
func TestAgainstOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		testkit.Missing(t, "openssl")
	}
	a := newAuthority(t, now.AddDate(-1, 0, 0), now.AddDate(5, 0, 0))
	dir := t.TempDir()
	data := []byte("the photograph")
	b := a.stamp(t, data, now.AddDate(0, 0, -1))
	put := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	ca := put("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw}))
	for i, c := range []struct{ token, data []byte }{{b, data}, {b, []byte("another")}, {flip(b, len(b)-5), data}, {flip(b, bytes.Index(b, []byte("Test authority"))), data}} {
		out, err := exec.Command("openssl", "ts", "-verify", "-in", put("t.tsr", c.token), "-data", put("data", c.data), "-CAfile", ca, "-attime", "1798416000").CombinedOutput()
		f := rfc3161.Judge(c.token, nil, func(h crypto.Hash) ([]byte, error) {
			s := h.New()
			s.Write(c.data)
			return s.Sum(nil), nil
		}, judge.Options{Now: now, Roots: a.pool})
		ours := f.Integrity == judge.Good && f.Time == judge.Good && f.Identity == judge.Good
		if ours != (err == nil) {
			t.Errorf("case %d: openssl %v %s, we %+v", i, err, out, f)
		}
	}
}

func flip(b []byte, at int) []byte {
	c := slices.Clone(b)
	c[at] ^= 1
	return c
}

// FuzzParse: no input does harm, and none that was not signed is good.
func FuzzParse(f *testing.F) {
	a := newAuthority(f, now.AddDate(-1, 0, 0), now.AddDate(5, 0, 0))
	b := a.stamp(f, []byte("x"), now)
	f.Add(b)
	f.Add([]byte{0x30, 0x80, 0, 0})
	token, err := rfc3161.Parse(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got := rfc3161.Judge(in, nil, nil, judge.Options{Now: now, Roots: a.pool})
		if got.Time == judge.Good && !got.Stated.Equal(token.Time) {
			t.Fatalf("a time that was never signed: %v", got)
		}
	})
}

// TestRefusal: an authority's refusal is said in its own words.
func TestRefusal(t *testing.T) {
	for text, want := range map[string]string{
		"\x30\x19\x30\x17\x02\x01\x02\x30\x0e\x0c\x0csorry, later\x03\x02\x07\x80": `refused (status 2, "sorry, later": the digest is of a kind that it does not take)`,
		"\x30\x0c\x30\x0a\x02\x01\x02\x03\x05\x06\x00\x00\x00\x40":                 "refused (status 2: it failed itself)",
		"\x30\x05\x30\x03\x02\x01\x02":                                             "refused (status 2)",
	} {
		_, err := rfc3161.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
