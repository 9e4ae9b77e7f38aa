// Package web is the face that people see in a browser: pages rendered on the
// server, which need no script and print as they look.
//
// [New] makes the handler of a node. The table in routes.go is the map of the
// product: each line is an address, and the function that answers it stands in
// the file named after its noun; people, settings, sign-in and the record's own
// pages are in package office. A function asks the node what it may show, fills
// the page's struct, and draws it; a form posts, and on success redirects, on
// failure shows itself again with what was entered and what was wrong.
//
//	pages, err := web.New(h, web.Options{Log: log})
//	mux.Handle("/", pages)
//
// What every answer carries is set by visit.Secure: a content security policy
// under which nothing inline runs, no caching, no referrer. A post from another
// origin is refused (http.CrossOriginProtection). The session is a cookie that
// scripts cannot read. Pages for people who report without signing in are
// plain: no script, neutral titles, a way to leave.
//
// It decides nothing about access: whatever it shows or does goes through a
// method of heed.Heed, which does. It trusts the node's answers and html/template's
// escaping.
package web

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// Options say what a site is given besides its node.
type Options struct {
	Log   *slog.Logger // nil: what fails is not logged
	Speed int          // how many times faster than life an exercise runs, 0 for its own time
}

// New returns the handler of a node's pages.
func New(h *heed.Heed, o Options) (http.Handler, error) {
	set, err := page.Templates()
	if err != nil {
		return nil, err
	}
	s := &visit.Site{H: h, Set: set, Log: o.Log, Speed: o.Speed}
	mux := http.NewServeMux()
	for _, r := range routes {
		answer := s.Answer
		if r.files {
			answer = s.AnswerFiles
		}
		mux.HandleFunc(r.Pattern, answer(r.answer))
	}
	mux.HandleFunc("/", s.Answer(nothingHere))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.Answer(otherOrigin))
	guarded := guard.Handler(mux)
	return visit.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.HasPrefix(r.URL.Path, "/assets/") && visit.ServeAsset(set, w, r) {
			return
		}
		guarded.ServeHTTP(w, r)
	})), nil
}

func nothingHere(v *visit.Visit) error {
	return fault.NotFound("there is no page %s", v.R.URL.Path)
}

func otherOrigin(*visit.Visit) error {
	return fault.Denied("this form was sent from another site")
}

// Routes returns every address that the pages answer, as a pattern with its
// method.
func Routes() []string {
	out := make([]string, len(routes))
	for i, r := range routes {
		out[i] = r.Pattern
	}
	return out
}
