package coding

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

//go:embed vocabulary.csv
var shipped []byte

// The limits of a vocabulary.
const (
	maxFile  = 256 << 10
	maxTerms = 2000
)

// wordForm is how fields and codes are spelt: they stand in tables.
var wordForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// A Choice is a term of a vocabulary with its words.
type Choice struct {
	Term
	Label string `json:"label"`
}

// A Vocabulary is the terms that an office has agreed on, in their order.
type Vocabulary []Choice

// Has tells whether a term is in it.
func (v Vocabulary) Has(t Term) bool {
	return slices.ContainsFunc(v, func(c Choice) bool { return c.Term == t })
}

// Label returns the words of a term; of one that is no longer in it, the term.
func (v Vocabulary) Label(t Term) string {
	for _, c := range v {
		if c.Term == t {
			return c.Label
		}
	}
	return t.String()
}

// Fields returns the fields in their order.
func (v Vocabulary) Fields() (out []string) {
	for _, c := range v {
		if !slices.Contains(out, c.Field) {
			out = append(out, c.Field)
		}
	}
	return out
}

// Parse reads a vocabulary: CSV with the columns field, code and label. Fields
// and codes are short words of small Latin letters, digits and hyphens; labels
// are in whatever language the office works in.
func Parse(b []byte) (Vocabulary, error) {
	if len(b) > maxFile {
		return nil, fault.Invalid("vocabulary", "it has %d bytes, at most %d", len(b), maxFile)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	head, err := r.Read()
	if err != nil || !slices.Equal(head, []string{"field", "code", "label"}) {
		return nil, fault.Invalid("vocabulary", "line 1: the columns must be field,code,label")
	}
	var out Vocabulary
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.Invalid("vocabulary", "%w", err)
		}
		line, _ := r.FieldPos(0)
		c := Choice{Term{row[0], row[1]}, strings.TrimSpace(row[2])}
		switch {
		case !wordForm.MatchString(c.Field), !wordForm.MatchString(c.Code):
			return nil, fault.Invalid("vocabulary", "line %d: %.60q: fields and codes are short words of a-z, 0-9 and -", line, c.String())
		case c.Label == "" || len(c.Label) > 200:
			return nil, fault.Invalid("vocabulary", "line %d: %.60s needs a label of at most 200 bytes", line, c.String())
		case out.Has(c.Term):
			return nil, fault.Invalid("vocabulary", "line %d: %.60s stands twice", line, c.String())
		case len(out) == maxTerms:
			return nil, fault.Invalid("vocabulary", "line %d: there are more than %d terms", line, maxTerms)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fault.Invalid("vocabulary", "there is no term below the names of columns")
	}
	return out, nil
}

type adopted struct {
	File string `json:"file"`
}

// Adopt puts a vocabulary into force. What was coded before keeps its terms.
func Adopt(tx *record.Tx, file []byte) (Vocabulary, error) {
	v, err := Parse(file)
	if err != nil {
		return nil, err
	}
	_, err = tx.Append(record.Draft{Kind: "coding.vocabulary", Subjects: []string{"coding"}, Marking: "GREEN", Sealed: adopted{string(file)}})
	return v, err
}

// Current returns the vocabulary in force and the entry with which it was put
// there: 0 for the one that comes with Heed.
func Current(v *record.View) (Vocabulary, int64, error) {
	entry, err := readVocabulary(v.Tx)
	if err != nil {
		return nil, 0, err
	}
	if entry == 0 {
		out, err := Parse(shipped)
		return out, 0, err
	}
	var x adopted
	if err := v.Unseal(entry, &x); err != nil {
		return nil, 0, err
	}
	out, err := Parse([]byte(x.File))
	return out, entry, err
}
