// Package visit is one request to Heed's pages while it is being answered: who
// asks, in which language, what they entered, and the ways to answer.
//
// A [Site] is a node with its pages. [Site.Answer] turns a function that takes a
// [Visit] into a handler; whatever error the function returns becomes a page,
// and somebody who is not signed in is asked to.
//
//	func board(v *visit.Visit) error {
//		b, err := v.H.Board(v.R.Context(), v.Who)
//		…
//		f, err := v.Frame(look.Frame{Title: v.Words.T("board.title")})
//		return v.Show("board", page.Board{Frame: f, …})
//	}
//
// A form is read into the visit, field by field; each question that was not
// answered rightly is noted beside its field, and the form is shown again with
// everything that was entered ([Visit.Again]). What succeeded redirects, so
// that reloading repeats nothing. [Secure] sets what every answer carries.
//
// It trusts the node for what may be shown and done, and decides nothing.
package visit

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// A Site is a node with its pages.
type Site struct {
	H     *heed.Heed
	Set   *look.Set
	Log   *slog.Logger // nil: what fails is not logged
	Speed int          // how many times faster than life an exercise runs
}

// A Visit is one request while it is being answered.
type Visit struct {
	*Site
	W     http.ResponseWriter
	R     *http.Request
	Who   heed.Who
	Words *look.Words
	Form  look.Form
	Code  int // of the answer, where it is not 200

	notYet, asked string // that the pages are not in the reader's language yet, said in it
}

const largestForm = 1 << 20

// Answer turns a function into a handler.
func (s *Site) Answer(f func(*Visit) error) http.HandlerFunc {
	answer := s.AnswerFiles(f)
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		answer(w, r)
	}
}

