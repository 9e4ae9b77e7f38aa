package cli

import (
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/heed"
)

// TestSuccessorsStandInOrder: a plan that is read twice is the same text.
func TestSuccessorsStandInOrder(t *testing.T) {
	for range 20 {
		var b strings.Builder
		tellCloseout(&b, heed.Closeout{BySuccessor: map[string]int{"Court": 1, "Archive": 2, "Museum": 3, "Zoo": 4}})
		said := b.String()
		at := strings.Index(said, "Archive")
		for _, name := range []string{"Court", "Museum", "Zoo"} {
			next := strings.Index(said, name)
			if next < at {
				t.Fatalf("%s does not stand in its place:\n%s", name, said)
			}
			at = next
		}
	}
}
