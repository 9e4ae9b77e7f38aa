package bundle

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/handover"
	"golang.org/x/mod/sumdb/note"
)

// seal is what the sender signs at the end, over all files.
type seal struct {
	Node    string    `json:"node"`
	Made    time.Time `json:"made"`
	By      string    `json:"by"`
	Files   int       `json:"files"`
	Listing string    `json:"listing"` // SHA-256 of files.jsonl
}

// Verify checks a bundle as it is read, from first to last byte. The error
// names the first thing that fails, in plain words.
func Verify(r io.Reader, opts Options) (Report, error) { return verifyFiles(readTar(r), opts, nil) }

// VerifyFolder checks a bundle that tar has laid out in a folder.
func VerifyFolder(fsys fs.FS, opts Options) (Report, error) {
	files, err := readFolder(fsys)
	if err != nil {
		return Report{}, err
	}
	return verifyFiles(files, opts, nil)
}

// VerifyFile checks the bundle that a file or a folder is.
func VerifyFile(fsys fs.FS, name string, opts Options) (Report, error) {
	return ReadFile(fsys, name, opts, nil)
}

// ReadFile checks a bundle as VerifyFile does, and hands the bytes of each item
// to take: decrypted where Options can. What take gets is not known to be
// right before it ends without an error.
func ReadFile(fsys fs.FS, name string, opts Options, take func(handover.Item, io.Reader) error) (Report, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return Report{}, fmt.Errorf("read the bundle: %w", err)
	}
	if info.IsDir() {
		sub, err := fs.Sub(fsys, name)
		if err != nil {
			return Report{}, fmt.Errorf("read the bundle: %w", err)
		}
		files, err := readFolder(sub)
		if err != nil {
			return Report{}, err
		}
		return verifyFiles(files, opts, take)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return Report{}, fmt.Errorf("read the bundle: %w", err)
	}
	defer f.Close()
	return verifyFiles(readTar(f), opts, take)
}

// Is tells whether a file or folder looks like a bundle: its first file is the
// one that names the form.
func Is(fsys fs.FS, name string) bool {
	if info, err := fs.Stat(fsys, name); err == nil && info.IsDir() {
		_, err := fs.Stat(fsys, name+"/"+formName)
		return err == nil
	}
	f, err := fsys.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	first, err := bufio.NewReaderSize(f, 512).Peek(len(formName) + 1)
	return err == nil && string(first) == formName+"\x00"
}

// verifier checks a bundle step by step; each step stands on those before it.
type verifier struct {
	opts   Options
	take   func(handover.Item, io.Reader) error
	report Report
	logs   []checkedLog
	opened []Disclosure
	taken  map[[2]string][]byte // by node and id: the digest of what is sealed of the entry by which it was taken in
	list   []byte               // the listing as it must be
	files  int
}

func verifyFiles(files next, opts Options, take func(handover.Item, io.Reader) error) (Report, error) {
	v := &verifier{opts: opts, take: take, taken: map[[2]string][]byte{}}
	m := &reader{v: v, files: files}
	if err := m.advance(); err != nil {
		return Report{}, err
	}
	c, err := m.contents()
	if err != nil {
		return Report{}, err
	}
	v.report.Contents = c
	if err := v.meta(); err != nil {
		return Report{}, err
	}
	for _, item := range c.Items {
		if err := m.payload(item); err != nil {
			return Report{}, err
		}
	}
	if err := m.end(); err != nil {
		return Report{}, err
	}
	v.report.Opened = v.opened
	return v.report, nil
}

// listFile adds a file to the listing as it must be.
func (v *verifier) listFile(name string, size int64, sum []byte) error {
	line, err := custody.Line(listed{name, size, hex.EncodeToString(sum)})
	v.list = append(v.list, line...)
	v.files++
	return err
}

// reader takes the files of a bundle in their order.
type reader struct {
	v     *verifier
	files next
	name  string
	size  int64
	r     io.Reader
	done  bool
}

func (m *reader) advance() (err error) {
	m.name, m.size, m.r, err = m.files()
	if errors.Is(err, io.EOF) {
		m.done, m.name, err = true, "", nil
	}
	return err
}

// required reads a file that must come next.
func (m *reader) required(name string) ([]byte, error) {
	if m.name != name || m.r == nil {
		found := m.name
		if m.done || found == name {
			found = "the end of the bundle"
		}
		return nil, fmt.Errorf("%s is not in the bundle, or not in its place: %.100q stands there", name, found)
	}
	return m.meta()
}

// meta reads the file that is next, whatever it is.
func (m *reader) meta() ([]byte, error) {
	b, err := readMeta(m.name, m.size, m.r)
	if err != nil {
		return nil, err
	}
	if m.name != listingName && m.name != sealName {
		sum := sha256.Sum256(b)
		if err := m.v.listFile(m.name, m.size, sum[:]); err != nil {
			return nil, err
		}
	}
	return b, m.advance()
}

