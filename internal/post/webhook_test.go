package post

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

var secret = []byte("0123456789abcdef-canary")

func clock() time.Time { return when }

// hooks returns a sender that trusts the test server's certificate.
func hooks(t *testing.T, srv *httptest.Server, allow ...string) *Webhooks {
	t.Helper()
	w, err := NewWebhooks("webhook.allow", allow, clock)
	if err != nil {
		t.Fatal(err)
	}
	if srv != nil && srv.TLS != nil {
		pool := x509.NewCertPool()
		pool.AddCert(srv.Certificate())
		w.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = pool
	}
	return w
}

func TestWebhookArrives(t *testing.T) {
	body := []byte(`{"warning":"W-1"}`)
	calls := 0
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		got, _ := io.ReadAll(r.Body)
		if err := Verify(secret, r.Header.Get(SignatureHeader), got, when.Add(time.Minute), 5*time.Minute); err != nil || string(got) != string(body) {
			t.Errorf("%s: %v", got, err)
		}
		if r.Header.Get(DeliveryHeader) != "W-1.P-7" || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v", r.Header)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer srv.Close()
	if err := hooks(t, srv, "127.0.0.0/8").Send(t.Context(), Hook{srv.URL + "/in?key=1", secret}, "W-1.P-7", body); err != nil || calls != 1 {
		t.Errorf("%d calls: %v", calls, err)
	}
	if err := hooks(t, srv, "127.0.0.1").Send(t.Context(), Hook{srv.URL, secret}, "W-1.P-7", body); err != nil || calls != 2 {
		t.Errorf("%d calls: %v", calls, err)
	}
}

func TestWebhookIsNotSent(t *testing.T) {
	reached := 0
	var status int
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reached++; w.WriteHeader(status) }))
	defer plain.Close()
	port := srv.URL[strings.LastIndexByte(srv.URL, ':'):]
	for _, tt := range []struct {
		url       string
		allow     []string
		kind      fault.Kind
		permanent bool
		calls     int
	}{
		{srv.URL, nil, fault.KindInvalid, true, 0},                                // a loopback address
		{"https://localhost" + port, nil, fault.KindDenied, true, 0},              // a name for one
		{"https://[::ffff:127.0.0.1]" + port, nil, fault.KindInvalid, true, 0},    // the same in IPv6
		{"https://[64:ff9b::7f00:1]" + port, nil, fault.KindInvalid, true, 0},     // and through NAT64
		{"https://169.254.169.254/latest", nil, fault.KindInvalid, true, 0},       // cloud metadata
		{"https://2130706433" + port, nil, fault.KindOther, false, 0},             // 127.0.0.1 as one number is a name that is not found
		{plain.URL, []string{"127.0.0.0/8"}, fault.KindInvalid, true, 0},          // no TLS
		{"file:///etc/passwd", []string{"127.0.0.1"}, fault.KindInvalid, true, 0}, // no web at all
		{"https://u:p@example.org", nil, fault.KindInvalid, true, 0},              // a password
		{srv.URL, []string{"127.0.0.1"}, fault.KindOther, false, 1},               // a redirect is not followed
	} {
		reached = 0
		err := hooks(t, srv, tt.allow...).Send(t.Context(), Hook{tt.url, secret}, "x", nil)
		if err == nil || fault.KindOf(err) != tt.kind || Permanent(err) != tt.permanent || reached != tt.calls {
			t.Errorf("%s: reached %d times, permanent %v, %v: %v", tt.url, reached, Permanent(err), fault.KindOf(err), err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("the secret is told: %v", err)
		}
	}
	w := hooks(t, nil, "127.0.0.1")
	for status = range map[int]bool{200: true, 204: true, 400: true, 410: true, 500: true} {
		err := w.Send(t.Context(), Hook{plain.URL, secret}, "x", nil)
		if (err == nil) != (status < 300) || Permanent(err) != (status == 410) {
			t.Errorf("status %d: %v", status, err)
		}
	}
	if err := w.Send(t.Context(), Hook{plain.URL, []byte("short")}, "x", nil); fault.Field(err) != "secret" {
		t.Errorf("short secret: %v", err)
	}
	if _, err := NewWebhooks("webhook.allow", []string{"10.0.0.0/99"}, clock); fault.Field(err) != "webhook.allow" {
		t.Errorf("wrong network: %v", err)
	}
}

func TestPublic(t *testing.T) {
	for a, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"100.64.0.1": false, "169.254.1.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "::1": false, "::": false,
		"fe80::1": false, "fc00::1": false, "ff02::1": false, "2002:7f00:1::": false, "64:ff9b::a00:1": false, "2001:db8::1": false, "::7f00:1": false,
	} {
		if public(netip.MustParseAddr(a)) != want {
			t.Errorf("%s: public is %v", a, !want)
		}
	}
}

func TestSignatureVector(t *testing.T) {
	const want = "t=1795097100,v1=67c4719dbdedaacd1c8c1eeaa6e836474dcca2db343421b18fc1381a0ed1b1b5"
	body := []byte(`{"warning":"W-1"}`)
	if got := Sign(secret, when, body); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for name, tt := range map[string]struct {
		header, body string
		now          time.Time
		kind         fault.Kind
	}{
		"good":           {want, string(body), when, fault.KindOther},
		"two signatures": {"t=1795097100,v1=00," + want[13:], string(body), when, fault.KindOther},
		"new part":       {want + ",v2=x", string(body), when, fault.KindOther},
		"old":            {want, string(body), when.Add(time.Hour), fault.KindLate},
		"early":          {want, string(body), when.Add(-time.Hour), fault.KindLate},
		"other time":     {strings.Replace(want, "100", "101", 1), string(body), when, fault.KindDenied},
		"other body":     {want, "x", when, fault.KindDenied},
		"no time":        {want[13:], string(body), when, fault.KindInvalid},
		"nothing":        {"", string(body), when, fault.KindInvalid},
	} {
		err := Verify(secret, tt.header, []byte(tt.body), tt.now, 5*time.Minute)
		if (err == nil) != (name == "good" || name == "two signatures" || name == "new part") || fault.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	good := Sign(secret, when, []byte("body"))
	f.Add(good)
	f.Add("t=,v1=")
	f.Add("t=9223372036854775807,v1=00")
	f.Fuzz(func(t *testing.T, header string) {
		if Verify(secret, header, []byte("body"), when, time.Minute) == nil && !strings.Contains(strings.ToLower(header), good[len(good)-64:]) {
			t.Errorf("%q is no signature", header)
		}
	})
}
