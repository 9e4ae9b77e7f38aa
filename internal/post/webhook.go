package post

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// SignatureHeader carries a webhook's signature: t=UNIX SECONDS,v1=HEX.
const SignatureHeader = "Heed-Signature"

// DeliveryHeader carries the stable name of a delivery, by which a receiver
// drops one that comes twice.
const DeliveryHeader = "Heed-Delivery"

// hookTimeout is how long a receiver may take to answer.
const hookTimeout = 15 * time.Second

// smallestSecret is the least length of a webhook's secret, in bytes.
const smallestSecret = 16

// A Hook is where a webhook goes, and the secret that it shares.
type Hook struct {
	URL    string
	Secret []byte
}

// String names the receiver's host, never the secret.
func (h Hook) String() string {
	u, err := url.Parse(h.URL)
	if err != nil {
		return "webhook"
	}
	return "webhook at " + u.Host
}

// GoString is String.
func (h Hook) GoString() string { return h.String() }

// Webhooks sends signed webhooks. It is safe for concurrent use.
type Webhooks struct {
	clock    func() time.Time
	client   *http.Client
	hosts    []string
	networks []netip.Prefix
}

// NewWebhooks returns a sender. Allow lists hosts (names or addresses) and
// networks that may be reached although they are private; a listed host may
// also be reached without TLS. Setting is the name of the list, for an error.
func NewWebhooks(setting string, allow []string, clock func() time.Time) (*Webhooks, error) {
	w := &Webhooks{clock: clock}
	for _, a := range allow {
		if p, err := netip.ParsePrefix(a); err == nil {
			w.networks = append(w.networks, p.Masked())
		} else if strings.ContainsAny(a, "/ ") || a == "" {
			return nil, fault.Invalid(setting, "%q is neither a host nor a network", a)
		} else {
			w.hosts = append(w.hosts, strings.ToLower(a))
		}
	}
	w.client = &http.Client{
		Timeout: hookTimeout,
		Transport: &http.Transport{
			DialContext:            w.dial, // no proxy: the guard would see its address only
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    hookTimeout,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w, nil
}

// Check refuses a URL to which no webhook is sent, so that a person learns it
// when he writes it down. The address it resolves to is checked at each
// sending.
func (w *Webhooks) Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return fault.Invalid("url", "the address is not a URL")
	case u.User != nil || u.Fragment != "":
		return fault.Invalid("url", "the address holds a password or a fragment")
	case u.Scheme == "http" && slices.Contains(w.hosts, strings.ToLower(u.Hostname())):
		return nil
	case u.Scheme != "https":
		return fault.Invalid("url", "the address is %s://…, must be https://…", u.Scheme)
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !w.may(u.Hostname(), a) {
		return fault.Invalid("url", "%s is a private address; the operator can allow it by webhook.allow, or by handover.allow for a peer", a)
	}
	return nil
}

// Send posts body to a receiver, signed, and returns nil if that answers with
// a status of 200 to 299. The ID is the same whenever the same message is
// sent again.
func (w *Webhooks) Send(ctx context.Context, h Hook, id string, body []byte) error {
	if err := w.Check(h.URL); err != nil {
		return err
	}
	if len(h.Secret) < smallestSecret {
		return fault.Invalid("secret", "the webhook's secret has %d bytes, at least %d are needed", len(h.Secret), smallestSecret)
	}
	if !idForm.MatchString(id) {
		return fault.Invalid("id", "%q is no message id: letters, digits, dots, hyphens", id)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fault.Invalid("url", "the address is not a URL")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Heed")
	req.Header.Set(DeliveryHeader, id)
	req.Header.Set(SignatureHeader, Sign(h.Secret, w.clock(), body))
	res, err := w.client.Do(req)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err // the address may hold a secret of the receiver's
		}
		return fmt.Errorf("send %s: %w", h, err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // lets the line be used again
	switch {
	case res.StatusCode/100 == 2:
		return nil
	case res.StatusCode == http.StatusGone: // the receiver wants no more
		return permanent{fmt.Errorf("send %s: status %d", h, res.StatusCode)}
	}
	return fmt.Errorf("send %s: status %d", h, res.StatusCode)
}

// dial connects where it may. The check is made on the address that is
// connected to, after names are resolved, so that a name that answers
// differently the second time gains nothing.
func (w *Webhooks) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: hookTimeout, Control: func(_, addr string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(addr)
		if err != nil {
			return err
		}
		if !w.may(host, to.Addr()) {
			return fault.Denied("%s is a private address, to which nothing is sent", to.Addr())
		}
		return nil
	}}
	return d.DialContext(ctx, network, addr)
}

// may says whether the address of a host may be connected to.
func (w *Webhooks) may(host string, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.Contains(w.hosts, strings.ToLower(host)) ||
		slices.ContainsFunc(w.networks, func(p netip.Prefix) bool { return p.Contains(a) }) ||
		public(a)
}

// reserved are the networks of the IANA special-purpose registries that are
// not globally reachable, or that carry an IPv4 address inside.
var reserved = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10")

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, s := range texts {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// public says whether an address is one of the open internet.
func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Sign returns the signature of a body sent at a time: t=UNIX SECONDS,v1=HEX,
// where HEX is HMAC-SHA256 under the secret over the seconds, a full stop and
// the body.
func Sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, body))
}

func mac(secret []byte, t string, body []byte) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(t + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Verify is what a receiver does: it returns nil if the header is a signature
// of the body under the secret, made within tolerance of now. Parts of the
// header that it does not know are left alone.
func Verify(secret []byte, header string, body []byte, now time.Time, tolerance time.Duration) error {
	var t string
	var sums []string
	for part := range strings.SplitSeq(header, ",") {
		switch name, v, _ := strings.Cut(part, "="); name {
		case "t":
			t = v
		case "v1":
			sums = append(sums, v)
		}
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return fault.Invalid("signature", "the signature has no time")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age.Abs() > tolerance {
		return fault.Late("the signature was made at another time: %v ago", age)
	}
	want := mac(secret, t, body)
	for _, s := range sums {
		if got, err := hex.DecodeString(s); err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return fault.Denied("the signature is not of this body under this secret")
}
