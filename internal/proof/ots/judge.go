package ots

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"

	"github.com/heed-project/heed/internal/proof/judge"
)

// Judge judges a proof. Digest returns the digest of the file it is about; nil
// where that file is not at hand. Known are headers of blocks, if there are any.
func Judge(b []byte, digest func(hash.Hash) ([]byte, error), known Headers) *judge.Finding {
	p, err := Parse(b)
	if err != nil {
		f := judge.Broken("opentimestamps", err)
		f.Time = judge.Bad
		return f
	}
	f := judge.New("opentimestamps")
	f.Integrity = judge.Unknown
	if digest == nil {
		f.Note("the file that the proof is about is not here; its %s is %x", p.Algorithm, p.Digest)
	} else {
		got, err := digest(p.New())
		switch {
		case err != nil:
			f.Note("the file that the proof is about cannot be read: %v", err)
		case !bytes.Equal(got, p.Digest):
			f.Worsen(&f.Integrity, judge.Bad, "the proof is about other bytes: it is over %s %s…, the file's is %s…", p.Algorithm, hex.EncodeToString(p.Digest[:8]), hex.EncodeToString(got[:8]))
			f.Time = judge.Bad
		default:
			f.Integrity = judge.Good
			f.Note("the proof is about this file: the digests (%s) agree", p.Algorithm)
		}
	}
	for _, a := range p.Attestations {
		a.judge(f, known)
	}
	if p.Algorithm == "sha1" {
		f.Note("SHA-1: two files with one digest can be made; the proof does not hold against its maker")
	}
	return f
}

// Stated checks that a proof is about some bytes, and says to what it leads: that the
// block is in the chain it does not say.
func Stated(proof, about []byte) (said string, err error) {
	p, err := Parse(proof)
	if err != nil {
		return "", err
	}
	h := p.New()
	h.Write(about)
	if !bytes.Equal(h.Sum(nil), p.Digest) {
		return "", errors.New("the proof is about other bytes: the digests differ")
	}
	if height, done := p.Done(); height > 0 {
		return fmt.Sprintf("there when block %d of bitcoin was made, if that block holds what the proof leads to", height), nil
	} else if done {
		return "there when a block was made that the proof leads to", nil
	}
	return "a calendar promised a proof", nil
}

// judge says what one attestation is worth here.
func (a *Attestation) judge(f *judge.Finding, known Headers) {
	switch a.Chain {
	case Pending:
		f.Improve(&f.Time, judge.Unknown, "pending: the calendar %s has promised to put it into a block; the proof is to be upgraded there", a.URI)
	case Bitcoin, Litecoin:
		if len(a.Commitment) != 32 {
			f.Worsen(&f.Time, judge.Bad, "the proof for block %d of %s leads to %d bytes, a Merkle root has 32", a.Height, a.Chain, len(a.Commitment))
			return
		}
		shown := slices.Clone(a.Commitment)
		slices.Reverse(shown)
		header, ok := known[a.Height]
		switch {
		case a.Chain != Bitcoin || !ok:
			f.Improve(&f.Time, judge.Unknown, "the file existed when block %d of %s was made, if the Merkle root in that block's header is %s; the header is needed to prove it", a.Height, a.Chain, hex.EncodeToString(shown))
		case !bytes.Equal(root(header), a.Commitment):
			f.Worsen(&f.Time, judge.Bad, "block %d of bitcoin has another Merkle root than %s: the proof does not hold", a.Height, hex.EncodeToString(shown))
		default:
			f.StatedAt(made(header))
			f.Improve(&f.Time, judge.Good, "the file existed when block %d of bitcoin was made, %s; that the block is in the chain is as sure as where you have its header from", a.Height, made(header).Format("2 Jan 2006 15:04 MST"))
		}
	case Ethereum:
		f.Improve(&f.Time, judge.Unknown, "the file existed when block %d of Ethereum was made, if its transactions lead to %x; that block is needed to prove it", a.Height, a.Commitment)
	default:
		f.Improve(&f.Time, judge.Unknown, "an attestation of the kind %s, which is not known here", a.Chain)
	}
}
