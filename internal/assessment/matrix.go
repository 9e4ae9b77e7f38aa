package assessment

import (
	"slices"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Matrix shows how a population stands: 14 factors, now and the time before.
type Matrix struct {
	Situation  string    `json:"situation"`
	Population string    `json:"population"`
	Assessment string    `json:"assessment,omitempty"` // "" where none was accepted yet: nothing is known
	Previous   string    `json:"previous,omitempty"`   // "" where it is the first
	At         time.Time `json:"at,omitzero"`          // when it was accepted
	Factors    []Row     `json:"factors"`              // always 14
}

// A Row is one factor of a matrix.
type Row struct {
	N      int     `json:"n"`
	Name   string  `json:"name"`
	Crime  string  `json:"crime"`
	Of     int     `json:"of"` // indicators
	Now    Counts  `json:"now"`
	Was    *Counts `json:"was,omitempty"` // the time before
	Change int     `json:"change"`        // indicators that got worse less those that got better
	Verify bool    `json:"verify,omitempty"`
}

// A Change is an indicator that is not what it was.
type Change struct {
	Indicator string `json:"indicator"`
	Was       string `json:"was"`
	Now       string `json:"now"`
	Step      int    `json:"step"` // 1 for worse, -1 for better, 0 where one of the two is unknown
}

// MatrixOf returns how a population stands by what was accepted last.
func MatrixOf(v *record.View, situation, population string) (Matrix, error) {
	all, err := readCurrent(v.Tx, situation, population)
	if err != nil {
		return Matrix{}, err
	}
	if len(all) == 0 {
		return build(Assessment{Situation: situation, Population: population}, nil, nil), nil
	}
	m, err := matrices(v, all[:1])
	if err != nil {
		return Matrix{}, err
	}
	return m[0], nil
}

// Matrices returns the matrix of every population of a situation of which an
// assessment was accepted, in the order of their ids.
func Matrices(v *record.View, situation string) ([]Matrix, error) {
	all, err := readCurrent(v.Tx, situation, "")
	if err != nil {
		return nil, err
	}
	return matrices(v, all)
}

// MatrixAt returns the matrix of one assessment, whatever its state, compared
// with the one before it.
func MatrixAt(v *record.View, id string) (Matrix, error) {
	rows, err := readAssessments(v.Tx, Filter{Limit: 1}, id)
	if err != nil {
		return Matrix{}, err
	}
	if len(rows) == 0 {
		return Matrix{}, fault.NotFound("there is no assessment %s", id)
	}
	m, err := matrices(v, rows)
	if err != nil {
		return Matrix{}, err
	}
	return m[0], nil
}

func matrices(v *record.View, all []Assessment) ([]Matrix, error) {
	var ids []string
	for _, a := range all {
		ids = append(ids, a.ID)
		if a.Previous != "" {
			ids = append(ids, a.Previous)
		}
	}
	states, err := readStates(v.Tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Matrix, len(all))
	for i, a := range all {
		var was map[string]string
		if a.Previous != "" {
			if was = states[a.Previous]; was == nil {
				was = map[string]string{}
			}
		}
		out[i] = build(a, states[a.ID], was)
	}
	return out, nil
}

// build makes a matrix; was is nil where there was no time before.
func build(a Assessment, now, was map[string]string) Matrix {
	m := Matrix{Situation: a.Situation, Population: a.Population, Assessment: a.ID, Previous: a.Previous, At: a.Reviewed}
	for i, n := range tally(now) {
		f := framework().factors[i]
		m.Factors = append(m.Factors, Row{N: f.N, Name: f.Name, Crime: f.Crime, Of: len(f.Indicators), Now: n,
			Verify: slices.ContainsFunc(f.Indicators, func(x Indicator) bool { return x.Verify })})
	}
	if was == nil {
		return m
	}
	for i, n := range tally(was) {
		m.Factors[i].Was = &n
	}
	for _, c := range differ(now, was) {
		m.Factors[framework().factor[c.Indicator]].Change += c.Step
	}
	return m
}

// Changes returns the indicators of an assessment that are not what they were
// in another, in the order of the framework. An empty previous is the one it
// is compared with by itself, and if there is none, nothing changed.
func Changes(v *record.View, id, previous string) ([]Change, error) {
	rows, err := readAssessments(v.Tx, Filter{Limit: 1}, id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.NotFound("there is no assessment %s", id)
	}
	if previous == "" {
		previous = rows[0].Previous
	}
	if previous == "" {
		return []Change{}, nil
	}
	states, err := readStates(v.Tx, []string{id, previous})
	if err != nil {
		return nil, err
	}
	return differ(states[id], states[previous]), nil
}

// rank orders the states that are known.
var rank = map[string]int{Absent: 1, Present: 2, Worsening: 3}

func differ(now, was map[string]string) []Change {
	out := []Change{}
	for _, f := range framework().factors {
		for _, i := range f.Indicators {
			c := Change{Indicator: i.Code, Was: known(was[i.Code]), Now: known(now[i.Code])}
			if c.Was == c.Now {
				continue
			}
			if a, b := rank[c.Was], rank[c.Now]; a > 0 && b > a {
				c.Step = 1
			} else if b > 0 && a > b {
				c.Step = -1
			}
			out = append(out, c)
		}
	}
	return out
}

func known(state string) string {
	if state == "" {
		return Unknown
	}
	return state
}
