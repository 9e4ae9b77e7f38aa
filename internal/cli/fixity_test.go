package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/cli"
	faces "github.com/heed-project/heed/internal/serve"
	"github.com/heed-project/heed/internal/testkit"
)

// TestAServedNodeFindsDamage damages a file behind the back of a node that is
// then served, without a replica and with one.
func TestAServedNodeFindsDamage(t *testing.T) {
	testkit.Slow(t)
	root := t.TempDir()
	dir, replica := filepath.Join(root, "node"), filepath.Join(root, "replica")
	heed := func(args ...string) (code int, out, said string) {
		var stdout, stderr bytes.Buffer
		code = cli.Run(t.Context(), append(args, "--dir", dir), &stdout, &stderr, nil)
		return code, stdout.String(), stderr.String()
	}
	must := func(args ...string) string {
		t.Helper()
		code, out, said := heed(args...)
		if code != 0 {
			t.Fatalf("%v: %s", args, said)
		}
		return out
	}
	file := filepath.Join(root, "large.txt")
	if err := os.WriteFile(file, bytes.Repeat([]byte("0123456789abcdef"), 40000), 0o600); err != nil { // an object of its own
		t.Fatal(err)
	}
	must("init", "--agency", "Office", "--admin", "Ana Lima")
	must("evidence", "add", file, "--authority", "order", "--no-judge")
	must("evidence", "replicate", replica)
	flipLargest(t, filepath.Join(dir, "blobs.evidence"))

	// served runs the node until a look at what is damaged says what it must.
	served := func(want func(string) bool) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan int, 1)
		go func() {
			done <- cli.Run(ctx, []string{"serve", "--dir", dir, "--addr", "127.0.0.1:0"}, &bytes.Buffer{}, &bytes.Buffer{}, faces.Faces)
		}()
		seen := ""
		for range 600 {
			if seen = must("evidence", "list", "--damaged"); want(seen) {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		stop()
		<-done
		if !want(seen) {
			t.Errorf("damaged are: %q", seen)
		}
	}
	served(func(list string) bool { return strings.Contains(list, "E-1.1") })
	out := filepath.Join(root, "out")
	if code, _, said := heed("evidence", "get", "E-1.1", "--purpose", "x", "--out", out); code == 0 || !strings.Contains(said, "found damaged") || !strings.Contains(said, "hint:") {
		t.Errorf("what is damaged was given out: %d %s", code, said)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was left")
	}
	if shown := must("evidence", "show", "E-1.1"); !strings.Contains(shown, "evidence.damaged") {
		t.Errorf("its custody does not say so:\n%s", shown)
	}

	// within the month it is not read again by itself: somebody names a replica
	must("evidence", "verify", "--replica", replica)
	must("evidence", "get", "E-1.1", "--purpose", "x", "--out", out)
	if shown := must("evidence", "show", "E-1.1"); !strings.Contains(shown, "evidence.restored") {
		t.Errorf("its custody does not say so:\n%s", shown)
	}

	// what is damaged as it is opened is kept apart from then on
	flipLargest(t, filepath.Join(dir, "blobs.evidence"))
	os.Remove(out)
	if code, _, said := heed("evidence", "get", "E-1.1", "--purpose", "x", "--out", out); code == 0 {
		t.Errorf("opened: %s", said)
	}
	if list := must("evidence", "list", "--damaged"); !strings.Contains(list, "E-1.1") {
		t.Errorf("damaged are: %q", list)
	}
	t.Setenv("HEED_EVIDENCE_REPLICAS", replica)
	served(func(list string) bool { return !strings.Contains(list, "E-1.1") })
	must("evidence", "get", "E-1.1", "--purpose", "x", "--out", out)
}

// flipLargest changes a byte in the middle of the largest file of a folder.
func flipLargest(t *testing.T, dir string) {
	t.Helper()
	largest, size := "", int64(0)
	err := filepath.Walk(dir, func(path string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() && i.Size() > size {
			largest, size = path, i.Size()
		}
		return err
	})
	if err != nil || largest == "" {
		t.Fatal(largest, err)
	}
	b, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.Chmod(largest, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(largest, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
