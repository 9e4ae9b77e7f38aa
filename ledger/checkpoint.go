package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxNote is the largest checkpoint or proof that is read, in bytes.
const maxNote = 64 << 10

// encoding refuses what decodes to the same bytes as another text.
var encoding = base64.StdEncoding.Strict()

// A Checkpoint is the text that a log signs: C2SP tlog-checkpoint.
type Checkpoint struct {
	Origin    string   // the log's name
	Size      int64    // number of leaves
	Root      Hash     // root hash over them
	Extension []string // further lines; Heed writes none
}

// String returns the text that is signed.
func (c Checkpoint) String() string {
	lines := append([]string{c.Origin, strconv.FormatInt(c.Size, 10), c.Root.String()}, c.Extension...)
	return strings.Join(lines, "\n") + "\n"
}

// Sign returns the checkpoint as a signed note.
func (c Checkpoint) Sign(signers ...note.Signer) ([]byte, error) {
	text := c.String()
	if _, err := ParseCheckpoint(text); err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	msg, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return msg, nil
}

// ParseCheckpoint reads the text of a checkpoint, without signatures. What it
// accepts, String writes again byte for byte.
func ParseCheckpoint(text string) (Checkpoint, error) {
	body, ok := strings.CutSuffix(text, "\n")
	lines := strings.Split(body, "\n")
	if !ok || len(lines) < 3 {
		return Checkpoint{}, errors.New("checkpoint has fewer than three lines")
	}
	for i, line := range lines {
		if line == "" {
			return Checkpoint{}, fmt.Errorf("checkpoint has an empty line %d", i+1)
		}
	}
	c := Checkpoint{Origin: lines[0], Extension: lines[3:]}
	var err error
	if c.Size, err = parseDecimal(lines[1]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint size: %w", err)
	}
	if c.Root, err = parseHash(lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint root: %w", err)
	}
	return c, nil
}

// ReadCheckpoint reads a signed checkpoint WITHOUT checking any signature: to
// look at one's own, or to learn which log's key is needed. Policy.Open
// checks.
func ReadCheckpoint(msg []byte) (Checkpoint, error) {
	n, err := readNote(msg)
	if err != nil {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(n.Text)
}

// readNote splits a signed note and leaves every signature unverified.
func readNote(msg []byte) (*note.Note, error) {
	if len(msg) > maxNote {
		return nil, fmt.Errorf("checkpoint has %d bytes, at most %d are read", len(msg), maxNote)
	}
	_, err := note.Open(msg, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return nil, errors.New("checkpoint is not a signed note")
	}
	return unverified.Note, nil
}

// parseDecimal reads a number of at most 63 bits with no sign and no leading
// zero.
func parseDecimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || s != strconv.FormatInt(n, 10) {
		return 0, fmt.Errorf("%.30q is not a plain decimal number", s)
	}
	return n, nil
}

// parseHash reads a hash in base64.
func parseHash(s string) (Hash, error) {
	b, err := encoding.DecodeString(s)
	if err != nil || len(b) != tlog.HashSize || strings.ContainsAny(s, "\r\n") {
		return Hash{}, fmt.Errorf("%.60q is not the base64 of 32 bytes", s)
	}
	return Hash(b), nil
}

// A Policy says who must have signed a checkpoint.
type Policy struct {
	Log       note.Verifier   // the log's key; its signature is always required
	Origin    string          // the origin required; empty means Log.Name()
	Witnesses []note.Verifier // keys of witnesses, from NewVerifier
	Quorum    int             // how many of them must have cosigned
}

// A Cosignature says that a witness saw the checkpoint, consistent with all it
// had seen of the log before.
type Cosignature struct {
	Name    string    // the witness's key name
	KeyHash uint32    // and the hash of its key
	At      time.Time // when it signed, in whole seconds
}

// Open checks a signed checkpoint against the policy. It returns the
// cosignatures of the policy's witnesses in the order they stand. Signatures
// by unknown keys are ignored; a wrong one by a known key is an error.
func (p Policy) Open(msg []byte) (Checkpoint, []Cosignature, error) {
	if len(msg) > maxNote {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint has %d bytes, at most %d are read", len(msg), maxNote)
	}
	if p.Log == nil {
		return Checkpoint{}, nil, errors.New("checkpoint: the policy names no log key")
	}
	known := append([]note.Verifier{p.Log}, p.Witnesses...)
	n, err := note.Open(msg, note.VerifierList(known...))
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	origin := p.Origin
	if origin == "" {
		origin = p.Log.Name()
	}
	if c.Origin != origin {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint is of log %q, not %q", c.Origin, origin)
	}
	var cosigned []Cosignature
	signed := false
	for _, sig := range n.Sigs {
		if _, err := encoding.DecodeString(sig.Base64); err != nil {
			return Checkpoint{}, nil, fmt.Errorf("checkpoint: signature of %s is not in plain base64", sig.Name)
		}
		if sig.Name == p.Log.Name() && sig.Hash == p.Log.KeyHash() {
			signed = true
			continue
		}
		at, err := CosignedAt(sig)
		if err != nil {
			return Checkpoint{}, nil, err
		}
		cosigned = append(cosigned, Cosignature{Name: sig.Name, KeyHash: sig.Hash, At: at})
	}
	if !signed {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint is not signed by %s", p.Log.Name())
	}
	if len(cosigned) < p.Quorum {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint is cosigned by %d of %d witnesses, %d are required", len(cosigned), len(p.Witnesses), p.Quorum)
	}
	return c, cosigned, nil
}

// Merge adds cosignatures to a signed checkpoint. The lines are what a witness
// answered; those by witnesses that are not named are dropped, a wrong one by
// a named witness is an error, so is none at all, and a new one replaces that
// witness's old one. All other signatures of the checkpoint are kept as they are.
func Merge(msg, lines []byte, witnesses ...note.Verifier) ([]byte, error) {
	n, err := readNote(msg)
	if err != nil {
		return nil, err
	}
	if len(lines) > maxNote {
		return nil, fmt.Errorf("merge cosignatures: the answer has %d bytes, at most %d are read", len(lines), maxNote)
	}
	added, err := note.Open(append([]byte(n.Text+"\n"), lines...), note.VerifierList(witnesses...))
	if err != nil {
		return nil, fmt.Errorf("merge cosignatures: %w", err)
	}
	for _, sig := range added.Sigs {
		if _, err := CosignedAt(sig); err != nil {
			return nil, fmt.Errorf("merge cosignatures: %w", err)
		}
	}
	out := []byte(n.Text + "\n")
	for _, old := range n.UnverifiedSigs {
		if !hasKey(added.Sigs, old) {
			out = appendSignature(out, old)
		}
	}
	for _, sig := range added.Sigs {
		out = appendSignature(out, sig)
	}
	return out, nil
}

func hasKey(sigs []note.Signature, key note.Signature) bool {
	for _, s := range sigs {
		if s.Name == key.Name && s.Hash == key.Hash {
			return true
		}
	}
	return false
}

func appendSignature(b []byte, s note.Signature) []byte {
	return fmt.Appendf(b, "— %s %s\n", s.Name, s.Base64)
}
