package evidence_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/record"
)

// manifests returns the paths of the manifests of the store.
func (r *room) manifests() (paths []string) {
	r.T.Helper()
	err := r.Vault().Manifests(r.T.Context(), func(name string, m *vault.Manifest, err error) error {
		if m != nil {
			paths = append(paths, filepath.Join(r.dir, name[:2], name))
		}
		return err
	})
	if err != nil {
		r.T.Fatal(err)
	}
	return paths
}

// named returns what the store alone says of its items: id, name and place in order.
func (r *room) named() (all []string) {
	r.T.Helper()
	f, err := r.Vault().Recover(r.T.Context())
	if err != nil {
		r.T.Fatal(err)
	}
	for _, m := range f.Manifests {
		for _, i := range m.Items {
			k, err := i.Kept()
			if err != nil || !r.whole(r.Vault(), k) {
				r.T.Errorf("%s is not whole: %v", i.ID, err)
			}
			all = append(all, strings.Join([]string{m.Intake, m.Authority, m.Marking, m.By, i.ID, i.Name, i.SHA256}, " "))
		}
	}
	return all
}

func (r *room) compared(s evidence.Scrub) evidence.Manifests {
	r.T.Helper()
	p, err := r.Prove(r.T.Context(), r.by(), s)
	if err != nil {
		r.T.Fatal(err)
	}
	if p.Manifests == nil {
		return evidence.Manifests{Written: -1}
	}
	return *p.Manifests
}

// TestTheStoreKeepsItsManifests: what a custodian recovers from the store alone is proved
// like the items are, and written anew where it was lost or has rotted.
func TestTheStoreKeepsItsManifests(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.take("one", "two", strings.Repeat("large", 100_000))
		r.take("four", "five")
		before := r.named()
		began := db.Now()
		if got := r.compared(evidence.Scrub{}); got.Written != 0 || len(before) != 5 {
			t.Fatalf("of a whole store %+v; it names %q", got, before)
		}
		if got := r.compared(evidence.Scrub{Before: began}); got.Written != -1 {
			t.Errorf("compared before it was due: %+v", got)
		}
		for _, path := range r.manifests() {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.compared(evidence.Scrub{}); got.Written != 5 || len(got.Damaged) != 0 {
			t.Errorf("without lists: %+v", got)
		}
		if after := r.named(); !slices.Equal(before, after) {
			t.Errorf("the store names\n%q, not\n%q", after, before)
		}
		rotten := r.manifests()[0]
		b, err := os.ReadFile(rotten)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-5] ^= 1
		if err := os.WriteFile(rotten, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := r.compared(evidence.Scrub{}); got.Written == 0 || len(got.Damaged) != 1 || !strings.Contains(got.Damaged[0], filepath.Base(rotten)[:12]) {
			t.Errorf("with a rotten list: %+v", got)
		}
		after := r.named()
		slices.Sort(after)
		slices.Sort(before)
		if !slices.Equal(before, after) {
			t.Errorf("the store names\n%q, not\n%q", after, before)
		}
		r.Look(func(v *record.View) error {
			f, err := evidence.FixityOf(v)
			if err != nil || f.Manifests.Before(began) {
				t.Errorf("%+v, %v", f, err)
			}
			return nil
		})
	})
}

// TestAnErasedNameIsStruck: a list that came back, out of a copy of the folder say,
// does not bring back the name of what was erased.
func TestAnErasedNameIsStruck(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", "three")
		path := r.manifests()[0]
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r.erase(taken[1].ID)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := r.compared(evidence.Scrub{}); got.Struck != 1 || got.Written != 0 {
			t.Errorf("%+v", got)
		}
		if all := strings.Join(r.named(), "\n"); strings.Contains(all, taken[1].ID) || !strings.Contains(all, taken[0].ID) || !strings.Contains(all, taken[2].ID) {
			t.Errorf("the store names %s", all)
		}
	})
}

// TestErasuresAtOnce: several items of one list are erased at the same time, and none
// of the others writes its name back.
func TestErasuresAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", "three", "four", "five", "six")
		for _, x := range taken[1:] {
			r.words(x.ID)
		}
		var all sync.WaitGroup
		for _, x := range taken[1:] {
			all.Go(func() {
				if err := r.Destroy(t.Context(), x.ID); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := r.named(); len(got) != 1 || !strings.Contains(got[0], taken[0].ID) {
			t.Errorf("the store names %q", got)
		}
	})
}

