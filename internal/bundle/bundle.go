// Package bundle reads what other programs of the field hand on as a whole: exports
// of Bayanat and Uwazi, FollowTheMoney entities, load files of eDiscovery, and mail.
// Each becomes Items: what is described, what is said about it, and which files
// belong to it.
//
// Read tells the kind by the content and the name, and reads. A row that is wrong
// keeps no other from being read: it is a Problem, with its line. Paths are given
// with slashes and never lead out of the bundle; a path that would is a problem.
// Files are named, not opened: whoever takes them in hashes them first.
//
// Everything is text that somebody else wrote. It is returned as it is, for fields
// that are sealed; nothing in it is evaluated, expanded or fetched.
//
//	kind := bundle.Kind(name, head)
//	b, err := bundle.Read(kind, content)
//
// Sources: Bayanat's export task, Uwazi's CSV, Concordance DAT and Opticon OPT as
// practised, RFC 5322, 2045–2047, 2231, 4155.
package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/graph"
)

// The kinds.
const (
	BayanatJSON = "bayanat-json"
	BayanatCSV  = "bayanat-csv"
	UwaziCSV    = "uwazi-csv"
	FtM         = "followthemoney"
	LoadDAT     = "load-file"
	LoadOPT     = "image-load-file"
	Message     = "mail"
	Mbox        = "mailbox"
)

// Limits on a bundle.
const (
	MaxItems  = 1000000
	MaxBytes  = 1 << 30 // of a table or a message
	maxDepth  = 100
	maxFields = 2000 // of an item
)

// An Item is one thing that a bundle describes.
type Item struct {
	ID     string
	Title  string
	Text   string
	Line   int                 // where it stands, from 1; 0 where there are no lines
	Fields map[string][]string // what else is said, under the program's own headings
	Files  []string            // paths in the bundle
	Dates  []Range
}

// A Range is a span of time. A zero end is not stated.
type Range struct {
	Field    string
	From, To time.Time
}

// A Problem is a part that could not be read.
type Problem struct {
	Line int
	Text string
}

// A Bundle is what was read.
type Bundle struct {
	Kind     string
	Items    []Item
	Problems []Problem
}

// problem adds a problem, up to a number that nobody reads through.
func (b *Bundle) problem(line int, format string, a ...any) {
	if len(b.Problems) < 10000 {
		b.Problems = append(b.Problems, Problem{line, fmt.Sprintf(format, a...)})
	}
}

// add adds an item.
func (b *Bundle) add(i Item) error {
	if len(b.Items) >= MaxItems {
		return fmt.Errorf("more than %d items", MaxItems)
	}
	b.Items = append(b.Items, i)
	return nil
}

// Kind tells what a file is by its name and its beginning, or returns nothing.
func Kind(name string, head []byte) string {
	text := string(bytes.TrimPrefix(head[:min(len(head), 8192)], []byte("\xef\xbb\xbf")))
	first, _, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	lower := strings.ToLower(first)
	switch ext := strings.ToLower(path.Ext(name)); {
	case strings.HasPrefix(text, "From ") && strings.Contains(text, "\n"), ext == ".mbox":
		return Mbox
	case ext == ".eml":
		return Message
	case ext == ".opt" && strings.Count(first, ",") >= 6:
		return LoadOPT
	case ext == ".dat" && isDAT(head):
		return LoadDAT
	case bayanatStart.MatchString(text):
		return BayanatJSON
	case ext == ".csv" && (strings.HasPrefix(lower, ",id,") || strings.Contains(lower, ",originid,") || strings.Contains(lower, "sjac_title")):
		return BayanatCSV
	case ext == ".csv" && uwaziHead(first):
		return UwaziCSV
	case graph.Kind(name, head) == graph.FollowTheMoney:
		return FtM
	}
	return ""
}

