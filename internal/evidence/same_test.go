package evidence_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

// copies compares what items give with what they must.
func (r *room) copies(taken []evidence.Taken, want ...string) {
	r.T.Helper()
	for n, one := range taken {
		var b bytes.Buffer
		if err := r.Copy(r.T.Context(), &b, r.item(one.ID)); err != nil || b.String() != want[n] {
			r.T.Errorf("%s: %d bytes of %d, %v", one.ID, b.Len(), len(want[n]), err)
		}
	}
}

// TestTheSameFilesUnderOtherKeys takes the same files in before and after a
// custody key was added, and after another took its place: each item opens to
// the keys of its time, and none is damaged.
func TestTheSameFilesUnderOtherKeys(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		texts := []string{"one", strings.Repeat("large", 100_000), "three"}
		var all [][]evidence.Taken
		ids := []*age.HybridIdentity{nil, nil, nil}
		for n := range ids {
			if n > 0 {
				var err error
				if ids[n], err = age.GenerateHybridIdentity(); err != nil {
					t.Fatal(err)
				}
				if err := r.Vault().SetCustody([]string{ids[n].Recipient().String()}); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, r.take(texts...), r.take(texts...))
		}
		for n, taken := range all {
			r.copies(taken, texts...)
			if ids[n/2] == nil {
				continue
			}
			alone := vault.New(r.shelf, vault.Options{Identity: ids[n/2]})
			for m, one := range taken {
				var b bytes.Buffer
				k, err := r.item(one.ID).Kept()
				if err == nil {
					err = alone.Copy(t.Context(), &b, k)
				}
				if err != nil || b.String() != texts[m] {
					t.Errorf("%s, by the custodian of its time: %v", one.ID, err)
				}
			}
		}
		if a, b := r.item(all[0][1].ID).Place, r.item(all[1][1].ID).Place; a != b {
			t.Errorf("a large file is kept twice: %v, %v", a, b)
		}
		p, err := r.Prove(t.Context(), record.By{Person: "P-1", At: r.At}, evidence.Scrub{})
		if err != nil || p.Items != 18 || len(p.Damaged) != 0 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// eraser erases an item while it is read.
type eraser struct {
	io.Reader
	erase func() error
}

func (e *eraser) Read(p []byte) (int, error) {
	if e.erase != nil {
		if err := e.erase(); err != nil {
			return 0, err
		}
		e.erase = nil
	}
	return e.Reader.Read(p)
}

// TestErasedWhileTheSameIsTakenIn: whoever erases an item sees nothing of an
// intake of the same bytes that is going on. So that one is refused, and
// nothing of it is left; taken in again it is kept.
func TestErasedWhileTheSameIsTakenIn(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx, text := t.Context(), strings.Repeat("large", 100_000)
		by := record.By{Person: "P-1", At: r.At}
		first := r.take(text, "small")
		erase := func() error {
			if _, err := r.Plan(ctx, first[0].ID); err != nil {
				return err
			}
			return errors.Join(r.Erase(ctx, by, first[0].ID, "order 7"), r.Destroy(ctx, first[0].ID))
		}
		in := r.begin(evidence.IntakeInput{Authority: "order"})
		during := evidence.Source{Name: "again", Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(&eraser{strings.NewReader(text), erase}), nil
		}}
		taken, refused, err := r.Take(ctx, by, "Ana", in, []evidence.Source{during, text2source("beside", "beside")}, nil)
		if err != nil || len(taken) != 1 || len(refused) != 1 || !strings.Contains(refused[0].Error, "erased") || !strings.Contains(refused[0].Error, "again") {
			t.Fatalf("%+v taken, %+v refused, %v", taken, refused, err)
		}
		r.copies(taken, "beside")
		found, err := r.Vault().Recover(ctx)
		if err != nil || len(found.Unnamed)+len(found.Damaged) != 0 {
			t.Errorf("%v are left, %v, %v", found.Unnamed, found.Damaged, err)
		}
		for _, m := range found.Manifests {
			for _, i := range m.Items {
				if i.Name == "again" || i.ID == first[0].ID {
					t.Errorf("the store still names %s", i.ID)
				}
			}
		}
		after := r.take(text, text)
		r.copies(after, text, text)
		if a, b := r.item(after[0].ID).Place, r.item(after[1].ID).Place; a != b {
			t.Errorf("kept twice: %v, %v", a, b)
		}
		r.copies(first[1:], "small")
		if _, err := r.Prove(ctx, by, evidence.Scrub{}); err != nil {
			t.Error(err)
		}
		r.Silent(recordtest.Canary)
	})
}