// optional reads a file if it comes next; nil if not.
func (m *reader) optional(name string) ([]byte, error) {
	if m.name != name {
		return nil, nil
	}
	b, err := m.required(name)
	if b == nil {
		b = []byte{}
	}
	return b, err
}

// contents reads all files up to the first item.
func (m *reader) contents() (c Contents, err error) {
	form, err := m.required(formName)
	if err != nil {
		return c, err
	}
	if string(form) != formText {
		return c, fmt.Errorf("%s: %.40q is not a form that is known here", formName, form)
	}
	if c.Offer, err = m.optional(offerName); err != nil {
		return c, err
	}
	if c.Receipt, err = m.optional(receiptName); err != nil {
		return c, err
	}
	if c.Receipt != nil {
		if c.Refusals, err = m.required(refusalsName); err != nil {
			return c, err
		}
	}
	if c.Items, err = parsed(m, itemsName, handover.ParseItems); err != nil {
		return c, err
	}
	if c.Consents, err = parsed(m, consentsName, ParseConsents); err != nil {
		return c, err
	}
	for k := 0; k < maxParts && (k == 0 || strings.HasPrefix(m.name, logName(k, ""))); k++ {
		l, err := m.log(k)
		if err != nil {
			return c, err
		}
		c.Logs = append(c.Logs, l)
	}
	for k := 1; k <= maxParts && strings.HasPrefix(m.name, handoverName(k, "")); k++ {
		h, err := m.handover(k)
		if err != nil {
			return c, err
		}
		c.Handovers = append(c.Handovers, h)
	}
	for k := 1; k <= maxTimes && strings.HasPrefix(m.name, timeName(k, "")); k++ {
		t, err := m.time(k)
		if err != nil {
			return c, err
		}
		c.Times = append(c.Times, t)
	}
	if c.Sealed, err = m.optional(sealedName); err != nil {
		return c, err
	}
	if c.Page, err = m.optional(pageName); err != nil {
		return c, err
	}
	if !m.done && !strings.HasPrefix(m.name, "items/") && m.name != listingName {
		return c, fmt.Errorf("%.100q does not belong in a bundle, or not where it stands", m.name)
	}
	return c, nil
}

// parsed reads a required file and parses it.
func parsed[T any](m *reader, name string, parse func([]byte) (T, error)) (out T, err error) {
	b, err := m.required(name)
	if err != nil {
		return out, err
	}
	if out, err = parse(b); err != nil {
		return out, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

func (m *reader) log(k int) (l Log, err error) {
	key, err := m.required(logName(k, keyName))
	if err != nil {
		return l, err
	}
	var ok bool
	if l.Key, ok = strings.CutSuffix(string(key), "\n"); !ok {
		return l, fmt.Errorf("%s does not end with a newline", logName(k, keyName))
	}
	if l.Checkpoint, err = m.required(logName(k, checkpointName)); err != nil {
		return l, err
	}
	if l.Witnesses, err = parsed(m, logName(k, witnessesName), parseWitnesses); err != nil {
		return l, err
	}
	if l.Entries, err = parsed(m, logName(k, entriesName), parseEntries); err != nil {
		return l, err
	}
	l.Proof, err = parsed(m, logName(k, proofName), parseHashes)
	return l, err
}

func (m *reader) handover(k int) (h Handover, err error) {
	if h.Offer, err = m.required(handoverName(k, offerName)); err != nil {
		return h, err
	}
	if h.Receipt, err = m.required(handoverName(k, receiptName)); err != nil {
		return h, err
	}
	if h.Refusals, err = m.required(handoverName(k, refusalsName)); err != nil {
		return h, err
	}
	if h.Items, err = parsed(m, handoverName(k, itemsName), handover.ParseItems); err != nil {
		return h, err
	}
	h.Proof, err = parsed(m, handoverName(k, proofName), parseHashes)
	return h, err
}

// payload checks the bytes of one item, if they are in the bundle.
func (m *reader) payload(item handover.Item) error {
	if item.Payload == handover.Without {
		return nil
	}
	name := payloadName(item)
	if m.name != name {
		return fmt.Errorf("the bytes of item %d are not in the bundle, or not in their place: %.100q stands there", item.N, orNone(m.name, "its end"))
	}
	var wrong error
	if m.r == nil {
		wrong = fmt.Errorf("item %d: its bytes are not in the bundle", item.N)
	} else if wrong = m.bytes(item); wrong != nil && fatal(wrong) {
		return wrong
	}
	if m.v.opts.Each != nil {
		if err := m.v.opts.Each(item, wrong); err != nil {
			return err
		}
	} else if wrong != nil {
		return wrong
	}
	return m.advance()
}

// broken is an error of the bundle itself, not of the bytes of one item.
type broken struct{ error }

func fatal(err error) bool {
	var b broken
	return errors.As(err, &b)
}

// bytes reads the bytes of one item: as they lie there for the listing, and as
// they are for the item's own hash.
func (m *reader) bytes(item handover.Item) error {
	whole := &counter{sum: sha256.New()}
	src := io.TeeReader(io.LimitReader(m.r, m.size), whole)
	wrong := m.v.item(item, src)
	if _, err := io.Copy(io.Discard, src); err != nil { // what was left unread
		return broken{err}
	}
	if whole.n != m.size {
		return broken{fmt.Errorf("%s is cut short", m.name)}
	}
	if err := m.v.listFile(m.name, m.size, whole.sum.Sum(nil)); err != nil {
		return broken{err}
	}
	return wrong
}

// counter hashes and counts what passes.
type counter struct {
	sum hash.Hash
	n   int64
}

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return c.sum.Write(b)
}

// item compares an item's bytes with its line.
func (v *verifier) item(item handover.Item, src io.Reader) error {
	if item.Payload == handover.Sealed {
		if v.opts.Open == nil {
			v.report.Closed++
			return nil
		}
		opened, err := v.opts.Open(src)
		if err != nil {
			return fmt.Errorf("item %d: it is not sealed for this key: %w", item.N, err)
		}
		src = opened
	}
	got := &counter{sum: sha256.New()}
	src = io.TeeReader(src, got)
	var err error
	if v.take != nil {
		err = v.take(item, src)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, src)
	}
	switch {
	case err != nil:
		return fmt.Errorf("item %d: %w", item.N, err)
	case got.n != item.Bytes:
		return fmt.Errorf("item %d has %d bytes, not the %d that its line says", item.N, got.n, item.Bytes)
	case hex.EncodeToString(got.sum.Sum(nil)) != item.SHA256:
		return fmt.Errorf("the bytes of item %d are not those of its SHA-256", item.N)
	}
	v.report.Compared++
	return nil
}

