package heed_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/heed-project/heed/internal/heed"
)

// TestErasedWordsOfAHandover: what the sender says of an item goes with the item, out of
// what the hand-over brought as well; of what was refused nothing is kept. What is left
// can be handed on, and the record is the same when it is read again.
func TestErasedWordsOfAHandover(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	var ids []string
	for _, name := range []string{"first.txt", "second.txt", "third.txt", "fourth.txt", "refused.txt"} {
		id := a.add(name, "", "", "the text of "+name)
		a.permit(id, permission("CON-1", nil))
		ids = append(ids, id)
	}
	file, err := a.hand("ab", b, ids...)
	a.must(err)
	b.receive(file, "", map[int]string{5: "held here already"})
	said := func(k *keeper) string {
		t.Helper()
		s, err := heed.DisclosedOf(ctx, k.Heed, "H-1")
		k.must(err)
		return s
	}
	if s := said(b); !strings.Contains(s, "first.txt") || !strings.Contains(s, "fourth.txt") || strings.Contains(s, "refused.txt") {
		t.Errorf("B keeps of it: %s", s)
	}
	blobs := b.blobs()
	b.must(b.Erase(ctx, b.second(), "E-1.1", "order 7"))
	if s := said(b); strings.Contains(s, "first.txt") || !strings.Contains(s, "second.txt") {
		t.Errorf("after an erasure B keeps of it: %s", s)
	}
	other := b.second()
	var all sync.WaitGroup
	for _, id := range []string{"E-1.2", "E-1.4"} {
		all.Go(func() {
			if err := b.Erase(ctx, other, id, "order 8"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s := said(b); strings.Contains(s, "second.txt") || strings.Contains(s, "fourth.txt") || !strings.Contains(s, "third.txt") {
		t.Errorf("after two more B keeps of it: %s", s)
	}
	if now := b.blobs(); now != blobs {
		t.Errorf("%d blobs, then %d: what was replaced is left", blobs, now)
	}
	_, err = b.FinishErasures(ctx, b.who)
	b.must(err)
	file, err = b.hand("bc", c, "E-1.3")
	b.must(err)
	c.receive(file, "", nil)
	if s := said(c); !strings.Contains(s, "third.txt") || strings.Contains(s, "second.txt") {
		t.Errorf("C has of it: %s", s)
	}
	if again, err := b.Rebuild(ctx, b.who, nil); err != nil || !again.Identical {
		t.Errorf("rebuilt: %+v, %v", again, err)
	}
}
