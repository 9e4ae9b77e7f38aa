// Package bag reads, judges and writes bags: folders with a payload and lists of
// its digests, the form in which archives and libraries hand material on.
//
// Check judges a bag as RFC 8493 (BagIt 1.0) and the drafts before it (0.93 to
// 0.97) ask, for a system that tells upper from lower case and that allows
// every character but "/" in a name. It reads every byte once. Its verdict is
//
//   - valid: complete, and every digest is right;
//   - warning: so too, and something in it will trouble another program;
//   - invalid: something is missing, changed, in excess, out of bounds, or not
//     in the form of its version.
//
// Each reason comes with the file and the line. A note is worth knowing and
// changes no verdict. Nothing named in fetch.txt is ever fetched: a bag whose
// files are still elsewhere is not complete, and so not valid.
//
// A bag carries no signature. A valid one is undamaged; that nobody has changed
// it together with its lists is proved elsewhere.
//
// Writer makes bags of version 1.0 with SHA-512 and SHA-256, whose manifests
// `sha512sum -c` and `sha256sum -c` accept. It trusts the caller to write where
// nothing else writes.
//
//	report, err := bag.Check(os.DirFS(dir))
//	if report.Verdict == bag.Invalid { … report.Problems … }
package bag

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"fmt"
	"hash"
	"io/fs"
	"slices"
)

// A Verdict is what Check says of a whole bag.
type Verdict string

// The three verdicts.
const (
	Valid   Verdict = "valid"
	Warning Verdict = "warning"
	Invalid Verdict = "invalid"
)

// A Severity says what a problem does to the verdict: an error makes the bag
// invalid, a warning keeps it from being plainly valid, a note does nothing.
type Severity string

// The three severities.
const (
	Wrong    Severity = "error"
	Doubtful Severity = "warning"
	Noted    Severity = "note"
)

// A Problem is one thing found in a bag.
type Problem struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"` // path in the bag
	Line     int      `json:"line,omitempty"` // from 1, 0 where the whole file is meant
	Text     string   `json:"text"`
}

// String writes a problem as file:line: text.
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// A Field is one line of bag-info.txt.
type Field struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// A Report is what Check found.
type Report struct {
	Verdict    Verdict   `json:"verdict"`
	Version    string    `json:"version,omitempty"`    // as declared, "1.0"
	Encoding   string    `json:"encoding,omitempty"`   // of the tag files, as declared
	Algorithms []string  `json:"algorithms,omitempty"` // of the payload manifests
	Files      int       `json:"files"`                // in the payload
	Bytes      int64     `json:"bytes"`                // in the payload
	Info       []Field   `json:"info,omitempty"`
	Problems   []Problem `json:"problems"`
	Unsaid     int       `json:"unsaid,omitempty"` // problems beyond MaxProblems
}

// Limits on what Check reads. A bag beyond them is invalid, with the reason.
const (
	MaxProblems = 1000    // problems that a report names
	MaxFiles    = 5000000 // files in a bag
	MaxLine     = 1 << 16 // bytes in a line of a tag file
	MaxLines    = 1 << 23 // lines in a tag file
)

// algorithms are the digests that manifests may use, by the name in the file's
// name. The RFC names md5, sha1, sha256 and sha512; the rest is in use.
var algorithms = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha3224": func() hash.Hash { return sha3.New224() }, "sha3256": func() hash.Hash { return sha3.New256() },
	"sha3384": func() hash.Hash { return sha3.New384() }, "sha3512": func() hash.Hash { return sha3.New512() },
}

// checker is one bag being judged.
type checker struct {
	fsys    fs.FS
	rep     *Report
	version [2]int // 1,0 or 0,97
	text    decoder
	sizes   map[string]int64    // every regular file of the bag
	folded  map[string][]string // the files with other than ASCII in their names, by their composed form
	dir     bool                // there is a payload folder

	payload []*manifest
	tags    []*manifest
	fetch   map[string]bool
}

// Check judges the bag at the root of fsys. An error means that fsys could
// not be listed; whatever is wrong with the bag is in the report.
func Check(fsys fs.FS) (*Report, error) {
	c := &checker{fsys: fsys, rep: &Report{Problems: []Problem{}}, sizes: map[string]int64{}, folded: map[string][]string{}, fetch: map[string]bool{}}
	if err := c.list(); err != nil {
		return nil, err
	}
	if c.declaration() {
		c.manifests()
		c.fetchList()
		c.info()
		c.complete()
		c.fixity()
	}
	c.notes()
	return c.verdict(), nil
}

// verdict sums the problems up.
func (c *checker) verdict() *Report {
	rank := func(p Problem) int { return slices.Index([]Severity{Wrong, Doubtful, Noted}, p.Severity) }
	slices.SortStableFunc(c.rep.Problems, func(a, b Problem) int { return rank(a) - rank(b) })
	if c.rep.Verdict == "" {
		c.rep.Verdict = Valid
	}
	return c.rep
}

// say adds a problem.
func (c *checker) say(s Severity, file string, line int, format string, a ...any) {
	switch {
	case s == Wrong:
		c.rep.Verdict = Invalid
	case s == Doubtful && c.rep.Verdict == "":
		c.rep.Verdict = Warning
	}
	if len(c.rep.Problems) >= MaxProblems {
		c.rep.Unsaid++
		return
	}
	c.rep.Problems = append(c.rep.Problems, Problem{Severity: s, File: file, Line: line, Text: fmt.Sprintf(format, a...)})
}

// wrong, doubt and note add a problem of that severity.
func (c *checker) wrong(file string, line int, format string, a ...any) {
	c.say(Wrong, file, line, format, a...)
}

func (c *checker) doubt(file string, line int, format string, a ...any) {
	c.say(Doubtful, file, line, format, a...)
}

func (c *checker) note(file string, line int, format string, a ...any) {
	c.say(Noted, file, line, format, a...)
}

// strict adds what version 1.0 forbids and its drafts did not: an error
// there, a warning here.
func (c *checker) strict(file string, line int, format string, a ...any) {
	if c.v1() {
		c.wrong(file, line, format, a...)
	} else {
		c.doubt(file, line, format, a...)
	}
}

// v1 says whether the bag declares version 1.0.
func (c *checker) v1() bool { return c.version[0] >= 1 }
