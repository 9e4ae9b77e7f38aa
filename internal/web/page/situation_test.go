package page

import (
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/chart"
)

// TestInForce: the band shows the highest of the warnings that hold, as long as
// they hold, and nothing of what is to come.
func TestInForce(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	got := inForce([]Event{
		{At: day(9), Kind: "warning.issued", ID: "W-3", Level: 2},
		{At: day(2), Kind: "warning.issued", ID: "W-1", Level: 3},
		{At: day(4), Kind: "warning.issued", ID: "W-2", Level: 5},
		{At: day(3), Kind: "duty.lapsed", ID: "D-1", Level: 5},
		{At: day(6), Kind: "warning.ended", ID: "W-2", Level: 5},
		{At: day(8), Kind: "warning.ended", ID: "W-1", Level: 3},
		{At: day(30), Kind: "warning.ended", ID: "W-3", Level: 2},
	}, day(20))
	want := []chart.Change{{At: day(2), Level: 3}, {At: day(4), Level: 5}, {At: day(6), Level: 3}, {At: day(8), Level: 0}, {At: day(9), Level: 2}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
