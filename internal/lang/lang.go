// Package lang says things in the six languages of the United Nations.
//
// Its words are files: catalog/<tag>/<part>.json holds the messages of one
// part (the pages, the mails) in one language, as a flat object of key and
// text, so that a translator can work on it without reading code. All parts of
// a language are read as one catalogue; a key that occurs twice is refused.
// All six are complete. Who asks for a language while it is not is answered in
// English and told so in his own.
//
//	c := lang.Match(r.Header.Get("Accept-Language"))
//	c.T("web.reports")
//	c.T("web.date", 19, c.T("web.month.11"), "2026") // {0} {1} {2}
//	c.N("web.duties.n", 3)                           // "3 duties"
//
// A text that depends on a number is written as its plural forms, those that
// the Unicode CLDR gives the language: "one:{0} duty|other:{0} duties". A form
// "zero:" is for none, in every language.
//
// In a language that is written from right to left every argument is put into
// a bidirectional isolate (Unicode UAX #9), so that a number, a reference or a
// name keeps its own direction. The package trusts its own files, which tests
// check: every key in every complete language, placeholders that agree, no key
// that nothing uses.
package lang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// A Language is one of the six.
type Language struct {
	Tag      string // BCP 47
	Name     string // as its speakers write it
	Dir      string // "ltr" or "rtl"
	Complete bool   // every message exists in it
}

var languages = []Language{
	{"en", "English", "ltr", true},
	{"fr", "Français", "ltr", true},
	{"ar", "العربية", "rtl", true},
	{"es", "Español", "ltr", true},
	{"ru", "Русский", "ltr", true},
	{"zh", "中文", "ltr", true},
}

// Languages returns the six languages, the complete ones first.
func Languages() []Language { return slices.Clone(languages) }

// Tags returns the tags of the complete languages.
func Tags() (tags []string) {
	for _, l := range languages {
		if l.Complete {
			tags = append(tags, l.Tag)
		}
	}
	return tags
}

// A Catalog says things in one language. It is safe for concurrent use.
type Catalog struct {
	Language        // that it speaks
	asked    string // the tag of the language that was asked for
	tag      language.Tag
	text     map[string]string
	notice   string
}

var catalogs = sync.OnceValue(func() map[string]*Catalog {
	texts, err := load(files)
	if err != nil {
		panic(err) // the program was built with a broken catalogue
	}
	return assemble(texts)
})

// assemble makes the catalogue of each language. That of one which is not
// complete speaks English.
func assemble(texts map[string]map[string]string) map[string]*Catalog {
	all := map[string]*Catalog{}
	for _, l := range languages {
		c := &Catalog{Language: l, asked: l.Tag, text: texts[l.Tag], notice: texts[l.Tag]["lang.notice"]}
		if !l.Complete {
			c.Language, c.text = languages[0], texts[languages[0].Tag]
		}
		c.tag = language.Make(c.Tag)
		all[l.Tag] = c
	}
	return all
}

// For returns the catalogue for a BCP 47 tag: that of its language, whatever
// its region, and English where there is none.
func For(tag string) *Catalog {
	t, err := language.Parse(tag)
	if err != nil {
		return catalogs()[languages[0].Tag]
	}
	return match(t)
}

// longestHeader is how much of an Accept-Language header is read.
const longestHeader = 500

// Match returns the catalogue for the first of the preferred tags that is one
// of the six languages, or else the best for the Accept-Language header of a
// request.
func Match(acceptLanguage string, preferred ...string) *Catalog {
	for _, p := range preferred {
		if c, ok := catalogs()[p]; ok {
			return c
		}
	}
	if len(acceptLanguage) > longestHeader {
		acceptLanguage = ""
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		tags = nil
	}
	return match(tags...)
}

var matcher = sync.OnceValue(func() language.Matcher {
	var tags []language.Tag
	for _, l := range languages {
		tags = append(tags, language.Make(l.Tag))
	}
	return language.NewMatcher(tags)
})

