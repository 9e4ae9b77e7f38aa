// Command fsck checks a whole log as it is served over HTTP, with the fsck
// package of transparency-dev/tessera: a program that shares nothing with ours
// but the specification. It prints the size it checked and exits 0, or exits 1
// with the first thing that fails. (The command of the same name in tessera
// exits 0 when it fails.)
//
//	fsck --url http://127.0.0.1:8080/log/ --key VKEY
package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	base := flag.String("url", "", "where the log is served")
	key := flag.String("key", "", "the log's verifier key")
	flag.Parse()
	if err := run(context.Background(), *base, *key); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, base, key string) error {
	v, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	u, err := url.Parse(strings.TrimSuffix(base, "/") + "/")
	if err != nil {
		return fmt.Errorf("url: %w", err)
	}
	f, err := client.NewHTTPFetcher(u, nil)
	if err != nil {
		return err
	}
	if err := check(ctx, fsck.New(v.Name(), v, f, leafHashes, fsck.Opts{N: 2})); err != nil {
		return fmt.Errorf("fsck: %w", err)
	}
	size, err := prove(ctx, f, v)
	if err != nil {
		return err
	}
	fmt.Println("checked", size)
	return nil
}

// check runs the check, and ends it as soon as one resource is wrong: when
// more are wrong than it has workers, tessera's fsck waits for ever.
func check(ctx context.Context, f *fsck.Fsck) error {
	done := make(chan error, 1)
	go func() { done <- f.Check(ctx) }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
		}
		s := f.Status()
		for level, ranges := range append(s.TileRanges, s.EntryRanges) {
			for _, r := range ranges {
				if r.State == fsck.Invalid || r.State == fsck.FetchError {
					return fmt.Errorf("tile level %d of %d (the last is of entries): %s", level, len(s.TileRanges), r.String())
				}
			}
		}
	}
}

// prove reads some entries through tessera's client and proves them.
func prove(ctx context.Context, f *client.HTTPFetcher, v note.Verifier) (uint64, error) {
	cp, _, _, err := client.FetchCheckpoint(ctx, f.ReadCheckpoint, v, v.Name())
	if err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	b, err := client.NewProofBuilder(ctx, cp.Size, f.ReadTile)
	if err != nil {
		return 0, err
	}
	for _, i := range []uint64{0, cp.Size / 2, cp.Size - 1} {
		bundle, err := client.GetEntryBundle(ctx, f.ReadEntryBundle, i/256, cp.Size)
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", i, err)
		}
		p, err := b.InclusionProof(ctx, i)
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", i, err)
		}
		leaf := rfc6962.DefaultHasher.HashLeaf(bundle.Entries[i%256])
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, i, cp.Size, leaf, p, cp.Hash); err != nil {
			return 0, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return cp.Size, nil
}

func leafHashes(bundle []byte) ([][]byte, error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hs [][]byte
	for _, e := range b.Entries {
		hs = append(hs, rfc6962.DefaultHasher.HashLeaf(e))
	}
	return hs, nil
}
