// Package votes holds roll calls: who voted how, on what text, on which date.
//
// It reads the two forms in which the General Assembly's votes are published
// (the files of unvotes and the bulk file of the UN Digital Library), the
// voting lists of the Human Rights Council and the lists of those who signed
// its special sessions. It knows the Members by code and by the names they
// have had, and since when they are Members, so that an absence can be told
// from a seat that did not exist.
//
//	set, notes, err := votes.ReadUnvotes(votesFile, rollCallsFile, issuesFile)
//	p := set.At(roll, votes.Find("SVN", set.Rolls[roll].Date))
//
// A position is one byte, so that the 900,000 votes since 1946 take a few
// megabytes. Rows that cannot be read are notes with their line; the reader
// fails when they are more than a hundredth.
//
// The packages below it use a Set: votes/wording compares texts, votes/boost
// learns, votes/position predicts, votes/backtest scores the predictions on
// later years, votes/ideal places the Members. All are pure: they read what
// they are handed and keep no state.
//
// It trusts the files for the votes and their dates. The table of Members is
// general knowledge, in our own words.
package votes

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Position is what a Member did in a roll call.
type Position uint8

// The positions. Unknown is a vote that the source does not list: in sources
// that leave absences out it is an absence if the state was a Member.
const (
	Unknown Position = iota
	Yes
	Abstain
	No
	Absent
)

// Cast says whether the position is a vote: yes, abstain or no.
func (p Position) Cast() bool { return p >= Yes && p <= No }

func (p Position) String() string {
	return [...]string{"unknown", "yes", "abstain", "no", "absent"}[min(p, Absent)]
}

// ParsePosition reads a position as any of the sources writes it: words, the
// letters Y, A, N and X, or the numbers 1, 2, 3, 8 and 9 of the older files.
// Number 9 (not a Member) is Unknown.
func ParsePosition(text string) (Position, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "yes", "y", "1", "in favour":
		return Yes, nil
	case "abstain", "abstention", "a", "2":
		return Abstain, nil
	case "no", "n", "3", "against":
		return No, nil
	case "absent", "x", "8", "non-voting", "":
		return Absent, nil
	case "9", "na":
		return Unknown, nil
	}
	return Unknown, fmt.Errorf("%q is no position: yes, abstain, no or absent", text)
}

// A RollCall is one vote that was taken, and the text it was taken on.
type RollCall struct {
	ID         string
	Body       string // "UNGA" or "HRC"
	Session    string
	Date       time.Time
	Resolution string // "R/68/13", "A/RES/68/13"; of a paragraph, that of the whole
	Draft      string // "A/68/L.12"
	Title      string // title, or what was said when it was put to the vote
	Subject    string // the librarian's heading
	Agenda     string
	Issues     []string // broad topics
	Important  bool     // so marked by the United States
	Amendment  bool
	Paragraph  bool // a part of a text, or a motion, rather than the whole
}

// A Set is roll calls in the order of their dates, with the position of every
// state in each.
type Set struct {
	Rolls []RollCall
	cells []Position // len(Rolls) × States
}

// At returns the position of a state, numbered as in Members, in a roll call.
func (s *Set) At(roll, state int) Position { return s.cells[roll*len(members)+state] }

// Row returns the positions of all states in a roll call. It must not be
// changed.
func (s *Set) Row(roll int) []Position {
	return s.cells[roll*len(members) : (roll+1)*len(members) : (roll+1)*len(members)]
}

// Count returns how many positions the set holds.
func (s *Set) Count() (n int) {
	for _, p := range s.cells {
		if p != Unknown {
			n++
		}
	}
	return n
}

// Until returns the set without the roll calls of a day and after it.
func (s *Set) Until(day time.Time) *Set {
	n := s.Before(day)
	return &Set{Rolls: s.Rolls[:n:n], cells: s.cells[:n*len(members)]}
}

// Before returns how many roll calls were taken before a day.
func (s *Set) Before(day time.Time) int {
	n, _ := slices.BinarySearchFunc(s.Rolls, day, func(r RollCall, d time.Time) int { return r.Date.Compare(d) })
	return n
}

// Outcome returns what a Member did, Absent where the source has no vote of a
// state that was a Member on the day, and Unknown where it was none.
func (s *Set) Outcome(roll, state int) Position {
	p := s.At(roll, state)
	if p == Unknown && members[state].Member(s.Rolls[roll].Date) {
		return Absent
	}
	return p
}

// A Tally counts a roll call.
type Tally struct{ Yes, Abstain, No, Absent int }

// Tally counts a roll call; Members without a vote are absent.
func (s *Set) Tally(roll int) (t Tally) {
	for state := range members {
		switch s.Outcome(roll, state) {
		case Yes:
			t.Yes++
		case Abstain:
			t.Abstain++
		case No:
			t.No++
		case Absent:
			t.Absent++
		}
	}
	return t
}

// A Rule is the majority that a body asks for.
type Rule struct {
	Name     string
	Num, Den int // needed: at least Num/Den, more than that if Strict
	Strict   bool
	Of       int // of how many; 0 is of those present and voting
}

// Simple returns the majority of those present and voting: abstentions do not
// count. Rules of procedure of the General Assembly, 85 and 86; of the Human
// Rights Council, 20.
func Simple() Rule { return Rule{Name: "simple majority", Num: 1, Den: 2, Strict: true} }

// TwoThirds returns the majority for important questions: Charter, article 18.
func TwoThirds() Rule { return Rule{Name: "two thirds", Num: 2, Den: 3} }

// Council returns the majority of the Security Council, nine of fifteen,
// without what a veto does.
func Council() Rule { return Rule{Name: "nine of fifteen", Num: 9, Den: 15, Of: 15} }

// Passes says whether a tally meets the rule.
func (r Rule) Passes(t Tally) bool {
	of := r.Of
	if of == 0 {
		of = t.Yes + t.No
	}
	if t.Yes == 0 {
		return false
	}
	if r.Strict {
		return t.Yes*r.Den > of*r.Num
	}
	return t.Yes*r.Den >= of*r.Num
}

// A Builder puts a Set together, in any order.
type Builder struct {
	rolls []RollCall
	byID  map[string]int
	rows  [][]Position
}

// Roll adds a roll call, once for each ID, and returns its place.
func (b *Builder) Roll(r RollCall) int {
	if b.byID == nil {
		b.byID = map[string]int{}
	}
	if i, ok := b.byID[r.ID]; ok {
		return i
	}
	b.byID[r.ID] = len(b.rolls)
	b.rolls = append(b.rolls, r)
	b.rows = append(b.rows, make([]Position, len(members)))
	return len(b.rolls) - 1
}

// Vote sets a position. A vote that is cast stands against an absence.
func (b *Builder) Vote(roll, state int, p Position) {
	if at := &b.rows[roll][state]; !at.Cast() || p.Cast() {
		*at = p
	}
}

// Set returns the roll calls that have votes, by date. The builder is empty
// afterwards.
func (b *Builder) Set() *Set {
	order := make([]int, 0, len(b.rolls))
	for i, row := range b.rows {
		if slices.ContainsFunc(row, Position.Cast) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return b.rolls[i].Date.Compare(b.rolls[j].Date) })
	s := &Set{cells: make([]Position, 0, len(order)*len(members))}
	for _, i := range order {
		s.Rolls = append(s.Rolls, b.rolls[i])
		s.cells = append(s.cells, b.rows[i]...)
	}
	*b = Builder{}
	return s
}
