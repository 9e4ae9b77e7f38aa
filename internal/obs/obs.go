// Package obs lets an operator see how a node is doing without letting anyone
// see what is in it: a log, metrics and a health check.
//
// The log goes to standard error and is meant for machines and backups that
// nobody guards. So it promises that no secret and no content is written to
// it: attributes with the names of secrets are dropped, values are written
// only where they say themselves how to be written, and text is cleared of
// credentials, of the queries of addresses and of private keys. Requests are
// logged by the pattern of their route, never by their path (which may hold a
// receipt code), query or sender.
//
//	log := obs.NewLog(os.Stderr, "text", slog.LevelInfo)
//	m := obs.NewMetrics()
//	health.Register("database", db.Ping)
//	http.Handle("/", obs.Requests(log, m, clock, mux))
//
// This is a net under programs that take care, not a licence to be careless:
// it cannot know that a sentence is somebody's testimony. Metrics are kept in
// a registry of their own.
package obs

import (
	"context"
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Redacted is written in the place of a secret.
const Redacted = "[redacted]"

// A Secret is a text that no print, log or encoding shows. Reveal returns it.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Format writes "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, Redacted) }

// String returns "[redacted]".
func (Secret) String() string { return Redacted }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText returns "[redacted]", for JSON, XML and YAML alike.
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// NewLog returns a logger that writes lines of text, or of JSON where format
// is "json", and redacts them.
func NewLog(w io.Writer, format string, level slog.Leveler) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if format == "json" {
		return slog.New(tagged{slog.NewJSONHandler(w, opts)})
	}
	return slog.New(tagged{slog.NewTextHandler(w, opts)})
}

// tagged adds the number of the request that a context belongs to.
type tagged struct{ slog.Handler }

func (h tagged) Handle(ctx context.Context, r slog.Record) error {
	if id := RequestID(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h tagged) WithAttrs(a []slog.Attr) slog.Handler { return tagged{h.Handler.WithAttrs(a)} }
func (h tagged) WithGroup(name string) slog.Handler   { return tagged{h.Handler.WithGroup(name)} }

// secretNames are parts of names of attributes that are never written.
var secretNames = []string{
	"token", "password", "passphrase", "passwd", "secret", "cookie", "authorization", "credential", "session",
	"privatekey", "apikey", "datakey", "signingkey", "signature", "receipt", "otp", "salt",
	"email", "phone", "remoteaddr", "useragent", "referer", "forwarded", "query", "body", "sealed",
}

// isSecret says whether an attribute of this name is never written. Names are
// compared without case and punctuation, so that API-Key is apikey.
func isSecret(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return slices.ContainsFunc(secretNames, func(s string) bool { return strings.Contains(plain, s) })
}

// redact is called for every attribute of a line, the message among them.
func redact(groups []string, a slog.Attr) slog.Attr {
	if isSecret(a.Key) || slices.ContainsFunc(groups, isSecret) {
		return slog.Attr{}
	}
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Scrub(a.Value.String()))
	case slog.KindAny:
		a.Value = speak(a.Value.Any())
	}
	return a
}

// speak returns how a value is written. One that does not say so itself, such
// as a struct or a map, is named by its type: printing it would show fields
// that nobody thought of.
func speak(v any) slog.Value {
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(nil)
	case error:
		return slog.StringValue(Scrub(v.Error()))
	case slog.Level, time.Time, *slog.Source:
		return slog.AnyValue(v)
	case fmt.Stringer:
		return slog.StringValue(Scrub(v.String()))
	case encoding.TextMarshaler:
		b, err := v.MarshalText()
		if err != nil {
			return slog.StringValue(fmt.Sprintf("[%T]", v))
		}
		return slog.StringValue(Scrub(string(b)))
	case []string:
		clean := make([]string, len(v))
		for i, s := range v {
			clean[i] = Scrub(s)
		}
		return slog.AnyValue(clean)
	case []int, []int64:
		return slog.AnyValue(v)
	}
	return slog.StringValue(fmt.Sprintf("[%T]", v))
}

var scrubs = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), Redacted},
	{regexp.MustCompile(`(?i)AGE-(SECRET-KEY|PLUGIN)-[A-Z0-9-]+`), Redacted},
	{regexp.MustCompile(`PRIVATE\+KEY\+\S+`), Redacted},
	{regexp.MustCompile(`(?i)\b(bearer|basic|digest)\s+[A-Za-z0-9._~+/=-]{8,}`), "$1 " + Redacted},
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*`), Redacted},   // JSON web tokens
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@"'<>]+@`), "$1" + Redacted + "@"}, // user and password
	{regexp.MustCompile(`((?:https?://|/)[^\s?#"'<>]*)[?#][^\s"'<>]+`), "$1?" + Redacted},    // query and fragment
	{regexp.MustCompile(`(?i)\b(password|passphrase|secret|token|api_?key)(["']?\s*[=:]\s*)["']?[^\s"',;&]+`), "$1$2" + Redacted},
}

// Scrub clears text of what looks like a credential: private keys, bearer
// tokens, passwords in addresses, the queries of addresses.
func Scrub(s string) string {
	for _, r := range scrubs {
		s = r.find.ReplaceAllString(s, r.put)
	}
	return s
}
