package tella_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/bundle/tella"
)

// desk is who receives in these tests.
type desk struct {
	mu    sync.Mutex
	files map[string]string
	now   time.Time
	no    bool
}

func (d *desk) peer(t testing.TB) *tella.Peer {
	p, err := tella.NewPeer("123456", tella.Desk{
		Accept: func(context.Context, tella.Offer) error {
			if d.no {
				return errors.New("no")
			}
			return nil
		},
		Receive: func(_ context.Context, _ tella.Offer, f tella.File, r io.Reader) error {
			b, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.files[f.Name] = string(b)
			return nil
		},
		Now: func() time.Time { return d.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// phone sends a request and reads the answer.
func phone(t testing.TB, h http.Handler, method, url string, body any) (int, map[string]any) {
	t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case string:
		r = strings.NewReader(b)
	default:
		js, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(js)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, url, r))
	out := map[string]any{}
	json.Unmarshal(w.Body.Bytes(), &out)
	return w.Code, out
}

type m = map[string]any

func file(id, name, text string) m {
	return m{"id": id, "fileName": name, "size": len(text), "fileType": "image/jpeg", "sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(text)))}
}

// TestVisit plays a whole visit as the protocol describes it.
func TestVisit(t *testing.T) {
	d := &desk{files: map[string]string{}, now: time.Unix(1, 0)}
	h := d.peer(t).Handler()
	if code, _ := phone(t, h, "POST", "/api/v1/ping", m{}); code != 200 {
		t.Fatal(code)
	}
	code, out := phone(t, h, "POST", "/api/v1/register", m{"pin": "123456", "nonce": "n1"})
	if code != 200 {
		t.Fatal(code, out)
	}
	session := out["sessionId"].(string)
	if code, _ := phone(t, h, "POST", "/api/v1/register", m{"pin": "123456", "nonce": "n2"}); code != 409 {
		t.Error("a second session:", code)
	}
	code, out = phone(t, h, "POST", "/api/v1/prepare-upload", m{"title": "x", "sessionId": session, "files": []m{file("1", "../../a.jpg", "one"), file("2", "b.jpg", "two")}})
	if code != 200 {
		t.Fatal(code, out)
	}
	tickets := map[string]string{}
	for _, f := range out["files"].([]any) {
		tickets[f.(m)["id"].(string)] = f.(m)["transmissionId"].(string)
	}
	send := func(id, ticket, text string) int {
		code, _ := phone(t, h, "PUT", fmt.Sprintf("/api/v1/upload?sessionId=%s&fileId=%s&transmissionId=%s", session, id, ticket), text)
		return code
	}
	for _, c := range []struct {
		id, ticket, text string
		want             int
	}{
		{"1", "x", "one", 403}, {"1", tickets["1"], "onE", 400}, {"1", tickets["1"], "on", 400}, {"1", tickets["1"], "onee", 400}, {"1", tickets["1"], "one", 200},
		{"1", tickets["1"], "one", 409}, {"2", tickets["1"], "two", 403}, {"2", tickets["2"], "two", 200}, {"", tickets["2"], "two", 400},
	} {
		if got := send(c.id, c.ticket, c.text); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	if len(d.files) != 2 || d.files["a.jpg"] != "one" || d.files["b.jpg"] != "two" {
		t.Errorf("%v", d.files)
	}
	for _, want := range []int{200, 403} {
		if code, _ := phone(t, h, "POST", "/api/v1/close-connection", m{"sessionId": session}); code != want {
			t.Errorf("close: %d, want %d", code, want)
		}
	}
	if send("2", tickets["2"], "two") != 401 {
		t.Error("sent after the session was closed")
	}
}

// TestGuessing: three wrong PINs end it, also for who knows the right one.
func TestGuessing(t *testing.T) {
	d := &desk{files: map[string]string{}, now: time.Unix(1, 0)}
	h := d.peer(t).Handler()
	for i, want := range []int{401, 401, 401, 429} {
		if code, _ := phone(t, h, "POST", "/api/v1/register", m{"pin": fmt.Sprintf("00000%d", i), "nonce": fmt.Sprint(i)}); code != want {
			t.Errorf("guess %d: %d", i, code)
		}
	}
	if code, _ := phone(t, h, "POST", "/api/v1/register", m{"pin": "123456", "nonce": "z"}); code != 429 {
		t.Error(code)
	}
}

// TestRefusals: what is wrong in a request, and who is refused.
func TestRefusals(t *testing.T) {
	d := &desk{files: map[string]string{}, now: time.Unix(1, 0)}
	h := d.peer(t).Handler()
	_, out := phone(t, h, "POST", "/api/v1/register", m{"pin": "123456", "nonce": "n"})
	s := out["sessionId"]
	twice := []m{file("1", "a", "x"), file("1", "b", "x")}
	huge := file("1", "a", "x")
	huge["size"] = int64(1) << 60
	for name, c := range map[string]struct {
		body any
		want int
	}{
		"no JSON": {"{", 400}, "no files": {m{"sessionId": s}, 400}, "twice": {m{"sessionId": s, "files": twice}, 400}, "huge": {m{"sessionId": s, "files": []m{huge}}, 400},
		"stranger": {m{"sessionId": "x", "files": []m{file("1", "a", "x")}}, 401},
	} {
		if code, _ := phone(t, h, "POST", "/api/v1/prepare-upload", c.body); code != c.want {
			t.Errorf("%s: %d", name, code)
		}
	}
	d.no = true
	if code, _ := phone(t, h, "POST", "/api/v1/prepare-upload", m{"sessionId": s, "files": []m{file("1", "a", "x")}}); code != 403 {
		t.Error("refused offer:", code)
	}
	d.now = d.now.Add(time.Hour)
	if code, _ := phone(t, h, "POST", "/api/v1/prepare-upload", m{"sessionId": s, "files": []m{file("1", "a", "x")}}); code != 401 {
		t.Error("an hour later:", code)
	}
	if code, _ := phone(t, h, "POST", "/api/v1/register", m{"pin": "123456", "nonce": "n"}); code != 400 {
		t.Error("the same nonce:", code)
	}
	if _, err := tella.NewPeer("12345", tella.Desk{}); err == nil {
		t.Error("a short PIN was taken")
	}
}

// TestUpload plays the upload server: append, look, append, close.
func TestUpload(t *testing.T) {
	data, closed := map[string]string{}, map[string]bool{}
	u := &tella.Upload{
		SignIn: func(_ context.Context, n, p string) bool { return n == "amina" && p == "secret" },
		Size: func(_ context.Context, n, f string) (int64, bool, error) {
			return int64(len(data[n+"/"+f])), closed[n+"/"+f], nil
		},
		Append: func(_ context.Context, n, f string, r io.Reader) error {
			b, err := io.ReadAll(r)
			data[n+"/"+f] += string(b)
			return err
		},
		Close: func(_ context.Context, n, f string) error { closed[n+"/"+f] = true; return nil },
	}
	do := func(method, path, name, password, text string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(text))
		r.SetBasicAuth(name, password)
		w := httptest.NewRecorder()
		u.Handler().ServeHTTP(w, r)
		return w
	}
	for i, c := range []struct {
		method, path, name, password, text string
		want                               int
	}{
		{"PUT", "/a.mp4", "amina", "wrong", "x", 401}, {"PUT", "/a.mp4", "../x", "secret", "x", 400}, {"PUT", "/x/a.mp4", "amina", "secret", "x", 400}, {"PUT", "/", "amina", "secret", "x", 400},
		{"PUT", "/a.mp4", "amina", "secret", "one", 200}, {"PUT", "/a.mp4", "amina", "secret", "two", 200}, {"POST", "/a.mp4", "amina", "secret", "", 200}, {"POST", "/a.mp4", "amina", "secret", "", 200},
		{"PUT", "/a.mp4", "amina", "secret", "x", 409}, {"DELETE", "/a.mp4", "amina", "secret", "", 405},
	} {
		if got := do(c.method, c.path, c.name, c.password, c.text).Code; got != c.want {
			t.Errorf("%d: %d, want %d", i, got, c.want)
		}
	}
	if n := do("HEAD", "/a.mp4", "amina", "secret", "").Header().Get("Content-Length"); n != "6" || data["amina/a.mp4"] != "onetwo" {
		t.Error(n, data)
	}
	if n := do("HEAD", "/new", "amina", "secret", "").Header().Get("Content-Length"); n != "0" {
		t.Error(n)
	}
}

// TestCode: what is shown to be compared and scanned.
func TestCode(t *testing.T) {
	_, digest, err := tella.Certificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s := tella.Sequence(digest); !regexp.MustCompile(`^([0-9a-f]{4} ){15}[0-9a-f]{4}$`).MatchString(s) {
		t.Error(s)
	}
	var code struct {
		Port int    `json:"port"`
		PIN  string `json:"pin"`
	}
	pin, err := tella.NewPIN()
	if err != nil || len(pin) != 6 {
		t.Fatal(pin, err)
	}
	if err := json.Unmarshal([]byte(tella.Code("192.0.2.1", tella.Port, digest, pin)), &code); err != nil || code.Port != 53317 || code.PIN != pin {
		t.Error(code, err)
	}
}

// FuzzPeer: no request does harm, and none is let in without the PIN.
func FuzzPeer(f *testing.F) {
	f.Add("/api/v1/register", `{"pin":"1","nonce":"x"}`)
	f.Add("/api/v1/prepare-upload", `{"files":[{"id":"1","size":-1}]}`)
	f.Add("/api/v1/upload?sessionId=x&fileId=y&transmissionId=z", "data")
	f.Fuzz(func(t *testing.T, path, body string) {
		d := &desk{files: map[string]string{}, now: time.Unix(1, 0)}
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
		w := httptest.NewRecorder()
		d.peer(t).Handler().ServeHTTP(w, r)
		if len(d.files) > 0 || strings.Contains(w.Body.String(), "sessionId") && !strings.Contains(body, "123456") {
			t.Fatal(w.Body.String())
		}
	})
}
