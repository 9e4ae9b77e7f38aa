package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestKindSurvivesWrapping(t *testing.T) {
	for _, tt := range []struct {
		err  error
		kind Kind
	}{
		{NotFound("no warning %s", "W-9"), KindNotFound},
		{Exists("x"), KindExists},
		{Invalid("level", "is %d", 9), KindInvalid},
		{Denied("x"), KindDenied},
		{Stale("x"), KindStale},
		{Late("x"), KindLate},
		{errors.New("disk on fire"), KindOther},
	} {
		wrapped := fmt.Errorf("issue warning: %w", WithHint(tt.err, "look at the list"))
		if got := KindOf(wrapped); got != tt.kind {
			t.Errorf("%v: kind %v, want %v", wrapped, got, tt.kind)
		}
		if Hint(wrapped) != "look at the list" {
			t.Errorf("%v: hint lost", wrapped)
		}
	}
	if got := Field(fmt.Errorf("x: %w", Invalid("level", "no"))); got != "level" {
		t.Errorf("field %q", got)
	}
	if WithHint(nil, "x") != nil || KindOf(nil) != KindOther || Hint(nil) != "" {
		t.Error("nil is not a fault")
	}
}
