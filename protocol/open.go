package protocol

import (
	"fmt"
	"slices"
	"time"
)

// nobody stands where a role could: nobody may refuse.
const nobody = "nobody"

// A Due is a duty that a warning has opened: data to store as it is. All times
// are UTC. Duties stay as they were opened when the file is edited later.
type Due struct {
	Key       string    `json:"key"`
	Title     Text      `json:"title"`
	What      Text      `json:"what"`
	Level     int       `json:"level"`
	Role      string    `json:"role"`             // who owes it
	Deputy    string    `json:"deputy,omitempty"` // role that stands in
	Allowed   string    `json:"allowed"`          // "4 hours", "1 working day"
	OpenedAt  time.Time `json:"opened_at"`
	DueAt     time.Time `json:"due_at"`
	Rungs     []Rung    `json:"rungs"`
	After     []string  `json:"after,omitempty"`     // gate: duties of this opening to be answered first
	FromGate  bool      `json:"from_gate,omitempty"` // DueAt is the latest; Restart when the gate opens
	Outward   bool      `json:"outward,omitempty"`
	FourEyes  string    `json:"four_eyes,omitempty"`
	Refusal   string    `json:"refusal"` // role that may refuse with reasons; "nobody"
	Community bool      `json:"community,omitempty"`
	Decides   bool      `json:"decides,omitempty"`
	Review    bool      `json:"review,omitempty"`
	FollowUp  bool      `json:"follow_up,omitempty"`
}

// A Rung is a step of a ladder with the moment it is reached if the duty is
// still not answered.
type Rung struct {
	Number int       `json:"number"` // from 1
	Role   string    `json:"role"`
	At     time.Time `json:"at"`
	Senior bool      `json:"senior,omitempty"` // the named senior office: the ladder ends
}

// MayOpen says whether a role may open the protocol at a level by its own
// standing.
func (p *Protocol) MayOpen(role string, level int) bool {
	return level >= 1 && level <= Levels && slices.ContainsFunc(p.Opening, func(o Opener) bool {
		return o.Role == role && o.Levels[level-1]
	})
}

// Open returns the duties that a warning of this level opens at this moment,
// in the order of the file. The opener is the role by whose standing it is
// opened; empty means that the office opens it itself.
//
// It fails when the level is not 1 to 5, when the opener has no standing, or
// when a deadline cannot be counted; Check finds the last before it happens.
func (p *Protocol) Open(level int, opened time.Time, opener string) ([]Due, error) {
	if level < 1 || level > Levels {
		return nil, fmt.Errorf("opening %s: level is %d, must be 1 to 5", p.ID, level)
	}
	if opener != "" && !p.MayOpen(opener, level) {
		return nil, fmt.Errorf("opening %s: %s may not open level %d; see opening in the protocol", p.ID, opener, level)
	}
	at := map[string]time.Time{}
	var out []Due
	for _, d := range p.Duties {
		if !d.opens(level) {
			continue
		}
		start, err := p.starts(d, level, opened, at, 0)
		if err != nil {
			return nil, fmt.Errorf("opening %s: duty %s: %w", p.ID, d.Key, err)
		}
		x, err := p.due(d, level, opened, start)
		if err != nil {
			return nil, fmt.Errorf("opening %s: duty %s: %w", p.ID, d.Key, err)
		}
		out = append(out, x)
	}
	return out, nil
}

// starts returns when the clock of a duty starts at the latest: when it is
// opened, or when the last duty of its gate falls due. The deadlines found on
// the way are kept in known.
func (p *Protocol) starts(d Duty, level int, opened time.Time, known map[string]time.Time, depth int) (time.Time, error) {
	start := opened
	if !d.FromGate {
		return start, nil
	}
	if depth > len(p.Duties) {
		return start, fmt.Errorf("its gate leads back to itself")
	}
	for _, key := range d.After {
		g, ok := p.Duty(key)
		if !ok || !g.opens(level) {
			return start, fmt.Errorf("its gate waits for %s, which level %d does not open", key, level)
		}
		due, ok := known[key]
		if !ok {
			from, err := p.starts(g, level, opened, known, depth+1)
			if err != nil {
				return start, err
			}
			if due, err = p.Deadline(from, g.Allowed[level-1]); err != nil {
				return start, err
			}
			known[key] = due
		}
		if due.After(start) {
			start = due
		}
	}
	return start, nil
}

// due makes the data of one duty whose clock starts at start.
func (p *Protocol) due(d Duty, level int, opened, start time.Time) (Due, error) {
	allowed := d.Allowed[level-1]
	at, err := p.Deadline(start, allowed)
	if err != nil {
		return Due{}, err
	}
	rungs, err := p.rungs(d.Ladder[level-1], at)
	if err != nil {
		return Due{}, err
	}
	owner, _ := p.Role(d.Owner)
	x := Due{Key: d.Key, Title: d.Title, What: d.What, Level: level, Role: d.Owner, Deputy: owner.Deputy,
		Allowed: allowed.String(), OpenedAt: opened.UTC(), DueAt: at, Rungs: rungs,
		FromGate: d.FromGate, Outward: d.Outward, FourEyes: d.FourEyes, Refusal: d.Refusal,
		Community: d.Community, Decides: d.Decides, Review: d.Review, FollowUp: d.FollowUp}
	x.After = slices.Clone(d.After)
	return x, nil
}

