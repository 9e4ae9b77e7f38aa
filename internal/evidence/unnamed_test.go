package evidence_test

import (
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/record"
)

// left seals a text as an intake does that is killed before it names it.
func (r *room) left(text string) vault.Kept {
	r.T.Helper()
	var erased int64
	r.Look(func(v *record.View) (err error) { erased, err = v.Erasures(); return err })
	k, err := r.Vault().Seal(r.T.Context(), strings.NewReader(text), int64(len(text)), erased)
	if err != nil {
		r.T.Fatal(err)
	}
	return k
}

// custody puts custody keys in force and out of force, on record and in the vault.
func (r *room) custody(add, end string) {
	r.T.Helper()
	r.Must("P-1", func(tx *record.Tx) (err error) {
		if add != "" {
			_, err = evidence.SetCustodian(tx, add, "P-1")
		}
		if err == nil && end != "" {
			_, err = evidence.EndCustodian(tx, end, "she left")
		}
		return err
	})
	r.Look(func(v *record.View) error {
		all, err := evidence.Custodians(v)
		var keys []string
		for _, c := range all {
			keys = append(keys, c.Recipient)
		}
		if err != nil {
			return err
		}
		return r.Vault().SetCustody(keys)
	})
}

// TestAnErasureReachesWhatNothingNames: files that killed intakes left unnamed, under
// keys and erasures of other days, go with the item of the same bytes, here and in a
// replica. Other bytes stay, and so does what is taken in afterwards.
func TestAnErasureReachesWhatNothingNames(t *testing.T) {
	var ids []string
	for range 2 {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id.Recipient().String())
	}
	each(t, func(t *testing.T, r *room) {
		film, other := strings.Repeat("film", 100_000), strings.Repeat("else", 100_000)
		stays := r.left(other)
		gone := []vault.Kept{r.left(film)}
		r.custody(ids[0], "")
		gone = append(gone, r.left(film))
		r.custody(ids[1], "")
		gone = append(gone, r.left(film))
		r.custody("", ids[0])
		gone = append(gone, r.left(film))
		r.erase(r.take("one")[0].ID)
		first := r.take(film)[0].ID // shares nothing with what comes after the next erasure
		r.erase(r.take("two")[0].ID)
		gone = append(gone, r.left(film))
		second := r.take("three", film)[1].ID
		there, _ := r.replica()

		mine, err := r.Plan(t.Context(), first)
		if err != nil || mine == 0 {
			t.Fatal(mine, err)
		}
		if err := r.Unplan(t.Context(), first, mine); err != nil { // it was refused
			t.Fatal(err)
		}
		for n, k := range gone {
			if !r.whole(r.Vault(), k) {
				t.Fatalf("what was left unnamed, %d, went before anything was erased", n)
			}
		}
		gone = append(gone, r.kept(first))
		kept := r.kept(second)
		r.erase(first, "there")
		r.pay(there)
		for _, v := range []*vault.Vault{r.Vault(), there} {
			for n, k := range gone {
				if k.Object == kept.Object {
					continue // the second item lies in it
				}
				if r.whole(v, k) {
					t.Errorf("%d can be read after the erasure", n)
				}
			}
			if !r.whole(v, stays) || !r.whole(v, kept) {
				t.Errorf("of other bytes %v is left, of another item %v", r.whole(v, stays), r.whole(v, kept))
			}
		}
		r.words(second)
		again := r.take(film)[0].ID // taken in between the erasure and the destruction
		if err := r.Destroy(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		if r.whole(r.Vault(), kept) || !r.whole(r.Vault(), r.kept(again)) {
			t.Errorf("the erased is left: %v; what came after it: %v", r.whole(r.Vault(), kept), r.whole(r.Vault(), r.kept(again)))
		}
	})
}
