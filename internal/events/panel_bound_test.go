package events_test

import (
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/events"
)

// A count that nobody can believe is refused by its line and column, and the rows
// beside it are kept.
func TestUnbelievableCounts(t *testing.T) {
	n := 0
	s, err := events.ReadPanel(strings.NewReader("month_id,country_id,ged_sb\n480,50,1e300\n480,57,100000000\n480,60,100000001\n"), func(events.Cell) error { n++; return nil })
	if err != nil || n != 1 || len(s.Rejected) != 2 || s.Rejected[0].Line != 2 || s.Rejected[0].Column != "ged_sb" {
		t.Errorf("%d kept, %+v, %v", n, s, err)
	}
}
