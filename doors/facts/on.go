package facts

import (
	"slices"
	"strings"
)

// A View is the facts of one day.
type View struct {
	Date      Date
	Facts     *Facts
	members   map[string]map[string]Mark
	lists     map[string][]string
	special   map[string]map[string]Date // body and standing, other than membership
	suspended map[string]int
}

// On returns the facts of a day. Making it costs a pass over the rows; asking it
// costs a look in a table, so one view serves all questions about a day.
func (f *Facts) On(d Date) *View {
	v := &View{Date: d, Facts: f, members: map[string]map[string]Mark{}, lists: map[string][]string{}, special: map[string]map[string]Date{}, suspended: map[string]int{}}
	for _, s := range f.Spells {
		if !s.covers(d) {
			continue
		}
		if s.seated() {
			if v.members[s.Body] == nil {
				v.members[s.Body] = map[string]Mark{}
			}
			v.members[s.Body][s.State] = s.Mark
		}
		if s.Standing != "member" {
			key := s.Body + " " + s.Standing
			if v.special[key] == nil {
				v.special[key] = map[string]Date{}
			}
			v.special[key][s.State] = s.From
		}
	}
	for key, states := range v.special {
		body, suspended := strings.CutSuffix(key, " suspended")
		for s := range states {
			if _, member := v.members[body][s]; suspended && member {
				delete(v.members[body], s)
				v.suspended[body]++
			}
		}
	}
	for body, set := range v.members {
		list := make([]string, 0, len(set))
		for s := range set {
			list = append(list, s)
		}
		slices.Sort(list)
		v.lists[body] = list
	}
	return v
}

// Member says whether a State is a member of a body, or a party to a treaty, and
// is not suspended.
func (v *View) Member(body, state string) bool {
	_, ok := v.members[body][state]
	return ok
}

// Sure returns the evidence mark of a State's membership, or nothing.
func (v *View) Sure(body, state string) Mark { return v.members[body][state] }

// Members returns the members of a body that are not suspended, by code.
func (v *View) Members(body string) []string { return v.lists[body] }

// Has says whether a State has a standing with a body other than membership:
// "permanent", "observer", "suspended", "reservation IX".
func (v *View) Has(body, standing, state string) bool {
	_, ok := v.special[body+" "+standing][state]
	return ok
}

// Since returns the day from which a State has a standing, or false.
func (v *View) Since(body, standing, state string) (Date, bool) {
	d, ok := v.special[body+" "+standing][state]
	return d, ok
}

// Suspended returns how many members of a body are suspended.
func (v *View) Suspended(body string) int { return v.suspended[body] }

// Permanent says whether a State has a permanent seat in the Security Council.
func (v *View) Permanent(state string) bool { return v.Has("UNSC", "permanent", state) }

// Standing returns what of a kind exists for a situation on the day.
func (v *View) Standing(kind, state string) (Standing, bool) {
	for _, s := range v.Facts.Standing {
		if s.Kind == kind && s.State == state && s.From <= v.Date && v.Date <= s.To {
			return s, true
		}
	}
	return Standing{}, false
}

// Session returns the session of a calendar that sits on the day, or else the
// next one; false if the calendar knows none, or begins more than a year later:
// then it says nothing of the day.
func (v *View) Session(calendar string) (Session, bool) {
	i, _ := slices.BinarySearchFunc(v.Facts.Sessions, calendar, func(s Session, c string) int {
		if s.Body < c {
			return -1
		}
		return 1
	})
	for ; i < len(v.Facts.Sessions) && v.Facts.Sessions[i].Body == calendar; i++ {
		if s := v.Facts.Sessions[i]; s.To >= v.Date {
			return s, s.From <= v.Date+366
		}
	}
	return Session{}, false
}

// Vetoes returns the vetoes cast on a situation up to the day, the latest first;
// on any situation if none is named.
func (v *View) Vetoes(situation string) []Veto {
	var out []Veto
	for _, x := range slices.Backward(v.Facts.Vetoes) {
		if x.Day <= v.Date && (situation == "" || slices.Contains(x.Situations, situation)) {
			out = append(out, x)
		}
	}
	return out
}
