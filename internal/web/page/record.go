package page

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

// A Search is what was found for a reference or a name.
type Search struct {
	Frame
	Query string
	Hits  []Hit
}

// Verify tells how to check the record without trusting this node.
type Verify struct{ Frame }
