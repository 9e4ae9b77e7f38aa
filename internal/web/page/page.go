// Package page is the look of Heed's web face: one Go struct and one template
// for each page, the words in which they speak, and the style sheet.
//
// A page struct holds everything its template shows, as values: no page asks
// for anything while it is being drawn. The same [Table] is drawn on a page
// and written as CSV. Every template is checked against its struct by a test,
// and every message it names must exist in every language.
//
//	set, err := page.New()               // once, at start
//	words := set.Words("fr")
//	err = set.Render(w, "warning", page.Warning{Frame: page.Frame{Words: words}})
//
// The pages need no script. What the one module adds (a reading cursor on
// charts, passkeys) it adds to what is there. Nothing is inline, so that the
// strictest content security policy holds: see [Policy]. Assets are named
// after their content and never change under their name.
//
// It trusts its caller for what may be shown: nothing here decides access.
// Texts that people wrote reach a page as plain text and are escaped by
// html/template.
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/heed-project/heed/internal/lang"
)

//go:embed templates
var templates embed.FS

// A Set is every template in every language, with its assets.
type Set struct {
	words  map[string]*Words
	byTag  map[string]*template.Template
	assets map[string]Asset // by plain name
	hashed map[string]Asset // by the name it is served under
}

// New parses the templates and prepares the assets.
func New() (*Set, error) {
	s := &Set{words: map[string]*Words{}, byTag: map[string]*template.Template{}}
	if err := s.bundle(); err != nil {
		return nil, err
	}
	base, err := template.New("").Funcs(s.funcs(NewWords("en"))).ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse the templates: %w", err)
	}
	for _, tag := range lang.Tags() {
		w := NewWords(tag)
		t, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("prepare the templates in %s: %w", tag, err)
		}
		s.words[tag], s.byTag[tag] = w, t.Funcs(s.funcs(w))
	}
	return s, nil
}

// Words returns the words of a language, English where it is not complete.
func (s *Set) Words(tag string) *Words { return s.words[lang.For(tag).Tag] }

// Render draws a page in the language of its words. Nothing is written when
// drawing fails.
func (s *Set) Render(w io.Writer, name string, p Page) error {
	var b bytes.Buffer
	if err := s.byTag[p.frame().Tag].ExecuteTemplate(&b, name, p); err != nil {
		return fmt.Errorf("draw the page %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}

// A Page is any page struct: it embeds a [Frame].
type Page interface{ frame() Frame }

func (f Frame) frame() Frame { return f }

// funcs are the functions that templates call, all in one language.
func (s *Set) funcs(w *Words) template.FuncMap {
	return template.FuncMap{
		"t":     w.T,
		"n":     func(key string, n any) string { return w.N(key, whole(n)) },
		"num":   func(n any) string { return w.Num(whole(n)) },
		"stamp": w.Stamp, "twolines": w.TwoLines, "date": w.Date, "day": w.Day, "month": w.Month, "span": w.Span,
		"left": w.Left, "level": w.Level, "country": w.Country, "role": w.Role, "name": w.Name, "list": w.List, "count": w.Range,
		"kind": w.Kind, "said": w.Said, "dec": w.Dec, "days": w.Days, "change": w.Change,
		"href":  Href,
		"asset": func(name string) string { return s.assets[name].Path },
		"tlp":   func(marking string) string { return "tlp-" + strings.ToLower(strings.Fields(marking + "+ x")[0]) },
		"lower": strings.ToLower,
		"states": func(chosen string) (out []MarkChoice) {
			for _, name := range MarkNames {
				out = append(out, MarkChoice{name, name == chosen || chosen == "" && name == "unknown"})
			}
			return out
		},
		"inc": func(n int) int { return n + 1 },
	}
}

// whole takes any of the integers that page structs hold.
func whole(n any) int64 {
	switch n := n.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	}
	panic(fmt.Sprintf("page: %T is not a whole number", n))
}
