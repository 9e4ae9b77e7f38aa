package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func options(k *keys.Keys) vault.Options {
	return vault.Options{Identity: k.Custody(), Name: func(s string) string { return k.Blind("vault", s) }}
}

// room is a desk with a vault in a folder.
type room struct {
	*recordtest.Node
	*evidence.Desk
	shelf *blob.Shelf
	dir   string
}

func each(t *testing.T, f func(*testing.T, *room)) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		dir := t.TempDir()
		shelf, err := blob.OpenShelf(t.Context(), blob.Source{URL: dir})
		if err != nil {
			t.Fatal(err)
		}
		f(t, &room{n, evidence.New(n.Record, vault.New(shelf, options(n.Keys()))), shelf, dir})
	}, evidence.Module())
}

func (r *room) begin(in evidence.IntakeInput) (out evidence.Intake) {
	r.T.Helper()
	r.Must("P-1", func(tx *record.Tx) (err error) { out, err = r.Begin(tx, in); return err })
	return out
}

// take takes texts in, as small files, and one large one where it is long.
func (r *room) take(texts ...string) []evidence.Taken {
	r.T.Helper()
	in := r.begin(evidence.IntakeInput{Authority: "provisional " + recordtest.Canary})
	var sources []evidence.Source
	for i, text := range texts {
		sources = append(sources, text2source(fmt.Sprintf("%s-%d.txt", recordtest.Canary, i), text))
	}
	taken, refused, err := r.Take(r.T.Context(), record.By{Person: "P-1", At: r.At}, "Ana", in, sources, nil)
	if err != nil || len(refused) > 0 || len(taken) != len(texts) {
		r.T.Fatalf("%d taken, %v refused, %v", len(taken), refused, err)
	}
	return taken
}

func text2source(name, text string) evidence.Source {
	return evidence.Source{Name: name, Path: "/card/" + name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

func (r *room) item(id string) (i evidence.Item) {
	r.T.Helper()
	r.Look(func(v *record.View) (err error) { i, err = evidence.Get(v, id); return err })
	return i
}

func TestTakeAndOpen(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		long := strings.Repeat("long ", 200_000)
		taken := r.take("one", long, "", "one")
		if taken[0].ID != "E-1.1" || taken[3].ID != "E-1.4" || taken[3].SHA256 != taken[0].SHA256 {
			t.Fatalf("%+v", taken)
		}
		for n, want := range []string{"", "", "", "E-1.1"} {
			if taken[n].SameAs != want {
				t.Errorf("%s is said to be the same as %q, not %q", taken[n].ID, taken[n].SameAs, want)
			}
		}
		if again := r.take("two", "one", "two", "one"); again[0].SameAs != "" || again[1].SameAs != "E-1.1" || again[2].SameAs != again[0].ID || again[3].SameAs != "E-1.1" {
			t.Errorf("%+v", again)
		}
		if taken[0].SHA256 != "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed" {
			t.Errorf("sha256 of one is %s", taken[0].SHA256)
		}
		for n, want := range []string{"one", long, "", "one"} {
			i := r.item(taken[n].ID)
			if i.Size != int64(len(want)) || i.Intake != "IN-1" || i.Marking != "AMBER+STRICT" || i.State != evidence.Unreviewed {
				t.Errorf("%+v", i)
			}
			r.Must("P-2", func(tx *record.Tx) error {
				e, err := evidence.Open(tx, i.ID, "to test "+recordtest.Canary)
				if err == nil && e.Kind != "evidence.opened" {
					err = fmt.Errorf("opened by %s", e.Kind)
				}
				return err
			})
			var b bytes.Buffer
			if err := r.Copy(t.Context(), &b, i); err != nil || b.String() != want {
				t.Errorf("%s: %d bytes, %v", i.ID, b.Len(), err)
			}
		}
		if err := r.Try("P-2", func(tx *record.Tx) error { _, err := evidence.Open(tx, "E-1.1", " "); return err }); fault.Field(err) != "purpose" {
			t.Errorf("opened without a purpose: %v", err)
		}
		if err := r.Try("P-2", func(tx *record.Tx) error { _, err := evidence.Open(tx, "E-9.1", "x"); return err }); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("opened what is not there: %v", err)
		}
		if err := r.Try("P-2", func(tx *record.Tx) error { _, err := r.Begin(tx, evidence.IntakeInput{}); return err }); fault.Field(err) != "authority" {
			t.Errorf("began without an authority: %v", err)
		}
	})
}

