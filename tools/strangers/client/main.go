// Command client reads every entry of a log as it is served over HTTP, with
// the client of torchwood, which authenticates each against the checkpoint. It
// prints the number of entries and exits 0, or exits 1 with the first thing
// that fails. With --leaf and --proof it checks a tlog-proof instead, with no
// network.
//
//	client --url http://127.0.0.1:8080/log/ --key VKEY [--witness VKEY]…
//	client --leaf FILE --proof FILE --key VKEY [--witness VKEY]…
//
// Every witness named must have cosigned the checkpoint.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	base := flag.String("url", "", "where the log is served")
	key := flag.String("key", "", "the log's verifier key")
	leaf := flag.String("leaf", "", "file that holds a leaf")
	proof := flag.String("proof", "", "file that holds its tlog-proof")
	var witnesses []string
	flag.Func("witness", "the verifier key of a witness; may be repeated", func(s string) error {
		witnesses = append(witnesses, s)
		return nil
	})
	flag.Parse()
	policy, err := policyOf(*key, witnesses)
	if err == nil && *proof != "" {
		err = check(policy, *leaf, *proof)
	} else if err == nil {
		err = read(context.Background(), policy, *base)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func policyOf(key string, witnesses []string) (torchwood.Policy, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	all := []torchwood.Policy{torchwood.OriginPolicy(v.Name()), torchwood.SingleVerifierPolicy(v)}
	for _, w := range witnesses {
		v, err := torchwood.NewCosignatureVerifier(w)
		if err != nil {
			return nil, fmt.Errorf("witness: %w", err)
		}
		all = append(all, torchwood.SingleVerifierPolicy(v))
	}
	return torchwood.ThresholdPolicy(len(all), all...), nil
}

func read(ctx context.Context, policy torchwood.Policy, base string) error {
	f, err := torchwood.NewTileFetcher(strings.TrimSuffix(base, "/") + "/")
	if err != nil {
		return err
	}
	b, err := f.ReadEndpoint(ctx, "checkpoint")
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	cp, _, err := torchwood.VerifyCheckpoint(b, policy)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	c, err := torchwood.NewClient(f)
	if err != nil {
		return err
	}
	var n int64
	for range c.AllEntries(ctx, cp.Tree, 0) {
		n++
	}
	if err := c.Err(); err != nil {
		return fmt.Errorf("entry %d: %w", n, err)
	}
	if n != cp.N {
		return fmt.Errorf("there are %d entries, the checkpoint says %d", n, cp.N)
	}
	fmt.Println("read", n)
	return nil
}

func check(policy torchwood.Policy, leaf, proof string) error {
	l, err := os.ReadFile(leaf)
	if err != nil {
		return err
	}
	p, err := os.ReadFile(proof)
	if err != nil {
		return err
	}
	if err := torchwood.VerifyProof(policy, tlog.RecordHash(l), p); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	fmt.Println("proved")
	return nil
}