// TestTakenInBeforeItWasErased: whoever has been acknowledged keeps the bytes.
func TestTakenInBeforeItWasErased(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx, text := t.Context(), strings.Repeat("large", 100_000)
		by := record.By{Person: "P-1", At: r.At}
		taken := r.take(text, text)
		if err := errors.Join(r.Erase(ctx, by, taken[0].ID, "order 7"), r.Destroy(ctx, taken[0].ID)); err != nil {
			t.Fatal(err)
		}
		r.copies(taken[1:], text)
		if err := r.Copy(ctx, io.Discard, r.item(taken[0].ID)); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("erased and given out: %v", err)
		}
	})
}

// TestASmallFileErasedWhileItIsTakenIn: a segment is nobody else's, and still what is
// being taken in of the same bytes does not outlive the erasure.
func TestASmallFileErasedWhileItIsTakenIn(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx, text := t.Context(), "a small one, and the same"
		first := r.take(text, "small")
		in := r.begin(evidence.IntakeInput{Authority: "order"})
		during := evidence.Source{Name: "again", Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(&eraser{strings.NewReader(text), func() error { r.erase(first[0].ID); return nil }}), nil
		}}
		taken, refused, err := r.Take(ctx, r.by(), "Ana", in, []evidence.Source{during, text2source("beside", "beside")}, nil)
		if err != nil || len(taken) != 1 || len(refused) != 1 || !strings.Contains(refused[0].Error, "erased") {
			t.Fatalf("%+v taken, %+v refused, %v", taken, refused, err)
		}
		r.copies(taken, "beside")
		if got := r.named(); len(got) != 2 || strings.Contains(strings.Join(got, " "), "again") {
			t.Errorf("the store names %q", got)
		}
		r.copies(r.take(text), text)
	})
}

// TestAnErasureReachesWhatWasCutShort: an intake that was killed before it was
// acknowledged left bytes and a list in the store, which a custodian can open. They go
// with the item that has the same bytes, here and in a replica; others stay.
func TestAnErasureReachesWhatWasCutShort(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx, large := t.Context(), strings.Repeat("large", 100_000)
		m := vault.Manifest{Node: r.Origin(), Intake: "IN-99", Part: 1, Authority: "killed"}
		var lost []vault.Kept
		seg, err := r.Vault().Segment(1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"small", "other"} {
			k, err := seg.Add([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			lost = append(lost, k)
		}
		k, err := r.Vault().Seal(ctx, strings.NewReader(large), int64(len(large)), 77)
		if err = errors.Join(err, seg.Keep(ctx)); err != nil {
			t.Fatal(err)
		}
		for n, k := range append(lost, k) {
			lost = append(lost[:n], k)
			m.Items = append(m.Items, vault.Listed{ID: "E-99." + strconv.Itoa(n+1), Seq: n + 1, Name: "killed", SHA256: k.Sum(), Size: k.Size, Place: k.Place})
		}
		if err := r.Vault().KeepManifest(ctx, m); err != nil {
			t.Fatal(err)
		}
		taken := r.take("small", large, "third")
		there, _ := r.replica()
		r.erase(taken[0].ID, "there")
		r.erase(taken[1].ID, "there")
		r.pay(there)
		for _, v := range []*vault.Vault{r.Vault(), there} {
			for n, stays := range []bool{false, true, false} {
				if r.whole(v, lost[n]) != stays {
					t.Errorf("what was cut short, %d: whole %v", n, !stays)
				}
			}
			f, err := v.Recover(ctx)
			if err != nil || len(f.Unnamed)+len(f.Damaged) > 0 {
				t.Errorf("%+v, %v", f, err)
			}
			var names []string
			for _, m := range f.Manifests {
				for _, i := range m.Items {
					names = append(names, i.ID)
				}
			}
			slices.Sort(names)
			if want := []string{"E-99.2", taken[2].ID}; len(names) != 2 || !slices.Contains(names, want[0]) || !slices.Contains(names, want[1]) {
				t.Errorf("the store names %q, not %q", names, want)
			}
		}
		r.Look(func(v *record.View) error {
			if n, err := evidence.Owed(v); n > 0 || err != nil {
				t.Errorf("%d are owed, %v", n, err)
			}
			return nil
		})
	})
}
