package evidence

import (
	"errors"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Described is what an export says of an item: a claim of whoever wrote the
// export, never a proof.
type Described struct {
	Kind  string        `json:"kind"`   // of bundle's kinds
	By    string        `json:"export"` // the item that is the export; "" where that was not handed over
	Line  int           `json:"line"`   // in it, or the entry of the node that handed the item over
	Entry int64         `json:"entry"`
	Facts []bundle.Fact `json:"facts"`
	of    string        // the item
}

// describedOpen is the open part: which record of which export.
type describedOpen struct {
	Item string `json:"item"`
	By   string `json:"export"`
	Line int    `json:"line"`
}

// describedSealed is sealed under the item's own key: it is destroyed with it.
type describedSealed struct {
	Kind  string        `json:"kind"`
	Facts []bundle.Fact `json:"facts"`
}

// Describe records what a record of an export says of an item. It is nil, and
// nothing is appended, where that is on record already.
func Describe(tx *record.Tx, id string, d Described) (*record.Entry, error) {
	all, err := readDescribed(tx.Tx, id, "")
	if err != nil || slices.ContainsFunc(all, func(o Described) bool { return o.By == d.By && o.Line == d.Line }) {
		return nil, err
	}
	var export []string
	if d.By != "" { // "" is what another office said, of an export that is not here
		export = []string{d.By}
	}
	e, err := on(tx, id, record.Draft{Kind: "evidence.described", Subjects: export, Open: describedOpen{id, d.By, d.Line}, Sealed: describedSealed{d.Kind, d.Facts}})
	return &e, err
}

// The bounds of what another office says of an item.
const mostFacts, longestFact = 2000, 1 << 20

// ReadDescribed reads the parts of an entry that describes an item, as they come
// with an item from another custodian: the export is one of theirs.
func ReadDescribed(open, sealed []byte) (Described, error) {
	var o describedOpen
	var s describedSealed
	if len(open) > longestFact || len(sealed) > longestFact {
		return Described{}, fault.Invalid("described", "it has more than %d bytes", longestFact)
	}
	if err := errors.Join(record.DecodeStrict(open, &o), record.DecodeStrict(sealed, &s)); err != nil {
		return Described{}, fault.Invalid("described", "%w", err)
	}
	if s.Kind == "" || len(s.Kind) > 100 || len(s.Facts) > mostFacts || o.Line < 0 {
		return Described{}, fault.Invalid("described", "it names no kind or line, or has more than %d facts", mostFacts)
	}
	return Described{Kind: s.Kind, By: o.By, Line: o.Line, Facts: s.Facts}, nil
}

// DescribedAs returns what exports say of an item, the oldest first. Whoever is
// shown it must be one who may open the item.
func DescribedAs(v *record.View, id string) ([]Described, error) {
	out, err := readDescribed(v.Tx, id, "")
	for n := range out {
		var s describedSealed
		err := v.Unseal(out[n].Entry, &s)
		if fault.KindOf(err) == fault.KindNotFound { // erased
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out[n].Kind, out[n].Facts = s.Kind, s.Facts
	}
	return out, err
}

// DescribedBy returns the items of which an export says something.
func DescribedBy(v *record.View, export string) (out []string, err error) {
	all, err := readDescribed(v.Tx, "", export)
	seen := map[string]bool{}
	for _, d := range all {
		if !seen[d.of] {
			out = append(out, d.of)
		}
		seen[d.of] = true
	}
	return out, err
}

// SaidOf is what exports say of an item, as text in which is searched.
func SaidOf(all []Described) string {
	var b strings.Builder
	for _, d := range all {
		for _, f := range d.Facts {
			b.WriteString("\n" + f.Name + ": " + f.Value)
		}
	}
	return b.String()
}
