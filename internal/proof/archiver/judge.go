package archiver

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/rfc3161"
)

// judging is one file of results being judged.
type judging struct {
	fsys  fs.FS
	names []string
	f     *judge.Finding
	o     judge.Options
}

// Judge judges results against the files beside them.
func Judge(fsys fs.FS, name string, b []byte, o judge.Options) *judge.Finding {
	results, err := Parse(name, b)
	if err != nil {
		return judge.Broken(Kind, err)
	}
	names, err := judge.Names(fsys, path.Dir(name))
	if err != nil {
		return judge.Broken(Kind, err)
	}
	j := &judging{fsys, names, judge.New(Kind), o}
	for _, r := range results {
		j.result(&r)
	}
	if len(results) == 0 {
		j.f.Worsen(&j.f.Integrity, judge.Unknown, "holds no result")
	}
	j.f.Note("nobody signs these results: the tokens vouch for a time, not for who archived")
	return j.f
}

// result judges one address.
func (j *judging) result(r *Result) {
	if r.URL != "" {
		j.f.Worsen(&j.f.Origin, judge.Unknown, "states that it comes from %s; nobody vouches for that", r.URL)
	}
	if !r.Processed.IsZero() {
		j.f.StatedAt(r.Processed)
		j.f.Improve(&j.f.Time, judge.Unknown, "states that it was archived %s, by its own clock", r.Processed.Format("2 Jan 2006 15:04:05 MST"))
	}
	var hashes []string
	for _, m := range r.Media {
		if _, value := split(m.Hash); value != "" && m.ID != "timestamped_hashes" && m.ID != "_final_media" {
			hashes = append(hashes, value)
		}
		j.media(m)
		for _, in := range m.Inner {
			j.media(in)
		}
	}
	for _, m := range r.Media {
		for _, in := range m.Inner {
			if base := path.Base(cmpOr(in.Key, in.Name)); strings.Contains(base, "timestamp_token") || strings.HasSuffix(base, ".tsr") {
				j.token(in, m, []byte(strings.Join(hashes, "\n")))
			}
		}
	}
}

// split parts "SHA-256:hex" or hex alone.
func split(s string) (alg, value string) {
	alg, value, ok := strings.Cut(s, ":")
	if !ok {
		return "SHA-256", strings.ToLower(s)
	}
	return alg, strings.ToLower(value)
}

// find returns the file that a description is about, or nothing.
func (j *judging) find(m Media) string {
	for _, want := range []string{m.Key, m.Name, path.Base(m.Key), path.Base(m.Name)} {
		want = strings.TrimPrefix(want, "./")
		if want != "" && want != "." && slices.Contains(j.names, want) {
			return want
		}
	}
	for _, want := range []string{path.Base(m.Key), path.Base(m.Name)} {
		for _, n := range j.names {
			if want != "." && path.Base(n) == want {
				return n
			}
		}
	}
	return ""
}

// media compares one file's digest.
func (j *judging) media(m Media) {
	alg, value := split(m.Hash)
	if value == "" {
		return
	}
	name := j.find(m)
	if name == "" {
		j.f.Worsen(&j.f.Integrity, judge.Unknown, "%s is not here", path.Base(cmpOr(m.Key, m.Name)))
		return
	}
	h, ok := judge.HashNamed(alg)
	if !ok {
		j.f.Worsen(&j.f.Integrity, judge.Unknown, "%s: the digest %s is not known here", path.Base(name), alg)
		return
	}
	sum := h.New()
	if _, err := judge.Sum(j.fsys, name, sum); err != nil {
		j.f.Worsen(&j.f.Integrity, judge.Bad, "%s cannot be read: %v", path.Base(name), err)
		return
	}
	if hex.EncodeToString(sum.Sum(nil)) != value {
		j.f.Worsen(&j.f.Integrity, judge.Bad, "%s was changed: its digest is not the one that was noted", path.Base(name))
		return
	}
	j.f.Worsen(&j.f.Integrity, judge.Good, "%s is as it was archived", path.Base(name))
}

// token judges a time stamp over the list of digests: the file of them where it
// is here, and the list put together again.
func (j *judging) token(in, list Media, again []byte) {
	base := path.Base(cmpOr(in.Key, in.Name))
	name := j.find(in)
	if name == "" {
		j.f.Improve(&j.f.Time, judge.Unknown, "the time stamp %s is not here", base)
		return
	}
	b, err := judge.Read(j.fsys, name, rfc3161.Max)
	var t *rfc3161.Token
	if err == nil {
		t, err = rfc3161.Parse(b)
	}
	if err != nil {
		j.f.Worsen(&j.f.Time, judge.Bad, "%s cannot be read: %v", base, err)
		j.f.Worsen(&j.f.Integrity, judge.Bad, "")
		return
	}
	over := again
	if file := j.find(list); file != "" {
		kept, err := judge.Read(j.fsys, file, judge.MaxMeta)
		if err == nil {
			over = kept
			if !bytes.Equal(bytes.TrimSpace(kept), again) && len(again) > 0 {
				j.f.Worsen(&j.f.Integrity, judge.Bad, "%s does not list the digests that were noted", path.Base(file))
			}
		}
	}
	f := t.Judge(nil, func(h crypto.Hash) ([]byte, error) {
		s := h.New()
		s.Write(over)
		return s.Sum(nil), nil
	}, j.o)
	for _, n := range f.Notes {
		j.f.Note("%s: %s", base, n)
	}
	j.f.StatedAt(t.Time)
	if f.Integrity == judge.Bad {
		j.f.Worsen(&j.f.Time, judge.Bad, "")
		j.f.Worsen(&j.f.Integrity, judge.Bad, "")
		return
	}
	j.f.Improve(&j.f.Time, f.Time, "")
}
