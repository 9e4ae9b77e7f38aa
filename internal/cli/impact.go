package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/causal/synth"
	"github.com/heed-project/heed/internal/fault"
)

type impactCmd struct {
	Its   impactItsCmd   `cmd:"" name:"its" help:"Interrupted time series: one place, before and after."`
	Synth impactSynthCmd `cmd:"" help:"Compare with other units: synthetic control, difference in differences, both."`
	State impactStateCmd `cmd:"" help:"A local level with other series: what they say would have been."`

	Register impactRegisterCmd `cmd:"" help:"Write an analysis down before its data are loaded."`
	Run      impactRunCmd      `cmd:"" help:"Run a registered analysis on its data, once."`
	Answer   impactAnswerCmd   `cmd:"" help:"Say why a rival explanation does or does not hold."`
	List     impactListCmd     `cmd:"" help:"List analyses."`
	Show     impactShowCmd     `cmd:"" help:"Show an analysis with its outcome."`
	Tools    impactToolsCmd    `cmd:"" help:"Take in the table of evidence on tools."`
}

// seriesFlags name the columns of one place over time.
type seriesFlags struct {
	Data    string   `required:"" help:"The table: csv with a header, gzip-compressed or not; - is standard input." placeholder:"FILE"`
	Time    string   `required:"" help:"The column of times: numbers, years, YYYY-MM or YYYY-MM-DD." placeholder:"COL"`
	Outcome string   `required:"" help:"The column of outcomes." placeholder:"COL"`
	Start   string   `required:"" help:"The first time affected, as the table writes times." placeholder:"T"`
	Where   []string `help:"Only rows with this value in a column; several times for several." placeholder:"COL=VALUE" sep:"none"`
	Missing string   `help:"refuse a row without a value, or drop it." enum:"refuse,drop" default:"refuse"`
}

// table reads the rows that are meant, with a value in each of the columns.
func (c *seriesFlags) table(columns ...string) (*frame.Table, error) {
	f, err := openInput(c.Data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := frame.Parse(f)
	for _, w := range c.Where {
		column, value, ok := strings.Cut(w, "=")
		if !ok {
			return nil, usage("--where %s: write COLUMN=VALUE", w)
		}
		if err == nil {
			t, err = t.Where(strings.TrimSpace(column), value)
		}
	}
	if err == nil && c.Missing == "drop" {
		t, _, err = t.Complete(columns...)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Data, err)
	}
	return t, nil
}

// located says in which file something is wrong, and how to go on.
func (c *seriesFlags) located(err error) error {
	e := (*frame.Error)(nil)
	if errors.As(err, &e) && strings.HasSuffix(e.Reason, "is missing") {
		return fault.WithHint(fmt.Errorf("%s: %w", c.Data, err), "put the value in, or leave such rows out with --missing drop")
	}
	if err = fmt.Errorf("%s: %w", c.Data, err); e != nil && strings.HasSuffix(e.Reason, "every unit needs every time") {
		return fault.WithHint(err, "put the row in, or leave the unit out with --exclude NAME")
	}
	return err
}

type impactItsCmd struct {
	seriesFlags
	Family    string   `help:"gaussian, poisson, quasipoisson or negbin." enum:"gaussian,poisson,quasipoisson,negbin" default:"gaussian"`
	Offset    string   `help:"The column of population or exposure; its logarithm is taken." placeholder:"COL"`
	Harmonics int      `help:"Pairs of sine and cosine for the season." placeholder:"K"`
	Period    float64  `help:"The length of the season, in steps of time." placeholder:"P"`
	Errors    string   `help:"ols, newey-west:L, prais-winsten or auto. The recommended ones (auto) are always computed beside them." default:"ols" placeholder:"HOW"`
	Model     string   `help:"level, or level+trend." enum:"level,level+trend" default:"level"`
	Control   []string `help:"A column of a series that the measure could not touch; several times for several." placeholder:"COL" sep:"none"`
}

func (c *impactItsCmd) Run(r *run) error {
	s, err := c.series()
	if err != nil {
		return err
	}
	result, err := causal.Interrupted(*s)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Data, err)
	}
	return r.print(itsJSON(result), func(w io.Writer) { printIts(w, result) })
}

