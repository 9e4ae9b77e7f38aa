package serve

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/lang"
)

// most is how many addresses are counted apart; beyond, all others are as one.
const most = 100_000

// A limiter lets each address ask so many times a minute.
type limiter struct {
	mu     sync.Mutex
	minute time.Time
	n      map[string]int
}

// take counts one, and tells whether that was one too many.
func (l *limiter) take(from string, limit int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := now.Sub(l.minute); l.n == nil || d >= time.Minute || d < 0 {
		l.minute, l.n = now, map[string]int{}
	}
	if _, known := l.n[from]; !known && len(l.n) >= most {
		from = ""
	}
	l.n[from]++
	return l.n[from] > limit
}

// slowed lets an address try to sign in, and tell or ask what nobody has to
// sign in for, as often as the settings say. It stands behind front, which knows
// the address.
func slowed(c *conf.Config, next http.Handler) http.Handler {
	var tries, told limiter
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		over := false
		if r.Method == http.MethodPost {
			from, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				from = r.RemoteAddr
			}
			switch r.URL.Path {
			case "/sign-in/link", "/sign-in/passkey":
				over = tries.take(from, c.Limits.SignIn, db.Now())
			case "/tell", "/fate":
				over = told.take(from, c.Limits.Report, db.Now())
			}
		}
		if !over {
			next.ServeHTTP(w, r)
			return
		}
		words := lang.Match(r.Header.Get("Accept-Language"))
		h := w.Header()
		h.Set("Retry-After", "60")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Language", words.Tag)
		http.Error(w, words.T("serve.toomany"), http.StatusTooManyRequests)
	})
}
