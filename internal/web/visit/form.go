package visit

import (
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/geo"
	"github.com/heed-project/heed/internal/web/look"
)

// Read reads the posted form and keeps what was entered.
func (v *Visit) Read() error {
	if err := v.R.ParseForm(); err != nil {
		return fault.Invalid("", "the form could not be read: %w", err)
	}
	v.Form.Values = v.R.PostForm
	return nil
}

// mostFields is how much of a form may stand before its file.
const mostFields = 64 << 10

// Upload reads a form that sends a file, up to the file, which is read as it
// arrives: it is never put aside in the clear. The form's other fields come
// before it. Where no file was chosen the name is empty.
func (v *Visit) Upload(field string) (name string, file io.Reader, err error) {
	unread := func(err error) error { return fault.Invalid("", "the form could not be read: %w", err) }
	v.Form.Values = url.Values{}
	parts, err := v.R.MultipartReader()
	if err != nil {
		return "", nil, unread(err)
	}
	for left := int64(mostFields); ; {
		p, err := parts.NextPart()
		if err == io.EOF {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, unread(err)
		}
		if p.FormName() == field {
			return p.FileName(), p, nil
		}
		b, err := io.ReadAll(io.LimitReader(p, left))
		if left -= int64(len(b)) + 100; err != nil || left <= 0 {
			return "", nil, unread(errors.Join(errors.New("too much stands before the file"), err))
		}
		v.Form.Values.Add(p.FormName(), string(b))
	}
}

// Prefill offers values for an empty form.
func (v *Visit) Prefill(pairs ...string) {
	if v.Form.Values != nil {
		return
	}
	v.Form.Values = url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Form.Values.Set(pairs[i], pairs[i+1])
	}
}

// Text is what was entered in a field, without the blanks around it.
func (v *Visit) Text(field string) string { return strings.TrimSpace(v.Form.Values.Get(field)) }

// Must is text, which has to be there.
func (v *Visit) Must(field string) string {
	s := v.Text(field)
	if s == "" {
		v.Blame(field, "error.required.of")
	}
	return s
}

// Pick is a choice that has to be made.
func (v *Visit) Pick(field string) string {
	s := v.Text(field)
	if s == "" {
		v.Blame(field, "error.choose.of")
	}
	return s
}

// Number is a whole number; none is -1.
func (v *Visit) Number(field string) int {
	s := v.Text(field)
	if s == "" {
		return -1
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		v.Blame(field, "error.number.of")
		return -1
	}
	return n
}

// Day is a date; none is the zero time.
func (v *Visit) Day(field string) time.Time {
	s := v.Text(field)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		v.Blame(field, "error.date.of")
	}
	return t
}

// Lines are the names entered one a line or parted by commas.
func (v *Visit) Lines(field string) (out []string) {
	for _, s := range strings.FieldsFunc(v.Text(field), func(r rune) bool { return strings.ContainsRune("\n,;،，、；", r) }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Blame notes what was wrong with a field.
func (v *Visit) Blame(field, why string) {
	v.Form.Errors = append(v.Form.Errors, look.FieldError{Field: field, Text: v.Words.T(why, v.Words.T("field."+field))})
}

// Bad tells whether something was wrong with the form.
func (v *Visit) Bad() bool { return len(v.Form.Errors) > 0 }

// Choices makes options of values whose words are the messages prefix+value.
func (v *Visit) Choices(prefix string, values ...string) []look.Option {
	out := make([]look.Option, len(values))
	for i, x := range values {
		out[i] = look.Option{Value: x, Text: v.Words.T(prefix + x)}
	}
	return out
}

// OrNone puts an empty choice before the others.
func (v *Visit) OrNone(key string, options []look.Option) []look.Option {
	return append([]look.Option{{Text: v.Words.T(key)}}, options...)
}

// Levels are the five of a warning.
func (v *Visit) Levels() []look.Option {
	out := make([]look.Option, 5)
	for i := range out {
		out[i] = look.Option{Value: strconv.Itoa(i + 1), Text: v.Words.Level(i + 1)}
	}
	return out
}

// Markings are those of TLP 2.0.
func (v *Visit) Markings() []look.Option {
	return v.Choices("tlp.", "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR")
}

// Countries are those of the world, or of the fictional region.
func (v *Visit) Countries() []look.Option {
	atlas := geo.World()
	if v.H.Exercise() {
		atlas = geo.Exercise()
	}
	var out []look.Option
	for _, a := range atlas.Areas {
		if a.Code != "" {
			out = append(out, look.Option{Value: a.Code, Text: v.Words.Country(a.Code)})
		}
	}
	v.Words.Sort(out)
	return out
}

// Named makes options of things with names.
func (v *Visit) Named(refs []look.Ref) []look.Option {
	out := make([]look.Option, len(refs))
	for i, r := range refs {
		out[i] = look.Option{Value: r.ID, Text: v.Words.Name(r)}
	}
	return out
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