// TestErasedWhileItIsReplicated: what was read before an erasure and written after it
// does not stay in the replica.
func TestErasedWhileItIsReplicated(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", strings.Repeat("large", 100_000))
		var from int64
		r.Look(func(v *record.View) (err error) { from, err = v.Size(); return err })
		late, _ := r.replica() // as what the copier holds in its hands
		gone := []vault.Kept{r.kept(taken[1].ID), r.kept(taken[2].ID)}
		r.erase(taken[1].ID)
		r.erase(taken[2].ID)
		if !r.whole(late, gone[0]) || !r.whole(late, gone[1]) {
			t.Fatal("the replica has not what is to be destroyed")
		}
		if err := evidence.DestroyAgain(t.Context(), r.Desk, late, from); err != nil {
			t.Fatal(err)
		}
		f, err := late.Recover(t.Context())
		if err != nil || len(f.Manifests) != 1 || len(f.Manifests[0].Items) != 1 || len(f.Unnamed) > 0 {
			t.Errorf("%+v, %v", f, err)
		}
		if r.whole(late, gone[0]) || r.whole(late, gone[1]) || !r.whole(late, r.kept(taken[0].ID)) {
			t.Error("the replica has what was erased, or has lost what was not")
		}
	})
}

// TestResumedAfterAnErasure: going on with an intake does not take in again what was
// erased of it.
func TestResumedAfterAnErasure(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		dir := t.TempDir()
		for _, name := range []string{"a", "b", "c"} {
			if err := os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte(name), 100), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		sources, _ := evidence.Walk([]string{dir})
		var in evidence.Intake
		r.Must("P-1", func(tx *record.Tx) (err error) {
			in, err = r.Begin(tx, evidence.IntakeInput{Authority: "order"})
			return err
		})
		taken, refused, err := r.Take(t.Context(), r.by(), "Ana", in, sources[:2], nil)
		if err != nil || len(refused) > 0 {
			t.Fatal(refused, err)
		}
		r.erase(taken[0].ID)
		r.Look(func(v *record.View) error {
			left, err := r.Remaining(v, in.ID, sources)
			if err != nil || len(left) != 1 || filepath.Base(left[0].Path) != "c" {
				t.Errorf("%+v, %v", left, err)
			}
			return nil
		})
	})
}

// TestAManifestThatRotsAgain: what fixity wrote is proved as what was there.
func TestAManifestThatRotsAgain(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.take("one", "two", "three")
		for n := range 4 {
			path := r.good()
			if len(path) == 0 {
				t.Fatalf("round %d: the store has no list that can be read", n)
			}
			for _, p := range path {
				b, err := os.ReadFile(p)
				if err != nil {
					t.Fatal(err)
				}
				b[len(b)-5] ^= 1
				if err := os.WriteFile(p, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := r.compared(evidence.Scrub{})
			f, err := r.Vault().Recover(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			items := 0
			for _, m := range f.Manifests {
				items += len(m.Items)
			}
			if got.Written != 3 || items != 3 {
				t.Errorf("round %d: said that %d were written, the store names %d of 3", n, got.Written, items)
			}
		}
	})
}

// TestALateManifestIsStruck: an intake that had read a file writes its list after the file was
// erased, and is killed before its entry. Fixity finds it.
func TestALateManifestIsStruck(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		x := r.take("the secret text")
		sum := x[0].SHA256
		r.erase(x[0].ID) // while an intake has read the same file
		seg, err := r.Vault().Segment(1000)
		if err != nil {
			t.Fatal(err)
		}
		k, err := seg.Add([]byte("the secret text"))
		if err != nil {
			t.Fatal(err)
		}
		if err := seg.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		err = r.Vault().KeepManifest(t.Context(), vault.Manifest{Node: r.Record.Origin(), Intake: "IN-77", Part: 1, At: time.Now(), Authority: "x", Items: []vault.Listed{{ID: "E-77.1", Seq: 1, Name: "secret name", SHA256: sum, Size: 15, Place: k.Place}}})
		if err != nil { // and killed
			t.Fatal(err)
		}
		r.compared(evidence.Scrub{})
		if r.whole(r.Vault(), k) {
			t.Error("its bytes are in the store still")
		}
		f, err := r.Vault().Recover(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s := fmt.Sprint(f.Manifests); strings.Contains(s, "secret name") {
			t.Error("its name is in the store still")
		}
	})
}

// good are the manifests that can be read.
func (r *room) good() (paths []string) {
	_ = r.Vault().Manifests(r.T.Context(), func(name string, m *vault.Manifest, err error) error {
		if err == nil && m != nil {
			paths = append(paths, r.dir+"/"+name[:2]+"/"+name)
		}
		return nil
	})
	return paths
}
