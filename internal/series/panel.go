package series

import (
	"slices"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// worldwide is how many countries a file of events has at least if it is taken
// to be of the whole world.
const worldwide = 10

// A Counted is a panel made of events: the deaths of each country and month
// that the imported files are of.
type Counted struct {
	Values   map[[2]int]float64 // by VIEWS country id and month
	Entry    int64              // the newest import that has a part in it
	Missing  []events.Month     // months between the first and the last that no file is of
	Unplaced []string           // countries with events that VIEWS has no number for
}

// FromEvents counts the best estimates of the events of a source, month by
// month. A file is taken to be of every month from its first event to its last,
// and, if it has events in at least ten countries, of every country that
// has an event in any; else of its own countries alone. Where a file is of a month
// and a country and has no event there, the count is zero. Where no file is, there is
// no count: it is not taken for zero.
func FromEvents(v *record.View, source, outcome string) (Counted, error) {
	out := Counted{Values: map[[2]int]float64{}}
	imports, err := readImports(v.Tx)
	if err != nil {
		return out, err
	}
	sums, of, err := readEventPanel(v.Tx, source, outcome)
	if err != nil {
		return out, err
	}
	views := map[string]int{}
	for country := range sums {
		if c, ok := events.CountryByISO3(country); ok && c.VIEWS > 0 {
			views[country] = c.VIEWS
		} else {
			out.Unplaced = append(out.Unplaced, country)
		}
	}
	slices.Sort(out.Unplaced)
	covered := map[events.Month]bool{}
	for _, i := range imports {
		if i.Kind != source || i.Withdrawn != 0 || len(of[i.Entry]) == 0 {
			continue
		}
		out.Entry = max(out.Entry, i.Entry)
		for country, id := range views {
			if len(of[i.Entry]) < worldwide && !of[i.Entry][country] {
				continue
			}
			for m := i.First; m <= i.Last; m++ {
				covered[m] = true
				out.Values[[2]int{id, int(m)}] = sums[country][m]
			}
		}
	}
	if len(covered) == 0 {
		return out, fault.Invalid("outcome", "the node has no %s events in a country that VIEWS has a number for", source)
	}
	months := make([]events.Month, 0, len(covered))
	for m := range covered {
		months = append(months, m)
	}
	for m := slices.Min(months); m < slices.Max(months); m++ {
		if !covered[m] {
			out.Missing = append(out.Missing, m)
		}
	}
	return out, nil
}
