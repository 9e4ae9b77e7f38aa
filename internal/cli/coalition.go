package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

type coalitionCmd struct {
	Open     coalitionOpenCmd     `cmd:"" help:"Begin a coalition on a warning: a session request, a draft, a statement."`
	List     coalitionListCmd     `cmd:"" help:"List coalitions, the newest first."`
	Show     coalitionShowCmd     `cmd:"" help:"The count, the pledges, whom to ask next and why, the signatures."`
	Release  coalitionReleaseCmd  `cmd:"" help:"As the second person, let it go outward."`
	Pledge   coalitionPledgeCmd   `cmd:"" help:"Write down what a state was heard to say."`
	Confided coalitionConfidedCmd `cmd:"" help:"Open the confidential pledges, for a purpose that goes on record first."`
	Ask      coalitionAskCmd      `cmd:"" help:"Write down that a state is asked."`
	Sign     coalitionSignCmd     `cmd:"" help:"Enter a state's signature."`
	Withdraw coalitionWithdrawCmd `cmd:"" help:"Close a coalition by hand, with the reason."`
	Foretell coalitionForetellCmd `cmd:"" help:"Predict every member's vote on a draft, from files of roll calls, and keep the chances."`
	Votes    coalitionVotesCmd    `cmd:"" help:"Take in a file of votes, sponsors and signatures, as one entry."`
}

type coalitionOpenCmd struct {
	Warning   string    `required:"" help:"The warning that it answers." placeholder:"REF"`
	Kind      string    `help:"session, draft or statement." enum:"session,draft,statement" default:"session"`
	Measure   string    `help:"The measure, as heed doors names it." default:"GE-SS" placeholder:"ID"`
	Title     string    `required:"" help:"What states are asked to join."`
	Text      string    `help:"The text itself, or the points to make."`
	Seats     string    `help:"CSV of the states: iso3, group, member (1 or 0), size, concerned (1 or 0), near. Without it: the members of the body on the day." placeholder:"FILE"`
	Threshold int       `help:"How many members must sign (default: by the measure)."`
	Region    bool      `help:"One state of the region concerned must be among them."`
	Deadline  time.Time `help:"When the sheet closes itself, RFC 3339." placeholder:"TIME"`
	Marking   string    `help:"TLP 2.0 (default: the warning's)."`
	Step      string    `help:"The step of a package whose work it is: its state follows." placeholder:"STEP"`
}

// Run opens a coalition.
func (c *coalitionOpenCmd) Run(r *run) error {
	in := heed.CoalitionInput{Warning: c.Warning, Kind: c.Kind, Measure: c.Measure, Title: c.Title, Text: c.Text, Marking: c.Marking, Threshold: c.Threshold, Region: c.Region, Deadline: c.Deadline, Step: c.Step}
	if c.Seats != "" {
		f, err := openInput(c.Seats)
		if err != nil {
			return err
		}
		defer f.Close()
		if in.Seats, err = readSeats(f); err != nil {
			return fmt.Errorf("%s: %w", c.Seats, err)
		}
		for _, s := range in.Seats {
			if s.Member {
				in.Of++
			}
		}
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.OpenCoalition(r.ctx, who, in)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"coalition": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

// readSeats reads the states that can go along.
func readSeats(f io.Reader) (out []heed.CoalitionSeat, err error) {
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, fault.Invalid("seats", "there is no row below the names of columns")
	}
	at := func(row []string, name string) string {
		if i := slices.Index(rows[0], name); i >= 0 {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	if !slices.Contains(rows[0], "iso3") || !slices.Contains(rows[0], "member") {
		return nil, fault.Invalid("seats", "there must be the columns iso3 and member; there are %s", strings.Join(rows[0], ", "))
	}
	for _, row := range rows[1:] {
		out = append(out, heed.CoalitionSeat{State: at(row, "iso3"), Group: at(row, "group"), Member: at(row, "member") == "1", Size: at(row, "size"),
			Concerned: at(row, "concerned") == "1", Near: strings.Fields(at(row, "near"))})
	}
	return out, nil
}

type coalitionListCmd struct {
	Warning string `help:"Only those on a warning." placeholder:"REF"`
}

// Run lists coalitions.
func (c *coalitionListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	rows, _, err := n.Coalitions(r.ctx, who, c.Warning, heed.Page{})
	if err != nil {
		return err
	}
	return r.print(rows, func(w io.Writer) {
		for _, x := range rows {
			fmt.Fprintf(w, "%s  %-9s  %-9s  %d of %d needed, %d observers  %s  %s\n", x.ID, x.Kind, x.State, x.Members, x.Threshold, x.Observers, x.Warning, x.Title.Body)
		}
	})
}

type coalitionShowCmd struct {
	ID string `arg:"" help:"CO-1."`
}

// Run shows a coalition.
func (c *coalitionShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	x, err := n.Coalition(r.ctx, who, c.ID)
	if err != nil {
		return err
	}
	return r.print(x, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s: %s\n%d of %d members have signed, %d observers; %.0f expected (%d to %d)\n", x.ID, x.State, x.Title.Body, x.Members, x.Threshold, x.Observers,
			x.Forecast.Expected, x.Forecast.Low, x.Forecast.High)
		for i, s := range x.Next {
			fmt.Fprintf(w, "%2d. %s  chance %.2f × need %.2f × reach %.2f", i+1, s.State, s.Chance, s.Need, s.Reach)
			for _, y := range s.Reasons {
				fmt.Fprintf(w, "; %s %s%s", y.Code, y.State, y.Roll)
			}
			fmt.Fprintln(w)
		}
		for _, s := range x.Signed {
			fmt.Fprintf(w, "signed %s  %s  E-%d  %s\n", s.State, s.SignedAt.Format(time.RFC3339), s.SignedEntry, s.SignedBy.Body)
		}
	})
}

type coalitionReleaseCmd struct {
	ID   string `arg:"" help:"CO-1."`
	Note string `help:"Beside it."`
}

// Run releases a coalition.
func (c *coalitionReleaseCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.ReleaseCoalition(r.ctx, who, c.ID, c.Note)
}

type coalitionPledgeCmd struct {
	ID           string    `arg:"" help:"CO-1."`
	State        string    `arg:"" help:"Its code, ISO 3166-1 alpha-3."`
	Stance       string    `arg:"" enum:"yes,leaning,no,silent" help:"yes, leaning, no or silent."`
	From         string    `help:"Who said it."`
	By           string    `help:"Who heard it (default: who acts)."`
	Day          time.Time `help:"When it was heard." format:"2006-01-02" placeholder:"DATE"`
	Note         string    `help:"Beside it."`
	Confidential bool      `help:"Seal all of it, under a key of its own."`
}

// Run writes a pledge down.
func (c *coalitionPledgeCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.AddPledge(r.ctx, who, c.ID, heed.PledgeInput{State: c.State, Stance: c.Stance, Day: c.Day, From: c.From, By: c.By, Note: c.Note, Confidential: c.Confidential})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"confidence": id}, func(w io.Writer) { fmt.Fprint(w, id) })
}

