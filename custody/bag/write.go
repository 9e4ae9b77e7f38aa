package bag

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Writer writes a bag of version 1.0. It is not safe for use by several
// goroutines.
type Writer struct {
	create  func(name string) (io.WriteCloser, error)
	payload map[string]sums
	tags    map[string]sums
	folded  map[string]string
	bytes   int64
	closed  bool
}

// sums are the digests of one file.
type sums struct{ sha256, sha512 string }

// NewWriter makes a writer. Create opens a new file of the bag by its path with
// slashes, makes the folders above it, and fails if the file exists.
func NewWriter(create func(name string) (io.WriteCloser, error)) *Writer {
	return &Writer{create: create, payload: map[string]sums{}, tags: map[string]sums{}, folded: map[string]string{}}
}

// unsafe are what a name must not hold: the RFC escapes percent, CR and LF in
// manifests, and the checksum tools escape backslashes, each in its own way.
var unsafe = strings.NewReplacer("%", "_", "\r", "_", "\n", "_", "\\", "_", "\x00", "_", ":", "_", "*", "_", "?", "_", "\"", "_", "<", "_", ">", "_", "|", "_")

// reserved are names that Windows keeps for devices.
var reserved = []string{"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"}

// SafeName makes one segment of a path out of any text, such that every
// system can hold the file and every checksum tool finds it: composed Unicode,
// no separator, none of the characters that some system reserves, at most 200
// bytes. Two texts may give one name; a Writer refuses the second.
func SafeName(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "_"))
	s = unsafe.Replace(strings.ReplaceAll(s, "/", "_"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, s)
	s = strings.Trim(s, " .")
	stem, _, _ := strings.Cut(s, ".")
	if s == "" || strings.HasPrefix(s, "~") || slices.Contains(reserved, strings.ToLower(stem)) {
		s = "_" + s
	}
	for len(s) > 200 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return strings.TrimRight(s, " .")
}

// Add writes one file of the payload, data/name, and returns its SHA-256 as
// hex and its length. Every segment of the name must be a SafeName.
func (w *Writer) Add(name string, r io.Reader) (digest string, n int64, err error) {
	for segment := range strings.SplitSeq(name, "/") {
		if segment != SafeName(segment) {
			return "", 0, fmt.Errorf("add %q to the bag: %q is no safe name, %q would be", name, segment, SafeName(segment))
		}
	}
	got, n, err := w.put(w.payload, "data/"+name, r)
	w.bytes += n
	return got.sha256, n, err
}

// AddTag writes a tag file beside the payload, such as metadata/premis.xml.
func (w *Writer) AddTag(name string, r io.Reader) error {
	first, _, _ := strings.Cut(name, "/")
	switch {
	case first == "data", name == "bagit.txt", name == "bag-info.txt", name == "fetch.txt", manifestName.MatchString(name):
		return fmt.Errorf("add %q to the bag: the name belongs to the bag itself", name)
	case !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\%\r\n"):
		return fmt.Errorf("add %q to the bag: no safe name", name)
	}
	_, _, err := w.put(w.tags, name, r)
	return err
}

// put writes a file and notes its digests.
func (w *Writer) put(in map[string]sums, name string, r io.Reader) (sums, int64, error) {
	if w.closed {
		return sums{}, 0, fmt.Errorf("write %s: the bag is finished", name)
	}
	key := strings.ToLower(name)
	if other, ok := w.folded[key]; ok {
		return sums{}, 0, fmt.Errorf("write %s: %s is in the bag, and is the same file on some systems", name, other)
	}
	f, err := w.create(name)
	if err != nil {
		return sums{}, 0, fmt.Errorf("write %s: %w", name, err)
	}
	h256, h512 := sha256.New(), sha512.New()
	n, err := io.Copy(io.MultiWriter(f, h256, h512), r)
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		return sums{}, n, fmt.Errorf("write %s: %w", name, err)
	}
	digest := func(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
	got := sums{digest(h256), digest(h512)}
	in[name], w.folded[key] = got, name
	return got, n, nil
}

// Close writes what makes the files a bag: the declaration, the metadata and
// the manifests. Payload-Oxum is added to info. A writer that was not
// closed leaves no bag.
func (w *Writer) Close(info []Field) error {
	if len(w.payload) == 0 {
		return fmt.Errorf("finish the bag: there is no payload")
	}
	var meta strings.Builder
	for _, f := range append(slices.Clone(info), Field{"Payload-Oxum", fmt.Sprintf("%d.%d", w.bytes, len(w.payload))}) {
		if f.Label == "" || f.Label != strings.TrimSpace(f.Label) || strings.ContainsAny(f.Label, ":\r\n") {
			return fmt.Errorf("finish the bag: %q is no label", f.Label)
		}
		fmt.Fprintf(&meta, "%s: %s\n", f.Label, strings.Join(strings.Fields(f.Value), " "))
	}
	own := []struct{ name, text string }{
		{"bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"},
		{"bag-info.txt", meta.String()},
		{"manifest-sha256.txt", list(w.payload, func(s sums) string { return s.sha256 })},
		{"manifest-sha512.txt", list(w.payload, func(s sums) string { return s.sha512 })},
	}
	for _, f := range own {
		if _, _, err := w.put(w.tags, f.name, strings.NewReader(f.text)); err != nil {
			return err
		}
	}
	last := []struct{ name, text string }{
		{"tagmanifest-sha256.txt", list(w.tags, func(s sums) string { return s.sha256 })},
		{"tagmanifest-sha512.txt", list(w.tags, func(s sums) string { return s.sha512 })},
	}
	for _, f := range last {
		if _, _, err := w.put(map[string]sums{}, f.name, strings.NewReader(f.text)); err != nil {
			return err
		}
	}
	w.closed = true
	return nil
}

// list writes a manifest as the checksum tools do.
func list(files map[string]sums, pick func(sums) string) string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%s  %s\n", pick(files[name]), name)
	}
	return b.String()
}
