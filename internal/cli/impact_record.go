package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/heed-project/heed/causal/state"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/impact"
)

type impactRegisterCmd struct {
	Question  string   `required:"" help:"What is asked."`
	Measure   string   `required:"" help:"What was done."`
	Date      string   `required:"" help:"When it was done: YYYY-MM-DD."`
	Series    string   `required:"" help:"Which series will answer, and who counts it."`
	Method    string   `required:"" help:"its, state, sc, did or sdid."`
	Expect    string   `required:"" help:"fewer, more or none." enum:"fewer,more,none"`
	Because   string   `help:"Why that is expected."`
	Situation string   `help:"The situation it is about." placeholder:"REF"`
	Tool      string   `help:"The tool used, by its name in the table of evidence on tools." placeholder:"NAME"`
	Marking   string   `help:"TLP 2.0 (default: the situation's, else AMBER)."`
	Time      string   `required:"" help:"The column of times." placeholder:"COL"`
	Outcome   string   `required:"" help:"The column of outcomes." placeholder:"COL"`
	Start     string   `help:"The first time affected, as the table writes times (default: the date)." placeholder:"T"`
	Where     []string `help:"Only rows with this value in a column; several times for several." placeholder:"COL=VALUE" sep:"none"`
	Missing   string   `help:"refuse a row without a value, or drop it." enum:"refuse,drop" default:"refuse"`
	Unit      string   `help:"The column of units, for a comparison." placeholder:"COL"`
	Treated   []string `help:"The treated unit, for a comparison." placeholder:"NAME" sep:"none"`
	Exclude   []string `help:"A unit that may not be compared with." placeholder:"NAME" sep:"none"`
	Family    string   `help:"gaussian, poisson, quasipoisson or negbin; of its." placeholder:"FAMILY"`
	Offset    string   `help:"The column of population or exposure." placeholder:"COL"`
	Harmonics int      `help:"Pairs of sine and cosine for the season." placeholder:"K"`
	Period    float64  `help:"The length of the season, in steps of time." placeholder:"P"`
	Errors    string   `help:"ols, newey-west:L, prais-winsten or auto; of its. The verdict is always drawn from the recommended ones (auto)." placeholder:"HOW"`
	Model     string   `help:"level, or level+trend." enum:"level,level+trend" default:"level"`
	Control   []string `help:"A column of a series that the measure could not touch." placeholder:"COL" sep:"none"`
	Seed      uint64   `help:"Fixes the draws of the method state." default:"1"`
	Draws     *int     `help:"Draws of the method state (default: 2,000)."`
	Steps     *float64 `help:"Expected step of the level, of the method state (default: 0.01)."`
}

// plan is what is registered. What no table could be analysed by is refused.
func (c *impactRegisterCmd) plan() (p impact.Plan, err error) {
	p = impact.Plan{Situation: c.Situation, Marking: c.Marking, Date: c.Date, Tool: c.Tool, Expect: c.Expect,
		Question: c.Question, Measure: c.Measure, Data: c.Series, Because: c.Because,
		Design: impact.Design{Method: c.Method, Time: c.Time, Outcome: c.Outcome, Start: c.Start, Where: c.Where, Missing: c.Missing,
			Unit: c.Unit, Treated: c.Treated, Exclude: c.Exclude, Family: c.Family, Offset: c.Offset, Harmonics: c.Harmonics, Period: c.Period,
			Errors: c.Errors, Trend: c.Model == "level+trend", Controls: c.Control, Seed: c.Seed}}
	if c.Draws != nil {
		if p.Design.Draws, err = *c.Draws, state.CheckDraws(*c.Draws); err != nil {
			return p, usage("--draws: %w", err)
		}
	}
	if c.Steps != nil {
		if p.Design.Steps, err = *c.Steps, state.CheckSteps(*c.Steps); err != nil {
			return p, usage("--steps: %w", err)
		}
	}
	if _, err := time.Parse(time.DateOnly, c.Date); err != nil {
		return p, usage("--date: %q is not a date: write YYYY-MM-DD", c.Date)
	}
	d := p.Design
	d.Start = cmp.Or(d.Start, c.Date)
	return p, designed(&d)
}

func (c *impactRegisterCmd) Run(r *run) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	a, err := n.RegisterImpact(r.ctx, who, plan)
	if err != nil {
		return err
	}
	return r.print(map[string]any{"analysis": a.ID, "entry": a.Entry}, func(w io.Writer) { fmt.Fprintf(w, "%s (entry %d)\n", a.ID, a.Entry) })
}

type impactRunCmd struct {
	Analysis string `arg:"" help:"The analysis, as IMP-1."`
	Data     string `required:"" help:"The table it was registered for." placeholder:"FILE"`
}

