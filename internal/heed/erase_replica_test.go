package heed_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

// TestErasureReachesReplicas erases items of which a replica has copies: at once
// where it is reached, and as soon as it is where it was away. What lay beside
// them stays whole, here and there.
func TestErasureReachesReplicas(t *testing.T) {
	dir := t.TempDir()
	k := newKeeper(t, dir, "a")
	ctx := t.Context()
	var sources []evidence.Source
	for n := range 5 {
		text := fmt.Sprintf("secretname %d", n)
		sources = append(sources, evidence.Source{Name: text, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	_, err := k.AddEvidence(ctx, k.who, heed.EvidenceInput{Authority: "order", Marking: "AMBER"}, sources, nil)
	k.must(err)
	id, err := k.AddPerson(ctx, k.who, heed.PersonInput{Name: "Bo Berg", Role: "custodian"})
	k.must(err)
	bo := heed.Who{Person: id}
	place := filepath.Join(dir, "other.evidence")
	shelf, err := k.Shelf(ctx, place)
	k.must(err)
	_, _, err = k.Replicate(ctx, k.who, shelf)
	k.must(err)
	k.Close()
	c := settings(t, filepath.Join(dir, "a"), "")
	c.Evidence.Replicas = []string{place}
	k.Node, err = heed.OpenNode(ctx, c, heed.Opening{})
	k.must(err)
	last := k.Node
	t.Cleanup(func() { last.Close() })
	there := *c // the replica, read as the store of this node
	there.Blobs = filepath.Join(dir, "other")
	read := func() string {
		t.Helper()
		v, found, err := heed.RecoverEvidence(ctx, &there)
		k.must(err)
		for _, m := range found.Manifests {
			for _, i := range m.Items {
				kept, err := i.Kept()
				k.must(err)
				if err := v.Copy(ctx, io.Discard, kept); err != nil {
					t.Errorf("%s is not whole in the replica: %v", i.ID, err)
				}
			}
		}
		return fmt.Sprintf("%+v", found)
	}
	if said := read(); !strings.Contains(said, "secretname 1") {
		t.Fatalf("the replica says %s", said)
	}

	k.must(k.Erase(ctx, bo, "E-1.2", "order 7"))
	if said := read(); strings.Contains(said, "secretname 1") || !strings.Contains(said, "secretname 2") {
		t.Errorf("reached: the replica says %s", said)
	}
	kinds := func(id string) (out []string) {
		x, err := k.Item(ctx, k.who, id)
		k.must(err)
		for _, c := range x.Custody {
			out = append(out, c.Kind)
		}
		return out
	}
	if got := kinds("E-1.2"); !slices.Contains(got, "evidence.destroyed") {
		t.Errorf("its custody: %v", got)
	}

	away := place + ".away"
	k.must(os.Rename(place, away))
	for _, id := range []string{"E-1.3", "E-1.4"} { // of one segment, one after the other
		k.must(k.Erase(ctx, bo, id, "order 8"))
		if got := kinds(id); slices.Contains(got, "evidence.destroyed") {
			t.Errorf("away: the custody of %s is %v", id, got)
		}
	}
	if f, err := k.Fixity(ctx, k.who); err != nil || f.Owed != 2 {
		t.Errorf("away: %+v, %v", f, err)
	}
	if ids, err := k.FinishErasures(ctx, bo); err == nil || len(ids) > 0 {
		t.Errorf("away: %v, %v", ids, err)
	}
	os.RemoveAll(place) // what an empty folder, in the place of the disk, was made to
	k.must(os.Rename(away, place))
	ids, err := k.FinishErasures(ctx, bo)
	if err != nil || !slices.Equal(ids, []string{"E-1.3", "E-1.4"}) {
		t.Errorf("back: %v, %v", ids, err)
	}
	said := read()
	for n, want := range []bool{true, false, false, false, true} {
		if strings.Contains(said, fmt.Sprintf("secretname %d", n)) != want {
			t.Errorf("back: of item %d the replica says %s", n+1, said)
		}
	}
	if ids, err := k.FinishErasures(ctx, bo); err != nil || len(ids) > 0 {
		t.Errorf("once more: %v, %v", ids, err)
	}
	for _, id := range []string{"E-1.1", "E-1.5"} {
		var b bytes.Buffer
		if _, _, err := k.OpenEvidence(ctx, k.who, id, &b); err != nil || !strings.HasPrefix(b.String(), "secretname") {
			t.Errorf("%s: %q, %v", id, b.String(), err)
		}
	}
	r, err := k.Rebuild(ctx, k.who, nil)
	if err != nil || !r.Identical {
		t.Errorf("rebuild: %+v, %v", r, err)
	}
}
