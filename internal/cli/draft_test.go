package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDraft: a file that is not whole does not take the place of one that is.
func TestDraft(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		text, want string
		whole      bool
	}{{"good", "good", true}, {"half", "good", false}, {"better", "better", true}} {
		f, err := createIn(dir, "x.tar")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(c.text); err != nil {
			t.Fatal(err)
		}
		end := f.Discard
		if c.whole {
			end = f.Close
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "x.tar"))
		if err != nil || string(got) != c.want {
			t.Errorf("after %q: %q, %v", c.text, got, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".heed-*")); len(left) != 0 {
			t.Errorf("after %q there is %v", c.text, left)
		}
	}
}
