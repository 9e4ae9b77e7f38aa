package heed_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/transfer"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/testkit"
)

// breaking is a file system that ends what reads it at one of its reads.
type breaking struct {
	fs.FS
	left atomic.Int64
	end  func()
}

func (b *breaking) Open(name string) (fs.File, error) {
	if b.left.Add(-1) == 0 {
		b.end()
	}
	return b.FS.Open(name)
}

// offered makes two nodes and a bundle of so many items from one to the other.
func offered(t *testing.T, count int) (a, b *keeper, dir, file string) {
	return offeredTo(t, count, "")
}

// offeredTo is offered, to a node with a database of its own.
func offeredTo(t *testing.T, count int, url string) (a, b *keeper, dir, file string) {
	t.Helper()
	dir = t.TempDir()
	a, b = newKeeper(t, dir, "a"), newKeeperOn(t, dir, "b", url)
	a.mandate("MLD", route("Node B", b.card()))
	a.take(count, "M-1")
	for n := range 3 { // two markings: two intakes at the receiver
		a.must(a.MarkEvidence(t.Context(), a.who, fmt.Sprintf("E-1.%d", n+1), "GREEN"))
	}
	file = "offer.tar"
	f, err := os.Create(filepath.Join(dir, file))
	a.must(err)
	_, err = a.OfferHandover(t.Context(), a.who, heed.HandoverInput{To: b.card(), Party: consent.Party{Name: "Node"}, For: consent.Trial, In: "NLD", Link: evidence.Link{Kind: "mandate", To: "M-1"}}, f)
	a.must(err)
	a.must(f.Close())
	return a, b, dir, file
}

// arrived asks that each item came once, with its permission, and that both
// sides agree.
func arrived(t *testing.T, a, b *keeper, taken heed.HandoverTaken, count int) {
	t.Helper()
	lib, err := b.Library(t.Context(), b.who, heed.EvidenceFilter{Filter: evidence.Filter{Limit: 500}}, 0)
	if err != nil || lib.Total != count || taken.Taken != count || taken.Outcome != handover.Accepted {
		t.Fatalf("%d items are here and %d receipted, of %d: %v", lib.Total, taken.Taken, count, err)
	}
	for _, i := range lib.Items {
		x, err := b.Item(t.Context(), b.who, i.ID)
		b.must(err)
		permitted := 0
		for _, c := range x.Custody {
			if c.Kind == "evidence.permitted" {
				permitted++
			}
		}
		if len(x.Permissions) != 1 || permitted != 1 {
			t.Errorf("%s has %d permissions, put on it %d times", i.ID, len(x.Permissions), permitted)
		}
		in := x.Under
		if in.Ended.IsZero() {
			t.Errorf("%s never ended", in.ID)
		}
	}
	h, err := a.AcceptReceipt(t.Context(), a.who, taken.Receipt)
	if err != nil || h.State != handover.Accepted {
		t.Errorf("the sender: %+v, %v", h, err)
	}
}

// TestReceivedAgain breaks a hand-over off at many places, receives it again,
// and finds each item once.
func TestReceivedAgain(t *testing.T) {
	const count = 7
	a, b, dir, file := offered(t, count)
	for at, here := int64(1), 0; here == 0; at++ { // until one of two intakes is whole
		ctx, cancel := context.WithCancel(t.Context())
		files := &breaking{FS: os.DirFS(dir), end: cancel}
		files.left.Store(at)
		_, err := b.TakeHandover(ctx, b.who, heed.TakeInput{Files: files, Name: file})
		cancel()
		lib, err2 := b.Library(t.Context(), b.who, heed.EvidenceFilter{}, 0)
		b.must(err2)
		if here = lib.Total; err == nil || here != 0 && here != 3 {
			t.Fatalf("broken off at %d: %d items are here, %v", at, here, err)
		}
	}
	in := heed.TakeInput{Files: os.DirFS(dir), Name: file}
	in.RefuseAll = "no place"
	if _, err := b.TakeHandover(t.Context(), b.who, in); fault.KindOf(err) != fault.KindStale {
		t.Errorf("refused what is here already: %v", err)
	}
	in.RefuseAll = ""
	taken, err := b.TakeHandover(t.Context(), b.who, in)
	b.must(err)
	arrived(t, a, b, taken, count)
	if _, err := b.TakeHandover(t.Context(), b.who, in); fault.KindOf(err) != fault.KindExists {
		t.Errorf("answered twice: %v", err)
	}
}

