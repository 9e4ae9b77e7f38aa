// Command heed-verify checks a pack that a Heed node made: who knew what,
// when, and what they did. It needs no network and no node.
//
//	heed-verify [--key VKEY] [--witness VKEY]… [--entries] FILE
//
// It prints "verified" and what the pack proves, and exits 0; or it prints the
// first thing that fails and exits 1. It exits 2 when it is called wrongly.
// Give --key, the log's verifier key that you have from elsewhere, and
// --witness, once for each witness that you trust: without them the pack is
// checked under the keys it brings along.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/heed-project/heed/custody"
)

func main() {
	opts, entries := custody.Options{}, flag.Bool("entries", false, "list the entries as well")
	flag.StringVar(&opts.LogKey, "key", "", "the log's verifier key")
	flag.Func("witness", "the verifier key of a witness; may be repeated", func(s string) error { opts.Witnesses = append(opts.Witnesses, s); return nil })
	if flag.Parse(); flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "error: name one file\nhint: heed-verify [--key VKEY] [--witness VKEY]… [--entries] FILE")
		os.Exit(2)
	}
	report, err := custody.VerifyFile(os.DirFS(filepath.Dir(flag.Arg(0))), filepath.Base(flag.Arg(0)), opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Print(report)
	if *entries {
		fmt.Print(report.List())
	}
}
