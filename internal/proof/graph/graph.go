// Package graph reads and judges descriptions: FollowTheMoney entities as JSON
// lines, CASE and UCO investigations as JSON-LD, METS and PREMIS as XML. They
// state digests of files, and who did what to them; none of them is signed.
//
//   - integrity: whether the description can be read whole, and whether those of
//     the files it is about that are beside it have the digests it states. With no
//     digest, or no file, there is nothing to compare: absent, or unknown;
//   - time and origin: what is stated, and so unknown at best;
//   - identity: absent, for want of a signature.
//
// All readers go through the text once, with limits on its depth and counts, and
// expand nothing: no XML entity, no JSON-LD context is ever fetched.
//
// Sources: followthemoney 4, CASE 1.3 and UCO 1.3, METS 1.12, PREMIS 2 and 3.
//
//	if kind := graph.Kind(name, b); kind != "" { f = graph.Judge(kind, fsys, name, b) }
package graph

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
	"golang.org/x/text/encoding/ianaindex"
)

// The kinds.
const (
	FollowTheMoney = "followthemoney"
	CASE           = "case"
	METS           = "mets"
	PREMIS         = "premis"
)

// Limits on a description.
const (
	maxDepth = 200
	maxNodes = 5000000
	maxLine  = 16 << 20
)

// Kind tells what a description is, or returns nothing. What was cut off is told
// by its beginning.
func Kind(name string, b []byte) string {
	start := bytes.TrimSpace(bytes.TrimPrefix(b[:min(len(b), 1<<16)], []byte("\xef\xbb\xbf")))
	switch {
	case len(start) == 0:
	case start[0] == '<':
		root := rootElement(start)
		switch {
		case root.Local == "mets":
			return METS
		case root.Local == "premis" || root.Local == "object" && strings.Contains(root.Space, "premis"):
			return PREMIS
		}
	case (start[0] == '{' || start[0] == '[') && (bytes.Contains(start, []byte("unifiedcyberontology.org")) || bytes.Contains(start, []byte("caseontology.org"))):
		return CASE
	case start[0] == '{' && isEntity(firstLine(start)):
		return FollowTheMoney
	case strings.HasSuffix(name, ".ftm.json") || strings.HasSuffix(name, ".ftm"):
		return FollowTheMoney
	}
	return ""
}

// ftm are the three keys of an entity.
var ftm = []*regexp.Regexp{regexp.MustCompile(`"schema"\s*:\s*"[A-Z][A-Za-z]+"`), regexp.MustCompile(`"id"\s*:\s*"`), regexp.MustCompile(`"properties"\s*:\s*\{`)}

// isEntity tells an entity by its three keys.
func isEntity(line []byte) bool {
	return !slices.ContainsFunc(ftm, func(key *regexp.Regexp) bool { return !key.Match(line) })
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return line
}

func rootElement(b []byte) xml.Name {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = charset
	for {
		t, err := d.RawToken()
		if err != nil {
			return xml.Name{}
		}
		if s, ok := t.(xml.StartElement); ok {
			return s.Name
		}
	}
}

// charset reads XML in an encoding that it declares.
func charset(name string, r io.Reader) (io.Reader, error) {
	if strings.EqualFold(name, "ascii") || strings.EqualFold(name, "us-ascii") {
		return r, nil
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, fmt.Errorf("the encoding %q is not known here", name)
	}
	return enc.NewDecoder().Reader(r), nil
}

// A Stated is a digest that a description states of a file.
type Stated struct {
	Name   string // of the file, as it is written
	Alg    string
	Digest string
}

// Judge judges a description of a kind.
func Judge(kind string, fsys fs.FS, name string, b []byte) *judge.Finding {
	f := judge.New(kind)
	var stated []Stated
	var err error
	switch kind {
	case FollowTheMoney:
		var n int
		if n, stated, err = entities(b, f); err == nil {
			f.Note("%d entities", n)
		}
	case CASE:
		stated, err = investigation(b, f)
	default:
		stated, err = described(b, f)
	}
	if err != nil {
		f.Worsen(&f.Integrity, judge.Bad, "cannot be read: %v", err)
		return f
	}
	compare(fsys, name, stated, f)
	f.Note("the description is not signed")
	return f
}

