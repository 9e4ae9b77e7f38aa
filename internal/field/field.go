// Package field is the face that people in the field see, through the client
// they have already: ODK Collect, KoBoCollect, Enketo, or anything else that
// speaks OpenRosa 1.0.
//
//	f := field.New(h, conf, log)
//	for _, p := range field.Paths() {
//		mux.Handle(p, f)
//	}
//
// The server address that a client is given is that of the node; the client
// then signs in with the name and password of a field account (HTTP digest).
// Or it is ADDRESS/v1/key/TOKEN, as ODK Central has it, with an API token that
// may write; then it needs no password. Both stand for a person: a report that
// comes this way is theirs.
//
// What it serves, below each of the two:
//
//	GET  /formList             the report form, as OpenRosa lists forms
//	GET  /forms/<id>           the form as an ODK XForm
//	GET  /forms/<id>/manifest  its media: none
//	HEAD /submission           where to send, and how much at once
//	POST /submission           a report, with its pictures and recordings
//
// The answer to a report shows its receipt. A report that is sent again is the
// same report, because the client's own number of it is kept as a digest;
// files that come later are added to it. What is refused says why in the words
// of OpenRosa's answer, which the client shows.
//
// A token in an address is a secret in a place where secrets do not belong, and
// kept there because clients know no better. So it is never logged, answers may
// not be stored, and no page is linked from here. Digest protects the password
// and not the body: serve this over TLS.
//
// Sources: OpenRosa 1.0 (form discovery, submission, authentication), RFC 7616.
package field

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/openrosa"
)

// Paths are the patterns under which the face is to be served.
func Paths() []string {
	return []string{"/formList", "/forms/", "/submission", "/v1/key/"}
}

// face serves field clients.
type face struct {
	h       *heed.Heed
	base    string // the address of the node
	biggest int64  // bytes of a submission
	log     *slog.Logger
	tries   *limiter // requests without a good credential, by address
	reports *limiter // submissions, by person
	from    func(*http.Request) string
}

// New returns what serves the paths of [Paths].
func New(h *heed.Heed, c *conf.Config, log *slog.Logger) http.Handler {
	f := &face{h: h, base: strings.TrimSuffix(c.URL, "/"), biggest: int64(c.Limits.Upload) << 20, log: log,
		tries: newLimiter(max(c.Limits.SignIn, 1)), reports: newLimiter(max(c.Limits.Report, 1)), from: sender(c)}
	mux := http.NewServeMux()
	for prefix, who := range map[string]identify{"": f.byDigest, "/v1/key/{token}": f.byToken} {
		mux.HandleFunc("GET "+prefix+"/formList", f.served(who, f.list))
		mux.HandleFunc("GET "+prefix+"/forms/{id}", f.served(who, f.form))
		mux.HandleFunc("GET "+prefix+"/forms/{id}/manifest", f.served(who, f.manifest))
		mux.HandleFunc("HEAD "+prefix+"/submission", f.served(who, f.where))
		mux.HandleFunc("POST "+prefix+"/submission", f.served(who, f.submit))
	}
	return mux
}

// request is a request of somebody who is known.
type request struct {
	*http.Request
	who  heed.Who
	base string // the address under which the client knows this server
}

// identify finds out who asks. If it returns false, it has answered.
type identify func(w http.ResponseWriter, r *http.Request) (request, bool)

// served answers a request of somebody who is known, with the headers of
// OpenRosa.
func (f *face) served(who identify, answer func(http.ResponseWriter, request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-OpenRosa-Version", openrosa.Version)
		h.Set("X-OpenRosa-Accept-Content-Length", strconv.FormatInt(f.biggest, 10))
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		if in, ok := who(w, r); ok {
			answer(w, in)
		}
	}
}

// byDigest asks for the name and password of a field account.
func (f *face) byDigest(w http.ResponseWriter, r *http.Request) (request, bool) {
	header, from := r.Header.Get("Authorization"), f.from(r)
	if header == "" {
		f.challenge(w, false)
		return request{}, false
	}
	if !f.tries.allows(from, db.Now()) {
		f.tooMany(w)
		return request{}, false
	}
	who, err := f.h.FieldSignIn(r.Context(), header, r.Method, r.RequestURI)
	switch fault.KindOf(err) {
	case fault.KindStale:
		f.challenge(w, true)
		return request{}, false
	case fault.KindDenied, fault.KindInvalid:
		f.tries.count(from, db.Now())
		f.challenge(w, false)
		return request{}, false
	}
	if err != nil {
		f.broken(w, r, err)
		return request{}, false
	}
	return request{r, who, f.base}, true
}

// byToken reads the token in the address.
func (f *face) byToken(w http.ResponseWriter, r *http.Request) (request, bool) {
	token, from := r.PathValue("token"), f.from(r)
	if !f.tries.allows(from, db.Now()) {
		f.tooMany(w)
		return request{}, false
	}
	who, _, err := f.h.ByToken(r.Context(), token, heed.Client{Address: from})
	if fault.KindOf(err) == fault.KindDenied {
		f.tries.count(from, db.Now())
		f.say(w, http.StatusUnauthorized, "submit_error", "The address holds no token that is in force. Ask for a new one.")
		return request{}, false
	}
	if err != nil {
		f.broken(w, r, err)
		return request{}, false
	}
	who.Via = "field"
	return request{r, who, f.base + "/v1/key/" + token}, true
}

// challenge asks the client who it is.
func (f *face) challenge(w http.ResponseWriter, stale bool) {
	for _, c := range f.h.FieldChallenges(stale) {
		w.Header().Add("WWW-Authenticate", c)
	}
	f.say(w, http.StatusUnauthorized, "submit_error", "Sign in with the name and password of your field account.")
}

func (f *face) tooMany(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	f.say(w, http.StatusTooManyRequests, "submit_error", "Too many at once. Wait a minute and try again.")
}

// say answers with a message that the client shows.
func (f *face) say(w http.ResponseWriter, status int, nature, message string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	w.Write(openrosa.Response(nature, message))
}

// broken logs what went wrong here, without the address that was asked for,
// and tells no more than that.
func (f *face) broken(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		f.log.Error("serve a field client", "error", err)
	}
	f.say(w, http.StatusInternalServerError, "submit_error", "The server cannot do this just now. Nothing is lost: try again later.")
}

// failed answers with what a person can do something about.
func (f *face) failed(w http.ResponseWriter, r *http.Request, err error) {
	status, ok := map[fault.Kind]int{fault.KindInvalid: 400, fault.KindDenied: 403, fault.KindNotFound: 404, fault.KindExists: 409, fault.KindStale: 409}[fault.KindOf(err)]
	if !ok {
		f.broken(w, r, err)
		return
	}
	f.say(w, status, "submit_error", err.Error())
}
