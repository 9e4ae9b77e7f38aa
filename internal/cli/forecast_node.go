package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/insight"
)

// fitting are the flags of what learns from the node's own counts.
type fitting struct {
	Outcome string `default:"ged_sb" enum:"ged_sb,ged_ns,ged_os" help:"State-based, non-state or one-sided violence: ged_sb, ged_ns, ged_os."`
	TrainTo string `help:"The last month that may be known (default: the last month of the node's counts)." placeholder:"YYYY-MM"`
	From    string `help:"The first month to forecast (default: the month after this one)." placeholder:"YYYY-MM"`
	To      string `help:"The last month to forecast (default: a year on)." placeholder:"YYYY-MM"`
	Seed    uint64 `default:"1" help:"The same seed gives the same draws." placeholder:"N"`

	FromRecord bool `help:"Count the events that were imported (heed import ged), instead of taking the counts of imported panels."`
}

// source is where counts come from.
func (c *fitting) source() string {
	if c.FromRecord {
		return insight.Events
	}
	return ""
}

// lacking says on standard error what counts lack.
func (r *run) lacking(n heed.CountsNote) {
	switch k := len(n.Missing); {
	case k > 3:
		fmt.Fprintf(r.err, "note: the node has no counts of %d months, %s to %s; they are not taken for zero\n", k, n.Missing[0], n.Missing[k-1])
	case k > 0:
		fmt.Fprintf(r.err, "note: the node has no counts of %s; they are not taken for zero\n", strings.Join(n.Missing, ", "))
	}
	if n.Holes > 0 {
		fmt.Fprintf(r.err, "note: %d months of %d areas have no count between the first and the last that they have\n", n.Holes, n.Areas)
	}
	if len(n.Unplaced) > 0 {
		fmt.Fprintf(r.err, "note: left out, for VIEWS has no number for them: %s\n", strings.Join(n.Unplaced, ", "))
	}
}

// fit learns and forecasts on the open node.
func (c *fitting) fit(r *run, n *heed.Node, who heed.Who) (d heed.ForecastDraft, note heed.CountsNote, err error) {
	in := heed.ForecastFit{Outcome: c.Outcome, Counts: c.source(), Seed: c.Seed, Tell: r.progress("forecast")}
	for _, f := range []struct {
		flag, text string
		to         *forecast.Month
	}{{"--train-to", c.TrainTo, &in.TrainTo}, {"--from", c.From, &in.From}, {"--to", c.To, &in.To}} {
		if f.text == "" {
			continue
		}
		if *f.to, err = parseMonth(f.flag, f.text); err != nil {
			return d, note, err
		}
	}
	if d, note, err = n.FitForecast(r.ctx, who, in); err == nil {
		r.lacking(note)
	}
	return d, note, err
}

type forecastFitCmd struct {
	fitting
	Out string `required:"" help:"The parquet file to write, in the layout of VIEWS." placeholder:"FILE"`
}

func (c *forecastFitCmd) Run(r *run) error {
	if err := place("--out", c.Out); err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	d, note, err := c.fit(r, n, who)
	if err != nil {
		return err
	}
	rows, err := writeDraws(c.Out, d.Draws)
	if err != nil {
		return err
	}
	out := struct {
		Model   string `json:"model"`
		Outcome string `json:"outcome"`
		TrainTo string `json:"train_to"`
		Rows    int    `json:"rows"`
		Cells   int    `json:"cells"`
		heed.CountsNote
	}{d.Model, d.Outcome, d.TrainTo.String(), rows, len(d.Draws), note}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s of %s, knowing %s: %d cells in %s. Nothing is issued yet.\n", d.Model, d.Outcome, d.TrainTo, len(d.Draws), c.Out)
	})
}

type forecastIssueCmd struct {
	fitting
	Forecast string  `help:"A file to issue, made by any model, instead of fitting one: month_id, country_id, draw, outcome." placeholder:"FILE"`
	Model    string  `help:"With --forecast: the name of the model that made it." placeholder:"NAME"`
	OpenAt   float64 `help:"Open a draft for a person to judge where the probability of 25 deaths in a month reaches this for the first time. Never a warning." placeholder:"P"`
	Marking  string  `default:"GREEN" help:"CLEAR puts the forecast's skill on the public page." placeholder:"M"`
	Export   string  `help:"Also write the issued file here." placeholder:"FILE"`
}

