package graph_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heed-project/heed/internal/proof/graph"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/testkit"
)

// TestCorpora reads every description of other programs, and finds each bad
// once it is cut in half.
func TestCorpora(t *testing.T) {
	seen := map[string]int{}
	for _, pattern := range []string{"case-examples/*.json", "mets-premis/fixtures/*.xml"} {
		dir, file := filepath.Split(pattern)
		files, err := filepath.Glob(filepath.Join(testkit.Shared(t, "evidence/"+strings.TrimSuffix(dir, "/")), file))
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range files {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			kind := graph.Kind(filepath.Base(path), b)
			if seen[kind]++; kind == "" {
				continue
			}
			fsys := os.DirFS(filepath.Dir(path))
			if f := graph.Judge(kind, fsys, filepath.Base(path), b); f.Integrity == judge.Bad || f.Integrity == judge.Good || f.Identity != judge.Absent {
				t.Errorf("%s: %+v", path, f)
			}
			half := b[:len(b)/2]
			if f := graph.Judge(kind, fsys, filepath.Base(path), half); f.Integrity != judge.Bad || len(half) > 2000 && graph.Kind(filepath.Base(path), half) != kind {
				t.Errorf("half of %s: %+v", path, f)
			}
		}
	}
	if seen[graph.CASE] < 20 || seen[graph.METS] < 14 {
		t.Errorf("%v", seen)
	}
}

// TestStatedDigests: a file beside its description is compared with it.
func TestStatedDigests(t *testing.T) {
	fsys := fstest.MapFS{"photo.jpg": {Data: []byte("abc")}}
	const right, wrong = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "aa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for _, c := range []struct{ kind, text string }{
		{graph.PREMIS, `<premis xmlns="http://www.loc.gov/premis/v3"><object><objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm><messageDigest>DIGEST</messageDigest></fixity></objectCharacteristics><originalName>photo.jpg</originalName></object></premis>`},
		{graph.CASE, `{"@context":{"u":"https://ontology.unifiedcyberontology.org/uco/observable/"},"@graph":[{"u:hasFacet":[{"u:fileName":"photo.jpg"},{"u:hash":[{"u:hashMethod":{"@value":"SHA256"},"u:hashValue":{"@value":"DIGEST"}}]}]}]}`},
	} {
		for digest, want := range map[string]judge.Verdict{right: judge.Good, wrong: judge.Bad} {
			b := []byte(strings.ReplaceAll(c.text, "DIGEST", digest))
			if kind := graph.Kind("x", b); kind != c.kind {
				t.Errorf("%s is told as %q", c.kind, kind)
			}
			if f := graph.Judge(c.kind, fsys, "x", b); f.Integrity != want {
				t.Errorf("%s: %+v", c.kind, f)
			}
		}
	}
}

// TestEntities: FollowTheMoney lines, whole and broken.
func TestEntities(t *testing.T) {
	const ok = `{"id":"a","schema":"Person","properties":{"name":["x"]}}` + "\n"
	if graph.Kind("x.json", []byte(ok)) != graph.FollowTheMoney {
		t.Error("not told")
	}
	if f := graph.Judge(graph.FollowTheMoney, fstest.MapFS{}, "x", []byte(ok+ok)); f.Integrity != judge.Absent {
		t.Errorf("%+v", f)
	}
	const nested = `{"id":"a","schema":"Person","properties":{"ownershipOwner":[{"id":"b","schema":"Ownership","properties":{}}],"name":["x"]}}` + "\n"
	if list, err := graph.ParseEntities([]byte(nested)); err != nil || list[0].Properties["ownershipOwner"][0] != "b" || list[0].Properties["name"][0] != "x" {
		t.Errorf("nested: %+v, %v", list, err)
	}
	for _, other := range []string{`{"schema":"Foo","x":1}`, `{"id":"a","schema":"Foo"}`, `{"schema":"Foo","properties":{"a":{}}}`} {
		if kind := graph.Kind("x.json", []byte(other)); kind != "" {
			t.Errorf("%s is told as %q", other, kind)
		}
	}
	for _, bad := range []string{ok + ok[:30], `{"id":"a","schema":"Person","properties":{"owner":[{"x":1}]}}`, `{"id":"a","schema":"Person","properties":{"owner":[3]}}`, `{"id":"a","schema":"Person"}`, `{"id":"a","schema":"Person","properties":{"name":"x"}}`, strings.Repeat("[", 500)} {
		if _, err := graph.ParseEntities([]byte(bad)); err == nil {
			t.Errorf("%.40q was read", bad)
		}
	}
}

