package series_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
	"github.com/heed-project/heed/internal/series"
	"github.com/heed-project/heed/internal/testkit"
)

// node is a record with this module, sound at the end of each test.
type node struct{ *recordtest.Node }

// eachWithBlobs runs a test on both databases with a store of blobs, whose
// names the key makes where there is one.
func eachWithBlobs(t *testing.T, key []byte, f func(*testing.T, *node, blob.Store)) {
	t.Helper()
	var store blob.Store
	recordtest.EachOf(t, func(t *testing.T) []record.Module {
		var err error
		if store, err = blob.Open(t.Context(), blob.Source{URL: t.TempDir(), Key: key}); err != nil {
			t.Fatal(err)
		}
		return []record.Module{series.Module(store)}
	}, func(t *testing.T, n *recordtest.Node) {
		n.At = time.Time{} // these commands are given now
		f(t, &node{n}, store)
	})
}

var blobKey = bytes.Repeat([]byte{7}, 32)

func (n *node) load(store blob.Store, kind, text string) series.Result {
	n.T.Helper()
	res, err := series.Import(n.T.Context(), n.Record, record.By{Person: "P-1"}, store, series.File{Kind: kind, Name: "canary.csv", Body: strings.NewReader(text)})
	if err != nil {
		n.T.Fatal(err)
	}
	if res.Rows != res.Accepted+res.Duplicates+res.RejectedRows {
		n.T.Errorf("rows do not add up: %+v", res)
	}
	return res
}

const gedHead = "id,type_of_violence,side_a,side_b,where_prec,where_coordinates,latitude,longitude,country,country_id,date_start,date_end,best,low,high,deaths_civilians\n"

// ged writes a GED row in the fictional country of a GW number.
func ged(id, kind int, day string, best int, lat, lon float64) string {
	return fmt.Sprintf("%d,%d,Canary army,Canary villagers,1,Canary town,%g,%g,Mali,432,%s,%s,%d,%d,%d,%d\n", id, kind, lat, lon, day, day, best, best-1, best+2, best/2)
}

func TestEventsAreCountedOnceAndRevisionsShow(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		file := gedHead + ged(1, 3, "2021-03-05", 10, 15, -4) + ged(2, 3, "2021-03-20", 4, 15.1, -4) + ged(3, 1, "2021-04-01", 7, 12, -8) +
			"4,9,a,b,1,c,1,1,Mali,432,2021-01-01,2021-01-01,1,1,1,0\n" + ged(1, 3, "2021-03-05", 10, 15, -4)
		first := n.load(store, series.GED, file)
		if first.Accepted != 3 || first.Duplicates != 1 || first.RejectedRows != 1 || first.Entry != 1 {
			t.Fatalf("first import %+v", first)
		}
		if p := first.Rejected[0]; p.Line != 5 || p.Column != "type_of_violence" {
			t.Errorf("rejected %+v", p)
		}
		again := n.load(store, series.GED, file)
		if again.Accepted != 0 || again.Duplicates != 4 || again.Entry != first.Entry {
			t.Errorf("the same file again %+v", again)
		}
		second := n.load(store, series.GED, gedHead+ged(2, 3, "2021-03-20", 40, 15.1, -4)+ged(5, 3, "2021-03-21", 1, 15.2, -4)+ged(3, 1, "2021-04-01", 7, 12, -8))
		if second.Accepted != 2 || second.Revised != 1 || second.Duplicates != 1 {
			t.Errorf("a later version %+v", second)
		}
		march := events.Month((2021-1980)*12 + 3)
		n.Look(func(v *record.View) error {
			all, err := series.Monthly(v, series.Span{Country: "MLI", From: march, To: march + 1})
			if err != nil || len(all) != 2 || all[0].Outcome != "ged_sb" || all[1].Outcome != "ged_os" {
				t.Fatalf("%+v, %v", all, err)
			}
			p := all[1].Points[0]
			if p.Value != 51 || p.Low != 48 || p.High != 57 || p.Events != 3 || p.Entry != second.Entry || p.Imported.IsZero() || p.Month.String() != "2021-03" {
				t.Errorf("March now: %+v", p)
			}
			then, err := series.Monthly(v, series.Span{Country: "MLI", From: march, To: march, AsOf: first.Entry})
			if err != nil || len(then) != 1 || then[0].Points[0].Value != 14 || then[0].Points[0].Entry != first.Entry {
				t.Errorf("March as first known: %+v, %v", then, err)
			}
			totals, err := series.Totals(v, march, march+1)
			if want := (series.Total{Country: "MLI", Source: "ged", Events: 4, Deaths: 58, Low: 54, High: 66, Civilians: 28, StateBased: 7, OneSided: 51, Entry: second.Entry}); err != nil || len(totals) != 1 || totals[0] != want {
				t.Errorf("totals %+v, %v", totals, err)
			}
			list, err := series.List(v, series.Span{Country: "MLI"}, 2)
			if err != nil || len(list) != 2 || list[0].ID != "3" || list[1].ID != "5" || list[1].Type != "one-sided" || list[1].Start.Format("2006-01-02") != "2021-03-21" {
				t.Errorf("list %+v, %v", list, err)
			}
			e, err := series.Find(v, series.GED, "2")
			if err != nil || e.Best != 40 {
				t.Errorf("event 2 %+v, %v", e, err)
			}
			if _, err := series.Find(v, series.GED, "4"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a rejected event: %v", err)
			}
			latest, err := series.Latest(v)
			if err != nil || latest[series.GED] != march+1 {
				t.Errorf("latest %v, %v", latest, err)
			}
			imports, err := series.Imports(v)
			if err != nil || len(imports) != 2 || imports[1].Rows != 5 || imports[1].Actor != "P-1" || imports[0].Revised != 1 {
				t.Errorf("imports %+v, %v", imports, err)
			}
			remark, err := series.RemarkOf(v, first.Entry)
			if err != nil || remark.Name != "canary.csv" || len(remark.Problems) != 1 {
				t.Errorf("remark %+v, %v", remark, err)
			}
			var places []string
			err = series.Rows(t.Context(), v, store, first.Entry, func(e events.Event) error {
				places = append(places, fmt.Sprint(e.Line, " ", e.SourceID, " ", e.Place))
				return nil
			})
			if want := []string{"2 1 Canary town", "3 2 Canary town", "4 3 Canary town"}; err != nil || !slices.Equal(places, want) {
				t.Errorf("rows %q, %v", places, err)
			}
			return nil
		})
		n.Silent("Canary", "canary")
	})
}

