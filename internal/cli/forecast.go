package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/counts"
	"github.com/heed-project/heed/forecast/views"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
)

// forecastCmd is what can be done with forecasts: window, onset and backtest on
// files, without a node; fit, issue and judge on a node; score on either.
type forecastCmd struct {
	Window   forecastWindowCmd   `cmd:"" help:"Learn from a panel until a month and forecast the months of a window."`
	Fit      forecastFitCmd      `cmd:"" help:"Forecast from the node's own counts into a file, to be looked at."`
	Issue    forecastIssueCmd    `cmd:"" help:"Write a forecast down before its first month, by the hash of its file."`
	Judge    forecastJudgeCmd    `cmd:"" help:"Say what became of a draft that a forecast opened."`
	Score    forecastScoreCmd    `cmd:"" help:"Score a forecast as the VIEWS prediction challenge does."`
	Onset    forecastOnsetCmd    `cmd:"" help:"The risk that a mass killing begins, by country and year, as the Early Warning Project judges it."`
	Backtest forecastBacktestCmd `cmd:"" help:"Forecast past years as if they were to come, beside the four baselines."`
}

// readWhole reads a file as it is: what is compressed is unpacked by the
// parser.
func readWhole(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

// readCounts reads a panel or what was observed, and says how many of its rows
// have no count.
func (r *run) readCounts(path, outcome string) (forecast.Actuals, error) {
	data, err := readWhole(path)
	if err != nil {
		return nil, err
	}
	a, missing, err := views.ParseActuals(data, outcome)
	if err != nil {
		return nil, fault.WithHint(fault.Invalid("", "%s: %v", path, err),
			"month_id (1 = January 1980), country_id and a column of counts, as csv or parquet; --outcome names the column")
	}
	if missing > 0 {
		fmt.Fprintf(r.err, "note: %s: %d rows have no count and are left out\n", path, missing)
	}
	return a, nil
}

// readDraws reads a forecast.
func readDraws(path string) (forecast.Forecast, error) {
	data, err := readWhole(path)
	if err != nil {
		return nil, err
	}
	f, err := views.ParseForecast(data)
	if err != nil {
		return nil, fault.WithHint(fault.Invalid("", "%s: %v", path, err), "month_id, country_id, draw and outcome, as csv or parquet")
	}
	return f, nil
}

type forecastScoreCmd struct {
	Actuals  string `help:"What was observed: csv or parquet with month_id, country_id and the outcome." placeholder:"FILE"`
	Forecast string `help:"The forecast: parquet or csv with month_id, country_id, draw, outcome." placeholder:"FILE"`
	Outcome  string `help:"The column of counts in the actuals." placeholder:"COL"`
	Issued   string `help:"Score a forecast that the node issued, by its entry, on the node's own counts." placeholder:"E-41"`
}

func (c *forecastScoreCmd) Run(r *run) error {
	switch {
	case c.Issued != "":
		return c.settle(r)
	case c.Actuals == "" || c.Forecast == "":
		return errNothingToScore()
	}
	actuals, err := r.readCounts(c.Actuals, c.Outcome)
	if err != nil {
		return err
	}
	f, err := readDraws(c.Forecast)
	if err != nil {
		return err
	}
	scores, gaps, err := forecast.Judge(f, actuals)
	if err != nil {
		return fault.Invalid("", "%v", err)
	}
	fewest, most := f.Draws()
	if fewest != most {
		fmt.Fprintf(r.err, "note: some cells have %d draws and others up to %d; each is scored on its own\n", fewest, most)
	}
	out := struct {
		forecast.Score
		N int `json:"n"`
		forecast.Gaps
		Fewest int `json:"fewest_draws"`
		Most   int `json:"most_draws"`
	}{forecast.Means(scores), len(scores), gaps, fewest, most}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "CRPS %.4f, IGN %.4f, MIS %.2f, CRPS of log(1+count) %.4f over %d cells.\n", out.CRPS, out.IGN, out.MIS, out.CRPSLog1p, out.N)
		if gaps != (forecast.Gaps{}) {
			fmt.Fprintf(w, "Not scored: %d cells without a forecast, %d without an observation.\n", gaps.NotForecast, gaps.NotObserved)
		}
	})
}

// progress returns a function that says on standard error how far work is and how
// long it will take, at most once a second; what is done in a second says nothing.
func (r *run) progress(what string) func(done, of int) {
	begun := db.Now()
	said := begun
	var one sync.Mutex
	return func(done, of int) {
		one.Lock()
		defer one.Unlock()
		if now := db.Now(); done > 0 && now.Sub(said) >= time.Second {
			said = now
			left := now.Sub(begun) * time.Duration(of-done) / time.Duration(done)
			fmt.Fprintf(r.err, "%s: %d %%, about %s left\n", what, 100*done/of, left.Round(time.Second))
		}
	}
}

