// Package facts holds what the rules of the doors are applied to: which State
// was a member of what on a date, which treaty binds it and with which
// reservation, when bodies meet, who has cast a veto, what exists for a
// situation already.
//
// Facts are files of comma-separated values. Every row has its source, the date
// on which it was stated, and an evidence mark: S was seen in a source, K is
// general knowledge that nobody has verified yet, and anything else counts as K.
// The package comes with a set of files. An office corrects or extends them with
// a folder of its own: a row there replaces the row with the same key, a row
// whose mark is X strikes it out, every other row is added. A file in members/
// may have any name.
//
// It promises that nothing it was not told is assumed: a State that no row names
// is no member, and a body of which the rows name fewer members than it has
// seats says so. It trusts the files. It reads them from an fs.FS, never from a
// disk of its own. Dates are whole days in the calendar that the bodies use; the
// first and last day of a membership both count.
//
//	known, err := facts.Load(facts.Shipped(), os.DirFS("our-corrections"))
//	day := known.On(facts.Day(2026, 3, 1))
//	day.Member("HRC", "SVN") // true
package facts

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed data
var shipped embed.FS

//go:embed exercise
var exercise embed.FS

// Shipped returns the files that come with the package: rules, which are the
// measures, bodies and calendars, and the world, which is States and what they
// belong to.
func Shipped() fs.FS {
	sub, _ := fs.Sub(shipped, "data") // embedded: it is there
	return sub
}

// Exercise returns the same rules over a world of 47 invented States, for
// exercises: nobody real signs, votes or vetoes in them.
func Exercise() []fs.FS {
	rules, _ := fs.Sub(shipped, "data/rules")
	world, _ := fs.Sub(exercise, "exercise")
	return []fs.FS{rules, world}
}

// A Mark says how sure a fact is.
type Mark string

// The marks. A mixed one was seen in part.
const (
	Seen    Mark = "S"
	Mixed   Mark = "S+K"
	Unsure  Mark = "K"
	dropped Mark = "X"
)

// Verified says whether somebody has seen the whole of the fact in a source.
func (m Mark) Verified() bool { return m == Seen }

// Worse returns the less sure of two marks. The empty mark says nothing.
func (m Mark) Worse(o Mark) Mark {
	switch {
	case m == "" || m == o:
		return o
	case o == "":
		return m
	case m == Unsure || o == Unsure:
		return Unsure
	}
	return Mixed
}

// ParseMark reads an evidence mark, alone or followed by the source, as in
// "S for 1970; K others". What says neither S nor K is unsure.
func ParseMark(s string) Mark {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ';' || r == ',' || r == '(' || r == ')' || r == ':' })
	seen, unsure := len(words) > 0 && words[0] == "S", slices.Contains(words, "K")
	switch {
	case len(words) == 1 && words[0] == "X":
		return dropped
	case seen && unsure:
		return Mixed
	case seen:
		return Seen
	}
	return Unsure
}

// An Origin says where a fact comes from.
type Origin struct {
	Source string // in words
	Date   Date   // when it was stated
	Mark   Mark
	File   string // the file and line that say it
}

// A Spell is one State's standing with one body or treaty for a time.
type Spell struct {
	Body, State string
	From, To    Date   // both days count
	Standing    string // "member", "permanent", "observer", "suspended", "reservation IX"
	Note        string
	Origin
}

// A State is one name that a State bore for a time.
type State struct {
	ISO3, Name string
	From, To   Date
	Origin
}

// A Body is what takes decisions. Members names the body in the rows of
// membership whose members they are: those of the Third Committee are the
// United Nations'. Seats is their full number. Outsiders says that a State that
// is no member may still ask or sign with members. Scope names the organisation
// in which the State concerned must be, if it must.
type Body struct {
	Code, Name, Members string
	Seats               int
	Outsiders           bool
	Scope               string
	Origin
}

// A Measure is one thing that can be done, as the file of measures has it. Rule
// is the threshold as JSON; package doors reads it.
type Measure struct {
	ID, Venue, Name, Who  string
	Threshold, Rule       string
	Time, Precedents      string
	Requires, RequiresWhy []string // further conditions, and the source of each
	Window                string   // the calendar in which it can be used, or none
	Since                 Date     // the first day on which it can be used as the rule says
	SinceMark             Mark     // how sure that day is
	Origin
}

// A Session is one stretch in which a body meets. In the calendar "UNSC
// presidency" the name is the State that presides.
type Session struct {
	Body, Name string
	From, To   Date
	What       string
	Origin
}

// A Veto is a draft of the Security Council that a permanent member's vote
// defeated.
type Veto struct {
	Day            Date
	Draft          string
	Situations, By []string
	Debated        Date // of the General Assembly's debate, zero if unknown or none
	Note           string
	Origin
}

// A Standing is something that exists for a situation for a time: a sanctions
// committee, a mechanism that holds evidence, an investigation, a declaration to
// the Court, an emergency special session and its sittings.
type Standing struct {
	Kind, State string
	From, To    Date
	Name, Note  string
	Origin
}

// An Objective is what a package of measures is for. Wants are what must have
// come about at its end.
type Objective struct {
	Code, Title string
	Wants       []string
	Origin
}