func TestPanelCellsAreReplacedAndTheirHistoryStays(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		one := n.load(store, series.Panel, "month_id,country_id,ged_sb,ged_os\n500,50,12,3\n501,50,0,0\n501,777,5,\n")
		two := n.load(store, series.Panel, "month_id,country_id,ged_sb,ged_os\n500,50,20,3\n501,50,0,0\n")
		if one.Accepted != 3 || two.Accepted != 1 || two.Revised != 1 || two.Duplicates != 1 {
			t.Errorf("%+v, then %+v", one, two)
		}
		back := n.load(store, series.Panel, "month_id,country_id,ged_sb\n500,50,12\n")
		if back.Accepted != 1 || back.Revised != 1 {
			t.Errorf("the old value again %+v", back)
		}
		c, _ := events.CountryByVIEWS(50)
		n.Look(func(v *record.View) error {
			for asOf, want := range map[int64]float64{0: 12, one.Entry: 12, two.Entry: 20} {
				all, err := series.Monthly(v, series.Span{Country: c.ISO3, From: 1, AsOf: asOf})
				if err != nil || len(all) != 2 || all[0].Outcome != "ged_os" || all[1].Outcome != "ged_sb" || all[1].Source != series.Panel {
					t.Fatalf("%+v, %v", all, err)
				}
				if p := all[1].Points; len(p) != 2 || p[0].Value != want || p[1].Value != 0 || all[0].Points[0].Entry != one.Entry {
					t.Errorf("as of %d: %+v", asOf, p)
				}
			}
			totals, err := series.Totals(v, 500, 501)
			if err != nil || len(totals) != 2 || totals[0].Deaths != 5 || totals[1].Deaths != 15 || totals[1].OneSided != 3 {
				t.Errorf("%+v, %v", totals, err)
			}
			return nil
		})
	})
}

