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
	Lang                             Field
	Passkeys                         []Passkey
	Tokens                           []Token
	Secret                           string // of a token just made: shown once
	Feed, Calendar                   string // addresses just made: shown once
	FeedSince                        time.Time
	KeyName, TokenName, Until, Write Field
	Witnesses                        []Witness
	MayManage                        bool
	Refused                          []string // witnesses whose refusal waits for an answer
	WKey, WURL, WReason              Field
	Node                             NodeInfo
	ShowNode                         bool
}

// A SignIn is the page that lets people in.
type SignIn struct {
	Frame
	Providers []Ref
	Back      string
	Link      bool // a one-time link waits to be used
	Code      Field
	Onward    string // the provider's page, to which the browser goes next
}

// A Failure is an error page.
type Failure struct {
	Frame
	Status int
	What   string // what was wrong, in words; "" for nothing more to say
	Hint   string
	Trace  string // what to quote when asking for help
}
