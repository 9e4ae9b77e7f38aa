package facts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// A Fact is one row of the files as a person can look it up: its ID is the file
// and the key of the row, as in "members/HRC/SVN/2026-01-01/member". Sum changes
// with anything that the row says, and not with where it comes from.
type Fact struct {
	ID, Kind, Text, Sum string
	Origin
}

// A Sight is that somebody has seen a fact in a source on a day. It holds for
// the row as it was then: Sum.
type Sight struct {
	Sum, Source string
	Day         Date
}

// aside are the columns that say where a row comes from, not what it says.
var aside = [...]string{"source", "date", "mark", "evidence"}

// kindOf is the word for a row of a file; those of members/ and situations.csv
// are told apart by what they say.
func kindOf(form string, r row) string {
	switch form {
	case "members":
		if strings.HasPrefix(r.cell["standing"], "reservation") {
			return "reservation"
		}
		return "membership"
	case "situations.csv":
		if strings.Contains(r.cell["kind"], "mechanism") {
			return "mechanism"
		}
		return "standing"
	case "doors.csv":
		return "condition"
	case "bodies.csv":
		return "body"
	case "vetoes.csv":
		return "veto"
	}
	return strings.TrimSuffix(strings.TrimSuffix(form, ".csv"), "s")
}

// name is the id of a row's fact.
func (r row) name(form string, key []string) string {
	id := strings.TrimSuffix(form, ".csv")
	for _, k := range key {
		id += "/" + r.cell[k]
	}
	return id
}

// sum is the digest of what a row says.
func (r row) sum() string {
	h := sha256.New()
	for _, column := range slices.Sorted(maps.Keys(r.cell)) {
		if r.cell[column] != "" && !slices.Contains(aside[:], column) {
			fmt.Fprintf(h, "%d:%s=%d:%s;", len(column), column, len(r.cell[column]), r.cell[column])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// text puts what a row says into one line, in the order of the file's columns.
func (r row) text(columns []string) string {
	var b strings.Builder
	for _, c := range columns {
		if r.cell[c] == "" || slices.Contains(aside[:], c) {
			continue
		}
		if b.Len() > 0 {
			io.WriteString(&b, "; ")
		}
		fmt.Fprintf(&b, "%s: %s", c, r.cell[c])
	}
	return b.String()
}

// evidence reads source and mark of a measure out of its cell for both, unless
// somebody has seen it since.
func (r row) evidence(o *Origin) {
	if r.cell["mark"] != string(Seen) || r.cell["source"] == "" {
		o.Source, o.Mark = sourceOf(r.cell["evidence"]), ParseMark(r.cell["evidence"])
	}
}

// fact makes a row into a fact.
func (r row) fact(form string, shape form) (Fact, error) {
	o, err := r.origin()
	if err != nil {
		return Fact{}, err
	}
	if form == "measures.csv" {
		r.evidence(&o)
	}
	return Fact{r.name(form, shape.key), kindOf(form, r), r.text(shape.columns), r.sum(), o}, nil
}

// List returns every row of every file, by its id.
func (f *Facts) List() ([]Fact, error) {
	var out []Fact
	shapes := forms()
	for form, rows := range f.rows {
		for _, r := range rows {
			x, err := r.fact(form, shapes[form])
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b Fact) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// With returns the facts in which those that somebody has seen, by their ids,
// bear the mark S, the source and the day of that. A row that says something
// else now than what was seen keeps its own mark, and so does one whose file says
// where it was seen.
func (f *Facts) With(seen map[string]Sight) (*Facts, error) {
	shapes, rows := forms(), map[string][]row{}
	for form, all := range f.rows {
		all = slices.Clone(all)
		for i, r := range all {
			s, ok := seen[r.name(form, shapes[form].key)]
			if !ok || s.Sum != r.sum() {
				continue
			}
			if x, err := r.fact(form, shapes[form]); err != nil || x.Mark.Verified() {
				continue
			}
			r.cell = maps.Clone(r.cell)
			r.cell["source"], r.cell["date"], r.cell["mark"] = s.Source, s.Day.String(), string(Seen)
			all[i] = r
		}
		rows[form] = all
	}
	return build(rows)
}
