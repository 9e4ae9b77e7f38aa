package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
	"github.com/heed-project/heed/internal/testkit"
)

// replica is a second store with everything that the first has.
func (r *room) replica() (*vault.Vault, string) {
	r.T.Helper()
	dir := r.T.TempDir()
	shelf, err := blob.OpenShelf(r.T.Context(), blob.Source{URL: dir})
	if err != nil {
		r.T.Fatal(err)
	}
	v := r.Vault().On(shelf)
	if _, _, err := r.Vault().Replicate(r.T.Context(), v); err != nil {
		r.T.Fatal(err)
	}
	return v, dir
}

func (r *room) by() record.By { return record.By{Person: "P-1", At: r.At} }

// words destroys the words of an item, as the first half of an erasure does.
func (r *room) words(id string) {
	r.T.Helper()
	_, err := r.Plan(r.T.Context(), id)
	if err = errors.Join(err, r.Erase(r.T.Context(), r.by(), id, "order 7")); err != nil {
		r.T.Fatal(err)
	}
}

func (r *room) erase(id string, replicas ...string) {
	r.T.Helper()
	r.words(id)
	if err := r.Destroy(r.T.Context(), id, replicas...); err != nil {
		r.T.Fatal(err)
	}
}

func (r *room) pay(there *vault.Vault) {
	r.T.Helper()
	if _, err := r.PayReplicas(r.T.Context(), r.by(), func(context.Context, string) (*vault.Vault, error) { return there, nil }); err != nil {
		r.T.Fatal(err)
	}
}

func (r *room) kept(id string) vault.Kept {
	r.T.Helper()
	k, err := r.item(id).Kept()
	if err != nil {
		r.T.Fatal(err)
	}
	return k
}

// whole tells whether a vault gives what was kept, and all of it.
func (r *room) whole(v *vault.Vault, k vault.Kept) bool {
	return v.Copy(context.WithoutCancel(r.T.Context()), io.Discard, k) == nil
}

// flip spoils the bytes of an item in a folder.
func flip(t *testing.T, dir string, k vault.Kept) {
	t.Helper()
	path := filepath.Join(dir, k.Object[:2], k.Object)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[k.Offset+k.Length-3] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAnErasureLeavesWhatLiesBeside: whatever the store and its replica have
// lost of a segment, an erasure takes from either nothing but the item.
func TestAnErasureLeavesWhatLiesBeside(t *testing.T) {
	for name, harm := range map[string]func(*testing.T, string, vault.Kept){
		"whole":  func(*testing.T, string, vault.Kept) {},
		"lost":   func(_ *testing.T, dir string, k vault.Kept) { os.Remove(filepath.Join(dir, k.Object[:2], k.Object)) },
		"rotten": flip,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *room) {
				taken := r.take("one", "two", "three")
				there, _ := r.replica()
				first, second := r.kept(taken[0].ID), r.kept(taken[1].ID)
				harm(t, r.dir, second)
				r.erase(taken[0].ID, "there")
				r.pay(there)
				if !r.whole(there, second) || r.whole(there, first) || r.whole(r.Vault(), first) {
					t.Errorf("in the replica the neighbour %v, the erased %v; here %v", r.whole(there, second), r.whole(there, first), r.whole(r.Vault(), first))
				}
				if _, err := r.Prove(t.Context(), r.by(), evidence.Scrub{Replicas: []*vault.Vault{there}}); err != nil {
					t.Fatal(err)
				}
				r.copies(taken[1:], "two", "three")
				if r.whole(r.Vault(), first) {
					t.Error("what was erased came back from the replica")
				}
			})
		})
	}
}

// TestTwoErasuresInOneSegment: one broke off, another follows, the first is gone
// on with.
func TestTwoErasuresInOneSegment(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", "three")
		first, second := r.kept(taken[0].ID), r.kept(taken[1].ID)
		r.words(taken[0].ID)
		r.erase(taken[1].ID)
		if err := r.Destroy(t.Context(), taken[0].ID); err != nil {
			t.Fatal(err)
		}
		if r.whole(r.Vault(), first) || r.whole(r.Vault(), second) {
			t.Error("what was erased can be read")
		}
		r.copies(taken[2:], "three")
		r.Look(func(v *record.View) error {
			left, err := evidence.Planned(v)
			if len(left) > 0 {
				t.Errorf("still planned: %v", left)
			}
			return err
		})
	})
}

