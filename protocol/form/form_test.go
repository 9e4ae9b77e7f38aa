package form

import (
	"fmt"
	"strings"
	"testing"
)

func TestReader(t *testing.T) {
	v, err := Root([]byte("id: abc\ntitle: {en: Hello, fr: Bonjour}\nplain: one\nflag: true\nlist: [a, b]\nversion: 1.10\nnorway: no\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := NewReader("fr")
	var id, version, norway string
	var title, plain Text
	var flag bool
	var list []string
	r.Object(v, "",
		Must("id", r.Key(&id)), Must("title", r.Words(&title)), Must("plain", r.Words(&plain)), Must("flag", r.Flag(&flag)),
		Must("list", r.Keys(&list)), Must("version", r.String(&version)), May("norway", r.String(&norway)), May("absent", r.Key(&id)))
	if p := r.Problems(); len(p) != 0 {
		t.Fatal(p)
	}
	if id != "abc" || title.In("fr") != "Bonjour" || title.In("ar") != "Hello" || plain.In("en") != "one" || !flag ||
		len(list) != 2 || version != "1.10" || norway != "no" {
		t.Error(id, title, plain, flag, list, version, norway)
	}
	if !r.Places().Has("title.fr") || r.Places().Problem(Error, "title.fr.deeper", "", "x").Line != 2 {
		t.Error("places are wrong")
	}
}

func TestRootRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"two documents":   "a: 1\n---\nb: 2\n",
		"none":            "# nothing\n",
		"not UTF-8":       "a: \xff\n",
		"too deep":        strings.Repeat("[", 100),
		"too far in":      strings.Repeat(" ", 1000) + "a: b",
		"too many dashes": strings.Repeat("- ", 100),
		"too long":        strings.Repeat("a", maxBytes+1),
		"a broken list":   "a: [1, 2\n",
		"a tab":           "a:\n\tb: 1\n",
	} {
		if _, err := Root([]byte(data)); err == nil {
			t.Errorf("%s: was read", name)
		} else if s := err.Error(); !strings.Contains(s, "; ") {
			t.Errorf("%s: %q does not say what to do", name, s)
		}
	}
}

func FuzzRoot(f *testing.F) {
	for _, s := range []string{"a: 1", "a: [1, {b: c}]", "- - a\n  - b", "? x\n: y", "a: |\n  x\n  y", "a: &b c\nd: *b", "{", "a: 'b", "<<: {a: b}", "!t {a: b}", "? [a]\n: b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Root(data)
		if err != nil {
			return
		}
		r := NewReader("en")
		var walk Read
		walk = func(v Value, path string) {
			if len(path) > 2000 {
				return
			}
			if v.IsTable() {
				r.Table(v, path, func(_ string, v Value, path string) { walk(v, path) })
				return
			}
			if _, ok := v.n.(interface{ Len() int }); ok {
				return
			}
			before := len(r.problems)
			if _, ok := r.Line(v, path); !ok && len(r.problems) == before {
				t.Error("a text was refused in silence")
			}
		}
		walk(v, "")
		var s string
		r.Object(v, "", Must("a", r.Key(&s)))
		_ = (&ParseError{r.Problems()}).Error()
	})
}

func ExampleReader() {
	v, _ := Root([]byte("id: small\nowner: Ada\ntitel: Small\n"))
	r := NewReader("en")
	var id, owner, title string
	r.Object(v, "", Must("id", r.Key(&id)), May("owner", r.String(&owner)), May("title", r.String(&title)))
	for _, p := range r.Problems() {
		fmt.Println(p)
	}
	// Output:
	// line 3, column 1: titel: "titel" is not known here; use one of: id, owner, title; did you mean "title"?
}
