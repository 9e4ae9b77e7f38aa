package proof

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/custody/bag"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/proofmode"
	"github.com/heed-project/heed/internal/proof/webarchive"
)

// unzipped returns the first bytes of what a gzip file holds.
func unzipped(head []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return nil
	}
	out := make([]byte, 512)
	n, _ := io.ReadFull(z, out)
	return out[:n]
}

// folder judges a folder as a bag or as a set of files with proofs.
func (c *check) folder() *judge.Finding {
	root, err := os.OpenRoot(c.path)
	if err != nil {
		return judge.Broken("folder", err)
	}
	defer root.Close()
	names, err := judge.Names(root.FS(), ".")
	if err != nil {
		return judge.Broken("folder", err)
	}
	if f := c.bundle(root.FS(), names); f != nil {
		return f
	}
	f := judge.New("folder")
	f.Note("%d files and no proof about all of them: give the files themselves", len(names))
	return f
}

// zip judges a zip file by what is in it.
func (c *check) zip() *judge.Finding {
	kind := map[string]string{".wacz": "wacz"}[c.ext()]
	z, err := judge.OpenZip(c.file, c.size)
	if err != nil {
		if kind == "" {
			kind = damagedKind(c.whole())
		}
		return judge.Broken(kind, err)
	}
	if kind == "wacz" || webarchive.IsWACZ(z) {
		return c.beside(webarchive.JudgeWACZ(z, c.o.Options))
	}
	var names []string
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	f := c.bundle(z, names)
	if f == nil {
		f = judge.New("application/zip")
		f.Note("a zip of %d files that brings no proof known here", len(names))
	}
	if err := damaged(z); err != nil {
		f.Worsen(&f.Integrity, judge.Bad, "the zip is damaged: %v", err)
	}
	return c.beside(f)
}

func damaged(z *zip.Reader) error { return judge.Damaged(z) }

// damagedKind tells what a zip was whose directory is lost.
func damagedKind(r io.Reader) string {
	b, _ := io.ReadAll(io.LimitReader(r, 64<<20))
	for _, k := range []struct{ mark, kind string }{
		{"datapackage.json", "wacz"}, {".proof.csv", proofmode.Kind}, {".proof.json", proofmode.Kind}, {"bagit.txt", "bagit"},
	} {
		if bytes.Contains(b, []byte(k.mark)) {
			return k.kind
		}
	}
	return "application/zip"
}

// bundle judges files that belong together: a bag, or ProofMode sets. It
// returns nil where they are neither.
func (c *check) bundle(fsys fs.FS, names []string) *judge.Finding {
	for _, top := range []string{".", judge.Top(names)} {
		if slices.Contains(names, path.Join(top, "bagit.txt")) || slices.ContainsFunc(names, func(n string) bool {
			return path.Dir(n) == top && strings.HasPrefix(path.Base(n), "manifest-") && slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, path.Join(top, "data")+"/") })
		}) {
			sub, err := fs.Sub(fsys, top)
			if err != nil {
				return judge.Broken("bagit", err)
			}
			return bagged(sub)
		}
	}
	sets := proofmode.Find(names)
	if len(sets) == 0 {
		return nil
	}
	proofmode.Locate(fsys, sets, names)
	f := judge.New(proofmode.Kind)
	for _, s := range sets {
		join(f, proofmode.Judge(fsys, s, c.o.Keys, c.o.Headers, c.o.Options), path.Base(s.Base))
	}
	return f
}

// join adds what was found about a part.
func join(f, part *judge.Finding, name string) {
	for _, v := range []struct{ to, from *judge.Verdict }{
		{&f.Integrity, &part.Integrity}, {&f.Time, &part.Time}, {&f.Origin, &part.Origin}, {&f.Identity, &part.Identity},
	} {
		*v.to = judge.Worse(*v.to, *v.from)
	}
	for _, n := range part.Notes {
		f.Note("%s: %s", name, n)
	}
	if part.Stated != nil {
		f.StatedAt(*part.Stated)
	}
	if f.Signer == "" {
		f.Signer = part.Signer
	}
}

