// Package rfc3161 reads and judges time stamp tokens: an authority's signed
// statement that a digest existed at a time.
//
// Parse takes a response (.tsr) or a bare token, in DER, to the last byte.
// Verify holds every signature and binding that RFC 3161 and CMS (RFC 5652) ask
// for: the content's digest, the signed attributes, the signer's certificate by
// its digest (RFC 2634, RFC 5035). Judge adds whether the token is about the
// given data and whether somebody this machine trusts vouches for the authority
// at the stated time.
//
// A token proves an upper bound: the data existed at that time, perhaps long
// before. It is only worth as much as its authority: where nobody vouches for
// that, the time is unknown, however well the signature fits.
//
// Tokens that are not DER (BER with open lengths) are refused. Sources: RFC 3161,
// RFC 5652, RFC 5816. Held against `openssl ts -verify` and another library in
// the tests.
//
//	f := rfc3161.Judge(tsr, nil, digest, judge.Options{Now: now})
package rfc3161

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Max is the size in bytes up to which a token is read.
const Max = 1 << 20

// A Token is one time stamp.
type Token struct {
	Time     time.Time
	Accuracy time.Duration // zero: not stated
	Hash     crypto.Hash   // zero: one that is not known here
	Imprint  []byte        // the digest that is stamped
	Policy   string
	Serial   *big.Int
	Nonce    *big.Int // nil: none
	Certs    []*x509.Certificate

	content []byte
	signer  signerInfo
	digests []pkix.AlgorithmIdentifier
}

var (
	oidSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningV2   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

type response struct {
	Status status
	Token  asn1.RawValue `asn1:"optional"`
}

type status struct {
	Status int
	Text   []string       `asn1:"optional"`
	Fail   asn1.BitString `asn1:"optional"`
}

// failures are what an authority says that it failed at, by the bit.
var failures = map[int]string{
	0: "the digest is of a kind that it does not take", 2: "it does not take such a request", 5: "the request cannot be read", 14: "its clock cannot be had",
	15: "it has no such policy", 16: "it takes no such extension", 17: "it cannot say what was asked besides", 25: "it failed itself",
}

// refused is an authority's refusal in words.
func (s status) refused() error {
	said := fmt.Sprintf("status %d", s.Status)
	if len(s.Text) > 0 {
		said += fmt.Sprintf(", %.300q", strings.Join(s.Text, " "))
	}
	for _, bit := range slices.Sorted(maps.Keys(failures)) {
		if s.Fail.At(bit) == 1 {
			said += ": " + failures[bit]
		}
	}
	return fmt.Errorf("time stamp response: the authority refused (%s)", said)
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version int
	Digests []pkix.AlgorithmIdentifier `asn1:"set"`
	Encap   struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0,optional"`
	}
	Certs   asn1.RawValue `asn1:"optional,tag:0"`
	CRLs    asn1.RawValue `asn1:"optional,tag:1"`
	Signers []signerInfo  `asn1:"set"`
}

type signerInfo struct {
	Version   int
	SID       asn1.RawValue
	Digest    pkix.AlgorithmIdentifier
	Attrs     asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

type tstInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Serial   *big.Int
	Time     time.Time     `asn1:"generalized"`
	Accuracy accuracy      `asn1:"optional"`
	Ordering bool          `asn1:"optional"`
	Nonce    *big.Int      `asn1:"optional"`
	TSA      asn1.RawValue `asn1:"optional,explicit,tag:0"`
	More     asn1.RawValue `asn1:"optional,tag:1"`
}

type accuracy struct {
	Seconds int64 `asn1:"optional"`
	Millis  int64 `asn1:"optional,tag:0"`
	Micros  int64 `asn1:"optional,tag:1"`
}

// whole unmarshals v from b, which must hold nothing else.
func whole(b []byte, v any, what string) error {
	rest, err := asn1.Unmarshal(b, v)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if len(rest) > 0 {
		return fmt.Errorf("%s: %d bytes too many at the end", what, len(rest))
	}
	return nil
}