// end checks the listing and the seal.
func (m *reader) end() error {
	listing, err := m.required(listingName)
	if err != nil {
		return err
	}
	if err := m.v.sameListing(listing); err != nil && m.v.opts.Each == nil {
		return err
	}
	signed, err := m.required(sealName)
	if err != nil {
		return err
	}
	if !m.done {
		return fmt.Errorf("%.100q follows the seal", m.name)
	}
	return m.v.seal(signed, listing)
}

// sameListing names the first file that is not as the listing says. The
// listing of a folder from which files are missing is longer.
func (v *verifier) sameListing(listing []byte) error {
	if bytes.Equal(listing, v.list) {
		return nil
	}
	want, err := parseListing(listing)
	if err != nil {
		return fmt.Errorf("%s: %w", listingName, err)
	}
	got, err := parseListing(v.list)
	if err != nil {
		return err
	}
	for i, l := range got {
		switch {
		case i >= len(want):
			return fmt.Errorf("%q is in the bundle and not in its listing", l.Name)
		case l.Name != want[i].Name:
			return fmt.Errorf("%q stands where the listing has %.100q", l.Name, want[i].Name)
		case l != want[i]:
			return fmt.Errorf("%q is not the file that the listing has", l.Name)
		}
	}
	return fmt.Errorf("%.100q is in the listing and not in the bundle", want[len(got)].Name)
}

func (v *verifier) seal(signed, listing []byte) error {
	var s seal
	err := custody.OpenNote(signed, sealContext, &s, func() (note.Verifier, error) {
		own := v.logs[0]
		switch {
		case s.Node != own.name:
			return nil, fmt.Errorf("it is by %.100q, the bundle by %q", s.Node, own.name)
		case s.Listing != handover.Sum(listing) || s.Files != bytes.Count(listing, []byte("\n")):
			return nil, errors.New("it was put to another listing")
		case s.Made.Before(v.latest().Add(-handover.Skew)):
			return nil, errors.New("it was made before what it seals")
		}
		return own.founding.EntryKey, nil
	})
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	v.report.Made, v.report.By = s.Made, s.By
	return nil
}

// latest is the newest time in the bundle.
func (v *verifier) latest() time.Time {
	times := []time.Time{v.logs[0].last}
	if v.report.Offered != nil {
		times = append(times, v.report.Offered.Made)
	}
	if v.report.Answer != nil {
		times = append(times, v.report.Answer.Made)
	}
	return slices.MaxFunc(times, time.Time.Compare)
}

func nth(k int) string { return "log " + strconv.Itoa(k) }
