package measure

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Priority is one of the capital's, with the measures that serve it: ids such
// as GE-SS, or the beginning of several, such as NY-*.
type Priority struct {
	Code     string   `json:"code"`
	Title    string   `json:"title"`
	Measures []string `json:"measures"`
	Source   string   `json:"source"`
}

var (
	priorityCode = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	measureCode  = regexp.MustCompile(`^[A-Z]{2}-([A-Z0-9]+|\*)$`)
)

// ParsePriorities reads the file that maps the capital's priorities to measures:
// comma-separated values with the columns code, title, measures (parted by
// blanks) and source. An error says the line.
func ParsePriorities(data []byte) ([]Priority, error) {
	if len(data) > 1<<20 {
		return nil, fault.Invalid("priorities", "the file is larger than a mebibyte")
	}
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	head, err := c.Read()
	if err != nil || !slices.Equal(head, []string{"code", "title", "measures", "source"}) {
		return nil, fault.Invalid("priorities", "the first line has to be: code,title,measures,source")
	}
	out := []Priority{}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.Invalid("priorities", "%v", err)
		}
		line, _ := c.FieldPos(0)
		p := Priority{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.Fields(cells[2]), strings.TrimSpace(cells[3])}
		switch {
		case !priorityCode.MatchString(p.Code):
			return nil, fault.Invalid("priorities", "line %d, column code: %q is not made of small letters, digits and hyphens", line, p.Code)
		case p.Title == "" || p.Source == "":
			return nil, fault.Invalid("priorities", "line %d: a priority has a title and a source", line)
		case len(p.Measures) == 0:
			return nil, fault.Invalid("priorities", "line %d, column measures: name the measures that serve it", line)
		case slices.ContainsFunc(out, func(o Priority) bool { return o.Code == p.Code }):
			return nil, fault.Invalid("priorities", "line %d: %s is there twice", line, p.Code)
		}
		for _, m := range p.Measures {
			if !measureCode.MatchString(m) {
				return nil, fault.Invalid("priorities", "line %d, column measures: %q is no measure: write GE-SS, or NY-* for all of New York", line, m)
			}
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, fault.Invalid("priorities", "the file holds no priority")
	}
	return out, nil
}

// Serves says whether a measure serves the priority.
func (p Priority) Serves(measure string) bool {
	return slices.ContainsFunc(p.Measures, func(m string) bool {
		start, several := strings.CutSuffix(m, "*")
		return m == measure || several && strings.HasPrefix(measure, start)
	})
}

type adopted struct {
	Priorities []Priority `json:"priorities"`
}

// Adopt makes a set of priorities the office's, in place of the one before.
func Adopt(tx *record.Tx, all []Priority) error {
	_, err := tx.Append(record.Draft{Kind: "priority.adopted", Subjects: []string{"priorities"}, Open: adopted{all}})
	return err
}
