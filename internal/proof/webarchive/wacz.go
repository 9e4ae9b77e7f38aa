package webarchive

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/rfc3161"
)

// Names of the two files that make a zip a WACZ, and a signed one.
const (
	listName = "datapackage.json"
	sealName = "datapackage-digest.json"
)

// IsWACZ says whether a zip file is a WACZ.
func IsWACZ(z *zip.Reader) bool {
	return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == listName })
}

// resource is one file of the list, in the two forms in use.
type resource struct {
	Path  string `json:"path"`
	Hash  string `json:"hash"`
	Bytes *int64 `json:"bytes"`
	Stats struct {
		Hash  string `json:"hash"`
		Bytes *int64 `json:"bytes"`
	} `json:"stats"`
	Hashing string `json:"hashing"`
}

type list struct {
	Profile   string     `json:"profile"`
	Resources []resource `json:"resources"`
	Created   string     `json:"created"`
	Software  string     `json:"software"`
}

// seal is datapackage-digest.json.
type seal struct {
	Path   string `json:"path"`
	Hash   string `json:"hash"`
	Signed *struct {
		Hash      string `json:"hash"`
		Created   string `json:"created"`
		Software  string `json:"software"`
		Signature string `json:"signature"`
		PublicKey string `json:"publicKey"`
		Domain    string `json:"domain"`
		Cert      string `json:"domainCert"`
		CrossCert string `json:"crossSignedCert"`
		Stamp     string `json:"timeSignature"`
		StampCert string `json:"timestampCert"`
	} `json:"signedData"`
}

// JudgeWACZ judges a WACZ bundle.
func JudgeWACZ(z *zip.Reader, o judge.Options) *judge.Finding {
	f := judge.New("wacz")
	raw, err := judge.Read(z, listName, judge.MaxMeta)
	if err != nil {
		return judge.Broken("wacz", err)
	}
	var l list
	if err := json.Unmarshal(raw, &l); err != nil {
		return judge.Broken("wacz", fmt.Errorf("%s: %w", listName, err))
	}
	w := &wacz{z: z, f: f, o: o}
	w.resources(&l)
	w.archives()
	if l.Created != "" {
		if t, err := time.Parse(time.RFC3339, l.Created); err == nil {
			f.StatedAt(t)
		}
		f.Worsen(&f.Time, judge.Unknown, "states that it was made %s", l.Created)
	}
	if l.Software != "" {
		f.Worsen(&f.Origin, judge.Unknown, "states that it was made by %s", l.Software)
	}
	w.sealed(raw)
	if err := judge.Damaged(z); err != nil {
		w.bad("the zip is damaged: %v", err)
	}
	return f
}

type wacz struct {
	z *zip.Reader
	f *judge.Finding
	o judge.Options
}

// bad notes what refutes the bundle's integrity.
func (w *wacz) bad(format string, a ...any) { w.f.Worsen(&w.f.Integrity, judge.Bad, format, a...) }

// resources holds every file against the list.
func (w *wacz) resources(l *list) {
	listed := map[string]bool{listName: true, sealName: true}
	for _, r := range l.Resources {
		if listed[r.Path] {
			w.bad("%s is listed twice, or lists itself", r.Path)
			continue
		}
		listed[r.Path] = true
		w.resource(r)
	}
	if len(l.Resources) == 0 {
		w.bad("%s lists nothing", listName)
	}
	for _, f := range w.z.File {
		if strings.HasSuffix(f.Name, "/") || listed[f.Name] {
			continue
		}
		w.bad("%s is in the bundle and not in its list", f.Name)
	}
}

