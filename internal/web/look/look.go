// Package look is what all of Heed's pages have in common: the style sheet, the
// frame around a page, forms, tables, and the words in which they speak.
//
// A [Words] says things in one language. A [Frame] is what stands around every
// page: who is reading, whether this is an exercise, and where the page stands
// in the record. A [Table] is drawn on a page and written as CSV from the same
// cells. A [Field] is one question of a form with its words, its value and what
// was wrong with it. A [Set] is the templates of a face in every language:
//
//	set, err := look.New(templates, nil)      // once, at start
//	words := set.Words("fr")
//	err = set.Render(w, "fr", "warning", page) // page embeds a Frame
//
// The pages need no script. What the two modules add (a reading cursor on
// charts, passkeys) they add to what is there. Nothing is inline, so that the
// strictest content security policy holds: see [Policy]. Assets are named
// after their content and never change under their name.
//
// It trusts its caller for what may be shown: nothing here decides access.
// Texts that people wrote reach a page as plain text and are escaped by
// html/template.
package look

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"

	"github.com/heed-project/heed/internal/lang"
)

// A Set is every template in every language, with its assets.
type Set struct {
	words  map[string]*Words
	byTag  map[string]*template.Template
	assets map[string]Asset // by plain name
	hashed map[string]Asset // by the name it is served under
}

// New parses the templates and prepares the assets. The functions that a face
// adds are the same in every language.
func New(templates fs.FS, more template.FuncMap) (*Set, error) {
	s := &Set{words: map[string]*Words{}, byTag: map[string]*template.Template{}}
	if err := s.bundle(); err != nil {
		return nil, err
	}
	base, err := template.New("").Funcs(s.funcs(NewWords("en"))).Funcs(more).ParseFS(templates, "*.html")
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

// Lookup returns the template of a page in a language, nil where there is
// none.
func (s *Set) Lookup(tag, name string) *template.Template { return s.byTag[tag].Lookup(name) }

// Size returns how many bytes an asset has.
func (s *Set) Size(asset string) int { return len(s.assets[asset].Data) }

// Render draws a page in a language. Nothing is written when drawing fails.
func (s *Set) Render(w io.Writer, tag, name string, page any) error {
	var b bytes.Buffer
	if err := s.byTag[tag].ExecuteTemplate(&b, name, page); err != nil {
		return fmt.Errorf("draw the page %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}

// funcs are the functions that templates call, all in one language.
func (s *Set) funcs(w *Words) template.FuncMap {
	return template.FuncMap{
		"t":     w.T,
		"n":     func(key string, n any) string { return w.N(key, whole(n)) },
		"num":   func(n any) string { return w.Num(whole(n)) },
		"stamp": w.Stamp, "twolines": w.TwoLines, "date": w.Date, "day": w.Day, "month": w.Month, "span": w.Span,
		"left": w.Left, "level": w.Level, "country": w.Country, "role": w.Role, "allowed": w.Allowed, "word": w.Word, "name": w.Name, "list": w.List, "count": w.Range,
		"kind": w.Kind, "said": w.Said, "dec": w.Dec, "days": w.Days, "change": w.Change,
		"href":  Href,
		"asset": func(name string) string { return s.assets[name].Path },
		"tlp":   func(marking string) string { return "tlp-" + strings.ToLower(strings.Fields(marking + "+ x")[0]) },
		"lower": strings.ToLower,
		"inc":   func(n int) int { return n + 1 },
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
