// Package testkit starts the real things that tests need: it finds the shared
// data, and starts PostgreSQL, an S3 server and Chromium, each for one test
// run and ended with it.
//
// A test skips with a clear line when what it needs is absent, unless
// HEED_TEST_ALL is set, as `make test` does: then it fails, so that nothing is
// skipped unseen. With -short, which is a quick look, whatever starts another
// program is left out ([Slow]).
package testkit

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Shared returns the path of a file or folder below the shared data folder
// ("warning/ged/…"). The folder is $HEED_SHARED/data, or shared/data beside
// the repository. The test skips where it is absent.
func Shared(t testing.TB, path string) string {
	t.Helper()
	if base := os.Getenv("HEED_SHARED"); base != "" {
		return need(t, filepath.Join(base, "data", path))
	}
	return need(t, filepath.Join(Root(t), "..", "shared", "data", path))
}

// Root returns the folder that holds go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

func need(t testing.TB, path string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Skipf("shared data is not here: %s", path)
	}
	return path
}

// Missing skips the test because something it needs is not installed, or
// fails it where HEED_TEST_ALL is set.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("HEED_TEST_ALL") != "" {
		t.Fatalf("%s is missing; `make test` installs it", what)
	}
	t.Skipf("%s is not installed; `make test` installs it", what)
}

// Slow leaves a test that takes seconds, or starts other programs, out of a
// quick look: with -short it is skipped, unless HEED_TEST_ALL is set.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() && os.Getenv("HEED_TEST_ALL") == "" {
		t.Skip("left to `make test`")
	}
}

// Chromium returns the path of an installed Chromium.
func Chromium(t testing.TB) string {
	t.Helper()
	Slow(t)
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, "Chromium")
	return ""
}

// Port returns a port of this machine that is free at the moment.
func Port(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
