package main

import (
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkDurable/on=fdatasync/writers=1-2     	   10000	    150000 ns/op	      6600 entries/s
BenchmarkDurable/on=immudb/writers=1-2        	     200	   6300000 ns/op	       150 entries/s
BenchmarkDurable/on=immudb/writers=1-2        	     200	   6300000 ns/op	       170 entries/s
BenchmarkDo/sqlite/writers=1-2        	   10000	    270000 ns/op	      3200 entries/s
PASS
`

func TestTable(t *testing.T) {
	figures, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	if got := figures[side{"immudb", 1}]; got != 160 {
		t.Errorf("median of two rounds is %v, want 160", got)
	}
	var b strings.Builder
	if missed := print(&b, figures); missed != 0 {
		t.Errorf("%d aims missed, want none:\n%s", missed, b.String())
	}
	if !strings.Contains(b.String(), "reached  20.00× (aim 10.0×)") {
		t.Errorf("the table does not show the ratio:\n%s", b.String())
	}
	figures[side{"sqlite", 1}] = 1000
	if missed := print(&b, figures); missed != 2 {
		t.Errorf("%d aims missed, want 2", missed)
	}
}

func TestNothingToRead(t *testing.T) {
	if _, err := read(strings.NewReader("PASS\n")); err == nil {
		t.Error("no figures, no error")
	}
	if _, err := read(strings.NewReader("BenchmarkDurable/on=x/writers=1 1 2 ns/op many entries/s\n")); err == nil {
		t.Error("a word for a number, no error")
	}
}
