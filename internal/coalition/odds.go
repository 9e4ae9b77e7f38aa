package coalition

import (
	"math"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/position"
)

// Odds are the calibrated chances of one State's vote. Yes, Abstain and No are
// those if it votes and add up to 1.
type Odds struct {
	State   string  `json:"state"`
	Yes     float64 `json:"yes"`
	Abstain float64 `json:"abstain"`
	No      float64 `json:"no"`
	Absent  float64 `json:"absent"`
}

// Foretold is what the model of package votes/position said of a draft: one
// line for each seat of a member.
type Foretold struct {
	Rule  string  `json:"rule"`  // simple or two-thirds
	Shift float64 `json:"shift"` // how far all are found to move together
	Until string  `json:"until"` // the day before which it knows votes
	Rolls int     `json:"rolls"` // from which it learned
	Near  float64 `json:"near"`  // how similar the nearest earlier text is
	Odds  []Odds  `json:"odds"`

	Entry int64     `json:"entry,omitzero"`
	At    time.Time `json:"at,omitzero"`
}

type foretold struct {
	Coalition string `json:"coalition"`
	Foretold
}

// Foretell keeps what a model said of a draft. It replaces what was said before.
func Foretell(tx *record.Tx, id string, x Foretold) error {
	c, err := Get(tx.View, id)
	if err != nil {
		return err
	}
	switch {
	case c.Kind != Draft:
		return fault.Invalid("kind", "%s is a %s: only on a draft is there a vote", id, c.Kind)
	case c.State == Closed:
		return fault.Late("%s is closed", id)
	case x.Rule != votes.Simple().Name && x.Rule != votes.TwoThirds().Name:
		return fault.Invalid("rule", "%q is neither %s nor %s", x.Rule, votes.Simple().Name, votes.TwoThirds().Name)
	case !(x.Shift >= 0 && x.Shift < 10):
		return fault.Invalid("shift", "%v is no shift", x.Shift)
	}
	for _, s := range c.Seats {
		if s.Member && !slices.ContainsFunc(x.Odds, func(o Odds) bool { return o.State == s.State }) {
			return fault.Invalid("odds", "nothing is said of %s", s.State)
		}
	}
	for _, o := range x.Odds {
		if s := c.seat(o.State); s == nil || !s.Member {
			return fault.Invalid("odds", "%s has no vote in %s", o.State, id)
		}
		if sum := o.Yes + o.Abstain + o.No; !(min(o.Yes, o.Abstain, o.No, o.Absent) >= 0 && o.Absent <= 1 && math.Abs(sum-1) < 0.001) {
			return fault.Invalid("odds", "%s: these are no chances", o.State)
		}
	}
	_, err = tx.Append(record.Draft{Kind: "coalition.foretold", Subjects: c.subjects(), Marking: c.Marking, Open: foretold{id, x}})
	return err
}

// Tally is the distribution of the tally, with what has been heard since: whoever
// signed or said yes or no is counted so, the others by their chances. open is
// how many of these there are. What was said in confidence is not counted.
func Tally(c Coalition, x Foretold) (e position.Expectation, open int) {
	rule := votes.Simple()
	if x.Rule == votes.TwoThirds().Name {
		rule = votes.TwoThirds()
	}
	chances := make([]position.Chance, len(x.Odds))
	for i, o := range x.Odds {
		chances[i] = position.Chance{State: i, Yes: o.Yes, Abstain: o.Abstain, No: o.No, Absent: o.Absent}
		stance := c.Stance(o.State).Stance
		switch {
		case stance == Yes || c.signed(o.State):
			chances[i] = position.Chance{State: i, Yes: 1, Told: true}
		case stance == No:
			chances[i] = position.Chance{State: i, No: 1, Told: true}
		default:
			open++
		}
	}
	return position.Given(chances, x.Shift).Tally(rule, nil, 1), open
}
