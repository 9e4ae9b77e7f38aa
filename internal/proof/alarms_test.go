package proof_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/proofmode"
)

// lay writes a file.
func lay(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNoFalseAlarm: what only looks like a proof, by its name or by some bytes in it, is
// not called a bad one; and what is one and damaged still is.
func TestNoFalseAlarm(t *testing.T) {
	const sig = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
	data, signed := "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
	for _, c := range []struct {
		name, text string
		kind       string // what it begins with, "" for any
		want       judge.Verdict
	}{
		{"a.eml", "From: a@b\r\nDate: Fri, 01 May 2026 10:00:00 +0000\r\n\r\nhi\r\n" + sig, "", judge.Absent},
		{"howto.txt", "Look for -----BEGIN PGP SIGNATURE----- in the file\n", "text/plain", judge.Absent},
		{"sheet.ots", "PK\x05\x06" + strings.Repeat("\x00", 18), "application/", judge.Absent},
		{"broken.ots", "something else", "opentimestamps", judge.Bad},
		{"mail.p7s", "\x30\x2f" + signed + "\xa0\x22\x30\x20\x02\x01\x01\x31\x00\x30\x0b" + data + strings.Repeat("\x00", 12), "", judge.Absent},
		{"broken.tsr", "\x30\x2f" + signed + "\xa0\x22\x30\x20\x02\x01\x01\x31\x00\x30\x0b" + data + strings.Repeat("\x00", 12), "rfc3161", judge.Bad},
		{"nameless", "\x30\x1d" + signed + "\xa0\x10\x30\x0e\x02\x01\x01\x31\x00\x30\x07\x06\x05\x2a\x03\x04\x05\x06", "rfc3161", judge.Bad},
		{"a.sig", "untrusted comment: signature from a key\nRWQ=\n", "text/plain", judge.Absent},
		{"ssh.sig", "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n", "text/plain", judge.Absent},
		{"broken.sig", "\x01\x02\xff", "openpgp", judge.Bad},
		{"broken.asc", strings.Replace(sig, "BEGIN PGP", "BEGIN QGP", 1), "openpgp", judge.Bad},
		{"enc.asc", "-----BEGIN PGP MESSAGE-----\n\niQ==\n-----END PGP MESSAGE-----\n", "text/plain", judge.Absent},
		{"key.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\niQ==\n-----END PGP PRIVATE KEY BLOCK-----\n", "text/plain", judge.Absent},
		{"filled.jpg", "\xff\xd8\xff\xff\xff\xe0\x00\x04ab\xff\xda\x00\x04abxyz\xff\xd9", "image/jpeg", judge.Absent},
		{"cut.jpg", "\xff\xd8\xff\xff\xff\xe0\x00\x04ab\xff\xda\x00\x04abxyz", "image/jpeg", judge.Bad},
		{"long.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\x00IDATcrc4\x00\x00\x00\x00IENDcrc4" + strings.Repeat("\x00", 9000), "image/png", judge.Absent},
		{"cut.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\x08IDATIENDIENDcrc4\x00\x00\x00", "image/png", judge.Bad},
		{"long.pdf", "%PDF-1.7\n%%EOF\n" + strings.Repeat("\x00", 9000), "application/pdf", judge.Absent},
	} {
		f := one(t, lay(t, t.TempDir(), c.name, c.text))
		if f.Integrity != c.want || f.Identity == judge.Bad && c.want != judge.Bad || !strings.HasPrefix(f.Kind, c.kind) {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

// TestAMessageBesideAFile: a text that was encrypted or signed as a whole goes by the
// same name as a signature over the file beside it, and is none.
func TestAMessageBesideAFile(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, "a.txt.asc", "-----BEGIN PGP MESSAGE-----\n\niQ==\n-----END PGP MESSAGE-----\n")
	if f := one(t, lay(t, dir, "a.txt", "hello\n")); f.Integrity != judge.Absent || f.Identity != judge.Absent {
		t.Errorf("%+v", f)
	}
}

// TestClearSigned judges a text that carries its signature: signed by a known key, by an
// unknown one, changed, cut, and with words around it that nobody signed.
func TestClearSigned(t *testing.T) {
	key, err := openpgp.NewEntity("a", "", "a@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	var out, pub bytes.Buffer
	w, err := clearsign.Encode(&out, key.PrivateKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("hello\n- a list\ntrailing  \n"))
	w.Close()
	a, err := armor.Encode(&pub, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	key.Serialize(a)
	a.Close()
	text := out.String()
	known, err := proofmode.ParseKeys(pub.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text          string
		keys                bool
		integrity, identity judge.Verdict
	}{
		{"a.txt.asc", text, true, judge.Good, judge.Good},
		{"nameless", text, true, judge.Good, judge.Good},
		{"a.txt.asc", text, false, judge.Unknown, judge.Unknown},
		{"a.txt.asc", strings.Replace(text, "hello", "hallo", 1), true, judge.Bad, judge.Bad},
		{"a.txt.asc", text[:len(text)-20], true, judge.Bad, judge.Bad},
		{"a.txt.asc", text + "and more\n", true, judge.Unknown, judge.Good},
		{"a.txt.asc", "before\n" + text, true, judge.Unknown, judge.Good},
	} {
		o := opts
		if c.keys {
			o.Keys = known
		}
		path := lay(t, t.TempDir(), c.name, c.text)
		f, err := proof.One(path, nil, o)
		if err != nil || f.Kind != "openpgp" || f.Integrity != c.integrity || f.Identity != c.identity {
			t.Errorf("%.30q with keys %v: %+v, %v", c.text, c.keys, f, err)
		}
	}
}
