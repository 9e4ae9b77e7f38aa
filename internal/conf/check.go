package conf

import (
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// check refuses values that parse and cannot be meant.
func (c *Config) check(all map[string]value) error {
	var first error
	must := func(ok bool, key, format string, a ...any) {
		if ok || first != nil {
			return
		}
		from := "default"
		if v, written := all[key]; written {
			from = v.from
		}
		first = fault.Invalid(key, from+": "+strings.ReplaceAll(key, "%", "%%")+" "+format, a...)
	}
	oneOf := func(key, v string, of ...string) {
		must(slices.Contains(of, v), key, "is %q, must be one of %s", v, strings.Join(of, ", "))
	}
	within := func(key string, n, low, high int) {
		must(n >= low && n <= high, key, "is %d, must be %d to %d", n, low, high)
	}
	must(c.Dir != "", "dir", "is empty")
	must(isAddr(c.Addr), "addr", "is %q, must be HOST:PORT", c.Addr)
	must(isWeb(c.URL), "url", "is %q, must be https://HOST, or http:// on this machine", shown(c.URL))
	must(c.DB == "" || isScheme(c.DB, "postgres", "postgresql"), "db", "must be postgres://USER@HOST/NAME")
	oneOf("language", c.Language, "en", "fr", "ar", "es", "ru", "zh")
	must(c.S3.AccessKey == "" || c.S3.SecretKeyFile != "", "s3.secret_key_file", "is missing, as there is s3.access_key")
	ways := count(c.Keys.File, c.Keys.PassphraseFile, c.Keys.Plugin)
	must(ways <= 1, "keys.file", "and keys.passphrase_file and keys.plugin: %d are set, must be one", ways)
	for _, w := range c.Witnesses {
		must(isScheme(w.URL, "https", "http"), "witnesses", "names %q, must be an http or https address", shown(w.URL))
		must(strings.Count(w.VKey, "+") >= 2, "witnesses", "%s: the key %q must be NAME+HASH+KEY", shown(w.URL), w.VKey)
	}
	c.checkMail(must, oneOf, within)
	must(c.OIDC.Issuer == "" || isWeb(c.OIDC.Issuer), "oidc.issuer", "is %q, must be an https address", shown(c.OIDC.Issuer))
	must((c.OIDC.Issuer == "") == (c.OIDC.ClientID == ""), "oidc.client_id", "and oidc.issuer are set together or not at all")
	must(c.Session.Lifetime >= 5*time.Minute && c.Session.Lifetime <= 30*24*time.Hour, "session.lifetime", "is %v, must be 5m to 720h", c.Session.Lifetime)
	must(c.Session.Idle >= time.Minute && c.Session.Idle <= c.Session.Lifetime, "session.idle", "is %v, must be 1m to session.lifetime, %v", c.Session.Idle, c.Session.Lifetime)
	within("limits.sign_in", c.Limits.SignIn, 1, 1000)
	within("limits.report", c.Limits.Report, 1, 100_000)
	within("limits.api", c.Limits.API, 1, 1_000_000)
	within("limits.upload", c.Limits.Upload, 1, 1<<20)
	oneOf("diagnostics.level", c.Diagnostics.Level, "debug", "info", "warn", "error")
	oneOf("diagnostics.format", c.Diagnostics.Format, "text", "json")
	must(c.Diagnostics.Addr == "" || isAddr(c.Diagnostics.Addr), "diagnostics.addr", "is %q, must be HOST:PORT", c.Diagnostics.Addr)
	return first
}

func (c *Config) checkMail(must func(bool, string, string, ...any), oneOf func(string, string, ...string), within func(string, int, int, int)) {
	oneOf("smtp.tls", c.SMTP.TLS, "starttls", "implicit", "none")
	within("smtp.port", c.SMTP.Port, 1, 65535)
	if c.SMTP.Host == "" {
		return
	}
	_, err := mail.ParseAddress(c.SMTP.From)
	must(err == nil, "smtp.from", "is %q, must be an address, as in Heed <heed@example.org>", c.SMTP.From)
	must(c.SMTP.User == "" || c.SMTP.PasswordFile != "", "smtp.password_file", "is missing, as there is smtp.user")
	must(c.SMTP.TLS != "none" || isLocal(c.SMTP.Host), "smtp.tls", "is none, which is for a server on this machine; smtp.host is %s", c.SMTP.Host)
}

func count(texts ...string) (n int) {
	for _, s := range texts {
		if s != "" {
			n++
		}
	}
	return n
}

func isAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, perr := strconv.Atoi(port)
	return err == nil && perr == nil && n >= 0 && n <= 65535
}

func isScheme(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme)
}

// isWeb says whether an address is one that people may sign in at: https, or
// http without leaving the machine.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLocal(u.Hostname())
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
