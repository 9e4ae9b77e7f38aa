package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/heed-project/heed/forecast/onset"
	"github.com/heed-project/heed/internal/fault"
)

type forecastOnsetCmd struct {
	Predictors  string `required:"" help:"A predictors file of the Early Warning Project: ewp_name, ccode, year, mk_onset and predictors, as csv." placeholder:"FILE"`
	From        int    `required:"" help:"The first year." placeholder:"YEAR"`
	To          int    `required:"" help:"The last year." placeholder:"YEAR"`
	Seed        uint64 `default:"1" help:"The same seed gives the same risks." placeholder:"N"`
	Rival       string `help:"Risks that somebody else made of the same years, to be compared with on the same draws of countries." placeholder:"FILE"`
	RivalColumn string `default:"maxrisk2" help:"The column of the rival's risks." placeholder:"COL"`
}

// figure is a number that may not be known: JSON has no NaN.
type figure float64

func (f figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%v", float64(f)), nil
}

// against is how much better the risks are than a rival's, with 95 % intervals.
type against struct {
	Rival    onset.Skills `json:"rival"`
	AUC      [3]figure    `json:"auc_gain"`       // estimate, low, high
	Recall30 [3]figure    `json:"recall_30_gain"` // estimate, low, high
}

func (c *forecastOnsetCmd) Run(r *run) error {
	if c.From > c.To {
		return usage("--from %d is after --to %d", c.From, c.To)
	}
	data, err := readWhole(c.Predictors)
	if err != nil {
		return err
	}
	table, err := onset.Parse(data)
	if err != nil {
		return fault.Invalid("", "%s: %v", c.Predictors, err)
	}
	risks, err := onset.Backtest(table, c.From, c.To, onset.Settings{Seed: c.Seed, Tell: r.progress("onset")})
	if err != nil {
		return fault.Invalid("", "%s: %v", c.Predictors, err)
	}
	s := onset.Skill(risks)
	out := struct {
		AUC      figure        `json:"auc"`
		Recall30 figure        `json:"recall_30"`
		Recall20 figure        `json:"recall_20"`
		Recall10 figure        `json:"recall_10"`
		Onsets   int           `json:"onsets"`
		N        int           `json:"n"`
		Alarms   []onset.Alarm `json:"alarms"`
		Against  *against      `json:"against,omitempty"`
		Rows     []onset.Risk  `json:"rows"`
	}{figure(s.AUC), figure(s.Recall30), figure(s.Recall20), figure(s.Recall10), s.Onsets, s.N, onset.Budget(risks, []float64{0.005, 0.01, 0.02, 0.03, 0.05, 0.08}), nil, risks}
	if c.Rival != "" {
		if out.Against, err = c.compare(risks); err != nil {
			return err
		}
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "AUC %.4f, recall in the top 30 %.3f, 20 %.3f, 10 %.3f; %d onsets in %d country-years.\n", s.AUC, s.Recall30, s.Recall20, s.Recall10, s.Onsets, s.N)
		if a := out.Against; a != nil {
			fmt.Fprintf(w, "The rival: AUC %.4f, recall in the top 30 %.3f, 20 %.3f, 10 %.3f. Better by %+.4f (%+.4f to %+.4f) and, in the top 30, %+.3f (%+.3f to %+.3f).\n",
				a.Rival.AUC, a.Rival.Recall30, a.Rival.Recall20, a.Rival.Recall10, a.AUC[0], a.AUC[1], a.AUC[2], a.Recall30[0], a.Recall30[1], a.Recall30[2])
		}
		for _, a := range out.Alarms {
			fmt.Fprintf(w, "At a risk of %.1f %%: %.1f countries named a year, %d of %d onsets missed.\n", 100*a.Threshold, a.AYear, a.Missed, a.Onsets)
		}
		for _, x := range risks {
			if x.Year == c.To && x.Rank <= 30 {
				fmt.Fprintf(w, "%3d  %.3f  %s\n", x.Rank, x.Risk, x.Country)
			}
		}
	})
}

// compare sets the risks beside a rival's.
func (c *forecastOnsetCmd) compare(risks []onset.Risk) (*against, error) {
	data, err := readWhole(c.Rival)
	if err != nil {
		return nil, err
	}
	rival, err := onset.ParseRisks(data, c.RivalColumn)
	if err != nil {
		return nil, fault.Invalid("", "%s: %v", c.Rival, err)
	}
	rival = onset.Ranked(rival)
	auc, recall := onset.Compare(risks, rival, 2000, c.Seed)
	three := func(i onset.Interval) [3]figure { return [3]figure{figure(i.Estimate), figure(i.Low), figure(i.High)} }
	return &against{onset.Skill(rival), three(auc), three(recall)}, nil
}
