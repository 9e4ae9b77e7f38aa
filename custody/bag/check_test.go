package bag_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heed-project/heed/custody/bag"
	"github.com/heed-project/heed/internal/testkit"
)

// TestConformanceSuite judges every bag of the Library of Congress suite. The
// folder says the verdict; what is wrong on one system only is invalid.
func TestConformanceSuite(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(testkit.Shared(t, "evidence/bagit-conformance"), "v*", "*", "*"))
	if err != nil || len(dirs) < 30 {
		t.Fatalf("%d bags: %v", len(dirs), err)
	}
	for _, dir := range dirs {
		want := bag.Verdict(filepath.Base(filepath.Dir(dir)))
		if strings.HasSuffix(string(want), "-only") {
			want = bag.Invalid
		}
		report, err := bag.Check(os.DirFS(dir))
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if report.Verdict != want {
			t.Errorf("%s: %s, want %s: %v", dir, report.Verdict, want, report.Problems)
		}
		if want != bag.Valid && (len(report.Problems) == 0 || report.Problems[0].Severity == bag.Noted) {
			t.Errorf("%s: %s without a reason: %v", dir, report.Verdict, report.Problems)
		}
	}
}

// files makes a bag in memory: name, text, name, text…
func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

func sum(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

const (
	one   = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
	early = "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"
)

// TestRules holds each rule of the standard against a small bag of its own.
func TestRules(t *testing.T) {
	line := func(path, content string) string { return sum(content) + "  " + path + "\n" }
	cases := []struct {
		name string
		fs   fstest.MapFS
		want bag.Verdict
		say  string
	}{
		{"plain", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x")), bag.Valid, ""},
		{"CR alone ends a line", files("bagit.txt", strings.ReplaceAll(one, "\n", "\r"), "data/a", "x", "manifest-sha256.txt", sum("x")+" data/a\r"), bag.Valid, ""},
		{"changed", files("bagit.txt", one, "data/a", "y", "manifest-sha256.txt", line("data/a", "x")), bag.Invalid, "was changed"},
		{"missing", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x")+line("data/b", "x")), bag.Invalid, "manifest-sha256.txt:2: data/b is missing"},
		{"in excess", files("bagit.txt", one, "data/a", "x", "data/.DS_Store", "x", "manifest-sha256.txt", line("data/a", "x")), bag.Invalid, "in no manifest"},
		{"left by a system", files("bagit.txt", one, "data/.DS_Store", "x", "manifest-sha256.txt", line("data/.DS_Store", "x")), bag.Warning, "no content"},
		{"left by a system as a folder", files("bagit.txt", one, "data/.Trashes/501/a", "x", "manifest-sha256.txt", line("data/.Trashes/501/a", "x")), bag.Warning, "no content"},
		{"left by a system in other letters", files("bagit.txt", one, "data/THUMBS.DB", "x", "manifest-sha256.txt", line("data/THUMBS.DB", "x")), bag.Warning, "no content"},
		{"called nearly so", files("bagit.txt", one, "data/.trashes.txt", "x", "data/desktop.init/a", "x", "manifest-sha256.txt", line("data/.trashes.txt", "x")+line("data/desktop.init/a", "x")), bag.Valid, ""},
		{"no payload folder", files("bagit.txt", one, "manifest-sha256.txt", ""), bag.Invalid, "folder is missing"},
		{"no manifest", files("bagit.txt", one, "data/a", "x"), bag.Invalid, "no payload manifest"},
		{"strange digest alone", files("bagit.txt", one, "data/a", "x", "manifest-crc.txt", "00 data/a"), bag.Invalid, "no payload manifest"},
		{"strange digest beside", files("bagit.txt", one, "data/a", "x", "manifest-crc.txt", "00 data/a", "manifest-sha256.txt", line("data/a", "x")), bag.Warning, "not checked"},
		{"order mark in the declaration", files("bagit.txt", "\uFEFF"+one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x")), bag.Invalid, "byte order mark"},
		{"order mark in a manifest", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", "\uFEFF"+line("data/a", "x")), bag.Invalid, "byte order mark"},
		{"order mark in a manifest before", files("bagit.txt", early, "data/a", "x", "manifest-sha256.txt", "\uFEFF"+line("data/a", "x")), bag.Warning, "byte order mark"},
		{"order mark in the metadata", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "\uFEFFContact: x\n"), bag.Invalid, "bag-info.txt:1: begins with"},
		{"order mark that is needed", files("bagit.txt", strings.Replace(one, "UTF-8", "UTF-16", 1), "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "\xfe\xff\x00A\x00:\x00 \x00b\x00\n"), bag.Invalid, "manifest-sha256.txt"},
		{"sum twice in 1.0", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "Payload-Oxum: 1.1\nPAYLOAD-OXUM: 1.1\n"), bag.Invalid, "2 times"},
		{"sum twice before", files("bagit.txt", early, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "Payload-Oxum: 1.1\nPayload-Oxum: 1.1\n"), bag.Warning, "2 times"},
		{"no space after a colon", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "A:b\n"), bag.Invalid, "no space"},
		{"no space after a colon before", files("bagit.txt", early, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "A:b\nC : d\n"), bag.Valid, ""},
		{"name of a digest in 1.0", files("bagit.txt", one, "data/a", "x", "manifest-SHA-256.txt", line("data/a", "x")), bag.Invalid, "must be sha256"},
		{"name of a digest before", files("bagit.txt", early, "data/a", "x", "manifest-SHA256.txt", line("data/a", "x")), bag.Warning, "must be sha256"},
		{"percent alone in 1.0", files("bagit.txt", one, "data/100%", "x", "manifest-sha256.txt", line("data/100%", "x")), bag.Warning, "not escaped"},
		{"percent alone before", files("bagit.txt", early, "data/100%", "x", "manifest-sha256.txt", line("data/100%", "x")), bag.Valid, ""},
		{"upper case digits, no last line end, tabs", files("bagit.txt", strings.TrimSuffix(one, "\n"), "data/a", "x", "manifest-sha256.txt", strings.ToUpper(sum("x"))+"\t \tdata/a"), bag.Valid, ""},
		{"no payload", fstest.MapFS{"bagit.txt": {Data: []byte(one)}, "manifest-sha256.txt": {}, "data": {Mode: fs.ModeDir | 0o755}}, bag.Valid, ""},
		{"a folder in a list", files("bagit.txt", one, "data/b/a", "x", "manifest-sha256.txt", line("data/b/a", "x")+line("data/b", "x")), bag.Invalid, "data/b is missing"},
		{"names that Windows keeps", files("bagit.txt", one, "data/con", "x", "data/a:b", "x", "data/aux.txt", "x", "manifest-sha256.txt", line("data/con", "x")+line("data/a:b", "x")+line("data/aux.txt", "x")), bag.Valid, ""},
		{"three lines in 1.0", files("bagit.txt", one+"More: 1\n", "data/a", "x", "manifest-sha256.txt", line("data/a", "x")), bag.Invalid, "two lines"},
		{"three lines before", files("bagit.txt", early+"More: 1\n", "data/a", "x", "manifest-sha256.txt", line("data/a", "x")), bag.Warning, "two lines"},
		{"version to come", files("bagit.txt", strings.Replace(one, "1.0", "2.0", 1), "data/a", "x", "manifest-sha256.txt", line("data/a", "x")), bag.Invalid, "version 2.0"},
		{"unknown encoding", files("bagit.txt", strings.Replace(one, "UTF-8", "KLINGON", 1), "data/a", "x", "manifest-sha256.txt", line("data/a", "x")), bag.Invalid, "KLINGON"},
		{"not its encoding", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "A: \xff"), bag.Invalid, "not UTF-8"},
		{"Latin-1", files("bagit.txt", strings.Replace(one, "UTF-8", "ISO-8859-1", 1), "data/é", "x", "manifest-sha256.txt", line("data/\xe9", "x")), bag.Valid, ""},
		{"one of two lists in 1.0", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "manifest-sha512.txt", ""), bag.Invalid, "is not listed in manifest-sha512.txt"},
		{"one of two lists before", files("bagit.txt", early, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "manifest-sha512.txt", ""), bag.Warning, "is not listed in"},
		{"escaped names", files("bagit.txt", one, "data/50%\n", "x", "manifest-sha256.txt", line("data/50%25%0A", "x")), bag.Valid, ""},
		{"percent not escaped", files("bagit.txt", one, "data/50%25", "x", "manifest-sha256.txt", line("data/50%25", "x")), bag.Warning, "not escaped"},
		{"other normalisation", files("bagit.txt", one, "data/e\u0301", "x", "manifest-sha256.txt", line("data/\u00e9", "x")), bag.Warning, "normalisation"},
		{"both normalisations", files("bagit.txt", early, "data/e\u0301", "x", "data/\u00e9", "x", "manifest-sha256.txt", line("data/\u00e9", "x")+line("data/e\u0301", "x")), bag.Warning, "one file on some systems"},
		{"both normalisations of one file", files("bagit.txt", early, "data/\u00e9", "x", "manifest-sha256.txt", line("data/\u00e9", "x")+line("data/e\u0301", "x")), bag.Warning, "listed again"},
		{"both, other digests", files("bagit.txt", early, "data/\u00e9", "x", "manifest-sha256.txt", line("data/\u00e9", "x")+line("data/e\u0301", "y")), bag.Invalid, "another digest"},
		{"case alone", files("bagit.txt", one, "data/a", "x", "data/A", "x", "manifest-sha256.txt", line("data/a", "x")+line("data/A", "x")), bag.Warning, "only in case"},
		{"upwards", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x")+line("data/../../a", "x")), bag.Invalid, "leads upwards"},
		{"upwards in fetch", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "fetch.txt", "http://h/a - data/../../a\n"), bag.Invalid, "fetch.txt:1"},
		{"holes", files("bagit.txt", one, "data/b", "x", "manifest-sha256.txt", line("data/a", "x")+line("data/b", "x"), "fetch.txt", "http://h/a - data/a\n"), bag.Invalid, "still to be fetched"},
		{"holes filled", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "fetch.txt", "http://h/a 1 data/a\n"), bag.Valid, ""},
		{"fetched and not listed", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "fetch.txt", "http://h/a - data/b\n"), bag.Invalid, "not in the manifest"},
		{"sum of the payload", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "Payload-Oxum: 2.1\n"), bag.Invalid, "Payload-Oxum says"},
		{"sum that is none", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "Payload-Oxum: one\n"), bag.Invalid, "must be OCTETS.FILES"},
		{"no colon", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "bag-info.txt", "Contact\n"), bag.Invalid, "no colon"},
		{"tag manifest without the manifest", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "tagmanifest-sha256.txt", line("bagit.txt", one)), bag.Invalid, "does not list manifest-sha256.txt"},
		{"tag manifest lists the payload", files("bagit.txt", early, "data/a", "x", "manifest-sha256.txt", line("data/a", "x"), "tagmanifest-sha256.txt", line("data/a", "x")), bag.Warning, "does not list the payload"},
		{"a digest too short", files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", "abcd data/a\n"), bag.Invalid, "4 digits"},
		{"nothing", files(), bag.Invalid, "bagit.txt: is missing"},
	}
	for _, c := range cases {
		report, err := bag.Check(c.fs)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if report.Verdict != c.want || !strings.Contains(fmt.Sprint(report.Problems), c.say) {
			t.Errorf("%s: %s %v\nwant %s with %q", c.name, report.Verdict, report.Problems, c.want, c.say)
		}
	}
}

