package heed_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/stamp"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// exported returns the names of the files in an export of items.
func exported(t *testing.T, k *keeper, ids ...string) map[string]int {
	t.Helper()
	var z bytes.Buffer
	if _, err := k.ExportZip(t.Context(), k.who, heed.ExportInput{Items: ids, Agency: "B"}, &z); err != nil {
		t.Errorf("export of %q: %v", ids, err)
		return nil
	}
	r, err := zip.NewReader(bytes.NewReader(z.Bytes()), int64(z.Len()))
	k.must(err)
	out := map[string]int{}
	for _, f := range r.File {
		if out[f.Name]++; out[f.Name] > 1 {
			t.Errorf("%s stands twice in the archive", f.Name)
		}
	}
	return out
}

// TestStampedOriginalAndItsCopyApart: what came in two hand-overs, the copy's entry naming
// the original, is handed on with the stamps of both.
func TestStampedOriginalAndItsCopyApart(t *testing.T) {
	testkit.Slow(t)
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	soon, _ := authority(t, "3000")
	one := a.add("original.txt", "", "", "the original")
	two := a.add("copy.txt", "redaction", one, "the copy")
	a.permit(one, permission("CON-1", nil))
	a.permit(two, permission("CON-1", nil))
	a.stampAll(soon)
	f, err := a.hand("ab1", b, one)
	a.must(err)
	b.receive(f, "", nil)
	f, err = a.hand("ab2", b, two)
	a.must(err)
	b.receive(f, "", nil)
	f, err = b.hand("bc", c, "E-1.1", "E-2.1")
	if err != nil {
		t.Fatal(err)
	}
	c.receive(f, "", nil)
	if _, err = b.hand("court", nil, "E-1.1", "E-2.1"); err != nil {
		t.Error(err)
	}
}

// TestStampedItemThatCameTwice: an export of both has the stamps once.
func TestStampedItemThatCameTwice(t *testing.T) {
	testkit.Slow(t)
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	soon, _ := authority(t, "3000")
	one := a.add("original.txt", "", "", "the original")
	a.permit(one, permission("CON-1", nil))
	a.stampAll(soon)
	for n := range 2 {
		f, err := a.hand(fmt.Sprint("ab", n), b, one)
		a.must(err)
		b.receive(f, "", nil)
	}
	exported(t, b, "E-1.1", "E-2.1")
	f, err := b.hand("bc", c, "E-1.1", "E-2.1")
	if err != nil {
		t.Fatal(err)
	}
	c.receive(f, "", nil)
	exported(t, c, "E-1.1", "E-1.2")
}

// TestNothingComesIntoWhatEnded: an intake that another process ended, and that was stamped,
// takes nothing more in: its list is what was stamped.
func TestNothingComesIntoWhatEnded(t *testing.T) {
	testkit.Slow(t)
	dir, ctx := t.TempDir(), t.Context()
	a := newKeeper(t, dir, "a")
	url, _ := authority(t, "3000")
	in, err := a.BeginEvidence(ctx, a.who, heed.EvidenceInput{Authority: "order", Marking: "AMBER"})
	a.must(err)
	src := func(text string, open func()) evidence.Source {
		return evidence.Source{Name: text + ".txt", Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
			if open != nil {
				open()
			}
			return io.NopCloser(strings.NewReader(text)), nil
		}}
	}
	slow, going := make(chan bool), make(chan bool)
	done := make(chan error)
	go func() {
		_, err := a.TakeEvidence(ctx, a.who, in.ID, []evidence.Source{src("late", func() { close(going); <-slow })}, true, nil)
		done <- err
	}()
	<-going
	_, err = a.TakeEvidence(ctx, a.who, in.ID, []evidence.Source{src("early", nil)}, true, nil)
	a.must(err)
	a.stampAll(url)
	close(slow)
	if err := <-done; fault.KindOf(err) != fault.KindStale || !strings.Contains(err.Error(), "ended") {
		t.Errorf("what came too late: %v", err)
	}
	s, err := a.StampsOf(ctx, a.who, in.ID)
	a.must(err)
	if len(s.Stamps) == 0 || len(s.Odd()) > 0 || len(s.Words) != 1 {
		t.Errorf("%d stamps, of which %v are about another list; %d items", len(s.Stamps), s.Odd(), len(s.Words))
	}
	exported(t, a, "E-1.2")
}

