package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heed-project/heed/votes"
	"github.com/heed-project/heed/votes/ideal"
)

// span is the years that a command about Members looks at.
type span struct {
	From    int    `required:"" help:"The first year." placeholder:"YEAR"`
	To      int    `required:"" help:"The last." placeholder:"YEAR"`
	Session string `help:"Only roll calls of this session, as the file writes it." placeholder:"N"`
	Seed    uint64 `help:"Decides which texts are drawn again for intervals and stability." default:"1"`
}

func (s span) period() ideal.Period {
	return ideal.Period{From: s.From, To: s.To, Session: s.Session}
}

func (s span) check() error {
	if s.From > s.To {
		return errUsage{fmt.Errorf("--from %d is after --to %d", s.From, s.To)}
	}
	return nil
}

// anchored is the choice of the sign.
type anchored struct {
	Anchor string `help:"The Member that is put on the positive side of the line." default:"USA" placeholder:"ISO3"`
}

func (a anchored) state(year int) (int, error) {
	state := votes.Find(a.Anchor, time.Date(year, 6, 30, 0, 0, 0, 0, time.UTC))
	if state < 0 {
		return 0, errUsage{fmt.Errorf("--anchor %q is no Member that is known", a.Anchor)}
	}
	return state, nil
}

type votesIdealCmd struct {
	voteFiles
	span
	anchored
}

// idealLine is where Members stand.
type idealLine struct {
	From      int          `json:"from"`
	To        int          `json:"to"`
	RollCalls int          `json:"roll_calls"`
	Texts     int          `json:"texts"`
	Right     float64      `json:"votes_told"`
	Usual     float64      `json:"votes_told_by_majority"`
	Positive  string       `json:"positive_side,omitempty"`
	Points    []idealPoint `json:"points"`
}

type idealPoint struct {
	ISO3  string  `json:"iso3"`
	Group string  `json:"group"`
	Point float64 `json:"point"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Votes int     `json:"votes"`
}

// Run places the Members on a line.
func (c *votesIdealCmd) Run(r *run) error {
	if err := c.check(); err != nil {
		return err
	}
	anchor, err := c.state(c.From)
	if err != nil {
		return err
	}
	set, _, err := c.load(r)
	if err != nil {
		return err
	}
	line, err := ideal.Fit(set, c.period(), ideal.Options{Anchor: anchor, Seed: c.Seed})
	if err != nil {
		return err
	}
	members := votes.Members()
	out := idealLine{From: c.From, To: c.To, RollCalls: line.RollCalls, Texts: line.Texts, Right: line.Right, Usual: line.Usual}
	if line.Anchored {
		out.Positive = members[anchor].ISO3
	}
	for _, p := range line.Points {
		m := members[p.State]
		out.Points = append(out.Points, idealPoint{m.ISO3, m.Group, p.At, p.Low, p.High, p.Votes})
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d to %d: %d divided roll calls on %d texts; the line tells %.1f %% of the votes, the majority %.1f %%\n", out.From, out.To, out.RollCalls, out.Texts, 100*out.Right, 100*out.Usual)
		if out.Positive == "" {
			fmt.Fprintf(w, "%s did not vote often enough to give the sign: those who usually vote yes are on the negative side\n", c.Anchor)
		}
		for _, p := range out.Points {
			fmt.Fprintf(w, "%s  %6.2f  (%.2f to %.2f)  %d votes  %s\n", p.ISO3, p.Point, p.Low, p.High, p.Votes, p.Group)
		}
	})
}

type votesBlocsCmd struct {
	voteFiles
	span
	Count int `help:"How many blocs; 0 takes the number, 2 to 10, that sets them apart best." default:"0"`
}

// blocList is who votes with whom.
type blocList struct {
	From       int     `json:"from"`
	To         int     `json:"to"`
	RollCalls  int     `json:"roll_calls"`
	Texts      int     `json:"texts"`
	Silhouette float64 `json:"silhouette"`
	Stability  float64 `json:"stability"`
	Blocs      []bloc  `json:"blocs"`
}

type bloc struct {
	Members   []string `json:"members"`
	Agreement float64  `json:"agreement"`
	Stability float64  `json:"stability"`
}

// Run puts the Members in blocs.
func (c *votesBlocsCmd) Run(r *run) error {
	if err := c.check(); err != nil {
		return err
	}
	set, _, err := c.load(r)
	if err != nil {
		return err
	}
	d, err := ideal.Blocs(set, c.period(), c.Count, c.Seed)
	if err != nil {
		return err
	}
	out := blocList{c.From, c.To, d.RollCalls, d.Texts, d.Silhouette, d.Stability, nil}
	members := votes.Members()
	for _, b := range d.Blocs {
		x := bloc{Agreement: b.Agreement, Stability: b.Stability}
		for _, s := range b.States {
			x.Members = append(x.Members, members[s].ISO3)
		}
		out.Blocs = append(out.Blocs, x)
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d to %d: %d divided roll calls on %d texts; silhouette %.2f, stability %.2f\n", out.From, out.To, out.RollCalls, out.Texts, out.Silhouette, out.Stability)
		for i, b := range out.Blocs {
			fmt.Fprintf(w, "%d. %d Members, agreement %.2f, stability %.2f\n   %s\n", i+1, len(b.Members), b.Agreement, b.Stability, strings.Join(b.Members, " "))
		}
	})
}

type votesMovedCmd struct {
	voteFiles
	span
	anchored
	BeforeFrom int `help:"The first year compared with (default: as many years, just before)." placeholder:"YEAR"`
	BeforeTo   int `help:"The last." placeholder:"YEAR"`
}

// moveList is who moved between two periods.
type moveList struct {
	Before [2]int      `json:"before"`
	After  [2]int      `json:"after"`
	Moves  []movedLine `json:"moves"`
}

type movedLine struct {
	ISO3     string  `json:"iso3"`
	Before   float64 `json:"before"`
	After    float64 `json:"after"`
	Change   float64 `json:"change"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Sure     bool    `json:"sure"`
	Majority struct {
		Before float64 `json:"before"`
		After  float64 `json:"after"`
		Change float64 `json:"change"`
		Low    float64 `json:"low"`
		High   float64 `json:"high"`
	} `json:"with_majority"`
}

