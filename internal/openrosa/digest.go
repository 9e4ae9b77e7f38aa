package openrosa

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"net/url"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// The algorithms of HTTP digest. ODK Collect speaks MD5; SHA-256 is offered
// first for clients that know it.
const (
	MD5    = "MD5"
	SHA256 = "SHA-256"
)

// A Digest makes challenges and checks the answers (RFC 7616, qop "auth").
// It keeps nothing: a nonce carries its own time under Key. To refuse a
// replayed request, remember Credentials.Nonce and Count for as long as Life.
type Digest struct {
	Realm string
	Key   []byte        // secret, at least 16 bytes, the same in every process
	Life  time.Duration // how long a nonce is good for
}

// Credentials are what an Authorization header of the digest scheme holds.
type Credentials struct {
	User, Realm, Nonce, URI string
	Response, Algorithm     string
	QOP, CNonce, NC         string
	Opaque                  string
	Count                   uint64 // NC as a number
}

// HA1 is the stored form of a password for one algorithm. Whoever has it can
// sign in as the user, so keep it as secret as the password.
func HA1(algorithm, user, realm, password string) string {
	return digestOf(algorithm, user, realm, password)
}

// digestOf hashes parts joined by colons, in lower-case hexadecimal.
func digestOf(algorithm string, parts ...string) string {
	var h hash.Hash = md5.New()
	if algorithm == SHA256 {
		h = sha256.New()
	}
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// Challenges returns the WWW-Authenticate headers of a 401 answer, to be sent
// as separate header lines in this order. Stale tells the client that its
// password was not the trouble (see Verify).
func (d Digest) Challenges(now time.Time, stale bool) []string {
	nonce := d.nonce(now)
	var out []string
	for _, algorithm := range []string{SHA256, MD5} {
		c := fmt.Sprintf(`Digest realm="%s", qop="auth", algorithm=%s, nonce="%s", charset=UTF-8`, quoted(d.Realm), algorithm, nonce)
		if stale {
			c += `, stale=true`
		}
		out = append(out, c)
	}
	return out
}

func quoted(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// nonce is the time and a MAC over it and the realm.
func (d Digest) nonce(now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))
	return base64.RawURLEncoding.EncodeToString(append(b, d.mac(b)...))
}

func (d Digest) mac(b []byte) []byte {
	m := hmac.New(sha256.New, d.Key)
	m.Write([]byte("heed digest nonce\x00" + d.Realm + "\x00"))
	m.Write(b)
	return m.Sum(nil)[:16]
}

// issued returns when this server made a nonce, and whether it did.
func (d Digest) issued(nonce string) (time.Time, bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 8+16 || !hmac.Equal(b[8:], d.mac(b[:8])) {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))), true
}

// maxHeader is the longest Authorization header that is read.
const maxHeader = 4096

// ParseAuthorization reads an Authorization header of the digest scheme.
// Errors are of kind fault.Invalid.
func ParseAuthorization(header string) (Credentials, error) {
	scheme, rest, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Digest") {
		return Credentials{}, fault.Invalid("Authorization", "the scheme is not Digest")
	}
	if len(header) > maxHeader {
		return Credentials{}, fault.Invalid("Authorization", "the header is longer than %d bytes", maxHeader)
	}
	p, err := parameters(rest)
	if err != nil {
		return Credentials{}, fault.Invalid("Authorization", "the header cannot be read: %w", err)
	}
	c := Credentials{User: p["username"], Realm: p["realm"], Nonce: p["nonce"], URI: p["uri"], Response: p["response"],
		Algorithm: p["algorithm"], QOP: p["qop"], CNonce: p["cnonce"], NC: p["nc"], Opaque: p["opaque"]}
	if extended, ok := p["username*"]; ok {
		if c.User, err = extendedValue(extended); err != nil || p["username"] != "" {
			return Credentials{}, fault.Invalid("username", "the user name cannot be read")
		}
	}
	if c.Algorithm == "" {
		c.Algorithm = MD5
	}
	for name, v := range map[string]string{"username": c.User, "nonce": c.Nonce, "uri": c.URI, "response": c.Response, "cnonce": c.CNonce} {
		if v == "" {
			return Credentials{}, fault.Invalid(name, "the header has no %s", name)
		}
	}
	switch {
	case c.Algorithm != MD5 && c.Algorithm != SHA256:
		return Credentials{}, fault.Invalid("algorithm", "the algorithm is neither SHA-256 nor MD5")
	case c.QOP != "auth":
		return Credentials{}, fault.Invalid("qop", "the quality of protection is not auth")
	case strings.EqualFold(p["userhash"], "true"):
		return Credentials{}, fault.Invalid("userhash", "hashed user names are not offered")
	}
	if n, err := hex.DecodeString(c.NC); err != nil || len(n) != 4 {
		return Credentials{}, fault.Invalid("nc", "the count is not eight hexadecimal digits")
	} else {
		c.Count = uint64(binary.BigEndian.Uint32(n))
	}
	return c, nil
}

