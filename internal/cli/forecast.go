package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/views"
	"github.com/heed-project/heed/internal/fault"
)

// forecastCmd is what can be done with forecasts on files, without a node.
type forecastCmd struct {
	Score forecastScoreCmd `cmd:"" help:"Score a forecast as the VIEWS prediction challenge does."`
}

// readWhole reads a file as it is: what is compressed is unpacked by the
// parser.
func readWhole(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

// readCounts reads a panel or what was observed.
func readCounts(path, outcome string) (forecast.Actuals, error) {
	data, err := readWhole(path)
	if err != nil {
		return nil, err
	}
	a, err := views.ParseActuals(data, outcome)
	if err != nil {
		return nil, fault.WithHint(fault.Invalid("", "%s: %v", path, err),
			"month_id (1 = January 1980), country_id and a column of counts, as csv or parquet; --outcome names the column")
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
	Actuals  string `required:"" help:"What was observed: csv or parquet with month_id, country_id and the outcome." placeholder:"FILE"`
	Forecast string `required:"" help:"The forecast: parquet or csv with month_id, country_id, draw, outcome." placeholder:"FILE"`
	Outcome  string `help:"The column of counts in the actuals." placeholder:"COL"`
}

func (c *forecastScoreCmd) Run(r *run) error {
	actuals, err := readCounts(c.Actuals, c.Outcome)
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
	out := struct {
		forecast.Score
		N int `json:"n"`
		forecast.Gaps
	}{forecast.Means(scores), len(scores), gaps}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "CRPS %.4f, IGN %.4f, MIS %.2f, CRPS of log(1+count) %.4f over %d cells.\n", out.CRPS, out.IGN, out.MIS, out.CRPSLog1p, out.N)
		if gaps != (forecast.Gaps{}) {
			fmt.Fprintf(w, "Not scored: %d cells without a forecast, %d without an observation.\n", gaps.NotForecast, gaps.NotObserved)
		}
	})
}
