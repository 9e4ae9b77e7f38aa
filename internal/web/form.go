package web

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/geo"
	"github.com/heed-project/heed/internal/web/look"
)

// read reads the posted form and keeps what was entered.
func (v *visit) read() error {
	if err := v.r.ParseForm(); err != nil {
		return fault.Invalid("", "the form could not be read: %w", err)
	}
	v.form.Values = v.r.PostForm
	return nil
}

// prefill offers values for an empty form.
func (v *visit) prefill(pairs ...string) {
	if v.form.Values != nil {
		return
	}
	v.form.Values = url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.form.Values.Set(pairs[i], pairs[i+1])
	}
}

// text is what was entered in a field, without the blanks around it.
func (v *visit) text(field string) string { return strings.TrimSpace(v.form.Values.Get(field)) }

// must is text, which has to be there.
func (v *visit) must(field string) string {
	s := v.text(field)
	if s == "" {
		v.blame(field, "error.required.of")
	}
	return s
}

// pick is a choice that has to be made.
func (v *visit) pick(field string) string {
	s := v.text(field)
	if s == "" {
		v.blame(field, "error.choose.of")
	}
	return s
}

// number is a whole number; none is -1.
func (v *visit) number(field string) int {
	s := v.text(field)
	if s == "" {
		return -1
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		v.blame(field, "error.number.of")
		return -1
	}
	return n
}

// day is a date; none is the zero time.
func (v *visit) day(field string) time.Time {
	s := v.text(field)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		v.blame(field, "error.date.of")
	}
	return t
}

// lines are the names entered one a line or parted by commas.
func (v *visit) lines(field string) (out []string) {
	for _, s := range strings.FieldsFunc(v.text(field), func(r rune) bool { return r == '\n' || r == ',' || r == '،' || r == ';' }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (v *visit) blame(field, why string) {
	v.form.Errors = append(v.form.Errors, look.FieldError{Field: field, Text: v.words.T(why, v.words.T("field."+field))})
}

// bad tells whether something was wrong with the form.
func (v *visit) bad() bool { return len(v.form.Errors) > 0 }

// choices makes options of values whose words are the messages prefix.value.
func (v *visit) choices(prefix string, values ...string) []look.Option {
	out := make([]look.Option, len(values))
	for i, x := range values {
		out[i] = look.Option{Value: x, Text: v.words.T(prefix + "." + x)}
	}
	return out
}

// orNone puts an empty choice before the others.
func (v *visit) orNone(key string, options []look.Option) []look.Option {
	return append([]look.Option{{Text: v.words.T(key)}}, options...)
}

func (v *visit) levels() []look.Option {
	out := make([]look.Option, 5)
	for i := range out {
		out[i] = look.Option{Value: strconv.Itoa(i + 1), Text: v.words.Level(i + 1)}
	}
	return out
}

func (v *visit) markings() []look.Option {
	return v.choices("tlp", "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR")
}

// countries are those of the world, or of the fictional region.
func (v *visit) countries() []look.Option {
	atlas := geo.World()
	if v.h.Exercise() {
		atlas = geo.Exercise()
	}
	var out []look.Option
	for _, a := range atlas.Areas {
		if a.Code != "" {
			out = append(out, look.Option{Value: a.Code, Text: v.words.Country(a.Code)})
		}
	}
	v.words.Sort(out)
	return out
}

// named makes options of things with names.
func (v *visit) named(refs []look.Ref) []look.Option {
	out := make([]look.Option, len(refs))
	for i, r := range refs {
		out[i] = look.Option{Value: r.ID, Text: v.words.Name(r)}
	}
	return out
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