// TestErasedWhileItIsProved: a run that had listed the item takes it for no
// damage, and brings nothing of it back.
func TestErasedWhileItIsProved(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", "three", strings.Repeat("large", 100_000))
		there, _ := r.replica()
		old := []vault.Kept{r.kept(taken[1].ID), r.kept(taken[3].ID)}
		first := true
		p, err := r.Prove(t.Context(), r.by(), evidence.Scrub{Replicas: []*vault.Vault{there}, Told: func(string, error) {
			if first {
				first = false
				r.erase(taken[1].ID, "there")
				r.erase(taken[3].ID, "there")
			}
		}})
		if err != nil || len(p.Damaged)+len(p.Restored) > 0 {
			t.Errorf("%+v, %v", p, err)
		}
		for n, k := range old {
			if r.whole(r.Vault(), k) {
				t.Errorf("erased item %d can be read", n)
			}
		}
		r.pay(there)
		r.copies([]evidence.Taken{taken[0], taken[2]}, "one", "three")
	})
}

// TestRestoreTakesTheItemAlone: what is whole here is not replaced by what is
// damaged there.
func TestRestoreTakesTheItemAlone(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", "three")
		there, dir := r.replica()
		flip(t, r.dir, r.kept(taken[0].ID))
		flip(t, dir, r.kept(taken[1].ID))
		p, err := r.Prove(t.Context(), r.by(), evidence.Scrub{Replicas: []*vault.Vault{there}})
		if err != nil || len(p.Damaged) != 1 || len(p.Restored) != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		r.copies(taken, "one", "two", "three")
		// the head of the segment, on which all depends
		path := filepath.Join(r.dir, r.item(taken[0].ID).Place.Object[:2], r.item(taken[0].ID).Place.Object)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[200] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := evidence.New(r.Record, r.Vault().On(r.shelf)).Prove(t.Context(), r.by(), evidence.Scrub{Replicas: []*vault.Vault{there}}); err != nil {
			t.Fatal(err)
		}
		r.copies(taken, "one", "two", "three")
	})
}

// TestTheSameFileAgainReplacesNothing: a header made for a peer goes on fitting.
func TestTheSameFileAgainReplacesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		text := strings.Repeat("large", 100_000)
		id := r.take(text)[0].ID
		peer, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		head, err := r.Vault().Header(t.Context(), r.item(id).Place, peer.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		again := r.take(text)
		if r.item(again[0].ID).Place != r.item(id).Place {
			t.Error("it is kept twice")
		}
		f, _, err := r.Vault().Under(t.Context(), r.item(id).Place, head)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		plain, err := age.Decrypt(f, peer)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(plain); err != nil || string(b) != text {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
}

// TestTheSameFileAgainMends: where what is there is damaged, on a disk and in a
// bucket that writes once, what comes takes its place. Erasing works there too.
func TestTheSameFileAgainMends(t *testing.T) {
	b := testkit.S3(t)
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		src := blob.Source{URL: "s3+" + b.Endpoint + "/" + b.Name, AccessKey: b.AccessKey, SecretKey: b.SecretKey, Region: "us-east-1"}
		shelf, err := blob.OpenShelf(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		r := &room{n, evidence.New(n.Record, vault.New(shelf, options(n.Keys()))), shelf, b.Dir}
		text := strings.Repeat("large", 100_000)
		one := r.take(text)
		flip(t, b.Dir, r.kept(one[0].ID))
		if r.whole(r.Vault(), r.kept(one[0].ID)) {
			t.Fatal("nothing was spoiled")
		}
		two := r.take(text)
		r.copies(append(one, two...), text, text)
		small := r.take("one", "two")
		k := r.kept(small[0].ID)
		r.erase(small[0].ID)
		r.copies(small[1:], "two")
		if r.whole(r.Vault(), k) {
			t.Error("what was erased can be read")
		}
	}, evidence.Module())
}

