// Package c2pa reads and judges the content credentials that cameras, editors and
// publishers embed in a file: C2PA manifests, versions 1 and 2.
//
// Judge takes the manifest store out of a JPEG (APP11 segments), a PDF, a PNG or
// whatever else holds it in one piece, and checks, for the active manifest and
// for each manifest it was made from:
//
//   - the claim's signature (COSE_Sign1: ES256, ES384, ES512, PS256, PS384,
//     PS512, EdDSA) by the certificate that came with it;
//   - the digest of each assertion that the claim names, and that none stands
//     there which it does not name;
//   - for the active manifest, the hard binding: the digest of the file without
//     the excluded bytes, which must not be more than the manifest itself;
//   - the digest of each ingredient's manifest, and that manifest in turn;
//   - time stamps over the signature (sigTst, sigTst2), and the certificates at
//     the time they state.
//
// A good signature by an unknown signer proves that nothing was changed since,
// and nothing about who made the file. Bindings other than c2pa.hash.data (ISO
// media, hashed boxes) are not judged: the answer is then unknown.
//
// Sources: C2PA technical specification 1.4 and 2.1, ISO 19566-5 (JUMBF), RFC
// 9052 (COSE). The oracle is the verdict of c2patool on the public test files.
//
//	f := c2pa.Judge(file, judge.Options{Now: now})
package c2pa

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/rfc3161"
)

// judgement is one store being judged.
type judgement struct {
	f        *judge.Finding
	o        judge.Options
	file     []byte
	spans    []span
	store    *box
	redacted map[string]bool
	seen     map[*box]bool
	work     int
}

// Judge judges the manifest store in a file. Found must have said that there
// is one.
func Judge(file []byte, o judge.Options) *judge.Finding {
	e, err := extract(file)
	if err != nil {
		return judge.Broken("c2pa", err)
	}
	store, err := parseStore(e.store)
	if err != nil {
		return judge.Broken("c2pa", err)
	}
	j := &judgement{f: judge.New("c2pa"), o: o, file: file, spans: e.spans, store: store, redacted: map[string]bool{}, seen: map[*box]bool{}}
	var active *box
	for _, c := range store.children {
		if c.kind == "jumb" {
			active = c
		}
	}
	if active == nil || store.label != "c2pa" {
		return judge.Broken("c2pa", errors.New("the store holds no manifest"))
	}
	j.f.Integrity = judge.Good
	j.manifest(active, true)
	for _, c := range store.children {
		if c.kind == "jumb" && !j.seen[c] {
			j.f.Note("the manifest %s is in the store and is part of no history; it was not judged", c.label)
		}
	}
	return j.f
}

// bad notes what refutes the integrity of the active manifest, or the origin
// where it is in an ingredient's.
func (j *judgement) bad(active bool, format string, a ...any) {
	j.f.Worsen(&j.f.Integrity, judge.Bad, format, a...)
	if !active {
		j.f.Worsen(&j.f.Origin, judge.Bad, "")
	}
}

// claim is what of a claim is judged.
type claim struct {
	Alg       string   `cbor:"alg"`
	Generator any      `cbor:"claim_generator"`
	Info      any      `cbor:"claim_generator_info"`
	Signature string   `cbor:"signature"`
	Old       []link   `cbor:"assertions"`
	Created   []link   `cbor:"created_assertions"`
	Gathered  []link   `cbor:"gathered_assertions"`
	Redacted  []string `cbor:"redacted_assertions"`
}

// link is a hashed address.
type link struct {
	URL  string `cbor:"url"`
	Alg  string `cbor:"alg"`
	Hash []byte `cbor:"hash"`
}

// manifest judges one manifest and those it was made from.
func (j *judgement) manifest(m *box, active bool) {
	if j.seen[m] {
		return
	}
	j.seen[m] = true
	what := "the manifest"
	if !active {
		what = "the ingredient's manifest " + m.label
	}
	if j.work++; j.work > 200 {
		j.bad(active, "more than 200 manifests")
		return
	}
	cb := m.child("c2pa.claim")
	if cb == nil {
		cb = m.child("c2pa.claim.v2")
	}
	if cb == nil || cb.data("cbor") == nil {
		j.bad(active, "%s has no claim", what)
		return
	}
	raw := cb.data("cbor")
	var c claim
	if err := strictly.Unmarshal(raw, &c); err != nil {
		j.bad(active, "%s: the claim cannot be read: %v", what, err)
		j.sealed(m, &c, raw, what, active)
		return
	}
	for _, url := range c.Redacted {
		j.redacted[url] = true
	}
	j.sealed(m, &c, raw, what, active)
	links := append(append(append([]link{}, c.Old...), c.Created...), c.Gathered...)
	named := j.assertions(m, &c, links, what, active)
	if active {
		j.binding(m, &c, named)
	}
	j.ingredients(m, &c, named)
}

