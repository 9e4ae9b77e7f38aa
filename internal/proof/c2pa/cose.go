package c2pa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"

	"github.com/fxamacker/cbor/v2"
	"github.com/heed-project/heed/internal/proof/judge"
)

// strictly decodes CBOR with limits: no key twice, nothing deep, nothing huge.
var strictly = func() cbor.DecMode {
	m, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 32, MaxArrayElements: 100000, MaxMapPairs: 10000}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// sign1 is a COSE_Sign1 with a detached payload.
type sign1 struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected map[any]any
	Payload     []byte
	Signature   []byte
}

// A seal is a claim's signature, read.
type seal struct {
	sign1
	alg    int64
	certs  []*x509.Certificate
	stamps []stamp
}

// stamp is a time stamp over the signature, in one of two forms.
type stamp struct {
	token  []byte
	second bool // sigTst2: over the signature itself
}

func parseSeal(b []byte) (*seal, error) {
	var tag cbor.RawTag
	if err := strictly.Unmarshal(b, &tag); err == nil {
		if tag.Number != 18 {
			return nil, fmt.Errorf("signature: CBOR tag %d, must be 18", tag.Number)
		}
		b = tag.Content
	}
	s := &seal{}
	if err := strictly.Unmarshal(b, &s.sign1); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	protected := map[any]any{}
	if err := strictly.Unmarshal(s.Protected, &protected); err != nil {
		return nil, fmt.Errorf("signature: protected header: %w", err)
	}
	var ok bool
	if s.alg, ok = integer(protected[uint64(1)]); !ok {
		return nil, errors.New("signature: names no algorithm")
	}
	if pad, ok := s.Unprotected["pad"].([]byte); ok && len(bytes.Trim(pad, "\x00")) > 0 {
		return nil, errors.New("signature: the padding is not empty")
	}
	for _, in := range []map[any]any{protected, s.Unprotected} {
		for _, key := range []any{uint64(33), "x5chain"} {
			if v, ok := in[key]; ok && len(s.certs) == 0 {
				if err := s.readCerts(v); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(s.certs) == 0 {
		return nil, errors.New("signature: comes without a certificate")
	}
	return s, s.readStamps()
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case uint64:
		return int64(n), n < 1<<62
	}
	return 0, false
}

func (s *seal) readCerts(v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, raw := range list {
		der, ok := raw.([]byte)
		if !ok || len(s.certs) >= 20 {
			return errors.New("signature: certificates that are none, or too many")
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("signature: certificate: %w", err)
		}
		s.certs = append(s.certs, c)
	}
	return nil
}

// readStamps reads the time stamps of both forms.
func (s *seal) readStamps() error {
	for _, name := range []string{"sigTst", "sigTst2"} {
		v, ok := s.Unprotected[name]
		if !ok {
			continue
		}
		m, _ := v.(map[any]any)
		tokens, _ := m["tstTokens"].([]any)
		if len(tokens) == 0 || len(tokens) > 20 {
			return fmt.Errorf("signature: %s holds %d tokens", name, len(tokens))
		}
		for _, raw := range tokens {
			m, _ := raw.(map[any]any)
			token, ok := m["val"].([]byte)
			if !ok {
				return fmt.Errorf("signature: %s holds no token", name)
			}
			s.stamps = append(s.stamps, stamp{token, name == "sigTst2"})
		}
	}
	return nil
}

// text and data write a CBOR string and byte string.
func text(s string) []byte { b, _ := cbor.Marshal(s); return b }
func data(b []byte) []byte { out, _ := cbor.Marshal(b); return out }

// structure is what COSE signs: a context, the protected header, nothing, the
// payload.
func (s *seal) structure(context string, payload []byte) []byte {
	if s.Protected == nil {
		s.Protected = []byte{}
	}
	return bytes.Join([][]byte{{0x84}, text(context), data(s.Protected), data([]byte{}), data(payload)}, nil)
}

// algorithms of COSE that C2PA allows, by number.
var algorithms = map[int64]struct {
	name string
	hash crypto.Hash
	size int // of an ECDSA signature
}{
	-7: {"ES256", crypto.SHA256, 64}, -35: {"ES384", crypto.SHA384, 96}, -36: {"ES512", crypto.SHA512, 132},
	-37: {"PS256", crypto.SHA256, 0}, -38: {"PS384", crypto.SHA384, 0}, -39: {"PS512", crypto.SHA512, 0}, -8: {"EdDSA", 0, 0},
}

// verify checks the signature over the claim.
func (s *seal) verify(claim []byte) error {
	alg, ok := algorithms[s.alg]
	if !ok {
		return fmt.Errorf("the algorithm %d is not one that C2PA allows", s.alg)
	}
	if len(s.Payload) > 0 && !bytes.Equal(s.Payload, claim) {
		return errors.New("the signature carries another claim")
	}
	signed := s.structure("Signature1", claim)
	var digest []byte
	if alg.hash != 0 {
		h := alg.hash.New()
		h.Write(signed)
		digest = h.Sum(nil)
	}
	fits := false
	switch k := judge.PublicKey(s.certs[0]).(type) {
	case *ecdsa.PublicKey:
		if alg.size == len(s.Signature) && alg.size > 0 {
			half := alg.size / 2
			fits = ecdsa.Verify(k, digest, new(big.Int).SetBytes(s.Signature[:half]), new(big.Int).SetBytes(s.Signature[half:]))
		}
	case *rsa.PublicKey:
		fits = alg.hash != 0 && alg.size == 0 && rsa.VerifyPSS(k, alg.hash, digest, s.Signature, nil) == nil
	case ed25519.PublicKey:
		fits = s.alg == -8 && ed25519.Verify(k, signed, s.Signature)
	default:
		return fmt.Errorf("the certificate's key is of a kind not known here")
	}
	if !fits {
		return fmt.Errorf("the signature (%s) does not fit the claim", alg.name)
	}
	return nil
}
