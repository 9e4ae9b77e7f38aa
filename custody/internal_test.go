package custody

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// The parsers inside, each by itself: the fuzzer does not get far through the
// hashes of a whole pack. What is accepted is written again byte for byte.

func seedFiles(f *testing.F) []file {
	b, err := os.ReadFile("testdata/pack.zip")
	if err != nil {
		f.Fatal(err)
	}
	files, err := parseZip(b)
	if err != nil {
		f.Fatal(err)
	}
	return files
}

func FuzzZip(f *testing.F) {
	b, err := formatZip(seedFiles(f)[:3])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		files, err := parseZip(b)
		if err != nil || sameZip(b, files) != nil {
			return
		}
		if again, err := formatZip(files); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q is a zip of another form", b)
		}
	})
}

func FuzzHeader(f *testing.F) {
	for _, file := range seedFiles(f) {
		if line, _, ok := bytes.Cut(file.data, []byte("\n")); ok && bytes.HasPrefix(line, []byte(`{"v":1,"kind"`)) {
			f.Add(append(bytes.Clone(line), '\n'))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		h, err := parseHeader(line)
		if err != nil {
			return
		}
		if again, err := json.Marshal(h); err != nil || string(again)+"\n" != string(line) {
			t.Errorf("%q is read as %+v", line, h)
		}
		if h.at.IsZero() && h.Time != "0001-01-01T00:00:00.000000Z" || len(h.Subjects) == 0 || len(h.Open.Digest) != 32 {
			t.Errorf("%q lacks something: %+v", line, h)
		}
	})
}

func FuzzManifest(f *testing.F) {
	files := seedFiles(f)
	f.Add(files[0].data)
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseManifest(b)
		if err != nil {
			return
		}
		if again, err := m.format(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q is read as %+v", b, m)
		}
		if m.check(files[2:]) == nil && !bytes.Equal(b, files[0].data) && len(m.Files) != len(files)-2 {
			t.Errorf("a manifest that lists other files fits: %q", b)
		}
	})
}
