// Command immudb sets Heed beside immudb and beside the disk.
//
// Its benchmarks measure how many durable entries a second immudb's embedded
// store commits, with its default settings and with its flush interval tuned
// to one millisecond, and how often the disk can flush at all. Heed's own
// benchmark reports in the same form. The command reads the output of all of
// them and prints one table with the ratios and the aims:
//
//	go test -run '^$' -bench Durable . | go run .
//
// Several rounds may be given one after the other; the table shows medians.
// It trusts the figures it is given. It exits with 1 when an aim is missed.
// It is a module of its own so that Heed does not depend on what it compares
// itself with.
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A side is one system with one number of writers.
type side struct {
	on      string
	writers int
}

// An aim is a ratio that Heed wants to reach.
type aim struct {
	of, over side
	least    float64
}

var aims = []aim{
	{side{"sqlite", 1}, side{"immudb", 1}, 10},
	{side{"sqlite", 30}, side{"immudb", 30}, 5},
	{side{"sqlite", 64}, side{"immudb-1ms", 64}, 1.5},
	{side{"sqlite", 1}, side{"fdatasync", 1}, 0.4},
	{side{"sqlite", 64}, side{"fdatasync", 1}, 2.5},
}

func main() {
	figures, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if missed := print(os.Stdout, figures); missed > 0 {
		os.Exit(1)
	}
}

// read collects the entries/s of every round from benchmark output and
// returns their medians.
func read(r io.Reader) (map[side]float64, error) {
	rounds := map[side][]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		at, ok := parseName(words[0])
		if !ok {
			continue
		}
		for i := 2; i < len(words); i++ {
			if words[i] != "entries/s" {
				continue
			}
			n, err := strconv.ParseFloat(words[i-1], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is not a number", words[0], words[i-1])
			}
			rounds[at] = append(rounds[at], n)
		}
	}
	if len(rounds) == 0 {
		return nil, fmt.Errorf("no line of the form Benchmark…/on=…/writers=… with entries/s")
	}
	medians := map[side]float64{}
	for at, all := range rounds {
		slices.Sort(all)
		medians[at] = (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	return medians, lines.Err()
}

// parseName reads BenchmarkDurable/on=X/writers=N-2, and BenchmarkDo/X/writers=N-2
// as Heed's own benchmark says it. The last number is the number of cores,
// absent where there is one.
func parseName(name string) (at side, ok bool) {
	for part := range strings.SplitSeq(name, "/") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "on":
			at.on = value
		case "sqlite", "postgres":
			at.on = key
		case "writers":
			value, _, _ = strings.Cut(value, "-")
			at.writers, _ = strconv.Atoi(value)
		}
	}
	return at, at.on != "" && at.writers > 0
}

// print writes the table and the aims, and returns how many were missed.
func print(w io.Writer, figures map[side]float64) (missed int) {
	order := []string{"fdatasync", "immudb", "immudb-1ms", "sqlite", "postgres"}
	sides := make([]side, 0, len(figures))
	for at := range figures {
		sides = append(sides, at)
	}
	slices.SortFunc(sides, func(a, b side) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.on), slices.Index(order, b.on)), cmp.Compare(a.writers, b.writers))
	})
	fmt.Fprintf(w, "%-22s %8s %12s %12s %12s %12s\n", "durable entries", "writers", "per second", "× fdatasync", "× immudb", "× immudb 1ms")
	for _, at := range sides {
		fmt.Fprintf(w, "%-22s %8d %12.0f %12s %12s %12s\n", title(at.on), at.writers, figures[at],
			ratio(figures, at, side{"fdatasync", 1}), ratio(figures, at, side{"immudb", at.writers}), ratio(figures, at, side{"immudb-1ms", at.writers}))
	}
	fmt.Fprintln(w)
	for _, a := range aims {
		of, over := figures[a.of], figures[a.over]
		if of == 0 || over == 0 {
			continue
		}
		word := "reached"
		if of/over < a.least {
			word = "MISSED"
			missed++
		}
		fmt.Fprintf(w, "%-8s %.2f× (aim %.1f×): %s with %d, over %s with %d\n", word, of/over, a.least, title(a.of.on), a.of.writers, title(a.over.on), a.over.writers)
	}
	return missed
}

func title(on string) string {
	switch on {
	case "fdatasync":
		return "disk, fdatasync"
	case "immudb":
		return "immudb, default"
	case "immudb-1ms":
		return "immudb, 1 ms"
	case "sqlite":
		return "Heed on SQLite"
	case "postgres":
		return "Heed on PostgreSQL"
	}
	return on
}

func ratio(figures map[side]float64, of, over side) string {
	if figures[over] == 0 || of == over {
		return "–"
	}
	return fmt.Sprintf("%.2f", figures[of]/figures[over])
}
