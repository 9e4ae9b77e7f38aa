package votes

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A State is a Member, or one that was.
type State struct {
	ISO3  string
	Name  string
	Group string // regional group of the United Nations
	Since int    // year of membership
	Until int    // year it ended, 0 if it has not
}

// Member says whether the state was a Member in the year of a day. Russia
// continues the Soviet Union, Germany the Federal Republic, Yemen the Arab
// Republic.
func (s State) Member(day time.Time) bool {
	y := day.Year()
	return y >= s.Since && (s.Until == 0 || y <= s.Until)
}

// Members returns all states; their places in it number them everywhere in
// this package.
func Members() []State {
	out := make([]State, len(members))
	copy(out, members)
	return out
}

// Len returns how many states Members has.
func Len() int { return len(members) }

// Fold makes names comparable: small letters and digits, no accents, single
// blanks.
func Fold(s string) string {
	var b strings.Builder
	gap := false
	for _, c := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, c):
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(c))
		default:
			gap = true
		}
	}
	return b.String()
}

// Find returns the number of a state by a code or by any name it has had, on
// a day: Yugoslavia is the state that ended in 1992 before that year's end and
// Serbia after it. It returns -1 for what is no Member.
func Find(name string, day time.Time) int {
	i := lookup(Fold(name))
	if i < 0 {
		return -1
	}
	switch {
	case members[i].ISO3 == "YUG" && day.Year() > members[i].Until:
		i = lookup("srb")
	case members[i].ISO3 == "SRB" && day.Year() < members[i].Since && day.Year() <= 1992:
		i = lookup("yug")
	case members[i].ISO3 == "CHN" && day.Year() > 1 && day.Before(chinaSeated()):
		i = lookup("twn")
	}
	return i
}

// lookup finds a state by a folded name.
func lookup(folded string) int {
	at, ok := slices.BinarySearchFunc(names, folded, func(n name, t string) int { return strings.Compare(n.text, t) })
	if !ok {
		return -1
	}
	return int(names[at].state)
}

// chinaSeated is the day of resolution 2758 (XXVI).
func chinaSeated() time.Time { return time.Date(1971, time.October, 25, 0, 0, 0, 0, time.UTC) }
