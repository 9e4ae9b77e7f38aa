// Package situation keeps the situations that are watched: a place, a time and
// the people at risk there.
//
// A situation has a country or an area, one or more populations at risk, each
// named as it names itself, a responsible analyst, members who may work on it,
// and a state: watched, active or closed. It is opened once and can be closed
// and taken up again; each step is an entry, so its history is its [Timeline].
//
//	s, err := situation.Add(tx, situation.AddInput{Name: "…", Country: "XAA",
//		Populations: []string{"…"}, Analyst: "P-2"})
//	p, err := situation.AddPopulation(tx, s.ID, "…", "")
//	all, err := situation.List(v, situation.Filter{State: situation.Active})
//
// Names, areas and reasons are sealed under the situation's own key. Every
// entry that changes a name carries all names anew, so that one situation
// costs one unsealing however many populations it has. A situation whose words
// were erased is still listed, by its number.
//
// The package trusts its caller to have decided who may do this, and to give
// ids of people that exist. It checks everything else against the record.
package situation

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// States of a situation.
const (
	Watched = "watched" // followed, nothing urgent
	Active  = "active"  // being worked on
	Closed  = "closed"  // no longer followed
)

// A Situation is one as it stands at the moment of reading.
type Situation struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Country string    `json:"country,omitempty"` // ISO 3166-1 alpha-3, "" for an area across borders
	Area    string    `json:"area,omitempty"`    // in words
	State   string    `json:"state"`
	Analyst string    `json:"analyst,omitempty"` // the person responsible
	Marking string    `json:"marking"`
	Opened  time.Time `json:"opened"`
	Closed  time.Time `json:"closed,omitzero"`
	Erased  bool      `json:"erased,omitempty"` // its words were destroyed
	Entry   int64     `json:"entry"`            // the latest entry that changed it

	Populations []Population `json:"populations"` // in the order in which they were added, ended ones too
	Members     []string     `json:"members"`     // people, by id; the analyst is one in any case
}

// A Population is people at risk in a situation.
type Population struct {
	ID        string    `json:"id"` // "S-1/p2"
	Situation string    `json:"situation"`
	Name      string    `json:"name"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until,omitzero"` // zero while at risk
	Entry     int64     `json:"entry"`
}

// AtRisk returns the populations that are at risk now.
func (s Situation) AtRisk() []Population {
	return slices.DeleteFunc(slices.Clone(s.Populations), func(p Population) bool { return !p.Until.IsZero() })
}

// IsMember tells whether a person works on the situation.
func (s Situation) IsMember(person string) bool {
	return person != "" && (person == s.Analyst || slices.Contains(s.Members, person))
}

// words is what is sealed of a situation, all of it in each entry that changes
// a part.
type words struct {
	Name        string            `json:"name"`
	Area        string            `json:"area,omitempty"`
	Populations map[string]string `json:"populations,omitempty"` // by id
	Reason      string            `json:"reason,omitempty"`
}

// Filter selects situations; zero fields select all.
type Filter struct {
	State   string
	Open    bool // not closed
	Country string
	Analyst string
	Member  string // situations on which this person works
}

// Get returns a situation.
func Get(v *record.View, id string) (Situation, error) {
	rows, err := readSituations(v.Tx, Filter{}, id)
	if err != nil {
		return Situation{}, err
	}
	if len(rows) == 0 {
		return Situation{}, fault.NotFound("there is no situation %s", id)
	}
	all, err := complete(v, rows, id)
	if err != nil {
		return Situation{}, err
	}
	return all[0], nil
}

// List returns the situations that a filter selects, the oldest first.
func List(v *record.View, f Filter) ([]Situation, error) {
	rows, err := readSituations(v.Tx, f, "")
	if err != nil {
		return nil, err
	}
	return complete(v, rows, "")
}

// Find returns the one situation with an id or, if there is none, with a name;
// case and spaces do not matter.
func Find(v *record.View, ref string) (Situation, error) {
	if s, err := Get(v, strings.TrimSpace(ref)); fault.KindOf(err) != fault.KindNotFound {
		return s, err
	}
	all, err := List(v, Filter{})
	if err != nil {
		return Situation{}, err
	}
	var found []Situation
	for _, s := range all {
		if sameName(s.Name, ref) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return Situation{}, fault.NotFound("there is no situation %q", ref)
	case 1:
		return found[0], nil
	}
	return Situation{}, fault.Invalid("situation", "%q names %s and %s: give the number", ref, found[0].ID, found[1].ID)
}

