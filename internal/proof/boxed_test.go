package proof_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/box"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/testkit"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == box.Command {
		os.Exit(box.Main(os.Args[2:], map[string]box.Task{proof.TaskName: proof.Task}))
	}
	os.Exit(m.Run())
}

// TestBoxed: the child finds what its parent would, and a child that is ended is
// an answer.
func TestBoxed(t *testing.T) {
	path := filepath.Join(testkit.Shared(t, "evidence/c2pa"), "adobe-20220124-CA.jpg")
	f, err := proof.Boxed(context.Background(), proof.Job{File: path, Now: opts.Now}, time.Minute)
	if err != nil || f.Kind != "c2pa" || f.Integrity != judge.Good || f.File != path {
		t.Fatalf("%+v %v", f, err)
	}
	if f, err := proof.Boxed(context.Background(), proof.Job{File: path, Now: opts.Now}, time.Nanosecond); err != nil || f.Integrity != judge.Unknown {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := proof.Boxed(context.Background(), proof.Job{File: path + "x", Now: opts.Now}, time.Minute); err == nil {
		t.Error("a file that is not there was judged")
	}
	if _, err := proof.Boxed(context.Background(), proof.Job{File: path, Keys: []byte("x"), Now: opts.Now}, time.Minute); err == nil {
		t.Error("keys that are none were taken")
	}
}