func TestWhatCannotBeReadKeepsNothingElseOut(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		in := r.begin(evidence.IntakeInput{Authority: "x"})
		broken := func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("abc"), errReader{})), nil
		}
		sources := []evidence.Source{
			text2source("a", "a"),
			{Name: "gone", Path: filepath.Join(t.TempDir(), "gone"), Size: 3},
			{Name: "broken", Size: 3, Open: broken},
			{Name: "broken-large", Size: -1, Open: broken},
			{Name: "", Size: 3},
			{Name: "grown", Size: 3, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(make([]byte, 400_000))), nil }},
			text2source("z", "z"),
		}
		taken, refused, err := r.Take(t.Context(), record.By{Person: "P-1", At: r.At}, "Ana", in, sources, nil)
		if err != nil || len(taken) != 3 || len(refused) != 4 {
			t.Fatalf("taken %+v, refused %+v, %v", taken, refused, err)
		}
		var left []evidence.Source
		r.Look(func(v *record.View) (err error) { left, err = r.Remaining(v, in.ID, sources[:1]); return err })
		if len(left) != 0 {
			t.Errorf("%v is said to remain", left)
		}
		more, _, err := r.Take(t.Context(), record.By{Person: "P-1", At: r.At}, "Ana", in, []evidence.Source{text2source("later", "later")}, nil)
		if err != nil || more[0].ID != "E-1.8" { // places that were not used are missing
			t.Errorf("%+v, %v", more, err)
		}
	})
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("the card was pulled out") }

func TestHandling(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.take("one")[0].ID
		r.Must("P-1", func(tx *record.Tx) error { _, err := evidence.SetMarking(tx, id, "RED", "names a source"); return err })
		r.Must("P-1", func(tx *record.Tx) error { return evidence.Attach(tx, id, evidence.Link{Kind: "case", To: "C-1"}) })
		r.Must("P-1", func(tx *record.Tx) error { return evidence.Attach(tx, id, evidence.Link{Kind: "case", To: "C-1"}) })
		if err := r.Try("P-1", func(tx *record.Tx) error { return evidence.Attach(tx, id, evidence.Link{Kind: "pocket", To: "C-1"}) }); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("linked to a pocket: %v", err)
		}
		r.Must("P-1", func(tx *record.Tx) error { _, err := evidence.Hold(tx, id, "H-1", "order 7", "trial"); return err })
		if i := r.item(id); i.Marking != "RED" || i.Holds != 1 || len(i.To("case")) != 1 {
			t.Errorf("%+v", i)
		}
		if err := r.Try("P-1", func(tx *record.Tx) error { _, err := evidence.Hold(tx, id, "H-1", "order 7", "trial"); return err }); fault.KindOf(err) != fault.KindExists {
			t.Errorf("held twice under one name: %v", err)
		}
		r.Must("P-2", func(tx *record.Tx) error {
			_, err := evidence.Release(tx, id, "H-1", "order 9", "acquitted")
			return err
		})
		if err := r.Try("P-2", func(tx *record.Tx) error { _, err := evidence.Release(tx, id, "H-1", "", "again"); return err }); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("released twice: %v", err)
		}
		if err := r.Try("P-1", func(tx *record.Tx) error { _, err := evidence.Review(tx, id, evidence.Reviewed, ""); return err }); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("reviewed by the one who took it: %v", err)
		}
		r.Must("P-2", func(tx *record.Tx) error { _, err := evidence.Review(tx, id, evidence.Reviewed, "sound"); return err })
		r.Look(func(v *record.View) error {
			f, err := evidence.Facets(v, evidence.Filter{})
			if err != nil || f["state"][evidence.Reviewed] != 1 || f["case"]["C-1"] != 1 || f["marking"]["RED"] != 1 {
				t.Errorf("%v, %v", f, err)
			}
			h, err := v.History(id)
			if err != nil || len(h) != 6 {
				t.Errorf("%d entries in its custody, %v", len(h), err)
			}
			for _, e := range h {
				if _, err := evidence.Tell(v, id, e); err != nil {
					t.Error(err)
				}
			}
			return nil
		})
	})
}

