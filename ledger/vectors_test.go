package ledger_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// TestVectors makes the test vectors of docs/spec/ledger.md and finds each in
// it, word for word.
func TestVectors(t *testing.T) {
	spec, err := os.ReadFile("../docs/spec/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	_, vkey, err := note.GenerateKey(seed(1), origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := keys(t, origin, 1)
	w, v := witness(t, "w1.example.org", 11)
	var b strings.Builder
	fmt.Fprintf(&b, "Log key: `%s`\n\nWitness key: `%s`\n\n", vkey, w.VerifierKey())
	b.WriteString("| size | root |\n|---|---|\n")
	s := ledger.NewMemory()
	var old int64
	var at3 ledger.Head
	for _, size := range []int64{1, 2, 3, 255, 256, 257, 65536} {
		head := grow(t, s, signer, int(size-old))
		root := head.Root()
		fmt.Fprintf(&b, "| %d | `%x` |\n", size, root[:])
		if old = size; size == 3 {
			at3 = head
		}
	}
	c, err := ledger.ReadCheckpoint(at3.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	line, err := w.Cosign(c, noon)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := ledger.Merge(at3.Checkpoint, line, v)
	if err != nil {
		t.Fatal(err)
	}
	_, p, err := ledger.NewReader(s, 1).Proof(t.Context(), 1, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "\nProof of `leaf 1` in the log of three leaves, cosigned at %d:\n\n", noon.Unix())
	for l := range strings.Lines(string(p.Format())) {
		b.WriteString(strings.TrimRight("    "+l, " \n") + "\n")
	}
	if !strings.Contains(string(spec), b.String()) {
		t.Errorf("docs/spec/ledger.md must hold:\n%s", b.String())
	}
}
