package onset_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/heed-project/heed/forecast/onset"
	"github.com/heed-project/heed/internal/testkit"
)

// world is a file in which onsets follow battle deaths and nothing else.
func world(countries int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("ewp_name,ccode,year,mk_onset,mk_onset_1,battledeaths.log2,noise,reg.eap\n")
	for c := range countries {
		deaths := 0.0
		for y := 1960; y <= 2000; y++ {
			onset := 0
			if deaths > 9 && rng.Float64() < 0.5 {
				onset = 1
			}
			if deaths = math.Max(0, deaths+rng.NormFloat64()*3); deaths > 12 {
				deaths = 0
			}
			fmt.Fprintf(&b, "Land %d,%d,%d,%d,9,%.2f,%.2f,%d\n", c, c+1, y, onset, deaths, rng.NormFloat64(), c%2)
		}
	}
	return b.Bytes()
}

func parsed(t testing.TB, data []byte) *onset.Table {
	t.Helper()
	table, err := onset.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The model finds what onsets follow, says so as the reason, and gives the same
// twice.
func TestFinds(t *testing.T) {
	table := parsed(t, world(60))
	s := onset.Settings{Trees: 60, Seed: 1}
	risks, err := onset.Backtest(table, 1990, 1995, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := onset.Skill(risks); got.AUC < 0.8 || got.N != 360 || got.Recall30 < 0.85 {
		t.Errorf("%+v", got)
	}
	if r := risks[0]; r.Rank != 1 || len(r.Reasons) == 0 || !strings.HasPrefix(r.Reasons[0].Predictor, "battledeaths") || r.Reasons[0].Factor != 1 {
		t.Errorf("%+v", r)
	}
	again, _ := onset.Backtest(table, 1990, 1995, s)
	if fmt.Sprint(risks) != fmt.Sprint(again) {
		t.Error("not the same twice")
	}
}

// What happens after the last known year has no part in the risk, and a column
// that tells the future is no predictor.
func TestNothingFromTheFuture(t *testing.T) {
	data := world(60)
	s := onset.Settings{Trees: 20, Seed: 1}
	a, err := onset.Backtest(parsed(t, data), 1990, 1990, s)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	for i, l := range lines {
		f := strings.Split(l, ",")
		if len(f) > 5 && f[2] >= "1990" && f[2] != "year" {
			f[3], f[4], f[5] = "1", "7", "15"
			lines[i] = strings.Join(f, ",")
		}
	}
	b, err := onset.Backtest(parsed(t, []byte(strings.Join(lines, "\n"))), 1990, 1990, s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if a[i].Risk != b[i].Risk || a[i].Code != b[i].Code {
			t.Fatalf("%+v and %+v", a[i], b[i])
		}
	}
}

// The Early Warning Project's own forecasts, on its own onsets: ours are compared
// on the same country-years.
func TestEarlyWarningProject(t *testing.T) {
	if testing.Short() {
		t.Skip("fits 22 years")
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(testkit.Shared(t, "warning/ewp/"+name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	risks, err := onset.Backtest(parsed(t, read("predictors_1960_2014.csv.gz")), 2003, 2014, onset.Settings{Trees: 60, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	rival, err := onset.ParseRisks(read("oos_forecasts_1994_2014.csv.gz"), "maxrisk2")
	if err != nil {
		t.Fatal(err)
	}
	auc, recall := onset.Compare(risks, onset.Ranked(rival), 200, 1)
	if auc.Estimate <= 0 || auc.Low >= auc.Estimate || auc.High <= auc.Estimate || recall.High < recall.Low {
		t.Errorf("AUC %+v, recall in the top 30 %+v", auc, recall)
	}
}

func TestBudget(t *testing.T) {
	risks := []onset.Risk{{Year: 1, Risk: 0.5, Onset: true}, {Year: 1, Risk: 0.2}, {Year: 2, Risk: 0.4}, {Year: 2, Risk: 0.1, Onset: true}}
	got := onset.Budget(risks, []float64{0.05, 0.3, 0.9})
	if fmt.Sprint(got) != "[{0.05 2 0 2} {0.3 1 1 2} {0.9 0 2 2}]" {
		t.Errorf("%v", got)
	}
}

func TestBad(t *testing.T) {
	for src, want := range map[string]string{
		"":                                  "no rows",
		"a,b\n1,2\n":                        "mk_onset",
		"country,year,mk_onset\nX,last,0\n": "year",
		"country,year,mk_onset\nX,1990,2\n": "neither 0 nor 1",
		"country,year,mk_onset\nX,1990,0\nX,1990,0\n": "two rows",
		"country,ccode,year,mk_onset\nX,q,1990,0\n":   "ccode",
		"\x1f\x8bnothing": "unpack",
	} {
		if _, err := onset.Parse([]byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
	if _, err := onset.Backtest(parsed(t, world(2)), 1990, 1991, onset.Settings{}); err == nil || !strings.Contains(err.Error(), "to learn from") {
		t.Errorf("too few onsets: %v", err)
	}
	if _, err := onset.Backtest(parsed(t, world(60)), 2010, 2010, onset.Settings{Trees: 5}); err == nil || !strings.Contains(err.Error(), "no country") {
		t.Errorf("a year that nothing is known of: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("country,year,mk_onset,x\nX,1990,0,3\n"))
	f.Add([]byte("ewp_name,ccode,year,mk_onset,battledeaths.log2\nX,1,1990,1,NA\nX,1,1991,,2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if table, err := onset.Parse(data); err == nil {
			onset.Backtest(table, 1990, 1990, onset.Settings{Trees: 1})
		}
		onset.ParseRisks(data, "risk")
	})
}

func Example() {
	table, _ := onset.Parse(world(60))
	risks, _ := onset.Backtest(table, 1992, 1995, onset.Settings{Trees: 40, Seed: 1})
	fmt.Println(onset.Skill(risks).AUC > 0.75)
	// Output: true
}