// TestLinksAreNoContent: a link could show a file from outside the bag.
func TestLinksAreNoContent(t *testing.T) {
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "data"), 0o700)
	os.WriteFile(filepath.Join(dir, "bagit.txt"), []byte(one), 0o600)
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "data", "a")); err != nil {
		t.Fatal(err)
	}
	report, err := bag.Check(os.DirFS(dir))
	if err != nil || report.Verdict != bag.Invalid || !strings.Contains(fmt.Sprint(report.Problems), "neither a file nor a folder") {
		t.Fatal(report, err)
	}
}

// TestManyProblemsAreCounted: a report does not grow without bound.
func TestManyProblemsAreCounted(t *testing.T) {
	var list strings.Builder
	for i := range bag.MaxProblems + 50 {
		fmt.Fprintf(&list, "%s  data/%d\n", sum("x"), i)
	}
	report, err := bag.Check(files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", list.String()))
	if err != nil || len(report.Problems) != bag.MaxProblems || report.Unsaid < 50 {
		t.Fatal(len(report.Problems), report.Unsaid, err)
	}
}

// TestEveryByteCounts: with any byte of any file of a bag changed or cut off,
// the bag is no longer plainly valid.
func TestEveryByteCounts(t *testing.T) {
	whole := fstest.MapFS{}
	write(t, whole)
	for name, f := range whole {
		for i := range f.Data {
			if strings.HasPrefix(name, "tagmanifest") && i%7 != 0 {
				continue // one in seven is enough of the long ones
			}
			for _, changed := range [][]byte{append(append(slices.Clone(f.Data[:i]), f.Data[i]^1), f.Data[i+1:]...), f.Data[:i]} {
				c := maps.Clone(whole)
				c[name] = &fstest.MapFile{Data: changed}
				if strings.HasPrefix(name, "tagmanifest") && len(changed) < len(f.Data) && (i == 0 || f.Data[i-1] == '\n') {
					continue // a whole line less: nothing lists the tag manifests
				}
				if report, err := bag.Check(c); err != nil || report.Verdict != bag.Invalid {
					if strings.HasPrefix(name, "tagmanifest") && bytes.Equal(bytes.TrimSpace(changed), bytes.TrimSpace(f.Data)) {
						continue
					}
					t.Fatalf("%s byte %d: %v %v", name, i, report, err)
				}
			}
		}
	}
}

// memory writes into a map.
type memory struct {
	bytes.Buffer
	done func([]byte)
}

func (m *memory) Close() error { m.done(m.Bytes()); return nil }

func write(t testing.TB, into fstest.MapFS) {
	w := bag.NewWriter(func(name string) (io.WriteCloser, error) {
		return &memory{done: func(b []byte) { into[name] = &fstest.MapFile{Data: b} }}, nil
	})
	for name, text := range map[string]string{"a.txt": "one", "folder/صورة.jpg": "two", "c d.txt": ""} {
		digest, n, err := w.Add(name, strings.NewReader(text))
		if err != nil || digest != sum(text) || n != int64(len(text)) {
			t.Fatal(name, digest, n, err)
		}
	}
	if err := errors.Join(w.AddTag("metadata/premis.xml", strings.NewReader("<premis/>")), w.Close([]bag.Field{{Label: "Source-Organization", Value: "An office\nof two lines"}})); err != nil {
		t.Fatal(err)
	}
}

// TestWrittenBags pass our own check without a note beyond need, and the
// checksum tools.
func TestWrittenBags(t *testing.T) {
	m := fstest.MapFS{}
	write(t, m)
	report, err := bag.Check(m)
	if err != nil || report.Verdict != bag.Valid || len(report.Problems) != 0 || report.Files != 3 || report.Bytes != 6 {
		t.Fatal(report, err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, m); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"sha256", "sha512"} {
		for _, list := range []string{"manifest", "tagmanifest"} {
			cmd := exec.Command(tool+"sum", "--strict", "-c", list+"-"+tool+".txt")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", cmd, err, out)
			}
		}
	}
}

