package heed_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// stampAll has everything stamped that an authority has not stamped.
func (k *keeper) stampAll(url string) heed.Stamped {
	k.t.Helper()
	if url != "" {
		k.must(k.AddStampAuthority(k.t.Context(), k.who, url, stamp.RFC3161, false))
	}
	out, err := k.StampEvidence(k.t.Context(), k.who)
	if err != nil || len(out.Failed) > 0 {
		k.t.Fatalf("%+v, %v", out, err)
	}
	return out
}

// TestTimeStampsGoAlong hands stamped items from A to B to C. Each has the stamps of those
// before, keeps them alive when their certificates end, and gives them out in a form that
// sha256sum and openssl check; so does a copy for a court.
func TestTimeStampsGoAlong(t *testing.T) {
	testkit.Slow(t)
	dir, ctx, began := t.TempDir(), t.Context(), time.Now()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	soon, caSoon := authority(t, "60")
	late, _ := authority(t, "3000")
	var all []evidence.Source
	for _, text := range []string{"one", "two", "three"} {
		all = append(all, evidence.Source{Name: text + ".txt", Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	out, err := a.AddEvidence(ctx, a.who, heed.EvidenceInput{Authority: "order", Marking: "AMBER"}, all, nil)
	a.must(err)
	for _, x := range out.Items {
		a.permit(x.ID, permission("CON-1", nil))
	}
	a.stampAll(soon)
	a.must(a.Erase(ctx, a.second(), out.Items[1].ID, "order 7"))
	file, err := a.hand("ab", b, out.Items[0].ID, out.Items[2].ID)
	a.must(err)
	b.receive(file, "", nil)
	before := func(k *keeper, item string) []heed.Before {
		t.Helper()
		x, err := k.Item(ctx, k.who, item)
		k.must(err)
		s, err := k.StampsOf(ctx, k.who, x.Intake)
		k.must(err)
		return s.Before
	}
	got := before(b, "E-1.1")
	if len(got) != 1 || got[0].Node != a.Origin() || got[0].Intake != out.Intake || len(got[0].Words) != 2 || len(got[0].Stamps) == 0 {
		t.Fatalf("B has the stamps of %d intakes", len(got))
	}
	first := len(got[0].Stamps)
	if n := b.stampAll(late); n.Renewed != 1 { // the last of the chain, which ends soon
		t.Errorf("of %d stamps that came, %d were renewed", first, n.Renewed)
	}
	got = before(b, "E-1.1")
	if len(got[0].Stamps) != first+1 || got[0].Stamps[first].Renews != got[0].Stamps[first-1].Entry {
		t.Errorf("%d stamps, then %d", first, len(got[0].Stamps))
	}
	files, err := got[0].Files(func(id string) string { return "../" + id })
	b.must(err)
	for _, f := range files {
		put(t, filepath.Join(dir, "proofs", "before", f.Name), f.Data)
	}
	for _, w := range got[0].Words {
		put(t, filepath.Join(dir, "proofs", w.Here), []byte(map[string]string{"E-1.1": "one", "E-1.2": "three"}[w.Here]))
	}
	checked(t, filepath.Join(dir, "proofs", "before"), caSoon, 2)

	var z bytes.Buffer
	x, err := b.ExportZip(ctx, b.who, heed.ExportInput{Items: []string{"E-1.2"}, Agency: "B"}, &z)
	b.must(err)
	r, err := zip.NewReader(bytes.NewReader(z.Bytes()), int64(z.Len()))
	b.must(err)
	for _, f := range r.File {
		in, err := f.Open()
		b.must(err)
		data, err := io.ReadAll(in)
		b.must(err)
		put(t, filepath.Join(dir, f.Name), data)
	}
	checked(t, filepath.Join(dir, x.ID, "metadata/time/before-1"), caSoon, 1)

	file, err = b.hand("bc", c, "E-1.2")
	b.must(err)
	c.receive(file, "", nil)
	if got := before(c, "E-1.1"); len(got) != 2 || got[0].Node != a.Origin() || got[1].Node != b.Origin() || len(got[0].Stamps) != first+1 || len(got[0].Words) != 1 || len(got[1].Words) != 1 {
		t.Errorf("C has the stamps of %d intakes", len(got))
	}
	custody, err := c.Item(ctx, c.who, "E-1.1")
	c.must(err)
	if n := len(slices.DeleteFunc(custody.Custody, func(e heed.Custody) bool { return e.Kind != "stamp.kept" })); n != first+2 {
		t.Errorf("the custody shows %d stamps", n)
	}
	file, err = c.hand("court", nil, "E-1.1")
	c.must(err)
	opts := bundle.Options{Time: map[string]func(token, about []byte) (string, error){bundle.RFC3161: stamp.Holds(stamp.RFC3161)}}
	report, err := bundle.VerifyFile(os.DirFS(dir), filepath.Base(file), opts)
	c.must(err)
	if said := report.String(); report.Stamped != 2 || !slices.ContainsFunc([]time.Time{began, time.Now()}, func(day time.Time) bool { // a midnight may be in between
		return strings.Contains(said, out.Intake+" of "+a.Origin()+": there on "+day.UTC().Format("2 January 2006"))
	}) || !strings.Contains(said, "states test TSA") {
		t.Errorf("%d stamped:\n%s", report.Stamped, said)
	}
	for _, k := range []*keeper{a, b, c} {
		if again, err := k.Rebuild(ctx, k.who, nil); err != nil || !again.Identical {
			t.Errorf("rebuilt: %+v, %v", again, err)
		}
	}
}
