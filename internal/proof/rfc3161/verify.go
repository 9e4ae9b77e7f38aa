package rfc3161

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/heed-project/heed/internal/proof/judge"
)

// Verify holds the token's signature and bindings, and returns the signer's
// certificate. More are certificates that came beside the token.
func (t *Token) Verify(more []*x509.Certificate) (*x509.Certificate, error) {
	signer, err := t.find(append(slices.Clone(t.Certs), more...))
	if err != nil {
		return nil, err
	}
	h := hashOf(t.signer.Digest.Algorithm)
	if h == 0 {
		return nil, fmt.Errorf("the signer's digest %v is not known here", t.signer.Digest.Algorithm)
	}
	if !slices.ContainsFunc(t.digests, func(a pkix.AlgorithmIdentifier) bool { return a.Algorithm.Equal(t.signer.Digest.Algorithm) }) {
		return nil, errors.New("the signer's digest is not among those announced")
	}
	attrs, err := t.attributes()
	if err != nil {
		return nil, err
	}
	if err := t.bound(attrs, signer, h); err != nil {
		return nil, err
	}
	signed := slices.Clone(t.signer.Attrs.FullBytes)
	signed[0] = 0x31 // signed as the SET that it is, not under its implicit tag
	return signer, check(signer.PublicKey, t.signer.Algorithm, h, signed, t.signer.Signature)
}

// find picks the signer's certificate.
func (t *Token) find(certs []*x509.Certificate) (*x509.Certificate, error) {
	if len(certs) == 0 {
		return nil, errNoCert
	}
	if sid := t.signer.SID; sid.Class == asn1.ClassContextSpecific && sid.Tag == 0 {
		for _, c := range certs {
			if bytes.Equal(c.SubjectKeyId, sid.Bytes) {
				return c, nil
			}
		}
		return nil, errors.New("none of the certificates that came along is the signer's")
	}
	var id struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	if err := whole(t.signer.SID.FullBytes, &id, "signer's number"); err != nil {
		return nil, err
	}
	for _, c := range certs {
		if bytes.Equal(c.RawIssuer, id.Issuer.FullBytes) && c.SerialNumber.Cmp(id.Serial) == 0 {
			return c, nil
		}
	}
	return nil, errors.New("none of the certificates that came along is the signer's")
}

var errNoCert = errors.New("the signer's certificate is not with the token")

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

// attributes reads the signed attributes, each of which may stand once.
func (t *Token) attributes() (map[string][]byte, error) {
	out := map[string][]byte{}
	rest := t.signer.Attrs.Bytes
	if len(rest) == 0 {
		return nil, errors.New("signed attributes: none, a time stamp must have them")
	}
	for len(rest) > 0 {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, fmt.Errorf("signed attributes: %w", err)
		}
		if _, twice := out[a.Type.String()]; twice {
			return nil, fmt.Errorf("signed attributes: %v stands twice", a.Type)
		}
		out[a.Type.String()] = a.Values.Bytes
	}
	return out, nil
}

// bound checks the attributes that bind content and certificate.
func (t *Token) bound(attrs map[string][]byte, signer *x509.Certificate, h crypto.Hash) error {
	var kind asn1.ObjectIdentifier
	if err := whole(attrs[oidContentType.String()], &kind, "content type"); err != nil {
		return err
	}
	if !kind.Equal(oidTSTInfo) {
		return fmt.Errorf("the signature is over a %v, not a time stamp", kind)
	}
	var digest []byte
	if err := whole(attrs[oidDigest.String()], &digest, "content digest"); err != nil {
		return err
	}
	sum := h.New()
	sum.Write(t.content)
	if !bytes.Equal(sum.Sum(nil), digest) {
		return errors.New("what was signed is not what the token says: its digest is another")
	}
	return boundCert(attrs, signer)
}

type certID struct {
	Hash []byte
	More asn1.RawValue `asn1:"optional"`
}

type certIDv2 struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
	Hash      []byte
	More      asn1.RawValue `asn1:"optional"`
}

// boundCert checks that the signature names the certificate by its digest.
func boundCert(attrs map[string][]byte, signer *x509.Certificate) error {
	if raw, ok := attrs[oidSigningV2.String()]; ok {
		var v struct {
			Certs []certIDv2
			More  asn1.RawValue `asn1:"optional"`
		}
		if err := whole(raw, &v, "signing certificate"); err != nil {
			return err
		}
		if len(v.Certs) == 0 {
			return errors.New("signing certificate: names none")
		}
		h := crypto.SHA256
		if len(v.Certs[0].Algorithm.Algorithm) > 0 {
			h = hashOf(v.Certs[0].Algorithm.Algorithm)
		}
		if h == 0 {
			return errors.New("signing certificate: its digest is not known here")
		}
		sum := h.New()
		sum.Write(signer.Raw)
		if !bytes.Equal(sum.Sum(nil), v.Certs[0].Hash) {
			return errors.New("the certificate is not the one that the signature names")
		}
		return nil
	}
	raw, ok := attrs[oidSigningCert.String()]
	if !ok {
		return errors.New("the signature names no certificate, as RFC 3161 asks")
	}
	var v struct {
		Certs []certID
		More  asn1.RawValue `asn1:"optional"`
	}
	if err := whole(raw, &v, "signing certificate"); err != nil {
		return err
	}
	if sum := sha1.Sum(signer.Raw); len(v.Certs) == 0 || !bytes.Equal(sum[:], v.Certs[0].Hash) {
		return errors.New("the certificate is not the one that the signature names")
	}
	return nil
}