// TestAManifestThatCannotBeRead: the erasure does not count as done while the
// name may still stand there.
func TestAManifestThatCannotBeRead(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", "three")
		segment, manifest := r.item(taken[0].ID).Place.Object, ""
		if err := r.shelf.List(t.Context(), func(name string, _ int64) error {
			if name != segment {
				manifest = filepath.Join(r.dir, name[:2], name)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(manifest)
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(manifest, data[:100], 0o600)
		r.words(taken[0].ID)
		if err := r.Destroy(t.Context(), taken[0].ID); err == nil || !strings.Contains(err.Error(), taken[0].ID) {
			t.Errorf("destroyed: %v", err)
		}
		os.WriteFile(manifest, data, 0o600)
		if err := r.Destroy(t.Context(), taken[0].ID); err != nil {
			t.Fatal(err)
		}
		found, err := r.Vault().Recover(t.Context())
		if err != nil || len(found.Manifests) != 1 || len(found.Manifests[0].Items) != 2 || len(found.Unnamed)+len(found.Damaged) > 0 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

// TestAManifestKeepsItsKeys: what an erasure writes anew opens to the keys of its
// time, and to no others.
func TestAManifestKeepsItsKeys(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		var ids []*age.HybridIdentity
		for range 2 {
			id, err := age.GenerateHybridIdentity()
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		custody := func(n int) {
			if err := r.Vault().SetCustody([]string{ids[n].Recipient().String()}); err != nil {
				t.Fatal(err)
			}
		}
		custody(0)
		taken := r.take("one", "two", "three")
		custody(1)
		r.erase(taken[0].ID)
		for n, want := range []int{2, 0} {
			v := vault.New(r.shelf, vault.Options{Identity: ids[n]})
			f, err := v.Recover(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			whole := 0
			for _, m := range f.Manifests {
				for _, i := range m.Items {
					var b bytes.Buffer
					if k, err := i.Kept(); err == nil && v.Copy(t.Context(), &b, k) == nil {
						whole++
					}
				}
			}
			if whole != want {
				t.Errorf("custodian %d gets back %d, not %d", n, whole, want)
			}
		}
		r.copies(taken[1:], "two", "three")
	})
}

// TestWhatBoundAnErasedOriginalBindsItsCopies: permissions go from the original
// to its copies before its words go, and what is on them already stays.
func TestWhatBoundAnErasedOriginalBindsItsCopies(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		derive := func(from, text string) string {
			s := text2source("copy", text)
			s.From, s.How, s.Tool = from, "transcript", "by ear"
			taken, _, err := r.Take(t.Context(), r.by(), "Ana", r.begin(evidence.IntakeInput{Authority: "x"}), []evidence.Source{s}, nil)
			if err != nil || len(taken) != 1 {
				t.Fatal(err)
			}
			return taken[0].ID
		}
		original := r.take("one")[0].ID
		copied := derive(original, "transcript of one")
		copies := []string{copied, derive(copied, "translation of one")}
		permit := func(id string, p consent.Permission) {
			p.Given, p.To, p.In, p.Onward = recordtest.Start, []string{consent.Any}, []string{consent.Any}, consent.NotOnward
			r.Must("P-1", func(tx *record.Tx) error { _, err := evidence.Permit(tx, id, p); return err })
		}
		permit(original, consent.Permission{ID: "CO-1", For: []consent.Purpose{consent.Trial}, Withdrawals: []consent.Withdrawal{{At: recordtest.Start}}})
		permit(original, consent.Permission{ID: "CO-2", For: []consent.Purpose{consent.Analysis}})
		permit(copied, consent.Permission{ID: "CO-2", For: []consent.Purpose{consent.Trial, consent.Analysis}})
		decided := func() (out []string) {
			r.Look(func(v *record.View) error {
				for _, id := range copies {
					all, err := evidence.Permissions(v, id)
					if err != nil {
						return err
					}
					for _, purpose := range []consent.Purpose{consent.Trial, consent.Analysis} {
						u := consent.Use{For: purpose, By: consent.Party{Name: "court"}, In: "NLD", Death: consent.DeathExcluded, At: recordtest.Start.Add(time.Hour)}
						out = append(out, fmt.Sprint(id, purpose, len(all), consent.DecideAll(all, u).Permitted, consent.DecideKept(all, u).Permitted))
					}
				}
				return nil
			})
			return out
		}
		before := decided()
		if strings.Contains(strings.Join(before, " "), "true") {
			t.Fatalf("permitted though it was withdrawn: %v", before)
		}
		r.Must("P-1", func(tx *record.Tx) error { return evidence.Erasing(tx, original) })
		r.erase(original)
		if after := decided(); !slices.Equal(before, after) {
			t.Errorf("before %v, after %v", before, after)
		}
		for _, id := range copies {
			n := 0
			r.Look(func(v *record.View) error {
				all, err := evidence.Permissions(v, id)
				for _, p := range all {
					if p.ID == "erased" {
						n++
					}
				}
				return err
			})
			if n > 0 {
				t.Errorf("%s is under %d permissions that nobody knows", id, n)
			}
		}
		r.Sound()
	})
}

// TestWhatNobodyKnowsPermitsNothing: of an original that was erased without its
// permissions being passed on.
func TestWhatNobodyKnowsPermitsNothing(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		original := r.take("one")[0].ID
		s := text2source("copy", "transcript of one")
		s.From, s.How, s.Tool = original, "transcript", "by ear"
		taken, _, err := r.Take(t.Context(), r.by(), "Ana", r.begin(evidence.IntakeInput{Authority: "x"}), []evidence.Source{s}, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := consent.Permission{ID: "CO-1", Given: recordtest.Start, For: []consent.Purpose{consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.NotOnward}
		r.Must("P-1", func(tx *record.Tx) error { _, err := evidence.Permit(tx, original, p); return err })
		r.erase(original)
		r.Look(func(v *record.View) error {
			all, err := evidence.Permissions(v, taken[0].ID)
			if u := (consent.Use{For: consent.Trial, By: consent.Party{Name: "court"}, In: "NLD", Death: consent.DeathExcluded, At: recordtest.Start.Add(time.Hour)}); len(all) != 1 || consent.DecideAll(all, u).Permitted {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}
