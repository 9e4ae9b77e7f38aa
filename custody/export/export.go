// Package export writes one description of evidence and its custody in the forms
// that others take in: PREMIS 3, CASE/UCO JSON-LD, FollowTheMoney JSON lines, plain
// CSV, and a BagIt 1.0 bag that holds all of them beside the files.
//
// All writers are given the same Description and none looks anywhere else, so that
// what a court reads as PREMIS is what an analyst reads as a table. Check says what
// a description lacks; every writer asks it first. The same description gives the
// same bytes: identifiers are made from the description, and no clock is read.
//
// What goes into a description is the caller's decision, and with it who may see
// what: everything in it is written, in every form.
//
//	d := &export.Description{…}
//	err := export.WritePREMIS(w, d)
//	err = export.WriteBag(create, d, open)
//
// Sources: PREMIS 3.0 schema; CASE 1.3, whose InvestigativeAction has the
// ProvenanceRecord among what it works on and among what it results in; FtM 4;
// RFC 8493; for tables, OWASP's advice on formula injection.
package export

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// A Description is what is handed on, and what happened to it.
type Description struct {
	ID      string // of this description, for identifiers: no white space
	Title   string
	Agency  string    // who hands it on
	Made    time.Time // when the description was made
	Agents  []Agent
	Objects []Object
	Events  []Event // in order of time
	// Withheld are things that were asked for and do not go along. Nothing is said
	// of them but why.
	Withheld []Withheld
	// Proofs are files about the objects that go along as they are, below metadata/
	// in the bag: time stamps, say.
	Proofs []Proof
}

// A Proof is a file that goes along.
type Proof struct {
	Name string // below metadata/, with slashes
	Data []byte
}

// A Withheld is something that does not go along.
type Withheld struct {
	ID  string `json:"item"`
	Why string `json:"why"`
}

// The kinds of agents.
const (
	Person       = "person"
	Organization = "organization"
	Software     = "software"
)

// An Agent does things to objects.
type Agent struct {
	ID   string
	Name string
	Kind string // Person, Organization or Software
}

// An Object is one file.
type Object struct {
	ID         string
	Name       string // as it came
	Path       string // in the bag, below data/; "" where the bytes do not go along
	SHA256     string // hex
	Size       int64
	Media      string    // MIME type; "" where it is not known
	Created    time.Time // as it states; zero where it states nothing
	Derived    string    // the ID of the object it was made from
	Source     string    // where it came from, in words
	Marking    string    // TLP
	Conditions string    // what may be done with it, in words
}

// An Event is one thing that was done.
type Event struct {
	ID      string
	Kind    string // capture, ingestion, fixity check, … as PREMIS names event types
	At      time.Time
	Detail  string
	Outcome string
	Agents  []string // IDs; the first is who did it
	Objects []string // IDs of what it was done to
	Results []string // IDs of what came out of it
}

// Check says what is missing or does not fit together.
func (d *Description) Check() error {
	known := map[string]string{}
	add := func(id, what string) error {
		if id == "" || strings.ContainsAny(id, " \t\r\n") {
			return fmt.Errorf("describe: %s has the identifier %q", what, id)
		}
		if before, ok := known[id]; ok {
			return fmt.Errorf("describe: %s and %s have the same identifier %q", before, what, id)
		}
		known[id] = what
		return nil
	}
	if err := add(d.ID, "the description"); err != nil {
		return err
	}
	if d.Made.IsZero() || len(d.Objects) == 0 {
		return fmt.Errorf("describe: no time, or no object")
	}
	for _, a := range d.Agents {
		if err := add(a.ID, "agent"); err != nil {
			return err
		}
		if a.Kind != Person && a.Kind != Organization && a.Kind != Software || a.Name == "" {
			return fmt.Errorf("describe: agent %s has the kind %q and the name %q", a.ID, a.Kind, a.Name)
		}
	}
	for _, w := range d.Withheld {
		if err := add(w.ID, "what is withheld"); err != nil {
			return err
		}
	}
	for _, o := range d.Objects {
		if err := add(o.ID, "object"); err != nil {
			return err
		}
		if b, err := hex.DecodeString(o.SHA256); err != nil || len(b) != 32 || o.Size < 0 || o.Name == "" {
			return fmt.Errorf("describe: object %s has no SHA-256, size or name", o.ID)
		}
	}
	return d.checkEvents(known, add)
}

// checkEvents checks the events, and that what is named exists.
func (d *Description) checkEvents(known map[string]string, add func(id, what string) error) error {
	for _, o := range d.Objects {
		if o.Derived != "" && known[o.Derived] != "object" {
			return fmt.Errorf("describe: object %s was made from %s, which is not described", o.ID, o.Derived)
		}
	}
	last := time.Time{}
	for _, e := range d.Events {
		for _, id := range e.Agents {
			if known[id] != "agent" {
				return fmt.Errorf("describe: event %s names the agent %s, which is not described", e.ID, id)
			}
		}
		for _, id := range append(append([]string{}, e.Objects...), e.Results...) {
			if known[id] != "object" {
				return fmt.Errorf("describe: event %s names the object %s, which is not described", e.ID, id)
			}
		}
		if err := add(e.ID, "event"); err != nil {
			return err
		}
		if e.Kind == "" || e.At.IsZero() || e.At.Before(last) {
			return fmt.Errorf("describe: event %s has no kind, no time, or is before the one before it", e.ID)
		}
		last = e.At
	}
	return nil
}

// stamp writes a time as all forms have it: UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// clean drops what XML and other forms cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r != 0xfffe && r != 0xffff {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
