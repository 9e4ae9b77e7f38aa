package record

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Who has just written an open part need not read it back from JSON to apply it,
// where reading would yield the very same value.

// copyGiven copies from, of which text was made, to what dst points to, if that is
// of its type and JSON would yield the same. It returns whether it did.
func copyGiven(dst, from any, text []byte) bool {
	to, v := reflect.ValueOf(dst), reflect.ValueOf(from)
	if !v.IsValid() || to.Kind() != reflect.Pointer || to.Type().Elem() != v.Type() || !plain(v.Type()) {
		return false
	}
	if bytes.Contains(text, []byte(`\ufffd`)) || !returns(v) { // a text was not UTF-8, and became another
		return false
	}
	to.Elem().Set(v)
	return true
}

// plains remembers what plain found.
var plains sync.Map // reflect.Type to bool

// plain tells whether a type is a struct of truth values, whole numbers, texts,
// and lists and structs of such, every field of which JSON writes.
func plain(t reflect.Type) bool {
	if known, ok := plains.Load(t); ok {
		return known.(bool)
	}
	is := t.Kind() == reflect.Struct && flat(t, 0)
	plains.Store(t, is)
	return is
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func flat(t reflect.Type, deep int) bool {
	if p := reflect.PointerTo(t); deep > 8 || p.Implements(marshaler) || p.Implements(textMarshaler) {
		return false
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return true
	case reflect.Slice:
		return flat(t.Elem(), deep+1)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || f.Anonymous || name == "" || name == "-" || !flat(f.Type, deep+1) {
				return false
			}
		}
		return true
	}
	return false
}

// returns tells whether a value of a plain type holds no empty list: JSON may
// make nothing of it.
func returns(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		if !v.IsNil() && v.Len() == 0 {
			return false
		}
		for i := range v.Len() {
			if !returns(v.Index(i)) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if k := v.Field(i).Kind(); (k == reflect.Slice || k == reflect.Struct) && !returns(v.Field(i)) {
				return false
			}
		}
	}
	return true
}
