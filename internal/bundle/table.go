package bundle

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// bayanatStart is how Bayanat's JSON begins.
var bayanatStart = regexp.MustCompile(`^\s*\{\s*"(bulletin|actor|incident)s"\s*:\s*\[`)

// readBayanat reads Bayanat's JSON. Its export writes groups of objects one after the
// other and puts commas only within a group, so that the whole is no JSON
// where there is more than one: the objects are read one by one.
func readBayanat(out *Bundle, b []byte) error {
	at := bytes.IndexByte(b, '[') + 1
	if at == 0 {
		return errors.New("no list begins")
	}
	lines := counter{place: place{1, 1}}
	for n := 1; ; n++ {
		for at < len(b) && strings.IndexByte(" \t\r\n,", b[at]) >= 0 {
			at++
		}
		switch {
		case at >= len(b):
			return fmt.Errorf("the list does not end: it was cut after %d items", len(out.Items))
		case b[at] == ']':
			if rest := strings.Join(strings.Fields(string(b[at+1:])), ""); rest != "}" {
				return errors.New("the end is not that of a list")
			}
			return nil
		case b[at] != '{':
			p := placeOf(b, at)
			return fmt.Errorf("line %d, column %d: %q where item %d should begin", p.line, p.column, b[at], n)
		}
		if err := nested(b[at:]); err != nil {
			p := placeOf(b, at)
			return fmt.Errorf("line %d, column %d: item %d: %w", p.line, p.column, n, err)
		}
		d := json.NewDecoder(bytes.NewReader(b[at:]))
		d.UseNumber()
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			p := placeOf(b, at+wrongAt(err, d))
			return fmt.Errorf("line %d, column %d: item %d: %w", p.line, p.column, n, err)
		}
		lines.to(b, at)
		from := lines.place
		at += int(d.InputOffset())
		i, err := bayanatItem(out, v, from)
		if err != nil {
			out.problem(from.line, from.column, "item %d: %v", n, err)
			continue
		}
		if err := out.add(i); err != nil {
			return err
		}
	}
}

// counter counts lines and columns as it goes through a text once.
type counter struct {
	place
	at int
}

func (c *counter) to(b []byte, at int) {
	between := b[c.at:at]
	if last := bytes.LastIndexByte(between, '\n'); last >= 0 {
		c.line += bytes.Count(between, []byte("\n"))
		c.column = len(between) - last
	} else {
		c.column += len(between)
	}
	c.at = at
}

func placeOf(b []byte, at int) place {
	c := counter{place: place{1, 1}}
	c.to(b, min(at, len(b)))
	return c.place
}

// wrongAt is where a value went wrong, from where it began.
func wrongAt(err error, d *json.Decoder) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > 0 {
		return int(syntax.Offset) - 1
	}
	return int(d.InputOffset())
}

// nested refuses an object in too many levels before it is read.
func nested(b []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("values in more than %d levels", maxDepth)
			}
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return nil
			}
		}
	}
	return nil
}

func bayanatItem(out *Bundle, v map[string]any, at place) (Item, error) {
	i := Item{Line: at.line, Fields: map[string][]string{}}
	if err := flatten(i.Fields, "", v, 0); err != nil {
		return i, err
	}
	i.ID, i.Title, i.Text = i.first("id"), i.first("title", "name", "sjac_title", "title_ar", "name_ar"), i.first("description")
	if i.ID == "" {
		return i, errors.New("has no id")
	}
	medias, _ := v["medias"].([]any)
	for _, x := range medias {
		m, _ := x.(map[string]any)
		name, _ := m["filename"].(string)
		sum, _ := m["etag"].(string)
		out.file(&i, at, name, sum)
	}
	i.dates("publish_date", "documentation_date", "events.from_date", "events.to_date")
	return i, nil
}

// first returns the first value under the first heading that has one.
func (i *Item) first(names ...string) string {
	for _, n := range names {
		for _, v := range i.Fields[n] {
			if strings.TrimSpace(v) != "" {
				return strings.TrimSpace(v)
			}
		}
	}
	return ""
}

// dates takes the dates out of fields.
func (i *Item) dates(names ...string) {
	for _, n := range names {
		for _, v := range i.Fields[n] {
			if t, ok := date(v); ok {
				i.Dates = append(i.Dates, Range{Field: n, From: t})
			}
		}
	}
}

