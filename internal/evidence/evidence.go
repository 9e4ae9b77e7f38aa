// Package evidence takes in material and keeps it so that a court can rely on
// it: what was taken, by whom, under what authority, that nothing changed, and
// everybody who opened, copied, marked, held, reviewed or handed it on.
//
// Material is preserved first. An intake names the authority under which it is
// taken, which may be provisional: a mandate can be linked later. Each file
// becomes an item with an entry of its own, which is appended when its bytes,
// encrypted to the custody keys, are durable in the vault: see
// internal/evidence/vault. The original is never touched. A transcode, a
// redaction, a transcript, a thumbnail or a text is a new item that names what
// it was derived from, with which tool, by whom.
//
//	desk := evidence.New(rec, vault)
//	in, err := desk.Begin(tx, evidence.IntakeInput{Authority: "Provisional: Art. 4 of the founding resolution"})
//	taken, refused, err := desk.Take(ctx, by, in, sources, nil)
//	opened, err := evidence.Open(tx, "E-7.3", "to prepare the request of 3 May"); err = desk.Copy(ctx, w, item)
//
// Names, paths, hashes and words are sealed under the item's own key; tables
// hold ids, sizes, states, and a keyed digest by which equal contents are
// found. Who may open what an item says is decided by its marking, its holds
// and its permissions (package consent), and asked for by the caller.
//
// The package trusts its caller to have decided who may do this and that the
// ids which are linked exist.
package evidence

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of review, in the order in which they come. Whoever reviews an item
// does not edit it, and is not the one who took it in.
const (
	Unreviewed = "unreviewed"
	InReview   = "in-review"
	Reviewed   = "reviewed"
	Returned   = "returned" // the reviewer wants something done first
)

// States returns all states of review.
func States() []string { return []string{Unreviewed, InReview, Reviewed, Returned} }

// Ways in which a copy is derived from an original.
func Ways() []string {
	return []string{"transcode", "redaction", "transcript", "translation", "thumbnail", "text", "extract", "working-copy"}
}

// An Item is one file as it stands at the moment of reading.
type Item struct {
	ID      string      `json:"id"` // "E-7.3": the third of intake IN-7
	Intake  string      `json:"intake"`
	Seq     int         `json:"seq"`
	Entry   int64       `json:"entry"` // the entry with which it was taken in
	Taken   time.Time   `json:"taken"`
	By      string      `json:"by"`
	Marking string      `json:"marking"`
	Size    int64       `json:"bytes"`
	Place   vault.Place `json:"-"`
	From    string      `json:"derived_from,omitempty"`
	How     string      `json:"how,omitempty"` // one of Ways
	State   string      `json:"state"`
	Holds   int         `json:"holds"`             // legal holds in force
	Damaged bool        `json:"damaged,omitempty"` // found damaged and not restored
	Erased  bool        `json:"erased,omitempty"`  // its words were destroyed
	Words
	Links []Link `json:"links"`
	// Withheld says why its words and bytes are not shown: what those who gave
	// it permitted is in the way.
	Withheld string `json:"withheld,omitempty"`

	terms []int64 // entries of the permissions that bear on it
}

// Words are what is sealed of an item.
type Words struct {
	Name     string    `json:"name"`
	Path     string    `json:"path,omitempty"` // where it was, as the taker named it
	Modified time.Time `json:"modified,omitzero"`
	Type     string    `json:"type,omitempty"` // media type, as it was told
	SHA256   string    `json:"sha256"`         // of the original bytes
	Tool     string    `json:"tool,omitempty"` // what made a derived copy
	Note     string    `json:"note,omitempty"`
}

// A Link says that an item belongs to something: a collection, a source, a
// case, a situation, a mandate, a contributor's consent.
type Link struct {
	Kind string `json:"kind"` // one of LinkKinds
	To   string `json:"to"`
}

// LinkKinds returns what an item can belong to.
func LinkKinds() []string {
	return []string{"collection", "source", "case", "situation", "mandate", "consent", "report"}
}

// Kept is where the bytes of an item are and what they must be.
func (i Item) Kept() (vault.Kept, error) {
	if i.Erased {
		return vault.Kept{}, fault.NotFound("%s was erased", i.ID)
	}
	sum, err := blob.ParseSum(i.SHA256)
	return vault.Kept{Place: i.Place, SHA256: sum, Size: i.Size}, err
}

// To returns what an item is linked to, of one kind.
func (i Item) To(kind string) (out []string) {
	for _, l := range i.Links {
		if l.Kind == kind {
			out = append(out, l.To)
		}
	}
	return out
}