// bagged judges a bag.
func bagged(fsys fs.FS) *judge.Finding {
	report, err := bag.Check(fsys)
	if err != nil {
		return judge.Broken("bagit", err)
	}
	f := judge.New("bagit")
	f.Integrity = judge.Good
	if report.Verdict == bag.Invalid {
		f.Integrity = judge.Bad
	}
	f.Note("a %s bag (BagIt %s): %d files, %d bytes", report.Verdict, report.Version, report.Files, report.Bytes)
	for _, p := range report.Problems {
		f.Note("%s: %s", p.Severity, p)
	}
	for _, field := range report.Info {
		switch strings.ToLower(field.Label) {
		case "bagging-date", "packing-date":
			if t, err := time.Parse("2006-01-02", field.Value); err == nil {
				f.StatedAt(t)
			}
			f.Worsen(&f.Time, judge.Unknown, "states that it was packed %s; nobody vouches for that", field.Value)
		case "source-organization":
			f.Worsen(&f.Origin, judge.Unknown, "states that it comes from %s; nobody vouches for that", field.Value)
		}
	}
	f.Note("a bag is not signed: it shows damage, and no forgery of the bag with its lists")
	return f
}

// beside adds what the proofs next to a file say about it. Of several times one that is
// proved is enough.
func (c *check) beside(f *judge.Finding) *judge.Finding {
	add := func(part *judge.Finding, name string) {
		at := f.Time
		join(f, part, name)
		f.Time = at
		f.Improve(&f.Time, part.Time, "")
	}
	dir, base := filepath.Split(c.path)
	for _, ext := range []string{".ots", ".tsr", ".tst"} {
		if p := c.path + ext; !slices.Contains(c.others, p) {
			if at, err := os.Stat(p); err == nil && at.Mode().IsRegular() {
				if part, err := One(p, nil, c.o); err == nil {
					add(part, base+ext)
				}
			}
		}
	}
	root, err := os.OpenRoot(filepath.Clean(cmpOr(dir, ".")))
	if err != nil {
		return f
	}
	defer root.Close()
	for _, s := range proofmode.Find(judge.Beside(root.FS(), base)) {
		if s.Base == base && s.Media == base {
			if len(s.Tables) > 0 {
				f.Kind = proofmode.Kind
			}
			s.Stamps = nil // judged above
			add(proofmode.Judge(only{root.FS(), s.Files()}, s, c.o.Keys, c.o.Headers, c.o.Options), base)
		}
	}
	return f
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// only shows some of a folder's files and lists no other.
type only struct {
	fs.FS
	names []string
}

// ReadDir lists the files shown.
func (o only) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(o.FS, name)
	return slices.DeleteFunc(list, func(d fs.DirEntry) bool { return !slices.Contains(o.names, d.Name()) }), err
}

// signature judges an OpenPGP signature, over the file beside it or over the text
// that it stands round.
func (c *check) signature() *judge.Finding {
	f := judge.New("openpgp")
	dir, base := filepath.Split(c.path)
	root, err := os.OpenRoot(filepath.Clean(cmpOr(dir, ".")))
	if err != nil {
		return judge.Broken("openpgp", err)
	}
	defer root.Close()
	var brought proofmode.Keys
	for _, name := range []string{"pubkey.asc", "pub.asc"} {
		if b, err := judge.Read(root.FS(), name, 1<<20); err == nil {
			if keys, err := proofmode.ParseKeys(b); err == nil {
				brought = keys
			}
		}
	}
	if proofmode.Holds(c.head) == "PGP SIGNED MESSAGE" {
		b, err := c.bytes(judge.MaxMeta)
		if err != nil {
			return judge.Broken("openpgp", err)
		}
		proofmode.Clear(base, b, c.o.Keys, brought, f)
		return f
	}
	proofmode.Detached(root.FS(), base, strings.TrimSuffix(strings.TrimSuffix(base, ".asc"), ".sig"), c.o.Keys, brought, f)
	return f
}