// Run compares two periods.
func (c *votesMovedCmd) Run(r *run) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.BeforeTo == 0 {
		c.BeforeTo = c.From - 1
	}
	if c.BeforeFrom == 0 {
		c.BeforeFrom = c.BeforeTo - (c.To - c.From)
	}
	if c.BeforeFrom > c.BeforeTo || c.BeforeTo >= c.From {
		return errUsage{fmt.Errorf("%d to %d is not before %d", c.BeforeFrom, c.BeforeTo, c.From)}
	}
	if c.Session != "" {
		return errUsage{fmt.Errorf("--session %s: two periods are compared, give years", c.Session)}
	}
	anchor, err := c.state(c.From)
	if err != nil {
		return err
	}
	set, _, err := c.load(r)
	if err != nil {
		return err
	}
	moves, err := ideal.Moved(set, ideal.Period{From: c.BeforeFrom, To: c.BeforeTo}, c.period(), ideal.Options{Anchor: anchor, Seed: c.Seed})
	if err != nil {
		return err
	}
	out := moveList{Before: [2]int{c.BeforeFrom, c.BeforeTo}, After: [2]int{c.From, c.To}}
	members := votes.Members()
	for _, m := range moves {
		x := movedLine{ISO3: members[m.State].ISO3, Before: m.Before, After: m.After, Change: m.Point.By, Low: m.Point.Low, High: m.Point.High, Sure: m.Sure}
		x.Majority.Before, x.Majority.After = m.With[0], m.With[1]
		x.Majority.Change, x.Majority.Low, x.Majority.High = m.Majority.By, m.Majority.Low, m.Majority.High
		out.Moves = append(out.Moves, x)
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d to %d against %d to %d; * moved further than chance among so many; moves are against the other Members\n", c.From, c.To, c.BeforeFrom, c.BeforeTo)
		for _, m := range out.Moves {
			star := " "
			if m.Sure {
				star = "*"
			}
			fmt.Fprintf(w, "%s%s  %5.2f to %5.2f, by %5.2f (%.2f to %.2f); with the majority %.0f %% to %.0f %%, by %.0f (%.0f to %.0f)\n", star, m.ISO3, m.Before, m.After, m.Change, m.Low, m.High,
				100*m.Majority.Before, 100*m.Majority.After, 100*m.Majority.Change, 100*m.Majority.Low, 100*m.Majority.High)
		}
	})
}
