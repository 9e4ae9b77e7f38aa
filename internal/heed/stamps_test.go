package heed_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

const tsaConf = `
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
extendedKeyUsage = critical,timeStamping
[config]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`

// authority runs `openssl ts` behind an address. Its certificate ends in so many days.
func authority(t *testing.T, days string) (url, ca string) {
	t.Helper()
	dir := t.TempDir()
	must := func(args ...string) {
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	for name, text := range map[string]string{"conf": tsaConf, "serial": "01\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "3650", "-config", "conf", "-extensions", "ca")
	must("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=test TSA", "-config", "conf")
	must("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem", "-days", days, "-extfile", "conf", "-extensions", "tsa")
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		n++
		req, res := filepath.Join(dir, fmt.Sprint(n, ".tsq")), filepath.Join(dir, fmt.Sprint(n, ".tsr"))
		os.WriteFile(req, b, 0o600)
		must("ts", "-reply", "-config", "conf", "-section", "config", "-queryfile", req, "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", res)
		out, _ := os.ReadFile(res)
		w.Write(out)
	}))
	t.Cleanup(s.Close)
	return s.URL, filepath.Join(dir, "ca.pem")
}

// TestStampsCatchUp takes material in while no authority answers, has it
// stamped by two when they do, and renewed before a certificate ends. What comes
// out is checked with openssl.
func TestStampsCatchUp(t *testing.T) {
	testkit.Slow(t)
	w := newWorld(t, "")
	ctx := t.Context()
	file := evidence.Source{Name: "later.txt", Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("later")), nil }}
	_, err := w.AddEvidence(ctx, w.as("custodian"), heed.EvidenceInput{Authority: "order"}, []evidence.Source{file}, nil)
	w.must(err)
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	w.must(w.AddStampAuthority(ctx, w.as("custodian"), down.URL, stamp.RFC3161, false))
	out, err := w.StampEvidence(ctx, w.as("custodian"))
	if err != nil || out.Kept != 0 || out.Left != 2 || len(out.Failed) != 1 {
		t.Fatalf("offline: %+v, %v", out, err)
	}
	w.must(w.AddStampAuthority(ctx, w.as("custodian"), down.URL, stamp.RFC3161, true))
	soon, ca1 := authority(t, "60")
	late, ca2 := authority(t, "3000")
	w.must(w.AddStampAuthority(ctx, w.as("custodian"), soon, stamp.RFC3161, false))
	w.must(w.AddStampAuthority(ctx, w.as("custodian"), late, stamp.RFC3161, false))
	out, err = w.StampEvidence(ctx, w.as("custodian"))
	if err != nil || out.Kept != 4 || out.Renewed != 2 || out.Left != 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	out, err = w.StampEvidence(ctx, w.as("custodian"))
	if err != nil || out.Kept+out.Renewed != 0 {
		t.Fatalf("asked again for what is there: %+v, %v", out, err)
	}
	s, err := w.StampsOf(ctx, w.as("custodian"), "IN-2")
	if err != nil || len(s.Stamps) != 3 {
		t.Fatalf("%d stamps, %v", len(s.Stamps), err)
	}
	shown, err := w.Item(ctx, w.as("custodian"), "E-2.1")
	w.must(err)
	said := 0
	for _, c := range shown.Custody {
		if c.Kind == "stamp.kept" && strings.HasPrefix(c.Detail, "states ") {
			said++
		}
	}
	if said != 3 {
		t.Errorf("the custody tells the times of %d stamps, not 3", said)
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "list")
	os.WriteFile(data, s.List, 0o600)
	for _, x := range s.Stamps {
		ca, about := ca1, data
		if x.Authority == late {
			ca = ca2
		}
		if x.Renews > 0 { // it is about the token that it renews
			about = filepath.Join(dir, fmt.Sprint(x.Renews))
		}
		token := filepath.Join(dir, fmt.Sprint(x.Entry))
		os.WriteFile(token, x.Token, 0o600)
		b, err := exec.Command("openssl", "ts", "-verify", "-data", about, "-in", token, "-token_in", "-CAfile", ca).CombinedOutput()
		if err != nil || !bytes.Contains(b, []byte("Verification: OK")) {
			t.Errorf("openssl refuses stamp %d: %s", x.Entry, b)
		}
		if x.Authority == soon {
			der, err := stamp.Chain(s.Stamps, x.Entry)
			if err != nil {
				t.Fatal(err)
			}
			b, err := exec.Command("openssl", "asn1parse", "-inform", "DER", "-in", write(t, dir, der)).CombinedOutput()
			if err != nil || bytes.Count(b, []byte("id-smime-ct-TSTInfo")) < 2 {
				t.Errorf("the evidence record does not hold two tokens: %v", err)
			}
		}
	}
}

func write(t *testing.T, dir string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
