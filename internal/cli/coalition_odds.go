package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/position"
	"github.com/heed-project/heed/votes/wording"
)

type coalitionForetellCmd struct {
	voteFiles
	ID   string `arg:"" help:"CO-1, a draft."`
	Rule string `help:"simple or two-thirds." enum:"simple,two-thirds" default:"simple"`
	Seed uint64 `help:"Decides everything that is drawn." default:"1"`
}

// Run learns from the fifteen years before now, and keeps the chances.
func (c *coalitionForetellCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	x, err := n.Coalition(r.ctx, who, c.ID)
	if err != nil {
		return err
	}
	if x.Kind != "draft" {
		return fault.Invalid("coalition", "%s is a %s: only on a draft is there a vote", x.ID, x.Kind)
	}
	day := r.now().UTC()
	for _, s := range x.Voting {
		if votes.Find(s, day) < 0 {
			return fault.Invalid("coalition", "%s is no Member whose votes the model knows", s)
		}
	}
	set, _, err := c.load(r)
	if err != nil {
		return err
	}
	told := pledgesOf(x, day)
	model, history, err := learn(set, day, c.Seed, len(told) > 0)
	if err != nil {
		return err
	}
	known := history.Case(position.Draft{Date: day, Text: wording.Read(x.Title.Body, "", x.Text.Body)})
	odds := heed.CoalitionOdds{Rule: map[string]string{"simple": votes.Simple().Name, "two-thirds": votes.TwoThirds().Name}[c.Rule], Until: day.Format(time.DateOnly),
		Rolls: len(set.Until(day).Rolls), Near: known.Near()}
	f := model.Predict(known, known.Declare(told))
	odds.Shift = f.Shift()
	by := map[int]position.Chance{}
	for _, ch := range f.Chances {
		by[ch.State] = ch
	}
	for _, s := range x.Voting {
		ch := by[votes.Find(s, day)]
		odds.Odds = append(odds.Odds, heed.StateOdds{State: s, Yes: ch.Yes, Abstain: ch.Abstain, No: ch.No, Absent: ch.Absent})
	}
	if err := n.ForetellCoalition(r.ctx, who, x.ID, odds); err != nil {
		return err
	}
	if x, err = n.Coalition(r.ctx, who, c.ID); err != nil {
		return err
	}
	return r.print(map[string]any{"coalition": x.ID, "pass": x.Tally.Pass, "tally": x.Tally, "unheard": x.Unheard, "entry": x.Foretold.Entry}, func(w io.Writer) {
		fmt.Fprintf(w, "passes with %.0f %%; yes %.0f (%.0f to %.0f); %d of %d have not said\n", 100*x.Tally.Pass, x.Tally.Yes.Mean, x.Tally.Yes.Low, x.Tally.Yes.High, x.Unheard, len(x.Voting))
	})
}

// pledgesOf are the positions that States have declared or shown by signing.
func pledgesOf(x heed.Coalition, day time.Time) (out []position.Pledge) {
	for _, s := range x.Signed {
		out = append(out, position.Pledge{State: votes.Find(s.State, day), Position: votes.Yes})
	}
	for _, s := range x.Pledged {
		switch s.Stance {
		case "yes":
			out = append(out, position.Pledge{State: votes.Find(s.State, day), Position: votes.Yes})
		case "no":
			out = append(out, position.Pledge{State: votes.Find(s.State, day), Position: votes.No})
		}
	}
	return out
}
