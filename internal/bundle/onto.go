package bundle

import (
	"cmp"
	"crypto"
	_ "crypto/md5" // the digests that exports state
	_ "crypto/sha1"
	_ "crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/proof/judge"
)

// Near finds a file that stands beside a bundle, by the path under which the bundle
// names it: whether it is there, and its digest, where a hash is asked for.
type Near func(path string, by crypto.Hash) (sum []byte, there bool, err error)

// saidOnce is how many rows and files a finding names.
const saidOnce = 20

// hashOf tells the hash of a digest by the number of its digits, or 0 where it is
// none that is known.
func hashOf(sum string) crypto.Hash {
	if _, err := hex.DecodeString(sum); err != nil {
		return 0
	}
	return map[int]crypto.Hash{32: crypto.MD5, 40: crypto.SHA1, 64: crypto.SHA256}[len(sum)]
}

// Fits tells whether a file beside the bundle is there and, where a digest of it is
// stated, has that digest.
func (i *Item) Fits(path string, near Near) (there, fits bool, err error) {
	want := i.Sums[path]
	got, there, err := near(path, hashOf(want))
	return there, there && (want == "" || hex.EncodeToString(got) == want), err
}

// Onto adds to a finding what is to be said of a bundle: what it is, how many records
// it has, which rows are wrong, and whether the files that it names stand beside it with
// the digests that it states. That a file is named proves nothing about it.
func (b *Bundle) Onto(f *judge.Finding, near Near) error {
	f.Kind = b.Kind
	f.Note("%s: %s", told[b.Kind], count(len(b.Items), "record"))
	if b.Broken != "" {
		f.Worsen(&f.Integrity, judge.Bad, "it cannot be read to its end: %s", b.Broken)
	}
	for n, p := range b.Problems {
		if n == saidOnce {
			f.Note("and %s", count(len(b.Problems)-n, "more problem"))
			break
		}
		f.Worsen(&f.Integrity, judge.Unknown, "%s", p)
	}
	if b.Kind == Message || b.Kind == Mbox {
		f.Worsen(&f.Origin, judge.Unknown, "senders and times of mail are stated; nothing in it proves them")
	}
	return b.files(f, near)
}

// files says how the files that are named stand.
func (b *Bundle) files(f *judge.Finding, near Near) error {
	type stands struct{ same, there, missing, other int }
	var s stands
	for n := range b.Items {
		i := &b.Items[n]
		for _, p := range i.Files {
			there, fits, err := i.Fits(p, near)
			switch {
			case err != nil:
				return fmt.Errorf("%s: %w", p, err)
			case !there:
				if s.missing++; s.missing <= saidOnce {
					f.Worsen(&f.Integrity, judge.Unknown, "line %d names %s, which does not stand beside it", i.Line, p)
				}
			case !fits:
				if s.other++; s.other <= saidOnce {
					f.Worsen(&f.Integrity, judge.Bad, "line %d names %s with the digest %s; what stands there has another", i.Line, p, i.Sums[p])
				}
			case i.Sums[p] != "":
				s.same++
			default:
				s.there++
			}
		}
	}
	if s == (stands{}) {
		f.Note("it names no file")
		return nil
	}
	if s.same > 0 {
		f.Integrity = judge.Worse(f.Integrity, judge.Good)
	}
	f.Note("of the files that it names, %d stand beside it with the digest that is stated, %d without one that is stated, %d with another, and %d do not", s.same, s.there, s.other, s.missing)
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// told are the kinds in words.
var told = map[string]string{
	BayanatJSON: "an export of Bayanat (JSON)", BayanatCSV: "an export of Bayanat (CSV)", UwaziCSV: "an export of Uwazi", FtM: "entities of FollowTheMoney",
	LoadDAT: "a load file of eDiscovery (DAT)", LoadOPT: "a load file of images (OPT)", Message: "a message", Mbox: "a mailbox",
}

// Known tells whether a kind is one of a bundle.
func Known(kind string) bool { return told[kind] != "" }

// MayBe tells whether a file may be a bundle, by its name and its beginning, as
// cheaply as can be. Kind tells what it is.
func MayBe(name string, head []byte) bool {
	name = strings.ToLower(name)
	dot := strings.LastIndexByte(name, '.')
	known := []string{".csv", ".json", ".jsonl", ".ndjson", ".ijson", ".ftm", ".dat", ".opt", ".eml", ".mbox"}
	return dot >= 0 && slices.Contains(known, name[dot:]) || strings.HasPrefix(string(head[:min(len(head), 5)]), "From ")
}

// Fact is one thing that a record says.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Limits on what is kept of a record with a file.
const (
	mostFacts = 200
	mostFact  = 2000 // letters
)

// Facts are what an item's record says, in the order of the names, cut to what a
// person reads.
func (i *Item) Facts() (out []Fact) {
	add := func(name, value string) {
		if value = strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD")); value == "" || len(out) >= mostFacts {
			return
		}
		if r := []rune(value); len(r) > mostFact {
			value = string(r[:mostFact]) + "…"
		}
		if f := (Fact{strings.ToValidUTF8(name, "\uFFFD"), value}); !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	add("id", i.ID)
	add("title", i.Title)
	add("text", i.Text)
	var names []string
	for name := range i.Fields {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	for _, name := range names {
		for _, v := range i.Fields[name] {
			add(name, v)
		}
	}
	return out
}
