package measure

import (
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Over is the state of a step whose coalition has ended: it waits for somebody
// to say what came of it and what it leaves.
const Over = "over"

type joined struct {
	Step      string `json:"step"`
	Coalition string `json:"coalition"`
	State     string `json:"state"`
}

// Join makes a step the work of a coalition: from now on its state follows from
// the coalition's, until somebody closes it. state is what follows now.
func Join(tx *record.Tx, id, coalition, state string) error {
	s, err := GetStep(tx.View, id)
	if err != nil {
		return err
	}
	switch {
	case s.Coalition != "":
		return fault.Exists("%s is the work of %s already", id, s.Coalition)
	case s.State != Planned:
		return fault.Stale("%s is %s: a step is joined with a coalition while it is planned", id, s.State)
	case !s.Outward:
		return fault.Invalid("coalition", "%s stays in the house: a coalition goes outward", id)
	}
	p, err := Get(tx.View, s.Package)
	if err != nil {
		return err
	}
	_, err = tx.Append(record.Draft{Kind: "package.step-joined", Subjects: subjects(p, id, coalition), Marking: p.Marking, Open: joined{id, coalition, state}})
	return err
}

// Follow moves the steps of a coalition to the state that follows from it.
// Those that somebody has closed stay closed; one that waits for another step
// does not begin.
func Follow(tx *record.Tx, coalition, state string) error {
	all, err := StepsOf(tx.View, coalition)
	if err != nil {
		return err
	}
	for _, s := range all {
		if !s.Closed.IsZero() || s.State == state {
			continue
		}
		if state == Underway {
			if err := ready(tx, s); err != nil {
				return err
			}
		}
		p, err := Get(tx.View, s.Package)
		if err != nil {
			return err
		}
		if _, err := tx.Append(record.Draft{Kind: "package.step-followed", Subjects: subjects(p, s.ID, coalition), Marking: p.Marking, Open: moved{Step: s.ID, State: state}}); err != nil {
			return err
		}
	}
	return nil
}

// alone refuses to move by hand what follows a coalition.
func alone(s Step) error {
	if s.Coalition == "" {
		return nil
	}
	return fault.Stale("%s follows from %s: what goes outward is released there", s.ID, s.Coalition)
}
