package example_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/heed-project/heed/example"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/heed"
)

// present is the end of the exercise in these tests, a Wednesday.
var present = time.Date(2026, 6, 17, 10, 30, 0, 0, time.UTC)

// played is a fresh node with the exercise on it.
func played(t testing.TB, seed int64) (*heed.Node, example.Summary) {
	t.Helper()
	c, err := conf.Load(map[string]string{"dir": filepath.Join(t.TempDir(), "node"), "exercise": "true"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := heed.MakeNode(t.Context(), c, example.Agency, heed.Opening{FoundedAt: example.Founded(present), Clock: func() time.Time { return present }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	sum, err := example.Build(t.Context(), n.Heed, example.Options{Seed: seed, Now: present})
	if err != nil {
		t.Fatal(err)
	}
	return n, sum
}

func TestBuild(t *testing.T) {
	start := time.Now()
	_, sum := played(t, 1)
	t.Logf("%+v in %v", sum, time.Since(start))
}