// compare holds the files that are beside against what is stated of them.
func compare(fsys fs.FS, name string, stated []Stated, f *judge.Finding) {
	if len(stated) == 0 {
		f.Note("it states no digest of a file")
		return
	}
	missing := 0
	for _, s := range stated {
		at := path.Join(path.Dir(name), strings.TrimPrefix(s.Name, "./"))
		if s.Name == "" || !fs.ValidPath(at) {
			missing++
			continue
		}
		if _, err := fs.Stat(fsys, at); err != nil {
			missing++
			continue
		}
		h, ok := judge.HashNamed(s.Alg)
		if !ok {
			f.Worsen(&f.Integrity, judge.Unknown, "%s: the digest %s is not known here", s.Name, s.Alg)
			continue
		}
		sum := h.New()
		if _, err := judge.Sum(fsys, at, sum); err != nil || !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), s.Digest) {
			f.Worsen(&f.Integrity, judge.Bad, "%s is not the file whose %s is stated", s.Name, s.Alg)
			continue
		}
		f.Worsen(&f.Integrity, judge.Good, "%s has the digest that is stated", s.Name)
	}
	if missing > 0 {
		f.Worsen(&f.Integrity, judge.Unknown, "%d of %d files whose digests are stated are not here", missing, len(stated))
	}
}

// local returns the name after the prefix or the last slash or hash.
func local(s string) string {
	return s[strings.LastIndexAny(s, ":/#")+1:]
}

// investigation reads CASE JSON-LD and collects digests and times. It
// follows keys by their local names, since every graph chooses its prefixes.
func investigation(b []byte, f *judge.Finding) ([]Stated, error) {
	if err := judge.Shallow(b, maxDepth); err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	w := &walker{f: f, types: map[string]int{}}
	w.node(v, "")
	if w.nodes > maxNodes {
		return nil, fmt.Errorf("more than %d nodes", maxNodes)
	}
	f.Note("%d investigative actions, %d provenance records", w.types["InvestigativeAction"], w.types["ProvenanceRecord"])
	return w.stated, nil
}

type walker struct {
	f      *judge.Finding
	types  map[string]int
	stated []Stated
	nodes  int
}

// node visits a node; file is the name of the file that it is part of.
func (w *walker) node(v any, file string) {
	if w.nodes++; w.nodes > maxNodes {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			w.node(x, file)
		}
	case map[string]any:
		keys := map[string]any{}
		sorted := slices.Sorted(maps.Keys(v)) // what is said of a file is said in one order
		for _, k := range sorted {
			keys[local(k)] = v[k]
		}
		for _, t := range all(keys["@type"]) {
			if s, ok := t.(string); ok {
				w.types[local(s)]++
			}
		}
		if name := nameIn(v); name != "" {
			file = name
		}
		if method, value := literal(keys["hashMethod"]), literal(keys["hashValue"]); value != "" {
			w.stated = append(w.stated, Stated{file, method, value})
		}
		if start := literal(keys["startTime"]); start != "" {
			if t, err := time.Parse(time.RFC3339Nano, start); err == nil {
				w.f.StatedAt(t)
				w.f.Worsen(&w.f.Time, judge.Unknown, "states when things were done; nobody vouches for that")
			}
		}
		if keys["performer"] != nil {
			w.f.Worsen(&w.f.Origin, judge.Unknown, "states who did what; nobody vouches for that")
		}
		for _, k := range sorted {
			if k != "@context" {
				w.node(v[k], file)
			}
		}
	}
}

// nameIn finds the file's name in a node's facets.
func nameIn(v map[string]any) string {
	for _, k := range slices.Sorted(maps.Keys(v)) {
		if local(k) == "fileName" {
			return literal(v[k])
		}
		if local(k) == "hasFacet" {
			for _, facet := range all(v[k]) {
				if m, ok := facet.(map[string]any); ok {
					if name := nameIn(m); name != "" {
						return name
					}
				}
			}
		}
	}
	return ""
}

func all(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// literal reads a value or a typed value.
func literal(v any) string {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	if m, ok := v.(map[string]any); ok {
		v = m["@value"]
	}
	s, _ := v.(string)
	return strings.TrimSpace(s)
}
