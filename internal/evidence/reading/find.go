package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Query is what is looked for: each of its terms must be there.
type Query []Term

// A Term is a word, or words that stand side by side. The last may be the beginning
// of a longer word, unless it is short.
type Term []string

// ParseQuery reads a query. Words between quotes stand side by side, and so do the
// characters of Chinese that are written without a space.
func ParseQuery(text string) (q Query) {
	text = strings.NewReplacer("“", `"`, "”", `"`, "«", `"`, "»", `"`).Replace(text)
	for n, piece := range strings.Split(text, `"`) {
		if n%2 == 1 {
			q = q.with(piece)
			continue
		}
		for _, w := range strings.Fields(piece) {
			q = q.with(w)
		}
	}
	return q
}

func (q Query) with(text string) Query {
	var t Term
	for _, w := range split(text) {
		t = append(t, w.text)
	}
	if len(t) == 0 || len(q) >= 20 {
		return q
	}
	return append(q, t)
}

// A Hit is where something was found: a piece of the text around it.
type Hit struct {
	Before, Match, After string
	Page                 int // of a document that has pages, from 1
}

// In looks for a query in a text. Case, accents, the vowel signs of Arabic and the forms
// of its letters make no difference.
func (q Query) In(text string) (hit Hit, ok bool) {
	if len(q) == 0 {
		return hit, false
	}
	words := split(text)
	for n, t := range q {
		from, to, ok := t.in(words)
		if !ok {
			return Hit{}, false
		}
		if n == 0 {
			hit = around(text, from, to)
		}
	}
	return hit, true
}

// in returns where a term stands, in bytes.
func (t Term) in(words []word) (from, to int, ok bool) {
	for i := 0; i+len(t) <= len(words); i++ {
		ok := true
		for j, w := range t {
			have := words[i+j].text
			begins := j == len(t)-1 && utf8.RuneCountInString(w) >= 3 && strings.HasPrefix(have, w)
			if have != w && !begins {
				ok = false
				break
			}
		}
		if ok {
			return words[i].from, words[i+len(t)-1].to, true
		}
	}
	return 0, 0, false
}

// around cuts out a piece of a text.
func around(text string, from, to int) Hit {
	const side = 120
	a, b := max(0, from-side), min(len(text), to+side)
	for a > 0 && !utf8.RuneStart(text[a]) {
		a--
	}
	for b < len(text) && !utf8.RuneStart(text[b]) {
		b++
	}
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	h := Hit{Before: flat(text[a:from]), Match: flat(text[from:to]), After: flat(text[to:b])}
	if strings.ContainsRune(text, newPage) && !strings.ContainsRune(text[:from], noPage) {
		h.Page = 1 + strings.Count(text[:from], string(rune(newPage)))
	}
	if a > 0 {
		h.Before = "… " + h.Before
	}
	if b < len(text) {
		h.After += " …"
	}
	return h
}

// word is a word as it is compared, and where it stands.
type word struct {
	text     string
	from, to int
}

// split cuts a text into words; each Chinese character is one.
func split(text string) (out []word) {
	var b strings.Builder
	from := -1
	end := func(at int) {
		if from >= 0 && b.Len() > 0 {
			out = append(out, word{stem(b.String()), from, at})
		}
		b.Reset()
		from = -1
	}
	for at, c := range text {
		switch {
		case unicode.In(c, unicode.Han):
			end(at)
			out = append(out, word{fold(c), at, at + utf8.RuneLen(c)})
		case unicode.IsLetter(c), unicode.IsNumber(c), unicode.IsMark(c), c == '\u0640':
			if from < 0 {
				from = at
			}
			b.WriteString(fold(c))
		default:
			end(at)
		}
	}
	end(len(text))
	return out
}

// fold is a letter as it is compared: NFKD without marks, in lower case, and of the forms
// of alef, yeh and teh marbuta one.
func fold(c rune) string {
	if c < utf8.RuneSelf {
		return string(unicode.ToLower(c))
	}
	if norm.NFKD.PropertiesString(string(c)).Decomposition() == nil {
		return foldOne(c)
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(c)) {
		b.WriteString(foldOne(d))
	}
	return b.String()
}

// foldOne is fold for what is not put together out of others.
func foldOne(c rune) string {
	switch {
	case unicode.IsMark(c), c == '\u0640':
		return ""
	case c == 'ٱ':
		return "ا"
	case c == 'ى', c == 'ی':
		return "ي"
	case c == 'ة':
		return "ه"
	case c == 'ک':
		return "ك"
	case c == 'ß':
		return "ss"
	}
	return string(unicode.ToLower(c))
}

// stem takes the article and the particles that are written with it off an Arabic
// word, where enough is left of it.
func stem(w string) string {
	for _, prefix := range []string{"وال", "بال", "كال", "فال", "ال", "لل"} {
		if rest, ok := strings.CutPrefix(w, prefix); ok && utf8.RuneCountInString(rest) >= 3 {
			return rest
		}
	}
	return w
}
