package heed_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/ledger"
)

// TestManyReadersOfTheLog: more readers than the database has sessions, none of
// whom may wait for a second one while it holds a first.
func TestManyReadersOfTheLog(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		entries, err := ledger.ParseTilePath("tile/entries/000.p/2")
		w.must(err)
		hashes, err := ledger.ParseTilePath("tile/0/000.p/2")
		w.must(err)
		director := w.as("director")
		var all sync.WaitGroup
		for range 60 {
			all.Go(func() {
				for range 10 {
					_, err := w.Tile(ctx, heed.Nobody, entries)
					if err == nil {
						_, err = w.Tile(ctx, heed.Nobody, hashes)
					}
					if err == nil {
						_, err = w.EntryProof(ctx, director, 1)
					}
					if err == nil {
						_, err = w.Entry(ctx, director, 1)
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	})
}
