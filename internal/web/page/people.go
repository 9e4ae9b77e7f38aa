package page

import "time"

// People is the list of people and roles.
type People struct {
	Frame
	Table                           Table
	Name, Email, Agency, Role, Lang Field
	MayAdd                          bool
	Link                            string // of a person just added: shown once
}

// A Person is one person with roles, duties and history.
type Person struct {
	Frame
	Row                       PersonRow
	Email                     Text
	Roles                     []Role
	Duties                    Table
	Events                    []Event
	MayManage                 bool
	Role, Deputy, From, Until Field
	Link                      string
}

// Settings is the reader's own and, for who may see it, the node's.
type Settings struct {
	Frame
	Lang              Field
	Passkeys          []Passkey
	Tokens            []Token
	Secret            string // of a token just made: shown once
	Feed, Calendar    string
	KeyName           Field
	TokenName, Until  Field
	Witnesses         []Witness
	WName, WKey, WURL Field
	Node              Node
	ShowNode          bool
}

// A Passkey is a key a person signs in with.
type Passkey struct {
	ID, Name    string
	Added, Used time.Time
}

// A Token lets a program act as a person.
type Token struct {
	ID, Name           string
	Added, Used, Until time.Time
}

// A Witness watches the record from outside.
type Witness struct {
	Name, Key, URL, State, Detail string // State: ok, silent, refused
	LastAt                        time.Time
	LastSize                      int64
}

// Mark says how a witness stands.
func (w Witness) Mark() string {
	switch w.State {
	case "ok":
		return "done"
	case "refused":
		return "late"
	}
	return "open"
}

// A Node is what runs here.
type Node struct {
	Agency, Origin, Key, Version, Database, Blobs string
	Entries, Erased                               int64
	Started, Checkpoint                           time.Time
}

// A SignIn is the page that lets people in.
type SignIn struct {
	Frame
	Providers []Ref
	Back      string
	Link      string // a one-time link that waits to be used
}

// A Failure is an error page.
type Failure struct {
	Frame
	Status int
	What   string // what was wrong, in words; "" for nothing more to say
	Hint   string
	Trace  string // what to quote when asking for help
}