// check verifies a signature with the algorithm that is named. An algorithm
// that names its digest must name the right one.
func check(key crypto.PublicKey, alg pkix.AlgorithmIdentifier, h crypto.Hash, signed, sig []byte) error {
	names := map[string]crypto.Hash{
		"1.2.840.113549.1.1.5": crypto.SHA1, "1.2.840.113549.1.1.11": crypto.SHA256, "1.2.840.113549.1.1.12": crypto.SHA384,
		"1.2.840.113549.1.1.13": crypto.SHA512, "1.2.840.113549.1.1.14": crypto.SHA224, "1.2.840.10045.4.1": crypto.SHA1,
		"1.2.840.10045.4.3.2": crypto.SHA256, "1.2.840.10045.4.3.3": crypto.SHA384, "1.2.840.10045.4.3.4": crypto.SHA512,
	}
	if named, ok := names[alg.Algorithm.String()]; ok && named != h {
		return errors.New("the signature's digest is not the signer's")
	}
	sum := h.New()
	sum.Write(signed)
	digest := sum.Sum(nil)
	ok := false
	switch k := key.(type) {
	case *rsa.PublicKey:
		if alg.Algorithm.String() == "1.2.840.113549.1.1.10" {
			ok = rsa.VerifyPSS(k, h, digest, sig, nil) == nil
		} else {
			ok = rsa.VerifyPKCS1v15(k, h, digest, sig) == nil
		}
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(k, digest, sig)
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, signed, sig)
	default:
		return fmt.Errorf("a key of the kind %T is not known here", key)
	}
	if !ok {
		return errors.New("the signature does not fit")
	}
	return nil
}

// Judge judges a token: its own wholeness, whether it is about the digest (nil
// where what it is about is not at hand), and whether its authority is known.
func Judge(b []byte, more []*x509.Certificate, digest func(crypto.Hash) ([]byte, error), o judge.Options) *judge.Finding {
	t, err := Parse(b)
	if err != nil {
		f := judge.Broken("rfc3161", err)
		f.Time = judge.Bad
		return f
	}
	return t.Judge(more, digest, o)
}

// Judge is Judge for a token that was read.
func (t *Token) Judge(more []*x509.Certificate, digest func(crypto.Hash) ([]byte, error), o judge.Options) *judge.Finding {
	f := judge.New("rfc3161")
	f.StatedAt(t.Time)
	signer, err := t.Verify(more)
	switch {
	case errors.Is(err, errNoCert):
		f.Worsen(&f.Integrity, judge.Unknown, "%v: the signature could not be checked", err)
		f.Time, f.Identity = judge.Unknown, judge.Unknown
	case err != nil:
		f.Worsen(&f.Integrity, judge.Bad, "the time stamp does not hold: %v", err)
		f.Time, f.Identity = judge.Bad, judge.Bad
		return f
	default:
		f.Signer = judge.Name(signer)
		v, notes := o.Certificate(signer, append(slices.Clone(t.Certs), more...), t.Time, x509.ExtKeyUsageTimeStamping)
		f.Integrity, f.Time, f.Identity = judge.Good, v, v
		f.Note("%s states that the digest existed on %s", f.Signer, t.Time.UTC().Format("2 Jan 2006 15:04:05 MST"))
		for _, n := range notes {
			f.Note("%s", n)
		}
		if v == judge.Unknown {
			f.Note("the time is what the token states; as nobody known vouches for its authority, it is not proved")
		}
		if v == judge.Bad {
			f.Worsen(&f.Integrity, judge.Bad, "")
		}
	}
	t.about(f, digest)
	return f
}

// about holds the stamped digest against the data.
func (t *Token) about(f *judge.Finding, digest func(crypto.Hash) ([]byte, error)) {
	if digest == nil {
		f.Note("the file that was stamped is not here: only the token itself was judged")
		return
	}
	if t.Hash == 0 {
		f.Worsen(&f.Integrity, judge.Unknown, "the stamped digest is of a kind not known here")
		return
	}
	got, err := digest(t.Hash)
	switch {
	case err != nil:
		f.Worsen(&f.Integrity, judge.Unknown, "the stamped file cannot be read: %v", err)
	case !bytes.Equal(got, t.Imprint):
		f.Worsen(&f.Integrity, judge.Bad, "the time stamp is about other bytes: the digests differ")
		f.Time = judge.Bad
	default:
		f.Note("the time stamp is about this file: the digests (%v) agree", t.Hash)
	}
	if t.Hash == crypto.SHA1 {
		f.Note("SHA-1: two files with one digest can be made; an old stamp is no proof against its maker")
	}
}
