package form

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// String reads a text.
func (r *Reader) String(dst *string) Read {
	return func(v Value, path string) { *dst, _ = r.Line(v, path) }
}

// Key reads a name made for machines: lower case, digits, dashes.
func (r *Reader) Key(dst *string) Read {
	return func(v Value, path string) {
		if s, ok := r.Line(v, path); ok && r.IsKey(s, path) {
			*dst = s
		}
	}
}

// IsKey says whether s is such a name, and notes it if not.
func (r *Reader) IsKey(s, path string) bool {
	ok := s != "" && len(s) <= 60 && s[0] != '-' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	if !ok {
		r.Bad(path, "use small letters, digits and dashes, as in duty-officer", "%q is not a name", s)
	}
	return ok
}

// Code reads a language code.
func (r *Reader) Code(dst *string) Read {
	return func(v Value, path string) {
		if s, ok := r.Line(v, path); ok && isLanguage(s) {
			*dst = s
		} else if ok {
			r.Bad(path, "write a language code such as en or fr", "%q is not a language code", s)
		}
	}
}

func isLanguage(s string) bool {
	return len(s) >= 2 && len(s) <= 12 && s[0] >= 'a' && s[0] <= 'z' && s[1] >= 'a' && s[1] <= 'z' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}

// Flag reads true or false.
func (r *Reader) Flag(dst *bool) Read {
	return func(v Value, path string) {
		if b, ok := v.n.(*ast.BoolNode); ok {
			*dst = b.Value
		} else if s, ok := r.Line(v, path); ok {
			r.Bad(path, "write true or false", "%q is neither true nor false", s)
		}
	}
}

// Keys reads a list of names; a single name stands for a list of one.
func (r *Reader) Keys(dst *[]string) Read {
	return func(v Value, path string) {
		r.List(v, path, func(v Value, path string) {
			var s string
			if r.Key(&s)(v, path); s != "" && slices.Contains(*dst, s) {
				r.Bad(path, "remove it", "%q stands here twice", s)
			} else if s != "" {
				*dst = append(*dst, s)
			}
		})
	}
}

// Lines reads a list of texts; a single text stands for a list of one.
func (r *Reader) Lines(dst *[]string) Read {
	return func(v Value, path string) {
		r.List(v, path, func(v Value, path string) {
			if s, ok := r.Line(v, path); ok {
				*dst = append(*dst, s)
			}
		})
	}
}

// Words reads a text, plain or as a table of languages.
func (r *Reader) Words(dst *Text) Read {
	return func(v Value, path string) {
		*dst = Text{}
		if !v.IsTable() {
			if s, ok := r.Line(v, path); ok {
				(*dst)[r.Language] = s
			}
			return
		}
		r.Table(v, path, func(lang string, v Value, path string) {
			if s, ok := r.Line(v, path); ok && isLanguage(lang) {
				(*dst)[lang] = s
			} else if ok {
				r.Bad(path, "write a language code such as en or fr", "%q is not a language code", lang)
			}
		})
	}
}
