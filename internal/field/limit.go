package field

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/conf"
)

// A limiter counts by key and lets so many a minute pass. What it counts is
// not kept: a process that starts anew begins at none.
type limiter struct {
	mu     sync.Mutex
	most   int
	minute time.Time
	n      map[string]int
}

func newLimiter(most int) *limiter { return &limiter{most: most, n: map[string]int{}} }

// at begins a new minute.
func (l *limiter) at(now time.Time) {
	if d := now.Sub(l.minute); d >= time.Minute || d < 0 {
		l.minute = now
		clear(l.n)
	}
}

// allows tells whether there may be one more.
func (l *limiter) allows(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at(now)
	return l.n[key] < l.most
}

// count counts one.
func (l *limiter) count(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at(now)
	l.n[key]++
}

// sender returns what tells the network address that a request comes from:
// behind trusted proxies, the last address that they did not add themselves.
func sender(c *conf.Config) func(*http.Request) string {
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(c.Proxy.Trusted, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	return func(r *http.Request) string {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for {
			a, err := netip.ParseAddr(host)
			if err != nil || !trusted(a) || len(hops) == 0 {
				return host
			}
			next := strings.TrimSpace(hops[len(hops)-1])
			hops = hops[:len(hops)-1]
			if _, err := netip.ParseAddr(next); err != nil {
				return host
			}
			host = next
		}
	}
}
