package page

import (
	"strconv"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
)

// Library is the list of evidence, with facets.
type Library struct {
	Frame
	Table  Table
	Cards  bool
	Items  []ItemCard
	Facets []Facet
	Search Field
	Total  int
	Part   bool
	Other  string // the address of the other way of showing
	Export string // where they are exported
	Pages  []Turn
	Show   PictureForm
}

// An ItemCard is an item as a card.
type ItemCard struct {
	ID, Name, Marking, State string
	Size                     string
	Taken                    time.Time
	Damaged                  bool
	Kind                     string // what the file holds, as its name says; "" is not shown
	Picture                  string // where its thumbnail is, for who opened it; "" for none
}

// A Facet is one way of narrowing a list down.
type Facet struct {
	Key    string
	Values []FacetValue
}

// A FacetValue is one choice of a facet and how many items it would leave.
type FacetValue struct {
	Text, Href string
	Count      int64
	Here       bool
}

// A Turn leads to another part of a list.
type Turn struct{ Href, Text string }

// An Item is an item of evidence and its custody.
type Item struct {
	Frame
	Row                     heed.ItemView
	Size                    string
	By                      Ref
	Custody                 []CustodyRow
	Purpose, State, Note    Field
	Use                     UseForm
	Copy                    CopyForm
	Hold, Authority, Reason Field
	Derived                 []ItemCard
	MayOpen, MayChange      bool
	MayReview, Held         bool
	MayCopy                 bool // make something out of it
	Coding                  CodingForm
	Verdict, Words          Field // of the review of its coding
	Near                    NearPart
	Unpack                  Field // for what its records are taken in
	Handling                Handling
	Card                    ItemCard
	Show                    PictureForm
}

// A TextSearch looks for words in items, and shows those around what was found.
type TextSearch struct {
	Frame
	Query, Purpose Field
	Done, More     bool
	Found          []heed.Found
	Looked         int
}

// A CopyForm asks what is to be gone from a copy, and for what its text is kept.
type CopyForm struct{ Words, Boxes, DPI, Seen, Purpose, TextPurpose Field }

// A UseForm asks for what an item is used, by whom and where.
type UseForm struct{ For, Party, Class, In, Death, Asked Field }

// A CodingForm says what an item shows. Without terms nothing is offered.
type CodingForm struct{ Terms, Events, Persons, Places, Note Field }

// Handling is what an item may be used for, what holds it, and the forms that change that.
type Handling struct {
	Permissions                       []PermissionRow
	Held                              []string
	MayChange, MayMark, MayHold       bool
	Permit                            PermitForm
	Withdraw, Scope                   Field
	LinkKind, LinkTo, Unlink          Field
	Marking, MarkWhy                  Field
	Release, ReleaseUnder, ReleaseWhy Field
}

// A PermissionRow is a consent or a condition, in words.
type PermissionRow struct {
	ID        string
	Facts     []Pair
	Withdrawn []string
	Over      bool // nothing is permitted under it any more
}

// A Pair is a name with a text.
type Pair struct{ Name, Text string }

// A PermitForm puts a consent or a condition on an item.
type PermitForm struct{ ID, For, To, NotTo, In, NotIn, Until, Onward, Rules Field }

// A CustodyRow is one event of an item's custody.
type CustodyRow struct {
	Entry  int64
	Kind   string
	At     time.Time
	By     Ref
	Other  string
	Detail string
	Reason string
	Under  string
}

// An IntakeForm takes files in.
type IntakeForm struct {
	Frame
	Authority, Marking, Situation, Note Field
	Files                               Field
}

// An Intake is one intake and what came of it.
type Intake struct {
	Frame
	Row     heed.IntakeView
	By      Ref
	Table   Table
	Uploads []UploadRow
	Files   Field
}

// An UploadRow is a file that has not come whole yet.
type UploadRow struct {
	ID, Name   string
	Have, Size int64
	Percent    int64
}

// Fixity says when what is kept was last proved.
type Fixity struct {
	Frame
	Row   evidence.Fixity
	Table Table
}

// SizeOf is a number of bytes for people.
func SizeOf(w *Words, n int64) string {
	unit, f := 0, float64(n)
	for f >= 1000 && unit < 4 {
		f, unit = f/1000, unit+1
	}
	name := [...]string{"B", "kB", "MB", "GB", "TB"}[unit]
	if unit == 0 {
		return w.Num(n) + " " + name
	}
	return w.Dec(f) + " " + name
}

// sizeCell is a size for people, and its bytes for programs.
func sizeCell(w *Words, n int64) Cell {
	return Cell{Text: SizeOf(w, n), Raw: strconv.FormatInt(n, 10), ID: true}
}

// ItemTable makes the table of items.
func ItemTable(w *Words, id string, items []evidence.Item) Table {
	t := Table{ID: id, Caption: w.T("evidence"), Empty: w.T("evidence.none"), Cols: w.Cols("item", "#bytes", "marking", "state", "taken", "sha256", "#entry")}
	for _, i := range items {
		name := nameOf(w, i)
		state := Cell{Text: w.T("evidence.state." + i.State), Raw: i.State}
		row := Row{}
		if i.Damaged {
			state, row.Mark = Cell{Text: w.T("evidence.damaged"), Mark: "late", Raw: "damaged"}, "late"
		}
		row.Cells = []Cell{{Text: name, Href: look.Href(i.ID), Sub: i.ID}, sizeCell(w, i.Size), {Text: i.Marking},
			state, {At: i.Taken}, {Text: short(i.SHA256), Raw: i.SHA256, ID: true}, w.EntryCell(i.Entry)}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// nameOf is what an item is called, or why that is not shown.
func nameOf(w *Words, i evidence.Item) string {
	switch {
	case i.Erased:
		return w.T("text.erased")
	case i.Withheld != "":
		return w.T("text.withheld")
	}
	return i.Name
}

// short is the beginning of a digest, enough to compare by eye.
func short(sum string) string {
	if len(sum) < 16 {
		return sum
	}
	return sum[:12] + "…"
}

// Cards makes cards of items.
func Cards(w *Words, items []evidence.Item) []ItemCard {
	out := make([]ItemCard, len(items))
	for n, i := range items {
		out[n] = ItemCard{ID: i.ID, Name: nameOf(w, i), Marking: i.Marking, State: i.State, Size: SizeOf(w, i.Size), Taken: i.Taken, Damaged: i.Damaged, Kind: kindOf(i)}
	}
	return out
}

// kindOf is what a file holds, for who may be told its name.
func kindOf(i evidence.Item) string {
	if i.Erased || i.Withheld != "" {
		return evidence.KindOther
	}
	return i.Kind()
}
