package blob_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/testkit"
)

// TestMain lets the test binary be the process that TestKilled kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HEED_TEST_BLOB_WRITER"); dir != "" {
		writer(dir)
	}
	os.Exit(m.Run())
}

// writer puts blobs for ever and names each one that is acknowledged.
func writer(dir string) {
	s, err := blob.Open(context.Background(), blob.Source{URL: dir, Key: key})
	for err == nil {
		data := make([]byte, 1+rand.IntN(300_000))
		rand.NewChaCha8([32]byte{byte(rand.Int()), byte(rand.Int()), byte(rand.Int()), byte(rand.Int())}).Read(data)
		var ref blob.Ref
		if ref, err = s.Put(context.Background(), bytes.NewReader(data)); err == nil {
			fmt.Println(ref)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKilled kills a process that puts blobs. Every blob that was acknowledged
// is there, and whatever is there is whole.
func TestKilled(t *testing.T) {
	testkit.Slow(t)
	dir := t.TempDir()
	acknowledged := 0
	for round := range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "HEED_TEST_BLOB_WRITER="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var names []string
		lines := bufio.NewScanner(out)
		after := 1 + rand.IntN(20)
		for lines.Scan() {
			names = append(names, lines.Text())
			if len(names) == after {
				time.Sleep(time.Duration(rand.IntN(int(5 * time.Millisecond))))
				cmd.Process.Kill()
			}
		}
		cmd.Wait() // it was killed
		if len(names) < after {
			t.Fatalf("round %d: the writer ended by itself after %d blobs", round, len(names))
		}
		acknowledged += len(names)
		s := open(t, blob.Source{URL: dir, Key: key})
		for _, name := range names {
			sum, err := blob.ParseSum(name)
			if err == nil {
				err = blob.Verify(t.Context(), s, sum)
			}
			if err != nil {
				t.Errorf("round %d: acknowledged %s: %v", round, name, err)
			}
		}
		if err := s.List(t.Context(), func(r blob.Ref) error { return blob.Verify(t.Context(), s, r.SHA256) }); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
	t.Logf("%d blobs were acknowledged", acknowledged)
}
