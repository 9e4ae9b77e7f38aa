package insight_test

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/internal/insight"
	"github.com/heed-project/heed/internal/testkit"
)

// The onsets that the budget counts are those of the predictors' file from 1992
// to 2014; a higher threshold names fewer countries and misses no fewer onsets.
func TestOnsetBudget(t *testing.T) {
	data, err := os.ReadFile(testkit.Shared(t, "warning/ewp/predictors_1960_2014.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = forecast.Unpack(data, 1<<26); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	year, onset, onsets := slices.Index(rows[0], "year"), slices.Index(rows[0], "mk_onset"), 0
	for _, r := range rows[1:] {
		if y, _ := strconv.Atoi(r[year]); y >= 1992 && y <= 2014 && r[onset] == "1" {
			onsets++
		}
	}
	before := insight.Alarm{AYear: 1e9}
	for _, a := range insight.OnsetBudget() {
		if a.Onsets != onsets || a.Threshold <= before.Threshold || a.AYear >= before.AYear || a.Missed < before.Missed || a.Missed > onsets {
			t.Errorf("%+v after %+v, of %d onsets", a, before, onsets)
		}
		before = a
	}
	if onsets != 39 {
		t.Errorf("%d onsets in 1992 to 2014", onsets)
	}
}
