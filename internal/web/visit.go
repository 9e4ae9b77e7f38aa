package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// A visit is one request while it is being answered.
type visit struct {
	*site
	w     http.ResponseWriter
	r     *http.Request
	who   heed.Who
	words *look.Words
	form  look.Form
	code  int // of the answer, where it is not 200
}

const largestForm = 1 << 20

// answer turns a method into a handler: it finds out who asks and in which
// language, and shows what failed as a page.
func (s *site) answer(f func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		v := &visit{site: s, w: w, r: r}
		v.words = s.set.Words(v.language())
		v.r = r.WithContext(heed.Speaking(r.Context(), v.words.Tag))
		err := v.whoIs()
		if err == nil {
			err = f(v)
		}
		if err != nil {
			v.fail(err)
		}
	}
}

// whoIs finds the person whose session the cookie proves. A session that has
// ended is nobody's.
func (v *visit) whoIs() error {
	c, err := v.r.Cookie(v.cookieName())
	if err != nil {
		return nil
	}
	who, _, err := v.h.Session(v.r.Context(), c.Value)
	if fault.KindOf(err) == fault.KindDenied {
		return nil
	}
	v.who = who
	return err
}

// language is the one chosen on this browser, else the best for it.
func (v *visit) language() string {
	if c, err := v.r.Cookie("lang"); err == nil {
		return lang.For(c.Value).Tag
	}
	return lang.Match(v.r.Header.Get("Accept-Language")).Tag
}

// frame asks the node for what stands around every page.
func (v *visit) frame(f look.Frame) (look.Frame, error) {
	st, err := v.h.Standing(v.r.Context(), v.who)
	if err != nil {
		return f, err
	}
	entry := f.Record.Entry
	if entry == 0 {
		entry = -1
	}
	f.Words, f.Path, f.Form = v.words, v.r.URL.RequestURI(), v.form
	f.User, f.May, f.LateMine = st.Person, st.May, st.LateMine
	f.Agency, f.Exercise, f.Now, f.Speed = st.Agency, st.Exercise, st.Now, v.speed
	f.Record = look.Place{Origin: st.Origin, Root: base64Of(st.Root), Size: st.Size, At: st.CheckpointAt, Witnesses: st.Witnesses, Entry: entry}
	if st.Person.ID != "" {
		for _, a := range st.Alarms {
			f.Alarms = append(f.Alarms, look.Alarm{Kind: a.Kind, Name: a.Name, At: a.At, Size: a.Size, Detail: a.Detail})
		}
	}
	if v.r.Method == http.MethodPost { // a form shown again: its language links lead to the empty one
		f.Path = v.r.URL.Path
	}
	if done := v.r.URL.Query().Get("done"); done != "" && f.Notice == "" && v.form.Errors == nil {
		f.Notice = v.words.Done(done, reference(v.r.URL.Query().Get("of")))
	}
	return f, nil
}

// show draws a page.
func (v *visit) show(name string, p any) error {
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.words.Tag)
	if v.code != 0 {
		v.w.WriteHeader(v.code)
	}
	return v.set.Render(v.w, v.words.Tag, name, p)
}

// csv answers with a table.
func (v *visit) csv(name string, t look.Table) error {
	v.attach(name+".csv", "text/csv; charset=utf-8")
	return t.WriteCSV(v.w)
}

// attach makes the answer a file to be kept.
func (v *visit) attach(name, kind string) {
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// wantsCSV tells whether the address asks for the list as CSV.
func (v *visit) wantsCSV() bool { return strings.HasSuffix(v.r.URL.Path, ".csv") }

// done redirects to a page on which a notice says what was done.
func (v *visit) done(to, what, of string) error {
	q := url.Values{"done": {what}}
	if of != "" {
		q.Set("of", of)
	}
	return v.redirect(to + "?" + q.Encode())
}

func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// again shows a form once more with what was wrong. What is not the form's
// fault is returned.
func (v *visit) again(err error, show func() error) error {
	switch fault.KindOf(err) {
	case fault.KindInvalid, fault.KindExists, fault.KindStale, fault.KindLate:
	default:
		return err
	}
	text := err.Error()
	if hint := fault.Hint(err); hint != "" {
		text += " — " + hint
	}
	v.form.Errors = append(v.form.Errors, look.FieldError{Field: fault.Field(err), Text: text})
	return v.wrong(show)
}

// wrong shows a form that was not filled in rightly.
func (v *visit) wrong(show func() error) error {
	v.code = http.StatusUnprocessableEntity
	return show()
}

func (v *visit) nothingHere() error {
	return fault.NotFound("there is no page %s", v.r.URL.Path)
}

func (v *visit) otherOrigin() error {
	return fault.Denied("this form was sent from another site")
}

// fail shows what went wrong as a page. Who is not signed in is asked to.
func (v *visit) fail(err error) {
	code := statusOf(err)
	if code == http.StatusForbidden && v.who.Person == "" && v.r.Method == http.MethodGet {
		http.Redirect(v.w, v.r, "/sign-in?back="+url.QueryEscape(v.r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	p := page.Failure{Status: code, What: err.Error(), Hint: fault.Hint(err)}
	if code == http.StatusInternalServerError {
		p.What, p.Trace = "", rand.Text()[:8]
		if v.log != nil {
			v.log.ErrorContext(v.r.Context(), "a page failed", "path", v.r.URL.Path, "trace", p.Trace, "error", err)
		}
	}
	v.form, v.code = look.Form{}, code
	f := look.Frame{Title: v.words.Failure(code)}
	if p.Frame, err = v.frame(f); err != nil {
		f.Words = v.words
		p.Frame = f
	}
	if err := v.show("failure", p); err != nil && v.log != nil {
		v.log.ErrorContext(v.r.Context(), "a page of a failure failed", "error", err)
	}
}

// reference is what an address says was done to, if it can be one: nobody puts
// words into our mouth.
func reference(of string) string {
	if look.Href(of) == "" {
		return ""
	}
	return of
}

func statusOf(err error) int {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusBadRequest
	}
	switch fault.KindOf(err) {
	case fault.KindNotFound:
		return http.StatusNotFound
	case fault.KindExists, fault.KindStale, fault.KindLate:
		return http.StatusConflict
	case fault.KindInvalid:
		return http.StatusBadRequest
	case fault.KindDenied:
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}
