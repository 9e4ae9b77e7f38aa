package bag

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decoder turns the bytes of a tag file into UTF-8. A nil encoding is UTF-8.
type decoder struct {
	name string
	enc  encoding.Encoding
}

// encodingOf finds the encoding that a bag declares for its tag files.
func encodingOf(name string) (decoder, error) {
	switch strings.ToUpper(name) {
	case "UTF-8", "UTF8", "US-ASCII", "ASCII":
		return decoder{name: name}, nil
	case "UTF-16", "UTF16":
		return decoder{name, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}, nil
	case "UTF-16LE":
		return decoder{name, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, nil
	case "UTF-16BE":
		return decoder{name, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}, nil
	case "UTF-32", "UTF-32BE":
		return decoder{name, utf32.UTF32(utf32.BigEndian, utf32.UseBOM)}, nil
	case "UTF-32LE":
		return decoder{name, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)}, nil
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return decoder{}, fmt.Errorf("%q is no character encoding that is known here", name)
	}
	return decoder{name, enc}, nil
}

var (
	errLine  = fmt.Errorf("a line is longer than %d bytes", MaxLine)
	errLines = fmt.Errorf("more than %d lines", MaxLines)
	errStop  = errors.New("stop")
)

// lines calls f with each line of a tag file, without its ending, which may be
// LF, CR or CRLF. It stops where f says so or where the text is not in its encoding.
func (d decoder) lines(r io.Reader, f func(n int, line string) error) error {
	if d.enc != nil {
		r = d.enc.NewDecoder().Reader(r)
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), MaxLine)
	s.Split(splitLines)
	n := 0
	for s.Scan() {
		n++
		if n > MaxLines {
			return errLines
		}
		line := s.Text()
		if !utf8.ValidString(line) || d.enc != nil && strings.ContainsRune(line, utf8.RuneError) {
			return fmt.Errorf("line %d is not %s", n, cmpOr(d.name, "UTF-8"))
		}
		if err := f(n, line); err != nil {
			return err
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return errLine
	}
	return s.Err()
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// splitLines is a bufio.SplitFunc for LF, CR and CRLF.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	case i+1 < len(data) || atEOF:
		return i + 1, data[:i], nil
	}
	return 0, nil, nil // a CR at the end of what was read: an LF may follow
}