// sealed judges the claim's signature, its time stamps and its certificate.
func (j *judgement) sealed(m *box, c *claim, raw []byte, what string, active bool) {
	sb := m.child("c2pa.signature")
	if sb == nil || sb.data("cbor") == nil || c.Signature != "" && find(j.store, m, c.Signature) != sb {
		j.bad(active, "%s has no signature", what)
		if active {
			j.f.Worsen(&j.f.Identity, judge.Bad, "")
		}
		return
	}
	s, err := parseSeal(sb.data("cbor"))
	if err == nil {
		err = s.verify(raw)
	}
	at := j.o.Now
	if s != nil {
		if stated := j.stamped(s, raw, active); !stated.IsZero() {
			at = stated
		}
	}
	if err != nil {
		j.bad(active, "%s: %v", what, err)
		if active {
			j.f.Worsen(&j.f.Identity, judge.Bad, "")
			j.f.Worsen(&j.f.Origin, judge.Bad, "")
		}
		return
	}
	if active {
		j.signer(s, c, at)
		return
	}
	if v, notes := j.o.Certificate(s.certs[0], s.certs[1:], at); v == judge.Bad {
		j.bad(false, "%s: %s", what, strings.Join(notes, "; "))
	}
}

// signer judges who signed the active manifest, and so what it states.
func (j *judgement) signer(s *seal, c *claim, at time.Time) {
	j.f.Signer = judge.Name(s.certs[0])
	if len(s.stamps) == 0 {
		j.f.Note("no time stamp: the signer's certificate is judged as of now")
	}
	v, notes := j.o.Certificate(s.certs[0], s.certs[1:], at)
	j.f.Worsen(&j.f.Identity, v, "signed (%s) by %s", algorithms[s.alg].name, j.f.Signer)
	for _, n := range notes {
		j.f.Note("%s", n)
	}
	maker := generator(c)
	switch v {
	case judge.Good:
		j.f.Worsen(&j.f.Origin, judge.Good, "made by %s, as its signer states", maker)
	case judge.Unknown:
		j.f.Worsen(&j.f.Origin, judge.Unknown, "made by %s, as a signer states whom nobody known vouches for", maker)
	default:
		j.f.Worsen(&j.f.Origin, judge.Bad, "")
		j.f.Worsen(&j.f.Integrity, judge.Bad, "")
	}
}

// generator names the program or device that made the claim.
func generator(c *claim) string {
	if s, ok := c.Generator.(string); ok && s != "" {
		return fmt.Sprintf("%q", s)
	}
	info := c.Info
	if list, ok := info.([]any); ok && len(list) > 0 {
		info = list[0]
	}
	if m, ok := info.(map[any]any); ok {
		return fmt.Sprintf("%q", strings.TrimSpace(fmt.Sprint(m["name"], " ", m["version"])))
	}
	return "something that is not named"
}

// stamped judges the time stamps over a signature, and returns the time that
// one of them proves or states. Only those of the active manifest say when the
// file existed; one of an ingredient that does not hold is damage all the same.
func (j *judgement) stamped(s *seal, raw []byte, active bool) (at time.Time) {
	for _, st := range s.stamps {
		token, err := rfc3161.Parse(st.token)
		if err != nil {
			if active {
				j.f.Time = judge.Bad
			}
			j.bad(active, "a time stamp cannot be read: %v", err)
			continue
		}
		over := s.structure("CounterSignature", raw)
		if st.second {
			over = data(s.Signature)
		}
		f := token.Judge(nil, func(h crypto.Hash) ([]byte, error) {
			got := sum(h, over)
			if st.second && !bytes.Equal(got, token.Imprint) {
				got = sum(h, s.Signature) // some sign the bytes without their CBOR header
			}
			return got, nil
		}, j.o)
		if active {
			for _, n := range f.Notes {
				j.f.Note("time stamp: %s", n)
			}
			j.f.StatedAt(token.Time)
			j.f.Improve(&j.f.Time, f.Time, "")
		}
		if f.Integrity == judge.Bad {
			j.bad(active, "a time stamp does not hold")
			continue
		}
		if at.IsZero() || token.Time.Before(at) {
			at = token.Time
		}
	}
	return at
}

func sum(h crypto.Hash, b []byte) []byte {
	s := h.New()
	s.Write(b)
	return s.Sum(nil)
}
