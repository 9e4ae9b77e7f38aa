package evidence_test

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/record"
)

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
