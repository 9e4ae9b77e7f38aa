package reading

import (
	"strings"
	"unicode/utf8"
)

// A Folded is the words of a text as they are compared, one a line. To look for a query
// in it takes a small part of the time that the text takes.
type Folded string

// Fold folds what is searched of a reading.
func (r *Reading) Fold() Folded {
	var b strings.Builder
	words := split(r.Searched())
	b.Grow(len(r.Text) + len(words))
	b.WriteByte('\n')
	for _, w := range words {
		b.WriteString(w.text)
		b.WriteByte('\n')
	}
	return Folded(b.String())
}

// Has tells whether each term of a query is in a text: what [Query.In] says of it. Where a
// reading is a mailbox, Find says whether they are in one mail.
func (f Folded) Has(q Query) bool {
	for _, t := range q {
		if !strings.Contains(string(f), t.line()) {
			return false
		}
	}
	return len(q) > 0
}

// line is a term as it stands in a folded text.
func (t Term) line() string {
	text := "\n" + strings.Join(t, "\n")
	if utf8.RuneCountInString(t[len(t)-1]) < 3 { // no beginning of a longer word
		text += "\n"
	}
	return text
}
