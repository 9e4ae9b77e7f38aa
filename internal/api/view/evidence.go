package view

import (
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// An ItemRow is an item of evidence in a list.
type ItemRow struct {
	ID       string    `json:"id"`
	Intake   string    `json:"intake"`
	Entry    int64     `json:"entry" doc:"With which it was taken in."`
	Taken    time.Time `json:"taken"`
	By       string    `json:"by"`
	Marking  string    `json:"marking"`
	Name     string    `json:"name,omitempty"`
	Media    string    `json:"media,omitempty" doc:"As it was told."`
	Bytes    int64     `json:"bytes"`
	SHA256   string    `json:"sha256,omitempty" doc:"Of the original bytes."`
	From     string    `json:"derived_from,omitempty"`
	How      string    `json:"how,omitempty" doc:"What kind of copy it is."`
	Tool     string    `json:"tool,omitempty"`
	State    string    `json:"state" enum:"unreviewed,in-review,reviewed,returned"`
	Holds    int       `json:"holds" doc:"Legal holds in force."`
	Damaged  bool      `json:"damaged,omitempty"`
	Erased   bool      `json:"erased,omitempty"`
	Links    []Link    `json:"links" nullable:"false"`
	Withheld string    `json:"withheld,omitempty" doc:"Why its words and bytes are not shown: what those who gave it permitted is in the way."`
}

// A Link says what an item belongs to.
type Link struct {
	Kind string `json:"kind"`
	To   string `json:"to"`
}

// OfItemRow is what a program reads of an item.
func OfItemRow(i evidence.Item) ItemRow {
	r := ItemRow{ID: i.ID, Intake: i.Intake, Entry: i.Entry, Taken: i.Taken, By: i.By, Marking: i.Marking, Name: i.Name, Media: i.Type, Bytes: i.Size, SHA256: i.SHA256,
		From: i.From, How: i.How, Tool: i.Tool, State: i.State, Holds: i.Holds, Damaged: i.Damaged, Erased: i.Erased, Links: []Link{}, Withheld: i.Withheld}
	for _, l := range i.Links {
		r.Links = append(r.Links, Link(l))
	}
	return r
}

// An ItemTaken is an item that is durable, and so is its entry.
type ItemTaken struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Entry  int64  `json:"entry"`
	SameAs string `json:"same_as,omitempty" doc:"An earlier item with the same bytes."`
}

// A Custody is one event in the custody of an item.
type Custody struct {
	Entry     int64     `json:"entry"`
	Kind      string    `json:"kind"`
	At        time.Time `json:"at"`
	By        heed.Ref  `json:"by,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	Authority string    `json:"authority,omitempty"`
	Other     string    `json:"other,omitempty" doc:"The copy that was made, or what it was linked to."`
	Detail    string    `json:"detail,omitempty"`
}

// An Item is one with everything that happened to it.
type Item struct {
	ItemRow
	Authority  string     `json:"authority,omitempty" doc:"Under which it was taken in."`
	Custody    []Custody  `json:"custody" nullable:"false"`
	Derived    []ItemRow  `json:"derived" nullable:"false"`
	Conditions []string   `json:"conditions" nullable:"false" doc:"What was permitted of it, each in the form of docs/spec/custody.md."`
	Same       []string   `json:"same_bytes" nullable:"false"`
	Proved     time.Time  `json:"last_proved,omitzero"`
	Cases      []ItemCase `json:"cases" nullable:"false" doc:"That it belongs to, of those that the reader may read."`
	Coding     *Coding    `json:"coding,omitempty" doc:"What it shows, in agreed words."`
}

// An ItemCase is a case that an item belongs to.
type ItemCase struct {
	ID    string    `json:"id"`
	Name  heed.Text `json:"name"`
	State string    `json:"state"`
}

// OfItem is what a program reads of an item and its custody.
func OfItem(x heed.ItemView) Item {
	out := Item{ItemRow: OfItemRow(x.Item), Authority: x.Under.Authority, Custody: []Custody{}, Derived: []ItemRow{}, Conditions: []string{}, Same: words(x.Same), Proved: x.Proved,
		Cases: Each(x.Cases, func(c heed.ItemCase) ItemCase { return ItemCase(c) }), Coding: ofCoding(x.Coding)}
	for _, c := range x.Custody {
		out.Custody = append(out.Custody, Custody{c.Entry, c.Kind, c.At, heed.Ref{ID: c.By, Name: c.Name}, c.Reason, c.Under, c.Other, c.Detail})
	}
	for _, d := range x.Derived {
		out.Derived = append(out.Derived, OfItemRow(d))
	}
	for _, p := range x.Permissions {
		out.Conditions = append(out.Conditions, condition(p))
	}
	return out
}

func condition(p consent.Permission) string {
	text, err := p.Format()
	if err != nil {
		return p.ID
	}
	return string(text)
}