// AnswerFiles is Answer for forms that carry files, of any size: the function
// reads them as they come.
func (s *Site) AnswerFiles(f func(*Visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &Visit{Site: s, W: w, R: r}
		c := v.catalog()
		v.Words = s.Set.Words(c.Tag)
		v.notYet, v.asked = c.Notice()
		v.R = r.WithContext(heed.Speaking(r.Context(), v.Words.Tag))
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
func (v *Visit) whoIs() error {
	c, err := v.R.Cookie(v.cookieName())
	if err != nil {
		return nil
	}
	who, _, err := v.H.Session(v.R.Context(), c.Value)
	if fault.KindOf(err) == fault.KindDenied {
		return nil
	}
	v.Who = who
	return err
}

// catalog is that of the language chosen on this browser, else the best for it.
func (v *Visit) catalog() *lang.Catalog {
	if c, err := v.R.Cookie("lang"); err == nil {
		return lang.For(c.Value)
	}
	return lang.Match(v.R.Header.Get("Accept-Language"))
}

// Frame asks the node for what stands around every page.
func (v *Visit) Frame(f look.Frame) (look.Frame, error) {
	st, err := v.H.Standing(v.R.Context(), v.Who)
	if err != nil {
		return f, err
	}
	entry := f.Record.Entry
	if entry == 0 {
		entry = -1
	}
	f.Words, f.Path, f.Form = v.Words, v.R.URL.RequestURI(), v.Form
	f.NotYet, f.Asked = v.notYet, v.asked
	f.User, f.May, f.LateMine = st.Person, st.May, st.LateMine
	f.Agency, f.Exercise, f.Now, f.Speed = st.Agency, st.Exercise, st.Now, v.Speed
	f.Record = look.Place{Origin: st.Origin, Root: base64Of(st.Root), Size: st.Size, At: st.CheckpointAt, Witnesses: st.Witnesses, Entry: entry}
	if st.Person.ID != "" {
		for _, a := range st.Alarms {
			f.Alarms = append(f.Alarms, look.Alarm{Kind: a.Kind, Name: a.Name, At: a.At, Size: a.Size, Detail: a.Detail})
		}
	}
	if v.R.Method == http.MethodPost { // a form shown again: its language links lead to the empty one
		f.Path = v.R.URL.Path
	}
	if done := v.R.URL.Query().Get("done"); done != "" && f.Notice == "" && v.Form.Errors == nil {
		f.Notice = v.Words.Done(done, reference(v.R.URL.Query().Get("of")))
	}
	return f, nil
}

// Show draws a page.
func (v *Visit) Show(name string, p any) error {
	h := v.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Words.Tag)
	if v.Code != 0 {
		v.W.WriteHeader(v.Code)
	}
	return v.Set.Render(v.W, v.Words.Tag, name, p)
}

// CSV answers with a table.
func (v *Visit) CSV(name string, t look.Table) error {
	v.Attach(name+".csv", "text/csv; charset=utf-8")
	return t.WriteCSV(v.W)
}

// Tables gives each table of a page an address of its own below the page's, and
// answers one of them where the address asks for it.
func (v *Visit) Tables(page string, tables ...*look.Table) (answered bool, err error) {
	name, asked := strings.CutSuffix(v.R.PathValue("table"), ".csv")
	for _, t := range tables {
		t.CSV = page + "/" + t.ID + ".csv"
		if asked && name == t.ID {
			return true, v.CSV(name, *t)
		}
	}
	if v.R.PathValue("table") != "" {
		return true, fault.NotFound("there is no table %s on this page", v.R.PathValue("table"))
	}
	return false, nil
}

// Attach makes the answer a file to be kept.
func (v *Visit) Attach(name, kind string) {
	v.W.Header().Set("Content-Type", kind)
	v.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// WantsCSV tells whether the address asks for the list as CSV.
func (v *Visit) WantsCSV() bool { return strings.HasSuffix(v.R.URL.Path, ".csv") }

// Challenge answers the script that speaks with the reader's device.
func (v *Visit) Challenge(options []byte, state string, err error) error {
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.W).Encode(struct {
		State   string          `json:"state"`
		Options json.RawMessage `json:"options"`
	}{state, options})
}

// Done redirects to a page on which a notice says what was done.
func (v *Visit) Done(to, what, of string) error {
	q := url.Values{"done": {what}}
	if of != "" {
		q.Set("of", of)
	}
	return v.Redirect(to + "?" + q.Encode())
}

// Redirect sends the browser on.
func (v *Visit) Redirect(to string) error {
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	return nil
}

// Again shows a form once more with what was wrong. What is not the form's
// fault is returned.
func (v *Visit) Again(err error, show func(*Visit) error) error { return v.AgainAs(err, show) }

// typed matches a command, or a flag of one.
var typed = regexp.MustCompile(`(^|[ (:])(heed [a-z]|--[a-z])`)

// hintOf is the hint of a fault, if it is one for who looks at a page: commands
// and their flags are for those who type.
func hintOf(err error) string {
	hint := fault.Hint(err)
	if typed.MatchString(hint) {
		return ""
	}
	return hint
}

// AgainAs is Again where the form calls fields otherwise than the fault does:
// pairs are the fault's name and the form's.
func (v *Visit) AgainAs(err error, show func(*Visit) error, pairs ...string) error {
	switch fault.KindOf(err) {
	case fault.KindInvalid, fault.KindExists, fault.KindStale, fault.KindLate:
	default:
		return err
	}
	text, tag := fault.Said(err), "en" // faults are said in English
	if hint := hintOf(err); hint != "" {
		text += " — " + hint
	}
	field := fault.Field(err)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == field {
			field = pairs[i+1]
			break
		}
	}
	v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: field, Text: text, Lang: tag})
	return v.Wrong(show)
}

// Wrong shows a form that was not filled in rightly.
func (v *Visit) Wrong(show func(*Visit) error) error {
	v.Code = http.StatusUnprocessableEntity
	return show(v)
}

// fail shows what went wrong as a page. Who is not signed in is asked to, and is
// not told whether what they asked for is there.
func (v *Visit) fail(err error) {
	code := statusOf(err)
	hidden := code == http.StatusForbidden || code == http.StatusNotFound && v.R.Pattern != "/"
	if hidden && v.Who.Person == "" && v.R.Method == http.MethodGet {
		http.Redirect(v.W, v.R, "/sign-in?back="+url.QueryEscape(v.R.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	p := page.Failure{Status: code, What: err.Error(), Hint: hintOf(err)}
	if code == http.StatusInternalServerError {
		p.What, p.Trace = "", rand.Text()[:8]
		if v.Log != nil {
			v.Log.ErrorContext(v.R.Context(), "a page failed", "path", v.R.URL.Path, "trace", p.Trace, "error", err)
		}
	}
	v.Form, v.Code = look.Form{}, code
	f := look.Frame{Title: v.Words.Failure(code)}
	if p.Frame, err = v.Frame(f); err != nil {
		f.Words = v.Words
		p.Frame = f
	}
	if err := v.Show("failure", p); err != nil && v.Log != nil {
		v.Log.ErrorContext(v.R.Context(), "a page of a failure failed", "error", err)
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
