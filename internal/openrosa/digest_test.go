package openrosa_test

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/openrosa"
	"github.com/heed-project/heed/internal/testkit"
)

var digest = openrosa.Digest{Realm: `heed "field"`, Key: []byte("0123456789abcdef"), Life: time.Hour}

// answer builds an Authorization header as a client does, from a challenge.
// It computes the response in its own way, to be an oracle.
func answer(t *testing.T, challenge, user, password, method, uri string) string {
	t.Helper()
	var nonce, algorithm string
	for part := range strings.SplitSeq(strings.TrimPrefix(challenge, "Digest "), ", ") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "nonce":
			nonce = strings.Trim(value, `"`)
		case "algorithm":
			algorithm = value
		}
	}
	h := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	if algorithm == "SHA-256" {
		h = func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	}
	response := h(h(user+":"+digest.Realm+":"+password) + ":" + nonce + ":00000001:c0ffee:auth:" + h(method+":"+uri))
	return fmt.Sprintf(`Digest username="%s", realm="heed \"field\"", nonce="%s", uri="%s", response="%s", qop=auth, nc=00000001, cnonce="c0ffee", algorithm=%s`,
		user, nonce, uri, response, algorithm)
}

func TestDigest(t *testing.T) {
	for i, algorithm := range []string{openrosa.SHA256, openrosa.MD5} {
		header := answer(t, digest.Challenges(now, false)[i], "field", "pass:word", "POST", "/submission?deviceID=x")
		c, err := openrosa.ParseAuthorization(header)
		if err != nil {
			t.Fatal(err)
		}
		if c.Algorithm != algorithm || c.User != "field" || c.Count != 1 {
			t.Fatalf("credentials %+v", c)
		}
		ha1 := openrosa.HA1(algorithm, "field", digest.Realm, "pass:word")
		check := func(name string, want fault.Kind, d openrosa.Digest, c openrosa.Credentials, method, target, ha1 string, at time.Time) {
			t.Helper()
			err := d.Verify(c, method, target, ha1, at)
			if fault.KindOf(err) != want || (want == fault.KindOther) != (err == nil) {
				t.Errorf("%s, %s: %v", algorithm, name, err)
			}
		}
		check("right", fault.KindOther, digest, c, "POST", "/submission?deviceID=x", ha1, now.Add(time.Minute))
		check("an hour later", fault.KindStale, digest, c, "POST", "/submission?deviceID=x", ha1, now.Add(61*time.Minute))
		check("before it was made", fault.KindStale, digest, c, "POST", "/submission?deviceID=x", ha1, now.Add(-2*time.Minute))
		check("another method", fault.KindDenied, digest, c, "GET", "/submission?deviceID=x", ha1, now)
		check("another target", fault.KindDenied, digest, c, "POST", "/submission", ha1, now)
		check("another password", fault.KindDenied, digest, c, "POST", "/submission?deviceID=x", openrosa.HA1(algorithm, "field", digest.Realm, "x"), now)
		check("another password, later", fault.KindDenied, digest, c, "POST", "/submission?deviceID=x", openrosa.HA1(algorithm, "field", digest.Realm, "x"), now.Add(61*time.Minute))
		other := digest
		other.Key = []byte("fedcba9876543210")
		check("another server's nonce", fault.KindDenied, other, c, "POST", "/submission?deviceID=x", ha1, now)
		other = digest
		other.Realm = "elsewhere"
		check("another realm", fault.KindDenied, other, c, "POST", "/submission?deviceID=x", ha1, now)
		zero := c
		zero.Count, zero.NC = 0, "00000000"
		check("a count of zero", fault.KindDenied, digest, zero, "POST", "/submission?deviceID=x", ha1, now)
	}
	if c := digest.Challenges(now, true); len(c) != 2 || !strings.Contains(c[0], "stale=true") || !strings.Contains(c[0], `realm="heed \"field\""`) || strings.Contains(digest.Challenges(now, false)[0], "stale") {
		t.Errorf("challenges %q", c)
	}
}

func TestParseAuthorization(t *testing.T) {
	good := `Digest username="J\"o", realm="r", uri="/a,b=c", algorithm=MD5, nonce="n", nc=0000000a, cnonce="c", qop=auth, response="00", opaque="o"`
	c, err := openrosa.ParseAuthorization(good)
	if err != nil || c.User != `J"o` || c.URI != "/a,b=c" || c.Count != 10 || c.Opaque != "o" {
		t.Fatalf("%+v, %v", c, err)
	}
	c, err = openrosa.ParseAuthorization(strings.Replace(good, `username="J\"o"`, `username*=UTF-8''J%C3%A4s%C3%B8n%20Doe`, 1))
	if err != nil || c.User != "Jäsøn Doe" {
		t.Fatalf("%+v, %v", c, err)
	}
	for name, header := range map[string]string{
		"empty":          "",
		"basic":          "Basic Zm9vOmJhcg==",
		"no parameters":  "Digest ",
		"no value":       "Digest username",
		"not closed":     `Digest username="x`,
		"twice":          good + `, nonce="m"`,
		"no response":    strings.Replace(good, `response="00", `, "", 1),
		"an algorithm":   strings.Replace(good, "MD5", "MD5-sess", 1),
		"no protection":  strings.Replace(good, "qop=auth", "qop=auth-int", 1),
		"a count":        strings.Replace(good, "0000000a", "1", 1),
		"a hashed user":  good + ", userhash=true",
		"two user names": good + ", username*=UTF-8''x",
		"too long":       good + `, x="` + strings.Repeat("x", 4096) + `"`,
	} {
		if _, err := openrosa.ParseAuthorization(header); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDigestWithCurl lets curl, which we did not write, sign in.
func TestDigestWithCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		testkit.Missing(t, "curl")
	}
	for i, algorithm := range []string{openrosa.SHA256, openrosa.MD5} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := openrosa.ParseAuthorization(r.Header.Get("Authorization"))
			if err == nil {
				err = digest.Verify(c, r.Method, r.RequestURI, openrosa.HA1(algorithm, "field", digest.Realm, "secret"), now)
			}
			if err != nil {
				w.Header().Add("WWW-Authenticate", digest.Challenges(now, false)[i])
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, "welcome ", c.User)
		}))
		defer server.Close()
		for password, want := range map[string]string{"secret": "welcome field", "wrong": ""} {
			out, err := exec.Command(curl, "-s", "--noproxy", "*", "--digest", "-u", "field:"+password, server.URL+"/formList?formID=a%20b").Output()
			if err != nil || string(out) != want {
				t.Errorf("%s, %s: %q, %v", algorithm, password, out, err)
			}
		}
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add(`Digest username="J\"o", realm="r", uri="/a,b=c", algorithm=MD5, nonce="n", nc=0000000a, cnonce="c", qop=auth, response="00"`)
	f.Add(`Digest username*=UTF-8''J%C3%A4, x=`)
	f.Fuzz(func(t *testing.T, header string) {
		c, err := openrosa.ParseAuthorization(header)
		if err == nil && digest.Verify(c, "GET", "/", "00", now) == nil {
			t.Errorf("%q opens the door", header)
		}
	})
}