func itemID(intake string, seq int) string {
	return "E-" + strings.TrimPrefix(intake, "IN-") + "." + strconv.Itoa(seq)
}

// Get returns an item with its words, or a fault of kind NotFound.
func Get(v *record.View, id string) (Item, error) {
	i, err := Head(v, id)
	if err != nil {
		return i, err
	}
	return i, complete(v, &i)
}

// Head returns an item without its words, for deciding who may read them.
func Head(v *record.View, id string) (Item, error) {
	rows, err := readItems(v.Tx, Filter{ID: id, Limit: 1})
	if err != nil {
		return Item{}, err
	}
	if len(rows) == 0 {
		return Item{}, fault.NotFound("there is no item %s", id)
	}
	return rows[0], addLinks(v, rows)
}

// complete adds the words.
func complete(v *record.View, i *Item) error {
	err := v.Unseal(i.Entry, &i.Words)
	if fault.KindOf(err) == fault.KindNotFound {
		i.Erased = true
		return nil
	}
	return err
}

// A Filter selects items; zero fields select all.
type Filter struct {
	ID, Intake     string
	Link           Link // linked to this
	From           string
	Originals      bool   // no derived copies
	How            string // derived so: one of Ways
	NoThumbs       bool   // no thumbnails
	State, Marking string
	Held, Damaged  bool
	By             string
	Mark           string // see Desk.Mark
	After, Before  int64  // of a page: only items with an Entry above, below
	Limit          int    // of a page: at most 1000; 0 is 50
	Oldest         bool   // the oldest first
}

// List returns a page of the items that a filter selects, with their words.
// For the next page, set Before (or After, for the oldest first) to the Entry
// of the last one.
func List(v *record.View, f Filter) ([]Item, error) {
	rows, err := Heads(v, f)
	if err != nil {
		return nil, err
	}
	for n := range rows {
		if err := complete(v, &rows[n]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Heads is List without the words.
func Heads(v *record.View, f Filter) ([]Item, error) {
	rows, err := readItems(v.Tx, f)
	if err != nil {
		return nil, err
	}
	return rows, addLinks(v, rows)
}

// Each calls f with every item that a filter selects, with its words, the oldest
// first, and EachHead without them. The filter's own page and order do not count.
func Each(v *record.View, filter Filter, f func(Item) error) error { return each(v, filter, List, f) }

// EachHead is Each without the words.
func EachHead(v *record.View, filter Filter, f func(Item) error) error {
	return each(v, filter, Heads, f)
}

func each(v *record.View, filter Filter, read func(*record.View, Filter) ([]Item, error), f func(Item) error) error {
	filter.After, filter.Before, filter.Limit, filter.Oldest = 0, 0, 1000, true
	for {
		page, err := read(v, filter)
		if err != nil {
			return err
		}
		for _, i := range page {
			filter.After = i.Entry
			if err := f(i); err != nil {
				return err
			}
		}
		if len(page) < filter.Limit {
			return nil
		}
	}
}

// Facets counts the items that a filter selects, by state, marking, and what
// they are linked to.
func Facets(v *record.View, f Filter) (map[string]map[string]int, error) { return countItems(v.Tx, f) }

func addLinks(v *record.View, rows []Item) error {
	const step = 200
	for from := 0; from < len(rows); from += step {
		part := rows[from:min(from+step, len(rows))]
		ids := make([]string, len(part))
		at := map[string]*Item{}
		for n := range part {
			ids[n], part[n].Links = part[n].ID, []Link{}
			at[part[n].ID] = &part[n]
		}
		links, err := readLinks(v.Tx, ids)
		if err != nil {
			return err
		}
		for _, l := range links {
			i := at[l.item]
			i.Links = append(i.Links, l.Link)
		}
		if err := addTerms(v, part, at); err != nil {
			return err
		}
	}
	return nil
}

// Derived returns the copies that were derived from an item.
func Derived(v *record.View, id string) ([]Item, error) {
	return List(v, Filter{From: id, Limit: 1000, Oldest: true})
}

func checkMarking(m string) error {
	if !slices.Contains(record.Markings, m) {
		return fault.Invalid("marking", "marking %q is not one of %s", m, strings.Join(record.Markings, ", "))
	}
	return nil
}

// ReadWords reads the sealed part of the entry by which an item was taken in,
// as it comes with an item from another custodian.
func ReadWords(b []byte) (w Words, err error) {
	err = record.DecodeStrict(b, &w)
	return w, err
}
