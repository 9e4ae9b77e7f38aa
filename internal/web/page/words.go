package page

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/heed-project/heed/internal/geo"
)

// Tags are the languages that the pages are complete in.
var tags = []string{"en", "fr", "ar"}

// Tags returns the languages that the pages are complete in.
func Tags() []string { return slices.Clone(tags) }

// A Lookup returns the text of a message key in a language, or false.
type Lookup func(tag, key string) (string, bool)

// Words says things in one language. All times are told in UTC.
type Words struct {
	Tag, Dir string
	lookup   Lookup
	regions  display.Namer
}

// NewWords returns the words of a language of [Tags].
func NewWords(tag string, lookup Lookup) *Words {
	w := &Words{Tag: tag, Dir: "ltr", lookup: lookup, regions: display.Regions(language.Make(tag))}
	if tag == "ar" {
		w.Dir = "rtl"
	}
	return w
}

// T returns the message web.key with {0}, {1}… replaced. In a language that
// reads from right to left each argument is isolated, so that a number or a
// reference keeps its own direction.
func (w *Words) T(key string, args ...any) string {
	s, ok := w.lookup(w.Tag, "web."+key)
	if !ok {
		return "⟦" + key + "⟧"
	}
	return w.fill(s, args)
}

func (w *Words) fill(s string, args []any) string {
	for i, a := range args {
		v := fmt.Sprint(a)
		switch n := a.(type) {
		case int:
			v = w.Num(int64(n))
		case int64:
			v = w.Num(n)
		}
		if w.Dir == "rtl" {
			v = "\u2068" + v + "\u2069"
		}
		s = strings.ReplaceAll(s, "{"+strconv.Itoa(i)+"}", v)
	}
	return s
}

// N returns the form of a message that fits the number, which is also its
// first argument. Forms are written "one:…|two:…|few:…|many:…|other:…"; a form
// "zero:…" is taken for none in every language.
func (w *Words) N(key string, n int64, args ...any) string {
	s, ok := w.lookup(w.Tag, "web."+key)
	if !ok {
		return "⟦" + key + "⟧"
	}
	want, chosen := w.category(n), ""
	for form := range strings.SplitSeq(s, "|") {
		name, text, _ := strings.Cut(form, ":")
		switch {
		case name == "zero" && n == 0:
			return w.fill(text, append([]any{n}, args...))
		case name == want || name == "other" && chosen == "":
			chosen = text
		}
	}
	return w.fill(chosen, append([]any{n}, args...))
}

// category is the Unicode CLDR plural category of a whole number.
func (w *Words) category(n int64) string {
	switch w.Tag {
	case "fr":
		if n == 0 || n == 1 {
			return "one"
		}
	case "ar":
		switch h := n % 100; {
		case n <= 2:
			return [...]string{"zero", "one", "two"}[n]
		case h >= 3 && h <= 10:
			return "few"
		case h >= 11:
			return "many"
		}
	default:
		if n == 1 {
			return "one"
		}
	}
	return "other"
}

