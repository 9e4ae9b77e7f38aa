package situation

import (
	"fmt"
	"slices"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// AddInput is what is known when a situation is opened.
type AddInput struct {
	Name        string
	Country     string   // ISO 3166-1 alpha-3, or
	Area        string   // the place in words; one of the two at least
	Populations []string // as they name themselves
	State       string   // Watched or Active; "" is Watched
	Analyst     string   // a person, may be left out
	Members     []string // people
	Marking     string   // "" is AMBER
}

// check returns the input as it will be recorded.
func (in AddInput) check() (AddInput, error) {
	var err error
	if in.Name, err = name("name", in.Name); err != nil {
		return in, err
	}
	if in.Country, err = country(in.Country); err != nil {
		return in, err
	}
	if in.Area != "" {
		if in.Area, err = name("area", in.Area); err != nil {
			return in, err
		}
	}
	if in.Country == "" && in.Area == "" {
		return in, fault.Invalid("country", "say where: give a country or describe an area")
	}
	if in.State == "" {
		in.State = Watched
	}
	if in.State != Watched && in.State != Active {
		return in, fault.Invalid("state", "a situation begins as %s or %s, not as %q", Watched, Active, in.State)
	}
	if in.Analyst != "" {
		if err := person("analyst", in.Analyst); err != nil {
			return in, err
		}
	}
	for _, m := range in.Members {
		if err := person("members", m); err != nil {
			return in, err
		}
	}
	in.Members = sorted(in.Members)
	in.Populations, err = populations(in.Populations)
	return in, err
}

func populations(in []string) (out []string, err error) {
	for _, p := range in {
		if p, err = name("population", p); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(q string) bool { return sameName(p, q) }) {
			return nil, fault.Invalid("population", "%q is given twice", p)
		}
		out = append(out, p)
	}
	return out, nil
}

func sorted(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}

// Add opens a situation. An open situation of the same name in the same
// country is a fault of kind Exists.
func Add(tx *record.Tx, in AddInput) (Situation, error) {
	in, err := in.check()
	if err != nil {
		return Situation{}, fmt.Errorf("add situation: %w", err)
	}
	open, err := List(tx.View, Filter{Open: true, Country: in.Country})
	if err != nil {
		return Situation{}, err
	}
	for _, s := range open {
		if s.Country == in.Country && sameName(s.Name, in.Name) {
			return Situation{}, fault.Exists("%s has this name already", s.ID)
		}
	}
	id, err := tx.NextID("S")
	if err != nil {
		return Situation{}, err
	}
	a := added{ID: id, Country: in.Country, State: in.State, Analyst: in.Analyst, Members: in.Members}
	w := words{Name: in.Name, Area: in.Area, Populations: map[string]string{}}
	subjects := []string{id}
	for i, p := range in.Populations {
		key := populationID(id, i+1)
		a.Populations = append(a.Populations, key)
		w.Populations[key] = p
		subjects = append(subjects, key)
	}
	people := slices.Clone(in.Members)
	if in.Analyst != "" {
		people = sorted(append(people, in.Analyst))
	}
	subjects = append(subjects, people...)
	if _, err := tx.Append(record.Draft{Kind: "situation.added", Subjects: subjects, Marking: in.Marking, Open: a, Sealed: w}); err != nil {
		return Situation{}, err
	}
	return Get(tx.View, id)
}

func populationID(situation string, n int) string { return fmt.Sprintf("%s/p%d", situation, n) }

// change reads a situation, lets f make the entry about it, appends it and
// reads the situation again.
func change(tx *record.Tx, id string, f func(s Situation) (record.Draft, error)) (Situation, error) {
	s, err := Get(tx.View, id)
	if err != nil {
		return s, err
	}
	d, err := f(s)
	if err != nil {
		return s, fmt.Errorf("%s: %w", id, err)
	}
	d.Subjects = append([]string{id}, d.Subjects...)
	d.Marking = s.Marking
	if _, err := tx.Append(d); err != nil {
		return s, err
	}
	return Get(tx.View, id)
}

// words returns all names of a situation, to be written anew.
func (s Situation) words() words {
	w := words{Name: s.Name, Area: s.Area, Populations: map[string]string{}}
	for _, p := range s.Populations {
		if p.Name != "" {
			w.Populations[p.ID] = p.Name
		}
	}
	return w
}

// Rename gives a situation another name, and another description of its area
// if area is not empty.
func Rename(tx *record.Tx, id, newName, area string) (Situation, error) {
	return change(tx, id, func(s Situation) (d record.Draft, err error) {
		w := s.words()
		if w.Name, err = name("name", newName); err != nil {
			return d, err
		}
		if area != "" {
			if w.Area, err = name("area", area); err != nil {
				return d, err
			}
		}
		return record.Draft{Kind: "situation.renamed", Open: about{ID: id}, Sealed: w}, nil
	})
}