func (c *forecastIssueCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.Export != "" {
		if err := place("--export", c.Export); err != nil {
			return err
		}
	}
	var d heed.ForecastDraft
	var note *heed.CountsNote
	switch {
	case c.Forecast == "":
		note = new(heed.CountsNote)
		if d, *note, err = c.fit(r, n, who); err != nil {
			return err
		}
	case c.Model == "" || c.TrainTo == "":
		return usage("--forecast needs --model and --train-to: who made it, and what it knew")
	default:
		d = heed.ForecastDraft{Model: c.Model, Outcome: c.Outcome, Counts: c.source()}
		if d.TrainTo, err = parseMonth("--train-to", c.TrainTo); err != nil {
			return err
		}
		if d.Draws, err = readDraws(c.Forecast); err != nil {
			return err
		}
	}
	d.OpenAt, d.Marking = c.OpenAt, c.Marking
	issued, raised, err := n.IssueForecast(r.ctx, who, d)
	if err != nil {
		return err
	}
	if c.Export != "" {
		data, _, err := n.ForecastFile(r.ctx, who, issued.Entry)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.Export, data, 0o644); err != nil {
			return err
		}
	}
	drafts := []string{}
	for _, x := range raised {
		drafts = append(drafts, x.ID)
	}
	out := struct {
		heed.IssuedForecast
		Drafts []string         `json:"drafts"`
		Lacks  *heed.CountsNote `json:"made_from,omitempty"`
	}{issued, drafts, note}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "Issued as E-%d: %s of %s, %s to %s, SHA-256 %s.\n", issued.Entry, issued.Model, issued.Outcome, issued.First, issued.Last, issued.Blob)
		for _, x := range raised {
			fmt.Fprintf(w, "%s waits to be judged: %s, %.0f %% for %s.\n", x.ID, x.Country, 100*x.Probability, x.Month)
		}
	})
}

// settle scores a forecast that the node issued.
func (c *forecastScoreCmd) settle(r *run) error {
	entry, err := strconv.ParseInt(strings.TrimPrefix(c.Issued, "E-"), 10, 64)
	if err != nil || entry < 0 {
		return usage("--issued %q: give the entry that issue named, such as E-41", c.Issued)
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	s, err := n.ScoreForecast(r.ctx, who, entry)
	if err != nil {
		return err
	}
	return r.print(s, func(w io.Writer) {
		fmt.Fprintf(w, "Scored as E-%d over %d cells, %s to %s:\n", s.Entry, s.N, s.First, s.Last)
		for _, m := range s.Marks {
			fmt.Fprintf(w, "  %-16s CRPS %.3f  IGN %.4f  MIS %.2f\n", m.Model, m.CRPS, m.IGN, m.MIS)
		}
	})
}

type forecastJudgeCmd struct {
	Draft   string `arg:"" help:"The draft, F-1."`
	Verdict string `required:"" enum:"dismissed,reported,warned" help:"dismissed, reported or warned."`
	Warning string `help:"With warned: the warning that was issued." placeholder:"REF"`
	Reason  string `required:"" help:"Why."`
}

func (c *forecastJudgeCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := n.JudgeForecastDraft(r.ctx, who, c.Draft, c.Verdict, c.Warning, c.Reason); err != nil {
		return err
	}
	return r.print(struct {
		Draft   string `json:"draft"`
		Verdict string `json:"verdict"`
	}{c.Draft, c.Verdict}, func(w io.Writer) { fmt.Fprintf(w, "%s is %s.\n", c.Draft, c.Verdict) })
}

// errNothingToScore says what the command needs.
func errNothingToScore() error {
	return fault.WithHint(usage("give --actuals FILE and --forecast FILE, or --issued ENTRY"), "heed forecast score --issued E-41 scores what the node issued as E-41 on the node's own counts")
}