// forge makes a bundle anew, as its sender can who has the keys: with contents of their own.
func forge(t *testing.T, k *keeper, file string, change func(c *bundle.Contents)) string {
	t.Helper()
	r, err := bundle.VerifyFile(os.DirFS(filepath.Dir(file)), filepath.Base(file), bundle.Options{})
	k.must(err)
	f, err := os.Open(file)
	k.must(err)
	defer f.Close()
	spans, err := bundle.Locate(f, r.Items)
	k.must(err)
	change(&r.Contents)
	out := file + ".forged.tar"
	w, err := os.Create(out)
	k.must(err)
	defer w.Close()
	k.must(bundle.Write(w, bundle.Bundle{Contents: r.Contents, Made: r.Made, By: r.By, Signer: heed.EntrySigner(k.Heed), Payload: func(i handover.Item) (io.ReadCloser, int64, error) {
		s := spans[i.N]
		return io.NopCloser(io.NewSectionReader(f, s.Offset, s.Size)), s.Size, nil
	}}))
	return out
}

// TestAForgedListStandsAlone: B sends an item of A on with a list of A's intake that B made
// up and had stamped by itself. What A hands to the receiver directly keeps A's stamps.
func TestAForgedListStandsAlone(t *testing.T) {
	testkit.Slow(t)
	dir, ctx := t.TempDir(), t.Context()
	a, b, c, d := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c"), newKeeper(t, dir, "d")
	url, _ := authority(t, "3000")
	var all []evidence.Source
	for _, text := range []string{"one", "two"} {
		all = append(all, evidence.Source{Name: text + ".txt", Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	out, err := a.AddEvidence(ctx, a.who, heed.EvidenceInput{Authority: "order", Marking: "AMBER"}, all, nil)
	a.must(err)
	for _, x := range out.Items {
		a.permit(x.ID, permission("CON-1", nil))
	}
	a.stampAll(url)
	f, err := a.hand("ab", b, "E-1.1")
	a.must(err)
	b.receive(f, "", nil)
	f, err = b.hand("bc", c, "E-1.1")
	a.must(err)
	f = forge(t, b, f, func(x *bundle.Contents) {
		for k := range x.Times {
			if x.Times[k].Node != a.Origin() {
				continue
			}
			lines := strings.SplitAfter(string(x.Times[k].List), "\n")
			x.Times[k].List = []byte(lines[0]) // the true line of the item; the rest left out
			s := stamp.Due{Intake: "IN-1", Authority: stamp.Authority{URL: url, Kind: stamp.RFC3161}, Text: x.Times[k].List}
			token, err := heed.AskStampOf(ctx, s)
			a.must(err)
			x.Times[k].Stamps = []bundle.Stamp{{Kind: stamp.RFC3161, Authority: url, Token: token}}
		}
	})
	c.receive(f, "", nil)
	f, err = a.hand("ac", c, "E-1.2", "E-1.1")
	a.must(err)
	c.receive(f, "", nil)
	for _, id := range []string{"E-2.1", "E-2.2"} {
		x, err := c.Item(ctx, c.who, id)
		c.must(err)
		s, err := c.StampsOf(ctx, c.who, x.Intake)
		c.must(err)
		if _, err := s.Files(func(id string) string { return id }); err != nil {
			t.Errorf("%s, which came from A: %v", id, err)
		}
		exported(t, c, id)
	}
	f, err = c.hand("cd", d, "E-2.1")
	c.must(err)
	r := verified(t, f)
	for _, x := range r.Times {
		if lines, _ := x.Lines(); x.Node == a.Origin() && len(lines) == 1 {
			t.Errorf("E-2.1, which came from A with A's list and stamps, goes on under B's forged list")
		}
	}
	if len(r.Times) == 0 {
		t.Errorf("E-2.1 goes on without A's stamps")
	}
}

// TestATokenThatCannotBeKept: a stamp that this node could not keep refuses the hand-over
// before anything of it is taken in.
func TestATokenThatCannotBeKept(t *testing.T) {
	testkit.Slow(t)
	dir, ctx := t.TempDir(), t.Context()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	url, ca := authority(t, "3000")
	one := a.add("one.txt", "", "", "one")
	a.permit(one, permission("CON-1", nil))
	a.stampAll(url)
	f, err := a.hand("ab", b, one)
	a.must(err)
	f = forge(t, a, f, func(x *bundle.Contents) {
		tsa := filepath.Dir(ca)
		a.must(os.WriteFile(tsa+"/thelist", x.Times[0].List, 0o600))
		a.must(os.WriteFile(tsa+"/conf2", []byte(strings.Replace(tsaConf, "digests = sha256", "digests = sha256, sha512", 1)), 0o600))
		for _, args := range [][]string{{"ts", "-query", "-data", "thelist", "-sha512", "-cert", "-out", "q"},
			{"ts", "-reply", "-config", "conf2", "-section", "config", "-queryfile", "q", "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "r", "-token_out"}} {
			cmd := exec.Command("openssl", args...)
			cmd.Dir = tsa
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
		}
		token, err := os.ReadFile(tsa + "/r")
		a.must(err)
		x.Times[0].Stamps = []bundle.Stamp{{Kind: "rfc3161", Authority: url, Token: token}}
	})
	in := heed.TakeInput{Files: os.DirFS(filepath.Dir(f)), Name: filepath.Base(f)}
	if _, err = b.TakeHandover(ctx, b.who, in); fault.KindOf(err) != fault.KindInvalid || !strings.Contains(err.Error(), "time proof 1") {
		t.Errorf("taken: %v", err)
	}
	if _, err := b.Item(ctx, b.who, "E-1.1"); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("and yet it is there: %v", err)
	}
}

// racingBlobs does something before the next blob is put.
type racingBlobs struct {
	blob.Store
	before func()
}

func (r *racingBlobs) Put(ctx context.Context, b io.Reader) (blob.Ref, error) {
	if f := r.before; f != nil {
		r.before = nil
		all, err := io.ReadAll(b)
		if err != nil {
			return blob.Ref{}, err
		}
		f()
		return r.Store.Put(ctx, bytes.NewReader(all))
	}
	return r.Store.Put(ctx, b)
}

// TestErasedTwiceAtOnce: a node that is served finishes an erasure while it goes on. What the
// hand-over brought of other items is not lost, and keeps no erasure from being finished.
func TestErasedTwiceAtOnce(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	var ids []string
	for _, name := range []string{"first.txt", "second.txt", "third.txt"} {
		id := a.add(name, "", "", "the text of "+name)
		a.permit(id, permission("CON-1", nil))
		ids = append(ids, id)
	}
	file, err := a.hand("ab", b, ids...)
	a.must(err)
	b.receive(file, "", nil)
	other := b.add("own.txt", "", "", "b's own")
	real := heed.Blobs(b.Heed)
	r := &racingBlobs{Store: real}
	heed.SetBlobs(b.Heed, r)
	r.before = func() {
		if _, err := b.FinishErasures(ctx, b.who); err != nil {
			t.Errorf("meanwhile: %v", err)
		}
	}
	second := b.second()
	b.must(b.Erase(ctx, second, "E-1.1", "order 7"))
	if _, err := b.hand("bc", c, "E-1.3"); err != nil {
		t.Errorf("what is left: %v", err)
	}
	if err := b.Erase(ctx, second, "E-1.2", "order 8"); err != nil {
		t.Errorf("erase the second: %v", err)
	}
	if err := b.Erase(ctx, second, other, "order 9"); err != nil {
		t.Errorf("erase its own: %v", err)
	}
	if ids, err := b.FinishErasures(ctx, b.who); err != nil {
		t.Errorf("finish %v: %v", ids, err)
	}
	if ids, err := b.FinishErasures(ctx, b.who); err != nil || len(ids) > 0 {
		t.Errorf("still to be destroyed: %v %v", ids, err)
	}
}

// TestErasuresAreFinishedMeanwhile: as TestErasedTwiceAtOnce, whenever it happens.
func TestErasuresAreFinishedMeanwhile(t *testing.T) {
	testkit.Slow(t)
	dir, ctx := t.TempDir(), t.Context()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(20, "M-1")
	_, file := a.close("MLD")
	b.receive(file, "", nil)
	second := b.second()
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := b.FinishErasures(ctx, b.who); err != nil {
				t.Errorf("finishing: %v", err)
			}
		}
	}()
	for n := 1; n <= 12; n++ {
		if err := b.Erase(ctx, second, fmt.Sprintf("E-1.%d", n), "order 7"); err != nil {
			t.Errorf("erasure %d: %v", n, err)
		}
		if _, err := heed.DisclosedOf(ctx, b.Heed, "H-1"); err != nil {
			t.Errorf("after %d erasures the contents are lost: %v", n, err)
			break
		}
	}
	close(stop)
	<-done
	if _, err := b.hand("bc", c, "E-1.20"); err != nil {
		t.Errorf("handed on: %v", err)
	}
}

// TestErasedBeforeTheReceipt: an item that came is erased before the hand-over is signed for.
// Its words do not stay in what is kept of it.
func TestErasedBeforeTheReceipt(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	var ids []string
	for _, name := range []string{"first.txt", "second.txt"} {
		id := a.add(name, "", "", "the text of "+name)
		a.permit(id, permission("CON-1", nil))
		ids = append(ids, id)
	}
	file, err := a.hand("ab", b, ids...)
	a.must(err)
	second := b.second()
	r := &racingBlobs{Store: heed.Blobs(b.Heed)}
	heed.SetBlobs(b.Heed, r)
	r.before = func() {
		if err := b.Erase(ctx, second, "E-1.1", "order 7"); err != nil {
			t.Error(err)
		}
	}
	b.receive(file, "", nil)
	_, err = b.FinishErasures(ctx, b.who)
	b.must(err)
	s, err := heed.DisclosedOf(ctx, b.Heed, "H-1")
	b.must(err)
	if strings.Contains(s, "first.txt") {
		t.Errorf("the name of E-1.1, which was erased, is in the contents of the hand-over still")
	}
}

// TestStampsOfATriangle: one item came through B and directly, with stamps of A and B.
func TestStampsOfATriangle(t *testing.T) {
	testkit.Slow(t)
	dir := t.TempDir()
	a, b, c, d := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c"), newKeeper(t, dir, "d")
	url, _ := authority(t, "3000")
	one, two := a.add("one.txt", "", "", "one"), a.add("two.txt", "", "", "two")
	a.permit(one, permission("CON-1", nil))
	a.permit(two, permission("CON-1", nil))
	a.stampAll(url)
	a.pass("ab", b, "", one)
	b.stampAll(url)
	b.pass("bc", c, "", "E-1.1")
	_, _, err := a.OpenEvidence(t.Context(), a.who, one, io.Discard)
	a.must(err)
	a.pass("ac", c, "", two, one)
	f, err := c.hand("cd", d, "E-1.1", "E-2.2", "E-2.1")
	c.must(err)
	verified(t, f)
	d.receive(f, "", nil)
	f, err = d.hand("court", nil, "E-1.2", "E-1.1")
	d.must(err)
	verified(t, f)
	exported(t, d, "E-1.3")
	r, err := d.Rebuild(t.Context(), d.who, nil)
	if err != nil || !r.Identical {
		t.Errorf("%+v %v", r, err)
	}
}

// TestGoneOnWithByName: of two items with the same bytes, that came in another order before
// the hand-over broke off, each stays what it is called.
func TestGoneOnWithByName(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	var ids []string
	for _, name := range []string{"left.txt", "right.txt"} {
		id := a.add(name, "", "", "the same")
		a.permit(id, permission("CON-"+name[:1], nil))
		ids = append(ids, id)
	}
	file, err := a.hand("ab", b, ids...)
	a.must(err)
	r := verified(t, file)
	in, err := b.BeginEvidence(ctx, b.who, heed.EvidenceInput{Authority: fmt.Sprintf("hand-over %s from %s, offer %.16s", r.Offered.ID, r.Offered.From, handover.Digest(r.Offer)), Marking: "AMBER", Via: "hand-over"})
	b.must(err)
	var all []evidence.Source
	for _, name := range []string{"right.txt", "left.txt"} {
		all = append(all, evidence.Source{Name: name, Type: "text/plain", Size: 8, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("the same")), nil }})
	}
	_, err = b.TakeEvidence(ctx, b.who, in.ID, all, false, nil) // and here it was killed
	b.must(err)
	b.receive(file, "", nil)
	for id, want := range map[string]string{"E-1.1": "right.txt CON-r", "E-1.2": "left.txt CON-l"} {
		x, err := b.Item(ctx, b.who, id)
		b.must(err)
		if len(x.Permissions) != 1 || x.Name+" "+x.Permissions[0].ID != want {
			t.Errorf("%s is %s under %v, not %s", id, x.Name, x.Permissions, want)
		}
	}
}
