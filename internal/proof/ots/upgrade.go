package ots

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// Done tells whether a proof leads into a block chain, and the height of its earliest
// block of Bitcoin, or 0 where there is none.
func (p *Proof) Done() (height uint64, done bool) {
	for _, a := range p.Attestations {
		switch a.Chain {
		case Bitcoin:
			if height == 0 || a.Height < height {
				height = a.Height
			}
			done = true
		case Litecoin, Ethereum:
			done = true
		}
	}
	return height, done
}

// Waiting returns the attestations of a proof that only promise, each once.
func (p *Proof) Waiting() (out []Attestation) {
	for _, a := range p.Attestations {
		if a.Chain == Pending && !slices.ContainsFunc(out, func(b Attestation) bool { return a.URI == b.URI && bytes.Equal(a.Commitment, b.Commitment) }) {
			out = append(out, a)
		}
	}
	return out
}

// Path is what is asked of the calendar of a pending attestation, below its address.
func (a Attestation) Path() string { return "/timestamp/" + hex.EncodeToString(a.Commitment) }

// Upgrade puts what a calendar answered for a pending attestation into a proof: a tree
// that leads from its commitment into a block chain. The promise stays beside it. An
// answer that only promises again, or that is no tree, is refused.
func Upgrade(proof []byte, a Attestation, answer []byte) ([]byte, error) {
	p, err := Parse(proof)
	if err != nil {
		return nil, err
	}
	r := &reader{b: answer, size: len(answer), out: &Proof{}}
	if err := r.tree(slices.Clone(a.Commitment), 0); err != nil {
		return nil, fmt.Errorf("the calendar's answer: %w", err)
	}
	if len(r.b) > 0 {
		return nil, fmt.Errorf("the calendar's answer: %d bytes too many at the end", len(r.b))
	}
	if _, done := r.out.Done(); !done {
		return nil, errors.New("the calendar's answer leads into no block chain")
	}
	for _, at := range p.Attestations {
		if at.Chain != Pending || at.URI != a.URI || !bytes.Equal(at.Commitment, a.Commitment) {
			continue
		}
		out := slices.Clone(proof[:at.from])
		tree := slices.Clone(answer)
		leaf := proof[at.from:at.to]
		if at.last { // nothing follows under this message: the tree does
			out = append(append(append(out, 0xff), leaf...), tree...)
		} else { // something follows: what is last in the tree no longer is
			out = append(append(out, leaf...), tree[:r.end]...)
			out = append(append(out, 0xff), tree[r.end:]...)
		}
		out = append(out, proof[at.to:]...)
		if _, err := Parse(out); err != nil {
			return nil, fmt.Errorf("the calendar's answer cannot be put into the proof: %w", err)
		}
		return out, nil
	}
	return nil, errors.New("the proof has no such pending attestation")
}
