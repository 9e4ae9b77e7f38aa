package bundle

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The three characters of a Concordance DAT: between fields, round a field, and
// for a new line within one.
const (
	between = '\x14'
	round   = 'þ'
	newline = '®'
)

// isDAT tells a DAT by its first bytes, in whatever encoding.
func isDAT(head []byte) bool {
	text, err := decodeDAT(head[:min(len(head), 4096)])
	return err == nil && strings.HasPrefix(text, string(round)) && strings.ContainsRune(text, between)
}

// decodeDAT turns a DAT into UTF-8: UTF-16 with a mark, UTF-8, or the Western
// code page in which the characters are single bytes.
func decodeDAT(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(b[:len(b)&^1])
		return string(out), err
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return string(b[3:]), nil
	case bytes.HasPrefix(b, []byte{0xfe}):
		out, err := charmap.Windows1252.NewDecoder().Bytes(b)
		return string(out), err
	}
	return string(b), nil
}

// readDAT reads a Concordance load file.
func readDAT(out *Bundle, b []byte) error {
	text, err := decodeDAT(b)
	if err != nil {
		return err
	}
	if !utf8.ValidString(text) {
		return errors.New("its text is in no encoding that is known for load files")
	}
	d := &datReader{text: text, line: 1}
	head, err := d.row()
	if err != nil {
		return fmt.Errorf("headings: %w", cmpErr(err))
	}
	if len(head) > maxFields {
		return fmt.Errorf("more than %d columns", maxFields)
	}
	for {
		row, err := d.row()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(row) != len(head) {
			at := d.places[min(len(row), len(head)+1)-1]
			out.problem(at.line, at.column, "%d fields, the headings have %d", len(row), len(head))
			continue
		}
		if err := out.add(datItem(out, head, row, d.places)); err != nil {
			return err
		}
	}
}

// datReader reads rows of fields.
type datReader struct {
	text   string
	at     int
	line   int
	begins int     // where the line does
	places []place // of the fields of the last row
}

// here is where the reader stands; columns are counted in characters.
func (d *datReader) here() place {
	return place{d.line, 1 + utf8.RuneCountInString(d.text[d.begins:d.at])}
}

func (d *datReader) row() (fields []string, err error) {
	for d.at < len(d.text) && (d.text[d.at] == '\n' || d.text[d.at] == '\r') {
		d.skip()
	}
	if d.at >= len(d.text) {
		return nil, io.EOF
	}
	d.places = d.places[:0]
	for {
		from := d.here()
		d.places = append(d.places, from)
		f, err := d.field()
		if err != nil {
			return nil, fmt.Errorf("line %d, column %d: %w", from.line, from.column, err)
		}
		if fields = append(fields, f); len(fields) > maxFields {
			return nil, fmt.Errorf("more than %d fields", maxFields)
		}
		if d.at >= len(d.text) || d.text[d.at] != between {
			return fields, nil
		}
		d.at++
	}
}

// skip moves over one character and counts lines.
func (d *datReader) skip() {
	newLine := d.text[d.at] == '\n'
	d.at++
	if newLine {
		d.line, d.begins = d.line+1, d.at
	}
}

// field reads one field, with or without characters round it.
func (d *datReader) field() (string, error) {
	start := d.at
	if !strings.HasPrefix(d.text[d.at:], string(round)) {
		for d.at < len(d.text) && d.text[d.at] != between && d.text[d.at] != '\n' && d.text[d.at] != '\r' {
			d.at++
		}
		return strings.ReplaceAll(d.text[start:d.at], string(newline), "\n"), nil
	}
	size := len(string(round))
	d.at += size
	start = d.at
	for d.at < len(d.text) {
		if strings.HasPrefix(d.text[d.at:], string(round)) {
			f := d.text[start:d.at]
			d.at += size
			return strings.ReplaceAll(f, string(newline), "\n"), nil
		}
		d.skip()
	}
	return "", errors.New("a field does not end: the file was cut")
}

// headings under which load files name an item, its text and its files.
var (
	datIDs    = []string{"docid", "begdoc", "begbates", "begno", "controlnumber", "prodbeg", "begdoc#", "bates"}
	datTitles = []string{"title", "filename", "subject", "emailsubject", "originalfilename"}
	datFiles  = []string{"nativepath", "nativelink", "nativefile", "native", "filepath", "link"}
	datTexts  = []string{"textpath", "textlink", "extractedtext", "ocrpath"}
	datSums   = []string{"sha256", "sha256hash", "sha1", "sha1hash", "md5", "md5hash", "md5hashvalue", "hash", "hashvalue", "filehash"} // of the native file
	datDates  = []string{"datesent", "datereceived", "datecreated", "datemodified", "docdate", "date", "sentdate"}
)

func plain(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(s))
}

func datItem(out *Bundle, head, row []string, at []place) Item {
	i := Item{Line: at[0].line, Fields: map[string][]string{}}
	sum := ""
	for n, v := range row {
		if key := plain(strings.TrimSpace(head[n])); sum == "" && slices.Contains(datSums, key) {
			sum = v
		}
	}
	for n, v := range row {
		name := strings.TrimSpace(head[n])
		if v = strings.TrimSpace(v); v == "" || name == "" {
			continue
		}
		i.Fields[name] = append(i.Fields[name], v)
		key := plain(name)
		switch {
		case i.ID == "" && slices.Contains(datIDs, key):
			i.ID = v
		case i.Title == "" && slices.Contains(datTitles, key):
			i.Title = v
		case slices.Contains(datFiles, key) && !strings.Contains(v, "\n"):
			out.file(&i, at[n], v, sum)
		case slices.Contains(datTexts, key) && !strings.Contains(v, "\n"):
			out.file(&i, at[n], v, "")
		case slices.Contains(datDates, key):
			if t, ok := date(v); ok {
				i.Dates = append(i.Dates, Range{Field: name, From: t})
			}
		}
	}
	if i.ID == "" {
		i.ID = strings.TrimSpace(row[0])
	}
	return i
}

// readOPT reads an Opticon load file: key, volume, path, Y for the first page of
// a document, two more breaks, pages. The pages of a document become one item.
func readOPT(out *Bundle, b []byte) error {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	var now *Item
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			out.problem(bad.Line, bad.Column, "%v", bad.Err)
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if len(row) < 4 {
			l, c := r.FieldPos(len(row) - 1)
			out.problem(l, c, "%d fields, an image has at least 4", len(row))
			continue
		}
		if strings.EqualFold(strings.TrimSpace(row[3]), "Y") || now == nil {
			if now != nil {
				if err := out.add(*now); err != nil {
					return err
				}
			}
			now = &Item{ID: strings.TrimSpace(row[0]), Title: strings.TrimSpace(row[0]), Line: line, Fields: map[string][]string{"volume": {strings.TrimSpace(row[1])}}}
		}
		l, c := r.FieldPos(2)
		out.file(now, place{l, c}, row[2], "")
	}
	if now == nil {
		return errEmpty
	}
	return out.add(*now)
}
