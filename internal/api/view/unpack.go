package view

import "github.com/heed-project/heed/internal/heed"

// Unpacked says what was taken out of an export.
type Unpacked struct {
	Kind      string      `json:"kind"`
	Opened    int64       `json:"opened_entry"`
	Records   int         `json:"records"`
	Described int         `json:"described" doc:"Records that were put on an item."`
	Before    int         `json:"before" doc:"That were on it already."`
	NoFile    int         `json:"no_file" doc:"Records that name no file: their words are found in the export."`
	Withheld  int         `json:"withheld" doc:"Files that are items which the caller may not change."`
	Items     []ItemTaken `json:"items" nullable:"false" doc:"That were taken in."`
	Missing   []string    `json:"missing" nullable:"false" doc:"Files that are no items."`
	Different []string    `json:"different" nullable:"false" doc:"Files with another digest than is stated: nothing is said of them."`
	Wrong     []WrongRow  `json:"wrong_rows" nullable:"false"`
	Broken    string      `json:"broken,omitempty" doc:"Why it was not read to its end."`
}

// A WrongRow is a row that could not be read, and where it stands, from 1.
type WrongRow struct {
	Line   int    `json:"line"`
	Column int    `json:"column,omitempty"`
	Text   string `json:"text"`
}

// OfUnpacked is what a program reads of what was taken out of an export.
func OfUnpacked(x heed.Unpacked) Unpacked {
	out := Unpacked{Kind: x.Kind, Opened: x.Opened, Records: x.Records, Described: x.Described, Before: x.Before, NoFile: x.NoFile, Withheld: x.Withheld,
		Items: []ItemTaken{}, Missing: x.Missing, Different: x.Different, Wrong: []WrongRow{}, Broken: x.Broken}
	for _, i := range x.Items {
		out.Items = append(out.Items, ItemTaken{ID: i.ID, SHA256: i.SHA256, Bytes: i.Bytes, Entry: i.Entry, SameAs: i.SameAs})
	}
	for _, p := range x.Wrong {
		out.Wrong = append(out.Wrong, WrongRow(p))
	}
	return out
}