// rungs climbs a ladder from a deadline: each rung's time counts from the rung
// before it.
func (p *Protocol) rungs(ladder string, at time.Time) ([]Rung, error) {
	steps, _ := p.climb(ladder)
	var out []Rung
	for _, g := range steps {
		var err error
		if at, err = p.Deadline(at, g.After); err != nil {
			return nil, fmt.Errorf("ladder %s, rung %s: %w", ladder, g.Role, err)
		}
		role, _ := p.Role(g.Role)
		out = append(out, Rung{Number: len(out) + 1, Role: g.Role, At: at, Senior: role.Senior})
	}
	return out, nil
}

// climb returns the rungs of a ladder and of those that continue it. Ends is
// false when they lead back to a ladder already climbed.
func (p *Protocol) climb(key string) (rungs []LadderRung, ends bool) {
	var seen []string
	for key != "" {
		if slices.Contains(seen, key) {
			return rungs, false
		}
		seen = append(seen, key)
		l, _ := p.Ladder(key)
		rungs, key = append(rungs, l.Rungs...), l.Then
	}
	return rungs, true
}

// Restart returns a duty whose clock starts at its gate, now that the last
// duty of the gate was answered. Its deadline never moves to later than the
// one it was opened with.
func (p *Protocol) Restart(x Due, answered time.Time) (Due, error) {
	d, ok := p.Duty(x.Key)
	if !ok || !d.opens(x.Level) {
		return x, fmt.Errorf("restarting %s: this protocol has no such duty at level %d", x.Key, x.Level)
	}
	if !x.FromGate {
		return x, nil
	}
	y, err := p.due(d, x.Level, x.OpenedAt, answered)
	if err != nil {
		return x, fmt.Errorf("restarting %s: %w", x.Key, err)
	}
	if y.DueAt.Before(x.DueAt) {
		x.DueAt, x.Rungs = y.DueAt, y.Rungs
	}
	return x, nil
}

// Raise returns what changes when a warning goes up to a level at a moment,
// given its duties that are not answered and have not lapsed: those that are
// now due sooner, and new ones that the lower level had not opened. A duty
// already in known, by key, is never opened twice. Nothing becomes due later
// and nothing is dropped. Lowering a level changes no duty, so it needs no
// call.
func (p *Protocol) Raise(running []Due, known []string, level int, at time.Time) (sooner, fresh []Due, err error) {
	all, err := p.Open(level, at, "")
	if err != nil {
		return nil, nil, err
	}
	for _, y := range all {
		i := slices.IndexFunc(running, func(x Due) bool { return x.Key == y.Key })
		switch {
		case i >= 0 && y.DueAt.Before(running[i].DueAt):
			y.OpenedAt = running[i].OpenedAt
			sooner = append(sooner, y)
		case i < 0 && !slices.Contains(known, y.Key):
			fresh = append(fresh, y)
		}
	}
	return sooner, fresh, nil
}

// A Step is one moment of a rehearsal.
type Step struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"` // opens, lapses, climbs
	Duty    string    `json:"duty"`
	Title   Text      `json:"title"`
	Role    string    `json:"role"` // who owes it, or who is told
	Holders []string  `json:"holders,omitempty"`
	Rung    int       `json:"rung,omitempty"`
	Senior  bool      `json:"senior,omitempty"`
}

// Rehearse returns what would happen, in order of time, if a warning of this
// level were opened and nobody did anything: each duty opens, lapses, and
// climbs its ladder to the named senior office.
func (p *Protocol) Rehearse(level int, opened time.Time) ([]Step, error) {
	duties, err := p.Open(level, opened, "")
	if err != nil {
		return nil, err
	}
	var out []Step
	add := func(d Due, kind, role string, at time.Time, g Rung) {
		holders, _ := p.WhoHolds(role, at)
		out = append(out, Step{At: at, Kind: kind, Duty: d.Key, Title: d.Title, Role: role, Holders: holders, Rung: g.Number, Senior: g.Senior})
	}
	for _, d := range duties {
		add(d, "opens", d.Role, d.OpenedAt, Rung{})
		add(d, "lapses", d.Role, d.DueAt, Rung{})
		for _, g := range d.Rungs {
			add(d, "climbs", g.Role, g.At, g)
		}
	}
	slices.SortStableFunc(out, func(a, b Step) int { return a.At.Compare(b.At) })
	return out, nil
}
