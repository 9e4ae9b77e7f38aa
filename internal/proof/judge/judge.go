// Package judge holds what all judgements of other people's proofs share: the
// four questions, the four answers, how answers are joined, and how a
// certificate is judged at the time a proof states.
//
// The questions are never folded into one tick:
//
//   - integrity: are the bytes those that were sealed, and is the seal whole?
//   - time: by when did they exist, and who says so?
//   - origin: what made them, and through whose hands did they come?
//   - identity: who signed, and who vouches for the signer?
//
// Good means proved, to somebody this machine trusts. Bad means refuted: what
// is stated is not so. Unknown means that it is stated and that it cannot be
// proved here, for want of a root, a key, a block header or the file itself.
// Absent means that nothing is stated. Each answer has its reason in the notes.
//
// Roots of trust are those of the operating system unless others are given.
// Nothing is fetched and no revocation list is asked: a note says so where it
// matters.
//
//	f := judge.Finding{Kind: "rfc3161"}
//	f.Worsen(&f.Integrity, judge.Bad, "the digest is another")
package judge

import (
	"crypto"
	_ "crypto/md5" // the digests that proofs name
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Verdict is the answer to one of the four questions.
type Verdict string

// The four answers.
const (
	Good    Verdict = "good"
	Bad     Verdict = "bad"
	Unknown Verdict = "unknown"
	Absent  Verdict = "absent"
)

// A Finding is what is to be said about one file.
type Finding struct {
	File      string     `json:"file"`
	Kind      string     `json:"kind"`
	Integrity Verdict    `json:"integrity"`
	Time      Verdict    `json:"time"`
	Origin    Verdict    `json:"origin"`
	Identity  Verdict    `json:"identity"`
	Notes     []string   `json:"notes"`
	Stated    *time.Time `json:"stated_time,omitempty"` // the earliest time that a proof states
	Signer    string     `json:"signer,omitempty"`      // who signed, as stated
}

// New makes a finding that says nothing yet.
func New(kind string) *Finding {
	return &Finding{Kind: kind, Integrity: Absent, Time: Absent, Origin: Absent, Identity: Absent, Notes: []string{}}
}

// MaxNotes is the number of notes that a finding keeps.
const MaxNotes = 200

// Note adds a sentence.
func (f *Finding) Note(format string, a ...any) {
	text := fmt.Sprintf(format, a...)
	switch {
	case slices.Contains(f.Notes, text):
	case len(f.Notes) == MaxNotes:
		f.Notes = append(f.Notes, "and more, which is not said here")
	case len(f.Notes) < MaxNotes:
		f.Notes = append(f.Notes, text)
	}
}

// Worsen joins answers all of which must hold: bad beats unknown beats good
// beats absent.
func (f *Finding) Worsen(at *Verdict, v Verdict, format string, a ...any) {
	*at = Worse(*at, v)
	if format != "" {
		f.Note(format, a...)
	}
}

// Worse returns the worse of two answers.
func Worse(a, b Verdict) Verdict {
	order := []Verdict{Absent, Good, Unknown, Bad}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// Improve joins answers one of which is enough, as with several time stamps:
// bad still beats all, then good, then unknown.
func (f *Finding) Improve(at *Verdict, v Verdict, format string, a ...any) {
	order := []Verdict{Absent, Unknown, Good, Bad}
	if slices.Index(order, v) > slices.Index(order, *at) {
		*at = v
	}
	if format != "" {
		f.Note(format, a...)
	}
}

// StatedAt notes a time that a proof states; the earliest stays.
func (f *Finding) StatedAt(t time.Time) {
	if t = t.UTC(); f.Stated == nil || t.Before(*f.Stated) {
		f.Stated = &t
	}
}

// Broken is the finding about something that is of a kind and cannot be read.
func Broken(kind string, err error) *Finding {
	f := New(kind)
	f.Worsen(&f.Integrity, Bad, "cannot be read: %v", err)
	return f
}

// Options are what a judgement is made with.
type Options struct {
	Roots *x509.CertPool // nil: those of the operating system
	Now   time.Time      // for what has ended since; not for what was valid then
}

// roots returns the roots of trust.
func (o Options) roots() (*x509.CertPool, error) {
	if o.Roots != nil {
		return o.Roots, nil
	}
	return x509.SystemCertPool()
}

// Name says whose certificate it is.
func Name(c *x509.Certificate) string {
	for _, s := range append([]string{c.Subject.CommonName}, append(c.Subject.Organization, c.DNSNames...)...) {
		if s != "" {
			return s
		}
	}
	return c.Subject.String()
}

// day writes a date for people.
func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

// Certificate judges a signer's certificate at a time: within its own time,
// signed by whom it says, up to a root. Others are the certificates that came
// with the proof; none of them is trusted for having come.
func (o Options) Certificate(leaf *x509.Certificate, others []*x509.Certificate, at time.Time, uses ...x509.ExtKeyUsage) (Verdict, []string) {
	var notes []string
	if at.Before(leaf.NotBefore) || at.After(leaf.NotAfter) {
		return Bad, []string{fmt.Sprintf("the certificate of %s was valid from %s to %s, which %s is not within", Name(leaf), day(leaf.NotBefore), day(leaf.NotAfter), day(at))}
	}
	if why := forged(leaf, others); why != "" {
		return Bad, []string{why}
	}
	if !o.Now.IsZero() && o.Now.After(leaf.NotAfter) {
		notes = append(notes, fmt.Sprintf("the certificate of %s ended %s; it was valid at the time that is stated", Name(leaf), day(leaf.NotAfter)))
	}
	roots, err := o.roots()
	if err != nil {
		return Unknown, append(notes, fmt.Sprintf("this machine's roots of trust cannot be read: %v", err))
	}
	pool := x509.NewCertPool()
	for _, c := range others {
		pool.AddCert(c)
	}
	if len(uses) == 0 {
		uses = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}
	for _, c := range others {
		if why := forgedUnder(c, roots, at); why != "" {
			return Bad, []string{why}
		}
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: pool, CurrentTime: at, KeyUsages: uses})
	if err == nil {
		root := chains[0][len(chains[0])-1]
		return Good, append(notes, fmt.Sprintf("%s is vouched for by %s, which this machine trusts; revocation was not asked", Name(leaf), Name(root)))
	}
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown) && stray(leaf, others):
		return Bad, append(notes, fmt.Sprintf("the certificates that came along do not fit together: one of them was changed or does not belong to %s", Name(leaf)))
	case errors.As(err, &unknown):
		return Unknown, append(notes, fmt.Sprintf("nobody this machine trusts vouches for %s: the certificate was issued by %s", Name(leaf), issuer(leaf)))
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return Bad, append(notes, fmt.Sprintf("the certificate of %s is not for this use", Name(leaf)))
	}
	return Unknown, append(notes, fmt.Sprintf("the certificate of %s could not be followed to a root: %v", Name(leaf), err))
}

