// Package form reads YAML files that people write by hand, strictly.
//
// A program says which keys a table has and how each is read; the reader
// refuses every other key, goes on after a problem, and names for each the
// line, the column, the path and what to do about it.
//
//	v, err := form.Root(data)
//	r := form.NewReader("en")
//	r.Object(v, "", form.Must("id", r.Key(&id)), form.May("title", r.Words(&title)))
//	for _, x := range r.Problems() { … }
//
// It promises to end quickly on every input, and never to panic: a file is at
// most 256 kB and 24 steps deep. Anchors, aliases, merges and tags of YAML are
// refused, so that what a person reads is what the program reads. Dates,
// numbers and codes stay text as written: "1.10" is not 1.1, "no" is not false.
//
// It trusts the YAML parser to name places rightly.
package form

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Severity says how much a Problem matters.
type Severity string

// Error: the file must not be used so. Warning: it may, but somebody should
// know.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// A Problem is something wrong in a file: where it stands, what it
// is, and what to do about it.
type Problem struct {
	Line     int      `json:"line"` // from 1; 0 when no place can be named
	Column   int      `json:"column"`
	Path     string   `json:"path"` // "duties.acknowledge.owner"
	Text     string   `json:"text"`
	Fix      string   `json:"fix"`
	Severity Severity `json:"severity"`
}

// String returns the problem as one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", p.Line, p.Column)
	}
	if p.Path != "" {
		fmt.Fprintf(&b, "%s: ", p.Path)
	}
	b.WriteString(p.Text)
	if p.Fix != "" {
		fmt.Fprintf(&b, "; %s", p.Fix)
	}
	return b.String()
}

// A ParseError is all that was found wrong in a file, in the order of the file.
type ParseError struct{ Problems []Problem }

// Error returns one line a problem.
func (e *ParseError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Sorted puts problems in the order of the file, each once.
func Sorted(list []Problem) []Problem {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(list)
}

// A position is a place in the file, both counted from 1; zero is unknown.
type position struct{ line, column int }

// Places says where each path stands in a file.
type Places map[string]position

// Has says whether a path is written in the file.
func (p Places) Has(path string) bool {
	_, ok := p[path]
	return ok
}

// Problem makes a problem at a path. A path that is not written stands where
// the table stands that it would be in.
func (p Places) Problem(s Severity, path, fix, format string, a ...any) Problem {
	at := path
	for !p.Has(at) && at != "" {
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
	}
	return Problem{Line: p[at].line, Column: p[at].column, Path: path,
		Text: fmt.Sprintf(format, a...), Fix: fix, Severity: s}
}

// Text is words by language code. A text written plainly in a file stands
// under the file's language.
type Text map[string]string

// In returns the words in lang, else in English, else in the first language
// there is, by code.
func (t Text) In(lang string) string { return t[t.Lang(lang)] }

// Lang returns the language in which [Text.In] answers, for whoever reads it
// aloud; "" where there are no words.
func (t Text) Lang(lang string) string {
	for _, l := range []string{lang, "en"} {
		if _, ok := t[l]; ok {
			return l
		}
	}
	first := ""
	for l := range t {
		if first == "" || l < first {
			first = l
		}
	}
	return first
}
