package web

import (
	"net/http"
	"strconv"

	"github.com/heed-project/heed/internal/web/look"
)

// secure sets the headers that every answer carries. Nothing is kept by a
// cache unless its handler says so.
func secure(next http.Handler) http.Handler {
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

// serveAsset answers a request for an asset and reports whether it was one. An
// asset's address names its content, so it may be kept for ever.
func serveAsset(set *look.Set, w http.ResponseWriter, r *http.Request) bool {
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
