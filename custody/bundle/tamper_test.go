package bundle_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"golang.org/x/mod/sumdb/note"
)

// The mutation harness. A mutation is one kind of tampering with one thing; it
// names what the verifier must say. Three hands do it:
//
//   - a hand that has the file and no key, and changes bytes of it;
//   - one that makes a proper tar and a proper listing of what it changed, and
//     still has no key;
//   - the sender, who has every key of their own log and seals anew, and
//     contradicts what was logged, offered or receipted.
type mutation struct {
	name string
	data []byte
	want string // a regular expression for the reason
	opts bundle.Options
}

// tarFile is a file of a bundle, with the place where it begins in the tar.
type tarFile struct {
	name string
	data []byte
	at   int
}

func list(t testing.TB, b []byte) (out []tarFile) {
	src := bytes.NewReader(b)
	r := tar.NewReader(src)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		at := len(b) - src.Len()
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tarFile{h.Name, data, at})
	}
}

// repack makes a proper tar of files.
func repack(t testing.TB, files []tarFile) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.data)), Mode: 0o644, ModTime: time.Unix(0, 0).UTC()}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// relist writes the listing anew, and the seal if there is a key for it.
func relist(t testing.TB, files []tarFile, key note.Signer, made time.Time, node string) []tarFile {
	var listing []byte
	n := 0
	for _, f := range files {
		if f.name == "files.jsonl" || f.name == "seal" {
			continue
		}
		sum := sha256.Sum256(f.data)
		listing = fmt.Appendf(listing, "{\"name\":%q,\"bytes\":%d,\"sha256\":%q}\n", f.name, len(f.data), hex.EncodeToString(sum[:]))
		n++
	}
	sum := sha256.Sum256(listing)
	out := slices.Clone(files)
	for i := range out {
		switch {
		case out[i].name == "files.jsonl":
			out[i].data = listing
		case out[i].name == "seal" && key != nil:
			signed, err := custody.SignNote("heed-seal/v1\n", struct {
				Node    string    `json:"node"`
				Made    time.Time `json:"made"`
				By      string    `json:"by"`
				Files   int       `json:"files"`
				Listing string    `json:"listing"`
			}{node, made, "P-9", n, hex.EncodeToString(sum[:])}, key)
			if err != nil {
				t.Fatal(err)
			}
			out[i].data = signed
		}
	}
	return out
}

// said is what may be said of a file whose bytes are not those that were
// sealed: the reason that names what the file is.
func said(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	switch {
	case strings.HasPrefix(name, "items/"):
		return `item \d+( has|:)|bytes of item|the listing has`
	case strings.HasPrefix(name, "handovers/"):
		return `hand-over \d+: |` + regexp.QuoteMeta(name)
	case strings.HasPrefix(name, "logs/"):
		return `log \d+: |` + regexp.QuoteMeta(name) + `|witness|item \d+: `
	}
	return map[string]string{
		"heed-bundle":    `heed-bundle`,
		"offer":          `offer|items|permissions`,
		"receipt":        `receipt`,
		"refused.jsonl":  `receipt: |refus`,
		"items.jsonl":    `items\.jsonl|item \d+|items|offer`,
		"consents.jsonl": `consents\.jsonl|permission`,
		"page.html":      `page\.html`,
		"files.jsonl":    `files\.jsonl|listing`,
		"seal":           `seal`,
	}[base]
}

const framed = `one form allowed|no tar file|cut short|in its place|in their place|follows|one form|not in the bundle|heed-bundle|does not belong`

// byHand changes bytes of the file.
func byHand(t testing.TB, b []byte) (out []mutation) {
	add := func(name, want string, data []byte) { out = append(out, mutation{name: name, want: want, data: data}) }
	for _, f := range list(t, b) {
		for i := 0; i < 512; i += 37 { // the header of the file
			bad := bytes.Clone(b)
			bad[f.at-512+i] ^= 1 << (i % 7)
			add(fmt.Sprintf("flip byte %d of the frame of %s", i, f.name), framed+"|"+said(f.name), bad)
		}
		for k := range 12 { // its bytes
			if len(f.data) == 0 {
				break
			}
			at := k * len(f.data) / 12
			bad := bytes.Clone(b)
			bad[f.at+at] ^= 1 << (k % 8)
			if !bytes.Equal(bad, b) {
				add(fmt.Sprintf("flip byte %d of %s", at, f.name), said(f.name), bad)
			}
		}
		add("cut the tail off within "+f.name, framed+"|"+said(f.name), b[:f.at+len(f.data)/2])
		add("cut the tail off before "+f.name, framed+"|"+said(f.name), b[:f.at-512])
		add("a byte put in at "+f.name, framed+"|"+said(f.name), slices.Insert(bytes.Clone(b), f.at, 'x'))
		add("a byte taken out at the frame of "+f.name, framed+"|"+said(f.name), slices.Delete(bytes.Clone(b), f.at-300, f.at-299))
	}
	add("a byte appended", "something follows", append(bytes.Clone(b), 0))
	add("a block appended", "something follows", append(bytes.Clone(b), make([]byte, 512)...))
	add("a second bundle appended", "something follows", append(bytes.Clone(b), b...))
	add("the last block taken off", framed, b[:len(b)-512])
	add("nothing left", framed, nil)
	return out
}

