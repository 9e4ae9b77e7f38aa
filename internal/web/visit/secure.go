package visit

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/web/look"
)

// Secure sets the headers that every answer carries. Nothing is kept by a
// cache unless its handler says so.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", look.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// ServeAsset answers a request for an asset and reports whether it was one. An
// asset's address names its content, so it may be kept for ever.
func ServeAsset(set *look.Set, w http.ResponseWriter, r *http.Request) bool {
	a, ok := set.Asset(r.URL.Path)
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Length", strconv.Itoa(len(a.Data)))
	w.Write(a.Data)
	return true
}

// cookieName is bound to this very host where the node is reached over TLS.
func (s *Site) cookieName() string {
	if s.secure() {
		return "__Host-heed"
	}
	return "heed"
}

// secure tells whether the node is reached over TLS.
func (s *Site) secure() bool { return strings.HasPrefix(s.H.URL(), "https://") }

// SetCookie gives the browser something to keep until a time; nothing ends it.
func (v *Visit) SetCookie(name, value string, until time.Time, sameSite http.SameSite) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: v.secure(), SameSite: sameSite}
	if value == "" {
		c.MaxAge = -1
	} else if !until.IsZero() {
		c.MaxAge = max(1, int(until.Sub(v.H.Now()).Seconds()))
	}
	http.SetCookie(v.W, c)
}

// KeepLanguage makes the browser remember a language.
func (v *Visit) KeepLanguage(tag string) {
	http.SetCookie(v.W, &http.Cookie{Name: "lang", Value: tag, Path: "/", HttpOnly: true, Secure: v.secure(), SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600})
}

// SetSession gives the browser its session.
func (v *Visit) SetSession(token string, until time.Time) {
	v.SetCookie(v.cookieName(), token, until, http.SameSiteLaxMode)
}

// SessionToken is what the browser proves its session with, "" for none.
func (v *Visit) SessionToken() string {
	c, err := v.R.Cookie(v.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}
