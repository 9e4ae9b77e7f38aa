package visit

import (
	"testing"

	"github.com/heed-project/heed/internal/fault"
)

// A page gives hints in words, never a command or its flags.
func TestHintsOfPagesNameNoCommands(t *testing.T) {
	for hint, want := range map[string]string{
		"heed import ged FILE brings events": "", "adopt one with: heed protocol adopt FILE": "", "move it away, or name another with --keys-file": "",
		"mend the table, or register another analysis with the condition sex=m": "mend the table, or register another analysis with the condition sex=m",
		"name a measure, or give the seats as a file":                           "name a measure, or give the seats as a file",
	} {
		if got := hintOf(fault.WithHint(fault.Invalid("x", "no"), hint)); got != want {
			t.Errorf("%q: %q", hint, got)
		}
	}
}
