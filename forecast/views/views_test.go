package views_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/heed-project/heed/forecast"
	"github.com/heed-project/heed/forecast/views"
	"github.com/heed-project/heed/internal/testkit"
)

func shared(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(testkit.Shared(t, "warning/views_cm/"+name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// stored returns the official scores by model, window, metric and cell.
func stored(t *testing.T) map[string]map[forecast.Cell]float64 {
	z, err := gzip.NewReader(bytes.NewReader(shared(t, "benchmark_eval_stored_2018_2021.csv.gz")))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[forecast.Cell]float64{}
	r := csv.NewReader(z)
	r.ReuseRecord = true
	for {
		rec, err := r.Read()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec[0] == "model" {
			continue
		}
		key := rec[0] + "/" + rec[1] + "/" + rec[2]
		if out[key] == nil {
			out[key] = map[forecast.Cell]float64{}
		}
		m, _ := strconv.Atoi(rec[3])
		c, _ := strconv.Atoi(rec[4])
		v, err := strconv.ParseFloat(rec[5], 64)
		if err != nil {
			t.Fatal(err)
		}
		out[key][forecast.Cell{Month: forecast.Month(m), Area: c}] = v
	}
}

// Every stored score of every benchmark is reproduced, cell by cell.
func TestOfficialScores(t *testing.T) {
	files := map[string]string{
		"bm_conflictology":           "bm_conflictology/bm_conflictology_cm_%d.parquet",
		"bm_last_historical_poisson": "bm_last_historical_poisson/bm_last_cm_%d.parquet",
		"bm_boot_240":                "bm_boot_240/bm_boot_240_cm_%d.parquet",
	}
	if testing.Short() {
		files = map[string]string{"bm_conflictology": files["bm_conflictology"]}
	}
	want, compared := stored(t), 0
	for model, pattern := range files {
		for year := 2018; year <= 2021; year++ {
			actuals, _, err := views.ParseActuals(shared(t, fmt.Sprintf("actuals_parquet/cm_actuals_%d.parquet", year)), "")
			if err != nil {
				t.Fatal(err)
			}
			f, err := views.ParseForecast(shared(t, "benchmarks/"+fmt.Sprintf(pattern, year)))
			if err != nil {
				t.Fatal(err)
			}
			scores, gaps, err := forecast.Judge(f, actuals)
			if err != nil || gaps != (forecast.Gaps{}) || len(scores) != 2292 {
				t.Fatalf("%s %d: %d scores, %v, %v", model, year, len(scores), gaps, err)
			}
			for cell, s := range scores {
				for metric, x := range map[string][2]float64{"crps": {s.CRPS, 1e-9}, "ign": {s.IGN, 1e-6}, "mis": {s.MIS, 1e-9}} {
					w, ok := want[fmt.Sprintf("%s/Y%d/%s", model, year, metric)][cell]
					if !ok {
						t.Fatalf("no stored %s of %s for %v", metric, model, cell)
					}
					compared++
					if !(math.Abs(x[0]-w) <= x[1]*max(1, math.Abs(w))) {
						t.Fatalf("%s %d %v: %s is %v, stored %v", model, year, cell, metric, x[0], w)
					}
				}
			}
		}
	}
	t.Logf("%d scores agree", compared)
}

func zipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.Bytes()
}

// A forecast that is written is read back with the same cells and draws.
func TestWrite(t *testing.T) {
	f := forecast.Forecast{{Month: 457, Area: 9}: {3, 0, 7}, {Month: 458, Area: 9}: {0, 1, 2.4}}
	var b bytes.Buffer
	if rows, err := views.Write(&b, f); rows != 6 || err != nil {
		t.Fatal(rows, err)
	}
	back, err := views.ParseForecast(b.Bytes())
	f[forecast.Cell{Month: 458, Area: 9}][2] = 2
	if err != nil || fmt.Sprint(back) != fmt.Sprint(f) {
		t.Fatalf("%v, %v", back, err)
	}
}

// Months may be written in three ways, and a file may be compressed.
func TestLayouts(t *testing.T) {
	for _, src := range []string{
		"month_id,country_id,outcome\n495,9,4\n496,9,\n",
		"date,x,country_id,ged_sb\n2021-03-01,?,9,4\n",
		"year,month,country_id,ged_os\n2021,3,9,4\n",
		"month_id,priogrid_gid,outcome\n2021-03,9.0,4\n",
	} {
		for _, data := range [][]byte{[]byte(src), zipped(src)} {
			a, _, err := views.ParseActuals(data, "")
			if err != nil || len(a) != 1 || a[forecast.Cell{Month: 495, Area: 9}] != 4 {
				t.Errorf("%q: %v, %v", src, a, err)
			}
		}
	}
}

// What is wrong in a file is said with the row and the column.
// TestSeparators: semicolons and tabs separate as commas do.
func TestSeparators(t *testing.T) {
	for _, sep := range []string{",", ";", "\t"} {
		a, missing, err := views.ParseActuals([]byte("\xef\xbb\xbf"+strings.ReplaceAll("month_id,country_id,outcome\r\n457,50,3\r\n458,50,\r\n", ",", sep)), "")
		if err != nil || missing != 1 || len(a) != 1 || a[forecast.Cell{Month: 457, Area: 50}] != 3 {
			t.Errorf("%q: %v, %d, %v", sep, a, missing, err)
		}
	}
}

func TestBad(t *testing.T) {
	for src, want := range map[string]string{
		"":                                            "empty",
		"month_id,country_id,deaths\n1,1,1\n":         "--outcome",
		"month_id,country,outcome\n1,1,1\n":           "country_id",
		"country_id,outcome\n1,1\n":                   "month_id",
		"month_id,country_id,outcome\n1,1,-1\n":       "row 1: outcome is -1",
		"month_id,country_id,outcome\n1,1,x\n":        `row 1: outcome: "x" is not a number`,
		"month_id,country_id,outcome\n1,1.5,1\n":      "row 1: country_id is 1.5",
		"month_id,country_id,outcome\n2021,x,1\n":     "row 1: country_id",
		"month_id,country_id,outcome\nMay,1,1\n":      "row 1: month_id",
		"month_id,country_id,outcome\n1,1,1\n1,1,2\n": "row 2: area 1 in 1980-01 has the count 2, and 1 in an earlier row",
		"month_id,country_id,outcome\n1,1,1e30\n":     "line 2, row 1: outcome is 1e+30: more than 100000000",
		"\nmonth_id,country_id,outcome\n\n1,1,Inf\n":  "line 4, row 1: outcome is +Inf",
		"PAR1 nothing":                                "parquet",
		"PAR1 nothing at all \xff\xff\xff\xefPAR1":    "parquet: its last part is said to have 4026531839 bytes, and the file has 28",
		"\x1f\x8b nothing":                            "unpack",
	} {
		if _, _, err := views.ParseActuals([]byte(src), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
	for _, key := range []string{"month_id", "country_id"} {
		if _, _, err := views.ParseActuals([]byte("month_id,country_id,outcome\n1,1,1\n"), key); err == nil || !strings.Contains(err.Error(), "no column of counts") {
			t.Errorf("a key as counts: %v", err)
		}
	}
	if _, _, err := views.ParseActuals([]byte("month_id,country_id,outcome\n1,1,1\n"), "ged_sb"); err == nil || !strings.Contains(err.Error(), "ged_sb") {
		t.Errorf("a column that is not there: %v", err)
	}
}

// Rows without a count are counted, whatever stands in their place.
func TestMissing(t *testing.T) {
	a, missing, err := views.ParseActuals([]byte("month_id,country_id,outcome\n1,1,NaN\n2,1,\n3,1,NA\n4,1,0\n"), "")
	if err != nil || len(a) != 1 || missing != 3 {
		t.Errorf("%v, %d missing, %v", a, missing, err)
	}
}

// A draw has a number of its own in its cell, and a value that can be scored.
func TestBadDraws(t *testing.T) {
	for src, want := range map[string]string{
		"1,1,0,3\n1,1,1,3\n1,1,0,4\n": "line 4, row 3: draw 0 of area 1 in 1980-01 was in an earlier row",
		"1,1,0,1e308\n":               "line 2, row 1: outcome is 1e+308 for area 1 in 1980-01",
		"1,1,0.5,1\n":                 "line 2, row 1: draw is 0.5",
		"1,1,,1\n":                    "line 2, row 1: draw is NaN",
		"1,1,0,\n":                    "line 2, row 1: outcome is NaN",
	} {
		if _, err := views.ParseForecast([]byte("month_id,country_id,draw,outcome\n" + src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
	f, err := views.ParseForecast([]byte("month_id,country_id,draw,outcome\n1,1,1,3\n1,1,0,4\n2,1,0,4\n"))
	if err != nil || fmt.Sprint(f[forecast.Cell{Month: 1, Area: 1}]) != "[4 3]" {
		t.Fatalf("%v, %v", f, err)
	}
	if few, most := f.Draws(); few != 1 || most != 2 {
		t.Errorf("%d to %d draws", few, most)
	}
}

// TestUnsound changes each byte of a small file to what makes sizes large. It is
// read or refused, and never asks for more memory than it can fill.
func TestUnsound(t *testing.T) {
	var whole bytes.Buffer
	draws := forecast.Forecast{}
	for area := range 40 {
		draws[forecast.Cell{Month: 500, Area: area}] = []float64{0, 1, float64(area)}
	}
	if _, err := views.Write(&whole, draws); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	for i := range whole.Len() {
		for _, b := range []byte{0xfe, 0xff, 0x80} {
			data := bytes.Clone(whole.Bytes())
			data[i] = b
			runtime.ReadMemStats(&before)
			if f, err := views.ParseForecast(data); err == nil && len(f) == 0 {
				t.Errorf("byte %d: nothing, and no error", i)
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20 {
				t.Errorf("byte %d as %x: %d MB", i, b, used>>20)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("month_id,country_id,draw,outcome\n457,1,0,3\n"))
	f.Add(zipped("year,month,country_id,outcome\n2021,3,1,2\n"))
	var b bytes.Buffer
	views.Write(&b, forecast.Forecast{{Month: 457, Area: 9}: {3, 0, 7}})
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<12 {
			return
		}
		if a, _, err := views.ParseActuals(data, ""); err == nil {
			for c, v := range a {
				if !(v >= 0 && v <= forecast.MostCount) {
					t.Fatalf("%v holds %v", c, v)
				}
			}
		}
		if g, err := views.ParseForecast(data); err == nil && len(g) == 0 {
			t.Fatal("a forecast without draws was taken")
		}
	})
}

func Example() {
	actuals, _, _ := views.ParseActuals([]byte("month_id,country_id,outcome\n457,9,4\n"), "")
	draws, _ := views.ParseForecast([]byte("month_id,country_id,draw,outcome\n457,9,0,2\n457,9,1,4\n"))
	scores, _, _ := forecast.Judge(draws, actuals)
	fmt.Printf("%.2f\n", forecast.Means(scores).CRPS)
	// Output: 0.50
}
