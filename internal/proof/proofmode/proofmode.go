// Package proofmode reads and judges what the ProofMode app hands on: a photograph
// or recording, a table of what the phone knew when it was made, and detached
// OpenPGP signatures over both.
//
// There are two layouts. In the older, the proof is named after the file
// (IMG_1.jpg.asc, IMG_1.jpg.proof.csv, IMG_1.jpg.proof.csv.asc). In the newer, it is
// named after the file's SHA-256 (HASH.asc, HASH.proof.csv or .json, and their
// .asc, HASH.ots), with pubkey.asc beside it. Columns are found by their
// headings, whose words and order change between versions; batchproof.csv has none,
// and its digests are found by their form.
//
//   - integrity: the digest in the table, and the signatures where a key is there;
//   - time: what the phone's clock said, which nobody else vouches for, unless an
//     OpenTimestamps proof came along;
//   - origin: what the phone said of itself and of where it was;
//   - identity: the key. One that comes in the bundle proves that one hand signed
//     all of it, and not whose: that is unknown until the key is known elsewhere.
//
// Signatures are judged as gpg judges them, at the time that they state.
//
//	f := proofmode.Judge(fsys, proofmode.Find(names)[0], proofmode.Keys{}, nil, options)
package proofmode

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
)

// Kind is the name of the format.
const Kind = "proofmode"

// A Set is the files that belong to one photograph or recording.
type Set struct {
	Media     string   // "" where it is not there
	Base      string   // what the proof's names begin with
	Tables    []string // .proof.csv, .proof.json
	Signed    [][2]string
	Stamps    []string // .ots
	PublicKey string

	located bool // its media was looked for
}

// isTable and isHash tell the parts by their names.
var (
	isTable = regexp.MustCompile(`^(.*)\.proof\.(csv|json)$`)
	isHash  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
)

// Find groups the files of a bundle or folder. Media of the newer layout are
// found by their digest, in Judge.
func Find(names []string) (sets []Set) {
	bases := map[string]bool{}
	key := ""
	for _, n := range names {
		if m := isTable.FindStringSubmatch(n); m != nil {
			bases[m[1]] = true
		}
		if path.Base(n) == "pubkey.asc" || path.Base(n) == "pub.asc" {
			key = n
		}
	}
	for _, n := range names {
		base, ok := strings.CutSuffix(n, ".asc")
		if ok && n != key && (slices.Contains(names, base) && !isTable.MatchString(base) || isHash.MatchString(path.Base(base))) {
			bases[base] = true
		}
	}
	for base := range bases {
		s := Set{Base: base, PublicKey: key}
		for _, n := range names {
			rest, ok := strings.CutPrefix(n, base)
			switch {
			case !ok:
			case rest == "":
				s.Media = n
			case rest == ".proof.csv", rest == ".proof.json":
				s.Tables = append(s.Tables, n)
			case rest == ".ots":
				s.Stamps = append(s.Stamps, n)
			}
		}
		for _, n := range names {
			rest, ok := strings.CutPrefix(n, base)
			of, isSig := strings.CutSuffix(n, ".asc")
			if ok && isSig && (rest == ".asc" || isTable.MatchString(of)) {
				s.Signed = append(s.Signed, [2]string{n, of})
			}
		}
		sets = append(sets, s)
	}
	slices.SortFunc(sets, func(a, b Set) int { return strings.Compare(a.Base, b.Base) })
	return sets
}

// Locate finds the media of sets whose proof is named after its digest. Every file
// that may be one is read once, however many sets there are.
func Locate(fsys fs.FS, sets []Set, names []string) {
	wanted := map[string]int{}
	for i := range sets {
		s := &sets[i]
		if s.located = true; s.Media == "" && isHash.MatchString(path.Base(s.Base)) {
			wanted[strings.ToLower(path.Base(s.Base))] = i
		}
	}
	for _, n := range names {
		if len(wanted) == 0 {
			return
		}
		if ext := path.Ext(n); ext == ".asc" || ext == ".ots" || ext == ".gst" || ext == ".txt" || isTable.MatchString(n) {
			continue
		}
		h := sha256.New()
		if _, err := judge.Sum(fsys, n, h); err != nil {
			continue
		}
		digest := hex.EncodeToString(h.Sum(nil))
		if i, ok := wanted[digest]; ok {
			sets[i].Media = n
			delete(wanted, digest)
		}
	}
}

