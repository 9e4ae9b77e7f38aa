package serve_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/obs"
	"github.com/heed-project/heed/internal/serve"
	"github.com/heed-project/heed/internal/testkit"
)

// phone speaks with the server of Tella as its description has it: a name and
// a password with every request; HEAD says how much of a file is there, PUT adds
// to its end, POST closes it.
type phone struct {
	t              *testing.T
	c              *http.Client
	base, password string
}

func (p phone) ask(method, file string, body io.Reader) (status int, length int64) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.base+file, body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.SetBasicAuth("field-team.3", p.password)
	res, err := p.c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode, res.ContentLength
}

// breaks begins to send a file and hangs up after some bytes, then waits until
// the node has noticed.
func (p phone) breaks(file string, data []byte, after int) {
	p.t.Helper()
	at, err := url.Parse(p.base)
	if err != nil {
		p.t.Fatal(err)
	}
	line, err := tls.Dial("tcp", at.Host, p.c.Transport.(*http.Transport).TLSClientConfig)
	if err != nil {
		p.t.Fatal(err)
	}
	account := base64.StdEncoding.EncodeToString([]byte("field-team.3:" + p.password))
	fmt.Fprintf(line, "PUT /tella/%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\nContent-Length: %d\r\n\r\n%s", file, at.Host, account, len(data), data[:after])
	line.Close()
	for range 600 {
		if _, n := p.ask(http.MethodHead, file, nil); n == int64(after) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Fatalf("%s: what came before the line broke is not there", file)
}

// send is what the app does with one file: it asks how much is there, adds the
// rest, and closes.
func (p phone) send(file string, data []byte) {
	p.t.Helper()
	status, n := p.ask(http.MethodHead, file, nil)
	if status != http.StatusOK || n > int64(len(data)) {
		p.t.Fatalf("HEAD %s: %d, %d bytes", file, status, n)
	}
	if status, _ := p.ask(http.MethodPut, file, bytes.NewReader(data[n:])); status != http.StatusOK {
		p.t.Fatalf("PUT %s: %d", file, status)
	}
	if status, _ := p.ask(http.MethodPost, file, nil); status != http.StatusOK {
		p.t.Fatalf("POST %s: %d", file, status)
	}
}

// TestPhonesSendStraightToANode has phones send files to a node that is served
// over TLS.
func TestPhonesSendStraightToANode(t *testing.T) {
	testkit.Slow(t)
	c, err := conf.Load(map[string]string{"dir": filepath.Join(t.TempDir(), "node"), "url": "https://heed.example", "evidence.tella": "order 7: preserve first"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := heed.MakeNode(t.Context(), c, "Office", heed.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	start := func() *httptest.Server {
		faces, err := serve.Faces(t.Context(), n, obs.NewLog(io.Discard, "text", slog.LevelError), obs.NewMetrics())
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewTLSServer(faces)
		t.Cleanup(s.Close)
		return s
	}
	s := start()
	admin, _, err := n.SetUp(t.Context(), heed.Who{}, heed.SetupInput{Agency: "Office", Admin: "Ana Lima"})
	if err != nil {
		t.Fatal(err)
	}
	ana := heed.Who{Person: admin}
	token := func(who heed.Who, scopes ...string) string {
		secret, err := n.NewToken(t.Context(), who, "phone", scopes, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	p := phone{t, s.Client(), s.URL + "/tella/", token(ana, "read", "write")}
	film := bytes.Repeat([]byte("film "), 5_000_000) // more than one part
	p.send("film.mp4", film)
	p.breaks("note.txt", []byte("seen from the well"), 5)
	p.send("note.txt", []byte("seen from the well"))
	if status, _ := p.ask(http.MethodPost, "empty", nil); status != http.StatusNotFound {
		t.Errorf("what was never begun is closed: %d", status)
	}
	p.send("empty", nil)
	for _, file := range []string{"film.mp4", "note.txt", "empty"} {
		if status, _ := p.ask(http.MethodPut, file, strings.NewReader("more")); status != http.StatusConflict {
			t.Errorf("more of %s, which was closed: %d", file, status)
		}
		if status, _ := p.ask(http.MethodPost, file, nil); status != http.StatusOK {
			t.Errorf("%s closed again: %d", file, status)
		}
	}
	if _, length := p.ask(http.MethodHead, "film.mp4", nil); length != int64(len(film)) {
		t.Errorf("the film has %d bytes", length)
	}
	items, _, err := n.Evidence(t.Context(), ana, heed.EvidenceFilter{})
	if err != nil || len(items) != 3 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for _, i := range items {
		want := map[string][]byte{"film.mp4": film, "note.txt": []byte("seen from the well"), "empty": nil}[i.Name]
		if i.SHA256 != fmt.Sprintf("%x", sha256.Sum256(want)) || i.Size != int64(len(want)) || i.By != admin {
			t.Errorf("%+v", i)
		}
		x, err := n.Item(t.Context(), ana, i.ID)
		if err != nil || x.Under.Authority != "order 7: preserve first" || x.Under.Via != "peer" || x.Under.Ended.IsZero() {
			t.Errorf("%+v, %v", x.Under, err)
		}
	}

	for _, name := range []string{"..%2fx", "a%2fb", "..", ""} {
		if status, _ := p.ask(http.MethodPut, name, strings.NewReader("x")); status < 400 && status != 0 {
			t.Errorf("a file named %q: %d", name, status)
		}
	}
	stranger, err := n.AddPerson(t.Context(), ana, heed.PersonInput{Name: "Sam Stranger"})
	if err != nil {
		t.Fatal(err)
	}
	for what, x := range map[string]struct {
		password string
		want     int
	}{"a guess": {"heed_guess", 401}, "somebody who may not": {token(heed.Who{Person: stranger}, "read", "write"), 403}, "a token that only reads": {token(ana, "read"), 403}} {
		p.password = x.password
		if status, _ := p.ask(http.MethodPut, "x", strings.NewReader("x")); status != x.want {
			t.Errorf("%s: %d, want %d", what, status, x.want)
		}
	}
	c.Evidence.Tella = ""
	off := start()
	p.base, p.c, p.password = off.URL+"/tella/", off.Client(), token(ana, "read", "write")
	if status, _ := p.ask(http.MethodHead, "x", nil); status != http.StatusNotFound {
		t.Errorf("where it is not set: %d", status)
	}
}
