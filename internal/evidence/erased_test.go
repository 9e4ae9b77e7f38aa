package evidence_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// TestNothingIsSaidOfWhatIsErased: what a child reads may come after the item is
// gone. It would stand there under a new key.
func TestNothingIsSaidOfWhatIsErased(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.take("one")[0].ID
		r.erase(id)
		for name, say := range map[string]func(*record.Tx) error{
			"reading": func(tx *record.Tx) error {
				_, err := evidence.PutReading(tx, id, reading.Reading{Kind: "pdf", Text: recordtest.Canary})
				return err
			},
			"finding": func(tx *record.Tx) error { _, err := evidence.Judged(tx, id, judge.Finding{}); return err },
			"permission": func(tx *record.Tx) error {
				_, err := evidence.Permit(tx, id, consent.Permission{ID: "CO-1", For: []consent.Purpose{consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.NotOnward})
				return err
			},
			"any": func(tx *record.Tx) error { return evidence.There(tx.View, id) },
		} {
			if err := r.Try("P-1", say); fault.KindOf(err) != fault.KindStale || !strings.Contains(err.Error(), "erased") {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.Look(func(v *record.View) error {
			x, err := evidence.ReadingOf(v, id)
			if x != nil {
				t.Errorf("%+v", x)
			}
			return err
		})
	})
}

// TestTwoFilesOfOneNameAndSize: the second is not added to what came of the first.
func TestTwoFilesOfOneNameAndSize(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		parts, err := blob.Open(t.Context(), blob.Source{URL: t.TempDir(), Key: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		in := r.begin(evidence.IntakeInput{Authority: "x"})
		begin := func(modified time.Time) evidence.Upload {
			u, err := r.BeginUpload(t.Context(), in.ID, "P-1", evidence.File{Name: "film.mp4", Size: 10, Modified: modified})
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		u := begin(recordtest.Start)
		if _, err := r.AddPart(t.Context(), parts, u.ID, "P-1", 0, strings.NewReader("AAAAAA")); err != nil {
			t.Fatal(err)
		}
		if w := begin(recordtest.Start.Add(time.Hour)); w.ID == u.ID || w.Have != 0 {
			t.Errorf("%+v goes on with %+v", w, u)
		}
		if w := begin(recordtest.Start); w.ID != u.ID || w.Have != 6 {
			t.Errorf("%+v does not go on with %+v", w, u)
		}
		if w := begin(time.Time{}); w.Have != 0 || begin(time.Time{}).ID == w.ID {
			t.Errorf("%+v is gone on with though nobody said when it was modified", w)
		}
	})
}

// TestTwoTakeIntoOneIntakeAtOnce: each file has a number of its own, in the record
// and in the store.
func TestTwoTakeIntoOneIntakeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		in := r.begin(evidence.IntakeInput{Authority: "x"})
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				text := strings.Repeat(strconv.Itoa(n), 400_000)
				taken, refused, err := r.Take(t.Context(), r.by(), "Ana", in, []evidence.Source{text2source("file"+strconv.Itoa(n), text)}, nil)
				if err != nil || len(taken) != 1 || len(refused) > 0 {
					t.Errorf("%d: %+v, %+v, %v", n, taken, refused, err)
				}
			})
		}
		all.Wait()
		found, err := r.Vault().Recover(t.Context())
		if err != nil || len(found.Manifests) != 4 || len(found.Unnamed) > 0 {
			t.Fatalf("%+v, %v", found, err)
		}
		names := map[string]string{}
		for _, m := range found.Manifests {
			for _, i := range m.Items {
				if was, is := names[i.ID]; is {
					t.Errorf("the store calls %s and %s %s", was, i.Name, i.ID)
				}
				if names[i.ID] = i.Name; r.item(i.ID).Name != i.Name {
					t.Errorf("%s is %s in the record and %s in the store", i.ID, r.item(i.ID).Name, i.Name)
				}
			}
		}
	})
}

// TestHeldAsItIsTakenIn: a hold that comes with an item is put on in the transaction by
// which the item is taken in, before the next one is.
func TestHeldAsItIsTakenIn(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		in := r.begin(evidence.IntakeInput{Authority: "x"})
		first, second := text2source("a", "a"), text2source("b", "b")
		first.Holds = []evidence.Held{{ID: "HOLD-1", Entry: 7, Reason: evidence.Reason{Reason: "the trial", Authority: "letter 12"}}, {Entry: 9}}
		first.HeldAt = "node A"
		taken, refused, err := r.Take(t.Context(), r.by(), "Ana", in, []evidence.Source{first, second}, nil)
		if err != nil || len(refused) > 0 || len(taken) != 2 {
			t.Fatalf("%+v, %+v, %v", taken, refused, err)
		}
		r.Look(func(v *record.View) error {
			for n, kind := range []string{"evidence.taken", "evidence.held", "evidence.held", "evidence.taken"} {
				if e, err := v.Entry(taken[0].Entry + int64(n)); err != nil || e.Kind != kind {
					t.Errorf("entry %d is %s, %v", e.Index, e.Kind, err)
				}
			}
			if err := evidence.MayErase(v, taken[0].ID); fault.KindOf(err) != fault.KindDenied || !strings.Contains(err.Error(), "HOLD-1, hold of entry 9") {
				t.Errorf("held: %v", err)
			}
			if err := evidence.MayErase(v, taken[1].ID); err != nil {
				t.Errorf("not held: %v", err)
			}
			return nil
		})
	})
}