// Read reads a bundle of a kind that Kind told.
func Read(kind string, r io.Reader) (*Bundle, error) {
	out := &Bundle{Kind: kind}
	if kind == Mbox {
		return out, readMbox(out, r)
	}
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > MaxBytes:
		return nil, fmt.Errorf("more than %d bytes", MaxBytes)
	}
	switch kind {
	case BayanatJSON:
		err = readBayanat(out, b)
	case BayanatCSV, UwaziCSV:
		err = readTable(out, b)
	case FtM:
		err = readEntities(out, b)
	case LoadDAT:
		err = readDAT(out, b)
	case LoadOPT:
		err = readOPT(out, b)
	case Message:
		m, err2 := ParseMail(b)
		if err = err2; err == nil {
			err = out.add(m.item(0))
		}
	default:
		err = fmt.Errorf("%q is no kind of bundle", kind)
	}
	return out, err
}

// inside makes a path of a bundle out of one that somebody wrote, with either
// kind of slash. It fails where the path leads out.
func inside(written string) (string, error) {
	p := strings.ReplaceAll(strings.TrimSpace(written), `\`, "/")
	p = strings.TrimPrefix(p, "./")
	for strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") {
		p = p[1:] // from the bundle's own root
	}
	p = path.Clean(p)
	if p == "." || !fs.ValidPath(p) || len(p) > 1 && p[1] == ':' || strings.HasPrefix(p, "~") || strings.ContainsAny(p, "\x00\n\r") {
		return "", fmt.Errorf("the path %q leads out of the bundle, or nowhere", written)
	}
	return p, nil
}

// file adds a file to an item, or a problem.
func (b *Bundle) file(i *Item, written string) {
	if strings.TrimSpace(written) == "" {
		return
	}
	p, err := inside(written)
	if err != nil {
		b.problem(i.Line, "%v", err)
		return
	}
	if !slices.Contains(i.Files, p) {
		i.Files = append(i.Files, p)
	}
}

// readEntities reads FollowTheMoney entities.
func readEntities(out *Bundle, b []byte) error {
	list, err := graph.ParseEntities(b)
	if err != nil {
		return err
	}
	for n, e := range list {
		i := Item{ID: e.ID, Line: n + 1, Fields: map[string][]string{"schema": {e.Schema}}}
		for k, v := range e.Properties {
			if len(i.Fields) < maxFields {
				i.Fields[k] = v
			}
		}
		for _, k := range []string{"title", "name", "fileName"} {
			if v := e.Properties[k]; i.Title == "" && len(v) > 0 {
				i.Title = v[0]
			}
		}
		if v := e.Properties["bodyText"]; len(v) > 0 {
			i.Text = v[0]
		}
		for _, f := range e.Properties["fileName"] {
			out.file(&i, f)
		}
		for _, k := range []string{"date", "startDate", "authoredAt"} {
			for _, v := range e.Properties[k] {
				if t, ok := date(v); ok {
					i.Dates = append(i.Dates, Range{Field: k, From: t})
				}
			}
		}
		if err := out.add(i); err != nil {
			return err
		}
	}
	return nil
}

// layouts are the forms in which programs write dates. A day and a month that
// could be exchanged are not guessed at.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02", "2006-01", "2006"}

func date(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// flatten writes a JSON value as fields with dotted names.
func flatten(fields map[string][]string, name string, v any, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("values in more than %d levels", maxDepth)
	}
	if _, known := fields[name]; !known && len(fields) >= maxFields {
		return fmt.Errorf("more than %d fields", maxFields)
	}
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for k, x := range v {
			at := k
			if name != "" {
				at = name + "." + k
			}
			if err := flatten(fields, at, x, depth+1); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			if err := flatten(fields, name, x, depth+1); err != nil {
				return err
			}
		}
	case string:
		if v != "" {
			fields[name] = append(fields[name], v)
		}
	case json.Number:
		fields[name] = append(fields[name], v.String())
	default:
		fields[name] = append(fields[name], fmt.Sprint(v))
	}
	return nil
}

var errEmpty = errors.New("it is empty")