// parseMonth reads a flag.
func parseMonth(flag, text string) (forecast.Month, error) {
	m, err := forecast.ParseMonth(text)
	if err != nil {
		return 0, usage("%s: %v", flag, err)
	}
	return m, nil
}

// readPanel reads counts as a panel, and says what it lacks.
func (r *run) readPanel(path, outcome string) (*forecast.Panel, error) {
	a, err := r.readCounts(path, outcome)
	if err != nil {
		return nil, err
	}
	p, err := forecast.NewPanel(a)
	if err != nil {
		return nil, fault.Invalid("", "%s: %v", path, err)
	}
	if months, areas := p.Holes(); months > 0 {
		fmt.Fprintf(r.err, "note: %s: %d months of %d areas are missing between the first and the last that are there; they are not taken for zero\n", path, months, areas)
	}
	return p, nil
}

// place refuses a file that could not be written, before any work is done. What
// is written is parquet.
func place(flag, path string) error {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case path == "" || path == "-":
		return usage("%s: name a file to write", flag)
	case ext == ".csv" || ext == ".gz" || ext == ".json":
		return usage("%s: %q: a forecast is written as parquet: let the name end in .parquet", flag, path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usage("%s: %q is a folder: name a file in it", flag, path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return usage("%s: there is no folder %q: make it first", flag, filepath.Dir(path))
	}
	return nil
}

type forecastWindowCmd struct {
	Panel   string `required:"" help:"Counts by month and country: csv or parquet." placeholder:"FILE"`
	TrainTo string `required:"" help:"The last month that may be known." placeholder:"YYYY-MM"`
	From    string `required:"" help:"The first month to forecast." placeholder:"YYYY-MM"`
	To      string `required:"" help:"The last month to forecast." placeholder:"YYYY-MM"`
	Out     string `required:"" help:"The parquet file to write, in the layout of VIEWS." placeholder:"FILE"`
	Seed    uint64 `default:"1" help:"The same seed gives the same draws." placeholder:"N"`
	Outcome string `help:"The column of counts in the panel." placeholder:"COL"`
}

func (c *forecastWindowCmd) Run(r *run) error {
	begun := db.Now()
	months := [3]forecast.Month{}
	for i, flag := range [...][2]string{{"--train-to", c.TrainTo}, {"--from", c.From}, {"--to", c.To}} {
		var err error
		if months[i], err = parseMonth(flag[0], flag[1]); err != nil {
			return err
		}
	}
	if err := place("--out", c.Out); err != nil {
		return err
	}
	p, err := r.readPanel(c.Panel, c.Outcome)
	if err != nil {
		return err
	}
	m, err := counts.Fit(p, months[0], months[1], months[2], counts.Settings{Seed: c.Seed, Tell: r.progress("forecast")})
	if err != nil {
		return fault.WithHint(fault.Invalid("", "%v", err), spanOf(p)+fmt.Sprintf(": --train-to %s --from %s --to %s is a year from its end", p.Last, p.Last+1, p.Last+12))
	}
	if m.Shift > 0 {
		fmt.Fprintf(r.err, "note: the panel ends in %s, %d months before %s; the forecast is made from its end, %d to %d months ahead\n", p.Last, m.Shift, m.TrainTo,
			months[1]-p.Last, months[2]-p.Last)
	}
	f, err := m.Forecast(months[1], months[2], counts.Draws)
	if err != nil {
		return err
	}
	rows, err := writeDraws(c.Out, f)
	if err != nil {
		return err
	}
	out := struct {
		Model   string  `json:"model"`
		Rows    int     `json:"rows"`
		Draws   int     `json:"draws"`
		Seconds float64 `json:"seconds"`
		Missing int     `json:"missing_cells"` // months without a count within an area's own span
		Areas   int     `json:"missing_areas"`
	}{Model: counts.Name, Rows: rows, Draws: counts.Draws, Seconds: db.Now().Sub(begun).Seconds()}
	out.Missing, out.Areas = p.Holes()
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %d draws of each of %d cells in %s, after %.1f s.\n", out.Model, out.Draws, len(f), c.Out, out.Seconds)
	})
}