func (w *wacz) resource(r resource) {
	name, value, ok := strings.Cut(r.Hash, ":")
	size := r.Bytes
	if !ok {
		name, value, size = r.Hashing, cmpOr(r.Stats.Hash, r.Hash), cmpOr(r.Stats.Bytes, r.Bytes)
	}
	h, known := judge.HashNamed(name)
	if !known {
		w.f.Worsen(&w.f.Integrity, judge.Unknown, "%s: the digest %q is not known here", r.Path, name)
		if _, err := w.z.Open(r.Path); err != nil {
			w.bad("%s, which is in the list, is missing", r.Path)
		}
		return
	}
	sum := h.New()
	n, err := judge.Sum(w.z, r.Path, sum)
	switch {
	case err != nil:
		w.bad("%s, which is in the list: %v", r.Path, err)
	case !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), value):
		w.bad("%s was changed: its digest is not the one in the list", r.Path)
	case size != nil && *size != n:
		w.bad("%s has %d bytes, the list says %d", r.Path, n, *size)
	default:
		w.f.Worsen(&w.f.Integrity, judge.Good, "")
	}
}

func cmpOr[T comparable](a, b T) T {
	var zero T
	if a == zero {
		return b
	}
	return a
}

// archives reads the WARC files in the bundle.
func (w *wacz) archives() {
	sum := Checked{}
	for _, file := range w.z.File {
		if !isWARC(file.Name) {
			continue
		}
		r, err := file.Open()
		if err != nil {
			continue // said with the list
		}
		c, err := ReadWARC(io.LimitReader(r, judge.MaxBytes), nil)
		r.Close()
		if err != nil {
			w.bad("%s: %v", path.Base(file.Name), err)
		}
		sum.Records, sum.Digests = sum.Records+c.Records, sum.Digests+c.Digests
	}
	if sum.Records > 0 {
		w.f.Note("%d records of web pages, %d digests in them agree", sum.Records, sum.Digests)
	}
}

// sealed judges the digest of the list and the signature over it.
func (w *wacz) sealed(raw []byte) {
	b, err := judge.Read(w.z, sealName, judge.MaxMeta)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.bad("%v", err)
		return
	}
	if err != nil {
		w.f.Note("no %s: the list is in the bundle itself and protects against damage, not against forgery", sealName)
		return
	}
	var s seal
	if err := json.Unmarshal(b, &s); err != nil {
		w.bad("%s: %v", sealName, err)
		return
	}
	sum := sha256.Sum256(raw)
	if want := "sha256:" + hex.EncodeToString(sum[:]); s.Hash != want || s.Signed != nil && s.Signed.Hash != want || s.Path != listName {
		w.bad("%s was changed: its digest is not the one that was sealed", listName)
	}
	if s.Signed == nil {
		w.f.Note("not signed: the digests protect against damage, not against forgery")
		return
	}
	w.signature(&s)
}

// signature judges who signed, and when.
func (w *wacz) signature(s *seal) {
	d := s.Signed
	sig, err := base64.StdEncoding.DecodeString(d.Signature)
	if err != nil {
		w.bad("the signature cannot be read: %v", err)
		w.f.Worsen(&w.f.Identity, judge.Bad, "")
		return
	}
	certs, err := certificates(d.Cert)
	var key crypto.PublicKey
	switch {
	case err != nil:
	case len(certs) > 0:
		key = certs[0].PublicKey
	default:
		var der []byte
		if der, err = base64.StdEncoding.DecodeString(d.PublicKey); err == nil {
			key, err = x509.ParsePKIXPublicKey(der)
		}
	}
	if err == nil {
		err = fits(key, []byte(d.Hash), sig)
	}
	if err != nil {
		w.bad("the signature does not hold: %v", err)
		w.f.Worsen(&w.f.Identity, judge.Bad, "")
	}
	at := w.stamped(s, sig)
	if at.IsZero() {
		at, _ = time.Parse(time.RFC3339, d.Created)
	}
	if err != nil {
		return
	}
	if len(certs) == 0 {
		w.f.Worsen(&w.f.Identity, judge.Unknown, "signed with a bare key: whose it is, is not said")
		return
	}
	w.domain(s, certs, at)
}

