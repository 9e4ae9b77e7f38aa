// Package consent decides whether a use of what somebody gave is one that they
// permitted: for what, by whom, where, until when, passed on or not.
//
// A Permission is what one contributor (a survivor, a witness, a family, a
// source) allowed. What it does not name it does not allow: a permission with
// no purpose permits nothing, and a use that does not say where it happens or
// who asks is refused. The same form serves for the handling conditions that a
// custodian or a partner puts on an item.
//
// What the package promises:
//   - Decide depends on its arguments alone; the time is one of them.
//   - Every refusal says each condition that is in the way, not only the first.
//   - A withdrawal never permits more, and neither does an added condition.
//   - Where several people are concerned by one item, all of them must permit
//     it; see DecideAll. Where nobody's permission is known, it is refused.
//   - Where no use with a possible death sentence is allowed, not knowing
//     whether one is possible is enough to refuse.
//
// What it does not promise: that the use is told truly, or that a permission
// was freely given. It undoes nothing that was done before a withdrawal.
//
// Sources: Berkeley Protocol on Digital Open Source Investigations (2022),
// chapters II.C and V; Murad Code (2022), principles 4 to 6; Istanbul Protocol
// (2022), chapter IV; the General Assembly's resolutions 62/149 and 71/248 on
// the death penalty and on what a mechanism shares.
//
//	d := consent.Decide(p, consent.Use{For: consent.Trial, By: consent.Party{Name: "ICC"}, In: "NLD", At: now})
//	if !d.Permitted { … d.Reasons … }
package consent

import (
	"slices"
	"time"
)

// A Purpose is what something is used for.
type Purpose string

// The purposes that a permission can name. Keeping a thing safe is a purpose
// too: who withdraws it asks for destruction.
const (
	Keep           Purpose = "keep"           // to be kept safe, and nothing else
	Analysis       Purpose = "analysis"       // to be read and compared by those who took it in
	Protection     Purpose = "protection"     // to protect people at risk now
	Trial          Purpose = "trial"          // criminal or civil proceedings, and their preparation
	Identification Purpose = "identification" // to find or name the missing and the dead
	Reparation     Purpose = "reparation"     // a claim of those who were harmed
	Advocacy       Purpose = "advocacy"       // to persuade, without publishing it
	Publication    Purpose = "publication"    // to be shown to anybody
	History        Purpose = "history"        // archives, memorials, teaching
	Research       Purpose = "research"       // statistics and study that name nobody
)

var purposes = []Purpose{Keep, Analysis, Protection, Trial, Identification, Reparation, Advocacy, Publication, History, Research}

// Purposes returns all of them.
func Purposes() []Purpose { return slices.Clone(purposes) }

// Any stands for every purpose, party or state in a list of a permission.
const Any = "*"

// Onward says whether a recipient may pass a thing on.
type Onward string

// The answers, the narrowest first.
const (
	NotOnward    Onward = "no"     // whoever receives it keeps it
	OnwardListed Onward = "listed" // to parties that the permission itself names
	OnwardAny    Onward = "any"    // to anybody, for a purpose that is permitted
)

var onwards = []Onward{NotOnward, OnwardListed, OnwardAny}

// A Permission is what one contributor allowed. The zero Permission allows
// nothing.
type Permission struct {
	ID    string    `json:"id"`              // of the consent, as the custodian's record names it
	Given time.Time `json:"given"`           // it permits nothing before
	Until time.Time `json:"until,omitzero"`  // it permits nothing from then on; zero is without end
	For   []Purpose `json:"for"`             // purposes, or Any
	To    []string  `json:"to"`              // parties by name or class ("class:court"), or Any
	NotTo []string  `json:"not_to,omitzero"` // parties refused, whatever To says
	In    []string  `json:"in"`              // states where it is used (ISO 3166 alpha-3), or Any
	NotIn []string  `json:"not_in,omitzero"` // states refused, whatever In says
	// NoDeath refuses a use in a case that may end in a death sentence, unless
	// a binding assurance rules it out.
	NoDeath bool   `json:"no_death"`
	Onward  Onward `json:"onward"`
	// Ask demands that the contributor be asked before each use.
	Ask         bool         `json:"ask"`
	Withdrawals []Withdrawal `json:"withdrawals,omitzero"`
}

// A Withdrawal takes a permission back, from a moment on: wholly, or for some
// purposes or parties.
type Withdrawal struct {
	At  time.Time `json:"at"`
	For []Purpose `json:"for,omitzero"` // none: for every purpose
	To  []string  `json:"to,omitzero"`  // none: for every party
}

// A Party is somebody who would use a thing: its name, and what it is.
type Party struct {
	Name    string
	Classes []string // "court", "state", "un", "ngo", … without the "class:"
}

// Death says whether a use may end in a death sentence.
type Death string

// The three answers. Not to know is the zero value.
const (
	DeathUnknown  Death = ""
	DeathPossible Death = "possible"
	DeathExcluded Death = "excluded" // by law, or by a binding assurance
)

// A Use is what somebody wants to do, or did.
type Use struct {
	For   Purpose
	By    Party
	Via   []Party // through whom it comes to By, if not straight from the custodian
	In    string  // ISO 3166 alpha-3
	Death Death
	At    time.Time
	Asked string // the contributor's answer to being asked, as the record names it
}
