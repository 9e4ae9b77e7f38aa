package c2pa

import (
	"bytes"
	"crypto"
	"fmt"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/proof/judge"
)

// named is an assertion that the claim names.
type named struct {
	label string
	box   *box
}

// kind is the assertion's label without the number that tells it from others
// of its kind.
func (n named) kind() string {
	k, _, _ := strings.Cut(n.label, "__")
	return k
}

// fits says whether a hashed address fits the box.
func fits(l link, otherwise string, b *box) (bool, error) {
	alg := l.Alg
	if alg == "" {
		alg = otherwise
	}
	if alg == "" {
		alg = "sha256"
	}
	h, ok := judge.HashNamed(alg)
	if !ok || h == crypto.MD5 || h == crypto.SHA1 {
		return false, fmt.Errorf("the digest %q is not one that C2PA allows", alg)
	}
	return bytes.Equal(sum(h, b.raw), l.Hash), nil
}

// assertions checks each assertion that the claim names and that there is no
// other.
func (j *judgement) assertions(m *box, c *claim, links []link, what string, active bool) (out []named) {
	here := map[*box]bool{}
	for _, l := range links {
		b := find(j.store, m, l.URL)
		label := l.URL[strings.LastIndexAny(l.URL, "/=")+1:]
		switch {
		case b == nil && j.redacted["self#jumbf=/c2pa/"+m.label+"/c2pa.assertions/"+label]:
			j.f.Note("%s: %s was taken out by a later signer, who says so", what, label)
			continue
		case b == nil:
			j.bad(active, "%s: the assertion %s is missing", what, label)
			continue
		}
		here[b] = true
		ok, err := fits(l, c.Alg, b)
		switch {
		case err != nil:
			j.bad(active, "%s: %s: %v", what, label, err)
		case !ok:
			j.bad(active, "%s: the assertion %s was changed: its digest is another", what, label)
		}
		out = append(out, named{label, b})
	}
	if store := m.child("c2pa.assertions"); store != nil {
		for _, b := range store.children {
			if b.kind == "jumb" && !here[b] {
				j.bad(active, "%s: the assertion %s is in the store and the claim does not name it", what, b.label)
			}
		}
	}
	return out
}

// dataHash is the hard binding c2pa.hash.data.
type dataHash struct {
	Exclusions []struct {
		Start  int64 `cbor:"start"`
		Length int64 `cbor:"length"`
	} `cbor:"exclusions"`
	Alg  string `cbor:"alg"`
	Hash []byte `cbor:"hash"`
}

// binding holds the file against the manifest.
func (j *judgement) binding(m *box, c *claim, all []named) {
	for _, n := range all {
		if n.kind() != "c2pa.hash.data" {
			continue
		}
		var d dataHash
		if err := strictly.Unmarshal(n.box.data("cbor"), &d); err != nil {
			j.bad(true, "the binding to the file cannot be read: %v", err)
			return
		}
		j.bound(d, c)
		return
	}
	for _, n := range all {
		if strings.HasPrefix(n.kind(), "c2pa.hash.") {
			j.f.Worsen(&j.f.Integrity, judge.Unknown, "the file is bound by %s, which is not judged here", n.label)
			return
		}
	}
	j.bad(true, "the manifest is bound to no file")
}

func (j *judgement) bound(d dataHash, c *claim) {
	alg := d.Alg
	if alg == "" {
		alg = c.Alg
	}
	h, ok := judge.HashNamed(alg)
	if !ok || h == crypto.MD5 || h == crypto.SHA1 {
		j.bad(true, "the binding's digest %q is not one that C2PA allows", alg)
		return
	}
	s := h.New()
	at, size := int64(0), int64(len(j.file))
	for _, x := range d.Exclusions {
		if x.Start < at || x.Length < 0 || x.Start > size || x.Length > size-x.Start {
			j.bad(true, "the binding leaves out bytes that the file does not have")
			return
		}
		s.Write(j.file[at:x.Start])
		at = x.Start + x.Length
		j.excluded(span{x.Start, at})
	}
	s.Write(j.file[at:])
	if !bytes.Equal(s.Sum(nil), d.Hash) {
		j.bad(true, "the file was changed after it was signed: its digest is not the one in the manifest")
		return
	}
	j.f.Note("the file's bytes are those that were signed")
}

// excluded notes bytes that are bound by no digest and are not the manifest.
func (j *judgement) excluded(x span) {
	in := int64(0)
	for _, s := range j.spans {
		in += max(0, min(x.to, s.to)-max(x.from, s.from))
	}
	if more := x.to - x.from - in; more > 1024 {
		j.f.Worsen(&j.f.Integrity, judge.Unknown, "the signer left out %d bytes that are not the manifest: they may have been changed", more)
	}
}

// ingredient is what of an ingredient's assertion is judged.
type ingredient struct {
	Title    string `cbor:"dc:title"`
	Relation string `cbor:"relationship"`
	Old      *link  `cbor:"c2pa_manifest"`
	Active   *link  `cbor:"activeManifest"`
}

// ingredients judges the manifests of what the file was made from.
func (j *judgement) ingredients(m *box, c *claim, all []named) {
	for _, n := range all {
		if n.kind() == "c2pa.actions" || n.kind() == "c2pa.actions.v2" {
			j.actions(n)
		}
		if !slices.Contains([]string{"c2pa.ingredient", "c2pa.ingredient.v2", "c2pa.ingredient.v3"}, n.kind()) {
			continue
		}
		var in ingredient
		if err := strictly.Unmarshal(n.box.data("cbor"), &in); err != nil {
			j.bad(false, "an ingredient cannot be read: %v", err)
			continue
		}
		l := in.Old
		if l == nil {
			l = in.Active
		}
		if l == nil {
			j.f.Note("made from %q, which had no manifest", in.Title)
			continue
		}
		b := find(j.store, m, l.URL)
		if b == nil {
			j.bad(false, "the manifest of the ingredient %q is missing", in.Title)
			continue
		}
		ok, err := fits(*l, c.Alg, b)
		if cb := b.child("c2pa.claim"); err == nil && !ok && cb != nil {
			// early writers took the digest of the claim alone, which names all the rest
			ok, err = fits(*l, c.Alg, &box{raw: cb.data("cbor")})
		}
		if err != nil || !ok {
			j.bad(false, "the manifest of the ingredient %q was changed since: its digest is another", in.Title)
		}
		j.manifest(b, false)
	}
}

// actions notes what the signer says was done, where that matters most.
func (j *judgement) actions(n named) {
	var list struct {
		Actions []struct {
			Action string `cbor:"action"`
			Source string `cbor:"digitalSourceType"`
		} `cbor:"actions"`
	}
	if strictly.Unmarshal(n.box.data("cbor"), &list) != nil {
		return
	}
	for _, a := range list.Actions {
		if strings.Contains(a.Source, "lgorithmicMedia") {
			j.f.Note("its signer states that it was made by an algorithm (%s)", a.Source[strings.LastIndex(a.Source, "/")+1:])
		}
	}
}
