package heed_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// TestAnErasedItemIsGone: under a hold it is not; without one its words and its
// bytes are destroyed, in the store and in its manifests, and so are those of a
// large file. What lay beside it stays, and the record verifies.
func TestAnErasedItemIsGone(t *testing.T) {
	dir := t.TempDir()
	k := newKeeper(t, dir, "a")
	ctx := t.Context()
	source := func(name, text string) evidence.Source {
		return evidence.Source{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	large := strings.Repeat("a large one. ", 1<<17)
	first := []evidence.Source{source("one.txt", "first"), source("secretname.txt", "second"), source("three.txt", "third"), source("large.bin", large)}
	out, err := k.AddEvidence(ctx, k.who, heed.EvidenceInput{Authority: "order", Marking: "AMBER"}, first, nil)
	k.must(err)
	ids := map[string]string{}
	for n, x := range out.Items {
		ids[first[n].Name] = x.ID
	}
	open := func(id string) (string, error) {
		var b bytes.Buffer
		who := k.who
		who.Purpose = "to check"
		_, _, err := k.OpenEvidence(ctx, who, id, &b)
		return b.String(), err
	}
	id, err := k.AddPerson(ctx, k.who, heed.PersonInput{Name: "Bo Berg", Role: "custodian"})
	k.must(err)
	other := heed.Who{Person: id, Purpose: "the hold has ended"}
	gone, beside := ids["secretname.txt"], ids["three.txt"]
	k.must(k.HoldEvidence(ctx, k.who, []string{gone}, "HOLD-9", "the court", "pending"))
	if err := k.Erase(ctx, other, gone, "order 7"); fault.KindOf(err) != fault.KindDenied || !strings.Contains(err.Error(), "HOLD-9") {
		t.Fatalf("erased under a hold: %v", err)
	}
	if text, err := open(gone); err != nil || text != "second" {
		t.Fatalf("after a refused erasure: %q, %v", text, err)
	}
	before, err := k.Item(ctx, k.who, gone)
	k.must(err)
	k.must(k.ReleaseEvidence(ctx, other, gone, "HOLD-9", "the court"))
	for _, id := range []string{gone, ids["large.bin"]} {
		k.must(k.Erase(ctx, other, id, "order 7"))
		if text, err := open(id); fault.KindOf(err) != fault.KindNotFound || text != "" {
			t.Errorf("%s can be opened: %d bytes, %v", id, len(text), err)
		}
		if err := k.Erase(ctx, other, id, "again"); err == nil {
			t.Errorf("%s is erased twice", id)
		}
	}
	for name, want := range map[string]string{"one.txt": "first", "three.txt": "third"} {
		if text, err := open(ids[name]); err != nil || text != want {
			t.Errorf("%s, which lay beside it: %q, %v", name, text, err)
		}
	}
	k.storeLacks(settings(t, filepath.Join(dir, "a"), ""), gone, "secretname", before.SHA256)

	x, err := k.Item(ctx, k.who, gone)
	if err != nil || !x.Erased || x.Name != "" || x.SHA256 != "" {
		t.Errorf("the page of it: %+v, %v", x.Item, err)
	}
	last := x.Custody[len(x.Custody)-1]
	if last.Kind != "record.erased" || last.By != other.Person || len(x.Custody) < len(before.Custody)+2 {
		t.Errorf("its custody ends with %+v, %d events", last, len(x.Custody))
	}
	if y, err := k.Item(ctx, k.who, beside); err != nil || len(y.Custody) != 2 { // taken in, opened above
		t.Errorf("the other: %+v, %v", y.Custody, err)
	}
	p, err := k.ProveEvidence(ctx, other, evidence.Scrub{}, nil)
	if err != nil || p.Items != 2 || len(p.Damaged) != 0 {
		t.Errorf("fixity: %+v, %v", p, err)
	}
	// the same files again are items of their own, whole
	again, err := k.AddEvidence(ctx, k.who, heed.EvidenceInput{Authority: "order", Marking: "AMBER"}, first, nil)
	k.must(err)
	for n, i := range again.Items {
		want := []string{"first", "second", "third", large}[n]
		if text, err := open(i.ID); err != nil || text != want {
			t.Errorf("%s taken in again: %d bytes, %v", i.ID, len(text), err)
		}
	}
}

// storeLacks reads the store with the node's keys: nothing names the item.
func (k *keeper) storeLacks(c *conf.Config, id string, words ...string) {
	k.t.Helper()
	v, found, err := heed.RecoverEvidence(k.t.Context(), c)
	k.must(err)
	if v == nil || len(found.Damaged) > 0 || len(found.Unnamed) > 0 || len(found.Manifests) == 0 {
		k.t.Errorf("the store: %d manifests, %v, %v", len(found.Manifests), found.Damaged, found.Unnamed)
	}
	for _, m := range found.Manifests {
		for _, i := range m.Items {
			kept, err := i.Kept()
			k.must(err)
			if err := v.Copy(k.t.Context(), io.Discard, kept); err != nil {
				k.t.Errorf("%s cannot be recovered: %v", i.ID, err)
			}
		}
	}
	for _, w := range append(words, id+`"`) {
		if strings.Contains(fmt.Sprintf("%+v", found), w) {
			k.t.Errorf("the store says %s", w)
		}
	}
}

const eraseChild = "HEED_TEST_ERASE"

// TestEraseChild is the process that is killed.
func TestEraseChild(t *testing.T) {
	dir, rest, ok := strings.Cut(os.Getenv(eraseChild), "|")
	if !ok {
		return
	}
	person, item, _ := strings.Cut(rest, "|")
	c, err := conf.Load(map[string]string{"dir": filepath.Join(dir, "a"), "url": "http://localhost:8080"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := heed.OpenNode(context.Background(), c, heed.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	if err := n.Erase(context.Background(), heed.Who{Person: person}, item, "order 7"); err != nil {
		t.Fatal(err)
	}
}

// TestKilledWhileErasing kills an erasure at other moments each time: bytes are
// never gone without the entry that says so, and what is left of them goes when
// it is gone on with. What lay beside them stays.
func TestKilledWhileErasing(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts and kills processes")
	}
	dir := t.TempDir()
	k := newKeeper(t, dir, "a")
	ctx := t.Context()
	var sources []evidence.Source
	for n := range 7 {
		text := fmt.Sprintf("secretname %d", n)
		sources = append(sources, evidence.Source{Name: text, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	_, err := k.AddEvidence(ctx, k.who, heed.EvidenceInput{Authority: "order", Marking: "AMBER"}, sources, nil)
	k.must(err)
	id, err := k.AddPerson(ctx, k.who, heed.PersonInput{Name: "Bo Berg", Role: "custodian"})
	k.must(err)
	c := settings(t, filepath.Join(dir, "a"), "")
	gone := map[int]bool{}
	for n := range 6 {
		k.Close()
		item := fmt.Sprintf("E-1.%d", n+1)
		cmd := exec.Command(os.Args[0], "-test.run=^TestEraseChild$", "-test.v")
		cmd.Env = append(os.Environ(), eraseChild+"="+dir+"|"+id+"|"+item)
		out, err := cmd.StdoutPipe()
		k.must(err)
		stuck := filepath.Join(dir, "a", "blobs.evidence", "00", strings.Repeat("0", 64))
		if n == 5 {
			k.must(os.MkdirAll(filepath.Dir(stuck), 0o700))
			k.must(syscall.Mkfifo(stuck, 0o600))
		}
		k.must(cmd.Start())
		for said, line := "", make([]byte, 256); !strings.Contains(said, "ready"); {
			m, err := out.Read(line)
			if said += string(line[:m]); err != nil {
				t.Fatalf("the child said %q: %v", said, err)
			}
		}
		between := n == 5 // an object that cannot be read to its end holds the child up there
		if between {
			k.recorded(c, item)
		}
		time.Sleep(time.Duration(n*3) * time.Millisecond)
		k.must(cmd.Process.Kill())
		_ = cmd.Wait()
		os.Remove(stuck)
		k.Node, err = heed.OpenNode(ctx, c, heed.Opening{})
		k.must(err)
		broken, err := k.FinishErasures(ctx, heed.Who{Person: id})
		k.must(err)
		if between && !slices.Equal(broken, []string{item}) {
			t.Errorf("the kill between entry and bytes left %v", broken)
		}
		x, err := k.Item(ctx, k.who, item)
		k.must(err)
		gone[n] = x.Erased
		for m := range 7 {
			var b bytes.Buffer
			_, _, err := k.OpenEvidence(ctx, k.who, fmt.Sprintf("E-1.%d", m+1), &b)
			if want := fmt.Sprintf("secretname %d", m); gone[m] == (err == nil) || !gone[m] && b.String() != want {
				t.Errorf("after kill %d, item %d, erased %v: %q, %v", n, m, gone[m], b.String(), err)
			}
		}
	}
	last := k.Node
	t.Cleanup(func() { last.Close() })
	for n := range 6 { // asked for again, all of them go
		if err := k.Erase(ctx, heed.Who{Person: id}, fmt.Sprintf("E-1.%d", n+1), "order 7"); gone[n] == (err == nil) {
			t.Errorf("item %d, erased %v: %v", n, gone[n], err)
		}
		if left, err := k.FinishErasures(ctx, heed.Who{Person: id}); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
	found := k.manifests(c)
	if strings.Contains(found, "secretname 0") || strings.Contains(found, "secretname 5") || !strings.Contains(found, "secretname 6") {
		t.Errorf("the store says %s", found)
	}
}

// recorded waits until another process has put the erasure of an item on record.
func (k *keeper) recorded(c *conf.Config, item string) {
	k.t.Helper()
	n, err := heed.OpenNode(k.t.Context(), c, heed.Opening{})
	k.must(err)
	defer n.Close()
	for range 600 {
		if x, err := n.Item(k.t.Context(), k.who, item); err == nil && x.Erased {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	k.t.Fatal("the erasure did not come on record")
}

// manifests are what the store says by itself, each item of which it can give.
func (k *keeper) manifests(c *conf.Config) string {
	k.t.Helper()
	v, found, err := heed.RecoverEvidence(k.t.Context(), c)
	k.must(err)
	for _, m := range found.Manifests {
		for _, i := range m.Items {
			kept, err := i.Kept()
			k.must(err)
			if err := v.Copy(k.t.Context(), io.Discard, kept); err != nil {
				k.t.Errorf("%s cannot be recovered: %v", i.ID, err)
			}
		}
	}
	return fmt.Sprintf("%+v", found.Manifests)
}

// TestAnIntakeGoesAfterItsItems: not while one of them is there, or held.
func TestAnIntakeGoesAfterItsItems(t *testing.T) {
	k := newKeeper(t, t.TempDir(), "a")
	ctx := t.Context()
	var sources []evidence.Source
	for _, text := range []string{"one", "two"} {
		sources = append(sources, evidence.Source{Name: text, Size: 3, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	_, err := k.AddEvidence(ctx, k.who, heed.EvidenceInput{Authority: "order"}, sources, nil)
	k.must(err)
	id, err := k.AddPerson(ctx, k.who, heed.PersonInput{Name: "Bo Berg", Role: "custodian"})
	k.must(err)
	who := heed.Who{Person: id, Purpose: "it is over"}
	k.must(k.HoldEvidence(ctx, k.who, []string{"E-1.2"}, "HOLD-9", "the court", "pending"))
	refused := func(why string) {
		t.Helper()
		if err := k.Erase(ctx, who, "IN-1", "order 7"); fault.KindOf(err) != fault.KindDenied || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, not %s", err, why)
		}
	}
	refused("E-1.1 of IN-1 is not erased")
	k.must(k.Erase(ctx, who, "E-1.1", "order 7"))
	refused("HOLD-9")
	k.must(k.ReleaseEvidence(ctx, who, "E-1.2", "HOLD-9", "the court"))
	refused("E-1.2 of IN-1 is not erased")
	k.must(k.Erase(ctx, who, "E-1.2", "order 7"))
	k.must(k.Erase(ctx, who, "IN-1", "order 7"))
}