// TestPermissionsDecideUse: nobody's permission is none, and each that is put
// on an item must permit the use.
func TestPermissionsDecideUse(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.take("one")[0].ID
		use := consent.Use{For: consent.Trial, By: consent.Party{Name: "court"}, In: "NLD", Death: consent.DeathExcluded, At: recordtest.Start.Add(time.Hour)}
		allowed := func() (d consent.Decision) {
			r.Look(func(v *record.View) error {
				all, err := evidence.Permissions(v, id)
				d = consent.DecideAll(all, use)
				return err
			})
			return d
		}
		if allowed().Permitted {
			t.Error("permitted by nobody")
		}
		p := consent.Permission{ID: "CO-1", Given: recordtest.Start, For: []consent.Purpose{consent.Trial}, To: []string{consent.Any}, In: []string{consent.Any}, NoDeath: true, Onward: consent.NotOnward}
		r.Must("P-1", func(tx *record.Tx) error { _, err := evidence.Permit(tx, id, p); return err })
		if d := allowed(); !d.Permitted {
			t.Errorf("refused: %s", d)
		}
		use.Death = consent.DeathPossible
		if allowed().Permitted {
			t.Error("permitted where a death sentence is possible")
		}
		use.Death = consent.DeathExcluded
		p.Withdrawals = []consent.Withdrawal{{At: recordtest.Start}}
		r.Must("P-1", func(tx *record.Tx) error { _, err := evidence.Permit(tx, id, p); return err })
		if allowed().Permitted {
			t.Error("permitted after it was withdrawn")
		}
	})
}

// TestDamageIsFoundAndMended flips a bit in each kind of object.
func TestDamageIsFoundAndMended(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := r.take("one", "two", strings.Repeat("x", 300_000))
		by := record.By{Person: "P-1", At: r.At}
		p, err := r.Prove(t.Context(), by, evidence.Scrub{})
		if err != nil || p.Items != 3 || len(p.Damaged) != 0 || p.Left != 0 || p.Entry == 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		shelf, err := blob.OpenShelf(t.Context(), blob.Source{URL: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		replica := r.Vault().On(shelf)
		if n, _, err := r.Vault().Replicate(t.Context(), replica); err != nil || n != 4 { // a segment, a file, two manifests
			t.Fatalf("%d objects, %v", n, err)
		}
		for _, one := range taken[1:] {
			path := filepath.Join(r.dir, r.item(one.ID).Place.Object[:2], r.item(one.ID).Place.Object)
			b, _ := os.ReadFile(path)
			b[len(b)-20] ^= 4
			os.WriteFile(path, b, 0o600)
		}
		var b bytes.Buffer
		if err := r.Copy(t.Context(), &b, r.item(taken[1].ID)); !errors.Is(err, vault.ErrDamaged) {
			t.Errorf("a damaged item was read: %v", err)
		}
		p, err = r.Prove(t.Context(), by, evidence.Scrub{})
		if err != nil || len(p.Damaged) != 2 || len(p.Restored) != 0 || !r.item(taken[2].ID).Damaged {
			t.Fatalf("%+v, %v", p, err)
		}
		p, err = r.Prove(t.Context(), by, evidence.Scrub{Replicas: []*vault.Vault{replica}})
		if err != nil || len(p.Restored) != 2 || r.item(taken[2].ID).Damaged || r.item(taken[1].ID).Damaged {
			t.Fatalf("%+v, %v", p, err)
		}
		r.Look(func(v *record.View) error {
			f, err := evidence.FixityOf(v)
			if err != nil || f.Items != 3 || f.Never != 0 || f.Damaged != 0 || f.Oldest.IsZero() {
				t.Errorf("%+v, %v", f, err)
			}
			return err
		})
	})
}

func TestProofIsResumable(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.take(strings.Repeat("a", 1000), strings.Repeat("b", 1000), strings.Repeat("c", 1000), strings.Repeat("d", 1000))
		now, total := time.Now().Add(time.Hour), 0
		for run := 0; ; run++ {
			p, err := r.Prove(t.Context(), record.By{Person: "P-1", At: r.At}, evidence.Scrub{Most: 1500, Before: now})
			if err != nil || run > 3 {
				t.Fatalf("%+v, %v", p, err)
			}
			if total += p.Items; p.Left == 0 || run == 1 {
				if total != 4 || run != 1 || p.Items != 2 {
					t.Errorf("%d items in %d runs", total, run+1)
				}
				return
			}
		}
	})
}

// TestEndCounts: what came in several steps is counted as a whole.
func TestEndCounts(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		in := r.begin(evidence.IntakeInput{Authority: "order 7"})
		by := record.By{Person: "P-1", At: r.At}
		for _, text := range []string{"one", "three"} {
			if _, _, err := r.Take(t.Context(), by, "Ana", in, []evidence.Source{text2source(text, text)}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.End(t.Context(), by, in, 0); err != nil {
			t.Fatal(err)
		}
		r.Look(func(v *record.View) error {
			all, err := v.History(in.ID)
			if err != nil {
				return err
			}
			var said struct {
				ID                    string
				Items, Bytes, Refused int
			}
			last := all[len(all)-1]
			if err := last.Decode(&said); err != nil || last.Kind != "evidence.intake-ended" || said.Items != 2 || said.Bytes != 8 {
				t.Errorf("%s says %+v, %v", last.Kind, said, err)
			}
			return nil
		})
	})
}
