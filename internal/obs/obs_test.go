package obs

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const canary = "CANARY7xQ"

// TestNoSecretIsLogged hands the canary to the log in every way that we could
// think of.
func TestNoSecretIsLogged(t *testing.T) {
	type account struct{ Name, Hash string }
	link, _ := url.Parse("https://heed.example.org/sign-in?t=" + canary)
	for _, format := range []string{"text", "json"} {
		var b bytes.Buffer
		log := NewLog(&b, format, slog.LevelDebug)
		for _, a := range []any{
			slog.String("token", canary), slog.String("API-Key", canary), slog.String("Set-Cookie", canary),
			slog.String("oidc.client_secret", canary), slog.Int("otp", 123456), slog.String("RemoteAddr", canary),
			slog.Group("authorization", "scheme", canary),
			slog.Group("request", slog.Group("session", "id", canary)),
			slog.Any("s", Secret(canary)), slog.Any("account", account{"x", canary}), slog.Any("p", &account{"x", canary}),
			slog.Any("map", map[string]string{"a": canary}), slog.Any("header", http.Header{"X": {canary}}),
			slog.Any("bytes", []byte(canary)), slog.Any("list", []any{canary}),
			slog.Any("link", link), slog.String("link", link.String()), slog.Any("links", []string{link.String()}),
			slog.String("path", "/receipt#"+canary), slog.String("path", "GET /a/b?x="+canary+" done"),
			slog.Any("error", fmt.Errorf("get %q: %w", link, errors.New("bearer "+canary))),
			slog.String("db", "postgres://heed:"+canary+"@db/heed"), slog.String("db", "dial postgres://"+canary+"@db"),
			slog.String("header", "Authorization: Basic "+canary), slog.String("dsn", "host=db password='"+canary+"'"),
			slog.String("key", "AGE-SECRET-KEY-1"+canary), slog.String("key", "AGE-PLUGIN-YUBIKEY-1"+canary),
			slog.String("key", "PRIVATE+KEY+log+aabb+"+canary), slog.String("jwt", "eyJ"+canary+".eyJ.x"),
			slog.String("pem", "-----BEGIN EC PRIVATE KEY-----\n"+canary+"\n-----END EC PRIVATE KEY-----"),
			slog.String("pem", "-----BEGIN PRIVATE KEY-----\n"+canary),
		} {
			b.Reset()
			log.Info("said", a)
			log.With(a).WithGroup("g").Info("said", a)
			log.WithGroup("token").Info("said", "x", canary)
			if strings.Contains(strings.ToUpper(b.String()), strings.ToUpper(canary)) || strings.Contains(b.String(), "123456") {
				t.Errorf("%s, %v: %s", format, a.(slog.Attr).Key, b.String())
			}
			if strings.Count(b.String(), "said") != 3 {
				t.Errorf("a line is lost: %s", b.String())
			}
		}
		b.Reset()
		log.Info("sign in with password: " + canary)
		if strings.Contains(b.String(), canary) {
			t.Errorf("message: %s", b.String())
		}
	}
}