func TestAWithdrawnImportLeavesNothingAndShowsWhatWasBefore(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		n.load(store, series.GED, gedHead+ged(1, 3, "2021-03-05", 10, 15, -4))
		wrong := gedHead + ged(1, 3, "2021-03-05", 999, 15, -4) + ged(2, 3, "2021-03-05", 1, 15, -4)
		bad := n.load(store, series.GED, wrong)
		if err := n.Try("P-1", func(tx *record.Tx) error { return series.Withdraw(tx, bad.Entry, " ") }); fault.Field(err) != "reason" {
			t.Errorf("withdrawn without a reason: %v", err)
		}
		if err := n.Try("P-1", func(tx *record.Tx) error { return series.Withdraw(tx, 0, "x") }); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("withdrew what is no import: %v", err)
		}
		n.Must("P-1", func(tx *record.Tx) error { return series.Withdraw(tx, bad.Entry, "not from the publisher") })
		if err := n.Try("P-1", func(tx *record.Tx) error { return series.Withdraw(tx, bad.Entry, "x") }); fault.KindOf(err) != fault.KindExists {
			t.Errorf("withdrawn twice: %v", err)
		}
		n.Look(func(v *record.View) error {
			list, err := series.List(v, series.Span{Country: "MLI"}, 9)
			if err != nil || len(list) != 1 || list[0].Best != 10 {
				t.Errorf("after withdrawal %+v, %v", list, err)
			}
			return nil
		})
		if again := n.load(store, series.GED, wrong); again.Accepted != 2 || again.Entry == bad.Entry {
			t.Errorf("imported anew %+v", again)
		}
	})
}

func TestAnOvertakenImportIsStale(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		slow, w := io.Pipe()
		done := make(chan error)
		go func() {
			_, err := series.Import(t.Context(), n.Record, record.By{Person: "P-2"}, store, series.File{Kind: series.GED, Body: slow})
			done <- err
		}()
		io.WriteString(w, gedHead) // the import has begun: it has read what is loaded
		n.load(store, series.GED, gedHead+ged(1, 3, "2021-03-05", 10, 15, -4))
		io.WriteString(w, ged(1, 3, "2021-03-05", 10, 15, -4))
		w.Close()
		if err := <-done; fault.KindOf(err) != fault.KindStale || fault.Hint(err) == "" {
			t.Errorf("got %v", err)
		}
	})
}

func TestFilesThatAreNotWhatTheySay(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		for kind, body := range map[string]io.Reader{
			"ged":    strings.NewReader("month_id,country_id,ged_sb\n500,50,12\n"),
			"panel":  strings.NewReader(""),
			"acled":  io.MultiReader(strings.NewReader("event_id_cnty,event_date,event_type,country,latitude,longitude,fatalities\nMLI1,2021-01-01,Battles,Mali,1,1,1\n"), failing{}),
			"horses": strings.NewReader("a"),
		} {
			if res, err := series.Import(t.Context(), n.Record, record.By{}, store, series.File{Kind: kind, Body: body}); err == nil {
				t.Errorf("%s: imported %+v", kind, res)
			} else if kind != "acled" && fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%s: %v", kind, err)
			}
		}
		err := store.List(t.Context(), func(r blob.Ref) error { return fmt.Errorf("blob %s was left behind", r) })
		if err != nil {
			t.Error(err)
		}
		n.Look(func(v *record.View) error {
			if size, err := v.Size(); size != 1 || err != nil {
				t.Errorf("%d entries, %v", size, err)
			}
			return nil
		})
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, fmt.Errorf("the line was cut") }

func TestACLEDStandsBesideGED(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		n.load(store, series.GED, gedHead+ged(1, 3, "2021-03-05", 10, 15, -4))
		res := n.load(store, series.ACLED, "event_id_cnty,event_date,event_type,sub_event_type,actor1,inter1,actor2,iso,country,latitude,longitude,fatalities,notes\n"+
			"1,05 March 2021,Violence against civilians,Attack,X,3,Canary,466,Mali,15,-4,9,canary\n"+
			"2,06 March 2021,Protests,Peaceful protest,X,6,,466,Mali,15,-4,0,canary\n")
		if res.Accepted != 2 {
			t.Fatalf("%+v", res)
		}
		n.Look(func(v *record.View) error {
			all, err := series.Monthly(v, series.Span{Country: "MLI"})
			var names []string
			for _, s := range all {
				names = append(names, fmt.Sprint(s.Source, " ", s.Outcome, " ", s.Points[0].Value))
			}
			if want := []string{"acled acled_other 0", "acled acled_os 9", "ged ged_os 10"}; err != nil || !slices.Equal(names, want) {
				t.Errorf("%q, %v", names, err)
			}
			return nil
		})
		n.Silent("Canary", "canary")
	})
}

