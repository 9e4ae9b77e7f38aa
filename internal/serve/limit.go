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

// over tells whether an address has reached its limit, and counts nothing.
func (l *limiter) over(from string, limit int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := now.Sub(l.minute)
	return d >= 0 && d < time.Minute && l.n[l.counted(from)] >= limit
}

// take counts one, and tells whether that was one too many.
func (l *limiter) take(from string, limit int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := now.Sub(l.minute); l.n == nil || d >= time.Minute || d < 0 {
		l.minute, l.n = now, map[string]int{}
	}
	from = l.counted(from)
	l.n[from]++
	return l.n[from] > limit
}

// counted is the name under which an address is counted.
func (l *limiter) counted(from string) string {
	if _, known := l.n[from]; !known && len(l.n) >= most {
		return ""
	}
	return from
}

// mostStrange is how many refused requests for a hand-over an address may make
// in a minute before no more of it are looked at.
const mostStrange = 60

// slowestPart is how long the body of one request may take to come.
const slowestPart = 10 * time.Minute

// strangers stops looking at an address that is refused again and again: what a
// peer sends is signed, and to find out that something is not costs more than to
// send it.
func strangers(next http.Handler) http.Handler {
	var refused limiter
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			from = r.RemoteAddr
		}
		if refused.over(from, mostStrange, db.Now()) {
			w.Header().Set("Retry-After", "60")
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "too many requests from here were refused: wait a minute", http.StatusTooManyRequests)
			return
		}
		// Who is slower than this is no peer that sends a part. Where there is no
		// connection, as in a test, there is nothing to wait for.
		_ = http.NewResponseController(w).SetReadDeadline(db.Now().Add(slowestPart))
		said := &status{ResponseWriter: w}
		next.ServeHTTP(said, r)
		if said.code == http.StatusForbidden {
			refused.take(from, mostStrange, db.Now())
		}
	})
}

// status remembers the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

// Unwrap lets http.ResponseController reach what is below.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// WriteHeader remembers.
func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
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