// mediaColumn is a column of Bayanat's CSV that names a file: a list comes out
// as medias.1.filename, medias.2.filename …
var mediaColumn = regexp.MustCompile(`^(medias?[._]?\d*[._])(filename|media_file)$`)

// uwaziHead tells Uwazi's export by its first line: required columns carry a star.
func uwaziHead(first string) bool {
	row, err := csv.NewReader(strings.NewReader(first)).Read()
	if err != nil {
		return false
	}
	clean := columns(row)
	return slices.Contains(clean, "template") && slices.Contains(clean, "title") || slices.Contains(clean, "date added") && slices.Contains(clean, "published")
}

// columns are headings in small letters, without Uwazi's star.
func columns(row []string) []string {
	out := make([]string, len(row))
	for i, c := range row {
		out[i] = strings.ToLower(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(c), "*")))
	}
	return out
}

// readTable reads a CSV with headings.
func readTable(out *Bundle, b []byte) error {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("headings: %w", cmpErr(err))
	}
	if len(head) > maxFields {
		return fmt.Errorf("more than %d columns", maxFields)
	}
	clean := columns(head)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			out.problem(bad.Line, bad.Column, "%v", bad.Err)
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if len(row) != len(head) {
			l, c := r.FieldPos(min(len(row), len(head)+1) - 1)
			out.problem(l, c, "%d fields, the headings have %d", len(row), len(head))
			if len(row) > len(head) {
				continue
			}
		}
		i := Item{Line: line, Fields: map[string][]string{}}
		at := func(n int) place { l, c := r.FieldPos(n); return place{l, c} }
		if out.Kind == UwaziCSV {
			out.uwazi(&i, clean, row, at)
		} else {
			out.bayanat(&i, head, row, at)
		}
		if err := out.add(i); err != nil {
			return err
		}
	}
}

func cmpErr(err error) error {
	if errors.Is(err, io.EOF) {
		return errEmpty
	}
	return err
}

// bayanat reads a row of Bayanat's CSV, whose first column is a number without
// a heading.
func (b *Bundle) bayanat(i *Item, head, row []string, at func(int) place) {
	for n, v := range row {
		if name := strings.TrimSpace(head[n]); name != "" && v != "" {
			i.Fields[name] = append(i.Fields[name], v)
		}
	}
	for n, v := range row {
		if m := mediaColumn.FindStringSubmatch(strings.TrimSpace(head[n])); m != nil {
			b.file(i, at(n), v, i.first(m[1]+"etag"))
		}
	}
	i.ID, i.Title, i.Text = i.first("id"), i.first("title", "name", "sjac_title", "title_ar"), i.first("description")
	i.dates("publish_date", "documentation_date")
}

// uwazi reads a row of Uwazi's CSV: lists stand with "|" between, ranges of
// dates with "~", of which one end may be open.
func (b *Bundle) uwazi(i *Item, head, row []string, at func(int) place) {
	for n, v := range row {
		name := head[n]
		if name == "" || strings.TrimSpace(v) == "" {
			continue
		}
		values := strings.Split(v, "|")
		for k := range values {
			values[k] = strings.TrimSpace(values[k])
		}
		i.Fields[name] = append(i.Fields[name], values...)
		switch name {
		case "documents", "attachments", "file", "files":
			for _, f := range values {
				b.file(i, at(n), f, "")
			}
			continue
		}
		for _, v := range values {
			if span, ok := spanOf(name, v); ok {
				i.Dates = append(i.Dates, span)
			}
		}
	}
	i.ID, i.Title, i.Text = i.first("id", "sharedid"), i.first("title"), i.first("description", "text")
}

// spanOf reads "from~to", or one date.
func spanOf(name, v string) (Range, bool) {
	from, to, isRange := strings.Cut(v, "~")
	a, ok1 := date(from)
	z, ok2 := date(to)
	switch {
	case isRange && (ok1 || strings.TrimSpace(from) == "") && (ok2 || strings.TrimSpace(to) == "") && (ok1 || ok2):
		return Range{name, a, z}, true
	case !isRange && ok1 && len(strings.TrimSpace(v)) > 4: // a bare year may be any number
		return Range{name, a, a}, true
	}
	return Range{}, false
}
