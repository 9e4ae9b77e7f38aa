package conf

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// node makes a folder with a file of settings.
func node(t *testing.T, text string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "node")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if text != "" {
		if err := os.WriteFile(filepath.Join(dir, File), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDefaultsAreGood(t *testing.T) {
	dir := node(t, "")
	c, err := Load(map[string]string{"dir": dir, "addr": ""})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.URL != "http://127.0.0.1:8080" || c.Secure() || c.DB != "" ||
		c.Blobs != filepath.Join(dir, "blobs") || c.Keys.File != "" || c.TimeZone != time.UTC ||
		c.Session.Lifetime != 12*time.Hour || c.Limits.SignIn != 10 || c.Exercise {
		t.Errorf("%+v", c)
	}
}

func TestTheStrongestSourceWins(t *testing.T) {
	dir := node(t, `
addr: 127.0.0.1:1
language: fr
timezone: Europe/Paris
keys:
  passphrase_file: pass
smtp.host: mail.example.org
smtp:
  from: Heed <heed@example.org>
  port: 465
witnesses:
  - https://w.example.org w.example.org+1234abcd+AAAA
proxy:
  trusted: [10.1.2.3/8, 192.0.2.1]
session: {lifetime: 30m, idle: 10m}
`)
	t.Setenv("HEED_DIR", dir)
	t.Setenv("HEED_ADDR", "127.0.0.1:2")
	t.Setenv("HEED_LANGUAGE", "ar")
	t.Setenv("HEED_WEBHOOK_ALLOW", "hooks.internal, 10.0.0.0/8")
	c, err := Load(map[string]string{"addr": "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:3" || c.Language != "ar" || c.TimeZone.String() != "Europe/Paris" ||
		c.Keys.PassphraseFile != filepath.Join(dir, "pass") || c.Keys.File != "" ||
		c.SMTP.Host != "mail.example.org" || c.SMTP.Port != 465 ||
		len(c.Witnesses) != 1 || c.Witnesses[0].VKey != "w.example.org+1234abcd+AAAA" ||
		len(c.Webhook.Allow) != 2 || c.Webhook.Allow[1] != "10.0.0.0/8" ||
		len(c.Proxy.Trusted) != 2 || c.Proxy.Trusted[0].String() != "10.0.0.0/8" || c.Proxy.Trusted[1].String() != "192.0.2.1/32" ||
		c.Session.Idle != 10*time.Minute {
		t.Errorf("%+v", c)
	}
	from := map[string]string{}
	for _, s := range c.Settings() {
		from[s.Key] = s.From
	}
	for key, want := range map[string]string{
		"addr": "--addr", "language": "HEED_LANGUAGE", "timezone": filepath.Join(dir, File) + " line 4",
		"smtp.port": filepath.Join(dir, File) + " line 10", "dir": "HEED_DIR", "exercise": "default",
	} {
		if from[key] != want {
			t.Errorf("%s comes from %q, want %q", key, from[key], want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct{ text, field, says string }{
		{"smtp:\n  hots: x", "smtp.hots", "line 2: there is no setting smtp.hots"},
		{"addr: 1\naddr: 2", "addr", "twice"},
		{"addr: x\n---\naddr: y", File, "second document"},
		{"- addr", File, "KEY: VALUE"},
		{"dir: elsewhere", "dir", "cannot be set by a file in it"},
		{"addr: [a, b]", "addr", "must be a text"},
		{"addr: nowhere", "addr", `line 1: addr is "nowhere", must be HOST:PORT`},
		{"url: http://heed.example.org", "url", "must be https"},
		{"db: mysql://x", "db", "postgres://"},
		{"language: xx", "language", "en, fr, ar, es, ru, zh"},
		{"timezone: Mars/Olympus", "timezone", "a time zone"},
		{"timezone: Local", "timezone", "a time zone"},
		{"exercise: perhaps", "exercise", "true or false"},
		{"session.lifetime: 12", "session.lifetime", "a length of time"},
		{"session.idle: 13h", "session.idle", "1m to session.lifetime"},
		{"limits.api: 0", "limits.api", "must be 1 to"},
		{"keys: {file: a, plugin: b}", "keys.file", "2 are set, must be one"},
		{"witnesses: [https://w.example.org]", "witnesses", "URL VKEY"},
		{"witnesses: [https://w.example.org key]", "witnesses", "NAME+HASH+KEY"},
		{"proxy.trusted: [all]", "proxy.trusted", "networks"},
		{"smtp: {host: mail.example.org}", "smtp.from", "an address"},
		{"smtp: {host: mail.example.org, from: a@example.org, tls: none}", "smtp.tls", "on this machine"},
		{"smtp: {host: mail.example.org, from: a@example.org, user: u}", "smtp.password_file", "missing"},
		{"oidc: {issuer: 'https://id.example.org'}", "oidc.client_id", "together"},
		{"s3: {access_key: a}", "s3.secret_key_file", "missing"},
		{"a: \xff", File, "not YAML"},
	} {
		_, err := Load(map[string]string{"dir": node(t, tt.text)})
		if fault.KindOf(err) != fault.KindInvalid || fault.Field(err) != tt.field || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: field %q, %v", tt.text, fault.Field(err), err)
		}
	}
	if _, err := Load(map[string]string{"colour": "red"}); fault.Field(err) != "colour" {
		t.Errorf("a flag that is no setting: %v", err)
	}
	t.Setenv("HEED_SMTP_HSOT", "x")
	if _, err := Load(map[string]string{"dir": node(t, "")}); fault.Hint(err) != "did you mean HEED_SMTP_HOST?" {
		t.Errorf("a misspelt variable: %v; %s", err, fault.Hint(err))
	}
}

func TestExplainTellsAllButPasswords(t *testing.T) {
	t.Setenv("HEED_DB", "postgres://heed:hunter2@db.example.org/heed?sslmode=verify-full")
	c, err := Load(map[string]string{"dir": node(t, "")})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Explain(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, f := range c.fields() {
		if f.help == "" || !strings.Contains(text, f.env()) || !strings.Contains(text, f.help) {
			t.Errorf("%s is not explained", f.key)
		}
	}
	if strings.Contains(text, "hunter2") || !strings.Contains(text, "postgres://heed:xxxxx@db.example.org/heed?sslmode=verify-full") {
		t.Errorf("the database's address: %s", text)
	}
	if got := shown("postgres://db/heed?password=hunter2"); strings.Contains(got, "hunter2") {
		t.Errorf("%s", got)
	}
}

func TestReadSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for _, tt := range []struct {
		text, want string
		mode       os.FileMode
		ok         bool
	}{{"s3cret word\n", "s3cret word", 0o600, true}, {" x ", " x ", 0o400, true}, {"x", "", 0o640, false}, {"\n", "", 0o600, false}} {
		os.Remove(path)
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		got, err := ReadSecret(path)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q, mode %o: %q, %v", tt.text, tt.mode, got, err)
		}
	}
	if _, err := ReadSecret(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no file")
	}
}

// FuzzParse reads files of settings: a fault or settings, whatever is written.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"addr: 127.0.0.1:1", "smtp: {host: x, port: 1}", "witnesses:\n- a b", "a: &a [*a]", "dir: ~", "", "%", "addr: !!binary aGk="} {
		f.Add([]byte(s))
	}
	known := map[string]*field{}
	for _, fd := range new(Config).fields() {
		known[fd.key] = fd
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parse(text, File, "/node", known)
		if err != nil {
			if fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%v", err)
			}
			return
		}
		for _, fd := range new(Config).fields() {
			if err := fd.set(all); err != nil && fault.Field(err) != fd.key {
				t.Errorf("%v", err)
			}
		}
	})
}
