package openrosa

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/fault"
)

// The limits of a submission.
const (
	maxBytes    = 1 << 20
	maxDepth    = 16
	maxElements = 5_000
)

// A Submission is what a client sent, read as XML and not yet against a form.
type Submission struct {
	FormID     string
	Version    string
	InstanceID string // the client's own id of this answer, "uuid:…"; the same when it sends again
	Nodes      []Node // the elements that hold no others, in order, meta apart
}

// A Node is one answer: the path of its element below the root, by local
// names ("group/name"), and its text.
type Node struct{ Path, Text string }

// ParseSubmission reads a submission's XML. It refuses document types,
// entities other than XML's own five, processing instructions, encodings other
// than UTF-8, and anything beyond the limits. Errors are of kind
// fault.Invalid and name the element's path.
func ParseSubmission(r io.Reader) (Submission, error) {
	limited := &io.LimitedReader{R: r, N: maxBytes + 1}
	p := parser{d: xml.NewDecoder(limited)}
	p.d.Strict = true
	err := p.parse()
	switch {
	case limited.N <= 0:
		return Submission{}, fault.Invalid("submission", "the submission is larger than %d bytes", maxBytes)
	case err != nil:
		return Submission{}, err
	}
	if p.s.FormID == "" {
		return Submission{}, fault.Invalid("@id", "the root element has no id attribute, which names the form")
	}
	if p.s.InstanceID == "" || len(p.s.InstanceID) > 255 {
		return Submission{}, fault.Invalid("meta/instanceID", "the submission has no instanceID of 1 to 255 characters")
	}
	return p.s, nil
}

// parser walks the elements of a submission.
type parser struct {
	d     *xml.Decoder
	s     Submission
	open  []element // the root first
	count int
}

type element struct {
	name  string // local
	text  []byte
	inner bool // holds elements
}

// at is the path of the innermost open element below the root.
func (p *parser) at() string {
	var names []string
	for _, e := range p.open[min(1, len(p.open)):] {
		names = append(names, e.name)
	}
	return strings.Join(names, "/")
}