// series reads the table into the question.
func (c *impactItsCmd) series() (*causal.Series, error) {
	s := &causal.Series{Family: causal.Family(c.Family), Harmonics: c.Harmonics, Period: c.Period, Trend: c.Model == "level+trend"}
	how, lag, hasLag := strings.Cut(c.Errors, ":")
	s.Errors = causal.Errors(how)
	switch {
	case hasLag != (s.Errors == causal.NeweyWest):
		return nil, usage("--errors %s: use ols, newey-west:L with the lag L, prais-winsten or auto", c.Errors)
	case hasLag:
		n, err := strconv.Atoi(lag)
		if err != nil || n < 0 {
			return nil, usage("--errors %s: the lag must be a number from 0", c.Errors)
		}
		s.Lag = n
	case s.Errors != causal.Plain && s.Errors != causal.PraisWinsten && s.Errors != causal.Recommended:
		return nil, usage("--errors %s: use ols, newey-west:L, prais-winsten or auto", c.Errors)
	}
	if c.Harmonics < 0 || c.Harmonics > 0 && !(c.Period > 0) {
		return nil, usage("--harmonics needs --period, both above zero")
	}
	columns := append([]string{c.Time, c.Outcome}, c.Control...)
	if c.Offset != "" {
		columns = append(columns, c.Offset)
	}
	t, err := c.table(columns...)
	if err != nil {
		return nil, err
	}
	return s, c.fill(s, t)
}

// fill reads the columns, in the order of time.
func (c *impactItsCmd) fill(s *causal.Series, t *frame.Table) error {
	clock, err := t.Clock(c.Time)
	if err != nil {
		return c.located(err)
	}
	if s.Start, err = clock.Position(c.Start); err != nil {
		return fmt.Errorf("--start: %w", err)
	}
	order := clock.Order()
	read := func(column string) []float64 {
		if err != nil {
			return nil
		}
		var x []float64
		x, err = t.Floats(column)
		return frame.Reorder(x, order)
	}
	s.Time, s.Label = frame.Reorder(clock.At, order), frame.Reorder(clock.Label, order)
	s.Outcome = read(c.Outcome)
	if c.Offset != "" {
		s.Offset = read(c.Offset)
	}
	for _, name := range c.Control {
		s.Controls = append(s.Controls, causal.Control{Name: name, Values: read(name)})
	}
	if err != nil {
		return c.located(err)
	}
	return nil
}

// itsJSON is the result in the fixed form, the recommended fit beside it.
func itsJSON(r *causal.Result) map[string]any {
	out := modelJSON(&r.Model)
	out["recommended"] = modelJSON(&r.Recommended)
	out["diagnostics"] = r.Diagnostics
	out["verdict"], out["grade"], out["reasons"] = r.Verdict, r.Grade, r.Reasons
	out["counterfactual"] = r.Counterfactual()
	return out
}

func modelJSON(m *causal.Model) map[string]any {
	coefficients := map[string]causal.Interval{}
	for _, c := range m.Coefficients {
		coefficients[c.Name] = c.Interval
	}
	out := map[string]any{"coefficients": coefficients, "dispersion": m.Dispersion, "errors": m.Errors, "effect": m.Effect}
	if m.RateRatio != nil {
		out["rate_ratio"] = m.RateRatio
	}
	if m.Rho != 0 {
		out["rho"] = m.Rho
	}
	if m.Theta != 0 {
		out["theta"] = m.Theta
	}
	return out
}

func printIts(w io.Writer, r *causal.Result) {
	show := func(title string, m *causal.Model) {
		fmt.Fprintf(w, "%s\n", title)
		for _, c := range m.Coefficients {
			fmt.Fprintf(w, "  %-12s %12.6g  (%.6g to %.6g)  se %.6g\n", c.Name, c.Estimate, c.Low, c.High, c.SE)
		}
		if m.RateRatio != nil {
			fmt.Fprintf(w, "  %-12s %12.6g  (%.6g to %.6g)\n", "rate ratio", m.RateRatio.Estimate, m.RateRatio.Low, m.RateRatio.High)
		}
		fmt.Fprintf(w, "  %-12s %12.6g  (%.6g to %.6g)\n", "mean effect", m.Effect.Estimate, m.Effect.Low, m.Effect.High)
	}
	fmt.Fprintf(w, "%s (grade: %s)\n\n", r.Verdict, r.Grade)
	show(fmt.Sprintf("recommended: autocorrelation averaged over (about %.2f)", r.Recommended.Rho), &r.Recommended)
	if r.Errors != causal.Recommended {
		show("as asked: "+string(r.Errors), &r.Model)
	}
	fmt.Fprintf(w, "%d times before, %d after; dispersion %.6g; Durbin-Watson %.2f, Ljung-Box p %.3g\n",
		r.Diagnostics.Before, r.Diagnostics.After, r.Dispersion, r.Diagnostics.DurbinWatson, r.Diagnostics.LjungBox.P)
	for _, n := range r.Diagnostics.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
}

