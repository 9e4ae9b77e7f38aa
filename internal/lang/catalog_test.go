package lang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/testkit"
)

// TestEveryKeyInEveryLanguage also wants placeholders to agree and every
// plural form that the language needs.
func TestEveryKeyInEveryLanguage(t *testing.T) {
	texts, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	needs := map[string][]string{
		"en": {"one", "other"},
		"fr": {"one", "other"},
		"ru": {"one", "few", "many"}, // "other" is for fractions, which are never counted
		"es": {"one", "other"},
		"zh": {"other"},
		"ar": {"zero", "one", "two", "few", "many", "other"},
	}
	english := texts["en"]
	for _, tag := range Tags() {
		for key, text := range texts[tag] {
			want, ok := english[key]
			if !ok {
				t.Errorf("%s: %s exists in no English", tag, key)
				continue
			}
			if got, want := placeholders(text), placeholders(want); !slices.Equal(got, want) {
				t.Errorf("%s: %s takes %v, in English %v", tag, key, got, want)
			}
			if forms, plural := split(text), split(want) != nil; plural != (forms != nil) {
				t.Errorf("%s: %s: plural forms %v, in English %v", tag, key, forms != nil, plural)
			} else if plural {
				for _, form := range needs[tag] {
					if forms[form] == "" {
						t.Errorf("%s: %s lacks the form %q", tag, key, form)
					}
				}
				// In Russian "one" is the form of 21 and 101 as well.
				if tag == "ru" && !strings.Contains(forms["one"], "{0}") {
					t.Errorf("%s: %s: the form \"one\" does not say how many", tag, key)
				}
			}
		}
		for key := range english {
			if _, ok := texts[tag][key]; !ok {
				t.Errorf("%s: %s is missing", tag, key)
			}
		}
	}
	for _, l := range languages {
		if text, _ := For(l.Tag).Notice(); !l.Complete && text == "" {
			t.Errorf("%s: no notice that the text is in English", l.Tag)
		}
	}
}

var placeholder = regexp.MustCompile(`\{(\d+)\}`)

// placeholders returns those that a text uses. A plural form may leave out
// its number: they are those of all forms together.
func placeholders(text string) []string {
	found := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// TestNoUnusedKey looks for each key in the sources and templates: whole,
// without its part ("web."), or by its beginning, as in T("level."+n). The
// words of a face are all used once the face is joined to what it shows.
func TestNoUnusedKey(t *testing.T) {
	words, beginnings := sources(t, filepath.Join(testkit.Root(t), "internal"))
	texts, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	used := func(key, part string) bool {
		return words[key] || slices.ContainsFunc(beginnings, func(b string) bool { return b != part && strings.HasPrefix(key, b) })
	}
	joined := map[string]bool{"lang": true}
	for key := range texts["en"] {
		part, short, _ := strings.Cut(key, ".")
		if _, known := joined[part]; !known {
			theirs, _ := sources(t, filepath.Join(testkit.Root(t), "internal", part))
			joined[part] = theirs["github.com/heed-project/heed/internal/heed"]
		}
		if !joined[part] {
			continue
		}
		if !used(key, part+".") && !used(short, "") {
			t.Errorf("nothing uses %s", key)
		}
	}
}

var quoted = regexp.MustCompile("\"([^\"\n]+)\"|`([^`\n]+)`")

// sources returns the words quoted in Go files and templates below dir, and
// those that end in a dot.
func sources(t *testing.T, dir string) (words map[string]bool, beginnings []string) {
	words = map[string]bool{}
	add := func(s string) {
		if strings.HasSuffix(s, ".") && len(s) > 1 && !strings.Contains(s, " ") {
			beginnings = append(beginnings, s)
		}
		words[s] = true
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		switch filepath.Ext(path) {
		case ".go":
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return nil // another test says so
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil {
						add(s)
					}
				}
				return true
			})
		case ".tmpl", ".html", ".gohtml", ".txt", ".js":
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range quoted.FindAllStringSubmatch(string(b), -1) {
				add(m[1] + m[2])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return words, beginnings
}
