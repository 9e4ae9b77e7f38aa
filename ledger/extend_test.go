package ledger_test

import (
	"testing"

	"github.com/heed-project/heed/ledger"
)

// TestAnExtenderLooksAtWhatIsNotItsOwn: it trusts the head that it made, and no
// other that is like it.
func TestAnExtenderLooksAtWhatIsNotItsOwn(t *testing.T) {
	signer, _ := keys(t, origin, 7)
	x := ledger.Extender{Origin: origin, Signer: signer}
	one, err := x.Extend(ledger.Head{}, []ledger.Hash{ledger.LeafHash([]byte("a"))})
	if err != nil {
		t.Fatal(err)
	}
	two, err := x.Extend(one.Head, []ledger.Hash{ledger.LeafHash([]byte("b"))})
	if err != nil {
		t.Fatal(err)
	}
	same, err := ledger.ExtendHashes(one.Head, []ledger.Hash{ledger.LeafHash([]byte("b"))}, x.Origin, signer)
	if err != nil || string(same.Head.Checkpoint) != string(two.Head.Checkpoint) {
		t.Fatal(err, string(two.Head.Checkpoint))
	}
	for name, spoil := range map[string]func(*ledger.Head){
		"size": func(h *ledger.Head) { h.Size = 3 }, "edge": func(h *ledger.Head) { h.Edge[0][0] ^= 1 },
		"checkpoint": func(h *ledger.Head) { h.Checkpoint = one.Head.Checkpoint }, "none": func(h *ledger.Head) { h.Checkpoint = nil },
	} {
		two, err := x.Extend(one.Head, []ledger.Hash{ledger.LeafHash([]byte("b"))})
		if err != nil {
			t.Fatal(err)
		}
		spoil(&two.Head)
		if _, err := x.Extend(two.Head, []ledger.Hash{ledger.LeafHash([]byte("c"))}); err == nil {
			t.Errorf("%s: a head that contradicts itself was extended", name)
		}
	}
}
