package cli

import (
	"fmt"
	"io"

	"github.com/heed-project/heed/causal/state"
	"github.com/heed-project/heed/internal/impact"
)

type impactStateCmd struct {
	seriesFlags
	Control []string `help:"A column of a series that the measure could not touch; several times for several." placeholder:"COL" sep:"none"`
	Seed    uint64   `help:"Fixes every draw." default:"1"`
	Draws   int      `help:"Draws kept, 100 to 1,000,000." default:"2000"`
	Steps   float64  `help:"Expected step of the level, in standard deviations of the outcome, 0.000001 to 1." default:"0.01"`
}

func (c *impactStateCmd) Run(r *run) error {
	if err := state.CheckDraws(c.Draws); err != nil {
		return usage("--draws: %w", err)
	}
	if err := state.CheckSteps(c.Steps); err != nil {
		return usage("--steps: %w", err)
	}
	d := c.design(impact.State)
	d.Controls, d.Seed, d.Draws, d.Steps = c.Control, c.Seed, c.Draws, c.Steps
	t, notes, err := c.table(&d)
	if err != nil {
		return err
	}
	q, start, err := d.Question(t)
	if err != nil {
		return c.located(err)
	}
	result, err := state.Estimate(*q)
	if err != nil {
		return c.located(err)
	}
	if notes = between(notes, start, c.Start); len(c.Control) == 0 {
		notes = append(notes, "there is no other series here that says what would have been: the recommended method is then heed impact its, which allows for a trend and a season too")
	}
	return r.print(map[string]any{
		"average": result.Average, "widened": result.Widened, "cumulative": result.Cumulative, "relative": result.Relative, "tail": result.Tail, "controls": result.Controls,
		"counterfactual": result.Points, "draws": result.Draws, "seed": c.Seed, "diagnostics": map[string]any{"n_before": result.Before, "n_after": result.After,
			"autocorrelation": result.Autocorrelation, "placebo_break": result.Placebo},
		"verdict": result.Verdict, "grade": result.Grade, "reasons": result.Reasons, "first_affected": start.First, "notes": notes,
	}, func(w io.Writer) {
		fmt.Fprintf(w, "%s (grade: %s)\n\n", result.Verdict, result.Grade)
		fmt.Fprintf(w, "average effect %.4g (%.4g to %.4g), %+.1f %% (%+.1f to %+.1f)\n", result.Average.Estimate, result.Average.Low, result.Average.High,
			100*result.Relative.Estimate, 100*result.Relative.Low, 100*result.Relative.High)
		fmt.Fprintf(w, "in all %.4g (%.4g to %.4g); %d draws, seed %d; first time affected %s\n", result.Cumulative.Estimate, result.Cumulative.Low, result.Cumulative.High,
			result.Draws, c.Seed, start.First)
		fmt.Fprintf(w, "if the errors depend on each other (autocorrelation before the start %.2f): %.4g to %.4g; the verdict is drawn from this\n", result.Autocorrelation, result.Widened.Low, result.Widened.High)
		if p := result.Placebo; p != nil {
			fmt.Fprintf(w, "a start in the middle of the time before, where nothing was done: %.4g (%.4g to %.4g)\n", p.Estimate, p.Low, p.High)
		}
		for _, x := range result.Controls {
			fmt.Fprintf(w, "  %-20s in the model %.0f %% of the time\n", x.Name, 100*x.Probability)
		}
		printNotes(w, notes)
	})
}
