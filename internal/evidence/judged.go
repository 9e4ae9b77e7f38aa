package evidence

import (
	"bytes"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/record"
)

// A Finding is what was found about the proofs that an item brought, when, and
// by whose doing. All of it is sealed: its reasons name signers and devices.
type Finding struct {
	judge.Finding
	Entry int64     `json:"entry"`
	At    time.Time `json:"at"`
	By    string    `json:"by"`
}

// Judged records what was found about an item.
func Judged(tx *record.Tx, id string, f judge.Finding) (record.Entry, error) {
	return on(tx, id, record.Draft{Kind: "evidence.judged", Open: aboutItem{id}, Sealed: f})
}

// LastFinding returns what was found about an item last, or nil.
func LastFinding(v *record.View, id string) (*Finding, error) {
	all, err := v.History(id)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(all) {
		if e.Kind != "evidence.judged" || e.Key != id {
			continue
		}
		f := Finding{Entry: e.Index, At: e.Time, By: e.Actor}
		err := v.Unseal(e.Index, &f.Finding)
		if fault.KindOf(err) == fault.KindNotFound { // erased
			return nil, nil
		}
		return &f, err
	}
	return nil, nil
}

// sniffed is how much of a file's beginning tells what it is.
const sniffed = 4096

// sniffer looks at a file as it goes by: whether it may bring a proof.
type sniffer struct {
	name  string
	head  []byte
	tail  []byte // of what went by, so that a mark across two reads is seen
	found bool
	dull  bool // it is nothing in which a mark is looked for
}

// Write looks at the next bytes.
func (s *sniffer) Write(p []byte) (int, error) {
	n := len(p)
	if s.found || s.dull {
		return n, nil
	}
	if room := sniffed - len(s.head); room > 0 {
		s.head = append(s.head, p[:min(room, n)]...)
		s.found = recognised(s.name, s.head)
	}
	if len(s.head) >= 16 && !picture(s.head) {
		s.dull = len(s.head) == sniffed
		return n, nil
	}
	mark := []byte("c2pa")
	s.found = s.found || bytes.Contains(p, mark) || bytes.Contains(append(s.tail, p[:min(n, 3)]...), mark)
	s.tail = append([]byte(nil), p[max(0, n-3):]...)
	return n, nil
}

// mayProve tells of a whole file, in memory, what a sniffer tells of one that
// goes by.
func mayProve(name string, data []byte) bool {
	head := data[:min(len(data), sniffed)]
	return recognised(name, head) || (len(head) < 16 || picture(head)) && bytes.Contains(data, []byte("c2pa"))
}

// watched is a reader whose bytes a sniffer sees.
func (s *sniffer) watched(r io.Reader) io.Reader { return io.TeeReader(r, s) }

// picture tells what may hold a C2PA manifest, by its first bytes.
func picture(head []byte) bool {
	for _, m := range []string{"\xff\xd8\xff", "\x89PNG", "%PDF", "RIFF", "II*\x00", "MM\x00*", "ID3", "<svg", "<?xml"} {
		if bytes.HasPrefix(head, []byte(m)) {
			return true
		}
	}
	return len(head) > 8 && string(head[4:8]) == "ftyp"
}

// recognised tells what brings proofs of its own, by its name and its first
// bytes. It is a guess that costs nothing: the judge tells what it really is.
func recognised(name string, head []byte) bool {
	name = strings.ToLower(name)
	switch path.Ext(name) {
	case ".ots", ".tsr", ".tst", ".asc", ".sig", ".wacz", ".warc", ".zip":
		return true
	}
	if strings.HasSuffix(name, ".warc.gz") || strings.HasSuffix(name, ".proof.csv") || strings.HasSuffix(name, ".proof.json") {
		return true
	}
	for _, m := range []string{"\x00OpenTimestamps", "WARC/", "-----BEGIN PGP SIGNATURE"} {
		if bytes.HasPrefix(head, []byte(m)) {
			return true
		}
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) && path.Ext(name) == "" {
		return true
	}
	if bundle.MayBe(name, head) && bundle.Kind(name, head) != "" {
		return true
	}
	if bytes.IndexByte(head[:min(len(head), 512)], 0) >= 0 {
		return false // what follows is said by text files
	}
	for _, m := range []string{"auto_archiver", "auto-archiver", "ontology.caseontology.org", "http://www.loc.gov/METS", "http://www.loc.gov/premis"} {
		if bytes.Contains(head, []byte(m)) {
			return true
		}
	}
	return false
}

// A Set is an item to be judged, with those that stood beside it and are proofs
// about it, or what it is a proof about.
type Set struct {
	Item   string
	Beside []string
}

// Sets finds, among what was taken in, what may bring proofs, with what they are
// about: photo.jpg.ots and photo.jpg of one folder are judged together.
func Sets(taken []Taken) (out []Set) {
	if !slices.ContainsFunc(taken, func(t Taken) bool { return t.proves }) {
		return nil
	}
	type place struct{ dir, name string }
	near, proves := map[place][]string{}, map[place]bool{}
	of := func(t Taken) place { return place{t.dir, stem(t.Name)} }
	for _, t := range taken {
		if isKeys(t.Name) {
			near[place{dir: t.dir}] = append(near[place{dir: t.dir}], t.ID)
			continue
		}
		near[of(t)] = append(near[of(t)], t.ID)
		proves[of(t)] = proves[of(t)] || t.proves
	}
	for _, t := range taken {
		if isKeys(t.Name) || !proves[of(t)] {
			continue
		}
		s := Set{Item: t.ID}
		for _, id := range append(near[of(t)], near[place{dir: t.dir}]...) {
			if id != t.ID && len(s.Beside) < 100 {
				s.Beside = append(s.Beside, id)
			}
		}
		out = append(out, s)
	}
	return out
}

// SetsOf finds those of items that came one by one: sets of several, for each item that
// stands alone was judged as it came.
func SetsOf(items []Item) []Set {
	taken := make([]Taken, 0, len(items))
	for _, i := range items {
		if !i.Erased {
			taken = append(taken, Taken{ID: i.ID, Name: i.Name, dir: filepath.Dir(i.Path), proves: recognised(i.Name, nil)})
		}
	}
	return slices.DeleteFunc(Sets(taken), func(s Set) bool { return len(s.Beside) == 0 })
}

func isKeys(name string) bool { return name == "pubkey.asc" || name == "pub.asc" }

// Beside tells whether one of two items stood beside the other and is a proof
// about it, or brings the keys that such proofs are checked with.
func Beside(a, b Item) bool {
	return a.ID != b.ID && filepath.Dir(a.Path) == filepath.Dir(b.Path) && (isKeys(b.Name) || stem(a.Name) == stem(b.Name))
}

// stem is a name without what proofs add to it.
func stem(name string) string {
	for _, e := range [...]string{".ots", ".tsr", ".tst", ".asc", ".sig", ".proof.csv", ".proof.json"} {
		if s, ok := strings.CutSuffix(name, e); ok && s != "" {
			return stem(s)
		}
	}
	return name
}
