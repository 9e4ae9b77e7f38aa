package custody_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

const origin = "example.org/log"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// seed is an endless source of the same bytes, so that keys never change.
type seed byte

func (s seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// draft is an entry to be made.
type draft struct {
	kind     string
	at       time.Time
	node     string
	subjects []string
	open     string
	sealed   string
	disclose bool
}

// a node makes logs and packs of them for tests, always the same ones.
type node struct {
	t              testing.TB
	log, entries   note.Signer
	logKey, entKey string
	cosigner       *ledger.Cosigner
}

func newNode(t testing.TB, s seed) *node {
	n := &node{t: t}
	n.log, n.logKey = n.key(s, origin)
	n.entries, n.entKey = n.key(s+1, origin+"/entries")
	var err error
	n.cosigner, err = ledger.NewCosigner("w1.example.org", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{11}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *node) key(s seed, name string) (note.Signer, string) {
	skey, vkey, err := note.GenerateKey(s, name)
	if err != nil {
		n.t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		n.t.Fatal(err)
	}
	return signer, vkey
}

// story is a small log: founded, an exercise's warning, served, lapsed,
// decided.
func (n *node) story() []draft {
	founding := fmt.Sprintf(`{"entry_key":%q,"log_key":%q,"exercise":true}`, n.entKey, n.logKey)
	d := func(kind string, minutes int, open, sealed string, subjects ...string) draft {
		return draft{kind: kind, at: noon.Add(time.Duration(minutes) * time.Minute), node: origin, subjects: subjects, open: open, sealed: sealed}
	}
	all := []draft{
		d("node.founded", 0, founding, "", "node"),
		d("warning.issued", 1, `{"level":4}`, `{"finding":"houses were marked"}`, "W-1", "S-1"),
		d("situation.noted", 1, `{}`, "", "S-2"),
		d("duty.lapsed", 60, `{"duty":"D-1"}`, "", "D-1", "W-1"),
		d("decision.made", 90, `{"choice":2}`, `{"reason":"<to be weighed> & said"}`, "DEC-1", "W-1"),
		d("note.made", 91, `{}`, "", "S-2"),
	}
	all[4].disclose = true
	return all
}

type part struct {
	D   []byte `json:"d"`
	Key string `json:"key,omitempty"`
}

// leaf makes the leaf of a draft and its bodies, each salted with a salt that
// depends on index and part alone.
func (n *node) leaf(index int64, d draft) (leaf []byte, open, sealed *custody.Body) {
	body := func(which byte, text string) (*custody.Body, *part) {
		salt := bytes.Repeat([]byte{byte(index), which}, custody.SaltSize/2)
		sum := sha256.Sum256(append(slices.Clone(salt), text...))
		return &custody.Body{Salt: salt, Bytes: []byte(text)}, &part{D: sum[:]}
	}
	h := struct {
		V        int      `json:"v"`
		Kind     string   `json:"kind"`
		Time     string   `json:"time"`
		Actor    string   `json:"actor"`
		Node     string   `json:"node"`
		Subjects []string `json:"subjects"`
		Marking  string   `json:"marking,omitempty"`
		Open     *part    `json:"open"`
		Sealed   *part    `json:"sealed,omitempty"`
	}{V: 1, Kind: d.kind, Time: d.at.Format("2006-01-02T15:04:05.000000Z"), Actor: "P-1", Node: d.node, Subjects: d.subjects}
	open, h.Open = body('o', d.open)
	if d.sealed != "" {
		sealed, h.Sealed = body('s', d.sealed)
		h.Sealed.Key, h.Marking = d.subjects[0], "AMBER"
	}
	line, err := json.Marshal(h)
	if err != nil {
		n.t.Fatal(err)
	}
	return n.sign(append(line, '\n')), open, sealed
}

func (n *node) sign(line []byte) []byte {
	sig, err := n.entries.Sign(append([]byte("heed-entry/v1\n"), line...))
	if err != nil {
		n.t.Fatal(err)
	}
	raw := append(binary.BigEndian.AppendUint32(nil, n.entries.KeyHash()), sig...)
	return fmt.Appendf(line, "— %s %s\n", n.entries.Name(), base64.StdEncoding.EncodeToString(raw))
}

// pack logs the drafts and packs those with the given indexes.
func (n *node) pack(drafts []draft, indexes ...int64) custody.Pack {
	var leaves [][]byte
	var entries []custody.Entry
	for i, d := range drafts {
		leaf, open, sealed := n.leaf(int64(i), d)
		if !d.disclose {
			sealed = nil
		}
		leaves = append(leaves, leaf)
		entries = append(entries, custody.Entry{Index: int64(i), Leaf: leaf, Open: open, Sealed: sealed})
	}
	return n.packLeaves(leaves, entries, indexes...)
}

func (n *node) packLeaves(leaves [][]byte, entries []custody.Entry, indexes ...int64) custody.Pack {
	store := ledger.NewMemory()
	b, err := ledger.Extend(ledger.Head{}, leaves, origin, n.log)
	if err != nil {
		n.t.Fatal(err)
	}
	if err := store.Append(n.t.Context(), b); err != nil {
		n.t.Fatal(err)
	}
	c, err := ledger.ReadCheckpoint(b.Head.Checkpoint)
	if err != nil {
		n.t.Fatal(err)
	}
	line, err := n.cosigner.Cosign(c, noon.Add(2*time.Hour))
	if err != nil {
		n.t.Fatal(err)
	}
	witness, err := ledger.NewVerifier(n.cosigner.VerifierKey())
	if err != nil {
		n.t.Fatal(err)
	}
	checkpoint, err := ledger.Merge(b.Head.Checkpoint, line, witness)
	if err != nil {
		n.t.Fatal(err)
	}
	p := custody.Pack{Subject: "W-1", Made: noon.Add(3 * time.Hour), By: "P-1", LogKey: n.logKey, Witnesses: []string{n.cosigner.VerifierKey()},
		Checkpoint: checkpoint, Page: []byte("<!doctype html><title>Who knew</title>\n"), Signer: n.entries}
	r := ledger.NewReader(store, 16)
	for _, i := range indexes {
		e := entries[i]
		if e.Proof, err = r.Inclusion(n.t.Context(), i, c.Size); err != nil {
			n.t.Fatal(err)
		}
		p.Entries = append(p.Entries, e)
	}
	return p
}

func write(t testing.TB, p custody.Pack) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := custody.WritePack(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verify(b []byte, o custody.Options) (custody.Report, error) {
	return custody.VerifyPack(bytes.NewReader(b), int64(len(b)), o)
}

func TestPack(t *testing.T) {
	n := newNode(t, 1)
	b := write(t, n.pack(n.story(), 0, 1, 3, 4))
	for _, o := range []custody.Options{{}, {LogKey: n.logKey}, {LogKey: n.logKey, Witnesses: []string{n.cosigner.VerifierKey()}}} {
		r, err := verify(b, o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Node != origin || r.Size != 6 || !r.Exercise || len(r.Entries) != 4 || r.Closed() != 1 || r.Pinned != (o.LogKey != "") {
			t.Errorf("the report is %+v", r)
		}
		if e := r.Entries[3]; e.Kind != "decision.made" || string(e.Sealed) != `{"reason":"<to be weighed> & said"}` || e.Subjects[1] != "W-1" {
			t.Errorf("the last entry is %+v", e)
		}
		if len(r.Witnesses) != 1 || !r.Witnesses[0].At.Equal(noon.Add(2*time.Hour)) || r.Witnesses[0].Pinned != (len(o.Witnesses) > 0) {
			t.Errorf("the witnesses are %+v", r.Witnesses)
		}
	}
	if !bytes.Equal(b, write(t, n.pack(n.story(), 0, 1, 3, 4))) {
		t.Error("the same pack is made of other bytes the second time")
	}
}

// TestUnzip opens a pack with another reader of zip files.
func TestUnzip(t *testing.T) {
	n := newNode(t, 1)
	p := n.pack(n.story(), 0, 1, 4)
	b := write(t, p)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 5+4+4+6 || z.File[0].Name != "manifest.json" || z.File[18].Name != "entries/000000000004/sealed.salt" {
		t.Errorf("the zip holds %d files", len(z.File))
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r) // checks the CRC too
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if f.Name == "entries/000000000001/leaf" && !bytes.Equal(data, p.Entries[1].Leaf) {
			t.Error("the leaf of entry 1 is another")
		}
	}
}

// TestTamper changes, removes and adds each byte of a pack: none goes unseen.
func TestTamper(t *testing.T) {
	if testing.Short() {
		t.Skip("left to `make test`")
	}
	n := newNode(t, 1)
	b := write(t, n.pack(n.story(), 0, 1, 4))
	refuse := func(what string, i int, bad []byte) {
		t.Helper()
		if _, err := verify(bad, custody.Options{}); err == nil {
			t.Fatalf("%s at byte %d of %d, and still verified", what, i, len(b))
		} else if strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("the error takes more than a line: %q", err)
		}
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 1 << (i % 8)
		refuse("changed", i, bad)
		if i%16 > 0 {
			continue
		}
		refuse("removed", i, slices.Delete(bytes.Clone(b), i, i+1))
		refuse("doubled", i, slices.Insert(bytes.Clone(b), i, b[i]))
		refuse("zero added", i, slices.Insert(bytes.Clone(b), i, 0))
		refuse("cut", i, b[:i])
	}
	refuse("appended", len(b), append(bytes.Clone(b), 0))
	refuse("prepended", 0, append([]byte{0}, b...))
	refuse("doubled", 0, append(bytes.Clone(b), b...))
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		bad := bytes.Clone(b)
		i := r.IntN(len(b))
		if bad[i] = byte(r.Uint32()); bad[i] != b[i] {
			refuse("changed at random", i, bad)
		}
	}
}

// TestRefuses makes packs that are wrong in one thing with all the keys of the
// node at hand, and expects to be told that thing.
func TestRefuses(t *testing.T) {
	n := newNode(t, 1)
	other := newNode(t, 7)
	with := func(f func(d []draft)) custody.Pack {
		d := n.story()
		f(d)
		return n.pack(d, 0, 1, 3, 4)
	}
	packed := func(f func(p *custody.Pack)) custody.Pack {
		p := n.pack(n.story(), 0, 1, 3, 4)
		f(&p)
		return p
	}
	// header makes a log whose entry 1 has a header line spelled otherwise.
	header := func(f func(line string) string) custody.Pack {
		p := n.pack(n.story(), 0)
		leaf, open, _ := n.leaf(1, n.story()[1])
		line, _, _ := strings.Cut(string(leaf), "\n")
		changed := n.sign([]byte(f(line) + "\n"))
		entries := []custody.Entry{p.Entries[0], {Index: 1, Leaf: changed, Open: open}}
		return n.packLeaves([][]byte{p.Entries[0].Leaf, changed}, entries, 0, 1)
	}
	for _, c := range []struct {
		want string
		pack custody.Pack
	}{
		{"time 2026-03-01T11:59:59.000000Z is before that of the entry before it", with(func(d []draft) { d[3].at = noon.Add(-time.Second) })},
		{`it is of the node "example.org/elsewhere"`, with(func(d []draft) { d[3].node = "example.org/elsewhere" })},
		{`entry 0: it is of kind "node.renamed"`, with(func(d []draft) { d[0].kind = "node.renamed" })},
		{"entry 0: it names the log key", with(func(d []draft) { d[0].open = strings.Replace(d[0].open, n.logKey, other.logKey, 1) })},
		{"signed by \"example.org/log/entries\", not by", with(func(d []draft) { d[0].open = strings.Replace(d[0].open, n.entKey, other.entKey, 1) })},
		{"entry key:", with(func(d []draft) { d[0].open = strings.Replace(d[0].open, n.entKey, "none", 1) })},
		{"names the entry key, is not in the pack or cannot be read", with(func(d []draft) { d[0].open += " {}" })},
		{"names the entry key, is not in the pack", packed(func(p *custody.Pack) { p.Entries[0].Open = nil })},
		{"does not begin with entry 0", packed(func(p *custody.Pack) { p.Entries = p.Entries[1:] })},
		{"does not begin with entry 0", packed(func(p *custody.Pack) { p.Entries = nil })},
		{"entry 3 stands before entry 1", packed(func(p *custody.Pack) { p.Entries[1], p.Entries[2] = p.Entries[2], p.Entries[1] })},
		{"entry 1 stands before entry 1", packed(func(p *custody.Pack) { p.Entries[2] = p.Entries[1] })},
		{"entry 1 is not what the log of 6 entries holds there", packed(func(p *custody.Pack) { p.Entries[1].Leaf = p.Entries[2].Leaf })},
		{"entry 1 is not what the log of 6 entries holds there", packed(func(p *custody.Pack) { p.Entries[1].Proof = nil })},
		{"entry 4: its open part is not the one", packed(func(p *custody.Pack) { p.Entries[3].Open.Bytes = []byte(`{"choice":3}`) })},
		{"entry 4: its sealed part is not the one", packed(func(p *custody.Pack) { p.Entries[3].Sealed.Salt[0]++ })},
		{"entry 4: its open part is not the one", packed(func(p *custody.Pack) {
			b := p.Entries[3].Open
			b.Salt, b.Bytes = append(b.Salt, b.Bytes[0]), b.Bytes[1:] // the same bytes, cut elsewhere
		})},
		{"entry 3: it has no sealed part", packed(func(p *custody.Pack) { p.Entries[2].Sealed = p.Entries[3].Sealed })},
		{"manifest: it is signed by \"example.org/log\", not by", packed(func(p *custody.Pack) { p.Signer = n.log })},
		{"there is no key to sign", packed(func(p *custody.Pack) { p.Signer = nil })},
		{"checkpoint is not signed by example.org/log", packed(func(p *custody.Pack) { p.LogKey = other.logKey })},
		{"key: ", packed(func(p *custody.Pack) { p.LogKey = "none" })},
		{"witness: ", packed(func(p *custody.Pack) { p.Witnesses = []string{"none"} })},
		{"not cosigned by the witness example.org/log+", packed(func(p *custody.Pack) { p.Witnesses = append(p.Witnesses, other.logKey) })},
		{"checkpoint is not a signed note", packed(func(p *custody.Pack) { p.Checkpoint = nil })},
		{"not in the one spelling", header(func(s string) string { return strings.Replace(s, `"v":1`, `"v": 1`, 1) })},
		{"not in the one spelling", header(func(s string) string { return strings.Replace(s, `"actor":"P-1"`, `"actor":"P-2","actor":"P-1"`, 1) })},
		{"not in the one spelling", header(func(s string) string { return strings.Replace(s, `"kind"`, `"Kind"`, 1) })},
		{"not JSON of the form required", header(func(s string) string { return strings.Replace(s, `"actor"`, `"actress"`, 1) })},
		{"version 2 is not known", header(func(s string) string { return strings.Replace(s, `"v":1`, `"v":2`, 1) })},
		{"kind, node or subjects", header(func(s string) string { return strings.Replace(s, `"W-1","S-1"`, ``, 1) })},
		{"no subject's key", header(func(s string) string { return strings.Replace(s, `"key":"W-1"`, `"key":"W-2"`, 1) })},
		{"is not a time like", header(func(s string) string { return strings.Replace(s, `.000000Z`, `Z`, 1) })},
		{"is not a time like", header(func(s string) string { return strings.Replace(s, `.000000Z`, `.0000000Z`, 1) })},
	} {
		var b bytes.Buffer
		err := custody.WritePack(&b, c.pack)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("must be told %q, got: %v", c.want, err)
		}
		if b.Len() > 0 {
			t.Errorf("%s: %d bytes were written nevertheless", c.want, b.Len())
		}
	}
}

