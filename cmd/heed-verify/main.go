// Command heed-verify checks what a Heed node gave out as proof: a pack (who
// knew what, when, and what they did) or a bundle of evidence, which may be a
// folder. It needs no network and no node.
//
//	heed-verify [--key VKEY] [--witness VKEY]… [--custodian VKEY]… [--entries] FILE
//
// It prints "verified" and what is proved, and exits 0; or it prints the first
// thing that fails and exits 1. It exits 2 when it is called wrongly. Give
// --key, the log's verifier key that you have from elsewhere, and --witness,
// once for each witness that you trust: without them the file is checked under
// the keys it brings along. --custodian, once for each, is the verifier key of the
// log of somebody through whose hands a bundle went: who handed it over, or one before.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/heed-project/heed/custody/bundle"
)

func main() {
	opts, entries := bundle.Options{}, flag.Bool("entries", false, "list the entries, or the items, as well")
	flag.StringVar(&opts.LogKey, "key", "", "the log's verifier key")
	flag.Func("witness", "the verifier key of a witness; may be repeated", func(s string) error { opts.Witnesses = append(opts.Witnesses, s); return nil })
	flag.Func("custodian", "the verifier key of the log of a custodian, the last or one before; may be repeated", func(s string) error { opts.Custodians = append(opts.Custodians, s); return nil })
	if flag.Parse(); flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "error: name one file\nhint: heed-verify [--key VKEY] [--witness VKEY]… [--custodian VKEY]… [--entries] FILE")
		os.Exit(2)
	}
	name, _ := filepath.Abs(flag.Arg(0)) // a folder may be called by a dot
	said, err := bundle.Judge(os.DirFS(filepath.Dir(name)), filepath.Base(name), opts, *entries)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Print(said)
}