func (c *impactRunCmd) Run(r *run) error {
	f, err := openInput(c.Data)
	if err != nil {
		return err
	}
	defer f.Close()
	n, who, err := r.open()
	if err != nil {
		return err
	}
	a, err := n.RunImpact(r.ctx, who, c.Analysis, f)
	if err != nil {
		return fmt.Errorf("run %s on %s: %w", c.Analysis, c.Data, err)
	}
	return r.print(map[string]any{"analysis": a.ID, "entry": a.Ran.Entry, "blob": a.Ran.Blob, "seen": a.Ran.Seen, "effect": a.Ran.Effect,
		"verdict": a.Ran.Verdict, "grade": a.Ran.Grade, "expectation": impact.AsExpected(a.Expect, a.Ran.Verdict, a.Ran.Effect)}, func(w io.Writer) {
		fmt.Fprintf(w, "%s (grade: %s); expected %s: %s\n", a.Ran.Verdict, a.Ran.Grade, a.Expect, impact.AsExpected(a.Expect, a.Ran.Verdict, a.Ran.Effect))
		fmt.Fprintf(w, "average effect %.4g (%.4g to %.4g); entry %d\n", a.Ran.Effect.Estimate, a.Ran.Effect.Low, a.Ran.Effect.High, a.Ran.Entry)
		if a.Ran.Seen > 0 {
			fmt.Fprintf(w, "note: these data were here at entry %d, before the registration: this is exploration, not a test\n", a.Ran.Seen)
		}
	})
}

type impactAnswerCmd struct {
	Analysis string `arg:"" help:"The analysis, as IMP-1."`
	Rival    string `required:"" help:"history, maturation, instrumentation, regression, anticipation, chance, selection or spillover."`
	Text     string `required:"" help:"Why it does or does not explain what is seen."`
}

func (c *impactAnswerCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if err := n.AnswerRival(r.ctx, who, c.Analysis, c.Rival, c.Text); err != nil {
		return err
	}
	return r.print(map[string]string{"analysis": c.Analysis, "rival": c.Rival}, nil)
}

type impactListCmd struct{}

func (c *impactListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	rows, _, err := n.Impacts(r.ctx, who, heed.Page{})
	if err != nil {
		return err
	}
	return r.print(rows, func(w io.Writer) {
		for _, x := range rows {
			verdict := "registered"
			if x.Ran != nil {
				verdict = string(x.Ran.Verdict)
			}
			fmt.Fprintf(w, "%-7s %s  %-30s %s\n", x.ID, x.Date.Format("2006-01-02"), verdict, x.Question.Body)
		}
	})
}

type impactShowCmd struct {
	Analysis string `arg:"" help:"The analysis, as IMP-1."`
}

func (c *impactShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	x, err := n.Impact(r.ctx, who, c.Analysis)
	if err != nil {
		return err
	}
	return r.print(x, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\n%s, %s; registered %s (entry %d), expected: %s\n", x.ID, x.Question.Body, x.Measure.Body, x.Date.Format("2006-01-02"),
			x.At.Format("2006-01-02"), x.Entry, x.Expect)
		fmt.Fprintln(w, x.Design.Command())
		if x.Outcome == nil {
			fmt.Fprintln(w, "not run yet")
		} else {
			fmt.Fprintf(w, "%s (grade: %s); average effect %.4g (%.4g to %.4g)\n", x.Outcome.Verdict, x.Ran.Grade, x.Ran.Effect.Estimate, x.Ran.Effect.Low, x.Ran.Effect.High)
			for _, f := range x.Outcome.Facts {
				fmt.Fprintf(w, "  %s\n", f)
			}
			for _, name := range slices.Sorted(maps.Keys(x.Outcome.Weights)) {
				fmt.Fprintf(w, "  weight of %s: %.4f\n", name, x.Outcome.Weights[name])
			}
		}
		for _, rival := range x.Rivals {
			fmt.Fprintf(w, "rival %s: %d answers\n", rival.Rival, len(rival.Answers))
		}
		for _, e := range x.Around {
			fmt.Fprintf(w, "then: %s %s %s\n", e.At.Format("2006-01-02"), e.Kind, e.ID)
		}
	})
}

type impactToolsCmd struct {
	File string `arg:"" help:"The sheet all_factors of Tools for Atrocity Prevention, gzip-compressed or not."`
}

func (c *impactToolsCmd) Run(r *run) error {
	f, err := openInput(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.ImportTools(r.ctx, who, f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d findings on %d tools (entry %d)\n", out.Rows, out.Tools, out.Entry)
	})
}
