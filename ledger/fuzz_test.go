package ledger_test

import (
	"bytes"
	"testing"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// Each target checks two things: nothing panics, and what is accepted is
// written again byte for byte, so that there is one form for each value.

func FuzzParseTilePath(f *testing.F) {
	for _, s := range []string{"tile/0/x001/x234/067.p/5", "tile/entries/000", "tile/63/999", "tile/0/x000/000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ledger.ParseTilePath(s); err == nil && p.String() != s {
			t.Errorf("%q is read as %+v", s, p)
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x00"))
	f.Add([]byte("\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		leaves, err := ledger.ParseBundle(b)
		if err != nil {
			return
		}
		if again, err := ledger.FormatBundle(leaves); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q is read as %q, %v", b, leaves, err)
		}
	})
}

func FuzzParseEdge(f *testing.F) {
	f.Add(int64(3), make([]byte, 64))
	f.Add(int64(-1), []byte{})
	f.Fuzz(func(t *testing.T, size int64, b []byte) {
		edge, err := ledger.ParseEdge(size, b)
		if err == nil && !bytes.Equal(ledger.EdgeBytes(edge), b) {
			t.Errorf("%x is read as %v", b, edge)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add("example.org/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")
	f.Add("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ledger.ParseCheckpoint(s); err == nil && c.String() != s {
			t.Errorf("%q is read as %+v", s, c)
		}
	})
}

// FuzzVerifySignatures changes a signed and cosigned checkpoint: what the
// policy still accepts has the text that was signed.
func FuzzVerifySignatures(f *testing.F) {
	signer, verifier := keys(f, origin, 1)
	w, v := witness(f, "w1.example.org", 11)
	c := ledger.Checkpoint{Origin: origin, Size: 1, Root: ledger.LeafHash(nil)}
	msg, err := c.Sign(signer, w.At(noon))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg, []byte(nil))
	line, err := w.Cosign(c, noon)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg, line)
	policy := ledger.Policy{Log: verifier, Witnesses: []note.Verifier{v}, Quorum: 1}
	f.Fuzz(func(t *testing.T, msg, lines []byte) {
		if got, _, err := policy.Open(msg); err == nil && got.String() != c.String() {
			t.Errorf("accepted as signed: %q", got)
		}
		merged, err := ledger.Merge(msg, lines, v)
		if err != nil {
			return
		}
		before, err := ledger.ReadCheckpoint(msg)
		if after, err2 := ledger.ReadCheckpoint(merged); err == nil && (err2 != nil || after.String() != before.String()) {
			t.Errorf("merging made %q of %q", merged, msg)
		}
	})
}

func FuzzNewVerifier(f *testing.F) {
	w, _ := witness(f, "w1.example.org", 11)
	f.Add(w.VerifierKey())
	_, vkey, err := note.GenerateKey(seed(1), origin)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(vkey)
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ledger.NewVerifier(s); err == nil && v.Verify([]byte("text"), make([]byte, 72)) {
			t.Errorf("%q verifies a signature of zeros", s)
		}
	})
}

func FuzzParseAddCheckpoint(f *testing.F) {
	signer, verifier := keys(f, origin, 1)
	s := ledger.NewMemory()
	grow(f, s, signer, 5)
	head := grow(f, s, signer, 8)
	proof, err := ledger.NewReader(s, 1).Consistency(f.Context(), 5, 13)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ledger.AddCheckpoint{Old: 5, Proof: proof, Checkpoint: head.Checkpoint}.Format())
	f.Add([]byte("old 0\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ledger.ParseAddCheckpoint(b)
		if err != nil {
			return
		}
		if !bytes.Equal(a.Format(), b) {
			t.Errorf("%q is read as %+v", b, a)
		}
		d := ledger.Decide(a, []note.Verifier{verifier}, ledger.Seen{})
		if d.Status == ledger.Cosign && d.Seen.Root != head.Root() {
			t.Errorf("cosigned %+v", d)
		}
	})
}

func FuzzParseProof(f *testing.F) {
	signer, verifier := keys(f, origin, 1)
	s := ledger.NewMemory()
	head := grow(f, s, signer, 13)
	leaf, p, err := ledger.NewReader(s, 1).Proof(f.Context(), 7, head.Checkpoint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Format())
	p.Extra = []byte("more")
	f.Add(p.Format())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ledger.ParseProof(b)
		if err != nil {
			return
		}
		if !bytes.Equal(p.Format(), b) {
			t.Errorf("%q is read as %+v", b, p)
		}
		if _, _, err := p.Verify(leaf, ledger.Policy{Log: verifier}); err == nil && p.Index != 7 {
			t.Errorf("the leaf at 7 is proved at %d", p.Index)
		}
	})
}
