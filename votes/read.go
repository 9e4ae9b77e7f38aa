package votes

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A Note is a row that was left out, and why.
type Note struct {
	File string
	Line int
	Text string
}

func (n Note) String() string { return fmt.Sprintf("%s: line %d: %s", n.File, n.Line, n.Text) }

// Notes are the rows that were left out.
type Notes struct {
	Rows    int // rows read
	LeftOut int
	First   []Note // the first of them
}

// keptNotes is how many notes are kept.
const keptNotes = 50

func (n *Notes) add(file string, line int, format string, args ...any) {
	n.LeftOut++
	if len(n.First) < keptNotes {
		n.First = append(n.First, Note{file, line, fmt.Sprintf(format, args...)})
	}
}

// enough fails when more than a hundredth of the rows was left out.
func (n *Notes) enough() error {
	if n.LeftOut*100 > n.Rows {
		return fmt.Errorf("%d of %d rows cannot be read, the first is %s: is this the right file?", n.LeftOut, n.Rows, n.First[0])
	}
	return nil
}

// A sheet is a CSV file read row by row, its columns by name.
type sheet struct {
	name   string
	csv    *csv.Reader
	column map[string]int
	row    []string
}

// errQuotes says that a row's quotes are broken.
var errQuotes = errors.New("the quotes of this row are broken")

// open reads the first row. The file may be compressed with gzip. It fails
// when a column is missing that it needs.
func open(name string, r io.Reader, needs ...string) (*sheet, error) {
	plain, err := Plain(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &sheet{name: name, csv: csv.NewReader(plain), column: map[string]int{}}
	s.csv.ReuseRecord, s.csv.LazyQuotes, s.csv.FieldsPerRecord = true, true, -1
	head, err := s.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no first row with the names of columns: %w", name, err)
	}
	for i, c := range head {
		s.column[strings.ToLower(strings.Trim(strings.TrimSpace(c), "\ufeff"))] = i
	}
	for _, c := range needs {
		if _, ok := s.column[c]; !ok {
			return nil, fmt.Errorf("%s: line 1: there is no column %q; there are %s", name, c, strings.Join(head, ", "))
		}
	}
	return s, nil
}

// Plain returns the text of a file that may be compressed by gzip.
func Plain(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		return gzip.NewReader(b)
	}
	return b, nil
}

// next reads a row; io.EOF ends. A row with broken quotes is errQuotes.
func (s *sheet) next() (err error) {
	s.row, err = s.csv.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		return errQuotes
	case err != nil && err != io.EOF:
		return fmt.Errorf("%s: line %d: %w", s.name, s.line(), err)
	}
	return err
}

// line returns the line of the row.
func (s *sheet) line() int {
	if len(s.row) == 0 {
		return 0
	}
	line, _ := s.csv.FieldPos(0)
	return line
}

// get returns a cell, empty if the row or the file has none.
func (s *sheet) get(column string) string {
	i, ok := s.column[column]
	if !ok || i >= len(s.row) {
		return ""
	}
	return strings.TrimSpace(s.row[i])
}

// has returns a cell, empty for the "NA" of R.
func (s *sheet) has(column string) string {
	if v := s.get(column); v != "NA" {
		return v
	}
	return ""
}

// each hands every row to a function that says what is wrong with it.
func (s *sheet) each(notes *Notes, row func() error) error {
	for {
		err := s.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil && !errors.Is(err, errQuotes):
			return err
		}
		notes.Rows++
		if err == nil {
			err = row()
		}
		if err != nil {
			notes.add(s.name, s.line(), "%v", err)
		}
	}
}

// parseDay reads a date as the sources write it.
func parseDay(text string) (time.Time, error) {
	for _, form := range []string{"2006-01-02", time.RFC3339, "2006-01-02T15:04:05", "1/2/2006", "20060102"} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date; write 2013-12-18", text)
}

// truth reads a flag of 0 and 1.
func truth(text string) bool {
	return slices.Contains([]string{"1", "true", "yes", "y"}, strings.ToLower(text))
}

// Head returns the names of the columns of a CSV file, compressed or not, in
// small letters.
func Head(r io.Reader) ([]string, error) {
	s, err := open("file", r)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(s.column))
	for name, i := range s.column {
		if i < len(out) {
			out[i] = name
		}
	}
	return out, nil
}
