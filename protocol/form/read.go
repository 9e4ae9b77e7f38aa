package form

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A Reader turns YAML nodes into values. It goes on after a problem, so that
// one reading shows all of them, and remembers where each path stands.
type Reader struct {
	Language string // of texts written without one

	problems []Problem
	places   Places
}

// NewReader returns a reader for files whose plain texts are in a language.
func NewReader(language string) *Reader {
	return &Reader{Language: language, places: Places{}}
}

// Problems returns all that was noted, in the order of the file.
func (r *Reader) Problems() []Problem { return Sorted(r.problems) }

// Places returns where each path stands.
func (r *Reader) Places() Places { return r.places }

// A Read stores what a value holds, or notes why it cannot.
type Read func(v Value, path string)

// A Field is one key of a table, how it is read, and whether it must be there.
type Field struct {
	name string
	must bool
	read Read
}

// Must is a key that a table needs.
func Must(name string, r Read) Field { return Field{name, true, r} }

// May is a key that a table can do without.
func May(name string, r Read) Field { return Field{name, false, r} }

// Bad notes a problem at a path.
func (r *Reader) Bad(path, fix, format string, a ...any) {
	at := r.places[path]
	r.problems = append(r.problems, Problem{Line: at.line, Column: at.column, Path: path,
		Text: fmt.Sprintf(format, a...), Fix: fix, Severity: Error})
}

// mark remembers where a path stands, and refuses what YAML can do and a
// form may not, for the file must be readable by people who do not know it.
func (r *Reader) mark(n ast.Node, path string) bool {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		r.Bad(path, "write a value after the colon", "nothing is written here")
		return false
	}
	if _, known := r.places[path]; !known {
		r.places[path] = position{n.GetToken().Position.Line, n.GetToken().Position.Column}
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		r.Bad(path, "write the value out", "anchors, aliases, merges and tags are not allowed")
		return false
	case *ast.NullNode:
		r.Bad(path, "write a value after the colon, or remove the key", "nothing is written here")
		return false
	}
	return true
}

// Table reads a table whose keys the file chooses, in the order of the file.
func (r *Reader) Table(v Value, path string, each func(key string, v Value, path string)) {
	if !r.mark(v.n, path) {
		return
	}
	list, ok := pairs(v.n)
	if !ok {
		r.Bad(path, "write lines of the form key: value below it", "a table is wanted here, not %s", kindOf(v.n))
		return
	}
	for _, kv := range list {
		key, ok := scalar(kv.Key)
		if !ok {
			r.mark(kv, path+".?")
			r.Bad(path+".?", "write a plain word before the colon", "this key is not a plain word")
			continue
		}
		sub := strings.TrimPrefix(path+"."+key, ".")
		if t := kv.Key.GetToken(); t != nil && t.Position != nil {
			r.places[sub] = position{t.Position.Line, t.Position.Column}
		}
		each(key, Value{kv.Value}, sub)
	}
}

// Object reads a table whose keys the format fixes.
func (r *Reader) Object(v Value, path string, fields ...Field) {
	seen := map[string]bool{}
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	before := len(r.problems)
	r.Table(v, path, func(key string, v Value, sub string) {
		i := slices.Index(names, key)
		if i < 0 {
			r.Bad(sub, "use one of: "+strings.Join(names, ", ")+nearest(key, names), "%q is not known here", key)
			return
		}
		seen[key] = true
		fields[i].read(v, sub)
	})
	if !v.IsTable() && len(r.problems) > before {
		return
	}
	for _, f := range fields {
		if f.must && !seen[f.name] {
			r.Bad(path, fmt.Sprintf("add a line %q", f.name+": …"), "%q is missing", f.name)
		}
	}
}

// List reads a list; a single value stands for a list of one.
func (r *Reader) List(v Value, path string, each Read) {
	if !r.mark(v.n, path) {
		return
	}
	s, ok := v.n.(*ast.SequenceNode)
	if !ok {
		each(v, path)
		return
	}
	for i, item := range s.Values {
		each(Value{item}, path+"["+strconv.Itoa(i)+"]")
	}
}

// Line reads a text, without the blanks round it.
func (r *Reader) Line(v Value, path string) (string, bool) {
	if !r.mark(v.n, path) {
		return "", false
	}
	s, ok := scalar(v.n)
	if s = strings.TrimSpace(s); !ok || s == "" {
		r.Bad(path, "write a text", "a text is wanted here, not %s", kindOf(v.n))
		return "", false
	}
	return s, true
}

// nearest offers the name that was probably meant.
func nearest(key string, names []string) string {
	best, distance := "", 3
	for _, n := range names {
		if d := edits(key, n); d < distance {
			best, distance = n, d
		}
	}
	if best == "" || len(key) > 40 {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// edits counts the letters to change, add or drop to make b of a.
func edits(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