// Judge judges one set in its folder or bundle. Keys and headers are those known from
// elsewhere.
func Judge(fsys fs.FS, s Set, known Keys, headers ots.Headers, o judge.Options) *judge.Finding {
	f := judge.New(Kind)
	names, err := judge.Names(fsys, ".")
	if err != nil {
		return judge.Broken(Kind, err)
	}
	if !s.located {
		one := []Set{s}
		Locate(fsys, one, names)
		s = one[0]
	}
	digest := ""
	if s.Media == "" {
		f.Worsen(&f.Integrity, judge.Unknown, "the photograph or recording that %s is about is not here, or was changed", path.Base(s.Base))
		if isHash.MatchString(path.Base(s.Base)) && len(others(names)) > 0 {
			f.Worsen(&f.Integrity, judge.Bad, "no file here has the digest %s…: it was changed, or taken away", path.Base(s.Base)[:16])
		}
	} else {
		h := sha256.New()
		if _, err := judge.Sum(fsys, s.Media, h); err != nil {
			f.Worsen(&f.Integrity, judge.Bad, "cannot be read: %v", err)
			return f
		}
		digest = hex.EncodeToString(h.Sum(nil))
	}
	for _, name := range s.Tables {
		table(fsys, name, digest, f)
	}
	signatures(fsys, s, known, f)
	for _, name := range s.Stamps {
		stamp(fsys, name, s.Media, headers, f)
	}
	return f
}

// others are the files that could be media.
func others(names []string) (out []string) {
	for _, n := range names {
		switch strings.ToLower(path.Ext(n)) {
		case ".jpg", ".jpeg", ".png", ".heic", ".dng", ".mp4", ".mov", ".m4a", ".mp3", ".wav", ".pdf":
			out = append(out, n)
		}
	}
	return out
}

// stamp judges an OpenTimestamps proof that came along. A time that it proves is worth
// more than what the phone and the signer say.
func stamp(fsys fs.FS, name, media string, headers ots.Headers, f *judge.Finding) {
	b, err := judge.Read(fsys, name, judge.MaxMeta)
	if err != nil {
		f.Worsen(&f.Time, judge.Unknown, "%v", err)
		return
	}
	got := ots.Judge(b, func(h hash.Hash) ([]byte, error) {
		if media == "" {
			return nil, errors.New("it is not here")
		}
		_, err := judge.Sum(fsys, media, h)
		return h.Sum(nil), err
	}, headers)
	f.Improve(&f.Time, got.Time, "")
	if got.Stated != nil {
		f.StatedAt(*got.Stated)
	}
	if got.Integrity == judge.Bad {
		f.Worsen(&f.Integrity, judge.Bad, "")
	}
	for _, n := range got.Notes {
		f.Note("%s: %s", path.Base(name), n)
	}
}

// A Record is one row of a table: what the phone stated.
type Record map[string]string

// alike are the headings under which versions of the app wrote one thing, in
// small letters without spaces, dots and underscores.
var alike = map[string][]string{
	"sha256":    {"filehashsha256", "sha256", "hash"},
	"file":      {"filepath", "file", "filename"},
	"taken":     {"proofgenerated", "filecreated", "currentdatetime0gmt", "filemodified", "modified"},
	"latitude":  {"locationlatitude", "latitude"},
	"longitude": {"locationlongitude", "longitude"},
	"device":    {"hardware", "manufacturer"},
	"id":        {"deviceid"},
	"notes":     {"notes"},
}

// Get returns what a record says under any of a thing's headings.
func (r Record) Get(thing string) string {
	for _, a := range alike[thing] {
		for _, k := range slices.Sorted(maps.Keys(r)) { // of two headings that are alike, the same each time
			if v := strings.TrimSpace(r[k]); v != "" && strings.Map(plainLetter, strings.ToLower(k)) == a {
				return v
			}
		}
	}
	return ""
}

func plainLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// Taken returns the time that the phone stated; the zero time where it stated
// none that can be read.
func (r Record) Taken() time.Time {
	s := r.Get("taken")
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 {
		if n > 1e11 {
			return time.UnixMilli(n).UTC()
		}
		return time.Unix(n, 0).UTC()
	}
	return time.Time{}
}

