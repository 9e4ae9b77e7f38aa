package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxProof is the longest consistency proof of a tree of 63 bits.
const maxProof = 63

// The statuses of a witness's answer, with the numbers of HTTP.
const (
	Cosign        = 200 // cosign, once the new state is stored
	BadRequest    = 400 // the request cannot be read, or goes backwards
	Forbidden     = 403 // no signature by a key the witness trusts for the log
	UnknownLog    = 404 // the witness does not watch this log
	Conflict      = 409 // the witness last saw another size, or another tree of that size
	Unprocessable = 422 // the consistency proof does not hold
)

// SizeType is the content type of the body of a Conflict.
const SizeType = "text/x.tlog.size"

// An AddCheckpoint is the request that a log makes of a witness: C2SP
// tlog-witness, POST <prefix>/add-checkpoint.
type AddCheckpoint struct {
	Old        int64  // the size that the witness last cosigned
	Proof      []Hash // consistency proof from Old to the checkpoint's size
	Checkpoint []byte // the signed checkpoint
}

// Format writes the body of the request.
func (a AddCheckpoint) Format() []byte {
	b := fmt.Appendf(nil, "old %d\n", a.Old)
	for _, h := range a.Proof {
		b = append(append(b, h.String()...), '\n')
	}
	return append(append(b, '\n'), a.Checkpoint...)
}

// ParseAddCheckpoint reads the body of the request. What it accepts, Format
// writes again byte for byte. Signatures are not checked; Decide does that.
func ParseAddCheckpoint(b []byte) (AddCheckpoint, error) {
	if len(b) > maxNote {
		return AddCheckpoint{}, fmt.Errorf("request has %d bytes, at most %d are read", len(b), maxNote)
	}
	head, checkpoint, ok := bytes.Cut(b, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	old, isOld := strings.CutPrefix(lines[0], "old ")
	if !ok || !isOld {
		return AddCheckpoint{}, errors.New(`request does not begin with "old", a proof and an empty line`)
	}
	a := AddCheckpoint{Checkpoint: checkpoint}
	var err error
	if a.Old, err = parseDecimal(old); err != nil {
		return AddCheckpoint{}, fmt.Errorf("old size: %w", err)
	}
	if a.Proof, err = parseHashes(lines[1:]); err != nil {
		return AddCheckpoint{}, fmt.Errorf("consistency proof: %w", err)
	}
	if _, err := ReadCheckpoint(checkpoint); err != nil {
		return AddCheckpoint{}, err
	}
	return a, nil
}

func parseHashes(lines []string) ([]Hash, error) {
	if len(lines) > maxProof {
		return nil, fmt.Errorf("it has %d hashes, at most %d are allowed", len(lines), maxProof)
	}
	var hs []Hash
	for _, line := range lines {
		h, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		hs = append(hs, h)
	}
	return hs, nil
}

// Seen is what a witness remembers of a log: the last head it cosigned. The
// zero Seen is a log it never cosigned.
type Seen struct {
	Size int64
	Root Hash
}

// A Decision is what a witness does about a request.
type Decision struct {
	Status     int        // Cosign, or why not
	Reason     string     // why not, in plain words
	Size       int64      // with Conflict: the size last cosigned, to be sent as "<size>\n"
	Checkpoint Checkpoint // with Cosign: what to cosign
	Seen       Seen       // with Cosign: what to remember of the log from now on
}

// Decide applies the rules of C2SP tlog-witness to a request, given the keys
// that the witness trusts for the checkpoint's origin (none: an unknown log)
// and what it remembers of that log.
//
// With Cosign the witness replaces last by the decision's Seen, atomically and
// durably, failing if what it remembers is no longer last; only then does it
// sign and answer. That order is the whole worth of a witness.
func Decide(a AddCheckpoint, keys []note.Verifier, last Seen) Decision {
	refuse := func(status int, format string, args ...any) Decision {
		return Decision{Status: status, Reason: fmt.Sprintf(format, args...), Size: last.Size}
	}
	c, err := ReadCheckpoint(a.Checkpoint)
	if err != nil {
		return refuse(BadRequest, "%v", err)
	}
	if len(keys) == 0 {
		return refuse(UnknownLog, "the log %q is not known here", c.Origin)
	}
	if _, err := note.Open(a.Checkpoint, note.VerifierList(keys...)); err != nil {
		return refuse(Forbidden, "no good signature by a key that is trusted for %q", c.Origin)
	}
	if a.Old > c.Size {
		return refuse(BadRequest, "old size %d is greater than the checkpoint's %d", a.Old, c.Size)
	}
	if a.Old != last.Size {
		return refuse(Conflict, "old size is %d, but the size last cosigned is %d", a.Old, last.Size)
	}
	if last.Size == 0 {
		last.Root = edgeRoot(nil)
	}
	if a.Old == c.Size && c.Root != last.Root {
		return refuse(Conflict, "another tree of the same size %d was cosigned before", c.Size)
	}
	if err := checkConsistency(a.Proof, last.Size, last.Root, c.Size, c.Root); err != nil {
		return refuse(Unprocessable, "%v", err)
	}
	return Decision{Status: Cosign, Checkpoint: c, Seen: Seen{Size: c.Size, Root: c.Root}}
}

// Consistent checks a consistency proof: that the tree of the new checkpoint
// only adds to the tree of the old one.
func Consistent(old, new Checkpoint, proof []Hash) error {
	if old.Origin != new.Origin {
		return fmt.Errorf("checkpoints are of two logs, %q and %q", old.Origin, new.Origin)
	}
	return checkConsistency(proof, old.Size, old.Root, new.Size, new.Root)
}

func checkConsistency(proof []Hash, oldSize int64, oldRoot Hash, size int64, root Hash) error {
	if oldSize > size {
		return fmt.Errorf("size went back from %d to %d", oldSize, size)
	}
	if oldSize == 0 || oldSize == size {
		switch {
		case len(proof) > 0:
			return fmt.Errorf("consistency proof from %d to %d must be empty", oldSize, size)
		case oldSize == size && root != oldRoot, size == 0 && root != edgeRoot(nil):
			return fmt.Errorf("two trees of size %d have different roots", size)
		}
		return nil
	}
	if err := tlog.CheckTree(tlog.TreeProof(proof), size, root, oldSize, oldRoot); err != nil {
		return fmt.Errorf("consistency proof from %d to %d does not hold", oldSize, size)
	}
	return nil
}

// ParseSize reads the body of a Conflict: the size that the witness last
// cosigned.
func ParseSize(body []byte) (int64, error) {
	s, ok := strings.CutSuffix(string(body), "\n")
	if !ok {
		return 0, errors.New("size does not end with a newline")
	}
	return parseDecimal(s)
}
