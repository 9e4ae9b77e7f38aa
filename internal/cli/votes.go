package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/votes"
	replay "github.com/heed-project/heed/votes/backtest"
)

// votesCmd reads files and prints. None of it needs a node.
type votesCmd struct {
	Backtest  votesBacktestCmd  `cmd:"" help:"Predict past years as if they were to come, beside three baselines."`
	Predict   votesPredictCmd   `cmd:"" help:"Predict what every Member will do on a draft, and the tally."`
	Ideal     votesIdealCmd     `cmd:"" help:"Place the Members on a line by how they voted, with intervals."`
	Blocs     votesBlocsCmd     `cmd:"" help:"Who votes with whom, and how stable that is."`
	Moved     votesMovedCmd     `cmd:"" help:"Who moved between two periods, against the others and the majority."`
	Similar   votesSimilarCmd   `cmd:"" help:"Earlier texts like a draft, how they fared and which words they share."`
	Cosigners votesCosignersCmd `cmd:"" help:"Who signs what a state signs."`
	Load      votesLoadCmd      `cmd:"" help:"Read files of votes and say what is in them."`
}

// voteFiles are the files that every command about votes reads.
type voteFiles struct {
	Votes     string `required:"" help:"Votes: the file of unvotes, or the bulk file of the UN Digital Library." placeholder:"FILE"`
	Rollcalls string `help:"Roll calls of unvotes; the bulk file of the Library holds them itself." placeholder:"FILE"`
	Issues    string `help:"Issues of unvotes, if you have them." placeholder:"FILE"`
}

// load reads the files in whichever of the two forms they are. What was left
// out is told on standard error.
func (c *voteFiles) load(r *run) (*votes.Set, votes.Notes, error) {
	head, err := headOf(c.Votes)
	if err != nil {
		return nil, votes.Notes{}, err
	}
	ballots, err := openInput(c.Votes)
	if err != nil {
		return nil, votes.Notes{}, err
	}
	defer ballots.Close()
	set, notes, err := c.read(ballots, slices.Contains(head, "ms_vote"))
	if err != nil {
		return nil, notes, fault.WithHint(err, "votes: rcid, country, country_code, vote; roll calls: rcid, session, importantvote, date, unres, amend, para, short, descr")
	}
	for _, n := range notes.First[:min(3, len(notes.First))] {
		fmt.Fprintf(r.err, "left out: %s\n", n)
	}
	if notes.LeftOut > 3 {
		fmt.Fprintf(r.err, "left out: %d of %d rows in all\n", notes.LeftOut, notes.Rows)
	}
	return set, notes, nil
}

func (c *voteFiles) read(ballots io.Reader, library bool) (*votes.Set, votes.Notes, error) {
	if library {
		return votes.ReadLibrary(ballots)
	}
	if c.Rollcalls == "" {
		return nil, votes.Notes{}, errUsage{errors.New("--rollcalls is needed: this file of votes does not say what was voted on")}
	}
	rolls, err := openInput(c.Rollcalls)
	if err != nil {
		return nil, votes.Notes{}, err
	}
	defer rolls.Close()
	if c.Issues == "" {
		return votes.ReadUnvotes(ballots, rolls, nil)
	}
	issues, err := openInput(c.Issues)
	if err != nil {
		return nil, votes.Notes{}, err
	}
	defer issues.Close()
	return votes.ReadUnvotes(ballots, rolls, issues)
}

// headOf returns the columns of a file. Standard input cannot be looked at
// twice, so it is not taken.
func headOf(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return votes.Head(f)
}

type votesBacktestCmd struct {
	voteFiles
	From    int    `required:"" help:"The first year that is predicted." placeholder:"YEAR"`
	To      int    `required:"" help:"The last." placeholder:"YEAR"`
	Pledges []int  `help:"How many Members have declared their position: a result for each number." default:"0,10,20"`
	Seed    uint64 `help:"Decides everything that is drawn." default:"1"`
}

// Run replays the years.
func (c *votesBacktestCmd) Run(r *run) error {
	if c.From > c.To {
		return errUsage{fmt.Errorf("--from %d is after --to %d", c.From, c.To)}
	}
	set, _, err := c.load(r)
	if err != nil {
		return err
	}
	out, err := replay.Run(set, replay.Options{From: c.From, To: c.To, Pledges: c.Pledges, Seed: c.Seed})
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%-22s %8s %8s %9s %9s %8s %6s %7s %7s %9s\n", "", "accuracy", "macro-F1", "contested", "cont. F1", "novel F1", "tally", "pass", "ECE", "n")
		line := func(name string, v ...any) {
			fmt.Fprintf(w, "%-22s %8.4f %8.4f %9.4f %9.4f %8.4f %6.2f %7.4f", append([]any{name}, v...)...)
		}
		for _, x := range out {
			line(fmt.Sprintf("%d pledges", x.Pledges), x.Accuracy, x.MacroF1, x.ContestedAccuracy, x.ContestedMacroF1, x.NovelMacroF1, x.TallyError, x.PassFail)
			fmt.Fprintf(w, " %7.4f %9d\n", x.ECE, x.N)
			for _, name := range []string{"nearest_text", "usual_vote", "always_yes"} {
				b := x.Baselines[name]
				line("  "+name, b.Accuracy, b.MacroF1, b.ContestedAccuracy, b.ContestedMacroF1, b.NovelMacroF1, b.TallyError, b.PassFail)
				fmt.Fprintln(w)
			}
		}
	})
}

type votesLoadCmd struct{ voteFiles }

// loaded is what is in files of votes.
type loaded struct {
	RollCalls int    `json:"roll_calls"`
	Votes     int    `json:"votes"`
	States    int    `json:"states"`
	From      string `json:"from"`
	To        string `json:"to"`
	Rows      int    `json:"rows"`
	LeftOut   int    `json:"left_out"`
}

// Run reads the files and counts.
func (c *votesLoadCmd) Run(r *run) error {
	set, notes, err := c.load(r)
	if err != nil {
		return err
	}
	out := loaded{RollCalls: len(set.Rolls), Votes: set.Count(), Rows: notes.Rows, LeftOut: notes.LeftOut,
		From: set.Rolls[0].Date.Format("2006-01-02"), To: set.Rolls[len(set.Rolls)-1].Date.Format("2006-01-02")}
	for i := range votes.Len() {
		for roll := range set.Rolls {
			if set.At(roll, i).Cast() {
				out.States++
				break
			}
		}
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d roll calls from %s to %s, %d positions of %d states; %d of %d rows left out\n", out.RollCalls, out.From, out.To, out.Votes, out.States, out.LeftOut, out.Rows)
	})
}
