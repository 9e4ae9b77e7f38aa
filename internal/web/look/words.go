package look

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/geo"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/lang"
)

// Words says things in one language. All times are told in UTC.
type Words struct{ *lang.Catalog }

// NewWords returns the words of a language, or English where it has none.
func NewWords(tag string) *Words { return &Words{lang.For(tag)} }

// T returns the message web.key with {0}, {1}… replaced. In a language that
// reads from right to left each argument is isolated, so that a number or a
// reference keeps its own direction; what is itself made of isolated parts
// reads on with the sentence.
func (w *Words) T(key string, args ...any) string {
	s, ok := w.message(key)
	if !ok {
		return "⟦" + key + "⟧"
	}
	return w.fill(s, args)
}

func (w *Words) message(key string) (string, bool) { return lang.Lookup(w.Tag, "web."+key) }

func (w *Words) fill(s string, args []any) string {
	if len(args) == 0 {
		return s
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		v := ""
		switch n := a.(type) {
		case int:
			v = w.Num(int64(n))
		case int64:
			v = w.Num(n)
		default:
			v = fmt.Sprint(a)
		}
		if !strings.ContainsRune(v, isolate) {
			v = w.Isolate(v)
		}
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

const isolate = '\u2068' // FIRST STRONG ISOLATE

// N returns the form of a message that fits the number, which is also {0}.
func (w *Words) N(key string, n int64, args ...any) string {
	return w.Catalog.N("web."+key, n, args...)
}

// Dec writes a measured number, with one decimal where it is small.
func (w *Words) Dec(f float64) string {
	if f == math.Trunc(f) || math.Abs(f) >= 100 {
		return w.Catalog.Dec(f, 0)
	}
	return w.Catalog.Dec(f, 1)
}

// Day writes a date: "19 November 2026".
func (w *Words) Day(t time.Time) string { return w.Catalog.Day(t.UTC()) }

// When writes a date and a time of day: "19 November 2026, 14:05 UTC".
func (w *Words) When(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return w.T("datetime", w.Day(t), w.T("clock", t.UTC().Format("15:04")))
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
	if c, ok := events.CountryByISO3(code); ok {
		return c.Name(w.Tag)
	}
	return code
}

// Word is the message prefix+value, or the value itself where it is a word that
// somebody else made up: the role of a protocol, the outcome of a data set.
func (w *Words) Word(prefix, value string) string {
	if s, ok := w.message(prefix + value); ok {
		return s
	}
	return value
}

// Role names a role. The key of one that a protocol made up is made readable.
func (w *Words) Role(role string) string {
	name := w.Word("role.", role)
	if name == role && name != "" {
		name = strings.ReplaceAll(strings.ToUpper(name[:1])+name[1:], "-", " ")
	}
	return name
}

// Allowed says a time that a protocol allows ("2 working days") in the language.
func (w *Words) Allowed(s string) string {
	count, unit, _ := strings.Cut(s, " ")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		return s
	}
	key := "allowed." + strings.ReplaceAll(strings.TrimSuffix(unit, "s"), " ", "-")
	if _, ok := w.message(key); !ok {
		return s
	}
	return w.N(key, n)
}

// Factor names a risk factor, in the language or as it is given.
func (w *Words) Factor(n int, name string) string {
	if s, ok := w.message("factor." + strconv.Itoa(n)); ok {
		return s
	}
	return name
}

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

// Change says how a level moved: "up from 3".
func (w *Words) Change(now, before int) string {
	switch {
	case before == 0 || now == before:
		return ""
	case now > before:
		return w.T("level.up", before)
	}
	return w.T("level.down", before)
}

// Kind says in words what an entry of a kind records.
func (w *Words) Kind(kind string) string { return w.Word("kind.", kind) }

// Said returns a text, or says why there is none to read.
func (w *Words) Said(t Text) string {
	if t.State != "" {
		return w.T("text." + t.State)
	}
	return t.Body
}

// What the node says by itself: something with a name, and words that say why
// they are not there.
type (
	Ref   = heed.Ref
	Text  = heed.Text
	Range = heed.Range // of which -1 is not known
)

// Done says what was just done, "" for a word that it does not know.
func (w *Words) Done(what, of string) string {
	s, ok := w.message("done." + what)
	if !ok {
		return ""
	}
	return w.fill(s, []any{of})
}

// Failure is the title of the page of a failure.
func (w *Words) Failure(status int) string { return w.T("failure." + strconv.Itoa(status)) }

// Compare orders two words as the language's alphabet does.
func (w *Words) Compare(a, b string) int {
	return collate.New(language.Make(w.Tag)).CompareString(a, b)
}

// Sort puts options into the language's alphabetical order.
func (w *Words) Sort(options []Option) {
	c := collate.New(language.Make(w.Tag))
	slices.SortFunc(options, func(a, b Option) int { return c.CompareString(a.Text, b.Text) })
}
