package ots_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
)

// anchored is what a calendar answers: one more step, a fork with a promise of another,
// and a block.
func anchored() []byte {
	bitcoin := []byte{0x00, 0x05, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 0x01, 3, 0x80, 0xea, 0x30}
	again := append([]byte{0xff, 0x00, 0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e, 10, 9}, "https://x"...)
	return slices.Concat([]byte{0xf0, 2, 7, 7, 0x08}, again, []byte{0xff, 0x08, 0x08}, bitcoin, []byte{0x08}, bitcoin)
}

// TestUpgrade completes the pending proofs of the reference client's examples: each
// promise in turn, also where others follow it. The proof is still about its file.
func TestUpgrade(t *testing.T) {
	tried := 0
	for _, name := range []string{"incomplete.txt", "two-calendars.txt", "merkle1.txt", "merkle2.txt"} {
		proof := read(t, name+".ots")
		p, err := ots.Parse(proof)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range p.Waiting() {
			tried++
			whole, err := ots.Upgrade(proof, a, anchored())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			q, err := ots.Parse(whole)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			step := sha256.Sum256(append(slices.Clone(a.Commitment), 7, 7))
			want := sha256.Sum256(step[:])
			height, done := q.Done()
			if !done || height != 800000 || len(q.Attestations) != len(p.Attestations)+3 || !slices.ContainsFunc(q.Attestations, func(x ots.Attestation) bool { return x.Chain == ots.Bitcoin && bytes.Equal(x.Commitment, want[:]) }) {
				t.Errorf("%s: %d %v %d attestations", name, height, done, len(q.Attestations))
			}
			for _, x := range p.Attestations {
				if !slices.ContainsFunc(q.Attestations, func(y ots.Attestation) bool {
					return x.URI == y.URI && x.Chain == y.Chain && bytes.Equal(x.Commitment, y.Commitment)
				}) {
					t.Errorf("%s: the promise of %s is gone", name, x.URI)
				}
			}
			f := ots.Judge(whole, of(read(t, name)), nil)
			shown := slices.Clone(want[:])
			slices.Reverse(shown)
			if f.Integrity != judge.Good || !strings.Contains(strings.Join(f.Notes, "\n"), hex.EncodeToString(shown)) {
				t.Errorf("%s: %+v", name, f)
			}
			// what only promises again, is no tree, has too much, or is about another is refused
			for _, bad := range [][]byte{nil, {0x08}, append(anchored(), 0), []byte("\x00\x83\xdf\xe3\x0d\x2e\xf9\x0c\x8e\x0a\x09https://x"), anchored()[:20]} {
				if _, err := ots.Upgrade(proof, a, bad); err == nil {
					t.Errorf("%s: %x was taken", name, bad)
				}
			}
			other := a
			other.Commitment = append([]byte{1}, a.Commitment[1:]...)
			if _, err := ots.Upgrade(proof, other, anchored()); err == nil {
				t.Errorf("%s: an answer for another commitment was taken", name)
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d promises", tried)
	}
}

// FuzzUpgrade: whatever a calendar answers, what comes out is a proof over the same digest
// that holds every attestation from before.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte{0xff, 0x08, 0x00, 0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e, 10, 9, 'h', 't', 't', 'p', 's', ':', '/', '/', 'x', 0x08, 0x00, 0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e, 2, 1, 'y'}, anchored())
	f.Fuzz(func(t *testing.T, tree, answer []byte) {
		if len(tree) > 1<<11 || len(answer) > 1<<11 {
			return
		}
		proof := slices.Concat([]byte(ots.Magic+"\x01\x08"), make([]byte, 32), tree)
		p, err := ots.Parse(proof)
		if err != nil {
			return
		}
		for n, a := range p.Waiting() {
			if n > 5 {
				return
			}
			whole, err := ots.Upgrade(proof, a, answer)
			if err != nil {
				continue
			}
			q, err := ots.Parse(whole)
			if err != nil || !bytes.Equal(q.Digest, p.Digest) || len(q.Attestations) <= len(p.Attestations) {
				t.Fatalf("%v: %x", err, whole)
			}
		}
	})
}
