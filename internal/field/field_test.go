package field_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/field"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/openrosa"
	"github.com/heed-project/heed/internal/testkit"
)

// server is a node with a field face that is really served.
type server struct {
	*heed.Node
	web            *httptest.Server
	admin          heed.Who
	user, password string
	token          string
	log            *bytes.Buffer
	pages          map[string]http.HandlerFunc // beside the face
}

func newServer(t testing.TB, flags map[string]string) *server {
	t.Helper()
	var handler http.Handler
	s := &server{log: new(bytes.Buffer), pages: map[string]http.HandlerFunc{}}
	s.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page := s.pages[r.URL.Path]; page != nil {
			page(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.web.Close)
	all := map[string]string{"dir": filepath.Join(t.TempDir(), "node"), "url": s.web.URL}
	for k, v := range flags {
		all[k] = v
	}
	c, err := conf.Load(all)
	if err != nil {
		t.Fatal(err)
	}
	if s.Node, err = heed.MakeNode(t.Context(), c, "Ministry", heed.Opening{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Node.Close() })
	id, _, err := s.SetUp(t.Context(), heed.Who{}, heed.SetupInput{Agency: "Ministry", Admin: "Ana Lima"})
	if err != nil {
		t.Fatal(err)
	}
	s.admin = heed.Who{Person: id, Via: "web"}
	account, password, err := s.NewFieldAccount(t.Context(), s.admin, id)
	if err != nil {
		t.Fatal(err)
	}
	s.user, s.password = account.User, password
	if s.token, err = s.NewToken(t.Context(), s.admin, "phone", []string{"read", "write"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	f := field.New(s.Heed, c, slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for _, p := range field.Paths() {
		mux.Handle(p, f)
	}
	handler = mux
	return s
}

// keyed is the address with the token in it.
func (s *server) keyed() string { return s.web.URL + "/v1/key/" + s.token }

func do(t testing.TB, method, url, kind string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// sent is a submission of the report form as clients send it.
func sent(instance, text string, more ...string) string {
	form := openrosa.ReportForm("", nil)
	return fmt.Sprintf(`<?xml version='1.0' ?><data id="%s" version="2026112801" xmlns:orx="http://openrosa.org/xforms"><orx:meta><orx:instanceID>%s</orx:instanceID></orx:meta>`+
		`<source_type>civil-society</source_type><observed>2026-03-01</observed><country>CIV</country><place>Old market</place><what>killing</what><killed>3</killed><text>%s</text><follow_up>no</follow_up>%s</data>`,
		form.ID, instance, text, strings.Join(more, ""))
}

type part struct{ name, file, kind, body string }

func multi(t testing.TB, parts ...part) (string, io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, p.name, p.file))
		h.Set("Content-Type", p.kind)
		x, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(x, p.body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

func report(x string) part { return part{"xml_submission_file", "report.xml", "text/xml", x} }

// message returns what the client would show.
func message(t testing.TB, body string) string {
	t.Helper()
	var r struct {
		XMLName xml.Name `xml:"http://openrosa.org/http/response OpenRosaResponse"`
		Message string   `xml:"message"`
	}
	if err := xml.Unmarshal([]byte(body), &r); err != nil {
		t.Fatalf("the answer is not one of OpenRosa: %v\n%s", err, body)
	}
	return r.Message
}

func md5of(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

var receipt = regexp.MustCompile(`receipt is ([0-9A-Z-]+)`)

func TestSubmission(t *testing.T) {
	s := newServer(t, nil)
	status, h, body := do(t, "GET", s.keyed()+"/formList", "", nil)
	var list struct {
		Forms []struct {
			ID       string `xml:"formID"`
			Version  string `xml:"version"`
			Hash     string `xml:"hash"`
			Download string `xml:"downloadUrl"`
			Manifest string `xml:"manifestUrl"`
		} `xml:"xform"`
	}
	if err := xml.Unmarshal([]byte(body), &list); status != 200 || err != nil || len(list.Forms) != 1 || h.Get("X-OpenRosa-Version") != "1.0" || h.Get("Date") == "" ||
		h.Get("Content-Type") != "text/xml; charset=utf-8" || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("the list: %d %v %v\n%s", status, err, h, body)
	}
	f := list.Forms[0]
	status, _, x := do(t, "GET", f.Download, "", nil)
	if status != 200 || openrosa.Hash([]byte(x)) != f.Hash || !strings.HasPrefix(f.Download, s.keyed()+"/") {
		t.Errorf("the form at %q: %d, hash %q", f.Download, status, f.Hash)
	}
	for url, want := range map[string]int{f.Manifest: 200, f.Download + "?version=" + f.Version: 200, f.Download + "?version=1": 404, s.keyed() + "/forms/other": 404,
		s.keyed() + "/formList?formID=other": 200, s.web.URL + "/v1/key/wrong/formList": 401, s.web.URL + "/formList": 401} {
		if status, _, _ := do(t, "GET", url, "", nil); status != want {
			t.Errorf("%s: %d, want %d", url, status, want)
		}
	}
	if status, h, _ := do(t, "HEAD", s.keyed()+"/submission", "", nil); status != 204 || h.Get("Location") != s.keyed()+"/submission" || h.Get("X-OpenRosa-Accept-Content-Length") != "4294967296" {
		t.Errorf("HEAD: %d %v", status, h)
	}

	picture := "\x89PNG\r\n\x1a\n and more"
	first := report(sent("uuid:1", "They came at night &lt;armed&gt;", "<photo>p.png</photo>"))
	kind, b := multi(t, first, part{"p.png", "p.png", "text/html", picture}, part{"x", "unnamed.html", "text/html", "<script>"})
	status, h, body = do(t, "POST", s.keyed()+"/submission", kind, b)
	if status != 201 || h.Get("Location") == "" {
		t.Fatalf("POST: %d %s", status, body)
	}
	code := receipt.FindStringSubmatch(message(t, body))
	if code == nil {
		t.Fatalf("no receipt in %q", body)
	}
	fate, err := s.Fate(t.Context(), code[1])
	if err != nil || fate.State != "received" {
		t.Fatalf("the receipt %s: %+v, %v", code[1], fate, err)
	}
	rep, err := s.Report(t.Context(), s.admin, fate.Report)
	if err != nil || rep.Account.Body != "They came at night <armed>" || rep.Submitter.ID != s.admin.Person {
		t.Errorf("the report is %+v, %v", rep, err)
	}
	files, err := s.ReportFiles(t.Context(), s.admin, fate.Report)
	if err != nil || len(files) != 1 || files[0].Name != "p.png" || files[0].Type != "image/png" {
		t.Fatalf("its files are %+v, %v", files, err)
	}
	_, file, err := s.OpenReportFile(t.Context(), s.admin, fate.Report, files[0].SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, err := io.ReadAll(file); err != nil || string(got) != picture {
		t.Errorf("the picture is %q, %v", got, err)
	}

	kind, b = multi(t, first)
	status, _, body = do(t, "POST", s.keyed()+"/submission", kind, b)
	if m := message(t, body); status != 201 || !strings.Contains(m, fate.Report) || receipt.MatchString(m) {
		t.Errorf("sent again: %d %q", status, m)
	}
	if strings.Contains(s.log.String(), s.token) {
		t.Error("the token is in the log")
	}
}

// TestFilesLater sends the pictures of a report after its words, as ODK Collect
// does when all at once would be too much.
func TestFilesLater(t *testing.T) {
	s := newServer(t, nil)
	words := report(sent("uuid:2", "A column of trucks", "<photo>late.jpg</photo>"))
	kind, b := multi(t, words)
	if status, _, body := do(t, "POST", s.keyed()+"/submission", kind, b); status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	kind, b = multi(t, words, part{"late.jpg", "late.jpg", "image/jpeg", "\xff\xd8\xff\xe0 picture"})
	_, _, body := do(t, "POST", s.keyed()+"/submission", kind, b)
	id := regexp.MustCompile(`R-\d+`).FindString(message(t, body))
	if files, err := s.ReportFiles(t.Context(), s.admin, id); err != nil || len(files) != 1 || files[0].Name != "late.jpg" {
		t.Errorf("the files of %s are %+v, %v", id, files, err)
	}
}

func TestRefused(t *testing.T) {
	s := newServer(t, map[string]string{"limits.upload": "1", "limits.report": "1000"})
	shared := func(name string) string {
		b, err := os.ReadFile(testkit.Shared(t, "exchange/openrosa/"+name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	good := sent("uuid:3", "words")
	for _, x := range []struct {
		what   string
		parts  []part
		status int
		says   string
	}{
		{"another's form", []part{report(shared("250q-submission.template.xml"))}, 400, "250_questions"},
		{"a template", []part{report(strings.NewReplacer("{{formId}}", "f", "{{formVersion}}", "1", "{{submissionId}}", "uuid:9").Replace(shared("submission.xml")))}, 400, "version"},
		{"an older form", []part{report(strings.Replace(good, "2026112801", "1", 1))}, 400, "version"},
		{"an answer that is missing", []part{report(strings.Replace(good, "<text>words</text>", "<text/>", 1))}, 400, "text: an answer is required"},
		{"an answer that is none", []part{report(strings.Replace(good, "<killed>3<", "<killed>-3<", 1))}, 400, "killed"},
		{"a bomb", []part{report(`<!DOCTYPE d [<!ENTITY a "aaaa">]><data id="x">&a;</data>`)}, 400, "document type"},
		{"no XML", []part{report("noise")}, 400, "root element"},
		{"no report", []part{{"p.png", "p.png", "image/png", "x"}}, 400, "xml_submission_file"},
		{"two reports", []part{report(good), report(good)}, 400, "two"},
		{"too much", []part{report(sent("uuid:4", "w", "<photo>p.png</photo>")), {"p.png", "p.png", "image/png", strings.Repeat("x", 2<<20)}}, 413, "1 MiB"},
		{"a path", []part{report(sent("uuid:5", "w", "<photo>../p.png</photo>"))}, 400, "photo"},
	} {
		kind, b := multi(t, x.parts...)
		status, _, body := do(t, "POST", s.keyed()+"/submission", kind, b)
		if m := message(t, body); status != x.status || !strings.Contains(m, x.says) {
			t.Errorf("%s: %d %q", x.what, status, m)
		}
	}
	if status, _, body := do(t, "POST", s.keyed()+"/submission", "text/xml", strings.NewReader(good)); status != 400 || !strings.Contains(body, "multipart") {
		t.Errorf("bare XML: %d %s", status, body)
	}
	kind, b := multi(t, report(good))
	whole, err := io.ReadAll(b)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := do(t, "POST", s.keyed()+"/submission", kind, bytes.NewReader(whole[:len(whole)-40])); status != 400 {
		t.Errorf("half a request: %d", status)
	}
	reader, err := s.NewToken(t.Context(), s.admin, "reads", []string{"read"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := do(t, "GET", s.web.URL+"/v1/key/"+reader+"/formList", "", nil); status != 403 {
		t.Errorf("a token that may only read: %d", status)
	}
}

func TestRateLimits(t *testing.T) {
	s := newServer(t, map[string]string{"limits.report": "2", "limits.sign_in": "3"})
	for i, want := range []int{201, 201, 429} {
		kind, b := multi(t, report(sent(fmt.Sprint("uuid:", i), fmt.Sprint("words ", i))))
		if status, _, body := do(t, "POST", s.keyed()+"/submission", kind, b); status != want {
			t.Errorf("report %d: %d %s", i, status, body)
		}
	}
	for i, want := range []int{401, 401, 401, 429} {
		if status, _, _ := do(t, "GET", s.web.URL+"/v1/key/guess/formList", "", nil); status != want {
			t.Errorf("guess %d: %d", i, status)
		}
	}
}

// curl signs in with HTTP digest by a program that is not ours.
func (s *server) curl(t *testing.T, args ...string) (string, string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		testkit.Missing(t, "curl")
	}
	out, err := exec.Command("curl", append([]string{"-sS", "--digest", "-w", "\n%{http_code}"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl: %v\n%s", err, out)
	}
	at := strings.LastIndexByte(string(out), '\n')
	return string(out[at+1:]), string(out[:at])
}

func TestDigest(t *testing.T) { testkit.Databases(t, testDigest) }

func testDigest(t *testing.T, db string) {
	s := newServer(t, map[string]string{"db": db})
	user := []string{"-u", s.user + ":" + s.password}
	if status, body := s.curl(t, append(user, s.web.URL+"/formList")...); status != "200" || !strings.Contains(body, s.web.URL+"/forms/") || strings.Contains(body, "/v1/key/") {
		t.Fatalf("curl --digest: %s\n%s", status, body)
	}
	path := filepath.Join(t.TempDir(), "r.xml")
	if err := os.WriteFile(path, []byte(sent("uuid:c", "by digest")), 0o600); err != nil {
		t.Fatal(err)
	}
	status, body := s.curl(t, append(user, "-F", "xml_submission_file=@"+path+";type=text/xml", s.web.URL+"/submission")...)
	if status != "201" || !receipt.MatchString(body) {
		t.Errorf("curl --digest, POST: %s\n%s", status, body)
	}
	for _, wrong := range []string{s.user + ":guess", "FA-99:" + s.password, "::"} {
		if status, _ := s.curl(t, "-u", wrong, s.web.URL+"/formList"); status != "401" {
			t.Errorf("%q: %s", wrong, status)
		}
	}
	if err := s.EndFieldAccount(t.Context(), s.admin, s.user); err != nil {
		t.Fatal(err)
	}
	if status, _ := s.curl(t, append(user, s.web.URL+"/formList")...); status != "401" {
		t.Errorf("an account that has ended: %s", status)
	}
	if all, err := s.FieldAccounts(t.Context(), s.admin, s.admin.Person); err != nil || len(all) != 1 || all[0].Ended.IsZero() {
		t.Errorf("the accounts: %+v, %v", all, err)
	}
	if out, err := s.Rebuild(t.Context(), s.admin, nil); err != nil || !out.Identical {
		t.Errorf("a rebuild: %+v, %v", out, err)
	}
}

// TestReplay sends a request again, as somebody who heard it would.
func TestReplay(t *testing.T) {
	s := newServer(t, nil)
	_, h, _ := do(t, "GET", s.web.URL+"/formList", "", nil)
	challenge := h.Values("WWW-Authenticate")
	if len(challenge) != 2 || !strings.Contains(challenge[0], "SHA-256") || !strings.Contains(challenge[1], "MD5") {
		t.Fatalf("challenges: %q", challenge)
	}
	nonce := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(challenge[1])[1]
	ask := func(uri, header string) (int, string) {
		t.Helper()
		r, _ := http.NewRequest("GET", s.web.URL+uri, nil)
		r.Header.Set("Authorization", header)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode, strings.Join(resp.Header.Values("WWW-Authenticate"), " ")
	}
	answer := func(count int) string {
		ha1 := openrosa.HA1(openrosa.MD5, s.user, s.Origin(), s.password)
		ha2 := md5of("GET:/formList")
		nc := fmt.Sprintf("%08x", count)
		return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="/formList", qop=auth, nc=%s, cnonce="c", algorithm=MD5, response="%s"`,
			s.user, s.Origin(), nonce, nc, md5of(ha1+":"+nonce+":"+nc+":c:auth:"+ha2))
	}
	if status, _ := ask("/formList", answer(1)); status != 200 {
		t.Fatalf("the first: %d", status)
	}
	if status, again := ask("/formList", answer(1)); status != 401 || !strings.Contains(again, "stale=true") {
		t.Errorf("the same again: %d %q", status, again)
	}
	if status, _ := ask("/formList", answer(2)); status != 200 {
		t.Errorf("the next: %d", status)
	}
	if status, _ := ask("/forms/heed-report", answer(3)); status != 401 {
		t.Errorf("for another address: %d", status)
	}
}