func match(tags ...language.Tag) *Catalog {
	_, i, confidence := matcher().Match(tags...)
	if confidence == language.No {
		i = 0
	}
	return catalogs()[languages[i].Tag]
}

// Lookup returns the text of a key in a language, as it is written in the
// catalogue, or false.
func Lookup(tag, key string) (string, bool) {
	c, ok := catalogs()[tag]
	if !ok {
		return "", false
	}
	s, ok := c.text[key]
	return s, ok
}

// Notice says, in the language that was asked for, that the text is in
// English; it is empty where the text is in the language asked for. Asked is
// the tag of its own language.
func (c *Catalog) Notice() (text, asked string) {
	if c.asked == c.Tag {
		return "", c.asked
	}
	return c.notice, c.asked
}

// T returns the text of a key with {0}, {1}… replaced by the arguments. Whole
// numbers are written as the language writes them. A key that does not exist
// is shown between ⟦ and ⟧.
func (c *Catalog) T(key string, args ...any) string {
	s, ok := c.text[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return c.fill(s, args)
}

// N returns the form of a text that fits the number n, which is {0}; the
// arguments follow as {1}, {2}….
func (c *Catalog) N(key string, n int64, args ...any) string {
	s, ok := c.text[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return c.fill(choose(s, c.Form(n), n), append([]any{n}, args...))
}

// Form returns the CLDR plural category of a whole number: "one", "other"….
func (c *Catalog) Form(n int64) string {
	if n < 0 {
		n = -n
	}
	// MatchPlural wants at most the last digits that any language looks at.
	small := int(n % 1_000_000)
	if n >= 1_000_000 && small < 1_000 {
		small += 1_000_000 // a round million is no zero, no one and no two
	}
	return forms[plural.Cardinal.MatchPlural(c.tag, small, 0, 0, 0, 0)]
}

var forms = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one",
	plural.Two: "two", plural.Few: "few", plural.Many: "many",
}

// choose returns the text of a form, that of "other" where the form is not
// written, and the whole text where none is.
func choose(s, want string, n int64) string {
	written := split(s)
	if text, ok := written["zero"]; ok && n == 0 {
		return text
	}
	if text, ok := written[want]; ok {
		return text
	}
	if text, ok := written["other"]; ok {
		return text
	}
	return s
}

// split takes "one:a|other:b" apart. A text that is not of this form has no
// forms.
func split(s string) map[string]string {
	written := map[string]string{}
	for part := range strings.SplitSeq(s, "|") {
		name, text, ok := strings.Cut(part, ":")
		if !ok || !isForm(name) {
			return nil
		}
		written[name] = text
	}
	return written
}

func isForm(name string) bool {
	switch name {
	case "zero", "one", "two", "few", "many", "other":
		return true
	}
	return false
}

// fill replaces {0}, {1}… in one pass, so that an argument that looks like a
// placeholder stays as it is.
func (c *Catalog) fill(s string, args []any) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		number, after, closed := strings.Cut(rest, "}")
		i, err := strconv.Atoi(number)
		if !closed || err != nil || i < 0 || i >= len(args) {
			b.WriteByte('{')
			s = rest
			continue
		}
		b.WriteString(c.Isolate(c.write(args[i])))
		s = after
	}
}

func (c *Catalog) write(arg any) string {
	switch n := arg.(type) {
	case int:
		return c.Num(int64(n))
	case int64:
		return c.Num(n)
	}
	return fmt.Sprint(arg)
}

// Isolate keeps the direction of s its own within a text that is written from
// right to left: FIRST STRONG ISOLATE before, POP DIRECTIONAL ISOLATE after.
func (c *Catalog) Isolate(s string) string {
	if c.Dir == "rtl" && s != "" {
		return "\u2068" + s + "\u2069"
	}
	return s
}
