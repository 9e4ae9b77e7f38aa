package custody

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// A Leaf is what the header of an entry says, read from its leaf.
type Leaf struct {
	Kind     string
	Time     time.Time
	Actor    string
	Node     string   // the log's name
	Subjects []string // the main one first
	Marking  string

	open, sealed *part
}

// ReadLeaf reads a leaf, which the holder of the entry key must have signed.
// Only the one spelling that a node writes is read.
func ReadLeaf(leaf []byte, key note.Verifier) (Leaf, error) {
	h, err := parseLeaf(leaf, key)
	if err != nil {
		return Leaf{}, err
	}
	return Leaf{Kind: h.Kind, Time: h.at, Actor: h.Actor, Node: h.Node, Subjects: h.Subjects, Marking: h.Marking, open: h.Open, sealed: h.Sealed}, nil
}

// HasSealed tells whether the entry was made with a sealed part.
func (l Leaf) HasSealed() bool { return l.sealed != nil }

// SealedDigest is SHA-256(salt ‖ sealed part), under which the log holds it; nil
// where there is none.
func (l Leaf) SealedDigest() []byte {
	if l.sealed == nil {
		return nil
	}
	return l.sealed.Digest
}

// Opens checks that a body is the open part that the entry was made with.
func (l Leaf) Opens(b Body) error {
	if err := l.open.opens(b); err != nil {
		return fmt.Errorf("its open part %w", err)
	}
	return nil
}

// Unseals checks that a body is the sealed part that the entry was made with.
func (l Leaf) Unseals(b Body) error {
	if l.sealed == nil {
		return errors.New("it has no sealed part, yet one is disclosed")
	}
	if err := l.sealed.opens(b); err != nil {
		return fmt.Errorf("its sealed part %w", err)
	}
	return nil
}

// A Founding is what entry 0 of every log says.
type Founding struct {
	EntryKey  note.Verifier // signs the entries of the log
	EntryText string        // the same key, as text
	Exercise  bool          // the log is a rehearsal
}

// ReadFounding reads entry 0 of a log, whose place in the log the caller has
// proved: so the key that it names is as certain as the log's own.
func ReadFounding(leaf []byte, open Body, logKey string) (Founding, error) {
	v := verifier{report: Report{LogKey: logKey}}
	if err := v.found(map[string][]byte{leafName: leaf, openName: open.Bytes, openSaltName: open.Salt}); err != nil {
		return Founding{}, err
	}
	return Founding{v.entryKey, v.entryText, v.report.Exercise}, nil
}

// Cosigned checks a checkpoint: the holder of the log's key signed it, and so
// did each witness that is named. What opts name, the log's key and
// witnesses, must be among them.
func Cosigned(checkpoint []byte, logKey string, witnesses []string, opts Options) (ledger.Checkpoint, []Witness, error) {
	key, err := ledger.NewVerifier(logKey)
	if err != nil {
		return ledger.Checkpoint{}, nil, fmt.Errorf("key: %w", err)
	}
	if opts.LogKey != "" && opts.LogKey != logKey {
		return ledger.Checkpoint{}, nil, fmt.Errorf("key: it is of a log with the key %s, not of the one with %s", plain(logKey), opts.LogKey)
	}
	v := verifier{opts: opts, manifest: manifest{Witnesses: witnesses}, signed: bytes.Clone(checkpoint)}
	if err := v.open(key); err != nil {
		return ledger.Checkpoint{}, nil, err
	}
	if v.checkpoint.Origin != key.Name() {
		return ledger.Checkpoint{}, nil, fmt.Errorf("checkpoint: it is of the log %q, the key is that of %q", v.checkpoint.Origin, key.Name())
	}
	return v.checkpoint, v.report.Witnesses, nil
}
