// Package bundle reads what other programs of the field hand on as a whole: exports
// of Bayanat and Uwazi, FollowTheMoney entities, load files of eDiscovery, and mail.
// Each becomes Items: what is described, what is said about it, and which files
// belong to it.
//
// Read tells the kind by the content and the name, and reads. A row that is wrong
// keeps no other from being read: it is a Problem, with its line and column. Paths are
// given with slashes and never lead out of the bundle; a path that would is a problem.
// Files are named, not opened: whoever takes them in hashes them first. Onto says of
// a bundle whether what it names stands beside it, with the digests that it states.
//
// Everything is text that somebody else wrote. It is returned as it is, for fields
// that are sealed; nothing in it is evaluated, expanded or fetched. Boxed reads in a
// process of its own, with limits and without a network.
//
//	kind := bundle.Kind(name, head)
//	b, err := bundle.Read(kind, content)
//	b, err = bundle.Boxed(ctx, name, content, true)
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
	ID     string              `json:"id,omitempty"`
	Title  string              `json:"title,omitempty"`
	Text   string              `json:"text,omitempty"`
	Line   int                 `json:"line"`             // where it stands, from 1; 0 where there are no lines
	Fields map[string][]string `json:"fields,omitempty"` // what else is said, under the program's own headings
	Files  []string            `json:"files,omitempty"`  // paths in the bundle
	Sums   map[string]string   `json:"sums,omitempty"`   // of files, in small hexadecimal digits: MD5, SHA-1 or SHA-256 by their length
	Dates  []Range             `json:"dates,omitempty"`
}

// A Range is a span of time. A zero end is not stated.
type Range struct {
	Field string    `json:"field"`
	From  time.Time `json:"from,omitzero"`
	To    time.Time `json:"to,omitzero"`
}

// A Problem is a part that could not be read, and where it stands, from 1. Column 0
// is the whole line.
type Problem struct {
	Line   int    `json:"line"`
	Column int    `json:"column,omitempty"`
	Text   string `json:"text"`
}

// String says where, then what.
func (p Problem) String() string {
	if p.Column == 0 {
		return fmt.Sprintf("line %d: %s", p.Line, p.Text)
	}
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Text)
}

// A Bundle is what was read.
type Bundle struct {
	Kind     string    `json:"kind"` // "" of what is none
	Items    []Item    `json:"items,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
	Broken   string    `json:"broken,omitempty"` // why it was not read to its end
	Parts    []Part    `json:"parts,omitempty"`  // of mail, where they were asked for
}

// A Part is a file inside a bundle: an attachment, a message of a mailbox.
type Part struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Line int    `json:"line"` // of the item that it belongs to
	Data []byte `json:"data"`
}

// problem adds a problem, up to a number that nobody reads through.
func (b *Bundle) problem(line, column int, format string, a ...any) {
	if len(b.Problems) < 10000 {
		b.Problems = append(b.Problems, Problem{line, column, fmt.Sprintf(format, a...)})
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

// A place is where something stands in a file, from 1.
type place struct{ line, column int }

// file adds a file to an item, or a problem, and the digest that is stated of it.
func (b *Bundle) file(i *Item, at place, written, sum string) {
	if strings.TrimSpace(written) == "" {
		return
	}
	p, err := inside(written)
	if err != nil {
		b.problem(at.line, at.column, "%v", err)
		return
	}
	if len(i.Files) >= maxFields {
		b.problem(at.line, at.column, "names more than %d files", maxFields)
		return
	}
	if !slices.Contains(i.Files, p) {
		i.Files = append(i.Files, p)
	}
	if sum = strings.ToLower(strings.TrimSpace(sum)); hashOf(sum) != 0 {
		if i.Sums == nil {
			i.Sums = map[string]string{}
		}
		i.Sums[p] = sum
	}
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
	if _, known := fields[name]; name != "" && !known && len(fields) >= maxFields {
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