// A Play is one way of using a measure in a package: what must have come about
// before, what it brings about, how many days it usually takes. Objectives are
// those it serves, none for all. Creative says that it went a way that nobody had
// gone.
type Play struct {
	ID, Measure, Title string
	Objectives         []string
	Gives, Needs       []string
	Days               int
	Creative           bool
	Precedent          string
	Origin
}

// Facts is everything that was loaded. It does not change.
type Facts struct {
	States   []State
	Bodies   map[string]Body
	Spells   []Spell
	Measures []Measure
	Sessions []Session
	Vetoes   []Veto
	Standing []Standing
	Aims     []Objective
	Plays    []Play
	Holidays map[Date]string     // of New York
	Near     map[string][]string // of a State: those with which it shares a border on land

	open, ended map[string]int // of a body: seats without an end, and with one
	names       map[string][]State
	index       map[[2]string][]Spell // by body and State
	rows        map[string][]row      // what the files say, by form
}

// Load reads the files of each folder in turn; later folders correct earlier
// ones. An error says file, line, column and what to do.
func Load(folders ...fs.FS) (*Facts, error) {
	rows, err := gather(folders)
	if err != nil {
		return nil, err
	}
	return build(rows)
}

// build understands the rows.
func build(rows map[string][]row) (*Facts, error) {
	f := &Facts{Bodies: map[string]Body{}, Holidays: map[Date]string{}, Near: map[string][]string{}, open: map[string]int{}, ended: map[string]int{}, names: map[string][]State{}, index: map[[2]string][]Spell{}, rows: rows}
	for _, read := range []func(map[string][]row) error{f.readStates, f.readNeighbours, f.readBodies, f.readMeasures, f.readDoors, f.readCalendars, f.readVetoes, f.readStanding, f.readSpells, f.readPlays} {
		if err := read(rows); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Name returns the name that a State bore on a day, or its code.
func (f *Facts) Name(iso3 string, on Date) string {
	for _, s := range f.names[iso3] {
		if s.From <= on && on <= s.To {
			return s.Name
		}
	}
	return iso3
}

// Known says whether a code is that of a State.
func (f *Facts) Known(iso3 string) bool { return len(f.names[iso3]) > 0 }

// Exists says whether a code is that of a State that there is on a day. What
// rows do not say when a State came to be is taken as always.
func (f *Facts) Exists(iso3 string, on Date) bool {
	return slices.ContainsFunc(f.names[iso3], func(s State) bool { return s.From <= on && on <= s.To })
}

// Began returns the first day of a State that there is not yet on a day, or
// false.
func (f *Facts) Began(iso3 string, on Date) (Date, bool) {
	first := Forever
	for _, s := range f.names[iso3] {
		if s.From > on {
			first = min(first, s.From)
		}
	}
	return first, first != Forever && !f.Exists(iso3, on)
}

// Expand turns a word into States on a day: a State's code stands for itself, a
// body or regional group ("EU", "African Group") for its members.
func (f *Facts) Expand(word string, on Date) ([]string, error) {
	if f.Known(word) {
		return []string{word}, nil
	}
	code := word
	if b, ok := f.Bodies[word]; ok {
		code = b.Members
	}
	var out []string
	for _, s := range f.Spells {
		if s.Body == code && s.seated() && s.covers(on) && !slices.Contains(out, s.State) {
			out = append(out, s.State)
		}
	}
	if words := former(word); words != "" {
		return nil, fmt.Errorf("%s: the facts hold States that there are today, by the codes of today", words)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%q is no State's three-letter code (ISO 3166) and no group with members on %s", word, on)
	}
	slices.Sort(out)
	return out, nil
}

// former says what became of a State that is no more, or nothing.
func former(code string) string {
	switch code {
	case "SUN":
		return "the Soviet Union (SUN) ended on 26 December 1991, and RUS goes on with its seats"
	case "DDR":
		return "the German Democratic Republic (DDR) ended on 3 October 1990 and is part of DEU"
	case "CSK":
		return "Czechoslovakia (CSK) ended on 31 December 1992; CZE and SVK were admitted anew"
	case "YUG", "SCG":
		return "Yugoslavia (YUG) ended on 27 April 1992, Serbia and Montenegro (SCG) on 3 June 2006; SRB and its neighbours came after them"
	}
	return ""
}

// Next returns the first day after a day on which a State becomes a member of a
// body, or false if no row says that it will.
func (f *Facts) Next(body, state string, after Date) (Date, bool) {
	first := Forever
	for _, s := range f.index[[2]string{body, state}] {
		if s.seated() && s.From > after {
			first = min(first, s.From)
		}
	}
	return first, first != Forever
}

// Last returns the spell that says most about a State's standing with a body on
// a day: one that covers it, or else the latest that ended before.
func (f *Facts) Last(body, state string, on Date) (last Spell, ok bool) {
	for _, s := range f.index[[2]string{body, state}] {
		if s.seated() && s.From <= on && (!ok || s.From > last.From) {
			last, ok = s, true
		}
	}
	return last, ok
}

// Terms says whether the members of a body are elected for terms, so that its
// number does not change; those who join an organisation stay.
func (f *Facts) Terms(body string) bool { return f.ended[body] > f.open[body] }

func (s Spell) covers(on Date) bool { return s.From <= on && on <= s.To }

// seated says whether a standing is that of a member.
func (s Spell) seated() bool { return s.Standing == "member" || s.Standing == "permanent" }
