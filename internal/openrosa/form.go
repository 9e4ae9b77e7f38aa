// Package openrosa speaks OpenRosa 1.0, so that ODK Collect, KoBoCollect and
// Enketo are field clients of Heed as they come: it writes a form as an ODK
// XForm, the form list, the manifest and the answer to a submission, reads
// submissions, and checks HTTP digest credentials.
//
//	form := openrosa.ReportForm("2026112801", countries)
//	xml, err := form.XForm()                       // what the client downloads
//	sub, err := openrosa.ParseSubmission(body)     // what it sends back
//	answers, problems := form.Read(sub, now)       // typed, or what is wrong and where
//
// Promises: the rules that a form states to the client (required, limits,
// conditions) are the rules by which its submission is read, because both come
// from one description; XPath is generated, never evaluated. A submission is
// read without entities, document types or anything fetched, within 1 MiB, 16
// levels and 5,000 elements. No input makes a parser panic.
//
// A form asks for nothing that its author did not write down: device ids,
// phone numbers and user names, which ODK can collect unasked, are left out,
// because they can put a reporter at risk.
//
// Trusts: the caller to send all this over TLS, to keep attachments, and to
// look up who a user name is. Digest protects the password, not the body.
//
// Sources: OpenRosa 1.0 (form discovery, submission, metadata), the ODK XForms
// specification, RFC 7616.
package openrosa

import (
	"regexp"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/fault"
)

// Version is the value of the header X-OpenRosa-Version in every answer.
const Version = "1.0"

// Text is one text in several languages, by BCP 47 tag.
type Text map[string]string

// Kind is the type of a field.
type Kind string

// The kinds of field.
const (
	Line       Kind = "line"       // one line of text
	Paragraph  Kind = "paragraph"  // several lines of text
	Integer    Kind = "integer"    // a whole number
	Date       Kind = "date"       // a day
	DateTime   Kind = "datetime"   // an instant, with its offset from UTC
	Geopoint   Kind = "geopoint"   // a position
	SelectOne  Kind = "select one" // one of Choices
	SelectMany Kind = "select many"
	Upload     Kind = "upload" // a file of the kind Media
	Note       Kind = "note"   // a text to read, without an answer
)

// A Choice is one answer of a select field.
type Choice struct {
	Value string
	Label Text
}

// A Condition holds when the named field's answer is one of Any. A select-many
// field meets it when any of its answers does.
type Condition struct {
	Field string
	Any   []string
}

// A Field is one question.
type Field struct {
	Name       string // letters, digits, _ and -, beginning with a letter
	Kind       Kind
	Label      Text
	Hint       Text
	Required   bool
	When       *Condition // the field is asked only then; nil: always
	Choices    []Choice   // of select fields
	Low, High  int        // bounds of an integer, where one of them is not zero
	MaxLength  int        // of a text, in characters; 0: 10,000
	Past       bool       // a date that may not be in the future
	Message    Text       // shown when a bound is not kept
	Media      string     // of an upload: "image/*", "audio/*", "application/*"
	Appearance string     // passed to the client: "minimal", "map", "annotate"
}

// A Form is a list of questions in one or more languages.
type Form struct {
	ID        string
	Version   string // compared as text by clients: 2026112801
	Title     Text
	Languages []string // the first is the default
	Fields    []Field
}

var nameShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// Check finds what is wrong with a form before a client does: names that are
// not names or occur twice, texts missing in a language, conditions on fields
// that do not come before.
func (f Form) Check() error {
	if f.ID == "" || strings.ContainsAny(f.ID, "\x00\n") || len(f.Languages) == 0 {
		return fault.Invalid("form", "a form needs an id and a language")
	}
	if err := f.inAll("title", f.Title); err != nil {
		return err
	}
	before := map[string]Field{}
	for _, field := range f.Fields {
		if err := f.checkField(field, before); err != nil {
			return err
		}
		before[field.Name] = field
	}
	return nil
}

// inAll checks that a text exists in every language of the form.
func (f Form) inAll(where string, t Text) error {
	for _, lang := range f.Languages {
		if strings.TrimSpace(t[lang]) == "" {
			return fault.Invalid(where, "%s: no text in language %q", where, lang)
		}
	}
	return nil
}

func (f Form) checkField(field Field, before map[string]Field) error {
	name := field.Name
	if !nameShape.MatchString(name) || name == "meta" {
		return fault.Invalid(name, "%q cannot be the name of a field", name)
	}
	if _, ok := before[name]; ok {
		return fault.Invalid(name, "%q is the name of two fields", name)
	}
	if err := f.inAll(name, field.Label); err != nil {
		return err
	}
	for _, optional := range []Text{field.Hint, field.Message} {
		if len(optional) > 0 {
			if err := f.inAll(name, optional); err != nil {
				return err
			}
		}
	}
	if _, ok := types[field.Kind]; !ok {
		return fault.Invalid(name, "%s: %q is not a kind of field", name, field.Kind)
	}
	if err := f.checkChoices(field); err != nil {
		return err
	}
	if c := field.When; c != nil {
		on, ok := before[c.Field]
		if !ok || len(c.Any) == 0 || on.Kind == Note {
			return fault.Invalid(name, "%s: its condition needs an earlier field and its answers", name)
		}
		for _, v := range c.Any {
			if strings.ContainsAny(v, `'"`) || len(on.Choices) > 0 && !on.offers(v) {
				return fault.Invalid(name, "%s: %q is not an answer of %s", name, v, c.Field)
			}
		}
	}
	return nil
}

func (f Form) checkChoices(field Field) error {
	if isSelect := field.Kind == SelectOne || field.Kind == SelectMany; isSelect != (len(field.Choices) > 0) {
		return fault.Invalid(field.Name, "%s: choices belong to select fields, and a select field needs them", field.Name)
	}
	seen := map[string]bool{}
	for _, c := range field.Choices {
		if c.Value == "" || strings.ContainsAny(c.Value, " \t\r\n'\"") || seen[c.Value] {
			return fault.Invalid(field.Name, "%s: %q cannot be the value of a choice, or is so twice", field.Name, c.Value)
		}
		seen[c.Value] = true
		if err := f.inAll(field.Name, c.Label); err != nil {
			return err
		}
	}
	return nil
}

// offers reports whether the field has a choice of that value.
func (field Field) offers(value string) bool {
	return slices.ContainsFunc(field.Choices, func(c Choice) bool { return c.Value == value })
}

// maxLength is the length of a text that sets none.
const maxLength = 10_000

// longest returns how many characters a text may have.
func (field Field) longest() int {
	if field.MaxLength > 0 {
		return field.MaxLength
	}
	return maxLength
}

// bounded reports whether an integer has bounds.
func (field Field) bounded() bool {
	return field.Kind == Integer && (field.Low != 0 || field.High != 0)
}
