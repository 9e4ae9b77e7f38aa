// Command with starts the real servers that the tests need, once for a whole
// run, and runs a command that finds them in its environment:
//
//	go run ./internal/testkit/with go test ./...
//
// It exits as the command does. The servers end with it.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/heed-project/heed/internal/testkit"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
	}
	os.Exit(code)
}

func run(argv []string) (code int, err error) {
	if len(argv) == 0 {
		return 2, errors.New("name the command to run")
	}
	at, stop, err := testkit.StartPostgres()
	if err != nil {
		return 1, fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "HEED_TEST_POSTGRES="+at)
	if err := cmd.Run(); err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return max(exit.ExitCode(), 1), nil
		}
		return 1, err
	}
	return 0, nil
}