func TestUsefulThingsAreLogged(t *testing.T) {
	var b bytes.Buffer
	NewLog(&b, "json", slog.LevelInfo).Info("tick done", "lapsed", 3, "took", 5*time.Millisecond, "warning", "W-1",
		"error", errors.New("disk on fire at /srv/heed/blobs"), "ids", []string{"D-1", "D-2"}, "level", slog.LevelWarn,
		"at", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "url", "https://w.example.org/log/checkpoint", "key", "addr")
	for _, want := range []string{`"lapsed":3`, `"W-1"`, "disk on fire at /srv/heed/blobs", `["D-1","D-2"]`, "2026-01-02T03:04:05Z", "https://w.example.org/log/checkpoint", `"key":"addr"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in %s", want, b.String())
		}
	}
}

func TestSecretIsNeverEncoded(t *testing.T) {
	type holder struct{ S Secret }
	s := holder{canary}
	j, err1 := json.Marshal(s)
	x, err2 := xml.Marshal(s)
	all := string(j) + string(x)
	for _, verb := range []string{"%v", "%s", "%q", "%x", "%+v", "%#v", "%d"} {
		all += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, s.S)
	}
	if err1 != nil || err2 != nil || strings.Contains(all, canary) || strings.Contains(all, fmt.Sprintf("%x", canary)) {
		t.Errorf("%s, %v, %v", all, err1, err2)
	}
	if s.S.Reveal() != canary {
		t.Error("reveal")
	}
}

func FuzzScrub(f *testing.F) {
	for _, s := range []string{"a://b@c?d", "-----BEGIN PRIVATE KEY-----", "password=x", "bearer abcdefghijk"} {
		f.Add(s, "word")
	}
	f.Fuzz(func(t *testing.T, before, secret string) {
		if strings.ContainsAny(secret, " \t\r\n\v\f\"'<>@/?#") || len(secret) < 4 {
			return
		}
		got := Scrub("x https://u:" + secret + "@h/p?q=" + secret)
		if strings.Contains(got, secret) && !strings.Contains("x https://u:@h/p?q="+Redacted, secret) {
			t.Errorf("%q", got)
		}
		Scrub(before)
	})
}

// served runs one request and returns what was logged and the answer.
func served(t *testing.T, m *Metrics, level slog.Level, r *http.Request, h http.HandlerFunc) (string, *httptest.ResponseRecorder) {
	t.Helper()
	var b bytes.Buffer
	mux := http.NewServeMux()
	mux.HandleFunc("GET /receipt/{code}", h)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Second); return now }
	w := httptest.NewRecorder()
	Requests(NewLog(&b, "text", level), m, clock, mux).ServeHTTP(w, r)
	return b.String(), w
}

func TestRequestsTellNothingOfTheReader(t *testing.T) {
	m := NewMetrics()
	r := httptest.NewRequest("GET", "/receipt/"+canary+"?q="+canary, nil)
	r.RemoteAddr = "203.0.113.9:4711"
	r.Header.Set("User-Agent", canary)
	var id string
	log, w := served(t, m, slog.LevelDebug, r, func(w http.ResponseWriter, r *http.Request) {
		id = RequestID(r.Context())
		io.WriteString(w, "hello")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
	})
	if strings.Contains(log, canary) || strings.Contains(log, "203.0.113") {
		t.Errorf("%s", log)
	}
	for _, want := range []string{`pattern="GET /receipt/{code}"`, "status=200", "bytes=5", "took=1s", "request=" + id} {
		if !strings.Contains(log, want) || id == "" {
			t.Errorf("%s is not in %s", want, log)
		}
	}
	if w.Body.String() != "hello" {
		t.Errorf("%q", w.Body)
	}
	served(t, m, slog.LevelDebug, httptest.NewRequest("BREW", "/none", nil), func(http.ResponseWriter, *http.Request) {})
	page := httptest.NewRecorder()
	m.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`heed_http_requests_total{method="GET",route="GET /receipt/{code}",status="200"} 1`,
		`heed_http_requests_total{method="other",route="none",status="404"} 1`,
		`heed_http_request_seconds_count{route="GET /receipt/{code}"} 1`, "go_goroutines",
	} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page.Body.String(), canary) {
		t.Error("the metrics hold a path")
	}
}

func TestPanic(t *testing.T) {
	get := func() *http.Request { return httptest.NewRequest("GET", "/receipt/x", nil) }
	log, w := served(t, NewMetrics(), slog.LevelInfo, get(), func(http.ResponseWriter, *http.Request) { panic("at the disco") })
	if w.Code != 500 || strings.Contains(w.Body.String(), "disco") || !strings.Contains(log, "disco") || !strings.Contains(log, "obs_test.go") {
		t.Errorf("%d %q: %s", w.Code, w.Body, log)
	}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("an aborted answer was taken for a finished one")
		}
	}()
	served(t, NewMetrics(), slog.LevelInfo, get(), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

func TestHealth(t *testing.T) {
	var h Health
	var b bytes.Buffer
	ask := func(ctx context.Context) (int, string) {
		w := httptest.NewRecorder()
		h.Handler(NewLog(&b, "text", slog.LevelInfo)).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/healthz", nil))
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	h.Register("database", func(context.Context) error { return nil })
	if code, body := ask(t.Context()); code != 200 || body != `{"status":"ok","failing":[]}` {
		t.Errorf("%d %s", code, body)
	}
	h.Register("files", func(context.Context) error { return errors.New("disk at /srv is full") })
	h.Register("log", func(context.Context) error { panic("x") })
	if code, body := ask(t.Context()); code != 503 || body != `{"status":"failing","failing":["files","log"]}` {
		t.Errorf("%d %s", code, body)
	}
	if !strings.Contains(b.String(), "disk at /srv is full") {
		t.Errorf("why is not logged: %s", b.String())
	}
	never := make(chan struct{})
	defer close(never)
	h.Register("files", func(context.Context) error { <-never; return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if code, body := ask(ctx); code != 503 || !strings.Contains(body, `"files"`) || strings.Contains(body, "database") && code == 200 {
		t.Errorf("%d %s", code, body)
	}
}
