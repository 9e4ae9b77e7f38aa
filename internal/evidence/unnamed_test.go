package evidence_test

import (
	"bytes"
	"io"
	"slices"
	"strconv"
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

// TestErasedAmongMany: what is taken in while the last of many equal items is erased is
// refused, as it is where there are few.
func TestErasedAmongMany(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		same := make([]string, 1001)
		for n := range same {
			same[n] = "the same"
		}
		last := slices.MaxFunc(r.take(same...), func(a, b evidence.Taken) int { return int(a.Entry - b.Entry) }).ID
		in := r.begin(evidence.IntakeInput{Authority: "x"})
		taken, refused, err := r.Take(t.Context(), r.by(), "Ana", in, []evidence.Source{{Name: "a", Size: 8, Open: func() (io.ReadCloser, error) {
			r.erase(last)
			return io.NopCloser(strings.NewReader("the same")), nil
		}}}, nil)
		if err != nil || len(taken) != 0 || len(refused) != 1 {
			t.Errorf("taken %+v, refused %+v, %v", taken, refused, err)
		}
	})
}

// TestUnplannedBesideAnErasure: of two erasures of one item at once, the one that finds
// it gone does not make the other forget what is still to be destroyed.
func TestUnplannedBesideAnErasure(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		film := strings.Repeat("film", 100_000)
		left := r.left(film)
		r.erase(r.take("one")[0].ID) // so that it shares nothing with what was left
		id := r.take(film)[0].ID
		other, err := r.Plan(t.Context(), id)
		if err != nil || other == 0 {
			t.Fatal(other, err)
		}
		r.words(id)
		if err := r.Unplan(t.Context(), id, other); err != nil { // it finds it gone
			t.Fatal(err)
		}
		r.Look(func(v *record.View) error {
			ids, err := evidence.Planned(v)
			if len(ids) != 1 {
				t.Errorf("planned are %q", ids)
			}
			return err
		})
		if err := r.Destroy(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if r.whole(r.Vault(), left) {
			t.Error("what was left unnamed can be read after the erasure")
		}
	})
}

// TestUnnamedWhileItIsReplicated: a file that nothing names, and that a copier held in
// its hands as it was erased, does not stay in the replica.
func TestUnnamedWhileItIsReplicated(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		film := strings.Repeat("film", 100_000)
		left := r.left(film)
		r.erase(r.take("one")[0].ID)
		id := r.take(film)[0].ID
		var from int64
		r.Look(func(v *record.View) (err error) { from, err = v.Size(); return err })
		late, _ := r.replica()
		r.erase(id)
		if !r.whole(late, left) {
			t.Fatal("the replica has not what is to be destroyed")
		}
		if err := evidence.DestroyAgain(t.Context(), r.Desk, late, from); err != nil {
			t.Fatal(err)
		}
		if r.whole(late, left) {
			t.Error("the replica has what was erased")
		}
	})
}

// TestAcknowledgedInWhatWasPlanned: an item that is acknowledged in a file after it was
// planned to go, for nothing named it then, keeps its bytes.
func TestAcknowledgedInWhatWasPlanned(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		film := bytes.Repeat([]byte("film"), 100_000)
		r.left(string(film))
		first := r.take(string(film))[0].ID
		r.erase(r.take("one")[0].ID)
		r.left(string(film)) // of now: what is taken in next has its name
		if _, err := r.Plan(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		second := r.take(string(film))[0].ID
		r.erase(first)
		if !r.whole(r.Vault(), r.kept(second)) {
			t.Error("the bytes of " + strconv.Quote(second) + " are gone")
		}
	})
}