// TestWriterRefuses what would make a bag that some tool cannot read.
func TestWriterRefuses(t *testing.T) {
	w := bag.NewWriter(func(string) (io.WriteCloser, error) { return &memory{done: func([]byte) {}}, nil })
	if _, _, err := w.Add("a", strings.NewReader("")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "a", "A", "../a", "x/../y", "50%", "a\nb", `a\b`, "con.txt", "/a", "~a", "e\u0301"} {
		if _, _, err := w.Add(name, strings.NewReader("")); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	for _, name := range []string{"bagit.txt", "data/x", "manifest-md5.txt", "../x"} {
		if err := w.AddTag(name, strings.NewReader("")); err == nil {
			t.Errorf("tag %q was taken", name)
		}
	}
	if err := w.Close([]bag.Field{{Label: "a:b"}}); err == nil {
		t.Error("a label with a colon was taken")
	}
}

// TestVectors are those of docs/spec/bundle.md.
func TestVectors(t *testing.T) {
	for in, want := range map[string]string{"con.txt": "_con.txt", "a/b:c": "a_b_c", "e\u0301": "\u00e9"} {
		if got := bag.SafeName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	const list = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  data/a\n"
	if report, err := bag.Check(files("bagit.txt", one, "data/a", "x", "manifest-sha256.txt", list)); err != nil || report.Verdict != bag.Valid {
		t.Error(report, err)
	}
}

// FuzzCheck: whatever the tag files hold, there is a verdict, and a bag that
// is plainly valid stays within its folder.
func FuzzCheck(f *testing.F) {
	f.Add(one, sum("x")+"  data/a\n", "Payload-Oxum: 1.1\n", "http://h/a - data/a\n")
	f.Add(early, sum("x")+" *./data/a\r\n", "A: b\n c\n", "")
	f.Add(strings.Replace(one, "UTF-8", "UTF-16", 1), "\xfe\xff\x00a", "", "")
	f.Fuzz(func(t *testing.T, decl, manifest, info, fetch string) {
		report, err := bag.Check(files("bagit.txt", decl, "data/a", "x", "manifest-sha256.txt", manifest, "bag-info.txt", info, "fetch.txt", fetch))
		if err != nil || !slices.Contains([]bag.Verdict{bag.Valid, bag.Warning, bag.Invalid}, report.Verdict) {
			t.Fatal(report, err)
		}
		if report.Verdict != bag.Invalid && !strings.Contains(manifest, sum("x")) && strings.Contains(decl, "UTF-8") && !strings.Contains(strings.ToLower(manifest), sum("x")) {
			t.Fatalf("accepted without the right digest: %q", manifest)
		}
	})
}

// FuzzSafeName: every safe name is safe again, and can be added.
func FuzzSafeName(f *testing.F) {
	f.Add("con.txt")
	f.Add("../../x")
	f.Add(strings.Repeat("é", 300) + " .")
	f.Fuzz(func(t *testing.T, s string) {
		name := bag.SafeName(s)
		if again := bag.SafeName(name); again != name {
			t.Fatalf("%q → %q → %q", s, name, again)
		}
		w := bag.NewWriter(func(string) (io.WriteCloser, error) { return &memory{done: func([]byte) {}}, nil })
		if _, _, err := w.Add(name, strings.NewReader("")); err != nil {
			t.Fatal(err)
		}
	})
}