// withoutKey changes files, and packs and lists them properly.
func withoutKey(t testing.TB, b, other []byte) (out []mutation) {
	files := list(t, b)
	replay := map[string][]byte{}
	for _, f := range list(t, other) {
		replay[f.name] = f.data
	}
	for i, f := range files {
		add := func(what, want string, change func(fs []tarFile) []tarFile) {
			for _, listed := range []bool{false, true} {
				if listed && f.name == "files.jsonl" {
					continue // it is what is made anew
				}
				changed := change(slices.Clone(files))
				name := what + " " + f.name
				if listed {
					changed, name = relist(t, changed, nil, noon, ""), name+", listed anew"
				}
				if data := repack(t, changed); !bytes.Equal(data, b) {
					out = append(out, mutation{name: name, want: want + "|seal: it was put to another listing|not the file that the listing has", data: data})
				}
			}
		}
		put := func(data []byte) func(fs []tarFile) []tarFile {
			return func(fs []tarFile) []tarFile { fs[i].data = data; return fs }
		}
		place := `does not belong|in its place|in their place|not in the bundle|in its listing|listing has|follows|` + said(f.name)
		if n := len(f.data); n > 0 {
			for _, at := range []int{0, n / 3, n / 2, n - 1} {
				bad := bytes.Clone(f.data)
				bad[at] ^= 4
				add(fmt.Sprintf("byte %d changed in", at), said(f.name), put(bad))
			}
			add("the last byte taken from", said(f.name), put(f.data[:n-1]))
			add("emptied:", said(f.name)+"|cut short", put(nil))
			add("doubled:", said(f.name), put(append(bytes.Clone(f.data), f.data...)))
			if lines := bytes.SplitAfter(f.data, []byte("\n")); len(lines) > 2 {
				add("the first line taken from", said(f.name), put(bytes.Join(lines[1:], nil)))
				add("the last line taken from", said(f.name), put(bytes.Join(lines[:len(lines)-2], nil)))
				turned := slices.Clone(lines)
				turned[0], turned[1] = turned[1], turned[0]
				add("the first two lines exchanged in", said(f.name), put(bytes.Join(turned, nil)))
				add("a line doubled in", said(f.name), put(append(bytes.Clone(lines[0]), f.data...)))
			}
		}
		add("a byte added to", said(f.name), put(append(bytes.Clone(f.data), ' ')))
		add("a line added to", said(f.name), put(append(bytes.Clone(f.data), "{}\n"...)))
		add("left out:", place, func(fs []tarFile) []tarFile { return slices.Delete(fs, i, i+1) })
		add("twice:", place, func(fs []tarFile) []tarFile { return slices.Insert(fs, i, fs[i]) })
		add("renamed:", place, func(fs []tarFile) []tarFile { fs[i].name += "x"; return fs })
		add("a stranger before", place+`|stray`, func(fs []tarFile) []tarFile { return slices.Insert(fs, i, tarFile{name: "stray"}) })
		add("moved to the end:", place, func(fs []tarFile) []tarFile { return append(slices.Delete(fs, i, i+1), f) })
		if i > 0 {
			add("exchanged with the file before:", place+"|"+said(files[i-1].name), func(fs []tarFile) []tarFile { fs[i], fs[i-1] = fs[i-1], fs[i]; return fs })
			add("bytes of the file before in", said(f.name), put(files[i-1].data))
		}
		if old, ok := replay[f.name]; ok && !bytes.Equal(old, f.data) {
			add("replayed from an older bundle:", said(f.name)+"|offer|items|item \\d+|log \\d+", put(old))
		}
	}
	return out
}

// TestTampering runs every mutation, and the bundles that nobody touched.
func TestTampering(t *testing.T) {
	if testing.Short() {
		t.Skip("left to `make test`")
	}
	w := newWorld(t)
	older := newWorld(t)
	older.a.add("evidence.opened", map[string]any{}, "E-3")
	first, second := write(t, w.first(true)), write(t, w.second())
	for i := range older.itemsA {
		older.itemsA[i].Custody[0] = older.a.segment(older.itemsA[i].ID, custody.ChainStart(older.itemsA[i].Sum()))
	}
	older.offerA = older.a.offer("H-1", older.b, older.itemsA, older.consent)
	older.receipt, older.refused = older.b.answer("H-7", older.offerA, older.itemsA, 5)
	var all []mutation
	for _, pair := range []struct {
		name      string
		of, other []byte
	}{{"first", first, write(t, older.first(true))}, {"second", second, write(t, older.second())}} {
		if _, err := verify(pair.of, bundle.Options{}); err != nil {
			t.Fatalf("a false alarm: %v", err)
		}
		if _, err := verify(pair.other, bundle.Options{}); err != nil {
			t.Fatalf("a false alarm: %v", err)
		}
		for _, m := range slices.Concat(byHand(t, pair.of), withoutKey(t, pair.of, pair.other)) {
			m.name = pair.name + ": " + m.name
			all = append(all, m)
		}
	}
	all = append(all, slices.Concat(bySender(t), partly(t), timely(t))...)
	kinds := map[string]int{}
	for _, m := range all {
		kinds[m.name]++
		_, err := verify(m.data, m.opts)
		switch {
		case err == nil:
			t.Errorf("%s: and still verified", m.name)
		case !regexp.MustCompile(m.want).MatchString(err.Error()):
			t.Errorf("%s: must be told %q, got: %v", m.name, m.want, err)
		case strings.ContainsAny(err.Error(), "\n\x00"):
			t.Errorf("%s: the error takes more than a line: %q", m.name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if kinds[name] > 1 {
			t.Errorf("%s is counted %d times", name, kinds[name])
		}
	}
	if len(kinds) < 1000 {
		t.Errorf("only %d kinds of tampering", len(kinds))
	}
	t.Logf("%d kinds of tampering", len(kinds))
}
