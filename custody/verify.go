package custody

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// foundingKind is the kind of the first entry of every log.
const foundingKind = "node.founded"

// founding is the open part of entry 0: it binds the entry key to the log.
type founding struct {
	EntryKey string `json:"entry_key"`
	LogKey   string `json:"log_key"`
	Exercise bool   `json:"exercise,omitempty"`
}

// VerifyPack checks a pack. It needs nothing but the file, though it proves
// more with Options. The error names the first thing that fails, in plain
// words.
func VerifyPack(r io.ReaderAt, size int64, opts Options) (Report, error) {
	if size < 0 || size > MaxPack {
		return Report{}, fmt.Errorf("the file has %d bytes, a pack has at most %d", size, MaxPack)
	}
	b := make([]byte, size)
	if _, err := r.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return Report{}, fmt.Errorf("read the pack: %w", err)
	}
	all, err := parseZip(b)
	if err != nil {
		return Report{}, err
	}
	v := verifier{opts: opts}
	if err := v.run(all); err != nil {
		return Report{}, err
	}
	if err := sameZip(b, all); err != nil {
		return Report{}, err
	}
	return v.report, nil
}

// VerifyFile checks the pack in a file, as VerifyPack does.
func VerifyFile(fsys fs.FS, name string, opts Options) (Report, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return Report{}, fmt.Errorf("read the pack: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxPack+1))
	if err != nil {
		return Report{}, fmt.Errorf("read the pack: %w", err)
	}
	return VerifyPack(bytes.NewReader(b), int64(len(b)), opts)
}

// verifier checks a pack step by step; each step stands on those before it.
type verifier struct {
	opts       Options
	report     Report
	manifest   manifest
	checkpoint ledger.Checkpoint
	signed     []byte // the checkpoint as signed
	entryKey   note.Verifier
	entryText  string // the entry key, as entry 0 names it
	last       time.Time
}

func (v *verifier) run(all []file) error {
	listing, rest, err := pick(all, manifestName)
	if err != nil {
		return err
	}
	signature, rest, err := pick(rest, signatureName)
	if err != nil {
		return err
	}
	if v.manifest, err = parseManifest(listing); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	if err := v.manifest.check(rest); err != nil {
		return err
	}
	if rest, err = v.head(rest); err != nil {
		return err
	}
	for _, index := range v.manifest.Entries {
		if rest, err = v.entry(index, rest); err != nil {
			return err
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q does not belong in a pack, or not where it stands", rest[0].name)
	}
	if err := checkSignature(v.entryKey, packContext, listing, signature); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return nil
}

// head checks key, checkpoint and cosignatures, and takes the page.
func (v *verifier) head(files []file) (rest []file, err error) {
	key, rest, err := pick(files, keyName)
	if err != nil {
		return nil, err
	}
	text, ok := strings.CutSuffix(string(key), "\n")
	if !ok {
		return nil, errors.New("key: it does not end with a newline")
	}
	logKey, err := ledger.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if v.opts.LogKey != "" && v.opts.LogKey != text {
		return nil, fmt.Errorf("key: the pack is of a log with the key %s, not of the one with %s", plain(text), v.opts.LogKey)
	}
	if v.signed, rest, err = pick(rest, checkpointName); err != nil {
		return nil, err
	}
	if err := v.open(logKey); err != nil {
		return nil, err
	}
	if v.report.Page, rest, err = pick(rest, pageName); err != nil {
		return nil, err
	}
	if v.report.Made, err = parseTime(v.manifest.Made); err != nil {
		return nil, fmt.Errorf("manifest: made: %w", err)
	}
	if v.manifest.Node != logKey.Name() || v.manifest.Size != v.checkpoint.Size {
		return nil, fmt.Errorf("manifest: it is of %q with %d entries, the checkpoint is of %q with %d", v.manifest.Node, v.manifest.Size, logKey.Name(), v.checkpoint.Size)
	}
	v.report.Subject, v.report.By = v.manifest.Subject, v.manifest.By
	v.report.Node, v.report.Size = logKey.Name(), v.checkpoint.Size
	v.report.LogKey, v.report.Pinned = text, v.opts.LogKey != ""
	return rest, nil
}

// open checks the checkpoint: the log's key and every witness named, by the
// pack or by the options, must have signed.
func (v *verifier) open(logKey note.Verifier) error {
	var named []string
	for _, w := range slices.Concat(v.opts.Witnesses, v.manifest.Witnesses) {
		if !slices.Contains(named, w) {
			named = append(named, w)
		}
	}
	policy := ledger.Policy{Log: logKey}
	for _, w := range named {
		key, err := ledger.NewVerifier(w)
		if err != nil {
			return fmt.Errorf("witness: %w", err)
		}
		policy.Witnesses = append(policy.Witnesses, key)
	}
	c, cosigned, err := policy.Open(v.signed)
	if err != nil {
		return err
	}
	for i, key := range policy.Witnesses {
		at := slices.IndexFunc(cosigned, func(s ledger.Cosignature) bool { return s.Name == key.Name() && s.KeyHash == key.KeyHash() })
		if at < 0 {
			return fmt.Errorf("checkpoint: it is not cosigned by the witness %s", named[i])
		}
		v.report.Witnesses = append(v.report.Witnesses, Witness{Key: named[i], At: cosigned[at].At, Pinned: slices.Contains(v.opts.Witnesses, named[i])})
	}
	v.checkpoint = c
	return nil
}

// entry checks one entry and takes its files.
func (v *verifier) entry(index int64, files []file) ([]file, error) {
	got, rest, err := entryFiles(index, files)
	if err != nil {
		return nil, err
	}
	fail := func(err error) ([]file, error) { return nil, fmt.Errorf("entry %d: %w", index, err) }
	proof, err := ledger.ParseProof(got[proofName])
	if err != nil {
		return fail(err)
	}
	if proof.Index != index || len(proof.Extra) > 0 || !bytes.Equal(proof.Checkpoint, v.signed) {
		return fail(errors.New("its proof is of another entry or under another checkpoint"))
	}
	if err := ledger.Included(v.checkpoint, index, got[leafName], proof.Hashes); err != nil {
		return nil, err
	}
	if index == 0 {
		if err := v.found(got); err != nil {
			return fail(err)
		}
	}
	h, err := parseLeaf(got[leafName], v.entryKey)
	if err != nil {
		return fail(err)
	}
	if h.Node != v.report.Node {
		return fail(fmt.Errorf("it is of the node %q, the log is that of %q", h.Node, v.report.Node))
	}
	if h.at.Before(v.last) {
		return fail(fmt.Errorf("its time %s is before that of the entry before it", h.Time))
	}
	v.last = h.at
	s := Summary{Index: index, Time: h.at, Kind: h.Kind, Actor: h.Actor, Subjects: h.Subjects, Marking: h.Marking, HasSealed: h.Sealed != nil}
	if s.Open, err = disclosed(h.Open, "open", got); err != nil {
		return fail(err)
	}
	if s.Sealed, err = disclosed(h.Sealed, "sealed", got); err != nil {
		return fail(err)
	}
	v.report.Entries = append(v.report.Entries, s)
	return rest, nil
}

// disclosed returns the open or the sealed part, checked, or nil if the pack
// does not have it.
func disclosed(p *part, name string, got map[string][]byte) ([]byte, error) {
	body, ok := got[name+".json"]
	if !ok {
		return nil, nil
	}
	if p == nil {
		return nil, fmt.Errorf("it has no %s part, yet one is in the pack", name)
	}
	if err := p.opens(Body{Salt: got[name+".salt"], Bytes: body}); err != nil {
		return nil, fmt.Errorf("its %s part %w", name, err)
	}
	return body, nil
}

// found learns the entry key from entry 0. That entry is in the log, so the
// key that signs entries is as certain as the log's own.
func (v *verifier) found(got map[string][]byte) error {
	line, _, _ := bytes.Cut(got[leafName], []byte("\n"))
	h, err := parseHeader(append(line[:len(line):len(line)], '\n'))
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if h.Kind != foundingKind {
		return fmt.Errorf("it is of kind %q, the first entry must be %q", h.Kind, foundingKind)
	}
	open, err := disclosed(h.Open, "open", got)
	if err != nil {
		return err
	}
	var f founding
	if open == nil || decode(open, &f) != nil {
		return errors.New("its open part, which names the entry key, is not in the pack or cannot be read")
	}
	if f.LogKey != v.report.LogKey {
		return fmt.Errorf("it names the log key %s, the pack brings %s", plain(f.LogKey), plain(v.report.LogKey))
	}
	if v.entryKey, err = ledger.NewVerifier(f.EntryKey); err != nil {
		return fmt.Errorf("entry key: %w", err)
	}
	v.entryText, v.report.Exercise = f.EntryKey, f.Exercise
	return nil
}
