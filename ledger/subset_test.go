package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// TestSubset proves any leaves of any tree at once, and sees what was changed.
func TestSubset(t *testing.T) {
	const most = 700
	signer, _ := keys(t, origin, 1)
	leaves, hashes := make([][]byte, most), make([]ledger.Hash, most)
	for i := range leaves {
		leaves[i] = fmt.Appendf(nil, "leaf %d", i)
		hashes[i] = ledger.LeafHash(leaves[i])
	}
	store := ledger.NewMemory()
	b, err := ledger.Extend(ledger.Head{}, leaves, origin, signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	r := ledger.NewReader(store, 16)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, most).Draw(t, "size")
		indexes := rapid.SliceOfNDistinct(rapid.Int64Range(0, size-1), 1, int(min(size, 20)), rapid.ID[int64]).Draw(t, "indexes")
		slices.Sort(indexes)
		var chosen []ledger.Hash
		for _, i := range indexes {
			chosen = append(chosen, hashes[i])
		}
		root, err := r.Root(t.Context(), size)
		if err != nil {
			t.Fatal(err)
		}
		if again := ledger.RootOf(hashes[:size]); again != root {
			t.Fatalf("the root of %d is %v, and %v from the hashes", size, root, again)
		}
		proof, err := r.Subset(t.Context(), indexes, size)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ledger.SubsetOf(hashes[:size], indexes); err != nil || !slices.Equal(again, proof) {
			t.Fatalf("another proof from the hashes: %v", err)
		}
		if err := ledger.IncludedAll(root, size, indexes, chosen, proof); err != nil {
			t.Fatal(err)
		}
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(indexes), 1, len(indexes), rapid.ID[int64]).Draw(t, "some")
		slices.Sort(some)
		fewer, err := ledger.Narrow(size, indexes, chosen, proof, some)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := r.Subset(t.Context(), some, size); err != nil || !slices.Equal(again, fewer) {
			t.Fatalf("narrowed to %v, the proof is another: %v", some, err)
		}
		if len(indexes) == 1 {
			one, err := r.Inclusion(t.Context(), indexes[0], size)
			if err != nil {
				t.Fatal(err)
			}
			byText := func(a, b ledger.Hash) int { return slices.Compare(a[:], b[:]) }
			if slices.SortFunc(one, byText); !slices.Equal(one, slices.SortedFunc(slices.Values(proof), byText)) {
				t.Fatalf("the proof of one is not its inclusion proof")
			}
		}
		refuse := func(what string, size int64, indexes []int64, leaves, proof []ledger.Hash) {
			if ledger.IncludedAll(root, size, indexes, leaves, proof) == nil {
				t.Fatalf("%s, and still proved", what)
			}
		}
		at := rapid.IntRange(0, len(chosen)-1).Draw(t, "at")
		bad := slices.Clone(chosen)
		bad[at] = tlog.RecordHash([]byte("forged"))
		refuse("a leaf was changed", size, indexes, bad, proof)
		refuse("a leaf was left out", size, indexes, chosen[1:], proof)
		refuse("the proof is too long", size, indexes, chosen, append(slices.Clone(proof), root))
		refuse("an index was moved", size, append(slices.Clone(indexes[:at]), size), chosen[:at+1], proof)
		if len(proof) > 0 {
			refuse("the proof was cut", size, indexes, chosen, proof[1:])
			bad := slices.Clone(proof)
			bad[len(bad)-1] = root
			refuse("the proof was changed", size, indexes, chosen, bad)
		}
		if len(chosen) > 1 {
			bad := slices.Clone(chosen)
			bad[0], bad[1] = bad[1], bad[0]
			refuse("two leaves changed places", size, indexes, bad, proof)
			swapped := slices.Clone(indexes)
			swapped[0], swapped[1] = swapped[1], swapped[0]
			refuse("two indexes changed places", size, swapped, chosen, proof)
		}
	})
	if _, err := r.Subset(t.Context(), nil, 5); err == nil {
		t.Error("a proof of nothing was made")
	}
	if _, err := r.Subset(t.Context(), []int64{5}, 5); err == nil {
		t.Error("an entry beyond the end was proved")
	}
}