// Parse reads a response or a bare token. It checks no signature.
func Parse(b []byte) (*Token, error) {
	if len(b) > Max {
		return nil, fmt.Errorf("time stamp: %d bytes, at most %d", len(b), Max)
	}
	var first struct {
		First asn1.RawValue
		Rest  asn1.RawValue `asn1:"optional"`
	}
	if err := whole(b, &first, "time stamp"); err != nil {
		return nil, err
	}
	if first.First.Tag == asn1.TagSequence {
		var r response
		if err := whole(b, &r, "time stamp response"); err != nil {
			return nil, err
		}
		if r.Status.Status != 0 && r.Status.Status != 1 {
			return nil, r.Status.refused()
		}
		if len(r.Token.FullBytes) == 0 {
			return nil, errors.New("time stamp response: holds no token")
		}
		b = r.Token.FullBytes
	}
	return parseToken(b)
}

func parseToken(b []byte) (*Token, error) {
	var ci contentInfo
	if err := whole(b, &ci, "time stamp token"); err != nil {
		return nil, err
	}
	if !ci.Type.Equal(oidSignedData) {
		return nil, fmt.Errorf("time stamp token: its type is %v, must be signed data", ci.Type)
	}
	var sd signedData
	if err := whole(ci.Content.Bytes, &sd, "signed data"); err != nil {
		return nil, err
	}
	if !sd.Encap.Type.Equal(oidTSTInfo) {
		return nil, fmt.Errorf("signed data: holds %v, no time stamp", sd.Encap.Type)
	}
	if len(sd.Signers) != 1 {
		return nil, fmt.Errorf("signed data: %d signers, must be one", len(sd.Signers))
	}
	t := &Token{content: sd.Encap.Content, signer: sd.Signers[0], digests: sd.Digests}
	var info tstInfo
	if err := whole(t.content, &info, "time stamp info"); err != nil {
		return nil, err
	}
	if info.Version != 1 || sd.Version != 3 && sd.Version != 1 {
		return nil, fmt.Errorf("time stamp info: version %d in signed data of version %d", info.Version, sd.Version)
	}
	t.Time, t.Policy, t.Serial, t.Nonce = info.Time, info.Policy.String(), info.Serial, info.Nonce
	t.Accuracy = time.Duration(info.Accuracy.Seconds)*time.Second + time.Duration(info.Accuracy.Millis)*time.Millisecond + time.Duration(info.Accuracy.Micros)*time.Microsecond
	t.Hash, t.Imprint = hashOf(info.Imprint.Algorithm.Algorithm), info.Imprint.Digest
	if t.Hash != 0 && len(t.Imprint) != t.Hash.Size() {
		return nil, fmt.Errorf("time stamp info: the digest has %d bytes, %v has %d", len(t.Imprint), t.Hash, t.Hash.Size())
	}
	return t, t.readCerts(sd.Certs.Bytes)
}

// readCerts reads the certificates; other forms of certificate are left out.
func (t *Token) readCerts(rest []byte) error {
	for len(rest) > 0 {
		var raw asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &raw); err != nil {
			return fmt.Errorf("certificates: %w", err)
		}
		if raw.Class != asn1.ClassUniversal || raw.Tag != asn1.TagSequence {
			continue
		}
		c, err := x509.ParseCertificate(raw.FullBytes)
		if err != nil {
			return fmt.Errorf("certificates: %w", err)
		}
		if t.Certs = append(t.Certs, c); len(t.Certs) > 50 {
			return errors.New("certificates: more than 50")
		}
	}
	return nil
}

// hashOf knows digests by their numbers. SHA-1 and SHA-2 are those in use.
func hashOf(oid asn1.ObjectIdentifier) crypto.Hash {
	switch oid.String() {
	case "1.3.14.3.2.26":
		return crypto.SHA1
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512
	case "2.16.840.1.101.3.4.2.4":
		return crypto.SHA224
	}
	return 0
}