func issuer(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return c.Issuer.CommonName
	}
	return c.Issuer.String()
}

// forged says which of the certificates that came along is not signed by the
// issuer that came along too.
func forged(leaf *x509.Certificate, others []*x509.Certificate) string {
	all := append([]*x509.Certificate{leaf}, others...)
	for _, c := range all {
		signed, found := false, false
		for _, by := range all {
			if string(by.RawSubject) != string(c.RawIssuer) || len(c.AuthorityKeyId) > 0 && len(by.SubjectKeyId) > 0 && string(c.AuthorityKeyId) != string(by.SubjectKeyId) {
				continue
			}
			withKey := *by
			withKey.PublicKey = PublicKey(by)
			err := withKey.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
			var weak x509.InsecureAlgorithmError
			if errors.As(err, &weak) || errors.Is(err, x509.ErrUnsupportedAlgorithm) {
				signed = true // too old to be checked here; the way to a root will not use it
			}
			found, signed = true, signed || err == nil
		}
		if found && !signed {
			return fmt.Sprintf("the certificate of %s was not signed by %s, whom it names", Name(c), issuer(c))
		}
	}
	return ""
}

// PublicKey returns a certificate's key, also where the key is bound to RSA-PSS,
// which crypto/x509 leaves unread. It is nil where the kind is not known.
func PublicKey(c *x509.Certificate) crypto.PublicKey {
	if c.PublicKey != nil {
		return c.PublicKey
	}
	var spki struct {
		Algorithm struct {
			OID    asn1.ObjectIdentifier
			Params asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	rest, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &spki)
	if err != nil || len(rest) > 0 || spki.Algorithm.OID.String() != "1.2.840.113549.1.1.10" {
		return nil
	}
	k, err := x509.ParsePKCS1PublicKey(spki.Key.RightAlign())
	if err != nil {
		return nil
	}
	return k
}

// forgedUnder says that a certificate names an issuer which this machine trusts,
// and was not signed by it.
func forgedUnder(c *x509.Certificate, roots *x509.CertPool, at time.Time) string {
	_, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) && strings.Contains(unknown.Error(), "candidate authority") {
		return fmt.Sprintf("the certificate of %s was not signed by %s, whom it names and this machine trusts", Name(c), issuer(c))
	}
	return ""
}

// stray says whether one of the certificates is on no way up from the leaf.
func stray(leaf *x509.Certificate, others []*x509.Certificate) bool {
	way := []*x509.Certificate{leaf}
	for i := 0; i < len(way); i++ {
		for _, c := range others {
			if string(c.RawSubject) == string(way[i].RawIssuer) && !slices.ContainsFunc(way, c.Equal) &&
				(len(c.SubjectKeyId) == 0 || len(way[i].AuthorityKeyId) == 0 || string(c.SubjectKeyId) == string(way[i].AuthorityKeyId)) {
				way = append(way, c)
			}
		}
	}
	return slices.ContainsFunc(others, func(c *x509.Certificate) bool { return !slices.ContainsFunc(way, c.Equal) })
}

// HashNamed finds a digest by the names that formats use for it.
func HashNamed(name string) (crypto.Hash, bool) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name)) {
	case "md5":
		return crypto.MD5, true
	case "sha1":
		return crypto.SHA1, true
	case "sha224":
		return crypto.SHA224, true
	case "sha256":
		return crypto.SHA256, true
	case "sha384":
		return crypto.SHA384, true
	case "sha512":
		return crypto.SHA512, true
	case "sha3256":
		return crypto.SHA3_256, true
	case "sha3512":
		return crypto.SHA3_512, true
	}
	return 0, false
}
