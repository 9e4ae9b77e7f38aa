package events

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"

	"github.com/heed-project/heed/internal/fault"
)

// maxRow is the longest row a reader holds, in bytes.
const maxRow = 1 << 20

// errTooLong ends a row that passes maxRow.
var errTooLong = fmt.Errorf("the row is longer than %d bytes, or a quoted value does not close", maxRow)

// errQuote is a row whose quotes do not close as CSV wants.
var errQuote = errors.New(`a quoted value does not close: write a quote inside a quoted value twice ("")`)

// openText unpacks gzip and turns UTF-16 with a byte order mark into UTF-8,
// both known from the first bytes, and drops a UTF-8 mark. It refuses what is
// plainly not a text table.
func openText(r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 32<<10)
	head, _ := br.Peek(8)
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, fault.Invalid("file", "the file begins as gzip and cannot be unpacked: %w", err)
		}
		br = bufio.NewReaderSize(zr, 32<<10)
		head, _ = br.Peek(8)
	}
	for magic, what := range map[string]string{
		"PK\x03\x04":       "a spreadsheet or zip file; save the sheet as CSV (UTF-8) first",
		"PAR1":             "a Parquet file; a CSV is expected",
		"%PDF":             "a PDF; a CSV is expected",
		"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV (UTF-8) first",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return nil, fault.Invalid("file", "this is %s", what)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM).NewDecoder().Reader(br), nil
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		br.Discard(3)
	}
	return br, nil
}

// A scanner cuts a stream into rows. It differs from encoding/csv in what it
// does with a broken row: reading goes on at the next line of the file, so an
// unclosed quote costs one row and not all that follow.
type scanner struct {
	r        io.Reader
	sep      byte
	buf      []byte
	from, to int   // the unread part of buf
	readErr  error // the stream's end, io.EOF when it is whole
	next     int   // line number of the first unread byte
	skip     bool  // the rest of the present line belongs to a row already refused

	rec    []byte // the row's values, one after the other
	ends   []int  // where each ends in rec
	fields []string
	latin1 bool // the row was not UTF-8 and was read as Windows-1252
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, sep: ',', buf: make([]byte, 32<<10), next: 1}
}

// row returns the next row and the line on which it begins. The fields are
// valid strings for ever; the slice is reused. A broken row gives errQuote or
// errTooLong, and reading can go on; any other error is the end.
func (s *scanner) row() (line int, fields []string, err error) {
	for {
		if s.skip && !s.skipLine() {
			return s.next, nil, s.readErr
		}
		n, lines, err := s.cut(s.buf[s.from:s.to])
		if err == io.ErrShortBuffer {
			if s.fill() {
				continue
			}
			switch {
			case s.to-s.from >= maxRow:
				err = errTooLong
			case s.to == s.from, s.readErr != io.EOF:
				return s.next, nil, s.readErr
			default:
				err = errQuote // the stream ended inside a quoted value
			}
		}
		line = s.next
		if err != nil {
			s.skip = true
			return line, nil, err
		}
		s.from += n
		s.next += lines
		if len(s.ends) == 1 && len(bytes.TrimSpace(s.rec)) == 0 {
			continue // a blank line is no row
		}
		return line, s.text(), nil
	}
}

// peekLine returns the first unread line, or what of it fits a row.
func (s *scanner) peekLine() string {
	for {
		line, _, ended := bytes.Cut(s.buf[s.from:s.to], []byte{'\n'})
		if ended || !s.fill() {
			return string(bytes.TrimRight(line, "\r"))
		}
	}
}

// skipLine drops bytes up to the end of the present line. It reports whether
// there is more.
func (s *scanner) skipLine() bool {
	for {
		if i := bytes.IndexByte(s.buf[s.from:s.to], '\n'); i >= 0 {
			s.from += i + 1
			s.next++
			s.skip = false
			return true
		}
		s.from = s.to
		if !s.fill() {
			s.skip = false
			return false
		}
	}
}