// breakOff takes a hand-over over, is broken off at one of its reads, and returns
// how many items are here.
func breakOff(k *keeper, in heed.TakeInput, at int64) (int, error) {
	ctx, cancel := context.WithCancel(k.t.Context())
	defer cancel()
	files := &breaking{FS: in.Files, end: cancel}
	files.left.Store(at)
	in.Files = files
	if _, err := k.TakeHandover(ctx, k.who, in); err == nil {
		k.t.Fatalf("it was taken whole before read %d", at)
	}
	lib, err := k.Library(k.t.Context(), k.who, heed.EvidenceFilter{}, 0)
	return lib.Total, err
}

const takeChild = "HEED_TEST_TAKE"

// TestTakeChild is the process that is killed.
func TestTakeChild(t *testing.T) {
	place := os.Getenv(takeChild)
	if place == "" {
		return
	}
	dir, person, _ := strings.Cut(place, "|")
	c, err := conf.Load(map[string]string{"dir": filepath.Join(dir, "b"), "url": "http://localhost:8080"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := heed.OpenNode(context.Background(), c, heed.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	if _, err := n.TakeHandover(context.Background(), heed.Who{Person: person}, heed.TakeInput{Files: os.DirFS(dir), Name: "offer.tar"}); err != nil {
		t.Fatal(err)
	}
}

// TestKilledWhileReceiving kills the receiver at other moments each time.
func TestKilledWhileReceiving(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts and kills processes")
	}
	const count = 60
	a, b, dir, file := offered(t, count)
	b.Close()
	for n := range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTakeChild$", "-test.v")
		cmd.Env = append(os.Environ(), takeChild+"="+dir+"|"+b.who.Person)
		out, err := cmd.StdoutPipe()
		a.must(err)
		a.must(cmd.Start())
		line := make([]byte, 256)
		for said := ""; !strings.Contains(said, "ready"); {
			k, err := out.Read(line)
			if said += string(line[:k]); err != nil {
				t.Fatalf("the child said %q: %v", said, err)
			}
		}
		time.Sleep(time.Duration(n*60+5) * time.Millisecond)
		a.must(cmd.Process.Kill())
		_ = cmd.Wait()
		time.Sleep(transfer.ClaimLasts) // what it held is free again: the next one does not wait
	}
	again, err := heed.OpenNode(t.Context(), settings(t, filepath.Join(dir, "b"), ""), heed.Opening{})
	a.must(err)
	b.Node = again
	t.Cleanup(func() { again.Close() })
	taken, err := b.TakeHandover(t.Context(), b.who, heed.TakeInput{Files: os.DirFS(dir), Name: file})
	if fault.KindOf(err) == fault.KindExists { // it was quicker than the last kill
		all, err := b.Handovers(t.Context(), b.who)
		b.must(err)
		if len(all) != 1 || all[0].Items != count {
			t.Errorf("%+v", all)
		}
		return
	}
	b.must(err)
	arrived(t, a, b, taken, count)
}

// TestTwoProcessesReceiveOneOffer has two nodes over one database answer the
// same offer at once: one does, the other is told, and each item came once.
func TestTwoProcessesReceiveOneOffer(t *testing.T) {
	testkit.Slow(t)
	testkit.Databases(t, func(t *testing.T, url string) {
		const count = 40
		a, b, dir, file := offeredTo(t, count, url)
		second, err := heed.OpenNode(t.Context(), settings(t, filepath.Join(dir, "b"), url), heed.Opening{})
		b.must(err)
		t.Cleanup(func() { second.Close() })
		var wait sync.WaitGroup
		taken, errs := make([]heed.HandoverTaken, 4), make([]error, 4)
		for n, node := range []*heed.Node{b.Node, second, b.Node, second} {
			wait.Go(func() {
				taken[n], errs[n] = node.TakeHandover(t.Context(), b.who, heed.TakeInput{Files: os.DirFS(dir), Name: file})
			})
		}
		wait.Wait()
		won := slices.Index(errs, nil)
		if won < 0 {
			t.Fatal(errs)
		}
		for n, err := range errs {
			if k := fault.KindOf(err); n != won && k != fault.KindExists && k != fault.KindStale {
				t.Errorf("answer %d: %v", n, err)
			}
		}
		arrived(t, a, b, taken[won], count)
	})
}