// Num writes a whole number with narrow spaces between thousands.
func (w *Words) Num(n int64) string {
	s := strconv.FormatInt(n, 10)
	stop := 0
	if n < 0 {
		stop = 1
	}
	for i := len(s) - 3; i > stop; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// Dec writes a measured number with at most one decimal.
func (w *Words) Dec(f float64) string {
	if f == math.Trunc(f) || math.Abs(f) >= 100 {
		return w.Num(int64(math.Round(f)))
	}
	s := strconv.FormatFloat(f, 'f', 1, 64)
	if w.Tag == "fr" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Day writes a date: "19 November 2026".
func (w *Words) Day(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	t = t.UTC()
	return w.T("date", t.Day(), w.T("month."+strconv.Itoa(int(t.Month()))), strconv.Itoa(t.Year()))
}

// Month writes a month: "November 2026".
func (w *Words) Month(t time.Time) string {
	return w.T("monthyear", w.T("month."+strconv.Itoa(int(t.Month()))), strconv.Itoa(t.Year()))
}

// When writes a date and a time of day: "19 November 2026, 14:05 UTC".
func (w *Words) When(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return w.T("datetime", w.Day(t), t.UTC().Format("15:04"))
}

// Stamp is When marked up with the machine's form.
func (w *Words) Stamp(t time.Time) template.HTML { return w.stamp(t, w.When(t)) }

// TwoLines is Stamp for a narrow column: the day, and the time beneath it.
func (w *Words) TwoLines(t time.Time) template.HTML {
	if t.IsZero() {
		return "—"
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `"><span>` + template.HTMLEscapeString(w.Day(t)) +
		`</span><small>` + template.HTMLEscapeString(w.T("clock", t.UTC().Format("15:04"))) + `</small></time>`)
}

// Date is Day marked up with the machine's form.
func (w *Words) Date(t time.Time) template.HTML { return w.stamp(t, w.Day(t)) }

func (w *Words) stamp(t time.Time, text string) template.HTML {
	if t.IsZero() {
		return "—"
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + template.HTMLEscapeString(text) + `</time>`)
}

// Span writes a length of time in its two largest units: "2 d 4 h".
func (w *Words) Span(d time.Duration) string {
	d = d.Abs()
	days, hours, minutes := int64(d/(24*time.Hour)), int64(d/time.Hour)%24, int64(d/time.Minute)%60
	switch {
	case days >= 10 || days > 0 && hours == 0:
		return w.T("span.d", days)
	case days > 0:
		return w.T("span.d", days) + " " + w.T("span.h", hours)
	case hours >= 10 || hours > 0 && minutes == 0:
		return w.T("span.h", hours)
	case hours > 0:
		return w.T("span.h", hours) + " " + w.T("span.m", minutes)
	}
	return w.T("span.m", minutes)
}

// Left writes how long is left until due, or how long it has been late.
func (w *Words) Left(now, due time.Time) string {
	if due.IsZero() {
		return "—"
	}
	if now.After(due) {
		return w.T("left.late", w.Span(now.Sub(due)))
	}
	return w.T("left.ahead", w.Span(due.Sub(now)))
}

// Level writes a severity with its word: "4 High".
func (w *Words) Level(n int) string {
	if n < 0 || n > 5 {
		n = 0
	}
	return w.T("level." + strconv.Itoa(n))
}

// Country returns the name of a country, or of a state of the exercise.
func (w *Words) Country(code string) string {
	if code == "" {
		return "—"
	}
	if a, ok := geo.Exercise().Area(code); ok {
		return a.Name(w.Tag)
	}
	if code == "XKX" {
		code = "XK"
	}
	r, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if n := w.regions.Name(r); n != "" {
		return n
	}
	return code
}

// List joins names as the language lists them.
func (w *Words) List(names []string) string { return strings.Join(names, w.T("list.comma")) }

// Range writes an uncertain count: "12", "8–20", or that it is not known.
func (w *Words) Range(r Range) string {
	switch {
	case r.Low < 0 && r.High < 0:
		return w.T("unknown")
	case r.Low == r.High || r.High < 0:
		return w.Num(r.Low)
	}
	return w.Num(max(r.Low, 0)) + "–" + w.Num(r.High)
}

// Name returns a person's name, or says that it was erased.
func (w *Words) Name(r Ref) string {
	switch {
	case r.Name != "":
		return r.Name
	case r.ID != "":
		return w.T("erased.name", r.ID)
	}
	return "—"
}

// Days writes the days over which something happened.
func (w *Words) Days(from, to time.Time) string {
	switch {
	case to.IsZero() || w.Day(from) == w.Day(to):
		return w.Day(from)
	case from.IsZero():
		return w.Day(to)
	}
	return w.T("days", w.Day(from), w.Day(to))
}