type coalitionConfidedCmd struct {
	ID      string `arg:"" help:"CO-1."`
	Purpose string `required:"" help:"For what they are opened; it goes on record first."`
}

// Run opens the confidential pledges.
func (c *coalitionConfidedCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	out, err := n.OpenConfidences(r.ctx, who, c.ID)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		for _, x := range out {
			fmt.Fprintf(w, "%s  %s  heard %s by %s from %s\n", x.State, x.Stance, x.Day.Format(time.DateOnly), x.By, x.From)
		}
	})
}

type coalitionAskCmd struct {
	ID    string `arg:"" help:"CO-1."`
	State string `arg:"" help:"Its code."`
	How   string `help:"Through whom: the embassy that is tasked."`
}

// Run notes that a state is asked.
func (c *coalitionAskCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.AskState(r.ctx, who, c.ID, c.State, c.How)
}

type coalitionSignCmd struct {
	ID    string `arg:"" help:"CO-1."`
	State string `arg:"" help:"Its code."`
	By    string `required:"" help:"Who signs for it, and in what office."`
	Means string `help:"The note or letter by which it did."`
}

// Run enters a signature.
func (c *coalitionSignCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.SignSheet(r.ctx, who, c.ID, heed.SignatureInput{State: c.State, By: c.By, Means: c.Means})
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "E-%d proves it\n", out.Entry)
		if out.Closed {
			fmt.Fprintln(w, "enough have signed: the sheet is closed")
		}
	})
}

type coalitionWithdrawCmd struct {
	ID     string `arg:"" help:"CO-1."`
	Reason string `required:"" help:"Why."`
}

// Run closes a coalition by hand.
func (c *coalitionWithdrawCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.WithdrawCoalition(r.ctx, who, c.ID, c.Reason)
}

type coalitionVotesCmd struct {
	File string `arg:"" help:"CSV: id, date, body, kind (vote, sponsors, signers), title, iso3, position; or the bulk file of the UN Digital Library."`
}

// Run takes in votes.
func (c *coalitionVotesCmd) Run(r *run) error {
	f, err := openInput(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.LoadVotes(r.ctx, who, filepath.Base(c.File), f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d rows, %d roll calls and lists, %d rows left out (entry %d)\n", out.Rows, out.Rolls, len(out.Rejected), out.Entry)
		for _, x := range out.Rejected {
			fmt.Fprintf(w, "  line %d: %s\n", x.Line, x.Error)
		}
	})
}