// parameters reads name=value pairs, values as tokens or quoted strings.
func parameters(s string) (map[string]string, error) {
	out := map[string]string{}
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" {
			return out, nil
		}
		name, rest, ok := strings.Cut(s, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" || strings.ContainsAny(name, " \t\",") {
			return nil, fmt.Errorf("a parameter has no name or no value")
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("the parameter %q occurs twice", name)
		}
		rest = strings.TrimLeft(rest, " \t")
		if !strings.HasPrefix(rest, `"`) {
			end := strings.IndexAny(rest, ", \t")
			if end < 0 {
				end = len(rest)
			}
			out[name], s = rest[:end], rest[end:]
			continue
		}
		value, n := unquote(rest)
		if n == 0 {
			return nil, fmt.Errorf("the value of %q does not close", name)
		}
		out[name], s = value, rest[n:]
	}
}

// unquote reads a quoted string and returns how many bytes it took, 0 when it
// does not close.
func unquote(s string) (string, int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", 0
}

// extendedValue reads UTF-8”J%C3%A4s (RFC 8187).
func extendedValue(s string) (string, error) {
	charset, rest, _ := strings.Cut(s, "'")
	_, value, ok := strings.Cut(rest, "'")
	if !ok || !strings.EqualFold(charset, "UTF-8") {
		return "", fmt.Errorf("not in UTF-8")
	}
	return url.PathUnescape(value)
}

// Verify checks credentials for a request with this method and request target
// (path and query as the client wrote them) against the stored HA1 of the
// credentials' user, realm and algorithm. Pass any HA1 of a password nobody
// knows for a user who does not exist, so that both take as long.
//
// The error is of kind fault.Stale when all is right but the nonce has
// expired: challenge again with stale; otherwise fault.Denied.
func (d Digest) Verify(c Credentials, method, target, ha1 string, now time.Time) error {
	want := c.expected(method, ha1)
	matches := subtle.ConstantTimeCompare([]byte(strings.ToLower(c.Response)), []byte(want)) == 1
	issued, ours := d.issued(c.Nonce)
	switch {
	case c.Realm != d.Realm, !ours, !sameTarget(c.URI, target), c.Count == 0, !matches:
		return fault.Denied("the credentials do not match")
	case now.Sub(issued) > d.Life, issued.Sub(now) > time.Minute:
		return fault.Stale("the nonce has expired")
	}
	return nil
}

// expected is the response that the right password gives.
func (c Credentials) expected(method, ha1 string) string {
	ha2 := digestOf(c.Algorithm, method, c.URI)
	return digestOf(c.Algorithm, ha1, c.Nonce, c.NC, c.CNonce, c.QOP, ha2)
}

// sameTarget compares the digest's uri with the request target. A client may
// write the whole URL.
func sameTarget(uri, target string) bool {
	if uri == target {
		return true
	}
	u, err := url.Parse(uri)
	return err == nil && u.IsAbs() && u.RequestURI() == target
}
