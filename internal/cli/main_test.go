package cli_test

import (
	"context"
	"os"
	"testing"

	"github.com/heed-project/heed/internal/cli"
	"github.com/heed-project/heed/internal/proof/box"
)

// TestMain lets the test program be the child in which proofs are judged.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == box.Command {
		os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, nil))
	}
	os.Exit(m.Run())
}
