package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/causal/state"
)

type impactStateCmd struct {
	seriesFlags
	Control []string `help:"A column of a series that the measure could not touch; several times for several." placeholder:"COL" sep:"none"`
	Seed    uint64   `help:"Fixes every draw." default:"1"`
	Draws   int      `help:"Draws kept." default:"2000"`
	Steps   float64  `help:"Expected step of the level, in standard deviations of the outcome." default:"0.01"`
}

func (c *impactStateCmd) Run(r *run) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	result, err := state.Estimate(*q)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Data, err)
	}
	return r.print(map[string]any{
		"average": result.Average, "cumulative": result.Cumulative, "relative": result.Relative, "tail": result.Tail, "controls": result.Controls,
		"counterfactual": result.Points, "draws": result.Draws, "seed": c.Seed, "diagnostics": map[string]int{"n_before": result.Before, "n_after": result.After},
		"verdict": result.Verdict, "grade": result.Grade, "reasons": result.Reasons,
	}, func(w io.Writer) {
		fmt.Fprintf(w, "%s (grade: %s)\n\n", result.Verdict, result.Grade)
		fmt.Fprintf(w, "average effect %.4g (%.4g to %.4g), %+.1f %% (%+.1f to %+.1f)\n", result.Average.Estimate, result.Average.Low, result.Average.High,
			100*result.Relative.Estimate, 100*result.Relative.Low, 100*result.Relative.High)
		fmt.Fprintf(w, "in all %.4g (%.4g to %.4g); %d draws, seed %d\n", result.Cumulative.Estimate, result.Cumulative.Low, result.Cumulative.High, result.Draws, c.Seed)
		for _, x := range result.Controls {
			fmt.Fprintf(w, "  %-20s in the model %.0f %% of the time\n", x.Name, 100*x.Probability)
		}
	})
}

// question reads the columns, in the order of time.
func (c *impactStateCmd) question() (*state.Question, error) {
	t, err := c.table(append([]string{c.Time, c.Outcome}, c.Control...)...)
	if err != nil {
		return nil, err
	}
	clock, err := t.Clock(c.Time)
	if err != nil {
		return nil, c.located(err)
	}
	start, err := clock.Position(c.Start)
	if err != nil {
		return nil, fmt.Errorf("--start: %w", err)
	}
	order := clock.Order()
	q := &state.Question{Label: frame.Reorder(clock.Label, order), Seed: c.Seed, Draws: c.Draws, Steps: c.Steps}
	at := frame.Reorder(clock.At, order)
	if q.After = slices.IndexFunc(at, func(x float64) bool { return x >= start }); q.After < 0 {
		q.After = len(at)
	}
	for i, name := range append([]string{c.Outcome}, c.Control...) {
		x, err := t.Floats(name)
		if err != nil {
			return nil, c.located(err)
		}
		if x = frame.Reorder(x, order); i == 0 {
			q.Outcome = x
			continue
		}
		q.Controls = append(q.Controls, causal.Control{Name: name, Values: x})
	}
	return q, nil
}
