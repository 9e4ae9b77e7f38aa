// Package proof recognises what other people's files and bundles are, and judges
// the proofs that they bring: integrity, time, origin and identity, each apart,
// each with its reason.
//
// Check takes files and folders by their paths. What a file is, is told by what it
// holds; its name helps only where a file is too damaged to be told. Proofs that
// stand beside the file they are about (photo.jpg.ots, photo.jpg.tsr,
// photo.jpg.asc) find it there, or among the other files given. A file that is of no
// known kind is an answer and no error: it is what it is, and proves nothing.
//
// Known are C2PA manifests, ProofMode sets and zips, OpenTimestamps proofs, RFC
// 3161 tokens, detached OpenPGP signatures, WACZ, WARC, BagIt folders and zips,
// results of auto-archiver, FollowTheMoney, CASE, METS and PREMIS.
//
// All of them are bytes that somebody else wrote. The packages below refuse what
// is deep, huge or crooked; who reads files from strangers runs Check in a
// process of its own besides: see package box. Nothing is fetched.
//
//	findings, err := proof.Check([]string{"photo.jpg"}, proof.Options{Now: now})
package proof

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"github.com/heed-project/heed/internal/proof/c2pa"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
	"github.com/heed-project/heed/internal/proof/proofmode"
	"github.com/heed-project/heed/internal/proof/rfc3161"
	"github.com/heed-project/heed/internal/proof/webarchive"
)

// Options are what a check is made with.
type Options struct {
	judge.Options
	Keys    proofmode.Keys // OpenPGP keys that are known from elsewhere
	Headers ots.Headers    // of Bitcoin blocks, from a node that is trusted
}

// maxWhole is the size up to which a file is searched for a manifest.
const maxWhole = 1 << 30