// writeDraws writes a forecast beside its place and moves it there when it is
// whole.
func writeDraws(path string, f forecast.Forecast) (rows int, err error) {
	out, err := os.CreateTemp(filepath.Dir(path), ".forecast-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(out.Name())
	rows, err = views.Write(out, f)
	if err == nil {
		err = out.Chmod(0o644)
	}
	if close := out.Close(); err == nil {
		err = close
	}
	if err != nil {
		return 0, err
	}
	return rows, os.Rename(out.Name(), path)
}

// spanOf says what months a panel is of.
func spanOf(p *forecast.Panel) string {
	return fmt.Sprintf("the panel is of %s to %s", p.First, p.Last)
}

type forecastBacktestCmd struct {
	Panel   string `required:"" help:"Counts by month and country: csv or parquet." placeholder:"FILE"`
	From    int    `required:"" help:"The first year to forecast." placeholder:"YEAR"`
	To      int    `required:"" help:"The last year to forecast." placeholder:"YEAR"`
	Seed    uint64 `default:"1" help:"The same seed gives the same draws." placeholder:"N"`
	Seeds   uint64 `default:"1" help:"How many seeds to try, from that one on." placeholder:"N"`
	Outcome string `help:"The column of counts in the panel." placeholder:"COL"`
}

// tested is what one model scored in one window.
type tested struct {
	Window int    `json:"window"`
	Seed   uint64 `json:"seed"`
	Model  string `json:"model"`
	forecast.Score
	Onset   forecast.Score `json:"onset"` // of the cells that were calm before
	Cover90 float64        `json:"coverage_90"`
	Better  int            `json:"areas_better"` // than conflictology by CRPS
	Worse   int            `json:"areas_worse"`
	Dearest int            `json:"dearest_area"`  // the area with the largest part of the CRPS
	Share   float64        `json:"dearest_share"` // that part
	N       int            `json:"n"`
	OnsetN  int            `json:"onset_n"`
	Seconds float64        `json:"seconds"`
}

func (c *forecastBacktestCmd) Run(r *run) error {
	if c.From > c.To {
		return usage("--from %d is after --to %d", c.From, c.To)
	}
	if c.Seeds < 1 || c.Seeds > 1000 {
		return usage("--seeds %d: try 1 to 1000 seeds", c.Seeds)
	}
	p, err := r.readPanel(c.Panel, c.Outcome)
	if err != nil {
		return err
	}
	var out []tested
	tell := r.progress("backtest")
	years := c.To - c.From + 1
	for n := range int(c.Seeds) {
		for year := c.From; year <= c.To; year++ {
			rows, err := backtest(p, year, c.Seed+uint64(n), func(done, of int) { tell((n*years+year-c.From)*of+done, int(c.Seeds)*years*of) })
			if err != nil {
				first := (p.First + 38 + 2).Year() + 1 // 24 months, and 14 to learn what follows, end in October of the year before
				return fault.WithHint(fault.Invalid("", "%d: %v", year, err), spanOf(p)+fmt.Sprintf(": there is enough for the years %d to %d", first, p.Last.Year()))
			}
			out = append(out, rows...)
		}
	}
	return r.print(out, func(w io.Writer) { c.table(w, out) })
}

// table writes the scores of the first seed, their means, and how far the model's
// scores lie apart from seed to seed, as Markdown.
func (c *forecastBacktestCmd) table(w io.Writer, all []tested) {
	fmt.Fprintln(w, "| window | model | CRPS | IGN | MIS | CRPS of log(1+n) | onset CRPS | onset IGN | in 90 % | areas better, worse |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
	line := func(window string, t tested) {
		fmt.Fprintf(w, "| %s | %s | %.3f | %.4f | %.1f | %.4f | %.3f | %.4f | %.1f %% | %d, %d |\n", window, t.Model, t.CRPS, t.IGN, t.MIS, t.CRPSLog1p,
			t.Onset.CRPS, t.Onset.IGN, 100*t.Cover90, t.Better, t.Worse)
	}
	means, order := map[string][]tested{}, []string{}
	for _, t := range all {
		if t.Seed != c.Seed {
			continue
		}
		line(strconv.Itoa(t.Window), t)
		if means[t.Model] == nil {
			order = append(order, t.Model)
		}
		means[t.Model] = append(means[t.Model], t)
	}
	for _, name := range order {
		line("mean", meanOf(means[name]))
	}
	fmt.Fprintln(w, "\n| window | the area with most of the model's CRPS | its part |\n|---|---:|---:|")
	for _, t := range means[counts.Name] {
		fmt.Fprintf(w, "| %d | %d | %.0f %% |\n", t.Window, t.Dearest, 100*t.Share)
	}
	if c.Seeds < 2 {
		return
	}
	fmt.Fprintf(w, "\n| window | CRPS, %d seeds | IGN | MIS |\n|---|---:|---:|---:|\n", c.Seeds)
	for year := c.From; year <= c.To; year++ {
		var own []forecast.Score
		for _, t := range all {
			if t.Window == year && t.Model == counts.Name {
				own = append(own, t.Score)
			}
		}
		span := func(of func(forecast.Score) float64) (low, high float64) {
			low, high = of(own[0]), of(own[0])
			for _, s := range own {
				low, high = min(low, of(s)), max(high, of(s))
			}
			return low, high
		}
		a, b := span(func(s forecast.Score) float64 { return s.CRPS })
		d, e := span(func(s forecast.Score) float64 { return s.IGN })
		f, g := span(func(s forecast.Score) float64 { return s.MIS })
		fmt.Fprintf(w, "| %d | %.3f – %.3f | %.4f – %.4f | %.1f – %.1f |\n", year, a, b, d, e, f, g)
	}
}

// meanOf is the mean over windows; better and worse areas are added up.
func meanOf(all []tested) (m tested) {
	n := float64(len(all))
	m.Model = all[0].Model
	add := func(to *forecast.Score, s forecast.Score) {
		to.CRPS, to.IGN, to.MIS, to.CRPSLog1p = to.CRPS+s.CRPS/n, to.IGN+s.IGN/n, to.MIS+s.MIS/n, to.CRPSLog1p+s.CRPSLog1p/n
	}
	for _, t := range all {
		add(&m.Score, t.Score)
		add(&m.Onset, t.Onset)
		m.Cover90, m.Better, m.Worse = m.Cover90+t.Cover90/n, m.Better+t.Better, m.Worse+t.Worse
	}
	return m
}

// dearest is the area with the largest part of the sum of CRPS, and that part. Of
// equal ones it is the first by number.
func dearest(s forecast.Scores) (area int, share float64) {
	sums, whole := map[int]float64{}, 0.0
	for _, c := range s.Cells() {
		sums[c.Area] += s[c].CRPS
		whole += s[c].CRPS
	}
	for a, sum := range sums {
		if part := sum / max(whole, math.SmallestNonzeroFloat64); part > share || part == share && a < area {
			area, share = a, part
		}
	}
	return area, share
}

// backtest forecasts a calendar year from October of the year before, by the
// model and by each baseline.
func backtest(p *forecast.Panel, year int, seed uint64, tell func(done, of int)) ([]tested, error) {
	trainTo, from, to := forecast.MonthOf(year-1, 10), forecast.MonthOf(year, 1), forecast.MonthOf(year, 12)
	actuals := p.Between(from, to)
	made := map[string]forecast.Forecast{}
	seconds := map[string]float64{}
	order := []string{counts.Name}
	begun := db.Now()
	m, err := counts.Fit(p, trainTo, from, to, counts.Settings{Seed: seed, Tell: tell})
	if err != nil {
		return nil, err
	}
	if made[counts.Name], err = m.Forecast(from, to, counts.Draws); err != nil {
		return nil, err
	}
	seconds[counts.Name] = db.Now().Sub(begun).Seconds()
	for _, b := range forecast.Baselines() {
		begun := db.Now()
		if made[string(b)], err = b.Make(p, trainTo, from, to, counts.Draws, seed); err != nil {
			return nil, err
		}
		order, seconds[string(b)] = append(order, string(b)), db.Now().Sub(begun).Seconds()
	}
	rival, _, err := forecast.Judge(made[string(forecast.Conflictology)], actuals)
	if err != nil {
		return nil, err
	}
	calm := forecast.Onsets(p, actuals, trainTo, 24, 1)
	var out []tested
	for _, name := range order {
		s, _, err := forecast.Judge(made[name], actuals)
		if err != nil {
			return nil, err
		}
		t := tested{Window: year, Seed: seed, Model: name, Score: forecast.Means(s), N: len(s), Cover90: forecast.Coverage(made[name], actuals, 0.9), Seconds: seconds[name]}
		if onset, _, err := forecast.Judge(made[name], calm); err == nil {
			t.Onset, t.OnsetN = forecast.Means(onset), len(onset)
		}
		t.Dearest, t.Share = dearest(s)
		for _, a := range forecast.Rank(s, rival) {
			switch {
			case a.Score < a.Rival:
				t.Better++
			case a.Score > a.Rival:
				t.Worse++
			}
		}
		out = append(out, t)
	}
	return out, nil
}
