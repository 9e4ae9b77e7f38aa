package heed_test

import (
	"testing"
	"time"
)

// TestWhoGetsARoleIsOnTheBoard: an administrator can make themself custodian,
// and the others see it.
func TestWhoGetsARoleIsOnTheBoard(t *testing.T) {
	w := newWorld(t, "")
	admin := w.people["administrator"].Person
	w.must(w.GiveRole(t.Context(), w.as("administrator"), admin, "custodian", "", time.Time{}, time.Time{}))
	for _, role := range []string{"director", "analyst", "custodian"} {
		b, err := w.Board(t.Context(), w.as(role))
		w.must(err)
		if len(b.Changes) == 0 || b.Changes[0].Kind != "party.role-granted" || b.Changes[0].Subject != admin || b.Changes[0].Note != "Ana "+named+": custodian" {
			t.Errorf("the %s sees %+v", role, b.Changes)
		}
	}
}