// Check judges files and folders, in the order given. A path that cannot be
// opened is an error.
func Check(paths []string, o Options) ([]*judge.Finding, error) {
	out := make([]*judge.Finding, 0, len(paths))
	for _, p := range paths {
		f, err := One(p, paths, o)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// One judges one file or folder. Others are files that it may be about.
func One(path string, others []string, o Options) (*judge.Finding, error) {
	at, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	c := &check{path: path, others: others, o: o, size: at.Size()}
	if at.IsDir() {
		return named(c.folder())(path), nil
	}
	if !at.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is neither a file nor a folder", path)
	}
	if c.file, err = os.Open(path); err != nil {
		return nil, err
	}
	defer c.file.Close()
	c.head = make([]byte, 64<<10)
	n, err := io.ReadFull(c.file, c.head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.head = c.head[:n]
	return named(c.judge())(path), nil
}

func named(f *judge.Finding) func(string) *judge.Finding {
	return func(path string) *judge.Finding {
		f.File = path
		return f
	}
}

// check is one file being judged.
type check struct {
	path   string
	others []string
	o      Options
	file   *os.File
	size   int64
	head   []byte
}

// ext is the file's last extension, in small letters.
func (c *check) ext() string { return strings.ToLower(filepath.Ext(c.path)) }

// judge tells the kind and judges.
func (c *check) judge() *judge.Finding {
	switch {
	case bytes.HasPrefix(c.head, []byte(ots.Magic[:15])), c.ext() == ".ots" && !bytes.HasPrefix(c.head, []byte("PK")): // OpenDocument has the same ending
		return c.ots()
	case c.isToken():
		return c.token()
	case isWARC(c.head), strings.HasSuffix(strings.ToLower(c.path), ".warc"), strings.HasSuffix(strings.ToLower(c.path), ".warc.gz"):
		return webarchive.JudgeWARC(c.whole())
	case bytes.HasPrefix(c.head, []byte("PK")), c.ext() == ".wacz", c.ext() == ".zip":
		return c.zip()
	case c.isSignature():
		return c.signature()
	}
	if c.size <= maxWhole {
		b, err := io.ReadAll(c.whole())
		if err != nil {
			return judge.Broken("file", err)
		}
		if c2pa.Found(b) {
			return c.beside(c2pa.Judge(b, c.o.Options))
		}
		if f := c.text(b); f != nil {
			return f
		}
	}
	f := judge.New(mimetype.Detect(c.head).String())
	if c.size <= maxWhole {
		if b, err := io.ReadAll(c.whole()); err == nil {
			if why := cutShort(b); why != "" {
				f.Worsen(&f.Integrity, judge.Bad, "%s: it was cut, and what it brought at its end is lost", why)
			}
		}
	} else {
		f.Note("larger than %d bytes: it was not searched for a manifest", int64(maxWhole))
	}
	return c.beside(f)
}

// whole reads the file from its beginning.
func (c *check) whole() io.Reader { return io.NewSectionReader(c.file, 0, c.size) }

// bytes reads a proof, which is small.
func (c *check) bytes(most int64) ([]byte, error) {
	if c.size > most {
		return nil, fmt.Errorf("%d bytes, at most %d", c.size, most)
	}
	return io.ReadAll(c.whole())
}

// isWARC tells a WARC by its beginning, plain or compressed.
func isWARC(head []byte) bool {
	return bytes.HasPrefix(head, []byte("WARC/")) || bytes.HasPrefix(unzipped(head), []byte("WARC/"))
}

// subjects are the files that a detached proof may be about: the one whose name
// the proof's name goes on from, then the others given.
func (c *check) subjects() (beside string, rest []string) {
	base := strings.TrimSuffix(c.path, filepath.Ext(c.path))
	if at, err := os.Stat(base); err == nil && at.Mode().IsRegular() && base != c.path {
		beside = base
	}
	for _, p := range c.others {
		if p != c.path && p != beside {
			rest = append(rest, p)
		}
	}
	return beside, rest
}

// digest returns the digest of the file that a proof is about, or nil where it
// is not at hand. Fits says whether a file given by hand is the one.
func (c *check) digest(fits func(path string) bool) func(hash.Hash) ([]byte, error) {
	subject, rest := c.subjects()
	if i := slices.IndexFunc(rest, fits); i >= 0 && (subject == "" || !fits(subject)) {
		subject = rest[i]
	}
	if subject == "" {
		return nil
	}
	return func(h hash.Hash) ([]byte, error) { return sumFile(subject, h) }
}

func sumFile(path string, h hash.Hash) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// ots judges an OpenTimestamps proof.
func (c *check) ots() *judge.Finding {
	b, err := c.bytes(16 << 20)
	if err != nil {
		return judge.Broken("opentimestamps", err)
	}
	p, err := ots.Parse(b)
	if err != nil {
		return ots.Judge(b, nil, nil)
	}
	return ots.Judge(b, c.digest(func(path string) bool {
		got, err := sumFile(path, p.New())
		return err == nil && bytes.Equal(got, p.Digest)
	}), c.o.Headers)
}

// isSignature tells an OpenPGP signature, detached or round the text that it signs: by
// its first line, or by its name, unless what it holds is plainly something else. Words
// about signatures, and mail that has one in it, are none.
func (c *check) isSignature() bool {
	start, holds := bytes.TrimSpace(bytes.TrimPrefix(c.head, []byte("\xef\xbb\xbf"))), proofmode.Holds(c.head)
	ours := holds == "" || holds == "PGP SIGNATURE" || holds == "PGP SIGNED MESSAGE"
	switch {
	case !ours:
		return false
	case c.ext() == ".asc", c.ext() == ".sig":
		return len(start) == 0 || bytes.Contains(start, []byte("PGP")) || !utf8.Valid(start)
	}
	return bytes.HasPrefix(start, []byte("-----BEGIN PGP SIGN"))
}

// idTSTInfo and idSignedData are the numbers that a token holds near its
// beginning, in DER; idData is there in other things that are signed, such as mail.
var (
	idTSTInfo    = []byte{6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4}
	idSignedData = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2}
	idData       = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1}
)

func (c *check) isToken() bool {
	if c.ext() == ".tsr" || c.ext() == ".tst" {
		return true
	}
	start := c.head[:min(len(c.head), 512)]
	return len(start) > 2 && start[0] == 0x30 && (bytes.Contains(start, idTSTInfo) || bytes.Contains(start, idSignedData) && !bytes.Contains(start, idData))
}

// token judges an RFC 3161 time stamp.
func (c *check) token() *judge.Finding {
	b, err := c.bytes(rfc3161.Max)
	if err != nil {
		return judge.Broken("rfc3161", err)
	}
	t, err := rfc3161.Parse(b)
	if err != nil {
		return rfc3161.Judge(b, nil, nil, c.o.Options)
	}
	digest := c.digest(func(path string) bool {
		if t.Hash == 0 {
			return false
		}
		got, err := sumFile(path, t.Hash.New())
		return err == nil && bytes.Equal(got, t.Imprint)
	})
	if digest == nil {
		return t.Judge(nil, nil, c.o.Options)
	}
	return t.Judge(nil, func(h crypto.Hash) ([]byte, error) { return digest(h.New()) }, c.o.Options)
}
