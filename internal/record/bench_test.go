package record_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
)

// benchNode opens a fresh record for a benchmark. The folder is $HEED_BENCH_DIR
// if set, so that every contender writes to the same disk.
func benchNode(b *testing.B, url string) *record.Record {
	base := os.Getenv("HEED_BENCH_DIR")
	if base == "" {
		base = b.TempDir()
	}
	dir, err := os.MkdirTemp(base, "record-")
	if err != nil {
		b.Fatal(err)
	}
	file, err := keys.NewFile(filepath.Join(dir, "node.key"))
	if err != nil {
		b.Fatal(err)
	}
	k, err := keys.Create(dir, "heed.example/bench", file)
	if err != nil {
		b.Fatal(err)
	}
	d, err := db.Open(b.Context(), db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database(), URL: url})
	if err != nil {
		b.Fatal(err)
	}
	r, err := record.Open(b.Context(), d, k, record.Options{}, notes())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close(); d.Close(); os.RemoveAll(dir) })
	return r
}

// BenchmarkDo measures durable entries a second: validated, sealed, signed,
// hashed, projected and fsynced, with a sealed body of 428 bytes.
func BenchmarkDo(b *testing.B) {
	text := strings.Repeat("word ", 84)
	for _, where := range []string{"sqlite", "postgres"} {
		for _, writers := range []int{1, 30, 64} {
			b.Run(fmt.Sprintf("%s/writers=%d", where, writers), func(b *testing.B) {
				url := ""
				if where == "postgres" {
					url = testkit.Postgres(b)
				}
				r := benchNode(b, url)
				var n atomic.Int64
				var wg sync.WaitGroup
				b.ResetTimer()
				start, busy := time.Now(), processor()
				for w := range writers {
					wg.Go(func() {
						for n.Add(1) <= int64(b.N) {
							err := r.Do(b.Context(), record.By{Person: "P-1"}, func(tx *record.Tx) error {
								id, err := tx.NextID("N")
								if err != nil {
									return err
								}
								_, err = tx.Append(record.Draft{Kind: "note.made", Subjects: []string{id, fmt.Sprint("S-", w)}, Key: fmt.Sprint("S-", w), Open: note{id, 4}, Sealed: words{text}})
								return err
							})
							if err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "entries/s")
				b.ReportMetric(float64((processor()-busy).Microseconds())/float64(b.N), "cpu-us/entry")
			})
		}
	}
}

// processor is the time that this process has used of all processors. It does
// not depend on who else uses the machine.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkWhole measures the verification of a whole log and the rebuild of
// its tables, over $HEED_BENCH_ENTRIES entries (100,000 by default).
func BenchmarkWhole(b *testing.B) {
	size := int64(100_000)
	if s := os.Getenv("HEED_BENCH_ENTRIES"); s != "" {
		if _, err := fmt.Sscan(s, &size); err != nil {
			b.Fatal(err)
		}
	}
	for _, where := range []string{"sqlite", "postgres"} {
		b.Run(where, func(b *testing.B) {
			url := ""
			if where == "postgres" {
				url = testkit.Postgres(b)
			}
			r := benchNode(b, url)
			fill(b, r, size)
			b.Run("verify", func(b *testing.B) {
				for b.Loop() {
					if v, err := r.Verify(b.Context(), nil); err != nil || v.Size != size {
						b.Fatal(v, err)
					}
				}
				b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			})
			b.Run("rebuild", func(b *testing.B) {
				for b.Loop() {
					if x, err := r.Rebuild(b.Context(), nil); err != nil || !x.Identical {
						b.Fatal(x, err)
					}
				}
				b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			})
		})
	}
}

// fill appends entries, a hundred a command, until the log has the size.
func fill(b *testing.B, r *record.Record, size int64) {
	var have int64
	if err := r.View(b.Context(), func(v *record.View) (err error) { have, err = v.Size(); return err }); err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("word ", 84)
	for have < size {
		n := min(100, size-have)
		if err := r.Do(b.Context(), record.By{Person: "P-1"}, func(tx *record.Tx) error {
			for i := range n {
				id, err := tx.NextID("N")
				if err != nil {
					return err
				}
				about := fmt.Sprint("S-", (have+i)%100)
				if _, err := tx.Append(record.Draft{Kind: "note.made", Subjects: []string{id, about}, Key: about, Open: note{id, 4}, Sealed: words{text}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		have += n
	}
}
