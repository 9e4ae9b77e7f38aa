package serve

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestForwardedIsBelievedOfTrustedProxiesOnly(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, x := range []struct{ peer, header, want string }{
		{"10.0.0.1:5", "203.0.113.9", "203.0.113.9:0"},
		{"10.0.0.1:5", "198.51.100.1, 203.0.113.9, 10.2.0.1", "203.0.113.9:0"}, // the first anybody can write
		{"192.0.2.7:5", "203.0.113.9", ""},
		{"10.0.0.1:5", "", ""},
		{"10.0.0.1:5", "nonsense", ""},
		{"[::ffff:10.0.0.1]:5", "2001:db8::1", "[2001:db8::1]:0"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = x.peer
		if x.header != "" {
			r.Header.Set("X-Forwarded-For", x.header)
		}
		if got := forwarded(r, trusted); got != x.want {
			t.Errorf("%s for %q: %q, want %q", x.peer, x.header, got, x.want)
		}
	}
}
