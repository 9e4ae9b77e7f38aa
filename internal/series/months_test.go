package series_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/series"
)

// TestMonthsAreTheEventsAddedUp imports versions of a few events at random,
// moving them between months and types, takes imports back at random, and
// counts everything by hand as of every entry.
func TestMonthsAreTheEventsAddedUp(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		dice := rand.New(rand.NewPCG(1, 7))
		type version struct{ month, kind, best int }
		imports := map[int64]map[int]version{}
		gone := map[int64]bool{}
		known := func(asOf int64) map[int]version {
			newest, at := map[int]version{}, map[int]int64{}
			for entry, rows := range imports {
				for id, r := range rows {
					if !gone[entry] && entry <= asOf && entry > at[id] {
						newest[id], at[id] = r, entry
					}
				}
			}
			return newest
		}
		for round := range 24 {
			if round%5 == 4 {
				for entry := range imports {
					if !gone[entry] {
						n.Must("P-1", func(tx *record.Tx) error { return series.Withdraw(tx, entry, "at random") })
						gone[entry] = true
						break
					}
				}
				continue
			}
			rows, file, before := map[int]version{}, gedHead, known(1<<62)
			given := map[int]bool{}
			for range 4 {
				id, v := dice.IntN(6)+1, version{dice.IntN(3) + 1, dice.IntN(2) + 1, dice.IntN(50) + 1}
				if !given[id] {
					given[id] = true
					if before[id] != v { // what is there already is not loaded again
						rows[id] = v
					}
					file += ged(id, v.kind, fmt.Sprintf("2021-%02d-10", v.month), v.best, 15, -4)
				}
			}
			if res := n.load(store, series.GED, file); res.Accepted > 0 {
				imports[res.Entry] = rows
			}
		}
		check := func(v *record.View, asOf int64) {
			want := map[string]string{}
			sums := map[string][2]int{}
			for _, r := range known(asOf) {
				key := fmt.Sprintf("%d %d", r.kind, r.month)
				sums[key] = [2]int{sums[key][0] + 1, sums[key][1] + r.best}
			}
			for key, s := range sums {
				want[key] = fmt.Sprint(s[0], " ", s[1], " ", s[1]-s[0], " ", s[1]+2*s[0])
			}
			all, err := series.Monthly(v, series.Span{Country: "MLI", AsOf: asOf})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, s := range all {
				kind := map[string]int{"ged_sb": 1, "ged_ns": 2}[s.Outcome]
				for _, p := range s.Points {
					got[fmt.Sprintf("%d %d", kind, p.Month-events.Month(41*12))] = fmt.Sprint(p.Events, " ", p.Value, " ", p.Low, " ", p.High)
					if p.Entry > asOf || gone[p.Entry] {
						t.Errorf("as of %d a point comes from entry %d", asOf, p.Entry)
					}
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("as of %d\n got %v\nwant %v", asOf, got, want)
			}
		}
		n.Look(func(v *record.View) error {
			size, err := v.Size()
			for asOf := int64(1); asOf < size; asOf++ {
				check(v, asOf)
			}
			return err
		})
		if len(gone) < 3 || len(imports) < 10 {
			t.Errorf("%d imports, %d withdrawn: too few to tell", len(imports), len(gone))
		}
	})
}

func TestACorrectedCountryMovesItsEvent(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		row := ged(1, 3, "2021-03-05", 10, 15, -4)
		n.load(store, series.GED, gedHead+row)
		n.load(store, series.GED, gedHead+strings.Replace(row, "Mali,432", "Niger,436", 1))
		n.Look(func(v *record.View) error {
			for country, want := range map[string]int{"MLI": 0, "NER": 1} {
				all, err := series.Monthly(v, series.Span{Country: country})
				if err != nil || len(all) != want {
					t.Errorf("%s: %+v, %v", country, all, err)
				}
			}
			totals, err := series.Totals(v, 1, 600)
			if len(totals) != 1 || totals[0].Country != "NER" || totals[0].Deaths != 10 {
				t.Errorf("%+v, %v", totals, err)
			}
			return err
		})
	})
}