// TestPinned checks a good pack against the wrong expectations.
func TestPinned(t *testing.T) {
	n, other := newNode(t, 1), newNode(t, 7)
	b := write(t, n.pack(n.story(), 0, 1))
	if _, err := verify(b, custody.Options{LogKey: other.logKey}); err == nil || !strings.HasPrefix(err.Error(), "key: ") {
		t.Errorf("under another log key: %v", err)
	}
	w, err := ledger.NewCosigner("w2.example.org", ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(b, custody.Options{Witnesses: []string{w.VerifierKey()}}); err == nil || !strings.Contains(err.Error(), "w2.example.org") {
		t.Errorf("with a witness that did not cosign: %v", err)
	}
	if r, err := verify(b, custody.Options{Witnesses: []string{n.cosigner.VerifierKey(), n.cosigner.VerifierKey()}}); err != nil || len(r.Witnesses) != 1 {
		t.Errorf("with a witness named twice: %v, %v", r.Witnesses, err)
	}
	// A whole pack of another node's making verifies under its own key alone.
	forged := write(t, other.pack(other.story(), 0, 1))
	if _, err := verify(forged, custody.Options{}); err != nil {
		t.Error(err)
	}
	if _, err := verify(forged, custody.Options{LogKey: n.logKey}); err == nil {
		t.Error("another node's pack is verified under this node's key")
	}
}

// TestReportIsPlain: whatever a forger calls their log and their witness, the
// terminal shows it, and a witness that the pack brings does not end the
// caution.
func TestReportIsPlain(t *testing.T) {
	nasty := "log,\u009b1A\u009b2K\u202ednarb"
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r := custody.Report{Subject: nasty, By: nasty, Node: nasty, LogKey: nasty, Witnesses: []custody.Witness{{Key: nasty, At: at}},
		Entries: []custody.Summary{{Kind: nasty, Actor: nasty, Subjects: []string{nasty}}}}
	if s := r.String() + r.List(); strings.ContainsAny(s, "\u009b\u202e") {
		t.Errorf("control characters reach the terminal: %q", s)
	}
	const caution = "would not be noticed"
	if s := r.String(); !strings.Contains(s, caution) {
		t.Errorf("a witness that the pack brings ends the caution: %s", s)
	}
	if r.Witnesses = append(r.Witnesses, custody.Witness{Key: "w1", At: at, Pinned: true}); strings.Contains(r.String(), caution) {
		t.Errorf("a witness that was named does not end the caution: %s", r)
	}
}

func TestReport(t *testing.T) {
	n := newNode(t, 1)
	p := n.pack(n.story(), 0, 1)
	p.Subject, p.By = "W-1\x1b[2J", ""
	r, err := verify(write(t, p), custody.Options{LogKey: n.logKey})
	if err != nil {
		t.Fatal(err)
	}
	text := r.String()
	for _, want := range []string{"verified\nEXERCISE", "by the node\n", n.logKey + " (the one you gave)", "w1.example.org+", "at 2026-03-01T14:00:00Z (key brought by the pack)", "2 in the pack, 1 of them", `\x1b`} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if want := "1 2026-03-01T12:01:00.000000Z warning.issued by P-1 about W-1 S-1, sealed\n"; !strings.HasSuffix(r.List(), want) {
		t.Errorf("the list ends in %q", r.List())
	}
	if strings.Contains(text, "\x1b") {
		t.Error("an escape reaches the terminal")
	}
}

// TestVector makes the pack of docs/spec/pack.md.
func TestVector(t *testing.T) {
	n := newNode(t, 1)
	b := write(t, n.pack(n.story(), 0, 1, 3, 4))
	want, err := os.ReadFile(filepath.Join("testdata", "pack.zip"))
	if os.IsNotExist(err) {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		t.Error(os.WriteFile(filepath.Join("testdata", "pack.zip"), b, 0o666), "written anew: look at it, and commit it")
	}
	if !bytes.Equal(b, want) {
		t.Error("the pack of the specification is made of other bytes")
	}
	spec, err := os.ReadFile("../docs/spec/pack.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{fmt.Sprintf("%x", sha256.Sum256(b)), n.logKey, n.entKey, string(n.pack(n.story(), 1).Entries[0].Leaf)} {
		if !strings.Contains(strings.ReplaceAll(string(spec), "\n    ", "\n"), v) {
			t.Errorf("docs/spec/pack.md does not hold %q", v)
		}
	}
}

// FuzzVerifyPack changes a pack: nothing panics, and only the pack as made is
// verified.
func FuzzVerifyPack(f *testing.F) {
	n := newNode(f, 1)
	b := write(f, n.pack(n.story(), 0, 1, 4))
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(write(f, n.pack(n.story(), 0)))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, bad []byte) {
		r, err := verify(bad, custody.Options{LogKey: n.logKey})
		if err == nil && (r.Node != origin || r.Subject != "W-1") {
			t.Errorf("a pack of the fuzzer's making is verified: %+v", r)
		}
	})
}
