package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
)

// BenchmarkBoard measures the board as a browser gets it, with 100 situations,
// a warning in force in each with its duties, and $HEED_BENCH_ENTRIES entries
// in the record (20,000 by default, 1,000,000 in script/bench pages). It
// reports the 95th percentile in milliseconds.
func BenchmarkBoard(b *testing.B) {
	size := int64(20_000)
	if s := os.Getenv("HEED_BENCH_ENTRIES"); s != "" {
		if _, err := fmt.Sscan(s, &size); err != nil {
			b.Fatal(err)
		}
	}
	base := os.Getenv("HEED_BENCH_DIR")
	if base == "" {
		base = b.TempDir()
	}
	dir, err := os.MkdirTemp(base, "pages-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir); os.Remove(dir + ".key") })
	c, err := conf.Load(map[string]string{"dir": filepath.Join(dir, "node"), "url": "http://localhost"})
	if err != nil {
		b.Fatal(err)
	}
	admin := crowd(b, c)
	filler(b, c, size)
	n, err := heed.OpenNode(b.Context(), c, heed.Opening{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	pages, err := New(n.Heed, Options{})
	if err != nil {
		b.Fatal(err)
	}
	link, err := n.NewLink(b.Context(), admin, admin.Person)
	if err != nil {
		b.Fatal(err)
	}
	in, err := n.SignInLink(b.Context(), code(link), heed.Client{Address: "192.0.2.1"})
	if err != nil {
		b.Fatal(err)
	}
	var times []time.Duration
	var bytes int64
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
		r.AddCookie(&http.Cookie{Name: "heed", Value: in.Token})
		w := httptest.NewRecorder()
		start := time.Now()
		pages.ServeHTTP(w, r)
		times = append(times, time.Since(start))
		if w.Code != http.StatusOK {
			b.Fatalf("status %d: %.300s", w.Code, w.Body)
		}
		bytes, _ = io.Copy(io.Discard, w.Body)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(bytes), "bytes")
}

// crowd makes a node with 100 situations and a warning in force in each.
func crowd(b *testing.B, c *conf.Config) heed.Who {
	n, err := heed.MakeNode(b.Context(), c, "Ministry", heed.Opening{})
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	id, _, err := n.SetUp(b.Context(), heed.Nobody, heed.SetupInput{Agency: "Ministry", Admin: "Ana Lima"})
	if err != nil {
		b.Fatal(err)
	}
	who := heed.Who{Person: id, Via: "web"}
	countries := []string{"SSD", "SDN", "ETH", "MMR", "COD", "HTI", "MLI", "BFA", "NER", "TCD"}
	for i := range 100 {
		s, err := n.AddSituation(b.Context(), who, heed.SituationInput{Name: fmt.Sprint("Situation ", i), Country: countries[i%len(countries)], Populations: []string{"People"}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := n.IssueWarning(b.Context(), who, heed.WarningInput{Situation: s, Level: 1 + i%5, Finding: "A finding of some length, as findings are.", To: []string{id}}); err != nil {
			b.Fatal(err)
		}
	}
	return who
}

// filler fills the record with other entries, under the modules of the house.
func filler(b *testing.B, c *conf.Config, size int64) {
	k, err := keys.Unlock(c.Dir, keys.File(heed.KeyFile(c)))
	if err != nil {
		b.Fatal(err)
	}
	d, err := db.Open(b.Context(), db.Source{Path: filepath.Join(c.Dir, "heed.db"), Key: k.Database()})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	blobs, err := blob.Open(b.Context(), blob.Source{URL: filepath.Join(c.Dir, "blobs"), Key: k.Blobs()})
	if err != nil {
		b.Fatal(err)
	}
	r, err := record.Open(b.Context(), d, k, record.Options{}, heed.Modules(blobs)...)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var have int64
	for have < size {
		err := r.Do(b.Context(), record.By{}, func(tx *record.Tx) error {
			for i := range 250 {
				about := fmt.Sprintf("S-%d", 1+(have+int64(i))%100)
				if _, err := tx.Append(record.Draft{Kind: "pack.exported", Subjects: []string{about, "node"}, Key: "node",
					Open: map[string]any{"about": about, "entries": 1}, Sealed: map[string]string{"purpose": "to fill the record"}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = r.View(b.Context(), func(v *record.View) (err error) { have, err = v.Size(); return err })
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
