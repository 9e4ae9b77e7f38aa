package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/position"
	"github.com/heed-project/heed/votes/wording"
)

type votesPredictCmd struct {
	voteFiles
	Title   string    `required:"" help:"Title of the draft."`
	Subject string    `help:"Its subject, in the words of the Library."`
	Sponsor []string  `help:"A sponsor: counts as a pledge to vote yes. Several times for several." placeholder:"ISO3"`
	Pledge  []string  `help:"A declared position, ISO3=yes, abstain or no. Several times for several." placeholder:"ISO3=P"`
	On      time.Time `help:"The day of the vote (default: the day after the last roll call)." format:"2006-01-02" placeholder:"DATE"`
	Rule    string    `help:"simple or two-thirds." enum:"simple,two-thirds" default:"simple"`
	Seed    uint64    `help:"Decides everything that is drawn." default:"1"`
}

// predicted is what is said about a draft.
type predicted struct {
	Title   string           `json:"title"`
	Date    string           `json:"date"`
	Near    float64          `json:"nearest_similarity"`
	Earlier []earlierText    `json:"earlier"`
	Tally   predictedTally   `json:"tally"`
	Rule    string           `json:"rule"`
	Pass    float64          `json:"pass"`
	States  []predictedState `json:"states"`
}

type earlierText struct {
	Date       string  `json:"date"`
	Resolution string  `json:"resolution"`
	Title      string  `json:"title"`
	Similarity float64 `json:"similarity"`
}

type predictedTally struct {
	Yes     position.Count `json:"yes"`
	Abstain position.Count `json:"abstain"`
	No      position.Count `json:"no"`
	Absent  position.Count `json:"absent"`
}

type predictedState struct {
	ISO3     string  `json:"iso3"`
	Position string  `json:"position"`
	Yes      float64 `json:"yes"`
	Abstain  float64 `json:"abstain"`
	No       float64 `json:"no"`
	Absent   float64 `json:"absent"`
	Declared bool    `json:"declared,omitempty"`
}

// Run learns from the fifteen years before the vote and predicts.
func (c *votesPredictCmd) Run(r *run) error {
	set, _, err := c.load(r)
	if err != nil {
		return err
	}
	last := set.Rolls[len(set.Rolls)-1].Date
	if c.On.IsZero() {
		c.On = last.AddDate(0, 0, 1)
	}
	told, err := c.declared()
	if err != nil {
		return err
	}
	model, history, err := learn(set, c.On, c.Seed, len(told) > 0)
	if err != nil {
		return err
	}
	draft := position.Draft{Date: c.On, Text: wording.Read(c.Title, c.Subject, "")}
	known := history.Case(draft)
	f := model.Predict(known, known.Declare(told))
	rule := votes.Simple()
	if c.Rule == "two-thirds" {
		rule = votes.TwoThirds()
	}
	e := f.Tally(rule, nil, c.Seed)
	out := predicted{Title: draft.Text.Title, Date: c.On.Format("2006-01-02"), Near: known.Near(), Rule: rule.Name, Pass: e.Pass,
		Tally: predictedTally{e.Yes, e.Abstain, e.No, e.Absent}}
	for _, x := range known.Relatives(5) {
		roll := set.Rolls[x.Roll]
		out.Earlier = append(out.Earlier, earlierText{roll.Date.Format("2006-01-02"), roll.Resolution, wording.Read(roll.Title, "", "").Title, x.Similarity})
	}
	members := votes.Members()
	for _, ch := range f.Chances {
		out.States = append(out.States, predictedState{members[ch.State].ISO3, ch.Decided.String(), ch.Yes, ch.Abstain, ch.No, ch.Absent, ch.Told})
	}
	return r.print(out, func(w io.Writer) { writePrediction(w, out) })
}

func writePrediction(w io.Writer, out predicted) {
	fmt.Fprintf(w, "%s\nyes %.0f (%.0f to %.0f), abstain %.0f, no %.0f, absent %.0f; passes with %.0f %% (%s)\n", out.Title,
		out.Tally.Yes.Mean, out.Tally.Yes.Low, out.Tally.Yes.High, out.Tally.Abstain.Mean, out.Tally.No.Mean, out.Tally.Absent.Mean, 100*out.Pass, out.Rule)
	for _, x := range out.Earlier {
		fmt.Fprintf(w, "  %.2f  %s  %s  %.100s\n", x.Similarity, x.Date, x.Resolution, x.Title)
	}
	slices.SortStableFunc(out.States, func(a, b predictedState) int { return cmp.Compare(b.Yes, a.Yes) })
	for _, s := range out.States {
		declared := ""
		if s.Declared {
			declared = "  declared"
		}
		fmt.Fprintf(w, "%s  %-7s  yes %.2f  abstain %.2f  no %.2f  absent %.2f%s\n", s.ISO3, s.Position, s.Yes, s.Abstain, s.No, s.Absent, declared)
	}
}

// declared reads the pledges and sponsors.
func (c *votesPredictCmd) declared() (out []position.Pledge, err error) {
	for _, s := range c.Sponsor {
		c.Pledge = append(c.Pledge, s+"=yes")
	}
	for _, text := range c.Pledge {
		who, what, ok := strings.Cut(text, "=")
		state := votes.Find(who, c.On)
		if !ok || state < 0 {
			return nil, errUsage{fmt.Errorf("--pledge %s: write a Member and its position, SVN=yes", text)}
		}
		p, err := votes.ParsePosition(what)
		if err != nil || !p.Cast() {
			return nil, errUsage{fmt.Errorf("--pledge %s: %q is not yes, abstain or no", text, what)}
		}
		out = append(out, position.Pledge{State: state, Position: p})
	}
	return out, nil
}

// learn walks through the votes before a day and learns from fifteen years what
// a draft needs on which some have declared themselves, or nobody.
func learn(set *votes.Set, day time.Time, seed uint64, declared bool) (*position.Model, *position.History, error) {
	before := set.Until(day)
	if len(before.Rolls) == 0 {
		return nil, nil, fmt.Errorf("there is no roll call before %s", day.Format("2006-01-02"))
	}
	var lessons []position.Lesson
	history, err := position.Walk(before, position.Drafts(before), day.AddDate(-15, 0, 0), func(roll int, k *position.Case) error {
		l := position.Lesson{Roll: roll, Case: k}
		if declared {
			l = position.Teach(before, roll, k, seed)
		}
		lessons = append(lessons, l)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	model, err := position.TrainFor(before, lessons, seed, declared)
	return model, history, err
}