// sameName compares names as a reader would.
func sameName(a, b string) bool {
	return a != "" && strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// complete adds populations, members and words to rows. One situation costs
// one unsealing; populations and members are read for all at once.
func complete(v *record.View, rows []row, id string) ([]Situation, error) {
	populations, err := readPopulations(v.Tx, id)
	if err != nil {
		return nil, err
	}
	members, err := readMembers(v.Tx, id)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	out := make([]Situation, len(rows))
	names := make([]map[string]string, len(rows))
	for i, r := range rows {
		out[i] = r.Situation
		at[r.ID] = i
		var w words
		switch err := v.Unseal(r.words, &w); {
		case fault.KindOf(err) == fault.KindNotFound:
			out[i].Erased = true
		case err != nil:
			return nil, err
		}
		out[i].Name, out[i].Area, names[i] = w.Name, w.Area, w.Populations
		out[i].Populations, out[i].Members = []Population{}, []string{}
	}
	for _, p := range populations {
		if i, ok := at[p.Situation]; ok {
			p.Name = names[i][p.ID]
			out[i].Populations = append(out[i].Populations, p)
		}
	}
	for _, m := range members {
		if i, ok := at[m.situation]; ok {
			out[i].Members = append(out[i].Members, m.person)
		}
	}
	return out, nil
}

// Populations returns the populations of a situation, ended ones too.
func Populations(v *record.View, id string) ([]Population, error) {
	s, err := Get(v, id)
	return s.Populations, err
}

// GetPopulation returns one population by its id, "S-1/p2".
func GetPopulation(v *record.View, id string) (Population, error) {
	situation, _, _ := strings.Cut(id, "/")
	all, err := Populations(v, situation)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return Population{}, err
	}
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return Population{}, fault.NotFound("there is no population %s", id)
}

// IsMember tells whether a person works on a situation: as its analyst or as a
// member. It opens nothing.
func IsMember(v *record.View, id, person string) (bool, error) {
	ids, err := MemberOf(v, person)
	return slices.Contains(ids, id), err
}

// MemberOf returns the ids of the situations on which a person works.
func MemberOf(v *record.View, person string) ([]string, error) {
	if person == "" {
		return nil, nil
	}
	return readMemberOf(v.Tx, person)
}

// Timeline returns the entries about a situation and everything in it that
// names it, the newest first: at most limit of them, with numbers below before
// (0 is from the newest).
func Timeline(v *record.View, id string, before int64, limit int) ([]record.Entry, error) {
	if err := exists(v, id); err != nil {
		return nil, err
	}
	return v.Entries(record.Search{Subject: id, Before: before, Limit: limit})
}

// Reason returns the reason that was given with an entry of this package, or
// "" where none was given or it was erased.
func Reason(v *record.View, entry int64) (string, error) {
	var w words
	err := v.Unseal(entry, &w)
	if fault.KindOf(err) == fault.KindNotFound {
		return "", nil
	}
	return w.Reason, err
}

// exists fails with NotFound where there is no such situation.
func exists(v *record.View, id string) error {
	rows, err := readSituations(v.Tx, Filter{}, id)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("there is no situation %s", id)
	}
	return err
}

var (
	personForm = regexp.MustCompile(`^P-[1-9][0-9]{0,14}$`)
)

const longest = 200 // letters in a name

// name checks a short text on one line.
func name(field, s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	switch {
	case s == "":
		return "", fault.Invalid(field, "the %s is empty: write one", field)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return "", fault.Invalid(field, "the %s holds characters that cannot be shown: write it as plain text", field)
	case utf8.RuneCountInString(s) > longest:
		return "", fault.Invalid(field, "the %s has %d letters, at most %d: shorten it", field, utf8.RuneCountInString(s), longest)
	}
	return s, nil
}

// reason checks a text of several lines that may be left out.
func reason(s string) (string, error) {
	if s = strings.TrimSpace(s); utf8.RuneCountInString(s) > 10*longest || !utf8.ValidString(s) {
		return "", fault.Invalid("reason", "the reason must be plain text of at most %d letters", 10*longest)
	}
	return s, nil
}

func person(field, id string) error {
	if !personForm.MatchString(id) {
		return fault.Invalid(field, "%q is not a person: give an id such as P-1", id)
	}
	return nil
}

// country checks a code. Codes that ISO 3166 leaves to its users, such as
// those of the exercise, pass as well.
func country(code string) (string, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if code != "" && !events.IsCountry(code) {
		return "", fault.Invalid("country", "%q is not a country: give its ISO 3166 code of three letters, or leave it out and describe the area", code)
	}
	return code, nil
}
