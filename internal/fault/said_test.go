package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/heed-project/heed/internal/fault"
)

func TestSaid(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("submit report: %w", fault.Invalid("place", "say where")), "say where"},
		{fault.Invalid("situation", "%w", fault.NotFound("no such situation")), "no such situation"},
		{fault.WithHint(fault.Exists("there already"), "take another"), "there already"},
		{errors.New("broken"), "broken"},
	} {
		if got := fault.Said(c.err); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
