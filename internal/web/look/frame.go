package look

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/lang"
)

// A Frame is what every page shows around its matter.
type Frame struct {
	*Words
	Title   string // states the finding
	ID      string // the page's own number, "W-12"
	Marking string // TLP 2.0, "" on pages that carry no matter
	Kicker  string // what kind of page it is
	Here    string // which section is lit in the bar
	Path    string // of this page, for the language links
	User    Ref    // zero when signed out
	May     map[string]bool

	Agency   string
	Exercise bool
	Now      time.Time
	Speed    int // how many times faster than life an exercise runs
	LateMine int
	Alarms   []Alarm
	Record   Place
	NotYet   string // that the pages are not in the reader's language, said in it
	Asked    string // the tag of that language
	Notice   string // what has just been done, after a redirect
	Form     Form
	CSV      string // address of the page's main table as CSV
	Plain    bool   // a contributor's page: no script, no bar, a way to leave
}

// Can reports whether the reader may do something. What would be refused is
// not offered.
func (f Frame) Can(what string) bool { return f.May[what] }

// PrintPage names the kind of sheet the page is printed on: its marking, and
// whether it is a rehearsal, stand in the margin of every sheet.
func (f Frame) PrintPage() string {
	name := "none"
	if f.Marking != "" {
		name = strings.ToLower(strings.Replace(f.Marking, "+STRICT", "s", 1))
	}
	if f.Exercise {
		name += "-x"
	}
	return name
}

// Nav returns the sections of the bar: those that stand in it, in one row of
// 1280 pixels in every language.
func (f Frame) Nav() []NavItem {
	return f.sections([]NavItem{{"board", "/", false}, {"situations", "/situations", false}, {"reports", "/reports", false}, {"warnings", "/warnings", false},
		{"duties", "/duties", false}, {"decisions", "/decisions", false}, {"doors", "/doors", false}, {"evidence", "/evidence", false}})
}

// MoreNav returns the sections that are folded away behind a word.
func (f Frame) MoreNav() []NavItem {
	return f.sections([]NavItem{{"packages", "/packages", false}, {"coalitions", "/coalitions", false}, {"forecasts", "/forecasts", false}, {"mandates", "/mandates", false},
		{"impact", "/impact", false}, {"protocols", "/protocols", false}, {"record", "/record", false}, {"people", "/people", false}})
}

// InMore reports whether the page is in a section that is folded away.
func (f Frame) InMore() bool {
	return slices.ContainsFunc(f.MoreNav(), func(n NavItem) bool { return n.Here })
}

func (f Frame) sections(all []NavItem) []NavItem {
	for i := range all {
		all[i].Here = all[i].Key == f.Here
	}
	return all
}

// A NavItem is one section of the bar.
type NavItem struct {
	Key, Href string
	Here      bool
}

// Languages returns links to the same page in the other languages.
func (f Frame) Languages() []Link {
	var out []Link
	for _, l := range lang.Languages() {
		if l.Complete && l.Tag != f.Tag {
			out = append(out, Link{l.Tag, l.Name, "/language?to=" + l.Tag + "&back=" + url.QueryEscape(f.Path)})
		}
	}
	return out
}

// A Link is a link to a page in another language.
type Link struct{ Tag, Name, Href string }

// A Place is where a page stands in the record.
type Place struct {
	Origin, Root string // Root in base64
	Size         int64
	At           time.Time
	Witnesses    int
	Entry        int64 // the entry the page is about, -1 when it is about none
}

// Short is the root's beginning and end, enough to compare by eye.
func (p Place) Short() string {
	if len(p.Root) <= 12 {
		return p.Root
	}
	return p.Root[:6] + "…" + p.Root[len(p.Root)-5:]
}

// An Alarm says that the node or its witnesses need a person now.
type Alarm struct {
	Kind, Name, Detail string // Kind: witness.refused, witness.silent, clock.behind
	At                 time.Time
	Size               int64
}

// A Form holds what was entered and what was wrong with it.
type Form struct {
	Values url.Values
	Errors []FieldError
}

// A FieldError is one fault, with the field it is in, and the language of the
// text where that is not the page's.
type FieldError struct{ Field, Text, Lang string }

// Value returns what was entered in a field.
func (f Form) Value(name string) string { return f.Values.Get(name) }

// Has reports whether a value was chosen in a field.
func (f Form) Has(name, value string) bool {
	for _, v := range f.Values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// Error returns what was wrong with a field, or "".
func (f Form) Error(name string) string {
	for _, e := range f.Errors {
		if e.Field == name {
			return e.Text
		}
	}
	return ""
}

// ErrorLang returns in which language the error of a field is said, "" where that
// is the page's.
func (f Field) ErrorLang() string {
	for _, e := range f.Form.Errors {
		if e.Field == f.Name {
			return e.Lang
		}
	}
	return ""
}

// An Option is one choice of a field.
type Option struct{ Value, Text, Hint string }

// A Field is a field of a form with its words, ready to draw.
type Field struct {
	Name, Label, Hint, Error, Type, Value string
	Rows                                  int
	Options                               []Option
	Form                                  Form
	Optional                              bool
	Words                                 *Words
}

// Chosen reports whether an option was chosen.
func (f Field) Chosen(value string) bool { return f.Form.Has(f.Name, value) }

// Field starts a field of one line. Its words are the messages field.NAME and
// field.NAME.hint, the latter only where hint is true.
func (f Frame) Field(name string) Field {
	fd := Field{Name: name, Label: f.T("field." + name), Type: "text", Value: f.Form.Value(name), Error: f.Form.Error(name), Form: f.Form, Words: f.Words}
	if hint, ok := f.message("field." + name + ".hint"); ok {
		fd.Hint = hint
	}
	return fd
}

// As gives the field another name of words, where two forms use one name.
func (f Field) As(key string) Field {
	f.Label = f.Words.T("field." + key)
	f.Hint = ""
	if hint, ok := f.Words.message("field." + key + ".hint"); ok {
		f.Hint = hint
	}
	return f
}

// Of makes it a field of a type of HTML input.
func (f Field) Of(kind string) Field { f.Type = kind; return f }

// Area makes it a field of several lines.
func (f Field) Area(rows int) Field { f.Rows = rows; return f }

// From gives the field its choices.
func (f Field) From(options []Option) Field { f.Options = options; return f }

// MayBeEmpty says so beside the label.
func (f Field) MayBeEmpty() Field { f.Optional = true; return f }