// fill reads more of the stream behind the unread part. It reports false at
// the end of the stream and when maxRow bytes are already held.
func (s *scanner) fill() bool {
	if s.readErr != nil || s.to-s.from >= maxRow {
		return false
	}
	if s.from > 0 {
		s.to = copy(s.buf, s.buf[s.from:s.to])
		s.from = 0
	}
	if s.to == len(s.buf) {
		s.buf = append(s.buf, make([]byte, min(len(s.buf), maxRow-len(s.buf)))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.to:])
		s.to += n
		s.readErr = err
		if n > 0 || err != nil {
			// At the end, one call more lets cut see the last line, which may
			// have no newline.
			return true
		}
	}
	s.readErr = io.ErrNoProgress
	return true
}

// cut parses one row at the start of b into rec and ends. It returns the bytes
// and line ends it took, io.ErrShortBuffer when b holds no whole row.
func (s *scanner) cut(b []byte) (n, lines int, err error) {
	s.rec, s.ends = s.rec[:0], s.ends[:0]
	if len(b) == 0 {
		return 0, 0, io.ErrShortBuffer
	}
	last := s.readErr == io.EOF // b is all that is left
	i := 0
	for {
		if i < len(b) && b[i] == '"' {
			var nl int
			i, nl, err = s.quoted(b, i+1, last)
			lines += nl
			if err != nil {
				return 0, 0, err
			}
		} else {
			start := i
			for i < len(b) && b[i] != s.sep && b[i] != '\n' {
				i++
			}
			end := i
			if end > start && b[end-1] == '\r' && (i == len(b) || b[i] == '\n') {
				end--
			}
			s.rec = append(s.rec, b[start:end]...)
		}
		if i == len(b) && !last {
			return 0, 0, io.ErrShortBuffer
		}
		s.ends = append(s.ends, len(s.rec))
		switch {
		case i == len(b):
			return i, lines, nil
		case b[i] == '\n':
			return i + 1, lines + 1, nil
		}
		i++ // the separator
	}
}

// quoted reads a quoted value that begins at b[i], after its quote. It returns
// the place of the separator or line end that follows it.
func (s *scanner) quoted(b []byte, i int, last bool) (at, lines int, err error) {
	for {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			return 0, 0, io.ErrShortBuffer
		}
		part := b[i : i+q]
		if nl := bytes.Count(part, []byte{'\n'}); nl > 0 {
			lines += nl
			part = bytes.ReplaceAll(part, []byte("\r\n"), []byte("\n"))
		}
		s.rec = append(s.rec, part...)
		i += q + 1
		if i < len(b) && b[i] == '"' {
			s.rec = append(s.rec, '"')
			i++
			continue
		}
		break
	}
	for i < len(b) && (b[i] == ' ' || b[i] == '\r') {
		i++
	}
	switch {
	case i == len(b) && !last:
		return 0, 0, io.ErrShortBuffer
	case i == len(b), b[i] == s.sep, b[i] == '\n':
		return i, lines, nil
	}
	return 0, 0, errQuote
}

// text turns the row that cut left behind into strings.
func (s *scanner) text() []string {
	s.fields = s.fields[:0]
	s.latin1 = !utf8.Valid(s.rec)
	if s.latin1 {
		from, d := 0, charmap.Windows1252.NewDecoder()
		for _, end := range s.ends {
			v, err := d.Bytes(s.rec[from:end])
			if err != nil { // cannot be: every byte has a meaning
				v = bytes.ToValidUTF8(s.rec[from:end], []byte("\ufffd"))
			}
			s.fields = append(s.fields, string(v))
			from = end
		}
		return s.fields
	}
	all, from := string(s.rec), 0
	for _, end := range s.ends {
		s.fields = append(s.fields, all[from:end])
		from = end
	}
	return s.fields
}