// ParseTable reads a .proof.csv or .proof.json. Under headings every row has a
// field for each. A CSV without headings may be ragged and gives records with
// the keys "sha256" and "file".
func ParseTable(b []byte) ([]Record, error) {
	if s := bytes.TrimSpace(b); len(s) > 0 && s[0] == '{' {
		return parseJSON(s)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(rows) >= 100000 || len(row) > 1000 {
			return nil, errors.New("the table is too large")
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, errors.New("the table is empty")
	}
	if digestIn(rows[0]) != "" {
		return headless(rows), nil
	}
	var out []Record
	for n, row := range rows[1:] {
		if len(row) != len(rows[0]) {
			return nil, fmt.Errorf("row %d has %d fields, the headings have %d: it was cut", n+1, len(row), len(rows[0]))
		}
		rec := Record{}
		for i, v := range row {
			if i < len(rows[0]) && rows[0][i] != "" {
				rec[rows[0][i]] = v
			}
		}
		out = append(out, rec)
	}
	if len(out) == 0 {
		return nil, errors.New("the table has headings and no row")
	}
	return out, nil
}

// parseJSON reads the flat object of .proof.json.
func parseJSON(b []byte) ([]Record, error) {
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	rec := Record{}
	for k, v := range m {
		switch v := v.(type) {
		case string:
			rec[k] = v
		case float64:
			rec[k] = strconv.FormatFloat(v, 'f', -1, 64)
		case bool:
			rec[k] = strconv.FormatBool(v)
		}
	}
	return []Record{rec}, nil
}

// digestIn finds a digest in a row by its form.
func digestIn(row []string) string {
	for _, v := range row {
		if isHash.MatchString(strings.TrimSpace(v)) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// headless reads rows without headings: the digest and the path by their form.
func headless(rows [][]string) (out []Record) {
	for _, row := range rows {
		rec := Record{"sha256": digestIn(row)}
		for _, v := range row {
			if strings.HasPrefix(v, "/") {
				rec["file"] = v
			}
		}
		if rec["sha256"] != "" {
			out = append(out, rec)
		}
	}
	return out
}

// table holds a table against the file that it is about.
func table(fsys fs.FS, name, digest string, f *judge.Finding) {
	b, err := judge.Read(fsys, name, judge.MaxMeta)
	var records []Record
	if err == nil {
		records, err = ParseTable(b)
	}
	if err != nil {
		f.Worsen(&f.Integrity, judge.Bad, "%s cannot be read: %v", path.Base(name), err)
		return
	}
	fits, stated := false, false
	for _, r := range records {
		fits = fits || digest != "" && strings.EqualFold(r.Get("sha256"), digest)
		stated = stated || r.Get("sha256") != ""
		r.note(f)
	}
	switch {
	case digest == "":
	case !stated:
		f.Worsen(&f.Integrity, judge.Unknown, "%s holds no digest of the file: it says nothing about its bytes", path.Base(name))
	case fits:
		f.Worsen(&f.Integrity, judge.Good, "%s holds the digest of the file as it is", path.Base(name))
	default:
		f.Worsen(&f.Integrity, judge.Bad, "%s is about other bytes: the digest in it is not the file's", path.Base(name))
	}
}

// note says what the phone stated.
func (r Record) note(f *judge.Finding) {
	if t := r.Taken(); !t.IsZero() {
		f.StatedAt(t)
		f.Worsen(&f.Time, judge.Unknown, "the phone's clock said %s; nobody else vouches for that", t.Format("2 Jan 2006 15:04:05 MST"))
	}
	if d := r.Get("device"); d != "" {
		where := ""
		if r.Get("latitude") != "" && r.Get("longitude") != "" {
			where = " and where it was"
		}
		f.Worsen(&f.Origin, judge.Unknown, "the phone said that it is a %s%s; a phone can be made to say so", d, where)
	}
}

// JudgeBatch judges a table about many files, such as batchproof.csv, against
// those of them that are beside it.
func JudgeBatch(fsys fs.FS, name string) *judge.Finding {
	f := judge.New(Kind)
	b, err := judge.Read(fsys, name, judge.MaxMeta)
	var records []Record
	if err == nil {
		records, err = ParseTable(b)
	}
	if err != nil {
		return judge.Broken(Kind, fmt.Errorf("%s: %w", path.Base(name), err))
	}
	here := judge.Beside(fsys, name)
	for _, r := range records {
		r.note(f)
		file := path.Join(path.Dir(name), path.Base(r.Get("file")))
		if !slices.Contains(here, file) {
			f.Worsen(&f.Integrity, judge.Unknown, "%s, which the table names, is not here", path.Base(file))
			continue
		}
		h := sha256.New()
		if _, err := judge.Sum(fsys, file, h); err != nil || !strings.EqualFold(hex.EncodeToString(h.Sum(nil)), r.Get("sha256")) {
			f.Worsen(&f.Integrity, judge.Bad, "%s is not the file whose digest the table holds", path.Base(file))
			continue
		}
		f.Worsen(&f.Integrity, judge.Good, "%s has the digest in the table", path.Base(file))
	}
	f.Worsen(&f.Identity, judge.Unknown, "the table is not signed")
	return f
}

// Files are the names of all files of a set.
func (s Set) Files() (names []string) {
	for _, n := range append(append([]string{s.Media, s.PublicKey}, s.Tables...), s.Stamps...) {
		if n != "" {
			names = append(names, n)
		}
	}
	for _, pair := range s.Signed {
		names = append(names, pair[0])
	}
	return names
}
