package insight

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
)

// onsetsCSV is what thresholds on the risk of a mass killing would have cost in
// 1992 to 2014, by heed forecast onset on the predictors of the Early Warning
// Project. Their column mk_onset has 39 onsets in these years, 31 of them from
// 1994 on, where the project's own forecasts begin; made as
// docs/method/forecast.md says.
//
//go:embed onsets.csv
var onsetsCSV string

// OnsetBudget returns, for thresholds on the yearly risk of a mass killing, how
// many countries a year would have been named and how many of the onsets missed.
func OnsetBudget() []Alarm {
	rows, err := csv.NewReader(strings.NewReader(onsetsCSV)).ReadAll()
	if err != nil {
		panic("insight: onsets.csv: " + err.Error())
	}
	var out []Alarm
	for _, r := range rows[1:] {
		var f [4]float64
		for i := range f {
			if f[i], err = strconv.ParseFloat(r[i], 64); err != nil {
				panic("insight: onsets.csv: " + err.Error())
			}
		}
		out = append(out, Alarm{Threshold: f[0], AYear: f[1], Missed: int(f[2]), Onsets: int(f[3])})
	}
	return out
}