// SetState makes a situation watched or active. A closed one is taken up again
// by it, which needs a reason. To close one, use [Close].
func SetState(tx *record.Tx, id, state, why string) (Situation, error) {
	return change(tx, id, func(s Situation) (d record.Draft, err error) {
		switch {
		case state == Closed:
			return d, fault.WithHint(fault.Invalid("state", "a situation is closed with a reason"), "close it instead")
		case state != Watched && state != Active:
			return d, fault.Invalid("state", "%q is not a state: %s or %s", state, Watched, Active)
		case state == s.State:
			return d, fault.Exists("it is %s already", state)
		}
		if why, err = reason(why); err != nil {
			return d, err
		}
		if s.State == Closed && why == "" {
			return d, fault.Invalid("reason", "it was closed: say why it is taken up again")
		}
		return record.Draft{Kind: "situation.state-set", Open: stateSet{ID: id, State: state}, Sealed: because(why)}, nil
	})
}

// Close ends the watching of a situation, for a reason.
func Close(tx *record.Tx, id, why string) (Situation, error) {
	return change(tx, id, func(s Situation) (d record.Draft, err error) {
		if s.State == Closed {
			return d, fault.Exists("it is closed already")
		}
		if why, err = reason(why); err != nil {
			return d, err
		}
		if why == "" {
			return d, fault.Invalid("reason", "say why the situation is closed")
		}
		return record.Draft{Kind: "situation.closed", Open: about{ID: id}, Sealed: because(why)}, nil
	})
}

// because seals a reason, or nothing where none is given.
func because(why string) any {
	if why == "" {
		return nil
	}
	return words{Reason: why}
}

// AddPopulation adds people at risk, under the name they give themselves.
func AddPopulation(tx *record.Tx, id, popName, why string) (Population, error) {
	var key string
	s, err := change(tx, id, func(s Situation) (d record.Draft, err error) {
		if popName, err = name("population", popName); err != nil {
			return d, err
		}
		if why, err = reason(why); err != nil {
			return d, err
		}
		if err := working(s); err != nil {
			return d, err
		}
		for _, p := range s.AtRisk() {
			if sameName(p.Name, popName) {
				return d, fault.Exists("%s has this name already", p.ID)
			}
		}
		key = populationID(id, len(s.Populations)+1)
		w := s.words()
		w.Populations[key], w.Reason = popName, why
		return record.Draft{Kind: "situation.population-added", Subjects: []string{key}, Open: population{ID: id, Population: key}, Sealed: w}, nil
	})
	if err != nil {
		return Population{}, err
	}
	return s.Populations[len(s.Populations)-1], nil
}

// EndPopulation records that a population is no longer at risk here, for a
// reason. It stays on record.
func EndPopulation(tx *record.Tx, popID, why string) (Population, error) {
	p, err := GetPopulation(tx.View, popID)
	if err != nil {
		return p, err
	}
	_, err = change(tx, p.Situation, func(s Situation) (d record.Draft, err error) {
		if !p.Until.IsZero() {
			return d, fault.Exists("%s was ended already", popID)
		}
		if why, err = reason(why); err != nil {
			return d, err
		}
		if why == "" {
			return d, fault.Invalid("reason", "say why %s is no longer at risk", popID)
		}
		return record.Draft{Kind: "situation.population-ended", Subjects: []string{popID}, Open: population{ID: s.ID, Population: popID}, Sealed: because(why)}, nil
	})
	if err != nil {
		return p, err
	}
	return GetPopulation(tx.View, popID)
}

// working refuses a change to a situation that is closed or whose words were
// erased.
func working(s Situation) error {
	switch {
	case s.State == Closed:
		return fault.WithHint(fault.Stale("the situation is closed"), "take it up again first")
	case s.Erased:
		return fault.WithHint(fault.Stale("its words were erased"), "name it anew first")
	}
	return nil
}

// SetAnalyst makes a person responsible for a situation.
func SetAnalyst(tx *record.Tx, id, who string) (Situation, error) {
	return change(tx, id, func(s Situation) (d record.Draft, err error) {
		if err := person("analyst", who); err != nil {
			return d, err
		}
		if s.Analyst == who {
			return d, fault.Exists("%s is its analyst already", who)
		}
		return record.Draft{Kind: "situation.analyst-set", Subjects: []string{who}, Open: member{ID: id, Person: who}}, nil
	})
}

// AddMember lets a person work on a situation.
func AddMember(tx *record.Tx, id, who string) (Situation, error) {
	return change(tx, id, func(s Situation) (d record.Draft, err error) {
		if err := person("person", who); err != nil {
			return d, err
		}
		if slices.Contains(s.Members, who) {
			return d, fault.Exists("%s is a member already", who)
		}
		return record.Draft{Kind: "situation.member-added", Subjects: []string{who}, Open: member{ID: id, Person: who}}, nil
	})
}

// RemoveMember ends a person's work on a situation. The analyst stays until
// another is set.
func RemoveMember(tx *record.Tx, id, who string) (Situation, error) {
	return change(tx, id, func(s Situation) (d record.Draft, err error) {
		if !slices.Contains(s.Members, who) {
			return d, fault.NotFound("%s is not a member", who)
		}
		return record.Draft{Kind: "situation.member-removed", Subjects: []string{who}, Open: member{ID: id, Person: who}}, nil
	})
}