func (p *parser) parse() error {
	for {
		token, err := p.d.Token()
		if errors.Is(err, io.EOF) && p.count > 0 {
			return nil
		}
		if err != nil {
			line, _ := p.d.InputPos()
			return fault.Invalid(p.at(), "the submission is not well-formed XML at line %d: %w", line, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = p.start(t)
		case xml.EndElement:
			err = p.end()
		case xml.CharData:
			err = p.text(t)
		case xml.ProcInst:
			if t.Target != "xml" || p.count > 0 {
				err = fault.Invalid(p.at(), "a processing instruction is not allowed")
			}
		case xml.Directive:
			err = fault.Invalid(p.at(), "a document type or other declaration is not allowed")
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) start(t xml.StartElement) error {
	p.count++
	switch {
	case p.count > 1 && len(p.open) == 0:
		return fault.Invalid(p.at(), "there is a second root element")
	case p.count > maxElements:
		return fault.Invalid(p.at(), "the submission has more than %d elements", maxElements)
	case len(p.open) >= maxDepth:
		return fault.Invalid(p.at(), "the submission is nested deeper than %d", maxDepth)
	}
	if p.count == 1 {
		for _, a := range t.Attr {
			switch {
			case a.Name.Space != "":
			case a.Name.Local == "id":
				p.s.FormID = a.Value
			case a.Name.Local == "version":
				p.s.Version = a.Value
			}
		}
	} else {
		p.open[len(p.open)-1].inner = true
	}
	p.open = append(p.open, element{name: t.Name.Local})
	return nil
}

func (p *parser) text(s []byte) error {
	if len(p.open) > 0 {
		e := &p.open[len(p.open)-1]
		e.text = append(e.text, s...)
	} else if len(bytes.TrimSpace(s)) > 0 {
		return fault.Invalid(p.at(), "there is text outside the root element")
	}
	return nil
}

func (p *parser) end() error {
	e, at := p.open[len(p.open)-1], p.at()
	p.open = p.open[:len(p.open)-1]
	switch {
	case e.inner || at == "":
		if len(bytes.TrimSpace(e.text)) > 0 {
			return fault.Invalid(at, "%q holds text beside elements", e.name)
		}
	case at == "meta/instanceID":
		if p.s.InstanceID != "" {
			return fault.Invalid(at, "there are two instance ids")
		}
		p.s.InstanceID = string(bytes.TrimSpace(e.text))
	case at == "meta", strings.HasPrefix(at, "meta/"):
	default:
		p.s.Nodes = append(p.s.Nodes, Node{Path: at, Text: string(e.text)})
	}
	return nil
}

// A Point is a position in degrees and metres. Accuracy is 0 when unknown.
type Point struct{ Lat, Lon, Altitude, Accuracy float64 }

// An Answer is the value of one field, in the form of its kind.
type Answer struct {
	Text    string    // as sent, without the space around it
	Choices []string  // of select fields
	Int     int       // of an integer
	Time    time.Time // of a date (midnight UTC) or a datetime
	Point   Point
}

// Answers are the answers to one form by field name. A field without an
// answer has no key.
type Answers struct {
	InstanceID  string
	Fields      map[string]Answer
	Attachments []string // file names of the uploads, in order
}

// A Problem says what is wrong with one element of a submission.
type Problem struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

// Read checks a submission against the form it names and gives its answers.
// The form must be the very version that the submission names: keep the
// versions that were served. Answers count only where there are no problems.
// A condition that does not hold makes a field's answer a problem, as the
// client would have removed it.
func (f Form) Read(s Submission, now time.Time) (Answers, []Problem) {
	var problems []Problem
	fail := func(path, format string, a ...any) {
		problems = append(problems, Problem{path, fmt.Sprintf(format, a...)})
	}
	if s.FormID != f.ID || s.Version != f.Version {
		fail("@id", "the submission is for form %q version %q, not %q version %q", s.FormID, s.Version, f.ID, f.Version)
		return Answers{}, problems
	}
	sent := map[string]string{}
	for _, n := range s.Nodes {
		if _, twice := sent[n.Path]; twice {
			fail(n.Path, "the answer occurs twice")
		}
		sent[n.Path] = strings.TrimSpace(n.Text)
		if !slices.ContainsFunc(f.Fields, func(field Field) bool { return field.Name == n.Path }) {
			fail(n.Path, "the form has no such field")
		}
	}
	out := Answers{InstanceID: s.InstanceID, Fields: map[string]Answer{}}
	for _, field := range f.Fields {
		text, asked := sent[field.Name], out.meets(field.When)
		switch {
		case text == "" && field.Required && asked:
			fail(field.Name, "an answer is required")
		case text == "" || field.Kind == Note:
		case !asked:
			fail(field.Name, "there is an answer to a question that was not to be asked")
		default:
			a, err := field.answer(text, now)
			if err != nil {
				fail(field.Name, "%s", err)
				continue
			}
			out.Fields[field.Name] = a
			if field.Kind == Upload {
				out.Attachments = append(out.Attachments, text)
			}
		}
	}
	return out, problems
}

// meets reports whether a condition holds among the answers so far.
func (a Answers) meets(c *Condition) bool {
	if c == nil {
		return true
	}
	given := a.Fields[c.Field]
	for _, v := range c.Any {
		if given.Text == v || slices.Contains(given.Choices, v) {
			return true
		}
	}
	return false
}

// answer reads a text as the field's kind wants it.
func (field Field) answer(text string, now time.Time) (a Answer, err error) {
	a.Text = text
	switch field.Kind {
	case Line, Paragraph:
		if n := utf8.RuneCountInString(text); n > field.longest() {
			err = fmt.Errorf("the text has %d characters, at most %d are allowed", n, field.longest())
		}
	case Integer:
		if a.Int, err = strconv.Atoi(text); err != nil {
			err = fmt.Errorf("%.40q is not a whole number", text)
		} else if field.bounded() && (a.Int < field.Low || a.Int > field.High) {
			err = fmt.Errorf("%d is not between %d and %d", a.Int, field.Low, field.High)
		}
	case Date, DateTime:
		a.Time, err = field.time(text, now)
	case Geopoint:
		a.Point, err = point(text)
	case SelectOne, SelectMany:
		a.Choices = strings.Fields(text)
		for i, c := range a.Choices {
			if !field.offers(c) || slices.Contains(a.Choices[:i], c) {
				err = fmt.Errorf("%.40q is not one of the choices, or occurs twice", c)
			}
		}
		if field.Kind == SelectOne && len(a.Choices) > 1 {
			err = errors.New("only one choice is allowed")
		}
	case Upload:
		if len(text) > 255 || text != path.Base(text) || strings.ContainsAny(text, "\\\x00") || text == "." || text == ".." {
			err = fmt.Errorf("%.40q is not a plain file name", text)
		}
	}
	return a, err
}

// time reads a date, or a date and time with its offset.
func (field Field) time(text string, now time.Time) (time.Time, error) {
	layouts := []string{time.RFC3339Nano, "2006-01-02T15:04:05Z07", "2006-01-02T15:04Z07:00"}
	want, latest := "a date and time with its offset, 2026-03-01T10:00:00+02:00", now.Add(15*time.Minute)
	if field.Kind == Date {
		// The reporter's day may have begun where ours has not.
		layouts, want, latest = []string{time.DateOnly}, "a date, 2026-03-01", now.Add(14*time.Hour)
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t.Year() < 1900 || t.Year() > 2200 {
			return t, fmt.Errorf("%.40q is not between 1900 and 2200", text)
		}
		if field.Past && t.After(latest) {
			return t, fmt.Errorf("%.40q is in the future", text)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%.40q is not %s", text, want)
}

// point reads "latitude longitude altitude accuracy"; the last two may be
// left out.
func point(text string) (Point, error) {
	var v [4]float64
	parts := strings.Fields(text)
	if len(parts) < 2 || len(parts) > 4 {
		return Point{}, fmt.Errorf("%.40q is not a position: latitude and longitude", text)
	}
	for i, s := range parts {
		n, err := strconv.ParseFloat(s, 64)
		if most := []float64{90, 180, 20_000, 1e7}[i]; err != nil || !(n >= -most && n <= most) {
			return Point{}, fmt.Errorf("%.40q is not a position: %.20q is out of place", text, s)
		}
		v[i] = n
	}
	return Point{v[0], v[1], v[2], v[3]}, nil
}