type impactSynthCmd struct {
	seriesFlags
	Unit    string   `required:"" help:"The column of units." placeholder:"COL"`
	Treated []string `required:"" help:"The treated unit; several times for several, which are averaged." placeholder:"NAME" sep:"none"`
	Exclude []string `help:"A unit that may not be compared with; several times for several." placeholder:"NAME" sep:"none"`
	Method  string   `help:"sc, did or sdid." enum:"sc,did,sdid" default:"sc"`
	Placebo bool     `help:"Give every other unit the treatment and see how many show as large an effect."`
}

func (c *impactSynthCmd) Run(r *run) error {
	t, err := c.table(c.Unit, c.Time, c.Outcome)
	if err != nil {
		return err
	}
	for _, name := range c.Exclude { // before it is read: an excluded unit may have holes
		if t, err = t.Except(c.Unit, name); err != nil {
			return fmt.Errorf("%s: %w", c.Data, err)
		}
	}
	panel, err := synth.Read(t, c.Unit, c.Time, c.Outcome)
	if err != nil {
		return c.located(err)
	}
	q := synth.Question{Treated: c.Treated, Method: synth.Method(c.Method), Placebo: c.Placebo}
	if q.Start, err = panel.Clock.Position(c.Start); err != nil {
		return fmt.Errorf("--start: %w", err)
	}
	result, err := panel.Estimate(q)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Data, err)
	}
	leads, err := panel.EventStudy(q)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Data, err)
	}
	return r.print(synthJSON(result, leads), func(w io.Writer) { printSynth(w, result) })
}

func synthJSON(r *synth.Result, leads []synth.Lead) map[string]any {
	table := func(ws []synth.Weight) map[string]float64 {
		out := map[string]float64{}
		for _, w := range ws {
			out[w.Name] = w.Weight
		}
		return out
	}
	gaps, ranges := map[string]float64{}, map[string][]float64{}
	for _, g := range r.Gaps {
		gaps[g.Label] = g.Gap
		if !math.IsNaN(g.Low) {
			ranges[g.Label] = []float64{g.Low, g.High}
		}
	}
	out := map[string]any{"method": r.Method, "att": r.ATT, "weights": table(r.Weights), "pre_rmse": r.PreRMSE, "gaps": gaps, "placebo_p": nil,
		"diagnostics": r.Diagnostics, "event_study": leads, "verdict": r.Verdict, "grade": r.Grade, "reasons": r.Reasons}
	if r.Times != nil {
		out["time_weights"] = table(r.Times)
	}
	if p := r.Placebo; p != nil {
		out["placebo_p"], out["placebo_se"], out["placebo_rank"], out["placebo_units"], out["placebo_gaps"] = p.P, p.SE, p.Rank, p.Units, ranges
		if r.Method == synth.Control {
			out["rmspe_ratio"] = p.Ratio
		}
	}
	return out
}

func printSynth(w io.Writer, r *synth.Result) {
	fmt.Fprintf(w, "%s (grade: %s)\n\n", r.Verdict, r.Grade)
	fmt.Fprintf(w, "average effect on the treated %.6g; error before the start %.6g (%.2f standard deviations)\n", r.ATT, r.PreRMSE, r.Fit)
	if p := r.Placebo; p != nil {
		fmt.Fprintf(w, "placebo test: rank %d of %d, p %.3f\n", p.Rank, p.Units, p.P)
	} else {
		fmt.Fprintln(w, "no placebo test was made: add --placebo")
	}
	fmt.Fprintf(w, "without a single donor: %.6g to %.6g\n", r.Low, r.High)
	for i, x := range r.Weights {
		if i == 10 {
			fmt.Fprintf(w, "  and %d more\n", len(r.Weights)-i)
			break
		}
		fmt.Fprintf(w, "  %-30s %.4f\n", x.Name, x.Weight)
	}
}
