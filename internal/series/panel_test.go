package series_test

import (
	"fmt"
	"testing"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/series"
)

// at writes a GED row of a country by its Gleditsch–Ward number.
func at(id, kind, gw int, day string, best int) string {
	c, _ := events.CountryByGW(gw)
	return fmt.Sprintf("%d,%d,a,b,1,c,1,1,%s,%d,%s,%s,%d,%d,%d,0\n", id, kind, c.EN, gw, day, day, best, best, best)
}

// A month that a file is of has a count for every country of the file, and one
// that no file is of has none. A file of few countries says nothing of the others.
func TestEventsMakeAPanel(t *testing.T) {
	month := func(y, m int) events.Month { return events.Month((y-1980)*12 + m) }
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		n.Look(func(v *record.View) error {
			if _, err := series.FromEvents(v, series.GED, "ged_sb"); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("no events at all: %v", err)
			}
			return nil
		})
		world := gedHead
		for i, gw := range []int{432, 436, 433, 434, 435, 437, 438, 439, 450, 451, 452} {
			world += at(100+i, 1, gw, "2021-02-05", 3)
		}
		n.load(store, series.GED, world+at(1, 1, 432, "2021-01-05", 10)+at(2, 1, 432, "2021-03-20", 4)+at(3, 3, 432, "2021-03-21", 40))
		last := n.load(store, series.GED, gedHead+at(4, 1, 432, "2021-06-01", 7)+at(5, 1, 432, "2021-05-01", 1))
		n.Look(func(v *record.View) error {
			c, err := series.FromEvents(v, series.GED, "ged_sb")
			if err != nil || c.Entry != last.Entry {
				t.Fatalf("%+v, %v", c, err)
			}
			if len(c.Missing) != 1 || c.Missing[0] != month(2021, 4) {
				t.Errorf("missing %v", c.Missing)
			}
			mali, _ := events.CountryByGW(432)
			niger, _ := events.CountryByGW(436)
			for _, want := range []struct {
				country events.Country
				month   events.Month
				value   float64
				known   bool
			}{
				{mali, month(2021, 1), 10, true}, {mali, month(2021, 3), 4, true}, {mali, month(2021, 4), 0, false}, {mali, month(2021, 5), 1, true}, {mali, month(2021, 6), 7, true},
				{niger, month(2021, 1), 0, true}, {niger, month(2021, 2), 3, true}, {niger, month(2021, 6), 0, false},
			} {
				if got, known := c.Values[[2]int{want.country.VIEWS, int(want.month)}]; got != want.value || known != want.known {
					t.Errorf("%s in %s: %v, %v", want.country.ISO3, want.month, got, known)
				}
			}
			if os, err := series.FromEvents(v, series.GED, "ged_os"); err != nil || os.Values[[2]int{mali.VIEWS, int(month(2021, 3))}] != 40 || os.Values[[2]int{niger.VIEWS, int(month(2021, 2))}] != 0 {
				t.Errorf("one-sided: %+v, %v", os, err)
			}
			return nil
		})
	})
}
