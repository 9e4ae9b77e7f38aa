package page

import "time"

// Record is the explorer of the record.
type Record struct {
	Frame
	Table  Table
	Filter []Field
	Older  string
}

// An Entry is one entry with its proof.
type Entry struct {
	Frame
	Row          EntryRow
	Header, Open string
	Sealed       Text
	LeafHash     string
	Proof        []string
	TreeSize     int64
	Root         string
	Checkpoint   string
	Cosigned     []string
	Purpose      string
	Erased       int64 // entry of the authority, -1 when it was not erased
	Index        string
	Prev, Next   string
}

// A Knew is the page "who knew what, when, and what they did".
type Knew struct {
	Frame
	Ref       string
	Level     int
	Situation Ref
	People    []KnewPerson
	Rows      []KnewRow
	Size      int64
	Root      string
	Cosigned  []string
	Pack      string
}

// A KnewRow is one line of the chronology.
type KnewRow struct {
	At                       time.Time
	Actor                    Ref
	Role, Kind, Subject, Did string // Did: warned, served, knew, acted, explained, silent, decided
	Text                     Text
	Level                    int
	Entry                    int64
}

// A KnewPerson sums up one person's part.
type KnewPerson struct {
	Person               Ref
	Role, Outcome        string // Outcome: acted, explained, acknowledged, silent
	Served, Acked, Acted time.Time
	Lapsed               int64
}

// Mark says how a person's part stands.
func (p KnewPerson) Mark() string {
	switch {
	case p.Outcome == "silent":
		return "late"
	case p.Outcome == "acknowledged":
		return "open"
	}
	return "done"
}

// A Search is what was found for a reference or a name.
type Search struct {
	Frame
	Query string
	Hits  []Hit
}

// A Hit is one thing found.
type Hit struct {
	Kind, ID, Title string
	Level           int
	At              time.Time
}

// Verify tells how to check the record without trusting this node.
type Verify struct{ Frame }
