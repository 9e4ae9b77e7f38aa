package heed_test

import (
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// TestACopyIsNoSecondIngestion: the entry by which a copy was taken in stands in the
// custody of its original too. It is described as one derivation, out of the original,
// whichever of the two goes along.
func TestACopyIsNoSecondIngestion(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	taken := func(entry int64) heed.Custody {
		return heed.Custody{Entry: entry, Kind: "evidence.taken", At: at, By: "P-1"}
	}
	original := heed.ItemView{Item: evidence.Item{ID: "E-1.1", Entry: 4}, Custody: []heed.Custody{taken(4), {Entry: 6, Kind: "stamp.kept", At: at}, taken(9)}}
	copied := heed.ItemView{Item: evidence.Item{ID: "E-8.1", Entry: 9, From: "E-1.1"}, Custody: []heed.Custody{taken(9)}}
	for name, x := range map[string]struct {
		views []heed.ItemView
		want  []string
	}{
		"both":     {[]heed.ItemView{original, copied}, []string{"ingestion  E-1.1", "time stamping E-1.1 ", "derivation E-1.1 E-8.1"}},
		"turned":   {[]heed.ItemView{copied, original}, []string{"ingestion  E-1.1", "time stamping E-1.1 ", "derivation E-1.1 E-8.1"}},
		"original": {[]heed.ItemView{original}, []string{"ingestion  E-1.1", "time stamping E-1.1 ", "derivation E-1.1 "}},
		"copy":     {[]heed.ItemView{copied}, []string{"ingestion  E-8.1"}},
	} {
		var got []string
		for _, e := range heed.DescribeEvidence(x.views, "x", "x", "x", at).Events {
			line := e.Kind
			for _, ids := range [][]string{e.Objects, e.Results} {
				line += " "
				for _, id := range ids {
					line += id
				}
			}
			got = append(got, line)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, not %q", name, got, x.want)
		}
	}
}
