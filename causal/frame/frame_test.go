package frame_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/heed-project/heed/causal/frame"
)

func Example() {
	t, _ := frame.Parse(strings.NewReader("month,deaths\n2004-11,12\n2004-12,9\n2005-01,4\n"))
	y, _ := t.Floats("deaths")
	clock, _ := t.Clock("month")
	start, _ := clock.Position("2005-01")
	fmt.Println(y, clock.At, clock.Unit, start)
	_, err := t.Floats("month")
	fmt.Println(err)
	// Output:
	// [12 9 4] [0 1 2] month 2
	// line 2, column month: "2004-11" is not a number
}

func TestRefusals(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "the table is empty",
		"a,b\n":                     "no rows",
		"PAR1\x15\x04":              "this is a parquet file: write the table as text",
		"PK\x03\x04":                "a spreadsheet",
		"a,b\n1,\x00\n":             "no text",
		"a,b\n1,2,3\n4,5\n":         "line 3: 2 cells, the header has 3",
		"a,b\n1,2\n4\n":             "line 3: 1 cells, the header has 2",
		"a,a\n1,2\n":                "two columns have this name",
		"a,b\n1,\"2\n":              "line 2",
		"time,y\n1,2\n2,NA\n":       "line 3, column y: the value is missing",
		"time,y\n1,2\n\n\n2,x\n":    "line 5, column y: \"x\" is not a number",
		"time,y\n1,2\n2,Inf\n":      "line 3, column y: \"Inf\" is not a number",
		"time,y\n2001-01,2\n5,2\n":  "does not have the form of",
		"time,y\n2001-13,2\n":       "is not a month",
		"time,y\n2001-02-30,2\n":    "is not a date",
		"time,y\nJanuary,2\n":       "is not a time",
		"time,y\n,2\n":              "line 2, column time: the cell is empty",
		"time,z\n1,2\n":             "there is no column \"y\"; the table has time, z",
		"time,y\n\"a\nb\",2\nx,2\n": "line 2, column time",
	} {
		table, err := frame.Parse(strings.NewReader(in))
		if err == nil {
			if _, err = table.Floats("y"); err == nil {
				_, err = table.Clock("time")
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		cells, unit, start string
		at                 []float64
		position           float64
	}{
		{"1 2 3", "number", "3", []float64{1, 2, 3}, 3},
		{"1970 1971 1973", "year", "1973", []float64{0, 1, 3}, 3},
		{"998 999 1000", "number", "1000", []float64{998, 999, 1000}, 1000},
		{"1969.5 1970", "year", "1970", []float64{0, .5}, .5},
		{"2004-11 2004-12 2005-01", "month", "2005", []float64{0, 1, 2}, 2},
		{"200411 200412 200501", "month", "2005-01-01", []float64{0, 1, 2}, 2},
		{"2004-11-01 2004-12-01 2005-02-01", "month", "2005-02-01", []float64{0, 1, 3}, 3},
		{"2004-11-30T00:00:00Z 2004-12-30T00:00:00Z", "month", "2004-12-30", []float64{0, 1}, 1},
		{"2004-01-31 2004-02-29 2004-04-30", "month", "2004-03-31", []float64{0, 1, 3}, 2},
		{"Jan_2004 February_2004 Apr_2004", "month", "2004-03", []float64{0, 1, 3}, 2},
		{"2004_Dec 2005_Jan", "month", "Jan 2005", []float64{0, 1}, 1},
		{"2004-01-01 2005-01-01 2007-01-01", "year", "2007-01-01", []float64{0, 1, 3}, 3},
		{"1990q1 1990q2 1991q1", "quarter", "1991", []float64{0, 1, 4}, 4},
		{"1990m1 1990m2", "month", "1990m2", []float64{0, 1}, 1},
		{"2020-01-06 2020-01-13 2020-01-27", "week", "2020-01-20", []float64{0, 1, 3}, 2},
		{"2020-02-28 2020-02-29 2020-03-01", "day", "2020-03", []float64{0, 1, 2}, 2},
	} {
		table, err := frame.Parse(strings.NewReader("t\n" + strings.NewReplacer(" ", "\n", "_", " ").Replace(c.cells) + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		clock, err := table.Clock("t")
		if err != nil {
			t.Fatal(c.cells, err)
		}
		p, err := clock.Position(c.start)
		if err != nil || math.Abs(p-c.position) > 1e-9 || clock.Unit != c.unit || fmt.Sprint(clock.At) != fmt.Sprint(c.at) {
			t.Errorf("%s: %v %s, start %v (%v); want %v %s %v", c.cells, clock.At, clock.Unit, p, err, c.at, c.unit, c.position)
		}
	}
}

func TestTable(t *testing.T) {
	table, err := frame.Parse(strings.NewReader("\xef\xbb\xbfstate;y\n1;\"New; York\";2\n2;Utah;NA\n"))
	if err != nil || table.Columns[1] != "state" {
		t.Fatal(table, err)
	}
	if whole, n, err := table.Complete("y"); err != nil || n != 1 || whole.Len() != 1 || whole.Line(0) != 2 {
		t.Fatal(whole, n, err)
	}
	ny, err := table.Where("state", "New; York")
	if err != nil || ny.Len() != 1 {
		t.Fatal(ny, err)
	}
	if utah, err := table.Except("state", "New; York"); err != nil || utah.Len() != 1 || utah.Cell(0, "state") != "Utah" || utah.Cell(0, "y") != "" {
		t.Fatal(utah, err)
	}
	if _, err := table.Except("state", "Ohio"); err == nil {
		t.Fatal("a state that is not there was left out")
	}
	if _, err := table.Where("state", "Ohio"); err == nil {
		t.Fatal("a state that is not there was found")
	}
}

func TestSelect(t *testing.T) {
	table, err := frame.Parse(strings.NewReader("state,sex,year,n,z\nOhio,f,2001,3,1.5\nOhio,m,2001,3,2.5\nUtah,f,2001,4,3.5\nUtah,m,2002,4,4.5\n"))
	if err != nil {
		t.Fatal(err)
	}
	one, err := table.Select([]string{"state=Ohio", " sex = m"})
	if err != nil || one.Len() != 1 || one.Cell(0, "z") != "2.5" {
		t.Fatal(one, err)
	}
	for condition, want := range map[string]string{"state": "no condition", "=x": "no condition", "county=x": "there is no column", "state=Iowa": "there are Ohio, Utah"} {
		if _, err := table.Select([]string{condition}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", condition, err)
		}
	}
	if got := frame.Some(strings.Split("abcdefghij", "")); got != "a, b, c, d, e, f, g, h… (10)" {
		t.Error(got)
	}
}

// TestSingle: several places in one table are found out, and the column that
// tells them apart is named with its values.
func TestSingle(t *testing.T) {
	for in, want := range map[string]string{
		"state,year,n\nOhio,2001,3\nOhio,2002,4\nUtah,2001,3\nUtah,2002,5\n":                    "line 4, column year: the time 2001 is on line 2 already: the table has a row for each state (Ohio, Utah), and one place is needed",
		"id,state,year,n\n1,Ohio,2001,3.5\n2,Ohio,2002,4.5\n3,Utah,2001,5.5\n4,Utah,2002,5.5\n": "for each state (Ohio, Utah)",
		"state,sex,year\nOhio,f,2001\nOhio,m,2001\nUtah,f,2001\nUtah,m,2001\nUtah,f,2002\n":     "no single column tells such rows apart",
		"from,to,year,n\na,,2001,3\nb,x,2001,4\nc,y,2002,4\n":                                   "no single column tells such rows apart", // a row each is no place each
		"year,n\n2001,3\n2002,4\n": "",
	} {
		table, err := frame.Parse(strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		clock, err := table.Clock("year")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := table.Single("year", clock); err != nil {
			got = err.Error()
		}
		if got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%q: %s", in, got)
		}
	}
}

// TestInstant: a start between two times is said to be, with the first time
// that it affects.
func TestInstant(t *testing.T) {
	table, err := frame.Parse(strings.NewReader("t\n2020-11\n2021-02\n2020-12\n2021-01\n"))
	if err != nil {
		t.Fatal(err)
	}
	clock, err := table.Clock("t")
	if err != nil {
		t.Fatal(err)
	}
	for start, want := range map[string]frame.Instant{
		"2021-01": {At: 2, First: "2021-01", Exact: true}, "2021": {At: 2, First: "2021-01", Exact: true}, "2021-01-01": {At: 2, First: "2021-01", Exact: true},
		"2021-01-16": {At: 2 + 15.0/31, First: "2021-02"}, "2021-03": {At: 4}, "2001-01": {At: -238, First: "2020-11"},
	} {
		if got, err := clock.Instant(start); err != nil || got.First != want.First || got.Exact != want.Exact || math.Abs(got.At-want.At) > 1e-9 {
			t.Errorf("%s: %+v %v, want %+v", start, got, err, want)
		}
	}
	if err := frame.Readable("January"); err == nil || frame.Readable("2021-01-16") != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("month,y\n2004-11,1\n2004-12,2\n"))
	f.Add([]byte("\"t\"\t\"y\"\n\"1\"\t1\t2\n"))
	f.Add([]byte("t,y\n1990q1,1\n2000-02-29,NA\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<14 {
			return
		}
		table, err := frame.Parse(bytes.NewReader(in))
		if err != nil {
			return
		}
		for _, name := range table.Columns[:min(4, len(table.Columns))] {
			if clock, err := table.Clock(name); err == nil {
				if err := table.Single(name, clock); err != nil && err.Error() == "" {
					t.Fatal("refused, and nothing said")
				}
				for i, at := range clock.At {
					p, err := clock.Position(clock.Label[i])
					if err != nil || math.Abs(p-at) > 1e-6 {
						t.Fatalf("%q stands at %v, is read back as %v (%v)", clock.Label[i], at, p, err)
					}
				}
			}
		}
	})
}
