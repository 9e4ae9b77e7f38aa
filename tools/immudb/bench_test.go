package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/codenotary/immudb/embedded/logger"
	"github.com/codenotary/immudb/embedded/store"
)

// payload is the size of one entry's body in bytes, the same on every side.
const payload = 500

// disk returns a new folder on the disk that is measured: below $HEED_BENCH_DIR
// if it is set, so that no side writes to a file system in memory.
func disk(b *testing.B) string {
	b.Helper()
	base := os.Getenv("HEED_BENCH_DIR")
	if base == "" {
		return b.TempDir()
	}
	dir, err := os.MkdirTemp(base, "bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// BenchmarkDurable measures what the machine and what others do, one line for
// each system and number of writers, in the form in which Heed reports its own.
func BenchmarkDurable(b *testing.B) {
	b.Run("on=fdatasync/writers=1", benchFdatasync)
	for _, writers := range []int{1, 30, 64} {
		b.Run(fmt.Sprintf("on=immudb/writers=%d", writers), func(b *testing.B) {
			benchImmudb(b, writers, store.DefaultOptions())
		})
		b.Run(fmt.Sprintf("on=immudb-1ms/writers=%d", writers), func(b *testing.B) {
			benchImmudb(b, writers, store.DefaultOptions().WithSyncFrequency(time.Millisecond))
		})
	}
}

// benchFdatasync overwrites 4 KiB of a file that is there already and flushes
// it. No system that is durable with one writer can be faster.
func benchFdatasync(b *testing.B) {
	const size = 64 << 20
	f, err := os.Create(filepath.Join(disk(b), "floor"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, size)); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	page, n := make([]byte, 4096), 0
	start := time.Now()
	for b.Loop() {
		if _, err := f.WriteAt(page, int64(n*len(page)%size)); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "entries/s")
}

// benchImmudb commits b.N entries of one key and one value each, every commit
// waiting until it is on the disk. The store's own limit of 30 concurrent
// transactions is raised where there are more writers.
func benchImmudb(b *testing.B, writers int, opts *store.Options) {
	opts = opts.WithSynced(true).WithLogger(logger.NewSimpleLogger("", io.Discard)).
		WithMaxConcurrency(max(store.DefaultMaxConcurrency, writers))
	st, err := store.Open(disk(b), opts)
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	body := make([]byte, payload)
	if _, err := rand.Read(body); err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	var failed atomic.Pointer[error]
	start := time.Now()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := commit(st, i, body); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	b.StopTimer()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	if got := st.LastCommittedTxID(); got != uint64(b.N) {
		b.Fatalf("%d transactions are committed, want %d", got, b.N)
	}
	b.ReportMetric(float64(b.N)/took.Seconds(), "entries/s")
}

func commit(st *store.ImmuStore, i int64, body []byte) error {
	ctx := context.Background()
	tx, err := st.NewWriteOnlyTx(ctx)
	if err != nil {
		return err
	}
	if err := tx.Set(binary.BigEndian.AppendUint64(nil, uint64(i)), nil, body); err != nil {
		return err
	}
	_, err = tx.Commit(ctx)
	return err
}