// TestNothingIsExpanded: entities and depth are refused.
func TestNothingIsExpanded(t *testing.T) {
	for _, bad := range []string{
		`<!DOCTYPE x [<!ENTITY a "b">]><premis>&a;</premis>`, "<premis>" + strings.Repeat("<a>", 1000), "<premis>", `<premis>&x;</premis>`,
	} {
		if f := graph.Judge(graph.PREMIS, fstest.MapFS{}, "x", []byte(bad)); f.Integrity != judge.Bad {
			t.Errorf("%.40q: %+v", bad, f)
		}
	}
}

// FuzzJudge: no text does harm.
func FuzzJudge(f *testing.F) {
	f.Add([]byte(`{"id":"a","schema":"Person","properties":{}}`))
	f.Add([]byte(`<mets><file CHECKSUM="x" CHECKSUMTYPE="MD5"/></mets>`))
	f.Add([]byte(`{"@graph":[{"uco-core:hasFacet":{"a:hashMethod":"x","a:hashValue":{"@value":"y"}}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{graph.Kind("x.json", b), graph.CASE, graph.METS, graph.FollowTheMoney} {
			if got := graph.Judge(kind, fstest.MapFS{}, "x", b); got.Integrity == judge.Good {
				t.Fatalf("good without a file: %+v", got)
			}
		}
		graph.JSON(b)
	})
}

// TestTheSameIsSaidEachTime: what a description states comes in one order, and of two
// names of a file one is taken each time.
func TestTheSameIsSaidEachTime(t *testing.T) {
	fsys := fstest.MapFS{"photo.jpg": {Data: []byte("abc")}}
	b := []byte(`{"@context":{"u":"https://ontology.unifiedcyberontology.org/uco/observable/"},"@graph":[{"u:fileName":"photo.jpg","v:fileName":"gone.jpg","u:hasFacet":[{"u:fileName":"other.jpg"}],
		"u:a":{"u:hashMethod":"SHA256","u:hashValue":"aa"},"u:b":{"u:hashMethod":"MD5","u:hashValue":"bb"},"u:c":{"u:hashMethod":"SHA1","u:hashValue":"cc"}}]}`)
	want := graph.Judge(graph.CASE, fsys, "x", b)
	for range 50 {
		if got := graph.Judge(graph.CASE, fsys, "x", b); got.Integrity != want.Integrity || strings.Join(got.Notes, "\n") != strings.Join(want.Notes, "\n") {
			t.Fatalf("%+v\n%+v", got, want)
		}
	}
}

// TestListsWithoutCommas: Bayanat writes no comma between groups of objects. Such a
// list is whole; what was cut off, or is no such list, is not.
func TestListsWithoutCommas(t *testing.T) {
	const list = "{ \n\"bulletins\": [ \n{\"id\":1},{\"id\":2}\n{\"id\":3}\n] \n }"
	for text, want := range map[string]judge.Verdict{
		list: judge.Absent, strings.Replace(list, "bulletins", "incidents", 1): judge.Absent, `{"actors":[]}`: judge.Absent,
		list[:len(list)-1]: judge.Bad, list[:len(list)-8]: judge.Bad, list + "x": judge.Bad, strings.Replace(list, "3}", "3", 1): judge.Bad,
		strings.Replace(list, "bulletins", "others", 1): judge.Bad,
	} {
		if f := graph.JSON([]byte(text)); f.Integrity != want {
			t.Errorf("%q: %+v", text, f)
		}
	}
}