// domain judges a signature by a domain's certificate.
func (w *wacz) domain(s *seal, certs []*x509.Certificate, at time.Time) {
	d := s.Signed
	w.f.Signer = d.Domain
	if err := certs[0].VerifyHostname(d.Domain); err != nil {
		w.f.Worsen(&w.f.Identity, judge.Bad, "the certificate is not for %s", d.Domain)
		return
	}
	more := certs[1:]
	if cross, err := certificates(d.CrossCert); err == nil {
		more = append(slices.Clone(more), cross...)
	}
	v, notes := w.o.Certificate(certs[0], more, at)
	if trial(certs) && v == judge.Unknown {
		v = judge.Bad
		w.f.Note("the certificate is from an authority's public trial service, which gives one to anybody and vouches for nobody: the domain is not proved")
	}
	w.f.Worsen(&w.f.Identity, v, "signed by the domain %s", d.Domain)
	for _, n := range notes {
		w.f.Note("%s", n)
	}
}

// trial says whether a certificate comes from Let's Encrypt's trial service, which
// marks the names of its authorities.
func trial(certs []*x509.Certificate) bool {
	return slices.ContainsFunc(certs, func(c *x509.Certificate) bool {
		return strings.HasPrefix(c.Issuer.CommonName, "(STAGING)") || slices.ContainsFunc(c.Issuer.Organization, func(s string) bool { return strings.HasPrefix(s, "(STAGING)") })
	})
}

// stamped judges the time stamp over the signature and returns its time.
func (w *wacz) stamped(s *seal, sig []byte) time.Time {
	d := s.Signed
	if d.Stamp == "" {
		return time.Time{}
	}
	raw, err := base64.StdEncoding.DecodeString(d.Stamp)
	var token *rfc3161.Token
	if err == nil {
		token, err = rfc3161.Parse(raw)
	}
	var more []*x509.Certificate
	if err == nil {
		more, err = certificates(d.StampCert)
	}
	if err != nil {
		w.f.Worsen(&w.f.Time, judge.Bad, "the time stamp cannot be read: %v", err)
		w.bad("")
		return time.Time{}
	}
	f := token.Judge(more, func(h crypto.Hash) ([]byte, error) {
		for _, over := range [][]byte{[]byte(d.Signature), sig} {
			sum := h.New()
			sum.Write(over)
			if got := sum.Sum(nil); bytes.Equal(got, token.Imprint) {
				return got, nil
			}
		}
		return make([]byte, h.Size()), nil
	}, w.o)
	for _, n := range f.Notes {
		w.f.Note("time stamp: %s", n)
	}
	w.f.StatedAt(token.Time)
	if f.Integrity == judge.Bad {
		w.f.Worsen(&w.f.Time, judge.Bad, "")
		w.bad("")
		return time.Time{}
	}
	w.f.Improve(&w.f.Time, f.Time, "")
	if t, err := time.Parse(time.RFC3339, d.Created); err == nil && token.Time.Sub(t).Abs() > 10*time.Minute {
		w.f.Worsen(&w.f.Time, judge.Bad, "signed %s as it states, and stamped %s: they must be within ten minutes", d.Created, token.Time.UTC().Format(time.RFC3339))
	}
	return token.Time
}

// fits checks an ECDSA or RSA signature over text. ECDSA signatures come as DER
// or as two numbers side by side.
func fits(key crypto.PublicKey, text, sig []byte) error {
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
		sum := h.New()
		sum.Write(text)
		digest := sum.Sum(nil)
		switch k := key.(type) {
		case *ecdsa.PublicKey:
			size := (k.Params().BitSize + 7) / 8
			if ecdsa.VerifyASN1(k, digest, sig) {
				return nil
			}
			if len(sig) == 2*size && ecdsa.Verify(k, digest, new(big.Int).SetBytes(sig[:size]), new(big.Int).SetBytes(sig[size:])) {
				return nil
			}
		case *rsa.PublicKey:
			if rsa.VerifyPKCS1v15(k, h, digest, sig) == nil || rsa.VerifyPSS(k, h, digest, sig, nil) == nil {
				return nil
			}
		default:
			return fmt.Errorf("a key of the kind %T is not known here", key)
		}
	}
	return errors.New("it does not fit what was signed")
}

// certificates reads PEM.
func certificates(text string) (out []*x509.Certificate, err error) {
	rest := []byte(text)
	for len(bytes.TrimSpace(rest)) > 0 {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || len(out) == 20 {
			return nil, errors.New("certificates that are not PEM, or too many")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
