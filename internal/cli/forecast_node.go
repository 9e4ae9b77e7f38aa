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
)

// fitting are the flags of what learns from the node's own counts.
type fitting struct {
	Outcome string `default:"ged_sb" enum:"ged_sb,ged_ns,ged_os" help:"State-based, non-state or one-sided violence: ged_sb, ged_ns, ged_os."`
	TrainTo string `help:"The last month that may be known (default: the last month of the node's counts)." placeholder:"YYYY-MM"`
	From    string `help:"The first month to forecast (default: the month after this one)." placeholder:"YYYY-MM"`
	To      string `help:"The last month to forecast (default: a year on)." placeholder:"YYYY-MM"`
	Seed    uint64 `default:"1" help:"The same seed gives the same draws." placeholder:"N"`
}

// fit learns and forecasts on the open node.
func (c *fitting) fit(r *run, n *heed.Node, who heed.Who) (heed.ForecastDraft, error) {
	in := heed.ForecastFit{Outcome: c.Outcome, Seed: c.Seed, Tell: r.progress("forecast")}
	for _, f := range []struct {
		flag, text string
		to         *forecast.Month
	}{{"--train-to", c.TrainTo, &in.TrainTo}, {"--from", c.From, &in.From}, {"--to", c.To, &in.To}} {
		if f.text == "" {
			continue
		}
		var err error
		if *f.to, err = parseMonth(f.flag, f.text); err != nil {
			return heed.ForecastDraft{}, err
		}
	}
	return n.FitForecast(r.ctx, who, in)
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
	d, err := c.fit(r, n, who)
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
	}{d.Model, d.Outcome, d.TrainTo.String(), rows, len(d.Draws)}
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
	switch {
	case c.Forecast == "":
		if d, err = c.fit(r, n, who); err != nil {
			return err
		}
	case c.Model == "" || c.TrainTo == "":
		return usage("--forecast needs --model and --train-to: who made it, and what it knew")
	default:
		d = heed.ForecastDraft{Model: c.Model, Outcome: c.Outcome}
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
		Drafts []string `json:"drafts"`
	}{issued, drafts}
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