func TestAroundFindsWhatIsNear(t *testing.T) {
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		n.load(store, series.GED, gedHead+ged(1, 3, "2021-03-05", 10, 0, 179.9)+ged(2, 3, "2021-03-05", 10, 0, -179.9)+ged(3, 3, "2021-03-05", 10, 0, 178)+
			ged(4, 3, "2021-03-05", 10, 89.9, 0)+ged(5, 3, "2021-03-05", 10, 89.9, 180)+ged(6, 3, "2021-03-05", 10, 60, 1.7))
		for _, c := range []struct {
			lat, lon, km float64
			want         string
		}{
			{0, 180, 50, "1 2"}, {0, -179.95, 60, "2 1"}, {0, 178.1, 12, "3"}, {90, 77, 30, "4 5"}, {89.95, 0, 30, "4 5"}, {60, 0, 94, ""}, {60, 0, 95, "6"},
		} {
			n.Look(func(v *record.View) error {
				near, err := series.Around(v, c.lat, c.lon, c.km, series.Span{})
				var ids []string
				for _, e := range near {
					ids = append(ids, e.ID)
					if e.Km > c.km {
						t.Errorf("event %s is %v km away", e.ID, e.Km)
					}
				}
				if got := strings.Join(ids, " "); got != c.want {
					t.Errorf("within %v km of %v, %v: %s, want %s", c.km, c.lat, c.lon, got, c.want)
				}
				return err
			})
		}
		n.Look(func(v *record.View) error {
			for field, p := range map[string][3]float64{"lat": {91, 0, 1}, "lon": {0, math.NaN(), 1}, "km": {0, 0, 0}} {
				if _, err := series.Around(v, p[0], p[1], p[2], series.Span{}); fault.Field(err) != field {
					t.Errorf("%s %v: %v", field, p, err)
				}
			}
			return nil
		})
	})
}

// TestTheRealSets loads the published sample of GED and the panel from 1990.
func TestTheRealSets(t *testing.T) {
	sample := testkit.Shared(t, "warning/ged/ucdpged_sample_1000_v23_1.csv.gz")
	panel := testkit.Shared(t, "warning/views_cm/cm_ged_sb_panel_1990_2021.csv.gz")
	eachWithBlobs(t, blobKey, func(t *testing.T, n *node, store blob.Store) {
		for kind, path := range map[string]string{series.GED: sample, series.Panel: panel} {
			want := map[string]int{series.GED: 1000, series.Panel: 70939}[kind]
			for round := range 2 {
				f, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				res, err := series.Import(t.Context(), n.Record, record.By{Person: "P-1"}, store, series.File{Kind: kind, Name: path, Body: f})
				f.Close()
				if err != nil {
					t.Fatal(err)
				}
				if good := []int{res.Accepted, res.Duplicates}[round]; good != want || res.Rows != want || res.RejectedRows != 0 {
					t.Errorf("%s, round %d: %d rows, %d accepted, %d duplicates, %v", kind, round+1, res.Rows, res.Accepted, res.Duplicates, res.Rejected)
				}
			}
		}
		n.Look(func(v *record.View) error {
			totals, err := series.Totals(v, 1, 600)
			var ged, sb float64
			for _, x := range totals {
				if x.Source == series.GED {
					ged += x.Deaths
				} else {
					sb += x.StateBased
				}
			}
			t.Logf("%d totals: %v deaths in the sample, %v in the panel", len(totals), ged, sb)
			return err
		})
	})
}

func TestALostBlobIsNamed(t *testing.T) {
	eachWithBlobs(t, nil, func(t *testing.T, n *node, store blob.Store) {
		n.load(store, series.GED, gedHead+ged(1, 3, "2021-03-05", 10, 15, -4))
		var sum [32]byte
		var kept []byte
		if err := store.List(t.Context(), func(r blob.Ref) error { sum = r.SHA256; return nil }); err != nil {
			t.Fatal(err)
		}
		b, err := store.Open(t.Context(), sum)
		if err != nil {
			t.Fatal(err)
		}
		kept, _ = io.ReadAll(b)
		b.Close()
		if err := store.Delete(t.Context(), sum); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Rebuild(t.Context(), nil); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%x", sum)) {
			t.Errorf("rebuilt without the blob: %v", err)
		}
		if _, err := store.Put(t.Context(), bytes.NewReader(kept)); err != nil {
			t.Fatal(err)
		}
	})
}
