package evidence_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
)

// BenchmarkTake takes in every file below $HEED_BENCH_INPUT, each with its
// entry. script/bench evidence compares the command with others.
func BenchmarkTake(b *testing.B) {
	in := os.Getenv("HEED_BENCH_INPUT")
	if in == "" { // enough to see that it runs
		in = b.TempDir()
		for i := range 200 {
			if err := os.WriteFile(filepath.Join(in, fmt.Sprint(i)), make([]byte, 20<<10), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	sources, _ := evidence.Walk([]string{in})
	size := int64(0)
	for _, s := range sources {
		size += s.Size
	}
	b.SetBytes(size)
	busy := processor(b)
	for b.Loop() {
		dir, err := os.MkdirTemp(os.Getenv("HEED_BENCH_DIR"), "take-")
		if err != nil {
			b.Fatal(err)
		}
		file, err := keys.NewFile(filepath.Join(dir, "node.key"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := keys.Create(dir, "heed.example/bench", file); err != nil {
			b.Fatal(err)
		}
		d, r, desk, err := crashDesk(b.Context(), dir)
		if err != nil {
			b.Fatal(err)
		}
		var begun evidence.Intake
		by := record.By{Person: "P-1"}
		if err := r.Do(b.Context(), by, func(tx *record.Tx) (err error) {
			begun, err = desk.Begin(tx, evidence.IntakeInput{Authority: "bench"})
			return err
		}); err != nil {
			b.Fatal(err)
		}
		taken, refused, err := desk.Take(b.Context(), by, "Ana", begun, sources, nil)
		if err != nil || len(refused) > 0 || len(taken) != len(sources) {
			b.Fatal(refused, err)
		}
		r.Close()
		d.Close()
		os.RemoveAll(dir)
	}
	b.ReportMetric(float64(len(sources))*float64(b.N)/b.Elapsed().Seconds(), "files/s")
	b.ReportMetric(float64((processor(b)-busy).Microseconds())/float64(len(sources)*b.N), "cpu-us/file")
}

// processor is the time that this process has used of all processors. It does
// not depend on who else uses the machine.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
