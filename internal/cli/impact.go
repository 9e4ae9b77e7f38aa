package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/causal/synth"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/impact"
)

type impactCmd struct {
	Its   impactItsCmd   `cmd:"" name:"its" help:"Interrupted time series: one place, before and after. The recommended method where no other place can be compared with."`
	Synth impactSynthCmd `cmd:"" help:"Compare with other units: synthetic control, difference in differences, both."`
	State impactStateCmd `cmd:"" help:"A local level with other series: what they say would have been. Only with series that follow the outcome; else its is recommended."`

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
	Start   string   `required:"" help:"The first time affected, as the table writes times. A start between two times affects the later one first, and the result names it." placeholder:"T"`
	Where   []string `help:"Only rows with this value in a column; several times for several." placeholder:"COL=VALUE" sep:"none"`
	Missing string   `help:"refuse a row without a value, or drop it." enum:"refuse,drop" default:"refuse"`
}

// design begins a design with the columns.
func (c *seriesFlags) design(method string) impact.Design {
	return impact.Design{Method: method, Time: c.Time, Outcome: c.Outcome, Start: c.Start, Where: c.Where, Missing: c.Missing}
}

// table refuses a design that no table could be analysed by, and reads the
// rows that are meant. It notes how many were left out.
func (c *seriesFlags) table(d *impact.Design) (*frame.Table, []string, error) {
	if err := designed(d); err != nil {
		return nil, nil, err
	}
	f, err := openInput(c.Data)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	t, dropped, err := d.Table(f)
	notes := []string{}
	if dropped > 0 {
		notes = append(notes, fmt.Sprintf("rows left out because a value is missing in them: %d", dropped))
	}
	return t, notes, c.located(err)
}

// designed refuses a design as something mistyped, by the name of its flag.
func designed(d *impact.Design) error {
	if err := d.Check(); err != nil {
		return usage("--%s: %w", fault.Field(err), err)
	}
	return nil
}

// located says in which file something is wrong, and how to go on.
func (c *seriesFlags) located(err error) error {
	switch {
	case err == nil:
		return nil
	case fault.Field(err) == "start":
		return fmt.Errorf("--start: %w", err)
	}
	remedy := impact.Remedy(err)
	if err = fmt.Errorf("%s: %w", c.Data, err); remedy != "" {
		err = fault.WithHint(err, "mend the table, or add "+remedy)
	}
	return err
}

// between notes that a start stands between two times of the table.
func between(notes []string, start frame.Instant, asked string) []string {
	if start.Exact || start.First == "" {
		return notes
	}
	return append(notes, fmt.Sprintf("no time of the table is %s: the first time affected is %s", asked, start.First))
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
	d := c.design(impact.Series)
	d.Family, d.Offset, d.Harmonics, d.Period, d.Errors, d.Trend, d.Controls = c.Family, c.Offset, c.Harmonics, c.Period, c.Errors, c.Model == "level+trend", c.Control
	t, notes, err := c.table(&d)
	if err != nil {
		return err
	}
	s, start, err := d.Series(t)
	if err != nil {
		return c.located(err)
	}
	result, err := causal.Interrupted(*s)
	if err != nil {
		return c.located(err)
	}
	result.Diagnostics.Notes = append(between(notes, start, c.Start), result.Diagnostics.Notes...)
	return r.print(itsJSON(result, start), func(w io.Writer) { printIts(w, result, start) })
}

// itsJSON is the result in the fixed form, the recommended fit beside it.
func itsJSON(r *causal.Result, start frame.Instant) map[string]any {
	out := modelJSON(&r.Model)
	out["recommended"] = modelJSON(&r.Recommended)
	out["first_affected"], out["diagnostics"] = start.First, r.Diagnostics
	out["verdict"], out["grade"], out["reasons"] = r.Verdict, r.Grade, r.Reasons
	out["counterfactual"], out["one_side"] = r.Counterfactual(), r.OneSide
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

func printIts(w io.Writer, r *causal.Result, start frame.Instant) {
	show := func(title string, m *causal.Model) {
		fmt.Fprintf(w, "%s\n", title)
		for _, c := range m.Coefficients {
			fmt.Fprintf(w, "  %-12s %12.6g  (%.6g to %.6g)  se %.6g\n", c.Name, c.Estimate, c.Low, c.High, c.SE)
		}
		if m.RateRatio != nil {
			fmt.Fprintf(w, "  %-12s %12.6g  (%.6g to %s)\n", "rate ratio", m.RateRatio.Estimate, m.RateRatio.Low, upTo(m.RateRatio.High))
		}
		fmt.Fprintf(w, "  %-12s %12.6g  (%.6g to %.6g)\n", "mean effect", m.Effect.Estimate, m.Effect.Low, m.Effect.High)
	}
	fmt.Fprintf(w, "%s (grade: %s)\n\n", r.Verdict, r.Grade)
	if r.OneSide {
		fmt.Fprintf(w, "exact bound, from which the verdict is drawn\n  %-12s %12.6g  (%.6g to %s)\n", "rate ratio", r.RateRatio.Estimate, r.RateRatio.Low, upTo(r.RateRatio.High))
		fmt.Fprintf(w, "first time affected %s; %d times before, %d after; dispersion %.6g\n", start.First, r.Diagnostics.Before, r.Diagnostics.After, r.Dispersion)
		printNotes(w, r.Diagnostics.Notes)
		return
	}
	show(fmt.Sprintf("by the recommended method, from which the verdict is drawn: autocorrelation averaged over (about %.2f)", r.Recommended.Rho), &r.Recommended)
	if r.Errors != causal.Recommended {
		show("as asked: "+string(r.Errors), &r.Model)
	}
	fmt.Fprintf(w, "first time affected %s; %d times before, %d after; dispersion %.6g; Durbin-Watson %.2f, Ljung-Box p %.3g\n",
		start.First, r.Diagnostics.Before, r.Diagnostics.After, r.Dispersion, r.Diagnostics.DurbinWatson, r.Diagnostics.LjungBox.P)
	printNotes(w, r.Diagnostics.Notes)
}

// upTo writes the upper end of a ratio, which may have none.
func upTo(x float64) string {
	if x > causal.Unbounded/2 {
		return "no bound"
	}
	return fmt.Sprintf("%.6g", x)
}

func printNotes(w io.Writer, notes []string) {
	for _, n := range notes {
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
	d := c.design(c.Method)
	d.Unit, d.Treated, d.Exclude = c.Unit, c.Treated, c.Exclude
	t, notes, err := c.table(&d)
	if err != nil {
		return err
	}
	panel, q, start, err := d.Panel(t)
	if err != nil {
		return c.located(err)
	}
	q.Placebo = c.Placebo
	result, err := panel.Estimate(q)
	if err != nil {
		return c.located(err)
	}
	leads, err := panel.EventStudy(q)
	if err != nil {
		return c.located(err)
	}
	out, notes := synthJSON(result, leads), between(notes, start, c.Start)
	out["first_affected"], out["notes"] = start.First, notes
	return r.print(out, func(w io.Writer) {
		printSynth(w, result)
		fmt.Fprintf(w, "first time affected %s\n", start.First)
		printNotes(w, notes)
	})
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
