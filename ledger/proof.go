package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

// A Proof is a proof of inclusion that stands alone: C2SP tlog-proof v1. With
// the leaf, the log's key and the witnesses' keys it can be checked offline.
type Proof struct {
	Extra      []byte // data for the application; NOT authenticated; Heed writes none
	Index      int64  // the leaf's index
	Hashes     []Hash // inclusion proof, from the leaf's sibling upwards
	Checkpoint []byte // signed checkpoint, with cosignatures if there are any
}

// Format writes the proof in its text form.
func (p Proof) Format() []byte {
	b := []byte(proofHeader + "\n")
	if len(p.Extra) > 0 {
		b = fmt.Appendf(b, "extra %s\n", encoding.EncodeToString(p.Extra))
	}
	b = fmt.Appendf(b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		b = append(append(b, h.String()...), '\n')
	}
	return append(append(b, '\n'), p.Checkpoint...)
}

// ParseProof reads a proof. What it accepts, Format writes again byte for
// byte. It checks nothing; Verify does.
func ParseProof(b []byte) (Proof, error) {
	if len(b) > maxNote {
		return Proof{}, fmt.Errorf("proof has %d bytes, at most %d are read", len(b), maxNote)
	}
	head, checkpoint, ok := bytes.Cut(b, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || lines[0] != proofHeader {
		return Proof{}, fmt.Errorf("proof does not begin with %q", proofHeader)
	}
	p, lines := Proof{Checkpoint: checkpoint}, lines[1:]
	var err error
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra := strings.TrimPrefix(lines[0], "extra ")
		if p.Extra, err = encoding.DecodeString(extra); err != nil || len(p.Extra) == 0 || strings.Contains(extra, "\r") {
			return Proof{}, errors.New("proof's extra line is not base64")
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return Proof{}, errors.New("proof has no index line")
	}
	if p.Index, err = parseDecimal(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return Proof{}, fmt.Errorf("proof's index: %w", err)
	}
	if p.Hashes, err = parseHashes(lines[1:]); err != nil {
		return Proof{}, fmt.Errorf("inclusion proof: %w", err)
	}
	if _, err := ReadCheckpoint(checkpoint); err != nil {
		return Proof{}, err
	}
	return p, nil
}

// Verify checks that a leaf stands at the proof's index in a log whose
// checkpoint satisfies the policy.
func (p Proof) Verify(leaf []byte, policy Policy) (Checkpoint, []Cosignature, error) {
	c, cosigned, err := policy.Open(p.Checkpoint)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if err := Included(c, p.Index, leaf, p.Hashes); err != nil {
		return Checkpoint{}, nil, err
	}
	return c, cosigned, nil
}

// Included checks an inclusion proof against a checkpoint, whose signatures
// the caller has checked.
func Included(c Checkpoint, index int64, leaf []byte, proof []Hash) error {
	if index < 0 || index >= c.Size {
		return fmt.Errorf("entry %d: %w, which has %d entries", index, ErrBeyond, c.Size)
	}
	if err := tlog.CheckRecord(tlog.RecordProof(proof), c.Size, c.Root, index, LeafHash(leaf)); err != nil {
		return fmt.Errorf("entry %d is not what the log of %d entries holds there", index, c.Size)
	}
	return nil
}
