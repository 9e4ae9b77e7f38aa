package heed_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// TestWithdrawnBesideTheErased: a consent is taken back wherever it stands, though an item
// that carried it was erased, and on the copies of that too.
func TestWithdrawnBesideTheErased(t *testing.T) {
	k := newKeeper(t, t.TempDir(), "a")
	k.mandate("MLD", route("Court", heed.Card{}))
	k.take(5, "M-1") // CON-1 is on each
	ctx := t.Context()
	src := func(text string) evidence.Source {
		return evidence.Source{Name: "a.txt", Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	made, err := k.DeriveEvidence(ctx, k.who, "E-1.2", heed.Made{How: "transcript", Tool: "ear", File: src("heard")})
	k.must(err)
	second, err := k.AddPerson(ctx, k.who, heed.PersonInput{Name: "Bo Berg", Role: "custodian"})
	k.must(err)
	k.must(k.Erase(ctx, heed.Who{Person: second, Purpose: "she asked for it"}, "E-1.2", "order 7"))
	if n, err := k.WithdrawConsent(ctx, k.who, "CON-1", []string{"E-1.1", "E-1.2"}); n != 0 || fault.KindOf(err) != fault.KindStale || !strings.Contains(err.Error(), "E-1.2 was erased") {
		t.Errorf("on an item that was erased: %d, %v", n, err)
	}
	if n, err := k.WithdrawConsent(ctx, k.who, "CON-1", []string{"E-1.1", "E-1.1"}); n != 1 || err != nil {
		t.Errorf("on one that is named twice: %d, %v", n, err)
	}
	if n, err := k.WithdrawConsent(ctx, k.who, "CON-1", nil); n != 4 || err != nil { // three and the copy
		t.Errorf("on all: %d, %v", n, err)
	}
	for _, id := range []string{"E-1.1", "E-1.3", "E-1.4", "E-1.5", made.ID} {
		x, err := k.Item(ctx, k.who, id)
		k.must(err)
		if !slices.ContainsFunc(x.Permissions, func(p consent.Permission) bool { return p.ID == "CON-1" && len(p.Withdrawals) == 1 }) {
			t.Errorf("%s: %+v", id, x.Permissions)
		}
	}
}
